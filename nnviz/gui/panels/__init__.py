"""The panels around the picture, in the order in which they are docked: their table of contents.

Reading `PANELS` brings pyqtgraph, which takes longer than the whole first picture, so nothing here is imported
before it is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nnviz.gui.panels.panel import Panel

    PANELS: tuple[type[Panel], ...]


def __getattr__(name: str) -> object:
    if name != "PANELS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from nnviz.gui.panels.activations import ActivationsPanel
    from nnviz.gui.panels.by_hand import ByHandPanel
    from nnviz.gui.panels.check import CheckPanel
    from nnviz.gui.panels.configuration import ConfigurationPanel
    from nnviz.gui.panels.data import DataPanel
    from nnviz.gui.panels.dead import DeadPanel
    from nnviz.gui.panels.drawing_pad import DrawingPadPanel
    from nnviz.gui.panels.examples import ExamplesPanel
    from nnviz.gui.panels.gradients import GradientsPanel
    from nnviz.gui.panels.inspector import InspectorPanel
    from nnviz.gui.panels.lifts import LiftsPanel
    from nnviz.gui.panels.loss import LossPanel
    from nnviz.gui.panels.matrix_form import MatrixFormPanel
    from nnviz.gui.panels.movement import MovementPanel
    from nnviz.gui.panels.paths import PathsPanel
    from nnviz.gui.panels.predictions import PredictionsPanel
    from nnviz.gui.panels.trace import TracePanel
    from nnviz.gui.panels.weight_matrices import WeightMatricesPanel

    return (
        InspectorPanel, LossPanel, GradientsPanel, ExamplesPanel, TracePanel, MatrixFormPanel, WeightMatricesPanel,
        MovementPanel, PathsPanel, LiftsPanel, ByHandPanel, ActivationsPanel, DeadPanel, PredictionsPanel, CheckPanel,
        ConfigurationPanel, DataPanel, DrawingPadPanel,
    )
