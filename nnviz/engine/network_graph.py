"""A network written out as a graph: per layer one node for the net inputs and one for the outputs, then the loss.

Names: `x` the inputs, `t` the targets, `P1` the block of layer 1, `A1` what its activation learns,
`net1` and `out1` its results, `loss`.
"""

from __future__ import annotations

from nnviz.engine import activations, losses
from nnviz.engine.graph import Graph, Leaf, Node
from nnviz.engine.network import Choice, Network
from nnviz.engine.ops import FORMULA


def write_graph(network: Network) -> Graph:
    """The graph of one training pass of `network`."""
    sizes, layers = network.sizes, network.layers
    biased = [layer.bias != "none" for layer in layers]
    leaves = [Leaf("x", "inputs", sizes[0], ones=biased[0]), Leaf("t", "targets", sizes[-1])]
    nodes: list[Node] = []
    for number, layer in enumerate(layers, start=1):
        before, units, nets = sizes[number - 1], sizes[number], network.net_sizes[number]
        leaves.append(Leaf(f"P{number}", "parameters", nets, before + biased[number - 1]))
        source = "x" if number == 1 else f"out{number - 1}"
        group = f"layer {number}"
        nodes.append(
            Node(f"net{number}", "affine", (f"P{number}", source), nets, attributes={"bias": layer.bias}, group=group)
        )
        inputs: tuple[str, ...] = (f"net{number}",)
        learned = network.array(f"alpha{number}")
        if learned is not None:
            leaves.append(Leaf(f"A{number}", "parameters", learned.size, 1))
            inputs += (f"A{number}",)
        feeds_bias = number < len(layers) and biased[number]
        nodes.append(
            Node(
                f"out{number}", layer.activation.name, inputs, units,
                options=option_values(layer.activation), ones=feeds_bias, group=group,
            )
        )
    last = len(layers)
    fused = losses.row(network.loss.name, layers[-1].units, network.ties).is_fused(layers[-1].activation.name)
    operation = network.loss.name if network.loss.name in losses.TABLE else FORMULA
    attributes = {"fused": "yes" if fused else "no", "loss": network.loss.name}
    if operation == FORMULA:
        attributes |= {"variables": " ".join(layers[-1].units), "ties": network.ties}
    inputs = (f"net{last}", f"out{last}", "t")
    nodes.append(Node("loss", operation, inputs, 0, dict(network.loss.options), attributes, group="loss"))
    return Graph(tuple(leaves), tuple(nodes))


def option_values(choice: Choice) -> dict[str, float]:
    """The options of a chosen activation, with the table's defaults filled in."""
    return {**activations.TABLE[choice.name].defaults, **dict(choice.options)}
