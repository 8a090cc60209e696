"""The numbers of a pass in rows and columns: the layers' net inputs, outputs and δ with a column an example, weights
with a row a unit.  Every entry knows which number of the pass it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.record import Record
from nnviz.report import signs
from nnviz.report.conventions import Conventions
from nnviz.report.elements import Alpha, Bias, Parameter, Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.moment import Moment
from nnviz.report.notation import Notation, Row, Script, Sign
from nnviz.report.numpy_pass import NumpyPass, ParameterArray
from nnviz.report.pass_order import Kind as OperationKind
from nnviz.report.pass_order import Phase
from nnviz.report.quantities import Kind as QuantityKind
from nnviz.report.quantities import Quantity

At = Callable[[int, int], Quantity | None]
Mask = NDArray[np.bool_]
Places = int | range | None
Mark = tuple[Places, Places]


@dataclass(frozen=True, eq=False)
class Matrix:
    """Numbers in rows and columns: how they are called, on paper and as `plain` text, and which number each entry is.

    `mark` is the entry in question, None in it for all rows or all columns, or a range of them; `known` is False where
    the cursor has not come yet, None where everything is known.
    """

    sign: Notation
    plain: str
    values: Array
    at: At
    mark: Mark | None = None
    known: Mask | None = None

    @property
    def shape(self) -> tuple[int, int]:
        rows, columns = self.values.shape
        return rows, columns

    def marked(self, row: Places, column: Places = None) -> Matrix:
        """The same, with a row, a column or an entry marked."""
        return replace(self, mark=(row, column))

    def known_to(self, count: int) -> Matrix:
        """The same, of which the cursor has passed so many rows."""
        return self if count >= len(self.values) else replace(
            self, known=np.broadcast_to(np.arange(len(self.values))[:, None] < count, self.values.shape))

    def entries_known_to(self, count: int) -> Matrix:
        """The same, of which the cursor has passed so many entries, row by row."""
        return self if count >= self.values.size else replace(
            self, known=np.arange(self.values.size).reshape(self.values.shape) < count)

    def is_known(self, row: int, column: int) -> bool:
        return self.known is None or bool(self.known[row, column])

    def is_marked(self, row: int, column: int) -> bool:
        return self.mark is not None and _is_at(self.mark[0], row) and _is_at(self.mark[1], column)

    @property
    def transposed(self) -> Matrix:
        """Rows for columns, under its name with a T."""
        at, mark = self.at, self.mark
        sign = signs.raised(self.sign, "T") if isinstance(self.sign, Script) else Script(self.sign, raised=Sign("T"))
        return Matrix(sign, f"{self.plain}ᵀ", self.values.T, lambda row, column: at(column, row),
                      None if mark is None else (mark[1], mark[0]), None if self.known is None else self.known.T)


@dataclass(frozen=True, eq=False)
class Matrices:
    """The matrices of a moment, as far as they are known; of units they have the columns `columns` of the batch."""

    moment: Moment
    labels: Labels
    conventions: Conventions
    columns: tuple[int, ...]

    @property
    def record(self) -> Record:
        return self.moment.record

    def _done(self, phase: Phase, kind: OperationKind, layer: int) -> int:
        return self.labels.order.done(self.moment.cursor, phase, kind, layer)

    @cached_property
    def numpy(self) -> NumpyPass:
        return NumpyPass(self.record)

    @cached_property
    def whole(self) -> Matrices:
        """The same with the columns of the whole batch."""
        every = tuple(range(len(self.record.rows)))
        return self if self.columns == every else replace(self, columns=every)

    # --- units ------------------------------------------------------------------------------------------------

    def _pick(self, values: Array) -> Array:
        return values if len(self.columns) == values.shape[1] else values[:, list(self.columns)]

    def _of_units(self, kind: QuantityKind, layer: int) -> At:
        return lambda row, column: Quantity(kind, Unit(layer, row), example=self.columns[column])

    def of_nets(self, kind: QuantityKind, layer: int) -> At:
        """Quantities of net inputs, where a unit may have several."""
        network = self.record.problem.network

        def at(row: int, column: int) -> Quantity:
            unit, piece = network.target_of(layer, row)
            return Quantity(kind, Unit(layer, unit), piece, example=self.columns[column])

        return at

    def net(self, layer: int) -> Matrix:
        return Matrix(_sign("net", layer), f"net {layer}", self._pick(self.record.net(layer)),
                      self.of_nets("net", layer)).known_to(self._done("forward", "net", layer))

    def out(self, layer: int) -> Matrix:
        """The outputs of a layer; of layer 0 the inputs, x."""
        word = self.conventions.output
        sign, plain = (_sign(word, layer), f"{word} {layer}") if layer else (Sign("x"), "x")
        found = Matrix(sign, plain, self._pick(self.record.output(layer)), self._of_units("out", layer))
        return found.known_to(self._done("forward", "out", layer)) if layer else found

    @property
    def target(self) -> Matrix:
        word = self.conventions.target
        return Matrix(Sign(word), word, self._pick(self.record.targets), self._of_units("target", self.last))

    @property
    def terms(self) -> Matrix:
        sign = Script(Sign("E"), Sign(self.conventions.output))
        found = Matrix(sign, "E of each output", self._pick(self.record.terms), self._of_units("term", self.last))
        return found.known_to(self._done("loss", "term", self.last))

    @property
    def losses(self) -> Matrix:
        values = self.record.example_losses[list(self.columns)][None]
        found = Matrix(Sign("E"), "E", values, lambda row, column: Quantity("loss", example=self.columns[column]))
        return found.known_to(self._done("loss", "total", self.last))

    def out_gradient(self, layer: int) -> Matrix:
        word = self.conventions.output
        found = Matrix(_partial(_sign(word, layer)), f"∂E/∂{word} {layer}",
                       self._pick(self.record.output_gradient(layer)), self._of_units("out gradient", layer))
        return found.known_to(self._done("backward", "out", layer))

    def slope(self, layer: int) -> Matrix:
        """f'(net), known as soon as ∂E/∂out is that it is multiplied with; of softmax the Jacobian's diagonal."""
        sign = Row((Sign("f′", "upright"), Sign("("), _sign("net", layer), Sign(")")))
        found = Matrix(sign, f"f'(net {layer})", self._pick(self.record.slope(layer)), self.of_nets("slope", layer))
        return found.known_to(self._done("backward", "out", layer) * self.record.problem.network.layers[
            layer - 1].pieces)

    def delta(self, layer: int) -> Matrix:
        """δ = ∂E/∂net; called so where the convention turns δ round, for the equations are those of the slope."""
        turned = self.conventions.delta == "descent"
        sign, plain = (_partial(_sign("net", layer)), f"∂E/∂net {layer}") if turned else (
            _sign("δ", layer), f"δ {layer}")
        found = Matrix(sign, plain, self._pick(self.record.delta(layer)), self.of_nets("delta", layer))
        return found.known_to(self._done("backward", "net", layer))

    def jacobian(self, layer: int) -> Matrix:
        """∂out/∂net of a layer in which every output depends on every net input, for the first of the columns."""
        outputs = self.record.output(layer)[:, self.columns[0]]
        values = np.diag(outputs) - np.outer(outputs, outputs)
        example = self.columns[0]
        found = Matrix(Sign("J"), "J", values,
                       lambda row, column: Quantity("slope", Unit(layer, row), column, "of", example))
        return found.known_to(self._done("backward", "out", layer))

    def ones(self, rows: int, columns: int) -> Matrix:
        return Matrix(Sign("1", "bold"), "1", np.ones((rows, columns)), lambda row, column: None)

    # --- parameters -------------------------------------------------------------------------------------------

    def element(self, array: ParameterArray, row: int, column: int) -> Parameter:
        """The parameter in an entry of an array."""
        network, layer = self.record.problem.network, array.layer
        if array.is_weight:
            unit, piece = network.target_of(layer, row)
            return Weight(layer, unit, column, piece)
        if array.name.startswith("alpha"):
            return Alpha(layer, row)
        return Bias(layer, 0) if self.labels.is_shared(layer) else Bias(layer, *network.target_of(layer, row))

    def _done_of(self, phase: Phase, array: ParameterArray) -> int:
        """How many entries of an array the cursor has passed."""
        order, layer = self.labels.order, array.layer
        before = 0 if array.is_weight else order.weights_in(layer) if array.name.startswith("b") else (
            order.weights_in(layer) + order.biases_in(layer))
        return max(0, self._done(phase, "parameter", layer) - before)

    def _of_parameters(self, kind: QuantityKind, array: ParameterArray, name: str = "") -> At:
        return lambda row, column: Quantity(kind, self.element(array, row, column), name=name)

    def parameter(self, array: ParameterArray) -> Matrix:
        return Matrix(sign_of(array), array.name.replace("alpha", "α"),
                      self.numpy.read(self.record.parameters, array), self._of_parameters("parameter", array))

    def new_value(self, array: ParameterArray) -> Matrix:
        return Matrix(signs.raised(sign_of(array), "+"), f"new {array.name}".replace("alpha", "α"),
                      self.numpy.read(self.record.new_parameters, array),
                      self._of_parameters("new value", array)).entries_known_to(self._done_of("update", array))

    def gradient(self, array: ParameterArray) -> Matrix:
        gates = self.record.problem.network.gates
        letter = "E" if array.name != "p" else gates.names[-1] if gates is not None else "f"
        return Matrix(_partial(sign_of(array), letter), f"∂{letter}/∂{array.name}".replace("alpha", "α"),
                      self.numpy.read(self.record.gradient, array),
                      self._of_parameters("gradient", array)).entries_known_to(self._done_of("backward", array))

    def update(self, array: ParameterArray, sign: Notation, plain: str, values: Array) -> Matrix:
        """What goes into an array's update, entry by entry."""
        found = Matrix(sign, plain, self.numpy.read(values, array), self._of_parameters("update", array))
        return found.entries_known_to(self._done_of("update", array))

    def memory(self, array: ParameterArray, name: str, sign: Notation, plain: str) -> Matrix:
        """What the optimiser remembers of an array after the step."""
        found = Matrix(sign, plain, self.numpy.read(self.record.memory(name), array),
                       self._of_parameters("new memory", array, name))
        return found.entries_known_to(self._done_of("update", array))

    @property
    def last(self) -> int:
        return len(self.record.problem.network.layers)


def _is_at(places: Places, place: int) -> bool:
    return places is None or (place == places if isinstance(places, int) else place in places)


def first_of(places: Places) -> int | None:
    """The first of the rows or columns that are marked; None where it is all of them."""
    return places.start if isinstance(places, range) else places


def _sign(word: str, layer: int) -> Notation:
    return Script(Sign(word), Sign(str(layer), "number"))


def sign_of(array: ParameterArray) -> Notation:
    """W₁, b₁, α₁; of a surface the point p."""
    if array.name == "p":
        return Sign("p", "bold")
    return Script(Sign({"W": "W", "b": "b", "a": "α"}[array.name[0]]), Sign(str(array.layer), "number"))


def _partial(below: Notation, above: str = "E") -> Notation:
    """∂E/∂W on one line: the letters stand above their numbers, where a fraction would take the room of a row."""
    return Row((Sign("∂"), Sign(above), Sign("/", "upright"), Sign("∂"), below))
