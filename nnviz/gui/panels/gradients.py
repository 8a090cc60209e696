"""Every gradient of a step in one table: which parameters learn fast, which hardly at all."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import (
    QAction,
    QColor,
    QFocusEvent,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.colour_scale import ColourScale, edge_colours, magnitudes_among
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.fonts import monospaced_font
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pace, counted, said, second_label
from nnviz.gui.panels.table_model import COLUMNS, PLACE, SIZE_ROLE, Index, ParameterTable, selected_as_text
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Element, Parameter
from nnviz.report.numbers import count
from nnviz.session.change import Changed

# What the order can be besides a click on a header: column, descending.  Numbers go by size, whatever their sign.
_ORDERS = (
    ("network order", "", False),
    ("largest |gradient| first", "gradient", True),
    ("smallest |gradient| first", "gradient", False),
    ("largest |update| first", "update", True),
    ("largest |value| first", "value", True),
)
_BY_HEADER = "as the header says"
_SORTS_A_SECOND = 2.0
_SHORTEST = 6           # pixels of a bar whose colour can be seen
_NARROW = 560           # pixels of width below which the controls take two lines
_LOW = 11               # lines of text below which the panel is low
_ROOM_FOR = ("layer", "kind", "route")     # columns of a wide panel; a narrow one has them in the tooltip of the name


class GradientBar(QStyledItemDelegate):
    """Writes a cell, and under a gradient a thin bar: the longer the larger, in the colour that its edge has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = LIGHT
        self.scale = ColourScale()

    def colour_of(self, size: float) -> QColor:
        """The colour of the bar under a gradient that is `size` large."""
        return edge_colours(self.theme)[int(self.scale.bins(np.array([size]))[0])]

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)
        size = index.data(SIZE_ROLE)
        if size is None:
            return
        room = option.rect.adjusted(6, 0, -6, 0)
        width = max(_SHORTEST, round(room.width() * self.scale.share(size)))
        bar = QRect(room.right() - width + 1, option.rect.bottom() - 2, width, 2)
        painter.fillRect(bar, self.colour_of(size))


class _Table(QTableView):
    """A table that copies what is selected in full precision, and selects nothing just because it gets the keyboard."""

    taking_focus = False

    def focusInEvent(self, event: QFocusEvent) -> None:
        had_row = self.currentIndex().isValid()
        self.taking_focus = True
        try:
            super().focusInEvent(event)
            if not had_row:
                self.selectionModel().clearCurrentIndex()
        finally:
            self.taking_focus = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.matches(QKeySequence.StandardKey.Copy):
            model = self.model()
            assert isinstance(model, ParameterTable)
            cells = [cell for cell in self.selectionModel().selectedIndexes() if not self.isColumnHidden(cell.column())]
            if cells:
                QGuiApplication.clipboard().setText(selected_as_text(model, cells))
            event.accept()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        return QSize(260, 160)


class GradientsPanel(Panel):
    """Every parameter of the shown step: its value, its gradient, what the update adds, and the value after it.

    The gradient is ∂E/∂parameter, the mean over the batch; the bar under it has the colour of its edge in the picture,
    and is as long as that colour is far along the colour bar there; under 0 there is none. Numbers that the pass has
    not reached yet are a dash. Click a header to sort, or choose an order by size in the list; the filter takes names
    of parameters, labels and units, `weight`, `bias` and `layer 2`. Ctrl+C copies the selected cells, Copy all copies
    the table as CSV, both with every digit; Export writes all tables to files. Choose a row to select its parameter in
    the picture.
    """

    name = "gradients"
    title = "Gradients"
    watches = Changed.EVERYTHING
    area = "bottom"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self._pace, self._sort_pace = Pace(30.0), Pace(_SORTS_A_SECOND)
        self._selecting = False
        self._chosen: Element | None = None
        self._told_scale: ColourScale | None = None

        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter: w5, h1, bias, layer 2"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName(tr("Filter the parameters"))
        self.filter.setToolTip(tr("Show only rows with all these words: names, labels, units, weight, bias, layer 2"))
        self.filter.setMinimumWidth(70)
        self.filter.textChanged.connect(self._filter)
        self.order = ChoiceList()
        for text, column, descending in _ORDERS:
            self.order.addItem(tr(text), (column, descending))
        self.order.setAccessibleName(tr("Order of the rows"))
        self.order.setToolTip(tr("By size: whatever the sign. A click on a header sorts with the sign"))
        self.order.setMinimumContentsLength(7)
        self.order.setSizeAdjustPolicy(ChoiceList.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.order.activated.connect(self._order_chosen)
        self.copy_all = self._button(tr("Copy all"), tr("Copy the rows that are shown as CSV, with every digit"))
        self.copy_all.clicked.connect(self._copy_all)
        self.export = self._button(tr("Export…"), tr("Write this and the other tables to files"))
        self.export.clicked.connect(lambda: self.export_requested.emit("parameters"))
        self.amount = ElidedLabel()
        self.amount.setProperty("second", True)
        self._filters, self._buttons = QHBoxLayout(), QHBoxLayout()
        for row in (self._filters, self._buttons):
            row.setSpacing(6)
        self._filters.addWidget(self.filter, 1)
        self._filters.addWidget(self.order, 1)
        self._buttons.addWidget(self.amount, 1)
        self._buttons.addWidget(self.copy_all)
        self._buttons.addWidget(self.export)
        self._controls = QWidget()
        self._bars = QHBoxLayout(self._controls)
        self._bars.setContentsMargins(0, 0, 0, 0)
        self._bars.setSpacing(6)
        self._bars.addLayout(self._filters, 1)
        self._bars.addLayout(self._buttons, 0)

        self.model = ParameterTable(self)
        self.bar = GradientBar(self)
        self.table = _Table()
        self.table.setModel(self.model)
        self.table.setItemDelegateForColumn(PLACE["gradient"], self.bar)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.setAlternatingRowColors(False)
        self.table.setWordWrap(False)
        self.table.setStyleSheet("QTableView::item { padding: 0px 6px; }")
        self.table.setShowGrid(False)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setTabKeyNavigation(False)
        self.table.setCornerButtonEnabled(False)
        self.table.setAccessibleName(tr("Parameters of the step"))
        self.table.setMinimumHeight(40)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for button in (self.copy_all, self.export):      # also where there is no room for the buttons
            action = QAction(button.text(), self.table)
            action.setToolTip(button.toolTip())
            action.triggered.connect(button.click)
            self.table.addAction(action)
        rows = self.table.verticalHeader()
        rows.setAccessibleName(tr("Rows: the parameters"))
        rows.hide()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.table.horizontalHeader()
        header.setAccessibleName(tr("Columns: press one to sort by it"))
        header.setHighlightSections(False)
        header.setSectionsClickable(True)
        header.sectionPressed.disconnect()      # it would select a column, and so a parameter
        header.sectionEntered.disconnect()
        header.setSortIndicatorShown(False)     # the model writes the arrow
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.sortIndicatorChanged.connect(self._header_clicked)
        self.table.selectionModel().currentRowChanged.connect(self._row_chosen)
        self.model.modelReset.connect(self._follow_selection)
        self.model.network_changed.connect(self._fit)
        self.model.network_changed.connect(self.table.scrollToTop)
        self.empty = second_label(tr("Open a network to see its parameters and their gradients."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)

        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addWidget(self._controls)
        layout.addWidget(self.table, 1)
        layout.addWidget(self.empty, 1)
        self._fit()
        self.set_theme(LIGHT)
        self.refresh(None)

    @staticmethod
    def _button(text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        return button

    # --- looks --------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.bar.theme = theme
        self.table.viewport().update()

    def set_colour_scale(self, scale: ColourScale | None) -> None:
        self._told_scale = scale
        self._fit_bars()

    def _fit_bars(self) -> None:
        """The scale of the picture's colours; where they do not mean gradients, that of the table's own."""
        own = ColourScale() if self._told_scale is None and not self.model.is_empty else None
        fitting = self._told_scale or (own and own.fitting(magnitudes_among(self.model.numbers("gradient"))))
        if fitting is not None and fitting != self.bar.scale:
            self.bar.scale = fitting
            self.table.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if hasattr(self, "table") and event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """Row heights and column widths for the font in force."""
        font = monospaced_font(max(7.5, self.font().pointSizeF() * 0.92))
        self.table.setFont(font)
        self.table.horizontalHeader().setFont(self.font())
        metrics = QFontMetricsF(font)
        self._row_height = metrics.height()
        bar = self.table.horizontalScrollBar().sizeHint().height()
        self.table.setMinimumHeight(round(3.8 * self._row_height) + bar)      # the header and two rows
        self._column_widths()
        self._lay_out()

    def _column_widths(self) -> None:
        digit = QFontMetricsF(self.table.font()).horizontalAdvance("0")
        header = QFontMetricsF(self.font())
        for place, column in enumerate(COLUMNS):
            characters = self.model.digits + 7 if column.number else self.model.longest(column.name)
            title = header.horizontalAdvance(tr(column.title)) * 1.08 + 32
            width = max(digit * characters + 22, title)
            if self.table.columnWidth(place) != round(width):
                self.table.setColumnWidth(place, round(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def minimumSizeHint(self) -> QSize:
        """Room for the narrowest arrangement of the controls and, where it is low, for one line and two rows."""
        filters = self.filter.minimumWidth() + self.order.minimumSizeHint().width()
        buttons = sum(part.minimumSizeHint().width() for part in (self.amount, self.copy_all, self.export)) + 6
        controls = max(self.filter.sizeHint().height(), self.order.sizeHint().height())
        return QSize(max(filters, buttons) + 26, controls + self.table.minimumHeight() + 12)

    def _lay_out(self) -> None:
        """Where it is narrow, the controls take two lines, and the gradient comes before the value; where it is low,
        rows come before everything else."""
        low = self.height() < _LOW * self._row_height
        one_line = (self.filter.minimumWidth() + self.order.minimumSizeHint().width() + self.amount.sizeHint().width()
                    + self.copy_all.sizeHint().width() + self.export.sizeHint().width() + 50)
        narrow = self.width() < max(_NARROW, one_line)
        for button in (self.copy_all, self.export, self.amount):
            button.setVisible(not (narrow and low))
        self._bars.setDirection(
            QHBoxLayout.Direction.TopToBottom if narrow else QHBoxLayout.Direction.LeftToRight)
        margin = 3 if low else 8
        self._column.setContentsMargins(10, margin, 10, margin)
        self._column.setSpacing(3 if low else 6)
        self._bars.setSpacing(3 if low else 6)
        style = "QLineEdit, QPushButton { padding-top: 1px; padding-bottom: 1px; }" if low else ""
        if self._controls.styleSheet() != style:
            self._controls.setStyleSheet(style)
        self.table.verticalHeader().setDefaultSectionSize(round(self._row_height * (1.25 if low else 1.45)))
        header = self.table.horizontalHeader()
        style = "QHeaderView::section { padding: 1px 8px; }" if low else ""
        if header.styleSheet() != style:
            header.setStyleSheet(style)
        needed = sum(self.table.columnWidth(place) for place, column in enumerate(COLUMNS)
                     if column.name in _ROOM_FOR or not self.table.isColumnHidden(place))
        narrow = narrow or (low and needed > self.width() - 20)
        for name in _ROOM_FOR:
            if self.table.isColumnHidden(PLACE[name]) != narrow:
                self.table.setColumnHidden(PLACE[name], narrow)
        wanted = PLACE["value"] + (not narrow)      # where there is no room for both, the gradient comes first
        if header.visualIndex(PLACE["gradient"]) != wanted:
            header.moveSection(header.visualIndex(PLACE["gradient"]), wanted)

    # --- what is shown ------------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        self._view = view
        for widget in (self._controls, self.table):
            widget.setVisible(view is not None)
        self.empty.setVisible(view is None)
        if view is None:
            if not self.model.is_empty:
                self.model.clear()
            return
        if not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            digits = self.model.digits
            several = len(self.table.selectionModel().selectedIndexes()) > len(COLUMNS) if view.playing else False
            sort = self._sort_pace.is_due(view.playing) and not several
            if sort:
                with self._sort_pace.measured():
                    self.model.show(view)
            else:
                self.model.show(view, sort=False)
            if self.table.isColumnHidden(PLACE["label"]) == bool(view.document.labels):
                self.table.setColumnHidden(PLACE["label"], not view.document.labels)
                digits = 0
            if digits != self.model.digits:
                self._column_widths()
                self._lay_out()
            self._fit_bars()
            self._say_amount()
        if view.selection != self._chosen:
            self._chosen = view.selection
            self._follow_selection()

    def _say_amount(self) -> None:
        if self.model.is_empty:
            return
        shown, all_rows = self.model.rowCount(), len(self.model.rows)
        text = counted(all_rows, "{count} parameter", "{count} parameters") if shown == all_rows else tr(
            "{shown} of {count}").format(shown=count(shown), count=count(all_rows))
        if text != self.amount.text():
            said(self.amount, text)
            self.amount.setToolTip(text)
            self._lay_out()

    def _follow_selection(self) -> None:
        """Highlights the parameter that is selected elsewhere, and scrolls to it."""
        if self.model.is_empty:
            return
        row = self.model.row_of(self._chosen) if isinstance(self._chosen, Parameter) else None
        self._selecting = True
        try:
            if row is None:
                self.table.clearSelection()
                self.table.setCurrentIndex(QModelIndex())
            elif self.table.currentIndex().row() != row:
                self.table.selectRow(row)
                self.table.scrollTo(self.model.index(row, PLACE["parameter"]))
        finally:
            self._selecting = False

    def _row_chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        if self._selecting or self.table.taking_focus or not now.isValid():
            return
        self._chosen = self.model.element_at(now.row())
        self.element_selected.emit(self._chosen)

    # --- order, filter, copies ------------------------------------------------------------------------------------

    def _order_chosen(self) -> None:
        if self.order.currentData() is None:
            return
        column, descending = self.order.currentData()
        header = self.table.horizontalHeader()
        header.blockSignals(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.blockSignals(False)
        self._forget_header_order()
        self._sort(column, descending, by_size=True)

    def _header_clicked(self, section: int, direction: Qt.SortOrder) -> None:
        if section < 0:
            self._forget_header_order()
            self.order.setCurrentIndex(0)
            self._sort("", False, by_size=False)
            return
        if self.order.findText(tr(_BY_HEADER)) < 0:
            self.order.addItem(tr(_BY_HEADER), None)
        self.order.setCurrentIndex(self.order.count() - 1)
        self._sort(COLUMNS[section].name, direction == Qt.SortOrder.DescendingOrder, by_size=False)

    def _forget_header_order(self) -> None:
        place = self.order.findText(tr(_BY_HEADER))
        if place >= 0:
            self.order.removeItem(place)

    def _sort(self, column: str, descending: bool, by_size: bool) -> None:
        self.model.sort_column, self.model.descending, self.model.by_size = column, descending, by_size
        self.model.arrange()
        self.table.horizontalHeader().viewport().update()      # its arrow
        self.table.scrollToTop()

    def _filter(self, text: str) -> None:
        self.model.filter_text = text
        self.model.arrange()
        self._say_amount()

    def _copy_all(self) -> None:
        QGuiApplication.clipboard().setText(self.model.to_csv())
        self.message.emit(counted(self.model.rowCount(), "Copied {count} row as CSV", "Copied {count} rows as CSV"))
