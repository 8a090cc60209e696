"""From what a document says to what can be trained: data, problem, the state to go on from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nnviz.data import datasets
from nnviz.data.datasets import DataSet
from nnviz.engine.blocks import Blocks
from nnviz.engine.network import parse_parameter_name
from nnviz.engine.problem import Problem, State
from nnviz.session.beginning import Beginning
from nnviz.session.data_files import check_fit, load_file
from nnviz.session.document import Document
from nnviz.session.fields import check_features
from nnviz.session.parts import DataSource


def load_data(document: Document) -> DataSet:
    """The examples that a document trains on, their inputs engineered and scaled as it says."""
    source = document.data
    raw = raw_data(source, document.folder)
    if source.file is not None and source.features:      # of other data that has been looked at already
        for inputs in (raw.inputs, raw.test_inputs):
            check_features(source.features, inputs, "data.features")
    return raw.prepared(source.features, document.scaling.name)


def raw_data(source: DataSource, folder: Path | None = None) -> DataSet:
    """The examples with the inputs that the data set has itself; a file is looked for from `folder`."""
    if source.file is not None:
        return source.split.of(load_file(source.file, folder, source.split))
    if source.choice is not None:
        return datasets.make(source.choice.name, dict(source.choice.options))
    assert source.inputs is not None and source.targets is not None
    return source.split.of(datasets.given(source.inputs, source.targets, *(source.test_rows or ())))


def same_examples(first: Document, second: Document) -> bool:
    """Whether two documents train on the very same numbers."""
    return first.data == second.data and first.scaling == second.scaling


def make_problem(document: Document, data: DataSet) -> Problem:
    """The problem that a document states; `Refused` where the examples of a file do not fit the network."""
    if document.data.file is not None:
        check_fit(data, document.network)
    blocks = Blocks(document.network)
    frozen = np.flatnonzero(frozen_vector(document, blocks))
    size = 0 if document.batch_size == "all" else document.batch_size
    return Problem(
        document.network, data.inputs, data.targets, document.optimiser, document.learning_rate, size, document.seed,
        frozen, document.schedule, disabled_positions(document, blocks),
    )


def frozen_vector(document: Document, blocks: Blocks) -> NDArray[np.bool_]:
    """Which entries of the flat parameter vector are never updated."""
    masks = {array.name: document.frozen_mask(array).astype(np.float64) for array in document.network.arrays}
    return blocks.pack(masks) > 0.0


def disabled_positions(document: Document, blocks: Blocks) -> NDArray[np.intp]:
    """Which entries of the flat parameter vector are 0 and stay 0; a shared bias has several."""
    places = [disabled_place(name, blocks) for name in document.disabled]
    return np.concatenate(places) if places else np.empty(0, dtype=np.intp)


def disabled_place(name: str, blocks: Blocks) -> NDArray[np.intp]:
    """Which entries of the flat parameter vector a disabled parameter has."""
    meant = parse_parameter_name(name)
    assert meant is not None       # a document has no other names of disabled ones
    return blocks.positions(*meant)


def disabled_as_in(document: Document, blocks: Blocks, whole: NDArray[np.float64]) -> Document:
    """The document whose disabled parameters get back the numbers of the flat vector `whole` when they are enabled."""
    if not document.disabled:
        return document
    values = {name: float(whole[disabled_place(name, blocks)[0]]) for name in document.disabled}
    return document if values == dict(document.disabled) else document.with_value("disabled", values)


def drawn_anew(document: Document, seed: int, problem: Problem, start: NDArray[np.float64]) -> Document:
    """The document with another seed, untrained, and what it says of numbers drawn with that.

    `problem` is its own, `start` the flat numbers that training began at.
    """
    document = document.without("parameters", "progress").with_value("seed", seed)
    if document.disabled:
        other = replace(problem, seed=seed)
        document = disabled_as_in(document, other.blocks, other.whole_parameters())
    if document.surface is not None:
        document = document.with_value("values", document.surface.draw_point(seed, *start.tolist()))
    if document.graph is not None:
        document = document.with_value("values", document.graph.draw_values(seed))
    return document


def opened(document: Document, problem: Problem) -> tuple[Beginning, Beginning]:
    """Where training of a document goes on, and where Reset returns to."""
    state, origin = opened_state(document, problem)
    beginning = Beginning.at(state)
    return beginning, beginning if origin is state else Beginning.at(origin)


def opened_state(document: Document, problem: Problem) -> tuple[State, State]:
    """The state to go on from, and the one that Reset returns to.

    That one also has the numbers of what is disabled, which is 0 while it is: enabled, it has them again.
    """
    progress = document.progress
    start = State.fresh(problem, problem.initial_parameters(document.parameters), 0, 0, 0)
    if progress is None:
        if not document.disabled:
            return start, start
        whole = start.parameters(problem).copy()
        for name, value in document.disabled.items():
            whole[disabled_place(name, problem.blocks)] = value
        return start, State.fresh(problem, whole, 0, 0, 0)
    origin = State.fresh(problem, problem.whole_parameters(progress.start), 0, 0, 0)
    per_epoch = problem.batches.per_epoch
    epoch = progress.step // per_epoch if progress.epoch is None else progress.epoch
    batch = progress.step % per_epoch if progress.batch is None else progress.batch
    vector, size = start.vector.copy(), problem.blocks.size
    for number, name in enumerate(problem.optimiser_row.state, start=1):
        arrays = progress.optimiser_state.get(name)
        if arrays is not None:
            vector[number * size : (number + 1) * size] = problem.blocks.pack(arrays)
    if problem.optimiser_row.state:
        vector[-1] = progress.step if progress.optimiser_steps is None else progress.optimiser_steps
    names = problem.schedule_row.memory
    if progress.schedule_state:
        vector[-1 - len(names) : -1] = [progress.schedule_state[name] for name in names]
    vector.flags.writeable = False
    return State(progress.step, epoch, batch % per_epoch, vector), origin
