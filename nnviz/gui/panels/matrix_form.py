"""The step of the whole layer that the cursor is in: matrices with their numbers, and the NumPy that does it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QAction, QFontMetricsF, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.fonts import monospaced_font
from nnviz.gui.matrix_view import MatrixView
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pace, said, second_label
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.conventions import DEFAULT
from nnviz.report.labels import Labels
from nnviz.report.matrix_form import Choice, MatrixForm, MatrixStep
from nnviz.report.naming import name_of
from nnviz.report.numbers import typeset
from nnviz.report.quantities import Quantity
from nnviz.session.change import Changed

_FOLLOW = "At the cursor"
_MOST_LINES = 4          # of NumPy that are seen without scrolling
_LOW = 300               # pixels of height below which there are only two


class MatrixFormPanel(Panel):
    """What the cursor does number by number, done for the whole layer at once: an equation of matrices.

    Under the letter of each matrix stands its shape, rows × columns, and below that its numbers. A column of x, net,
    out and δ is an example: the shown one, or with the mean of the batch all of them. Gradients of weights are
    means over the batch, so they always have every column. The entry that the cursor is at is tinted with what it is
    made of; a unit or weight that is selected is tinted instead. A dash stands for what the pass has not computed yet.
    Of a large matrix the corners are shown, and the tinted entry. ⊙ multiplies entry by entry.

    Point at a number to light it everywhere, click it to select its unit or weight. The list shows any other step of
    the pass. Below stands the line of NumPy that computes it for the whole batch; Copy the whole step as NumPy gives
    a script with every number that runs as it is. Of a surface and of a computation graph that learns, it is the
    update of the point, or of the leaves, as a column.
    """

    name = "matrices"
    title = "Matrices"
    watches = Changed.EVERYTHING
    area = "bottom"
    wanted_lines = 17
    without_training = ("A computation graph has no layers: every gate has a single number, so there are no matrices. "
                        "With an optimiser its leaves are updated together, as one column.")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._view: View | None = None
        self._form: MatrixForm | None = None
        self._labels: Labels | None = None
        self._listed: tuple[Choice, ...] = ()
        self._listed_in = DEFAULT
        self._pace = Pace(8.0)

        self.choice = ChoiceList()
        self.choice.setAccessibleName(tr("Step shown in matrix form"))
        self.choice.setToolTip(tr("The step that the cursor is in, or another one of this pass"))
        self.choice.setSizeAdjustPolicy(ChoiceList.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.choice.setMinimumContentsLength(14)
        self.choice.activated.connect(self._chosen)
        self.heading = ElidedLabel()
        self.note = ElidedLabel()
        self.note.setProperty("second", True)
        self.copy_lines = self._button(tr("Copy NumPy"), tr("Copy the line of NumPy that computes this step"))
        self.copy_lines.clicked.connect(self._copy_lines)
        self.copy_script = self._button(tr("Copy the whole step"), tr(
            "Copy the whole step as NumPy: a script with every number that runs as it is"))
        self.copy_script.setAccessibleName(tr("Copy the whole step as NumPy"))
        self.copy_script.clicked.connect(self._copy_script)
        self._controls = QWidget()
        self._bars, choosing, self._buttons = QHBoxLayout(self._controls), QHBoxLayout(), QHBoxLayout()
        self._bars.setContentsMargins(0, 0, 0, 0)
        self._bars.addLayout(choosing, 1)
        self._bars.addLayout(self._buttons)
        choosing.addWidget(self.choice)
        choosing.addWidget(self.heading)
        choosing.addWidget(self.note, 1)
        for bar in (self._bars, choosing, self._buttons):
            bar.setSpacing(8)
        for button in (self.copy_lines, self.copy_script):
            self._buttons.addWidget(button)

        self.matrices = MatrixView()
        self.matrices.pointed.connect(self.quantity_pointed)
        self.matrices.element_selected.connect(self.element_selected)
        self.matrices.wanted_in_view.connect(self._bring_into_view)
        self.page = QScrollArea()
        self.page.setWidget(self.matrices)
        self.page.setMinimumSize(60, 40)
        self.page.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for button in (self.copy_lines, self.copy_script):      # also where there is no room for the buttons
            action = QAction(button.accessibleName(), self.page)
            action.setToolTip(button.toolTip())
            action.triggered.connect(button.click)
            self.page.addAction(action)
        self.page.setWidgetResizable(True)
        self.page.setFrameShape(QFrame.Shape.NoFrame)
        self.page.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.page.setAccessibleName(tr("The step in matrix form"))
        self.lines = QPlainTextEdit()
        self.lines.setReadOnly(True)
        self.lines.setTabChangesFocus(True)
        self.lines.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.lines.setAccessibleName(tr("The step in NumPy"))
        self.lines.setToolTip(tr("The line of NumPy that computes this step for the whole batch"))
        self.lines.document().setDocumentMargin(2)
        self.empty = second_label(tr("Open a network to see its layers as matrices."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)

        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(4)
        column.addWidget(self._controls)
        column.addWidget(self.page, 1)
        column.addWidget(self.lines)
        column.addWidget(self.empty, 1)
        self._fit()
        self.set_theme(LIGHT)
        self.refresh(None)

    @staticmethod
    def _button(text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        return button

    # --- looks ------------------------------------------------------------------------------------------------------

    def set_theme(self, theme: Theme) -> None:
        self.matrices.set_theme(theme)
        self.page.setStyleSheet(f"QScrollArea, QScrollArea > QWidget > QWidget {{ background: {theme.base}; }}")

    def set_pointed(self, quantity: Quantity | None) -> None:
        self.matrices.set_pointed(quantity)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if hasattr(self, "lines") and event.type() == QEvent.Type.FontChange:
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay_out()

    def _lay_out(self) -> None:
        """Where it is narrow, the buttons take a line of their own; where it is low besides, the menu has them."""
        buttons = sum(button.sizeHint().width() for button in (self.copy_lines, self.copy_script))
        narrow = self.width() < self.choice.sizeHint().width() + buttons + 160
        low = self.height() < 9 * self.fontMetrics().height()
        for widget in (self.copy_lines, self.copy_script):
            widget.setVisible(not (narrow and low))
        self.lines.setVisible(self._view is not None and not low)
        self._bars.setDirection(
            QHBoxLayout.Direction.TopToBottom if narrow else QHBoxLayout.Direction.LeftToRight)
        self._fit_lines()

    def _fit(self) -> None:
        self.lines.setFont(monospaced_font(max(7.5, self.font().pointSizeF() * 0.92)))
        self._lay_out()

    def _fit_lines(self) -> None:
        """The NumPy lines as high as they are, up to a few."""
        count = min(max(1, self.lines.blockCount()), _MOST_LINES if self.height() >= _LOW else 2)
        height = round(QFontMetricsF(self.lines.font()).lineSpacing() * count) + 7
        if self.lines.height() != height:
            self.lines.setFixedHeight(height)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, self.choice.sizeHint().height() + 60)

    # --- what is shown ----------------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        self._view = view
        for widget in (self._controls, self.page):
            widget.setVisible(view is not None)
        self.empty.setVisible(view is None)
        self._lay_out()
        if view is None:
            self._form = None
            return
        if not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            self._show(view)

    def _show(self, view: View) -> None:
        if self._labels is None or self._labels.network != view.problem.network or (
                self._labels.labels != view.document.labels):
            self._labels = Labels(view.problem.network, view.document.labels)
        self._form = MatrixForm(view.moment, self._labels, view.conventions)
        self._list(self._form)
        choice = self.choice.currentData() or self._form.at_cursor or self._form.choices[0]
        step = self._form.step(choice, view.selection)
        self.matrices.show_step(step, view.digits, self._named)
        said(self.heading, typeset(step.title))
        self._say(step)

    def _say(self, step: MatrixStep) -> None:
        note = typeset(step.note)
        if note != self.note.text():
            self.note.setText(note)
            self.note.setToolTip(note)
        text = "\n".join(step.lines)
        if text != self.lines.toPlainText():
            self.lines.setPlainText(text)
            self._fit_lines()

    def _list(self, form: MatrixForm) -> None:
        """The steps to choose from, anew where the network has others."""
        if form.choices == self._listed and form.conventions == self._listed_in:
            return
        self._listed, self._listed_in, kept = form.choices, form.conventions, self.choice.currentData()
        self.choice.clear()
        self.choice.addItem(tr(_FOLLOW), None)
        for choice in form.choices:
            self.choice.addItem(typeset(form.title(choice)), choice)
        place = form.choices.index(kept) + 1 if kept in form.choices else 0
        self.choice.setCurrentIndex(place)

    def _named(self, quantity: Quantity) -> str:
        """What a number is called."""
        view = self._view
        if view is None or self._labels is None:
            return ""
        return name_of(quantity, self._labels, view.moment.record, view.conventions)

    def _chosen(self) -> None:
        if self._view is not None:
            self._show(self._view)

    def _bring_into_view(self, place: QRectF) -> None:
        centre = place.center().toPoint()
        self.page.ensureVisible(centre.x(), centre.y(), round(place.width()) + 20, 30)

    # --- copies -----------------------------------------------------------------------------------------------------

    def _copy_lines(self) -> None:
        QGuiApplication.clipboard().setText(self.lines.toPlainText())
        self.message.emit(tr("The NumPy of this step is on the clipboard."))

    def _copy_script(self) -> None:
        if self._form is not None:
            QGuiApplication.clipboard().setText(self._form.numpy.script())
            self.message.emit(tr("The whole step is on the clipboard as a NumPy script."))
