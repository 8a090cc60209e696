"""The first thing a user sees: what there is to look at, each example as a picture of its real network.

The gallery knows nothing of documents; it is given cards and says which one was opened.  Pictures are made one at a
time while nothing else is to be done, so the window is there at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPainterPath,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QPushButton,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.fonts import text_font
from nnviz.gui.icons import application_pixmap, icon
from nnviz.gui.theme import Theme, mixed
from nnviz.gui.translation import tr

Preview = Callable[[Theme, QSize, float], QImage] | QImage
_Index = QModelIndex | QPersistentModelIndex

_TOP = QModelIndex()
_CARD = Qt.ItemDataRole.UserRole + 1
_PREVIEW = Qt.ItemDataRole.UserRole + 2
_ASPECT = 0.6               # height of a preview over its width
_GAP = 16                   # logical pixels around a card
_MARGIN = 14                # between the edge of a card and its words
_LINES = 2, 3               # of a description, at least and at most
_RECENT = 8                 # files that the list of recent ones shows


@dataclass(frozen=True)
class Card:
    """One thing to open. `preview` is a picture, or draws one: in a theme, of a size in logical pixels, with so many
    device pixels to each.

    `kind` ("network", "graph", "surface") is written in a corner of the card.
    """

    name: str
    title: str
    description: str
    preview: Preview
    kind: str = "network"


class Gallery(QWidget):
    """Cards in a grid that fills the window, beside the ways to open something else."""

    opened = Signal(str)            # the name of a card
    new_wanted = Signal()
    file_wanted = Signal()
    recent_wanted = Signal(str)     # a path

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._cards = _Cards(theme)
        self._found = QSortFilterProxyModel(self)
        self._found.setSourceModel(self._cards)
        self._found.setFilterRole(Qt.ItemDataRole.AccessibleTextRole)
        self._found.setFilterCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)

        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Search the examples"))
        self.search.setAccessibleName(tr("Search the examples"))
        self.search.setToolTip(tr("Show only the examples with these words; Down goes to the first one"))
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(360)
        self.search.textChanged.connect(self._filter)
        self.search.returnPressed.connect(self._open_first)
        self.search.installEventFilter(self)

        self.grid = _Grid(theme)
        self.grid.setModel(self._found)
        self.grid.chosen.connect(self.opened)
        self.grid.resized.connect(self._cards.forget_other_sizes)

        self.nothing = QLabel(tr("No example has these words."))
        self.nothing.setProperty("second", True)
        self.nothing.setContentsMargins(_GAP // 2, 12, 0, 0)
        self.nothing.hide()

        heading = QLabel(tr("Examples"))
        heading.setProperty("writing", "section")
        bar = QHBoxLayout()
        bar.setContentsMargins(_GAP // 2, 0, _GAP // 2, 0)
        bar.addWidget(heading)
        bar.addStretch(1)
        bar.addWidget(self.search, 2)
        right = QVBoxLayout()
        right.setContentsMargins(16, 24, 8, 0)
        right.setSpacing(10)
        right.addLayout(bar)
        right.addWidget(self.nothing)
        right.addWidget(self.grid, 1)

        self._side = _Side(theme)
        self.new_button, self.open_button = self._side.new_button, self._side.open_button
        self.new_button.clicked.connect(self.new_wanted)
        self.open_button.clicked.connect(self.file_wanted)
        self._side.recent_wanted.connect(self.recent_wanted)

        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._side)
        layout.addLayout(right, 1)
        self.setFocusProxy(self.grid)
        self.setAccessibleName(tr("Example gallery"))

        # An interval of zero fires when no event waits, so drawing previews never delays a click.
        self._idle = QTimer(self)
        self._idle.setInterval(0)
        self._idle.timeout.connect(self._draw_one)

    def set_cards(self, cards: Sequence[Card]) -> None:
        """Show `cards`, in this order; their previews follow while there is nothing else to do."""
        self._cards.replace(cards)
        self.grid.fit()
        self._select_first()
        self._idle.start()

    def set_recent(self, files: Sequence[str]) -> None:
        """Offer `files` (paths, newest first) to be opened again."""
        self._side.set_recent(files)

    def set_theme(self, theme: Theme) -> None:
        """Draw everything, previews too, in the colours of `theme`."""
        self._theme = theme
        self._cards.set_theme(theme)
        self.grid.set_theme(theme)
        self._side.set_theme(theme)
        self._idle.start()

    def names(self) -> list[str]:
        """The names of the cards that the search leaves, in order."""
        return [self._found.index(row, 0).data(_CARD).name for row in range(self._found.rowCount())]

    def previews_wait(self) -> bool:
        """Whether there are previews still to be drawn."""
        return self._idle.isActive()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._idle.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """From the search box, Down goes to the cards, as in any list with a search box."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress \
                and event.key() == Qt.Key.Key_Down:
            self.grid.setFocus(Qt.FocusReason.TabFocusReason)
            self._select_first()
            return True
        return False

    def _filter(self, text: str) -> None:
        self._found.setFilterFixedString(text.strip())
        self.nothing.setVisible(self._found.rowCount() == 0)
        self._select_first()
        self._idle.start()

    def _select_first(self) -> None:
        if self._found.rowCount():
            self.grid.setCurrentIndex(self._found.index(0, 0))

    def _open_first(self) -> None:
        if self._found.rowCount():
            self.opened.emit(self._found.index(0, 0).data(_CARD).name)

    def _draw_one(self) -> None:
        """Draw one preview that is missing, what is in sight first; stop when none is."""
        if not self.isVisible():
            self._idle.stop()
            return
        rows = range(self._found.rowCount())
        in_sight = [row for row in rows
                    if self.grid.visualRect(self._found.index(row, 0)).intersects(self.grid.viewport().rect())]
        for row in [*in_sight, *rows]:
            index = self._found.mapToSource(self._found.index(row, 0))
            if index.data(_PREVIEW) is None:
                self._idle.stop()       # so that a preview that cannot be drawn is tried once, not for ever
                self._cards.draw(index.row(), self.grid.preview_size(), self.devicePixelRatioF())
                self._idle.start()
                return
        self._idle.stop()


class _Cards(QAbstractListModel):
    """The cards and the previews drawn so far."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._rows: tuple[Card, ...] = ()
        self._drawn: dict[int, QImage] = {}
        self._stale: dict[int, QImage] = {}      # shown until the preview of the right size and theme is there

    def rowCount(self, parent: _Index = _TOP) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        card = self._rows[index.row()]
        answers: dict[int, Callable[[], object]] = {
            Qt.ItemDataRole.DisplayRole: lambda: card.title,
            Qt.ItemDataRole.ToolTipRole: lambda: f"{card.description}\n({card.name})",
            Qt.ItemDataRole.AccessibleTextRole: lambda: f"{card.title}. {card.description} ({card.name})",
            _CARD: lambda: card,
            _PREVIEW: lambda: self._drawn.get(index.row()),
        }
        return answers.get(role, lambda: None)()

    def best_preview(self, row: int) -> QImage | None:
        return self._drawn.get(row) or self._stale.get(row)

    def replace(self, cards: Sequence[Card]) -> None:
        self.beginResetModel()
        self._rows = tuple(cards)
        self._drawn.clear()
        self._stale.clear()
        self.endResetModel()

    def set_theme(self, theme: Theme) -> None:
        self._theme = theme
        self._drawn.clear()
        self._stale.clear()
        if self._rows:
            self.dataChanged.emit(self.index(0), self.index(len(self._rows) - 1))

    def forget_other_sizes(self, size: QSize) -> None:
        """Draw again what was drawn for a much smaller card; a little scaling is not seen."""
        for row, image in list(self._drawn.items()):
            if callable(self._rows[row].preview) and image.deviceIndependentSize().width() * 1.25 < size.width():
                self._stale[row] = self._drawn.pop(row)

    def draw(self, row: int, size: QSize, density: float) -> None:
        preview = self._rows[row].preview
        image = preview if isinstance(preview, QImage) else preview(self._theme, size, density)
        self._drawn[row] = image
        self._stale.pop(row, None)
        self.dataChanged.emit(self.index(row), self.index(row), [_PREVIEW])


class _Grid(QListView):
    """Cards in as many columns as fit, all of one width that fills the row."""

    chosen = Signal(str)
    resized = Signal(QSize)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("cards")
        self.setAccessibleName(tr("Examples"))
        self.setAccessibleDescription(tr("Arrow keys choose, Enter opens"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setStyleSheet("#cards { background: transparent; border: none; }")
        self.viewport().setAutoFillBackground(False)
        self._painter = _CardPainter(theme, self)
        self.setItemDelegate(self._painter)
        self.doubleClicked.connect(lambda index: self.chosen.emit(index.data(_CARD).name))

    def set_theme(self, theme: Theme) -> None:
        self._painter.theme = theme
        self.viewport().update()

    def preview_size(self) -> QSize:
        """Width and height of a preview, logical pixels."""
        width = self.gridSize().width() - _GAP
        return QSize(width, round(width * _ASPECT))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.chosen.emit(self.currentIndex().data(_CARD).name)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.fit()
        super().resizeEvent(event)
        self.resized.emit(self.preview_size())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.fit()

    def fit(self) -> None:
        """As many columns as there is room for, and cards as high as the longest description needs."""
        room = self.viewport().width() - 1
        least = 250 + 4 * self.fontMetrics().height()
        columns = max(1, min(6, room // least))
        width = room // columns
        self._painter.make_room(self._descriptions(), width - _GAP - 1)
        height = round((width - _GAP) * _ASPECT) + self._painter.text_height() + _GAP
        if self.gridSize() != QSize(width, height):
            self.setGridSize(QSize(width, height))

    def _descriptions(self) -> list[str]:
        """Of all cards, those too that the search leaves out: cards do not change their height while one types."""
        found = self.model()
        model = found.sourceModel() if isinstance(found, QSortFilterProxyModel) else found
        return [] if model is None else [model.index(row, 0).data(_CARD).description for row in range(model.rowCount())]


class _CardPainter(QStyledItemDelegate):
    """A card: the preview above, the title and two or three lines of description below, as many as the longest takes.
    """

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self.theme = theme
        self._view = view
        self._lines = _LINES[0]

    def make_room(self, descriptions: Sequence[str], width: int) -> None:
        """Room below the preview for the longest of `descriptions` on a card `width` pixels wide, within reason."""
        metrics = QFontMetrics(self._text_font())
        least, most = _LINES
        longest = max((len(lines_of(text, metrics, width - 2 * _MARGIN, most)) for text in descriptions), default=0)
        self._lines = max(least, longest)

    def text_height(self) -> int:
        """Logical pixels below the preview."""
        lines = self._lines * QFontMetrics(self._text_font()).lineSpacing()
        return QFontMetrics(self._title_font()).height() + lines + 30

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        return self._view.gridSize()

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        card: Card = index.data(_CARD)
        state = option.state
        outer: QRect = option.rect
        half = _GAP // 2
        rect = QRectF(outer.adjusted(half, half, -half, -half)).adjusted(0.5, 0.5, -0.5, -0.5)
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        theme = self.theme
        painter.save()
        try:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            shape = QPainterPath()
            shape.addRoundedRect(rect, 12, 12)
            ground = mixed(theme.raised, theme.accent, 0.07) if hovered else theme.raised
            painter.fillPath(shape, QColor(ground))
            picture = QRectF(rect.x(), rect.y(), rect.width(), round(rect.width() * _ASPECT))
            painter.save()
            painter.setClipPath(shape)
            painter.fillRect(picture, QColor(theme.canvas))
            self._paint_preview(painter, picture, index)
            painter.restore()
            painter.setPen(QPen(QColor(theme.line), 1))
            painter.drawLine(picture.bottomLeft(), picture.bottomRight())
            self._paint_kind(painter, picture, card.kind)
            self._paint_text(painter, rect, picture.bottom(), card)
            focused = chosen and self._view.hasFocus()
            share = 1.0 if focused else 0.5 if chosen or hovered else 0.0
            painter.setPen(QPen(QColor(mixed(theme.line, theme.accent, share)), 2 if focused else 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPath(shape)
        finally:
            painter.restore()

    def _paint_preview(self, painter: QPainter, picture: QRectF, index: _Index) -> None:
        proxy = index.model()
        assert isinstance(proxy, QSortFilterProxyModel)
        source = proxy.sourceModel()
        assert isinstance(source, _Cards)
        image = source.best_preview(proxy.mapToSource(index).row())
        if image is None:
            return
        size = image.deviceIndependentSize()
        scale = min(picture.width() / size.width(), picture.height() / size.height())
        target = QRectF(0, 0, size.width() * scale, size.height() * scale)
        target.moveCenter(picture.center())
        painter.drawImage(target, image)

    def _paint_kind(self, painter: QPainter, picture: QRectF, kind: str) -> None:
        if not kind:
            return
        font = text_font(self._view.font().pointSizeF() * 0.78)
        metrics = QFontMetrics(font)
        text = tr(kind)
        width = metrics.horizontalAdvance(text) + 14
        tag = QRectF(picture.right() - width - 8, picture.top() + 8, width, metrics.height() + 5)
        painter.setPen(QPen(QColor(self.theme.line), 1))
        painter.setBrush(QColor(mixed(self.theme.canvas, self.theme.raised, 0.7)))
        painter.drawRoundedRect(tag, tag.height() / 2, tag.height() / 2)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.muted))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), text)

    def _paint_text(self, painter: QPainter, rect: QRectF, top: float, card: Card) -> None:
        left, width = rect.x() + _MARGIN, int(rect.width() - 2 * _MARGIN)
        title_font = self._title_font()
        metrics = QFontMetrics(title_font)
        painter.setFont(title_font)
        painter.setPen(QColor(self.theme.ink))
        place = QRectF(left, top + 11, width, metrics.height())
        title = metrics.elidedText(card.title, Qt.TextElideMode.ElideRight, width)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), title)
        font = self._text_font()
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(QColor(self.theme.muted))
        y = place.bottom() + 3
        for line in lines_of(card.description, metrics, width, self._lines):
            painter.drawText(QRectF(left, y, width, metrics.lineSpacing()),
                             int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), line)
            y += metrics.lineSpacing()

    def _title_font(self) -> QFont:
        return text_font(self._view.font().pointSizeF() * 1.05, bold=True)

    def _text_font(self) -> QFont:
        return text_font(self._view.font().pointSizeF() * 0.92)


def lines_of(text: str, metrics: QFontMetrics, width: int, most: int) -> list[str]:
    """`text` broken between words into at most `most` lines of `width` pixels; what is left over becomes `…`."""
    words = text.split()
    lines: list[str] = []
    while words:
        line = [words.pop(0)]
        while words and (len(lines) == most - 1 or metrics.horizontalAdvance(" ".join([*line, words[0]])) < width):
            line.append(words.pop(0))
        lines.append(metrics.elidedText(" ".join(line), Qt.TextElideMode.ElideRight, width))
    return lines


class _Side(QFrame):
    """Who is speaking, and the ways to open something that is not an example."""

    recent_wanted = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("side")
        self._sign = QLabel()
        name = QLabel("nnviz")
        name.setProperty("writing", "title")
        purpose = QLabel(tr("Every number of backpropagation, in the open."))
        purpose.setWordWrap(True)
        purpose.setProperty("second", True)
        self.new_button = QPushButton(tr("New network…"))
        self.new_button.setProperty("primary", True)
        self.new_button.setToolTip(tr("Choose layers, loss, optimiser and data of a new network (Ctrl+N)"))
        self.open_button = QPushButton(tr("Open file…"))
        self.open_button.setToolTip(tr("Open a network from a file (Ctrl+O)"))
        for button in (self.new_button, self.open_button):
            button.setAccessibleName(button.text().removesuffix("…"))
            button.setMinimumHeight(34)
        self._recent_heading = QLabel(tr("Recent files"))
        self._recent_heading.setProperty("heading", True)
        self._recent = QVBoxLayout()
        self._recent.setSpacing(0)
        hint = QLabel(tr("A file can also be dropped onto this window."))
        hint.setWordWrap(True)
        hint.setProperty("second", True)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 28, 20, 20)
        layout.setSpacing(8)
        layout.addWidget(self._sign)
        layout.addSpacing(4)
        layout.addWidget(name)
        layout.addWidget(purpose)
        layout.addSpacing(16)
        layout.addWidget(self.new_button)
        layout.addWidget(self.open_button)
        layout.addSpacing(20)
        layout.addWidget(self._recent_heading)
        layout.addLayout(self._recent)
        layout.addStretch(1)
        layout.addWidget(hint)
        self._fit()
        self.set_theme(theme)
        self.set_recent(())

    def set_theme(self, theme: Theme) -> None:
        self._sign.setPixmap(application_pixmap(64, self.devicePixelRatioF()))
        self.new_button.setIcon(icon("new", theme, "on_accent"))
        self.open_button.setIcon(icon("open", theme))
        ground = mixed(theme.window, theme.line, 0.3)
        self.setStyleSheet(f"#side {{ background: {ground}; border: none; border-right: 1px solid {theme.line}; }}")

    def set_recent(self, files: Sequence[str]) -> None:
        while self._recent.count():
            item = self._recent.takeAt(0)
            button = item.widget() if item is not None else None
            if button is not None:
                button.hide()
                button.deleteLater()
        for path in files[:_RECENT]:
            button = _FileButton(path)
            button.clicked.connect(lambda _checked=False, path=path: self.recent_wanted.emit(path))
            self._recent.addWidget(button)
        self._recent_heading.setVisible(bool(files))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "_recent"):
            self._fit()

    def _fit(self) -> None:
        self.setFixedWidth(self.fontMetrics().height() * 9 + 100)


class _FileButton(QPushButton):
    """The name of a file; the folder is in the tooltip."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path
        self.setProperty("link", True)
        # A tooltip that may look like HTML would be taken for it; no file name is.
        self.setToolTip(path.replace("<", "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}"))
        self.setAccessibleName(tr("Open {name}").format(name=Path(path).name))
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        name = self.fontMetrics().elidedText(Path(self._path).name, Qt.TextElideMode.ElideMiddle, self.width() - 16)
        self.setText(name.replace("&", "&&"))
