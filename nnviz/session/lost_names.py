"""Labels and frozen parameters are names of parameters: in another network some of them may be names of nothing.

Pieces of maxout give a weight one more index, a layer without biases has none that could be held fast, and a unit that
is gone takes its weights along.  Such names go with the parameters that they belonged to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnviz.engine.network import Network
from nnviz.errors import Refused
from nnviz.session import fields
from nnviz.session.document import Document
from nnviz.session.hand_marks import written_places
from nnviz.words import counted, tr

NAMES = ("labels", "frozen", "disabled", "places", "folded")
_MOST_LISTED = 4


def names_that_stay(document: Document, network: Network) -> dict[str, Any]:
    """Labels and frozen parameters of the document as another network may have them; only what loses some is there."""
    given = document.raw.get("labels", {})
    labels = {key: text for key, text in given.items() if _is_label(key, text, network)}
    known = {name: text for name, text in document.labels.items() if text in labels.values()}
    held = [name for name in document.raw.get("frozen", []) if _is_parameter(name, network, known)]
    stay: dict[str, Any] = {}
    if len(labels) < len(given):
        stay["labels"] = labels
    if len(held) < len(document.raw.get("frozen", [])):
        stay["frozen"] = held
    off = {name: value for name, value in document.disabled.items() if _is_parameter(name, network, known)}
    if len(off) < len(document.disabled):
        stay["disabled"] = off
    put = {unit: place for unit, place in document.places.items()
           if unit[0] < len(network.sizes) and unit[1] < network.sizes[unit[0]]}
    if len(put) < len(document.places):
        stay["places"] = written_places(put)
    folded = {layer for layer in document.folded if layer < len(network.sizes)}
    if len(folded) < len(document.folded):
        stay["folded"] = sorted(folded)
    return stay


def said_of_lost_names(before: Document, after: Document) -> str:
    """Which labels and frozen parameters `after` no longer has; "" where its network can have them all."""
    if before.network.arrays == after.network.arrays:
        return ""
    labels = [text for text in before.labels.values() if text not in after.labels.values()]
    # in a network that was taken apart by hand the others may only have another name
    fewer, on = len(after.frozen) < len(before.frozen), len(after.disabled) < len(before.disabled)
    held = [name for name in before.frozen if fewer and name not in after.frozen]
    off = [name for name in before.disabled if on and name not in after.disabled]
    sentences = []
    if labels:
        sentences.append(counted(
            len(labels), "The label {names} is gone: the network no longer has its parameter.",
            "The labels {names} are gone: the network no longer has their parameters.", names=_listed(labels)))
    if held:
        sentences.append(counted(
            len(held), "{names} is no longer frozen: the network no longer has it.",
            "{names} are no longer frozen: the network no longer has them.", names=_listed(held)))
    if off:
        sentences.append(counted(
            len(off), "{names} is no longer disabled: the network no longer has it.",
            "{names} are no longer disabled: the network no longer has them.", names=_listed(off)))
    return " ".join([*sentences, tr("Undo brings them back.")]) if sentences else ""


def _is_label(key: str, text: Any, network: Network) -> bool:
    try:
        return bool(fields.read_labels({key: text}, "labels", network))
    except Refused:
        return False


def _is_parameter(name: str, network: Network, labels: Mapping[str, str]) -> bool:
    try:
        return bool(fields.read_frozen([name], "frozen", network, labels))
    except Refused:
        return False


def _listed(names: list[str]) -> str:
    if len(names) <= _MOST_LISTED:
        return ", ".join(names)
    first = ", ".join(names[:_MOST_LISTED])
    return tr("{names} and {count} more").format(names=first, count=len(names) - _MOST_LISTED)
