"""What is selected: one element that the panels explain, and those that are selected with it.

Commands act on all of them.  The controller knows the one; the others are kept here, and go when it goes elsewhere.
Where units come or go, other units have their numbers: what was selected there comes back with undo.
"""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary, ref

from PySide6.QtCore import QObject, Signal

from nnviz.engine.network import Network
from nnviz.gui.controller import Controller
from nnviz.report.divergence import is_in
from nnviz.report.elements import Element, Unit
from nnviz.session.timeline import Segment


class Selection(QObject):
    """All that is selected in the open network, in the order in which it was; the last is the controller's."""

    changed = Signal(object)      # tuple of elements

    def __init__(self, controller: Controller) -> None:
        super().__init__(controller)
        self._controller = controller
        self.elements: tuple[Element, ...] = ()
        self._of_then: WeakKeyDictionary[Segment, tuple[Element, ...]] = WeakKeyDictionary()
        self._segment: ref[Segment] | None = None       # whose units the elements are
        self._network: Network | None = None
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

    def follow_edit(self, _changed: object = None) -> None:
        """An edit, which everybody shows by now, may have taken some of it away, or given its numbers to other units.

        Then what was selected when the network last stood there comes back; where nothing was, what may be another unit
        now is no longer selected.
        """
        session = self._controller.session
        if session is None:
            self._segment, self._network = None, None
            self._become(())
            return
        segment, before, network = session.segment, self._network, session.problem.network
        if self._segment is not None and segment is self._segment():
            return
        self._segment, self._network = ref(segment), network
        if before is None or before.sizes == network.sizes:
            kept = tuple(element for element in self.elements if is_in(network, element))
        else:
            kept = self._of_then.get(segment, tuple(
                element for element in self.elements if _is_the_same(element, before, network)))
        if kept == self.elements:
            self._of_then[segment] = kept
        else:
            self.choose(kept)

    def _become(self, elements: tuple[Element, ...]) -> None:
        segment = None if self._segment is None else self._segment()
        session = self._controller.session
        if segment is not None and session is not None and session.segment is segment:
            self._of_then[segment] = elements
        if elements != self.elements:
            self.elements = elements
            self.changed.emit(elements)


def _is_the_same(element: Element, before: Network, after: Network) -> bool:
    """Whether an element of a network is the same one in another, as far as names tell."""
    if len(before.sizes) != len(after.sizes) or not is_in(after, element) or not is_in(before, element):
        return False
    layers = (element.layer,) if isinstance(element, Unit) else (element.layer - 1, element.layer)
    return all(one == other for layer in layers
               for one, other in zip(before.names(layer), after.names(layer), strict=False))
