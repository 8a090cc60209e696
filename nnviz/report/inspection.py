"""Everything that is known about one unit, weight or bias at a moment of the pass, as lines to read and to copy.

What the cursor has not reached yet is a dash: nobody should see a gradient before it has been computed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.network import Network
from nnviz.engine.problem import Problem
from nnviz.engine.record import Record
from nnviz.engine.schedules import CONSTANT
from nnviz.report.divergence import array_index, parameter_name
from nnviz.report.elements import Alpha, Bias, Element, Parameter, Unit, Weight
from nnviz.report.inputs import input_lines
from nnviz.report.labels import Labels
from nnviz.report.metrics import SATURATED_BELOW, Survey
from nnviz.report.moment import MEAN, Mask, Moment
from nnviz.report.numbers import count, full, short
from nnviz.report.pass_order import Operation
from nnviz.report.trace import Trace, slope_text
from nnviz.words import counted, tr

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
        lines = _pass_lines(view)
        variables = _variable_lines(view) if view.moment.record.problem.network.kind == "surface" else []
        return [*lines[:1], *variables, *lines[1:]]
    if isinstance(element, Unit):
        return _unit_lines(view, element)
    return _parameter_lines(view, element)


def describe(document: Named, moment: Moment, element: Element, last_done: Record | None = None) -> str:
    """The tooltip of an element: name, value, gradient, last update, in full precision, a line each.

    As long as the pass has not come to the parameter's update, its last one is that of the step `last_done`.
    """
    if isinstance(element, Unit):
        lines = [_unit_title(moment, element)]
        if element.layer:
            lines += [f"{what}  {text}" for what, text in _net_lines(moment, element.layer, element.unit)]
        lines.append(f"{tr('output')}  {_picked(moment.output(element.layer), element.unit)}")
        if element.layer:
            lines.append(f"∂E/∂out  {_picked(moment.output_gradient(element.layer), element.unit)}")
            lines += [f"{what}  {text}" for what, text in _delta_lines(moment, element.layer, element.unit)]
        return "\n".join(lines)
    name, canonical = title_of(document, element), parameter_name(element)
    if moment.record.problem.network.kind == "surface":
        return "\n".join((
            f"{name}  {full(moment.read(moment.parameters(), element))}",
            f"∂f/∂{name}  {_said(moment.gradient_of(element))}",
            f"{tr('last update')}  {_said(moment.update_of(element))}",
        ))
    both = name if name == canonical else f"{name} = {canonical}"
    title = tr("{name}, {route}, frozen") if is_frozen(moment, element) else tr("{name}, {route}")
    return "\n".join((
        title.format(name=both, route=_route(moment, element)),
        f"{tr('value')}  {full(moment.read(moment.parameters(), element))}",
        f"{tr('gradient')}  {_said(moment.gradient_of(element))}",
        _last_update(moment, element, last_done),
    ))


def _last_update(moment: Moment, element: Parameter, last_done: Record | None) -> str:
    update = moment.update_of(element)
    if update is None and last_done is not None:
        earlier = tr("last update  {update}, in step {step}")
        return earlier.format(update=full(moment.read(last_done.update, element)), step=count(last_done.step))
    return f"{tr('last update')}  {_said(update)}"


def accessible_description(document: Named, moment: Moment, element: Element) -> str:
    """One sentence for a screen reader: "weight w5 from h1 to o1, value 0.4, gradient 0.0822"."""
    if isinstance(element, Unit):
        output, winner = _heard(moment.output(element.layer), element.unit, 4), _winner(moment, element)
        if not element.layer:
            return tr("{unit}, output {output}").format(unit=_unit_title(moment, element), output=output)
        delta = _heard(moment.delta_of_units(element.layer), element.unit, 3)
        heard = tr("{unit}, output {output}, delta {delta}") if winner is None else tr(
            "{unit}, output {output} of piece {piece}, delta {delta}")
        return heard.format(unit=_unit_title(moment, element), output=output, piece=winner, delta=delta)
    gradient = moment.gradient_of(element)
    surface = moment.record.problem.network.kind == "surface"
    sentence = tr("variable {name}, value {value}, gradient {gradient}") if surface else {
        Weight: tr("weight {name} {route}, value {value}, gradient {gradient}"),
        Bias: tr("bias {name} {route}, value {value}, gradient {gradient}"),
        Alpha: tr("activation parameter {name} {route}, value {value}, gradient {gradient}"),
    }[type(element)]
    return sentence.format(
        name=title_of(document, element), route=_route(moment, element),
        value=short(moment.read(moment.parameters(), element), 4),
        gradient=short(gradient, 3) if gradient is not None else tr("not computed yet"),
    )


def _winner(moment: Moment, element: Unit) -> int | None:
    """Which piece of a unit wins on all that is shown; None where there are none, or it is not known, or not one."""
    network = moment.record.problem.network
    if not element.layer or not network.layers[element.layer - 1].has_pieces:
        return None
    won, known = moment.won(element.layer)
    nets = enumerate(_nets_of(network, element.layer, element.unit))
    return next((piece for piece, net in nets if known[net] and won[net] == 1.0), None)


def _heard(pair: tuple[Array, Mask], place: int, digits: int) -> str:
    """A number of a unit as it is read aloud."""
    values, known = pair
    return short(float(values[place]), digits) if known[place] else tr("not computed yet")


def title_of(document: Named, element: Parameter) -> str:
    """The lesson's name of a parameter, or its canonical one."""
    return document.label(parameter_name(element)) or parameter_name(element)


def is_frozen(moment: Moment, element: Parameter) -> bool:
    """Whether training never updates the parameter."""
    problem = moment.record.problem
    return bool(problem.frozen_mask[problem.blocks.positions(*array_index(element))[0]])


def value_in_force(moment: Moment, element: Parameter) -> float:
    """The value that an edit at this moment replaces: the new one only when the whole step is done."""
    record = moment.record
    return moment.read(record.new_parameters if moment.is_complete else record.parameters, element)


def layer_title(problem: Problem, layer: int) -> str:
    """What a layer is called: `input`, `hidden 1`, `output`."""
    last = len(problem.network.layers)
    if layer == 0:
        return tr("input")
    return tr("output") if layer == last else tr("hidden {0}").format(layer)


# --- units ----------------------------------------------------------------------------------------------------


def _unit_lines(view: Looked, element: Unit) -> Lines:
    moment, layer, place = view.moment, element.layer, element.unit
    problem = moment.record.problem
    network = problem.network
    last = len(network.layers)
    lines: Lines = [(tr("unit"), network.names(layer)[place]), (tr("layer"), _layer_text(problem, layer))]
    if layer == 0:
        rows = moment.record.rows
        rows = rows if moment.example == MEAN else rows[[min(moment.example, len(rows) - 1)]]
        value = _picked(moment.output(0), place)
        return [*lines, (tr("shown"), view.example_text), *input_lines(view.survey.data, rows, place, value)]
    row = problem.activation_row(layer)
    lines += [
        (tr("activation"), f"{tr(row.label)}, {row.formula}"),
        (tr("derivative"), f"{row.derivative}; {tr(row.kink)}" if row.kink else row.derivative),
        (tr("shown"), view.example_text),
        *_net_lines(moment, layer, place),
        (tr("output"), _picked(moment.output(layer), place)),
    ]
    if layer == last:
        lines += [(tr("target"), full(float(moment.targets[place]))), (tr("loss term"), _said(moment.term(place)))]
    lines += [
        ("∂E/∂out", _picked(moment.output_gradient(layer), place)),
        *_slope_lines(moment, layer, place),
        *_delta_lines(moment, layer, place),
    ]
    kind = network.layers[layer - 1].bias
    nets = _nets_of(network, layer, place)
    for net in nets[: 0 if kind == "none" else 1 if kind == "shared" else len(nets)]:
        bias = Bias(layer, 0) if kind == "shared" else Bias(layer, *network.target_of(layer, net))
        text = f"{title_of(view.document, bias)} = {full(moment.read(moment.parameters(), bias))}"
        shared = tr("{bias}, shared by its layer").format(bias=text)
        what = tr("bias") if bias.piece is None else tr("bias of piece {piece}").format(piece=bias.piece)
        lines.append((what, shared if kind == "shared" else text))
    if row.learned:
        own = network.layers[layer - 1].activation.option("per_unit", 0.0)
        alpha = Alpha(layer, place if own else 0)
        name = title_of(view.document, alpha)
        text = f"{name} = {full(moment.read(moment.parameters(), alpha))}"
        lines += [
            (tr("activation parameter"), text if own else tr("{alpha}, shared by its layer").format(alpha=text)),
            (f"∂E/∂{name}", _said(moment.gradient_of(alpha))),
        ]
    note = _note(view, layer, place)
    return [*lines, (tr("note"), note)] if note else lines


def _nets_of(network: Network, layer: int, unit: int) -> range:
    """The numbers of a unit's net inputs in its layer: one, or one for each piece."""
    first, pieces = network.net_of(layer, unit), network.layers[layer - 1].pieces
    return range(first, first + pieces)


def _each_piece(moment: Moment, layer: int, unit: int, what: str, pair: tuple[Array, Mask]) -> Lines:
    """A number of each of a unit's net inputs; `what` alone where there is but one."""
    network = moment.record.problem.network
    if not network.layers[layer - 1].has_pieces:
        return [(what, _picked(pair, unit))]
    texts = [_picked(pair, net) for net in _nets_of(network, layer, unit)]
    named = tr("{what} of piece {piece}")
    return [(named.format(what=what, piece=piece), text) for piece, text in enumerate(texts)]


def _net_lines(moment: Moment, layer: int, unit: int) -> Lines:
    """The net input; of a unit with pieces the net input of each, and which of them won."""
    network, pair = moment.record.problem.network, moment.net(layer)
    lines = _each_piece(moment, layer, unit, tr("net input"), pair)
    won, known = moment.won(layer)
    nets = _nets_of(network, layer, unit)
    if not network.layers[layer - 1].has_pieces or not known[nets.start]:
        return lines
    said: Lines = []
    largest = float(np.max(pair[0][nets.start : nets.stop]))
    for net, (what, text) in zip(nets, lines, strict=True):
        share = float(won[net])
        if moment.example == MEAN and 0.0 < share < 1.0:
            text = tr("{value}, wins on {share} of the batch").format(value=text, share=f"{share:.0%}")
        elif share > 0.0:
            text = tr("{value}, wins").format(value=text)
        elif moment.example != MEAN and float(pair[0][net]) == largest:
            text = tr("{value}, as large as the first, which wins").format(value=text)
        said.append((what, text))
    return said


def _delta_lines(moment: Moment, layer: int, unit: int) -> Lines:
    return _each_piece(moment, layer, unit, "δ = ∂E/∂net", moment.delta(layer))


def _slope_lines(moment: Moment, layer: int, place: int) -> Lines:
    """∂out/∂net; where every output depends on the unit, the Jacobian entry of each, as far as they can be listed."""
    problem = moment.record.problem
    if problem.network.layers[layer - 1].has_pieces:
        return _each_piece(moment, layer, place, "∂out/∂net", moment.slope(layer))
    names = problem.network.names(layer)
    if problem.activation_row(layer).elementwise or len(names) > _LONGEST_SUM:
        return [("∂out/∂net", _picked(moment.slope(layer), place))]
    entries = moment.jacobian_row(layer, place)
    return [(f"∂out {name}/∂net {names[place]}", _picked(entries, other)) for other, name in enumerate(names)]


def _note(view: Looked, layer: int, place: int) -> str:
    """What the whole training set says about a unit: dead, saturated; or what its activation and the loss leave."""
    row = view.moment.record.problem.activation_row(layer)
    examples = len(view.survey.data.inputs)
    on = counted(examples, "on the one training example", "on all {count} training examples")
    if row.dies and view.survey.dead(layer)[place]:
        return tr("dead: its net input is at most 0 {examples}, so it learns nothing").format(examples=on)
    if row.saturates and view.survey.saturated(layer)[place]:
        return tr("saturated: its slope is below {slope} {examples}").format(slope=SATURATED_BELOW, examples=on)
    idle = view.survey.idle_pieces(layer)[place].nonzero()[0].tolist() if row.options.get("pieces") else []
    if idle:
        pieces = ", ".join(map(str, idle))
        return counted(len(idle), "piece {pieces} wins on none of the training examples, so it learns nothing",
                       "pieces {pieces} win on none of the training examples, so they learn nothing", pieces=pieces)
    problem = view.moment.record.problem
    if layer == len(problem.network.layers) and not row.elementwise and problem.loss_row.is_fused(row.name):
        return tr("softmax and cross-entropy are taken as one: the product of ∂E/∂out and the Jacobian is out - t")
    if not row.elementwise and len(problem.network.names(layer)) > _LONGEST_SUM:
        return tr("its output depends on every net input of the layer: ∂out/∂net is the Jacobian's diagonal")
    if not row.elementwise:
        return tr("every output depends on its net input: δ is the sum of each ∂E/∂out times its ∂out/∂net")
    return ""


def _unit_title(moment: Moment, element: Unit) -> str:
    problem = moment.record.problem
    name = problem.network.names(element.layer)[element.unit]
    if element.layer == 0:
        return f"{name}, {tr('input')}"
    return f"{name}, {layer_title(problem, element.layer)}, {tr(problem.activation_row(element.layer).label)}"


def _layer_text(problem: Problem, layer: int) -> str:
    return f"{layer}, {layer_title(problem, layer)}"


# --- weights and biases ---------------------------------------------------------------------------------------


def _parameter_lines(view: Looked, element: Parameter) -> Lines:
    moment, record = view.moment, view.moment.record
    network = record.problem.network
    names = network.names(element.layer)
    canonical, label = parameter_name(element), view.document.label(parameter_name(element))
    kinds = {Weight: tr("weight"), Bias: tr("bias"), Alpha: tr("activation parameter")}
    on_surface = network.kind == "surface"
    lines: Lines = [(tr("variable") if on_surface else kinds[type(element)], label or canonical)]
    if label and label != canonical and not on_surface:
        lines.append((tr("name"), canonical))
    if on_surface:
        lines.append((f"∂f/∂{label}", slope_text(record.problem, element)))
    elif isinstance(element, Weight):
        lines += [(tr("from"), network.names(element.layer - 1)[element.source]), (tr("to"), names[element.unit])]
        lines += [(tr("piece"), str(element.piece))] if element.piece is not None else []
    elif _is_shared(network, element):
        lines.append((tr("shared by"), _listed(names)))
    else:
        lines.append((tr("to") if isinstance(element, Bias) else tr("of"), names[element.unit]))
        if isinstance(element, Bias) and element.piece is not None:
            lines.append((tr("piece"), str(element.piece)))
    update = moment.update_of(element)
    lines += [
        (tr("value"), full(moment.read(record.parameters, element))),
        (tr("gradient"), _said(moment.gradient_of(element))),
    ]
    if len(record.rows) > 1:
        examples = tr("{count} examples of the batch").format(count=len(record.rows))
        lines.append((tr("averaged over"), examples))
        if moment.example != MEAN:
            lines.append((tr("of {example}").format(example=view.example_text), _said(_own_gradient(moment, element))))
    new = moment.read(record.new_parameters, element) if update is not None else None
    lines += [(tr("update"), _said(update)), (tr("new value"), _said(new))]
    lines += _memory_lines(moment, element, update is not None)
    frozen = is_frozen(moment, element)
    return [*lines, (tr("frozen"), tr("yes, training leaves it as it is") if frozen else tr("no"))]


def _variable_lines(view: Looked) -> Lines:
    """Both variables of a surface with their gradients, their updates, and what the optimiser remembers of them."""
    moment, lines = view.moment, list[tuple[str, str]]()
    for unit, name in enumerate(moment.record.problem.network.names(1)):
        element = Weight(1, unit, 0)
        update = moment.update_of(element)
        lines += [
            (name, full(moment.read(moment.record.parameters, element))),
            (f"∂f/∂{name}", _said(moment.gradient_of(element))),
            (tr("update of {name}").format(name=name), _said(update)),
        ]
        lines += [(tr("{what} of {name}").format(what=what, name=name), text)
                  for what, text in _memory_lines(moment, element, update is not None)[:-1]]
    return lines


def _memory_lines(moment: Moment, element: Parameter, updated: bool) -> Lines:
    """What the optimiser remembers of the parameter after the update, and how far it lets the parameter go."""
    record = moment.record
    vectors = {name: record.memory(name) for name in record.problem.optimiser_row.state} if updated else {}
    vectors |= {"effective_learning_rate": record.effective_learning_rate} if updated else {}
    names = (*record.problem.optimiser_row.state, "effective_learning_rate")
    return [
        (tr(name.replace("_", " ")), _said(moment.read(vectors[name], element) if updated else None))
        for name in names
    ]


def _own_gradient(moment: Moment, element: Parameter) -> float | None:
    """The gradient of the shown example's own loss, known together with the batch's."""
    if moment.gradient_of(element) is None:
        return None
    record = moment.record
    column = min(moment.example, len(record.rows) - 1)
    if isinstance(element, Alpha):
        return float(record.alpha_wishes(element.layer)[element.unit, column])
    delta, network = record.delta(element.layer)[:, column], record.problem.network
    net = network.net_of(element.layer, element.unit, element.piece)
    if isinstance(element, Weight):
        return float(delta[net] * record.output(element.layer - 1)[element.source, column]) + 0.0
    return float(delta.sum() if _is_shared(network, element) else delta[net]) + 0.0


def _is_shared(network: Network, element: Bias | Alpha) -> bool:
    """Whether a layer has one bias, or learns one α, for all its units."""
    layer = network.layers[element.layer - 1]
    if isinstance(element, Bias):
        return layer.bias == "shared"
    return not layer.activation.option("per_unit", 0.0)


def _route(moment: Moment, element: Parameter) -> str:
    network = moment.record.problem.network
    names = network.names(element.layer)
    if isinstance(element, Weight):
        text = tr("from {source} to {target}") if element.piece is None else tr(
            "from {source} to piece {piece} of {target}")
        return text.format(source=network.names(element.layer - 1)[element.source], target=names[element.unit],
                           piece=element.piece)
    shared = _is_shared(network, element)
    if isinstance(element, Bias) and element.piece is not None:
        return tr("of piece {piece} of {unit}").format(piece=element.piece, unit=names[element.unit])
    return tr("of {units}").format(units=_listed(names) if shared else names[element.unit])


def _listed(names: tuple[str, ...], most: int = 6) -> str:
    first = ", ".join(names[:most])
    return tr("{names} and {count} more").format(names=first, count=len(names) - most) if len(names) > most else first


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
    state = tr("done") if complete else tr("in progress") if moment.cursor else tr("not begun")
    lines: Lines = [
        (tr("step"), f"{count(record.step)}, {state}"),
        (tr("updates done"), count(record.step if complete else record.step - 1)),
        (tr("epoch"), count(record.epoch)),
    ]
    on_surface = record.problem.network.kind == "surface"
    if not on_surface or len(record.problem.inputs) > 1:      # without noise it has nothing to choose from
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
    lines += [(tr("done"), done),
              (tr("height") if on_surface else tr("loss of {examples}").format(examples=whose), _said(moment.loss))]
    schedule = record.problem.schedule_row
    course = [] if schedule.name == CONSTANT else [(tr("schedule"), tr(schedule.label))]
    return [*lines, (tr("learning rate"), full(record.learning_rate)), *course]


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
    surface = moment.record.problem.network.kind == "surface"
    return (_SURFACE_OPERATIONS if surface else _OPERATIONS)[operation.phase, operation.kind](
        document, moment, operation)


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
    source = tr("input") if layer == 1 else "out"
    bias = "" if moment.record.problem.network.layers[layer - 1].bias == "none" else " + b"
    return f"net {name}", f"net {name} = Σ w·{source}{bias}", _picked(moment.net(layer), place)


def _out(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _unit_of(moment, operation)
    network, row = moment.record.problem.network, moment.record.problem.activation_row(layer)
    formula = f"out {name} = f(net {name}), f(x) = {row.formula}"
    if network.layers[layer - 1].has_pieces:
        nets = ", ".join(f"net {network.net_name(layer, net)}" for net in _nets_of(network, layer, place))
        formula = f"out {name} = max({nets})"
    return f"out {name}", formula, _picked(moment.output(layer), place)


def _term(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    _, place, name = _unit_of(moment, operation)
    return f"E {name}", f"E {name} = {moment.record.problem.loss_row.term}, o = out {name}", _said(moment.term(place))


def _total(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    record = moment.record
    names = record.problem.network.names(len(record.problem.network.layers))
    mean = record.problem.loss_row.combine == "mean" and len(names) > 1
    terms = " + ".join(f"E {name}" for name in names) if len(names) <= 3 else "Σ E"
    formula = f"({terms}) / {len(names)}" if mean else terms
    averaged = moment.example == MEAN and len(record.rows) > 1
    return "E", _averaged(f"E = {formula}", averaged), _said(moment.loss)


def _output_gradient(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _unit_of(moment, operation)
    problem = moment.record.problem
    if layer == len(problem.network.layers):
        units = problem.network.sizes[layer]
        share = f" / {units}" if problem.loss_row.combine == "mean" and units > 1 else ""
        slope = problem.loss_row.term_slope
        formula = f"({slope}){share}" if share else slope
    else:
        formula = tr("Σ w·δ over layer {layer}").format(layer=layer + 1)
    return f"∂E/∂out {name}", f"∂E/∂out {name} = {formula}", _picked(moment.output_gradient(layer), place)


def _delta(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    layer, place, name = _net_of(moment, operation)
    problem = moment.record.problem
    activation = problem.network.layers[layer - 1].activation.name
    if layer == len(problem.network.layers) and problem.loss_row.is_fused(activation):
        units = problem.network.sizes[layer]
        share = f" / {units}" if problem.loss_row.combine == "mean" and units > 1 else ""
        formula = f"(out {name} - t){share}" if share else f"out {name} - t"
    elif problem.network.layers[layer - 1].has_pieces:
        unit = problem.network.names(layer)[problem.network.target_of(layer, place)[0]]
        formula = tr("∂E/∂out {unit} if it won, else 0").format(unit=unit)
    elif problem.activation_row(layer).elementwise:
        formula = f"∂E/∂out {name} · f'(net {name})"
    else:
        formula = f"Σ ∂E/∂out · ∂out/∂net {name}"
    return f"δ {name}", f"δ {name} = {formula}", _picked(moment.delta(layer), place)


def _gradient(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    element, record = operation.element, moment.record
    assert isinstance(element, Parameter)
    network = record.problem.network
    name, unit = title_of(document, element), network.names(element.layer)[element.unit]
    if not isinstance(element, Alpha) and element.piece is not None:
        unit = f"{unit}[{element.piece}]"
    if isinstance(element, Weight):
        source = network.names(element.layer - 1)[element.source]
        formula = f"δ {unit} · {source if element.layer == 1 else f'out {source}'}"
    elif isinstance(element, Alpha):
        shared = _is_shared(network, element)
        formula = (tr("Σ ∂E/∂out · min(0, net) of layer {layer}").format(layer=element.layer) if shared
                   else f"∂E/∂out {unit} · min(0, net {unit})")
    else:
        shared = network.layers[element.layer - 1].bias == "shared"
        formula = tr("Σ δ of layer {layer}").format(layer=element.layer) if shared else f"δ {unit}"
    text = _averaged(f"∂E/∂{name} = {formula}", len(record.rows) > 1)
    return f"∂E/∂{name}", text, _said(moment.gradient_of(element))


def _averaged(formula: str, averaged: bool) -> str:
    """`formula`, and that the batch's mean is taken of it where it is `averaged`."""
    return tr("{formula}, mean of the batch").format(formula=formula) if averaged else formula


def _update(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    element, record = operation.element, moment.record
    assert isinstance(element, Parameter)
    name = title_of(document, element)
    change = record.problem.update_text(name, isinstance(element, Weight))
    frozen = tr("{name} stays: it is frozen").format(name=name)
    formula = frozen if is_frozen(moment, element) else f"{name} ← {name} + ({change})"
    value = None if moment.update_of(element) is None else moment.read(record.new_parameters, element)
    return tr("new {name}").format(name=name), formula, _said(value)


def _height(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    averaged = moment.example == MEAN and len(moment.record.rows) > 1
    return "f", _averaged(f"f = {moment.record.problem.loss_row.formula}", averaged), _said(moment.loss)


def _height_slope(document: Named, moment: Moment, operation: Operation) -> tuple[str, str, str]:
    element, record = operation.element, moment.record
    assert isinstance(element, Parameter)
    left = f"∂f/∂{title_of(document, element)}"
    text = _averaged(f"{left} = {slope_text(record.problem, element)}", len(record.rows) > 1)
    return left, text, _said(moment.gradient_of(element))


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
