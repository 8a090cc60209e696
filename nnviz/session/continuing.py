"""What has to be written down so that training can be gone on with elsewhere, bit for bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from nnviz.engine.problem import Problem, State
from nnviz.session.beginning import Beginning
from nnviz.session.consequences import learns_from
from nnviz.session.document import Document
from nnviz.session.parts import Arrays, Progress


def document_at(document: Document, problem: Problem, state: State, origin: Beginning) -> Document:
    """The document that continues from `state`: settings, parameters, progress; `origin` is where Reset returns to."""
    unpack = problem.blocks.unpack
    if state.step == 0:
        document = document.without("progress") if document.progress is not None else document
        parameters = state.parameters(problem)
        if np.array_equal(parameters, problem.initial_parameters(document.parameters)):
            return document
        return document.with_state(unpack(parameters), None)     # an edit kept what another initialiser drew
    memory = {name: unpack(vector) for name, vector in state.optimiser_state(problem).items()}
    start = origin.parameters(problem)
    drawn = np.array_equal(start, problem.whole_parameters())
    progress = Progress(
        step=state.step, epoch=state.epoch, batch=state.batch, optimiser_state=memory,
        optimiser_steps=state.updates if memory else None, start=None if drawn else unpack(start),
        schedule_state=state.schedule_memory(problem),
    )
    return document.with_state(unpack(state.parameters(problem)), progress)


def without_what_activations_learn(here: Document, problem: Problem, state: State, origin: Beginning) -> Document:
    """The document `here`, which continues from `state`, but what activations learn: another one begins anew."""
    unpack = problem.blocks.unpack
    names = {array.name for array in problem.network.arrays if array.kind != "activation"}

    def kept(arrays: Arrays) -> Arrays:
        return {name: array for name, array in arrays.items() if name in names}

    progress = here.progress
    if progress is not None:
        memory = {name: kept(arrays) for name, arrays in progress.optimiser_state.items()}
        progress = replace(progress, optimiser_state=memory, start=kept(unpack(origin.parameters(problem))))
    return here.with_state(kept(unpack(state.parameters(problem))), progress)


def start_of(document: Document, before: Document) -> Document:
    """The same document before training: exact start values stay unless the initialisers were others `before`."""
    starts = [(layer.initialise, learns_from(layer)) for layer in document.network.layers]
    if starts != [(layer.initialise, learns_from(layer)) for layer in before.network.layers]:
        return document.without("parameters", "progress")
    return document.with_state(document.progress.start, None) if document.progress is not None else document
