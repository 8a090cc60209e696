"""Every number of a pass as a leaf of a formula: its sign, its name as text, its value, and where it comes from.

A number of one example is read from its column of the batch; without a column it is the mean over the batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.record import Record
from nnviz.report import signs
from nnviz.report.conventions import Conventions
from nnviz.report.elements import Alpha, Bias, Element, Parameter, Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.mathematics import Known, Mathematics, Negative
from nnviz.report.notation import Brackets, Notation, Row, Script, Sign
from nnviz.report.quantities import Quantity
from nnviz.report.vectors import Numbers, own_gradient

Column = int | None


@dataclass(frozen=True, eq=False)
class Leaves:
    """The numbers of `record`, called as `labels` and `conventions` say."""

    record: Record
    labels: Labels
    conventions: Conventions

    # --- units --------------------------------------------------------------------------------------------------

    def unit(self, layer: int, unit: int) -> str:
        return self.record.problem.network.names(layer)[unit]

    def net(self, layer: int, place: int, column: Column) -> Known:
        """The net input number `place` of a layer."""
        name = self._net_name(layer, place)
        return Known(signs.of("net", name), f"net {name}", _picked(self.record.net(layer), place, column),
                     Quantity("net", *self._of_net(layer, place), example=column))

    def out(self, layer: int, unit: int, column: Column) -> Known:
        """The output of a unit; an input is called by its name alone."""
        name, word = self.unit(layer, unit), self.conventions.output
        value = _picked(self.record.output(layer), unit, column)
        quantity = Quantity("out", Unit(layer, unit), example=column)
        if not layer:
            return Known(signs.named(name), name, value, quantity)
        return Known(signs.of(word, name), f"{word} {name}", value, quantity)

    def target(self, unit: int, column: Column) -> Known:
        name, word = self.unit(self.last, unit), self.conventions.target
        return Known(signs.of(word, name), f"{word} {name}", _picked(self.record.targets, unit, column),
                     Quantity("target", Unit(self.last, unit), example=column))

    def term(self, unit: int, column: Column) -> Known:
        """An output's own term of the loss."""
        name = self.unit(self.last, unit)
        return Known(signs.of("E", name), f"E {name}", _picked(self.record.terms, unit, column),
                     Quantity("term", Unit(self.last, unit), example=column))

    def loss(self, column: Column) -> Known:
        """The loss of an example; without a column that of the batch."""
        value = self.record.loss if column is None else float(self.record.example_losses[column]) + 0.0
        return Known(self.loss_sign, self.loss_text, value, Quantity("loss", example=column))

    def out_gradient(self, layer: int, unit: int, column: Column) -> Known:
        """∂E/∂out."""
        name, word = self.unit(layer, unit), self.conventions.output
        return Known(signs.partial(self.loss_sign, signs.of(word, name)), f"∂E/∂{word} {name}",
                     _picked(self.record.output_gradient(layer), unit, column),
                     Quantity("out gradient", Unit(layer, unit), example=column))

    def through(self, layer: int, unit: int, place: int, column: Column) -> Known:
        """What comes back to a unit's ∂E/∂out through net input number `place` of the next layer: δ·w.

        Where that leads to one output's own term of the loss, it is that term's derivative.
        """
        net, word = self._net_name(layer + 1, place), self.conventions.output
        below = signs.of(word, self.unit(layer, unit))
        target, piece = self.record.problem.network.target_of(layer + 1, place)
        deltas, weight = self.record.delta(layer + 1)[place], self.values.of(Weight(layer + 1, target, unit, piece))
        value = float(deltas.mean() if column is None else deltas[column]) * weight + 0.0
        plain = f"∂E {net}/∂{word} {self.unit(layer, unit)}"
        sign: Notation = signs.partial(signs.of("E", net), below)
        if not self._is_own_term(layer + 1):
            plain = f"∂E/∂{word} {self.unit(layer, unit)} through {net}"
            sign = Script(Brackets(signs.partial(self.loss_sign, below)), signs.flat(net))
        return Known(sign, plain, value, Quantity("out gradient", Unit(layer, unit), place, "through", column))

    def _is_own_term(self, layer: int) -> bool:
        """Whether δ of a layer's units are each of one output's term of the loss alone."""
        problem = self.record.problem
        return (layer == self.last and problem.loss_row.share(problem.network.sizes[layer]) == 1.0
                and problem.activation_row(layer).elementwise)

    def slope(self, layer: int, place: int, column: Column) -> Known:
        """∂out/∂net of net input number `place`."""
        unit, _ = self.record.problem.network.target_of(layer, place)
        return self._slope(layer, unit, place, _picked(self.record.slope(layer), place, column),
                           Quantity("slope", *self._of_net(layer, place), example=column))

    def jacobian(self, layer: int, unit: int, place: int, column: Column) -> Known:
        """∂out of `unit`/∂net number `place`, where every output depends on every net input: ∂pⱼ/∂netᵢ."""
        outputs = self.record.output(layer)
        entries = outputs[unit] * ((unit == place) - outputs[place])
        value = float(entries.mean() if column is None else entries[column]) + 0.0
        return self._slope(layer, unit, place, value, Quantity("slope", Unit(layer, place), unit, "of", column))

    def _slope(self, layer: int, unit: int, place: int, value: float, quantity: Quantity) -> Known:
        out, net, word = self.unit(layer, unit), self._net_name(layer, place), self.conventions.output
        sign = signs.partial(signs.of(word, out), signs.of("net", net))
        return Known(sign, f"∂{word} {out}/∂net {net}", value, quantity)

    def delta(self, layer: int, place: int, column: Column) -> Known:
        """δ of net input number `place`: ∂E/∂net, or turned round where the convention is so."""
        name = self._net_name(layer, place)
        value = _picked(self.record.delta(layer), place, column)
        turned = self.is_turned
        return Known(signs.of("δ", name), f"δ {name}" if turned else f"∂E/∂net {name}",
                     -value + 0.0 if turned else value,
                     Quantity("delta", *self._of_net(layer, place), example=column))

    @property
    def is_turned(self) -> bool:
        """Whether δ is the way down, -∂E/∂net."""
        return self.conventions.delta == "descent"

    def turned(self, tree: Mathematics) -> Mathematics:
        """`tree` with its sign changed, where δ is the way down."""
        return Negative(tree) if self.is_turned else tree

    def delta_in_full(self, layer: int, place: int) -> Notation:
        """δ and what it stands for: δ_{h1} = ∂E/∂net_{h1}."""
        name = self._net_name(layer, place)
        minus = (Sign("\N{MINUS SIGN}", "number"),) if self.is_turned else ()
        whole = signs.partial(self.loss_sign, signs.of("net", name))
        return Row((signs.of("δ", name), Sign("=", "operator"), *minus, whole))

    # --- parameters ---------------------------------------------------------------------------------------------

    def parameter(self, element: Parameter) -> Known:
        """A parameter before the update."""
        name = self.labels.name(element)
        return Known(self._sign(element), name, self.values.of(element), Quantity("parameter", element))

    def _sign(self, element: Parameter) -> Notation:
        """w_5, W^{(1)}_{0,1}; what an activation learns is α, or what that is called where α is the learning rate."""
        name = self.labels.name(element)
        greek = name.startswith("alpha") and isinstance(element, Alpha)
        return signs.named(self.conventions.letter("α") + name[len("alpha"):] if greek else name)

    def gradient(self, element: Parameter, column: Column = None) -> Known:
        """∂E/∂w, the mean over the batch; with a column that of this example's own loss."""
        name = self.labels.name(element)
        value = self.gradients.of(element) if column is None else own_gradient(self.record, element, column)
        return Known(signs.partial(self.loss_sign, self._sign(element)), f"∂{self.loss_text}/∂{name}", value,
                     Quantity("gradient", element, example=column))

    def update(self, element: Parameter) -> Known:
        """What the step adds to a parameter."""
        name = self.labels.name(element)
        return Known(Row((Sign("Δ", "upright"), self._sign(element))), f"Δ{name}", self.updates.of(element),
                     Quantity("update", element))

    def new_value(self, element: Parameter) -> Known:
        """A parameter after the update: w_5⁺."""
        name = self.labels.name(element)
        return Known(signs.raised(self._sign(element), "+"), f"new {name}", self.new_values.of(element),
                     Quantity("new value", element))

    def net_slope(self, layer: int, place: int, element: Parameter, column: Column) -> Known:
        """∂net/∂w = out of the unit that the weight comes from; 1 for a bias."""
        name, net = self.labels.name(element), self._net_name(layer, place)
        sign = signs.partial(signs.of("net", net), self._sign(element))
        plain = f"∂net {net}/∂{name}"
        if isinstance(element, Bias):
            return Known(sign, plain, 1.0)
        assert isinstance(element, Weight)
        value = _picked(self.record.output(layer - 1), element.source, column)
        return Known(sign, plain, value, Quantity("out", Unit(layer - 1, element.source), example=column))

    @cached_property
    def values(self) -> Numbers:
        return Numbers(self.record, self.record.parameters)

    @cached_property
    def gradients(self) -> Numbers:
        return Numbers(self.record, self.record.gradient)

    @cached_property
    def updates(self) -> Numbers:
        return Numbers(self.record, self.record.update)

    @cached_property
    def new_values(self) -> Numbers:
        return Numbers(self.record, self.record.new_parameters)

    # --- the whole ----------------------------------------------------------------------------------------------

    @cached_property
    def last(self) -> int:
        """The number of the output layer."""
        return len(self.record.problem.network.layers)

    @cached_property
    def loss_text(self) -> str:
        """What everything is differentiated of: the loss E, the height f, the result of a graph."""
        network = self.record.problem.network
        if network.gates is not None:
            return network.gates.names[-1]
        return "f" if network.kind == "surface" else "E"

    @cached_property
    def loss_sign(self) -> Notation:
        is_network = self.record.problem.network.kind == "network"
        return signs.TOTAL if is_network else signs.named(self.loss_text)

    def learning_rate(self) -> Known:
        """η as it is in force in this step."""
        letter = self.conventions.learning_rate
        return Known(Sign(letter), letter, self.record.learning_rate, Quantity("setting", name="learning_rate"))

    def setting(self, name: str, letter: str, value: float) -> Known:
        """What an activation, a loss or an optimiser is set to, by its letter under the conventions."""
        letter = self.conventions.letter(letter)
        return Known(signs.named(letter), letter, value, Quantity("setting", name=name))

    def _net_name(self, layer: int, place: int) -> str:
        return self.record.problem.network.net_name(layer, place)

    def _of_net(self, layer: int, place: int) -> tuple[Element, int | None]:
        unit, piece = self.record.problem.network.target_of(layer, place)
        return Unit(layer, unit), piece


def _picked(values: Array, place: int, column: Column) -> float:
    """An entry of (units, examples), or the mean of a row; never a negative zero."""
    if column is not None:
        return float(values[place, column]) + 0.0
    with np.errstate(all="ignore"):
        return float(values[place].mean()) + 0.0
