"""Every panel asks for things by signals: here they are tied to whoever can do them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from nnviz.engine.calls import Array
from nnviz.gui.panels.check import CheckPanel
from nnviz.gui.panels.configuration import ConfigurationPanel
from nnviz.gui.panels.data import DataPanel
from nnviz.gui.panels.drawing_pad import DrawingPadPanel
from nnviz.gui.panels.loss import LossPanel
from nnviz.gui.panels.paths import PathsPanel
from nnviz.gui.panels.weight_matrices import WeightMatricesPanel

if TYPE_CHECKING:
    from nnviz.gui.workbench import Workbench


def connect_panels(workbench: Workbench) -> None:
    """Ties the panels of a window, which have just been made, to its controller and its picture."""
    control, picture, settings = workbench.controller, workbench.picture, workbench.settings
    for panel in workbench.docks.panels.values():
        panel.element_selected.connect(control.select)
        panel.example_chosen.connect(control.choose_example)
        panel.moment_requested.connect(control.seek_operation)
        panel.quantity_pointed.connect(control.point)
        panel.value_edited.connect(control.set_parameter)
        panel.setting_chosen.connect(lambda key, value: settings.change(**{key: value}))
        workbench.canvas_edits.selection.changed.connect(panel.set_picked)
        panel.export_requested.connect(workbench.exports.offer_shown_step)
        panel.message.connect(workbench.say_briefly)
        picture.colour_scale_changed.connect(panel.set_colour_scale)
        panel.set_colour_scale(picture.gradient_scale)
        if isinstance(panel, LossPanel):
            workbench.follow(panel.travel)
            panel.sought.connect(control.seek_still)
        elif isinstance(panel, CheckPanel):
            panel.found.connect(workbench.recolour)
        elif isinstance(panel, DataPanel):
            panel.edit_requested.connect(workbench.edits.make)
            panel.refused.connect(workbench.edits.refuse)
            panel.told.connect(lambda text: workbench.strip.show_message("examples", text, "info"))
        elif isinstance(panel, PathsPanel):
            panel.trails_changed.connect(picture.set_trails)
        elif isinstance(panel, DrawingPadPanel):
            panel.try_requested.connect(workbench.trials.try_inputs)
            panel.target_chosen.connect(workbench.trials.choose_target)
            workbench.trials.target_changed.connect(panel.set_target)
            workbench.trials.drawing_wanted.connect(partial(_draw, workbench, panel))
        elif isinstance(panel, ConfigurationPanel):
            panel.network = lambda: control.session
            panel.edit_requested.connect(workbench.edits.make)
            panel.reshape_requested.connect(workbench.canvas_edits.reshape)
            panel.refused.connect(workbench.edits.refuse)
            panel.schedule_requested.connect(workbench.edits.choose_schedule)
            panel.data_requested.connect(workbench.edits.choose_data)
            workbench.edits.settled.connect(panel.settle)
        elif isinstance(panel, WeightMatricesPanel):
            panel.colouring_of = workbench.drawings.colouring


def _draw(workbench: Workbench, pad: DrawingPadPanel, inputs: Array | None) -> None:
    """Brings the drawing pad, with the image that is to be drawn on."""
    workbench.docks.bring(pad.name)
    if inputs is not None:
        pad.take_inputs(inputs)
    pad.pad.setFocus(Qt.FocusReason.ShortcutFocusReason)
