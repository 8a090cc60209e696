"""Problems and documents to test with, and a second opinion on what they compute, written without the engine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.engine import activations, losses
from nnviz.engine.network import BiasKind, Choice, Layer, Network, default_unit_names
from nnviz.engine.problem import Problem
from nnviz.engine.record import Record
from nnviz.session.document import Document
from nnviz.session.reading import read_document
from nnviz.session.session import Session

Array = NDArray[np.float64]
NO_PLACES = np.empty(0, dtype=np.intp)
NO_POINTS = np.empty((0, 1))
XOR_INPUTS = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_TARGETS = np.array([[0.0], [1.0], [1.0], [0.0]])
ADAM_OBJECT = {"name": "adam", "learning_rate": 0.02}
MOMENTUM_OBJECT = {"name": "momentum", "learning_rate": 0.1}


def make_network(
    sizes: Sequence[int], hidden: str = "tanh", output: str = "sigmoid", loss: str = "mean_squared_error",
    biases: Sequence[BiasKind] = (), initialise: Choice | None = None,
) -> Network:
    """A network of these sizes, the input first; `biases` has a kind for each layer, or is empty."""
    last = len(sizes) - 1
    layers = tuple(
        Layer(
            default_unit_names(number, units, last),
            Choice(output if number == last else hidden),
            initialise or Choice("gaussian", (("std", 0.7),)),
            biases[number - 1] if biases else "per_unit",
        )
        for number, units in enumerate(sizes[1:], start=1)
    )
    return Network(default_unit_names(0, sizes[0], last), layers, Choice(loss))


def make_problem(
    network: Network, inputs: Array, targets: Array, optimiser: Choice | None = None, learning_rate: float = 0.5,
    batch_size: int = 0, seed: int = 1, frozen: Sequence[int] = (),
) -> Problem:
    """A problem on these examples; `frozen` are positions in the flat vector."""
    places = np.array(frozen, dtype=np.intp) if len(frozen) else NO_PLACES
    return Problem(network, inputs, targets, optimiser or Choice("sgd"), learning_rate, batch_size, seed, places)


def random_targets(loss: str, examples: int, outputs: int, generator: np.random.Generator) -> Array:
    """Targets that the loss accepts."""
    kind = losses.TABLE[loss].targets
    if kind == "probabilities":
        weights = generator.uniform(0.1, 1.0, (examples, outputs))
        return weights / weights.sum(axis=1, keepdims=True)
    if kind == "unit interval":
        return generator.uniform(0.0, 1.0, (examples, outputs))
    return generator.standard_normal((examples, outputs))


def xor_problem(**settings: Any) -> Problem:
    """2-2-1 on XOR; settings go to `make_problem`."""
    return make_problem(make_network((2, 2, 1)), XOR_INPUTS, XOR_TARGETS, **settings)


def cloud_problem(optimiser: Choice | None = None, batch_size: int = 4, **settings: Any) -> Problem:
    """3-4-3-2 on 10 random points, in batches of 4, 4 and 2; one bias is shared and frozen, one weight is frozen."""
    generator = np.random.default_rng(7)
    network = make_network((3, 4, 3, 2), biases=("per_unit", "shared", "per_unit"))
    problem = make_problem(network, NO_POINTS, NO_POINTS)
    shared = problem.blocks.positions("b2", (0,))
    frozen = [*shared.tolist(), int(problem.blocks.positions("W1", (1, 2))[0])]
    inputs, targets = generator.standard_normal((10, 3)), generator.uniform(0.0, 1.0, (10, 2))
    return make_problem(network, inputs, targets, optimiser, 0.1, batch_size, 5, frozen, **settings)


MOMENTUM, ADAM = Choice("momentum"), Choice("adam")


def document(**values: Any) -> Document:
    """A small XOR document; values replace its top-level keys."""
    tree: dict[str, Any] = {
        "format": "nnviz", "version": 1, "kind": "network", "name": "test",
        "inputs": ["i1", "i2"],
        "layers": [
            {"units": ["h1", "h2"], "activation": "tanh"},
            {"units": ["o1"], "activation": "sigmoid"},
        ],
        "loss": "binary_cross_entropy",
        "optimiser": {"name": "sgd", "learning_rate": 0.5},
        "data": {"name": "xor"},
        "seed": 3,
    }
    return Document.from_tree({**tree, **values})


# --- a second opinion ---------------------------------------------------------------------------------------


VALUES = {
    "identity": lambda z, o: z,
    "sigmoid": lambda z, o: 1.0 / (1.0 + np.exp(-z)),
    "tanh": lambda z, o: np.tanh(z),
    "relu": lambda z, o: np.where(z > 0.0, z, 0.0),
    "prelu": lambda z, o: np.where(z > 0.0, z, o["alpha"] * z),
    "elu": lambda z, o: np.where(z > 0.0, z, o["alpha"] * (np.exp(z) - 1.0)),
    "softplus": lambda z, o: np.log(1.0 + np.exp(z)),
    "silu": lambda z, o: z / (1.0 + np.exp(-z)),
    "gelu": lambda z, o: z * 0.5 * np.vectorize(math.erfc, otypes=[float])(-z * math.sqrt(0.5)),
    "step": lambda z, o: np.where(z > 0.0, 1.0, 0.0),
    "leaky_relu": lambda z, o: np.where(z > 0.0, z, o["alpha"] * z),
    "maxout": lambda z, o: z.max(axis=2),
    "softmax": lambda z, o: np.exp(z) / np.exp(z).sum(axis=1, keepdims=True),
}
LOSSES = {
    "half_squared_error": lambda o, t: (0.5 * (t - o) ** 2).sum(axis=1),
    "squared_error": lambda o, t: ((t - o) ** 2).sum(axis=1),
    "mean_squared_error": lambda o, t: ((t - o) ** 2).mean(axis=1),
    "mean_absolute_error": lambda o, t: np.abs(t - o).mean(axis=1),
    "huber": lambda o, t: np.where(np.abs(t - o) <= 1.0, 0.5 * (t - o) ** 2, np.abs(t - o) - 0.5).mean(axis=1),
    "negative_log_likelihood": lambda o, t: -(t * np.log(o)).sum(axis=1),
    "binary_cross_entropy": lambda o, t: -(t * np.log(o) + (1.0 - t) * np.log(1.0 - o)).mean(axis=1),
    "cross_entropy": lambda o, t: -(t * np.log(o)).sum(axis=1),
}


def loss_by_hand(problem: Problem, parameters: Array, inputs: Array, targets: Array) -> float:
    """The mean loss of some examples, example by row, straight from the textbook's formulas."""
    arrays, output = problem.blocks.unpack(parameters), inputs
    for number, layer in enumerate(problem.network.layers, start=1):
        options = activations.TABLE[layer.activation.name].defaults | dict(layer.activation.options)
        net = np.einsum("ei,...i->e...", output, arrays[f"W{number}"]) + arrays.get(f"b{number}", 0.0)
        learned = {"alpha": arrays[f"alpha{number}"]} if f"alpha{number}" in arrays else {}
        output = VALUES[layer.activation.name](net, options | learned)
    return float(LOSSES[problem.network.loss.name](output, targets).mean())


def differences(problem: Problem, parameters: Array, inputs: Array, targets: Array, width: float = 1e-5) -> Array:
    """The gradient by central differences; the copies of a shared bias are moved together and get the sum."""
    gradient = np.empty(problem.blocks.size)
    for array in problem.network.arrays:
        for index in np.ndindex(*array.shape):
            places = problem.blocks.positions(array.name, index)
            there, back = parameters.copy(), parameters.copy()
            there[places] += width
            back[places] -= width
            rise = loss_by_hand(problem, there, inputs, targets) - loss_by_hand(problem, back, inputs, targets)
            gradient[places] = rise / (2.0 * width)
    return gradient


def reopened(session: Session) -> Session:
    """Saved and read again, through the bytes of the file."""
    return Session(read_document(session.document_now().to_bytes(), "saved"))


def bits(record: Record) -> dict[str, bytes]:
    return {name: record.layout.view(record.content, name).tobytes() for name in record.layout.places}


def standing(session: Session) -> tuple[object, ...]:
    """Everything that must be as before when one returns."""
    record = bits(session.record)       # first: the newest step is known once it has been looked at
    return (
        session.step, session.cursor, session.document, session.updates_done, session.last_step,
        session.state.vector.tobytes(), record,
    )
