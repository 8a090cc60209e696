"""Which output activation and which loss belong to the targets, as the dialogs ask for it."""

from __future__ import annotations

from nnviz.report.pairing import CLASSES, LABELS, REGRESSION, YES_OR_NO, Pairing, pairing_for

__all__ = ["CLASSES", "LABELS", "REGRESSION", "YES_OR_NO", "Pairing", "pairing_for"]
