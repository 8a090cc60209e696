"""What is said of the fields of the configuration: what they mean, how their edits are called, what a search finds."""

from __future__ import annotations

from typing import Any

from nnviz.gui.field_editors import STARTS_OVER, limits_of, value_text
from nnviz.gui.translation import tr
from nnviz.session.configuration import Field


def matches(entry: Field, section: str, words: list[str]) -> bool:
    """Whether a field has all these words."""
    if not words:
        return True
    row = "" if entry.row is None else f"{tr(entry.row.label)} {tr(entry.row.help)}"
    text = f"{section} {entry.name} {entry.help} {entry.path} {entry.unit} {row}".casefold()
    return all(word in text for word in words)


def label_of(entry: Field, value: Any) -> str:
    """What an edit is called in the list of things to undo."""
    name = entry.name
    return f"{name[:1].lower()}{name[1:]} {value_text(entry, value)}"


def is_units(entry: Field) -> bool:
    """Whether it says how many units a layer has."""
    return entry.path.startswith("layers.") and entry.path.endswith(".units")


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if not text or text[-1] in ".!?" else f"{text}."


def explained(entry: Field, row_help: str = "") -> tuple[str, str]:
    """What a field means, the row that is chosen in it or looked at, and its limits; then where the document has it."""
    chosen = row_help or ("" if entry.row is None else tr(entry.row.help))
    text = " ".join(filter(None, (_sentence(entry.help), chosen, limits_of(entry))))
    return text, tr("In the document and for --set: {path}").format(path=entry.path)


def said_of_marks() -> str:
    """What the mark beside some fields means."""
    return tr("{sign} marks a setting whose change starts training over. All others change at once, and training goes "
              "on.").format(sign=STARTS_OVER)
