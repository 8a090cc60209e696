"""The land that optimisers descend: heights as colours, contour lines, and numbers for both.

A relief is computed once for a function, an extent and a size, and painted as long as these stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen

from nnviz.gui.contours import Array, HeightScale, contour_lines
from nnviz.gui.edges import draw_lines
from nnviz.gui.surface_drawing import Extent, SurfaceDrawing
from nnviz.gui.theme import Theme

CELL, COARSE_CELL = 2.0, 5.0      # pixels between two places where the function is computed; while the map moves
COLOUR_MAP = "viridis"            # its lightness grows evenly, so it is read without colours too
FADED = {False: 0.42, True: 0.42}  # share of the canvas in the colours, by whether the theme is dark: paths stand out
SHADES = 256
LEAST_ASKED = 0.02                # share of the map from which on the asked extent decides about the colours


@dataclass(frozen=True, eq=False)
class Relief:
    """The map of a function without anybody on it. `lines` are those of each of the `levels`, pixels in the map."""

    scale: HeightScale
    levels: tuple[float, ...]
    shares: Array                 # (rows, columns), the lowest y first
    lines: tuple[Array, ...]
    width: float
    height: float

    def paint(self, painter: QPainter, at: QRectF, theme: Theme) -> None:
        """Draw it into `at`, which is as large as it was computed for."""
        painter.save()
        painter.setClipRect(at, Qt.ClipOperation.IntersectClip)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        rows, columns = self.shares.shape
        half_x, half_y = at.width() / (columns - 1) / 2, at.height() / (rows - 1) / 2
        painter.drawImage(at.adjusted(-half_x, -half_y, half_x, half_y), self._image(theme))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(at.topLeft())
        ink = QColor(theme.ink)
        ink.setAlphaF(0.34)
        painter.setPen(QPen(ink, 1.0))
        for lines in self.lines:
            draw_lines(painter, lines)
        painter.restore()

    def _image(self, theme: Theme) -> QImage:
        """One pixel a place; where the function has no value, the canvas."""
        shades = np.where(np.isnan(self.shares), SHADES, np.nan_to_num(self.shares) * (SHADES - 1) + 0.5)
        pixels = np.ascontiguousarray(_shades(theme)[shades.astype(np.intp)][::-1])
        rows, columns = pixels.shape
        return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32).copy()


def relief_of(drawing: SurfaceDrawing, extent: Extent, width: float, height: float, coarse: bool = False) -> Relief:
    """The relief of a drawing's function on `extent`, for a map of `width` × `height` pixels."""
    cell = COARSE_CELL if coarse else CELL
    columns, rows = (2 * max(2, ceil(side / cell / 2)) + 1 for side in (width, height))
    heights = drawing.heights(columns, rows, extent)
    scale = _scale(drawing, extent, heights)
    visible = heights[np.isfinite(heights)]
    levels = scale.levels(highest=float(visible.max()) if visible.size else 0.0)
    lines = []
    nodes = heights[::2, ::2]
    across, up = width / (nodes.shape[1] - 1), height / (nodes.shape[0] - 1)
    for level in levels:
        found = contour_lines(nodes, level) * (across, -up, across, -up) + (0.0, height, 0.0, height)
        lines.append(np.ascontiguousarray(found))
    return Relief(scale, levels, scale.shares(heights), tuple(lines), width, height)


def _scale(drawing: SurfaceDrawing, extent: Extent, heights: Array) -> HeightScale:
    """The scale for what the drawing asks to show: a map in a wide window shows more, and steeper, at its sides.

    Where hardly anything of that is seen, it is the scale for what is seen.
    """
    rows, columns = heights.shape
    asked = drawing.extent
    inner = heights[_inside(asked.y, *extent.y, rows), _inside(asked.x, *extent.x, columns)]
    if inner.size < LEAST_ASKED * heights.size or not np.isfinite(inner).any():
        return HeightScale.of(heights)
    finite = heights[np.isfinite(heights)]
    return HeightScale.of(inner).with_surroundings(float(finite.min()), float(finite.max()))


def _inside(stretch: tuple[float, float], low: float, high: float, count: int) -> slice:
    """Which of `count` places from `low` to `high` lie in a stretch of the axis."""
    first, last = ((bound - low) / (high - low) * (count - 1) for bound in stretch)
    return slice(max(0, ceil(first - 1e-9)), max(0, floor(last + 1e-9) + 1))


@lru_cache(maxsize=4)
def _shades(theme: Theme) -> NDArray[np.uint32]:
    """The colours from low to high as 0xffrrggbb, and that of no value at the end."""
    import pyqtgraph

    colours = pyqtgraph.colormap.get(COLOUR_MAP).getLookupTable(nPts=SHADES, alpha=False).astype(np.float64)
    canvas = np.array([int(theme.canvas[i : i + 2], 16) for i in (1, 3, 5)], dtype=np.float64)
    share = FADED[theme.dark]
    mixed = np.vstack((colours * (1 - share) + canvas * share, canvas)).astype(np.uint32)
    return np.asarray((255 << 24) | (mixed[:, 0] << 16) | (mixed[:, 1] << 8) | mixed[:, 2], dtype=np.uint32)


def shade(theme: Theme, share: float) -> QColor:
    """The colour of a height that has `share` (0 to 1) of the scale."""
    return QColor.fromRgb(int(_shades(theme)[round(share * (SHADES - 1))]))
