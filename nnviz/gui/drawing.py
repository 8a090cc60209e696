"""Everything the painter needs to draw a network at one moment, and nothing that it would have to look up.

A `Drawing` is resolved from a session by a pure function, so a picture in the window, a gallery card and a
picture written by the command line are the same picture.  A number that the pass has not reached yet is NaN
in an array whose `known` mask is False there; a NaN that is known is a real NaN and is drawn as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nnviz.report.elements import Bias, Element, Weight

if TYPE_CHECKING:
    from nnviz.gui.plane_drawing import PlaneDrawing

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
UNKNOWN = -1.0                    # the magnitude of a gradient that is not known yet: less than any that is
MOST_NAMES = 64                   # a column of more units writes none of their names


@dataclass(frozen=True)
class Slopes:
    """What the activation of a layer learns: one number for the whole layer, or one for each unit."""

    values: Array
    gradients: Array
    known: Mask                   # False where the pass has not reached the gradient
    frozen: Mask
    labels: dict[int, str]        # the lesson's names


class TileKind(StrEnum):
    """What the image of a unit shows."""

    OUTPUTS = "outputs"           # what the unit puts out over the plane of two inputs: between its places it is smooth
    WEIGHTS = "weights"           # its incoming weights, one a pixel


@dataclass(frozen=True, eq=False)
class Tiles:
    """An image for each unit of a column, which stands in the place of its disc. NaN: there is no number.

    Colours run from `low` over `middle`, which is as pale as the canvas, to `high`; what lies beyond has the colour of
    that end.  All units of a column share them, so that their images can be compared.
    """

    images: Array                 # (units, rows, columns), the first row at the top
    kind: TileKind
    low: float
    middle: float
    high: float
    caption: str                  # what the legend says of the colours, e.g. "outputs of hidden units"
    flat: bool = False            # only two colours: below the middle, and from there on

    @property
    def scale(self) -> tuple[float, float, float]:
        return self.low, self.middle, self.high


@dataclass(frozen=True)
class Column:
    """One layer: layer 0 is the input. Arrays have one entry a unit."""

    title: str                    # "input", "hidden 1", "output"
    subtitle: str                 # "2 sigmoid", "softmax", ...; empty for the input
    names: tuple[str, ...]
    values: Array                 # what the unit puts out
    known: Mask                   # False where the pass has not reached the unit
    delta: Array                  # δ = ∂E/∂net (for the input: all unknown)
    delta_known: Mask
    dead: Mask                    # a ReLU that is 0 for every training example
    targets: Array | None = None  # output layer only
    won: Array | None = None      # (units · pieces,): for which share of what is shown each piece won; NaN: unknown
    slopes: Slopes | None = None  # what its activation learns
    frozen: Mask | None = None    # units of which everything that leads into them stays as it is
    disabled: Mask | None = None  # units of which everything that leads out of them is 0 and stays 0
    tiles: Tiles | None = None    # the images of its units, where they are to have any
    decides: bool = False         # its largest output is the network's answer
    averaged: bool = False        # the numbers are means over a batch, of which there is no single answer


@dataclass(frozen=True)
class Connections:
    """The weights into one layer, (net inputs, sources), and its biases, (net inputs,).

    A unit has one net input, or `pieces` of them, which follow each other.  `bias` is None where the layer has none,
    of shape (1,) where one bias is shared by all its units.
    """

    weights: Array
    gradients: Array              # what colours the edges: a row of `edge_measures.MEASURES`, by default the gradient
    gradients_known: Mask         # same shape as weights
    frozen: Mask                  # same shape as weights
    labels: dict[tuple[int, int], str]   # (net input, source) -> the lesson's name, e.g. w5
    bias: Array | None
    bias_gradients: Array | None
    bias_gradients_known: Mask | None
    bias_frozen: Mask | None
    bias_labels: dict[int, str]
    pieces: int = 1
    disabled: Mask | None = None  # same shape as weights: 0, and stays 0; None where nothing is
    bias_disabled: Mask | None = None

    @cached_property
    def magnitudes(self) -> Array:
        """The size of what colours each weight, (net inputs, sources); UNKNOWN where it is not known yet."""
        found = np.abs(self.gradients)
        if not self.gradients_known.all():
            found[~self.gradients_known] = UNKNOWN
        return found

    @cached_property
    def broken(self) -> Mask:
        """Into which net inputs a weight leads that is not finite, (net inputs,)."""
        with np.errstate(over="ignore", invalid="ignore"):
            doubtful = ~np.isfinite(self.weights.sum(axis=1))         # a sum of large numbers may be infinite too
        return np.asarray(~np.isfinite(self.weights).all(axis=1)) if doubtful.any() else doubtful

    @cached_property
    def root_mean_squares(self) -> Array:
        """Of the known gradients into each net input, (net inputs,): NaN where none is known, ∞ where not finite."""
        count = np.full(len(self.weights), float(self.weights.shape[1]))
        sizes = self.magnitudes
        if not self.gradients_known.all():
            count = self.gradients_known.sum(axis=1).astype(np.float64)
            sizes = np.maximum(sizes, 0.0)
        largest = sizes.max(axis=1, initial=0.0)                     # squares of small ones must not vanish
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            scaled = sizes / np.where(largest > 0.0, largest, 1.0)[:, None]
            found = largest * np.sqrt(np.einsum("ij,ij->i", scaled, scaled) / count)
        found[~np.isfinite(found)] = np.inf
        found[count == 0] = np.nan
        return np.asarray(found)

    @property
    def has_shared_bias(self) -> bool:
        return self.bias is not None and len(self.bias) == 1 and len(self.weights) > 1

    def net_of(self, element: Weight | Bias) -> int:
        """The row of `weights`, or the place in `bias`, that an element means."""
        return element.unit * self.pieces + (element.piece or 0)

    def weight(self, layer: int, net: int, source: int) -> Weight:
        return weight_at(layer, net, source, self.pieces)

    def bias_element(self, layer: int, place: int) -> Bias:
        return bias_at(layer, place, 1 if self.has_shared_bias else self.pieces)

    def bias_label(self, place: int) -> str:
        """What a bias is called in the picture: by the lesson, or `b`, with its piece where there are several."""
        own = f"b[{place % self.pieces}]" if self.pieces > 1 and not self.has_shared_bias else "b"
        return self.bias_labels.get(place, own)


@dataclass(frozen=True)
class Drawing:
    """A network at one moment. `connections[k]` leads from `columns[k]` to `columns[k + 1]`."""

    columns: tuple[Column, ...]
    connections: tuple[Connections, ...]
    active: frozenset[Element] = frozenset()   # what the cursor has just computed
    loss: float | None = None                  # of the shown example, or the batch mean; None: not reached
    loss_name: str = "E"
    colour_name: str = "|∂E/∂w|"               # what the colour of an edge means
    colours_gradients: bool = True             # False where it means something else
    caption: str = ""                          # e.g. "step 3 · example 0 · backward"
    example: str = ""                          # "example 0" or "batch mean"
    # where units stand that were dragged away, by (layer, unit), in shares of the picture
    places: Mapping[tuple[int, int], tuple[float, float]] = field(default_factory=dict)
    plane: PlaneDrawing | None = None          # the decision surface of a network of two inputs
    folded: frozenset[int] = frozenset()       # layers that are shown as one narrow bar

    @cached_property
    def active_weights(self) -> dict[int, list[Weight]]:
        """The weights of each layer that the cursor has just computed; one operation may concern thousands."""
        found: dict[int, list[Weight]] = {}
        for element in self.active:
            if isinstance(element, Weight):
                found.setdefault(element.layer, []).append(element)
        return found

    @cached_property
    def active_biases(self) -> frozenset[Bias]:
        return frozenset(element for element in self.active if isinstance(element, Bias))

    @cached_property
    def shape(self) -> object:
        """What the layout depends on: the numbers of units, the kinds of biases, the longest of the names written."""
        return (
            tuple(len(column.names) for column in self.columns),
            tuple((-1 if layer.bias is None else len(layer.bias), len(layer.bias_labels), layer.pieces)
                  for layer in self.connections),
            tuple(max(map(len, column.names)) for column in self.columns if len(column.names) <= MOST_NAMES),
            self.columns[-1].targets is not None,
            self.columns[-1].decides,
            tuple(column.tiles is not None for column in self.columns),
            None if self.plane is None else self.plane.classes,
            tuple((len(column.slopes.values), len(column.slopes.labels)) for column in self.columns if column.slopes),
            self.folded,
        )


def weight_at(layer: int, net: int, source: int, pieces: int) -> Weight:
    """The weight from `source` to net input `net` of a layer whose units have so many `pieces`."""
    return Weight(layer, net // pieces, source, net % pieces) if pieces > 1 else Weight(layer, net, source)


def bias_at(layer: int, place: int, pieces: int) -> Bias:
    """The bias number `place` of a layer whose units have so many `pieces`; they are 1 where one bias is shared."""
    return Bias(layer, *divmod(place, pieces)) if pieces > 1 else Bias(layer, place)
