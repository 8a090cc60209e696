"""What a document is, in a few lines for a terminal: its network, its examples, and what is done to their inputs; the
formula of its surface, and where the descent begins; or that of its graph, and the values of its leaves."""

from __future__ import annotations

from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine.gates import TIES
from nnviz.engine.losses import VARIABLES
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.report.inputs import fitted_lines
from nnviz.report.numbers import full
from nnviz.session.computation_graph import ComputationGraph
from nnviz.session.session import Session
from nnviz.session.surface import Surface
from nnviz.words import counted, tr


def summary(session: Session) -> str:
    """Lines of `name: value`; of a network, then a table of the numbers that the scaling was fitted to, if any."""
    if session.document.graph is not None:
        return _of_graph(session, session.document.graph)
    return _of_network(session) if session.document.surface is None else _of_surface(session, session.document.surface)


def _of_graph(session: Session, graph: ComputationGraph) -> str:
    """The formula, its leaves with their values, what it comes to, and what would move them."""
    document, done = session.document, session.updates_done
    place = zip(graph.leaves, session.parameters_now().tolist(), strict=True)
    row = OPTIMISERS[document.optimiser.name]
    optimiser = tr("{optimiser}, learning rate {rate}").format(
        optimiser=tr(row.label), rate=full(document.learning_rate)) if graph.learns else tr("none: the leaves stay")
    lines = [
        (tr("graph"), document.name or tr("untitled")),
        (graph.names[-1], graph.expression.text),
        (tr("leaves after step {step}").format(step=done) if done and graph.learns else tr("leaves"),
         ", ".join(f"{name} = {full(value)}" for name, value in place)),
        (tr("gates"), str(len(graph.expression.gates))),
        (tr("result"), full(session.record.loss)),
        (tr("equal inputs of max and min"), tr(TIES[graph.expression.ties].label)),
        (tr("optimiser"), optimiser),
    ]
    return "\n".join(f"{what}: {text}" for what, text in lines)


def _of_surface(session: Session, surface: Surface) -> str:
    """What the function is, where the descent begins and how it goes."""
    document, done = session.document, session.updates_done
    place = zip(VARIABLES, session.parameters_now().tolist(), strict=True)
    examples = tr("one, the surface itself")
    if surface.noise:
        examples = tr("{count}, each shifts x and y by numbers drawn with standard deviation {noise}").format(
            count=len(session.segment.data.inputs), noise=full(surface.noise))
    lines = [
        (tr("surface"), document.name or tr("untitled")),
        ("f(x, y)", surface.expression.text),
        (tr("point after step {step}").format(step=done) if done else tr("start"),
         ", ".join(f"{name} = {full(value)}" for name, value in place)),
    ]
    if surface.view is not None:
        shown = zip(VARIABLES, surface.view, strict=True)
        text = tr("{name} from {low} to {high}")
        lines.append((tr("map"), ", ".join(
            text.format(name=name, low=full(low), high=full(high)) for name, (low, high) in shown)))
    optimiser = tr("{optimiser}, learning rate {rate}").format(
        optimiser=tr(OPTIMISERS[document.optimiser.name].label), rate=full(document.learning_rate))
    lines += [(tr("examples"), examples), (tr("optimiser"), optimiser)]
    return "\n".join(f"{what}: {text}" for what, text in lines)


def _of_network(session: Session) -> str:
    document, data, network = session.document, session.segment.data, session.problem.network
    lines = [
        (tr("network"), document.name or tr("untitled")),
        (tr("units per layer"), "-".join(str(size) for size in network.sizes)),
        (tr("parameters"), str(network.parameter_count)),
        (tr("data"), source_text(session)),
        (tr("examples"), tr("{train} to train on, {test} to test").format(
            train=len(data.inputs), test=len(data.test_inputs))),
    ]
    if data.preparation.features:
        lines.append((tr("engineered inputs"), ", ".join(data.preparation.features)))
    row = SCALINGS[document.scaling.name]
    lines.append((tr("scaling"), f"{tr(row.label)}, {tr(row.formula)}" if row.formula else tr(row.label)))
    table = fitted_lines(network.inputs, data)
    if table:
        text = counted(len(data.inputs), "fitted on {count} training example", "fitted on {count} training examples")
        lines.append((tr("its numbers"), text))
    widths = [max(len(row[column]) for row in table) for column in range(len(table[0]))] if table else []
    cells = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table]
    return "\n".join([*(f"{what}: {text}" for what, text in lines), *(f"  {row}" for row in cells)])


def source_text(session: Session) -> str:
    """Where the examples come from: the name of a bundled set, the file, or the document itself."""
    source = session.document.data
    if source.choice is not None:
        return tr(DATA_SETS[source.choice.name].label)
    if source.file is not None:
        return ", ".join(source.file.files())
    return tr("written into the document")
