"""A neuron opened: products, a sum, a bend, each a gate with its value above the wire and its gradient below it.

The numbers are those of the pass: the same net input, output and δ, whichever way one looks at the unit.  Of many
inputs only those whose products are the largest are drawn; what the others add stands in the sum as one leaf.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.expression import GATES, Expression, Node, Number, Operation, Variable, read_expression
from nnviz.engine.network import Network
from nnviz.engine.network_graph import option_values
from nnviz.engine.record import Record
from nnviz.report.elements import Alpha, Bias, Element, GateNode, Unit, Weight
from nnviz.report.gates import GateReading
from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN, Mask, Moment
from nnviz.words import counted, sign, tr

MOST = 12         # products that are drawn
_LEAST = 1        # of each piece, where a unit has several
_TINY = 1e-300    # how far beside its corner an activation is looked at, to get the slope that is taken there


@dataclass(frozen=True)
class Primitives:
    """An activation written with simpler gates; `side` is that of its corner at 0 whose slope is taken there."""

    text: str
    side: float = 0.0


# By the name of the activation; z is the net input.
PRIMITIVES: dict[str, Primitives] = {
    "sigmoid": Primitives("1/(1 + exp(-z))"),
    "tanh": Primitives("2/(1 + exp(-2*z)) - 1"),
    "relu": Primitives("max(0, z)", -1.0),
    "leaky_relu": Primitives("max(alpha*z, z)", -1.0),
    "prelu": Primitives("max(0, z) + alpha*min(0, z)", -1.0),
    "elu": Primitives("max(0, z) + alpha*(exp(min(0, z)) - 1)", 1.0),
    "softplus": Primitives("log(1 + exp(z))"),
    "silu": Primitives("z/(1 + exp(-z))"),
    "step": Primitives("max(sign(z), 0)"),
}


@dataclass(frozen=True, eq=False)
class NeuronGraph:
    """A unit as a graph of gates at a moment; `hidden` is how many inputs stand in the sum as one leaf.

    `notes` are sentences about what is not to be seen in the numbers alone.
    """

    unit: Unit
    title: str
    reading: GateReading
    hidden: int
    notes: tuple[str, ...]
    has_primitives: bool


@dataclass(frozen=True)
class _Place:
    """What is kept of a node while the graph is written: numbers are (examples,), None where they follow from others.

    `value_known` and `gradient_known` say whether the cursor has passed them.
    """

    node: Node
    name: str
    element: Element | None
    value: Array | None
    gradient: Array | None
    value_known: bool
    gradient_known: bool
    slopes_at: Array | None = None     # where slopes are read in the place of the node's own value


@dataclass
class _Writer:
    """The nodes of a graph as they are written, inputs first."""

    places: list[_Place] = field(default_factory=list)
    variables: list[str] = field(default_factory=list)

    def leaf(self, name: str, value: Array, known: bool, gradient_known: bool, element: Element | None = None) -> int:
        self.variables.append(name)
        node = Variable(name, len(self.variables) - 1)
        self.places.append(_Place(node, name, element, value, None, known, gradient_known))
        return len(self.places) - 1

    def number(self, value: float) -> int:
        self.places.append(_Place(Number(value), "", None, np.array([value]), None, True, False))
        return len(self.places) - 1

    def gate(self, kind: str, *inputs: int, known: bool, gradient_known: bool) -> int:
        self.places.append(_Place(Operation(kind, inputs), "", None, None, None, known, gradient_known))
        return len(self.places) - 1

    def is_now(self, place: int, name: str, element: Element, value: Array, gradient: Array) -> None:
        """Says that a node is a number of the pass."""
        self.places[place] = replace(self.places[place], name=name, element=element, value=value, gradient=gradient)


def output_name(network: Network, layer: int, unit: int) -> str:
    """What a unit's output is called in the words in force: `out h1`, or just `i1` for an input."""
    name = network.names(layer)[unit]
    return f"{sign('out')} {name}" if layer else name


def opens(element: Element | None) -> bool:
    """Whether an element can be opened: a unit that computes something."""
    return isinstance(element, Unit) and not isinstance(element, GateNode) and element.layer > 0


def neuron_graph(
    moment: Moment, labels: Labels, unit: Unit, primitives: bool = False, most: int = MOST
) -> NeuronGraph:
    """`unit` of the shown example, or of the batch in the mean, as far as the cursor has come.

    `primitives` writes the activation with simpler gates.  LookupError for an input, which computes nothing.
    """
    if not opens(unit):
        raise LookupError("an input has nothing to open")
    with np.errstate(all="ignore"):
        return _Opening(moment, labels, unit, primitives, most).graph()


class _Opening:
    """Everything that is looked at to write one unit."""

    def __init__(self, moment: Moment, labels: Labels, unit: Unit, primitives: bool, most: int) -> None:
        self.moment, self.labels, self.unit, self.primitives = moment, labels, unit, primitives
        self.record: Record = moment.record
        self.network, self.layer = self.record.problem.network, unit.layer
        self.kind = self.network.layers[self.layer - 1].activation.name
        self.pieces = self.network.layers[self.layer - 1].pieces
        first = self.network.net_of(self.layer, unit.unit)
        self.nets = range(first, first + self.pieces)
        self.most = most if self.pieces == 1 else max(_LEAST, most // self.pieces)
        count = len(self.record.rows)
        example = min(moment.example, count - 1)
        self.columns = slice(None) if moment.example == MEAN else slice(example, example + 1)
        self.examples = count if moment.example == MEAN else 1
        self.writer, self.inputs, self.sums = _Writer(), dict[int, int](), list[int]()
        self.biases: dict[Bias, int] = {}
        self.hidden = 0

    def _of(self, values: Array) -> Array:
        return np.asarray(values[..., self.columns])

    # --- what is known ------------------------------------------------------------------------------------------

    def _delta_known(self, net: int) -> bool:
        return bool(self.moment.delta(self.layer)[1][net])

    def _input_back_known(self, source: int) -> bool:
        """The gradient at an input is known with ∂E/∂out of the unit before; the data have none, so with δ."""
        if self.layer == 1:
            return self._delta_known(self.nets[-1])
        return bool(self.moment.output_gradient(self.layer - 1)[1][source])

    # --- the graph ----------------------------------------------------------------------------------------------

    def graph(self) -> NeuronGraph:
        nets = self.sums = [self._net_input(net) for net in self.nets]
        output = self._bend(nets)
        name = self.network.names(self.layer)[self.unit.unit]
        record, out = self.record, output_name(self.network, self.layer, self.unit.unit)
        if output not in nets:
            self.writer.is_now(output, out, self.unit, self._of(record.output(self.layer)[self.unit.unit]),
                               self._of(record.output_gradient(self.layer)[self.unit.unit]))
        label = tr(record.problem.activation_row(self.layer).label)
        count = self.network.sizes[self.layer - 1]
        title = counted(count, "{name}: {activation} of one input", "{name}: {activation} of {count} inputs",
                        name=name, activation=label)
        return NeuronGraph(self.unit, title, self._reading(out), self.hidden, self._notes(),
                           self.kind in PRIMITIVES and self.kind in GATES)

    def _net_input(self, net: int) -> int:
        """Writes w·a + … + b of one piece; returns the place of the sum."""
        write, record, layer = self.writer, self.record, self.layer
        known, back = bool(self.moment.net(layer)[1][net]), self._delta_known(net)
        weights = record.problem.blocks.weights(record.parameters, layer)[net]
        outputs = self._of(record.output(layer - 1))
        products = weights[:, None] * outputs
        shown = self._largest(products)
        unit, piece = self.network.target_of(layer, net)
        weights_known, biases_known = self.moment.gradients_known(layer)
        terms = []
        for source in shown:
            element = Weight(layer, unit, source, piece)
            a = self._input(source, outputs[source])
            w = write.leaf(self.labels.name(element), weights[source : source + 1], True,
                           bool(weights_known[net, source]), element)
            terms.append(write.gate("multiply", w, a, known=known, gradient_known=back))
        left = len(weights) - len(shown)
        if left:
            self.hidden = max(self.hidden, left)
            rest = np.delete(products, shown, axis=0).sum(axis=0)
            terms.append(write.leaf(counted(left, "one more", "{count} more"), rest, known, back))
        terms += self._bias(net, biases_known)
        total = write.gate("add", *terms, known=known, gradient_known=back) if len(terms) > 1 else terms[0]
        name = self.network.net_name(layer, net)
        both = self.kind == "identity"
        write.is_now(total, f"net {name}" if not both else self.labels.output(layer, self.unit.unit), self.unit,
                     self._of(record.net(layer)[net]), self._of(record.delta(layer)[net]))
        return total

    def _bias(self, net: int, known: Mask) -> list[int]:
        """The leaf of a bias, which the pieces of a unit may share; nothing where there is none."""
        record, layer = self.record, self.layer
        biases = record.problem.blocks.biases(record.parameters, layer)
        if biases is None:
            return []
        shared, target = self.labels.is_shared(layer), self.network.target_of(layer, net)
        element, place = (Bias(layer, 0), 0) if shared else (Bias(layer, *target), net)
        if element not in self.biases:
            self.biases[element] = self.writer.leaf(
                self.labels.name(element), biases[place : place + 1], True, bool(known[place]), element)
        return [self.biases[element]]

    def _largest(self, products: Array) -> list[int]:
        """The inputs with the largest |w·a|, in the order of the layer."""
        if len(products) <= self.most + 1:
            return list(range(len(products)))
        sizes = np.abs(products).mean(axis=1)
        sizes = np.where(np.isnan(sizes), np.inf, sizes)
        return sorted(np.argsort(-sizes, kind="stable")[: self.most].tolist())

    def _input(self, source: int, values: Array) -> int:
        """The leaf of an input, which several pieces share."""
        if source not in self.inputs:
            known = bool(self.moment.output(self.layer - 1)[1][source])
            self.inputs[source] = self.writer.leaf(
                output_name(self.network, self.layer - 1, source), values, known, self._input_back_known(source),
                Unit(self.layer - 1, source))
        return self.inputs[source]

    def _bend(self, nets: Sequence[int]) -> int:
        """Writes what the activation does with the net inputs; returns the place of the output."""
        if self.kind == "identity":
            return nets[0]
        if self.kind == "softmax":
            return self._share_of_sum(nets[0])
        if self.kind == "maxout":
            return self._winner(nets)
        if self.kind in GATES and not (self.primitives and self.kind in PRIMITIVES):
            inputs = (nets[0],) if GATES[self.kind].inputs == 1 else (nets[0], self._alpha())
            return self._step(self.kind, *inputs)
        return self._spliced(PRIMITIVES[self.kind], nets[0])

    @property
    def _passed(self) -> tuple[bool, bool]:
        """Whether the output, and its gradient, are known."""
        unit = self.unit.unit
        return (bool(self.moment.output(self.layer)[1][unit]),
                bool(self.moment.output_gradient(self.layer)[1][unit]))

    def _step(self, kind: str, *inputs: int) -> int:
        """A gate of the activation; its gradient is known with δ, that of the output with ∂E/∂out."""
        out, back = self._passed
        return self.writer.gate(kind, *inputs, known=out, gradient_known=back)

    def _alpha(self) -> int:
        """The leaf of α: what the activation learns, or a number that it is set to."""
        record, layer = self.record, self.layer
        alphas = record.problem.blocks.alphas(record.parameters, layer)
        if alphas is None:
            return self.writer.number(option_values(self.network.layers[layer - 1].activation)["alpha"])
        place = self.unit.unit if self.labels.has_own_alphas(layer) else 0
        element = Alpha(layer, place)
        order = self.moment.order
        known = order.done(self.moment.cursor, "backward", "parameter", layer) > order.place_of(element)
        return self.writer.leaf(self.labels.name(element), alphas[place : place + 1], True, known, element)

    def _spliced(self, form: Primitives, net: int) -> int:
        """Writes the gates of a formula of z, with the net input in z's place."""
        found = read_expression(form.text, {"z": 0, "alpha": 1})
        at: list[int] = []
        for node in found.nodes:
            if isinstance(node, Variable):
                at.append(net if node.argument == 0 else self._alpha())
            elif isinstance(node, Number):
                at.append(self.writer.number(node.value))
            else:
                at.append(self._step(node.gate, *(at[place] for place in node.inputs)))
        side = form.side
        if self.kind == "relu":
            side = 2.0 * option_values(self.network.layers[self.layer - 1].activation)["at_zero"] - 1.0
        values = self._of(self.record.net(self.layer)[self.nets[0]])
        self.writer.places[net] = replace(self.writer.places[net],
                                          slopes_at=np.where(values == 0.0, side * _TINY, values))
        return at[-1]

    def _winner(self, nets: Sequence[int]) -> int:
        """The largest of the pieces, one after the other; the first of equals has won, so the later one looks less."""
        total = nets[0]
        for piece in nets[1:]:
            total = self._step("max", total, piece)
        return total

    def _share_of_sum(self, net: int) -> int:
        """e^net over the layer's sum; what the other units add to it is one leaf."""
        record, unit = self.record, self.unit.unit
        out, back = self._passed
        nets = self._of(record.net(self.layer))
        powers = np.exp(nets)
        own = self._step("exp", net)
        rest = powers.sum(axis=0) - powers[unit] if len(nets) > 1 else np.zeros(self.examples)
        others = self.writer.leaf(
            counted(len(nets) - 1, "e^net of the other", "e^net of {count} others"), rest, out, back)
        total = self._step("add", own, others)
        outputs = self._of(record.output(self.layer))
        wanted = self._of(record.output_gradient(self.layer))
        told = -(wanted * outputs).sum(axis=0) / powers.sum(axis=0)
        self.writer.places[total] = replace(self.writer.places[total], gradient=told)
        return self._step("divide", own, total)

    # --- its numbers --------------------------------------------------------------------------------------------

    def _reading(self, out: str) -> GateReading:
        places, nodes = self.writer.places, tuple(place.node for place in self.writer.places)
        values, looked = list[Array](), list[Array]()
        for place in places:
            found = place.value
            beside = place.slopes_at
            if isinstance(place.node, Operation):
                found = _value(place.node, values) if found is None else found
                beside = _value(place.node, looked) if beside is None else beside
            assert found is not None
            values.append(found)
            looked.append(found if beside is None else beside)
        slopes = [self._slopes(number, looked) for number in range(len(places))]
        gradients = self._way_back(slopes)
        expression = Expression(out, tuple(self.writer.variables), nodes)
        active, back = self._active()
        return GateReading(
            expression, tuple(place.name for place in places), np.array([self._mean(value) for value in values]),
            np.array([place.value_known for place in places]), np.array([self._mean(value) for value in gradients]),
            np.array([place.gradient_known for place in places]),
            tuple(tuple(self._mean(slope) for slope in row) for row in slopes),
            tuple(place.element for place in places), active, back,
        )

    def _mean(self, values: Array) -> float:
        return float(np.mean(values)) + 0.0

    def _slopes(self, number: int, looked: list[Array]) -> list[Array]:
        """The local gradients of a gate, each (examples,) or (1,)."""
        node = self.writer.places[number].node
        if not isinstance(node, Operation):
            return []
        given = [looked[source] for source in node.inputs]
        if node.gate == "add":
            return [np.ones(1) for _ in given]
        if self.kind == "maxout" and node.gate == "max":
            later = np.asarray(given[1] > given[0], dtype=np.float64)
            return [1.0 - later, later]
        if self.kind == node.gate and len(node.inputs) == 1:       # the slope that the pass has taken
            return [self._of(self.record.slope(self.layer)[self.nets[0]])]
        return [np.atleast_1d(np.asarray(slope(looked[number], *given))) for slope in GATES[node.gate].slopes]

    def _way_back(self, slopes: list[list[Array]]) -> list[Array]:
        """The gradient of every node, (examples,): the numbers of the pass where it has them, else what comes back."""
        gradients = [np.zeros(1) for _ in self.writer.places]
        for number in range(len(gradients) - 1, -1, -1):
            place = self.writer.places[number]
            if place.gradient is not None:
                gradients[number] = place.gradient
            if isinstance(place.node, Operation):
                for source, slope in zip(place.node.inputs, slopes[number], strict=True):
                    gradients[source] = gradients[source] + slope * gradients[number]
        return gradients

    def _active(self) -> tuple[int | None, bool]:
        """The node whose number the last move has computed, and whether on the way back."""
        last = self.moment.last
        if last is None or last.phase not in ("forward", "backward"):
            return None, False
        back, active = last.phase == "backward", self.moment.active()
        output = len(self.writer.places) - 1
        if last.kind == "net" and last.section.layer == self.layer and self.unit in active:
            return self.sums[self.nets.index(last.index) if last.index in self.nets else -1], back
        for number, place in enumerate(self.writer.places):
            element = place.element
            if element not in active or (isinstance(element, Unit) and last.kind != "out"):
                continue
            if element != self.unit or number == output:
                return number, back
        return None, False

    def _notes(self) -> tuple[str, ...]:
        """What the numbers alone do not tell."""
        found = []
        if self.hidden:
            found.append(counted(self.hidden, "One input with a small product stands in the sum as one leaf.",
                                 "{count} inputs with smaller products stand in the sum as one leaf."))
        if self.kind == "softmax":
            found.append(tr("The sum of e^net feeds the layer's other ‹outputs› too: its gradient has what comes back "
                            "from them."))
        if self.examples > 1:
            found.append(tr("These are means over the batch, and a mean of products is not the product of the means: "
                            "choose an example to see each gradient multiply out."))
        return tuple(found)


def _value(node: Operation, values: Sequence[Array]) -> Array:
    """What a gate makes of its inputs; the sum of a neuron is one gate, however many they are."""
    given = [values[source] for source in node.inputs]
    return np.asarray(sum(given) if node.gate == "add" else GATES[node.gate].value(*given))
