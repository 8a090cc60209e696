"""The weights of a layer as a table: a row for each unit, a column for each input, the bias behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnviz.engine.calls import Array
from nnviz.engine.network import Network
from nnviz.report.edge_measures import LayerValues
from nnviz.report.elements import Alpha, Bias, Parameter, Unit, Weight
from nnviz.report.moment import Mask
from nnviz.report.numbers import full

BIAS, SLOPE = "b", "α"          # the headers of what stands behind the weights


@dataclass(frozen=True)
class TableShape:
    """What the rows and columns of a layer's table are.

    A unit has one row, or one for each of its `pieces`.  `biases` and `slopes` count what stands behind the weights: as
    many as there are rows or units, 1 where the layer shares it, 0 where it has none.
    """

    layer: int
    units: tuple[str, ...]
    sources: tuple[str, ...]
    pieces: int
    biases: int
    slopes: int

    @classmethod
    def of(cls, network: Network, layer: int) -> TableShape:
        """That of a layer from 1."""
        slopes = network.array(f"alpha{layer}")
        nets = network.net_sizes[layer]
        biases = {"per_unit": nets, "shared": 1, "none": 0}[network.layers[layer - 1].bias]
        return cls(layer, network.names(layer), network.names(layer - 1), network.layers[layer - 1].pieces, biases,
                   0 if slopes is None else slopes.size)

    @property
    def rows(self) -> int:
        return len(self.units) * self.pieces

    @property
    def columns(self) -> int:
        return len(self.sources)

    def row_name(self, row: int) -> str:
        """The unit of a row, with its piece where it has several."""
        unit, piece = divmod(row, self.pieces)
        return self.units[unit] if self.pieces == 1 else f"{self.units[unit]}[{piece}]"

    def weight(self, row: int, column: int) -> Weight:
        unit, piece = divmod(row, self.pieces)
        return Weight(self.layer, unit, column, piece if self.pieces > 1 else None)

    def bias(self, row: int) -> Bias:
        """The bias of a row; that of all rows where it is shared."""
        if self.biases == 1:
            return Bias(self.layer, 0)
        unit, piece = divmod(row, self.pieces)
        return Bias(self.layer, unit, piece if self.pieces > 1 else None)

    def slope(self, row: int) -> Alpha:
        """What the activation of a row's unit learns; that of the layer where it is shared."""
        return Alpha(self.layer, 0 if self.slopes == 1 else row // self.pieces)

    def row_of(self, element: Unit | Parameter) -> int:
        """The first row of an element of this layer."""
        return element.unit * self.pieces + (getattr(element, "piece", None) or 0)

    def walk(self, element: Parameter | None, down: int, right: int) -> Parameter:
        """Where a key leads from `element`: along the weights of a row to the bias and on; up and down the rows."""
        row, column = (0, 0) if element is None else (self.row_of(element), self._column_of(element))
        if element is not None:
            row = min(max(row + down, 0), self.rows - 1)
            column = min(max(column + right, 0), self.columns + (self.biases > 0) + (self.slopes > 0) - 1)
        return self.at(row, column)

    def at(self, row: int, column: int) -> Parameter:
        """The parameter in a row and a column, those behind the weights included."""
        if column < self.columns:
            return self.weight(row, column)
        return self.bias(row) if self.biases and column == self.columns else self.slope(row)

    def _column_of(self, element: Parameter) -> int:
        if isinstance(element, Weight):
            return element.source
        return self.columns if isinstance(element, Bias) else self.columns + (self.biases > 0)


def tab_separated(shape: TableShape, values: LayerValues) -> str:
    """The table as lines of cells with tabs between them, every digit written; nothing stands where nothing is known.
    """
    behind: Sequence[tuple[str, int, Array | None, Mask | None]] = (
        (BIAS, shape.biases, values.biases, values.biases_known),
        (SLOPE, shape.slopes, values.slopes, values.slopes_known))
    extra = [(name, numbers, known) for name, amount, numbers, known in behind
             if amount and numbers is not None and known is not None]
    lines = [["", *shape.sources, *(name for name, _, _ in extra)]]
    for row in range(shape.rows):
        line = [shape.row_name(row)]
        line += [full(value) if known else ""
                 for value, known in zip(values.weights[row].tolist(), values.weights_known[row].tolist(), strict=True)]
        for name, numbers, known in extra:
            place = 0 if len(numbers) == 1 else row if name == BIAS else row // shape.pieces
            line.append(full(float(numbers[place])) if known[place] else "")
        lines.append(line)
    return "\n".join("\t".join(line) for line in lines)
