"""What a user does with mouse and keys, and reads off the screen."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QListView, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from nnviz.gui.dialogs.schedule import schedule_dialog
from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.inspector import InspectorPanel
from nnviz.gui.settings import Settings
from nnviz.gui.workbench import Workbench
from nnviz.report.elements import Element

Opened = Callable[..., Workbench]


def new_window(qapp: QApplication) -> MainWindow:
    """The whole window with its panels, which have grown to their largest."""
    main = MainWindow(Settings(None))
    main.resize(1280, 800)
    main.show()
    main.complete_soon()
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        qapp.processEvents()
        if main.workbench.docks.created and main.gallery.names() and not main.gallery.previews_wait():
            break
    main.faults.remove()
    main.workbench.documents.ask_unsaved = lambda *_: "discard"
    main.workbench.documents.open_example("vanishing-gradient")      # panels grow to their largest and then stay
    for name in ("gradients", "dead", "activations"):
        main.workbench.docks.docks[name].raise_()
        qapp.processEvents()
    schedule_dialog(main, main.theme)
    return main


def take_apart(qapp: QApplication, window: QWidget) -> None:
    """Destroys a window: else every change of the theme would dress it again, and its docks would catch the pointer."""
    for seen in qapp.topLevelWidgets():
        seen.hide()
    window.deleteLater()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def press(qtbot: QtBot, window: MainWindow, name: str) -> None:
    """Clicks a button of the toolbar."""
    button = window.commands.toolbars["run"].widgetForAction(window.commands[name])
    assert isinstance(button, QToolButton)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def click(qtbot: QtBot, workbench: Workbench, element: Element) -> None:
    """Clicks an element of the picture."""
    at = workbench.picture.point_of(element).toPoint()
    qtbot.mouseClick(workbench.picture, Qt.MouseButton.LeftButton, pos=at)


def inspector(workbench: Workbench) -> InspectorPanel:
    """The inspector."""
    panel = workbench.docks.panels["inspector"]
    assert isinstance(panel, InspectorPanel)
    return panel


def inspected(workbench: Workbench, what: str) -> float:
    """The number that the inspector shows in the line `what`."""
    return float(inspector(workbench).value_label(what).text().replace("−", "-"))


def shown(workbench: Workbench, element: Element) -> list[float]:
    """The numbers that the picture shows for an element."""
    found = []
    workbench.picture.grab()
    for text in workbench.picture.displayed_text(element):
        for word in text.replace("\N{MINUS SIGN}", "-").split():
            try:
                found.append(float(word))
            except ValueError:
                continue
    return found


def texts(widget: QWidget) -> str:
    """Everything that the labels and buttons of a panel say."""
    said = [part.text() for part in (*widget.findChildren(QLabel), *widget.findChildren(QAbstractButton))]
    for view in widget.findChildren(QListView):
        said += [str(view.model().index(row, 0).data()) for row in range(view.model().rowCount())]
    return " ".join(said)
