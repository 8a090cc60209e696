"""Another formula for an open graph: leaves of the same name keep their values, gates that are the same their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnviz.engine.expression import Expression
from nnviz.engine.rewriting import text_of
from nnviz.session.computation_graph import LEAF, canonical_names, read_graph_expression
from nnviz.session.document import Document


def formula_edit(document: Document, text: str, values: Mapping[str, float]) -> dict[str, Any]:
    """The values of the document that make `text` its formula; `values` are what leaves have now, by name.

    A leaf that is new is 1.  A lesson's name for a gate goes with the gates that lead to it, the result's stays.
    """
    assert document.graph is not None, "only a computation graph has a formula of leaves"
    expression = read_graph_expression(text)
    edit: dict[str, Any] = {
        "expression": text, "values": {name: values.get(name, LEAF.default) for name in expression.variables}}
    labels = dict(document.raw.get("labels", {}))
    if labels:
        edit["labels"] = carried_labels(document.graph.expression, labels, expression)
    frozen = document.raw.get("frozen", [])
    if frozen:
        edit["frozen"] = [name for name in frozen if name in expression.variables]
    return edit


def carried_labels(before: Expression, labels: Mapping[str, str], after: Expression) -> dict[str, str]:
    """The names of gates for another formula.

    >>> from nnviz.engine.expression import read_graph
    >>> carried_labels(read_graph("(x + y)*z"), {"g1": "q", "f": "y1"}, read_graph("a*b + (x + y)"))
    {'g2': 'q', 'f': 'y1'}
    """
    names = canonical_names(before)
    meant = {text_of(before, place): labels[names[place]] for place in before.gates if names[place] in labels}
    result = labels.get("f", "")
    found: dict[str, str] = {}
    for place, name in zip(after.gates, (canonical_names(after)[place] for place in after.gates), strict=True):
        label = result if place == len(after.nodes) - 1 else meant.get(text_of(after, place), "")
        if label and label not in after.variables and label not in found.values():
            found[name] = label
    return found
