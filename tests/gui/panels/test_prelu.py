"""What PReLU learns is seen and changed like any other parameter."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt

from nnviz.gui.panels.gradients import GradientsPanel
from nnviz.gui.panels.inspector import InspectorPanel
from nnviz.report.elements import Alpha, Unit
from nnviz.session.document import Document
from nnviz.session.examples import open_document
from nnviz.session.session import Session
from tests.gui.panels.views import view_of

EACH = {"name": "prelu", "per_unit": 1}


def done(activation: object = "prelu", **values: object) -> Session:
    session = Session(open_document("xor").with_values({"layers.0.activation": activation, **values}))
    session.advance_steps(3)
    return session


@pytest.mark.parametrize("activation", ["prelu", EACH], ids=["per layer", "per unit"])
def test_the_inspector_shows_the_value_and_the_gradient_of_an_alpha(show, activation: object) -> None:
    session = done(activation)
    panel = show(InspectorPanel, view_of(session, selection=Alpha(1, 0)))
    place = session.problem.blocks.positions("alpha1", (0,))[0]
    assert panel.heading.text() == "Activation parameter alpha1[0]"
    for what, vector in (("value", session.record.parameters), ("gradient", session.record.gradient),
                         ("update", session.record.update), ("new value", session.record.new_parameters)):
        assert float(panel.value_label(what).text().replace("−", "-")) == vector[place]
    assert panel.value_label("of" if activation == EACH else "shared by").text().startswith("h1")


def test_a_unit_tells_its_alpha(show) -> None:
    session = done(EACH)
    panel = show(InspectorPanel, view_of(session, selection=Unit(1, 1)))
    value = session.problem.blocks.unpack(session.state.parameters(session.problem))["alpha1"][1]
    assert panel.value_label("activation parameter").text() == f"alpha1[1] = {value}"
    gradient = session.problem.blocks.unpack(session.record.gradient)["alpha1"][1]
    assert float(panel.value_label("∂E/∂alpha1[1]").text().replace("−", "-")) == gradient


def test_a_value_typed_for_an_alpha_is_an_edit(show, qtbot) -> None:
    session = done()
    panel = show(InspectorPanel, view_of(session, selection=Alpha(1, 0)))
    panel.field.selectAll()
    qtbot.keyClicks(panel.field, "0.5")
    with qtbot.waitSignal(panel.value_edited) as told:
        qtbot.keyClick(panel.field, Qt.Key.Key_Return)
    session.set_parameter(*told.args)
    assert session.problem.blocks.unpack(session.state.parameters(session.problem))["alpha1"].tolist() == [0.5]
    session.undo()
    assert session.problem.blocks.unpack(session.state.parameters(session.problem))["alpha1"].tolist() != [0.5]


def test_the_table_has_a_row_for_every_alpha(show) -> None:
    session = done(EACH)
    panel = show(GradientsPanel, view_of(session))
    rows = panel.model.rows
    names = [rows.name(row) for row in range(len(rows))]
    hidden = session.problem.network.sizes[1]
    alphas = [name for name in names if name.kind == "activation"]
    assert [name.canonical for name in alphas] == [f"alpha1[{unit}]" for unit in range(hidden)]
    assert [name.target for name in alphas] == list(session.problem.network.names(1))
    for word in ("alpha1", "activation"):
        assert [rows.name(int(row)).kind for row in rows.matching(word).nonzero()[0]] == ["activation"] * hidden
    assert panel.model.row_of(Alpha(1, 1)) is not None and panel.model.row_of(Alpha(2, 0)) is None


def test_alphas_are_saved_named_frozen_and_go_on_bit_for_bit() -> None:
    session = done("prelu", labels={"alpha1[0]": "slope"}, **{"optimiser.name": "adam"})
    again = Session(Document.from_tree(json.loads(session.document_now().to_bytes())))
    for either in (session, again):
        either.advance_steps(5)
    assert again.state.vector.tolist() == session.state.vector.tolist()
    frozen = done("prelu", labels={"alpha1[0]": "slope"}, frozen=["slope"])
    assert frozen.problem.blocks.unpack(frozen.state.parameters(frozen.problem))["alpha1"].tolist() == [0.25]


def test_an_activation_that_learns_goes_on_with_the_same_weights_and_undo_goes_back() -> None:
    session = Session(open_document("xor"))
    session.advance_steps(4)
    before = session.state.vector.tolist()
    assert not session.reset_reason({"layers.0.activation": "prelu"})
    session.edit({"layers.0.activation": "prelu"}, "PReLU")
    assert session.state.step == 4 and session.problem.network.array("alpha1") is not None
    session.undo()
    assert session.state.vector.tolist() == before
