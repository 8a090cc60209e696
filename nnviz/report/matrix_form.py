"""A whole layer at once: net = W a + b, δ = (Wᵀ δ') ⊙ f'(net), ∂E/∂W = δ aᵀ.

What the cursor visits number by number is one equation of matrices.  Here it is with its numbers and shapes: for one
example its columns, for the batch a column an example.  Gradients of parameters are means over the batch, so they
always have all columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np

from nnviz.engine.network import Network
from nnviz.report.conventions import DEFAULT, Conventions
from nnviz.report.elements import Alpha, Bias, Element, Parameter, Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.matrices import Matrices, Matrix, first_of
from nnviz.report.moment import MEAN, Moment
from nnviz.report.notation import Accent, Fraction, Notation, Radical, Row, Script, Sign
from nnviz.report.numbers import MINUS, short
from nnviz.report.numpy_pass import NumpyPass, ParameterArray
from nnviz.report.pass_order import Kind, PassOrder, Phase, Section
from nnviz.report.quantities import Quantity
from nnviz.words import lettered, tr


@dataclass(frozen=True)
class Scalar:
    """A number that multiplies a matrix: its letter, and the number itself."""

    sign: Notation
    value: float
    quantity: Quantity


Part = Matrix | Scalar | Notation


@dataclass(frozen=True)
class Choice:
    """A step that can be asked for: operations of one kind in one layer, of parameters those of one array."""

    phase: Phase
    kind: Kind
    layer: int
    array: str = ""


@dataclass(frozen=True, eq=False)
class MatrixStep:
    """One equation of a whole layer: `left` is computed, `parts` are the right side with its operators.

    `lines` is the same in NumPy, for the whole batch.
    """

    choice: Choice
    title: str
    left: Matrix
    parts: tuple[Part, ...]
    lines: tuple[str, ...]
    note: str = ""

    @property
    def matrices(self) -> list[Matrix]:
        return [self.left, *(part for part in self.parts if isinstance(part, Matrix))]

    def spoken(self) -> str:
        """What a screen reader says: which matrix, its shape, and its marked entry."""
        rows, columns = self.left.shape
        said = tr("{title}: {name}, {rows} by {columns}").format(
            title=self.title, name=self.left.plain, rows=rows, columns=columns)
        if self.left.mark is None:
            return said
        row, column = (first_of(places) or 0 for places in self.left.mark)
        value = short(float(self.left.values[row, column]), 4) if self.left.is_known(row, column) else tr(
            "not computed yet")
        return tr("{what}; row {row}, column {column}: {value}").format(
            what=said, row=row + 1, column=column + 1, value=value)


@dataclass(frozen=True, eq=False)
class MatrixForm:
    """The steps of the pass of `moment`, each in matrix form; for MEAN with a column for every example."""

    moment: Moment
    labels: Labels
    conventions: Conventions = DEFAULT

    @property
    def order(self) -> PassOrder:
        return self.labels.order

    @property
    def network(self) -> Network:
        return self.labels.network

    @cached_property
    def matrices(self) -> Matrices:
        count = len(self.moment.record.rows)
        columns = range(count) if self.moment.example == MEAN else (min(self.moment.example, count - 1),)
        return Matrices(self.moment, self.labels, self.conventions, tuple(columns))

    @property
    def numpy(self) -> NumpyPass:
        return self.matrices.numpy

    @cached_property
    def choices(self) -> tuple[Choice, ...]:
        """Every step of the pass, in its order; of a surface those that have a vector form."""
        found: list[Choice] = []
        for section in self.order.sections:
            if not section.count or (not self.network.has_units and section.phase != "update"):
                continue
            names = [array.name for array in self.numpy.of_layer(section.layer)] if section.kind == "parameter" else [
                ""]
            found += [Choice(section.phase, section.kind, section.layer, name) for name in names]
        return tuple(found)

    @property
    def at_cursor(self) -> Choice | None:
        """The step that the last operation belongs to; before the first, the one to come. None where it has none."""
        operation = self.moment.last or self.order.at(0)
        section, element = operation.section, operation.element
        array = _array_of(element) if isinstance(element, Parameter) and section.kind == "parameter" else ""
        if not self.network.has_units:
            array = "p"
        found = Choice(section.phase, section.kind, section.layer, array)
        return found if found in self.choices else None

    def title(self, choice: Choice) -> str:
        """What a step is called in a list."""
        point = "(x, y)" if self.network.kind == "surface" else tr("the leaves")
        array = point if choice.array == "p" else choice.array.replace("alpha", "α")
        if (choice.phase, choice.kind) == ("backward", "net") and self.conventions.delta == "descent":
            return tr("∂E/∂net of layer {layer}").format(layer=choice.layer)       # what is shown is the slope
        return _TITLES[choice.phase, choice.kind]().format(layer=choice.layer, array=array)

    def step(self, choice: Choice, selection: Element | None = None) -> MatrixStep:
        """A step, with the entry marked that the cursor is at, or that of the element that is selected."""
        section = self.order.section(choice.phase, choice.kind, choice.layer)
        return _STEPS[choice.phase, choice.kind](_Writing(self, choice, section, selection))


def _array_of(element: Parameter) -> str:
    """The name of the array that a parameter is in."""
    return f"{ {Weight: 'W', Bias: 'b', Alpha: 'alpha'}[type(element)]}{element.layer}"


_TITLES: Mapping[tuple[Phase, Kind], Callable[[], str]] = {
    ("forward", "net"): lambda: tr("Net inputs of layer {layer}"),
    ("forward", "out"): lambda: tr("‹Outputs› of layer {layer}"),
    ("loss", "term"): lambda: tr("Terms of the loss"),
    ("loss", "total"): lambda: tr("The loss"),
    ("backward", "out"): lambda: tr("∂E/∂‹out› of layer {layer}"),
    ("backward", "net"): lambda: tr("δ of layer {layer}"),
    ("backward", "parameter"): lambda: tr("Gradient of {array}"),
    ("update", "parameter"): lambda: tr("Update of {array}"),
}


@dataclass(frozen=True, eq=False)
class _Writing:
    """A step while it is written: what is at hand, and which entry is in question."""

    form: MatrixForm
    choice: Choice
    section: Section
    selection: Element | None

    @property
    def layer(self) -> int:
        return self.choice.layer

    @property
    def matrices(self) -> Matrices:
        return self.form.matrices

    @cached_property
    def index(self) -> int:
        """The entry in question: a row of units, or a parameter's number in its array."""
        form, choice, selected = self.form, self.choice, self.selection
        first, count = self.places
        if isinstance(selected, Parameter) and choice.array and selected.layer == choice.layer and (
                _array_of(selected) == choice.array or choice.array == "p"):
            return min(form.order.place_of(selected) - first, count - 1)
        if isinstance(selected, Unit) and selected.layer == choice.layer and choice.kind in ("net", "out", "term"):
            pieces = form.network.layers[choice.layer - 1].pieces if choice.kind == "net" else 1
            return min(selected.unit * pieces, count - 1)
        return min(max(form.moment.cursor - self.section.start - 1 - first, 0), count - 1)

    @cached_property
    def places(self) -> tuple[int, int]:
        """The first operation of the section that belongs to the step, and how many do."""
        order, layer = self.form.order, self.layer
        weights, biases = order.weights_in(layer), order.biases_in(layer)
        return {
            "": (0, self.section.count), "p": (0, self.section.count), f"W{layer}": (0, weights),
            f"b{layer}": (weights, biases), f"alpha{layer}": (weights + biases, self.section.count - weights - biases),
        }[self.choice.array]

    @cached_property
    def array(self) -> ParameterArray:
        return next(array for array in self.form.numpy.of_layer(self.layer) if array.name == self.choice.array)

    @cached_property
    def entry(self) -> tuple[int, int]:
        """The entry in question of an array of parameters."""
        rows, columns = self.form.numpy.read(self.form.moment.record.parameters, self.array).shape
        row, column = divmod(self.index, columns)
        return min(row, rows - 1), column

    def of_units(self, left: Matrix, *parts: Part, note: str = "") -> MatrixStep:
        """A step whose rows are units, or net inputs."""
        return self._step(left.marked(self.index), parts, self.form.numpy.lines(*self._key), note)

    def of_parameters(self, left: Matrix, *parts: Part, lines: tuple[str, ...], note: str = "") -> MatrixStep:
        """A step whose entries are parameters."""
        return self._step(left.marked(*self.entry), parts, lines, note)

    @property
    def _key(self) -> tuple[Phase, Kind, int]:
        return self.choice.phase, self.choice.kind, self.layer

    def _step(self, left: Matrix, parts: tuple[Part, ...], lines: tuple[str, ...], note: str) -> MatrixStep:
        return MatrixStep(self.choice, self.form.title(self.choice), left, parts, lines, note)


_TIMES, _PLUS, _MINUS = Sign("·", "operator"), Sign("+", "operator"), Sign(MINUS, "operator")
_ENTRYWISE, OPEN, CLOSE = Sign("⊙", "operator"), Sign("(", "upright"), Sign(")", "upright")


# --- forward --------------------------------------------------------------------------------------------------------


def _net(w: _Writing) -> MatrixStep:
    """net = W a + b."""
    weights, bias = w.form.numpy.of_layer(w.layer)[0], w.form.network.layers[w.layer - 1].bias
    parts: list[Part] = [w.matrices.parameter(weights).marked(w.index), _TIMES, w.matrices.out(w.layer - 1)]
    if bias != "none":
        biases = w.form.numpy.of_layer(w.layer)[1]
        parts += [_PLUS, w.matrices.parameter(biases).marked(0 if bias == "shared" else w.index)]
    notes = {"shared": tr("One bias is added to every net input."),
             "per_unit": tr("The column b is added to every column.") if len(w.matrices.columns) > 1 else ""}
    return w.of_units(w.matrices.net(w.layer), *parts, note=notes.get(bias, ""))


def _out(w: _Writing) -> MatrixStep:
    """out = f(net)."""
    row = w.form.moment.record.problem.activation_row(w.layer)
    pieces = w.form.network.layers[w.layer - 1].pieces
    net = w.matrices.net(w.layer)
    marked = net.marked(range(w.index * pieces, (w.index + 1) * pieces)) if row.elementwise else net.marked(None)
    note = tr("The largest of each unit's {count} pieces").format(count=pieces) if pieces > 1 else (
        tr("{formula}, entry by entry") if row.elementwise else tr("{formula}, column by column")
    ).format(formula=lettered(row.formula))
    return w.of_units(w.matrices.out(w.layer), Sign(row.name.replace("_", " "), "upright"), marked, note=note)


# --- loss -----------------------------------------------------------------------------------------------------------


def _term(w: _Writing) -> MatrixStep:
    """Each output's own term of the loss."""
    row = w.form.moment.record.problem.loss_row
    note = tr("loss = {formula}, with o the ‹output› and t the ‹target›, entry by entry").format(formula=row.term)
    return w.of_units(w.matrices.terms, Sign("loss", "upright"), OPEN, w.matrices.out(w.layer).marked(w.index),
                      Sign(",", "operator"), w.matrices.target.marked(w.index), CLOSE, note=note)


def _total(w: _Writing) -> MatrixStep:
    """E = 1ᵀ times the terms: their sum, or their mean."""
    matrices, outputs = w.matrices, w.form.network.sizes[-1]
    averaged = w.form.moment.record.problem.loss_row.combine == "mean" and outputs > 1
    parts: list[Part] = [_over(outputs)] if averaged else []
    parts += [replace(matrices.ones(1, outputs), sign=Script(Sign("1", "bold"), raised=Sign("T")), plain="1ᵀ"), _TIMES,
              matrices.terms]
    note = tr("The loss of the batch is the mean over its {count} examples.").format(
        count=len(matrices.record.rows)) if len(matrices.record.rows) > 1 else ""
    return w.of_units(matrices.losses, *parts, note=note)


# --- backward -------------------------------------------------------------------------------------------------------


def _out_gradient(w: _Writing) -> MatrixStep:
    """∂E/∂out of the outputs is the slope of the loss; of hidden units Wᵀ δ'."""
    left, matrices = w.matrices.out_gradient(w.layer), w.matrices
    if w.layer < matrices.last:
        return w.of_units(left, *_through_weights(w, w.index), note=tr(
            "A row of Wᵀ has the weights that lead away from one unit."))
    row, outputs = matrices.record.problem.loss_row, w.form.network.sizes[-1]
    share: list[Part] = [_over(outputs)] if row.combine == "mean" and outputs > 1 else []
    out, target = matrices.out(w.layer).marked(w.index), matrices.target.marked(w.index)
    factor = {"o - t": [], "2(o - t)": [Sign("2", "number")]}.get(row.term_slope)
    if factor is not None:
        difference: list[Part] = [out, _MINUS, target]
        parts = [*share, *factor, OPEN, *difference, CLOSE] if share or factor else difference
        return w.of_units(left, *parts)
    note = tr("loss' = {formula}, with o the ‹output› and t the ‹target›, entry by entry").format(
        formula=row.term_slope)
    return w.of_units(left, *share, Sign("loss′", "upright"), OPEN, out, Sign(",", "operator"), target, CLOSE,
                      note=note)


def _through_weights(w: _Writing, unit: int) -> list[Part]:
    """Wᵀ δ' of the next layer."""
    weights = w.form.numpy.of_layer(w.layer + 1)[0]
    return [w.matrices.parameter(weights).marked(None, unit).transposed, _TIMES, w.matrices.delta(w.layer + 1)]


def _delta(w: _Writing) -> MatrixStep:
    """δ = (Wᵀ δ') ⊙ f'(net)."""
    matrices, layer, record = w.matrices, w.layer, w.form.moment.record
    left, row = matrices.delta(layer), record.problem.activation_row(layer)
    last, outputs = layer == matrices.last, w.form.network.sizes[layer]
    if last and w.form.numpy.is_fused:
        averaged = record.problem.loss_row.combine == "mean" and outputs > 1
        difference: list[Part] = [matrices.out(layer).marked(w.index), _MINUS, matrices.target.marked(w.index)]
        parts = [_over(outputs), OPEN, *difference, CLOSE] if averaged else difference
        return w.of_units(left, *parts, note=tr(
            "∂E/∂‹out› times ∂‹out›/∂net: {loss} and {activation} together leave this difference.").format(
                loss=tr(record.problem.loss_row.label), activation=tr(row.label)))
    if not row.elementwise:
        return _softmax_delta(w, left)
    unit, _ = w.form.network.target_of(layer, w.index)
    slope = matrices.slope(layer).marked(w.index)
    if w.form.network.layers[layer - 1].has_pieces:
        return _maxout_delta(w, left, slope)
    if last:
        return w.of_units(left, matrices.out_gradient(layer).marked(unit), _ENTRYWISE, slope,
                          note=_slope_note(row.derivative))
    return w.of_units(left, OPEN, *_through_weights(w, unit), CLOSE, _ENTRYWISE, slope,
                      note=_slope_note(row.derivative))


def _slope_note(derivative: str) -> str:
    return tr("f' = {formula}; ⊙ multiplies entry by entry").format(formula=lettered(derivative))


def _maxout_delta(w: _Writing, left: Matrix, slope: Matrix) -> MatrixStep:
    """δ of every piece: ∂E/∂out of its unit where it won."""
    network, upstream = w.form.network, w.matrices.out_gradient(w.layer)
    pieces, at = network.layers[w.layer - 1].pieces, upstream.at
    repeated = replace(upstream, values=np.repeat(upstream.values, pieces, axis=0),
                       at=lambda row, column: at(row // pieces, column),
                       known=None if upstream.known is None else np.repeat(upstream.known, pieces, axis=0))
    return w.of_units(left, repeated.marked(w.index), _ENTRYWISE, slope, note=tr(
        "∂E/∂‹out› of a unit stands in the row of each of its pieces; f' is 1 for the piece that won."))


def _softmax_delta(w: _Writing, left: Matrix) -> MatrixStep:
    """δ = J ∂E/∂out; of a batch each column has a J of its own."""
    upstream = w.matrices.out_gradient(w.layer)
    if len(w.matrices.columns) == 1:
        return w.of_units(left, w.matrices.jacobian(w.layer).marked(w.index), _TIMES, upstream, note=tr(
            "J is ∂‹out›/∂net: pᵢ(1 - pᵢ) on its diagonal, -pᵢpⱼ beside it."))
    out = w.matrices.out(w.layer)
    sums = (upstream.values * out.values).sum(axis=0, keepdims=True)
    total = Matrix(Sign("s"), "s", sums, lambda row, column: None,
                   known=None if upstream.known is None else np.asarray(upstream.known.all(axis=0, keepdims=True)))
    return w.of_units(left, out.marked(w.index), _ENTRYWISE, OPEN, upstream.marked(w.index), _MINUS, total, CLOSE,
                      note=tr("s is the sum of ∂E/∂‹out› ⊙ ‹out› over each column."))


def _gradient(w: _Writing) -> MatrixStep:
    """∂E/∂W = 1/n δ aᵀ, ∂E/∂b = 1/n δ 1, ∂E/∂α = 1/n (∂E/∂out ⊙ min(0, net)) 1."""
    matrices, layer, array = w.matrices.whole, w.layer, w.array
    examples = len(matrices.record.rows)
    row, column = w.entry
    share: list[Part] = [_over(examples)] if examples > 1 else []
    left, line = matrices.gradient(array), (w.form.numpy.gradient_line(array),)
    note = tr("The mean over the {count} examples of the batch, a column each.").format(
        count=examples) if examples > 1 else ""
    if array.is_weight:
        source = matrices.out(layer - 1).marked(column).transposed
        return w.of_parameters(left, *share, matrices.delta(layer).marked(row), _TIMES, source, lines=line, note=note)
    ones = matrices.ones(examples, 1)
    summed: list[Part] = [_TIMES, ones] if examples > 1 else []
    if array.name.startswith("alpha"):
        return _alpha_gradient(w, left, share, summed, line)
    delta, before = matrices.delta(layer), list[Part]()
    if w.form.labels.is_shared(layer):
        before = [replace(matrices.ones(1, len(delta.values)), sign=Script(Sign("1", "bold"), raised=Sign("T")),
                          plain="1ᵀ"), _TIMES]
        note = tr("The shared bias gets the sum over all units of the layer.") + (f" {note}" if note else "")
    else:
        delta = delta.marked(row)
    return w.of_parameters(left, *share, *before, delta, *summed, lines=line, note=note)


def _alpha_gradient(
    w: _Writing, left: Matrix, share: list[Part], summed: list[Part], lines: tuple[str, ...]
) -> MatrixStep:
    matrices, layer = w.matrices.whole, w.layer
    below = matrices.net(layer)
    sign = Row((Sign("min", "upright"), Sign("("), Sign("0", "number"), Sign(", "), below.sign, Sign(")")))
    below = replace(below, sign=sign, plain=f"min(0, net {layer})", values=np.minimum(below.values, 0.0))
    upstream, before = matrices.out_gradient(layer), list[Part]()
    if w.form.labels.has_own_alphas(layer):
        upstream, below = upstream.marked(w.entry[0]), below.marked(w.entry[0])
    elif len(below.values) > 1:
        before = [replace(matrices.ones(1, len(below.values)), sign=Script(Sign("1", "bold"), raised=Sign("T")),
                          plain="1ᵀ"), _TIMES]
    brackets: tuple[list[Part], list[Part]] = ([OPEN], [CLOSE]) if before or summed else ([], [])
    return w.of_parameters(left, *share, *before, *brackets[0], upstream, _ENTRYWISE, below, *brackets[1], *summed,
                           lines=lines)


# --- update ---------------------------------------------------------------------------------------------------------


def _update(w: _Writing) -> MatrixStep:
    """W ← W - η D, with the direction D that the optimiser makes of the gradient."""
    matrices, array, record = w.matrices, w.array, w.form.moment.record
    left, value, problem = matrices.new_value(array), matrices.parameter(array).marked(*w.entry), record.problem
    lines = (*w.form.numpy.before_updates, *w.form.numpy.update_lines(array))
    if w.form.numpy.is_frozen(array):
        return w.of_parameters(left, value, lines=lines, note=tr("Frozen: training leaves it as it is."))
    name = problem.optimiser.name
    note = lettered(problem.optimiser_row.formula)
    if name == "rprop":
        sizes = matrices.memory(array, "step_size", Sign("Δ"), "Δ").marked(*w.entry)
        kept = np.sign(record.memory("previous_gradient"))
        sign = Row((Sign("sign", "upright"), Sign(" "), matrices.gradient(array).sign))
        signs_of = matrices.update(array, sign, "sign of the gradient", kept).marked(*w.entry)
        return w.of_parameters(left, value, _MINUS, sizes, _ENTRYWISE, signs_of, lines=lines, note=note)
    eta, conventions = record.learning_rate, w.form.conventions
    rate = Scalar(Sign(conventions.learning_rate), eta, Quantity("setting", name="learning_rate"))
    return w.of_parameters(left, value, _MINUS, rate, _TIMES, _direction(w, array).marked(*w.entry), lines=lines,
                           note=note)


def _direction(w: _Writing, array: ParameterArray) -> Matrix:
    """What the learning rate is multiplied by: the gradient itself, or what the optimiser makes of it."""
    record, gradient = w.form.moment.record, w.matrices.gradient(array)
    problem = record.problem
    changed = any(problem.optimiser_options[name] for name in ("l1", "l2", "clip_norm", "clip_value"))
    sign = Accent(Sign("g"), "hat") if changed else gradient.sign
    if problem.optimiser.name == "sgd" and not changed and not len(problem.frozen):
        return gradient
    if problem.optimiser.name != "sgd":
        name = "adam" if problem.optimiser.name == "adamw" and not array.is_weight else problem.optimiser.name
        sign = _directions(w.form.conventions.letter("ε"))[name]
    with np.errstate(all="ignore"):
        values = np.where(record.update == 0.0, 0.0, record.update / -record.learning_rate)
    return w.matrices.update(array, sign, tr("direction"), values)


@cache
def _directions(epsilon: str) -> Mapping[str, Notation]:
    """What the learning rate is multiplied by, optimiser by optimiser; g is the gradient."""
    g, little = Sign("g"), Sign(epsilon, "italic" if len(epsilon) == 1 else "upright")
    first, second, over = Accent(Sign("m"), "hat"), Accent(Sign("v"), "hat"), Sign("/", "upright")
    scaled = Row((g, over, OPEN, Radical(Sign("s")), _PLUS, little, CLOSE))      # on one line, which is less high
    moments = Row((first, over, OPEN, Radical(second), _PLUS, little, CLOSE))
    inverse = [Script(Sign(letter), raised=Sign(f"{MINUS}1", "number")) for letter in "GA"]
    return {
        "momentum": Sign("v"), "nesterov": Row((g, _PLUS, Sign("ρ"), Sign("v"))), "adagrad": scaled, "rmsprop": scaled,
        "adam": moments, "adamw": Row((moments, _PLUS, Sign("λ"), Sign("W"))),
        "kfac": Row((Sign("ν"), inverse[0], g, inverse[1])),
    }


def _over(count: int) -> Notation:
    """1/count, before a mean."""
    return Fraction(Sign("1", "number"), Sign(str(count), "number"))


_STEPS: Mapping[tuple[Phase, Kind], Callable[[_Writing], MatrixStep]] = {
    ("forward", "net"): _net, ("forward", "out"): _out, ("loss", "term"): _term, ("loss", "total"): _total,
    ("backward", "out"): _out_gradient, ("backward", "net"): _delta, ("backward", "parameter"): _gradient,
    ("update", "parameter"): _update,
}
