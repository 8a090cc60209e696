"""Why did this weight move? Its update as a sum: every example's share, momentum, penalties, clipping."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.panels.number_rows import Cell, Head, NoRows, RowTable
from nnviz.gui.panels.plots import Pace, said, second_label
from nnviz.gui.panels.row_panel import RowPanel
from nnviz.gui.theme import LIGHT
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Alpha, Bias, Parameter, Weight
from nnviz.report.moment import MEAN
from nnviz.report.movement import CAUSES, ORDERS, Contribution, Movement, Movements
from nnviz.report.numbers import MINUS, count, full, short, typeset
from nnviz.report.titles import title_of
from nnviz.session.change import Changed
from nnviz.words import lettered

SHOWN = "▸"            # before the example that the picture shows
_DIGITS = 5            # in a cell; the tooltip has them all
_NUMBER = 12           # characters of a number
MOST = 60              # examples that have a row of their own until all are asked for


@dataclass(frozen=True, eq=False)
class _Parts:
    """The contributions of one movement as rows, the update last."""

    parts: tuple[Contribution, ...]
    update: float
    examples: tuple[int, ...]        # the batch's rows of the data set
    shown: int                       # the column that the picture shows; MEAN for none
    longest: float                   # |value| that fills a bar
    alone: bool = False              # there are no examples: a surface or a graph
    own: bool = False                # the one example is somebody's own

    @property
    def heads(self) -> tuple[Head, ...]:
        return (
            Head(tr("Part"), tr("The gradient, or what else moves the parameter in this step") if self.alone else
                 tr("An example of the batch, or what else moves the parameter in this step"), 20, False),
            Head(tr("Gradient"), tr("Its own gradient") if self.alone else
                 tr("∂E/∂w, the example's own, of its own loss"), _NUMBER),
            Head(tr("Adds"), tr("What this part adds to the parameter; to the right raises it"), 0),
            Head("Δw", tr("What this part adds to the parameter"), _NUMBER),
            Head(tr("Sum"), tr("The sum so far; it ends at the update"), _NUMBER),
        )

    def __len__(self) -> int:
        return len(self.parts) + 1

    def cell(self, row: int, column: int) -> Cell:
        if row == len(self.parts):
            return self._total(column)
        part = self.parts[row]
        strong = part.column is not None and part.column == self.shown
        if column == 0:
            text, tip = self._said(part)
            return Cell(text, text, tip, strong=strong)
        if column == 2:
            return Cell(bar=part.value / self.longest if self.longest else 0.0, tip=self._spoken(part))
        value = {1: part.gradient, 3: part.value, 4: part.running}[column]
        return Cell() if value is None else Cell(_signed(value), full(value), strong=strong)

    def _total(self, column: int) -> Cell:
        if column == 0:
            text = tr("update")
            return Cell(text, text, tr("The sum of all parts: what this step adds to the value"), strong=True)
        if column == 2:
            return Cell(bar=self.update / self.longest if self.longest else 0.0, tip=full(self.update))
        return Cell(_signed(self.update), full(self.update), strong=True) if column >= 3 else Cell()

    def _said(self, part: Contribution) -> tuple[str, str]:
        """What a part is called, and its tooltip."""
        if part.column is not None:
            if self.alone:
                return tr("its gradient"), tr("What the gradient of this step adds")
            if self.own:
                return tr("your own example"), tr("What your own example alone would add; nothing is learned from it")
            text = tr("example {0}").format(self.examples[part.column])
            return f"{SHOWN} " * (part.column == self.shown) + text, tr("Click to show this example in the picture")
        if part.kind == "others":
            return (tr("{count} more examples").format(count=count(part.count)),
                    tr("The examples with smaller shares, in one sum. Click to list them all"))
        cause = CAUSES[part.name]
        return tr(cause.name), typeset(tr(cause.help))

    def _spoken(self, part: Contribution) -> str:
        return tr("{part} adds {value}").format(part=self._said(part)[0], value=full(part.value))


def _signed(value: float) -> str:
    return ("+" if value > 0 else "") + short(value, _DIGITS)


class MovementPanel(RowPanel):
    """Why did this weight move? What the step adds to it is a sum, and each part of the sum has a row and a bar.

    Select a weight, a bias or an α. Every example of the batch has its share, by its own gradient; momentum is what
    the optimiser remembers of earlier steps; penalties pull towards 0; clipping takes off what is too long. With the
    denominator of this step Adam, RMSProp and Adagrad divide all parts alike; Rprop's step has its remembered size, and
    examples share in deciding its sign. The column Sum adds up from the top and ends at the update, exactly. Click an
    example to show it in the picture; long batches end with one row for all smaller shares. Ctrl+C copies the selected
    rows with every digit.
    """

    name = "movement"
    title = "Why it moved"
    watches = Changed.EVERYTHING
    area = "bottom"
    wanted_lines = 16

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pace = Pace(20.0)
        self._view: View | None = None
        self._rows: _Parts | None = None
        self._movements: Movements | None = None
        self._most = MOST                          # examples that have a row of their own
        self._listed: Parameter | None = None      # of which parameter
        self.heading = ElidedLabel()
        self.heading.setProperty("heading", True)
        self.variable = ChoiceList()
        self.variable.setAccessibleName(tr("Variable"))
        self.variable.setToolTip(tr("Which variable of the surface is told about"))
        self.variable.currentIndexChanged.connect(self._again)
        self.order = ChoiceList()
        for row in ORDERS:
            self.order.addItem(tr(row.text), row.name)
        self.order.setAccessibleName(tr("Order of the parts"))
        self.order.setToolTip(tr("Which parts of the sum come first"))
        self.order.setMinimumContentsLength(9)
        self.order.setSizeAdjustPolicy(ChoiceList.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.order.currentIndexChanged.connect(self._again)
        self.table = RowTable(tr("Parts of the update"))
        self.table.row_chosen.connect(self._row_chosen)
        self.note = second_label()
        self.empty = second_label()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._shown = QWidget()
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.heading, 1)
        top.addWidget(self.variable)
        top.addWidget(self.order)
        inside = QVBoxLayout(self._shown)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        inside.addLayout(top)
        inside.addWidget(self.table, 1)
        inside.addWidget(self.note)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addWidget(self._shown, 1)
        layout.addWidget(self.empty, 1)
        self.table.fit_font(self.font())
        self.set_theme(LIGHT)
        self.refresh(None)

    # --- what is shown ------------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        if view is not None and not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            self._view = view
            self._show_variables(view)
            reason = self._reason(view)
            self._shown.setVisible(not reason)
            self.empty.setVisible(bool(reason))
            said(self.empty, reason)
            if view is None or reason:
                self._rows, self._movements = None, None
                self.table.show_rows(NoRows())
                return
            element = self._element(view)
            assert element is not None
            self._show(view, element)

    def _again(self) -> None:
        self._pace = Pace(20.0)
        self.refresh(self._view)

    def _show_variables(self, view: View | None) -> None:
        """The list of variables of a surface, where nothing can be selected in the picture."""
        names = view.problem.network.names(1) if view is not None and view.document.surface is not None else ()
        if [self.variable.itemText(number) for number in range(self.variable.count())] != list(names):
            self.variable.blockSignals(True)
            self.variable.clear()
            self.variable.addItems(list(names))
            self.variable.blockSignals(False)
        self.variable.setVisible(bool(names))

    def _element(self, view: View) -> Parameter | None:
        if view.document.surface is not None:
            return Weight(1, max(0, self.variable.currentIndex()), 0)
        return view.selection if isinstance(view.selection, Weight | Bias | Alpha) else None

    def _reason(self, view: View | None) -> str:
        """Why there is no sum to show."""
        if view is None:
            return tr("Open a network to see why its weights move.")
        element = self._element(view)
        if view.document.graph is not None and not view.document.graph.learns:
            return tr("This computation graph has no optimiser, so its leaves stay as they are.")
        if element is None and view.document.graph is not None:
            return tr("Select a leaf in the picture to see what moves it.")
        if element is None:
            return tr("Select a weight, a bias or an α in the picture to see what moves it.")
        if view.moment.update_of(element) is None:
            return tr("The pass has not come to the update of {name} yet: go on with F8.").format(
                name=self._name(view, element))
        return ""

    @staticmethod
    def _name(view: View, element: Parameter) -> str:
        if view.problem.network.kind != "network":
            return view.problem.network.names(1)[element.unit]
        return title_of(view.document, element)

    def _show(self, view: View, element: Parameter) -> None:
        record = view.moment.record
        if self._movements is None or self._movements.record is not record:
            self._movements = Movements(record)
        movement = self._movements.of(element)
        shown = view.moment.example if view.moment.example == MEAN else min(view.moment.example, len(record.rows) - 1)
        if element != self._listed:
            self._most, self._listed = MOST, element
        parts = movement.listed(str(self.order.currentData()), self._most, shown=None if shown == MEAN else shown)
        sizes = [abs(part.value) for part in parts] + [abs(movement.update)]
        longest = max((size for size in sizes if math.isfinite(size)), default=0.0)
        self._rows = _Parts(parts, movement.update, tuple(record.rows.tolist()), shown, longest,
                            alone=view.problem.network.kind != "network" and len(record.rows) == 1,
                            own=record.problem.trial)
        self.table.show_rows(self._rows)
        before, after = (view.moment.read(vector, element) for vector in (record.parameters, record.new_parameters))
        name = self._name(view, element)
        self.heading.setText(tr("{name}: {before} {update} = {after}").format(
            name=name, before=short(before, view.digits), update=_added(movement.update, view.digits),
            after=short(after, view.digits)))
        self.heading.setToolTip(f"{name}: {full(before)} + {full(movement.update)} = {full(after)}")
        said(self.note, self._about(view, movement))

    def _about(self, view: View, movement: Movement) -> str:
        alone = self._rows is not None and self._rows.alone
        if movement.frozen:
            return tr("It is frozen: training leaves it as it is.") if alone else tr(
                "It is frozen: training leaves it as it is, whatever the examples want.")
        if alone:      # there are no examples that share in it
            return typeset(lettered(view.problem.optimiser_row.formula))
        return typeset(tr(view.problem.optimiser_row.share_text))

    def _row_chosen(self, row: int) -> None:
        if self._rows is not None and row < len(self._rows.parts):
            if self._rows.parts[row].kind == "others":
                self._most = len(self._rows.examples)
                self._again()
                return
            column = self._rows.parts[row].column
            if column is not None and column != self._rows.shown:
                self.example_chosen.emit(column)


def _added(value: float, digits: int) -> str:
    """`+ 0.1` or `− 0.1`, as it stands in a sum."""
    return f"{MINUS if value < 0 else '+'} {short(abs(value), digits)}"
