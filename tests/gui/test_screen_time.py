"""The window takes no more than its share of the time while training runs, and never falls silent."""

from __future__ import annotations

from nnviz.gui.screen_time import EVERY, NUMBERS_AT_LEAST, PANEL_AT_LEAST, ScreenTime

TICK = 1 / 30


def turns(cost: float, seconds: float = 6.0) -> tuple[int, int, int]:
    """Turns of the numbers, of a panel, and of both at once, where each redraw costs `cost` seconds."""
    time = [0.0, 0.0]
    screen = ScreenTime(lambda: time[0], lambda: time[1])
    numbers = panels = both = 0
    for _ in range(round(seconds / TICK)):
        time[0] += TICK
        time[1] += cost
        screen.redraw()
        numbers += screen.numbers_due
        panels += screen.panel_due
        both += screen.numbers_due and screen.panel_due
    return numbers, panels, both


def test_a_cheap_window_shows_numbers_and_panels_at_every_turn() -> None:
    numbers, panels, both = turns(0.001)
    assert abs(numbers - 180 / EVERY) <= 1 and abs(panels - 180 / EVERY) <= 1 and both == 0


def test_a_dear_window_still_shows_both_now_and_then() -> None:
    numbers, panels, both = turns(0.02)
    assert 6 <= numbers <= 6.0 / NUMBERS_AT_LEAST + 1 and 10 <= panels <= 6.0 / PANEL_AT_LEAST + 1 and both == 0


def test_rest_makes_everything_due() -> None:
    screen = ScreenTime()
    screen.redraw()
    screen.rest()
    assert screen.numbers_due and screen.panel_due
