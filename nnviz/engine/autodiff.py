"""One walk forward evaluates a graph, one walk back differentiates it.

`wire` writes both walks as lists of calls on arrays that somebody provides: a plan gives it one flat arena,
`evaluate` gives it fresh arrays.  Nothing else in nnviz computes a pass.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from nnviz.engine import activations
from nnviz.engine.calls import Array, Call, run
from nnviz.engine.graph import Graph, Leaf, Node
from nnviz.engine.ops import OPERATIONS, Site

Allocate = Callable[[str, tuple[int, ...]], Array]


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
) -> Wiring:
    """Writes the calls of one pass of `graph` over `examples` examples.

    `leaves` gives the whole array of each leaf: inputs and targets (units [+ 1], examples), blocks (rows, columns),
    and for each differentiated block the array of its gradient under the name `∂` + name.  `allocate(name, shape)`
    provides every other array.  With `average_early` the deltas are divided by the number of examples before the
    parameter gradients are formed, else the caller divides the gradients.
    """
    wiring = Wiring()
    needed = graph.differentiated if differentiate else frozenset()
    for leaf in graph.leaves:
        wiring.wholes[leaf.name] = leaves[leaf.name]
        wiring.values[leaf.name] = leaves[leaf.name][: leaf.rows]
        if leaf.name in needed:
            wiring.gradients[leaf.name] = leaves["∂" + leaf.name]
    computed = [node for node in graph.nodes if node.units or differentiate]
    _allocate_nodes(wiring, graph, computed, needed, examples, allocate)
    widest = max((node.units for node in computed), default=1)
    work, total = allocate("work", (widest, examples)), allocate("total", (examples,))
    sites: list[tuple[Node, Site]] = []
    for node in computed:
        upstream = wiring.gradients.get(node.name, work[: node.units])
        averaged = upstream
        if average_early and node.operation == "affine" and node.name in needed:
            averaged = allocate("averaged " + node.name, (node.units, examples))
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
    for node, site in sites:
        wiring.forward += [(node.name, call) for call in OPERATIONS[node.operation].forward(site)]
    if differentiate:
        for node, site in reversed(sites):
            if node.name in needed and _reached(graph, node):
                if site.averaged is not site.upstream:
                    share = np.array(1.0 / examples)
                    wiring.backward.append((node.name, (np.multiply, (site.upstream, share, site.averaged))))
                wiring.backward += [(node.name, call) for call in OPERATIONS[node.operation].backward(site)]
    return wiring


def _allocate_nodes(
    wiring: Wiring, graph: Graph, computed: list[Node], needed: frozenset[str], examples: int, allocate: Allocate
) -> None:
    """Kind by kind, so that outputs lie side by side in memory, and so do slopes, net inputs and gradients."""
    inner = [node for node in computed if node.units]
    acting = [node for node in inner if node.operation != "affine"]
    for node in acting:
        whole = allocate(node.name, (node.units + node.ones, examples))
        wiring.wholes[node.name], wiring.values[node.name] = whole, whole[: node.units]
        if node.ones:
            wiring.prepare.append((whole[node.units].fill, (1.0,)))
    for node in acting:
        if node.name in needed and _reached(graph, node):
            wiring.slopes[node.name] = allocate("slope " + node.name, (node.units, examples))
    for node in inner:
        if node.operation == "affine":
            wiring.wholes[node.name] = wiring.values[node.name] = allocate(node.name, (node.units, examples))
    for group in (acting, [node for node in inner if node.operation == "affine"]):
        for node in group:
            if node.name in needed and (_reached(graph, node) or node.operation == "affine"):
                wiring.gradients[node.name] = allocate("∂" + node.name, (node.units, examples))
    for node in computed:
        if not node.units:
            wiring.wholes[node.name] = wiring.values[node.name] = allocate(node.name, ())
    for name, slope in wiring.slopes.items():
        node = graph.by_name[name]
        row = activations.TABLE.get(node.operation) if isinstance(node, Node) else None
        if row is not None and isinstance(node, Node) and row.constant_slope:
            wiring.prepare += row.slope(wiring.values[node.inputs[0]], wiring.values[name], slope, node.options)


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
    wiring = wire(graph, whole, examples, lambda name, shape: np.empty(shape), differentiate=False)
    run(wiring.prepare)
    run(call for name, call in wiring.forward)
    return wiring.values


def with_ones(leaf: Leaf, rows: Array) -> Array:
    """Inputs of shape (examples, units) as the graph reads them: unit-major, with the row of ones where asked."""
    whole = np.ones((len(rows), leaf.rows + leaf.ones))
    whole[:, : leaf.rows] = rows
    return whole.T
