"""What can be done with units, layers and parameters of a network by hand, in one table.

Each row turns the document, as it stands now, into another one; menus, keys and buttons at the layer heads all come
here, and each use is one undoable edit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.errors import EditRefused
from nnviz.gui.translation import tr
from nnviz.report.divergence import array_index, parameter_name
from nnviz.report.elements import Element, Unit
from nnviz.session import structure
from nnviz.session.document import Document

Elements = Sequence[Element]
MOST_LISTED = 3


@dataclass(frozen=True)
class NetworkCommand:
    """One command. `name` is that of its row of actions.

    `change(document, elements, keep)` gives the other document, `then(before, elements)` what is selected afterwards;
    `label` is what the edit is called, with {what} for what it was done to.  A switch has `is_on`, and is called
    `label_off` where it takes that back.  A command that `reshapes` may start training anew.
    """

    name: str
    label: str
    change: Callable[[Document, Elements, bool], Document]
    then: Callable[[Document, Elements], Elements]
    what: Callable[[Document, Elements], str]
    label_off: str = ""
    is_on: Callable[[Document, Elements], bool] | None = None

    @property
    def reshapes(self) -> bool:
        return self.is_on is None

    def label_for(self, document: Document, elements: Elements) -> str:
        """What the edit is called in the list of things to undo."""
        taken_back = self.is_on is not None and self.is_on(document, elements)
        return tr(self.label_off if taken_back else self.label).format(what=self.what(document, elements))


def layer_of(elements: Elements) -> int:
    """The layer that is meant: that of what was selected last."""
    if not elements:
        raise EditRefused(tr("No layer is selected"), hint=tr("Click one of its units first"))
    return elements[-1].layer


def units_of(elements: Elements) -> list[Unit]:
    """The units among `elements`, later ones first, so that those before them keep their numbers."""
    units = [element for element in elements if isinstance(element, Unit)]
    if not units:
        raise EditRefused(tr("No unit is selected"), hint=tr("Click one, or walk to it with Alt and the arrow keys"))
    return sorted(units, key=lambda unit: (unit.layer, unit.unit), reverse=True)


def some(elements: Elements) -> Elements:
    """`elements`, at least one."""
    if not elements:
        raise EditRefused(tr("Nothing is selected"), hint=tr("Click a unit, a weight or a bias first"))
    return elements


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────
def name_of(document: Document, element: Element) -> str:
    """What an element is called: a unit's name, a parameter's label or its place."""
    if isinstance(element, Unit):
        return document.network.names(element.layer)[element.unit]
    name = parameter_name(element)
    return document.label(name) or name


def names_of(document: Document, elements: Elements) -> str:
    """A few names, or how many elements there are."""
    if len(elements) > MOST_LISTED:
        return tr("{count} elements").format(count=len(elements))
    return ", ".join(name_of(document, element) for element in elements)


def title_of(document: Document, layer: int) -> str:
    """What a layer is called inside a sentence."""
    last = len(document.network.layers)
    if layer in (0, last):
        return tr("the input") if layer == 0 else tr("the output layer")
    return tr("the hidden layer") if last == 2 else tr("hidden layer {0}").format(layer)


def _layer_title(document: Document, elements: Elements) -> str:
    return title_of(document, layer_of(elements))


# ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────
def _removed(document: Document, elements: Elements, keep: bool) -> Document:
    by_layer: dict[int, list[int]] = {}
    for unit in units_of(elements):
        by_layer.setdefault(unit.layer, []).append(unit.unit)
    for layer, units in by_layer.items():
        document = structure.remove_units(document, layer, units, keep)
    return document


def _duplicated(document: Document, elements: Elements, keep: bool) -> Document:
    for unit in units_of(elements):
        document = structure.duplicate_unit(document, unit.layer, unit.unit)
    return document


def _last_removed(document: Document, elements: Elements, keep: bool) -> Document:
    layer = layer_of(elements)
    return structure.remove_units(document, layer, (document.network.sizes[layer] - 1,), keep)


def is_frozen(document: Document, element: Element) -> bool:
    """Whether training leaves a parameter as it is, or all that leads into a unit; disabled ones do not count."""
    network = document.network
    if not isinstance(element, Unit):
        name, index = array_index(element)
        array = network.array(name)
        return array is not None and bool(document.held_mask(array)[index])
    masks = [document.held_mask(array) for array in network.arrays if array.layer == element.layer]
    size = network.sizes[element.layer]
    rows = [mask[element.unit] for mask in masks if mask.shape[0] == size]
    return bool(rows) and all(bool(np.all(row)) for row in rows)


def all_frozen(document: Document, elements: Elements) -> bool:
    return bool(elements) and all(is_frozen(document, element) for element in elements)


def all_disabled(document: Document, elements: Elements) -> bool:
    return bool(elements) and all(structure.is_disabled(document, element) for element in elements)


def whole_layer(document: Document, layer: int) -> Elements:
    """All units of a layer."""
    return tuple(Unit(layer, unit) for unit in range(document.network.sizes[layer]))


def _layer(document: Document, elements: Elements) -> Elements:
    return whole_layer(document, elements[-1].layer) if elements else ()


def _frozen(document: Document, elements: Elements, keep: bool) -> Document:
    if elements and all(element.layer == 0 for element in elements):
        raise EditRefused(tr("Nothing leads into an input that could be frozen"),
                          hint=tr("Select another unit, a weight or a bias"))
    return structure.set_frozen(document, some(elements), not all_frozen(document, elements))


def _disabled(document: Document, elements: Elements, keep: bool) -> Document:
    return structure.set_disabled(document, some(elements), not all_disabled(document, elements))


def _layer_frozen(document: Document, elements: Elements, keep: bool) -> Document:
    return _frozen(document, whole_layer(document, layer_of(elements)), keep)


def _layer_disabled(document: Document, elements: Elements, keep: bool) -> Document:
    return _disabled(document, whole_layer(document, layer_of(elements)), keep)


# ── what is selected afterwards ──────────────────────────────────────────────────────────────────────────────
def _stay(document: Document, elements: Elements) -> Elements:
    return elements


def _new_unit(document: Document, elements: Elements) -> Elements:
    layer = layer_of(elements)
    return (Unit(layer, document.network.sizes[layer]),)


def _unit_before(document: Document, elements: Elements) -> Elements:
    first = units_of(elements)[-1]
    return (Unit(first.layer, max(0, first.unit - 1)),)


def _last_unit(document: Document, elements: Elements) -> Elements:
    layer = layer_of(elements)
    return (Unit(layer, document.network.sizes[layer] - 2),)


def _copies(document: Document, elements: Elements) -> Elements:
    units = units_of(elements)[::-1]
    before: dict[int, int] = {}
    copies = []
    for unit in units:
        before[unit.layer] = before.get(unit.layer, 0) + 1
        copies.append(Unit(unit.layer, unit.unit + before[unit.layer]))
    return copies


def _layer_behind(document: Document, elements: Elements) -> Elements:
    return (Unit(layer_of(elements) + 1, 0),)


def _same_layer(document: Document, elements: Elements) -> Elements:
    return (Unit(layer_of(elements), 0),)


def _layer_before(document: Document, elements: Elements) -> Elements:
    return (Unit(layer_of(elements) - 1, 0),)


_ROWS: tuple[NetworkCommand, ...] = (
    NetworkCommand("add_unit", "a unit more in {what}",
                   lambda document, elements, keep: structure.add_units(document, layer_of(elements), 1, keep),
                   _new_unit, _layer_title),
    NetworkCommand("remove_last_unit", "a unit fewer in {what}", _last_removed, _last_unit, _layer_title),
    NetworkCommand("duplicate_units", "{what} duplicated", _duplicated, _copies, names_of),
    NetworkCommand("remove_units", "{what} removed", _removed, _unit_before, names_of),
    NetworkCommand("add_layer", "a layer behind {what}",
                   lambda document, elements, keep: structure.add_layer(document, layer_of(elements), keep=keep),
                   _layer_behind, _layer_title),
    NetworkCommand("add_layer_before", "a layer before {what}",
                   lambda document, elements, keep: structure.add_layer(document, layer_of(elements) - 1, keep=keep),
                   _same_layer, _layer_title),
    NetworkCommand("copy_layer", "a copy of {what}",
                   lambda document, elements, keep: structure.copy_layer(document, layer_of(elements), keep),
                   _layer_behind, _layer_title),
    NetworkCommand("remove_layer", "{what} removed",
                   lambda document, elements, keep: structure.remove_layer(document, layer_of(elements), keep),
                   _layer_before, _layer_title),
    NetworkCommand("freeze", "{what} frozen", _frozen, _stay, names_of, "{what} no longer frozen", all_frozen),
    NetworkCommand("disable", "{what} disabled", _disabled, _stay, names_of, "{what} enabled", all_disabled),
    NetworkCommand("freeze_layer", "{what} frozen", _layer_frozen, _stay, _layer_title, "{what} no longer frozen",
                   lambda document, elements: all_frozen(document, _layer(document, elements))),
    NetworkCommand("disable_layer", "{what} disabled", _layer_disabled, _stay, _layer_title, "{what} enabled",
                   lambda document, elements: all_disabled(document, _layer(document, elements))),
)
COMMANDS: Mapping[str, NetworkCommand] = {row.name: row for row in _ROWS}
