"""Everything that is known about one unit, weight or bias at a moment of the pass, as lines to read and to copy.

What the cursor has not reached yet is a dash: nobody should see a gradient before it has been computed.
"""

from __future__ import annotations

import numpy as np

from nnviz.engine.calls import Array
from nnviz.engine.network import Network
from nnviz.engine.problem import Problem
from nnviz.engine.record import Record
from nnviz.report.conventions import in_force
from nnviz.report.divergence import parameter_name
from nnviz.report.elements import Alpha, Bias, Element, GateNode, Parameter, Unit, Weight
from nnviz.report.expression_trees import slope_text
from nnviz.report.inputs import input_lines
from nnviz.report.metrics import SATURATED_BELOW
from nnviz.report.moment import MEAN, Mask, Moment
from nnviz.report.numbers import count, full, short
from nnviz.report.pass_text import pass_lines
from nnviz.report.titles import (
    Lines,
    Looked,
    Named,
    is_disabled,
    is_frozen,
    is_shared,
    layer_title,
    listed,
    nets_of,
    picked,
    route_of,
    said,
    title_of,
)
from nnviz.report.trace_graph import WrittenGraph
from nnviz.report.vectors import own_gradient
from nnviz.words import counted, lettered, sign, tr

_UNHEARD = "its output counts as 0 in the next layer"       # a unit that is disabled
_LONGEST_ROW = 16       # entries of a Jacobian's row that are listed


def text_of(view: Looked, element: Element | None) -> Lines:
    """Lines of (what, text) about `element`, numbers in full precision; about the pass itself for None."""
    if element is None:
        lines = pass_lines(view)
        variables = _variable_lines(view) if view.moment.record.problem.network.kind == "surface" else []
        return [*lines[:1], *variables, *lines[1:]]
    if isinstance(element, GateNode):
        return _gate_lines(view.moment, element)
    if isinstance(element, Unit):
        return _unit_lines(view, element)
    return _parameter_lines(view, element)


def describe(document: Named, moment: Moment, element: Element, last_done: Record | None = None) -> str:
    """The tooltip of an element: name, value, gradient, last update, in full precision, a line each.

    As long as the pass has not come to the parameter's update, its last one is that of the step `last_done`.
    """
    if isinstance(element, GateNode):
        return "\n".join(f"{what}  {text}" for what, text in _gate_lines(moment, element))
    if isinstance(element, Unit):
        lines = [_unit_title(moment, element)]
        if element.layer:
            lines += [f"{what}  {text}" for what, text in _net_lines(moment, element.layer, element.unit)]
        lines.append(f"{tr('‹output›')}  {picked(moment.output(element.layer), element.unit)}")
        if is_disabled(moment, element):
            lines.append(f"{tr('disabled')}  {tr(_UNHEARD)}")
        if element.layer:
            lines.append(f"∂E/∂{sign('out')}  {picked(moment.output_gradient(element.layer), element.unit)}")
            lines += [f"{what}  {text}" for what, text in _delta_lines(moment, element.layer, element.unit)]
        return "\n".join(lines)
    name, canonical = title_of(document, element), parameter_name(element)
    network = moment.record.problem.network
    if not network.has_units:
        gates = network.gates
        lines = [
            f"{name}  {full(moment.read(moment.parameters(), element))}",
            f"∂{_result(network)}/∂{name}  {said(moment.gradient_of(element))}",
            f"{tr('last update')}  {said(moment.update_of(element))}",
        ]
        return "\n".join(lines[:2] if gates is not None and not gates.learns else lines)
    both = name if name == canonical else f"{name} = {canonical}"
    title = tr("{name}, {route}, frozen") if is_frozen(moment, element) else tr("{name}, {route}")
    return "\n".join((
        title.format(name=both, route=route_of(moment, element)),
        f"{tr('value')}  {full(moment.read(moment.parameters(), element))}",
        f"{tr('gradient')}  {said(moment.gradient_of(element))}",
        _last_update(moment, element, last_done),
    ))


def _last_update(moment: Moment, element: Parameter, last_done: Record | None) -> str:
    update = moment.update_of(element)
    if update is None and last_done is not None:
        earlier = tr("last update  {update}, in step {step}")
        return earlier.format(update=full(moment.read(last_done.update, element)), step=count(last_done.step))
    return f"{tr('last update')}  {said(update)}"


def accessible_description(document: Named, moment: Moment, element: Element) -> str:
    """One sentence for a screen reader: "weight w5 from h1 to o1, value 0.4, gradient 0.0822"."""
    if isinstance(element, GateNode):
        return ", ".join(f"{what} {text}" for what, text in _gate_lines(moment, element))
    if isinstance(element, Unit):
        output, winner = _heard(moment.output(element.layer), element.unit, 4), _winner(moment, element)
        if not element.layer:
            return tr("{unit}, ‹output› {output}").format(unit=_unit_title(moment, element), output=output)
        slopes, known = moment.delta_of_units(element.layer)
        delta = _heard((in_force().delta_of(slopes), known), element.unit, 3)
        heard = tr("{unit}, ‹output› {output}, delta {delta}") if winner is None else tr(
            "{unit}, ‹output› {output} of piece {piece}, delta {delta}")
        return heard.format(unit=_unit_title(moment, element), output=output, piece=winner, delta=delta)
    gradient = moment.gradient_of(element)
    sentence = {
        "graph": tr("leaf {name}, value {value}, gradient {gradient}"),
        "surface": tr("variable {name}, value {value}, gradient {gradient}"),
    }.get(moment.record.problem.network.kind) or {
        Weight: tr("weight {name} {route}, value {value}, gradient {gradient}"),
        Bias: tr("bias {name} {route}, value {value}, gradient {gradient}"),
        Alpha: tr("activation parameter {name} {route}, value {value}, gradient {gradient}"),
    }[type(element)]
    return sentence.format(
        name=title_of(document, element), route=route_of(moment, element),
        value=short(moment.read(moment.parameters(), element), 4),
        gradient=short(gradient, 3) if gradient is not None else tr("not computed yet"),
    )


def _winner(moment: Moment, element: Unit) -> int | None:
    """Which piece of a unit wins on all that is shown; None where there are none, or it is not known, or not one."""
    network = moment.record.problem.network
    if not element.layer or not network.layers[element.layer - 1].has_pieces:
        return None
    won, known = moment.won(element.layer)
    nets = enumerate(nets_of(network, element.layer, element.unit))
    return next((piece for piece, net in nets if known[net] and won[net] == 1.0), None)


def _heard(pair: tuple[Array, Mask], place: int, digits: int) -> str:
    """A number of a unit as it is read aloud."""
    values, known = pair
    return short(float(values[place]), digits) if known[place] else tr("not computed yet")


def value_in_force(moment: Moment, element: Parameter) -> float:
    """The value that an edit at this moment replaces: the new one only when the whole step is done."""
    record = moment.record
    return moment.read(record.new_parameters if moment.is_complete else record.parameters, element)


# --- units ----------------------------------------------------------------------------------------------------


def _unit_lines(view: Looked, element: Unit) -> Lines:
    moment, layer, place = view.moment, element.layer, element.unit
    problem = moment.record.problem
    network = problem.network
    last = len(network.layers)
    lines: Lines = [(tr("unit"), network.names(layer)[place]), (tr("layer"), _layer_text(problem, layer))]
    unheard = [(tr("disabled"), tr(_UNHEARD))] if is_disabled(moment, element) else []
    if layer == 0:
        value = picked(moment.output(0), place)
        shown = input_lines(view.survey.data, view.raw_inputs, place, value)
        return [*lines, *unheard, (tr("shown"), view.example_text), *shown]
    row = problem.activation_row(layer)
    lines += [
        (tr("activation"), f"{tr(row.label)}, {lettered(row.formula)}"),
        (tr("derivative"), f"{lettered(row.derivative)}; {tr(row.kink)}" if row.kink else lettered(row.derivative)),
        (tr("shown"), view.example_text),
        *_net_lines(moment, layer, place),
        (tr("‹output›"), picked(moment.output(layer), place)),
        *unheard,
    ]
    if layer == last:
        lines += [(tr("‹target›"), full(float(moment.targets[place]))), (tr("loss term"), said(moment.term(place)))]
    lines += [
        (f"∂E/∂{sign('out')}", picked(moment.output_gradient(layer), place)),
        *_slope_lines(moment, layer, place),
        *_delta_lines(moment, layer, place),
    ]
    kind = network.layers[layer - 1].bias
    nets = nets_of(network, layer, place)
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
            (f"∂E/∂{name}", said(moment.gradient_of(alpha))),
        ]
    note = _note(view, layer, place)
    return [*lines, (tr("note"), note)] if note else lines


def _each_piece(moment: Moment, layer: int, unit: int, what: str, pair: tuple[Array, Mask]) -> Lines:
    """A number of each of a unit's net inputs; `what` alone where there is but one."""
    network = moment.record.problem.network
    if not network.layers[layer - 1].has_pieces:
        return [(what, picked(pair, unit))]
    texts = [picked(pair, net) for net in nets_of(network, layer, unit)]
    named = tr("{what} of piece {piece}")
    return [(named.format(what=what, piece=piece), text) for piece, text in enumerate(texts)]


def _net_lines(moment: Moment, layer: int, unit: int) -> Lines:
    """The net input; of a unit with pieces the net input of each, and which of them won."""
    network, pair = moment.record.problem.network, moment.net(layer)
    lines = _each_piece(moment, layer, unit, tr("net input"), pair)
    won, known = moment.won(layer)
    nets = nets_of(network, layer, unit)
    if not network.layers[layer - 1].has_pieces or not known[nets.start]:
        return lines
    told: Lines = []
    largest = float(np.max(pair[0][nets.start : nets.stop]))
    for net, (what, text) in zip(nets, lines, strict=True):
        share = float(won[net])
        if moment.example == MEAN and 0.0 < share < 1.0:
            text = tr("{value}, wins on {share} of the batch").format(value=text, share=f"{share:.0%}")
        elif share > 0.0:
            text = tr("{value}, wins").format(value=text)
        elif moment.example != MEAN and float(pair[0][net]) == largest:
            text = tr("{value}, as large as the first, which wins").format(value=text)
        told.append((what, text))
    return told


def _delta_lines(moment: Moment, layer: int, unit: int) -> Lines:
    slopes, known = moment.delta(layer)
    return _each_piece(moment, layer, unit, f"δ = {sign('∂E/∂net')}", (in_force().delta_of(slopes), known))


def _slope_lines(moment: Moment, layer: int, place: int) -> Lines:
    """∂out/∂net; where every output depends on the unit, the Jacobian entry of each, as far as they can be listed."""
    problem = moment.record.problem
    if problem.network.layers[layer - 1].has_pieces:
        return _each_piece(moment, layer, place, f"∂{sign('out')}/∂net", moment.slope(layer))
    names = problem.network.names(layer)
    if problem.activation_row(layer).elementwise or len(names) > _LONGEST_ROW:
        return [(f"∂{sign('out')}/∂net", picked(moment.slope(layer), place))]
    entries = moment.jacobian_row(layer, place)
    return [(f"∂{sign('out')} {name}/∂net {names[place]}", picked(entries, other)) for other, name in enumerate(names)]


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
        return tr("softmax and cross-entropy are taken as one: the product of ∂E/∂‹out› and the Jacobian is ‹out› - t")
    if not row.elementwise and len(problem.network.names(layer)) > _LONGEST_ROW:
        return tr("its ‹output› depends on every net input of the layer: ∂‹out›/∂net is the Jacobian's diagonal")
    if not row.elementwise:
        return tr("every ‹output› depends on its net input: ‹δ› is the sum of each ∂E/∂‹out› times its ∂‹out›/∂net")
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
    formula = {"graph": tr("leaf"), "surface": tr("variable")}.get(network.kind)
    lines: Lines = [(formula or kinds[type(element)], label or canonical)]
    if label and label != canonical and not formula:
        lines.append((tr("name"), canonical))
    if network.kind == "graph":
        lines.append((f"∂{_result(network)}/∂{label}", _leaf_formula(moment, element)))
    elif network.kind == "surface":
        lines.append((f"∂f/∂{label}", slope_text(record.problem, element)))
    elif isinstance(element, Weight):
        lines += [(tr("from"), network.names(element.layer - 1)[element.source]), (tr("to"), names[element.unit])]
        lines += [(tr("piece"), str(element.piece))] if element.piece is not None else []
    elif is_shared(network, element):
        lines.append((tr("shared by"), listed(names)))
    else:
        lines.append((tr("to") if isinstance(element, Bias) else tr("of"), names[element.unit]))
        if isinstance(element, Bias) and element.piece is not None:
            lines.append((tr("piece"), str(element.piece)))
    update = moment.update_of(element)
    lines += [
        (tr("value"), full(moment.read(record.parameters, element))),
        (tr("gradient"), said(moment.gradient_of(element))),
    ]
    if len(record.rows) > 1:
        examples = tr("{count} examples of the batch").format(count=len(record.rows))
        lines.append((tr("averaged over"), examples))
        if moment.example != MEAN:
            lines.append((tr("of {example}").format(example=view.example_text), said(_own_gradient(moment, element))))
    if network.gates is not None and not network.gates.learns:
        return [*lines, (tr("optimiser"), tr("none: the leaves stay as they are"))]
    new = moment.read(record.new_parameters, element) if update is not None else None
    lines += [(tr("update"), said(update)), (tr("new value"), said(new))]
    lines += _memory_lines(moment, element, update is not None)
    frozen = is_frozen(moment, element)
    return [*lines, (tr("frozen"), tr("yes, training leaves it as it is") if frozen else tr("no"))]


def _result(network: Network) -> str:
    """What the value of a formula is called."""
    return "f" if network.gates is None else network.gates.names[-1]


def _leaf_formula(moment: Moment, element: Parameter) -> str:
    """How the gradient of a leaf comes about."""
    order = moment.order
    step = next(step for step, node in enumerate(order.way_back) if order.node_element(node) == element)
    return WrittenGraph(moment.record).backward(step).formula.partition(" = ")[2]


def _gate_lines(moment: Moment, element: GateNode) -> Lines:
    """A gate's value and gradient, each with how it comes about."""
    graph, order = WrittenGraph(moment.record), moment.order
    there, back = order.gates.index(element.unit), order.way_back.index(element.unit)
    value, gradient = graph.forward(there), graph.backward(back)
    told = order.done(moment.cursor, "forward", "gate", 1) > there
    passed = order.done(moment.cursor, "backward", "gate", 1) > back
    lines = [(tr("gate"), value.formula), (tr("value"), said(value.value if told else None))]
    if told:
        lines.append((tr("in numbers"), value.calculation))
    left, _, formula = gradient.formula.partition(" = ")
    lines += [(left, formula), (tr("gradient"), said(gradient.gradient if passed else None))]
    if passed:
        lines.append((tr("in numbers"), gradient.calculation))
    return lines


def _variable_lines(view: Looked) -> Lines:
    """Both variables of a surface with their gradients, their updates, and what the optimiser remembers of them."""
    moment, lines = view.moment, list[tuple[str, str]]()
    for unit, name in enumerate(moment.record.problem.network.names(1)):
        element = Weight(1, unit, 0)
        update = moment.update_of(element)
        lines += [
            (name, full(moment.read(moment.record.parameters, element))),
            (f"∂f/∂{name}", said(moment.gradient_of(element))),
            (tr("update of {name}").format(name=name), said(update)),
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
        (tr(name.replace("_", " ")), said(moment.read(vectors[name], element) if updated else None))
        for name in names
    ]


def _own_gradient(moment: Moment, element: Parameter) -> float | None:
    """The gradient of the shown example's own loss, known together with the batch's."""
    if moment.gradient_of(element) is None:
        return None
    return own_gradient(moment.record, element, min(moment.example, len(moment.record.rows) - 1))
