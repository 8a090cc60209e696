"""The window: menus, gallery and messages first, so that it stands there at once; the workbench follows.

Everything that needs numbers (the picture, the panels, the open network) belongs to the `Workbench`, which is built
in the first idle moment, or at the first command that needs it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QWidget

from nnviz.errors import NnvizError
from nnviz.gui import faults
from nnviz.gui.actions import ACTIONS, build_actions, text_size_changed
from nnviz.gui.fonts import load_fonts
from nnviz.gui.gallery import Gallery
from nnviz.gui.icons import application_icon
from nnviz.gui.messages import MessageStrip
from nnviz.gui.settings import BY_KEY, CONVENTION_OF, Settings
from nnviz.gui.theme import THEMES, Theme
from nnviz.gui.theme_apply import apply_theme, system_theme
from nnviz.gui.translation import say_anew, tr
from nnviz.report.conventions import put_in_force

if TYPE_CHECKING:
    from nnviz.gui.workbench import Workbench

GRAINS = {"step_by_automatic": "automatic", "step_by_unit": "unit", "step_by_layer": "layer"}
THEME_ACTIONS = {"theme_system": "system", "theme_light": "light", "theme_dark": "dark"}
#: The settings that say what colours mean, by whose names their rows in the menu begin.
COLOUR_SETTINGS = ("edge_colour", "colour_scale", "colour_map")
LEAST_SIZE = QSize(480, 320)
ABOVE = 40              # pixels of the screen that the frame around a window takes, or a little more
LONGEST_WAIT = 400      # milliseconds
SAVE_AFTER = 1000
DOCK_OPTIONS = (
    QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks
    | QMainWindow.DockOption.AllowNestedDocks
)


class _Centre(QWidget):
    """The pages, and the messages at their foot.

    The newest message covers the legend of a picture, which so does not move for it; others, and those of the
    gallery, take room.
    """

    def __init__(self, pages: _Pages, strip: MessageStrip, gallery: QWidget) -> None:
        super().__init__()
        self.pages, self.strip, self._gallery = pages, strip, gallery
        for part in (pages, strip):
            part.setParent(self)
            part.installEventFilter(self)
        pages.currentChanged.connect(self._arrange)
        self._foot: QWidget | None = None

    def set_foot(self, foot: QWidget) -> None:
        """Puts `foot` below the pictures and their messages; below the gallery it is not seen."""
        self._foot = foot
        foot.setParent(self)
        foot.installEventFilter(self)
        self._arrange()

    def _foot_height(self) -> int:
        return 0 if self._foot is None or self._foot.isHidden() else self._foot.sizeHint().height()

    def minimumSizeHint(self) -> QSize:
        return self.pages.minimumSizeHint() + QSize(0, self._foot_height())

    def sizeHint(self) -> QSize:
        return self.pages.sizeHint() + QSize(0, self._foot_height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self.updateGeometry()
            self._arrange()
        return super().eventFilter(watched, event)

    def _arrange(self) -> None:
        foot = self._foot_height()
        width, height = self.width(), self.height() - foot
        if self._foot is not None:
            self._foot.setGeometry(0, height, width, foot)
        high = 0 if self.strip.isHidden() else min(self.strip.height_for(width), height)
        covered = 0 if self.pages.currentWidget() is self._gallery else min(high, self.strip.newest_height(width))
        self.pages.setGeometry(0, 0, width, height - high + covered)
        self.strip.setGeometry(0, height - high, width, high)
        self.strip.raise_()


class _Pages(QStackedWidget):
    """The gallery or the picture, as small as the one that is shown may be."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(self.updateGeometry)

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        return QSize() if page is None else page.minimumSizeHint().expandedTo(page.minimumSize())


class MainWindow(QMainWindow):
    """One window with at most one open network; without one it shows the gallery of examples."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.application = application
        load_fonts()
        put_in_force(settings.conventions())
        self.theme = self._chosen_theme()
        apply_theme(application, self.theme, settings.whole("text_size"))
        self.setWindowTitle("nnviz")
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.setDockOptions(DOCK_OPTIONS)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.setCorner(Qt.Corner.BottomLeftCorner, Qt.DockWidgetArea.LeftDockWidgetArea)
        self._workbench: Workbench | None = None
        self._text_size = settings.whole("text_size")
        self._waiting: Callable[[], object] | None = None

        self._saving = QTimer(self)        # settings are kept soon after a change, whatever ends the program later
        self._saving.setSingleShot(True)
        self._saving.setInterval(SAVE_AFTER)
        self._saving.timeout.connect(self._save_settings)

        self.strip = MessageStrip(self.theme)
        self.faults = faults.install(self.strip)
        self.gallery = Gallery(self.theme)
        self.stack = _Pages()
        self.stack.addWidget(self.gallery)
        self.centre = _Centre(self.stack, self.strip, self.gallery)
        self.setCentralWidget(self.centre)
        self.setMinimumSize(LEAST_SIZE)

        self.commands = build_actions(self, self._callbacks(), self.theme)
        self.commands.toolbars["run"].hide()
        text_size_changed(application, self.commands)
        self.statusBar()
        self.gallery.opened.connect(lambda name: self.workbench.documents.open_example(name))
        self.gallery.recent_wanted.connect(lambda path: self.workbench.documents.open_path(path))
        self.gallery.new_wanted.connect(self.commands["new"].trigger)
        self.gallery.file_wanted.connect(self.commands["open"].trigger)
        self.gallery.set_recent(settings.texts("recent_files"))
        settings.watch(self._settings_changed)
        application.styleHints().colorSchemeChanged.connect(self._apply_theme)
        self.commands.menu("open_recent").aboutToShow.connect(self._fill_recent)
        self._restore_geometry()
        self._mark_choices()
        self.gallery.setFocus()
        if settings.message:
            self.strip.show_message("settings", settings.message, "warning")

    @property
    def workbench(self) -> Workbench:
        """Everything that works with a network; built when it is first asked for."""
        if self._workbench is None:
            from nnviz.gui.workbench import Workbench

            self._workbench = Workbench(self)
        return self._workbench

    def complete_soon(
        self, opened: Callable[[], object] | None = None, completed: Callable[[], object] | None = None
    ) -> None:
        """Builds the rest in the first idle moment after the window has been painted.

        Calls `opened` as soon as a network can be opened, and `completed` when panels and gallery are there as well.
        """
        self._waiting = partial(self._complete, opened, completed)
        QTimer.singleShot(LONGEST_WAIT, self, self._stop_waiting)     # a window that is covered is never painted

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._waiting is not None:
            QTimer.singleShot(0, self, self._stop_waiting)

    def _stop_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting()

    def _complete(self, opened: Callable[[], object] | None, completed: Callable[[], object] | None) -> None:
        workbench = self.workbench
        if opened is not None:
            opened()
        QTimer.singleShot(0, workbench, workbench.create_panels)
        QTimer.singleShot(0, workbench, workbench.fill_gallery)
        if completed is not None:
            QTimer.singleShot(0, workbench, completed)

    # --- commands ------------------------------------------------------------------------------------------------

    def _callbacks(self) -> dict[str, Callable[..., object]]:
        """What each row of the action table does; what is not done here is asked of the workbench."""
        own: dict[str, Callable[..., object]] = {
            "quit": self.close, "preferences": self.show_preferences, "shortcuts": self.show_shortcuts,
            "about": self.show_about, "full_screen": self._show_full_screen,
            "larger_text": partial(self._resize_text, 10), "smaller_text": partial(self._resize_text, -10),
            "normal_text": partial(self.settings.change, text_size=100),
            "timeline": lambda shown: self.settings.change(timeline=shown),
            "keep_learned": lambda keep: self.settings.change(keep_learned=keep),
            **{name: partial(self.settings.change, step_grain=grain) for name, grain in GRAINS.items()},
            **{name: partial(self.settings.change, theme=theme) for name, theme in THEME_ACTIONS.items()},
            **{f"{key}_{value}": partial(self.settings.change, **{key: value})
               for key in COLOUR_SETTINGS for value, _ in BY_KEY[key].choices},
            "next_edge_colour": partial(self._turn_edge_colour, 1),
            "previous_edge_colour": partial(self._turn_edge_colour, -1),
        }
        asked = {row.name: partial(self._ask_workbench, row.name) for row in ACTIONS if row.kind != "submenu"}
        return asked | own

    def _ask_workbench(self, name: str, *arguments: object) -> None:
        self.strip.withdraw_information()       # it was read, or it is not wanted: what follows is something else
        self.workbench.commands[name](*arguments)

    def show_preferences(self) -> None:
        from nnviz.gui.dialogs.preferences import Preferences

        dialog = Preferences(self.settings, self)
        if dialog.exec():
            self._save_settings()
        dialog.deleteLater()

    def show_shortcuts(self) -> None:
        from nnviz.gui.dialogs.shortcuts import ShortcutSheet

        sheet = ShortcutSheet(self)
        sheet.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        sheet.show()

    def show_about(self) -> None:
        from nnviz.gui.dialogs.about import About

        dialog = About(self)
        dialog.exec()
        dialog.deleteLater()

    def _turn_edge_colour(self, by: int) -> None:
        """To the next of the things that the colours of edges can mean, or the one before."""
        choices = BY_KEY["edge_colour"].choices
        here = [value for value, _ in choices].index(self.settings.text("edge_colour"))
        value, label = choices[(here + by) % len(choices)]
        self.settings.change(edge_colour=value)
        self.statusBar().showMessage(tr("Colours of edges: {0}").format(tr(label)), 4000)

    def _show_full_screen(self, full: bool) -> None:
        """Fills the screen, or returns to what the window was before: maximised or not."""
        filled = Qt.WindowState.WindowFullScreen
        self.setWindowState(self.windowState() | filled if full else self.windowState() & ~filled)

    def _fill_recent(self) -> None:
        menu = self.commands.menu("open_recent")
        menu.clear()
        for file in self.settings.texts("recent_files"):
            action = menu.addAction(file.replace("&", "&&"), partial(self._open_recent, file))
            action.setEnabled(Path(file).exists())
        if menu.isEmpty():
            menu.addAction(tr("No files yet")).setEnabled(False)

    def _open_recent(self, file: str) -> None:
        self.workbench.documents.open_path(file)

    # --- settings ------------------------------------------------------------------------------------------------

    def _settings_changed(self, keys: frozenset[str]) -> None:
        if self.settings.path is not None:
            self._saving.start()
        if keys & {"theme", "text_size"}:
            self._apply_theme()
        elif "colour_map" in keys:
            self.theme = self._chosen_theme()
            self.gallery.set_theme(self.theme)
            if self._workbench is not None:
                self._workbench.set_theme(self.theme)
        if keys & CONVENTION_OF.keys():
            put_in_force(self.settings.conventions())
            say_anew(self)
        if "recent_files" in keys:
            self.gallery.set_recent(self.settings.texts("recent_files"))
        self._mark_choices()

    def _mark_choices(self) -> None:
        grain, theme = self.settings.text("step_grain"), self.settings.text("theme")
        self.commands.choose(next(name for name, value in GRAINS.items() if value == grain))
        self.commands.choose(next(name for name, value in THEME_ACTIONS.items() if value == theme))
        for key in COLOUR_SETTINGS:
            self.commands.choose(f"{key}_{self.settings.text(key)}")
        self.commands.check("by_hand", self.settings.flag("by_hand"))
        self.commands.check("timeline", self.settings.flag("timeline"))
        self.commands.check("keep_learned", self.settings.flag("keep_learned"))

    def _chosen_theme(self) -> Theme:
        name = self.settings.text("theme")
        theme = THEMES[name] if name in THEMES else system_theme(self.application)
        return theme.with_colours(self.settings.text("colour_map"))

    def _apply_theme(self) -> None:
        self.theme = self._chosen_theme()
        before, self._text_size = self._text_size, self.settings.whole("text_size")
        docks = None if self._workbench is None or before == self._text_size else self._workbench.docks
        if docks is not None:
            docks.keep_sizes(before)
        apply_theme(self.application, self.theme, self._text_size)
        text_size_changed(self.application, self.commands)
        self.commands.set_theme(self.theme)
        self.strip.set_theme(self.theme)
        self.gallery.set_theme(self.theme)
        if self._workbench is not None:
            self._workbench.set_theme(self.theme)
        if docks is not None:       # larger text squeezes the panels; going back gives them their room again
            QTimer.singleShot(0, docks, partial(docks.bring_back_sizes, self._text_size))

    def _resize_text(self, by: int) -> None:
        self.settings.change(text_size=max(50, min(300, self.settings.whole("text_size") + by)))

    def _save_settings(self) -> None:
        try:
            self.settings.save()
        except NnvizError as error:
            self.strip.show_message("settings", str(error), "warning")

    # --- the window itself ---------------------------------------------------------------------------------------

    def _restore_geometry(self) -> None:
        geometry = self.settings.text("window_geometry")
        if not geometry or not self.restoreGeometry(QByteArray.fromBase64(geometry.encode())):
            screen = QGuiApplication.primaryScreen().availableGeometry()
            self.resize(min(1480, screen.width()), min(920, screen.height() - ABOVE))

    def event(self, event: QEvent) -> bool:
        """The window may be made as small as its contents allow; but never does it grow for them by itself."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.setMinimumSize(self.minimumSizeHint().boundedTo(self.size()).expandedTo(LEAST_SIZE))
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.WindowStateChange:
            self.commands.check("full_screen", self.isFullScreen())
        super().changeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.workbench.documents.dropped_path(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = self.workbench.documents.dropped_path(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.workbench.documents.open_dropped(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks about unsaved changes, then remembers the window."""
        if self._workbench is not None and not self._workbench.may_close():
            event.ignore()
            return
        layout = self._workbench.layout_to_remember() if self._workbench is not None else None
        if layout is not None:
            self.settings.change(window_state=layout)
        self.settings.change(window_geometry=bytes(self.saveGeometry().toBase64().data()).decode())
        self._save_settings()
        self.settings.unwatch(self._settings_changed)
        if self._workbench is not None:
            self._workbench.close()
        self.faults.remove()
        super().closeEvent(event)
