"""Changes of settings that are tried on a document first and then asked for together, as one edit.

Units and layers come and go among them by functions of `session.structure`, so that what was learned can be kept.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from nnviz.errors import Refused
from nnviz.session.consequences import changed, reason
from nnviz.session.document import Document
from nnviz.session.lost_names import names_that_stay
from nnviz.session.parts import Arrays
from nnviz.words import counted

_LASTING = ("name", "description", "parameters", "values", "progress")
_LONGEST_LABEL = 3          # settings that an edit of several is named after

Reshape = Callable[[Document, bool], Document]      # another network made of one; True: what was learned is kept


@dataclass(frozen=True)
class _Step:
    """One change: values by path, or another shape."""

    path: str
    values: Mapping[str, Any]
    reshape: Reshape | None = None

    def of(self, document: Document, keep: bool) -> Document:
        return _with_values(document, self.values) if self.reshape is None else self.reshape(document, keep)


class Collected:
    """What is collected so far: `proposed` is the document with it, None where there is nothing.

    With `keep` units and layers come and go so that what was learned is kept.
    """

    def __init__(self) -> None:
        self.proposed: Document | None = None
        self.labels: dict[str, str] = {}        # of the changes, by path
        self._steps: list[_Step] = []

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def reshapes(self) -> bool:
        """Whether units or layers come or go."""
        return any(step.reshape is not None for step in self._steps)

    def forget(self) -> None:
        """Nothing is collected any more."""
        self.proposed, self.labels, self._steps = None, {}, []

    def add(self, shown: Document, values: Mapping[str, Any], label: str, path: str) -> None:
        """One change more, made of the document as it is `shown`: with those before it."""
        self._add(_Step(path, dict(values)), _with_values(shown, values), label)

    def add_reshape(self, document: Document, change: Reshape, label: str, path: str, keep: bool) -> None:
        """Units or layers more or fewer in `document` with all that is collected; in place of what `path` was before.
        """
        before, step = self._steps, _Step(path, {}, change)
        self._steps = [other for other in before if other.path != path or other.reshape is None]
        try:
            proposed = step.of(self.made(document, keep), keep)
        except Refused:
            self._steps = before
            raise
        self._add(step, proposed, label)

    def _add(self, step: _Step, proposed: Document, label: str) -> None:
        self._steps.append(step)
        self.proposed = proposed
        self.labels.pop(step.path, None)
        self.labels[step.path] = label

    def made(self, document: Document, keep: bool) -> Document:
        """The document with all changes, one after the other."""
        for step in self._steps:
            document = step.of(document, keep)
        return document

    def change(self) -> Reshape:
        """All of them as one change of shape, whatever is collected afterwards."""
        steps = list(self._steps)

        def made(document: Document, keep: bool) -> Document:
            for step in steps:
                document = step.of(document, keep)
            return document

        return made

    def values(self, document: Document) -> dict[str, Any]:
        """What they make another in `document`, by its keys."""
        if self.proposed is None:
            return {}
        before = document.raw
        return {key: value for key, value in self.proposed.raw.items()
                if key not in _LASTING and value is not before.get(key) and value != before.get(key)}

    def label(self) -> str:
        """What an edit of all of them is called."""
        labels = list(self.labels.values())
        return ", ".join(labels) if len(labels) <= _LONGEST_LABEL else counted(
            len(labels), "{count} setting", "{count} settings")

    def reason(self, document: Document, keep: bool, proposed: Document | None = None) -> str:
        """Why they start the training of `document` over, as a clause; "" where they do not.

        `proposed` is the document with one change more.
        """
        proposed = self.proposed if proposed is None else proposed
        if proposed is None:
            return ""
        if keep and self.reshapes:
            try:
                for step in self._steps:
                    document = document if step.reshape is None else step.reshape(document, True)
            except Refused:
                pass       # they hold only with settings that are collected too: the network as it is tells
        return reason(document, proposed)

    def follow(self, document: Document, keep: bool) -> str:
        """The network became `document` elsewhere: the same is wanted of it; why it cannot be, "" where it can."""
        if self.proposed is None:
            return ""
        try:
            self.proposed = self.made(document, keep)
        except Refused as refusal:
            self.forget()
            return str(refusal)
        return ""


def _with_values(document: Document, values: Mapping[str, Any]) -> Document:
    """The document with other values and the numbers that still fit; what activations learn begins anew."""
    after = changed(document, values)
    same = [(array.name, array.shape) for array in after.network.arrays if array.kind != "activation"]
    if document.parameters is None or after.parameters is not None or same != [
            (array.name, array.shape) for array in document.network.arrays if array.kind != "activation"]:
        return after
    names = {name for name, _ in same}

    def kept(arrays: Arrays) -> Arrays:
        return {name: array for name, array in arrays.items() if name in names}

    progress = document.progress
    if progress is not None:
        memory = {name: kept(arrays) for name, arrays in progress.optimiser_state.items()}
        start = None if progress.start is None else kept(progress.start)
        progress = replace(progress, optimiser_state=memory, start=start)
    stripped = document.with_state(kept(document.parameters), progress)
    return stripped.with_values(names_that_stay(document, after.network) | dict(values))
