"""The bundled examples as the gallery shows them."""

from __future__ import annotations

from functools import partial

from nnviz.gui.gallery import Card
from nnviz.gui.rendering import card_picture
from nnviz.gui.translation import tr
from nnviz.report.numbers import typeset
from nnviz.session.examples import list_examples, open_example


def example_cards() -> list[Card]:
    """A card for every bundled example; its preview is drawn when somebody asks for it."""
    cards = []
    for example in list_examples():
        document = open_example(example.name)
        description = typeset(tr(document.description))
        preview, kind = partial(card_picture, document), document.network.kind
        cards.append(Card(example.name, example.name, description, preview, kind))
    return cards
