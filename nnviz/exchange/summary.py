"""What a document is, in a few lines for a terminal: its network, its examples, and what is done to their inputs."""

from __future__ import annotations

from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.report.inputs import fitted_lines
from nnviz.session.session import Session
from nnviz.words import counted, tr


def summary(session: Session) -> str:
    """Lines of `name: value`, then a table of the numbers that the scaling was fitted to where there are any."""
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
