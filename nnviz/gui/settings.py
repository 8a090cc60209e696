"""What a user can choose about the program itself, in one table.

The preferences dialog, the limits, the defaults and the file on disk all follow from `SETTINGS`; a new choice
is a new row.  What belongs to a network (its learning rate, its seed) is in the document and never here.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from nnviz.errors import CannotWrite, ChoiceRefused, Refused
from nnviz.gui import speeds
from nnviz.gui.colour_maps import COLOUR_MAPS, DEFAULT
from nnviz.places import settings_folder
from nnviz.report.conventions import Conventions
from nnviz.report.edge_measures import MEASURES
from nnviz.words import tr

Kind = Literal["choice", "int", "float", "bool", "text", "texts"]
Value = str | int | float | bool | tuple[str, ...]
Values = Mapping[str, Value]
Watcher = Callable[[frozenset[str]], object]


@dataclass(frozen=True)
class Setting:
    """One row: `choices` are (value, label) pairs, `limits` the smallest and largest number.

    A row without a section is remembered but not shown in the preferences.
    """

    key: str
    label: str
    help: str
    kind: Kind
    default: Value
    section: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    limits: tuple[float, float] = (-math.inf, math.inf)
    step: float = 1.0
    unit: str = ""

    def accept(self, value: object) -> Value:
        """`value` as this setting keeps it; Refused where it cannot."""
        return _ACCEPT[self.kind](self, value)


SECTIONS = ("Appearance", "Conventions", "By hand", "Stepping and playing", "Picture and plots",
            "Starting and keeping")
APPEARANCE, CONVENTIONS, BY_HAND, STEPPING, PICTURE, KEEPING = SECTIONS

SETTINGS: tuple[Setting, ...] = (
    Setting("theme", "Theme", "Colours of the window. System follows the desktop where it says what it uses.",
            "choice", "system", APPEARANCE, (("system", "System"), ("light", "Light"), ("dark", "Dark"))),
    Setting("text_size", "Text size", "Of everything in the window; make it larger for a projector.",
            "int", 100, APPEARANCE, limits=(50, 300), step=10, unit="%"),
    Setting("target_word", "What is wanted", "What the numbers are called that the network is to give. Exported "
            "tables and the command line always say target.", "choice", "target", CONVENTIONS,
            (("target", "target"), ("ideal", "ideal"))),
    Setting("output_word", "What comes out", "What the output of a unit is called, in sentences and in formulas such "
            "as ∂E/∂out. Exported tables and the command line always say out.", "choice", "out", CONVENTIONS,
            (("out", "output, out"), ("actual", "actual output, actual"))),
    Setting("rate_letter", "Learning rate", "Its letter. Under alpha the slope of a leaky activation is written a; "
            "under epsilon what keeps an optimiser's division finite is written eps.", "choice", "η", CONVENTIONS,
            (("η", "‹η› (eta)"), ("α", "‹α› (alpha)"), ("ε", "‹ε› (epsilon)"))),
    Setting("delta_sign", "Sign of δ", "The slope of the error, or the other way, downhill. Turned round are all "
            "numbers that are called δ; ∂E/∂net and gradients stay.", "choice", "slope", CONVENTIONS,
            (("slope", "δ = ∂E/∂net"), ("descent", "δ = −∂E/∂net"))),
    Setting("digits", "Digits shown", "Significant digits of numbers in the picture and the tables of panels. "
            "Inspector, readings of curves, tooltips and exported tables always have every digit.",
            "int", 6, CONVENTIONS, limits=(2, 17)),
    Setting("by_hand", "Round like the slide", "Also work through the shown step as by hand: every result rounded, "
            "half up, and the next one worked out from the rounded ones.", "bool", False, BY_HAND),
    Setting("by_hand_decimals", "Decimals by hand", "To how many decimals each of those results is rounded.", "int", 2,
            BY_HAND, limits=(0, 12)),
    Setting("step_grain", "One step is", "What Step moves by. Automatic goes unit by unit up to 64 units, then layer "
            "by layer.", "choice", "automatic", STEPPING,
            (("automatic", "Automatic"), ("unit", "One unit"), ("layer", "One layer"))),
    Setting("play_speed", "Play speed", "How fast Play moves through the training.", "choice", speeds.DEFAULT,
            STEPPING, tuple((speed.name, speed.label) for speed in speeds.TABLE.values())),
    Setting("redraw_rate", "Redraw rate", "How often the picture is drawn while playing. A lower rate spares "
            "the processor.", "int", 45, STEPPING, limits=(5, 60), step=5, unit="Hz"),
    Setting("keep_learned", "Keep what was learned", "A unit or layer that is added to a network changes nothing of "
            "what it computes, and training goes on. Otherwise it starts anew.", "bool", True, STEPPING),
    Setting("confirm_reset", "Ask before training is reset", "Some changes, such as another activation, start the "
            "training again from the beginning.", "bool", True, STEPPING),
    Setting("edge_colour", "Colour of edges", "What the colour of an edge in the picture tells. F4 goes through all of "
            "them.", "choice", "gradient", PICTURE, tuple((row.name, row.label) for row in MEASURES.values())),
    Setting("colour_scale", "Colour bar", "How the size of a number becomes a colour. Logarithmic shows small ones "
            "beside large ones.", "choice", "logarithmic", PICTURE,
            (("logarithmic", "Logarithmic"), ("linear", "Linear"))),
    Setting("heat_maps", "Heat maps", "Whether units of a network with two inputs show what they put out over the "
            "whole plane, in networks that are not too large. Automatic shows that where there are more than 8 "
            "examples: with fewer, numbers say more.",
            "choice", "automatic", PICTURE,
            (("automatic", "Automatic"), ("always", "Always"), ("never", "Never"))),
    Setting("discretise", "Discretise heat maps", "Only two colours: below the middle, and from there on; of several "
            "classes, only which one has the largest output.", "bool", False, PICTURE),
    Setting("colour_map", "Colour map", "The colours from weak to strong; all can be read without telling red from "
            "green.", "choice", DEFAULT, PICTURE, tuple((row.name, row.label) for row in COLOUR_MAPS.values())),
    Setting("loss_scale", "Loss axis", "The vertical axis of the loss curve.", "choice", "linear", PICTURE,
            (("linear", "Linear"), ("logarithmic", "Logarithmic"))),
    Setting("formulas", "Formulas in the inspector", "Above the numbers of what is selected stand the formulas that "
            "they come from.", "bool", True, PICTURE),
    Setting("minimap", "Overview when zoomed in", "While the picture is zoomed in, all of it is shown small in a "
            "corner; the frame in it can be dragged.", "bool", True, PICTURE),
    Setting("timeline", "Timeline below the picture", "Every step of the training on a line: drag to any of them.",
            "bool", True, PICTURE),
    Setting("history_budget", "Memory for history", "How much memory past steps may take. Steps beyond it are "
            "computed again when you go back to them, exactly.", "int", 64, KEEPING, limits=(4, 4096), step=16,
            unit="MB"),
    Setting("reopen_last", "Open the last file at start", "Instead of the gallery of examples.", "bool", False,
            KEEPING),
    Setting("recent_files", "Recent files", "", "texts", ()),
    Setting("window_geometry", "Place and size of the window", "", "text", ""),
    Setting("window_state", "Layout of the panels", "", "text", ""),
)
BY_KEY: Mapping[str, Setting] = MappingProxyType({row.key: row for row in SETTINGS})
DEFAULTS: Values = MappingProxyType({row.key: row.default for row in SETTINGS})
#: Which part of the conventions a setting chooses.
CONVENTION_OF = {"target_word": "target", "output_word": "output", "rate_letter": "learning_rate",
                 "delta_sign": "delta"}
MOST_RECENT = 10        # files that the recent menu remembers


class Settings:
    """The values in force. Reading is free; `change` tells every watcher which keys have a new value.

    `path` is the JSON file they are kept in (none: they live as long as the program). Keys that this version does
    not know stay in the file. `message` says what was wrong with the file, or is empty.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path
        self.message = ""
        self._foreign: dict[str, object] = {}
        self._watchers: list[Watcher] = []
        self._saved: Values = DEFAULTS
        self.values: Values = DEFAULTS
        if path is not None:
            self.values = self._saved = self._read(path)

    @classmethod
    def of_this_user(cls) -> Settings:
        """The settings in this user's settings folder."""
        return cls(settings_folder() / "settings.json")

    def __getitem__(self, key: str) -> Value:
        return self.values[key]

    def text(self, key: str) -> str:
        """The value of a choice or text row."""
        return str(self.values[key])

    def whole(self, key: str) -> int:
        """The value of an int row."""
        value = self.values[key]
        assert isinstance(value, int)
        return value

    def flag(self, key: str) -> bool:
        """The value of a bool row."""
        return bool(self.values[key])

    def texts(self, key: str) -> tuple[str, ...]:
        """The value of a texts row."""
        value = self.values[key]
        assert isinstance(value, tuple)
        return value

    def conventions(self) -> Conventions:
        """The words, letters and signs that are chosen."""
        chosen: dict[str, Any] = {part: self[key] for key, part in CONVENTION_OF.items()}
        return Conventions(**chosen)

    def watch(self, watcher: Watcher) -> None:
        """Call `watcher` with the keys that changed, after each change."""
        self._watchers.append(watcher)

    def unwatch(self, watcher: Watcher) -> None:
        """Call `watcher` no longer."""
        self._watchers.remove(watcher)

    def change(self, **values: object) -> None:
        """Put new values in force, all or none; Refused (and nothing changes) where one is not allowed."""
        accepted = {}
        for key, value in values.items():
            if key not in BY_KEY:
                raise ChoiceRefused.unknown("setting", key, BY_KEY)
            accepted[key] = BY_KEY[key].accept(value)
        changed = frozenset(key for key, value in accepted.items() if value != self.values[key])
        if changed:
            self.values = MappingProxyType({**self.values, **accepted})
            for watcher in tuple(self._watchers):
                watcher(changed)

    def restore_defaults(self) -> None:
        """Put every value that the preferences show back to what it was on the first day."""
        self.change(**{row.key: row.default for row in SETTINGS if row.section})

    def remember_file(self, file: Path | str) -> None:
        """Put a file at the top of the recent ones."""
        name = str(Path(file).absolute())
        others = [other for other in self.texts("recent_files") if other != name]
        self.change(recent_files=(name, *others)[:MOST_RECENT])

    def save(self) -> None:
        """Write the file, whole or not at all, where anything changed; CannotWrite where it is impossible."""
        if self.path is None or self.values == self._saved:
            return
        from nnviz.exchange.files import write_file  # brings hashing; the first picture does without

        differing = {key: value for key, value in self.values.items() if value != DEFAULTS[key]}
        text = json.dumps({**self._foreign, **differing}, indent=2, ensure_ascii=False) + "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = error.strerror or str(error)
            text = tr("{folder}: the folder of the settings cannot be made ({reason}).")
            raise CannotWrite(text.format(folder=self.path.parent, reason=reason)) from error
        write_file(self.path, text.encode())
        self._saved = self.values

    def _read(self, path: Path) -> Values:
        try:
            kept = json.loads(path.read_text("utf-8"))
            if not isinstance(kept, dict):
                raise ValueError("not an object")
        except FileNotFoundError:
            return DEFAULTS
        except OSError as error:
            self.message = tr("{path}: the settings cannot be read ({reason}). The defaults are used.").format(
                path=path, reason=error.strerror)
            return DEFAULTS
        except (ValueError, RecursionError):
            broken = path.with_name(path.name + ".broken")
            with contextlib.suppress(OSError):
                os.replace(path, broken)
            self.message = tr("The settings were damaged. They are kept as {file}, and the defaults are used.").format(
                file=broken)
            return DEFAULTS
        values = dict(DEFAULTS)
        refused = []
        for key, value in kept.items():
            if key not in BY_KEY:
                self._foreign[key] = value
                continue
            try:
                values[key] = BY_KEY[key].accept(value)
            except Refused:
                refused.append(key)
        if refused:
            self.message = tr("{path}: {keys} had no usable value. The default is used.").format(
                path=path, keys=", ".join(refused))
        return MappingProxyType(values)


def _choice(row: Setting, value: object) -> Value:
    known = [key for key, _ in row.choices]
    if value not in known:
        raise ChoiceRefused.unknown(row.label.lower(), value, known)
    return str(value)


def _number(row: Setting, value: object) -> float:
    low, high = row.limits
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        text = tr("{value!r} is not a number from {low:g} to {high:g}")
        raise Refused(text.format(value=value, low=low, high=high), tr(row.label))
    return value


def _whole(row: Setting, value: object) -> Value:
    number = _number(row, value)
    if number != int(number):
        raise Refused(tr("{value!r} is not a whole number").format(value=value), tr(row.label))
    return int(number)


def _flag(row: Setting, value: object) -> Value:
    if not isinstance(value, bool):
        raise Refused(tr("{value!r} is neither true nor false").format(value=value), tr(row.label))
    return value


def _text(row: Setting, value: object) -> Value:
    if not isinstance(value, str):
        raise Refused(tr("{value!r} is not a text").format(value=value), tr(row.label))
    return value


def _texts(row: Setting, value: object) -> Value:
    if not isinstance(value, list | tuple) or not all(isinstance(text, str) for text in value):
        raise Refused(tr("{value!r} is not a list of texts").format(value=value), tr(row.label))
    return tuple(value)


_ACCEPT: Mapping[Kind, Callable[[Setting, object], Value]] = {
    "choice": _choice, "int": _whole, "float": lambda row, value: float(_number(row, value)), "bool": _flag,
    "text": _text, "texts": _texts,
}
