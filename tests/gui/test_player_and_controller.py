"""Playing takes the same steps as stepping, stops where it must, and gives the session back in order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QDeadlineTimer, QThread
from pytestqt.qtbot import QtBot

from nnviz.gui.controller import Controller
from nnviz.gui.settings import Settings
from nnviz.report.elements import Unit, Weight
from nnviz.report.moment import MEAN
from nnviz.session.change import Changed
from nnviz.session.examples import open_example
from nnviz.session.session import Session


@pytest.fixture
def controller(qtbot: QtBot) -> Iterator[Controller]:
    control = Controller(Settings(None))
    control.open(open_example("xor"), None, "xor")
    yield control
    control.close()
    control.deleteLater()


def play_for(qtbot: QtBot, controller: Controller, steps: int) -> None:
    controller.play()
    qtbot.waitUntil(lambda: controller.view is not None and controller.view.updates_done >= steps, timeout=20_000)
    controller.pause()


def test_what_another_network_had_cannot_be_selected(controller: Controller) -> None:
    """A panel behind others may still show the network before, and has the keyboard."""
    old = Weight(1, 3, 1)
    controller.select(old)
    controller.open(open_example("mazur-2-2-2"), None, "mazur-2-2-2")
    for gone in (old, Unit(1, 3)):
        controller.select(gone)
        assert controller.selection is None
    controller.select(Weight(1, 1, 1))
    assert controller.selection == Weight(1, 1, 1)


def test_a_choice_that_does_not_fit_the_targets_is_explained_until_it_is_undone(controller: Controller) -> None:
    notes: list[str] = []
    controller.message.connect(lambda key, text, kind: notes.append(text) if key == "pairing" else None)
    controller.edit({"loss": "half_squared_error"}, "loss")
    assert "hardly learns" in notes[-1]
    controller.step()
    assert "hardly learns" in notes[-1], "it stays while training goes on"
    controller.undo()
    assert notes[-1] == ""
    controller.edit({"loss": "half_squared_error"}, "loss")
    controller.edit({"loss": "binary_cross_entropy"}, "loss")
    assert notes[-1] == ""


@pytest.mark.parametrize("speed", ["steps-20", "steps-2000", "full"])
def test_playing_gives_the_same_bits_as_stepping(qtbot: QtBot, controller: Controller, speed: str) -> None:
    controller.settings.change(play_speed=speed)
    play_for(qtbot, controller, 5)
    assert controller.session is not None
    stepped = Session(open_example("xor"))
    for _ in range(controller.session.updates_done):
        stepped.advance_step()
    assert np.array_equal(stepped.state.vector, controller.session.state.vector)


def test_full_speed_goes_on_in_a_process_of_its_own_to_the_same_bits(qtbot: QtBot, controller: Controller) -> None:
    controller.settings.change(play_speed="full")
    player = controller.player
    controller.play()
    qtbot.waitUntil(lambda: player.trains_elsewhere, timeout=20_000)
    reached = controller.view.updates_done if controller.view else 0
    qtbot.waitUntil(lambda: controller.view is not None and controller.view.updates_done > reached + 200)
    controller.pause()
    assert controller.session is not None
    alone = Session(open_example("xor"))
    alone.advance_steps(controller.session.updates_done)
    assert np.array_equal(alone.state.vector, controller.session.state.vector)
    assert np.array_equal(alone.record.content, controller.session.record.content)


def test_closing_the_network_ends_the_process_and_another_play_starts_one(
    qtbot: QtBot, controller: Controller
) -> None:
    controller.settings.change(play_speed="full")
    for _ in range(2):
        controller.open(open_example("xor"), None, "xor")
        controller.play()
        qtbot.waitUntil(lambda: controller.player.trains_elsewhere, timeout=20_000)
        controller.close()
        assert not controller.player.trains_elsewhere


def test_slow_motion_plays_operation_by_operation(qtbot: QtBot, controller: Controller) -> None:
    controller.settings.change(play_speed="operations-5")
    seen: list[int] = []
    controller.changed.connect(lambda changed: seen.append(controller.session.cursor if controller.session else -1))
    controller.play()
    qtbot.waitUntil(lambda: len(seen) >= 3, timeout=5000)
    controller.pause()
    assert seen[:3] == [1, 2, 3]


def test_a_snapshot_is_an_ordinary_moment_of_the_run(qtbot: QtBot, controller: Controller) -> None:
    controller.settings.change(play_speed="full")
    controller.play()
    qtbot.waitUntil(lambda: controller.player.snapshot is not None, timeout=5000)
    snapshot = controller.player.snapshot
    controller.pause()
    assert snapshot is not None and controller.session is not None
    controller.seek(snapshot.updates_done)
    assert np.array_equal(controller.session.record.content, snapshot.moment.record.content)


def test_divergence_stops_playing_with_a_sentence_and_keeps_the_last_finite_state(
    qtbot: QtBot, controller: Controller
) -> None:
    said: list[str] = []
    controller.message.connect(lambda key, text, kind: said.append(text))
    controller.edit({"loss": "squared_error", "optimiser.learning_rate": 1e200, "layers.0.activation": "identity",
                     "layers.1.activation": "identity"}, "cliff")
    controller.settings.change(play_speed="full")
    controller.play()
    qtbot.waitUntil(lambda: not controller.player.is_playing, timeout=5000)
    assert any(text.startswith("Step ") and "(layer " in text for text in said), said
    assert controller.session is not None
    assert np.isfinite(controller.session.state.vector).all()


def test_a_command_in_the_middle_of_playing_is_done_and_playing_goes_on(qtbot: QtBot, controller: Controller) -> None:
    controller.settings.change(play_speed="full")
    controller.play()
    controller.edit({"optimiser.learning_rate": 0.25}, "slower")
    assert controller.player.is_playing
    controller.pause()
    assert controller.session is not None and controller.session.document.learning_rate == 0.25
    controller.undo()
    assert controller.session.document.learning_rate != 0.25


def test_a_refused_edit_says_why_and_changes_nothing(controller: Controller) -> None:
    said: list[tuple[str, str]] = []
    controller.message.connect(lambda key, text, kind: said.append((text, kind)))
    assert controller.session is not None
    before = controller.session.place
    controller.edit({"optimiser.name": "adma"}, "typo")
    assert any("adam" in text and kind == "error" for text, kind in said)
    assert controller.session.place == before


def test_a_preview_is_shown_and_leaves_no_trace(controller: Controller) -> None:
    assert controller.session is not None
    controller.training_step()
    before = controller.session.place
    weight = Weight(1, 0, 0)
    controller.preview_parameter(weight, 3.5)
    assert controller.view is not None
    assert controller.view.moment.read(controller.view.moment.record.parameters, weight) == 3.5
    controller.cancel_preview()
    assert controller.view is not None and controller.session.place == before
    assert not controller.session.undo_list


def test_the_example_walks_round_the_batch_and_can_be_the_mean(controller: Controller) -> None:
    shown = []
    for by in (1, 1, 1, 1, -1):
        controller.next_example(by)
        shown.append(controller.example)
    assert shown == [1, 2, 3, 0, 3]
    controller.choose_example(MEAN)
    assert controller.view is not None and controller.view.example_number is None


def test_saving_and_opening_again_continues_bit_for_bit(controller: Controller, tmp_path: Path) -> None:
    assert controller.session is not None
    controller.do(lambda session: session.advance_steps(37))
    controller.set_parameter(Weight(1, 0, 0), 0.5)
    assert controller.is_modified
    controller.save(tmp_path / "kept.json")
    assert not controller.is_modified
    from nnviz.session.examples import open_document

    again = Session(open_document(tmp_path / "kept.json"))
    again.advance_steps(20)
    controller.do(lambda session: session.advance_steps(20))
    assert np.array_equal(again.state.vector, controller.session.state.vector)


def test_changes_say_what_changed(controller: Controller) -> None:
    flags: list[Changed] = []
    controller.changed.connect(flags.append)
    controller.step()
    controller.set_parameter(Weight(1, 0, 0), 0.5)
    assert Changed.CURSOR in flags[0] and Changed.PARAMETERS not in flags[0]
    assert Changed.PARAMETERS in flags[1]


def test_a_long_epoch_runs_on_the_worker_and_ends_with_the_epoch(qtbot: QtBot, controller: Controller) -> None:
    document = open_example("spiral").with_values({"batch_size": 1, "data.samples": 4000, "data.test_fraction": 0.0})
    controller.open(document, None, "spiral")
    controller.epoch()
    assert controller.player.on_worker
    qtbot.waitUntil(lambda: not controller.player.is_playing, timeout=20_000)
    assert controller.session is not None and controller.session.updates_done == 4000


def test_training_goes_on_while_the_window_is_too_busy_to_show_it(qtbot: QtBot, controller: Controller) -> None:
    controller.settings.change(play_speed="full")
    controller.play()
    qtbot.waitUntil(lambda: controller.player.snapshot is not None, timeout=5000)
    before = controller.session.updates_done if controller.session else 0
    waited = QDeadlineTimer(2000)
    while controller.session is not None and controller.session.updates_done <= before + 100:
        assert not waited.hasExpired(), "the worker waits for a window that does not answer"
        QThread.msleep(5)                     # no event is handled meanwhile
    controller.pause()


def test_what_an_ended_worker_has_left_is_not_shown_after_a_pause(qtbot: QtBot, controller: Controller) -> None:
    controller.settings.change(play_speed="full")
    ticks: list[int] = []
    controller.player.ticked.connect(lambda: ticks.append(1))
    controller.play()
    QThread.msleep(60)                        # a snapshot is left, and nobody has looked at it
    controller.pause()
    qtbot.wait(50)
    assert not ticks and not controller.player.is_playing


def test_playing_keeps_moments_close_together_at_first_and_sparser_later(qtbot: QtBot, controller: Controller) -> None:
    controller.settings.change(play_speed="full")
    play_for(qtbot, controller, 500)
    passed = list(controller.passed())
    steps = [view.updates_done for view in passed]
    assert steps[:10] == list(range(1, 11))
    assert all(later <= max(step + 1, 1.11 * step + 1) for step, later in pairwise(steps))
    assert list(controller.passed()) == []
    stepped = Session(open_example("xor"))
    for view in passed[:40]:
        stepped.seek(view.updates_done) if view.updates_done <= stepped.last_step else stepped.advance_steps(
            view.updates_done - stepped.updates_done)
        assert np.array_equal(stepped.record.content, view.moment.record.content)


def test_a_network_made_by_hand_would_be_lost_from_the_beginning_until_it_is_saved(
    controller: Controller, tmp_path: Path
) -> None:
    controller.open(open_example("xor"), None, "my own", new=True)
    assert controller.is_modified
    controller.training_step()
    assert controller.is_modified
    controller.save(tmp_path / "own.json")
    assert not controller.is_modified


def test_training_a_file_is_a_change_that_is_asked_about(controller: Controller, tmp_path: Path) -> None:
    controller.open(open_example("xor"), tmp_path / "own.json", "own.json")
    assert not controller.is_modified
    controller.training_step()
    assert controller.is_modified


# --- through the known past -------------------------------------------------------------------------------------


@pytest.mark.parametrize("speed", ["steps-20", "steps-2000", "full"])
def test_going_back_and_playing_passes_through_the_known_steps_and_then_goes_on(
    qtbot: QtBot, controller: Controller, speed: str
) -> None:
    session = controller.session
    assert session is not None
    session.advance_steps(3 if speed == "steps-20" else 3000)
    newest = session.last_step
    controller.seek(1)
    controller.settings.change(play_speed=speed)
    seen: list[int] = []
    controller.changed.connect(lambda changed: seen.append(controller.view.updates_done if controller.view else -1))
    play_for(qtbot, controller, newest + 2)
    assert any(1 < step < newest for step in seen), "it is seen on the way"
    assert seen == sorted(seen) and session.updates_done >= newest + 2


@pytest.mark.parametrize("speed", ["operations-5", "steps-20", "steps-100", "steps-2000", "full"])
def test_playing_backwards_comes_to_the_start_and_stops_there(
    qtbot: QtBot, controller: Controller, speed: str
) -> None:
    session = controller.session
    assert session is not None
    session.advance_steps({"operations-5": 0, "steps-20": 3, "steps-100": 20}.get(speed, 3000))
    if speed == "operations-5":
        for _ in range(4):
            session.advance()
    controller.refresh()
    session.moment()
    newest, seen = session.last_step, list[tuple[int, int]]()
    controller.settings.change(play_speed=speed)
    controller.changed.connect(
        lambda changed: seen.append((controller.view.updates_done, controller.view.moment.cursor)
                                    if controller.view else (-1, 0)))
    controller.toggle_play_back()
    assert controller.player.is_playing
    qtbot.waitUntil(lambda: not controller.player.is_playing, timeout=20_000)
    assert (session.updates_done, session.cursor) == (0, 0) and session.last_step == newest
    assert len(seen) > 3
    assert [step for step, _ in seen] == sorted((step for step, _ in seen), reverse=True)
    if speed == "operations-5":
        assert [cursor for _, cursor in seen[:4]] == [3, 2, 1, 0]


def test_playing_turns_round_and_pauses(qtbot: QtBot, controller: Controller) -> None:
    session = controller.session
    assert session is not None
    session.advance_steps(2000)
    controller.settings.change(play_speed="steps-100")
    controller.play()
    controller.toggle_play_back()
    assert controller.player.is_playing and controller.player.backwards
    controller.change_speed(1)
    assert controller.player.is_playing and controller.player.backwards
    controller.edit({"optimiser.learning_rate": 0.1}, "rate")
    assert controller.player.backwards and controller.player.is_playing
    controller.toggle_play_back()
    assert not controller.player.is_playing
    controller.play()
    assert not controller.player.backwards
    controller.toggle_play()
    assert not controller.player.is_playing


def test_dragging_through_time_holds_what_plays_and_it_goes_on_from_there(
    qtbot: QtBot, controller: Controller
) -> None:
    session = controller.session
    assert session is not None
    session.advance_steps(2000)
    controller.settings.change(play_speed="steps-20")
    controller.play()
    controller.begin_travel()
    assert not controller.player.is_playing
    for step in (1500, 20, 700):
        controller.travel(step)
        assert controller.view is not None and controller.view.updates_done == step
    controller.end_travel()
    assert controller.player.is_playing and not controller.player.backwards
    controller.pause()
    assert 700 <= session.updates_done < 720


def test_branches_are_visited_named_and_dropped_through_the_controller(controller: Controller) -> None:
    session = controller.session
    assert session is not None
    session.advance_steps(50)
    controller.seek(20)
    controller.edit({"optimiser.learning_rate": 0.3}, "learning rate = 0.3")
    controller.training_step()
    view = controller.view
    assert view is not None and view.past is not None
    (old,) = view.past.branches
    assert (old.fork, old.end, old.text[:14]) == (20, 50, "the first cour")
    assert [(mark.step, mark.labels) for mark in view.past.marks] == [(20, ("learning rate = 0.3",))]
    here = view.past.tip
    controller.visit(old.tip)
    view = controller.view
    assert view is not None and view.past is not None and view.updates_done == 50 and not view.past.marks
    controller.name_branch(here, "quick")
    view = controller.view
    assert view is not None and view.past is not None and view.past.branches[0].text.startswith("quick, to step 21")
    controller.drop_branch(here)
    view = controller.view
    assert view is not None and view.past is not None and not view.past.branches


@pytest.mark.parametrize("cheap", [0, 10**12])
def test_what_would_be_lost_is_the_same_while_it_plays_and_when_it_is_paused(
    controller: Controller, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, cheap: int
) -> None:
    monkeypatch.setattr("nnviz.session.unsaved.CHEAP_STEPS", cheap)
    assert not controller.is_modified
    controller.play()
    qtbot.waitUntil(lambda: controller.view is not None and controller.view.updates_done > 2)
    assert controller.is_modified == (cheap == 0)
    controller.pause()
    assert controller.is_modified == (cheap == 0)
