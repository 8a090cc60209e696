"""Everything that happened in a step, as tables: for the window's panels, for spreadsheets, for other programs.

Each row of `TABLES` is one table.  One generator makes its rows, for showing and for writing alike, so that what the
window exports and what the command line writes are the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice

import numpy as np

from nnviz.data.datasets import DataSet
from nnviz.engine.calls import Array
from nnviz.engine.network import Network
from nnviz.engine.problem import Problem, State
from nnviz.engine.record import Record
from nnviz.engine.step import Trainer
from nnviz.errors import ChoiceRefused
from nnviz.exchange.csv_writer import Block, Names, NumberBlock, Pairs, Row, RowBlock
from nnviz.exchange.formats import CSV, Format, Sink, Write
from nnviz.report.divergence import Divergence, find_divergence
from nnviz.report.example_gradients import ExampleGradients
from nnviz.report.labels import Labels
from nnviz.report.metrics import METRICS, survey_before
from nnviz.report.trace import Trace
from nnviz.session.document import Document
from nnviz.session.opening import load_data, make_problem, opened_state
from nnviz.session.session import Session
from nnviz.words import plain, tr

CHUNK = 1 << 13            # rows that are put together and written at once
MOST_KEPT = 1 << 18        # parameters whose names are kept from one step to the next
EFFECTIVE_RATE = "effective_learning_rate"
SLICE = 0.05               # seconds of training between two looks at `cancelled`

Progress = Callable[[int, int], None]
"""Told how many steps are done, and how many there will be."""
Cancelled = Callable[[], bool]


@dataclass(frozen=True, eq=False)
class Context:
    """What the rows of a table need beside the record: the names of things, and the data for set-wide numbers."""

    labels: Labels
    data: DataSet

    @classmethod
    def of_document(cls, document: Document, data: DataSet) -> Context:
        return cls(Labels(document.network, document.labels), data)

    @classmethod
    def of_session(cls, session: Session) -> Context:
        """The context where the session stands."""
        return cls.of_document(session.document, session.segment.data)

    def parameters(self, layer: int, chunk: int) -> Iterator[Names]:
        """`parameter, label, layer, kind, target, source` of a layer's parameters, `chunk` at a time."""
        if self.labels.network.parameter_count > MOST_KEPT:
            return self._parameters(layer, chunk)
        if (layer, chunk) not in self._kept:
            self._kept[layer, chunk] = list(self._parameters(layer, chunk))
        return iter(self._kept[layer, chunk])

    @cached_property
    def _kept(self) -> dict[tuple[int, int], list[Names]]:
        return {}

    def _parameters(self, layer: int, chunk: int) -> Iterator[Names]:
        elements = self.labels.elements(layer)
        while part := [self.labels.describe(element) for element in islice(elements, chunk)]:
            yield Names([(n.canonical, n.label, n.layer, n.kind, n.target, n.source) for n in part])

    @cached_property
    def units(self) -> tuple[Names, Names]:
        """`layer, unit` of the inputs, with the empty net input behind, and of all units after them."""
        network = self.labels.network
        inputs = Names([(0, name, None) for name in network.inputs])
        layers = range(1, len(network.layers) + 1)
        return inputs, Names([(layer, name) for layer in layers for name in network.names(layer)])


@dataclass(frozen=True)
class Table:
    """One table: `make(record, context)` makes the rows of a step, in order and a part at a time."""

    name: str
    label: str
    help: str
    columns: tuple[str, ...]
    make: Callable[[Record, Context], Iterator[Block]]
    has_state: bool = False          # whether it can have the optimiser's state in columns of its own
    kinds: tuple[str, ...] = ("network",)       # of documents that have it; a formula has no units and no examples

    def blocks(self, record: Record, context: Context) -> Iterator[Block]:
        """The rows of a step in parts; numbers that have run away are no reason to warn."""
        check_offered(self, context.labels.network)
        made = self.make(record, context)
        while True:
            with np.errstate(all="ignore"):
                block = next(made, None)
            if block is None:
                return
            yield block

    def rows(self, record: Record, context: Context) -> Iterator[Row]:
        """The rows of a step as plain values, None where a cell is empty; made as they are asked for."""
        for block in self.blocks(record, context):
            yield from block.rows()


def _layers(record: Record) -> range:
    return range(1, len(record.problem.network.layers) + 1)


def _parameters(record: Record, context: Context) -> Iterator[Block]:
    order, start = record.problem.blocks.order, 0
    vectors = (record.parameters, record.gradient, record.update, record.new_parameters)
    for layer in _layers(record):
        for names in context.parameters(layer, CHUNK):
            places = order[start : start + len(names.cells)]
            start += len(places)
            numbers = np.stack([vector[places] for vector in vectors], axis=1)
            numbers[:, 1] += 0.0   # no negative zeros
            yield NumberBlock((record.step, record.epoch), names, numbers)


def with_state(table: Table, problems: Iterable[Problem]) -> Table:
    """`parameters` with what the optimisers of `problems` remember after each update, in columns at the end.

    Last comes the effective learning rate.  Where a run changed its optimiser, what another one remembers is empty.
    """
    if not table.has_state:
        names = ", ".join(row.name for row in TABLES.values() if row.has_state)
        text = tr("the table {table!r} has no columns for the optimiser's state").format(table=table.name)
        raise ChoiceRefused(text, hint=tr("Ask for it with: {names}").format(names=names))
    found = [name for problem in problems for name in problem.optimiser_row.state]
    columns = (*dict.fromkeys(found), EFFECTIVE_RATE)

    def make(record: Record, context: Context) -> Iterator[Block]:
        own = (*record.problem.optimiser_row.state, EFFECTIVE_RATE)
        vectors = [record.effective_learning_rate if name == EFFECTIVE_RATE else record.memory(name) for name in own]
        order, start = record.problem.blocks.order, 0
        for block in table.make(record, context):
            assert isinstance(block, NumberBlock)
            places = order[start : start + len(block.numbers)]
            start += len(places)
            numbers = np.concatenate((block.numbers, np.stack([v[places] for v in vectors], axis=1) + 0.0), axis=1)
            whole = replace(block, numbers=numbers)
            yield whole if own == columns else _with_gaps(whole, own, columns)

    return replace(table, columns=(*table.columns, *columns), make=make)


def _with_gaps(block: Block, own: tuple[str, ...], columns: tuple[str, ...]) -> Block:
    """The rows of `block`, whose last cells are those of the columns `own`, with empty cells for other `columns`."""
    places = [own.index(name) if name in own else None for name in columns]
    rows: list[Row] = []
    for row in block.rows():
        head, tail = row[: -len(own)], row[-len(own) :]
        rows.append((*head, *(None if place is None else tail[place] for place in places)))
    return RowBlock(rows)


def _examples(record: Record, context: Context) -> Iterator[Block]:
    table, start = ExampleGradients(record), 0
    examples = Names([*((int(row),) for row in table.examples), ("mean",)])
    for layer in _layers(record):
        for names in context.parameters(layer, max(1, CHUNK // len(examples.cells))):
            places = np.arange(start, start + len(names.cells))
            start += len(places)
            numbers = np.concatenate((table.rows(places), table.mean[places, None]), axis=1)
            shown = Names([row[:2] for row in names.cells])
            yield NumberBlock((record.step,), Pairs(shown, examples), numbers.reshape(-1, 1))


def _neurons(record: Record, context: Context) -> Iterator[Block]:
    inputs, units = context.units
    readings: tuple[Callable[[int], Array], ...] = (
        record.net_of_units, record.output, record.output_gradient,
        lambda layer: record.of_units(layer, record.slope(layer)),
        lambda layer: record.of_units(layer, record.delta(layer)),
    )
    numbers = np.stack([np.concatenate([read(layer) for layer in _layers(record)]) for read in readings]) + 0.0
    for place, row in enumerate(record.rows):
        leading = (record.step, record.epoch, int(row))
        yield NumberBlock(leading, inputs, record.inputs[:, place : place + 1], (None, None, None))
        yield NumberBlock(leading, units, np.ascontiguousarray(numbers[:, :, place].T))


def _trace(record: Record, context: Context) -> Iterator[Block]:
    rows: Iterator[Row] = (
        (record.step, order, *row) for order, row in enumerate(Trace(record, context.labels).rows(), start=1)
    )
    while part := list(islice(rows, 256)):
        yield RowBlock(part)


def _metrics(record: Record, context: Context) -> Iterator[Block]:
    survey = survey_before(record, context.data)
    yield RowBlock([(record.step, record.epoch, *(metric.of(record, survey) for metric in METRICS.values()))])


TABLES: dict[str, Table] = {
    row.name: row
    for row in (
        Table(
            "parameters", "Parameters", "Every weight and bias: its value, its gradient, and what the step adds to it.",
            ("step", "epoch", "parameter", "label", "layer", "kind", "target", "source", "value", "gradient", "update",
             "new_value"),
            _parameters, has_state=True, kinds=("network", "graph", "surface"),
        ),
        Table(
            "examples", "Examples", "What each example of the batch wants of every parameter, then their mean.",
            ("step", "parameter", "label", "example", "gradient"),
            _examples,
        ),
        Table(
            "neurons", "Neurons", "Every unit for every example: net input, output, and the gradients at both.",
            ("step", "epoch", "example", "layer", "unit", "net_input", "output", "d_loss_d_output", "d_output_d_net",
             "delta"),
            _neurons,
        ),
        Table(
            "trace", "Trace", "Every operation of the pass in order, as a formula and with its numbers.",
            ("step", "order", "example", "phase", "operation", "node", "formula", "calculation", "value",
             "local_gradient", "upstream_gradient", "gradient"),
            _trace, kinds=("network", "graph"),
        ),
        Table(
            "metrics", "Metrics", "One row a step: loss, accuracy, sizes of gradient and update, units that stopped.",
            ("step", "epoch", *METRICS),
            _metrics, kinds=("network", "surface"),
        ),
    )
}

# What stands in a column, for headings that explain themselves; the metrics bring their own.
COLUMNS: dict[str, str] = {
    "step": "Training step, from 1.",
    "epoch": "Pass through the training set, from 1.",
    "parameter": "Canonical name, W1[unit,source] or b1[unit]; of maxout W1[unit,piece,source], b1[unit,piece].",
    "label": "The lesson's own name.",
    "layer": "Layer, from 1; the input is 0.",
    "kind": "Weight, bias, what an activation learns, a surface's variable or a graph's leaf.",
    "target": "The unit that it leads into.",
    "source": "The unit that it comes from.",
    "value": "Before the step; in a trace, what the operation gives.",
    "gradient": "∂E/∂ of it, before the step.",
    "update": "The number that the step adds; 0 where frozen.",
    "new_value": "Value + update.",
    "example": "Row of the data set, from 0.",
    "unit": "Name of the unit.",
    "net_input": "z = W a + b; of a maxout unit that of the piece that won.",
    "output": "a = f(z); for an input the scaled input.",
    "d_loss_d_output": "∂E/∂out, of this example's own loss.",
    "d_output_d_net": "∂out/∂net, the slope of the activation; of a maxout unit by the piece that won.",
    "delta": "δ = ∂E/∂net, of this example's own loss; of a maxout unit that of the piece that won.",
    "order": "Place in the pass, from 1.",
    "phase": "Forward, loss, backward or update.",
    "operation": "What is done.",
    "node": "What it is done for.",
    "formula": "In symbols.",
    "calculation": "With numbers; the result is the value, on the way back the gradient.",
    "local_gradient": "∂ of the result by this node.",
    "upstream_gradient": "What comes back from the result.",
    "velocity": "v after the update.",
    "sum_of_squares": "s after the update: all squared gradients so far.",
    "mean_of_squares": "s after the update: the running mean of squared gradients.",
    "first_moment": "m after the update: the running mean of gradients, not corrected.",
    "second_moment": "v after the update: the running mean of squared gradients, not corrected.",
    "previous_gradient": "What the next gradient's sign is compared with.",
    "step_size": "How far the parameter goes, whatever its gradient.",
    EFFECTIVE_RATE: "What the step multiplies this parameter's direction by; 0 where frozen.",
    **{metric.name: plain(metric.help) for metric in METRICS.values()},
}


def find_table(name: str) -> Table:
    """The table of that name; `ChoiceRefused` where there is none."""
    if name not in TABLES:
        raise ChoiceRefused.unknown("table", name, TABLES)
    return TABLES[name]


_NO_TABLE = {
    "graph": "there is no table {table!r} of a computation graph",
    "surface": "there is no table {table!r} of a surface",
}


def offered_tables(network: Network) -> tuple[str, ...]:
    """The names of the tables that there are of a network, of a graph or of a surface."""
    return tuple(row.name for row in TABLES.values() if network.kind in row.kinds)


def check_offered(table: Table, network: Network) -> None:
    """Refuses a table that a surface or a graph cannot fill."""
    if table.name not in offered_tables(network):
        text = tr(_NO_TABLE[network.kind]).format(table=table.name)
        raise ChoiceRefused(text, hint=tr("Ask for one of: {names}").format(names=", ".join(offered_tables(network))))


def rows(table: str, record: Record, context: Context) -> list[Row]:
    """All rows of a step, as plain values."""
    return list(find_table(table).rows(record, context))


def write_table(
    table: str, records: Iterable[Record], context: Context, write: Write, progress: Progress | None = None,
    cancelled: Cancelled | None = None,
) -> bool:
    """Writes the header and the rows of `records` as CSV; False when `cancelled` ended it, after a complete row.

    `progress` is told how many records are written; how many there will be is not known, and given as 0.
    """
    row = find_table(table)
    sink = CSV.sink(row.name, row.columns, write)
    try:
        for done, record in enumerate(records, start=1):
            _write_step(row, record, context, sink, cancelled)
            if progress is not None:
                progress(done, 0)
    except _Stopped:
        return False
    return True


class _Stopped(Exception):
    """`cancelled` said so."""


def _look(cancelled: Cancelled | None) -> None:
    if cancelled is not None and cancelled():
        raise _Stopped


def _write_step(table: Table, record: Record, context: Context, sink: Sink, cancelled: Cancelled | None) -> int:
    """Writes the rows of a step, and says how many they are."""
    rows = 0
    for block in table.blocks(record, context):
        _look(cancelled)
        sink.block(block)
        rows += len(block)
    return rows


# --- many steps -------------------------------------------------------------------------------------------------


def export_steps(steps: int, every: int = 1) -> Iterator[int]:
    """Which of `steps` steps are exported: 1, 1 + every, ... and the last.

    >>> list(export_steps(10, 4)), list(export_steps(3)), list(export_steps(0))
    ([1, 5, 9, 10], [1, 2, 3], [])
    """
    yield from range(1, steps + 1, every)
    if steps > 0 and (steps - 1) % every:
        yield steps


@dataclass(frozen=True, eq=False)
class Stretch:
    """Steps `first` to `last` under one problem; `state` is any state that lies before `first`."""

    problem: Problem
    context: Context
    state: State
    first: int
    last: int


@dataclass(frozen=True)
class Outcome:
    """How an export ended: the last step that was written whole (0 for none), its rows, and what ended it early."""

    last_step: int
    cancelled: bool = False
    divergence: Divergence | None = None
    rows: int = field(default=0, compare=False)


@dataclass(frozen=True, eq=False)
class Export:
    """Steps of training, run once more from what is known of them, and written as a table.

    It holds values only: it can run on another thread while the session it was made from goes on.
    """

    table: Table
    stretches: tuple[Stretch, ...]
    first: int
    steps: int
    every: int = 1

    def run(
        self, write: Write, progress: Progress | None = None, cancelled: Cancelled | None = None, form: Format = CSV
    ) -> Outcome:
        """Writes the table in the format `form`; a step that is not finite is the last one written."""
        last, rows, divergence = 0, 0, None
        sink = form.sink(self.table.name, self.table.columns, write)
        try:
            for record, context in self._records(progress, cancelled):
                rows += _write_step(self.table, record, context, sink, cancelled)
                last = record.step
                if progress is not None:
                    progress(last - self.first + 1, self.steps)
                if not _is_finite(record):
                    divergence = find_divergence(record)
                    break
        except _Stopped:
            return Outcome(last, cancelled=True, rows=rows)
        sink.end()
        return Outcome(last, divergence=divergence, rows=rows)

    def _records(
        self, progress: Progress | None, cancelled: Cancelled | None
    ) -> Iterator[tuple[Record, Context]]:
        """The records that are wanted, in order; one that is not finite comes early, and is the last."""
        wanted = (self.first - 1 + step for step in export_steps(self.steps, self.every))
        step = next(wanted, None)
        for stretch in self.stretches:
            trainer = Trainer(stretch.problem)
            trainer.load(stretch.state)
            while step is not None and step <= stretch.last:
                while trainer.step < step - 1:
                    _look(cancelled)
                    if not trainer.run(step - 1 - trainer.step, seconds=SLICE):
                        break   # the step that comes now is not finite
                    if progress is not None:
                        progress(max(0, trainer.step - self.first + 1), self.steps)
                record = trainer.advance()
                yield record, stretch.context
                if not _is_finite(record):
                    return
                step = next(wanted, None)


def _is_finite(record: Record) -> bool:
    with np.errstate(all="ignore"):
        return record.is_finite


ENDLESS = 2**63


def prepare_export(
    source: Session | Document, table: str, steps: int, every: int = 1, first: int | None = None, state: bool = False
) -> Export:
    """An export of `steps` steps from step `first` on: by default a document's next one, a session's very first.

    With `state`, the table `parameters` has the optimiser's state in columns at the end.
    """
    row = find_table(table)
    stretches = [_of_document(source)] if isinstance(source, Document) else _of_session(source, first)
    check_offered(row, stretches[0].problem.network)
    start = stretches[0].first if first is None else max(first, stretches[0].first)
    last = start + steps - 1
    needed = tuple(stretch for stretch in stretches if stretch.last >= start and stretch.first <= last)
    if state:
        row = with_state(row, [stretch.problem for stretch in needed])
    return Export(row, needed, start, steps, every)


def run_and_export(
    source: Session | Document, table: str, steps: int, every: int, write: Write, progress: Progress | None = None,
    cancelled: Cancelled | None = None, first: int | None = None, state: bool = False, form: Format = CSV,
) -> Outcome:
    """Runs `steps` steps and writes the table of steps 1, 1 + every, ... and the last; see `prepare_export`."""
    return prepare_export(source, table, steps, every, first, state).run(write, progress, cancelled, form)


def _of_document(document: Document) -> Stretch:
    data = load_data(document)
    problem = make_problem(document, data)
    state, _ = opened_state(document, problem)
    return Stretch(problem, Context.of_document(document, data), state, state.step + 1, ENDLESS)


def _of_session(session: Session, wanted: int | None) -> list[Stretch]:
    """The session's branch, oldest first; each segment ends where the edit that follows it was made."""
    stretches: list[Stretch] = []
    last = ENDLESS
    for segment in session.place.tip.chain():
        first = segment.begins_at + 1
        if first <= last:
            before = first if wanted is None else min(max(first, wanted), last)
            context = Context.of_document(segment.document, segment.data)
            stretches.insert(0, Stretch(segment.problem, context, segment.nearest(before - 1), first, last))
            last = segment.begins_at
    return stretches
