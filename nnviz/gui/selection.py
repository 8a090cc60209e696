"""What is selected: one element that the panels explain, and those that are selected with it.

Commands act on all of them.  The controller knows the one; the others are kept here, and go when it goes elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from nnviz.gui.controller import Controller
from nnviz.report.divergence import is_in
from nnviz.report.elements import Element


class Selection(QObject):
    """All that is selected in the open network, in the order in which it was; the last is the controller's."""

    changed = Signal(object)      # tuple of elements

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._controller = controller
        self.elements: tuple[Element, ...] = ()
        controller.selection_changed.connect(self._follow)

    def choose(self, elements: Iterable[Element]) -> None:
        """Selects just these; the last is the one that panels explain."""
        session = self._controller.session
        network = None if session is None else session.problem.network
        found = tuple(dict.fromkeys(element for element in elements if network is not None and is_in(network, element)))
        self._become(found)
        self._controller.select(found[-1] if found else None)

    def choose_one(self, element: Element | None) -> None:
        """Selects this alone, or nothing."""
        self.choose(() if element is None else (element,))

    def toggle(self, element: Element) -> None:
        """Selects one more, or no longer one that is."""
        if element in self.elements:
            self.choose(other for other in self.elements if other != element)
        else:
            self.choose((*self.elements, element))

    def add(self, elements: Iterable[Element]) -> None:
        """Selects these besides what is selected already."""
        self.choose((*self.elements, *elements))

    def _follow(self, element: Element | None) -> None:
        """Somebody else, a panel perhaps, has selected something."""
        if element is None:
            self._become(())
        elif element not in self.elements:
            self._become((element,))

    def drop_lost(self, _changed: object = None) -> None:
        """An edit, which everybody shows by now, may have taken some of it away."""
        session = self._controller.session
        kept = () if session is None else tuple(
            element for element in self.elements if is_in(session.problem.network, element))
        if kept != self.elements:
            self._become(kept)

    def _become(self, elements: tuple[Element, ...]) -> None:
        if elements != self.elements:
            self.elements = elements
            self.changed.emit(elements)
