"""What is trained on and what is kept to test: a share, the seed that chooses it, and how many examples that makes."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from nnviz.data.datasets import SPLIT_OPTIONS, Split
from nnviz.gui.fields import Number, NumberBox, second_text
from nnviz.gui.translation import tr
from nnviz.report.numbers import count


class SplitFields(QWidget):
    """The two numbers of a split of somebody's own examples; `edited` whenever one of them is another."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        share, seed = SPLIT_OPTIONS["test_fraction"], SPLIT_OPTIONS["seed"]
        names = [tr(option.titled(key)) for key, option in (("test_fraction", share), ("seed", seed))]
        self.share = NumberBox(share, names[0], tr(
            "Share of the examples that is kept for testing, from 0 to 0.9: it is never trained on"))
        self.seed = NumberBox(seed, names[1], tr("Another seed keeps other examples for testing"))
        self.note = second_text("")
        self.note.setAccessibleName(tr("Training and test examples"))
        self._examples = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 0)
        row.setSpacing(8)
        for title, key, box in ((names[0], "a", self.share), (names[1], "e", self.seed)):
            label = QLabel(title.replace(key, f"&{key}", 1))
            label.setBuddy(box)
            row.addWidget(label)
            row.addWidget(box)
            box.edited.connect(self._changed)
        row.addWidget(self.note, 1)

    def values(self) -> dict[str, Number]:
        """What a document says of the split: the numbers that are not as by default."""
        boxes = {"test_fraction": self.share, "seed": self.seed}
        return {key: value for key, box in boxes.items()
                if (value := box.value()) is not None and value != SPLIT_OPTIONS[key].default}

    def set_split(self, split: Split) -> None:
        """Shows a document's split."""
        self.share.set_value(split.test_fraction)
        self.seed.set_value(split.seed)

    def set_examples(self, examples: int) -> None:
        """Says what becomes of so many examples."""
        self._examples = examples
        self._say()

    def problem(self) -> str:
        """What is wrong, as a sentence; empty where nothing is."""
        return self.share.problem() or self.seed.problem()

    def _changed(self) -> None:
        self._say()
        self.edited.emit()

    def _say(self) -> None:
        share = self.share.value()
        held = Split(float(share or 0.0)).held(self._examples)
        text = tr("{train} to train on, {test} to test").format(train=count(self._examples - held), test=count(held))
        self.note.setText(text if self._examples else "")
        self.seed.setEnabled(bool(share))
