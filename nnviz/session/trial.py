"""A trial runs an example of one's own through the network as it stands: it can be stepped, and nothing is learned.

It is a record like any other, made by the engine's step on a batch of this one example, and a cursor over it.  The
training does not know of it: whoever goes on with the training has left the trial.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from nnviz.data.datasets import DataSet
from nnviz.engine.calls import Array
from nnviz.engine.problem import Problem, State
from nnviz.engine.record import Record
from nnviz.engine.schedules import CONSTANT_RATE, Clock
from nnviz.engine.step import step
from nnviz.errors import Refused
from nnviz.report.moment import Moment
from nnviz.report.pass_order import PassOrder
from nnviz.words import counted, tr


@dataclass(frozen=True, eq=False)
class Trial:
    """The first `cursor` operations of `record`, the pass of one example, are done, those from `since` on just now.

    `inputs` are the example's as the data set has them, before formulas and scaling, (inputs of the set,); `target` is
    (outputs,).  It `is_chosen` by the user, or that of the training example that lies nearest.
    """

    inputs: Array
    target: Array
    is_chosen: bool
    record: Record
    cursor: int = 0
    since: int = 0

    @property
    def order(self) -> PassOrder:
        return PassOrder.of(self.record.problem)

    @property
    def moment(self) -> Moment:
        return Moment(self.record, self.cursor, 0, self.since)

    @property
    def is_complete(self) -> bool:
        return self.cursor >= self.order.length

    @property
    def outputs(self) -> Array:
        """What the network answers, (outputs,)."""
        return np.asarray(self.record.output(len(self.record.problem.network.layers))[:, 0])

    def advanced(self, by_layer: bool = False) -> Trial:
        """One operation on, or to the end of a layer's part; at the end of the pass it stays."""
        return self.at(self.order.next_stop(self.cursor, by_layer))

    def retreated(self, by_layer: bool = False) -> Trial:
        """One operation back; at the start of the pass it stays."""
        stop = self.order.previous_stop(self.cursor, by_layer)
        return replace(self, cursor=stop, since=self.order.previous_stop(stop, by_layer))

    def phase_done(self) -> Trial:
        """To the end of the phase that comes next: forward with the loss, backward, update."""
        return self.at(self.order.phase_end(self.cursor))

    def at(self, cursor: int) -> Trial:
        """The moment after `cursor` operations."""
        cursor = max(0, min(cursor, self.order.length))
        return self if cursor == self.cursor else replace(self, cursor=cursor, since=min(self.cursor, cursor))

    def under(self, problem: Problem, state: State, data: DataSet) -> Trial:
        """The same example at another state of the network."""
        return run_trial(problem, state, data, self.inputs, self.target if self.is_chosen else None, self.cursor)


def run_trial(
    problem: Problem, state: State, data: DataSet, inputs: ArrayLike, target: ArrayLike | None = None, cursor: int = 0
) -> Trial:
    """The pass of one example through `problem`'s network at `state`, `cursor` operations of it done.

    `inputs` are prepared as the training examples are.  Without a `target` the nearest training example's is taken.
    The optimiser remembers what it does in training, and the learning rate is the one in force.  Raises `Refused` for
    numbers that are too few, too many or not finite.
    """
    if not problem.network.has_units:
        raise Refused(tr("only a network takes examples of your own, not a surface or a graph of gates"))
    raw = _numbers(inputs, data.raw_inputs.shape[1], tr("the inputs of an example"))
    wanted = nearest_target(data, raw) if target is None else _target(problem, target)
    engineered = data.preparation.engineered(raw[None])
    if not np.isfinite(engineered).all():
        place = int((~np.isfinite(engineered[0])).argmax())
        text = tr("{formula} is no finite number for these inputs")
        raise Refused(text.format(formula=data.preparation.features[place]), hint=tr("Try other inputs"))
    prepared = np.ascontiguousarray(data.preparation.scale(engineered))
    clock = Clock(state.epoch, state.batch, problem.batches.per_epoch)
    rate = problem.pace.rate(clock, list(state.schedule_memory(problem).values()))
    alone = replace(
        problem, inputs=_read_only(prepared), targets=_read_only(wanted[None]), batch_size=0, learning_rate=rate,
        schedule=CONSTANT_RATE, trial=True,
    )
    record = step(alone, replace(state.under(alone), batch=0))
    end = PassOrder.of(alone).length
    return Trial(_read_only(raw), wanted, target is not None, record, min(cursor, end), min(cursor, end))


def carried_trial(trial: Trial | None, problem: Problem, state: State, data: DataSet) -> Trial | None:
    """The same example after an edit or back before it, at the same operation where there is one.

    None where the network takes other inputs now, or no longer the target that was chosen.
    """
    if trial is None or not problem.network.has_units or data.raw_inputs.shape[1] != len(trial.inputs):
        return None
    try:
        after = trial.under(problem, state, data)
    except Refused:
        return None
    return after.at(trial.order.counterpart(trial.cursor, after.order))


def nearest_target(data: DataSet, raw: Array) -> Array:
    """The target of the training example whose own inputs lie nearest to `raw`, the first of several; (outputs,)."""
    away = data.raw_inputs - raw
    return np.asarray(data.targets[int(np.einsum("ei,ei->e", away, away).argmin())])


def _target(problem: Problem, given: ArrayLike) -> Array:
    """A target that the loss takes."""
    target = _numbers(given, problem.network.sizes[-1], tr("the ‹target› of an example"))
    if problem.loss_row.targets != "any" and (target.min() < 0.0 or target.max() > 1.0):
        bad = float(target[(target < 0.0) | (target > 1.0)][0])
        text = tr("a ‹target› must be from 0 to 1 under {loss}, not {value!r}")
        raise Refused(text.format(loss=tr(problem.loss_row.label), value=bad))
    return _read_only(target)


def _numbers(given: ArrayLike, wanted: int, what: str) -> Array:
    """`given` as so many finite numbers, (wanted,)."""
    values = np.array(given, dtype=np.float64).ravel()
    if len(values) != wanted:
        raise Refused(tr("{what} must be {wanted}, not {count}").format(
            what=what, wanted=counted(wanted, "{count} number", "{count} numbers"), count=len(values)))
    if not np.isfinite(values).all():
        bad: Sequence[float] = values[~np.isfinite(values)].tolist()
        raise Refused(tr("{value!r} is not a finite number").format(value=bad[0]),
                      hint=tr("Type a number such as 0.25"))
    return values


def _read_only(array: Array) -> Array:
    array = np.array(array)
    array.flags.writeable = False
    return array
