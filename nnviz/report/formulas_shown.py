"""What is shown: one example of a batch, or the mean over it, which is the examples' own formulas added and divided."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from nnviz.engine.problem import Problem
from nnviz.engine.record import Record
from nnviz.report.leaves import Column, Leaves
from nnviz.report.mathematics import Constant, Formula, Function, Known, Mathematics, Product, Quotient, Sum, Terms
from nnviz.report.pass_order import Operation

ONE = Constant(1.0)


@dataclass(frozen=True, eq=False)
class Shown:
    """The numbers of a pass, and which example is shown: a column of the batch, or None for the mean."""

    leaves: Leaves
    column: Column

    @property
    def record(self) -> Record:
        return self.leaves.record

    @property
    def problem(self) -> Problem:
        return self.record.problem

    def formula(
        self, operation: Operation, title: str, left: Known, make: Callable[[Column], Mathematics], note: str = ""
    ) -> Formula:
        """`left` by the formula that `make` writes for a column of the batch."""
        if self.column is not None:
            return Formula(title, left, make(self.column), note=note, place=place_of(operation))
        return self.mean(operation, title, left, lambda column, place: make(column), 1, note)

    def mean(
        self, operation: Operation, title: str, left: Known, make: Callable[[Column, int], Mathematics], terms: int,
        note: str = "",
    ) -> Formula:
        """`left` as the mean over the batch of a sum with so many `terms`: `make` writes one of them for a column."""
        examples = len(self.record.rows)
        if examples == 1:
            right = make(0, 0) if terms == 1 else Sum(Terms(terms, lambda place: make(0, place)))
            return Formula(title, left, right, note=note, place=place_of(operation))
        whole = Sum(Terms(examples * terms, lambda place: make(*divmod(place, terms))))
        one = make(None, 0) if terms == 1 else Sum(Terms(terms, lambda place: make(None, place)))
        symbols = Product((Quotient(ONE, Constant(float(examples))), Function("Σ", (one,))))
        return Formula(title, left, Quotient(whole, Constant(float(examples))), symbols, note, place_of(operation))


def place_of(operation: Operation) -> int:
    """The number of an operation in its pass."""
    return operation.section.start + operation.index


def added(terms: int, make: Callable[[int], Mathematics]) -> Mathematics:
    """A sum of so many terms, or the only one."""
    return make(0) if terms == 1 else Sum(Terms(terms, make))
