"""From a moment to the heat maps of a network of two inputs: every unit's outputs over the plane, and the surface.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from nnviz.data.datasets import DataSet
from nnviz.engine.network import Network
from nnviz.engine.problem import Problem
from nnviz.gui.drawing import Array, Column, Drawing, TileKind, Tiles
from nnviz.gui.plane_drawing import PlaneDrawing, PlanePoints
from nnviz.gui.translation import tr
from nnviz.report.fields import answers_wanted, fields_of, fields_of_inputs, has_plane, plane_of, range_of
from nnviz.report.moment import MEAN, Moment

Choice = Literal["automatic", "always", "never"]

FEW_EXAMPLES = 8                  # up to so many are worked through by hand, and numbers in discs say more
CELLS, FEWER_CELLS = 64, 32       # of the plane along a side; of networks for which so many would take too long
MOST_WORK = 2**30                 # multiply-adds for the maps of a moment: they take a few hundredths of a second
UNIT_WORK = 200                   # multiply-adds in the time that an activation takes
MOST_MAPS = 256                   # of a layer; those of a larger one, a strip, would be too small to be seen
MOST_POINTS = 2000                # on the surface


@dataclass(frozen=True)
class MapOptions:
    """What the user chose about heat maps."""

    shown: Choice = "automatic"
    flat: bool = False


AS_CHOSEN_FIRST = MapOptions()


def shows_maps(problem: Problem, data: DataSet, choice: Choice) -> bool:
    """Whether units are drawn as heat maps; automatically where there are more examples than one goes through by hand.
    """
    network = problem.network
    if choice == "never" or not has_plane(network, data) or not cells_of(network):
        return False
    return choice == "always" or len(data.raw_inputs) + len(data.raw_test_inputs) > FEW_EXAMPLES


def cells_of(network: Network) -> int:
    """How many cells the maps of a network have along a side; 0 where even the fewest would take too long."""
    layers = zip(network.sizes[:-1], network.net_sizes[1:], strict=True)
    each = sum(nets * (sources + UNIT_WORK) for sources, nets in layers)
    return next((cells for cells in (CELLS, FEWER_CELLS) if each * cells**2 <= MOST_WORK), 0)


def why_no_maps(problem: Problem, data: DataSet) -> str:
    """A sentence that says why there can be no heat maps; empty where there can be."""
    if not has_plane(problem.network, data):
        return tr("Heat maps are for networks whose examples have two inputs: those span a plane.")
    if not cells_of(problem.network):
        return tr("This network is too large for heat maps: it would take too long to work out its outputs all over "
                  "the plane.")
    return ""


def with_maps(
    drawing: Drawing, problem: Problem, data: DataSet, moment: Moment, options: MapOptions = AS_CHOSEN_FIRST,
    before: Drawing | None = None, own: Array | None = None,
) -> Drawing:
    """`drawing` with heat maps and decision surface, where it is to have them.

    `before` may be an earlier one with the same parameters and options: its maps are taken as they are.
    `own` are the raw inputs of an example of the user's own, where the moment is of one.
    """
    if not shows_maps(problem, data, options.shown):
        return drawing
    answers = answers_wanted(problem, data)
    if before is not None and before.plane is not None:
        columns = tuple(replace(column, tiles=old.tiles) for column, old in
                        zip(drawing.columns, before.columns, strict=True))
        outputs = before.plane.outputs
    else:
        cells = cells_of(problem.network)
        _, *fields = fields_of(problem, moment.parameters(), data, cells)
        answered = (answers.low, answers.middle, answers.high)
        inputs = _tiles_of_inputs(problem, data, cells, options.flat, tr("inputs"))
        columns = (replace(drawing.columns[0], tiles=inputs), *(
            _with_tiles(column, values, answered if number == len(fields) else range_of(problem, number, values),
                        options.flat) if len(values) <= MOST_MAPS or number == len(fields) else column
            for number, (column, values) in enumerate(zip(drawing.columns[1:], fields, strict=True), start=1)))
        outputs = fields[-1] if answers.meaning == "classes" else None
    network = problem.network
    names = network.inputs if not data.preparation.features else data.raw_names
    plane = PlaneDrawing(
        plane_of(data), (names[0], names[1]), answers.meaning, points_of(data),
        network.names(len(network.layers)) if answers.meaning == "classes" else (), outputs,
        _shown(moment, data) if own is None else (float(own[0]), float(own[1])), options.flat,
    )
    return replace(drawing, columns=columns, plane=plane)


def _with_tiles(column: Column, values: Array, scale: tuple[float, float, float], flat: bool) -> Column:
    caption = tr("output") if column.targets is not None else tr("outputs: {layer}").format(layer=column.title)
    return replace(column, tiles=Tiles(values, TileKind.OUTPUTS, *scale, caption, flat))


@lru_cache(maxsize=8)
def _tiles_of_inputs(problem: Problem, data: DataSet, cells: int, flat: bool, caption: str) -> Tiles:
    """They are the same whatever the weights are, and so are their pixels."""
    values = fields_of_inputs(data, cells)
    return Tiles(values, TileKind.OUTPUTS, *range_of(problem, 0, values), caption, flat)


def _shown(moment: Moment, data: DataSet) -> tuple[float, float] | None:
    """The raw inputs of the shown example; None for the mean of the batch."""
    if moment.example == MEAN:
        return None
    rows = moment.record.rows
    x, y = data.raw_inputs[int(rows[min(moment.example, len(rows) - 1)])].tolist()
    return x, y


@lru_cache(maxsize=8)
def points_of(data: DataSet) -> PlanePoints:
    """All examples, or every so-many-th of very many."""
    places = plane_of(data).shares(np.concatenate([data.raw_inputs, data.raw_test_inputs]))
    targets = np.concatenate([data.targets, data.test_targets])
    test = np.arange(len(places)) >= len(data.raw_inputs)
    kept = np.isfinite(places).all(axis=1)
    if kept.sum() > MOST_POINTS:
        chosen = np.flatnonzero(kept)[np.linspace(0, kept.sum() - 1, MOST_POINTS).astype(np.intp)]
        kept = np.zeros(len(places), dtype=bool)
        kept[chosen] = True
    return PlanePoints(places[kept], targets[kept], test[kept], len(places) - int(kept.sum()))


