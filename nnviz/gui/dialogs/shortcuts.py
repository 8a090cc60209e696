"""Every key and what it does, on one sheet, made from the action table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.actions import ACTIONS, GESTURES, plain
from nnviz.gui.dialogs.form import open_at
from nnviz.gui.translation import tr


@dataclass(frozen=True)
class Entry:
    """One line of the sheet: what is done, its keys, and what else it may be searched by."""

    text: str
    keys: tuple[str, ...]
    words: str = ""

    def answers(self, search: str) -> bool:
        """Whether every word of `search` occurs in the line."""
        line = f"{self.text} {' '.join(self.keys)} {self.words}".casefold()
        return all(word in line for word in search.casefold().split())


def sheet() -> dict[str, tuple[Entry, ...]]:
    """Heading -> lines, in the order of the menus; commands without a key are left out."""
    found: dict[str, list[Entry]] = {}
    for row in ACTIONS:
        keys = tuple(_native(key) for key in row.shortcuts)
        if keys:
            found.setdefault(tr(row.menu.partition("/")[0]), []).append(
                Entry(plain(tr(row.text)), keys, tr(row.tooltip)))
    in_picture = [Entry(plain(tr(row.text)), tuple(_native(key) for key in row.picture_keys), tr(row.tooltip))
                  for row in ACTIONS if row.picture_keys]
    in_picture += [Entry(tr(text), (tr(gesture),)) for text, gesture in GESTURES]
    found[tr("In the picture")] = in_picture
    return {heading: tuple(entries) for heading, entries in found.items()}


def _native(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)


class ShortcutSheet(QDialog):
    """The sheet in a window of its own, with a search box; it may stay open beside the main window."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Keyboard shortcuts"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search a command or a key"))
        self.search.setAccessibleName(tr("Search the shortcuts"))
        self.search.setToolTip(tr("Show only the lines with these words"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._filter)

        self._cards = [_Card(heading, entries) for heading, entries in sheet().items()]
        self._page = QWidget()
        self._columns = QHBoxLayout(self._page)
        self._columns.setContentsMargins(20, 8, 20, 20)
        self._columns.setSpacing(16)
        self._count = 0
        self.nothing = QLabel(tr("No shortcut has these words."))
        self.nothing.setProperty("second", True)
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.nothing.hide()
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidget(self._page)
        self._scroll.setAccessibleName(tr("Keyboard shortcuts"))

        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(tr("Copy as text"), QDialogButtonBox.ButtonRole.ActionRole)
        copy.setToolTip(tr("Put the whole sheet on the clipboard, to print it"))
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(sheet_as_text()))
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setToolTip(tr("Close the sheet (Esc)"))
        for button in (copy, close):
            button.setAccessibleName(button.text().replace("&", ""))
            button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        buttons.setContentsMargins(20, 10, 20, 14)

        top = QVBoxLayout()
        top.setContentsMargins(20, 18, 20, 8)
        top.addWidget(self.search)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addWidget(self.nothing)
        layout.addWidget(self._scroll, 1)
        layout.addWidget(buttons)
        em = self.fontMetrics().height()
        open_at(self, min(em * 62, 1240), min(em * 38, 720))
        self._spread(3)

    def shown_lines(self) -> list[str]:
        """The commands that the search leaves, from top to bottom."""
        return [line for card in self._cards for line in card.shown_lines()]

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._spread(max(1, min(3, self.width() // (self.fontMetrics().height() * 19))))

    def _spread(self, count: int) -> None:
        """Put the cards into `count` columns of about the same height."""
        if count == self._count:
            return
        self._count = count
        while self._columns.count():
            item = self._columns.takeAt(0)
            column = item.widget() if item is not None else None
            if column is not None:
                for card in self._cards:
                    card.setParent(self._page)
                column.deleteLater()
        columns: list[list[_Card]] = [[] for _ in range(count)]
        heights = [0] * count
        for card in sorted(self._cards, key=lambda card: -card.lines):
            shortest = heights.index(min(heights))
            columns[shortest].append(card)
            heights[shortest] += card.lines + 3
        for cards in columns:
            column = QWidget()
            stack = QVBoxLayout(column)
            stack.setContentsMargins(0, 0, 0, 0)
            stack.setSpacing(12)
            for card in cards:
                stack.addWidget(card)
                card.show()
            stack.addStretch(1)
            self._columns.addWidget(column, 1)
        self._filter(self.search.text())

    def _filter(self, text: str) -> None:
        found = [card.filter(text) for card in self._cards]
        self.nothing.setVisible(not any(found))


class _Card(QFrame):
    """One heading with its lines."""

    def __init__(self, heading: str, entries: Iterable[Entry]) -> None:
        super().__init__()
        self.setProperty("card", True)
        self._rows: list[tuple[Entry, list[QWidget]]] = []
        grid = QGridLayout(self)
        grid.setContentsMargins(16, 12, 16, 14)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(0, 1)
        title = QLabel(heading)
        title.setProperty("heading", True)
        grid.addWidget(title, 0, 0, 1, 2)
        for number, entry in enumerate(entries, start=1):
            name = QLabel(entry.text)
            name.setTextFormat(Qt.TextFormat.PlainText)
            name.setWordWrap(True)
            keys = QWidget()
            row = QHBoxLayout(keys)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(4)
            row.addStretch(1)
            for key in entry.keys:
                cap = QLabel(key)
                cap.setProperty("key", True)
                row.addWidget(cap, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(name, number, 0)
            grid.addWidget(keys, number, 1)
            self._rows.append((entry, [name, keys]))
        self.lines = len(self._rows)

    def filter(self, text: str) -> bool:
        """Show only the lines that answer; whether there are any."""
        for entry, widgets in self._rows:
            for widget in widgets:
                widget.setVisible(entry.answers(text))
        found = any(entry.answers(text) for entry, _ in self._rows)
        self.setVisible(found)
        return found

    def shown_lines(self) -> list[str]:
        return [entry.text for entry, widgets in self._rows if not widgets[0].isHidden()]


def sheet_as_text() -> str:
    """The whole sheet as plain text, a line a command, fit to be printed."""
    blocks = []
    for heading, entries in sheet().items():
        lines = [f"  {entry.text:<44}{', '.join(entry.keys)}" for entry in entries]
        blocks.append("\n".join([heading, *lines]))
    return "\n\n".join(blocks) + "\n"
