"""Calculus as a table: what an operation computes, and how it passes a gradient back.

Each row of `OPERATIONS` writes its calls for given arrays.  Passing back is always the same sentence:
gradient = local gradient × upstream gradient, added up where a result is used more than once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from nnviz.engine import activations, losses
from nnviz.engine.calls import Array, Call
from nnviz.engine.graph import Node

FORMULA = "formula"       # the operation of a loss that is a formula of its own
Slope = Callable[[Array, Array, Array, Mapping[str, Any]], list[Call]]


@dataclass(frozen=True)
class Site:
    """Where one node's numbers lie. `wholes` are the inputs with their row of ones, where they have one.

    `gradients` holds ∂E/∂input for each input, with a row for the ones where the input has one, None where nobody
    asks.  `upstream` is ∂E/∂output, `averaged` the same divided by the number of examples where the plan wants it
    so (else the same array).
    """

    node: Node
    inputs: tuple[Array, ...]
    wholes: tuple[Array, ...]
    output: Array
    slope: Array
    gradients: tuple[Array | None, ...]
    upstream: Array
    averaged: Array
    work: Array
    total: Array


@dataclass(frozen=True)
class Operation:
    """One kind of node: `forward` writes the output, `backward` writes the gradients of the inputs.

    `slope(nets, outputs, slopes, options)` writes the local gradient first, where it varies from element to element;
    layers that follow each other with the same operation do it in one go, unless `reads_net(options)`.
    """

    name: str
    formula: str
    forward: Callable[[Site], list[Call]]
    backward: Callable[[Site], list[Call]]
    slope: Slope | None = None
    reads_net: Callable[[Mapping[str, float]], bool] = lambda options: False
    pieces: Callable[[Mapping[str, float]], int] = lambda options: 1     # rows of the first input for one of the output
    learned: str = ""                        # the option that the second input of the node stands for
    constant_slope: Slope | None = None      # where it is the same for every step: written once, beforehand


def _affine_forward(site: Site) -> list[Call]:
    """net = W x + b: the bias is the last column of the block, the weight of a constant input of 1."""
    return [(site.inputs[0].dot, (_seen(site), site.output))]


def _affine_backward(site: Site) -> list[Call]:
    """∂E/∂W = δ xᵀ and ∂E/∂x = Wᵀ δ; a bias shared by its layer gets the sum over the units."""
    block = site.inputs[0]
    block_gradient, input_gradient = site.gradients
    calls: list[Call] = []
    if block_gradient is not None:
        calls.append((site.averaged.dot, (_seen(site).T, block_gradient)))
        if site.node.attributes["bias"] == "shared":
            total, biases = np.empty(()), block_gradient[:, -1]
            calls += [(np.add.reduce, (biases, 0, None, total)), (np.copyto, (biases, total))]
    if input_gradient is not None:
        calls.append((block.T.dot, (site.upstream, input_gradient)))
    return calls


def _seen(site: Site) -> Array:
    """The inputs as the block sees them: with the row of ones where there is a bias."""
    return site.inputs[1] if site.node.attributes["bias"] == "none" else site.wholes[1]


def _activation(row: activations.Activation) -> Operation:
    def options(site: Site) -> Mapping[str, Any]:
        return {**site.node.options, row.learned: site.inputs[1]} if row.learned else site.node.options

    def forward(site: Site) -> list[Call]:
        return row.forward(site.inputs[0], site.output, options(site), site.total)

    def backward(site: Site) -> list[Call]:
        delta = site.gradients[0]
        calls = [] if delta is None else row.backward(site.upstream, site.slope, site.output, delta, site.total)
        if row.learned_slope is None or site.gradients[1] is None:
            return calls
        local, gradient = site.work, site.gradients[1]
        calls += row.learned_slope(site.inputs[0], site.output, local, options(site))
        calls.append((np.multiply, (local, site.averaged, local)))
        if len(gradient) == 1:
            return [*calls, (np.add.reduce, (local.reshape(-1), 0, None, gradient.reshape(())))]
        return [*calls, (np.add.reduce, (local, 1, None, gradient.reshape(-1)))]

    varies = row.elementwise and not row.constant_slope
    return Operation(
        row.name, row.formula, forward, backward,
        row.slope if varies else None, row.reads_net, row.pieces, row.learned,
        row.slope if row.constant_slope else None,
    )


def _loss(name: str, formula: str) -> Operation:
    """Inputs: net, output, target. The loss and its gradient are written together, so `backward` has nothing left."""

    def forward(site: Site) -> list[Call]:
        net, output, target = site.inputs
        attributes = site.node.attributes
        row = losses.TABLE[name] if name != FORMULA else losses.row(
            attributes["loss"], tuple(attributes["variables"].split()), attributes["ties"])
        chosen = row.with_options(site.node.options)
        delta, upstream = site.gradients[0], site.gradients[1]
        fused = row.fused_calls is not None and site.node.attributes["fused"] == "yes"
        calls = row.fused_calls if fused and row.fused_calls is not None else row.calls
        spare = site.work if delta is None else delta[: len(output)]
        place = losses.LossSite(
            net, output, target, site.work if upstream is None else upstream, spare, site.output, site.work, site.total
        )
        return calls(place, chosen)

    return Operation(name, formula, forward, lambda site: [])


OPERATIONS: dict[str, Operation] = {
    "affine": Operation("affine", "net = Σ w·x + b", _affine_forward, _affine_backward),
    **{row.name: _activation(row) for row in activations.TABLE.values()},
    **{row.name: _loss(row.name, row.formula) for row in losses.TABLE.values()},
    FORMULA: _loss(FORMULA, "f(x, y)"),
}
