"""A session is a place in the history of training: a branch of edits, a step on it, a cursor inside that step.

Two axes lead through it.  Seek and step move along training; undo and redo move between edits.  Nothing is ever
lost by moving: every step of the past is recomputed exactly when it is visited.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from nnviz.engine.calls import Array
from nnviz.engine.problem import Problem, State
from nnviz.engine.record import Record
from nnviz.engine.step import step
from nnviz.errors import EditRefused
from nnviz.report.divergence import array_index, parameter_name, said_of_blocked
from nnviz.report.elements import Parameter
from nnviz.report.moment import Moment
from nnviz.report.pass_order import PassOrder
from nnviz.session import consequences
from nnviz.session.appearance import Dress, differ_in_appearance_only
from nnviz.session.beginning import Beginning
from nnviz.session.branches import Branches, Edit, Place, label_of_values, labels_of, newest_of
from nnviz.session.budget import Budget
from nnviz.session.change import NO_CHANGE, Change, Changed
from nnviz.session.continuing import document_at, start_of, without_what_activations_learn
from nnviz.session.document import Document
from nnviz.session.folds import Folds
from nnviz.session.graph_edits import with_kept_leaves
from nnviz.session.lost_names import names_that_stay, said_of_lost_names
from nnviz.session.opening import disabled_as_in, drawn_anew, load_data, make_problem, opened, same_examples
from nnviz.session.structure import with_disabled
from nnviz.session.timeline import Segment
from nnviz.session.training_process import TrainingProcess
from nnviz.session.trial import Trial, carried_trial, run_trial
from nnviz.session.unsaved import Standing
from nnviz.words import tr

MOST_UNDONE = 200       # edits that can be taken back, fewer where the budget of history does not hold them


class Session:
    """An open network: read its properties, change it by its operations; every operation returns a `Change`."""

    def __init__(self, document: Document, history_bytes: int = 64 << 20) -> None:
        self.budget, self.folds = Budget(history_bytes), Folds()
        document = self.folds.taken_from(document)
        data = load_data(document)
        problem = make_problem(document, data)
        beginning, origin = opened(document, problem)
        tip = Segment(document, data, problem, beginning, origin, None, self.budget)
        self.place = Place(tip, tip.begins_at + 1, 0)
        self.undo_list: list[Edit] = []
        self.redo_list: list[Edit] = []
        self.branches = Branches(self.budget, (self.undo_list, self.redo_list))
        self._dress: Dress | None = None      # the edit that gave the names and places in force
        self._saved: Standing | None = self._standing_now()
        self._was_saved = False

    # --- what can be read -----------------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """Where in the history of training the session stands."""
        return self._place

    @place.setter
    def place(self, place: Place) -> None:
        self._place = place
        self.trial: Trial | None = None      # whoever moves on in training has left it; edits carry it on

    @property
    def segment(self) -> Segment:
        """The segment in which the session stands."""
        return self.place.segment

    @property
    def document(self) -> Document:
        """The settings in force where the session stands (not its progress: see `document_now`)."""
        return self.segment.document

    @property
    def problem(self) -> Problem:
        return self.segment.problem

    @property
    def step(self) -> int:
        """The step that is shown, from 1."""
        return self.place.step

    @property
    def cursor(self) -> int:
        return self.place.cursor if self.trial is None else self.trial.cursor

    @property
    def order(self) -> PassOrder:
        return PassOrder.of(self.problem)

    @property
    def record(self) -> Record:
        """The record of the step that is shown, or of the trial."""
        return self.segment.record(self.place.step) if self.trial is None else self.trial.record

    @property
    def last_done(self) -> Record | None:
        """The record of the newest step that is done where the session stands; None before the first of the branch."""
        done = self.updates_done
        segment = next((segment for segment in self.place.tip.chain() if segment.begins_at < done), None)
        return None if segment is None else segment.record(done)

    @property
    def last_step(self) -> int:
        """The newest step of this branch."""
        return self.place.tip.end

    @property
    def updates_done(self) -> int:
        """How many updates are done where the session stands."""
        return self.place.step if self._complete() else self.place.step - 1

    @property
    def state(self) -> State:
        """The state after `updates_done` updates."""
        return self.segment.state(self.updates_done)

    def moment(self, example: int = 0) -> Moment:
        """The record under the cursor; `example` is a column of the batch, or `moment.MEAN`."""
        if self.trial is not None:
            return self.trial.moment
        return Moment(self.record, self.place.cursor, example, self.place.since)

    @property
    def can_step_back(self) -> bool:
        if self.trial is not None:
            return self.trial.cursor > 0
        return self.place.cursor > 0 or self.segment.parent is not None

    def _complete(self) -> bool:
        return self.place.cursor >= self.order.length

    # --- moving along training --------------------------------------------------------------------------------

    def advance(self, by_layer: bool = False) -> Change:
        """One operation on, or to the end of a layer's part; at the end of a pass, into the next step."""
        if self.trial is not None:
            return self._try(self.trial.advanced(by_layer))
        if not self._complete():
            return self._move(self.place.step, self.order.next_stop(self.place.cursor, by_layer))
        blocked = self._enter_next()
        if blocked is not None:
            return blocked
        if self.place.cursor == 0 and self.segment.begins_at == self.place.step - 1 and self.segment.parent:
            return Change(Changed.STEP | Changed.CURSOR | Changed.SETTINGS | Changed.PARAMETERS)
        return self._move(self.place.step, self.order.next_stop(0, by_layer), since=0) or NO_CHANGE

    def retreat(self, by_layer: bool = False) -> Change:
        """One operation back; at the start of a pass, to the end of the step before."""
        if self.trial is not None:
            return self._try(self.trial.retreated(by_layer))
        step, cursor = self.place.step, self.place.cursor
        if cursor == 0:
            parent = self.segment.parent
            if parent is None:
                return NO_CHANGE
            change = Changed.SETTINGS | Changed.PARAMETERS | Changed.STEP | Changed.CURSOR
            return replace(self._to_end(step - 1), flags=change)
        stop = self.order.previous_stop(cursor, by_layer)
        if stop > 0 or self.segment.begins_at == step - 1:
            return self._move(step, stop, since=self.order.previous_stop(stop, by_layer))
        return self._to_end(step - 1)

    def advance_phase(self) -> Change:
        """To the end of the phase that comes next: forward with the loss, backward, update."""
        if self.trial is not None:
            return self._try(self.trial.phase_done())
        if self._complete():
            blocked = self._enter_next()
            if blocked is not None:
                return blocked
        return self._move(self.place.step, self.order.phase_end(self.place.cursor))

    def advance_step(self) -> Change:
        """To the end of the pass, or of the next one when this one is done."""
        if self._complete():
            blocked = self._enter_next()
            if blocked is not None:
                return blocked
        return self._move(self.place.step, self.order.length)

    def steps_to_epoch_end(self) -> int:
        """How many whole steps are missing to the end of the running epoch."""
        return self.problem.batches.per_epoch - self.state.batch

    def advance_epoch(self) -> Change:
        """To the end of the running epoch."""
        return self.advance_steps(self.steps_to_epoch_end())

    def advance_steps(
        self, steps: int, seconds: float = float("inf"), process: TrainingProcess | None = None
    ) -> Change:
        """Up to `steps` whole steps on from `updates_done`, or as many as `seconds` allow; ends on a whole step.

        With a `process` they are done there, for about a slice of time, if they were not done before.
        """
        target = self.updates_done + steps
        tip = self.place.tip
        if target > tip.end and process is not None:
            tip.run_elsewhere(target - tip.end, process)
        elif target > tip.end:
            tip.run(target - tip.end - 1, seconds)
            tip.record(tip.end + 1)      # the last one is kept whole: it is what will be looked at
        reached = min(target, tip.end)
        if reached <= self.updates_done:
            return self._blocked_change()
        change = self._to_end(reached)
        return replace(self._blocked_change(), flags=change.flags) if reached < target and tip.blocked else change

    def seek(self, step: int) -> Change:
        """To the end of step `step` of this branch; 0 is the start."""
        step = max(0, min(step, self.last_step))
        first = list(self.place.tip.chain())[-1].begins_at
        if step <= first:
            self._set(first + 1, 0, 0)
        else:
            self._to_end(step)
        return Change(Changed.STEP | Changed.CURSOR | Changed.TRAVEL | Changed.SETTINGS)

    def seek_operation(self, cursor: int) -> Change:
        """To the moment after `cursor` operations of the shown step, or of the trial."""
        if self.trial is not None:
            return self._try(self.trial.at(cursor))
        cursor = max(0, min(cursor, self.order.length))
        if cursor == 0 and self.segment.begins_at != self.place.step - 1:
            return self._to_end(self.place.step - 1)
        return self._move(self.place.step, cursor)

    def _set(self, step: int, cursor: int, since: int) -> None:
        self.place = Place(self.place.tip, step, cursor, since)

    def _move(self, step: int, cursor: int, since: int | None = None) -> Change:
        """To a moment of step `step`; one that is not finite can be looked at, but its last update is never done."""
        if cursor >= self.order.length:
            blocked = self._check(step)
            if blocked is not None:
                return blocked
        self._set(step, cursor, self.place.cursor if since is None else since)
        return Change(Changed.CURSOR | Changed.STEP if cursor in (0, self.order.length) else Changed.CURSOR)

    def _to_end(self, step: int) -> Change:
        """To the end of step `step`, whose problem may differ from that of the step that is left."""
        before = self.segment
        self._set(step, 0, 0)
        self._set(step, self.order.length, 0)
        other = Changed.NOTHING if self.segment is before else Changed.SETTINGS | Changed.GRAPH | Changed.DATA
        return Change(Changed.STEP | Changed.CURSOR | other)

    def _enter_next(self) -> Change | None:
        """To the start of the next step: of the segment that an edit began here, or of a new step.

        Returns a change only when the next step cannot be entered because it is not finite.
        """
        blocked = self._check(self.place.step + 1)
        if blocked is None:
            self._set(self.place.step + 1, 0, 0)
        return blocked

    def _check(self, step: int) -> Change | None:
        tip = self.place.tip
        if step > tip.end:
            tip.record(step)
        return self._blocked_change() if step > tip.end else None

    def _blocked_change(self) -> Change:
        """What is said when training cannot go on."""
        tip = self.place.tip
        if tip.blocked is None:
            return NO_CHANGE
        return Change(Changed.NOTHING, said_of_blocked(tip.record(tip.blocked)), diverged=True)

    # --- an example of one's own ------------------------------------------------------------------------------

    def try_example(self, inputs: ArrayLike, target: ArrayLike | None = None) -> Change:
        """Shows the pass of one's own example: from its start, or where that of the one before had come to.

        `inputs` are as the data set has them; without a `target` the nearest training example's is taken.  `advance`,
        `retreat`, `advance_phase` and `seek_operation` move through it; edits that leave it its inputs go on with it
        under the new parameters, all that moves on in training ends it.
        """
        cursor = 0 if self.trial is None else self.trial.cursor
        self.trial = run_trial(self.problem, self.state, self.segment.data, inputs, target, cursor)
        return Change(Changed.CURSOR | Changed.STEP)

    def end_trial(self) -> Change:
        """Back to where training stands."""
        if self.trial is None:
            return NO_CHANGE
        self.trial = None
        return Change(Changed.CURSOR | Changed.STEP)

    def _try(self, trial: Trial) -> Change:
        """To another moment of the trial."""
        if self.trial is None or trial.cursor == self.trial.cursor:
            return NO_CHANGE
        self.trial = trial
        return Change(Changed.CURSOR | Changed.STEP if trial.cursor == 0 or trial.is_complete else Changed.CURSOR)

    # --- edits ------------------------------------------------------------------------------------------------

    def reset_reason(self, values: Mapping[str, Any]) -> str:
        """Why changing these values has to start training over, as a clause; "" when it need not.

        Raises `Refused` where a value is not acceptable.
        """
        values = with_kept_leaves(self, values)
        return consequences.reset_reason(self.document, values)

    def proposed(self, values: Mapping[str, Any]) -> Document:
        """The document that an edit of these values would make; `Refused` where it would be none."""
        return consequences.changed(self.document, with_kept_leaves(self, values))

    def edit(self, values: Mapping[str, Any], label: str) -> Change:
        """Changes values of the document by path, as one undoable edit; a wrong value raises `Refused`.

        Exact parameters (`parameters`, of a surface `values`) and `progress` are where training is to begin: with
        these it starts there.  Another expression keeps the values of the leaves that stay.
        """
        values = with_kept_leaves(self, values)
        document = self.folds.taken_from(consequences.changed(self.folds.put_into(self.document), values))
        if document == self.document:
            return NO_CHANGE
        if differ_in_appearance_only(document, self.document) and not consequences.sets_start(self.document, values):
            return self._redress(document, label)
        if dict(document.disabled) != dict(self.document.disabled) and document.network == self.document.network:
            return self.reshape(with_disabled(self.document_now(), document.disabled), label)
        lost = said_of_lost_names(self.document, document)
        if consequences.sets_start(self.document, values):
            start = document if consequences.reaches(values, "progress") else document.without("progress")
            return replace(self._begin(start, label), message=lost)
        if consequences.reason(self.document, document):
            return replace(self._begin(start_of(document, self.document), label), message=lost)
        base, learns_alike = self.state, document.network.arrays == self.document.network.arrays
        if not learns_alike:
            kept = without_what_activations_learn(self.document_now(), self.problem, base, self.segment.origin)
            named = names_that_stay(self.document, document.network) | dict(values)
            return replace(self.reshape(kept.with_values(named), label), message=lost)
        data = self.segment.data if same_examples(document, self.document) else load_data(document)
        problem = make_problem(document, data)
        settings, exact = self._settings_of(document)
        beginning, origin = self._carried(base, problem), self.segment.origin
        parent = self._parent(base)
        self._branch(Segment(settings, data, problem, beginning, origin, parent, self.budget, exact), label)
        return Change(Changed.EVERYTHING, lost)

    def reshape(self, document: Document, label: str) -> Change:
        """Goes on with a network of another shape, made of `document_now()` by `session.structure`; one undoable edit.

        Without parameters of its own it starts anew.
        """
        now = self.document_now()
        if document == now:
            return NO_CHANGE
        document, lost = self.folds.taken_from(document), said_of_lost_names(self.document, document)
        if differ_in_appearance_only(document, now):
            return self._redress(document, label)
        if document.parameters is None and document.progress is None and document.network != self.document.network:
            return replace(self._begin(document, label), message=lost)
        data = self.segment.data if same_examples(document, self.document) else load_data(document)
        problem = make_problem(document, data)
        beginning, origin = opened(document, problem)
        settings = document.without("parameters", "progress")
        exact = not np.array_equal(origin.parameters(problem), problem.whole_parameters())
        parent = self._parent(self.state)
        self._branch(Segment(settings, data, problem, beginning, origin, parent, self.budget, exact), label)
        return Change(Changed.EVERYTHING, lost)

    def _settings_of(self, document: Document) -> tuple[Document, bool]:
        """What a segment is to keep of its document, and whether it can make the rest: the parameters it began with."""
        here = self.segment
        if here.exact_start and document.progress is None and document.parameters is here.document.parameters:
            return document.without("parameters"), True
        return document, False

    def _standing(self, base: State) -> Beginning:
        """Where a segment begins that an edit makes at `base`, the present state, before the edit is made."""
        here = self.segment
        return Beginning.at(base, here) if base.step > here.begins_at else here.beginning

    def _carried(self, state: State, problem: Problem) -> Beginning:
        """The present state under another problem; an optimiser of the same name keeps its memory."""
        old, standing = self.problem, self._standing(state)
        epoch, batch = state.epoch, state.batch
        if batch and (old.batches != problem.batches):      # the epoch cannot be gone on with: begin the next
            epoch, batch = epoch + 1, 0
        fresh = standing.fresh or old.optimiser.name != problem.optimiser.name
        return replace(standing, epoch=epoch, batch=batch, fresh=fresh)

    def set_parameter(self, element: Parameter, value: float, label: str = "") -> Change:
        """Gives one parameter another value, as one undoable edit."""
        return self.set_parameters({element: value}, label)

    def set_parameters(self, wanted: Mapping[Parameter, float], label: str = "") -> Change:
        """Gives several parameters other values at once, as one undoable edit."""
        for value in wanted.values():
            if not np.isfinite(value):
                text = tr("{value} is not a finite number").format(value=value)
                raise EditRefused(text, hint=tr("Type a number such as 0.25"))
        problem, base = self.problem, self.state
        here, beginning = self.segment, self._standing(base)
        changed: dict[Parameter, float] = {}
        for element, value in wanted.items():
            positions = self._positions(element)
            if np.isin(positions, problem.disabled).any():
                refusal = tr("{name} is disabled: it is 0 and stays 0").format(name=parameter_name(element))
                raise EditRefused(refusal, hint=tr("Enable it first"))
            if float(base.vector[positions[0]]) != float(value):
                beginning, changed[element] = beginning.with_value(positions, value), value
        if not changed:
            return NO_CHANGE
        settings, origin, exact = here.settings, here.origin, here.exact_start
        if base.step == 0:
            off = problem.disabled
            origin = beginning.with_value(off, origin.parameters(problem)[off]) if len(off) else beginning
            if not exact:
                settings, exact = settings.without("parameters", "progress"), True
        parent = self._parent(base)
        segment = Segment(settings, here.data, problem, beginning, origin, parent, self.budget, exact)
        self._branch(segment, label or label_of_values(settings, changed))
        return Change(Changed.PARAMETERS | Changed.CURSOR | Changed.STEP)

    def _positions(self, element: Parameter) -> NDArray[np.intp]:
        """Where a parameter lies in the flat vector; `EditRefused` where the network has none such."""
        name, index = array_index(element)
        array = self.problem.network.array(name)
        if array is None or not array.has(index):
            refusal = tr("the network has no parameter {name}").format(name=parameter_name(element))
            raise EditRefused(refusal, hint=tr("Layers count from 1, units from 0"))
        return self.problem.blocks.positions(name, index)

    def preview_parameter(self, element: Parameter, value: float) -> Moment:
        """What the shown step would be with another value of one parameter; the session is left as it is."""
        problem, base = self.problem, self.state
        parameters = base.parameters(problem).copy()
        parameters[self._positions(element)] = value
        tried = base.with_parameters(problem, parameters)
        if self.trial is not None:
            return self.trial.under(problem, tried, self.segment.data).moment
        return Moment(step(problem, tried), 0 if self._complete() and problem.network.learns else self.place.cursor)

    def reset(self) -> Change:
        """Back to the start of training with the present settings, as one undoable edit."""
        problem, origin = self.problem, self.segment.origin.before_training()
        settings, exact = self._settings_of(start_of(self.document, self.document))
        settings = disabled_as_in(settings, problem.blocks, origin.parameters(problem))
        start = origin.with_disabled(problem)
        segment = Segment(settings, self.segment.data, problem, start, origin, None, self.budget, exact)
        tip = self.place.tip
        if self.place == Place(tip, 1, 0, self.place.since) and tip.begins_at == 0 and tip.end <= 1:
            return NO_CHANGE     # nothing but a look at the first step was done
        self._branch(segment, tr("reset"), cursor=0)
        return Change(Changed.EVERYTHING)

    def restart(self, seed: int | None = None) -> Change:
        """A new random start: other weights drawn with `seed` (a new one when None), as one undoable edit.

        On a surface the point is put somewhere on the map, and the leaves of a graph get numbers near 0.
        """
        chosen = secrets.randbelow(1_000_000) if seed is None else seed
        document = drawn_anew(self.document, chosen, self.problem, self.segment.origin.parameters(self.problem))
        return self._begin(document, tr("new random start, seed {seed}").format(seed=chosen))

    def _begin(self, document: Document, label: str) -> Change:
        """Training from scratch under another document."""
        data = self.segment.data if same_examples(document, self.document) else load_data(document)
        problem = make_problem(document, data)
        settings, exact = self._settings_of(document)
        start, origin = opened(document, problem)
        if exact:
            origin = self.segment.origin.before_training()
            start = origin.with_disabled(problem)
        self._branch(Segment(settings, data, problem, start, origin, None, self.budget, exact), label, cursor=0)
        return Change(Changed.EVERYTHING)

    def replace(self, document: Document, label: str) -> Change:
        """Another document in this one's place (New network over the open one), as one undoable edit."""
        return self._begin(self.folds.taken_from(document), label)

    def _parent(self, base: State) -> Segment | None:
        """What a segment that starts at `base` grows out of: never an empty stretch."""
        here = self.segment
        return here if base.step > here.begins_at else here.parent

    def _branch(self, segment: Segment, label: str, cursor: int | None = None) -> None:
        """Makes `segment` the tip, remembers where the session stood, and forgets what could be redone."""
        complete, order, inside, trial = self._complete(), self.order, self.place.cursor, self.trial
        segment.labels = labels_of(segment, self.segment, label)
        self._leave(label, Place(segment, segment.begins_at + 1, 0))
        if self.undo_list[-1].place.tip not in self.branches:
            segment.name = self.undo_list[-1].place.tip.name       # the same branch goes on
        within = (0 if complete else order.counterpart(inside, self.order)) if cursor is None else cursor
        self._set(segment.begins_at + 1, within, max(0, within - 1))
        if complete and cursor is None and not self.problem.network.learns:     # its numbers follow what is changed
            self._move(segment.begins_at + 1, self.order.length, self.order.length - 1)
        self.trial = carried_trial(trial, self.problem, self.state, segment.data)

    def _leave(self, label: str, goal: Place) -> None:
        """Goes to another branch, so that it can be undone."""
        self._remember(Edit(label, self.place))
        left, self.place = self.place, goal
        self.branches.leave(left, goal.tip)
        while self.budget.is_overdrawn and len(self.undo_list) > 1:
            del self.undo_list[0]

    def _remember(self, edit: Edit) -> None:
        """An edit more that can be undone, and none that could be redone."""
        self.undo_list.append(edit)
        del self.undo_list[:-MOST_UNDONE]
        self.redo_list.clear()

    def _redress(self, document: Document, label: str) -> Change:
        """Other names and places: every number stays, and so does the place in the pass, in training, on the branch."""
        dress = Dress.first(self.document, document, self.place.tip)
        self._remember(Edit(label, self.place, dress, self._dress))
        return self._dressed(dress)

    def _dressed(self, dress: Dress | None) -> Change:
        self._dress = dress
        self.branches.version += 1
        self.trial = carried_trial(self.trial, self.problem, self.state, self.segment.data)
        return Change(Changed.EVERYTHING)

    def visit(self, tip: Segment) -> Change:
        """To the newest step of a branch that was left; where the session stands now can be come back to by `undo`."""
        if tip is self.place.tip or tip not in self.branches:
            return NO_CHANGE
        self._leave(tr("visit of another branch"), newest_of(tip))
        return Change(Changed.EVERYTHING)

    def drop(self, tip: Segment) -> Change:
        """Forgets a branch that was left, for good."""
        if tip is self.place.tip or tip not in self.branches:
            return NO_CHANGE
        self.branches.drop(tip, self.place.tip)
        return Change(Changed.TRAVEL)

    def undo(self) -> Change:
        """Takes the last edit back: the session stands again where it was made."""
        return self._cross(self.undo_list, self.redo_list)

    def redo(self) -> Change:
        """Makes the edit again that was taken back last: the session stands again where it was left."""
        return self._cross(self.redo_list, self.undo_list)

    def _cross(self, source: list[Edit], goal: list[Edit]) -> Change:
        if not source:
            return NO_CHANGE
        edit, trial = source.pop(), self.trial
        if edit.dress is not None:
            goal.append(replace(edit, worn=self._dress))
            (edit.dress.take_off if source is self.undo_list else edit.dress.put_on)()
            return self._dressed(edit.worn)
        goal.append(Edit(edit.label, self.place))
        left, self.place = self.place, edit.place
        self.branches.leave(left, edit.place.tip)
        if not self._complete():          # the last move is long past: only the operation before the cursor counts
            self.place = replace(edit.place, since=max(0, edit.place.cursor - 1))
        self.trial = carried_trial(trial, self.problem, self.state, self.segment.data)
        return Change(Changed.EVERYTHING)

    # --- saving -----------------------------------------------------------------------------------------------

    def document_now(self) -> Document:
        """The document that continues from here bit for bit: settings, parameters, progress."""
        return self.folds.put_into(document_at(self.document, self.problem, self.state, self.segment.origin))

    def _standing_now(self) -> Standing:
        return Standing(self.segment, self.updates_done, self._dress, self.branches.numbers)

    @property
    def is_modified(self) -> bool:
        """Whether something would be lost if the session were closed without saving."""
        return self._standing_now().is_modified_since(self._saved, self._was_saved, bool(self.undo_list))

    def mark_saved(self) -> None:
        """It can be opened again as it stands."""
        self._saved, self._was_saved = self._standing_now(), True

    def mark_new(self) -> None:
        """It was made by hand and lies nowhere yet: whatever becomes of it would be lost."""
        self._saved = None

    def parameters_now(self) -> Array:
        """The flat parameters at the cursor."""
        return self.moment().parameters()
