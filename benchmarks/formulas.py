"""What a formula costs: built and shortened to be shown, for units of a digit network with 784 inputs.

A card shows an operation's formulas at once; nothing of a long sum may be made before it is shown, whatever is asked.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator

from benchmarks.table import Goal, print_table
from nnviz.report.formulas import Formulas
from nnviz.report.labels import Labels
from nnviz.report.mathematics import notation_in_numbers, notation_in_symbols
from nnviz.report.moment import MEAN
from nnviz.report.pass_order import Kind, Operation, Phase
from nnviz.session.examples import open_example
from nnviz.session.session import Session

DIGITS = "digits-784-16-16-10"
LONGEST, DIGITS_SHOWN, ROUNDS = 8, 6, 30
SHOWN: tuple[tuple[Phase, Kind, int], ...] = (
    ("forward", "net", 1), ("forward", "out", 3), ("loss", "total", 3), ("backward", "out", 1), ("backward", "net", 3),
    ("backward", "parameter", 1), ("update", "parameter", 1),
)  # fmt: skip
MOST = {"one example": 1.0, "the mean": 1.5}       # ms, the formula that the cursor visits


def rows() -> Iterator[tuple[str, ...]]:
    """The formula that the cursor visits, and the number and time of all of the operation's formulas."""
    session = Session(open_example(DIGITS))
    session.advance_steps(2)
    labels = Labels(session.document.network, session.document.labels)
    for whose, example in (("one example", 0), ("the mean", MEAN)):
        for phase, kind, layer in SHOWN:
            section = labels.order.section(phase, kind, layer)
            operation = labels.order.at(section.start + min(3, section.count - 1))

            first, whole = (
                statistics.median(shown(session, labels, example, operation, every) for _ in range(ROUNDS))
                for every in (False, True)
            )
            count = len(Formulas(session.record, labels, example).of(operation))
            yield whose, f"{phase} {kind} {layer}", Goal(first, MOST[whose]).text("ms"), str(count), f"{whole:.2f} ms"


def shown(session: Session, labels: Labels, example: int, operation: Operation, every: bool) -> float:
    """Milliseconds to build and shorten an operation's first formula, or every one of them."""
    begin = time.perf_counter()
    formulas = Formulas(session.record, labels, example)
    for formula in formulas.of(operation) if every else [formulas.first(operation)]:
        notation_in_symbols(formula.named, LONGEST)
        notation_in_numbers(formula.right, DIGITS_SHOWN, LONGEST)
    return (time.perf_counter() - begin) * 1e3


def main() -> None:
    print_table("Formulas of 784-16-16-10, ready to be set",
                ("shown", "operation", "its first formula", "formulas", "all of them"), rows())


if __name__ == "__main__":
    main()
