"""Where an output is certain, 0 or 1 to the last digit, its logarithm says no more and its slope is 0.

Loss and activation are then taken as one, and the trace writes the formula that does so, in place of one with infinite
numbers in it.  So it does where a softmax's powers would be infinite.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.record import Record
from nnviz.report.formulas import Formulas
from nnviz.report.formulas_forward import HIGHEST
from nnviz.report.mathematics import in_numbers, in_symbols
from nnviz.report.pass_order import Operation

if TYPE_CHECKING:      # the trace reads this module
    from nnviz.report.trace import Trace, TraceRow


def with_certain_outputs(trace: Trace, operation: Operation, rows: list[TraceRow]) -> list[TraceRow]:
    """`rows` of an operation, one an example, some of them written by the loss and its activation in one."""
    failing = _failing(trace.record, operation)
    for column in np.flatnonzero(failing).tolist():
        formula = Formulas(trace.record, trace.labels, column).first(operation)
        left = formula.left.plain
        rows[column] = rows[column]._replace(
            formula=f"{left} = {in_symbols(formula.right)}", calculation=f"{left} = {in_numbers(formula.right)}",
            local_gradient=None, upstream_gradient=None)
    return rows


def _failing(record: Record, operation: Operation) -> NDArray[np.bool_]:
    """For which examples the plain formula of a fused loss does not come to the number, (examples,) or nothing."""
    problem, layer, place = record.problem, operation.section.layer, operation.index
    loss, activation = problem.loss_row, problem.activation_row(layer)
    nothing = np.zeros(0, dtype=np.bool_)
    if (operation.phase, operation.kind) == ("forward", "out") and not activation.elementwise:
        return np.asarray(record.net(layer).max(axis=0) >= HIGHEST)
    if layer != len(problem.network.layers) or not loss.is_fused(activation.name):
        return nothing
    with np.errstate(all="ignore"):
        if (operation.phase, operation.kind) == ("loss", "term"):
            plain = loss.terms(record.output(layer)[place], record.targets[place])
            exact = record.terms[place]
        elif (operation.phase, operation.kind) == ("backward", "net") and activation.elementwise:
            plain = record.output_gradient(layer)[place] * record.slope(layer)[place]
            exact = record.delta(layer)[place]
        else:
            return nothing
        return np.asarray(np.isfinite(exact) & ~np.isclose(plain, exact, rtol=1e-9, atol=1e-15))
