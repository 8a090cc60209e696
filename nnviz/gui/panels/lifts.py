"""Three ways to raise a neuron: its bias, its weights, its inputs, as bars."""

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
from nnviz.report.elements import Element, Unit
from nnviz.report.labels import Labels
from nnviz.report.lifts import AIMS, Lifts, Way, lifts
from nnviz.report.neuron_graph import opens
from nnviz.report.numbers import full, short, typeset
from nnviz.session.change import Changed
from nnviz.words import counted

_DIGITS = 5
_NUMBER = 12
_WAYS: dict[Way, str] = {"bias": "bias", "weight": "weight", "input": "input"}


@dataclass(frozen=True, eq=False)
class _LiftRows:
    """The bars of a neuron as rows."""

    found: Lifts
    longest: float

    @property
    def heads(self) -> tuple[Head, ...]:
        return (
            Head(tr("Way"), tr("What could be changed: the bias, a weight, or an input"), 8, False),
            Head(tr("Name"), tr("Which one"), 14, False),
            Head(tr("Is"), tr("Its value now"), _NUMBER),
            Head(tr("Effect"), typeset(tr(self.found.aim.help)), 0),
            Head(tr("Number"), typeset(tr(self.found.aim.help)), _NUMBER),
        )

    def __len__(self) -> int:
        return len(self.found.bars)

    def cell(self, row: int, column: int) -> Cell:
        bar = self.found.bars[row]
        if column == 0:
            text = tr(_WAYS[bar.way])
            return Cell(text, text)
        if column == 1:
            return Cell(bar.name, bar.name, tr("Click to select {name} in the picture").format(name=bar.name))
        if column == 3:
            return Cell(bar=bar.value / self.longest if self.longest else 0.0, tip=full(bar.value))
        value = bar.at if column == 2 else bar.value
        sign = "+" if column == 4 and value > 0 else ""
        return Cell(sign + short(value, _DIGITS), full(value))


class LiftsPanel(RowPanel):
    """Three ways to raise a neuron: a larger bias, larger weights on inputs that are active, inputs that suit its
    weights. Each bar is how much the neuron's net input grows for each unit that one number grows: 1 for the bias, a
    for the weight on the input a, w for the input behind the weight w.

    Select a unit. Choose what bars mean: ∂net raises the neuron; times the neuron's ‹δ› it is ∂C, the gradient of the
    cost; turned round, -∂C, it is what lowers the cost. Of an input it is the part that comes through this neuron. Of
    many weights and inputs those with the longest bars are shown. Click a row to see its weight or unit in the
    picture. Ctrl+C copies the selected rows with every digit.
    """

    name = "lifts"
    title = "Raise this neuron"
    without_surface = "A surface has no neurons."
    without_graph = "A computation graph has no neurons: its gates show their local gradients in the picture."
    watches = Changed.EVERYTHING
    area = "bottom"
    wanted_lines = 16

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pace = Pace(20.0)
        self._view: View | None = None
        self._unit: Unit | None = None
        self._found: Lifts | None = None
        self._asked: Element | None = None      # what a row of this panel has selected
        self.heading = ElidedLabel()
        self.heading.setProperty("heading", True)
        self.aim = ChoiceList()
        for row in AIMS:
            self.aim.addItem(typeset(tr(row.text)), row.name)
            self.aim.setItemData(self.aim.count() - 1, typeset(tr(row.help)), Qt.ItemDataRole.ToolTipRole)
        self.aim.setAccessibleName(tr("What bars mean"))
        self.aim.setToolTip(tr("What bars mean: how the neuron rises, or what the cost says"))
        self.aim.setMinimumContentsLength(18)
        self.aim.setSizeAdjustPolicy(ChoiceList.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.aim.currentIndexChanged.connect(self._again)
        self.table = RowTable(tr("Ways to raise the neuron"))
        self.table.row_chosen.connect(self._row_chosen)
        self.note = second_label()
        self.empty = second_label()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._shown = QWidget()
        top = QHBoxLayout()
        top.setSpacing(6)
        top.addWidget(self.heading, 1)
        top.addWidget(self.aim)
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

    def refresh(self, view: View | None) -> None:
        if view is not None and not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            self._view = view
            self._unit = self._chosen_unit(view)
            found = None
            if view is not None and self._unit is not None:
                labels = Labels(view.problem.network, view.document.labels)
                found = lifts(view.moment, labels, self._unit, str(self.aim.currentData()))
            reason = self._reason(view, found)
            self._shown.setVisible(found is not None)
            self.table.setVisible(not reason)
            self.empty.setVisible(bool(reason))
            said(self.empty, reason)
            self._found = found if found is not None and found.known else None
            if view is None or found is None:
                self.table.show_rows(NoRows())
                return
            self._show(view, found)

    def _chosen_unit(self, view: View | None) -> Unit | None:
        """The unit that is selected, or the one whose row has just been chosen here."""
        if view is None or view.document.surface is not None:
            return None
        selection, kept, sizes = view.selection, self._unit, view.problem.network.sizes
        if selection is not None and selection == self._asked and kept is not None:
            return kept if kept.layer < len(sizes) and kept.unit < sizes[kept.layer] else None
        self._asked = None
        return selection if isinstance(selection, Unit) and opens(selection) else None

    @staticmethod
    def _reason(view: View | None, found: Lifts | None) -> str:
        """Why there are no bars."""
        if view is None:
            return tr("Open a network to see what would raise its neurons.")
        if found is None:
            return tr("Select a hidden unit or an output in the picture to see three ways to raise it.")
        if not found.known:
            return (tr("The pass has not come to the δ of this neuron yet: go on with F8.") if found.aim.needs_delta
                    else tr("The pass has not come to the net input of this neuron yet: go on with F10."))
        return ""

    def _show(self, view: View, found: Lifts) -> None:
        sizes = [abs(bar.value) for bar in found.bars if math.isfinite(bar.value)]
        self.table.show_rows(_LiftRows(found, max(sizes, default=0.0)) if found.known else NoRows())
        name = view.problem.network.names(found.unit.layer)[found.unit.unit]
        self.heading.setText(tr("Three ways to raise {name}, {example}").format(name=name, example=view.example_text))
        self.heading.setToolTip(self.heading.text())
        about = typeset(tr(found.aim.help))
        if found.left:
            about += " " + counted(found.left, "One weight and one input with shorter bars are left out.",
                                   "{count} weights and as many inputs with shorter bars are left out.")
        said(self.note, about)

    def _again(self) -> None:
        self._pace = Pace(20.0)
        self.refresh(self._view)

    def _row_chosen(self, row: int) -> None:
        if self._found is not None and row < len(self._found.bars):
            self._asked = self._found.bars[row].element
            self.element_selected.emit(self._asked)
