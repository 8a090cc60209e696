"""Folded layers are saved with a network and stay folded whatever becomes of it, but folding is no edit."""

from __future__ import annotations

from typing import Any

from nnviz.exchange.notebook import load, save
from nnviz.session.change import NO_CHANGE
from nnviz.session.document import Document
from nnviz.session.session import Session
from nnviz.session.structure import add_layer, add_units, remove_layer

TREE: dict[str, Any] = {
    "format": "nnviz", "version": 1, "kind": "network", "inputs": 2,
    "layers": [{"units": 6, "activation": "tanh"}, {"units": 5, "activation": "tanh"},
               {"units": 1, "activation": "sigmoid"}],
    "loss": "binary_cross_entropy", "data": {"name": "xor"}, "seed": 3,
}


def session_of(**more: Any) -> Session:
    return Session(Document.from_tree({**TREE, **more}))


def folded(session: Session) -> frozenset[int]:
    return session.folds.of(session.problem.network)


def fold(session: Session, *layers: int) -> None:
    session.folds.fold(session.problem.network, frozenset(layers))


def test_what_is_folded_is_saved_and_opened_again(tmp_path: Any) -> None:
    session = session_of()
    fold(session, 2, 1)
    session.advance_steps(3)
    save(session, tmp_path / "folded.json")
    again = load(tmp_path / "folded.json")
    assert folded(again) == {1, 2} and again.document_now().raw["folded"] == [1, 2]
    assert again.document_now() == session.document_now()
    assert again.state.vector.tobytes() == session.state.vector.tobytes()
    fold(again)
    assert "folded" not in again.document_now().raw, "nothing folded needs no key"


def test_folding_is_no_edit_and_nothing_is_lost_by_it() -> None:
    session = session_of()
    session.advance_steps(5)
    session.mark_saved()
    fold(session, 1)
    assert session.updates_done == 5 and not session.undo_list and not session.is_modified


def test_a_layer_stays_folded_whatever_step_and_edit_one_goes_to() -> None:
    session = session_of()
    session.advance_steps(5)
    session.edit({"optimiser.learning_rate": 0.25}, "rate")
    session.advance_steps(5)
    fold(session, 2)
    session.seek(2)
    assert folded(session) == {2}
    session.seek(10)
    session.undo()
    assert folded(session) == {2} and session.document.learning_rate != 0.25
    session.redo()
    session.reset()
    assert folded(session) == {2}


def test_an_edit_goes_on_with_what_is_folded_and_one_that_changes_nothing_is_none() -> None:
    session = session_of(folded=[1])
    assert folded(session) == {1}
    fold(session, 2)
    assert session.edit({"optimiser.learning_rate": session.document.learning_rate}, "") is NO_CHANGE
    session.edit({"layers.0.activation": "relu"}, "")
    assert folded(session) == {2} and session.document_now().folded == {2}


def test_folds_go_with_their_layers_and_undo_finds_what_was_folded_before() -> None:
    session = session_of()
    session.advance_steps(3)
    fold(session, 2)
    session.reshape(add_layer(session.document_now(), 0), "a layer more")
    assert session.problem.network.sizes == (2, 2, 6, 5, 1) and folded(session) == {3}
    session.reshape(add_units(session.document_now(), 3), "a unit more")
    assert folded(session) == {3} and session.updates_done == 3
    session.undo()
    session.undo()
    assert folded(session) == {2}
    session.redo()
    assert folded(session) == {3}
    session.undo()
    session.reshape(remove_layer(session.document_now(), 2), "a layer less")
    assert folded(session) == frozenset()


def test_a_fold_of_a_layer_that_is_gone_does_not_hinder() -> None:
    session = session_of(folded=[1, 2])
    session.edit({"layers": [TREE["layers"][-1]]}, "no hidden layer")
    assert session.problem.network.sizes == (2, 1) and folded(session) == {1}


def test_what_is_folded_can_be_said_by_path_and_is_no_step_to_undo() -> None:
    session = session_of()
    session.edit({"folded": [1]}, "fold")
    assert folded(session) == {1} and not session.undo_list
