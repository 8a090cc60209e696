"""The configuration of the open network: every setting in one form, and what changing it would do."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeyEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnviz.errors import Refused
from nnviz.gui.canvas_edits import KEEP, Reshape
from nnviz.gui.field_editors import said_of_unusual
from nnviz.gui.fields import second_text
from nnviz.gui.panels.configuration_controls import CourseBox, DataBox, Foot, LayersBox, SearchLine
from nnviz.gui.panels.configuration_form import FieldRow, GroupPart, SectionPart, chain_tabs, summary_of
from nnviz.gui.panels.configuration_marks import MarkSearch
from nnviz.gui.panels.configuration_words import explained, is_units, label_of, matches, said_of_marks
from nnviz.gui.panels.panel import Panel
from nnviz.gui.settings import Settings
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.session import structure
from nnviz.session.change import Changed
from nnviz.session.collected import Collected
from nnviz.session.configuration import Field, Section, layer_title, sections
from nnviz.session.configuring import Consequence, Marks, command_words, consequence_of, edit_of, settings_words
from nnviz.session.consequences import changed
from nnviz.session.document import Document
from nnviz.session.fields import MOST_LAYERS
from nnviz.words import counted

FOLDED_AT_FIRST = ("regularisation",)
MOST_LAYERS_OPEN = 4        # layers up to which all of them are unfolded at first


class ConfigurationPanel(Panel):
    """Every setting of the open network in one form: its data and their scaling, its layers, the loss, the optimiser
    with its numbers, the learning rate and its schedule, penalties and clipping, the batch size and the seed.

    A changed setting is in force at once, as one edit that Undo takes back. ↺ marks a setting whose change starts
    training over; while you type or look through a list, the lines below the form say whether it will, and why.
    Press Enter or leave a field to settle on a number; Esc brings the last one back; Up and Down step it. Click a
    heading to fold a section. The line at the top shows only the settings that have all its words (Ctrl+F). Tick
    Collect changes to try several settings and apply them together, as one edit. The button beside the search copies
    what differs from the network as it was opened, as words for the command line.
    """

    name = "configuration"
    title = "Configuration"
    watches = Changed.SETTINGS | Changed.GRAPH | Changed.DATA | Changed.TRAVEL
    area = "left"
    shown_at_first = False

    edit_requested = Signal(dict, str)
    reshape_requested = Signal(object, str)      # what `CanvasEdits.reshape` is to make, and what it is called
    refused = Signal(str)
    schedule_requested = Signal()
    data_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = LIGHT
        self._view: View | None = None
        self._document: Document | None = None
        #: What is open, the same object as long as it is the same network; set by who ties the panels.
        self.network: Callable[[], object] = lambda: None
        self._network: Callable[[], object] = lambda: None
        self._opened: Document | None = None        # as it was when it was opened
        self.collected = Collected()
        self._marks: Marks | None = None
        self._conventions: object = None
        self._row: FieldRow | None = None
        self._unusual = ""
        self._trial: tuple[Consequence, str] | None = None      # what the value that is being tried would do
        self._folds: dict[tuple[str, int], bool] = {}
        self.parts: dict[str, SectionPart] = {}
        self._marking = MarkSearch(self)
        self.search = SearchLine()
        self.course_box, self.data_box, self.layers_box = CourseBox(self), DataBox(self), LayersBox(self)
        self.foot = Foot()
        self.nothing_found = second_text("")
        self.nothing_found.setWordWrap(True)
        self.nothing_found.hide()
        self._marking.done.connect(self._show_foot)
        self._tie()
        self._lay_out()
        self._show_foot()

    # --- what is shown ----------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        self._view = view
        self._know_network(view)
        if view is None:
            self._document = self._marks = None
            self._drop_parts()
            self.setEnabled(False)
            return
        if view.document is self._document and view.conventions == self._conventions:
            return
        self.setEnabled(True)
        if view.conventions != self._conventions:
            self._drop_parts()
        self._conventions = view.conventions
        before, self._document = self._document, view.document
        if before is not None:
            self._follow(view.document)
        self._show_form()

    def _follow(self, document: Document) -> None:
        """The same is collected for another document."""
        refusal = self.collected.follow(document, self._keep)
        if refusal:
            self.message.emit(tr("The collected changes no longer fit and are dropped: {reason}").format(
                reason=refusal))

    def collect(self, view: View) -> None:
        self._view = view
        self._know_network(view)

    def _know_network(self, view: View | None) -> None:
        """Of another network what was collected and folded is forgotten, and it is remembered as it was opened."""
        network = self.network()
        if view is not None and network is self._network() and self._opened is not None:
            return
        self._network = (lambda: None) if network is None or view is None else weakref.ref(network)
        self._opened = None if view is None else view.document
        self._document = None
        self.collected.forget()
        self._folds.clear()
        for row in self.rows().values():
            row.editor.abandon()

    @property
    def shown(self) -> Document | None:
        """The document that the form shows: with the changes that are collected."""
        return self.collected.proposed or self._document

    def rows(self) -> dict[str, FieldRow]:
        """The rows of the form by their paths, but for those of layers that were never unfolded."""
        return {row.entry.path: row for part in self.parts.values() for row in part.rows}

    def settle(self) -> None:
        """An edit was made or refused: every field shows what is in force."""
        for row in self.rows().values():
            row.restore()
        self._show_foot()

    def _show_form(self) -> None:
        document = self.shown
        if document is None:
            return
        self._marking.stop()        # rows go now
        self.form.setUpdatesEnabled(False)
        form = sections(document)
        names = [section.name for section in form]
        for name in [name for name in self.parts if name not in names]:
            self._drop(name)
        for place, section in enumerate(form):
            part = self.parts.get(section.name)
            if part is None:
                part = self._add_section(section)
            self._fold_at_first(part, section)
            part.set_extras(self._extras_of(section, document), self)
            part.show_section(section, self._row_made, self._group_made, summary_of(section, document.network.sizes))
            if self._column.indexOf(part) != place:     # shown as a whole, which takes a third of the time
                self._column.removeWidget(part)
                self._column.insertWidget(place, part)
                part.show()
        self.layers_box.add.setEnabled(len(document.network.layers) < MOST_LAYERS)
        if self._row is not None and self._row not in self.rows().values():
            self._row = self._trial = None
        per_epoch = 1 if self._view is None else self._view.problem.batches.per_epoch
        self.course_box.course.show_rate(document, per_epoch)
        self.parts = {name: self.parts[name] for name in names}
        self._note_changes()
        self._search_again()
        chain_tabs(self._focus_chain())
        self.form.setUpdatesEnabled(True)
        self._begin_marks(document)
        self._show_foot()

    def _note_changes(self) -> None:
        for path, row in self.rows().items():
            row.set_changed(path in self.collected.labels)

    def _add_section(self, section: Section) -> SectionPart:
        part = SectionPart(section)
        part.folded.connect(lambda: self._folded(part))
        self.parts[section.name] = part
        return part

    def _extras_of(self, section: Section, document: Document) -> list[QWidget]:
        """What stands below the fields of a section."""
        boxes: dict[str, QWidget] = {"rate": self.course_box}
        if document.network.has_units:
            boxes |= {"architecture": self.layers_box, "data": self.data_box}
        return [boxes[section.name]] if section.name in boxes else []

    def _fold_at_first(self, part: SectionPart, section: Section) -> None:
        part.set_open(self._folds.get((section.name, 0), section.name not in FOLDED_AT_FIRST))
        for group, wanted in zip(part.groups, section.groups, strict=False):
            self._fold_group(group, wanted.layer)

    def _fold_group(self, group: GroupPart, layer: int) -> None:
        layers = 0 if self.shown is None else len(self.shown.network.layers)
        group.set_open(self._folds.get(("layer", layer), not layer or layers <= MOST_LAYERS_OPEN))

    def _row_made(self, row: FieldRow) -> None:
        row.tried.connect(self._tried)
        row.chosen.connect(self._chosen)
        row.refused.connect(self.refused)

    def _group_made(self, group: GroupPart) -> None:
        group.set_theme(self._theme)
        group.remove_wanted.connect(self._remove_layer)
        self._fold_group(group, group.group.layer)
        group.folded.connect(lambda: self._group_folded(group))

    def _folded(self, part: SectionPart) -> None:
        self._folds[part.section.name, 0] = part.is_open
        self._show_form()

    def _group_folded(self, group: GroupPart) -> None:
        self._folds["layer", group.group.layer] = group.is_open
        self._show_form()

    def _drop(self, name: str) -> None:
        part = self.parts.pop(name)
        part.set_extras([], self)
        self._column.removeWidget(part)
        part.hide()
        part.deleteLater()

    def _drop_parts(self) -> None:
        self._marking.stop()
        self._row = self._trial = None
        for name in list(self.parts):
            self._drop(name)

    # --- what a change would do ----------------------------------------------------------------------------------

    @property
    def _own_inputs(self) -> int | None:
        return None if self._view is None else self._view.data.raw_inputs.shape[1]

    def _begin_marks(self, document: Document) -> None:
        """Finds out, a little at a time, which fields start training over when they are changed."""
        if self._marks is None or self._marks.document is not document:
            self._marks = Marks(document, self._own_inputs)
        self._marking.begin(list(self.rows().values()), self._marks, self._keeps)

    def finish_marks(self) -> None:
        """Finds out at once what is left to be found."""
        self._marking.finish()

    def _consequence(self, values: Mapping[str, Any]) -> Consequence:
        """What an edit of the shown document would do, with what was collected before."""
        document = self.shown
        if document is None or not values:
            return Consequence()
        found = consequence_of(document, values)
        if len(self.collected) and self._document is not None and not found.refusal:
            return replace(found, reason=self.collected.reason(self._document, self._keep, changed(document, values)))
        return found

    def _tried(self, row: FieldRow, value: object) -> None:
        if value is not None:
            self._row = row
        values = {} if value is None else self._values(row.entry, value)
        chosen = row.entry.rows.get(str(value)) if row.entry.rows else None
        if values and self._keeps(row.entry):
            self._trial = Consequence(self._reason(), kept=True), ""
            self._show_foot()
            return
        self._unusual = said_of_unusual(row.entry, value) if values else ""
        self._trial = (self._consequence(values), "" if chosen is None else tr(chosen.help)) if values else None
        self._show_foot()

    def _values(self, entry: Field, value: Any) -> dict[str, Any]:
        document = self.shown
        return {} if document is None else edit_of(document, entry, value, self._own_inputs)

    def _focus_moved(self, _before: QWidget | None, now: QWidget | None) -> None:
        """Where the keyboard went; one signal of the program, where filters on all controls would take a third of the
        time that the form takes to be made."""
        while now is not None and not isinstance(now, FieldRow):
            now = now.parentWidget()
        if isinstance(now, FieldRow) and self.isAncestorOf(now):
            self._entered(now)

    def _entered(self, row: FieldRow) -> None:
        if row is not self._row:
            self._row, self._trial = row, None
            self._show_foot()
        self.form.ensureWidgetVisible(row, 0, 8)

    # --- edits ---------------------------------------------------------------------------------------------------

    def _chosen(self, row: FieldRow, value: Any) -> None:
        self._trial = None
        values = self._values(row.entry, value)
        if not values:
            return
        if self._keeps(row.entry):
            self._set_units(row.entry, int(value))
            return
        found = self._consequence(values)
        if found.refusal:
            row.restore()
            row.refuse(found.refusal)
            self._show_foot()
            return
        self._make_edit(values, label_of(row.entry, value), row.entry.path)

    def _make_edit(self, values: dict[str, Any], label: str, path: str) -> None:
        """Asks for an edit, or collects it."""
        document = self.shown
        if document is None:
            return
        if self.foot.collect.isChecked():
            self.collected.add(document, values, label, path)
            self._show_form()
        else:
            self.edit_requested.emit(values, label)

    # --- units and layers -----------------------------------------------------------------------------------------

    def _keeps(self, entry: Field) -> bool:
        """Whether a change of this field is one of those that can leave what was learned, and is to."""
        return is_units(entry) and self._keep

    @property
    def _keep(self) -> bool:
        """Whether units and layers come and go so that what was learned is kept."""
        return self.layers_box.keep.isChecked()

    def _reason(self) -> str:
        """Why what is collected starts training over; "" where it does not."""
        return "" if self._document is None else self.collected.reason(self._document, self._keep)

    def _set_units(self, entry: Field, units: int) -> None:
        """More units or fewer in a hidden layer, keeping what was learned."""
        layer = int(entry.path.split(".")[1]) + 1
        self._reshape(lambda document, keep: structure.set_units(document, layer, units, keep),
                      label_of(entry, units), entry.path)

    def _add_layer(self) -> None:
        """Another hidden layer before the output."""
        document = self.shown
        if document is None:
            return
        after = len(document.network.layers) - 1
        self._reshape(lambda document, keep: structure.add_layer(document, after, keep=keep), tr("add a hidden layer"))

    def _remove_layer(self, layer: int) -> None:
        """A hidden layer out of the network."""
        document = self.shown
        if document is None:
            return
        title = layer_title(layer, len(document.network.layers))
        self._reshape(lambda document, keep: structure.remove_layer(document, layer, keep),
                      tr("remove {layer}").format(layer=title[:1].lower() + title[1:]))

    def _reshape(self, change: Reshape, label: str, path: str = "") -> None:
        """Asks for another shape, or collects it; of a field, by its path."""
        if self._document is None or not self.foot.collect.isChecked():
            self.reshape_requested.emit(change, label)
            return
        path = path or f"layers {len(self.collected)}"
        try:
            self.collected.add_reshape(self._document, change, label, path, self._keep)
        except Refused as refusal:
            self.refused.emit(str(refusal))
            self.settle()
            return
        self._show_form()

    def _apply(self) -> None:
        values = {} if self._document is None else self.collected.values(self._document)
        goes_on = self._keep and self.collected.reshapes and not self._reason()
        label, change = self.collected.label(), self.collected.change()
        self.collected.forget()
        if values and goes_on:
            self.reshape_requested.emit(change, label)
        elif values:
            self.edit_requested.emit(values, label)
        self._show_form()

    def _discard(self) -> None:
        self.collected.forget()
        self._show_form()

    def _collect_toggled(self, on: bool) -> None:
        if not on and len(self.collected):
            self._apply()
        if self.shown is not None:
            self._begin_marks(self.shown)
        self._show_foot()

    def _copy(self) -> None:
        document = self.shown
        words = [] if document is None or self._opened is None else settings_words(self._opened, document)
        if not words:
            self.message.emit(tr("Nothing differs from the network as it was opened."))
            return
        QGuiApplication.clipboard().setText(command_words(words))
        self.message.emit(counted(len(words), "{count} setting copied for the command line: {words}",
                                  "{count} settings copied for the command line: {words}",
                                  words=command_words(words)))

    # --- below the form --------------------------------------------------------------------------------------------

    def _show_foot(self) -> None:
        """Explains the field that has the keyboard, and says what changing it does, or would do."""
        row, (tried, row_help) = self._row, self._trial or (None, "")
        entry = None if row is None else row.entry
        text, path = ("", "") if entry is None else explained(entry, row_help)
        said, warns = "", False
        if tried is not None:
            said = " ".join(filter(None, (self._unusual, tried.sentence)))
            warns = bool(tried.reason or tried.refusal)
        elif len(self.collected) and self._document is not None:
            why, number = self._reason(), len(self.collected)
            said = counted(number, "{count} change is collected.", "{count} changes are collected.")
            kept = self._keep and self.collected.reshapes
            said, warns = f"{said} {Consequence(why, kept=kept).sentence}", bool(why)
        elif row is not None:
            said = row.reason_text
        else:
            text = said_of_marks()
        self.foot.explain(text, path)
        self.foot.say(said, warns)
        self.foot.show_collected(len(self.collected))

    def focus_search(self) -> None:
        """Gives the keyboard to the search line."""
        self.search.line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.line.selectAll()

    def _search_again(self) -> None:
        words = self.search.line.text().casefold().split()
        found = 0
        for part in self.parts.values():
            hits = 0
            part.set_sought(bool(words) and any(matches(entry, part.section.title, words)
                                                for entry in part.section.fields))
            for group in part.groups:
                sought = [entry for entry in group.group.fields if matches(entry, part.section.title, words)]
                if words and sought and not group.is_open:
                    group.set_sought(True)
                    group.show_group(group.group, self._row_made, not group.remove.isHidden())
                elif not words:
                    group.set_sought(False)
                for path, row in group.rows.items():
                    row.setVisible(any(entry.path == path for entry in sought))
                group.setVisible(bool(sought))
                hits += len(sought)
            for extra in part.extras:
                extra.setVisible(not words and (extra is not self.course_box or not self.course_box.course.isHidden()))
            part.setVisible(bool(hits))
            found += hits
        self.nothing_found.setVisible(bool(words) and not found)
        self.nothing_found.setText(tr("No setting has “{words}”.").format(words=self.search.line.text().strip()))

    def _searched(self) -> None:
        self._search_again()
        chain_tabs(self._focus_chain())
        if self.shown is not None:
            self._begin_marks(self.shown)

    def _focus_chain(self) -> Iterator[QWidget]:
        yield self.search.line
        yield self.search.copy
        for part in self.parts.values():
            yield from part.focus_chain()
        yield self.foot.collect
        yield self.foot.discard
        yield self.foot.apply

    # --- how it is put together ---------------------------------------------------------------------------------------

    def apply_settings(self, settings: Settings) -> None:
        keep = settings.flag(KEEP)
        if keep != self.layers_box.keep.isChecked():
            self.layers_box.keep.setChecked(keep)

    def _keep_toggled(self, keep: bool) -> None:
        self.setting_chosen.emit(KEEP, keep)
        if self._document is not None and len(self.collected):
            self._follow(self._document)
            self._show_form()
        if self.shown is not None:
            self._begin_marks(self.shown)

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self.layers_box.set_theme(theme)
        self.search.set_theme(theme)
        self.course_box.course.set_theme(theme)
        for part in self.parts.values():
            for group in part.groups:
                group.set_theme(theme)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "foot"):
            self._fit_foot()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_foot()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not event.spontaneous() and self._view is not None:
            self.refresh(self._view)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        if not event.spontaneous():     # hidden it costs nothing, not even the lists of its boxes
            self._document = None
            self._drop_parts()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Down and Enter in the search line go to the first field that was found, Esc empties it."""
        if watched is self.search.line and event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
                first = next((row for row in self.rows().values() if row.isVisible()), None)
                if first is not None:
                    first.editor.control.setFocus(Qt.FocusReason.TabFocusReason)
                return True
            if event.key() == Qt.Key.Key_Escape and self.search.line.text():
                self.search.line.clear()
                return True
        return super().eventFilter(watched, event)

    def _fit_foot(self) -> None:
        self.foot.fit(self.height() / self.fontMetrics().lineSpacing())

    def _tie(self) -> None:
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_moved)
        self.search.line.textChanged.connect(self._searched)
        self.search.line.installEventFilter(self)
        self.search.copy.clicked.connect(self._copy)
        self.course_box.detail.clicked.connect(self.schedule_requested)
        self.data_box.detail.clicked.connect(self.data_requested)
        self.layers_box.add.clicked.connect(self._add_layer)
        self.layers_box.keep.toggled.connect(self._keep_toggled)
        self.foot.collect.toggled.connect(self._collect_toggled)
        self.foot.apply_requested.connect(self._apply)
        self.foot.discard_requested.connect(self._discard)
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.focus_search)

    def _lay_out(self) -> None:
        page = QWidget()
        page.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)      # never wider than the dock
        outer = QVBoxLayout(page)
        outer.setContentsMargins(8, 4, 8, 8)
        outer.setSpacing(0)
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        outer.addLayout(self._column)
        outer.addWidget(self.nothing_found)
        outer.addStretch(1)
        self.form = QScrollArea()
        self.form.setWidgetResizable(True)
        self.form.setFrameShape(QFrame.Shape.NoFrame)
        self.form.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.form.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.form.setWidget(page)
        self.form.setMinimumHeight(40)
        rule = QFrame()
        rule.setProperty("rule", True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.search)
        column.addWidget(self.form, 1)
        column.addWidget(rule)
        column.addWidget(self.foot)
