"""A panel shows one aspect of what the window shows; it reads a view and asks for changes by signals."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QLabel, QWidget

from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.settings import Settings
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.elements import Element
from nnviz.report.quantities import Quantity
from nnviz.session.change import Changed


class Panel(QWidget):
    """The base of all panels. The docstring of a panel is the text of its help button.

    `refresh` is called when the panel is visible and something it `watches` has changed (also every 33 to 66 ms
    while the network plays), so it must take no more than a few milliseconds; plots are made once and then fed.
    `view` is None while no network is open.
    """

    name = ""                      # in saved layouts and on the command line of the layout
    title = ""
    watches = Changed.EVERYTHING
    area = "right"                 # where its dock starts: "left", "right" or "bottom"
    shown_at_first = True
    wanted_lines = 0               # lines of text it should be high when it is asked for, where the window allows it
    without_surface = ""           # why it has nothing to show of a surface; "" where it has something
    without_graph = ""             # the same of a computation graph
    without_training = ""          # the same of one without an optimiser, which stays as it is
    beside_picture = False         # tells the numbers that the picture shows, and changes together with them

    _notice: _Notice | None = None

    element_selected = Signal(object)        # an Element that the user clicked
    quantity_pointed = Signal(object)        # the Quantity whose number the pointer is over, or None
    example_chosen = Signal(int)             # an example of the batch, by its place in it, or MEAN
    value_edited = Signal(object, float)     # a Weight or Bias, and the value typed for it
    moment_requested = Signal(int)           # so many operations of the shown step done: where the cursor should be
    setting_chosen = Signal(str, object)     # the key of a setting, and the value that is to be in force
    export_requested = Signal(str)           # a table's name
    message = Signal(str)                    # a short sentence for the status bar

    def show_view(self, view: View | None) -> None:
        """Shows `view`, or says in its place why this panel has nothing to show of it."""
        reason = self.nothing_of(view)
        self.refresh(None if reason else view)
        if self._notice is None and reason:
            self._notice = _Notice(self)
        if self._notice is not None:
            self._notice.say(reason)

    def nothing_of(self, view: View | None) -> str:
        """Why there is nothing to show of `view`; "" where there is something."""
        reasons = {"surface": self.without_surface, "graph": self.without_graph}
        reason = "" if view is None else reasons.get(view.document.network.kind, "")
        if view is not None and not view.document.is_trained:
            reason = reason or self.without_training
        return tr(reason) if reason else ""

    def refresh(self, view: View | None) -> None:
        """Shows `view`."""
        raise RuntimeError(f"{type(self).__name__} must say how it refreshes")

    def sample(self, view: View) -> None:
        """Keeps what the panel shows over time of a moment that playing has passed; draws nothing."""

    def collect(self, view: View) -> None:
        """Keeps what the panel would later miss of `view`, while it is hidden; draws nothing.

        It is asked at every change, so it holds itself back to a small share of the time.
        """

    def set_seen(self, seen: bool) -> None:
        """Is told when it comes to the front of its dock or goes behind another: Qt does not hide what lies behind."""

    def set_selected(self, element: Element | None) -> None:
        """Is told at once what is selected, also where it is hidden; what it shows of it follows with `refresh`."""

    def set_picked(self, elements: tuple[Element, ...]) -> None:
        """Is told at once what is selected together; the last is what `set_selected` tells."""

    def end(self) -> None:
        """Stops what the panel has running beside the window, for the window goes."""

    def apply_settings(self, settings: Settings) -> None:
        """Takes from the settings what concerns this panel."""

    def set_theme(self, theme: Theme) -> None:
        """Takes the colours of `theme`."""

    def set_pointed(self, quantity: Quantity | None) -> None:
        """Lights the number of `quantity` where this panel shows it: the pointer is over it here or elsewhere."""

    def set_colour_scale(self, scale: ColourScale | None) -> None:
        """Takes what the colours of the picture mean; None where they do not mean gradients."""


class _Notice(QLabel):
    """One sentence over all of a panel."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._panel = panel
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setMargin(16)
        self.setAutoFillBackground(True)
        self.setProperty("second", True)
        panel.installEventFilter(self)

    def say(self, text: str) -> None:
        """Shows `text`; "" shows the panel again."""
        self.setText(text)
        self.setGeometry(self._panel.rect())
        self.setVisible(bool(text))
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._panel.rect())
        return super().eventFilter(watched, event)
