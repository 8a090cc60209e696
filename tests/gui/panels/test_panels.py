"""The list of panels, and what holds for all of them."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSpinBox,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QWidget,
)

from nnviz.gui.panels import PANELS
from nnviz.gui.panels.panel import Panel
from nnviz.gui.theme import DARK, LIGHT
from nnviz.gui.theme_apply import apply_theme
from nnviz.report.moment import MEAN
from nnviz.session.session import Session
from tests.gui.panels.views import circle, digits, mazur, view_of, xor

NAMES = [kind.name for kind in PANELS]


def test_names_and_titles_are_their_own_and_docstrings_help() -> None:
    assert NAMES == [
        "inspector", "loss", "gradients", "examples", "trace", "matrices", "weights", "movement", "paths", "lifts",
        "by_hand", "activations", "dead", "predictions", "check", "configuration", "data", "drawing"]
    assert len({kind.title for kind in PANELS}) == len(PANELS)
    assert all(kind.__doc__ and len(kind.__doc__) > 200 for kind in PANELS)


def test_the_list_is_not_imported_before_it_is_read() -> None:
    code = "import sys, nnviz.gui.panels.panel; sys.exit('pyqtgraph' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=".", check=False).returncode == 0


@pytest.mark.parametrize("kind", PANELS, ids=NAMES)
def test_a_panel_fits_a_narrow_dock(show, kind: type[Panel]) -> None:
    session = Session(circle())
    session.advance_steps(60)
    panel = show(kind, view_of(session), (300, 400))
    assert panel.minimumSizeHint().width() <= 300
    assert panel.width() == 300


@pytest.mark.parametrize("kind", PANELS, ids=NAMES)
def test_every_control_has_a_name_and_a_tooltip_and_is_reached_by_tab(show, kind: type[Panel]) -> None:
    session = Session(mazur())
    session.advance_step()
    panel = show(kind, view_of(session))
    for control in panel.findChildren(QWidget):
        kinds = QAbstractButton | QAbstractSpinBox | QComboBox | QLineEdit | QAbstractItemView
        if isinstance(control, kinds) and control.isVisible():
            inside = control.parent()
            if isinstance(inside, QAbstractSpinBox | QComboBox | QLineEdit | QAbstractItemView):
                continue
            assert control.accessibleName(), control
            assert control.toolTip() or isinstance(control, QAbstractItemView), control
            assert control.focusPolicy() & Qt.FocusPolicy.TabFocus, control


@pytest.mark.parametrize("kind", PANELS, ids=NAMES)
def test_the_headers_of_a_table_have_names(show, kind: type[Panel]) -> None:
    session = Session(mazur())
    session.advance_step()
    panel = show(kind, view_of(session))
    assert all(header.accessibleName() for header in panel.findChildren(QHeaderView))


@pytest.mark.parametrize("kind", PANELS, ids=NAMES)
@pytest.mark.parametrize("make", [mazur, xor, circle, lambda: digits(30)], ids=["mazur", "xor", "circle", "digits"])
def test_every_moment_of_every_network_can_be_shown(show, kind: type[Panel], make) -> None:
    session = Session(make())
    panel = show(kind, view_of(session))
    ends = sorted({section.end for section in session.order.sections})
    for cursor in ends[:: max(1, len(ends) // 8)]:
        session.seek_operation(cursor)
        panel.refresh(view_of(session, example=MEAN))
    for theme in (DARK, LIGHT):
        panel.set_theme(theme)
        session.advance_steps(2)
        panel.refresh(view_of(session, playing=True))
    assert not panel.grab().isNull()
    panel.refresh(None)


@pytest.mark.parametrize("kind", PANELS, ids=NAMES)
def test_with_large_text_a_panel_can_still_be_made_low(show, qapp, kind: type[Panel]) -> None:
    session = Session(circle())
    session.advance_steps(60)
    panel = show(kind, view_of(session), (640, 300))
    apply_theme(qapp, LIGHT, 160)
    try:
        for width in (640, 360):
            panel.resize(width, 300)
            panel.refresh(view_of(session))
            qapp.processEvents()
            assert panel.minimumSizeHint().height() <= 160, width      # a table keeps its header and two rows
            assert panel.minimumSizeHint().width() <= 360
        panel.resize(640, 160)
        panel.refresh(view_of(session))
        assert not panel.grab().isNull()
    finally:
        apply_theme(qapp, LIGHT, 100)


@pytest.mark.parametrize("kind", PANELS, ids=NAMES)
def test_a_hidden_panel_can_collect_from_every_network(show, kind: type[Panel]) -> None:
    panel = show(kind)
    panel.hide()
    for make in (mazur, circle):
        session = Session(make())
        panel.collect(view_of(session))
        session.advance_steps(3)
        panel.collect(view_of(session, playing=True))
        panel.refresh(view_of(session))
