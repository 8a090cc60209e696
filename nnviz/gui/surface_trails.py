"""Which paths the map shows: that of the training so far, and those of other optimisers from the same start.

A path is computed a little at a time, apart from the session, which keeps few states and may be playing elsewhere.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.problem import Problem, State
from nnviz.gui.surface_drawing import Function, Trail, value_at
from nnviz.gui.translation import tr
from nnviz.report.moment import Moment
from nnviz.session.descent import MOST_PLACES, Descent, place_of, with_optimiser
from nnviz.session.opening import make_problem
from nnviz.session.timeline import Segment

EXACT = 2000             # steps of a stretch of training that are all shown; later ones where they were kept or seen
MOST_COMPARED = 5_000   # steps that other optimisers go


@dataclass(eq=False)
class _Leg:
    """A stretch of training under the same settings: its first steps, and what is known of those behind them."""

    segment: Segment
    descent: Descent
    later: dict[int, tuple[float, float]] = field(default_factory=dict)
    _seen: int = 0
    _sorted: list[int] = field(default_factory=list)

    @property
    def begins_at(self) -> int:
        return self.segment.begins_at

    def look(self, step: int, place: tuple[float, float]) -> None:
        """Remembers where training stood after `step`, and what the session has kept since it was looked at last."""
        for kept in reversed(list(self.segment.checkpoints)):
            if kept.step <= self._seen:
                break
            self._put(kept.step, place_of(self.segment.problem, kept.parameters(self.segment.problem)))
        self._seen = max(self._seen, step)
        self._put(step, place)

    def _put(self, step: int, place: tuple[float, float]) -> None:
        if step <= self.begins_at + EXACT or step in self.later:
            return
        self.later[step] = place
        if len(self.later) > 2 * MOST_PLACES:
            self.later = dict(sorted(self.later.items())[::2])
        self._sorted = []

    def places(self, until: int) -> Array:
        """The known places (n, 2) up to step `until`."""
        exact = self.descent.until(min(until, self.begins_at + EXACT))[1]
        if not self.later or until <= self.begins_at + EXACT:
            return exact
        self._sorted = self._sorted or sorted(self.later)
        known = self._sorted[: bisect_right(self._sorted, until)]
        return np.vstack((exact, [self.later[step] for step in known])) if known else exact


class _Before:
    """The way from the start that Reset returns to up to where the first stretch begins: training was saved there.

    It is known where the settings of that stretch lead exactly there; else they were others, and it is not.
    """

    def __init__(self, segment: Segment) -> None:
        self.segment = segment
        state = _first_state(segment, segment.problem)
        self.start = place_of(segment.problem, state.parameters(segment.problem))
        self._descent = Descent(segment.problem, state)
        self._leads_there: bool | None = None if segment.begins_at <= MOST_COMPARED else False

    def go(self, seconds: float) -> bool:
        """Looks for the way, for so long; whether it is found, or found to be none."""
        if self._leads_there is None and self._descent.go(self.segment.begins_at, seconds):
            self._leads_there = self._descent.is_at(self.segment.start)
        return self._leads_there is not None

    def leads_to(self, segment: Segment) -> bool:
        """Whether another first stretch, after an edit right where the file was opened, has the same way before it."""
        here, there = (place_of(one.problem, one.start.parameters(one.problem)) for one in (self.segment, segment))
        same = (self.segment.origin, self.segment.begins_at) == (segment.origin, segment.begins_at)
        return segment is self.segment or (same and here == there)

    def places(self) -> list[Array]:
        """The places (n, 2) of the way; none where it is not known."""
        return [self._descent.until(self.segment.begins_at)[1]] if self._leads_there else []


def _first_state(segment: Segment, problem: Problem) -> State:
    """The state before any training, under `problem`."""
    return State.fresh(problem, segment.origin.parameters(segment.problem), 0, 0, 0)


class SurfaceTrails:
    """The paths of one session. `compared` are the names of the optimisers that are shown beside the session's own."""

    def __init__(self) -> None:
        self.compared: tuple[str, ...] = ()
        self._legs: list[_Leg] = []
        self._before: _Before | None = None
        self._others: dict[str, Descent] = {}
        self._known_for: tuple[object, ...] = ()
        self._done = 0

    def forget(self) -> None:
        """Nothing is open any more."""
        self._legs, self._before, self._others, self._known_for = [], None, {}, ()

    def lead(self, chain: Sequence[Segment]) -> None:
        """Follows a branch of training, newest stretch first; its session has to be at rest."""
        known = {id(leg.segment): leg for leg in self._legs}
        self._legs = [
            known.get(id(segment)) or _Leg(segment, Descent(segment.problem, segment.start, EXACT + 2))
            for segment in reversed(list(chain))
        ]
        first = self._legs[0].segment
        if not first.begins_at:
            self._before = None
        elif self._before is None or not self._before.leads_to(first):
            self._before = _Before(first)

    def compare(self, names: Sequence[str]) -> None:
        """Shows the paths of other optimisers, by their names in the table."""
        self.compared = tuple(name for name in OPTIMISERS if name in names)

    def follow(self, moment: Moment, updates_done: int) -> None:
        """The session stands at `moment`, with so many updates done."""
        self._done = updates_done
        leg = self._leg_at(updates_done)
        record = moment.record
        if leg is None or record.step not in (updates_done, updates_done + 1):
            return
        parameters = record.new_parameters if record.step == updates_done else record.parameters
        leg.look(updates_done, place_of(record.problem, parameters))

    def work(self, seconds: float) -> bool:
        """Computes what is missing of the paths, for so long; True when nothing is."""
        until = perf_counter() + seconds
        self._begin_others()
        if self._before is not None and not self._before.go(max(0.0, until - perf_counter())):
            return False
        tasks = [(leg.descent, min(end, leg.begins_at + EXACT)) for leg, end in self._ends()]
        tasks.extend((self._others[name], min(self._done, MOST_COMPARED)) for name in self._names())
        return all(descent.go(goal, max(0.0, until - perf_counter())) for descent, goal in tasks)

    def trail(self, moment: Moment, function: Function) -> Trail:
        """The path of the session up to where it stands."""
        name = moment.record.problem.optimiser.name
        known = [] if self._before is None else self._before.places()
        parts: list[Array] = [*known]
        last: Array | None = known[-1][-1] if known else None
        for leg, end in self._ends():
            places = leg.places(end)
            joined = last is not None and bool((places[0] == last).all())      # else x or y was typed: a leap is seen
            parts.append(places[1:] if joined else places)
            last = places[-1]
        record = moment.record
        parameters = record.new_parameters if moment.is_complete else record.parameters
        here = place_of(record.problem, parameters)
        path = np.vstack(parts) if parts else np.array([here])
        if tuple(path[-1].tolist()) != here:        # not computed as far yet
            path = np.vstack((path, here))
        unknown = self._before if not known else None
        other = self._before is not None and self._before.segment is not self._legs[0].segment
        return Trail(
            name, tr(OPTIMISERS[name].label), path, self._done, value_at(function, here),
            since=0 if unknown is None else unknown.segment.begins_at,
            start=None if unknown is None else unknown.start,
            is_mixed=unknown is not None or other or len(self._ends()) > 1,
        )

    def others(self, function: Function) -> tuple[Trail, ...]:
        """The paths of the compared optimisers from the first start, for as many steps."""
        found = []
        for name in self._names():
            descent = self._others.get(name)
            if descent is None:
                continue
            steps, places = descent.until(self._done)
            place = (float(places[-1, 0]), float(places[-1, 1]))
            ended = descent.ended if descent.ended is not None and descent.ended <= self._done else None
            label = tr(OPTIMISERS[name].label)
            found.append(Trail(name, label, places, int(steps[-1]), value_at(function, place), ended))
        return tuple(found)

    def _ends(self) -> list[tuple[_Leg, int]]:
        """The stretches that training up to here consists of, each with the step to which it counts."""
        following = [leg.begins_at for leg in self._legs[1:]] + [self._done]
        return [(leg, min(end, self._done)) for leg, end in zip(self._legs, following, strict=True)
                if leg.begins_at <= self._done]

    def _leg_at(self, step: int) -> _Leg | None:
        """The stretch to which the state after `step` belongs as the newest."""
        found = [leg for leg in self._legs if leg.begins_at <= step]
        return found[-1] if found else None

    def _names(self) -> tuple[str, ...]:
        """The optimisers to compare with: not the one that trains."""
        leg = self._leg_at(self._done)
        own = "" if leg is None else leg.segment.problem.optimiser.name
        return tuple(name for name in self.compared if name != own)

    def _begin_others(self) -> None:
        leg = self._leg_at(self._done)
        if leg is None:
            return
        settings = (leg.segment, self._legs[0].segment)
        if settings != self._known_for:
            self._others, self._known_for = {}, settings
        first, segment = self._legs[0].segment, leg.segment
        for name in self._names():
            if name not in self._others:
                problem = make_problem(with_optimiser(segment.settings, name), segment.data)
                self._others[name] = Descent(problem, _first_state(first, problem))
