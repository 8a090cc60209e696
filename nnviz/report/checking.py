"""What a gradient check found, in words and numbers that can be read, copied and pointed at."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnviz.engine.check import GradientCheck
from nnviz.engine.network import Network, ParameterArray, element_name
from nnviz.report.elements import Parameter
from nnviz.report.numbers import count, full, short
from nnviz.report.pass_order import PassOrder
from nnviz.words import counted, tr

WORST = 10      # parameters that are listed
METHOD_NAMES = {"complex step": "complex step", "central differences": "central differences"}


@dataclass(frozen=True)
class CheckedParameter:
    """One parameter's line: its names, both gradients, the relative error."""

    name: str
    label: str
    element: Parameter | None           # what it is in the picture; None where the picture has nothing for it
    analytic: float
    numerical: float
    error: float


def worst_parameters(check: GradientCheck, labels: Mapping[str, str], most: int = WORST) -> list[CheckedParameter]:
    """The parameters with the largest errors, the largest first; `labels` goes from canonical to a lesson's names."""
    return [_parameter(check, labels, int(place)) for place in check.worst(most)]


def _parameter(check: GradientCheck, labels: Mapping[str, str], place: int) -> CheckedParameter:
    start = place
    for array in check.network.arrays:
        if start < array.size:
            break
        start -= array.size
    index = tuple(int(i) for i in np.unravel_index(start, array.shape))
    name = element_name(array.name, index)
    label = labels.get(name, "")
    if not check.network.has_units:
        name, label = label, ""
    return CheckedParameter(
        name, label, _element(check.network, array, place), float(check.analytic[place]),
        float(check.numerical[place]), float(check.errors[place]),
    )


def _element(network: Network, array: ParameterArray, place: int) -> Parameter | None:
    before = sum(other.size for other in network.arrays if other.layer < array.layer)
    found = PassOrder(network).parameter(array.layer, place - before)
    assert isinstance(found, Parameter)
    return found


def verdict(check: GradientCheck) -> str:
    """Whether it holds, in one sentence."""
    bound = f"{check.tolerance:.0e}".replace("e-0", "e-")
    hidden = int(check.unchecked.sum())
    number = len(check.errors) - hidden
    if not math.isfinite(check.loss):
        return tr("Nothing can be compared: the loss is not finite here, so that trying gives no gradient.")
    if not number:
        return tr("Nothing was checked: every parameter lies at a kink, where trying gives no gradient. Move a little.")
    if check.holds:
        text = counted(number, "The gradient of {amount} parameter is right: its relative error is {error}, "
                       "at most {bound} is allowed.", "The gradients of {amount} parameters are right: the largest "
                       "relative error is {error}, at most {bound} is allowed.", amount=count(number),
                       error=f"{check.largest_error:.1e}", bound=bound)
    else:
        text = counted(len(check.failed), "{wrong} gradient of {total} is wrong: the largest relative error is "
                       "{error}, at most {bound} is allowed.", "{wrong} gradients of {total} are wrong: the largest "
                       "relative error is {error}, at most {bound} is allowed.", wrong=count(len(check.failed)),
                       total=count(number), error=f"{check.largest_error:.1e}", bound=bound)
    if not hidden:
        return text
    return f"{text} " + counted(hidden, "{hidden} parameter lies at a kink and was not checked.",
                                "{hidden} parameters lie at a kink and were not checked.", hidden=count(hidden))


def times(check: GradientCheck) -> str:
    """How long both ways took."""
    return tr("by formula {analytic}, by {method} {numerical}").format(
        analytic=duration(check.analytic_seconds), method=tr(METHOD_NAMES[check.method]),
        numerical=duration(check.numerical_seconds),
    )


def duration(seconds: float) -> str:
    """A time with its unit.

    >>> duration(0.000042), duration(0.0123), duration(1.5)
    ('42 µs', '12.3 ms', '1.5 s')
    """
    for factor, unit in ((1.0, "s"), (1e3, "ms")):
        if seconds * factor >= 1.0:
            return f"{short(seconds * factor, 3)} {unit}"
    return f"{short(seconds * 1e6, 3)} µs"


def checked_text(check: GradientCheck, labels: Mapping[str, str], most: int = WORST) -> str:
    """The whole finding as lines of text, the numbers at full precision: what is printed and what is copied."""
    head = tr("{parameters} parameters, a batch of {examples}, {method}").format(
        parameters=count(len(check.errors)), examples=count(check.examples), method=tr(METHOD_NAMES[check.method]))
    rows = [(tr("parameter"), tr("label"), tr("by formula"), tr("by trying"), tr("relative error"))]
    rows += [(row.name, row.label, full(row.analytic), full(row.numerical), f"{row.error:.2e}")
             for row in worst_parameters(check, labels, most)]
    columns = [0, *([1] if any(row[1] for row in rows[1:]) else []), 2, 3, 4]
    widths = [max(len(row[column]) for row in rows) for column in columns]
    lines = ["  ".join(row[column].ljust(width) for column, width in zip(columns, widths, strict=True)).rstrip()
             for row in rows]
    return "\n".join([head, "", *lines, "", times(check), verdict(check)])
