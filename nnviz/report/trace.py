"""A pass written out by hand: every operation as a formula, and the same with its numbers put in.

`net h1 = w1·i1 + w2·i2 + b1` is a formula, `net h1 = 0.15·0.05 + 0.2·0.1 + 0.35` its calculation.  A calculation
ends before the result, which stands beside it as `value` (or, on the way back, as `gradient`), so that whoever
reads the table can check the one against the other.  What is computed stands before the equals sign, and every
number is written with all its digits, a negative one in brackets where an operator stands before it.

On the way back `∂E/∂out h1` and `∂E/∂net h1` are of one example's own loss, and a parameter's gradient is the mean
over the batch.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, NamedTuple

from nnviz.engine.calls import Array
from nnviz.engine.record import Record
from nnviz.report.divergence import array_index
from nnviz.report.elements import Alpha, Bias, Parameter, Weight
from nnviz.report.expression_trees import slope_text
from nnviz.report.labels import Labels
from nnviz.report.numbers import full
from nnviz.report.pass_order import Kind, Operation, PassOrder, Phase
from nnviz.report.trace_certain import with_certain_outputs
from nnviz.report.trace_graph import WrittenGraph
from nnviz.report.vectors import Numbers, WrittenLater


class TraceRow(NamedTuple):
    """One operation for one example of the batch, or for its mean; None where there is no such number."""

    example: int | Literal["mean", "own"]
    phase: Phase
    operation: str
    node: str
    formula: str
    calculation: str
    value: float
    local_gradient: float | None = None
    upstream_gradient: float | None = None
    gradient: float | None = None


@dataclass(frozen=True, eq=False)
class Trace:
    """The pass of `record`, operation by operation; nothing is written before it is asked for.

    Of a sum over inputs, units or examples that is longer than `most` terms, only the first and the last are written,
    with dots between them: enough for a narrow column, and 784 numbers need not be written to show six.
    """

    record: Record
    labels: Labels
    most: int | None = None

    @property
    def order(self) -> PassOrder:
        return self.labels.order

    def rows(self) -> Iterator[TraceRow]:
        """The rows of the whole pass, in the order in which the cursor visits them."""
        for index in range(self.order.length):
            yield from self.rows_of(self.order.at(index))

    def rows_of(self, operation: Operation) -> list[TraceRow]:
        """The rows of one operation: one for each example of the batch in its order, or one for their mean."""
        rows = _WRITERS_OF[self.record.problem.network.kind][operation.phase, operation.kind](self, operation)
        return with_certain_outputs(self, operation, rows)

    # --- what is at hand --------------------------------------------------------------------------------------

    @cached_property
    def last(self) -> int:
        """The number of the output layer."""
        return len(self.record.problem.network.layers)

    @cached_property
    def examples(self) -> list[int | Literal["mean", "own"]]:
        """The rows of the data set that are in the batch; the one example of a trial is somebody's own."""
        return ["own"] if self.record.problem.trial else [int(row) for row in self.record.rows]

    @cached_property
    def parameters(self) -> Numbers:
        return Numbers(self.record, self.record.parameters)

    @cached_property
    def gradient(self) -> Numbers:
        return Numbers(self.record, self.record.gradient)

    @cached_property
    def update(self) -> Numbers:
        return Numbers(self.record, self.record.update)

    @cached_property
    def new_parameters(self) -> Numbers:
        return Numbers(self.record, self.record.new_parameters)

    @cached_property
    def _kept(self) -> dict[tuple[str, int], list[Sequence[str]]]:
        return {}

    def written(self, kind: Literal["output", "delta"], layer: int) -> list[Sequence[str]]:
        """The outputs or the deltas of a layer as operands, one list an example: each is needed many times."""
        if (kind, layer) not in self._kept:
            values = self.record.output(layer) if kind == "output" else self.record.delta(layer)
            self._kept[kind, layer] = [
                [operand(value) for value in column] for column in values.T.tolist()] if self.most is None else [
                WrittenLater(column, operand) for column in values.T]
        return self._kept[kind, layer]

    def places(self, count: int) -> Sequence[int]:
        """Which of the `count` terms of a sum are written."""
        if self.most is None or count <= self.most:
            return range(count)
        return (*range(self.most - 1), count - 1)

    def dotted(self, terms: list[str], count: int) -> list[str]:
        """The terms at `places`, with dots for those that are left out."""
        return terms if len(terms) == count else [*terms[:-1], DOTS, terms[-1]]

    def unit(self, layer: int, unit: int) -> str:
        return self.record.problem.network.names(layer)[unit]

    def net(self, layer: int, place: int) -> str:
        """What a net input is called: like its unit, or `h1[0]` where the unit has several."""
        return self.record.problem.network.net_name(layer, place)

    def _rows(
        self, operation: Operation, word: str, node: str, formula: str, calculations: Iterable[str], values: Array
    ) -> list[TraceRow]:
        """Rows without gradients, one for each example."""
        columns = zip(self.examples, calculations, values.tolist(), strict=True)
        return [TraceRow(example, operation.phase, word, node, formula, text, value + 0.0)
                for example, text, value in columns]


# --- forward ----------------------------------------------------------------------------------------------------


def _net(trace: Trace, operation: Operation) -> list[TraceRow]:
    """net = Σ w·out + b."""
    layer, place, record, labels = operation.section.layer, operation.index, trace.record, trace.labels
    name = f"net {trace.net(layer, place)}"
    unit, piece = record.problem.network.target_of(layer, place)
    count = record.problem.network.sizes[layer - 1]
    places = trace.places(count)
    weights = [Weight(layer, unit, source, piece) for source in places]
    symbols = trace.dotted(
        [f"{labels.name(weight)}·{labels.output(layer - 1, weight.source)}" for weight in weights], count)
    factors = [operand(trace.parameters.of(weight)) for weight in weights]
    rest: list[str] = []
    if record.problem.network.layers[layer - 1].bias != "none":
        bias = Bias(layer, 0) if labels.is_shared(layer) else Bias(layer, unit, piece)
        symbols.append(labels.name(bias))
        rest = [operand(trace.parameters.of(bias))]
    calculations = (
        equation(name, [
            *trace.dotted([f"{w}·{outputs[a]}" for w, a in zip(factors, places, strict=True)], count), *rest])
        for outputs in trace.written("output", layer - 1)
    )
    return trace._rows(operation, "affine", name, equation(name, symbols), calculations, record.net(layer)[place])


def _out(trace: Trace, operation: Operation) -> list[TraceRow]:
    """out = f(net)."""
    layer, unit, record = operation.section.layer, operation.index, trace.record
    row, name = record.problem.activation_row(layer), f"out {trace.unit(layer, unit)}"
    network = record.problem.network
    options = dict(network.layers[layer - 1].activation.options)
    values = {key: full(option) for key, option in (row.defaults | options).items()}
    whole, pieces = "{sum}" in row.calculation, network.layers[layer - 1].pieces
    read = range(network.net_sizes[layer]) if whole else range(unit * pieces, (unit + 1) * pieces)
    nets = [f"net {trace.net(layer, place)}" for place in read]
    columns = record.net(layer)[read.start : read.stop].T.tolist()

    def fill(net: str, all_nets: Sequence[str], others: Mapping[str, str]) -> str:
        total = " + ".join(substitute("e^{net}", {"net": other}) for other in all_nets) if whole else ""
        parts = {"net": net, "sum": total, "nets": ", ".join(all_nets), **others}
        return f"{name} = {substitute(row.calculation, parts)}"

    symbols = {key: _GREEK.get(key, key) for key in values}
    if row.learned:
        alpha = Alpha(layer, unit if trace.labels.has_own_alphas(layer) else 0)
        symbols[row.learned], values[row.learned] = trace.labels.name(alpha), full(trace.parameters.of(alpha))
    place = unit if whole else 0
    formula = fill(nets[place], nets, symbols)
    calculations = (fill(full(column[place]), [full(net) for net in column], values) for column in columns)
    return trace._rows(operation, row.name, name, formula, calculations, record.output(layer)[unit])


# --- loss -------------------------------------------------------------------------------------------------------


def _term(trace: Trace, operation: Operation) -> list[TraceRow]:
    """An output's own term of the loss."""
    record, unit = trace.record, operation.index
    row, name = record.problem.loss_row, trace.unit(trace.last, unit)
    node = f"E {name}"
    names = {"output": f"out {name}", "target": f"target {name}", **{key: key for key in row.options}}
    formula = f"{node} = {substitute(row.calculation, names)}"
    values = {key: full(value) for key, value in row.values.items()}
    pairs = zip(record.output(trace.last)[unit].tolist(), record.targets[unit].tolist(), strict=True)
    calculations = (
        f"{node} = {substitute(row.calculation, {'output': full(output), 'target': full(target), **values})}"
        for output, target in pairs
    )
    return trace._rows(operation, "loss term", node, formula, calculations, record.terms[unit])


def _total(trace: Trace, operation: Operation) -> list[TraceRow]:
    """E = Σ E o, or their mean."""
    record = trace.record
    outputs = record.problem.network.names(trace.last)
    averaged = record.problem.loss_row.combine == "mean" and len(outputs) > 1

    def fill(terms: Sequence[str]) -> str:
        return f"E = ({added(terms)})/{len(terms)}" if averaged else equation("E", terms)

    formula = fill([f"E {name}" for name in outputs])
    calculations = (fill([operand(term) for term in column]) for column in record.terms.T.tolist())
    return trace._rows(operation, "loss", "E", formula, calculations, record.example_losses)


# --- backward ---------------------------------------------------------------------------------------------------


def _backward_rows(
    trace: Trace, operation: Operation, word: str, node: str, formula: str, calculations: Iterable[str],
    values: Array, gradients: Array, factors: Iterable[tuple[float | None, float | None]],
) -> list[TraceRow]:
    columns = zip(trace.examples, calculations, values.tolist(), factors, gradients.tolist(), strict=True)
    return [
        TraceRow(example, operation.phase, word, node, formula, text, value + 0.0, *pair, gradient + 0.0)
        for example, text, value, pair, gradient in columns
    ]


def _out_gradient(trace: Trace, operation: Operation) -> list[TraceRow]:
    """∂E/∂out of an output is its term's slope; of a hidden unit it comes back through every weight that leaves it."""
    last = operation.section.layer == trace.last
    return _last_out_gradient(trace, operation) if last else _hidden_out_gradient(trace, operation)


def _last_out_gradient(trace: Trace, operation: Operation) -> list[TraceRow]:
    record, layer, unit = trace.record, operation.section.layer, operation.index
    row, outputs = record.problem.loss_row, record.problem.network.sizes[layer]
    name, share = trace.unit(layer, unit), record.problem.loss_row.share(outputs)
    left = f"∂E/∂out {name}"

    def fill(output: str, target: str, options: Mapping[str, str]) -> str:
        slope = substitute(_slope_template(row.term_slope, options), {"output": output, "target": target, **options})
        return f"{left} = {slope}" if share == 1.0 else f"{left} = ({slope})/{outputs}"

    values, targets = record.output(layer)[unit], record.targets[unit]
    named = fill(f"out {name}", f"target {name}", {key: key for key in row.options})
    options = {key: full(value) for key, value in row.values.items()}
    calculations = (fill(full(o), full(t), options) for o, t in zip(values.tolist(), targets.tolist(), strict=True))
    slopes = row.slopes(record.output(layer), record.targets)[unit].tolist()
    return _backward_rows(
        trace, operation, "loss term", f"out {name}", named, calculations, values,
        record.output_gradient(layer)[unit], ((slope + 0.0, share) for slope in slopes),
    )


def _hidden_out_gradient(trace: Trace, operation: Operation) -> list[TraceRow]:
    record, layer, unit, labels = trace.record, operation.section.layer, operation.index, trace.labels
    name, network = trace.unit(layer, unit), record.problem.network
    left = f"∂E/∂out {name}"
    count = network.net_sizes[layer + 1]
    places = trace.places(count)
    following = [trace.net(layer + 1, place) for place in places]
    targets = [network.target_of(layer + 1, place) for place in places]
    weights = [Weight(layer + 1, target, unit, piece) for target, piece in targets]
    values = [trace.parameters.of(weight) for weight in weights]
    symbols = trace.dotted(
        [f"∂E/∂net {net}·{labels.name(weight)}" for net, weight in zip(following, weights, strict=True)], count)
    texts = [operand(value) for value in values]
    calculations = (
        equation(left, trace.dotted(
            [f"{deltas[place]}·{weight}" for place, weight in zip(places, texts, strict=True)], count))
        for deltas in trace.written("delta", layer + 1)
    )
    if count == 1:
        factors: list[tuple[float | None, float | None]] = [
            (values[0], delta + 0.0) for delta in record.delta(layer + 1)[0].tolist()
        ]
    else:
        factors = [(None, None)] * len(trace.examples)
    return _backward_rows(
        trace, operation, "affine", f"out {name}", equation(left, symbols), calculations,
        record.output(layer)[unit], record.output_gradient(layer)[unit], factors,
    )


def _delta(trace: Trace, operation: Operation) -> list[TraceRow]:
    """δ = ∂E/∂net: ∂E/∂out times the activation's slope, or a sum over the layer where every output depends on it."""
    record, layer, place = trace.record, operation.section.layer, operation.index
    row, name = record.problem.activation_row(layer), trace.net(layer, place)
    unit, _ = record.problem.network.target_of(layer, place)
    arguments = (row.name, f"net {name}")
    net, delta = record.net(layer)[place], record.delta(layer)[place]
    if row.elementwise:
        left, owner = f"∂E/∂net {name}", trace.unit(layer, unit)
        upstreams = record.output_gradient(layer)[unit].tolist()
        pairs = list(zip(record.slope(layer)[place].tolist(), upstreams, strict=True))
        formula = f"{left} = ∂E/∂out {owner}·∂out {owner}/∂net {name}"
        calculations = [f"{left} = {operand(upstream)}·{operand(local)}" for local, upstream in pairs]
        factors: list[tuple[float | None, float | None]] = [(a + 0.0, b + 0.0) for a, b in pairs]
    else:
        fused = layer == trace.last and record.problem.loss_row.is_fused(row.name)
        formula, calculations = (_fused_softmax_delta if fused else _softmax_delta)(trace, layer, unit)
        factors = [(None, None)] * len(trace.examples)
    return _backward_rows(trace, operation, *arguments, formula, calculations, net, delta, factors)


def _fused_softmax_delta(trace: Trace, layer: int, unit: int) -> tuple[str, list[str]]:
    """δ = p·Σt - t, and Σt is 1: softmax and cross-entropy together leave p - t."""
    name = trace.unit(layer, unit)
    left = f"∂E/∂net {name}"
    probabilities, targets = trace.record.output(layer)[unit].tolist(), trace.record.targets[unit].tolist()
    totals = trace.record.targets.sum(axis=0).tolist()
    calculations = []
    for probability, target, total in zip(probabilities, targets, totals, strict=True):
        factor = "" if total == 1.0 else f"·{operand(total)}"
        calculations.append(f"{left} = {full(probability)}{factor} - {operand(target)}")
    return f"{left} = out {name} - target {name}", calculations


def _softmax_delta(trace: Trace, layer: int, unit: int) -> tuple[str, list[str]]:
    """δᵢ = Σⱼ eⱼ ∂pⱼ/∂netᵢ, with e = ∂E/∂out: the Jacobian has pᵢ(1 - pᵢ) on its diagonal and -pⱼpᵢ beside it."""
    names = trace.record.problem.network.names(layer)
    left = f"∂E/∂net {names[unit]}"

    def fill(outputs: Sequence[str], upstream: Sequence[str]) -> str:
        own = outputs[unit]
        return equation(left, [
            f"{e}·({p}·(1 - {p}))" if place == unit else f"{e}·(-{p}·{own})"
            for place, (e, p) in enumerate(zip(upstream, outputs, strict=True))
        ])

    formula = fill([f"out {name}" for name in names], [f"∂E/∂out {name}" for name in names])
    outputs, upstream = trace.record.output(layer).T.tolist(), trace.record.output_gradient(layer).T.tolist()
    columns = zip(outputs, upstream, strict=True)
    calculations = [fill([full(p) for p in probabilities], [operand(e) for e in slopes])
                    for probabilities, slopes in columns]
    return formula, calculations


def _parameter_gradient(trace: Trace, operation: Operation) -> list[TraceRow]:
    """∂E/∂w = δ·out, ∂E/∂b = δ (over all units where shared): the mean over the batch."""
    element, record = operation.element, trace.record
    assert isinstance(element, Parameter)
    if isinstance(element, Alpha):
        return [_alpha_gradient(trace, operation, element)]
    layer, name = element.layer, trace.labels.name(element)
    shared = isinstance(element, Bias) and trace.labels.is_shared(layer)
    net = record.problem.network.net_of(layer, element.unit, element.piece)
    nets = range(record.problem.network.net_sizes[layer]) if shared else range(net, net + 1)
    deltas, count = trace.written("delta", layer), len(trace.examples)
    symbols = trace.dotted([f"∂E/∂net {trace.net(layer, nets[place])}" for place in trace.places(len(nets))], len(nets))
    if isinstance(element, Weight):
        outputs, source = trace.written("output", layer - 1), element.source
        symbols = [f"{symbols[0]}·{trace.labels.output(layer - 1, source)}"]
        terms = trace.dotted([f"{deltas[e][net]}·{outputs[e][source]}" for e in trace.places(count)], count)
    else:
        pairs = (divmod(place, len(nets)) for place in trace.places(count * len(nets)))
        terms = trace.dotted([deltas[e][nets[place]] for e, place in pairs], count * len(nets))
    left = f"∂E/∂{name}"
    local = upstream = None
    if count == 1:
        formula, calculation = equation(left, symbols), equation(left, terms)
        if len(nets) == 1:
            local = float(record.output(layer - 1)[element.source, 0]) + 0.0 if isinstance(element, Weight) else 1.0
            upstream = float(record.delta(layer)[net, 0]) + 0.0
    else:
        formula = f"{left} = 1/{count}·Σ({' + '.join(symbols)})"
        calculation = f"{left} = ({added(terms)})/{count}"
    gradient = trace.gradient.of(element)
    return [
        TraceRow("mean", operation.phase, "affine", name, formula, calculation, trace.parameters.of(element),
                 local, upstream, gradient)
    ]


def _alpha_gradient(trace: Trace, operation: Operation, element: Alpha) -> TraceRow:
    """∂E/∂α = Σ ∂E/∂out·min(0, net) over the units that share it: the mean over the batch."""
    record, layer, name = trace.record, element.layer, trace.labels.name(element)
    own = trace.labels.has_own_alphas(layer)
    units = range(element.unit, element.unit + 1) if own else range(record.problem.network.sizes[layer])
    listed = (trace.unit(layer, units[place]) for place in trace.places(len(units)))
    symbols = trace.dotted([f"∂E/∂out {unit}·min(0, net {unit})" for unit in listed], len(units))
    upstream, nets, count = record.output_gradient(layer).T, record.net(layer).T, len(trace.examples)
    pairs = [(example, units[place]) for example, place in (
        divmod(place, len(units)) for place in trace.places(count * len(units)))]
    terms = trace.dotted([f"{operand(float(upstream[pair]))}·min(0, {full(float(nets[pair]))})" for pair in pairs],
                         count * len(units))
    left = f"∂E/∂{name}"
    factors: tuple[float | None, float | None] = (None, None)
    if count == 1:
        formula, calculation = equation(left, symbols), equation(left, terms)
        if len(units) == 1:
            factors = min(0.0, float(nets[0, units[0]])) + 0.0, float(upstream[0, units[0]]) + 0.0
    else:
        formula = f"{left} = 1/{count}·Σ({' + '.join(symbols)})"
        calculation = f"{left} = ({added(terms)})/{count}"
    word = record.problem.activation_row(layer).name
    value, gradient = trace.parameters.of(element), trace.gradient.of(element)
    return TraceRow("mean", operation.phase, word, name, formula, calculation, value, *factors, gradient)


# --- update -----------------------------------------------------------------------------------------------------


def _new_value(trace: Trace, operation: Operation) -> list[TraceRow]:
    """new value = value + update."""
    element, problem = operation.element, trace.record.problem
    assert isinstance(element, Parameter)
    name = trace.labels.name(element)
    frozen = bool(problem.frozen_mask[problem.blocks.positions(*array_index(element))[0]])
    change = problem.update_text(name, isinstance(element, Weight))
    if problem.network.gates is not None:
        change = change.replace("∂E/∂", f"∂{problem.network.gates.names[-1]}/∂")
    signed = f"- {change[1:]}" if change.startswith("-") else f"+ {change}"
    formula = f"{name} = {name}" if frozen else f"{name} = {name} {signed}"
    calculation = equation(name, [operand(trace.parameters.of(element)), operand(trace.update.of(element))])
    word = "frozen" if frozen else problem.optimiser.name
    return [TraceRow("mean", operation.phase, word, name, formula, calculation, trace.new_parameters.of(element))]


_WRITERS: dict[tuple[Phase, Kind], Callable[[Trace, Operation], list[TraceRow]]] = {
    ("forward", "net"): _net,
    ("forward", "out"): _out,
    ("loss", "term"): _term,
    ("loss", "total"): _total,
    ("backward", "out"): _out_gradient,
    ("backward", "net"): _delta,
    ("backward", "parameter"): _parameter_gradient,
    ("update", "parameter"): _new_value,
}


# --- surfaces ---------------------------------------------------------------------------------------------------


def _height(trace: Trace, operation: Operation) -> list[TraceRow]:
    """f = the formula, at every example's point."""
    record = trace.record
    text = record.problem.loss_row.formula
    calculations = [f"f = {at_point(text, point)}" for point in _points(record)]
    return trace._rows(operation, "height", "f", f"f = {text}", calculations, record.example_losses)


def _height_slope(trace: Trace, operation: Operation) -> list[TraceRow]:
    """∂f/∂x = the formula's derivative: the mean over the examples."""
    element, record = operation.element, trace.record
    assert isinstance(element, Weight)
    name = trace.labels.name(element)
    left, text, points = f"∂f/∂{name}", slope_text(record.problem, element), _points(record)
    terms = [at_point(text, point) for point in points]
    single = len(terms) == 1
    formula = f"{left} = {text}" if single else f"{left} = 1/{len(terms)}·Σ({text})"
    calculation = f"{left} = {terms[0]}" if single else f"{left} = ({added(terms)})/{len(terms)}"
    value, gradient = trace.parameters.of(element), trace.gradient.of(element)
    return [TraceRow("mean", operation.phase, "height", name, formula, calculation, value, None, None, gradient)]


def _points(record: Record) -> list[dict[str, float]]:
    """Where each example has the surface looked at: the point, less the shift that is its target."""
    places = record.output(1) - record.targets
    return [dict(zip(record.problem.network.names(1), place, strict=True)) for place in places.T.tolist()]


def at_point(text: str, point: Mapping[str, float]) -> str:
    """A formula with numbers for its variables.

    >>> at_point("exp(x) - 2·y", {"x": 0.5, "y": -1.0})
    'exp(0.5) - 2·(-1.0)'
    """
    return re.sub(rf"\b({'|'.join(point)})\b", lambda match: operand(point[match[0]]), text)


_SURFACE_WRITERS: dict[tuple[Phase, Kind], Callable[[Trace, Operation], list[TraceRow]]] = {
    ("loss", "total"): _height,
    ("backward", "parameter"): _height_slope,
    ("update", "parameter"): _new_value,
}


# --- computation graphs -----------------------------------------------------------------------------------------


def _gate(trace: Trace, operation: Operation) -> list[TraceRow]:
    """q = x + y; on the way back ∂f/∂q, upstream gradient × local gradient. Leaves are the parameters."""
    is_leaf = isinstance(operation.element, Weight)
    row = WrittenGraph(trace.record).row(operation)
    return [TraceRow("mean" if is_leaf else trace.examples[0], operation.phase, *row)]


_GRAPH_WRITERS: dict[tuple[Phase, Kind], Callable[[Trace, Operation], list[TraceRow]]] = {
    ("forward", "gate"): _gate,
    ("backward", "gate"): _gate,
    ("update", "parameter"): _new_value,
}
_WRITERS_OF = {"network": _WRITERS, "graph": _GRAPH_WRITERS, "surface": _SURFACE_WRITERS}


# --- writing ----------------------------------------------------------------------------------------------------

DOTS = "⋯"
_GREEK = {"alpha": "α"}
_FIELD = re.compile(r"\{(\w+)\}")
_NUMBER = re.compile(r"-?(\d[\d.]*(e[+-]\d+)?|inf|nan)")
_LETTER = re.compile(r"\b[ot]\b")
_FIELDS = {"o": "{output}", "t": "{target}"}
# Behind one of these a negative number needs no brackets of its own.
_OPENERS = "(,^="


def operand(value: float) -> str:
    """A number with all its digits, as it stands inside a sum or a product.

    >>> operand(0.1), operand(-0.5)
    ('0.1', '(-0.5)')
    """
    text = full(value)
    return f"({text})" if text.startswith("-") else text


def equation(left: str, terms: Sequence[str]) -> str:
    """`left = term + term + ...`"""
    return f"{left} = {added(terms)}"


def added(terms: Sequence[str]) -> str:
    """`term + term + ...`; a negative number that comes first needs no brackets.

    >>> added(["(-0.5)", "(-0.25)"]), added(["(-0.5)·2.0", "1.0"])
    ('-0.5 + (-0.25)', '(-0.5)·2.0 + 1.0')
    """
    first = terms[0]
    if first.startswith("(-") and first.find(")") == len(first) - 1:
        return " + ".join((first[1:-1], *terms[1:]))
    return " + ".join(terms)


def substitute(template: str, values: Mapping[str, str]) -> str:
    """`template` with its {fields} filled in; what would be misread there gets brackets.

    >>> substitute("max({alpha}·{net}, {net})", {"alpha": "0.1", "net": "-2.0"})
    'max(0.1·(-2.0), -2.0)'
    >>> substitute("e^{net}", {"net": "net y1"})
    'e^(net y1)'
    """

    def fill(match: re.Match[str]) -> str:
        value, before = values[match[1]], template[: match.start()].rstrip()[-1:]
        if _NUMBER.fullmatch(value):
            return f"({value})" if value.startswith("-") and before and before not in _OPENERS else value
        return f"({value})" if before == "^" else value

    return _FIELD.sub(fill, template)


def _slope_template(slope: str, options: Iterable[str] = ()) -> str:
    """A loss row's slope in o, t and its options as a template.

    >>> _slope_template("2(o - t)"), _slope_template("max(-delta, o - t)", ["delta"])
    ('2·({output} - {target})', 'max(-{delta}, {output} - {target})')
    """
    template = _LETTER.sub(lambda match: _FIELDS[match[0]], re.sub(r"(?<=\d)\(", "·(", slope))
    for name in options:
        template = re.sub(rf"\b{name}\b", f"{{{name}}}", template)
    return template
