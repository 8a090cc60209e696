"""The one place where the open network is changed: every command goes through here, and one signal follows.

Only the controller and its player call operations of the session.  Panels read the `view`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from time import thread_time
from typing import Any

from PySide6.QtCore import QObject, Signal

from nnviz.engine.calls import Array
from nnviz.engine.record import Record
from nnviz.errors import NnvizError
from nnviz.exchange.files import write_file
from nnviz.gui import speeds
from nnviz.gui.past import Past
from nnviz.gui.player import Player, Rest
from nnviz.gui.settings import Settings
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.divergence import is_in
from nnviz.report.elements import Element, Parameter
from nnviz.report.moment import MEAN, Moment
from nnviz.report.pairing import chosen_mismatch
from nnviz.report.quantities import Quantity
from nnviz.report.standstill import standstill_sentence
from nnviz.session.change import NO_CHANGE, Change, Changed
from nnviz.session.curve import Curve
from nnviz.session.document import Document
from nnviz.session.session import Session
from nnviz.session.timeline import Segment

UNITS_STEPPED_SINGLY = 64      # networks with more units step by layer, unless the user chooses
UNHURRIED = 0.025      # seconds that a redraw of everything may take while somebody drags through time
LONG_EPOCH = 2_000             # training steps from which an epoch runs on the worker, where it can be stopped


class Controller(QObject):
    """Owns the session, the player, the selection and the chosen example.

    `pointed` is the number that the pointer is over, wherever that is shown; everybody else who shows it lights it.
    `changed` says what may look different; `message` carries (key, text, kind) for the message strip, an empty text
    withdraws it; `said` is a short sentence for the status bar.
    """

    changed = Signal(object)                 # Changed
    selection_changed = Signal(object)       # Element or None
    pointed_changed = Signal(object)         # Quantity or None
    playing_changed = Signal(bool)
    message = Signal(str, str, str)
    said = Signal(str)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.settings = settings
        self.session: Session | None = None
        self.path: Path | None = None
        self.title = ""
        self.selection: Element | None = None
        self.pointed: Quantity | None = None
        self.example = 0
        self.player = Player(self)
        self.player.ticked.connect(self._ticked)
        self.player.stopped.connect(self._stopped)
        self._preview: Moment | None = None
        self._holds = 0
        self._travels = self._hurries = False
        self._spent = 0.0
        self._told: Past | None = None
        self._rest: Rest | None = None
        self._view: View | None = None
        self._last_view: View | None = None

    # --- what is shown ----------------------------------------------------------------------------------------

    @property
    def view(self) -> View | None:
        """What there is to show now; None while no network is open."""
        if self.session is None:
            return None
        if self._view is None:
            self._view = self._make_view(self.session)
        return self._view

    def _make_view(self, session: Session) -> View:
        snapshot = self.player.snapshot if self.player.on_worker else None
        if self.player.on_worker and snapshot is None and self._last_view is not None:
            return replace(self._last_view, selection=self.selection)
        if snapshot is not None:
            moment, segment, done, rate = (
                snapshot.moment, snapshot.segment, snapshot.updates_done, snapshot.steps_per_second
            )
        else:
            moment, segment, done, rate = session.moment(), session.segment, session.updates_done, 0.0
        if self._preview is not None:
            moment = self._preview
        trial = None if self.player.on_worker else session.trial
        chosen = replace(moment, example=self._example_in(moment) if trial is None else 0)
        view = View(
            document=segment.document, problem=moment.record.problem, data=segment.data, moment=chosen,
            updates_done=done, last_step=session.place.tip.end, curves=self._curves(session),
            selection=self.selection, playing=self.player.is_playing, steps_per_second=rate,
            digits=self.settings.whole("digits"), tried=self._preview is not None,
            by_hand=self.settings.whole("by_hand_decimals") if self.settings.flag("by_hand") else None,
            hurried=self._hurries, past=self._past(session), trial=trial,
        )
        self._last_view = view
        return view

    def _past(self, session: Session) -> Past:
        """The branches and the edits, told anew only where they have changed."""
        if self._told is None or not self._told.is_of(session):
            self._told = Past.of(session)
        return self._told

    @property
    def last_done(self) -> Record | None:
        """The record of the newest step that is done; None before the first, and while a worker has the session."""
        return None if self.session is None or self.player.on_worker else self.session.last_done

    def passed(self) -> Iterator[View]:
        """Moments that playing has passed since they were last asked for, oldest first; each is taken as it comes."""
        session, samples = self.session, self.player.samples
        while session is not None and samples:
            snapshot = samples.popleft()
            moment, segment = snapshot.moment, snapshot.segment
            yield View(
                document=segment.document, problem=moment.record.problem, data=segment.data, moment=moment,
                updates_done=snapshot.updates_done, last_step=session.place.tip.end,
                curves=[part.curve for part in segment.chain()][::-1], selection=None, playing=True,
                steps_per_second=0.0, digits=self.settings.whole("digits"),
            )

    def _example_in(self, moment: Moment) -> int:
        return MEAN if self.example == MEAN else min(self.example, len(moment.record.rows) - 1)

    @staticmethod
    def _curves(session: Session) -> list[Curve]:
        return [segment.curve for segment in session.place.tip.chain()][::-1]

    def refresh(self) -> None:
        """Shows everything again, after a setting has changed how it is shown."""
        self._notify(Changed.EVERYTHING)

    def _notify(self, changed: Changed) -> None:
        if not changed:
            return
        self._view = None
        lost = self.session is not None and self.selection is not None and not is_in(
            self.session.problem.network, self.selection)
        if lost:      # by an edit, or by one that was taken back: nobody may look for it any more
            self.selection = None
        if self.pointed is not None and self.pointed.element is not None and (
                self.session is None or not is_in(self.session.problem.network, self.pointed.element)):
            self.point(None)
        self.changed.emit(changed)
        if lost and self.selection is None:      # unless that of then has come back
            self.selection_changed.emit(None)

    # --- commands -----------------------------------------------------------------------------------------------

    def do(self, operation: Callable[[Session], Change]) -> Change:
        """Carries out one operation on the session, says what came of it, and tells everybody.

        Training that plays is held meanwhile and goes on afterwards, unless the operation ended it.
        """
        if self.session is None:
            return NO_CHANGE
        was_playing, until, backwards = self.player.is_playing, self.player.until, self.player.backwards
        self.player.pause()
        change = NO_CHANGE
        try:
            change = operation(self.session)
        except NnvizError as error:
            self.message.emit("edit", str(error), "error")
        except BaseException:
            self.playing_changed.emit(False)
            raise
        else:
            self.message.emit("edit", "", "info")
        previewed, self._preview = self._preview is not None, None
        forgotten, self.session.branches.forgotten = self.session.branches.forgotten, []
        self.message.emit("branches", " ".join(forgotten), "info")
        self._say(change)
        self._notify(change.flags)
        if change.diverged:
            self._rest = None
        if was_playing and not change.diverged:
            self.play(until, backwards)
        elif was_playing:
            self.playing_changed.emit(False)
        if previewed:
            self.release()
        return change

    def _say(self, change: Change) -> None:
        if change.message:
            self.message.emit("divergence", change.message, "error" if change.diverged else "info")
        elif change.flags:
            self.message.emit("divergence", "", "info")
        if Changed.TRAVEL in change.flags:
            self.message.emit("pairing", "", "info")

    @contextmanager
    def still(self) -> Iterator[None]:
        """Pauses for what can only be looked at while training stands still, and says so where it did not."""
        was_playing = self.player.is_playing
        self._halt()
        yield
        if was_playing and not self.player.is_playing:
            self.said.emit(tr("Training is paused; Play goes on from here."))

    def _do_still(self, operation: Callable[[Session], Change]) -> None:
        with self.still():
            self.do(operation)

    def step(self) -> None:
        self._do_still(lambda session: session.advance(self.steps_by_layer))
        trial = None if self.session is None else self.session.trial
        if trial is not None and trial.is_complete:
            self.said.emit(tr("The pass of your own example is done; Esc leads back to the training."))

    def step_back(self) -> None:
        self._do_still(lambda session: session.retreat(self.steps_by_layer))

    def phase(self) -> None:
        self._do_still(Session.advance_phase)

    def training_step(self) -> None:
        self._do_still(Session.advance_step)

    def epoch(self) -> None:
        """To the end of the epoch; a long one runs on the worker, where Pause stops it."""
        if self.session is None:
            return
        with self.still():
            steps = self.session.steps_to_epoch_end()
            if steps < LONG_EPOCH:
                self.do(Session.advance_epoch)
            else:
                self.play(self.session.updates_done + steps)

    def seek(self, step: int) -> None:
        self.do(lambda session: session.seek(step))

    def seek_operation(self, cursor: int) -> None:
        """To the moment of the shown step at which `cursor` operations are done."""
        self._do_still(lambda session: session.seek_operation(cursor))

    def try_example(self, inputs: Array, target: Array | None = None) -> None:
        """Runs an example of one's own through the network as it stands; see `Session.try_example`."""
        self._do_still(lambda session: session.try_example(inputs, target))

    def end_trial(self) -> None:
        """Back from the example of one's own to where training stands."""
        if self.session is not None and self.session.trial is not None:
            self.do(Session.end_trial)

    def seek_still(self, step: int) -> None:
        """To the end of step `step`, to stay there."""
        self._do_still(lambda session: session.seek(step))

    def to_start(self) -> None:
        """Back to the start of the branch; nothing is lost."""
        self.seek_still(0)

    def to_newest(self) -> None:
        """On to the newest step of the branch."""
        self._do_still(lambda session: session.seek(session.last_step))

    def begin_travel(self) -> None:
        """Somebody takes hold of the handle of time: training that plays is held until `end_travel`."""
        if not self._travels:
            self.hold()
            self._travels, self._spent = True, thread_time()

    def travel(self, step: int, near: int = 0) -> None:
        """Shows the end of step `step`.

        Where that takes too long to follow the hand, some step at most `near` from it that needs no computing, as
        exactly, and not everything around the picture; `travel` without `near` or `end_travel` make up for it.
        A hand that held on to another network is not followed.
        """
        session = self.session
        if session is None or not self._travels:
            return
        now = thread_time()
        self._hurries = self._hurries or now - self._spent > UNHURRIED
        self._spent = now
        before, shown = session.segment, step
        if self._hurries and near and step > before.begins_at:
            shown = before.easiest(max(step - near, before.begins_at + 1), min(step + near, session.last_step)) or step
        session.seek(shown)
        here = Changed.STEP | Changed.CURSOR
        self._notify(here if session.segment is before else here | Changed.SETTINGS | Changed.GRAPH | Changed.DATA)

    def end_travel(self) -> None:
        """The handle was let go: everything is shown, and training that was held goes on from here."""
        if self._travels:
            self._travels = self._hurries = False
            self._say(Change(Changed.TRAVEL))
            self._notify(Changed.STEP | Changed.CURSOR | Changed.TRAVEL | Changed.SETTINGS)
            self.release()

    def visit(self, tip: Segment) -> None:
        """To the newest step of another branch."""
        self._do_still(lambda session: session.visit(tip))

    def drop_branch(self, tip: Segment) -> None:
        """Forgets a branch for good."""
        self.do(lambda session: session.drop(tip))

    def name_branch(self, tip: Segment, name: str) -> None:
        self.do(lambda session: session.branches.name(tip, name))

    def reset(self) -> None:
        self._do_still(Session.reset)

    def random_start(self) -> None:
        self._do_still(Session.restart)

    def undo(self) -> None:
        self._do_still(Session.undo)

    def redo(self) -> None:
        self._do_still(Session.redo)

    def edit(self, values: Mapping[str, Any], label: str) -> Change:
        """Changes values of the document; an output activation or a loss that does not fit the targets is explained."""
        if self.session is None:
            return NO_CHANGE
        before = self.session.problem.network
        change = self.do(lambda session: session.edit(values, label))
        after = self.session.problem
        self.message.emit("pairing", chosen_mismatch(before, after.network, after.targets), "info")
        return change

    def reshape(self, change: Callable[[Document], Document], label: str) -> Change:
        """Takes the network apart and together again by a function of `session.structure`; one undoable edit."""
        return self.do(lambda session: session.reshape(change(session.document_now()), label))

    def set_parameter(self, element: Parameter, value: float) -> Change:
        return self.do(lambda session: session.set_parameter(element, value))

    def start_surface_at(self, x: float, y: float) -> Change:
        """Starts the descent of a surface anew from (x, y), as one undoable edit."""
        values, label = {"values": {"x": x, "y": y}}, tr("Start here")
        with self.still():
            return self.do(
                lambda session: session.replace(session.document.without("progress").with_values(values), label))

    def preview_parameter(self, element: Parameter, value: float) -> None:
        """Shows what another value would do, without keeping it; training is held until the value is set or not."""
        if self.session is None:
            return
        if self._preview is None:
            self.hold()
        self._preview = self.session.preview_parameter(element, value)
        self._notify(Changed.PARAMETERS | Changed.CURSOR)

    def cancel_preview(self) -> None:
        if self._preview is not None:
            self._preview = None
            self._notify(Changed.PARAMETERS | Changed.CURSOR)
            self.release()

    # --- playing ------------------------------------------------------------------------------------------------

    @property
    def steps_by_layer(self) -> bool:
        grain = self.settings.text("step_grain")
        if grain == "automatic" and self.session is not None:
            return sum(self.session.problem.network.sizes[1:]) > UNITS_STEPPED_SINGLY
        return grain == "layer"

    def toggle_play(self) -> None:
        if self.player.is_playing:
            self._halt()
        else:
            self.play()

    def toggle_play_back(self) -> None:
        """Plays backwards, also where it played forwards; pauses where it played backwards already."""
        backwards = self.player.is_playing and self.player.backwards
        self._halt()
        if not backwards:
            self.play(backwards=True)

    def play(self, until: int | None = None, backwards: bool = False) -> None:
        if self.session is None:
            return
        self.end_trial()
        self._last_view = self.view      # shown until the worker, which has the session from now on, leaves a snapshot
        self.player.redraw_rate = self.settings.whole("redraw_rate")
        name = self.settings.text("play_speed")
        speed = speeds.TABLE[name] if self.session.document.is_trained else speeds.seen(name)
        self.player.start(self.session, speed, self.steps_by_layer, until, backwards)
        self.message.emit("divergence", "", "info")
        self.playing_changed.emit(True)

    def _halt(self) -> bool:
        """Pauses, and shows where training has come to. Returns whether it had ended by itself in that moment."""
        if not self.player.is_playing:
            return False
        unheard = self.player.pause()
        self.playing_changed.emit(False)
        if unheard is not None:
            self._say(unheard)
        self._notify(Changed.STEP | Changed.CURSOR)
        return unheard is not None

    def pause(self) -> None:
        self._halt()

    def hold(self) -> None:
        """Pauses until `release` has been called as often as this."""
        if self.player.is_playing and self.session is not None:
            rest = Rest(self.session, self.player.until, self.player.backwards)
            self._rest = None if self._halt() else rest
        self._holds += 1

    def release(self) -> None:
        """Training that was held goes on, unless something has ended it or another network is open meanwhile."""
        self._holds = max(0, self._holds - 1)
        if self._holds:
            return
        rest, self._rest = self._rest, None
        if rest is not None and rest.session is self.session and not self.player.is_playing:
            self.play(rest.until, rest.backwards)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Training that plays waits for what is done here, and goes on afterwards."""
        self.hold()
        try:
            yield
        finally:
            self.release()

    def change_speed(self, by: int) -> None:
        """To the next faster (+1) or slower (-1) speed of the table."""
        name = self.settings.text("play_speed")
        self.settings.change(play_speed=speeds.neighbour(name, faster=by > 0))

    def speed_changed(self) -> None:
        """Goes on at the speed that is set now."""
        if self.player.is_playing:
            until, backwards = self.player.until, self.player.backwards
            self.player.pause()
            self.play(until, backwards)

    def _ticked(self) -> None:
        self._notify(Changed.STEP | Changed.CURSOR)

    def _stopped(self, change: Change | None) -> None:
        self.playing_changed.emit(False)
        if change is not None:
            self._say(change)
        self._notify(Changed.STEP | Changed.CURSOR)

    # --- selection and example ----------------------------------------------------------------------------------

    def select(self, element: Element | None) -> None:
        """Selects `element`; one that the network does not have may come from a panel that nobody has seen since."""
        if element is not None and (self.session is None or not is_in(self.session.problem.network, element)):
            return
        if element != self.selection:
            self.selection = element
            self._view = None
            self.selection_changed.emit(element)

    def point(self, quantity: Quantity | None) -> None:
        """The pointer is over the number of `quantity` now, in a formula or a table; None: over none."""
        if quantity != self.pointed:
            self.pointed = quantity
            self.pointed_changed.emit(quantity)

    def point_at(self, element: Element | None) -> None:
        """The pointer is over `element` in the picture: over all its numbers."""
        self.point(None if element is None else Quantity("element", element))

    def choose_example(self, example: int) -> None:
        """Shows another example of the batch, by its place in it; MEAN for the mean of the batch."""
        trying = self.session is not None and self.session.trial is not None      # that has one example only
        if example != self.example and not trying:
            self.example = example
            self._notify(Changed.CURSOR)

    def next_example(self, by: int) -> None:
        view = self.view
        if view is None:
            return
        count = len(view.moment.record.rows)
        self.choose_example(0 if self.example == MEAN else (min(self.example, count - 1) + by) % count)

    # --- documents ------------------------------------------------------------------------------------------------

    def open(self, document: Document, path: Path | None, title: str, new: bool = False) -> None:
        """Makes `document` the open network, a `new` one that can be had nowhere else.

        Raises what a session refuses; then the open one stays.
        """
        session = Session(document, self.settings.whole("history_budget") << 20)
        self.end_travel()         # whoever holds the handle of time holds that of another network
        self.player.pause()
        self.playing_changed.emit(False)
        self.session, self.path, self.title = session, path, title
        if path is not None:
            session.mark_saved()      # what is trained from here on is not in the file
        elif new:
            session.mark_new()
        self.selection, self.example = None, 0
        self._last_view = None
        self.cancel_preview()
        self.message.emit("divergence", "", "info")
        self.message.emit("edit", "", "info")
        self.message.emit("pairing", "", "info")
        self.selection_changed.emit(None)
        self._notify(Changed.EVERYTHING)

    def mark_unsaved(self) -> None:
        """The open network is another than its file says, as it stands."""
        if self.session is not None:
            self.session.mark_new()
            self._notify(Changed.EVERYTHING)

    def close(self) -> None:
        """Closes the open network."""
        self.end_travel()
        self.player.close()
        self.playing_changed.emit(False)
        self.session, self.path, self.title, self.selection = None, None, "", None
        self._last_view = None
        self.cancel_preview()
        self.message.emit("divergence", "", "info")
        self.message.emit("edit", "", "info")
        self.message.emit("pairing", "", "info")
        self._notify(Changed.EVERYTHING)

    def save(self, path: Path) -> None:
        """Writes the network as it stands; `CannotWrite` or `Refused` where it cannot, and the old file stays."""
        assert self.session is not None
        playing, until, backwards = self.player.is_playing, self.player.until, self.player.backwards
        self.player.pause()
        try:
            write_file(path, self.session.document_now().placed_in(path.parent).to_bytes())
            self.session.mark_saved()
            self.path, self.title = path, path.name
        finally:
            if playing:
                self.play(until, backwards)
        self._notify(Changed.SETTINGS)

    def set_history_budget(self, size: int) -> None:
        """How many bytes the past steps may take from now on."""
        if self.session is not None:
            self.session.budget.bytes = size

    @property
    def is_modified(self) -> bool:
        """Whether closing would lose something; while training plays as it would be if it stood still."""
        return self.session is not None and self.session.is_modified      # numbers that a worker only ever raises

    @property
    def plain_name(self) -> str:
        """The open network's name without a file's ending, to name other files after."""
        return Path(self.title).stem if self.path is not None else self.title

    @property
    def undo_label(self) -> str:
        return self.session.undo_list[-1].label if self.session and self.session.undo_list else ""

    @property
    def redo_label(self) -> str:
        return self.session.redo_list[-1].label if self.session and self.session.redo_list else ""

    @property
    def standstill_text(self) -> str:
        """What is to be said where the shown step changed nothing at all; "" elsewhere."""
        view, session = self.view, self.session
        if view is None or session is None or view.trial is not None:
            return ""
        since_edit = not view.tried and not self.player.on_worker and session.updates_done > session.segment.begins_at
        before = self.last_done if since_edit and not view.moment.is_complete else None
        return standstill_sentence(view.moment, before)
