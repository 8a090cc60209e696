"""Numbers looked at now and then while training runs, kept by step, in bounded memory.

They belong to a branch: after an undo the samples of the other branch are not shown, and come back with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np

from nnviz.engine.calls import Array
from nnviz.gui.view import View
from nnviz.session.curve import Curve

MOST = 2048


class Samples:
    """Rows of numbers in the order of their steps; when there are many, every other one is dropped."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._steps: list[int] = []
        self._rows: list[tuple[float, ...]] = []

    def __len__(self) -> int:
        return len(self._steps)

    def put(self, step: int, row: tuple[float, ...]) -> None:
        """Keeps `row` for `step`, in place of what was kept for it."""
        place = bisect_left(self._steps, step)
        if place < len(self._steps) and self._steps[place] == step:
            self._rows[place] = row
            return
        self._steps.insert(place, step)
        self._rows.insert(place, row)
        if len(self._steps) > self._most:
            del self._steps[1:-1:2], self._rows[1:-1:2]

    def between(self, first: int, last: int) -> tuple[list[int], list[tuple[float, ...]]]:
        """The samples of steps `first` to `last`."""
        begin, end = bisect_left(self._steps, first), bisect_left(self._steps, last + 1)
        return self._steps[begin:end], self._rows[begin:end]


class BranchSamples:
    """Samples of every branch that is still remembered, by the curve of the segment they were taken in."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Curve, Samples] = WeakKeyDictionary()

    def put(self, view: View, row: tuple[float, ...]) -> None:
        """Keeps `row` as what is true after the updates that are done in `view`."""
        curves = [curve for curve in view.curves if curve.first <= view.moment.record.step]
        if curves:
            self._of.setdefault(curves[-1], Samples()).put(view.updates_done, row)

    def arrays(self, view: View) -> tuple[Array, Array]:
        """Updates done (samples,) and rows (samples, numbers) of the branch of `view`, up to its newest step.

        Where an edit was made, both stand, one after the other: what was true before it and what was true after it.
        """
        steps: list[int] = []
        rows: list[tuple[float, ...]] = []
        for curve, last in zip(view.curves, _ends(view.curves, view.last_step), strict=True):
            kept = self._of.get(curve)
            if kept is not None:
                more_steps, more_rows = kept.between(curve.first - 1, last)
                steps += more_steps
                rows += more_rows
        width = len(rows[0]) if rows else 0
        whole = [(step, row) for step, row in zip(steps, rows, strict=True) if len(row) == width]
        return (np.array([step for step, _ in whole], dtype=np.float64),
                np.array([row for _, row in whole], dtype=np.float64).reshape(len(whole), width))


def known_step(view: View) -> int:
    """The newest step with a loss: not one whose pass has only begun.

    What is tried out at the end of the newest step is a step behind it, which the branch does not have.  The loss of
    an example of one's own is none of the training.
    """
    moment = view.moment
    has_loss = view.trial is None and (moment.is_complete or moment.loss is not None)
    if moment.record.step != view.last_step or has_loss:
        return view.last_step
    return view.last_step - 1


def is_whole(view: View) -> bool:
    """Whether all parameters are those of one step of the training: not in the middle of an update, none tried out."""
    moment = view.moment
    first = moment.order.section("update", "parameter", 1).start
    return not view.tried and view.trial is None and (moment.is_complete or moment.cursor <= first)


def _ends(curves: Sequence[Curve], last: int) -> list[int]:
    """The last step that counts of each curve."""
    return [*(following.first - 1 for following in curves[1:]), last]


class BranchCurve:
    """The loss of every step of a branch as arrays, read again only where it has grown."""

    def __init__(self) -> None:
        self._parts: WeakKeyDictionary[Curve, tuple[int, tuple[Array, Array, Array]]] = WeakKeyDictionary()

    def arrays(self, view: View) -> tuple[Array, Array, Array]:
        """Steps, lowest and highest losses, up to the newest step whose loss the pass has reached."""
        parts: list[tuple[Array, Array, Array]] = []
        for curve, last in zip(view.curves, _ends(view.curves, known_step(view)), strict=True):
            growing = view.playing and curve is view.curves[-1]      # by a worker, so its length is not asked for
            length = -1 if growing else len(curve)
            kept = self._parts.get(curve)
            if kept is None or kept[0] != length or growing:
                kept = (length, curve.points())
                self._parts[curve] = kept
            steps, low, high = kept[1]
            count = int(np.searchsorted(steps, last, side="right"))
            parts.append((steps[:count], low[:count], high[:count]))
        if len(parts) == 1:
            return parts[0]
        joined = [np.concatenate(column) for column in zip(*parts, strict=True)] if parts else [np.empty(0)] * 3
        return joined[0], joined[1], joined[2]
