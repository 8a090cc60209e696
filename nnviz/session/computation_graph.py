"""A computation graph is a formula taken apart: every operation is a gate, and every name in it a leaf with a value.

To the engine it is a network whose weights are the leaves, each from a constant input of 1 to a unit that hands it on,
and whose loss is the formula.  So whatever works on a network's parameters, its loss and its training works on a
graph, too; what the document says of it is read here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from nnviz.engine.expression import LONGEST_GRAPH, Expression, Operation, Variable, read_graph
from nnviz.engine.gates import DEFAULT_TIES, FUNCTIONS, TIES
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.network import Choice, Gates, Layer, Network
from nnviz.engine.options import Option
from nnviz.errors import DocumentRefused, FormulaRefused
from nnviz.session.checks import a_name, a_number, a_row_name, a_text, an_object, join, refuse_unknown, shortened
from nnviz.session.parts import Arrays, DataSource
from nnviz.words import tr

LEAF = Option(1.0)          # the value of a leaf; where a document gives none at all, and of one that is new
NO_OPTIMISER = "none"
FARTHEST = 3.0              # of a leaf that is drawn at random
#: What a new graph is, until another formula is written: the lecture's first one.
NEW_GRAPH: Mapping[str, Any] = MappingProxyType({
    "format": "nnviz", "version": 1, "kind": "graph", "expression": "(x + y) * z", "values": {"x": -2, "y": 5, "z": -4},
})


@dataclass(frozen=True)
class ComputationGraph:
    """The formula as it is read, with its rule for ties, and what its nodes are called, "" for a number.

    `learns` says whether the document has an optimiser, which moves the leaves.
    """

    expression: Expression
    names: tuple[str, ...]
    learns: bool = False

    @property
    def leaves(self) -> tuple[str, ...]:
        """The names in the formula, in the order in which they first appear."""
        return self.expression.variables

    def draw_values(self, seed: int) -> dict[str, float]:
        """Random values of the leaves."""
        generator = np.random.default_rng(seed)
        return {name: round(generator.uniform(-FARTHEST, FARTHEST), 2) for name in self.leaves}


def read_graph_fields(tree: Mapping[str, Any]) -> dict[str, Any]:
    """What a document has of its own that is a graph: its network, its leaves, its one example."""
    graph = read_computation_graph(tree)
    return {
        "graph": graph,
        "network": graph_network(graph),
        "parameters": read_leaf_values(tree["values"], "values", graph.leaves) if "values" in tree else None,
        "labels": leaf_labels(graph),
        "frozen": read_frozen_leaves(tree.get("frozen", []), "frozen", graph),
        "data": graph_data(graph),
    }


def read_computation_graph(tree: Mapping[str, Any]) -> ComputationGraph:
    """Expression, rule for ties, names of gates; and whether there is an optimiser."""
    ties = a_row_name(tree.get("ties", DEFAULT_TIES), "ties", TIES, "rule for ties")
    expression = read_graph_expression(a_text(tree["expression"], "expression", LONGEST_GRAPH), "expression", ties)
    labels = _read_labels(tree.get("labels", {}), "labels", expression)
    return ComputationGraph(expression, node_names(expression, labels), "optimiser" in tree)


def read_graph_expression(text: str, where: str = "", ties: str = DEFAULT_TIES) -> Expression:
    """The formula of a graph; `FormulaRefused` points at the character where it is none."""
    try:
        expression = read_graph(text, ties)
    except FormulaRefused as refusal:
        raise FormulaRefused(refusal.what, where, refusal.hint, refusal.character) from None
    if not expression.variables:
        said = tr("{formula!r} has no names in it, so there is nothing that a gradient could be for")
        hint = tr("Write a formula like (x + y) * z")
        raise FormulaRefused(said.format(formula=shortened(text, 60)), where, hint)
    return expression


def canonical_names(expression: Expression) -> tuple[str, ...]:
    """What nodes are called where nobody says otherwise: leaves by their names, gates g1, g2, ..., the result f.

    >>> canonical_names(read_graph("(x + y) * z"))
    ('x', 'y', 'g1', 'z', 'f')
    """
    taken, names, gates = set(expression.variables), [], 0
    for place, node in enumerate(expression.nodes):
        name = node.name if isinstance(node, Variable) else ""
        if isinstance(node, Operation):
            gates += 1
            name = "f" if place == len(expression.nodes) - 1 else f"g{gates}"
            while name in taken:
                name += "_"
        names.append(name)
    return tuple(names)


def node_names(expression: Expression, labels: Mapping[str, str]) -> tuple[str, ...]:
    """What nodes are called; `labels` go from canonical names of gates to a lesson's own."""
    return tuple(labels.get(name, name) for name in canonical_names(expression))


def _read_labels(value: object, where: str, expression: Expression) -> dict[str, str]:
    """The names that a lesson has for gates, by `g1`, `g2`, ... and `f`."""
    canonical = canonical_names(expression)
    gates = [canonical[place] for place in expression.gates]
    given = an_object(value, where)
    labels: dict[str, str] = {}
    for key, text in given.items():
        if key in expression.variables:
            hint = tr("Write another name into the expression")
            raise DocumentRefused(tr("a leaf is called by its name in the expression"), join(where, key), hint)
        if key not in gates:
            raise refuse_unknown("gate", key, gates, where)
        labels[key] = _gate_name(text, join(where, key))
    taken: dict[str, str] = {}
    for name in (labels.get(name, name) for name in canonical if name):
        if name in taken:
            raise DocumentRefused(tr("the name {name!r} stands there twice").format(name=name), where)
        taken[name] = name
    return labels


def _gate_name(text: object, where: str) -> str:
    name = a_name(text, where)
    if not name.isidentifier() or name in FUNCTIONS:
        said = tr("must be a name like q or g_1, not {name!r}").format(name=shortened(name, 40))
        raise DocumentRefused(said, where)
    return name


def graph_network(graph: ComputationGraph) -> Network:
    """The network whose weights are the leaves and whose loss is the formula."""
    layer = Layer(graph.leaves, Choice("identity"), Choice("constant", (("value", LEAF.default),)), "none")
    text = graph.expression.text
    text = f"({text})" if text in LOSSES else text      # a leaf may be called like a loss
    gates = Gates(graph.names, graph.expression.ties, graph.learns)
    return Network(("1",), (layer,), Choice(text), "graph", gates)


def leaf_labels(graph: ComputationGraph) -> Mapping[str, str]:
    """The leaves' names by those of the weights that they are."""
    return MappingProxyType({f"W1[{unit},0]": name for unit, name in enumerate(graph.leaves)})


def graph_data(graph: ComputationGraph) -> DataSource:
    """One example, which leaves the formula as it is."""
    return DataSource(None, np.ones((1, 1)), np.zeros((1, len(graph.leaves))))


def read_leaf_values(value: object, where: str, leaves: tuple[str, ...]) -> Arrays:
    """`{"x": 1, "y": 2}` as the weights that it is; a leaf that is missing or unknown is refused."""
    tree = an_object(value, where)
    for key in tree:
        if key not in leaves:
            raise refuse_unknown("leaf", key, leaves, where)
    for name in leaves:
        if name not in tree:
            hint = tr('Write a number for it: "{name}": 1').format(name=shortened(name, 40))
            raise DocumentRefused(tr("the leaf {name!r} has no value").format(name=shortened(name, 40)), where, hint)
    weights = np.array([[a_number(tree[name], join(where, name), LEAF)] for name in leaves], dtype=np.float64)
    weights.flags.writeable = False
    return MappingProxyType({"W1": weights})


def read_frozen_leaves(value: object, where: str, graph: ComputationGraph) -> tuple[str, ...]:
    """The parameters that stay as they are: the leaves that are named; all of them where there is no optimiser."""
    if not isinstance(value, list):
        raise DocumentRefused(tr("must be a list of leaves"), where)
    names = [a_name(name, f"{where}.{number}") for number, name in enumerate(value)]
    for number, name in enumerate(names):
        if name not in graph.leaves:
            raise refuse_unknown("leaf", name, graph.leaves, f"{where}.{number}")
    return tuple(f"W1[{unit},0]" for unit, name in enumerate(graph.leaves) if not graph.learns or name in names)
