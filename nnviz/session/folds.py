"""Which layers are folded is a matter of looking, like a zoom: it is saved with a network, but is no edit of it.

A session keeps it beside its history.  So a layer stays folded whatever step one goes to, training goes on, and undo
takes back edits alone.  What is folded belongs to a shape of the network: an edit of layers carries it along with them,
and whoever goes back before that edit finds folded what was folded then.
"""

from __future__ import annotations

from nnviz.engine.network import Network
from nnviz.session.document import Document

Shape = tuple[int, ...]


class Folds:
    """The folded layers of every shape that a session's network has had; they count from 0, the input."""

    def __init__(self) -> None:
        self._of_shape: dict[Shape, frozenset[int]] = {}

    def of(self, network: Network) -> frozenset[int]:
        """The layers that are folded of a network of this shape."""
        return self._of_shape.get(network.sizes, frozenset())

    def fold(self, network: Network, layers: frozenset[int]) -> None:
        """From now on these layers are folded of a network of this shape, and no others."""
        self._of_shape[network.sizes] = layers

    def taken_from(self, document: Document) -> Document:
        """The document without what it says is folded, which is so from now on."""
        self.fold(document.network, document.folded)
        return document.without("folded") if document.folded else document

    def put_into(self, document: Document) -> Document:
        """The document with what is folded of its network."""
        folded = self.of(document.network)
        return document if folded == document.folded else document.with_value("folded", sorted(folded))
