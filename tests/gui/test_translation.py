"""Every word that the window shows passes through `tr`: a translator that marks what it is given marks them all."""

from __future__ import annotations

import platform
import re
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QAbstractListModel, Qt, QTranslator
from PySide6.QtGui import QAction, QPainter, QStaticText
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QDialog,
    QGroupBox,
    QHeaderView,
    QLabel,
    QLineEdit,
    QListWidget,
    QMenu,
    QMessageBox,
    QSpinBox,
    QTabBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from nnviz import words
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.expression import GATES
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.exchange.session_export import SessionExporter
from nnviz.gui import fields, translation
from nnviz.gui.dialogs.about import About
from nnviz.gui.dialogs.data import DataDialog
from nnviz.gui.dialogs.export_picture import ExportPictureDialog
from nnviz.gui.dialogs.export_tables import ExportTablesDialog
from nnviz.gui.dialogs.import_data import ImportDataDialog
from nnviz.gui.dialogs.layers import LayersDialog
from nnviz.gui.dialogs.new_network import NewNetworkDialog
from nnviz.gui.dialogs.preferences import Preferences
from nnviz.gui.dialogs.shortcuts import ShortcutSheet
from nnviz.gui.main_window import MainWindow
from nnviz.gui.panels.configuration import ConfigurationPanel
from nnviz.gui.panels.plots import Plot
from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.inspection import accessible_description, describe, text_of
from nnviz.report.moment import MEAN
from nnviz.report.numbers import typeset
from nnviz.session.document import Document
from nnviz.session.examples import example_names, open_example
from tests.gui.hands import new_window, take_apart

FORMULAS = {
    *(row.formula for table in (ACTIVATIONS, INITIALISERS, OPTIMISERS, LOSSES) for row in table.values()),
    *(row.derivative for row in ACTIVATIONS.values() if len(row.derivative) > 1),
    *(text for row in LOSSES.values() for text in (row.term, row.term_slope)),
    *(gate.formula for gate in GATES.values()),
}  # fmt: skip
FORMULAS |= {typeset(formula) for formula in FORMULAS}
# What stays as it is in every language, and why.
UNTRANSLATED = {
    "the names of the bundled examples": "|".join(map(re.escape, sorted(example_names(), key=len, reverse=True))),
    "formulas": "|".join(map(re.escape, sorted(FORMULAS - {"x"}, key=len, reverse=True))) + r"|\b(log|tanh|max)\b",
    "powers of a surface's formula": r"[xy][⁰¹²³⁴-⁹]+",
    "what the contract calls nodes and parameters": r"\b(net|out)\b|\b[ihowbW]\d[\d_]*(\[[\d,]*\])?",
    "the names of numbers in formulas as text, which are those of the trace": r"\b(new|old|through|target)\b",
    "derivatives": r"[δ∂Σ][\w/∂]*",
    "keys": r"\b(Ctrl|Shift|Alt|Esc|Return|Enter|Space|Left|Right|Up|Down|Home|End|Ins|Del|PgUp|PgDown|F\d+)\b",
    "units of measurement": r"\b(Hz|[kMGT]B)\b",
    "programs, fonts, formats and their endings": r"\b(nnviz|Python|Qt|PySide6-Essentials|pyqtgraph|numpy|orjson)\b"
    r"|\.?\b(json|csv|png|svg|pdf|CSV|PNG|SVG|PDF)\b",
}


class Marking(QTranslator):
    """Another language, in which every text stands in brackets."""

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, text: str, disambiguation: str | None = None, number: int = -1) -> str:
        return text if context == "QShortcut" else f"⟦{text}⟧"      # Qt reads the names of keys as well


def unmarked(text: str, names: Iterable[str] = ()) -> str:
    """The words of a text that were not translated and are not on the list; `names` are what a document brings."""
    while (rest := re.sub(r"⟦[^⟦⟧]*⟧", " ", text)) != text:
        text = rest
    for pattern in (*UNTRANSLATED.values(), *(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names)):
        text = re.sub(pattern, " ", text)
    return " ".join(re.findall(r"[^\W\d_]{2,}", text))


def said_by(widget: QWidget) -> Iterator[tuple[str, str]]:
    """(where, text) of everything that a widget says itself."""
    name = f"{type(widget).__name__} {widget.objectName()}".strip()
    for what in ("toolTip", "statusTip", "whatsThis", "accessibleName", "accessibleDescription"):
        yield f"{name}.{what}", getattr(widget, what)()
    if widget.isWindow() or type(widget).__name__ == "QDockWidget":
        yield f"{name}.windowTitle", widget.windowTitle()
    for kind, properties in _PROPERTIES.items():
        if isinstance(widget, kind):
            for what in properties:
                yield f"{name}.{what}", getattr(widget, what)()
    if isinstance(widget, QComboBox):
        for place in range(widget.count()):
            yield f"{name}.item", widget.itemText(place)
            yield f"{name}.itemToolTip", widget.itemData(place, Qt.ItemDataRole.ToolTipRole) or ""
    if isinstance(widget, QTabBar):
        for place in range(widget.count()):
            yield f"{name}.tab", widget.tabText(place)
            yield f"{name}.tabToolTip", widget.tabToolTip(place)
    if isinstance(widget, QAbstractItemView) and not isinstance(widget, QHeaderView) and widget.model() is not None:
        yield from _said_by_model(name, widget)
    for action in widget.actions():
        for what in ("text", "toolTip", "statusTip", "whatsThis"):
            yield f"action {action.objectName()}.{what}", getattr(action, what)()


_PROPERTIES: dict[type[QWidget], tuple[str, ...]] = {
    QLabel: ("text",), QAbstractButton: ("text",), QGroupBox: ("title",), QMenu: ("title",),
    QLineEdit: ("placeholderText",), QSpinBox: ("prefix", "suffix", "specialValueText"),
}
_ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole)


def _said_by_model(name: str, view: QAbstractItemView) -> Iterator[tuple[str, str]]:
    model = view.model()
    for role in _ROLES:
        for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount()):
            if not isinstance(view, QListWidget):
                yield f"{name} header", str(model.headerData(column, Qt.Orientation.Horizontal, role) or "")
            for row in range(min(model.rowCount(), 40)):
                yield f"{name} cell", str(model.index(row, column).data(role) or "")


def texts_of(root: QWidget) -> Iterator[tuple[str, str]]:
    for widget in (root, *root.findChildren(QWidget)):
        yield from said_by(widget)
    for action in root.findChildren(QAction):
        yield f"action {action.objectName()}", action.text()


def assert_marked(texts: Iterable[tuple[str, str]], names: Iterable[str] = ()) -> None:
    found = {(where, left, text[:150]) for where, text in texts if (left := unmarked(text, names))}
    assert not found, "\n" + "\n".join(f"{where}: {left!r} in {text!r}" for where, left, text in sorted(found))


@pytest.fixture(scope="module")
def other_language(qapp: QApplication) -> Iterator[None]:
    translator = Marking()
    assert qapp.installTranslator(translator)
    translation.ask_qt()
    yield
    qapp.removeTranslator(translator)
    translation.ask_qt()
    assert words.tr("step") == "step"


@pytest.fixture(scope="module")
def window(qapp: QApplication, other_language: None) -> Iterator[MainWindow]:
    """One window for all tests."""
    main = new_window(qapp)
    main.workbench.controller.close()
    yield main
    main.workbench.controller.close()
    take_apart(qapp, main)


def settle(qapp: QApplication) -> None:
    for _ in range(5):
        qapp.processEvents()


def test_the_window_with_its_gallery(window: MainWindow, qtbot: QtBot) -> None:
    found = list(texts_of(window))
    assert sum("⟦" in text for _, text in found) > 200
    assert_marked(found)


def names_in(document: Document) -> list[str]:
    """What a document calls its units and parameters."""
    network = document.network
    return [*network.inputs, *(unit for layer in network.layers for unit in layer.units), *document.labels.values()]


EXAMPLES = ("surface-noise", "mazur-2-2-2", "xor-relu-dead", "softmax-cross-entropy", "circle")


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_window_with_a_network(name: str, window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    work = window.workbench
    assert work.documents.open_example(name)
    control = work.controller
    for command in (lambda: None, control.step, control.phase, control.phase, control.training_step, control.epoch):
        command()
        for element in (None, Unit(0, 0), Unit(1, 0), Unit(len(control.view.problem.network.layers), 0)):
            control.select(element)
            settle(qapp)
            assert_marked(texts_of(window), names_in(open_example(name)))
    for panel in ("gradients", "dead", "activations", "loss", "inspector"):
        work.docks.docks[panel].raise_()
        settle(qapp)
        assert_marked(texts_of(window), names_in(open_example(name)))


@pytest.mark.parametrize("name", EXAMPLES)
def test_everything_that_can_be_said_of_an_element_at_every_moment(name: str, window: MainWindow, qtbot: QtBot) -> None:
    work = window.workbench
    assert work.documents.open_example(name)
    control = work.controller
    session = control.session
    assert session is not None
    last = len(session.problem.network.layers)
    biases = [Bias(layer, 0) for layer in (1, last) if session.problem.network.layers[layer - 1].bias != "none"]
    elements = (Unit(0, 0), Unit(1, 0), Unit(last, 0), Weight(1, 0, 0), Weight(last, 0, 0), *biases)
    for example in (0, MEAN):
        control.choose_example(example)
        sections = session.order.sections
        for cursor in (0, *(section.start + 1 for section in sections), session.order.length):
            control.do(lambda session, cursor=cursor: session.seek_operation(cursor))
            view = control.view
            assert view is not None
            said = [(what, f"{what} {text}") for element in (None, *elements) for what, text in text_of(view, element)]
            for element in elements:
                said += [("tooltip", describe(view.document, view.moment, element)),
                         ("spoken", accessible_description(view.document, view.moment, element))]
            assert_marked(said, names_in(view.document))


def test_what_is_painted(window: MainWindow, qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[tuple[str, str]] = []

    def recording(name: str) -> Callable[..., Any]:
        draw = getattr(QPainter, name)

        def recorded(painter: QPainter, *arguments: Any) -> Any:
            for argument in arguments:
                if isinstance(argument, str | QStaticText):
                    painted.append((name, argument if isinstance(argument, str) else argument.text()))
            return draw(painter, *arguments)

        return recorded

    for name in ("drawText", "drawStaticText"):
        monkeypatch.setattr(QPainter, name, recording(name))
    work = window.workbench
    assert work.documents.open_example("xor-relu-dead")
    for command in (work.controller.step, work.controller.training_step):
        command()
        settle(qapp)
        window.grab()
    work.show_gallery()
    settle(qapp)
    window.grab()
    # A long text is painted line by line, and what has no room ends in an ellipsis.
    whole = re.sub(r"⟦[^⟦⟧]*…|\S+…", "", " ".join(text for _, text in painted))
    assert whole.count("⟦") > 20
    assert_marked([("painted", whole)], names_in(open_example("xor-relu-dead")))


def test_the_plots(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    assert window.workbench.documents.open_example("spiral")
    window.workbench.controller.epoch()
    settle(qapp)
    plots = window.findChildren(Plot)
    assert plots
    assert_marked([("axis", plot.getAxis(side).labelText) for plot in plots for side in ("left", "bottom")])


def test_that_nothing_more_can_be_learnt(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    assert window.workbench.documents.open_example("zero-initialisation")
    control = window.workbench.controller
    for rate in (0.1, 0.0):
        control.edit({"optimiser.learning_rate": rate}, "")
        control.training_step()
        settle(qapp)
        assert not window.workbench.standstill.isHidden()
        assert_marked([("status bar", control.standstill_text), *texts_of(window.statusBar())])


def test_messages(window: MainWindow, qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> None:
    work = window.workbench
    assert work.documents.open_example("linear-regression")
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "page.json").write_text("<html>")

    def message() -> str:
        settle(qapp)
        text = " ".join(label.text() for label in window.strip.findChildren(QLabel) if not label.isHidden())
        window.strip.clear()
        return text.replace(str(tmp_path), "").replace("broken.json", "").replace("page.json", "")

    said = []
    for file in ("broken.json", "page.json", "none.json"):
        work.documents.open_path(tmp_path / file)
        said.append(message())
    work.controller.edit({"batch_size": -3}, "")
    said.append(message())
    work.edits.make({"optimiser.learning_rate": 1e300}, "")
    for _ in range(4):
        work.controller.training_step()
    said.append(message())
    assert all("⟦" in text for text in said) and any("diverges" in text for text in said), said
    path = r"layers\S*|batch_size\S*|none\.json"
    assert_marked([("strip", re.sub(path, "", text)) for text in said])


def test_what_undo_takes_back(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    work, control = window.workbench, window.workbench.controller
    assert work.documents.open_example("xor")
    work.settings.change(confirm_reset=False)
    undo, said = window.commands["undo"], []
    bar = work.training_bar
    changes: tuple[Callable[[], object], ...] = (
        lambda: bar.learning_rate.value_chosen.emit(0.25), lambda: bar.batch_size.value_chosen.emit(2),
        lambda: bar.seed.value_chosen.emit(9), lambda: bar._ask_activation("relu"),
        lambda: bar._ask_optimiser("adam"), lambda: control.set_parameter(Weight(1, 0, 0), 0.5),
        control.training_step, control.reset, control.random_start,
    )
    for change in changes:
        change()
        settle(qapp)
        said.append(undo.text())
    assert len(set(said)) == len(changes) - 1
    control.undo()
    settle(qapp)
    assert_marked([("undo", text) for text in [*said, window.commands["redo"].text()]])


def _new_network(window: MainWindow) -> QDialog:
    dialog = NewNetworkDialog(window.theme, window)
    for loss in LOSSES:
        dialog.loss.set_row(loss)
    return dialog


def _data(window: MainWindow) -> QDialog:
    assert window.workbench.documents.open_example("xor")
    session = window.workbench.controller.session
    assert session is not None
    session.advance_steps(2)
    dialog = DataDialog(window.theme, session, window)
    dialog.section.data.set_row("digits")
    dialog.section.scaling.set_row("quantile")
    dialog.draw_preview()
    return dialog


def _export_tables(window: MainWindow) -> QDialog:
    assert window.workbench.documents.open_example("mazur-2-2-2")
    session = window.workbench.controller.session
    assert session is not None
    return ExportTablesDialog(SessionExporter(session), "mazur-2-2-2", Path("/"), "metrics", window)


def _export_picture(window: MainWindow) -> QDialog:
    assert window.workbench.documents.open_example("mazur-2-2-2")
    drawing = window.workbench.exports.drawing()
    assert drawing is not None
    return ExportPictureDialog(drawing, window.theme, "mazur-2-2-2", Path("/"), 6, window)


def _import_data(window: MainWindow, content: str) -> QDialog:
    path = Path(tempfile.mkdtemp()) / "a.csv"
    path.write_text(content)
    dialog = ImportDataDialog(path, window)
    deadline = time.monotonic() + 10
    while dialog.page.is_busy and time.monotonic() < deadline:
        QApplication.processEvents()
    return dialog


def _layers(window: MainWindow) -> QDialog:
    assert window.workbench.documents.open_example("mazur-2-2-2")
    session = window.workbench.controller.session
    assert session is not None
    dialog = LayersDialog(window.theme, session.document, session.segment.data.targets, session.reset_reason, window)
    dialog.cards[0].activation.set_row("prelu")
    return dialog


DIALOGS: dict[str, Callable[[MainWindow], QDialog]] = {
    "new network": _new_network,
    "data and scaling": _data,
    "layers": _layers,
    "export tables": _export_tables,
    "export picture": _export_picture,
    "import data": lambda window: _import_data(window, "a,b\n1,x\n,y\n"),
    "import data that are wrong": lambda window: _import_data(window, "a,b\n1,x\n2\n"),
    "import data out of a page": lambda window: _import_data(window, "<html>"),
    "preferences": lambda window: Preferences(window.settings, window),
    "shortcuts": ShortcutSheet,
    "about": About,
}


@pytest.mark.parametrize("make", DIALOGS.values(), ids=DIALOGS)
def test_a_dialog(make: Callable[[MainWindow], QDialog], window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    dialog = make(window)
    qtbot.addWidget(dialog)
    dialog.show()
    settle(qapp)
    assert_marked(texts_of(dialog), (platform.system(), platform.release(), platform.machine()))
    dialog.reject()


def test_the_questions(window: MainWindow, qapp: QApplication, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnviz.gui.dialogs import unsaved

    found: list[tuple[str, str]] = []

    def answer(box: QMessageBox) -> int:
        found.extend([*texts_of(box), ("text", box.text()), ("more", box.informativeText())])
        return int(QMessageBox.StandardButton.Cancel.value)

    monkeypatch.setattr(QMessageBox, "exec", answer)
    unsaved.ask(window, "xor", 1)
    unsaved.ask(window, "xor", 2)
    unsaved.confirm_reset(window, words.tr("the network gets another shape"))
    assert found
    assert_marked(found)


def test_the_help_of_every_panel(window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    for panel in window.workbench.docks.panels.values():
        window.workbench.show_panel_help(panel)
    settle(qapp)
    shown = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
    assert len(shown) == len(window.workbench.docks.panels)
    for dialog in shown:
        assert_marked(texts_of(dialog))
        dialog.close()
    settle(qapp)


@pytest.mark.parametrize("name", ["xor", "surface-ravine", "gate-branch"])
def test_the_form_of_all_settings(name: str, window: MainWindow, qapp: QApplication, qtbot: QtBot) -> None:
    assert window.workbench.documents.open_example(name)
    window.workbench.configure()
    settle(qapp)
    panel = window.workbench.docks.panels["configuration"]
    assert isinstance(panel, ConfigurationPanel)
    panel.finish_marks()
    for row in panel.rows().values():
        row.editor.control.setFocus()
        assert_marked([("help", panel.foot.help.text()), ("said", panel.foot.said.text())])
    view = window.workbench.controller.view
    assert view is not None
    assert_marked(texts_of(panel), names_in(view.document))
    window.workbench.docks.docks["configuration"].hide()


def test_a_wrong_number_in_a_field(other_language: None, qtbot: QtBot) -> None:
    box = fields.NumberBox(fields.Option(0.1, 0.0), words.tr("Learning rate"), words.tr("how far"))
    qtbot.addWidget(box)
    box.lineEdit().setText("much")
    assert_marked([("problem", box.problem().replace("much", "")), *said_by(box)])
    assert box.problem()
