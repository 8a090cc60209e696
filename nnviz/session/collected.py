"""Changes of settings that are tried on a document first and then asked for together, as one edit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nnviz.errors import Refused
from nnviz.session.consequences import changed, reason
from nnviz.session.document import Document
from nnviz.words import counted

_LASTING = ("name", "description", "parameters", "values", "progress")
_LONGEST_LABEL = 3          # settings that an edit of several is named after


class Collected:
    """What is collected so far: `proposed` is the document with it, None where there is nothing."""

    def __init__(self) -> None:
        self.proposed: Document | None = None
        self.labels: dict[str, str] = {}        # of the changes, by path

    def __len__(self) -> int:
        return len(self.labels)

    def forget(self) -> None:
        """Nothing is collected any more."""
        self.proposed, self.labels = None, {}

    def add(self, shown: Document, values: Mapping[str, Any], label: str, path: str) -> None:
        """One change more, made of the document as it is `shown`: with those before it."""
        self.proposed = changed(shown, values)
        self.labels.pop(path, None)
        self.labels[path] = label

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

    def reason(self, document: Document) -> str:
        """Why they start the training of `document` over, as a clause; "" where they do not."""
        return "" if self.proposed is None else reason(document, self.proposed)

    def follow(self, before: Document, document: Document) -> str:
        """`before` was changed elsewhere into `document`: the same is wanted of it; why it cannot be, "" where it can.
        """
        if self.proposed is None:
            return ""
        values = self.values(before)
        try:
            self.proposed = changed(document, values)
        except Refused as refusal:
            self.forget()
            return str(refusal)
        return ""
