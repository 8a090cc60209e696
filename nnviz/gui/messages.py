"""What the program has to say, said where it does not stand in the way: a strip above the status bar.

A message has a key; another one with the same key takes its place, so a fault that repeats does not pile up.  What is
only information goes by itself when it has had time to be read; what is wrong stays until it is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.icons import icon, icon_pixmap
from nnviz.gui.theme import Theme, mixed
from nnviz.gui.translation import tr

Kind = Literal["info", "warning", "error"]
Action = tuple[str, Callable[[], object]]

# kind -> (icon, the theme's role for it, how a screen reader opens the message)
_KINDS: dict[Kind, tuple[str, str, str]] = {
    "info": ("info", "accent", "Note"),
    "warning": ("warning", "positive", "Warning"),
    "error": ("error", "warning", "Error"),
}
_MOST = 3       # messages seen at once, one of them information; older ones wait below them
_READING = (6_000, 70)      # milliseconds that information stays: to be noticed, and for each character of it


class MessageStrip(QWidget):
    """A stack of messages, the newest on top; nothing at all while there are none."""

    closed = Signal(str)        # the key of a message that the user has closed

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._messages: dict[str, _Message] = {}
        self._stack = QVBoxLayout(self)
        self._stack.setContentsMargins(8, 4, 8, 4)
        self._stack.setSpacing(4)
        self.setAccessibleName(tr("Messages"))
        self.hide()

    # QWidget.show() has no arguments; a message has, and the strip shows itself when there is one.
    def show_message(
        self, key: str, text: str, kind: Kind = "info", details: str | None = None, actions: Sequence[Action] = ()
    ) -> None:
        """Say `text` (plain), in place of what was said under `key` before.

        `details` open in a window of their own, to be read and copied. `actions` are (label, function) pairs; the
        message closes when one is chosen.
        """
        before = self._messages.get(key)
        if before is not None and before.differs_in_text_only(kind, details, actions):
            before.set_text(text)       # a fault that repeats forty times a second must not cost forty widgets
            return
        self._remove(key)
        message = _Message(text, kind, details, actions, self._theme)
        message.closed.connect(lambda: self._close(key))
        message.read.connect(lambda: self.withdraw(key))
        self._messages[key] = message
        self._stack.insertWidget(0, message)
        self._arrange()

    def withdraw(self, key: str) -> None:
        """Say no longer what was said under `key`; nothing happens where nothing was."""
        self._remove(key)
        self._arrange()

    def clear(self) -> None:
        """Say nothing any more."""
        for key in tuple(self._messages):
            self._remove(key)
        self._arrange()

    def withdraw_information(self) -> None:
        """Say no longer what was only information: a new command follows, and nothing was wrong."""
        for key, message in tuple(self._messages.items()):
            if message.kind == "info":
                self._remove(key)
        self._arrange()

    def height_for(self, width: int) -> int:
        """How high the strip is where it is so wide, in pixels."""
        return max(self._stack.heightForWidth(width), self._stack.minimumHeightForWidth(width))

    def newest_height(self, width: int) -> int:
        """How high the newest message with its margins is in a strip of that width; 0 where there is none."""
        if not self._messages:
            return 0
        margins = self._stack.contentsMargins()
        newest = list(self._messages.values())[-1]
        within = width - margins.left() - margins.right()
        return max(newest.heightForWidth(within), newest.minimumSizeHint().height()) + margins.top() + margins.bottom()

    def texts(self) -> dict[str, str]:
        """Key -> text of every message, oldest first."""
        return {key: message.text() for key, message in self._messages.items()}

    def message(self, key: str) -> QWidget:
        """The widget that says what was said under `key`; KeyError where nothing was."""
        return self._messages[key]

    def set_theme(self, theme: Theme) -> None:
        """Draw every message in the colours of `theme`."""
        self._theme = theme
        for message in self._messages.values():
            message.set_theme(theme)

    def _close(self, key: str) -> None:
        self.withdraw(key)
        self.closed.emit(key)

    def _remove(self, key: str) -> None:
        message = self._messages.pop(key, None)
        if message is not None:
            self._stack.removeWidget(message)
            message.hide()
            message.deleteLater()

    def _arrange(self) -> None:
        newest_first = list(reversed(self._messages.values()))
        told = next((message for message in newest_first if message.kind == "info"), None)
        seen = [message for message in newest_first if message.kind != "info" or message is told][:_MOST]
        for message in newest_first:
            message.setVisible(message in seen)
        self.setVisible(bool(newest_first))


class _Message(QFrame):
    closed = Signal()
    read = Signal()         # information has been there for as long as it takes to read it

    def __init__(
        self, text: str, kind: Kind, details: str | None, actions: Sequence[Action], theme: Theme
    ) -> None:
        super().__init__()
        self.kind, self._details, self._actions = kind, details, tuple(actions)
        self.setObjectName("message")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._reading = QTimer(self)
        self._reading.setSingleShot(True)
        self._reading.timeout.connect(self._look_away)
        self.sign = QLabel()
        self.label = QLabel()
        self.label.setTextFormat(Qt.TextFormat.PlainText)
        self.label.setWordWrap(True)
        self.label.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        self.set_text(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 6, 6)
        row.setSpacing(10)
        row.addWidget(self.sign, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.label, 1)
        self.buttons: list[QPushButton] = []
        for label, callback in actions:
            self._add_button(label, label, partial(self._chosen, callback))
        self.window_of_details: DetailsWindow | None = None
        if details:
            self._add_button(tr("Details"), tr("Show everything that is known about this, to read and to copy"),
                             self.open_details)
        for button in self.buttons:
            row.addWidget(button)
        self.close_button = QToolButton()
        self.close_button.setProperty("quiet", True)
        self.close_button.setAccessibleName(tr("Close the message"))
        self.close_button.setToolTip(tr("Close the message (Esc)"))
        self.close_button.clicked.connect(self.closed)
        row.addWidget(self.close_button)
        self.set_theme(theme)

    def text(self) -> str:
        return self.label.text()

    def set_text(self, text: str) -> None:
        self.label.setText(text)
        self.label.setAccessibleName(text)
        self.setAccessibleName(f"{tr(_KINDS[self.kind][2])}: {text}")
        if self.kind == "info" and not self._actions and not self._details:
            self._reading.start(_READING[0] + _READING[1] * len(text))

    def _look_away(self) -> None:
        """Information goes, unless somebody has the pointer or the keyboard on it."""
        focus = QApplication.focusWidget()
        if self.underMouse() or (focus is not None and (focus is self or self.isAncestorOf(focus))):
            self._reading.start(_READING[0])
        else:
            self.read.emit()

    def differs_in_text_only(self, kind: Kind, details: str | None, actions: Sequence[Action]) -> bool:
        return (self.kind, self._actions) == (kind, tuple(actions)) and bool(self._details) == bool(details)

    def set_theme(self, theme: Theme) -> None:
        name, role, _ = _KINDS[self.kind]
        colour = getattr(theme, role)
        self.sign.setPixmap(icon_pixmap(name, colour, 20, self.devicePixelRatioF()))
        self.close_button.setIcon(icon("close", theme))
        ground, edge = mixed(theme.window, colour, 0.10), mixed(theme.window, colour, 0.45)
        self.setStyleSheet(
            f"#message {{ background: {ground}; border: 1px solid {edge}; border-radius: 8px; }}"
            f"#message:focus {{ border-color: {colour}; }}")

    def open_details(self) -> None:
        """Open the details; the window stays until it is closed, whatever is said meanwhile."""
        self.window_of_details = DetailsWindow(self.text(), self._details or "", self.window())
        self.window_of_details.show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.closed.emit()
        else:
            super().keyPressEvent(event)

    def _add_button(self, label: str, tip: str, clicked: Callable[[], object]) -> None:
        button = QPushButton(label)
        button.setToolTip(tip)
        button.setAccessibleName(label)
        button.clicked.connect(lambda _checked=False: clicked())
        self.buttons.append(button)

    def _chosen(self, callback: Callable[[], object]) -> None:
        self.closed.emit()
        callback()


class DetailsWindow(QDialog):
    """A sentence and the whole story behind it, as text that can be selected and copied."""

    def __init__(self, sentence: str, details: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(tr("Details"))
        heading = QLabel(sentence)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        heading.setWordWrap(True)
        heading.setProperty("heading", True)
        self.story = QPlainTextEdit(details)
        self.story.setReadOnly(True)
        self.story.setProperty("writing", "code")
        self.story.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.story.setAccessibleName(tr("Details"))
        self.story.setToolTip(tr("Everything that is known about this"))
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setToolTip(tr("Close this window (Esc)"))
        self.copy_button = buttons.addButton(tr("Copy"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.setToolTip(tr("Put the sentence and the details on the clipboard"))
        self.copy_button.clicked.connect(
            lambda: QGuiApplication.clipboard().setText(f"{sentence}\n\n{details.rstrip()}\n"))
        for button in (close, self.copy_button):
            button.setAccessibleName(button.text().replace("&", ""))
            button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 14)
        layout.setSpacing(12)
        layout.addWidget(heading)
        layout.addWidget(self.story, 1)
        layout.addWidget(buttons)
        em = self.fontMetrics().height()
        self.resize(min(em * 44, 1180), min(em * 26, 720))
