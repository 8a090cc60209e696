"""What an edit of settings does to training, told before it is made: does it go on, or has it to start over, and why?

Everything follows from two documents alone, so that it can be asked while another thread trains.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.network import Layer
from nnviz.session.document import Document
from nnviz.session.fields import PARAMETERS_KEY
from nnviz.session.lost_names import NAMES, names_that_stay
from nnviz.words import tr


def changed(document: Document, values: Mapping[str, Any]) -> Document:
    """The document with other values; where arrays change their shape, exact numbers and names of them go.

    Raises `Refused` where there is no such document.
    """
    # a network that gives its arrays other shapes is read without what belongs to the old ones
    anonymous = document.without("parameters", "progress", *NAMES)
    unnamed = {path: value for path, value in values.items() if not reaches([path], *NAMES)}
    network = anonymous.with_values(unnamed).network
    if network.arrays == document.network.arrays:
        return document.with_values(values)
    return document.without("parameters", "progress").with_values(names_that_stay(document, network) | dict(values))


def sets_start(document: Document, values: Mapping[str, Any]) -> bool:
    """Whether these values say themselves where training begins."""
    return reaches(values, PARAMETERS_KEY[document.network.kind], "progress")


def reset_reason(document: Document, values: Mapping[str, Any]) -> str:
    """Why changing these values has to start training over, as a clause; "" when it need not; `Refused` as `changed`.
    """
    after = changed(document, values)
    return tr("training begins at the numbers given") if sets_start(document, values) else reason(document, after)


def reason(old: Document, new: Document) -> str:
    """Why training cannot go on from `old` to `new` with what it has learned, as a clause; "" where it can."""
    if old.network.sizes != new.network.sizes:
        return tr("the network gets another shape")
    if [layer.bias for layer in old.network.layers] != [layer.bias for layer in new.network.layers]:
        return tr("the network gets other biases")
    if old.network.net_sizes != new.network.net_sizes:
        return tr("the units get another number of pieces")
    if old.seed != new.seed:
        return tr("another seed means another start") if _is_drawn(old) else tr(
            "another seed deals out the batches anew")
    for one, other in zip(old.network.layers, new.network.layers, strict=True):
        # an activation brings its own default initialiser, which is no reason to throw away what was learned
        if one.initialise != other.initialise and not (_follows(one) and _follows(other)):
            return tr("another initialiser means another start")
        if learns_from(one) != learns_from(other) and one.activation.name == other.activation.name:
            return tr("an activation begins to learn from another number")
    return ""


def reaches(paths: Iterable[str], *keys: str) -> bool:
    """Whether one of these paths of the document begins with one of the keys."""
    return any(path.partition(".")[0] in keys for path in paths)


def learns_from(layer: Layer) -> float | None:
    """The number from which the activation of a layer begins to learn; None where it learns nothing."""
    learned = ACTIVATIONS[layer.activation.name].learned
    return layer.activation.option(learned) if learned else None


def _follows(layer: Layer) -> bool:
    """Whether a layer has the initialiser that comes with its activation."""
    return layer.initialise.name == ACTIVATIONS[layer.activation.name].initialise


def _is_drawn(document: Document) -> bool:
    """Whether training began at numbers that the initialisers drew."""
    return (document.parameters if document.progress is None else document.progress.start) is None
