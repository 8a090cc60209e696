"""What an edit in the middle of a run makes optimiser and schedule forget; the parameters always stay."""

from __future__ import annotations

from collections.abc import Sequence

from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.session.document import Document
from nnviz.words import tr


def forgotten(before: Document, after: Document) -> str:
    """What happens to the memory of optimiser and schedule between two documents; "" where nothing is lost or new."""
    old, new = OPTIMISERS[before.optimiser.name], OPTIMISERS[after.optimiser.name]
    sentences = []
    if old.name != new.name:
        sentences.append(tr("{optimiser} goes on from these parameters.").format(optimiser=tr(new.label)))
        if old.state:
            text = tr("What {optimiser} remembered ({memory}) is put aside; Undo brings it back.")
            sentences.append(text.format(optimiser=tr(old.label), memory=_list(old.state)))
        if new.state:
            sentences.append(tr("It begins with {memory} at 0.").format(memory=_list(new.state)))
    was, now = SCHEDULES[before.schedule.name], SCHEDULES[after.schedule.name]
    if now.memory and (old.name != new.name or was.name != now.name):
        text = tr("The schedule {schedule} begins to watch the loss from here.")
        sentences.append(text.format(schedule="“" + tr(now.label) + "”"))
    return " ".join(sentences)


def _list(names: Sequence[str]) -> str:
    return ", ".join(tr(name.replace("_", " ")) for name in names)
