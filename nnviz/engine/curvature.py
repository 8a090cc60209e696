"""K-FAC: a step that knows how the loss bends, for the price of two small matrices a layer.

Martens and Grosse, 2015.  With a the inputs of a dense layer (1 for the bias among them) and δ = ∂E/∂net, the natural
gradient asks for the inverse of the Fisher matrix E[vec(δaᵀ) vec(δaᵀ)ᵀ].  What is approximated here:

- layers do not know of each other (block diagonal);
- a layer's block is taken for the product A ⊗ G of A = E[a aᵀ] and G = E[δ δᵀ], as if inputs and δ were independent;
- δ are those of the data's own targets (the empirical Fisher), not of targets drawn from the model;
- A and G are those of the present batch alone, without an average over batches before: take large batches;
- damping λ: A + π√λ I and G + √λ/π I take the place of A and G, with π² = (tr A / inputs) / (tr G / units).

A bias that its layer shares has a block of one number.  What is no weight or bias of a dense layer gets its gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from nnviz.engine.calls import Array


@dataclass(frozen=True)
class DensePass:
    """What a dense layer saw in a pass: its `inputs` (inputs [+ 1], examples), a row of ones where it has a bias,
    and its `deltas` (units, examples), of each example's own loss; `gradient` (units, inputs [+ 1]) is the block's
    part of the gradient, where the step goes too."""

    inputs: Array
    deltas: Array
    gradient: Array
    shared_bias: bool


def precondition(layer: DensePass, damping: float) -> None:
    """gradient ← (G + √λ/π I)⁻¹ gradient (A + π√λ I)⁻¹, in place; NaN where the numbers have run away."""
    examples = layer.inputs.shape[1]
    inputs, gradient = layer.inputs, layer.gradient
    if layer.shared_bias:
        total = layer.deltas.sum(axis=0)
        gradient[:, -1] /= total.dot(total) / examples + damping
        inputs, gradient = inputs[:-1], gradient[:, :-1]
    a = inputs @ inputs.T / examples
    g = layer.deltas @ layer.deltas.T / examples
    root, (of_inputs, of_deltas) = math.sqrt(damping), (float(np.trace(m)) / len(m) for m in (a, g))
    share = math.sqrt(of_inputs / of_deltas) if of_inputs > 0.0 and of_deltas > 0.0 else 1.0
    a.ravel()[:: len(a) + 1] += root * share
    g.ravel()[:: len(g) + 1] += root / share
    try:
        gradient[...] = np.linalg.solve(a, np.linalg.solve(g, gradient).T).T
    except np.linalg.LinAlgError:
        gradient.fill(np.nan)
