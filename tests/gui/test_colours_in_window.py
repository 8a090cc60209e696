"""One moment, one picture: its colours do not depend on how it was reached, nor on where it is shown."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication, QImage
from pytestqt.qtbot import QtBot

from nnviz.cli import main
from nnviz.gui.colour_maps import COLOUR_MAPS
from nnviz.gui.colour_scale import ColourScale, edge_colours
from nnviz.gui.dialogs.export_picture import ExportPictureDialog
from nnviz.gui.drawing import Drawing
from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.check import CheckPanel
from nnviz.gui.panels.gradients import GradientsPanel
from nnviz.gui.picture_export import render_image
from nnviz.gui.rendering import render_to_file
from nnviz.gui.resolving import drawing_of_moment
from nnviz.gui.theme import LIGHT
from nnviz.report.edge_measures import MEASURES
from nnviz.report.elements import Parameter, Weight
from nnviz.report.pass_text import operation_text
from nnviz.session.examples import open_example
from nnviz.session.session import Session


def opened(window: MainWindow, name: str) -> None:
    window.workbench.open_document(open_example(name), None, name)


def gradients_in_front(window: MainWindow) -> GradientsPanel:
    """The table of gradients, which the tests before may have left behind others."""
    docks = window.workbench.docks
    docks.docks["gradients"].raise_()
    panel = docks.panels["gradients"]
    assert isinstance(panel, GradientsPanel)
    return panel


def by_operations(window: MainWindow) -> None:
    control = window.workbench.controller
    while not control.view.moment.is_complete:
        control.step()


def by_step(window: MainWindow) -> None:
    window.workbench.controller.training_step()


def by_seeking(window: MainWindow) -> None:
    control = window.workbench.controller
    for _ in range(40):
        control.training_step()
    control.seek(1)
    while not control.view.moment.is_complete:
        control.step()


def by_undo(window: MainWindow) -> None:
    control = window.workbench.controller
    control.training_step()
    control.set_parameter(Weight(2, 0, 0), 50.0)
    control.training_step()
    control.undo()


def by_stepping_back(window: MainWindow) -> None:
    control = window.workbench.controller
    control.training_step()
    control.training_step()
    while control.view.moment.record.step > 1 or not control.view.moment.is_complete:
        control.step_back()


@pytest.mark.parametrize("name", ["mazur-2-2-2", "xor"])
@pytest.mark.parametrize("way", [by_operations, by_seeking, by_undo, by_stepping_back], ids=lambda way: way.__name__)
def test_the_scale_of_a_moment_is_the_same_however_it_was_reached(
    window: MainWindow, name: str, way: Callable[[MainWindow], None]
) -> None:
    opened(window, name)
    by_step(window)
    expected, moment = window.workbench.picture.colour_scale, window.workbench.controller.view.moment
    opened(window, name)
    way(window)
    reached = window.workbench.controller.view.moment
    assert reached.record.step == moment.record.step and reached.is_complete
    assert window.workbench.picture.colour_scale == expected


def edge_pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.width(), 4)[:, :, :3].copy()


@pytest.mark.parametrize("linear", [False, True], ids=["logarithmic", "linear"])
def test_what_is_exported_copied_and_previewed_has_the_colours_of_the_window_pixel_for_pixel(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, linear: bool
) -> None:
    opened(window, "xor")
    workbench, picture = window.workbench, window.workbench.picture
    monkeypatch.setattr("nnviz.gui.node_marks.draw_heads", lambda *_: None)      # buttons are for the window alone
    monkeypatch.setattr("nnviz.gui.stamps._STAMPS", OrderedDict())      # nor are those of tests before kept
    workbench.settings.change(colour_scale="linear" if linear else "logarithmic")
    for _ in range(98):
        workbench.controller.training_step()
    drawing, size = picture.drawing, picture.size()
    assert isinstance(drawing, Drawing)
    seen = edge_pixels(picture.render_picture())

    exported = render_image(drawing, LIGHT, size.width(), size.height(), digits=picture.digits,
                            colours=picture.colour_scale)
    assert np.array_equal(edge_pixels(exported), seen)

    monkeypatch.setattr("nnviz.gui.exports.COPIED_SIZE", (size.width(), size.height(), 1.0))
    workbench.exports.copy_picture()
    assert np.array_equal(edge_pixels(QGuiApplication.clipboard().image()), seen)

    written: list[bytes] = []

    def answer(dialog: ExportPictureDialog) -> int:
        dialog.width_box.set_value(size.width())
        dialog.height_box.set_value(size.height())
        written.append(dialog.picture_bytes())
        return 0

    monkeypatch.setattr(ExportPictureDialog, "exec", answer)
    workbench.exports.offer_picture()
    assert np.array_equal(edge_pixels(QImage.fromData(written[0])), seen)


def test_the_command_line_renders_the_colours_of_the_window(window: MainWindow, tmp_path: Path) -> None:
    opened(window, "mazur-2-2-2")
    by_operations(window)
    picture = window.workbench.picture
    size = picture.width(), picture.height()
    render_to_file(open_example("mazur-2-2-2"), 1, "light", size, tmp_path / "picture.png")
    session = Session(open_example("mazur-2-2-2"))
    session.advance_steps(1)
    moment = session.moment()
    drawing = drawing_of_moment(open_example("mazur-2-2-2"), moment, [np.zeros(2, dtype=bool)] * 2)
    assert ColourScale().fitting_drawing(drawing) == picture.colour_scale
    expected = render_image(drawing, LIGHT, *size, colours=picture.colour_scale)
    assert np.array_equal(edge_pixels(QImage(str(tmp_path / "picture.png"))), edge_pixels(expected))


@pytest.mark.parametrize(("name", "choice", "suffix"), [
    *(("xor", {"colour": measure}, ".png") for measure in MEASURES),
    *(("xor", {"colour": "update", "map": row}, ".svg") for row in COLOUR_MAPS),
    ("circle", {"colour": "weight", "map": "cividis", "scale": "linear"}, ".png"),
    ("gate-product-sum", {"map": "greys", "scale": "linear"}, ".png"),
    ("surface-saddle", {"map": "viridis"}, ".svg"),
], ids=str)
def test_the_command_line_writes_the_bytes_that_the_window_exports(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str,
    choice: dict[str, str], suffix: str,
) -> None:
    opened(window, name)
    workbench, panel = window.workbench, window.workbench.docks.panels["check"]
    keys = {"colour": "edge_colour", "map": "colour_map", "scale": "colour_scale"}
    workbench.settings.change(digits=4, theme="light", **{keys[option]: row for option, row in choice.items()})
    by_step(window)
    if choice.get("colour") == "error":
        assert isinstance(panel, CheckPanel)
        with qtbot.waitSignal(panel.checked):
            window.commands["check_gradients"].trigger()
    written: list[bytes] = []

    def answer(dialog: ExportPictureDialog) -> int:
        dialog.formats.set_row(suffix)
        written.append(dialog.picture_bytes())
        return 0

    monkeypatch.setattr(ExportPictureDialog, "exec", answer)
    workbench.exports.offer_picture()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    path = tmp_path / f"picture{suffix}"
    asked = [word for option, row in choice.items() for word in (f"--{option}", row)]
    assert main(["render", name, "-o", str(path), "--size", "1280x800", *asked]) == 0
    assert path.read_bytes() == written[0]


@pytest.mark.parametrize("name", ["mazur-2-2-2", "xor"])
def test_the_bar_in_the_table_has_the_colour_of_the_edge(window: MainWindow, name: str) -> None:
    opened(window, name)
    workbench, panel = window.workbench, gradients_in_front(window)
    workbench.controller.training_step()
    picture = workbench.picture
    for k, layer in enumerate(picture.drawing.connections, start=1):
        for (unit, source), gradient in np.ndenumerate(layer.gradients):
            row = panel.model.row_of(Weight(k, unit, source))
            size = abs(panel.model.number(row, "gradient"))
            assert size == abs(gradient)
            shade = int(picture.colour_scale.bins(np.array([size]))[0])
            assert panel.bar.colour_of(size) == edge_colours(picture.theme)[shade]


def test_while_edges_show_something_else_the_bars_have_a_scale_of_the_gradients(window: MainWindow) -> None:
    opened(window, "xor")
    workbench, panel = window.workbench, gradients_in_front(window)
    workbench.controller.training_step()
    of_gradients = panel.bar.scale
    panel.set_colour_scale(None)
    assert panel.bar.scale == of_gradients == workbench.picture.colour_scale


# ── what was just computed ───────────────────────────────────────────────────────────────────────────────────
def begun(operations: int, by_layer: bool = False) -> Session:
    session = Session(open_example("xor"))
    while session.moment().cursor < operations:
        session.advance(by_layer)
    return session


def marks_the_operation_named(session: Session) -> bool:
    moment = session.moment()
    assert moment.last is not None
    named = moment.last.element
    assert operation_text(session.document, moment, moment.last)
    return moment.active() == ({named} if named is not None else set())


@pytest.mark.parametrize("by_layer", [False, True], ids=["single operations", "whole layers"])
@pytest.mark.parametrize("phase", range(4), ids=["forward", "loss", "backward", "update"])
def test_after_an_edit_undo_and_redo_in_mid_pass_the_mark_is_on_the_one_operation_that_is_named(
    phase: int, by_layer: bool
) -> None:
    order = begun(0).order
    session = begun((order.length * (2 * phase + 1)) // 8, by_layer)
    element = Weight(2, 0, 1)
    for change in (lambda: session.set_parameter(element, 0.75), session.undo, session.redo, session.undo):
        change()
        assert not session.moment().is_complete
        assert marks_the_operation_named(session), change
    preview: Parameter = element
    moment = session.preview_parameter(preview, 0.5)
    assert moment.active() == session.moment().active()
