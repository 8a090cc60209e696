"""The optimiser of the open network with all its numbers, penalties and clipping among them.

Nothing is changed until Apply, and then all of it at once, as one undoable edit in the middle of the training.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QDialog, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnviz.engine.network import Choice
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.gui.dialogs.form import apply_buttons, open_at, say_consequence
from nnviz.gui.fields import WRONG_TEXT, described, second_text
from nnviz.gui.fonts import text_font
from nnviz.gui.option_fields import ChoiceField
from nnviz.gui.translation import tr
from nnviz.report.numbers import typeset
from nnviz.session.computation_graph import NO_OPTIMISER
from nnviz.words import lettered


class OptimiserDialog(QDialog):
    """Shows `choice`; accepted, `values()` has what is to be another in the document, by path.

    A computation graph `may_have_none`, and where it `has_none`, `choice` is only what it could begin with.
    """

    def __init__(self, choice: Choice, parent: QWidget | None = None, *, may_have_none: bool = False,
                 has_none: bool = False) -> None:
        super().__init__(parent)
        self._had_one = not has_none
        self.setWindowTitle(tr("Optimiser"))
        self._choice = choice
        self.field = ChoiceField(OPTIMISERS, tr("Optimiser"), tr("How gradients become updates"))
        self.none = described(QCheckBox(tr("No optimiser")), tr("No optimiser"), tr("The leaves stay as they are"))
        self.none.setVisible(may_have_none)
        self.none.setChecked(has_none)
        self.formula = QLabel()
        self.formula.setTextFormat(Qt.TextFormat.PlainText)
        self.formula.setFont(text_font(self.formula.font().pointSizeF()))
        self.formula.setAccessibleName(tr("Formula"))
        self.formula.setToolTip(tr("What a step does to each parameter; η is the learning rate"))
        self.formula.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.formula.setContentsMargins(2, 4, 0, 4)
        note = second_text(tr(
            "The loss and the gradients that are shown stay those of the data; penalties and clipping show in the "
            "updates. Biases are not penalised. Another optimiser starts without memory."))
        note.setWordWrap(True)
        self.consequence = described(second_text(""), tr("What Apply does"), tr("Whether anything is changed"))
        self.consequence.setWordWrap(True)
        self.problem_line = QLabel()
        self.problem_line.setTextFormat(Qt.TextFormat.PlainText)
        self.problem_line.setWordWrap(True)
        self.problem_line.setStyleSheet(WRONG_TEXT)
        buttons, self.apply_button, _ = apply_buttons(
            self, tr("Go on training with these settings (Enter)"), tr("Leave everything as it is (Esc)"))

        card = QFrame()
        card.setProperty("card", True)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(16, 14, 16, 14)
        inside.setSpacing(8)
        inside.addWidget(self.none)
        inside.addWidget(self.field)
        inside.addWidget(self.formula)
        page = QVBoxLayout()
        page.setContentsMargins(20, 18, 20, 12)
        page.setSpacing(10)
        page.addWidget(card)
        page.addWidget(note)
        page.addStretch(1)
        rule = QFrame()
        rule.setProperty("rule", True)
        foot = QHBoxLayout()
        foot.setContentsMargins(20, 12, 20, 14)
        foot.setSpacing(16)
        foot.addWidget(self.consequence, 1)
        foot.addWidget(self.problem_line, 1)
        foot.addWidget(buttons)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(page, 1)
        layout.addWidget(rule)
        layout.addLayout(foot)

        self.field.set_choice(choice)
        self.field.edited.connect(self._changed)
        self.none.toggled.connect(self._changed)
        self._changed()
        em = self.fontMetrics().height()
        open_at(self, min(em * 42, 1180), min(max(em * 28, self.sizeHint().height()), 720))
        self.field.setFocus()

    def values(self) -> dict[str, Any]:
        """What differs from the document, by path; the name first, for it brings its own defaults."""
        name, options = self.field.row_name(), OPTIMISERS[self.field.row_name()].options
        before = dict(self._choice.options)
        now = {key: box.value() for key, box in self.field.options.boxes.items()}
        if self.none.isChecked():
            return {"optimiser.name": NO_OPTIMISER} if self._had_one else {}
        values: dict[str, Any] = {} if self._had_one and name == self._choice.name else {"optimiser.name": name}
        for key, option in options.items():
            if now[key] != before.get(key, option.default):
                values[f"optimiser.{key}"] = now[key]
        return values

    def label(self) -> str:
        """What the edit is called in the list of things to undo."""
        chosen = tr("none") if self.none.isChecked() else tr(OPTIMISERS[self.field.row_name()].label)
        return tr("optimiser {name}").format(name=chosen)

    def _changed(self) -> None:
        for part in (self.field, self.formula):
            part.setEnabled(not self.none.isChecked())
        self.formula.setText(typeset(lettered(OPTIMISERS[self.field.row_name()].formula)))
        problem = "" if self.none.isChecked() else self.field.problem()
        self.problem_line.setText(problem)
        changed = bool(self.values()) and not problem
        self.apply_button.setEnabled(changed)
        self.apply_button.setDefault(changed)
        say_consequence(self.consequence, changed, "", tr("Training goes on from here with the same weights."))
        self.consequence.setVisible(not problem)
