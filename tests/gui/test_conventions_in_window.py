"""With a lecture's own words chosen, nothing in the window says nnviz's; and back again everything is as before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QDialog
from pytestqt.qtbot import QtBot

from nnviz.engine.losses import TABLE as LOSSES
from nnviz.gui.dialogs.conventions import ConventionsDialog
from nnviz.gui.dialogs.optimiser import OptimiserDialog
from nnviz.gui.dialogs.schedule import schedule_dialog
from nnviz.gui.formula_card import FormulaCard
from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.plots import Plot
from nnviz.report.conventions import DEFAULT, in_force, put_in_force
from nnviz.report.elements import Unit, Weight
from tests.gui.hands import Opened
from tests.gui.test_translation import DIALOGS, texts_of

LECTURE = {"target_word": "ideal", "output_word": "actual", "rate_letter": "ε", "delta_sign": "descent"}
DEFAULTS = {"target_word": "target", "output_word": "out", "rate_letter": "η", "delta_sign": "slope"}
# Where the words mean something else, or must stay.
MEANT_OTHERWISE = {
    "the units a weight leads from and to": r"Source → target",
    "what files and the command line always say": r"always say target\.",
}
# `out` as the sign of a quantity; by itself it is a word like any other: take out, fade out.
WORDS = re.compile(r"\b[Tt]argets?\b|∂out\b|\bout [hoy]\d|\bout ?[−·)]|[(·] ?out\b|η")


def said_otherwise(texts: Iterable[tuple[str, str]]) -> set[str]:
    """The texts that still have one of nnviz's own words."""
    found = set()
    for where, text in texts:
        left = text
        for pattern in MEANT_OTHERWISE.values():
            left = re.sub(pattern, " ", left)
        if WORDS.search(left):
            match = WORDS.search(left)
            found.add(f"{where}: {match and match[0]!r} in {text[:160]}")
    return found


def settle(qapp: QApplication) -> None:
    for _ in range(5):
        qapp.processEvents()
    qapp.sendPostedEvents(None, QEvent.Type.DeferredDelete)      # forms that were made anew leave nothing behind


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    yield
    put_in_force(DEFAULT)


def walk(window: MainWindow, qapp: QApplication) -> Iterator[tuple[str, str]]:
    """Everything that the window says of the 2-2-2 network in the course of a step, panel by panel."""
    work = window.workbench
    control = work.controller
    for command in (control.step, control.phase, control.phase, control.training_step):
        command()
        for element in (None, Unit(2, 0), Weight(2, 0, 0)):
            control.select(element)
            settle(qapp)
            yield from texts_of(window)
            yield "picture", work.picture.accessibleDescription()
            if element is not None:
                yield "tooltip", work.picture.describe(element)
    for name, dock in work.docks.docks.items():
        dock.show()
        dock.raise_()
        settle(qapp)
        yield from ((f"{name} {where}", text) for where, text in texts_of(dock))
    for plot in window.findChildren(Plot):
        yield from (("axis", plot.getAxis(side).labelText) for side in ("left", "bottom"))
    yield from (("target", text) for text in work.picture.displayed_targets())


def test_no_panel_says_another_word_than_those_in_force(window: MainWindow, opened: Opened, qapp: QApplication) -> None:
    opened("mazur-2-2-2")
    window.settings.change(by_hand=True, **LECTURE)
    found = said_otherwise(walk(window, qapp))
    assert not found, "\n".join(sorted(found))
    assert in_force().learning_rate == "ε"


@pytest.mark.parametrize("name", ["gate-sigmoid-neuron", "gate-descent", "xor-maxout", "surface-noise"])
def test_other_kinds_of_documents_are_said_in_the_words_in_force(
    name: str, window: MainWindow, opened: Opened, qapp: QApplication
) -> None:
    """The panels stay as they were shown, also where the document becomes one of another kind."""
    work = opened("mazur-2-2-2")
    window.settings.change(by_hand=True, **LECTURE)
    for panel in ("trace", "by_hand"):
        work.docks.bring(panel)
        settle(qapp)
        assert window.workbench.documents.open_example(name)
        work.controller.training_step()
        settle(qapp)
        window.grab()
        found = said_otherwise(texts_of(work.docks.docks[panel]))
        assert not found, "\n".join(sorted(found))


def test_switching_and_back_says_every_text_as_before(window: MainWindow, opened: Opened, qapp: QApplication) -> None:
    work = opened("mazur-2-2-2")
    work.controller.training_step()
    work.controller.select(Unit(2, 0))
    for dock in work.docks.docks.values():
        dock.show()
        dock.raise_()
        settle(qapp)
        form = work.docks.panels["configuration"]
        form.finish_marks()
        before = Counter(texts_of(window))      # the parts of a form that is made anew have no order of their own
        window.settings.change(**LECTURE)
        settle(qapp)
        assert Counter(texts_of(window)) != before
        window.settings.change(**DEFAULTS)
        settle(qapp)
        form.finish_marks()
        after = Counter(texts_of(window))
        assert (before - after, after - before) == (Counter(), Counter()), dock.objectName()


@pytest.mark.parametrize("name", sorted(DIALOGS))
def test_no_dialog_says_another_word_than_those_in_force(
    name: str, window: MainWindow, qapp: QApplication, qtbot: QtBot
) -> None:
    if name in ("shortcuts", "about", "preferences"):
        pytest.skip("it names no quantity, or all of them to choose from")
    window.settings.change(**LECTURE)
    dialog = DIALOGS[name](window)
    qtbot.addWidget(dialog)
    dialog.show()
    settle(qapp)
    # Exported tables are described in their own words, and what is read of them is a file's.
    texts = [] if name == "export tables" else list(texts_of(dialog))
    assert not said_otherwise(texts)
    dialog.reject()


def test_formulas_of_the_optimisers_are_written_with_the_letter_in_force(
    window: MainWindow, opened: Opened, qapp: QApplication, qtbot: QtBot
) -> None:
    """Where ε is the learning rate, what keeps Adam's division finite is eps."""
    work = opened("mazur-2-2-2")
    window.settings.change(**LECTURE)
    assert work.controller.session is not None
    dialog = OptimiserDialog(work.controller.session.document.optimiser, window)
    qtbot.addWidget(dialog)
    dialog.field.set_row("adam")
    assert dialog.formula.text() == "w ← w − ε m̂ / (√v̂ + eps)"
    assert work.readout.rate.text() == "ε 0.5" and "ε: how far" in work.training_bar.learning_rate.toolTip()
    schedule = schedule_dialog(window, window.theme)
    schedule.schedule.set_row("exponential")
    assert "η" not in " ".join(text for _, text in texts_of(schedule))
    window.settings.change(**DEFAULTS)
    assert work.readout.rate.text() == "η 0.5" and "η: how far" in work.training_bar.learning_rate.toolTip()


def test_the_numbers_called_delta_turn_round_in_the_picture(window: MainWindow, opened: Opened) -> None:
    work = opened("mazur-2-2-2")
    work.controller.training_step()
    drawing = work.picture.drawing
    assert drawing is not None and drawing.columns[2].delta[0] > 0
    window.settings.change(delta_sign="descent")
    drawing = work.picture.drawing
    assert drawing is not None and drawing.columns[2].delta[0] < 0


def test_the_dialog_shows_each_choice_at_once_and_cancel_takes_them_back(
    window: MainWindow, opened: Opened, qtbot: QtBot
) -> None:
    work = opened("mazur-2-2-2")
    assert work.controller.session is not None
    dialog = ConventionsDialog(window.settings, work.controller.session.document, window)
    qtbot.addWidget(dialog)
    assert dialog.sample.text().startswith("δ o1 = (out − target)·out·(1 − out)")
    window.settings.change(**LECTURE)
    assert dialog.sample.text() == "δ o1 = (ideal − actual)·actual·(1 − actual)\nw5 ← w5 + ε·δ o1·actual h1"
    dialog.half.setCurrentIndex(1)
    assert "2·(" in dialog.sample.text() and dialog.loss() == "squared_error"
    dialog.reject()
    assert in_force() == DEFAULT


def test_half_or_none_is_an_edit_of_the_network_that_undo_takes_back(
    window: MainWindow, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = opened("mazur-2-2-2")

    def choose(dialog: QDialog) -> int:
        assert isinstance(dialog, ConventionsDialog)
        dialog.half.setCurrentIndex(dialog.half.findData("squared_error"))
        dialog.accept()
        return int(QDialog.DialogCode.Accepted.value)

    monkeypatch.setattr(ConventionsDialog, "exec", choose)
    window.commands["conventions"].trigger()
    session = work.controller.session
    assert session is not None and session.document.network.loss.name == "squared_error"
    assert LOSSES["squared_error"].label in " ".join(text for _, text in texts_of(window.strip))
    work.controller.undo()
    assert session.document.network.loss.name == "half_squared_error"


@pytest.mark.parametrize("name, why", [
    ("xor", "no ½"), ("surface-saddle", "surface"), ("gate-sigmoid-neuron", "graph"), ("gate-descent", "graph"),
    ("", "Open a network")])
def test_elsewhere_half_or_none_cannot_be_chosen_and_says_why(
    name: str, why: str, window: MainWindow, opened: Opened, qtbot: QtBot
) -> None:
    session = opened(name).controller.session if name else None
    dialog = ConventionsDialog(window.settings, None if session is None else session.document, window)
    qtbot.addWidget(dialog)
    assert not dialog.half.isEnabled() and why in dialog.half.toolTip() and dialog.loss() == ""
    dialog.reject()


def test_round_like_the_slide_brings_its_panel_and_a_line_in_the_formula_card(
    window: MainWindow, opened: Opened, qapp: QApplication
) -> None:
    work = opened("mazur-2-2-2")
    work.controller.step()
    window.commands["by_hand"].trigger()
    settle(qapp)
    assert window.settings.flag("by_hand") and work.docks.docks["by_hand"].isVisible()
    card = work.docks.panels["inspector"].findChild(FormulaCard)
    assert card is not None
    assert card.sheet.formulas[0].note == "by hand: 0.15·0.05 + 0.2·0.1 + 0.35 ≈ 0.38   drift\N{NO-BREAK SPACE}0.0025"
    window.settings.change(by_hand_decimals=4)
    assert card.sheet.formulas[0].note == "by hand: 0.15·0.05 + 0.2·0.1 + 0.35 = 0.3775   drift\N{NO-BREAK SPACE}0"
    window.commands["by_hand"].trigger()
    settle(qapp)
    assert card.sheet.formulas[0].note == ""


def test_the_formula_of_the_loss_is_written_with_the_names_in_force(window: MainWindow, opened: Opened) -> None:
    work = opened("mazur-2-2-2")
    window.settings.change(**LECTURE)
    drawing = work.picture.drawing
    assert drawing is not None and drawing.caption.endswith("E = Σ ½(ideal − actual)²")
    window.settings.change(**DEFAULTS)
    drawing = work.picture.drawing
    assert drawing is not None and drawing.caption.endswith("E = Σ ½(t − o)²")
