"""The legend of a picture can be pressed: where one reads what the colours mean is where one chooses it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QToolButton

from nnviz.gui.canvas import Canvas
from nnviz.gui.ink import stroke
from nnviz.gui.legend import ColourBarPlace
from nnviz.gui.translation import tr
from nnviz.report.edge_measures import MEASURES

if TYPE_CHECKING:
    from nnviz.gui.workbench import Workbench


def add_legend_buttons(workbench: Workbench) -> None:
    """Lets the legends of the network, of a graph and of an opened neuron be pressed."""
    menu, settings = workbench.window.commands.menu("View/Colours"), workbench.settings

    menu.setToolTipsVisible(True)

    def of_edges() -> str:
        row = MEASURES[settings.text("edge_colour")]
        symbol = tr(row.symbol).format(example=tr("example"))
        return f"{tr(row.label)}: {symbol}, {tr(row.unit)}.\n{tr(row.help)}"

    def of_wires() -> str:
        return tr("The colour of a wire is its gradient: how much the result changes for a small change of its value.")

    views = workbench.graph.view, workbench.neuron.page.view
    buttons = [LegendButton(workbench.picture, workbench.picture.colour_bar, menu, of_edges),
               *(LegendButton(view, view.colour_bar, menu, of_wires) for view in views)]
    for button in buttons:
        workbench.controller.changed.connect(button.settle_where_seen)


class LegendButton(QToolButton):
    """Lies over the colour bar of `picture`, which says where that is, and opens `menu` above it.

    `explain` tells what the colours mean now, for the tooltip.
    """

    def __init__(self, picture: Canvas, place: Callable[[], ColourBarPlace | None], menu: QMenu,
                 explain: Callable[[], str]) -> None:
        super().__init__(picture)
        self.picture, self.place, self.menu_of_choices, self.explain = picture, place, menu, explain
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.timeout.connect(self.settle)
        self.setAccessibleName(tr("What the colours mean"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.clicked.connect(self.open)
        picture.installEventFilter(self)
        self._tell()
        self.settle()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Whenever the picture is painted its colour bar may stand elsewhere."""
        if event.type() == QEvent.Type.Paint and self._frame() != self.geometry().toRectF():
            self._settling.start()
        return super().eventFilter(watched, event)

    def settle(self) -> None:
        """Goes where the colour bar is; hides where there is none."""
        frame = self._frame()
        self.setVisible(not frame.isEmpty())
        self.setGeometry(frame.toRect())

    def settle_where_seen(self) -> None:
        """The same while the picture is on screen, which may show something else now."""
        if self.picture.isVisible():
            self.settle()

    def _frame(self) -> QRectF:
        place = self.place()
        return QRectF() if place is None else QRectF(place.frame.toAlignedRect())

    def event(self, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.ToolTip, QEvent.Type.FocusIn):
            self._tell()
        return super().event(event)

    def _tell(self) -> None:
        self.setAccessibleDescription(self.explain())
        self.setToolTip(f"{self.explain()}\n{tr('Press to choose what colours mean, and which colours there are')}")

    def open(self) -> None:
        """Opens the menu above the colour bar."""
        menu = self.menu_of_choices
        menu.popup(self.mapToGlobal(QPoint(0, -menu.sizeHint().height() - 2)))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        try:
            painter.setClipRect(self.rect())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            theme, place = self.picture.theme, self.place()
            if place is None:
                return
            lit = self.underMouse() or self.hasFocus()
            if lit:
                tint = QColor(theme.accent)
                tint.setAlpha(28)
                painter.setPen(stroke(QColor(theme.accent), 2.0 if self.hasFocus() else 1.0))
                painter.setBrush(tint)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 5, 5)
            tip = place.chevron - QPointF(self.pos())
            painter.setPen(stroke(QColor(theme.ink if lit else theme.muted), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            wide = 0.28 * place.em
            painter.drawPolyline([tip + QPointF(-wide, -wide / 2), tip + QPointF(0, wide / 2),
                                  tip + QPointF(wide, -wide / 2)])
        finally:
            painter.end()
