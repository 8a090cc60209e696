"""What a unit looks for in an image: its incoming weights, each where the pixel is that it multiplies."""

from __future__ import annotations

import numpy as np

from nnviz.data.pictures import picture_side
from nnviz.gui.drawing import TileKind, Tiles
from nnviz.gui.translation import tr
from nnviz.report.moment import Moment

MOST_THUMBNAILS = 64              # units; with more of them images would be too small to tell anything


def weight_images(moment: Moment) -> Tiles | None:
    """The images of the first layer's units, where the inputs are an image; of units with pieces, the first piece's.

    The largest |weight| of the layer has about the strongest colour: a round number, which stays from step to step.
    """
    problem = moment.record.problem
    inputs, layer = len(problem.network.inputs), problem.network.layers[0]
    if not picture_side(inputs) or len(layer.units) > MOST_THUMBNAILS:
        return None
    weights = problem.blocks.weights(moment.parameters(), 1)[::layer.pieces]
    side = int(np.sqrt(inputs))
    magnitudes = np.abs(weights)
    most = _round_up(float(magnitudes.max(initial=0.0, where=np.isfinite(magnitudes))) or 1.0)
    return Tiles(np.ascontiguousarray(weights).reshape(-1, side, side), TileKind.WEIGHTS, -most, 0.0, most,
                 tr("incoming weights of a unit"))


def _round_up(value: float) -> float:
    """The next of a few numbers in every decade."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next((step * power for step in (1.0, 1.5, 2.0, 3.0, 5.0, 7.0) if value <= step * power), 10.0 * power))
