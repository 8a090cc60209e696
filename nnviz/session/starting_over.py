"""Some changes of a network can be made in the middle of training, others make a new beginning: which, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.network import Layer
from nnviz.session.document import Document
from nnviz.words import tr


def reason_to_start_over(old: Document, new: Document, start: Callable[[], Document]) -> str:
    """Why training under `new` cannot go on from where it stands under `old`, as a clause; "" where it can.

    `start` makes the old document as it was before training.
    """
    if old.network.sizes != new.network.sizes:
        return tr("the network gets another shape")
    if [layer.bias for layer in old.network.layers] != [layer.bias for layer in new.network.layers]:
        return tr("the network gets other biases")
    if old.network.net_sizes != new.network.net_sizes:
        return tr("the units get another number of pieces")
    if old.seed != new.seed:
        drawn = start().parameters is None
        return tr("another seed means another start") if drawn else tr("another seed deals out the batches anew")
    for one, other in zip(old.network.layers, new.network.layers, strict=True):
        # an activation brings its own default initialiser, which is no reason to throw away what was learned
        if one.initialise != other.initialise and not (_follows(one) and _follows(other)):
            return tr("another initialiser means another start")
        if learns_from(one) != learns_from(other) and one.activation.name == other.activation.name:
            return tr("an activation begins to learn from another number")
    return ""


def _follows(layer: Layer) -> bool:
    """Whether a layer has the initialiser that comes with its activation."""
    return layer.initialise.name == ACTIVATIONS[layer.activation.name].initialise


def learns_from(layer: Layer) -> float | None:
    """The number from which the activation of a layer begins to learn; None where it learns nothing."""
    learned = ACTIVATIONS[layer.activation.name].learned
    return layer.activation.option(learned) if learned else None


def reaches(paths: Iterable[str], *keys: str) -> bool:
    """Whether one of these paths of the document begins with one of the keys."""
    return any(path.partition(".")[0] in keys for path in paths)
