"""What units, layers and parameters are called where somebody looks at them; a number not known yet is a dash."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.network import Network
from nnviz.engine.problem import Problem
from nnviz.engine.record import Record
from nnviz.report.divergence import array_index, parameter_name
from nnviz.report.elements import Alpha, Bias, Parameter, Unit, Weight
from nnviz.report.metrics import Survey
from nnviz.report.moment import Mask, Moment
from nnviz.report.numbers import full
from nnviz.words import tr

UNKNOWN = "–"
Lines = list[tuple[str, str]]


class Named(Protocol):
    """Who knows the names that a lesson gives to parameters: a document."""

    @property
    def labels(self) -> Mapping[str, str]: ...

    def label(self, parameter: str) -> str: ...


class Looked(Protocol):
    """What is looked at: the view of the window, or anything that offers the same."""

    @property
    def document(self) -> Named: ...
    @property
    def moment(self) -> Moment: ...
    @property
    def survey(self) -> Survey: ...
    @property
    def example_text(self) -> str: ...
    @property
    def raw_inputs(self) -> Array: ...


def example_name(record: Record, place: int) -> str:
    """What example number `place` of the batch is called: by its row in the data set, or that it is one's own."""
    if record.problem.trial:
        return tr("your own example")
    return tr("example {0}").format(int(record.rows[min(place, len(record.rows) - 1)]))


def title_of(document: Named, element: Parameter) -> str:
    """The lesson's name of a parameter, or its canonical one."""
    return document.label(parameter_name(element)) or parameter_name(element)


def is_frozen(moment: Moment, element: Parameter) -> bool:
    """Whether training never updates the parameter."""
    problem = moment.record.problem
    return bool(problem.frozen_mask[problem.blocks.positions(*array_index(element))[0]])


def is_disabled(moment: Moment, element: Unit) -> bool:
    """Whether nothing of the unit's output arrives: every weight that leads out of it is 0 and stays 0."""
    problem = moment.record.problem
    if not problem.frozen_mask.any() or not element.layer < len(problem.network.layers):
        return False
    kept, weights = (problem.blocks.weights(vector, element.layer + 1)[..., element.unit]
                     for vector in (problem.frozen_mask.astype(np.float64), moment.parameters()))
    return bool(kept.all() and not weights.any())


def layer_title(problem: Problem, layer: int) -> str:
    """What a layer is called: `input`, `hidden 1`, `output`."""
    last = len(problem.network.layers)
    if layer == 0:
        return tr("input")
    return tr("output") if layer == last else tr("hidden {0}").format(layer)


def nets_of(network: Network, layer: int, unit: int) -> range:
    """The numbers of a unit's net inputs in its layer: one, or one for each piece."""
    first, pieces = network.net_of(layer, unit), network.layers[layer - 1].pieces
    return range(first, first + pieces)


def is_shared(network: Network, element: Bias | Alpha) -> bool:
    """Whether a layer has one bias, or learns one α, for all its units."""
    layer = network.layers[element.layer - 1]
    if isinstance(element, Bias):
        return layer.bias == "shared"
    return not layer.activation.option("per_unit", 0.0)


def route_of(moment: Moment, element: Parameter) -> str:
    """Where a weight leads from and to; whose a bias or an activation parameter is."""
    network = moment.record.problem.network
    names = network.names(element.layer)
    if isinstance(element, Weight):
        text = tr("from {source} to {target}") if element.piece is None else tr(
            "from {source} to piece {piece} of {target}")
        return text.format(source=network.names(element.layer - 1)[element.source], target=names[element.unit],
                           piece=element.piece)
    shared = is_shared(network, element)
    if isinstance(element, Bias) and element.piece is not None:
        return tr("of piece {piece} of {unit}").format(piece=element.piece, unit=names[element.unit])
    return tr("of {units}").format(units=listed(names) if shared else names[element.unit])


def listed(names: tuple[str, ...], most: int = 6) -> str:
    """The names with commas between them, at most `most` of them written out."""
    first = ", ".join(names[:most])
    return tr("{names} and {count} more").format(names=first, count=len(names) - most) if len(names) > most else first


def said(value: float | None) -> str:
    """A number in full precision; the dash for None."""
    return UNKNOWN if value is None else full(value)


def picked(pair: tuple[Array, Mask], place: int) -> str:
    """One of many numbers in full precision; the dash where it is not known yet."""
    values, known = pair
    return full(float(values[place])) if known[place] else UNKNOWN
