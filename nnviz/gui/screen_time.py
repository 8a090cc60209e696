"""While a network plays at full speed, the window redraws often, and so each redraw has to be short.

The edges are drawn at every redraw.  Numbers and panels, which cost most and which nobody reads forty times a
second, are drawn as often as the window's share of the time allows, and a little more than once a second in any case.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import perf_counter, thread_time

SHARE = 0.20             # of the time, for the window's own thread
REMEMBERED = 0.7         # seconds over which that share is measured
EVERY = 6                # redraws from one turn of the numbers, or of a panel, to the next
NUMBERS_AT_LEAST, PANEL_AT_LEAST = 0.9, 0.5     # seconds


class ScreenTime:
    """Says at each redraw whether it is the turn of the numbers, or of a panel; never of both."""

    def __init__(self, clock: Callable[[], float] = perf_counter, spent: Callable[[], float] = thread_time) -> None:
        self._clock, self._spent = clock, spent
        self.rest()

    def rest(self) -> None:
        """Nothing plays fast: the next redraw begins anew."""
        self._redraws = 0
        self._marks: deque[tuple[float, float]] = deque()
        self._numbers = self._panel = self._clock()
        self.numbers_due = self.panel_due = True

    def redraw(self, alone: bool = False) -> None:
        """Counts a redraw and sets `numbers_due` and `panel_due` for it; `alone`, no training wants the time."""
        now, spent = self._clock(), self._spent()
        self._marks.append((now, spent))
        while len(self._marks) > 2 and now - self._marks[0][0] > REMEMBERED:
            self._marks.popleft()
        then, before = self._marks[0]
        thrifty = alone or now == then or (spent - before) / (now - then) < SHARE
        self._redraws += 1
        turn = self._redraws % EVERY
        self.numbers_due = (turn == 0 and thrifty) or now - self._numbers > NUMBERS_AT_LEAST
        self.panel_due = not self.numbers_due and (
            (turn == EVERY // 2 and thrifty) or now - self._panel > PANEL_AT_LEAST
        )
        if self.numbers_due:
            self._numbers = now
        if self.panel_due:
            self._panel = now
