"""Views of small real networks, for the tests of the panels, their benchmark and their pictures."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from nnviz.gui.view import View
from nnviz.report.elements import Element, Parameter
from nnviz.session.document import Document
from nnviz.session.session import Session

HEAD = {"format": "nnviz", "version": 1, "kind": "network"}


def mazur() -> Document:
    labels = {f"W{1 + k // 4}[{k % 4 // 2},{k % 2}]": f"w{k + 1}" for k in range(8)} | {"b1[0]": "b1", "b2[0]": "b2"}
    return document(
        inputs=["i1", "i2"],
        layers=[{"units": ["h1", "h2"], "activation": "sigmoid", "bias": "shared"},
                {"units": ["o1", "o2"], "activation": "sigmoid", "bias": "shared"}],
        parameters={"W1": [[0.15, 0.2], [0.25, 0.3]], "b1": [0.35], "W2": [[0.4, 0.45], [0.5, 0.55]], "b2": [0.6]},
        labels=labels, frozen=["b1", "b2"], loss="half_squared_error",
        optimiser={"name": "sgd", "learning_rate": 0.5}, data={"inputs": [[0.05, 0.1]], "targets": [[0.01, 0.99]]},
    )


def xor(**more: Any) -> Document:
    return document(**{
        "inputs": 2, "layers": [{"units": 4, "activation": "tanh"}, {"units": 1, "activation": "sigmoid"}],
        "loss": "binary_cross_entropy", "optimiser": {"name": "sgd", "learning_rate": 0.5}, "data": {"name": "xor"},
        "seed": 3, **more})


def circle(**more: Any) -> Document:
    return xor(layers=[{"units": 8, "activation": "relu"}, {"units": 8, "activation": "relu"},
                       {"units": 1, "activation": "sigmoid"}], data={"name": "circle"}, batch_size=10, **more)


def dying() -> Document:
    """Both ReLU units die within a few steps."""
    return xor(layers=[{"units": 2, "activation": "relu"}, {"units": ["y"], "activation": "sigmoid"}],
               optimiser={"name": "sgd", "learning_rate": 5}, seed=41)


def digits(examples: int = 500) -> Document:
    """784-16-16-10 on random numbers, with two dead units in its first layer."""
    random = np.random.default_rng(0)
    sizes = (784, 16, 16, 10)
    weights = {f"W{layer}": random.normal(0, np.sqrt(2 / before), (after, before))
               for layer, (before, after) in enumerate(pairwise(sizes), start=1)}
    biases = {f"b{k + 1}": np.zeros(size) for k, size in enumerate(sizes[1:])}
    biases["b1"][[3, 9]] = -100.0
    return document(
        inputs=784, layers=[{"units": 16, "activation": "relu"}, {"units": 16, "activation": "relu"},
                            {"units": 10, "activation": "softmax"}],
        parameters={name: array.tolist() for name, array in (weights | biases).items()},
        loss="cross_entropy", optimiser={"name": "sgd", "learning_rate": 0.05}, batch_size=32,
        data={"inputs": random.uniform(0, 1, (examples, 784)).round(3).tolist(),
              "targets": np.eye(10)[random.integers(0, 10, examples)].tolist()},
    )


def document(**tree: Any) -> Document:
    return Document.from_tree({**HEAD, **tree})


def view_of(session: Session, *, example: int = 0, selection: Element | None = None, playing: bool = False,
            digits: int = 6) -> View:
    """What the window would show of a session."""
    segment = session.segment
    return View(
        document=segment.document, problem=segment.problem, data=segment.data, moment=session.moment(example),
        updates_done=session.updates_done, last_step=session.last_step,
        curves=[part.curve for part in session.place.tip.chain()][::-1], selection=selection, playing=playing,
        steps_per_second=0.0, digits=digits,
    )


def view_while_dragged(session: Session, element: Parameter, value: float) -> View:
    """What the window shows while a weight is dragged to `value`."""
    return replace(view_of(session), moment=session.preview_parameter(element, value), tried=True)
