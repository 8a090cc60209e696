"""What is done to a network by hand besides training it: parameters are disabled, units put elsewhere, layers folded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

from nnviz.engine.network import Network, parse_parameter_name
from nnviz.errors import DocumentRefused
from nnviz.session.checks import join, show
from nnviz.session.fields import canonical_parameter
from nnviz.words import tr

Place = tuple[float, float]
NOTHING_DISABLED: Mapping[str, float] = MappingProxyType({})
NOTHING_PLACED: Mapping[tuple[int, int], Place] = MappingProxyType({})
NOTHING_FOLDED: frozenset[int] = frozenset()


def read_disabled(value: object, where: str, network: Network, labels: Mapping[str, str]) -> Mapping[str, float]:
    """Canonical names of parameters that are 0 and stay 0, each with the value that it gets back when it is enabled."""
    if not isinstance(value, dict):
        text = tr("must be an object from parameters to the values they get back, not {value}")
        raise DocumentRefused(text.format(value=show(value)), where)
    disabled: dict[str, float] = {}
    for name, number in value.items():
        place = join(where, name)
        element = canonical_parameter(name, place, network, labels)
        meant = parse_parameter_name(element)
        if meant is None or not meant[1]:
            raise DocumentRefused(
                tr("{name} is a whole array; single parameters are disabled").format(name=name), place,
                tr("Write an element, such as W1[0,1]"))
        disabled[element] = _finite(number, place)
    return MappingProxyType(disabled)


def read_places(value: object, where: str, network: Network) -> Mapping[tuple[int, int], Place]:
    """Where units stand, by (layer, unit): (x, y) from 0, left and top, to 1; each row is [layer, unit, x, y]."""
    if not isinstance(value, list):
        raise DocumentRefused(tr("must be a list of [layer, unit, x, y], not {value}").format(value=show(value)), where)
    places: dict[tuple[int, int], Place] = {}
    for number, row in enumerate(value):
        place = join(where, number)
        if not isinstance(row, list) or len(row) != 4:
            raise DocumentRefused(tr("must be [layer, unit, x, y], not {value}").format(value=show(row)), place)
        layer, unit = (_count(row[column], f"{place}.{column}") for column in (0, 1))
        if layer >= len(network.sizes) or unit >= network.sizes[layer]:
            text = tr("the network has no unit {unit} in layer {layer}; both count from 0")
            raise DocumentRefused(text.format(unit=unit, layer=layer), place)
        x, y = (_finite(row[column], f"{place}.{column}") for column in (2, 3))
        if not (0.0 <= x <= 1.0 and 0.0 <= y <= 1.0):
            raise DocumentRefused(tr("x and y must be from 0 to 1, shares of the picture"), place)
        places[layer, unit] = (x, y)
    return MappingProxyType(places)


def written_places(places: Mapping[tuple[int, int], Place]) -> list[list[float]]:
    """The places as a document has them, layer by layer."""
    return [[layer, unit, x, y] for (layer, unit), (x, y) in sorted(places.items())]


def read_folded(value: object, where: str, network: Network) -> frozenset[int]:
    """The layers that are shown folded, from 0, the inputs."""
    if not isinstance(value, list):
        raise DocumentRefused(tr("must be a list of layers, not {value}").format(value=show(value)), where)
    layers: set[int] = set()
    for number, entry in enumerate(value):
        place = join(where, number)
        layer = _count(entry, place)
        if layer >= len(network.sizes):
            text = tr("the network has no layer {layer}; the inputs are 0, the outputs {last}")
            raise DocumentRefused(text.format(layer=layer, last=len(network.sizes) - 1), place)
        if layer in layers:
            raise DocumentRefused(tr("layer {layer} stands there twice").format(layer=layer), place)
        layers.add(layer)
    return frozenset(layers)


def _count(value: object, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise DocumentRefused(tr("must be a whole number from 0, not {value}").format(value=show(value)), where)
    return value


def _finite(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise DocumentRefused(tr("must be a finite number, not {value}").format(value=show(value)), where)
    return float(value)
