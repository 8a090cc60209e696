"""The open network changed on its picture: units and layers, names, places, what is frozen or disabled.

Every change is one undoable edit.  What was learned is kept, or training starts anew, as the user has chosen; that is
asked about before, like every other edit that loses steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject, QPoint

from nnviz.errors import NnvizError
from nnviz.gui.controller import Controller
from nnviz.gui.edits import Edits
from nnviz.gui.network_commands import COMMANDS, layer_of, name_of, names_of, title_of
from nnviz.gui.network_editor import NetworkEditor
from nnviz.gui.network_menus import element_menu, layer_menu
from nnviz.gui.selection import Selection
from nnviz.gui.translation import tr
from nnviz.report.divergence import is_in
from nnviz.report.elements import Element, Unit
from nnviz.session import structure
from nnviz.session.document import Document
from nnviz.session.hand_marks import written_places

KEEP = "keep_learned"       # the setting: whether new units and layers leave what was learned as it is
Reshape = Callable[[Document, bool], Document]      # another network made of one; True: what was learned is kept


class CanvasEdits(QObject):
    """Does to the network of `controller` what is asked for on `picture`, and on what `selection` holds."""

    def __init__(self, edits: Edits, controller: Controller, picture: NetworkEditor) -> None:
        super().__init__(edits)
        self.edits, self.window, self.controller, self.picture = edits, edits.window, controller, picture
        self.selection = Selection(controller)
        self.selection.changed.connect(picture.set_picked)
        picture.selected.connect(self.selection.choose_one)
        picture.picked.connect(self.selection.toggle)
        picture.caught.connect(self._catch)
        picture.places_chosen.connect(self.place)
        picture.renamed.connect(self.rename)
        picture.value_typed.connect(controller.set_parameter)
        picture.mistyped.connect(self._say_mistyped)
        picture.name_editor.name_problem = self.name_problem
        picture.refused.connect(self._say)
        picture.menu_requested.connect(self.show_menu)
        picture.layer_menu_requested.connect(self.show_layer_menu)
        picture.head_clicked.connect(self.head_clicked)

    def commands(self) -> dict[str, Callable[..., object]]:
        """What the rows of the action table do that change the network on its picture."""
        named = {name: partial(self._triggered, name) for name in COMMANDS}
        return named | {
            "edit_in_place": self.picture.edit_selected, "set_to_zero": self.set_to_zero,
            "select_layer": self.picture.select_layer, "tidy": self.tidy, "layer_menu": self.show_layer_menu,
        }

    def _triggered(self, name: str, _checked: bool = False) -> None:
        self.do(name)

    # ── commands of the table ────────────────────────────────────────────────────────────────────────────────
    def do(self, name: str, elements: Sequence[Element] | None = None) -> None:
        """One command of `network_commands` on `elements`, by default on what is selected."""
        chosen = self.selection.elements if elements is None else tuple(elements)
        command, session = COMMANDS[name], self.controller.session
        if session is None:
            return
        with self.controller.held():
            before = session.document_now()
            made = self.reshape(lambda document, keep: command.change(document, chosen, keep),
                                lambda document: command.label_for(document, chosen))
            if made and command.reshapes:
                self.selection.choose(command.then(before, chosen))
        self.mark()

    def reshape(self, change: Reshape, label: str | Callable[[Document], str]) -> bool:
        """Makes `change(document, keep)` of the network as it stands, one undoable edit; whether it was made.

        Asks first where steps would be lost.  `label` is what the edit is called, or says it of the network as it was.
        """
        session = self.controller.session
        if session is None:
            return False
        self.window.strip.withdraw_information()
        made, keep = False, self.window.settings.flag(KEEP)
        with self.controller.held():
            before = session.document_now()
            try:
                after = self._with_shifted_places(before, change(before, keep), lambda other: change(other, keep))
                title = label if isinstance(label, str) else label(before)
            except NnvizError as error:
                self.edits.refuse(str(error))
            else:
                goes_on = after.parameters is not None or after.network.arrays == before.network.arrays
                if goes_on or self.edits.may_start_over(tr("the network gets another shape, and new numbers")):
                    made = bool(self.controller.do(lambda session: session.reshape(after, title)).flags)
        self.edits.settled.emit()
        return made

    def _with_shifted_places(
        self, before: Document, after: Document, change: Callable[[Document], Document]
    ) -> Document:
        """Where layers come or go the columns stand elsewhere, and units with places of their own go along with them.

        `after` is what the `change` made of `before`.
        """
        old, new = len(before.network.sizes) - 1, len(after.network.sizes) - 1
        if old == new or not after.places:
            return after
        first, last = self.picture.column_range()
        # the same change of a document whose places are numbered tells which unit each of them was
        units, most = list(before.places), len(before.places)
        numbered = {unit: (number / most, 0.0) for number, unit in enumerate(units)}
        moved = change(before.with_value("places", written_places(numbered))).places
        places = {}
        for (layer, unit), (x, y) in after.places.items():
            came_from, _ = units[round(moved[layer, unit][0] * most)]
            by = (layer / new - came_from / old) * (last - first)
            places[layer, unit] = (min(1.0, max(0.0, x + by)), y)
        return after.with_value("places", written_places(places))

    def set_to_zero(self) -> None:
        """The selected weights and biases become 0, all at once."""
        wanted = {element: 0.0 for element in self.selection.elements if not isinstance(element, Unit)}
        if not wanted:
            self._say(tr("Select a weight or a bias first."))
            return
        document = self.controller.session.document if self.controller.session is not None else None
        if document is not None:
            label = tr("{what} = 0").format(what=names_of(document, list(wanted)))
            self.controller.do(lambda session: session.set_parameters(wanted, label))

    # ── names and places ─────────────────────────────────────────────────────────────────────────────────────
    def rename(self, unit: Unit, name: str) -> None:
        """Calls a unit by another name."""
        self.reshape(
            lambda document, keep: structure.rename_unit(document, unit.layer, unit.unit, name),
            lambda document: tr("{name} is called {other}").format(name=name_of(document, unit), other=name))

    def name_problem(self, unit: Unit, name: str) -> str:
        """Why a unit cannot have another name, as a sentence that begins with its present one; "" where it can."""
        session = self.controller.session
        if session is None:
            return ""
        try:
            structure.rename_unit(session.document, unit.layer, unit.unit, name)
        except NnvizError as refusal:
            return str(refusal)
        return ""

    def rename_from(self, layer: int, _checked: bool = False) -> None:
        """Lets the units of a layer be named one after the other, from its first."""
        self.selection.choose_one(Unit(layer, 0))
        self.picture.edit_selected()

    def place(self, places: Mapping[tuple[int, int], tuple[float, float]], label: str) -> None:
        """Units stand where they were put."""
        self.controller.do(lambda session: session.edit({"places": written_places(places)}, label))

    def tidy(self) -> None:
        """Every unit stands again where the picture puts it."""
        session = self.controller.session
        if session is None:
            return
        if session.document.places:
            self.place({}, tr("tidied up"))
        else:
            self._say(tr("Every unit stands where the picture puts it; drag one to move it."))

    # ── settings of a layer ──────────────────────────────────────────────────────────────────────────────────
    def choose(self, layer: int, key: str, value: Any, text: str) -> None:
        """Gives a layer another activation, initialiser or bias; asks first where training has to start over."""
        session = self.controller.session
        if session is not None:
            label = tr(CHOICES.get(key, "{layer}: {text}")).format(layer=title_of(session.document, layer), text=text)
            self.edits.make({f"layers.{layer - 1}.{key}": value}, label)

    # ── menus ────────────────────────────────────────────────────────────────────────────────────────────────
    def show_menu(self, element: Element | None, at: QPoint) -> None:
        """What can be done with what was clicked; it is selected first where it was not."""
        session = self.controller.session
        if session is None or not session.document.network.has_units:
            return
        if element is not None and element not in self.selection.elements:
            self.selection.choose_one(element)
        self.mark()
        element_menu(self, session.document, element).popup(at)

    def show_layer_menu(self, layer: int | None = None, at: QPoint | None = None) -> None:
        """What can be done with a layer, by default that of what is selected."""
        session = self.controller.session
        if session is None:
            return
        try:
            chosen = layer_of(self.selection.elements) if layer is None else layer
        except NnvizError as error:
            self._say(str(error))
            return
        layer_menu(self, session.document, chosen).popup(at or self.picture.head_point(chosen))

    def head_clicked(self, layer: int, name: str) -> None:
        """A button at the head of a layer."""
        if name in HEAD_COMMANDS:
            self.do(HEAD_COMMANDS[name], (Unit(layer, 0),))
        elif name == "menu":
            self.show_layer_menu(layer)

    def _catch(self, elements: tuple[Element, ...], besides: bool) -> None:
        if besides:
            self.selection.add(elements)
        else:
            self.selection.choose(elements)

    def mark(self) -> None:
        """The ticks of the menus say what holds for what is selected; found out when somebody is about to see them."""
        session, commands = self.controller.session, self.window.commands
        if session is None or self.controller.player.on_worker or not session.document.network.has_units:
            return
        document = session.document
        elements = [element for element in self.selection.elements if is_in(document.network, element)]
        for name, command in COMMANDS.items():
            if command.is_on is not None:
                commands.check(name, command.is_on(document, elements))

    def _say_mistyped(self, element: Element, problem: str) -> None:
        session = self.controller.session
        if session is not None:
            if problem and not isinstance(element, Unit):       # what is said of a unit's name begins with its own
                problem = tr("{place}: {problem}").format(place=name_of(session.document, element), problem=problem)
            self.controller.message.emit("edit", problem, "error")

    def _say(self, sentence: str) -> None:
        self.controller.said.emit(sentence)


# What choosing a setting of a layer is called, where the choice alone does not say which setting that is.
CHOICES = {"initialise": "{layer}, initialiser: {text}", "bias": "{layer}, bias: {text}"}
# What the buttons at the head of a layer do, by their names.
HEAD_COMMANDS = {"fewer": "remove_last_unit", "more": "add_unit", "behind": "add_layer"}
