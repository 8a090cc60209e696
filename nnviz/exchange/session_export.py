"""The steps of an open session as tables: run once more from what the session knows of them, so that its place stays.

What is written for steps 1 to N are the bytes that the command line writes for the same document.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from nnviz.engine.problem import Problem
from nnviz.exchange.formats import CSV, Format, Write
from nnviz.exchange.tables import (
    Cancelled,
    Export,
    Outcome,
    Progress,
    Stretch,
    find_table,
    prepare_export,
)
from nnviz.report.pass_order import PassOrder
from nnviz.session.session import Session

PREVIEWED = 50          # lines

# Rows that a step of a batch of so many examples has, by table.
ROWS_A_STEP: Mapping[str, Callable[[Problem, float], float]] = {
    "parameters": lambda problem, batch: problem.network.parameter_count,
    "examples": lambda problem, batch: problem.network.parameter_count * (batch + 1),
    "neurons": lambda problem, batch: sum(problem.network.sizes) * batch,
    "trace": lambda problem, batch: sum(
        section.count * (1 if section.kind == "parameter" else batch)
        for section in PassOrder(problem.network).sections
    ),
    "metrics": lambda problem, batch: 1,
}


class SessionExporter:
    """Writes tables of the branch on which a session stands; steps count from the start of the training.

    Only immutable values are taken from the session, so `run` may be called on another thread.
    """

    def __init__(self, session: Session) -> None:
        self.session = session

    @property
    def first_step(self) -> int:
        """The oldest step that is known: 1, or the one after which the document was saved."""
        return list(self.session.place.tip.chain())[-1].begins_at + 1

    @property
    def last_step(self) -> int:
        """The newest step of the branch, or the first that there will be."""
        return max(self.session.last_step, self.first_step)

    def prepare(self, table: str, first: int, last: int, every: int, state: bool = False) -> Export:
        """The export of steps `first`, `first + every`, ... and `last`.

        Steps beyond the newest one of the branch are trained for the export alone.
        """
        return prepare_export(self.session, table, last - first + 1, every, first, state)

    def preview(
        self, table: str, first: int, last: int, every: int, cancelled: Cancelled | None = None, state: bool = False
    ) -> bytes:
        """The header and the first lines, exactly as `run` would write them."""
        lines: list[bytes] = []

        def enough() -> bool:
            return len(lines) > PREVIEWED or (cancelled is not None and cancelled())

        self.prepare(table, first, last, every, state).run(
            lambda part: lines.extend(part.splitlines(keepends=True)), cancelled=enough)
        return b"".join(lines[: PREVIEWED + 1])

    def count(self, table: str, first: int, last: int, every: int) -> int:
        """How many rows `run` would write, the header not counted; with mini-batches of unequal size, about."""
        rows = ROWS_A_STEP[find_table(table).name]
        total = 0.0
        for stretch in self.prepare(table, first, last, every).stretches:
            batches = stretch.problem.batches
            total += _steps_in(stretch, first, last, every) * rows(
                stretch.problem, batches.examples / batches.per_epoch)
        return round(total)

    def run(
        self, table: str, first: int, last: int, every: int, write: Write, progress: Progress | None = None,
        cancelled: Cancelled | None = None, state: bool = False, form: Format = CSV,
    ) -> Outcome:
        """Writes the table; `progress` is told steps done and steps in all, `cancelled` ends it after a whole row."""
        return self.prepare(table, first, last, every, state).run(write, progress, cancelled, form)


def _steps_in(stretch: Stretch, first: int, last: int, every: int) -> int:
    """How many of the steps that are exported lie in `stretch`, without walking through them."""
    low, high = max(first, stretch.first), min(last, stretch.last)
    if low > high:
        return 0
    regular = (high - first) // every - (low - 1 - first) // every
    return regular + (1 if low <= last <= high and (last - first) % every else 0)
