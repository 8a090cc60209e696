"""What a network is called and where its units stand is no part of what it computes: other names move no number.

An edit of nothing else begins no stretch of training: those that there are of this network are dressed anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nnviz.engine.network import Network
from nnviz.errors import Refused
from nnviz.session.document import Document
from nnviz.session.hand_marks import NOTHING_FOLDED, NOTHING_PLACED, Place, written_places

if TYPE_CHECKING:
    from nnviz.session.timeline import Segment


@dataclass(frozen=True)
class Appearance:
    """All of a document that nothing is computed with.

    `names` are those of the units, layer by layer, and `written` how the document has them: as names, or counted only.
    A formula has no units, and its names mean something.
    """

    name: str
    description: str
    sizes: tuple[int, ...]
    places: Mapping[tuple[int, int], Place]
    names: tuple[tuple[str, ...], ...]
    written: tuple[Any, ...]

    @classmethod
    def of(cls, document: Document) -> Appearance:
        network, raw = document.network, document.raw
        if not network.has_units:
            return cls(document.name, document.description, (), NOTHING_PLACED, (), ())
        written = (raw["inputs"], *(entry["units"] for entry in raw["layers"]))
        names = tuple(network.names(layer) for layer in range(len(network.sizes)))
        return cls(document.name, document.description, network.sizes, document.places, names, written)


def differ_in_appearance_only(one: Document, other: Document) -> bool:
    """Whether two documents compute the same, whatever they call it and wherever it stands."""
    return _undressed(one) == _undressed(other)


def _undressed(document: Document) -> Document:
    return replace(document, name="", description="", places=NOTHING_PLACED, folded=NOTHING_FOLDED,
                   network=_nameless(document.network))


def _nameless(network: Network) -> Network:
    if not network.has_units:
        return network
    layers = tuple(replace(layer, units=("",) * len(layer.units)) for layer in network.layers)
    return replace(network, inputs=("",) * len(network.inputs), layers=layers)


def dressed(settings: Document, before: Appearance, after: Appearance) -> Document:
    """The document with the names and places of `after` wherever it had those of `before`; itself where it had none."""
    values: dict[str, Any] = {}
    if before.name != after.name and settings.name == before.name:
        values["name"] = after.name
    if before.description != after.description and settings.description == before.description:
        values["description"] = after.description
    if before.sizes and settings.network.has_units and settings.network.sizes == before.sizes == after.sizes:
        values |= _other_names(settings, before, after)
        places = dict(settings.places)
        for unit in {*before.places, *after.places}:
            if places.get(unit) == before.places.get(unit):
                places.pop(unit, None)
                places |= {unit: after.places[unit]} if unit in after.places else {}
        if places != dict(settings.places):
            values["places"] = written_places(places)
    if not values:
        return settings
    try:
        made = settings.with_values(values)
    except Refused:      # elsewhere another unit has the name
        return settings
    empty = [key for key, value in values.items() if not value]
    return made.without(*empty) if empty else made


def _other_names(settings: Document, before: Appearance, after: Appearance) -> dict[str, Any]:
    """The names of units that are to be others, by path; units that were only counted are counted again."""
    values: dict[str, Any] = {}
    for layer, (old, new) in enumerate(zip(before.names, after.names, strict=True)):
        here = settings.network.names(layer)
        wanted = tuple(mine if was != mine else becomes for mine, was, becomes in zip(here, old, new, strict=True))
        if wanted != here:
            path = f"layers.{layer - 1}.units" if layer else "inputs"
            counted = wanted == new and isinstance(after.written[layer], int)
            values[path] = after.written[layer] if counted else list(wanted)
    return values


@dataclass(frozen=True, eq=False)
class Dress:
    """An edit of names and places alone, for all segments that grew out of `root`.

    Those with the numbers `left_alone` said something else, and are not touched when it is taken back either.
    """

    before: Appearance
    after: Appearance
    root: Segment
    left_alone: frozenset[int]

    @classmethod
    def first(cls, before: Document, after: Document, segment: Segment) -> Dress:
        """Puts the names and places of `after` on every segment of the family of `segment` that had those of `before`.
        """
        old, new = Appearance.of(before), Appearance.of(after)
        *_, root = segment.chain()
        return cls(old, new, root, frozenset(_dress(_family(root), old, new)))

    def put_on(self) -> None:
        _dress(self._worn_by(), self.before, self.after)

    def take_off(self) -> None:
        _dress(self._worn_by(), self.after, self.before)

    def _worn_by(self) -> list[Segment]:
        return [segment for segment in _family(self.root) if segment.number not in self.left_alone]


def _dress(segments: list[Segment], before: Appearance, after: Appearance) -> list[int]:
    """Dresses segments; the numbers of those that stay as they are."""
    same: list[int] = []
    for segment in segments:
        settings = dressed(segment.settings, before, after)
        if settings is segment.settings:
            same.append(segment.number)
        else:
            segment.wear(settings)
    return same


def _family(root: Segment) -> list[Segment]:
    """All segments that grew out of `root`, oldest first."""
    kin: set[Segment] = {root}
    strange: set[Segment] = set()
    for segment in sorted(root.budget.segments, key=lambda one: one.number):
        climbed: list[Segment] = []
        for ancestor in segment.chain():
            if ancestor in kin or ancestor in strange:
                break
            climbed.append(ancestor)
        else:
            strange.update(climbed)
            continue
        (kin if ancestor in kin else strange).update(climbed)
    return sorted(kin, key=lambda one: one.number)
