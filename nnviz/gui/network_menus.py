"""The menus of the picture: of a unit, of a weight or bias, of the background, and of a whole layer at its head."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Protocol, get_args

from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.network import BiasKind
from nnviz.gui.network_commands import COMMANDS, title_of
from nnviz.gui.translation import tr
from nnviz.report.elements import Element, Unit
from nnviz.session.document import Document

if TYPE_CHECKING:
    from nnviz.gui.canvas_edits import CanvasEdits

# What the menu of each kind of thing offers: names of actions; "" draws a line.
OF_UNIT = ("open_neuron", "edit_in_place", "duplicate_units", "remove_units", "", "freeze", "disable", "",
           "select_layer", "tidy")
OF_PARAMETER = ("edit_in_place", "set_to_zero", "", "freeze", "disable")
OF_BACKGROUND = ("select_layer", "tidy", "fit", "", "keep_learned")
OF_LAYER = ("add_unit", "remove_last_unit", "", "add_layer_before", "add_layer", "copy_layer", "remove_layer", "",
            "freeze_layer", "disable_layer")

BIAS_TEXTS: Mapping[str, str] = {"per_unit": "one for each unit", "shared": "one for all units", "none": "none"}


class _Row(Protocol):
    """What the rows of the tables have that are chosen from here."""

    @property
    def label(self) -> str: ...


def element_menu(edits: CanvasEdits, document: Document, element: Element | None) -> QMenu:
    """The menu of an element, or of the background."""
    menu = _menu(edits)
    names = OF_BACKGROUND if element is None else OF_UNIT if isinstance(element, Unit) else OF_PARAMETER
    commands = edits.window.commands
    for name in names:
        if name:
            menu.addAction(commands[name])
        else:
            menu.addSeparator()
    if element is not None:
        menu.addSeparator()
        whole = layer_menu(edits, document, element.layer)
        whole.setParent(menu, whole.windowFlags())
        title = title_of(document, element.layer)
        whole.setTitle(title[:1].upper() + title[1:])
        menu.addMenu(whole)
    return menu


def layer_menu(edits: CanvasEdits, document: Document, layer: int) -> QMenu:
    """What can be done with a whole layer; of the input, what it shares with others."""
    menu = _menu(edits)
    menu.setAccessibleName(title_of(document, layer))
    last = len(document.network.layers)
    if layer:
        chosen = document.network.layers[layer - 1]
        _choices(menu, edits, layer, tr("&Activation"), "activation", ACTIVATIONS, chosen.activation.name)
        _choices(menu, edits, layer, tr("&Initialiser"), "initialise", INITIALISERS, chosen.initialise.name)
        biases = {kind: tr(BIAS_TEXTS[kind]) for kind in get_args(BiasKind)}
        _texts(menu, edits, layer, tr("&Bias"), "bias", biases, chosen.bias)
        menu.addSeparator()
    commands = edits.window.commands
    rename = menu.addAction(tr("Rename &units…"))
    rename.setObjectName("rename_units")
    rename.setToolTip(tr("Type a name for each unit of the layer; Tab goes on to the next"))
    rename.triggered.connect(partial(edits.rename_from, layer))
    menu.addSeparator()
    hidden = 0 < layer < last
    for name in OF_LAYER:
        if not name:
            menu.addSeparator()
            continue
        model = commands[name]
        action = menu.addAction(model.icon(), model.text())
        action.setShortcuts(model.shortcuts())
        action.setToolTip(model.toolTip())
        action.setStatusTip(model.statusTip())
        action.setObjectName(name)
        command = COMMANDS[name]
        here = (Unit(layer, 0),)
        if command.is_on is not None:
            action.setCheckable(True)
            action.setChecked(command.is_on(document, here))
        action.setEnabled(_can(name, layer, last, hidden))
        action.triggered.connect(partial(_do, edits, name, here))
    menu.addSeparator()
    menu.addAction(commands["keep_learned"])
    return menu


def _can(name: str, layer: int, last: int, hidden: bool) -> bool:
    """Whether a command has a meaning for such a layer."""
    if name == "add_layer":
        return layer < last
    if name == "add_layer_before":
        return layer > 0
    if name == "freeze_layer":
        return layer > 0
    if name == "disable_layer":
        return layer < last
    return hidden


def _do(edits: CanvasEdits, name: str, elements: tuple[Element, ...], _checked: bool = False) -> None:
    edits.do(name, elements)


def _menu(edits: CanvasEdits) -> QMenu:
    menu = QMenu(edits.picture)
    menu.setToolTipsVisible(True)
    menu.aboutToHide.connect(menu.deleteLater)
    return menu


def _choices(
    menu: QMenu, edits: CanvasEdits, layer: int, title: str, key: str, table: Mapping[str, _Row], chosen: str
) -> None:
    """A submenu with the rows of a table; the one in force has a tick."""
    _texts(menu, edits, layer, title, key, {name: tr(row.label) for name, row in table.items()}, chosen)


def _texts(
    menu: QMenu, edits: CanvasEdits, layer: int, title: str, key: str, texts: Mapping[str, str], chosen: str
) -> None:
    submenu = menu.addMenu(title)
    group = QActionGroup(submenu)
    for name, text in texts.items():
        action = submenu.addAction(text)
        action.setObjectName(f"{key} {name}")
        action.setCheckable(True)
        action.setActionGroup(group)
        action.setChecked(name == chosen)
        action.triggered.connect(partial(_choose, edits, layer, key, name, text))


def _choose(edits: CanvasEdits, layer: int, key: str, name: str, text: str, _checked: bool = False) -> None:
    edits.choose(layer, key, name, text)
