"""One walk forward evaluates a graph, one walk back differentiates it.

`wire` writes both walks as lists of calls on arrays that somebody provides: a plan gives it one flat arena,
`evaluate` gives it fresh arrays.  Nothing else in nnviz computes a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np

from nnviz.engine.calls import Array, Call, aligned_zeros, constant, run
from nnviz.engine.graph import Graph, Leaf, Node
from nnviz.engine.ops import OPERATIONS, Site

Allocate = Callable[[Mapping[str, int], int], Array]


@dataclass
class Wiring:
    """The arrays of one pass by node name, and the calls that fill them.

    `values` has every result without its row of ones, `wholes` with it; `slopes` f'(net) by activation node,
    `gradients` ∂E/∂node of each example's own loss, and of parameter blocks the mean over the examples.
    """

    values: dict[str, Array] = field(default_factory=dict)
    wholes: dict[str, Array] = field(default_factory=dict)
    slopes: dict[str, Array] = field(default_factory=dict)
    gradients: dict[str, Array] = field(default_factory=dict)
    prepare: list[Call] = field(default_factory=list)
    forward: list[tuple[str, Call]] = field(default_factory=list)     # (node name, call)
    backward: list[tuple[str, Call]] = field(default_factory=list)


def wire(
    graph: Graph,
    leaves: Mapping[str, Array],
    examples: int,
    allocate: Allocate,
    differentiate: bool = True,
    average_early: bool = False,
    dtype: type = np.float64,
) -> Wiring:
    """Writes the calls of one pass of `graph` over `examples` examples.

    `leaves` gives the whole array of each leaf: inputs and targets (units [+ 1], examples), blocks (rows, columns),
    and for each differentiated block the array of its gradient under the name `∂` + name.  `allocate(rows, columns)`
    provides the arrays of all results and gradients: one for several names, whose rows lie one after the other.
    With `average_early` the deltas are divided by the number of examples before the parameter gradients are formed,
    else the caller divides the gradients.  `dtype` is that of the results, complex for a complex step.
    """
    wiring = Wiring()
    needed = graph.differentiated if differentiate else frozenset()
    for leaf in graph.leaves:
        wiring.wholes[leaf.name] = leaves[leaf.name]
        wiring.values[leaf.name] = leaves[leaf.name][: leaf.rows]
        if leaf.name in needed:
            wiring.gradients[leaf.name] = leaves["∂" + leaf.name]
    computed = [node for node in graph.nodes if node.units or differentiate]
    slopes = _allocate_nodes(wiring, graph, computed, needed, examples, allocate)
    sites = _sites(wiring, graph, computed, needed, examples, average_early, dtype)
    for node, site in sites:
        wiring.forward += [(node.name, call) for call in OPERATIONS[node.operation].forward(site)]
    if differentiate:
        wiring.backward += slopes
        for node, site in reversed(sites):
            if node.name in needed and _reached(graph, node):
                if site.averaged is not site.upstream:
                    share = constant(1.0 / examples)
                    wiring.backward.append((node.name, (np.multiply, (site.upstream, share, site.averaged))))
                wiring.backward += [(node.name, call) for call in OPERATIONS[node.operation].backward(site)]
    return wiring


def _sites(
    wiring: Wiring, graph: Graph, computed: list[Node], needed: frozenset[str], examples: int, average_early: bool,
    dtype: type,
) -> list[tuple[Node, Site]]:
    """Where each node's numbers lie; what is worked in and then forgotten is allocated here."""
    widest = max((node.units for node in computed), default=1)
    work: Array = np.empty((widest, examples), dtype)
    total: Array = np.empty(examples, dtype)
    sites: list[tuple[Node, Site]] = []
    parameters = {leaf.name for leaf in graph.parameters}
    for node in computed:
        upstream = wiring.gradients.get(node.name, work)[: node.units]
        averaged = upstream
        if average_early and node.name in needed and parameters.intersection(node.inputs):
            averaged = np.empty((node.units, examples))
        sites.append((node, Site(
            node=node,
            inputs=tuple(wiring.values[name] for name in node.inputs),
            wholes=tuple(wiring.wholes[name] for name in node.inputs),
            output=wiring.values[node.name],
            slope=wiring.slopes.get(node.name, work[: node.units]),
            gradients=tuple(wiring.gradients.get(name) if name in needed else None for name in node.inputs),
            upstream=upstream,
            averaged=averaged,
            work=work[: node.units or graph_outputs(graph)],
            total=total,
        )))
    return sites


def _allocate_nodes(
    wiring: Wiring, graph: Graph, computed: list[Node], needed: frozenset[str], examples: int, allocate: Allocate
) -> list[tuple[str, Call]]:
    """Provides all that a pass leaves behind, kind by kind; returns the calls that write the slopes.

    The outputs of neighbouring layers with the same activation are the rows of one array, and so are their slopes:
    two calls do for all of them.
    """
    affine = [node for node in computed if node.operation == "affine"]
    acting = [node for node in computed if node.units and node.operation != "affine"]
    slopes: list[tuple[str, Call]] = []
    reading: list[Node] = []
    for (operation, _), group in groupby(acting, key=lambda node: (node.operation, sorted(node.options.items()))):
        alike = list(group)
        rows = {node.name: node.units + node.ones for node in alike}
        outputs = allocate(rows, examples)
        differentiated = [node for node in alike if node.name in needed and _reached(graph, node)]
        length, start = sum(rows[node.name] for node in differentiated), 0
        row = OPERATIONS[operation]
        pieces = row.pieces(alike[0].options)
        local = aligned_zeros(pieces * length * examples) if length else np.empty(0)
        local = local.reshape(pieces * length, examples)
        for node in alike:
            whole = outputs[start : start + rows[node.name]]
            wiring.wholes[node.name], wiring.values[node.name] = whole, whole[: node.units]
            if node.ones:
                wiring.prepare.append((whole[node.units].fill, (1.0,)))
            if node in differentiated:
                wiring.slopes[node.name] = local[pieces * start : pieces * (start + node.units)]
            start += rows[node.name]
        if length and row.slope is not None:
            if row.reads_net(alike[0].options):
                reading += differentiated
            else:
                calls = row.slope(outputs[:length], outputs[:length], local, alike[0].options)
                slopes += [(differentiated[-1].name, call) for call in calls]
        if length and row.constant_slope is not None:
            wiring.prepare += row.constant_slope(outputs[:length], outputs[:length], local, alike[0].options)
    for node in affine:
        wiring.wholes[node.name] = wiring.values[node.name] = allocate({node.name: node.units}, examples)
    for node in reading:
        row, net = OPERATIONS[node.operation], wiring.values[node.inputs[0]]
        assert row.slope is not None
        learned = {row.learned: wiring.values[node.inputs[1]]} if row.learned else {}
        options = {**node.options, **learned}
        calls = row.slope(net, wiring.values[node.name], wiring.slopes[node.name], options)
        slopes += [(node.name, call) for call in calls]
    for node in (*acting, *affine):
        if node.name in needed and _reached(graph, node):
            wiring.gradients[node.name] = allocate({"∂" + node.name: node.units + node.ones}, examples)
    for node in computed:
        if not node.units:
            wiring.wholes[node.name] = wiring.values[node.name] = allocate({node.name: 1}, 1).reshape(())
    return slopes


def _reached(graph: Graph, node: Node) -> bool:
    """False for the output of an activation that its loss is fused with: the gradient goes past it to the logits."""
    loss = graph.nodes[-1]
    return not (loss.attributes.get("fused") == "yes" and node.name == loss.inputs[1])


def graph_outputs(graph: Graph) -> int:
    """How many outputs the loss looks at."""
    targets = next(leaf for leaf in graph.leaves if leaf.kind == "targets")
    return targets.rows


def evaluate(graph: Graph, leaves: Mapping[str, Array], examples: int) -> dict[str, Array]:
    """The value of every node but the loss, on fresh arrays; nothing is kept."""
    whole = {**leaves}
    for leaf in graph.leaves:
        if leaf.kind == "targets" and leaf.name not in whole:
            whole[leaf.name] = np.empty((leaf.rows, 0))
    fresh: Allocate = lambda rows, columns: np.empty((sum(rows.values()), columns))  # noqa: E731
    wiring = wire(graph, whole, examples, fresh, differentiate=False)
    run(wiring.prepare)
    run(call for name, call in wiring.forward)
    return wiring.values


def with_ones(leaf: Leaf, rows: Array) -> Array:
    """Inputs of shape (examples, units) as the graph reads them: unit-major, with the row of ones where asked."""
    whole = np.ones((len(rows), leaf.rows + leaf.ones))
    whole[:, : leaf.rows] = rows
    return whole.T
