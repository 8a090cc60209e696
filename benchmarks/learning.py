"""What is learnt, and how soon: the digits while the window plays them, and XOR from a hundred random starts.

The whole window is open, with its default panels and at its default speed. Run on the screen there is, else offscreen.
"""

from __future__ import annotations

import math
import time

from benchmarks.table import Goal, print_table
from benchmarks.window import open_window, wait

DIGITS, ACCURACY, MOST_SECONDS = "digits-784-16-16-10", 0.93, 60.0
STARTS, STEPS, LOSS = 100, 3000, 0.05
BETWEEN_LOOKS = 100      # milliseconds


def seconds_to_read_digits() -> tuple[float, int]:
    """Seconds of playing, and steps, until 93 % of the digits that were kept apart are read; infinite seconds if never.
    """
    from nnviz.session.examples import open_example

    application, window = open_window()
    controller = window.workbench.controller
    controller.open(open_example(DIGITS), None, DIGITS)
    wait(500)
    begun, found, steps = time.perf_counter(), math.inf, 0
    controller.play()
    while time.perf_counter() - begun < 2.0 * MOST_SECONDS and controller.player.is_playing:
        wait(BETWEEN_LOOKS)
        view = controller.view
        assert view is not None
        if (view.survey.test_accuracy or 0.0) >= ACCURACY:
            found, steps = time.perf_counter() - begun, view.updates_done
            break
    controller.pause()
    assert controller.session is not None
    controller.session.mark_saved()
    window.close()
    del application
    return found, steps


def solved_starts() -> int:
    """From how many random starts the shipped XOR ends below a loss of 0.05."""
    from nnviz.session.examples import open_example
    from nnviz.session.session import Session

    xor, solved = open_example("xor"), 0
    for seed in range(STARTS):
        session = Session(xor.with_value("seed", seed))
        session.advance_steps(STEPS)
        solved += session.record.loss < LOSS
    return solved


def main() -> None:
    seconds, steps = seconds_to_read_digits()
    starts = solved_starts()
    print_table("Learning", ("what", "found", "with"), [
        (f"{DIGITS} reads {ACCURACY:.0%} of the digits kept apart, while playing",
         Goal(seconds, MOST_SECONDS).text("s"), f"{steps} steps"),
        (f"xor from {STARTS} starts ends below {LOSS}",
         Goal(starts, 0.95 * STARTS, least=True).text("starts"), f"{STEPS} steps each"),
    ])


if __name__ == "__main__":
    main()
