"""K-FAC: a step that knows how the loss bends, for the price of two small matrices a layer.

Martens and Grosse, 2015.  With a the inputs of a dense layer (1 for the bias among them) and δ = ∂E/∂net, the natural
gradient asks for the inverse of the Fisher matrix E[vec(δaᵀ) vec(δaᵀ)ᵀ].  What is approximated here:

- layers do not know of each other (block diagonal);
- a layer's block is taken for the product A ⊗ G of A = E[a aᵀ] and G = E[δ δᵀ], as if inputs and δ were independent;
- A and G are those of the present batch alone, without an average over batches before: take large batches;
- damping λ: A + π√λ I and G + √λ/π I take the place of A and G, with π² = (tr A / inputs) / (tr G / units).

δ are those that the model itself expects, exactly and not by drawing targets: one pass back for each output begins
with a column of a root of the loss's own curvature (`ROOTS`).  Where there is no such row, or a hidden layer is no
function of single net inputs, they are those of the data's targets (the empirical Fisher).  A bias that its layer
shares has a block of one number.  What is no weight or bias of a dense layer gets its gradient.

A and G of few examples know of few directions, and in all others only damping holds the step back.  So a step is
shortened to a trust region, as in Ba, Grosse and Martens, 2017: it may change the distribution that the model
describes by a Kullback-Leibler divergence of `kl_clip` at most, told by the same approximation, half Δᵀ(A ⊗ G + λ)Δ.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from nnviz.engine.calls import Array


@dataclass(frozen=True)
class DensePass:
    """What a dense layer saw in a pass, examples in the columns.

    `inputs` (inputs [+ 1], examples) have a row of ones where there is a bias, `output` is (units, examples),
    `deltas` and `slope()`, which is ∂out/∂net, are (net inputs, examples), and `weights` (net inputs, inputs).
    `gradient` (net inputs, inputs [+ 1]) is the block's part of the gradient, where the step goes too.  `elementwise`
    says that each output of the layer hangs on its own unit's net inputs alone.
    """

    inputs: Array
    deltas: Array
    output: Array
    slope: Callable[[], Array]
    weights: Array
    gradient: Array
    shared_bias: bool
    elementwise: bool
    activation: str


def _of_squares(curvature: Callable[[int], float]) -> Callable[[DensePass, int], Array]:
    """A loss whose second derivative by each of n outputs is curvature(n): the root has √curvature · f'(net)."""
    def column(last: DensePass, unit: int) -> Array:
        found = np.zeros_like(last.output)
        found[unit] = math.sqrt(curvature(len(found)))
        return _into_nets(found, last.slope())

    return column


def _into_nets(upstream: Array, slope: Array) -> Array:
    """∂out/∂net · upstream, for every net input of each unit; (units, examples) and (net inputs, examples)."""
    pieces = len(slope) // len(upstream)
    return np.asarray((np.repeat(upstream, pieces, axis=0) if pieces > 1 else upstream) * slope)


def _of_yes_or_no(last: DensePass, unit: int) -> Array:
    """∂²E/∂net² = p(1 - p) / n."""
    found, p = np.zeros_like(last.output), last.output[unit]
    found[unit] = np.sqrt(p * (1.0 - p) / len(found))
    return found


def _of_classes(last: DensePass, unit: int) -> Array:
    """∂²E/∂net² = diag(p) - p pᵀ = Σ p_c (e_c - p)(e_c - p)ᵀ over the classes c."""
    found = -last.output
    found[unit] += 1.0
    return np.asarray(found * np.sqrt(last.output[unit]))


# By loss and, where only one will do, output activation: column c of a matrix R with R Rᵀ the loss's curvature in the
# last net inputs, (units, examples).
ROOTS: Mapping[tuple[str, str], Callable[[DensePass, int], Array]] = {
    ("half_squared_error", ""): _of_squares(lambda outputs: 1.0),
    ("squared_error", ""): _of_squares(lambda outputs: 2.0),
    ("mean_squared_error", ""): _of_squares(lambda outputs: 2.0 / outputs),
    ("binary_cross_entropy", "sigmoid"): _of_yes_or_no,
    ("cross_entropy", "softmax"): _of_classes,
}


def _expected_deltas(layers: tuple[DensePass, ...], loss: str) -> Iterator[list[Array]]:
    """The δ of every layer, (units, examples), once for each output; or those of the data, once."""
    last = layers[-1]
    column = ROOTS.get((loss, last.activation)) or (ROOTS.get((loss, "")) if last.elementwise else None)
    if column is None or not all(layer.elementwise for layer in layers[:-1]):
        yield [layer.deltas for layer in layers]
        return
    slopes = [layer.slope() for layer in layers[:-1]]
    for unit in range(len(last.output)):
        deltas = [column(last, unit)]
        for layer, slope in zip(layers[:0:-1], reversed(slopes), strict=True):
            deltas.insert(0, _into_nets(layer.weights.T @ deltas[0], slope))
        yield deltas


def precondition(layers: tuple[DensePass, ...], loss: str, damping: float, kl_clip: float, descent: Array) -> float:
    """gradient ← ν (G + √λ/π I)⁻¹ gradient (A + π√λ I)⁻¹ in every layer, in place; NaN where numbers have run away.
    Returns ν.

    With p the right side but for ν, the step -η p changes what the model says by η²/2 · Σ gradient·p, in the model's
    own measure; ν ≤ 1 shortens it to `kl_clip`, 0 leaves it.  `descent` holds -η.
    """
    examples = layers[0].inputs.shape[1]
    spread = [np.zeros((len(layer.deltas), len(layer.deltas))) for layer in layers]
    for expected in _expected_deltas(layers, loss):
        for g, deltas in zip(spread, expected, strict=True):
            g += deltas @ deltas.T
    agreement = 0.0                                        # Σ gradient·p
    for layer, g in zip(layers, spread, strict=True):
        g /= examples
        inputs, gradient = layer.inputs, layer.gradient
        if layer.shared_bias:
            bias, own = float(gradient[0, -1]), float(g.sum()) + damping       # E[(Σ δ)²]
            gradient[:, -1] /= own
            agreement += bias * bias / own
            inputs, gradient = inputs[:-1], gradient[:, :-1]
        before = gradient.copy()
        _divide(gradient, inputs, g, damping)
        agreement += float(np.vdot(before, gradient))
    length = abs(float(descent)) * math.sqrt(max(0.0, 0.5 * agreement))      # roots first: squares would overflow
    if not 0.0 < math.sqrt(kl_clip) < length:
        return 1.0
    for layer in layers:
        layer.gradient[...] *= math.sqrt(kl_clip) / length
    return math.sqrt(kl_clip) / length


def _divide(gradient: Array, inputs: Array, g: Array, damping: float) -> None:
    """gradient (units, inputs) ← (G + √λ/π I)⁻¹ gradient (A + π√λ I)⁻¹, with A = inputs inputsᵀ / examples."""
    size, examples = inputs.shape
    root, of_deltas = math.sqrt(damping), float(np.trace(g)) / len(g)
    of_inputs = float(np.vdot(inputs, inputs)) / (examples * size)
    # roots first: the quotient of a certain answer's hardly any δ would overflow
    share = math.sqrt(of_inputs) / math.sqrt(of_deltas) if of_inputs > 0.0 and of_deltas > 0.0 else 1.0
    if not 0.0 < share < math.inf:
        gradient.fill(np.nan)
        return
    _damp(g, root / share)
    try:
        gradient[...] = np.linalg.solve(g, gradient)
        if examples < size:
            gradient[...] = _divided_by_few(gradient, inputs, root * share)
        else:
            a = inputs @ inputs.T / examples
            _damp(a, root * share)
            gradient[...] = np.linalg.solve(a, gradient.T).T
    except np.linalg.LinAlgError:
        gradient.fill(np.nan)


def _divided_by_few(values: Array, inputs: Array, damping: float) -> Array:
    """values (A + cI)⁻¹ for fewer examples n than inputs, where A has rank n at most.

    Woodbury: (XXᵀ/n + cI)⁻¹ = (I - X (XᵀX + ncI)⁻¹ Xᵀ) / c, a system of n equations in place of one for each input.
    """
    examples = inputs.shape[1]
    gram = inputs.T @ inputs
    _damp(gram, examples * damping)
    return np.asarray((values - np.linalg.solve(gram, inputs.T @ values.T).T @ inputs.T) / damping)


def _damp(matrix: Array, by: float) -> None:
    matrix.ravel()[:: len(matrix) + 1] += by
