"""The form of the configuration as controls: sections that fold, groups of a layer, and a row for each field.

What is told here is a `Form` of sections; a row whose field stays is kept, with whatever is being typed into it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.field_editors import EDITORS, STARTS_OVER, Editor, value_text
from nnviz.gui.fields import WRONG_TEXT, described
from nnviz.gui.icons import icon
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.session.configuration import Field, Group, Section

ROOMY = 15.0            # heights of the text that a row is wide where the title has room beside its control
TITLE_SHARE, CONTROL_SHARE = 4, 6       # of a row, there
INDENT, HEADING_INDENT = 8, 22      # pixels
MARK = 1.1              # heights of the text that the mark is wide


class FieldRow(QWidget):
    """A field: its title, the mark of one that starts training over, its control, and what is wrong below."""

    tried = Signal(object, object)       # the row, and a value that is being tried, or None
    chosen = Signal(object, object)      # the row, and a value that was settled on
    refused = Signal(str)

    def __init__(self, entry: Field) -> None:
        super().__init__()
        self.entry, self.reason = entry, ""
        self.title = ElidedLabel()
        self.title.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.mark = QLabel()
        self.mark.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.editor: Editor = EDITORS[entry.kind](entry)
        self._problem_line: QLabel | None = None
        self.title.setBuddy(self.editor.control)
        self._stacked: bool | None = None
        self._refusal = ""
        self.editor.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._head = QHBoxLayout()
        self._head.setSpacing(4)
        self._head.addWidget(self.title, TITLE_SHARE)
        self._head.addWidget(self.mark)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(2)
        self._column.addLayout(self._head)
        self.editor.tried.connect(self._tried)
        self.editor.chosen.connect(lambda value: self.chosen.emit(self, value))
        self.editor.refused.connect(self.refused)
        self._arrange()
        self.show_field(entry)

    @property
    def kind(self) -> object:
        """What the control was made for: a field with the same is shown in the same one."""
        return kind_of(self.entry)

    def show_field(self, entry: Field) -> None:
        """Shows the field as it stands now."""
        self.entry = entry
        self.title.setText(entry.title)
        self.title.setToolTip(entry.name if entry.owner else entry.title)
        self.editor.show_field(entry)
        self.refuse("")

    def restore(self) -> None:
        """Shows the value of the field again, whatever was chosen."""
        self.editor.show_field(self.entry)

    def set_reason(self, reason: str, all_rows: bool = True, rows: Mapping[str, str] | None = None) -> None:
        """Marks a field whose change starts training over, and says why; `rows` say it of each row of a choice."""
        self.reason = reason
        self.mark.setText(STARTS_OVER if reason else "")
        text = tr("Another value starts training over: {reason}.") if all_rows else tr(
            "Some of the others start training over: {reason}.")
        tip = text.format(reason=reason) if reason else ""
        self.mark.setToolTip(tip)
        self.mark.setAccessibleName(tip)
        if rows is not None:
            self.editor.mark_rows(rows)

    @property
    def reason_text(self) -> str:
        """What the mark means; "" where there is none."""
        return self.mark.toolTip()

    def set_heading(self, heading: bool) -> None:
        """Writes the title like the heading of a section, where it stands for one."""
        if bool(self.title.property("heading")) != heading:
            self.title.setProperty("heading", heading)
            self.title.style().polish(self.title)
        self._head.setContentsMargins(HEADING_INDENT if heading else 0, 0, 0, 0)

    def refuse(self, sentence: str) -> None:
        """Says below the field why a value cannot be had; "" takes it back."""
        self._refusal = sentence
        self._say_problem()

    def set_changed(self, changed: bool) -> None:
        """Shows whether the value is one that is not in force yet."""
        self.title.setText(tr("{field} (changed)").format(field=self.entry.title) if changed else self.entry.title)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_column"):
            self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _tried(self, value: object) -> None:
        self._refusal = ""
        self._say_problem()
        self.tried.emit(self, value)

    def _say_problem(self) -> None:
        problem = self.editor.problem() or self._refusal
        if self._problem_line is None and problem:      # made when it is needed: few fields ever are wrong
            self._problem_line = QLabel()
            self._problem_line.setTextFormat(Qt.TextFormat.PlainText)
            self._problem_line.setWordWrap(True)
            self._problem_line.setStyleSheet(WRONG_TEXT)
            self._column.addWidget(self._problem_line)
        if self._problem_line is not None:
            self._problem_line.setText(problem)
            self._problem_line.setVisible(bool(problem))

    def _arrange(self) -> None:
        """The title beside its control, or above it where there is little room."""
        em = self.fontMetrics().height()
        stacked = self.width() < ROOMY * em
        self.mark.setFixedWidth(round(MARK * em))
        if stacked == self._stacked:
            return
        self._stacked = stacked
        self._head.removeWidget(self.editor)
        self._column.removeWidget(self.editor)
        if stacked:
            self._column.insertWidget(1, self.editor)
        else:
            self._head.addWidget(self.editor, CONTROL_SHARE)


def kind_of(entry: Field) -> tuple[object, ...]:
    """What a control is made for."""
    return entry.path, entry.kind, entry.option, None if entry.rows is None else tuple(
        (name, row.label) for name, row in entry.rows.items())


class FoldButton(QToolButton):
    """A heading to click; one that is longer than its room ends with an ellipsis."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self.setProperty("quiet", True)
        self.setCheckable(True)
        self.setChecked(True)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def set_title(self, title: str) -> None:
        """What it is called, however much of it there is room for."""
        self._title = title
        described(self, title, tr("Fold or unfold {title}").format(title=title))
        self.updateGeometry()
        self._elide()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        cut = metrics.horizontalAdvance(self._title) - metrics.horizontalAdvance(self.text())
        return super().sizeHint() + QSize(cut + 2, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(2 * self.fontMetrics().height(), super().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._elide()

    def _elide(self) -> None:
        taken = super().sizeHint().width() - self.fontMetrics().horizontalAdvance(self.text())
        room = self.width() - taken + 2
        shown = self.fontMetrics().elidedText(self._title, Qt.TextElideMode.ElideRight, max(0, room))
        wanted = shown if self.isVisible() else self._title
        if self.text() != wanted:
            self.setText(wanted)


class Folding(QWidget):
    """A heading that folds what is below it; folded it says in short what there is."""

    folded = Signal()        # by its user

    def __init__(self, title: str, is_section: bool) -> None:
        super().__init__()
        self.header = FoldButton()
        self.header.setStyleSheet("QToolButton { font-weight: 600; padding: 3px 2px; }" if is_section
                                  else "QToolButton { padding: 2px; }")
        self.summary = ElidedLabel()
        self.summary.setProperty("second", True)
        self.summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.summary.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.head = QWidget()
        self.tools = QHBoxLayout(self.head)
        self.tools.setContentsMargins(0, 0, 0, 0)
        self.tools.setSpacing(6)
        self.tools.addWidget(self.header)
        self.tools.addWidget(self.summary, 1)
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(INDENT, 0, 0, 4)
        self.column.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.head)
        layout.addWidget(self.body)
        self._wanted, self._sought, self._bare = True, False, False
        self.header.clicked.connect(self._clicked)
        self.set_title(title)

    @property
    def is_open(self) -> bool:
        return self._wanted or self._sought or self._bare

    def set_bare(self, bare: bool) -> None:
        """Leaves the heading out, where what is below says the same."""
        self._bare = bare
        self.head.setVisible(not bare)
        self.column.setContentsMargins(0 if bare else INDENT, 0, 0, 0 if bare else 4)
        self._show()

    def set_title(self, title: str) -> None:
        """Names it."""
        self.header.set_title(title)

    def set_summary(self, summary: str) -> None:
        """What it is in short."""
        self.summary.setText(summary)
        self.summary.setToolTip(summary)
        self.header.setAccessibleDescription(summary)

    def set_open(self, wanted: bool) -> None:
        """Folds it or not."""
        self._wanted = wanted
        self._show()

    def set_sought(self, sought: bool) -> None:
        """Unfolds it while something in it is searched for."""
        self._sought = sought
        self._show()

    def _clicked(self, checked: bool) -> None:
        self._wanted, self._sought = checked, False
        self._show()
        self.folded.emit()

    def _show(self) -> None:
        self.header.setChecked(self.is_open)
        self.header.setArrowType(Qt.ArrowType.DownArrow if self.is_open else Qt.ArrowType.RightArrow)
        self.body.setVisible(self.is_open)


class GroupPart(Folding):
    """The fields of a layer; a group without a title shows its fields alone."""

    remove_wanted = Signal(int)

    def __init__(self, group: Group) -> None:
        super().__init__(group.title, is_section=False)
        self.group = group
        self.rows: dict[str, FieldRow] = {}
        self.remove = described(QToolButton(), tr("Remove layer"), tr("Take this layer out of the network"))
        self.remove.setProperty("quiet", True)
        self.remove.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.remove.clicked.connect(lambda: self.remove_wanted.emit(self.group.layer))
        self.tools.addWidget(self.remove)

    def set_theme(self, theme: Theme) -> None:
        self.remove.setIcon(icon("close", theme, "muted"))

    def show_group(self, group: Group, made: Callable[[FieldRow], None], may_remove: bool) -> None:
        """Shows the fields of `group`; `made` is told every row that is new."""
        self.group = group
        self.set_bare(not group.title)
        self.set_title(group.title)
        self.set_summary(group.summary)
        self.remove.setVisible(may_remove)
        self.remove.setAccessibleDescription(group.title)
        if not self.is_open:        # made when they are seen
            return
        wanted = {entry.path: entry for entry in group.fields}
        for path, row in list(self.rows.items()):
            if path not in wanted or row.kind != kind_of(wanted[path]):
                self.column.removeWidget(self.rows.pop(path))
                row.hide()
                row.deleteLater()
        for place, entry in enumerate(group.fields):
            kept = self.rows.get(entry.path)
            if kept is None:
                kept = self.rows[entry.path] = FieldRow(entry)
                made(kept)
            else:
                kept.show_field(entry)
            if self.column.indexOf(kept) != place:
                self.column.removeWidget(kept)
                self.column.insertWidget(place, kept)
                if self.isVisible():
                    kept.show()
        self.rows = {entry.path: self.rows[entry.path] for entry in group.fields}


class SectionPart(Folding):
    """One section of the form."""

    def __init__(self, section: Section) -> None:
        super().__init__(section.title, is_section=True)
        self.section = section
        self.groups: list[GroupPart] = []
        self.extras: list[QWidget] = []      # what stands below the fields

    def set_extras(self, extras: list[QWidget], owner: QWidget) -> None:
        """Puts these below the fields, and gives what stood there back to its `owner`."""
        for gone in (extra for extra in self.extras if extra not in extras):
            self.column.removeWidget(gone)
            gone.hide()
            gone.setParent(owner)
        for new in (extra for extra in extras if extra not in self.extras):
            self.column.addWidget(new)
        self.extras = list(extras)

    def show_section(self, section: Section, made: Callable[[FieldRow], None], made_group: Callable[[GroupPart], None],
                     summary: str) -> None:
        """Shows `section`; `made` and `made_group` are told what is new."""
        self.section = section
        self.set_title(section.title)
        self.set_summary(summary)
        self.set_bare([entry.title for entry in section.fields] == [section.title])
        while len(self.groups) > len(section.groups):
            gone = self.groups.pop()
            self.column.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        hidden = sum(bool(group.layer) for group in section.groups) - 1
        for place, group in enumerate(section.groups):
            if place == len(self.groups):
                part = GroupPart(group)
                self.groups.append(part)
                made_group(part)
                self.column.insertWidget(place, part)
            self.groups[place].show_group(group, made, 0 < group.layer <= hidden)
            if self.isVisible():
                self.groups[place].show()
        for row in self.rows:
            row.set_heading(self.head.isHidden())

    @property
    def rows(self) -> Iterator[FieldRow]:
        for group in self.groups:
            yield from group.rows.values()

    def focus_chain(self) -> Iterator[QWidget]:
        """What Tab visits here, in order."""
        if not self.head.isHidden():
            yield self.header
        for group in self.groups:
            if group.group.title:
                yield group.header
                yield group.remove
            for row in group.rows.values():
                yield row.editor.control
        for extra in self.extras:
            yield from extra.findChildren(QAbstractButton)


def chain_tabs(widgets: Iterator[QWidget]) -> None:
    """Lets Tab visit the widgets in this order."""
    for first, second in pairwise(widgets):
        QWidget.setTabOrder(first, second)


def summary_of(section: Section, sizes: tuple[int, ...]) -> str:
    """A section in a few words: the shape of an architecture, else what its first field has."""
    if any(group.layer for group in section.groups):
        return "-".join(map(str, sizes))
    shown: list[tuple[Field, Any]] = [(entry, entry.value) for entry in section.fields]
    if section.name == "regularisation":
        on = [f"{entry.title} {value_text(entry, value)}" for entry, value in shown if value]
        return ", ".join(on) or tr("off")
    return value_text(*shown[0])
