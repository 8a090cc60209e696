"""Going back and changing something does not undo what came of it before: every future that was trained stays.

A branch is one course of training that was really taken, from the start to its newest step.  Going back and simply
training on is no branch of its own, for a step is a pure function: it is the same future once more.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nnviz.report.divergence import parameter_name
from nnviz.report.elements import Parameter
from nnviz.report.numbers import count, short
from nnviz.report.pass_order import PassOrder
from nnviz.session.appearance import Dress
from nnviz.session.budget import Budget
from nnviz.session.change import Change, Changed
from nnviz.session.document import Document
from nnviz.session.timeline import Segment
from nnviz.words import tr

MOST_LABELS = 50      # edits at one place that are told
MOST = 100            # branches, however little they take
CURVES = 2            # half of the budget at most is left to the curves of branches on which nobody stands
DIGITS = 4            # of the loss of a branch that is told


@dataclass(frozen=True)
class Place:
    """Where a session stands: the tip of its branch, the step (from 1) that is shown, and the cursor inside it."""

    tip: Segment
    step: int
    cursor: int
    since: int = 0

    @property
    def segment(self) -> Segment:
        """The segment of the branch that has the step."""
        return next(segment for segment in self.tip.chain() if segment.begins_at < self.step)

    @property
    def updates_done(self) -> int:
        """How many updates are done there."""
        whole = self.cursor >= PassOrder.of(self.segment.problem).length
        return self.step if whole else self.step - 1


@dataclass(frozen=True)
class Edit:
    """An entry of the undo list: what the edit was, and where the session stood on its other side.

    One of names and places alone is a `dress`, which leads nowhere; the one that is worn on its other side is `worn`.
    """

    label: str
    place: Place
    dress: Dress | None = None
    worn: Dress | None = None


@dataclass(frozen=True)
class Mark:
    """A place of a branch where something was changed: after which update, and what, oldest first."""

    step: int
    labels: tuple[str, ...]


def label_of_values(document: Document, values: Mapping[Parameter, float]) -> str:
    """What an edit of parameters is called: `w5 = 0.25`, as the lesson calls them or as they are named everywhere."""
    names = {element: parameter_name(element) for element in values}
    return ", ".join(f"{document.label(names[element]) or names[element]} = {value!r}"
                     for element, value in values.items())


def labels_of(segment: Segment, here: Segment, label: str) -> tuple[str, ...]:
    """The edits with which a segment begins that the edit `label` made out of `here`, whose place it may take."""
    replaced = segment.parent is here.parent and segment.begins_at == here.begins_at
    return (*(here.labels if replaced else ()), label)[-MOST_LABELS:]


def marks(tip: Segment) -> tuple[Mark, ...]:
    """All edits of the branch that leads to `tip`, oldest first."""
    return tuple(Mark(segment.begins_at, segment.labels) for segment in tip.chain() if segment.labels)[::-1]


def said_of(tip: Segment) -> str:
    """A branch in one line: its name or the last of its edits, from which step to which, and what came of it."""
    loss = tip.curve.at(tip.end)
    if tip.name:
        text = tr("{edit}, to step {end}, loss {loss}")
    elif not tip.labels:
        text = tr("the first course, to step {end}, loss {loss}")
    elif not tip.begins_at:
        text = tr("from the start: {edit}, to step {end}, loss {loss}")
    else:
        text = tr("from step {begin}: {edit}, to step {end}, loss {loss}")
    edit = tip.name or (tip.labels[-1] if tip.labels else "")
    return text.format(begin=count(tip.begins_at), edit=edit, end=count(tip.end), loss=short(loss, DIGITS))


def newest_of(tip: Segment) -> Place:
    """The newest step of a branch, done."""
    if tip.end <= tip.begins_at:
        return Place(tip, tip.begins_at + 1, 0)
    return Place(tip, tip.end, PassOrder.of(tip.problem).length)


def fork(one: Segment, other: Segment) -> int:
    """The last step that two branches share; where they share none, the one before the first of `one`.

    A branch that only goes on where the other one ended shares all of its steps.
    """
    ends, first = _extents(other), one.begins_at
    for segment, last in _extents(one).items():      # newest first
        if segment in ends:
            return min(last, ends[segment])
        first = segment.begins_at
    return first


def _extents(tip: Segment) -> dict[Segment, int]:
    """To which step each segment of a branch counts, newest first."""
    extents, last = dict[Segment, int](), tip.end
    for segment in tip.chain():
        extents[segment] = last
        last = segment.begins_at
    return extents


class Branches:
    """The branches that were left with steps of their own.  The one on which the session stands needs no keeping.

    `forgotten` are sentences about those that memory had no room for, until somebody takes them.
    """

    def __init__(self, budget: Budget, lists: tuple[list[Edit], ...]) -> None:
        self._budget, self._lists = budget, lists
        self._left: frozenset[Segment] = frozenset()       # replaced, never changed: others read it at any time
        self.version = 0       # grows with every change of what there is to tell
        self.forgotten: list[str] = []

    def all(self, here: Segment) -> list[Segment]:
        """The tips of every branch, `here` among them, in the order in which they began."""
        return sorted(self._left | {here}, key=lambda tip: tip.number)

    @property
    def numbers(self) -> frozenset[int]:
        """The numbers of the tips that were left."""
        return frozenset(tip.number for tip in self._left)

    def __contains__(self, tip: Segment) -> bool:
        return tip in self._left

    def name(self, tip: Segment, name: str) -> Change:
        """Calls a branch `name`; "" takes its name away."""
        self.version += 1
        tip.name = name.strip()
        return Change(Changed.TRAVEL)

    def leave(self, place: Place, goal: Segment) -> None:
        """The session goes from `place` to the branch of `goal`: the left one is kept where it has steps of its own.

        A pass that was only looked at, because the session stands in it, is no step.
        """
        self.version += 1
        tip, self._left = place.tip, self._left - {place.tip}
        done = tip.end if tip.end > place.step else place.updates_done
        if done > fork(tip, goal):
            self._left |= {tip}
        self._settle(goal)
        self._make_room({goal, tip}, goal)

    def _settle(self, here: Segment) -> None:
        """Tells the budget what lies off the branch that leads `here`."""
        if not self._left:
            self._budget.set_aside([], 0)
            return
        used, aside, curves = _extents(here), set[Segment](), 0
        for tip in self._left:
            for segment in tip.chain():
                if segment not in used:
                    aside.add(segment)
        for segment, last in used.items():
            if segment.end > last:
                curves += segment.curve.nbytes * (segment.end - last) // max(1, segment.end - segment.begins_at)
        curves += sum(segment.curve.nbytes for segment in aside)
        self._budget.set_aside(sorted(aside, key=lambda segment: segment.number), curves)

    def _make_room(self, dear: set[Segment], here: Segment) -> None:
        """Lets the oldest branches go where they take too much, never `dear` ones; checkpoints went before."""
        while self._left - dear:
            crowded = len(self._left) > MOST or self._budget.curves_aside > self._budget.limit // CURVES
            if not crowded and not self._budget.is_overdrawn:
                return
            oldest = min(self._left - dear, key=lambda tip: tip.number)
            text = tr("Memory for history is used up, so the oldest branch is forgotten: {branch}.")
            self.forgotten.append(text.format(branch=said_of(oldest)))
            self.drop(oldest, here)

    def drop(self, tip: Segment, here: Segment) -> None:
        """Forgets a branch; of its steps those remain that another branch shares.

        Undo and redo lead there no longer: they pass over it.
        """
        self.version += 1
        self._left -= {tip}
        living = [here, *self._left]
        for entries in self._lists:
            entries[:] = [edit for edit in entries if _is_known(edit.place, living)]
        needed: dict[Segment, int] = {}
        for other in living:
            for segment, last in _extents(other).items():
                needed[segment] = max(last, needed.get(segment, 0))
        for segment in tip.chain():
            segment.forget_after(max(needed.get(segment, 0), segment.begins_at))
        self._settle(here)


def _is_known(place: Place, living: list[Segment]) -> bool:
    """Whether one of the branches has the steps that lead to `place`."""
    return any(place.updates_done <= fork(place.tip, tip) for tip in living)
