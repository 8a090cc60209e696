"""Between an example and its network: what people call its inputs, which formulas are made of them, how these are
scaled, and with which numbers that were found in the training examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnviz.data.datasets import DataSet
from nnviz.data.features import read_feature
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine.calls import Array
from nnviz.engine.network import Network
from nnviz.engine.problem import Problem
from nnviz.errors import Refused
from nnviz.report.numbers import full
from nnviz.words import counted, tr

_MOST_LISTED = 16       # raw inputs that are told one by one
Lines = list[tuple[str, str]]


def asked_names(network: Network, data: DataSet) -> tuple[str, ...]:
    """What the inputs are called that have to be typed for a prediction.

    They are the network's inputs; where these are formulas, the data set's own inputs x1, x2, ... instead.
    """
    return data.raw_names if data.preparation.features else network.inputs


def answers_to(problem: Problem, parameters: Array, data: DataSet, raw: Array) -> Array:
    """The outputs (examples, outputs) for raw inputs (examples, inputs of the data set).

    They are prepared as the training examples are: by the same formulas, scaled with what was fitted on those.  Where a
    formula has no finite value, the answer is NaN: a scaling by ranks would make a number of it.
    """
    width = data.raw_inputs.shape[1]
    if raw.ndim != 2 or raw.shape[1] != width:
        text = tr("the inputs have the shape {shape}, but an example has {width}")
        hint = tr("Give a row of numbers for each example")
        raise Refused(text.format(shape=raw.shape, width=counted(width, "{count} number", "{count} numbers")),
                      hint=hint)
    engineered = data.preparation.engineered(raw)
    found = problem.outputs(parameters, np.ascontiguousarray(data.preparation.scale(engineered)))
    outputs = np.array(found[f"out{len(problem.network.layers)}"].T, order="C")
    if data.preparation.features:
        outputs[~np.isfinite(engineered).all(axis=1)] = np.nan
    return outputs


def input_lines(data: DataSet, raw: Array, place: int, value: str) -> Lines:
    """How input `place` of the network came to its `value`, averaged over the examples whose own inputs are `raw`."""
    if data.unprepared is None:
        return [(tr("input"), value)]
    preparation = data.preparation
    lines: Lines = []
    if preparation.features:
        formula = preparation.features[place]
        lines.append((tr("formula"), formula))
        if raw.shape[1] <= _MOST_LISTED:
            lines += [(name, full(float(raw[:, column].mean()))) for column, name in enumerate(data.raw_names)]
        before = read_feature(formula, raw.shape[1])(raw)
    else:
        before = raw[:, place]
    scale = preparation.scale
    if not scale.fitted:
        return [*lines, (tr("input"), value)]
    row = SCALINGS[preparation.scaling]
    return [
        *lines,
        (tr("raw value"), full(float(before.mean()))),
        (tr("scaling"), f"{tr(row.label)}, {tr(row.formula)}"),
        *((tr(name), full(float(numbers[place]))) for name, numbers in scale.fitted.items()),
        (tr("scaled value"), value),
    ]


def fitted_lines(names: Sequence[str], data: DataSet) -> list[tuple[str, ...]]:
    """The numbers that the scaling was fitted to, as rows of cells with a heading: an input a row; [] without any."""
    fitted = data.preparation.scale.fitted
    if not fitted:
        return []
    rows = [(name, *(full(float(numbers[place])) for numbers in fitted.values())) for place, name in enumerate(names)]
    return [(tr("input"), *(tr(name) for name in fitted)), *rows]
