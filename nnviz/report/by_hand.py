"""The shown step worked through as on a slide: every result of the pass rounded, the next one from the rounded ones.

Each number stands beside the engine's, so that whoever has calculated along with pencil and paper finds their own
numbers, and sees where they left the exact ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from nnviz.engine.record import Record
from nnviz.report.conventions import Conventions
from nnviz.report.formulas import Formulas
from nnviz.report.labels import Labels
from nnviz.report.mathematics import Formula, in_text
from nnviz.report.moment import Moment
from nnviz.report.numbers import count
from nnviz.report.pass_order import Operation
from nnviz.report.quantities import Quantity
from nnviz.report.rounding import HandCalculation, Worked, largest_loss, written
from nnviz.report.titles import Named
from nnviz.words import tr

MOST_OPERATIONS = 200       # of an example: nobody works through more by hand
MOST_RESULTS = 4_000        # of all examples of the batch, which the mean gradient needs


@dataclass(frozen=True)
class Line:
    """One result of the pass: the operation that it is of, and whether it is the number that the cursor visits."""

    place: int
    worked: Worked
    visited: bool

    @property
    def name(self) -> str:
        """What is worked out: `net h1`."""
        return self.worked.formula.left.plain


@dataclass(frozen=True, eq=False)
class ByHand:
    """The step of `record` with every result rounded to `decimals`, as one example of its batch sees it, or the mean.

    `example` is a column of the batch or MEAN.
    """

    record: Record
    labels: Labels
    example: int
    decimals: int
    conventions: Conventions

    @cached_property
    def reason(self) -> str:
        """Why there is nothing to show; "" where there is something."""
        operations, examples = self.labels.order.length, len(self.record.rows)
        if operations > MOST_OPERATIONS:
            return tr("Worked through by hand are networks of up to {most} operations; this one has {count}.").format(
                most=MOST_OPERATIONS, count=count(operations))
        if operations * examples > MOST_RESULTS:
            return tr("Worked through by hand are batches of up to {most} examples of this network: all of them are "
                      "needed for the mean gradient. Choose a smaller batch.").format(most=MOST_RESULTS // operations)
        return ""

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Every result that the shown example's pass has, in the order of the pass, then of the calculation."""
        if self.reason:
            return ()
        calculation, seen, lines = self._calculation, set[Quantity](), list[Line]()
        for place in range(self.labels.order.length):
            first = self._shown.first(self.labels.order.at(place))
            assert first.left.quantity is not None
            calculation.of(first.left.quantity)
            for worked in calculation.results()[len(seen) :]:
                assert worked.formula.left.quantity is not None
                seen.add(worked.formula.left.quantity)
                if worked.formula.left.quantity in self._of_shown:
                    lines.append(Line(place, worked, worked.formula.left.quantity == first.left.quantity))
        return tuple(lines)

    def line_of(self, operation: Operation) -> Line | None:
        """The result that the cursor visits at `operation`."""
        place = operation.section.start + operation.index
        return next((line for line in self.lines if line.place == place and line.visited), None)

    def of(self, formula: Formula) -> Line | None:
        """The result that a formula has on its left, where it is worked out by this very formula."""
        return next((line for line in self.lines if line.worked.formula.left == formula.left
                     and line.worked.formula.title == formula.title), None)

    def calculation(self, line: Line) -> str:
        """A result's formula with the rounded numbers put in: `0.74·0.19`."""
        return in_text(line.worked.formula.right, self._calculation.written)

    def result(self, line: Line) -> str:
        """The rounded result as it is written down: `0.14`."""
        return written(line.worked.rounded)

    def largest(self, cursor: int | None = None) -> Line | None:
        """The result whose own rounding takes the largest share of it, of those before `cursor`, or of all."""
        lines = [line for line in self.lines if cursor is None or line.place < cursor]
        found = largest_loss(tuple(line.worked for line in lines))
        return next((line for line in lines if line.worked is found), None)

    def equation(self, line: Line) -> str:
        """A result with its formula, as it is written down: `0.74·0.19 ≈ 0.14`."""
        exactly = line.worked.unrounded == line.worked.rounded
        return f"{self.calculation(line)} {'=' if exactly else '≈'} {self.result(line)}"

    @cached_property
    def _shown(self) -> Formulas:
        return Formulas(self.record, self.labels, self.example, self.conventions)

    @cached_property
    def _of_shown(self) -> Mapping[Quantity, Formula]:
        """The formulas of what is shown: of one example, or of the mean."""
        return _by_quantity(self._shown)

    @cached_property
    def _calculation(self) -> HandCalculation:
        formulas = dict(self._of_shown)
        for example in range(len(self.record.rows)):
            if example != self.example:
                one = Formulas(self.record, self.labels, example, self.conventions)
                formulas = _by_quantity(one, of_parameters=False) | formulas
        return HandCalculation(formulas, self.decimals)


def _by_quantity(formulas: Formulas, of_parameters: bool = True) -> dict[Quantity, Formula]:
    """The first formula of every number of a pass; those of one number that follow say the same in another way.

    Of parameters there is one number for all examples, so they need not be asked for with each.
    """
    order = formulas.labels.order
    found: dict[Quantity, Formula] = {}
    wanted = (section for section in order.sections if of_parameters or section.kind != "parameter")
    for place in (place for section in wanted for place in range(section.start, section.end)):
        for formula in formulas.of(order.at(place)):
            if formula.left.quantity is not None and formula.left.quantity.kind != "setting":
                found.setdefault(formula.left.quantity, formula)
    return found


_KEPT: list[ByHand] = []      # the newest few: panel, inspector and picture ask for the same


def by_hand(document: Named, moment: Moment, decimals: int, conventions: Conventions) -> ByHand:
    """The shown step by hand; worked through once for everybody who asks."""
    record = moment.record
    wanted = (0 if len(record.rows) == 1 else moment.example, decimals, conventions, document.labels)
    for kept in _KEPT:
        if kept.record is record and wanted == (kept.example, kept.decimals, kept.conventions, kept.labels.labels):
            return kept
    example, labels = wanted[0], Labels(record.problem.network, document.labels)
    found = ByHand(record, labels, example, decimals, conventions)
    _KEPT[:] = [found, *_KEPT[:2]]
    return found
