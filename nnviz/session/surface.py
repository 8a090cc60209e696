"""A surface is the loss of a network that has nothing but two weights: its optimiser's path can be seen from above.

The weights lead from a constant input of 1 to two units, x and y, which add nothing: their outputs are the weights.
The loss is a formula of these two.  Whatever works on a network's parameters, its loss and its training therefore
works on a surface, too; what the document says of it is read here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from nnviz.engine.expression import Expression, read_expression
from nnviz.engine.losses import VARIABLES
from nnviz.engine.network import Choice, Layer, Network
from nnviz.engine.options import Option
from nnviz.errors import DocumentRefused, FormulaRefused
from nnviz.session.checks import a_name, a_number, an_object, join, only_keys, show
from nnviz.session.parts import Arrays, DataSource
from nnviz.words import tr

LABELS: Mapping[str, str] = MappingProxyType({f"W1[{unit},0]": name for unit, name in enumerate(VARIABLES)})
EXAMPLES = 64           # of a surface with noise
COORDINATE = Option(0.0)
NOISE = Option(0.0, 0.0, help="standard deviation of each example's shift of the surface")
SMALLEST_HALF = 2.0     # of the side of a map that was not chosen
LARGEST_HALF = 8e307    # beyond it the whole side would be infinite
#: What a new surface is, until another formula is written: a round bowl, and a point on its slope.
NEW_SURFACE: Mapping[str, Any] = MappingProxyType({
    "format": "nnviz", "version": 1, "kind": "surface", "expression": "x^2 + y^2", "values": {"x": 1.5, "y": 1},
    "optimiser": {"name": "sgd", "learning_rate": 0.1},
})

Range = tuple[float, float]
View = tuple[Range, Range]      # of x and of y


@dataclass(frozen=True)
class Surface:
    """The height above a plane: `expression` of x and y, and what the map shows of it, `view`: low and high of each.

    Without a view the map shows what `around` says.  With `noise` every example has the surface shifted by a little,
    x and y each by a number drawn with this standard deviation: the mean of many is smoothed, one alone points beside
    it.
    """

    expression: Expression
    view: View | None = None
    noise: float = 0.0

    def around(self, x: float, y: float) -> View:
        """What the map shows of a surface on which training starts at x, y: the view, or a square that holds the point,
        as far as a map can reach.

        >>> Surface(read_expression("x^2", {"x": 0, "y": 1})).around(-4.0, 1.0)
        ((-6.0, 6.0), (-6.0, 6.0))
        """
        if self.view is not None:
            return self.view
        half = min(max(SMALLEST_HALF, 1.5 * abs(x), 1.5 * abs(y)), LARGEST_HALF)
        return (-half, half), (-half, half)

    def draw_point(self, seed: int, x: float, y: float) -> dict[str, float]:
        """A random point of the map on which training started at x, y."""
        generator = np.random.default_rng(seed)
        return {
            name: round(generator.uniform(low, high), 3)
            for name, (low, high) in zip(VARIABLES, self.around(x, y), strict=True)
        }


def read_surface(tree: Mapping[str, Any]) -> Surface:
    """Expression, view and noise."""
    return Surface(
        _read_expression(tree["expression"], "expression"),
        _read_view(tree["view"], "view") if "view" in tree else None,
        a_number(tree.get("noise", NOISE.default), "noise", NOISE),
    )


def read_height(text: str) -> Expression:
    """The height that a formula of x and y says; `FormulaRefused` where it says none."""
    expression = read_expression(text, {name: place for place, name in enumerate(VARIABLES)})
    if not expression.used:
        said = tr("{formula!r} has no x and no y: it is the same everywhere")
        raise FormulaRefused(said.format(formula=text), hint=tr("Write a formula of x and y, like x^2 + 10*y^2"))
    return expression


def _read_expression(value: object, where: str) -> Expression:
    try:
        return read_height(a_name(value, where))
    except FormulaRefused as refusal:
        raise DocumentRefused(refusal.what, where, refusal.hint) from None


def surface_network(surface: Surface) -> Network:
    """The network of two weights whose loss the surface is."""
    layer = Layer(VARIABLES, Choice("identity"), Choice("zeros"), "none")
    return Network(("1",), (layer,), Choice(surface.expression.text), "surface")


def surface_data(surface: Surface, seed: int) -> DataSource:
    """One example that leaves the surface as it is; with noise, many that each shift it a little."""
    if not surface.noise:
        return DataSource(None, np.ones((1, 1)), np.zeros((1, len(VARIABLES))))
    shifts = np.random.default_rng(seed).normal(0.0, surface.noise, (EXAMPLES, len(VARIABLES)))
    return DataSource(None, np.ones((EXAMPLES, 1)), shifts)


def read_values(value: object, where: str) -> Arrays:
    """A point of the plane, `{"x": 1, "y": 2}`, as the weights that it is; a variable left out is 0."""
    tree = an_object(value, where)
    only_keys(tree, where, VARIABLES)
    weights = np.array([
        [a_number(tree.get(name, COORDINATE.default), join(where, name), COORDINATE)] for name in VARIABLES
    ])
    weights.flags.writeable = False
    return MappingProxyType({"W1": weights})


def written_values(arrays: Arrays, names: Iterable[str] = VARIABLES) -> dict[str, float]:
    """The same as the document writes it; `names` are what the weights are called."""
    return dict(zip(names, arrays["W1"][:, 0].tolist(), strict=True))


def _read_view(value: object, where: str) -> View:
    tree = an_object(value, where)
    only_keys(tree, where, VARIABLES, VARIABLES)
    first, second = (_read_range(tree[name], join(where, name)) for name in VARIABLES)
    return first, second


def _read_range(value: object, where: str) -> Range:
    if not isinstance(value, list) or len(value) != 2:
        text = tr("must be two numbers, the lowest and the highest that are shown, not {value}")
        raise DocumentRefused(text.format(value=show(value)), where)
    low, high = (a_number(number, f"{where}.{place}", COORDINATE) for place, number in enumerate(value))
    text = ""
    if not low < high:
        text = tr("goes from {low} to {high}, but the first has to be the smaller one")
    elif not np.isfinite(high - low):
        text = tr("goes from {low} to {high}, which is farther than numbers reach")
    if text:
        raise DocumentRefused(text.format(low=low, high=high), where)
    return low, high
