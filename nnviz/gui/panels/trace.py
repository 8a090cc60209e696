"""The pass written out by hand beside the picture: a row an operation, and the cursor is the row that was done last."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QAction,
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPalette,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.fonts import monospaced_font
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pace, counted, said, second_label
from nnviz.gui.panels.table_model import Index, cells_as_text
from nnviz.gui.panels.trace_model import COLUMNS, PLACE, TraceTable
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.moment import MEAN
from nnviz.report.numbers import count, typeset
from nnviz.report.quantities import Quantity
from nnviz.session.change import Changed

_LONGEST_LINE = 4_000        # characters of the line below the table
_TEXTS = ("formula", "calculation")                     # columns that share what room the others leave
_ROOM_FOR = ("step", "operation", "order", "example")   # columns that a narrow panel leaves out, in this order
_LEAST, _MOST = 24, 110                                 # characters of a text column
PADDING = 8                                             # pixels on both sides of a cell
_CONTEXT = 1                                            # rows that are seen beyond the one that is followed


class RowPainter(QStyledItemDelegate):
    """Paints a cell with three calls, where the style's own way takes a hundred: a row is looked at while it plays."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, palette = index.model(), option.palette
        assert isinstance(model, TraceTable)
        row, selected = index.row(), bool(option.state & QStyle.StateFlag.State_Selected)
        background = palette.highlight() if selected else model.background(row)
        if background is not None:
            painter.fillRect(option.rect, background)
        text = model.displayed(row, index.column())
        if not text:
            return
        if selected:
            painter.setPen(palette.color(QPalette.ColorRole.HighlightedText))
        else:
            painter.setPen(palette.color(QPalette.ColorRole.Text) if model.is_reached(row) else model.dim)
        room = option.rect.adjusted(PADDING, 0, -PADDING, 0)
        fitting = max(1, int(room.width() / max(1.0, self._digit(option.font))))
        if len(text) > fitting:
            text = text[: fitting - 1] + "…"
        painter.setFont(option.font)
        painter.drawText(room, int(model.alignment(index.column())), text)

    def _digit(self, font: QFont) -> float:
        """How wide a character is: the font has but one width."""
        key = font.key()
        if key != self._measured[0]:
            self._measured = (key, QFontMetricsF(font).horizontalAdvance("0"))
        return self._measured[1]

    _measured: tuple[str, float] = ("", 1.0)


class TraceView(QTableView):
    """A table whose Enter asks for the row, and whose copies have every digit."""

    asked = Signal(int)          # a row
    left = Signal()              # the pointer has gone
    taking_focus = False

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.left.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:
        self.taking_focus = True
        try:
            super().focusInEvent(event)
        finally:
            self.taking_focus = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selected()
            event.accept()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.currentIndex().isValid():
            self.asked.emit(self.currentIndex().row())
            event.accept()
            return
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End) and not event.modifiers() and self.model().rowCount():
            row = 0 if event.key() == Qt.Key.Key_Home else self.model().rowCount() - 1
            self.setCurrentIndex(self.model().index(row, max(0, self.currentIndex().column())))
            event.accept()
            return
        super().keyPressEvent(event)

    def copy_selected(self) -> None:
        model = self.model()
        assert isinstance(model, TraceTable)
        cells = [cell for cell in self.selectionModel().selectedIndexes() if not self.isColumnHidden(cell.column())]
        if cells:
            QGuiApplication.clipboard().setText(
                cells_as_text(cells, lambda row, column: model.text(row, COLUMNS[column].name)))

    def sizeHint(self) -> QSize:
        return QSize(360, 160)


class TracePanel(Panel):
    """Every operation of the shown step in the order of the pass, as a formula and with its numbers.

    The tinted row is the operation that was done last; rows below it are still to come, and have no numbers yet. Click
    a row, or press Enter on it, and the cursor goes there, forwards or backwards. A row that is chosen with the arrow
    keys lights its unit or weight in the picture, and stands in full below the table: in symbols, with every digit,
    and its result. A number that is pointed at anywhere lights its row here, and a row that is pointed at its number.

    A unit's row is that of the shown example; without the tick it has a row for each example of the batch. With the
    mean of the batch shown, it is the mean of the examples' numbers. A parameter's gradient is always the mean over the
    batch. On the way back `value` is what the node had on the way forward, and the gradient is local gradient times
    upstream gradient, where it is not a sum.

    The filter, which Ctrl+F reaches, takes parts of a node's name and phases, such as `h1` or `backward w5`. Ctrl+C
    copies the selected rows for a spreadsheet; Export writes the whole trace of the step to a file.
    """

    name = "trace"
    title = "Trace"
    watches = Changed.EVERYTHING
    area = "bottom"
    wanted_lines = 16

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self._pace = Pace(8.0)        # its rows take longer to paint than to refresh
        self._followed: tuple[object, ...] = ()
        self._following = False
        self._sized_by_hand: set[int] = set()
        self._sizing = False
        self._see_again = QTimer(self)
        self._see_again.setSingleShot(True)
        self._see_again.timeout.connect(self._fit_rows)

        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter: h1, w5, backward"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName(tr("Filter the operations"))
        self.filter.setToolTip(tr("Show only operations whose node or phase has all these words (Ctrl+F)"))
        self.filter.setMinimumWidth(90)
        self.filter.textChanged.connect(self._filter)
        self.only_shown = QCheckBox(tr("Only the shown example"))
        self.only_shown.setChecked(True)
        self.only_shown.setAccessibleName(self.only_shown.text())
        self.only_shown.setToolTip(tr("Without the tick, a row for every example of the batch"))
        self.only_shown.toggled.connect(self._choose_examples)
        self.amount = ElidedLabel()
        self.amount.setProperty("second", True)
        self.export = QPushButton(tr("Export…"))
        self.export.setAccessibleName(tr("Export the trace"))
        self.export.setToolTip(tr("Write the trace of the shown step to a file"))
        self.export.clicked.connect(lambda: self.export_requested.emit("trace"))
        self._controls = QWidget()
        self._bars, self._buttons = QHBoxLayout(self._controls), QHBoxLayout()
        self._bars.setContentsMargins(0, 0, 0, 0)
        for bar in (self._bars, self._buttons):
            bar.setSpacing(8)
        self._bars.addWidget(self.filter, 2)
        self._bars.addLayout(self._buttons, 2)
        self._buttons.addWidget(self.only_shown)
        self._buttons.addWidget(self.amount, 1)
        self._buttons.addWidget(self.export)

        self.model = TraceTable(self)
        self.table = TraceView()
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setWordWrap(False)
        self.table.setShowGrid(False)
        self.table.setItemDelegate(RowPainter(self))
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setTabKeyNavigation(False)
        self.table.setCornerButtonEnabled(False)
        self.table.setAccessibleName(tr("Operations of the pass"))
        self.table.clicked.connect(lambda index: self._ask(index.row()))
        self.table.asked.connect(self._ask)
        self.table.setMouseTracking(True)
        self.table.entered.connect(lambda index: self.quantity_pointed.emit(self.model.quantity_at(index.row())))
        self.table.left.connect(lambda: self.quantity_pointed.emit(None))
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.model.modelReset.connect(self._forget_place)
        rows = self.table.verticalHeader()
        rows.setAccessibleName(tr("Rows: the operations"))
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.table.horizontalHeader()
        header.setAccessibleName(tr("Columns of the trace"))
        header.setHighlightSections(False)
        header.sectionResized.connect(self._resized_by_hand)
        self.table.viewport().installEventFilter(self)
        self._add_menu()
        self.line = QLineEdit()
        self.line.setReadOnly(True)
        self.line.setAccessibleName(tr("The chosen operation in full"))
        self.line.setToolTip(tr("The chosen row: in symbols, with every digit, and its result"))
        self.line.setPlaceholderText(tr("Choose a row to read it in full"))
        self.empty = second_label(tr("Open a network to see its pass operation by operation."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        find = QAction(tr("Find operations"), self)
        find.setShortcut(QKeySequence(QKeySequence.StandardKey.Find))
        find.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.triggered.connect(self._find)
        self.addAction(find)

        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(4)
        column.addWidget(self._controls)
        column.addWidget(self.table, 1)
        column.addWidget(self.line)
        column.addWidget(self.empty, 1)
        self._fit()
        self.set_theme(LIGHT)
        self.refresh(None)

    def _add_menu(self) -> None:
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for text, does in ((tr("Go to this operation"), lambda: self._ask(self.table.currentIndex().row())),
                           (tr("Copy rows"), self.table.copy_selected),
                           (tr("Copy the line"), self._copy_line),
                           (tr("Every example, or only the shown one"), self.only_shown.toggle),
                           (tr("Export…"), self.export.click)):
            action = QAction(text, self.table)
            action.triggered.connect(does)
            self.table.addAction(action)

    # --- looks ------------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.model.set_theme(theme)
        self.table.viewport().update()

    def set_pointed(self, quantity: Quantity | None) -> None:
        self.model.pointed = quantity
        if self.table.isVisible():
            self.table.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if hasattr(self, "table") and event.type() == QEvent.Type.FontChange:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.model.is_empty:      # of the room for the rows
            self._see_again.start()
        return super().eventFilter(watched, event)

    def _fit_rows(self) -> None:
        """Columns for the room there is now, and the row that is followed still in it."""
        if self.model.is_empty:
            return
        self._lay_out_columns()
        row = self.model.row_at_cursor()
        if row is not None and row == self.table.currentIndex().row():
            self._bring_into_sight(row)

    def _fit(self) -> None:
        """Row heights and column widths for the font in force."""
        font = monospaced_font(max(7.5, self.font().pointSizeF() * 0.92))
        self.table.setFont(font)
        self.line.setFont(font)
        self.table.horizontalHeader().setFont(self.font())
        height = QFontMetricsF(font).height()
        self.table.verticalHeader().setDefaultSectionSize(round(height * 1.4))
        self.table.setMinimumHeight(round(3.8 * height) + self.table.horizontalScrollBar().sizeHint().height())
        self._sized_by_hand.clear()
        self._lay_out()

    def minimumSizeHint(self) -> QSize:
        """Room for the narrowest arrangement of the controls and, where it is low, for one line and two rows."""
        controls = max(self.filter.sizeHint().height(), self.export.sizeHint().height())
        width = max(self.filter.minimumWidth(), self.export.sizeHint().width() + self.only_shown.sizeHint().width() + 8)
        return QSize(min(width + 24, 300), controls + self.table.minimumHeight() + 12)

    def _lay_out(self) -> None:
        """Where it is narrow, the controls take two lines; where it is low, rows come before everything else."""
        line = self.line.sizeHint().height()
        low = self.height() < 6 * line + self.table.minimumHeight()
        buttons = self.export.sizeHint().width() + self.only_shown.sizeHint().width()
        narrow = self.width() < self.filter.minimumWidth() + buttons + 200
        several = not self.model.is_empty and self.model.examples > 1
        self.only_shown.setVisible(several and not (narrow and low))
        self.amount.setVisible(not narrow)
        self.export.setVisible(not (narrow and low))
        self._bars.setDirection(
            QHBoxLayout.Direction.TopToBottom if narrow else QHBoxLayout.Direction.LeftToRight)
        self._column.setContentsMargins(10, 3 if low else 6, 10, 3 if low else 6)
        self.line.setVisible(self._view is not None and self.height() >= 2.4 * line + self.minimumSizeHint().height())
        self._lay_out_columns()

    def _lay_out_columns(self) -> None:
        """Columns as wide as what they hold; formula and calculation share what is left, and come before the least
        important of the others."""
        digit = QFontMetricsF(self.table.font()).horizontalAdvance("0")
        room = self.table.viewport().width() if self.table.isVisible() else self.width() - 40
        least = round(_LEAST * digit)
        for narrow in (False, True):
            self.model.set_narrow(narrow)
            widths = self._widths(digit)
            shown = set(widths) - set(_TEXTS)
            for name in _ROOM_FOR[: None if self.model.only_shown else -1]:
                if sum(widths[other] for other in shown) + 2 * least > room:
                    shown.discard(name)
            if sum(widths[other] for other in shown) + 2 * least <= room:
                break
        left = room - sum(widths[name] for name in shown)
        for name, share in zip(_TEXTS, (0.45, 0.55), strict=True):
            widths[name] = min(max(least, int(left * share)), round(_MOST * digit))
        self._sizing = True
        for place, column in enumerate(COLUMNS):
            hidden = column.name not in shown and column.name not in _TEXTS
            if self.table.isColumnHidden(place) != hidden:
                self.table.setColumnHidden(place, hidden)
            if place not in self._sized_by_hand and not hidden and self.table.columnWidth(place) != widths[column.name]:
                self.table.setColumnWidth(place, widths[column.name])
        self._sizing = False

    def _widths(self, digit: float) -> dict[str, int]:
        """How wide each column would like to be; `digit` is the width of one."""
        title = QFontMetricsF(self.table.horizontalHeader().font())
        widths: dict[str, int] = {}
        for place, column in enumerate(COLUMNS):
            characters = self.model.digits + 6 if column.number else self._longest(column.name)
            widths[column.name] = round(
                max(digit * characters, title.horizontalAdvance(self.model.title(place)) * 1.06) + 20)
        return widths

    def _longest(self, name: str) -> int:
        """About how many characters a text of a column has."""
        if self.model.is_empty:
            return 8
        if name == "node":
            network = self.model.labels.network
            names = max(max(map(len, network.names(layer))) for layer in range(len(network.sizes))) + 4
            weights = len(f"W1[{max(network.sizes)},{max(network.sizes)}]") if len(
                self.model.labels.labels) < network.parameter_count else 0
            return min(18, max(names, weights))
        if name == "operation":
            return 9
        return {"step": 5, "order": len(str(self.model.order.length * self.model.examples)), "example": 5,
                "phase": max(len(tr(word)) for word in ("forward", "backward", "update"))}.get(name, 8)

    def _resized_by_hand(self, section: int, before: int, after: int) -> None:
        if not self._sizing and before and after:
            self._sized_by_hand.add(section)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        before, self._view = self._view, view
        for widget in (self._controls, self.table):
            widget.setVisible(view is not None)
        self.empty.setVisible(view is None)
        if view is None:
            self.line.hide()
            if not self.model.is_empty:
                self.model.clear()
                self.line.clear()
            return
        if not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            known = before is not None and not self.model.is_empty and before.digits == view.digits and (
                before.problem.network == view.problem.network)
            self.model.show(view)
            if not known or (self.model.examples > 1) == self.only_shown.isHidden():
                self._lay_out()
            self._say_amount()
            self._follow()
            if not view.flows:
                self._say_line()

    def _say_amount(self) -> None:
        rows, operations = self.model.rowCount(), self.model.order.length
        text = counted(operations, "{count} operation", "{count} operations") if rows == operations else tr(
            "{rows} rows of {count} operations").format(rows=count(rows), count=count(operations))
        if text != self.amount.text():
            said(self.amount, text)
            self.amount.setToolTip(text)

    def _forget_place(self) -> None:
        self._followed = ()

    def _follow(self) -> None:
        """Brings the row of the last operation into sight wherever the cursor has moved."""
        key = (self.model.cursor, self.model.place, self.model.labels)
        if key == self._followed:
            return
        self._followed = key
        row = self.model.row_at_cursor()
        self._following = True
        try:
            if row is None:
                self.table.clearSelection()
                self.table.setCurrentIndex(QModelIndex())
                self.table.scrollToTop()
                return
            index = self.model.index(row, max(self.table.currentIndex().column(), PLACE["node"]))
            across = self.table.horizontalScrollBar().value()
            self.table.setCurrentIndex(index)
            self._bring_into_sight(row)
            self.table.horizontalScrollBar().setValue(across)
        finally:
            self._following = False

    def _bring_into_sight(self, row: int) -> None:
        """Scrolls to a row, unless it is seen with some of its surroundings."""
        height = max(1, self.table.verticalHeader().defaultSectionSize())
        first = self.table.rowAt(0)
        last = first + self.table.viewport().height() // height - 1
        if first < 0 or not (first + _CONTEXT <= row <= last - _CONTEXT):
            self.table.scrollTo(self.model.index(row, PLACE["node"]), QAbstractItemView.ScrollHint.PositionAtCenter)

    def _say_line(self) -> None:
        """The chosen row in full, below the table and for a screen reader."""
        index = self.table.currentIndex()
        if self.model.is_empty or not index.isValid() or not 0 <= index.row() < self.model.rowCount():
            self.line.clear()
            self.table.setAccessibleDescription("")
            return
        text = typeset(self.model.line(index.row()))
        text = text if len(text) <= _LONGEST_LINE else text[:_LONGEST_LINE] + "…"
        if text != self.line.text():
            self.line.setText(text)
            self.line.setCursorPosition(0)
            self.table.setAccessibleDescription(self.model.spoken(index.row()))

    # --- requests -----------------------------------------------------------------------------------------------------

    def _row_chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        if self._following or self.table.taking_focus or not now.isValid():
            return
        self._say_line()
        element = self.model.element_at(now.row())
        if element is not None:
            self.element_selected.emit(element)

    def _ask(self, row: int) -> None:
        """Asks for the moment right after a row's operation, and for the row's example."""
        if self.model.is_empty or not 0 <= row < self.model.rowCount():
            return
        number, place = self.model.number_of(row), self.model.place_at(row)
        element = self.model.element_at(row)
        if element is not None:
            self.element_selected.emit(element)
        if place not in (MEAN, self.model.place):
            self.example_chosen.emit(place)
        if number + 1 != self.model.cursor:
            self.moment_requested.emit(number + 1)

    def _choose_examples(self, only_shown: bool) -> None:
        self.model.choose(only_shown=only_shown)
        self._lay_out()
        self._after_choice()

    def _filter(self, text: str) -> None:
        self.model.choose(filter_text=text)
        self._after_choice()

    def _after_choice(self) -> None:
        if not self.model.is_empty:
            self._say_amount()
            self._follow()
            self._say_line()

    def _find(self) -> None:
        self.filter.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter.selectAll()

    def _copy_line(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            QGuiApplication.clipboard().setText(self.model.line(index.row()))
            self.message.emit(tr("The operation is on the clipboard."))
