"""The window: the picture in the middle, what can be done around it, what is known beside it.

This is the only file that knows all parts.  It connects what views ask for with what the controller can do, and
hands every change on to whoever shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QByteArray, QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from nnviz.errors import NnvizError
from nnviz.gui import faults
from nnviz.gui.actions import build_actions, text_size_changed
from nnviz.gui.controller import Controller
from nnviz.gui.dialogs import unsaved
from nnviz.gui.docks import PanelDocks
from nnviz.gui.documents import Documents
from nnviz.gui.drawing import Drawing
from nnviz.gui.fonts import apply_font, load_fonts
from nnviz.gui.gallery import Card, Gallery
from nnviz.gui.icons import application_icon
from nnviz.gui.messages import MessageStrip
from nnviz.gui.network_view import NetworkView
from nnviz.gui.panels.panel import Panel
from nnviz.gui.picture_export import copy_picture, render_image
from nnviz.gui.resolving import dead_units, drawing_of_document, drawing_of_moment
from nnviz.gui.settings import Settings
from nnviz.gui.theme import THEMES, Theme
from nnviz.gui.theme_apply import apply_theme, system_theme
from nnviz.gui.training_bar import TrainingBar
from nnviz.gui.translation import tr
from nnviz.gui.transport import ExampleSelector, SpeedSelector, StatusFigures
from nnviz.gui.view import View
from nnviz.report.elements import Element
from nnviz.report.inspection import describe
from nnviz.session.change import Changed
from nnviz.session.document import Document
from nnviz.session.examples import list_examples, open_example

COPIED_SIZE = (1600, 1000)
GRAINS = {"step_by_automatic": "automatic", "step_by_unit": "unit", "step_by_layer": "layer"}
THEME_ACTIONS = {"theme_system": "system", "theme_light": "light", "theme_dark": "dark"}


class MainWindow(QMainWindow):
    """One window with at most one open network; without one it shows the gallery of examples."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        self.application = application
        load_fonts()
        apply_font(self.application, settings.whole("text_size"))
        self.theme = self._chosen_theme()
        apply_theme(self.application, self.theme)
        self.setWindowIcon(application_icon())
        self.setAcceptDrops(True)
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks
                            | QMainWindow.DockOption.AllowNestedDocks)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)

        self.controller = Controller(settings, self)
        self.strip = MessageStrip(self.theme)
        self.faults = faults.install(self.strip)
        self.documents = Documents(self, self.controller, self.strip, settings, unsaved.ask)
        self.gallery = Gallery(self.theme)
        self.picture = NetworkView(self.theme)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.gallery)
        self.stack.addWidget(self.picture)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.stack, 1)
        column.addWidget(self.strip)
        self.setCentralWidget(centre)

        self.actions_table = build_actions(self, self._callbacks(), self.theme)
        self.actions_table.add_picture_keys(self.picture)
        self._build_toolbars()
        self.readout = StatusFigures()
        self.statusBar().addPermanentWidget(self.readout)
        self.docks = PanelDocks(self, self.theme)
        self.docks.help_requested.connect(self.show_panel_help)
        self._connect()
        self._restore_window()
        self._apply_picture_settings()
        self._mark_choices()
        self._turn_page(False)
        self._network_changed(Changed.EVERYTHING)
        if settings.message:
            self.strip.show_message("settings", settings.message, "warning")

    # --- building -----------------------------------------------------------------------------------------------

    def _callbacks(self) -> dict[str, Callable[..., object]]:
        """What each row of the action table does."""
        control, documents = self.controller, self.documents
        return {
            "new": self.new_network, "open": documents.open, "gallery": self.show_gallery, "save": documents.save,
            "save_as": documents.save_as, "export_tables": self.export_tables, "export_picture": self.export_picture,
            "copy_picture": self.copy_picture, "quit": self.close,
            "undo": control.undo, "redo": control.redo, "preferences": self.show_preferences,
            "play": control.toggle_play, "faster": partial(control.change_speed, 1),
            "slower": partial(control.change_speed, -1), "step": control.step, "step_back": control.step_back,
            "phase": control.phase, "training_step": control.training_step, "epoch": control.epoch,
            **{name: partial(self.settings.change, step_grain=grain) for name, grain in GRAINS.items()},
            "reset": control.reset, "random_start": control.random_start,
            "previous_example": partial(control.next_example, -1), "next_example": partial(control.next_example, 1),
            "batch_mean": self._show_mean,
            "larger_text": partial(self._resize_text, 10), "smaller_text": partial(self._resize_text, -10),
            "fit": self.picture.zoom_fit,
            **{name: partial(self.settings.change, theme=theme) for name, theme in THEME_ACTIONS.items()},
            "full_screen": self._show_full_screen, "reset_layout": self.reset_layout,
            "shortcuts": self.show_shortcuts, "panel_help": self.show_panel_help, "about": self.show_about,
        }

    def _build_toolbars(self) -> None:
        self.speed_selector = SpeedSelector()
        self.example_selector = ExampleSelector(self.theme)
        run = self.actions_table.toolbars["run"]
        run.addSeparator()
        run.addWidget(self.speed_selector)
        run.addSeparator()
        run.addWidget(self.example_selector)
        self.training_bar = TrainingBar()
        self.addToolBarBreak()
        self.addToolBar(self.training_bar)

    def _connect(self) -> None:
        control = self.controller
        control.changed.connect(self._network_changed)
        control.selection_changed.connect(self._selection_changed)
        control.playing_changed.connect(self._playing_changed)
        control.message.connect(self._show_message)
        self.gallery.opened.connect(self.documents.open_example)
        self.gallery.new_wanted.connect(self.new_network)
        self.gallery.file_wanted.connect(self.documents.open)
        self.gallery.recent_wanted.connect(self.documents.open_path)
        self.picture.selected.connect(control.select)
        self.picture.weight_dragging.connect(control.preview_parameter)
        self.picture.weight_dropped.connect(control.set_parameter)
        self.picture.weight_drag_cancelled.connect(lambda element: control.cancel_preview())
        self.picture.describe = self._describe
        self.speed_selector.speed_chosen.connect(lambda name: self.settings.change(play_speed=name))
        self.example_selector.example_chosen.connect(control.choose_example)
        self.training_bar.edit_requested.connect(self.edit)
        self.settings.watch(self._settings_changed)
        self.application.styleHints().colorSchemeChanged.connect(lambda scheme: self._apply_theme())
        self.actions_table.menu("open_recent").aboutToShow.connect(self._fill_recent)

    def load_panels_soon(self) -> None:
        """Builds the panels and the gallery's cards in the first idle moment, when the window has been painted."""
        QTimer.singleShot(0, self._load_panels)

    def _load_panels(self) -> None:
        from nnviz.gui.panels import PANELS  # brings pyqtgraph, which takes longer than the whole first picture

        self.docks.set_showing(self.controller.session is not None)
        self.docks.create(PANELS)
        for panel in self.docks.panels.values():
            panel.element_selected.connect(self.controller.select)
            panel.value_edited.connect(self.controller.set_parameter)
            panel.export_requested.connect(self.export_tables)
            panel.message.connect(lambda text: self.statusBar().showMessage(text, 6000))
        self.docks.fill_menu(self.actions_table.menu("panels"))
        self.docks.restore_layout(self.settings.text("window_state"))
        if self.controller.session is None:
            self.docks.set_showing(True)
            self.docks.set_showing(False)
        self._fill_gallery()
        self._network_changed(Changed.EVERYTHING)

    def _fill_gallery(self) -> None:
        cards = []
        for example in list_examples():
            document = open_example(example.name)
            cards.append(Card(example.name, example.name, document.description, partial(_preview, document)))
        self.gallery.set_cards(cards)
        self.gallery.set_recent(self.settings.texts("recent_files"))

    # --- what is shown --------------------------------------------------------------------------------------------

    def _network_changed(self, changed: Changed) -> None:
        """Hands a change on to everything that shows the network."""
        control, view = self.controller, self.controller.view
        if (view is not None) != (self.stack.currentWidget() is self.picture):
            self._turn_page(view is not None)
        self.picture.set_drawing(self._drawing())
        if view is None:
            self.readout.clear()
        else:
            self._show_figures(view)
            if changed & (Changed.SETTINGS | Changed.GRAPH | Changed.DATA | Changed.TRAVEL):
                self.training_bar.show_document(view.document)
        if view is None:
            self.training_bar.show_document(None)
        self.docks.refresh(changed, view)
        if view is None or not view.playing:
            self._update_actions()
            settled = control.settled_text()
            self.statusBar().showMessage(settled) if settled else self.statusBar().clearMessage()

    def _show_figures(self, view: View) -> None:
        record = view.moment.record
        shown = record.step if view.moment.cursor else view.updates_done
        self.readout.show_figures(shown, record.epoch, view.moment.loss, view.steps_per_second, view.digits)
        self.example_selector.show_batch(record.rows, view.data.inputs, view.data.targets, view.moment.example)

    def _drawing(self) -> Drawing | None:
        view = self.controller.view
        if view is None:
            return None
        return drawing_of_moment(view.document, view.moment, dead_units(view.survey))

    def _turn_page(self, network: bool) -> None:
        self.stack.setCurrentWidget(self.picture if network else self.gallery)
        self.docks.set_showing(network)
        self.training_bar.setVisible(network)
        self.actions_table.toolbars["run"].setVisible(network)
        (self.picture if network else self.gallery).setFocus()
        if network:
            self.picture.zoom_fit()
        else:
            self.gallery.set_recent(self.settings.texts("recent_files"))

    def _update_actions(self) -> None:
        control = self.controller
        conditions = set()
        if control.session is not None:
            conditions.add("network")
            if control.undo_label:
                conditions.add("undo")
            if control.redo_label:
                conditions.add("redo")
            if not control.player.on_worker and control.session.can_step_back:
                conditions.add("past")
            if len(control.session.problem.inputs) > 1:
                conditions.add("examples")
        self.actions_table.set_conditions(conditions)
        undo, redo = self.actions_table["undo"], self.actions_table["redo"]
        undo.setText(tr("&Undo {0}").format(control.undo_label).strip())
        redo.setText(tr("&Redo {0}").format(control.redo_label).strip())
        self.actions_table.check("batch_mean", control.example < 0)
        star = "*" if control.is_modified else ""
        self.setWindowTitle(f"{control.title}{star}" if control.session is not None else "nnviz")

    def _playing_changed(self, playing: bool) -> None:
        self.actions_table.set_playing(playing)
        self._update_actions()

    def _selection_changed(self, element: Element | None) -> None:
        self.picture.set_selected(element)
        self.docks.refresh(Changed.CURSOR, self.controller.view)

    def _describe(self, element: Element) -> str:
        view = self.controller.view
        return "" if view is None else describe(view.document, view.moment, element)

    def _show_message(self, key: str, text: str, kind: str) -> None:
        if text:
            self.strip.show_message(key, text, "error" if kind == "error" else "info")
        else:
            self.strip.withdraw(key)

    # --- commands that need a dialog --------------------------------------------------------------------------------

    def open_document(self, document: Document, path: Path | None, title: str) -> None:
        """Opens a document that has been read already."""
        self.controller.open(document, path, title)
        if path is not None:
            self.settings.remember_file(str(path))

    def reopen_last_file(self) -> None:
        """Opens the newest of the recent files where the settings say so."""
        recent = self.settings.texts("recent_files")
        if self.settings.flag("reopen_last") and recent:
            self.documents.open_path(recent[0])

    def show_gallery(self) -> None:
        """Closes the open network and shows the examples."""
        if self.controller.session is not None and self.documents.may_leave():
            self.controller.close()

    def new_network(self) -> None:
        from nnviz.gui.dialogs.new_network import NewNetworkDialog

        dialog = NewNetworkDialog(self.theme, self)
        if dialog.exec():
            self.documents.open_new(dialog.document())

    def edit(self, values: dict[str, object], label: str) -> None:
        """Changes settings of the network; asks first when training has to start over for it."""
        session = self.controller.session
        if session is None:
            return
        self.controller.pause()
        try:
            reason = session.reset_reason(values)
        except NnvizError as error:
            self.strip.show_message("edit", str(error), "error")
            self.training_bar.show_document(session.document)
            return
        if reason and session.last_step > 0 and self.settings.flag("confirm_reset"):
            answer = unsaved.confirm_reset(self, reason)
            if answer and not answer.ask_again:
                self.settings.change(confirm_reset=False)
            if not answer:
                self.training_bar.show_document(session.document)
                return
        self.controller.edit(values, label)
        self.training_bar.show_document(session.document)

    def export_tables(self, table: str = "") -> None:
        from nnviz.exchange.session_export import SessionExporter
        from nnviz.gui.dialogs.export_tables import ExportTablesDialog

        session = self.controller.session
        if session is None:
            return
        self.controller.pause()
        dialog = ExportTablesDialog(SessionExporter(session), self)
        if table:
            dialog.choose_table(table)
        dialog.exec()

    def export_picture(self) -> None:
        from nnviz.gui.dialogs.export_picture import ExportPictureDialog

        drawing = self._drawing()
        if drawing is not None:
            self.controller.pause()
            ExportPictureDialog(drawing, self.theme, self).exec()

    def copy_picture(self) -> None:
        drawing = self._drawing()
        if drawing is not None:
            copy_picture(drawing, self.theme, *COPIED_SIZE, digits=self.settings.whole("digits"))
            self.statusBar().showMessage(tr("The picture is on the clipboard."), 4000)

    def show_preferences(self) -> None:
        from nnviz.gui.dialogs.preferences import Preferences

        Preferences(self.settings, self).exec()

    def show_shortcuts(self) -> None:
        from nnviz.gui.dialogs.shortcuts import ShortcutSheet

        ShortcutSheet(self).show()

    def show_about(self) -> None:
        from nnviz.gui.dialogs.about import About

        About(self).exec()

    def show_panel_help(self, panel: Panel | None = None) -> None:
        from nnviz.gui.dialogs.panel_help import show_help

        chosen = panel or self.docks.panel_with_focus()
        show_help(self, tr(chosen.title) if chosen else tr("The picture"), (chosen or self.picture).__doc__ or "")

    # --- settings ---------------------------------------------------------------------------------------------------

    def _settings_changed(self, keys: frozenset[str]) -> None:
        if "theme" in keys:
            self._apply_theme()
        if "text_size" in keys:
            apply_font(self.application, self.settings.whole("text_size"))
            text_size_changed(self.application, self.actions_table)
        if keys & {"digits", "text_size", "colour_scale"}:
            self._apply_picture_settings()
        if "play_speed" in keys:
            self.controller.speed_changed()
        if "history_budget" in keys and self.controller.session is not None:
            self.controller.session.budget.bytes = self.settings.whole("history_budget") << 20
        self._mark_choices()
        self.controller.refresh()

    def _apply_picture_settings(self) -> None:
        self.picture.set_digits(self.settings.whole("digits"))
        self.picture.set_text_scale(self.settings.whole("text_size") / 100.0)
        
    def _mark_choices(self) -> None:
        grain, theme = self.settings.text("step_grain"), self.settings.text("theme")
        self.actions_table.choose(next(name for name, value in GRAINS.items() if value == grain))
        self.actions_table.choose(next(name for name, value in THEME_ACTIONS.items() if value == theme))
        self.speed_selector.set_speed(self.settings.text("play_speed"))

    def _chosen_theme(self) -> Theme:
        name = self.settings.text("theme")
        return THEMES[name] if name in THEMES else system_theme(self.application)

    def _apply_theme(self) -> None:
        self.theme = self._chosen_theme()
        apply_theme(self.application, self.theme)
        self.actions_table.set_theme(self.theme)
        for part in (self.strip, self.gallery, self.picture, self.example_selector, self.docks):
            part.set_theme(self.theme)

    def _resize_text(self, by: int) -> None:
        size = max(50, min(300, self.settings.whole("text_size") + by))
        self.settings.change(text_size=size)

    def _show_mean(self, mean: bool) -> None:
        self.controller.choose_example(-1 if mean else 0)

    def _show_full_screen(self, full: bool) -> None:
        self.showFullScreen() if full else self.showNormal()

    def _fill_recent(self) -> None:
        menu = self.actions_table.menu("open_recent")
        menu.clear()
        for file in self.settings.texts("recent_files"):
            menu.addAction(file.replace("&", "&&"), partial(self.documents.open_path, file))
        if menu.isEmpty():
            menu.addAction(tr("No files yet")).setEnabled(False)

    # --- the window itself --------------------------------------------------------------------------------------------

    def _restore_window(self) -> None:
        geometry = self.settings.text("window_geometry")
        if not geometry or not self.restoreGeometry(QByteArray.fromBase64(geometry.encode())):
            screen = QGuiApplication.primaryScreen().availableGeometry()
            self.resize(min(1480, screen.width()), min(920, screen.height()))

    def reset_layout(self) -> None:
        """Every panel and toolbar back at its first place."""
        for toolbar in (*self.actions_table.toolbars.values(),):
            self.addToolBar(toolbar)
        self.addToolBarBreak()
        self.addToolBar(self.training_bar)
        self.docks.reset_layout()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.WindowStateChange:
            self.actions_table.check("full_screen", self.isFullScreen())
        super().changeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.documents.dropped_path(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        path = self.documents.dropped_path(event.mimeData())
        if path is not None:
            event.acceptProposedAction()
            self.documents.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Asks about unsaved changes, then remembers the window."""
        self.controller.pause()
        if not self.documents.may_leave():
            event.ignore()
            return
        self._remember_window()
        self.settings.unwatch(self._settings_changed)
        self.faults.remove()
        super().closeEvent(event)

    def _remember_window(self) -> None:
        if self.docks.created:
            self.docks.set_showing(True)
            self.settings.change(window_state=self.docks.save_layout())
        self.settings.change(window_geometry=bytes(self.saveGeometry().toBase64().data()).decode())
        try:
            self.settings.save()
        except NnvizError as error:
            print(error)


def _preview(document: Document, theme: Theme, size: QSize) -> QImage:
    """A gallery card's picture: the real network after its first step."""
    return render_image(drawing_of_document(document, 1), theme, size.width(), size.height(), preview=True)

