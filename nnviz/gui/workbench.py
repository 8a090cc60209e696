"""The open network in its window: the picture in the middle, the controls above it, the panels around it.

This is the only file that knows all views.  It connects what they ask for with what the controller can do, and hands
every change on to whoever shows it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from nnviz.gui import speeds
from nnviz.gui.canvas_edits import CanvasEdits
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.conditions import conditions_of
from nnviz.gui.control_rows import ControlRows
from nnviz.gui.controller import Controller
from nnviz.gui.dialogs import unsaved
from nnviz.gui.docks import PanelDocks
from nnviz.gui.documents import Documents
from nnviz.gui.edits import Edits
from nnviz.gui.example_cards import example_cards
from nnviz.gui.exports import Exports
from nnviz.gui.gate_page import GatePage
from nnviz.gui.legend_button import add_legend_buttons
from nnviz.gui.looking import Looking
from nnviz.gui.network_drawings import NetworkDrawings
from nnviz.gui.network_editor import NetworkEditor
from nnviz.gui.opened_neuron import OpenedNeuron
from nnviz.gui.panels.panel import Panel
from nnviz.gui.picture_export import Picture
from nnviz.gui.plane_resolving import why_no_maps
from nnviz.gui.screen_time import ScreenTime
from nnviz.gui.settings import CONVENTION_OF
from nnviz.gui.surface_page import SurfacePage
from nnviz.gui.theme import Theme
from nnviz.gui.timeline_bar import TimelineBar
from nnviz.gui.training_bar import TrainingBar
from nnviz.gui.translation import tr
from nnviz.gui.transport import ExampleSelector, SpeedSelector, Standstill, StatusFigures
from nnviz.gui.travel import Travel
from nnviz.gui.trials import Trials
from nnviz.gui.view import View
from nnviz.report.elements import Element
from nnviz.report.inspection import accessible_description
from nnviz.report.moment import MEAN
from nnviz.report.quantities import Quantity
from nnviz.session.change import Changed
from nnviz.session.computation_graph import NEW_GRAPH
from nnviz.session.document import Document
from nnviz.session.surface import NEW_SURFACE

if TYPE_CHECKING:
    from nnviz.gui.main_window import MainWindow
    from nnviz.gui.panels.check import CheckPanel
    from nnviz.gui.panels.configuration import ConfigurationPanel

PICTURE_HEIGHT = 200     # at least, whatever the panels would like; with the timeline all fits 1024 × 640 pixels
SAMPLING = 0.002         # seconds at a time
SHAPE = Changed.SETTINGS | Changed.GRAPH | Changed.DATA | Changed.TRAVEL


class Workbench(QObject):
    """The controller with all its views, put into `window`."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.settings, self.strip = window, window.settings, window.strip
        self.theme = window.theme
        self.controller = Controller(self.settings, self)
        self.documents = Documents(window, self.controller, self.strip, self.settings, unsaved.ask)
        self.edits = Edits(window, self.controller)
        self.exports = Exports(window, self.controller, self._drawing, self._colours)
        self._screen_time = ScreenTime()
        self._sampling = QTimer(self)
        self._sampling.setSingleShot(True)
        self._sampling.timeout.connect(self._sample_on)
        self._panel_turn = QTimer(self)
        self._panel_turn.setSingleShot(True)
        self._panel_turn.timeout.connect(self._take_panel_turn)
        self.picture = NetworkEditor(self.theme)
        self.picture.setMinimumHeight(PICTURE_HEIGHT)
        window.stack.addWidget(self.picture)
        self.canvas_edits = CanvasEdits(self.edits, self.controller, self.picture)
        window.commands.add_picture_keys(self.picture)
        self.surface = SurfacePage(self.controller, self.theme)
        window.stack.addWidget(self.surface)
        window.commands.add_picture_keys(self.surface.map, ("play",))      # the arrow keys move the point
        self.graph = GatePage(self.theme)
        window.stack.addWidget(self.graph)
        window.commands.add_picture_keys(self.graph.view, ("play", "minimap"))       # the arrow keys follow the wires
        self.neuron = OpenedNeuron(window, self.controller, self.theme)
        self.speed_selector = SpeedSelector()
        self.example_selector = ExampleSelector(self.theme)
        self.training_bar = TrainingBar()
        self.trials = Trials(window, self.controller, self.training_bar, self.theme)
        self.timeline = TimelineBar(self.theme)
        window.centre.set_foot(self.timeline)
        self.readout = StatusFigures()
        self.standstill = Standstill()
        self._add_controls()
        self.docks = PanelDocks(window, self.theme)
        self.drawings = NetworkDrawings(self.controller, self.picture, self.docks, self._screen_time)
        self.picture.head_clicked.connect(self.drawings.press_head)
        self.looking = Looking(self)
        self.commands = self._commands() | self.looking.commands()
        self._connect()
        add_legend_buttons(self)
        self._apply_picture_settings()
        self._turn_page(window.gallery)
        self._network_changed(Changed.EVERYTHING)

    def _add_controls(self) -> None:
        run = self.window.commands.toolbars["run"]
        run.addSeparator()
        run.addWidget(self.speed_selector)
        self.rows = ControlRows(self.window, self.window.commands, self.example_selector, self.training_bar,
                                self.trials.strip)
        self.example_bar = self.rows.example_bar
        self.window.installEventFilter(self)
        self.window.statusBar().addPermanentWidget(self.standstill, 1)
        self.window.statusBar().addPermanentWidget(self.readout)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Rows of controls that are too long for the window are wrapped.

        Whatever dialog waits for an answer, training that plays is held, and goes on afterwards.
        """
        if event.type() == QEvent.Type.WindowBlocked:
            self.controller.hold()
        elif event.type() == QEvent.Type.WindowUnblocked:
            self.controller.release()
        elif event.type() == QEvent.Type.DevicePixelRatioChange:
            self.docks.set_theme(self.theme)       # lines are as thick as the screen wants them
        elif event.type() in (QEvent.Type.Resize, QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.rows.wrap()
            QTimer.singleShot(0, self.docks, self.docks.width_changed)
        return super().eventFilter(watched, event)

    def _commands(self) -> dict[str, Callable[..., object]]:
        """What the rows of the action table do that need a network, or may bring one."""
        control, documents, edits, exports = self.controller, self.documents, self.edits, self.exports
        return {
            "schedule": edits.choose_schedule, "data": edits.choose_data,
            "data_by_hand": partial(self.bring_panel, "data"),
            "new": self.new_network, "new_surface": self.new_surface,
            "new_graph": self.new_graph, "open": documents.open,
            "import_data": documents.import_data, "gallery": self.show_gallery, "save": documents.save,
            "save_as": documents.save_as, "export_tables": exports.offer_tables,
            "export_picture": exports.offer_picture, "export_film": exports.offer_film,
            "copy_picture": exports.copy_picture,
            "undo": control.undo, "redo": control.redo,
            "play": control.toggle_play, "play_back": control.toggle_play_back, "to_start": control.to_start,
            "to_newest": control.to_newest, "faster": partial(control.change_speed, 1),
            "slower": partial(control.change_speed, -1), "step": control.step, "step_back": control.step_back,
            "phase": control.phase, "training_step": control.training_step, "epoch": control.epoch,
            "reset": control.reset, "random_start": control.random_start,
            "conventions": edits.choose_conventions, "by_hand": self._round_by_hand,
            "layers": edits.choose_layers, "optimiser": edits.choose_optimiser,
            "previous_example": partial(control.next_example, -1), "next_example": partial(control.next_example, 1),
            "try_example": self.trials.begin, "end_trial": self.trials.end,
            "batch_mean": self._show_mean, "open_neuron": self.neuron.toggle,
            "heat_maps": lambda shown: self.settings.change(heat_maps=self.drawings.maps_chosen(shown)),
            "discretise": lambda flat: self.settings.change(discretise=flat),
            "fold": self.drawings.fold, "reset_layout": self.reset_layout,
            "configuration": self.configure, "panel_help": self.show_panel_help,
            "check_gradients": self.check_gradients, **self.canvas_edits.commands(),
        }

    def _connect(self) -> None:
        control = self.controller
        control.changed.connect(self._network_changed)
        control.changed.connect(self._show_standstill)
        control.changed.connect(self.canvas_edits.selection.follow_edit)
        for path in ("Edit/Units", "Edit/Layer"):
            self.window.commands.menu(path).aboutToShow.connect(self.canvas_edits.mark)
        control.selection_changed.connect(self._selection_changed)
        control.pointed_changed.connect(self._pointed_changed)
        control.playing_changed.connect(self._playing_changed)
        control.message.connect(self._show_message)
        control.said.connect(self.say_briefly)
        for picture in (self.picture, self.graph.view):
            picture.selected.connect(control.select)
            picture.hovered.connect(control.point_at)
            picture.weight_dragging.connect(control.preview_parameter)
            picture.weight_dropped.connect(control.set_parameter)
            picture.weight_drag_cancelled.connect(lambda _element: control.cancel_preview())
        self.graph.value_chosen.connect(control.set_parameter)
        self.speed_selector.speed_chosen.connect(lambda name: self.settings.change(play_speed=name))
        self.example_selector.example_chosen.connect(control.choose_example)
        for asking in (self.training_bar, self.surface, self.graph):
            asking.edit_requested.connect(self.edits.make)
            asking.refused.connect(self.edits.refuse)
        self.follow(self.timeline.slider.travel)
        self.timeline.slider.sought.connect(control.seek_still)
        self.timeline.visit_requested.connect(control.visit)
        self.timeline.drop_requested.connect(control.drop_branch)
        self.timeline.name_requested.connect(control.name_branch)
        self.training_bar.schedule_requested.connect(self.edits.choose_schedule)
        self.edits.settled.connect(self._show_settings)
        self.exports.said.connect(self.say_briefly)
        self.neuron.said.connect(self.say_briefly)
        self.picture.opened.connect(self.neuron.open)
        self.picture.plane_clicked.connect(self.trials.try_point)
        self.trials.precede(self.picture)
        self.docks.help_requested.connect(self.show_panel_help)
        self.docks.said.connect(self.say_briefly)
        self.trials.rows_turning.connect(self.docks.hold_sizes)
        self.settings.watch(self._settings_changed)

    def follow(self, travel: Travel) -> None:
        """Whoever takes hold of this handle of time is followed."""
        travel.begun.connect(self.controller.begin_travel)
        travel.moved.connect(self.controller.travel)
        travel.ended.connect(self.controller.end_travel)

    def create_panels(self) -> None:
        """Builds the panels, once."""
        if self.docks.created:
            return
        from nnviz.gui.panel_links import connect_panels
        from nnviz.gui.panels import PANELS  # brings pyqtgraph, which takes longer than the whole first picture

        self.docks.create(PANELS)
        connect_panels(self)
        self.docks.fill_menu(self.window.commands.menu("panels"))
        self.docks.restore_layout(self.settings.text("window_state"))
        self._apply_panel_settings()
        self._show_training(self.controller.session is not None)
        self.docks.refresh(Changed.EVERYTHING, self.controller.view)

    def fill_gallery(self) -> None:
        """Shows the bundled examples; their previews are drawn one at a time when nothing else is to be done."""
        self.window.gallery.set_cards(example_cards())

    # --- what is shown -------------------------------------------------------------------------------------------

    def _network_changed(self, changed: Changed) -> None:
        """Hands a change on to everything that shows the network."""
        view = self.controller.view
        page = self._page_of(view)
        if page is not self.window.stack.currentWidget():
            self._turn_page(page)
        flowing = view is not None and view.flows
        if flowing:
            self._screen_time.redraw(alone=view is not None and view.hurried)
        else:
            self._screen_time.rest()
        self.picture.set_flowing(flowing, self._screen_time.numbers_due)
        if page is not self.neuron.page:      # below an opened neuron the network stays as it was, selection and all
            self.picture.set_drawing(self.drawings.drawing() if page is self.picture else None)
        self.surface.show_view(view if page is self.surface else None)
        self.graph.show_view(view if page is self.graph else None)
        self.neuron.show_view(view if page is self.neuron.page else None, self._screen_time.numbers_due)
        self.timeline.show_view(view, self._screen_time.numbers_due)
        if view is None:
            self.readout.clear()
            self.training_bar.show_document(None)
        else:
            self._show_figures(view)
            self.rows.show_examples(view.has_examples, view.trial is not None)
            if changed & SHAPE:
                self.training_bar.show_document(view.document)
                self._show_pace()
        if not flowing:
            self._sample()
        elif self._screen_time.panel_due:
            self._panel_turn.start()
        self.docks.refresh(changed, view, not flowing, self._screen_time.numbers_due)
        if view is None or not view.playing:
            self._update_commands()
        elif self._screen_time.numbers_due:
            self.window.setWindowModified(self.controller.is_modified)

    def _take_panel_turn(self) -> None:
        """While training flows, a panel is refreshed behind the painting of the picture, which so is not late."""
        view = self.controller.view
        if view is not None and view.flows:
            self._sample()
            self.docks.refresh(Changed.STEP | Changed.CURSOR, view, numbers=False)

    def _sample(self) -> None:
        """Panels look at what playing has passed, a little at a time; once it has ended, until nothing is left."""
        view = self.controller.view
        if view is None or not self.docks.created:
            return
        if not self.docks.sample(self.controller.passed(), SAMPLING) and not view.playing:
            self._sampling.start()

    def _sample_on(self) -> None:
        view = self.controller.view
        if view is None or view.playing:
            return
        if self.docks.sample(self.controller.passed(), SAMPLING):
            self.docks.refresh(Changed.STEP, view)
        else:
            self._sampling.start()

    def _show_figures(self, view: View) -> None:
        """Step, loss and example above and below the picture, whenever its numbers change."""
        if not self._screen_time.numbers_due:
            return
        self.readout.show_view(view)
        self.example_selector.show_view(view)

    def _show_settings(self) -> None:
        """The training settings of the network, also in the place of one that was refused."""
        if self.controller.view is not None:
            self.training_bar.show_document(self.controller.view.document)

    def _show_standstill(self) -> None:
        """Says that a step changed nothing for as long as it is shown, whatever the pointer passes over."""
        if self._screen_time.numbers_due:
            self.standstill.say(self.controller.standstill_text)

    def _drawing(self) -> Picture | None:
        """What is in the picture now: a network, the map of a surface, or a graph of gates."""
        return self.surface.drawing or self.graph.drawing or self.neuron.drawing or self.drawings.drawing()

    def _colours(self) -> ColourScale:
        """What the colours of the picture mean."""
        if self.neuron.drawing is not None:
            return self.neuron.colour_scale
        return self.picture.colour_scale if self.graph.drawing is None else self.graph.view.colour_scale

    def recolour(self) -> None:
        """The edges of the picture mean something else now."""
        if self.surface.drawing is None and self.graph.drawing is None:
            self.picture.set_drawing(self.drawings.drawing())
        self.drawings.offer_check(self.strip, self.check_gradients)
        self.docks.refresh(Changed.SETTINGS, self.controller.view)

    def bring_panel(self, name: str) -> None:
        """Shows a panel in front of its neighbours, with the keyboard in it."""
        self.create_panels()
        panel = self.docks.bring(name)
        panel.setFocus()

    def check_gradients(self) -> None:
        """Checks the gradients of the shown step in their panel."""
        with self.controller.still():
            self.create_panels()
            cast("CheckPanel", self.docks.bring("check")).start()

    def _page_of(self, view: View | None) -> QWidget:
        """The picture of a network, the map of a surface, the gates of a graph, or the gallery."""
        if view is None:
            return self.window.gallery
        middle = self.neuron.page_or(self.picture, view)
        pages: dict[str, QWidget] = {"network": middle, "graph": self.graph, "surface": self.surface}
        return pages[view.document.network.kind]

    def _turn_page(self, page: QWidget) -> None:
        window, opened = self.window, page is not self.window.gallery
        into_or_out = self.neuron.page in (page, window.stack.currentWidget())
        window.stack.setCurrentWidget(page)
        self._show_training(opened)
        page.setFocus()
        if opened and not into_or_out:
            self.looking.fit()
        elif not opened:
            window.gallery.search.clear()

    def _show_training(self, shown: bool) -> None:
        self.docks.set_showing(shown)
        self.training_bar.setVisible(shown)
        self._show_pace()
        view = self.controller.view
        self.rows.show_examples(shown and (view is None or view.has_examples),
                                view is not None and view.trial is not None)
        self.window.commands.toolbars["run"].setVisible(shown)
        QTimer.singleShot(0, self, self.rows.wrap)

    def _show_pace(self) -> None:
        """Where nothing is trained there is no time to travel in, and Play goes through the pass."""
        view, name = self.controller.view, self.settings.text("play_speed")
        trained = view is None or view.document.is_trained
        self.speed_selector.set_speed(name if trained else speeds.seen(name).name)
        self.timeline.setVisible(view is not None and trained and self.settings.flag("timeline"))

    def _update_commands(self) -> None:
        control, commands = self.controller, self.window.commands
        commands.set_conditions(conditions_of(control))
        commands["undo"].setText(tr("&Undo {0}").format(control.undo_label).strip())
        commands["redo"].setText(tr("&Redo {0}").format(control.redo_label).strip())
        commands.check("batch_mean", control.example == MEAN)
        commands.check("heat_maps", self.picture.drawing is not None and self.picture.drawing.plane is not None)
        commands.check("discretise", self.settings.flag("discretise"))
        lacking = "" if control.session is None else why_no_maps(control.session.problem, control.session.segment.data)
        for name in ("heat_maps", "discretise"):
            commands.explain(name, lacking)
        if control.session is None:
            self.window.setWindowTitle("nnviz")
        else:
            self.window.setWindowTitle(f"{control.title}[*] \N{EN DASH} nnviz")
        self.window.setWindowModified(control.is_modified)

    def _playing_changed(self, playing: bool) -> None:
        if playing:
            self.strip.withdraw_information()       # what is watched now must not be covered by it
        self.window.commands.set_playing(playing)
        if playing:
            self.window.statusBar().clearMessage()      # that it was paused, perhaps
        self._update_commands()

    def _selection_changed(self, element: Element | None) -> None:
        for picture in (self.picture, self.graph.view, self.neuron.page):
            picture.set_selected(element)
        for panel in self.docks.panels.values():
            panel.set_selected(element)
        view = self.controller.view
        if element is not None and view is not None:
            self.picture.setAccessibleDescription(accessible_description(view.document, view.moment, element))
        self.docks.refresh(Changed.CURSOR, view)

    def _pointed_changed(self, quantity: Quantity | None) -> None:
        """Whoever shows the number that is pointed at lights it, and the picture what it is a number of."""
        for picture in (self.picture, self.graph.view, self.neuron.page.view):
            picture.set_lit(None if quantity is None else quantity.element)
        for panel in self.docks.panels.values():
            panel.set_pointed(quantity)

    def _show_message(self, key: str, text: str, kind: str) -> None:
        if text:
            self.strip.show_message(key, text, "error" if kind == "error" else "info")
        else:
            self.strip.withdraw(key)

    def say_briefly(self, text: str) -> None:
        self.window.statusBar().showMessage(text, 6000)

    # --- commands ------------------------------------------------------------------------------------------------

    def open_document(self, document: Document, path: Path | None, title: str) -> None:
        """Opens a document that has been read already."""
        self.controller.open(document, path, title)
        if path is not None:
            self.settings.remember_file(path)

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

        dialog = NewNetworkDialog(self.theme, self.window)
        if dialog.exec():
            self.documents.open_new(dialog.document())
        dialog.deleteLater()

    def new_surface(self) -> None:
        """Opens a surface that has no file yet, its formula ready to be replaced."""
        if self.documents.open_new(Document.from_tree(dict(NEW_SURFACE))):
            self.surface.surface_settings.edit_formula()

    def new_graph(self) -> None:
        """Opens a computation graph that has no file yet, its formula ready to be replaced."""
        if self.documents.open_new(Document.from_tree(dict(NEW_GRAPH))):
            self.graph.gate_settings.edit_formula()

    def show_panel_help(self, panel: Panel | None = None) -> None:
        from nnviz.gui.dialogs.panel_help import show_help

        chosen = panel or self.docks.panel_with_focus()
        pictures: dict[QWidget | None, QWidget] = {self.surface: self.surface.map, self.graph: self.graph.view,
                                                  self.neuron.page: self.neuron.page}
        picture = pictures.get(self.window.stack.currentWidget(), self.picture)
        if chosen is None and self.timeline.isAncestorOf(self.window.focusWidget() or self.window):
            show_help(self.window, self.timeline.accessibleName(), self.timeline.__doc__ or "")
            return
        title = tr(chosen.title) if chosen else tr("The picture")
        show_help(self.window, title, (chosen or picture).__doc__ or "")

    def configure(self) -> None:
        """Brings up the form of all settings, its search line ready to be typed into."""
        self.create_panels()
        panel = cast("ConfigurationPanel", self.docks.bring("configuration"))
        panel.focus_search()

    def _round_by_hand(self, rounded: bool) -> None:
        """The shown step is also worked through as by hand, in its panel, which comes to the front."""
        self.settings.change(by_hand=rounded)
        if rounded and self.controller.session is not None:
            self.create_panels()
            self.docks.bring("by_hand")

    def _show_mean(self, mean: bool) -> None:
        self.controller.choose_example(MEAN if mean else 0)

    # --- settings, layout, closing -------------------------------------------------------------------------------

    def _settings_changed(self, keys: frozenset[str]) -> None:
        self._apply_picture_settings()
        self._apply_panel_settings()
        if "edge_colour" in keys:
            self.recolour()
        if "play_speed" in keys:
            self.controller.speed_changed()
        if "history_budget" in keys:
            self.controller.set_history_budget(self.settings.whole("history_budget") << 20)
        if keys & {"heat_maps", "discretise"}:
            self.recolour()
            self._update_commands()
        if keys & {"digits", "loss_scale", "step_grain", "by_hand", "by_hand_decimals", *CONVENTION_OF}:
            self.controller.refresh()

    def _apply_picture_settings(self) -> None:
        self.drawings.apply_settings(self.settings)
        self.picture.set_digits(self.settings.whole("digits"))
        self.picture.set_text_scale(self.settings.whole("text_size") / 100.0)
        self.surface.set_digits(self.settings.whole("digits"))
        self.graph.apply_settings(self.settings)
        self.neuron.page.view.apply_settings(self.settings)
        self.surface.map.set_text_scale(self.settings.whole("text_size") / 100.0)
        self.picture.set_linear_colours(self.settings.text("colour_scale") == "linear")
        self.looking.apply_settings()
        self._show_pace()

    def _apply_panel_settings(self) -> None:
        for panel in self.docks.panels.values():
            panel.apply_settings(self.settings)

    def set_theme(self, theme: Theme) -> None:
        """Takes the colours of `theme`."""
        self.theme = theme
        for dressed in (self.picture, self.surface, self.graph, self.neuron.page, self.timeline, self.example_selector,
                        self.trials.strip, self.docks):
            dressed.set_theme(theme)

    def reset_layout(self) -> None:
        """Every panel and toolbar back at its first place."""
        self.controller.end_trial()
        self.rows.reset()
        self.docks.reset_layout()
        self._show_training(self.controller.session is not None)

    def layout_to_remember(self) -> str | None:
        """The layout of the panels as a text; None where they were never built."""
        if not self.docks.created:
            return None
        self.controller.end_trial()
        self._show_training(True)
        return self.docks.save_layout()

    def may_close(self) -> bool:
        """Whether the open network may be closed; where it may not, training that was playing goes on."""
        with self.controller.held():
            return self.documents.may_leave()

    def close(self) -> None:
        """Ends what runs, for the window goes."""
        self.controller.pause()
        self.controller.player.close()
        for panel in self.docks.panels.values():
            panel.end()
        self.settings.unwatch(self._settings_changed)
