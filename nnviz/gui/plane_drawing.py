"""The decision surface beside a network of two inputs: the plane, the examples on it, and what the outputs say there.
"""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.gui.drawing import Array, Mask
from nnviz.report.fields import Meaning, Plane


@dataclass(frozen=True, eq=False)
class PlanePoints:
    """The examples on the plane. `left_out` is how many more there are than can be told apart."""

    places: Array                 # (points, 2): shares of the plane, across and down
    targets: Array                # (points, outputs)
    test: Mask                    # kept apart from training
    left_out: int = 0


@dataclass(frozen=True, eq=False)
class PlaneDrawing:
    """The surface of the outputs. Of several classes, `winners` are their numbers and `leads` how far they lead.

    Else an image of the last column is the surface: that of its first output.
    """

    plane: Plane
    names: tuple[str, str]        # of the two inputs
    meaning: Meaning
    points: PlanePoints
    classes: tuple[str, ...] = ()          # their names, where there are several
    outputs: Array | None = None           # (classes, rows, columns), where there are several
    shown: tuple[float, float] | None = None   # the inputs of the example that is shown
    flat: bool = False            # discretised: only which side, or which class
