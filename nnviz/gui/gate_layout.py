"""Where the gates of a formula stand: the result at the right, what it is made of left of it, few wires crossing.

Every wire leads from left to right.  Numbers play no part, so the picture stands still while values change.  All
lengths are in ems of the picture's text.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from nnviz.engine.expression import Expression, Operation
from nnviz.gui.gate_signs import sign_of, swaps, wired_inputs

Measure = Callable[[str], float]         # the width of a text in ems
Point = tuple[float, float]

LEAF_HEIGHT, GATE_HEIGHT, TALL_GATE = 2.0, 2.7, 3.3      # of a leaf, a gate with one input, one with two
PAD = 0.5                # between a sign and the rim of its box
PIN = 0.85               # from the middle of a gate with two inputs to each of them
NEXT_ROW = 3.9           # between the middles of two boxes of a column
NEXT_TO_WIRE = 2.4       # between one and a wire that passes
BETWEEN_WIRES = 1.3      # between two of these
LEAST_BEND = 0.8         # between the columns, for wires to bend in
PER_ROW = 0.3            # and for every em that the steepest of them climbs
MOST_BEND = 5.0
MARGIN = 1.0
SWEEPS = 12              # attempts to get rid of crossings
SETTLING = 16            # rounds until everybody stands well


@dataclass(frozen=True)
class Mark:
    """The box of a leaf or a gate, its middle at (x, y). `pins` are where its wires arrive: (input number, y)."""

    node: int
    sign: str
    column: int
    x: float
    y: float
    width: float
    height: float
    is_gate: bool
    pins: tuple[tuple[int, float], ...] = ()

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2


@dataclass(frozen=True)
class Wire:
    """From the end of `source`'s stub to input number `place` of gate `target`.

    `points` are the ends of its stretches, two by two: level ones, and bends between them.  `is_branch` says that the
    source goes elsewhere, too.
    """

    source: int
    target: int
    place: int
    points: tuple[Point, ...]
    is_branch: bool


@dataclass(frozen=True, eq=False)
class GateLayout:
    """All boxes and wires, in ems. `stub` is the level stretch of wire behind every box that its numbers stand on."""

    marks: tuple[Mark, ...]
    wires: tuple[Wire, ...]
    width: float
    height: float
    room: float                     # for a number
    small: float                    # for a local gradient
    stub_ends: tuple[float, ...]    # of every column
    digits: int = 0                 # of a number that `room` was made for

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_node", {mark.node: mark for mark in self.marks})

    def mark(self, node: int) -> Mark | None:
        """The box of `node`; None for a number that belongs to a gate's sign."""
        by_node: dict[int, Mark] = self.__dict__["_by_node"]
        return by_node.get(node)

    def stub_end(self, mark: Mark) -> float:
        """x of where the wires of `mark` part."""
        return self.stub_ends[mark.column]

    def inputs_of(self, node: int) -> tuple[Wire, ...]:
        """The wires into `node`, from above to below."""
        return tuple(sorted((wire for wire in self.wires if wire.target == node), key=lambda wire: wire.points[-1][1]))

    def uses_of(self, node: int) -> tuple[Wire, ...]:
        """The wires out of `node`, from above to below."""
        return tuple(sorted((wire for wire in self.wires if wire.source == node), key=lambda wire: wire.points[-1][1]))


class _Stop(NamedTuple):
    """What has a place in `column`: the box of `node`, or, where `wire` is set, a wire that passes."""

    column: int
    node: int
    wire: int = -1

    @property
    def passes(self) -> bool:
        return self.wire >= 0


class _Link(NamedTuple):
    """A wire before it has a course."""

    source: int
    target: int
    place: int


def arrange_gates(expression: Expression, measure: Measure, room: float, small: float) -> GateLayout:
    """Boxes and wires of `expression`; `room` is what a number needs, `small` what a local gradient does, in ems."""
    return _Arranger(expression, measure, room, small).layout()


def columns_of(expression: Expression) -> dict[int, int]:
    """The column of every node that is drawn, from 0: each as far right as the gates that use it allow."""
    last = len(expression.nodes) - 1
    back = {last: 0}
    for node in range(last, -1, -1):
        if node in back:
            for _, source in wired_inputs(expression, node):
                back[source] = max(back.get(source, 0), back[node] + 1)
    deepest = max(back.values())
    return {node: deepest - behind for node, behind in back.items()}


class _Arranger:
    def __init__(self, expression: Expression, measure: Measure, room: float, small: float) -> None:
        self.expression, self.measure, self.room, self.small = expression, measure, room, small
        self.column = columns_of(expression)
        self.links: list[_Link] = [
            _Link(source, node, place)
            for node in sorted(self.column) for place, source in wired_inputs(expression, node)
        ]
        self.into: dict[int, list[int]] = {}
        self.out_of: dict[int, list[int]] = {}
        for number, link in enumerate(self.links):
            self.into.setdefault(link.target, []).append(number)
            self.out_of.setdefault(link.source, []).append(number)
        self.columns: list[list[_Stop]] = [[] for _ in range(1 + max(self.column.values()))]
        self._seat()
        self.before = {stop: self._neighbours(stop, -1) for column in self.columns for stop in column}
        self.after = {stop: self._neighbours(stop, 1) for column in self.columns for stop in column}

    # --- who stands in which column, and in which order ---------------------------------------------------------

    def _seat(self) -> None:
        """Everybody in the order in which one comes to them from the result, the first input first: a tree is done."""
        waiting: list[tuple[int, int]] = [(len(self.expression.nodes) - 1, -1)]
        seated: set[int] = set()
        while waiting:
            node, wire = waiting.pop()
            if wire >= 0:
                for column in range(self.column[self.links[wire].target] - 1, self.column[node], -1):
                    self.columns[column].append(_Stop(column, node, wire))
            if node in seated:
                continue
            seated.add(node)
            self.columns[self.column[node]].append(self._box(node))
            waiting.extend((self.links[number].source, number) for number in reversed(self.into.get(node, ())))

    def _stop_of(self, wire: int, column: int) -> _Stop:
        """Where `wire` is in `column`: at its source, at its target, or passing."""
        link = self.links[wire]
        if column == self.column[link.source]:
            return self._box(link.source)
        return self._box(link.target) if column == self.column[link.target] else _Stop(column, link.source, wire)

    def _box(self, node: int) -> _Stop:
        return _Stop(self.column[node], node)

    def _neighbours(self, stop: _Stop, side: int) -> list[tuple[_Stop, int]]:
        """The stops of the next column to the left (-1) or right (1) that `stop` is joined to, and by which wire."""
        wires = [stop.wire] if stop.passes else (self.into if side < 0 else self.out_of).get(stop.node, [])
        return [(self._stop_of(wire, stop.column + side), wire) for wire in wires]

    def _sort(self) -> None:
        """Orders the columns by the mean place of their neighbours, to and fro, and keeps the best that was seen."""
        best, fewest = [column[:] for column in self.columns], self._crossings()
        for sweep in range(SWEEPS):
            if not fewest:
                break
            leftwards = sweep % 2 == 0
            numbers = range(len(self.columns) - 2, -1, -1) if leftwards else range(1, len(self.columns))
            joined = self.after if leftwards else self.before
            for number in numbers:
                places = {stop: place for place, stop in enumerate(self.columns[number + (1 if leftwards else -1)])}
                own = {stop: place for place, stop in enumerate(self.columns[number])}
                self.columns[number].sort(key=lambda stop: _mean(
                    [places[other] for other, _ in joined[stop]], own[stop]))
            crossings = self._crossings()
            if crossings < fewest:
                best, fewest = [column[:] for column in self.columns], crossings
        self.columns = best

    def _crossings(self) -> int:
        """How many pairs of wires cross."""
        total = 0
        for left, right in pairwise(self.columns):
            places = {stop: place for place, stop in enumerate(right)}
            passed: list[float] = []
            for stop in left:
                ends = [places[other] + self._pin_share(other, wire) for other, wire in self.after[stop]]
                total += sum(len(passed) - bisect_right(passed, end) for end in ends)
                for end in ends:
                    insort(passed, end)
        return total

    def _pin_share(self, stop: _Stop, wire: int) -> float:
        """A little more for the second input of a gate that must not swap them."""
        gate = self.expression.nodes[stop.node]
        fixed = not stop.passes and isinstance(gate, Operation) and not swaps(gate.gate)
        return 0.25 * self.links[wire].place if fixed else 0.0

    # --- how high each stands -----------------------------------------------------------------------------------

    def _heights(self) -> dict[_Stop, float]:
        """y of every stop: near the middle of what it is joined to, never too close to its neighbour above."""
        y = {stop: NEXT_ROW * place for column in self.columns for place, stop in enumerate(column)}
        leftwards, rightwards = range(len(self.columns) - 2, -1, -1), range(1, len(self.columns))
        for turn in range(SETTLING):
            for number in rightwards if turn % 2 else leftwards:
                stops = self.columns[number]
                wanted = [self._wanted(stop, turn % 2 == 0, y) for stop in stops]
                gaps = [0.0, *(_apart(above, below) for above, below in pairwise(stops))]
                weights = [4.0 if stop.passes else 1.0 for stop in stops]
                for stop, height in zip(stops, spread(wanted, gaps, weights), strict=True):
                    y[stop] = height
        return y

    def _wanted(self, stop: _Stop, leftwards: bool, y: dict[_Stop, float]) -> float:
        """Where the wires of `stop` would be level; a gate goes with gates rather than with leaves."""
        total = weight = 0.0
        for other, wire in (self.after if leftwards else self.before)[stop]:
            share = 3.0 if other.passes or other.node in self.into else 1.0
            offset = self._pin_offset(other, wire) if leftwards else -self._pin_offset(stop, wire)
            total += share * (y[other] + offset)
            weight += share
        return total / weight if weight else y[stop]

    def _pin_offset(self, stop: _Stop, wire: int) -> float:
        """From the middle of a box to where `wire` arrives, as long as nobody has been swapped."""
        wires = self.into.get(stop.node, [])
        if stop.passes or len(wires) != 2 or wire not in wires:
            return 0.0
        return PIN if wires.index(wire) else -PIN

    # --- boxes and wires ----------------------------------------------------------------------------------------

    def layout(self) -> GateLayout:
        self._sort()
        y = self._heights()
        lowest = min(y.values())
        y = {stop: height - lowest + MARGIN + TALL_GATE / 2 for stop, height in y.items()}
        widths = {node: self._width(node) for node in self.column}
        lefts, rights, stub_ends = self._across(widths, y)
        marks = {node: self._mark(node, y, widths[node], lefts, rights) for node in self.column}
        wires = tuple(self._wire(number, y, marks, lefts, stub_ends) for number in range(len(self.links)))
        result = marks[len(self.expression.nodes) - 1]
        width = max(stub_ends[result.column], max(mark.right for mark in marks.values())) + MARGIN
        height = max(y.values()) + 2 * MARGIN + TALL_GATE / 2
        return GateLayout(tuple(marks[node] for node in sorted(marks)), wires, width, height, self.room,
                          self.small, tuple(stub_ends))

    def _width(self, node: int) -> float:
        """Of a box: its sign, and left of it the local gradients of two inputs, or below it that of one."""
        sign = self.measure(sign_of(self.expression, node))
        inputs = len(self.into.get(node, ()))
        if inputs == 2:
            return self.small + 0.2 + sign + 2 * PAD
        return max(sign, self.small if inputs else 0.0) + 2 * PAD

    def _across(self, widths: dict[int, float], y: dict[_Stop, float]) -> tuple[list[float], list[float], list[float]]:
        """Left and right rim of every column, and where the stubs behind it end."""
        lefts: list[float] = []
        rights: list[float] = []
        ends: list[float] = []
        x = MARGIN
        for column in self.columns:
            lefts.append(x)
            rights.append(x + max((widths[stop.node] for stop in column if not stop.passes), default=0.0))
            ends.append(rights[-1] + self.room + 0.6)
            climbs = max((abs(y[other] + self._pin_offset(other, wire) - y[stop])
                          for stop in column for other, wire in self.after[stop]), default=0.0)
            terms = any(len(self.out_of[self.links[wire].source]) > 1 and not other.passes
                        for stop in column for other, wire in self.after[stop])
            bend = min(MOST_BEND, LEAST_BEND + PER_ROW * climbs)
            x = ends[-1] + bend + (self.room + 0.4 if terms else 0.0)
        return lefts, rights, ends

    def _mark(self, node: int, y: dict[_Stop, float], width: float, lefts: list[float], rights: list[float]) -> Mark:
        column, wires = self.column[node], self.into.get(node, [])
        is_gate = isinstance(self.expression.nodes[node], Operation)
        height = (TALL_GATE if len(wires) == 2 else GATE_HEIGHT) if is_gate else LEAF_HEIGHT
        gate = self.expression.nodes[node]
        if len(wires) == 2:
            if isinstance(gate, Operation) and swaps(gate.gate):
                wires = sorted(wires, key=lambda wire: y[self._stop_of(wire, column - 1)])
            pins = tuple((self.links[wire].place, y[self._box(node)] + offset)
                         for wire, offset in zip(wires, (-PIN, PIN), strict=True))
        else:
            pins = tuple((self.links[wire].place, y[self._box(node)]) for wire in wires)
        return Mark(node, sign_of(self.expression, node), column, (lefts[column] + rights[column]) / 2,
                    y[self._box(node)], width, height, is_gate, pins)

    def _wire(self, number: int, y: dict[_Stop, float], marks: dict[int, Mark], lefts: list[float],
              stub_ends: list[float]) -> Wire:
        link = self.links[number]
        source, target = marks[link.source], marks[link.target]
        is_branch = len(self.out_of[link.source]) > 1
        points: list[Point] = [(stub_ends[source.column], source.y)]
        for column in range(source.column + 1, target.column):
            height = y[_Stop(column, link.source, number)]
            points += [(lefts[column], height), (stub_ends[column], height)]
        arrives = dict(target.pins)[link.place]
        level = self.room + 0.4 if is_branch else 0.0
        points += [(min(lefts[target.column], target.left) - level, arrives), (target.left, arrives)]
        return Wire(link.source, link.target, link.place, tuple(points), is_branch)


def spread(wanted: Sequence[float], gaps: Sequence[float], weights: Sequence[float]) -> list[float]:
    """Heights in the order given, each at least `gaps` below the one before, as near to `wanted` as can be.

    The sum of weight · (height - wanted)² is the smallest possible: neighbours that would be too close form a block
    that stands at its mean.

    >>> spread([0.0, 0.0, 5.0], [0.0, 2.0, 2.0], [1.0, 1.0, 1.0])
    [-1.0, 1.0, 5.0]
    """
    shifts: list[float] = []
    blocks: list[tuple[float, float, int]] = []       # mean of wanted - shift, weight, how many
    for want, gap, weight in zip(wanted, gaps, weights, strict=True):
        shifts.append((shifts[-1] if shifts else 0.0) + gap)
        mean, heavy, many = want - shifts[-1], weight, 1
        while blocks and blocks[-1][0] > mean:
            before, their_weight, their_number = blocks.pop()
            mean = (before * their_weight + mean * heavy) / (their_weight + heavy)
            heavy, many = heavy + their_weight, many + their_number
        blocks.append((mean, heavy, many))
    means = [mean for mean, _, many in blocks for _ in range(many)]
    return [mean + shift for mean, shift in zip(means, shifts, strict=True)]


def _apart(above: _Stop, below: _Stop) -> float:
    """How far the middles of two neighbours of a column are apart, at least."""
    return (NEXT_ROW, NEXT_TO_WIRE, BETWEEN_WIRES)[above.passes + below.passes]


def _mean(places: list[int], otherwise: float) -> float:
    return sum(places) / len(places) if places else otherwise
