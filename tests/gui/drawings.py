"""Drawings made from arrays, for the tests and the benchmark of the picture."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import pairwise

import numpy as np

from nnviz.gui.drawing import Column, Connections, Drawing
from nnviz.report.elements import Unit


def column(
    title: str, subtitle: str, names: tuple[str, ...], values: np.ndarray, delta: np.ndarray | None = None,
    targets: np.ndarray | None = None, dead: np.ndarray | None = None,
) -> Column:
    count = len(names)
    nothing = np.zeros(count, dtype=bool)
    return Column(title, subtitle, names, np.asarray(values, dtype=float), np.ones(count, dtype=bool),
                  np.full(count, np.nan) if delta is None else np.asarray(delta, dtype=float),
                  nothing if delta is None else np.ones(count, dtype=bool), nothing if dead is None else dead, targets)


def mazur() -> Drawing:
    """The 2-2-2 demonstration with its real numbers, after the backward pass; biases shared and frozen."""
    def connections(weights, gradients, names, bias, bias_gradient, bias_name):
        array = np.array(weights)
        return Connections(
            array, np.array(gradients), np.ones((2, 2), dtype=bool), np.zeros((2, 2), dtype=bool),
            {(u, s): names[2 * u + s] for u in range(2) for s in range(2)},
            np.array([bias]), np.array([bias_gradient]), np.array([True]), np.array([True]), {0: bias_name})

    return Drawing(
        (
            column("input", "", ("i1", "i2"), np.array([0.05, 0.10])),
            column("hidden", "2 sigmoid", ("h1", "h2"), np.array([0.593269992107, 0.596884378260]),
                   np.array([0.008771354689, 0.009954254705])),
            column("output", "2 sigmoid", ("o1", "o2"), np.array([0.751365069552, 0.772928465321]),
                   np.array([0.138498561629, -0.038098236517]), np.array([0.01, 0.99])),
        ),
        (
            connections([[0.15, 0.20], [0.25, 0.30]],
                        [[0.000438567734, 0.000877135469], [0.000497712735, 0.000995425471]],
                        ("w1", "w2", "w3", "w4"), 0.35, 0.018725609395, "b1"),
            connections([[0.40, 0.45], [0.50, 0.55]],
                        [[0.082167040564, 0.082667627848], [-0.022602540477, -0.022740242216]],
                        ("w5", "w6", "w7", "w8"), 0.60, 0.100400325112, "b2"),
        ),
        frozenset({Unit(2, 0)}), 0.298371108760, "E", "|∂E/∂w|", "step 1 · example 0 · backward", "example 0",
    )


def dense(
    *counts: int, seed: int = 1, inputs: np.ndarray | None = None, known: bool = True, dead: bool = True
) -> Drawing:
    """A network of tanh layers with random weights and true gradients of one example; per-unit biases."""
    random = np.random.default_rng(seed)
    values = [random.uniform(-1, 1, counts[0]) if inputs is None else inputs]
    weights = [random.normal(0, 1 / np.sqrt(max(1, a)), (b, a)) for a, b in pairwise(counts)]
    biases = [random.normal(0, 0.3, b) for b in counts[1:]]
    for W, b in zip(weights, biases, strict=True):
        values.append(np.tanh(W @ values[-1] + b))
    targets = random.uniform(0, 1, counts[-1]).round(1)
    deltas = [(values[-1] - targets) * (1 - values[-1] ** 2)]
    for W, a in zip(weights[:0:-1], values[-2:0:-1], strict=True):
        deltas.insert(0, (W.T @ deltas[0]) * (1 - a**2))
    last = len(counts) - 1
    columns = []
    for number, count in enumerate(counts):
        letter = "i" if number == 0 else "o" if number == last else "h" if last == 2 else f"h{number}_"
        title = "input" if number == 0 else "output" if number == last else f"hidden {number}"
        is_dead = np.zeros(count, dtype=bool)
        if dead and 0 < number < last and count > 2:
            is_dead[2] = True
        columns.append(column(title, f"{count} tanh" if number else "", tuple(f"{letter}{i + 1}" for i in range(count)),
                              values[number], deltas[number - 1] if number and known else None,
                              targets if number == last else None, is_dead))
    layers = []
    for W, b, a, d in zip(weights, biases, values, deltas, strict=False):
        mask = np.full(W.shape, known)
        layers.append(Connections(W, np.outer(d, a), mask, np.zeros(W.shape, dtype=bool), {}, b, d,
                                  np.full(len(b), known), np.zeros(len(b), dtype=bool), {}))
    return Drawing(tuple(columns), tuple(layers), frozenset({Unit(1, 0)}), 0.25 if known else None,
                   caption="step 12 · example 3 · backward", example="example 3")


def digit() -> np.ndarray:
    """784 brightnesses that look like a written 8."""
    y, x = np.mgrid[0:28, 0:28]
    upper = np.hypot((x - 14) / 5.0, (y - 9) / 4.5)
    lower = np.hypot((x - 13.5) / 5.5, (y - 18.5) / 5.0)
    ring = np.exp(-((upper - 1) ** 2) / 0.06) + np.exp(-((lower - 1) ** 2) / 0.06)
    return np.where(ring > 0.08, np.clip(ring, 0, 1), 0.0).ravel()


def xor(own_biases: bool = True) -> Drawing:
    made = dense(2, 2, 1, seed=4, dead=False)
    return made if own_biases else replace(made, connections=tuple(
        replace(layer, bias=None, bias_gradients=None, bias_gradients_known=None, bias_frozen=None)
        for layer in made.connections))


playground = partial(dense, 2, 8, 8, 1)


def digits_network(**options) -> Drawing:
    return dense(784, 16, 16, 10, inputs=digit(), **options)
