"""What the past of a session may cost: one sum of bytes for all that is kept of it, whoever keeps it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakSet, ref

from nnviz.engine.problem import State
from nnviz.session.beginning import Anchor

if TYPE_CHECKING:
    from nnviz.session.parts import DataSource
    from nnviz.session.timeline import Segment

WARM = 2              # segments that keep what they train with
TRAIL_LEAST = 16      # a sixteenth of the budget is left to the trail by all that can be let go of,
TRAIL_MOST = 4        # and up to a quarter of it where nothing else needs it
ROWS = 5              # times the bytes of examples that stand in a document: as arrays, and as lists of numbers


class Trail:
    """States between checkpoints, left on the way to a place by somebody who goes back from there step by step.

    Half of them are the last ones before that place, half lie evenly before those: when the last ones are used up,
    it is not far to the next.  So going back costs one computation of a stretch and not one for each of its steps.
    """

    def __init__(self) -> None:
        self.states: list[State] = []
        self._segment: ref[Segment] | None = None

    @property
    def nbytes(self) -> int:
        return sum(state.vector.nbytes for state in self.states)

    def clear(self) -> None:
        self.states.clear()
        self._segment = None

    def leave(self, segment: Segment) -> None:
        """Keeps nothing of `segment`."""
        if self._segment is not None and self._segment() is segment:
            self.clear()

    def nearest(self, segment: Segment, step: int) -> State | None:
        """The last state of `segment` up to `step`."""
        if self._segment is None or self._segment() is not segment:
            return None
        place = bisect_right(self.states, step, key=lambda state: state.step)
        return self.states[place - 1] if place else None

    def stops(self, segment: Segment, near: State, step: int, room: int) -> list[int]:
        """After which steps a state is to be kept on the way from `near` to `step`, all of them in `room` bytes.

        What lies beyond `step` is dropped.
        """
        if self._segment is None or self._segment() is not segment:
            self.clear()
            self._segment = ref(segment)
        self.states[:] = [state for state in self.states if state.step <= step]
        count, steps = room // near.vector.nbytes - len(self.states), step - near.step
        if steps <= count:
            return list(range(near.step + 1, step + 1))
        last = step - (count - count // 2)
        between = [near.step + (last - near.step) * k // (count // 2 + 1) for k in range(1, count // 2 + 1)]
        return sorted({*between, *range(last + 1, step + 1)} - {near.step}) if count > 0 else []


@dataclass(eq=False)
class Budget:
    """How many bytes the past may take: checkpoints of all segments, states where they begin, edits, the trail.

    Of the branches on which nobody stands it also counts the curves, and of edits by hand the examples that they made;
    those that the first segment has are no past.
    """

    bytes: int = 64 << 20
    segments: WeakSet[Segment] = field(default_factory=WeakSet)
    anchors: WeakSet[Anchor] = field(default_factory=WeakSet)
    examples: WeakSet[DataSource] = field(default_factory=WeakSet)
    trail: Trail = field(default_factory=Trail)
    _opened: DataSource | None = None
    _warm: list[ref[Segment]] = field(default_factory=list)
    _aside: list[ref[Segment]] = field(default_factory=list)
    curves_aside: int = 0       # bytes
    _spent: int = 0       # at least what is taken: segments that are gone may still be counted

    def add(self, segment: Segment) -> None:
        """Counts a new segment."""
        size = self._count_examples(segment.settings.data)
        self.segments.add(segment)
        size += segment.nbytes
        for anchor in (segment.beginning.anchor, segment.origin.anchor):
            if anchor not in self.anchors:
                self.anchors.add(anchor)
                size += anchor.nbytes
        self.spend(size)

    def _count_examples(self, source: DataSource) -> int:
        """Bytes of examples that are counted from now on."""
        if self._opened is None:
            self._opened = source
        if source is self._opened or source.inputs is None or source in self.examples:
            return 0
        self.examples.add(source)
        return _size_of(source)

    def spend(self, size: int) -> None:
        """So much more is kept.  Where that is too much, the trail goes; then the branches on which nobody stands give
        up their checkpoints, oldest first; then the longest histories keep every other one of theirs; then every
        other one goes of the states that were kept where an edit was made."""
        self._spent += size
        if self._spent + self.trail.nbytes <= self.bytes and self._spent <= self.limit:
            return
        self._spent = self._kept()
        if self._spent + self.trail.nbytes > self.bytes:
            self.trail.clear()
        for aside in self._aside if self._spent > self.limit else ():
            segment = aside()
            while segment is not None and segment.checkpoints and self._spent > self.limit:
                segment.thin()
                self._spent = self._kept()
        while self._spent > self.limit:
            longest = max(self.segments, key=lambda segment: segment.nbytes * bool(segment.checkpoints))
            if longest.checkpoints:
                longest.thin()
            elif not self._let_anchors_go():
                break
            self._spent = self._kept()

    def set_aside(self, segments: list[Segment], curves: int) -> None:
        """These are the segments off the branch on which the session stands, oldest first, and so many bytes the
        curves of all that lies off it."""
        self._aside = [ref(segment) for segment in segments]
        before, self.curves_aside = self.curves_aside, curves
        self.spend(curves - before)

    def _let_anchors_go(self) -> bool:
        """Lets go of every other state that can be computed again; False where there is none."""
        anchors = sorted((anchor for anchor in self.anchors if anchor.can_go), key=lambda anchor: anchor.step)
        for anchor in anchors[-2::-2] or anchors:
            anchor.kept = None
        return bool(anchors)

    @property
    def limit(self) -> int:
        """Bytes for everything but the trail."""
        return self.bytes - self.bytes // TRAIL_LEAST

    @property
    def trail_room(self) -> int:
        """Bytes that the trail may take now: none where what cannot be let go of is too much already."""
        return max(0, min(self.bytes // TRAIL_MOST, self.bytes - self._spent))

    def _kept(self) -> int:
        past = sum(one.nbytes for one in self.segments) + sum(one.nbytes for one in self.anchors)
        return past + sum(map(_size_of, self.examples)) + self.curves_aside

    @property
    def taken(self) -> int:
        """Bytes that are taken now."""
        return self._kept() + self.trail.nbytes

    @property
    def is_overdrawn(self) -> bool:
        """Whether more is kept than there is room for, though all was let go that can be computed again."""
        return self._spent > self.limit and self._kept() > self.limit

    def warm(self, segment: Segment) -> None:
        """`segment` is trained or looked at now; the one for which that is longest ago lets go of its arena."""
        self._warm = [one for one in self._warm if one() is not segment] + [ref(segment)]
        oldest = self._warm.pop(0)() if len(self._warm) > WARM else None
        if oldest is not None:
            oldest.rest()


def _size_of(source: DataSource) -> int:
    """Bytes of examples that stand in a document."""
    arrays = (source.inputs, source.targets, source.test_inputs, source.test_targets)
    return ROWS * sum(array.nbytes for array in arrays if array is not None)
