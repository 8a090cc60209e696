"""A problem is all that decides how training goes: network, data, loss, optimiser, batches.

Together with a `State` it decides every number of the next step; nothing else does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from nnviz.engine import activations, initialise, losses, optimisers, penalties, schedules
from nnviz.engine.autodiff import evaluate, with_ones
from nnviz.engine.batches import Batches
from nnviz.engine.blocks import Blocks
from nnviz.engine.calls import Array
from nnviz.engine.graph import Graph
from nnviz.engine.network import Choice, Network
from nnviz.engine.network_graph import option_values, write_graph
from nnviz.engine.schedules import CONSTANT_RATE, Pace


@dataclass(frozen=True, eq=False)
class Problem:
    """What is trained, on what, and how. `inputs` and `targets` are (examples, units) and read-only.

    `frozen` are positions in the flat parameter vector that are never updated; those that are `disabled` are 0 before
    the first step, and are among them.  `batch_size` 0 means all.  The one example of a `trial` is somebody's own: no
    row of the data set, and nobody learns from it.
    """

    network: Network
    inputs: Array
    targets: Array
    optimiser: Choice
    learning_rate: float
    batch_size: int
    seed: int
    frozen: NDArray[np.intp]
    schedule: Choice = CONSTANT_RATE
    disabled: NDArray[np.intp] = field(default_factory=lambda: np.empty(0, dtype=np.intp))
    trial: bool = False

    @cached_property
    def graph(self) -> Graph:
        return write_graph(self.network)

    @cached_property
    def blocks(self) -> Blocks:
        return Blocks(self.network)

    @cached_property
    def batches(self) -> Batches:
        return Batches(self.seed, len(self.inputs), self.batch_size)

    @property
    def optimiser_row(self) -> optimisers.Optimiser:
        return optimisers.TABLE[self.optimiser.name]

    @property
    def schedule_row(self) -> schedules.Schedule:
        return schedules.TABLE[self.schedule.name]

    @property
    def pace(self) -> Pace:
        """The schedule with its options: what every step's learning rate is."""
        defaults = {name: option.default for name, option in self.schedule_row.options.items()}
        return Pace(self.schedule_row, {**defaults, **dict(self.schedule.options)}, self.learning_rate)

    @cached_property
    def loss_row(self) -> losses.Loss:
        """The row of the loss, its options as they are chosen."""
        network = self.network
        return losses.row(network.loss.name, network.layers[-1].units, network.ties).with_options(
            dict(network.loss.options))

    def activation_row(self, layer: int) -> activations.Activation:
        return activations.TABLE[self.network.layers[layer - 1].activation.name]

    @property
    def optimiser_options(self) -> dict[str, float]:
        defaults = {name: option.default for name, option in self.optimiser_row.options.items()}
        return {**defaults, **dict(self.optimiser.options)}

    @cached_property
    def frozen_mask(self) -> NDArray[np.bool_]:
        mask = np.zeros(self.blocks.size, dtype=bool)
        mask[self.frozen] = True
        return mask

    @cached_property
    def weights_mask(self) -> NDArray[np.bool_]:
        """True at weights, which penalties are for, and False at biases."""
        mask = np.zeros(self.blocks.size, dtype=bool)
        for number in range(1, len(self.network.layers) + 1):
            start, (rows, columns) = self.blocks.starts[number - 1], self.blocks.shape(number)
            mask[start : start + rows * columns].reshape(rows, columns)[:, : self.network.sizes[number - 1]] = True
        return mask

    def update_text(self, name: str, weight: bool, lettered: Callable[[str], str] = str) -> str:
        """The update of parameter `name`, in symbols; `lettered` writes the optimiser's formula in other letters."""
        gradient = penalties.gradient_text(self.optimiser_options, weight).format(name=name)
        if self.network.kind == "surface":
            gradient = gradient.replace("∂E/", "∂f/")
        return lettered(self.optimiser_row.text_of(weight)).format(name=name, gradient=gradient)

    def initial_parameters(self, explicit: Mapping[str, Array] | None = None) -> Array:
        """The flat parameters before training: `whole_parameters`, but 0 where they are disabled."""
        flat = self.whole_parameters(explicit)
        flat[self.disabled] = 0.0
        return flat

    def whole_parameters(self, explicit: Mapping[str, Array] | None = None) -> Array:
        """The flat parameters, disabled ones too: drawn by each layer's initialiser, or the explicit arrays."""
        return self.blocks.pack(initial_arrays(self.network, self.seed, explicit or {}))

    def start(self, explicit: Mapping[str, Array] | None = None) -> State:
        """The state before the first step."""
        return State.fresh(self, self.initial_parameters(explicit), step=0, epoch=0, batch=0)

    def outputs(self, parameters: Array, inputs: Array) -> dict[str, Array]:
        """Every net input and output (`net1`, `out1`, ...) for inputs of shape (examples, units); (units, examples)."""
        leaves = {"x": with_ones_of(self.graph, inputs)}
        for number in range(1, len(self.network.layers) + 1):
            leaves[f"P{number}"] = self.blocks.block(parameters, number)
            alphas = self.blocks.alphas(parameters, number)
            if alphas is not None:
                leaves[f"A{number}"] = alphas.reshape(-1, 1)
        return evaluate(self.graph, leaves, len(inputs))

    def losses_of(self, outputs: Mapping[str, Array], targets: Array) -> Array:
        """The loss of each example from `outputs()` and targets of shape (examples, units)."""
        last = len(self.network.layers)
        activation = self.network.layers[-1].activation.name
        return self.loss_row.of_examples(outputs[f"net{last}"], outputs[f"out{last}"], targets.T, activation)


def initial_arrays(network: Network, seed: int, explicit: Mapping[str, Array]) -> dict[str, Array]:
    """Every parameter array before training: the explicit ones, and what the layers' initialisers draw with `seed`."""
    sizes, arrays = network.sizes, dict(explicit)
    for number, layer in enumerate(network.layers, start=1):
        if f"W{number}" not in arrays:
            options = dict(layer.initialise.options)
            drawn = [
                initialise.draw_weights(
                    layer.initialise.name, options, seed, number, sizes[number], sizes[number - 1], piece
                )
                for piece in range(layer.pieces)
            ]
            whole = np.stack(drawn, axis=1)      # the pieces of a unit follow each other
            arrays[f"W{number}"] = whole if layer.has_pieces else whole[:, 0]
        learned = network.array(f"alpha{number}")
        if learned is not None and learned.name not in arrays:
            arrays[learned.name] = np.full(learned.shape, option_values(layer.activation)["alpha"])
    return arrays


def with_ones_of(graph: Graph, inputs: Array) -> Array:
    """The inputs as the graph's leaf `x`: unit-major, with a row of ones where layer 1 has a bias."""
    return with_ones(next(leaf for leaf in graph.leaves if leaf.kind == "inputs"), inputs)


@dataclass(frozen=True, eq=False)
class State:
    """Where training stands after `step` updates: parameters and all that optimiser and schedule remember.

    `epoch` and `batch` (both from 0) say which batch the next step takes.  `vector` holds the parameters, the
    optimiser's state vectors, the schedule's numbers and the optimiser's count of updates, one after the other, and
    is read-only.
    """

    step: int
    epoch: int
    batch: int
    vector: Array

    @classmethod
    def fresh(cls, problem: Problem, parameters: Array, step: int, epoch: int, batch: int) -> State:
        """A state whose optimiser and schedule remember nothing."""
        vector = np.zeros(state_size(problem))
        vector[: problem.blocks.size] = parameters
        vector.flags.writeable = False
        return cls(step, epoch, batch, vector)

    def parameters(self, problem: Problem) -> Array:
        return self.vector[: problem.blocks.size]

    def with_parameters(self, problem: Problem, parameters: Array) -> State:
        """The same state with other parameters; the optimiser remembers what it did."""
        vector = self.vector.copy()
        vector[: problem.blocks.size] = parameters
        vector.flags.writeable = False
        return State(self.step, self.epoch, self.batch, vector)

    def optimiser_state(self, problem: Problem) -> dict[str, Array]:
        """The optimiser's vectors by name, flat."""
        size = problem.blocks.size
        names = problem.optimiser_row.state
        return {name: self.vector[size * (k + 1) : size * (k + 2)] for k, name in enumerate(names)}

    def schedule_memory(self, problem: Problem) -> dict[str, float]:
        """What the schedule remembers, by name."""
        names = problem.schedule_row.memory
        return dict(zip(names, self.vector[-1 - len(names) : -1].tolist(), strict=True))

    def under(self, problem: Problem) -> State:
        """The same state for a problem with the same optimiser, whose schedule may remember other things.

        Then it starts to watch anew.
        """
        size = state_size(problem)
        if len(self.vector) == size:
            return self
        vector, shared = np.zeros(size), size - 1 - len(problem.schedule_row.memory)
        vector[:shared], vector[-1] = self.vector[:shared], self.vector[-1]
        vector.flags.writeable = False
        return State(self.step, self.epoch, self.batch, vector)

    @property
    def updates(self) -> int:
        """How many updates the optimiser remembers."""
        return int(self.vector[-1])


def state_size(problem: Problem) -> int:
    """The length of a state's vector: parameters, optimiser vectors, the schedule's memory, the count of updates."""
    return problem.blocks.size * (1 + len(problem.optimiser_row.state)) + len(problem.schedule_row.memory) + 1
