"""Who wants what: every example's own gradient of every parameter, beside the mean that the step follows."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt
from PySide6.QtGui import QAction, QFontMetricsF, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLineEdit,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.fonts import monospaced_font
from nnviz.gui.panels.examples_model import DIGITS, ExampleTable, MeanColumn
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pace, counted, said, second_label
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Element, Parameter
from nnviz.report.example_gradients import ORDERS
from nnviz.report.moment import MEAN
from nnviz.report.numbers import count
from nnviz.session.change import Changed

_LONGEST_NAME = 12        # characters of a parameter's name that have room beside the rows


class _Cells(QTableView):
    """A table of numbers that copies what is selected in full precision."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        model = self.model()
        if event.matches(QKeySequence.StandardKey.Copy) and isinstance(model, ExampleTable):
            cells = self.selectionModel().selectedIndexes()
            if cells:
                QGuiApplication.clipboard().setText(model.selected_as_text(cells))
            event.accept()
            return
        super().keyPressEvent(event)


class ExamplesPanel(Panel):
    """What every example of the batch wants of every parameter: a row a parameter, a column an example.

    A number is the gradient of that example's own loss, ∂E/∂parameter; the last column, which stands still, is their
    mean: the step that is really taken follows it. Cells are tinted by sign, stronger the larger the number is, each
    third of the tint a power of ten. Order the rows by size, by how many examples are outvoted (their sign is not the
    sign of most), or by signal to noise (|mean| over standard deviation). Choose a cell to select its parameter and
    show its example in the picture. Ctrl+C copies the selected cells with every digit; Export writes the table.
    """

    name = "examples"
    title = "Examples"
    without_surface = "A surface has no table of examples: with noise, each is the same surface shifted a little."
    without_graph = "A computation graph has no examples: its leaves have one value each."
    watches = Changed.EVERYTHING
    area = "bottom"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pace, self._sort_pace = Pace(30.0), Pace(2.0)
        self._chosen: Element | None = None
        self._example = MEAN
        self._following = False

        self.filter = QLineEdit()
        self.filter.setPlaceholderText(tr("Filter: w5, h1, bias, layer 2"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setAccessibleName(tr("Filter the parameters"))
        self.filter.setToolTip(tr("Show only rows with all these words: names, labels, units, weight, bias, layer 2"))
        self.filter.setMinimumWidth(70)
        self.filter.textChanged.connect(self._filter)
        self.order = ChoiceList()
        for row in ORDERS:
            self.order.addItem(tr(row.text), row.name)
        self.order.setAccessibleName(tr("Order of the rows"))
        self.order.setToolTip(tr("Which parameters come first"))
        self.order.setMinimumContentsLength(7)
        self.order.setSizeAdjustPolicy(ChoiceList.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.order.currentIndexChanged.connect(self._order_chosen)
        self.amount = ElidedLabel()
        self.amount.setProperty("second", True)
        self.export = QPushButton(tr("Export…"))
        self.export.setAccessibleName(tr("Export the examples"))
        self.export.setToolTip(tr("Write this and the other tables to files"))
        self.export.clicked.connect(lambda: self.export_requested.emit("examples"))
        self._controls = QWidget()
        controls = QHBoxLayout(self._controls)
        controls.setContentsMargins(0, 0, 0, 0)
        controls.setSpacing(6)
        controls.addWidget(self.filter, 1)
        controls.addWidget(self.order, 1)
        controls.addWidget(self.amount, 0)
        controls.addWidget(self.export, 0)

        self.model = ExampleTable(self)
        self.means = MeanColumn(self.model)
        self.table, self.mean_table = _Cells(), QTableView()
        self._dress(self.table, tr("Gradient of every example"))
        self._dress(self.mean_table, tr("Mean of the examples"))
        self.table.setModel(self.model)
        self.mean_table.setModel(self.means)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.mean_table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.mean_table.verticalHeader().hide()
        self.table.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.mean_table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.table.verticalScrollBar().valueChanged.connect(self.mean_table.verticalScrollBar().setValue)
        self.mean_table.verticalScrollBar().valueChanged.connect(self.table.verticalScrollBar().setValue)
        self.table.horizontalScrollBar().rangeChanged.connect(self._level)
        self.table.selectionModel().currentChanged.connect(self._cell_chosen)
        self.mean_table.selectionModel().currentChanged.connect(self._mean_chosen)
        self.model.network_changed.connect(self._fit)
        self.model.modelReset.connect(self._follow)
        self._tables = QWidget()
        beside = QHBoxLayout(self._tables)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(3)
        beside.addWidget(self.table, 1)
        self._mean_side = QVBoxLayout()
        self._mean_side.setContentsMargins(0, 0, 0, 0)
        self._mean_side.addWidget(self.mean_table, 1)
        beside.addLayout(self._mean_side, 0)
        beside.addStretch(0)
        self.empty = second_label(tr("Open a network to see what each example wants of its parameters."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)

        for table in (self.table, self.mean_table):      # also where there is no room for the button
            action = QAction(self.export.text(), table)
            action.setToolTip(self.export.toolTip())
            action.triggered.connect(self.export.click)
            table.addAction(action)
            table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.setSpacing(6)
        layout.addWidget(self._controls)
        layout.addWidget(self._tables, 1)
        layout.addWidget(self.empty, 1)
        self._fit()
        self.set_theme(LIGHT)
        self.refresh(None)

    @staticmethod
    def _dress(table: QTableView, name: str) -> None:
        table.setAccessibleName(name)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setTabKeyNavigation(False)
        table.setCornerButtonEnabled(False)
        table.setMinimumHeight(40)
        table.horizontalHeader().setAccessibleName(tr("Columns"))
        table.verticalHeader().setAccessibleName(tr("Rows: the parameters"))
        table.verticalHeader().setStyleSheet("QHeaderView::section { padding: 0px 6px; }")
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (table.horizontalHeader(), table.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setHighlightSections(False)
            header.setMinimumSectionSize(8)

    # --- looks --------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.model.set_theme(theme)
        for table in (self.table, self.mean_table):
            table.viewport().update()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if hasattr(self, "table") and event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """Row heights and column widths for the font in force."""
        font = monospaced_font(max(7.5, self.font().pointSizeF() * 0.92))
        metrics = QFontMetricsF(font)
        wide, high = round(metrics.horizontalAdvance("0") * (DIGITS + 7) + 12), round(metrics.height() * 1.35)
        for table in (self.table, self.mean_table):
            table.setFont(font)
            table.horizontalHeader().setFont(self.font())
            table.verticalHeader().setFont(font)
            table.verticalHeader().setDefaultSectionSize(high)
            table.horizontalHeader().setDefaultSectionSize(wide)
        names = self.table.verticalHeader()
        names.setFixedWidth(round(metrics.horizontalAdvance("0") * min(_LONGEST_NAME, self._longest()) + 14))
        frame = 2 * self.table.frameWidth()
        self.table.setMaximumWidth(names.width() + wide * max(1, self.model.columnCount()) + frame)
        bar = self.mean_table.verticalScrollBar().sizeHint().width()
        self.mean_table.setFixedWidth(wide + bar + 2 * self.mean_table.frameWidth() + 2)
        self.mean_table.horizontalHeader().resizeSection(0, wide)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def minimumSizeHint(self) -> QSize:
        """Room for filter and order, and for a row."""
        wide = self.filter.minimumWidth() + self.order.minimumSizeHint().width() + 32
        high = max(self.filter.sizeHint().height(), self.order.sizeHint().height()) + self.table.minimumHeight()
        return QSize(wide, high + 12)

    def _lay_out(self) -> None:
        """Where it is narrow, only filter and order stay; where it is low, margins give way to rows."""
        needed = (self.filter.minimumWidth() + self.order.minimumSizeHint().width() + self.amount.sizeHint().width()
                  + self.export.sizeHint().width() + 50)
        for part in (self.amount, self.export):
            part.setVisible(self.width() >= needed)
        low = self.height() < 10 * self.fontMetrics().height()
        margin = 3 if low else 8
        self._column.setContentsMargins(10, margin, 10, margin)
        self._column.setSpacing(3 if low else 6)

    def _longest(self) -> int:
        """Characters of the longest name beside the rows."""
        if self.model.is_empty:
            return 6
        network = self.model.rows.network
        names = [f"W{array.layer}[{','.join(str(size - 1) for size in array.shape)}]" for array in network.arrays]
        return max(map(len, (*names, *self.model.rows.document.labels.values())))

    def _level(self) -> None:
        """Both tables end at the same height, whether or not the examples have a scroll bar below them."""
        bar = self.table.horizontalScrollBar()
        self._mean_side.setContentsMargins(0, 0, 0, bar.sizeHint().height() if bar.maximum() > 0 else 0)

    # --- what is shown ------------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        for widget in (self._controls, self._tables):
            widget.setVisible(view is not None)
        self.empty.setVisible(view is None)
        if view is None:
            if not self.model.is_empty:
                self.model.clear()
            return
        if not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            sort = self._sort_pace.is_due(view.playing)
            with self._sort_pace.measured():
                self.model.show(view, sort)
            self._say_amount()
        if (view.selection, self.model.example) != (self._chosen, self._example):
            self._chosen, self._example = view.selection, self.model.example
            self._follow()

    def _say_amount(self) -> None:
        rows, examples = len(self.model.rows), self.model.columnCount()
        shown = self.model.rowCount()
        text = tr("{parameters} × {examples}").format(
            parameters=count(rows) if shown == rows else tr("{shown} of {count}").format(
                shown=count(shown), count=count(rows)),
            examples=counted(examples, "{count} example", "{count} examples"))
        said(self.amount, text)
        self.amount.setToolTip(tr("Parameters × examples of the batch"))

    def _follow(self) -> None:
        """Highlights the parameter and the example that are shown elsewhere."""
        if self.model.is_empty or not isinstance(self._chosen, Parameter):
            return
        network = self.model.rows.network
        fits = self._chosen.layer <= len(network.layers) and self._chosen.unit < network.sizes[self._chosen.layer]
        row = self.model.row_of(self._chosen) if fits else None
        if row is None:
            return
        self._following = True
        try:
            column = max(0, self._example)
            if (self.table.currentIndex().row(), self.table.currentIndex().column()) != (row, column):
                self.table.setCurrentIndex(self.model.index(row, column))
            self.mean_table.setCurrentIndex(self.means.index(row, 0))
        finally:
            self._following = False

    def _cell_chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        if self._following or not now.isValid():
            return
        self._chosen, self._example = self.model.element_at(now.row()), now.column()
        self._following = True
        self.mean_table.setCurrentIndex(self.means.index(now.row(), 0))
        self._following = False
        self.element_selected.emit(self._chosen)
        self.example_chosen.emit(now.column())

    def _mean_chosen(self, now: QModelIndex, before: QModelIndex) -> None:
        if self._following or not now.isValid() or not self.mean_table.hasFocus():
            return
        self._chosen, self._example = self.model.element_at(now.row()), MEAN
        self.element_selected.emit(self._chosen)
        self.example_chosen.emit(MEAN)

    # --- order and filter -----------------------------------------------------------------------------------------

    def _order_chosen(self) -> None:
        self.model.order_name = self.order.currentData()
        self.model.arrange()
        self.table.scrollToTop()

    def _filter(self, text: str) -> None:
        self.model.filter_text = text
        self.model.arrange()
        if not self.model.is_empty:
            self._say_amount()
