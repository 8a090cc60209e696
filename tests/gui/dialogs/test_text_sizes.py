"""A dialog fits a screen of 1280 × 800 pixels also with the text of a projector."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from nnviz.exchange.session_export import SessionExporter
from nnviz.gui.dialogs.about import About
from nnviz.gui.dialogs.data import DataDialog
from nnviz.gui.dialogs.export_picture import ExportPictureDialog
from nnviz.gui.dialogs.export_tables import ExportTablesDialog
from nnviz.gui.dialogs.form import ABOVE
from nnviz.gui.dialogs.layers import LayersDialog
from nnviz.gui.dialogs.new_network import NewNetworkDialog
from nnviz.gui.dialogs.optimiser import OptimiserDialog
from nnviz.gui.dialogs.preferences import Preferences
from nnviz.gui.dialogs.schedule import schedule_dialog
from nnviz.gui.dialogs.shortcuts import ShortcutSheet
from nnviz.gui.messages import DetailsWindow
from nnviz.gui.resolving import drawing_of_document
from nnviz.gui.settings import Settings
from nnviz.gui.theme import LIGHT
from nnviz.gui.theme_apply import apply_theme
from nnviz.session.document import Document
from nnviz.session.examples import open_document
from nnviz.session.session import Session

#: What a window manager leaves of 1280 × 800 pixels below a panel and within a frame.
ROOM = (1276, 760)


_LASTING: list[QWidget] = []     # the dialog of schedules lasts, for pyqtgraph's plots must not be destroyed


@pytest.fixture(scope="module", autouse=True)
def lasting(qapp: QApplication) -> None:
    _LASTING.append(QWidget())
    schedule_dialog(_LASTING[0], LIGHT)


@pytest.fixture(params=[100, 130, 160])
def text_size(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[int]:
    apply_theme(qapp, LIGHT, request.param)
    yield request.param
    apply_theme(qapp, LIGHT, 100)


def layers(document: Document, parent: QWidget) -> QDialog:
    session = Session(document)
    return LayersDialog(LIGHT, document, session.problem.targets, session.reset_reason, parent)


DIALOGS: dict[str, Callable[[Document, QWidget], QDialog]] = {
    "about": lambda document, parent: About(parent),
    "data": lambda document, parent: DataDialog(LIGHT, Session(document), parent),
    "details": lambda document, parent: DetailsWindow("It is broken.", "so it is\n" * 80, parent),
    "layers": layers,
    "new": lambda document, parent: NewNetworkDialog(LIGHT, parent),
    "optimiser": lambda document, parent: OptimiserDialog(document.optimiser, parent),
    "picture": lambda document, parent: ExportPictureDialog(
        drawing_of_document(document), LIGHT, "xor", Path.cwd(), 6, parent),
    "preferences": lambda document, parent: Preferences(Settings(None), parent),
    "schedule": lambda document, parent: schedule_dialog(_LASTING[0], LIGHT),
    "shortcuts": lambda document, parent: ShortcutSheet(parent),
    "tables": lambda document, parent: ExportTablesDialog(
        SessionExporter(Session(document)), "xor", Path.cwd(), "parameters", parent),
}


@pytest.mark.parametrize("name", DIALOGS)
@pytest.mark.parametrize("example", ["xor", "iris"])
def test_every_dialog_fits_a_small_screen(qtbot: QtBot, text_size: int, name: str, example: str) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = DIALOGS[name](open_document(example), parent)
    with qtbot.waitExposed(dialog):
        dialog.show()
    assert dialog.width() <= ROOM[0] and dialog.height() <= ROOM[1]
    assert dialog.minimumSizeHint().width() <= ROOM[0] and dialog.minimumSizeHint().height() <= ROOM[1]
    dialog.hide()


@pytest.mark.parametrize("name", DIALOGS)
@pytest.mark.parametrize("example", ["iris", "digits-784-16-16-10"])
def test_every_dialog_fits_a_screen_of_1024_by_640_and_none_is_larger_than_its_screen(
    qtbot: QtBot, qapp: QApplication, name: str, example: str
) -> None:
    apply_theme(qapp, LIGHT, 100)
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = DIALOGS[name](open_document(example), parent)
    with qtbot.waitExposed(dialog):
        dialog.show()
    least, screen = dialog.minimumSizeHint(), dialog.screen().availableGeometry().size()
    assert least.width() <= 1024 and least.height() <= 640 - ABOVE
    assert dialog.width() <= max(screen.width(), least.width()) and dialog.height() <= screen.height() - ABOVE
    dialog.hide()
