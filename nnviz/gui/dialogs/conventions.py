"""The lecture's own words, letters and signs, chosen in one place; a line shows what formulas then look like."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from nnviz.engine.losses import TABLE as LOSSES
from nnviz.gui.choice_list import ChoiceList
from nnviz.gui.dialogs.preferences import Preferences
from nnviz.gui.fields import described, second_text
from nnviz.gui.fonts import text_font
from nnviz.gui.settings import BY_HAND, CONVENTIONS, Settings
from nnviz.gui.translation import tr
from nnviz.session.document import Document
from nnviz.words import loss_in_words

HALF, WHOLE = "half_squared_error", "squared_error"


class ConventionsDialog(Preferences):
    """The sections of the preferences that say how things are called and rounded, and ½ or none.

    The ½ belongs to the network, not to the program: `loss()` is the loss that the network is to get instead, which
    whoever opened the dialog changes as one edit once it is accepted.
    """

    title = "Conventions"
    sections = (CONVENTIONS, BY_HAND)
    lines = 52

    def __init__(self, settings: Settings, document: Document | None, parent: QWidget | None = None) -> None:
        self._loss = "" if document is None or document.network.kind != "network" else document.network.loss.name
        self._why = "" if self._loss in (HALF, WHOLE) else _why_not(document)
        super().__init__(settings, parent)
        self._show_sample()

    def loss(self) -> str:
        """The loss that the network is to get; "" where it keeps its own."""
        chosen = str(self.half.currentData() or "")
        return chosen if not self._why and chosen != self._loss else ""

    def add_before(self, sections: QVBoxLayout) -> None:
        card = QFrame()
        card.setProperty("card", True)
        grid = QGridLayout(card)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(24)
        grid.setColumnStretch(0, 1)
        self.sample = QLabel()
        self.sample.setTextFormat(Qt.TextFormat.PlainText)
        self.sample.setFont(text_font(1.15 * self.font().pointSizeF()))
        self.sample.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        described(self.sample, tr("Sample"), tr("δ of a sigmoid output and the step of a weight, as they will look"))
        grid.addWidget(self.sample, 0, 0, 1, 2)
        rule = QFrame()
        rule.setProperty("rule", True)
        grid.addWidget(rule, 1, 0, 1, 2)
        words = QVBoxLayout()
        words.setContentsMargins(0, 10, 0, 4)
        words.setSpacing(2)
        words.addWidget(QLabel(tr("Squared error")))
        explanation = second_text(self._why or tr(
            "Part of the network: OK changes its loss, as one edit that Undo takes back."))
        explanation.setWordWrap(True)
        explanation.setProperty("writing", "small")
        words.addWidget(explanation)
        grid.addLayout(words, 2, 0)
        self.half = ChoiceList()
        for name, text in ((HALF, tr("with ½")), (WHOLE, tr("without ½"))):
            self.half.addItem(text, name)
        self.half.setCurrentIndex(self.half.findData(self._loss) if not self._why else -1)
        self.half.setEnabled(not self._why)
        described(self.half, tr("Squared error"), self._why or tr("{half} or {whole}").format(
            half=loss_in_words(LOSSES[HALF].formula), whole=loss_in_words(LOSSES[WHOLE].formula)))
        self.half.currentIndexChanged.connect(self._show_sample)
        grid.addWidget(self.half, 2, 1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.controls["half"] = self.half
        sections.addWidget(card)

    def _settings_changed(self, keys: frozenset[str]) -> None:
        super()._settings_changed(keys)
        self._show_sample()

    def _show_sample(self) -> None:
        lines = self.settings.conventions().sample(self.half.currentData() != WHOLE)
        self.sample.setText("\n".join(lines))
        self.sample.setAccessibleDescription("; ".join(lines))


def _why_not(document: Document | None) -> str:
    if document is None:
        return tr("Open a network to choose: the ½ is part of its loss.")
    if document.surface is not None:
        return tr("A surface has no squared error: its height is the formula itself.")
    if document.network.gates is not None:
        return tr("A computation graph has no squared error: its result is the formula itself.")
    return tr("The loss of this network is {loss}, which has no ½ to choose. Layers and loss offers others.").format(
        loss=tr(LOSSES[document.network.loss.name].label))
