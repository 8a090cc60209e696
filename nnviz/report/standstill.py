"""When learning stands still: the update of a step is exactly 0, for this batch or for good.

A network at rest has found a minimum, or lost its way out; which of the two it is, the loss tells.
"""

from __future__ import annotations

from nnviz.engine.record import Record
from nnviz.engine.schedules import CONSTANT
from nnviz.report.moment import Moment
from nnviz.words import tr


def changes_nothing(record: Record) -> bool:
    """Whether the step adds exactly 0 to every parameter."""
    return not record.update.any()


def is_for_good(record: Record) -> bool:
    """Whether every step that follows a step which changes nothing must be as idle as that.

    So it is where the next one begins with the same parameters and memory, sees the same examples, and gets a
    learning rate that was not the cause.
    """
    problem = record.problem
    if not changes_nothing(record) or problem.batches.per_epoch > 1 or record.learning_rate <= 0.0:
        return False
    if problem.schedule.name != CONSTANT and record.gradient[~problem.frozen_mask].any():
        return False
    return record.keeps_memory


# By the kind of network; a graph without an optimiser is not meant to move, so nothing is said of it.
_STANDS_STILL = {
    "network": "Every update is exactly 0: the network can learn nothing more.",
    "graph": "Every update is exactly 0: the leaves move no further.",
    "surface": "Every update is exactly 0: the point moves no further.",
}


def standstill_sentence(moment: Moment, before: Record | None = None) -> str:
    """What is to be said at the end of a step that changes nothing; "" wherever else.

    Where the step `before`, since which nothing was edited, was idle for good, it is said within the next pass too.
    """
    if is_for_good(moment.record) if moment.is_complete else before is not None and is_for_good(before):
        network = moment.record.problem.network
        return "" if network.gates is not None and not network.gates.learns else tr(_STANDS_STILL[network.kind])
    if moment.is_complete and changes_nothing(moment.record):
        return tr("Every update is exactly 0: this step changes nothing.")
    return ""
