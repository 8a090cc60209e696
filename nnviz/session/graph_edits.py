"""Another expression keeps what it has in common with the one before: the values of its leaves, the names of its gates.

Taking a gate apart, putting gates together and any other rewriting are edits of the expression's text, so each is
undone like any other edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from nnviz.engine.expression import Expression
from nnviz.engine.rewriting import text_of
from nnviz.session.computation_graph import LEAF, ComputationGraph, canonical_names, read_graph_expression

if TYPE_CHECKING:
    from nnviz.session.session import Session


def with_kept_leaves(session: Session, wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of an edit, and with another expression those of the leaves and gates that it shares with the old one.

    Leaves keep their present values; one that is new has 1.  Labels belong to what a gate computes, frozen leaves to
    their names.
    """
    document = session.document
    graph, text = document.graph, wanted.get("expression")
    if graph is None or not isinstance(text, str) or any(path.partition(".")[0] == "values" for path in wanted):
        return wanted
    expression = read_graph_expression(text, "expression")
    kept: dict[str, Any] = {}
    if expression.variables != graph.leaves:
        now = session.state.parameters(session.problem)[session.problem.blocks.order]
        before = dict(zip(graph.leaves, now.tolist(), strict=True))
        kept["values"] = {name: before.get(name, LEAF.default) for name in expression.variables}
        frozen = [name for name in document.raw.get("frozen", []) if name in expression.variables]
        if "frozen" in document.raw:
            kept["frozen"] = frozen
    if "labels" in document.raw:
        kept["labels"] = _labels_of(graph, expression, document.raw["labels"])
    return {**kept, **wanted}


def _labels_of(graph: ComputationGraph, after: Expression, labels: Mapping[str, str]) -> dict[str, str]:
    """The labels of gates that compute the same in another expression; the result's stays with the result."""
    before, names = graph.expression, canonical_names(graph.expression)
    meant = {text_of(before, place): labels[names[place]] for place in before.gates if names[place] in labels}
    found: dict[str, str] = {}
    canonical = canonical_names(after)
    for place in after.gates:
        label = meant.get(text_of(after, place))
        if place == len(after.nodes) - 1:
            label = label or labels.get(names[-1])
        if label is not None and label not in found.values() and label not in after.variables:
            found[canonical[place]] = label
    return found
