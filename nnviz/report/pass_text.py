"""The operation that the pass has come to: what it computes, how, and the same with its numbers put in."""

from __future__ import annotations

from collections.abc import Callable

from nnviz.engine.schedules import CONSTANT
from nnviz.report.conventions import in_force
from nnviz.report.elements import Alpha, Parameter, Unit, Weight
from nnviz.report.expression_trees import slope_text
from nnviz.report.formulas import Formulas
from nnviz.report.labels import Labels
from nnviz.report.mathematics import in_numbers
from nnviz.report.moment import MEAN, Moment
from nnviz.report.numbers import count, full
from nnviz.report.pass_order import Operation
from nnviz.report.titles import Lines, Looked, Named, is_frozen, is_shared, nets_of, picked, said, title_of
from nnviz.report.trace import Trace
from nnviz.report.trace_graph import WrittenGraph
from nnviz.words import lettered, sign, tr

_LONGEST_SUM = 16       # terms of a calculation that is written out


def pass_lines(view: Looked) -> Lines:
    """Lines of (what, text) about the pass: the step, how far it has come, the last operation, the loss."""
    moment = view.moment
    record, operation = moment.record, moment.last
    complete = moment.is_complete
    state = tr("done") if complete else tr("in progress") if moment.cursor else tr("not begun")
    lines: Lines = [
        (tr("step"), f"{count(record.step)}, {state}"),
        (tr("updates done"), count(record.step if complete and not record.problem.trial else record.step - 1)),
        (tr("epoch"), count(record.epoch)),
    ]
    network = record.problem.network
    if network.has_units or len(record.problem.inputs) > 1:      # a formula without noise has nothing to choose from
        lines.append((tr("shown"), view.example_text))
    if operation is None:
        lines.append((tr("operation"), tr("none yet: the pass is about to begin")))
    else:
        name, formula, value = operation_text(view.document, moment, operation)
        calculation = _calculation(view.document, moment, operation)
        lines += [(tr("phase"), tr(operation.phase)), (tr("operation"), formula)]
        lines += [(tr("in numbers"), calculation)] if calculation else []
        lines += [(name, value)]
    done = tr("{count} of {all} operations").format(
        count=count(min(moment.cursor, moment.order.length)), all=count(moment.order.length))
    whose = tr("the batch") if moment.example == MEAN else view.example_text
    whole = {"graph": tr("result"), "surface": tr("height")}.get(network.kind)
    lines += [(tr("done"), done), (whole or tr("loss of {examples}").format(examples=whose), said(moment.loss))]
    if network.gates is not None and not network.gates.learns:
        return [*lines, (tr("optimiser"), tr("none: the leaves stay as they are"))]
    schedule = record.problem.schedule_row
    course = [] if schedule.name == CONSTANT else [(tr("schedule"), tr(schedule.label))]
    return [*lines, (tr("learning rate"), full(record.learning_rate)), *course]


def _calculation(document: Named, moment: Moment, operation: Operation) -> str:
    """The operation with its numbers put in, right of the equals sign; "" where it would be too long to read."""
    record = moment.record
    network = record.problem.network
    # An update is one value and its change, however large network and batch are.
    if operation.phase != "update" and max(*network.sizes, len(record.rows)) > _LONGEST_SUM:
        return ""
    labels = Labels(network, document.labels)
    if operation.phase == "backward" and in_force().delta == "descent":
        first = Formulas(record, labels, moment.example, in_force()).first(operation)
        return in_numbers(first.right).replace("·", " · ")
    shown = None if moment.example == MEAN else int(record.rows[min(moment.example, len(record.rows) - 1)])
    for row in Trace(record, labels).rows_of(operation):
        if row.example in ("mean", "own", shown):
            return row.calculation.partition(" = ")[2].replace("·", " · ")     # so that a long one can be broken
    return ""


def operation_text(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    """What an operation computes, how (one line of symbols), and its value in full precision."""
    table = _OPERATIONS_OF[moment.record.problem.network.kind]
    return table[operation.phase, operation.kind](document, moment, operation)


def _unit_of(moment: Moment, operation: Operation) -> tuple[int, int, str]:
    assert isinstance(operation.element, Unit)
    layer, place = operation.element.layer, operation.element.unit
    return layer, place, moment.record.problem.network.names(layer)[place]


def _net_of(moment: Moment, operation: Operation) -> tuple[int, int, str]:
    """Layer and number of a net input, and what it is called."""
    layer, place = operation.section.layer, operation.index
    return layer, place, moment.record.problem.network.net_name(layer, place)


def _net(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _net_of(moment, operation)
    source = tr("input") if layer == 1 else sign("out")
    bias = "" if moment.record.problem.network.layers[layer - 1].bias == "none" else " + b"
    return f"net {name}", f"net {name} = Σ w·{source}{bias}", picked(moment.net(layer), place)


def _out(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _unit_of(moment, operation)
    network, row = moment.record.problem.network, moment.record.problem.activation_row(layer)
    out = sign("out")
    formula = f"{out} {name} = f(net {name}), f(x) = {lettered(row.formula)}"
    if network.layers[layer - 1].has_pieces:
        nets = ", ".join(f"net {network.net_name(layer, net)}" for net in nets_of(network, layer, place))
        formula = f"{out} {name} = max({nets})"
    return f"{out} {name}", formula, picked(moment.output(layer), place)


def _term(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    _, place, name = _unit_of(moment, operation)
    formula = f"E {name} = {moment.record.problem.loss_row.term}, o = {sign('out')} {name}"
    return f"E {name}", formula, said(moment.term(place))


def _total(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    record = moment.record
    names = record.problem.network.names(len(record.problem.network.layers))
    mean = record.problem.loss_row.combine == "mean" and len(names) > 1
    terms = " + ".join(f"E {name}" for name in names) if len(names) <= 3 else "Σ E"
    formula = f"({terms}) / {len(names)}" if mean else terms
    averaged = moment.example == MEAN and len(record.rows) > 1
    return "E", _averaged(f"E = {formula}", averaged), said(moment.loss)


def _output_gradient(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _unit_of(moment, operation)
    problem = moment.record.problem
    if layer == len(problem.network.layers):
        units = problem.network.sizes[layer]
        share = f" / {units}" if problem.loss_row.combine == "mean" and units > 1 else ""
        slope = problem.loss_row.term_slope
        formula = f"({slope}){share}" if share else slope
    else:
        formula = _minus_of_delta() + tr("Σ w·δ over layer {layer}").format(layer=layer + 1)
    left = f"∂E/∂{sign('out')} {name}"
    return left, f"{left} = {formula}", picked(moment.output_gradient(layer), place)


def _delta(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _net_of(moment, operation)
    problem = moment.record.problem
    activation = problem.network.layers[layer - 1].activation.name
    out, minus = sign("out"), _minus_of_delta()
    if layer == len(problem.network.layers) and problem.loss_row.is_fused(activation):
        units = problem.network.sizes[layer]
        share = f" / {units}" if problem.loss_row.combine == "mean" and units > 1 else ""
        first, second = (f"{out} {name}", "t") if not minus else ("t", f"{out} {name}")
        formula = f"({first} - {second}){share}" if share else f"{first} - {second}"
    elif problem.network.layers[layer - 1].has_pieces:
        unit = problem.network.names(layer)[problem.network.target_of(layer, place)[0]]
        formula = minus + tr("∂E/∂‹out› {unit} if it won, else 0").format(unit=unit)
    elif problem.activation_row(layer).elementwise:
        formula = f"{minus}∂E/∂{out} {name} · f'(net {name})"
    else:
        formula = f"{minus}Σ ∂E/∂{out} · ∂{out}/∂net {name}"
    slopes, known = moment.delta(layer)
    return f"δ {name}", f"δ {name} = {formula}", picked((in_force().delta_of(slopes), known), place)


def _minus_of_delta() -> str:
    """The sign before a δ that is -∂E/∂net."""
    return "-" if in_force().delta == "descent" else ""


def _gradient(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    element, record = operation.element, moment.record
    assert isinstance(element, Parameter)
    network = record.problem.network
    name, unit = title_of(document, element), network.names(element.layer)[element.unit]
    out, minus = sign("out"), _minus_of_delta()
    if not isinstance(element, Alpha) and element.piece is not None:
        unit = f"{unit}[{element.piece}]"
    if isinstance(element, Weight):
        source = network.names(element.layer - 1)[element.source]
        formula = f"{minus}δ {unit} · {source if element.layer == 1 else f'{out} {source}'}"
    elif isinstance(element, Alpha):
        shared = is_shared(network, element)
        formula = (tr("Σ ∂E/∂‹out› · min(0, net) of layer {layer}").format(layer=element.layer) if shared
                   else f"∂E/∂{out} {unit} · min(0, net {unit})")
    else:
        shared = network.layers[element.layer - 1].bias == "shared"
        formula = minus + (tr("Σ δ of layer {layer}").format(layer=element.layer) if shared else f"δ {unit}")
    text = _averaged(f"∂E/∂{name} = {formula}", len(record.rows) > 1)
    return f"∂E/∂{name}", text, said(moment.gradient_of(element))


def _averaged(formula: str, averaged: bool) -> str:
    """`formula`, and that the batch's mean is taken of it where it is `averaged`."""
    return tr("{formula}, mean of the batch").format(formula=formula) if averaged else formula


def _update(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    element, record = operation.element, moment.record
    assert isinstance(element, Parameter)
    name = title_of(document, element)
    change = record.problem.update_text(name, isinstance(element, Weight), lettered)
    if gates := record.problem.network.gates:
        change = change.replace("∂E/∂", f"∂{gates.names[-1]}/∂")
    frozen = tr("{name} stays: it is frozen").format(name=name)
    formula = frozen if is_frozen(moment, element) else f"{name} ← {name} + ({change})"
    value = None if moment.update_of(element) is None else moment.read(record.new_parameters, element)
    return tr("new {name}").format(name=name), formula, said(value)


def _height(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    averaged = moment.example == MEAN and len(moment.record.rows) > 1
    return "f", _averaged(f"f = {moment.record.problem.loss_row.formula}", averaged), said(moment.loss)


def _height_slope(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    element, record = operation.element, moment.record
    assert isinstance(element, Parameter)
    left = f"∂f/∂{title_of(document, element)}"
    text = _averaged(f"{left} = {slope_text(record.problem, element)}", len(record.rows) > 1)
    return left, text, said(moment.gradient_of(element))


def _gate_value(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    row = WrittenGraph(moment.record).forward(operation.index)
    known = moment.order.done(moment.cursor, "forward", "gate", 1) > operation.index
    return row.name, row.formula, said(row.value if known else None)


def _gate_gradient(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    row = WrittenGraph(moment.record).backward(operation.index)
    known = moment.order.done(moment.cursor, "backward", "gate", 1) > operation.index
    return row.formula.partition(" = ")[0], row.formula, said(row.gradient if known else None)


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
_SURFACE_OPERATIONS: dict[tuple[str, str], _Say] = {
    ("loss", "total"): _height,
    ("backward", "parameter"): _height_slope,
    ("update", "parameter"): _update,
}
_GRAPH_OPERATIONS: dict[tuple[str, str], _Say] = {
    ("forward", "gate"): _gate_value,
    ("backward", "gate"): _gate_gradient,
    ("update", "parameter"): _update,
}
_OPERATIONS_OF = {"network": _OPERATIONS, "graph": _GRAPH_OPERATIONS, "surface": _SURFACE_OPERATIONS}
