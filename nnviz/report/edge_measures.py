"""A parameter can be looked at in several ways: how steep the loss is along it, how far it moves, how large it is.

Each row of `MEASURES` is one such number for every parameter, and what colours the edges of the picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from nnviz.words import tr

if TYPE_CHECKING:       # names and labels of the rows are needed before NumPy is
    import numpy as np
    from numpy.typing import NDArray

    from nnviz.engine.calls import Array
    from nnviz.engine.check import GradientCheck
    from nnviz.report.elements import Element, Parameter
    from nnviz.report.moment import Moment

    Mask = NDArray[np.bool_]

Phase = Literal["", "backward", "update"]
TOLD_ANYWAY = ("gradient", "update", "weight")      # every tooltip of a parameter has these


@dataclass(frozen=True)
class EdgeMeasure:
    """One row.

    `values` gives the number of every parameter as a flat vector in the engine's order.  Numbers are known once the
    cursor has passed the parameter in `phase` ("" for at any time); with `gaps`, a NaN is no number that went wrong but
    one that there is not.  `symbol` is what stands over the colour bar, with {example} where that is said; `unit` is
    what the numbers are counted in.
    """

    name: str
    label: str
    symbol: str
    unit: str
    help: str
    phase: Phase
    values: Callable[[Moment, GradientCheck | None], Array]
    gaps: bool = False


@dataclass(frozen=True, eq=False)
class Colouring:
    """What colours the edges: a row by its name, and for "error" the gradient check of the shown step, if there is one.
    """

    name: str = "gradient"
    check: GradientCheck | None = None

    @property
    def measure(self) -> EdgeMeasure:
        return MEASURES[self.name]

    @property
    def lacks_check(self) -> bool:
        """Whether there is nothing to show because the shown step has not been checked."""
        return self.name == "error" and self.check is None


@dataclass(frozen=True, eq=False)
class LayerValues:
    """A measure of one layer, NaN where it is not known: weights (net inputs, sources), biases, what is learned.

    `biases` has shape (1,) where one bias is shared; it and `slopes`, of what the activation learns, are None where the
    layer has none.
    """

    weights: Array
    weights_known: Mask
    biases: Array | None
    biases_known: Mask | None
    slopes: Array | None
    slopes_known: Mask | None


def layer_values(moment: Moment, colouring: Colouring, numbers: tuple[int, ...] = ()) -> tuple[LayerValues, ...]:
    """What `colouring` shows of every layer (from 1) at `moment`, or of those with the given `numbers`."""
    row, blocks = colouring.measure, moment.record.problem.blocks
    vector = row.values(moment, colouring.check)
    found = []
    for number in numbers or range(1, len(moment.record.problem.network.layers) + 1):
        parts = (blocks.weights(vector, number), blocks.biases(vector, number), blocks.alphas(vector, number))
        pairs = [_known_of(values, known, row.gaps)
                 for values, known in zip(parts, moment.parameters_known(row.phase, number), strict=True)]
        (weights, weights_known), (biases, biases_known), (slopes, slopes_known) = pairs
        assert weights is not None and weights_known is not None
        found.append(LayerValues(weights, weights_known, biases, biases_known, slopes, slopes_known))
    return tuple(found)


def value_of(moment: Moment, colouring: Colouring, element: Parameter) -> float | None:
    """What `colouring` tells of one parameter; None where that is not known."""
    from nnviz.report.divergence import array_index

    row, order = colouring.measure, moment.order
    known = not row.phase or (order.gradient_is_known if row.phase == "backward" else order.update_is_known)(
        moment.cursor, element)
    if not known:
        return None
    place = moment.record.problem.blocks.positions(*array_index(element))[0]
    value = float(row.values(moment, colouring.check)[place])
    return None if row.gaps and value != value else value


def told_line(moment: Moment, colouring: Colouring, element: Element) -> str:
    """The line that a tooltip gets of what colours the edges; "" where it has that number already."""
    from nnviz.report.elements import Unit
    from nnviz.report.titles import said

    if colouring.name in TOLD_ANYWAY or isinstance(element, Unit):
        return ""
    return f"{tr(colouring.measure.label).lower()}  {said(value_of(moment, colouring, element))}"


def _known_of(values: Array | None, known: Mask, gaps: bool) -> tuple[Array | None, Mask | None]:
    """Numbers with NaN where they are not known, and where they are; None where there are none."""
    import numpy as np

    if values is None:
        return None, None
    if gaps:
        known = known & ~np.isnan(values)
    return np.ascontiguousarray(values) if known.all() else np.where(known, values, np.nan), known


def _gradient(moment: Moment, check: GradientCheck | None) -> Array:
    return moment.record.gradient


def _own_gradient(moment: Moment, check: GradientCheck | None) -> Array:
    """∂(the shown example's own loss)/∂parameter; the batch's where the mean is shown."""
    from nnviz.report.example_gradients import gradient_of_example
    from nnviz.report.moment import MEAN

    return moment.record.gradient if moment.example == MEAN else gradient_of_example(moment.record, moment.column)


def _update(moment: Moment, check: GradientCheck | None) -> Array:
    return moment.record.update


def _ratio(moment: Moment, check: GradientCheck | None) -> Array:
    """|Δw| / |w|, with w as it was before the update; NaN where w is 0, of which nothing is a share."""
    import numpy as np

    before = moment.record.parameters
    with np.errstate(all="ignore"):
        found = np.abs(moment.record.update / before)
    found[~np.isfinite(found)] = np.inf
    found[before == 0.0] = np.nan
    return np.asarray(found)


def _parameters(moment: Moment, check: GradientCheck | None) -> Array:
    return moment.parameters()


def _errors(moment: Moment, check: GradientCheck | None) -> Array:
    import numpy as np

    blocks = moment.record.problem.blocks
    vector = np.full(blocks.size, np.nan)
    if check is not None:
        vector[blocks.order] = check.errors
    return vector


MEASURES = MappingProxyType({row.name: row for row in (
    EdgeMeasure("gradient", "Gradient of the batch", "|∂E/∂w|", "in loss per unit of the weight",
                "How steep the mean loss of the batch is along each weight: what the step follows.", "backward",
                _gradient),
    EdgeMeasure("example", "Gradient of the example", "|∂E/∂w|, {example}", "in loss per unit of the weight",
                "How steep the shown example's own loss is along each weight: what it alone would ask for. The batch's "
                "where the mean is shown.", "backward", _own_gradient),
    EdgeMeasure("update", "Update size", "|Δw|", "in units of the weight",
                "How far this step moves each weight: learning rate, momentum, penalties and all.", "update", _update),
    EdgeMeasure("ratio", "Update over weight", "|Δw| / |w|", "a share of the weight",
                "How far this step moves each weight for its size. Around 1e−3 is usual; far more is restless, far "
                "less hardly learns. A weight of 0 has none.", "update", _ratio, True),
    EdgeMeasure("weight", "Weight", "|w|", "in units of the weight", "How large each weight is.", "", _parameters),
    EdgeMeasure("error", "Error of the gradient check", "relative error", "a share of the gradient",
                "How far each gradient is from a numerical derivative. Only for a step whose gradients have been "
                "checked.", "", _errors, True),
)})
