"""Paths: the gradient of a weight as a sum over the ways from it to the loss, each a row of factors."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nnviz.gui.elided_label import ElidedLabel
from nnviz.gui.panels.number_rows import Cell, Head, NoRows, RowTable
from nnviz.gui.panels.panel import Panel
from nnviz.gui.panels.plots import Pace, said, second_label
from nnviz.gui.scene import Trail
from nnviz.gui.theme import LIGHT, Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Alpha, Bias, Element, Parameter, Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.numbers import count, full, short
from nnviz.report.paths import Column, Kind, Paths, paths_of
from nnviz.report.titles import title_of
from nnviz.session.change import Changed

MOST_TRAILS = 12          # paths that are drawn on the network
_DIGITS = 4               # in a cell; the tooltip has them all
_NUMBER, _ROUTE = 11, 40  # characters
_BEFORE = 4               # columns before the factors
_LARGEST_COUNT = 10**15   # is written out

_HELP: dict[Kind, str] = {
    "source": "The ‹output› that the weight multiplies",
    "learned": "How the ‹output› changes with α: the net input where it is below 0, else 0",
    "slope": "The slope of the activation at the unit's net input; of a maxout unit 1 for the piece that won, else 0",
    "jacobian": "How an ‹output› of the softmax layer changes with a net input of the layer, its own or another's",
    "weight": "The weight that the path goes along",
    "loss": "How the loss changes with the ‹output› where the path ends",
    "fused": "How the loss changes with the net input where the path ends: loss and activation are taken as one, "
             "‹out› − ‹target›, shared among the outputs where the loss is a mean",
}


@dataclass(frozen=True, eq=False)
class _PathRows:
    """The paths as rows: the route, its factors, what it contributes."""

    paths: Paths

    @cached_property
    def heads(self) -> tuple[Head, ...]:
        rows = range(len(self.paths))
        longest = max((len(self.paths.route(row)) for row in rows), default=0)
        route = Head(tr("Path"), tr("The units that the path goes through, to the loss E"), min(_ROUTE, longest + 1),
                     False)
        factors = tuple(Head(self.paths.title(column), self._help(column), _NUMBER) for column in self.paths.columns)
        return (
            route,
            Head(tr("Product"), tr("The product of the factors: what the path contributes to the gradient"), _NUMBER),
            Head(tr("Share"), tr("Of the gradient: all paths together are 100 %, and a single one may be more, or "
                                 "negative"), 8),
            Head(tr("Adds"), tr("What the path contributes to the gradient; to the right it is positive"), 0),
            *factors,
        )

    def _help(self, column: Column) -> str:
        text = tr(_HELP[column.kind])
        return text + "\n" + tr("The mean over the batch") if self.paths.mean and column.kind != "weight" else text

    def __len__(self) -> int:
        return len(self.paths)

    @cached_property
    def _longest(self) -> float:
        sizes = [abs(product) for product in self.paths.products.tolist() if math.isfinite(product)]
        return max(sizes, default=0.0)

    def cell(self, row: int, column: int) -> Cell:
        paths = self.paths
        if column == 0:
            text = paths.route(row)
            return Cell(text, text)
        if column >= _BEFORE:
            value, name = float(paths.factors[row, column - _BEFORE]), paths.names(row)[column - _BEFORE]
            marked = int(paths.smallest[row]) == column - _BEFORE
            tip = f"{name} = {full(value)}"
            return Cell(short(value, _DIGITS), full(value),
                        tip + "\n" + tr("The smallest factor of this path") if marked else tip, marked=marked)
        product = float(paths.products[row])
        if column == 3:
            tip = tr("{path} contributes {value}").format(path=paths.route(row), value=full(product))
            return Cell(bar=product / self._longest if self._longest else 0.0, tip=tip)
        if column == 1:
            return Cell(("+" if product > 0 else "") + short(product, _DIGITS), full(product))
        share = product / paths.gradient if paths.gradient else None
        return Cell("–" if share is None else percent(share), "" if share is None else full(share))


def percent(share: float) -> str:
    """A share as it is read: `81 %`, `0.05 %`.

    >>> percent(0.8126), percent(-0.00051), percent(1.0), percent(float("nan"))
    ('81.3 %', '−0.051 %', '100 %', 'NaN')
    """
    return f"{short(100.0 * share, 3)} %" if math.isfinite(share) else short(share)


def counted_paths(number: int) -> str:
    """How many paths there are; of more than can be read, the power of ten.

    >>> counted_paths(160), counted_paths(32**62)
    ('160', '2.1e93')
    """
    if number < _LARGEST_COUNT:
        return count(number)
    digits = str(number)
    return f"{digits[0]}.{digits[1]}e{len(digits) - 1}"


class PathsPanel(Panel):
    """The gradient of a weight, as a sum over all the paths from it to the loss. Each path is a row: the units it goes
    through, the factors that multiply along it, their product, and its share of the gradient.

    Select a weight, a bias or an α. The largest paths come first and are drawn on the network, wide where they are
    strong, in the colour of their sign; choose or point at a row to light its path. The factor that is smallest is
    marked in every row: a path that has vanished did so there. A small network has few enough paths to list them all,
    and they sum to the gradient; of a large one the largest are listed, with what they explain. Softmax leads across
    its layer, unless its loss is taken together with it. At the mean of the batch a path's product is the mean of its
    products; the factors are means too, so they do not multiply to it. Ctrl+C copies the
    selected rows with every digit.
    """

    name = "paths"
    title = "Paths"
    without_surface = "A surface has no paths: its height is a formula of its variables."
    without_graph = "The paths of a computation graph are its wires: follow them in the picture."
    watches = Changed.EVERYTHING
    area = "bottom"
    wanted_lines = 16

    trails_changed = Signal(object)     # the paths to draw on the network, a tuple of Trail

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pace = Pace(20.0)
        self._paths: Paths | None = None
        self._listed: Parameter | None = None     # whose paths the table had last
        self._hovered = -1
        self._seen = True
        self._told: tuple[Trail, ...] = ()
        self.heading = ElidedLabel()
        self.heading.setProperty("heading", True)
        self.summary = ElidedLabel()
        self.summary.setProperty("second", True)
        self.table = RowTable(tr("Paths to the loss"))
        self.table.row_chosen.connect(lambda _row: self._tell())
        self.table.row_hovered.connect(self._point_at)
        self.empty = second_label()
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._shown = QWidget()
        top = QHBoxLayout()
        top.setSpacing(12)
        top.addWidget(self.heading)
        top.addWidget(self.summary, 1)
        inside = QVBoxLayout(self._shown)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(6)
        inside.addLayout(top)
        inside.addWidget(self.table, 1)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(10, 8, 10, 8)
        layout.addWidget(self._shown, 1)
        layout.addWidget(self.empty, 1)
        self.table.fit_font(self.font())
        self.set_theme(LIGHT)
        self.refresh(None)

    def set_theme(self, theme: Theme) -> None:
        self.table.set_theme(theme)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange and hasattr(self, "table"):
            self.table.fit_font(self.font())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        margin = 3 if self.height() < 12 * self.fontMetrics().lineSpacing() else 8
        self._column.setContentsMargins(10, margin, 10, margin)

    def set_seen(self, seen: bool) -> None:
        """Nothing is drawn on the network for a panel that nobody sees."""
        self._seen = seen
        self._tell()

    def set_selected(self, element: Element | None) -> None:
        """The paths of what was selected before go at once, also where nobody sees this panel or training plays."""
        if self._paths is not None and self._paths.element != element:
            self._paths, self._hovered = None, -1
            self._tell()

    # --- what is shown ------------------------------------------------------------------------------------------

    def refresh(self, view: View | None) -> None:
        if view is not None and not self._pace.is_due(view.playing):
            return
        with self._pace.measured():
            reason = self._reason(view)
            self._shown.setVisible(not reason)
            self.empty.setVisible(bool(reason))
            said(self.empty, reason)
            if view is None or reason:
                self._paths, self._hovered = None, -1
                self.table.show_rows(NoRows())
            else:
                element = view.selection
                assert isinstance(element, Weight | Bias | Alpha)
                self._show(view, element)
            self._tell()

    @staticmethod
    def _reason(view: View | None) -> str:
        """Why there are no paths to show."""
        if view is None:
            return tr("Open a network to see the paths of its gradients.")
        if not isinstance(view.selection, Weight | Bias | Alpha):
            return tr("Select a weight, a bias or an α in the picture to see the paths from it to the loss.")
        if view.moment.gradient_of(view.selection) is None:
            return tr("The pass has not come to the gradient of {name} yet: go on with F8.").format(
                name=title_of(view.document, view.selection))
        return ""

    def _show(self, view: View, element: Parameter) -> None:
        labels = Labels(view.problem.network, view.document.labels)
        self._paths = found = paths_of(view.moment.record, labels, element, view.moment.example)
        if self._listed != element:
            self._listed = element
            self.table.choose_row(-1)
        self.table.show_rows(_PathRows(found))
        name = title_of(view.document, element)
        self.heading.setText(tr("∂E/∂{name} = {value}").format(name=name, value=short(found.gradient, view.digits)))
        self.heading.setToolTip(full(found.gradient))
        self.summary.setText(self._summary(view, found))
        self.summary.setToolTip(self.summary.text())

    @staticmethod
    def _summary(view: View, found: Paths) -> str:
        """Whose gradient it is, how many paths are listed, and what they explain."""
        told = [view.example_text]
        if found.is_complete:
            told.append(tr("the only path") if found.count == 1 else tr(
                "all {count} paths, which sum to it").format(count=counted_paths(found.count)))
        else:
            told.append((tr("the {shown} largest of {count} paths") if found.certain else
                         tr("{shown} of the largest of {count} paths, chosen by the typical size of their factors"))
                        .format(shown=count(len(found)), count=counted_paths(found.count)))
            explained = short(found.explained, view.digits)
            told.append(tr("together {sum}").format(sum=explained) if found.share is None else
                        tr("together {sum}, {share} of it").format(sum=explained, share=percent(found.share)))
            if found.absolute_share is not None:
                told.append(tr("{share} of Σ|path|").format(share=percent(found.absolute_share)))
        return " · ".join(told)

    # --- on the network -----------------------------------------------------------------------------------------

    def _point_at(self, row: int) -> None:
        self._hovered = row
        self._tell()

    def _tell(self) -> None:
        """Has the largest paths drawn, and lit the one that is pointed at, or else chosen."""
        lit = self._hovered if self._hovered >= 0 else self.table.chosen_row
        trails = () if self._paths is None or not self._seen else self._trails(self._paths, lit)
        if trails != self._told:
            self._told = trails
            self.trails_changed.emit(trails)

    @staticmethod
    def _trails(paths: Paths, lit: int) -> tuple[Trail, ...]:
        sizes = [abs(product) for product in paths.products.tolist()]
        largest = max((size for size in sizes if math.isfinite(size)), default=0.0)
        rows = [row for row in range(min(MOST_TRAILS, len(paths))) if sizes[row] > 0.0 or row == lit]
        if lit >= MOST_TRAILS and lit < len(paths):
            rows.append(lit)
        return tuple(
            Trail(stops_of(paths, row), min(1.0, sizes[row] / largest) if largest else 0.0,
                  bool(paths.products[row] >= 0.0), row == lit)
            for row in rows)


def stops_of(paths: Paths, row: int) -> tuple[Weight | Bias | Unit, ...]:
    """The units and weights of a path in the order in which it comes by them, a bias where it begins with one."""
    units, weights = list(paths.units(row)), list(paths.weights(row))
    found: list[Weight | Bias | Unit] = [paths.element] if isinstance(paths.element, Bias) else []
    for number, unit in enumerate(units):
        found.append(unit)
        leads_on = number + 1 < len(units) and units[number + 1].layer > unit.layer
        if leads_on and weights:
            found.append(weights.pop(0))
    return tuple(found)
