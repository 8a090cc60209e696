"""Everything that is known about one unit, weight or bias at a moment of the pass, as lines to read and to copy.

What the cursor has not reached yet is a dash: nobody should see a gradient before it has been computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from nnviz.engine.calls import Array
from nnviz.engine.problem import Problem
from nnviz.engine.record import Record
from nnviz.report.divergence import parameter_name
from nnviz.report.elements import Bias, Element, Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.metrics import SATURATED_BELOW, Survey
from nnviz.report.moment import MEAN, Mask, Moment
from nnviz.report.numbers import full, short
from nnviz.report.pass_order import Operation
from nnviz.report.trace import Trace

UNKNOWN = "–"
_LONGEST_SUM = 16       # terms of a calculation that is written out
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


def text_of(view: Looked, element: Element | None) -> Lines:
    """Lines of (what, text) about `element`, numbers in full precision; about the pass itself for None."""
    if element is None:
        return _pass_lines(view)
    if isinstance(element, Unit):
        return _unit_lines(view, element)
    return _parameter_lines(view, element)


def describe(document: Named, moment: Moment, element: Element) -> str:
    """The tooltip of an element: name, value, gradient, last update, in full precision, a line each."""
    if isinstance(element, Unit):
        lines = [_unit_title(moment, element)]
        if element.layer:
            lines.append(f"net input  {_picked(moment.net(element.layer), element.unit)}")
        lines.append(f"output  {_picked(moment.output(element.layer), element.unit)}")
        if element.layer:
            lines.append(f"∂E/∂out  {_picked(moment.output_gradient(element.layer), element.unit)}")
            lines.append(f"δ = ∂E/∂net  {_picked(moment.delta(element.layer), element.unit)}")
        return "\n".join(lines)
    name, canonical = title_of(document, element), parameter_name(element)
    both = name if name == canonical else f"{name} = {canonical}"
    return "\n".join((
        f"{both}, {_route(moment, element)}" + (", frozen" if is_frozen(moment, element) else ""),
        f"value  {full(moment.read(moment.parameters(), element))}",
        f"gradient  {_said(moment.gradient_of(element))}",
        f"last update  {_said(moment.update_of(element))}",
    ))


def accessible_description(document: Named, moment: Moment, element: Element) -> str:
    """One sentence for a screen reader: "weight w5 from h1 to o1, value 0.4, gradient 0.0822"."""
    if isinstance(element, Unit):
        values, known = moment.output(element.layer)
        output = short(float(values[element.unit]), 4) if known[element.unit] else "not computed yet"
        text = f"{_unit_title(moment, element)}, output {output}"
        if element.layer:
            delta, known = moment.delta(element.layer)
            text += f", delta {short(float(delta[element.unit]), 3) if known[element.unit] else 'not computed yet'}"
        return text
    gradient = moment.gradient_of(element)
    kind = "weight" if isinstance(element, Weight) else "bias"
    return (
        f"{kind} {title_of(document, element)} {_route(moment, element)}, "
        f"value {short(moment.read(moment.parameters(), element), 4)}, "
        f"gradient {short(gradient, 3) if gradient is not None else 'not computed yet'}"
    )


def title_of(document: Named, element: Weight | Bias) -> str:
    """The lesson's name of a parameter, or its canonical one."""
    return document.label(parameter_name(element)) or parameter_name(element)


def is_frozen(moment: Moment, element: Weight | Bias) -> bool:
    """Whether training never updates the parameter."""
    problem = moment.record.problem
    index = (element.unit, element.source) if isinstance(element, Weight) else (element.unit,)
    array = f"W{element.layer}" if isinstance(element, Weight) else f"b{element.layer}"
    return bool(problem.frozen_mask[problem.blocks.positions(array, index)[0]])


def value_in_force(moment: Moment, element: Weight | Bias) -> float:
    """The value that an edit at this moment replaces: the new one only when the whole step is done."""
    record = moment.record
    return moment.read(record.new_parameters if moment.is_complete else record.parameters, element)


def layer_title(problem: Problem, layer: int) -> str:
    """What a layer is called: `input`, `hidden 1`, `output`."""
    last = len(problem.network.layers)
    if layer == 0:
        return "input"
    return "output" if layer == last else f"hidden {layer}"


# --- units ----------------------------------------------------------------------------------------------------


def _unit_lines(view: Looked, element: Unit) -> Lines:
    moment, layer, place = view.moment, element.layer, element.unit
    problem = moment.record.problem
    network = problem.network
    last = len(network.layers)
    lines: Lines = [("unit", network.names(layer)[place]), ("layer", _layer_text(problem, layer))]
    if layer == 0:
        return [*lines, ("shown", view.example_text), ("input", _picked(moment.output(0), place))]
    row = problem.activation_row(layer)
    lines += [
        ("activation", f"{row.label}, {row.formula}"),
        ("shown", view.example_text),
        ("net input", _picked(moment.net(layer), place)),
        ("output", _picked(moment.output(layer), place)),
    ]
    if layer == last:
        lines += [("target", full(float(moment.targets[place]))), ("loss term", _said(moment.term(place)))]
    lines += [
        ("∂E/∂out", _picked(moment.output_gradient(layer), place)),
        ("∂out/∂net", _picked(moment.slope(layer), place)),
        ("δ = ∂E/∂net", _picked(moment.delta(layer), place)),
    ]
    kind = network.layers[layer - 1].bias
    if kind != "none":
        bias = Bias(layer, 0 if kind == "shared" else place)
        shared = ", shared by its layer" if kind == "shared" else ""
        name = title_of(view.document, bias)
        lines.append(("bias", f"{name} = {full(moment.read(moment.parameters(), bias))}{shared}"))
    note = _note(view, layer, place)
    return [*lines, ("note", note)] if note else lines


def _note(view: Looked, layer: int, place: int) -> str:
    """What the whole training set says about a unit: dead, saturated, or nothing."""
    row = view.moment.record.problem.activation_row(layer)
    examples = len(view.survey.data.inputs)
    on = f"on all {examples} training examples" if examples > 1 else "on the one training example"
    if row.dies and view.survey.dead(layer)[place]:
        return f"dead: its net input is at most 0 {on}, so it learns nothing"
    if row.saturates and view.survey.saturated(layer)[place]:
        return f"saturated: its slope is below {SATURATED_BELOW} {on}"
    if not row.elementwise:
        return "its output depends on every net input of the layer: ∂out/∂net is the Jacobian's diagonal"
    return ""


def _unit_title(moment: Moment, element: Unit) -> str:
    problem = moment.record.problem
    name = problem.network.names(element.layer)[element.unit]
    if element.layer == 0:
        return f"{name}, input"
    return f"{name}, {layer_title(problem, element.layer)}, {problem.activation_row(element.layer).label}"


def _layer_text(problem: Problem, layer: int) -> str:
    title = layer_title(problem, layer)
    return "0, input" if layer == 0 else f"{layer}, {title}"


# --- weights and biases ---------------------------------------------------------------------------------------


def _parameter_lines(view: Looked, element: Weight | Bias) -> Lines:
    moment, record = view.moment, view.moment.record
    network = record.problem.network
    names = network.names(element.layer)
    canonical, label = parameter_name(element), view.document.label(parameter_name(element))
    lines: Lines = [("weight" if isinstance(element, Weight) else "bias", label or canonical)]
    if label and label != canonical:
        lines.append(("name", canonical))
    if isinstance(element, Weight):
        lines += [("from", network.names(element.layer - 1)[element.source]), ("to", names[element.unit])]
    elif network.layers[element.layer - 1].bias == "shared":
        lines.append(("shared by", _listed(names)))
    else:
        lines.append(("to", names[element.unit]))
    update = moment.update_of(element)
    lines += [
        ("value", full(moment.read(record.parameters, element))),
        ("gradient", _said(moment.gradient_of(element))),
    ]
    if len(record.rows) > 1:
        lines.append(("averaged over", f"{len(record.rows)} examples of the batch"))
        if moment.example != MEAN:
            lines.append((f"of {view.example_text}", _said(_own_gradient(moment, element))))
    new = moment.read(record.new_parameters, element) if update is not None else None
    lines += [("update", _said(update)), ("new value", _said(new))]
    frozen = is_frozen(moment, element)
    return [*lines, ("frozen", "yes, training leaves it as it is" if frozen else "no")]


def _own_gradient(moment: Moment, element: Weight | Bias) -> float | None:
    """The gradient of the shown example's own loss, known together with the batch's."""
    if moment.gradient_of(element) is None:
        return None
    record = moment.record
    column = min(moment.example, len(record.rows) - 1)
    delta = record.delta(element.layer)[:, column]
    if isinstance(element, Weight):
        return float(delta[element.unit] * record.output(element.layer - 1)[element.source, column])
    shared = record.problem.network.layers[element.layer - 1].bias == "shared"
    return float(delta.sum() if shared else delta[element.unit])


def _route(moment: Moment, element: Weight | Bias) -> str:
    network = moment.record.problem.network
    names = network.names(element.layer)
    if isinstance(element, Weight):
        return f"from {network.names(element.layer - 1)[element.source]} to {names[element.unit]}"
    if network.layers[element.layer - 1].bias == "shared":
        return f"of {_listed(names)}"
    return f"of {names[element.unit]}"


def _listed(names: tuple[str, ...], most: int = 6) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _said(value: float | None) -> str:
    return UNKNOWN if value is None else full(value)


def _picked(pair: tuple[Array, Mask], place: int) -> str:
    values, known = pair
    return full(float(values[place])) if known[place] else UNKNOWN


# --- the pass -------------------------------------------------------------------------------------------------


def _pass_lines(view: Looked) -> Lines:
    moment = view.moment
    record, operation = moment.record, moment.last
    complete = moment.is_complete
    state = "done" if complete else "in progress" if moment.cursor else "not begun"
    lines: Lines = [
        ("step", f"{record.step}, {state}"),
        ("updates done", str(record.step if complete else record.step - 1)),
        ("epoch", str(record.epoch)),
        ("shown", view.example_text),
    ]
    if operation is None:
        lines.append(("operation", "none yet: the pass is about to begin"))
    else:
        name, formula, value = operation_text(view.document, moment, operation)
        calculation = _calculation(view.document, moment, operation)
        lines += [("phase", operation.phase), ("operation", formula)]
        lines += [("in numbers", calculation)] if calculation else []
        lines += [(name, value)]
    done = f"{min(moment.cursor, moment.order.length)} of {moment.order.length} operations"
    whose = "the batch" if moment.example == MEAN else view.example_text
    lines += [("done", done), (f"loss of {whose}", _said(moment.loss))]
    return [*lines, ("learning rate", full(record.learning_rate))]


def _calculation(document: Named, moment: Moment, operation: Operation) -> str:
    """The operation with its numbers put in, right of the equals sign; "" where it would be too long to read."""
    record = moment.record
    network = record.problem.network
    if max(network.sizes) > _LONGEST_SUM or len(record.rows) > _LONGEST_SUM:
        return ""
    shown = None if moment.example == MEAN else int(record.rows[min(moment.example, len(record.rows) - 1)])
    for row in Trace(record, Labels(network, document.labels)).rows_of(operation):
        if row.example in ("mean", shown):
            return row.calculation.partition(" = ")[2].replace("·", " · ")     # so that a long one can be broken
    return ""


def operation_text(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    """What an operation computes, how (one line of symbols), and its value in full precision."""
    return _OPERATIONS[operation.phase, operation.kind](document, moment, operation)


def _unit_of(moment: Moment, operation: Operation) -> tuple[int, int, str]:
    assert isinstance(operation.element, Unit)
    layer, place = operation.element.layer, operation.element.unit
    return layer, place, moment.record.problem.network.names(layer)[place]


def _net(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _unit_of(moment, operation)
    source = "input" if layer == 1 else "out"
    bias = "" if moment.record.problem.network.layers[layer - 1].bias == "none" else " + b"
    return f"net {name}", f"net {name} = Σ w·{source}{bias}", _picked(moment.net(layer), place)


def _out(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _unit_of(moment, operation)
    row = moment.record.problem.activation_row(layer)
    return f"out {name}", f"out {name} = f(net {name}), f(x) = {row.formula}", _picked(moment.output(layer), place)


def _term(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    _, place, name = _unit_of(moment, operation)
    return f"E {name}", f"E {name} = {moment.record.problem.loss_row.term}, o = out {name}", _said(moment.term(place))


def _total(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    record = moment.record
    names = record.problem.network.names(len(record.problem.network.layers))
    mean = record.problem.loss_row.combine == "mean" and len(names) > 1
    terms = " + ".join(f"E {name}" for name in names) if len(names) <= 3 else "Σ E"
    formula = f"({terms}) / {len(names)}" if mean else terms
    batch = ", mean of the batch" if moment.example == MEAN and len(record.rows) > 1 else ""
    return "E", f"E = {formula}{batch}", _said(moment.loss)


def _output_gradient(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _unit_of(moment, operation)
    problem = moment.record.problem
    if layer == len(problem.network.layers):
        count = problem.network.sizes[layer]
        share = f" / {count}" if problem.loss_row.combine == "mean" and count > 1 else ""
        slope = problem.loss_row.term_slope
        formula = f"({slope}){share}" if share else slope
    else:
        formula = f"Σ w·δ over layer {layer + 1}"
    return f"∂E/∂out {name}", f"∂E/∂out {name} = {formula}", _picked(moment.output_gradient(layer), place)


def _delta(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _unit_of(moment, operation)
    problem = moment.record.problem
    activation = problem.network.layers[layer - 1].activation.name
    if layer == len(problem.network.layers) and problem.loss_row.is_fused(activation):
        count = problem.network.sizes[layer]
        share = f" / {count}" if problem.loss_row.combine == "mean" and count > 1 else ""
        formula = f"(out {name} - t){share}" if share else f"out {name} - t"
    elif problem.activation_row(layer).elementwise:
        formula = f"∂E/∂out {name} · f'(net {name})"
    else:
        formula = f"out {name} · (∂E/∂out {name} - Σ ∂E/∂out·out)"
    return f"δ {name}", f"δ {name} = {formula}", _picked(moment.delta(layer), place)


def _gradient(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    element, record = operation.element, moment.record
    assert isinstance(element, Weight | Bias)
    network = record.problem.network
    name, unit = title_of(document, element), network.names(element.layer)[element.unit]
    if isinstance(element, Weight):
        source = network.names(element.layer - 1)[element.source]
        formula = f"δ {unit} · {source if element.layer == 1 else f'out {source}'}"
    else:
        formula = f"Σ δ of layer {element.layer}" if network.layers[element.layer - 1].bias == "shared" else f"δ {unit}"
    batch = ", mean of the batch" if len(record.rows) > 1 else ""
    return f"∂E/∂{name}", f"∂E/∂{name} = {formula}{batch}", _said(moment.gradient_of(element))


def _update(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    element, record = operation.element, moment.record
    assert isinstance(element, Weight | Bias)
    name = title_of(document, element)
    if is_frozen(moment, element):
        return f"new {name}", f"{name} stays: it is frozen", _said(_new_value(record, moment, element))
    change = record.problem.optimiser_row.update_text.format(name=name)
    return f"new {name}", f"{name} ← {name} + ({change})", _said(_new_value(record, moment, element))


def _new_value(record: Record, moment: Moment, element: Weight | Bias) -> float | None:
    return None if moment.update_of(element) is None else moment.read(record.new_parameters, element)


_Say = Callable[[Named, Moment, Operation], tuple[str, str, str]]
_OPERATIONS: dict[tuple[str, str], _Say] = {
    ("forward", "net"): _net,
    ("forward", "out"): _out,
    ("loss", "term"): _term,
    ("loss", "total"): _total,
    ("backward", "out"): _output_gradient,
    ("backward", "net"): _delta,
    ("backward", "parameter"): _gradient,
    ("update", "parameter"): _update,
}
