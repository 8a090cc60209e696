"""The parameters of one step as a table that is only written out where somebody looks.

The numbers stay in the record's flat vectors; a row is a position in them.  Sorting and filtering move positions,
never text, so thirteen thousand rows follow a playing network.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from nnviz.engine.calls import Array
from nnviz.engine.network import parse_parameter_name
from nnviz.engine.problem import Problem
from nnviz.exchange.csv_writer import write_row
from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.divergence import array_index
from nnviz.report.elements import Parameter
from nnviz.report.labels import Labels, ParameterName
from nnviz.report.moment import Mask, Moment
from nnviz.report.numbers import full, short
from nnviz.report.pass_order import PassOrder
from nnviz.session.document import Document

Whole = NDArray[np.intp]
Index = QModelIndex | QPersistentModelIndex
UNKNOWN = "–"
SIZE_ROLE = Qt.ItemDataRole.UserRole + 1          # |gradient|, where it is known, finite and not 0
_ARRAY = re.compile(r"([WwBb]|alpha)([0-9]+)(?:\[([0-9,]*)\]?)?", re.ASCII)


class Rows:
    """Which parameter each row is, in the users' order: W1 row by row, b1, W2, ...; a shared bias is one row."""

    def __init__(self, problem: Problem, document: Document) -> None:
        self.problem, self.document = problem, document
        self.order = PassOrder(problem.network)
        self.network = problem.network
        self.labels = Labels(problem.network, document.labels)
        counts = [self.order.parameters_in(layer) for layer in range(1, len(self.network.layers) + 1)]
        self.starts = np.concatenate(([0], np.cumsum(counts))).astype(np.intp)
        self.layer = np.repeat(np.arange(1, len(counts) + 1), counts)

    def __len__(self) -> int:
        return int(self.starts[-1])

    def element(self, row: int) -> Parameter:
        layer = int(self.layer[row])
        found = self.order.parameter(layer, row - int(self.starts[layer - 1]))
        assert isinstance(found, Parameter)
        return found

    def row_of(self, element: Parameter) -> int:
        return int(self.starts[element.layer - 1]) + self.order.place_of(element)

    def name(self, row: int) -> ParameterName:
        return self.labels.describe(self.element(row))

    @cached_property
    def target(self) -> Whole:
        """The unit that each row leads to."""
        return self._ends[0]

    @cached_property
    def source(self) -> Whole:
        """The unit that each row comes from; -1 for a bias, -2 for what an activation learns."""
        return self._ends[1]

    @cached_property
    def piece(self) -> Whole:
        """The piece of its unit that each row leads to; -1 where units have but one net input."""
        return self._ends[2]

    @cached_property
    def _ends(self) -> tuple[Whole, Whole, Whole]:
        targets: list[Whole] = []
        sources: list[Whole] = []
        pieces: list[Whole] = []
        for layer in range(1, len(self.starts)):
            nets, inputs = self.network.net_sizes[layer], self.network.sizes[layer - 1]
            biases, choice = self.order.biases_in(layer), self.network.layers[layer - 1]
            alphas = self.order.parameters_in(layer) - nets * inputs - biases
            unit, piece = np.divmod(np.arange(nets), choice.pieces)
            piece = piece if choice.has_pieces else np.full(nets, -1)
            targets += [np.repeat(unit, inputs), unit[:biases], np.arange(alphas)]
            sources += [np.tile(np.arange(inputs), nets), np.full(biases, -1), np.full(alphas, -2)]
            own = piece if biases == nets else np.full(biases, -1)
            pieces += [np.repeat(piece, inputs), own, np.full(alphas, -1)]
        return np.concatenate(targets), np.concatenate(sources), np.concatenate(pieces)

    def labelled(self, word: str) -> Mask:
        """The rows whose label contains `word`."""
        mask = np.zeros(len(self), dtype=bool)
        for name, label in self.document.labels.items():
            if word in label.casefold():
                mask |= self.named(name)
        return mask

    def named(self, word: str) -> Mask:
        """The rows that a name, or the beginning of one, speaks of: `W1`, `W1[0,`, `b2[1]`."""
        match = _ARRAY.fullmatch(word)
        none = np.zeros(len(self), dtype=bool)
        if match is None:
            return none
        letter, layer, index = match.groups()
        mask = (self.layer == int(layer)) & _of_kind(self.source, letter)
        given = [int(place) if place else None for place in (index or "").split(",")]
        # a shared bias has target 0, as its name says
        pieced = self.piece >= 0
        meanings = {False: (self.target, self.source), True: (self.target, self.piece, self.source)}
        for has_piece, axes in meanings.items():
            here = pieced == has_piece
            for place, wanted in enumerate(given):
                if wanted is not None:
                    mask &= ~here | (axes[place] == wanted if place < len(axes) else False)
        return mask

    def matching(self, text: str) -> Mask:
        """The rows that answer every word of `text`: a name, a label, a unit, a kind, or `layer 2`."""
        mask = np.ones(len(self), dtype=bool)
        words = re.sub(r"layer\s+([0-9]+)", r"layer:\1", text.casefold()).split()
        for word in words:
            mask &= self._answers(word)
        return mask

    def _answers(self, word: str) -> Mask:
        if word.startswith("layer:"):
            return self.layer == int(word.removeprefix("layer:"))
        mask = self.labelled(word)
        if not mask.any():      # w5 is the lesson's w5 where it has one, else the weights into layer 5
            mask = self.named(word)
        for kind in ("weight", "bias", "activation"):
            if kind.startswith(word):
                mask |= _of_kind(self.source, kind)
        for layer in range(1, len(self.starts)):
            here = slice(int(self.starts[layer - 1]), int(self.starts[layer]))
            named = np.array([word in name.casefold() for name in self.network.names(layer)])
            sources = np.array([word in name.casefold() for name in self.network.names(layer - 1)] + [False, False])
            hit = named[self.target[here]] | sources[self.source[here]]
            if self.network.layers[layer - 1].bias == "shared":
                hit[self.source[here] == -1] |= bool(named.any())
            if not self.labels.has_own_alphas(layer):
                hit[self.source[here] == -2] |= bool(named.any())
            mask[here] |= hit
        return mask


@dataclass(frozen=True)
class Column:
    """One column: its header, its tooltip, and the number its rows are sorted by."""

    name: str
    title: str
    help: str
    key: Callable[[ParameterTable], Array | Whole]
    number: bool = False


COLUMNS: tuple[Column, ...] = (
    Column("parameter", "Parameter", "The canonical name: W1[unit, source], b1[unit]; maxout: W1[unit, piece, source]",
           lambda t: np.arange(len(t.rows))),
    Column("label", "Label", "The name that the lesson uses", lambda t: t.label_ranks),
    Column("layer", "Layer", "The layer it leads into, counted from 1", lambda t: t.rows.layer),
    Column("kind", "Kind", "Weight, bias or activation parameter", lambda t: -np.minimum(t.rows.source, 0)),
    Column("route", "Source → target", "The units it connects", lambda t: t.rows.source * (1 << 20) + t.rows.target),
    Column("value", "Value", "Before the update of this step", lambda t: t.numbers("value"), True),
    Column("gradient", "Gradient", "∂E/∂parameter, mean of the batch", lambda t: t.numbers("gradient"), True),
    Column("update", "Update", "What this step adds to the value", lambda t: t.numbers("update"), True),
    Column("new_value", "New value", "After the update of this step", lambda t: t.numbers("new_value"), True),
)
NUMBERS = tuple(column.name for column in COLUMNS if column.number)
PLACE = {column.name: place for place, column in enumerate(COLUMNS)}


class ParameterTable(QAbstractTableModel):
    """The table of one moment; `show` gives it another, `arrange` another order or choice of rows."""

    network_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: Rows | None = None
        self._vectors: dict[str, Array] = {}
        self._known: dict[str, Mask] = {}
        self._shown: Whole = np.empty(0, dtype=np.intp)       # row of the table -> row of `rows`
        self.digits = 6
        self.step, self.epoch = 0, 0
        self.filter_text, self.sort_column, self.descending, self.by_size = "", "", False, False

    # --- what is shown ----------------------------------------------------------------------------------------

    @property
    def rows(self) -> Rows:
        assert self._rows is not None
        return self._rows

    @property
    def is_empty(self) -> bool:
        return self._rows is None

    def show(self, view: View, sort: bool = True) -> None:
        """Shows the step of `view`; `sort` is False to leave the rows where they are."""
        record = view.moment.record
        known = self._rows is not None and (
            self._rows.network == view.problem.network and self._rows.document.labels == view.document.labels)
        vectors = {"value": record.parameters, "gradient": record.gradient, "update": record.update,
                   "new_value": record.new_parameters}
        if not known:
            self.beginResetModel()
            self._rows = Rows(view.problem, view.document)
        self._vectors, self._known = vectors, _known_rows(view.moment, self.rows)
        self.step, self.epoch, self.digits = record.step, record.epoch, view.digits
        if not known:
            self._shown = self._arranged()
            self.endResetModel()
            self.network_changed.emit()
            return
        if sort and self.sort_column in NUMBERS:
            self.arrange()
        if self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, len(COLUMNS) - 1))

    def clear(self) -> None:
        """Shows nothing."""
        self.beginResetModel()
        self._rows, self._vectors, self._shown = None, {}, np.empty(0, dtype=np.intp)
        self.endResetModel()

    def arrange(self) -> None:
        """Brings rows into the order and to the choice that the fields ask for; what is selected stays so."""
        if self._rows is None:
            return
        arranged = self._arranged()
        if np.array_equal(arranged, self._shown):
            return
        if len(arranged) != len(self._shown):
            self.beginResetModel()
            self._shown = arranged
            self.endResetModel()
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        if before:
            place = np.full(len(self.rows), -1)
            place[arranged] = np.arange(len(arranged))
            moved = [self.index(int(place[self._shown[old.row()]]), old.column()) for old in before]
            self._shown = arranged
            self.changePersistentIndexList(before, moved)
        self._shown = arranged
        self.layoutChanged.emit()

    def _arranged(self) -> Whole:
        places = np.arange(len(self.rows))
        if self.sort_column:
            column = COLUMNS[PLACE[self.sort_column]]
            keys = np.asarray(column.key(self))
            if column.number:
                keys = np.abs(keys) if self.by_size else keys
                unknown = np.isnan(keys)
                if self.descending:
                    keys = -keys
                keys = np.where(unknown, np.inf, keys)
            elif self.descending:
                keys = -keys.astype(np.intp)
            places = np.argsort(keys, kind="stable")
        if self.filter_text.strip():
            places = places[self.rows.matching(self.filter_text)[places]]
        return places

    @property
    def label_ranks(self) -> Whole:
        """The place of each row's label in the alphabet, those without one last."""
        ranks = np.full(len(self.rows), len(self.rows), dtype=np.intp)
        labels = sorted(self.rows.document.labels.items(), key=lambda item: _natural(item[1]))
        for rank, (name, _) in enumerate(labels):
            ranks[self.rows.named(name)] = rank
        return ranks

    def numbers(self, name: str) -> Array:
        """A column of numbers in the order of `rows`; NaN where the cursor has not come yet."""
        values = self._vectors[name][self.rows.problem.blocks.order]
        values[~self._known[name]] = np.nan
        return values

    # --- rows and elements --------------------------------------------------------------------------------------

    def element_at(self, row: int) -> Parameter:
        return self.rows.element(int(self._shown[row]))

    def row_of(self, element: Parameter) -> int | None:
        """Where an element is in the table; None where it is filtered out or of another network."""
        network = self.rows.network
        if not 1 <= element.layer <= len(network.layers):
            return None
        name, index = array_index(element)
        array = network.array(name)
        if array is None or not array.has(index):
            return None
        found = np.flatnonzero(self._shown == self.rows.row_of(element))
        return int(found[0]) if len(found) else None

    def number(self, row: int, name: str) -> float | None:
        """A number of the table; None where the cursor has not come yet."""
        place = int(self._shown[row])
        if not self._known[name][place]:
            return None
        return float(self._vectors[name][self.rows.problem.blocks.order[place]])

    def text(self, row: int, name: str) -> str:
        """A cell in full precision: what is copied."""
        if name in NUMBERS:
            return full(self.number(row, name))
        return _TEXTS[name](self.rows, self.rows.name(int(self._shown[row])))

    def longest(self, name: str) -> int:
        """About how many characters the longest text of a text column has."""
        if self._rows is None:
            return 8
        network = self.rows.network
        names = [max(map(len, network.names(layer))) for layer in range(len(network.sizes))]
        pieces = max(len(f"[{layer.pieces - 1}]") if layer.has_pieces else 0 for layer in network.layers)
        routes = [before + after + pieces + 3 for before, after in pairwise(names)]
        digits = len(f"W{len(network.layers)}[,]") + len(str(max(network.sizes[1:]) - 1)) + len(
            str(max(network.sizes[:-1]) - 1)) + max(pieces - 1, 0)
        kinds = max(len(tr("weight")), len(tr("bias")), len(tr("variable")) if not network.has_units else 0)
        labels = max(map(len, self.rows.document.labels.values()), default=0)
        return min(40, {"parameter": digits, "label": labels, "layer": 2, "kind": kinds, "route": max(routes)}[name])

    def to_csv(self) -> str:
        """All rows that are shown, with the columns of the exported `parameters` table; unknown numbers are empty."""
        lines = [write_row(("step", "epoch", "parameter", "label", "layer", "kind", "target", "source", *NUMBERS))]
        for row in range(self.rowCount()):
            said = self.rows.name(int(self._shown[row]))
            numbers = [self.number(row, column) for column in NUMBERS]
            lines.append(write_row((self.step, self.epoch, said.canonical, said.label, said.layer, said.kind,
                                    said.target, said.source, *numbers)))
        return b"".join(lines).decode()

    # --- Qt -----------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(COLUMNS):
            return None
        column = COLUMNS[section]
        if role == Qt.ItemDataRole.DisplayRole:
            title = tr(column.title)
            if column.name != self.sort_column:
                return title
            arrow = "↓" if self.descending else "↑"      # in the text, since the style draws its arrow over it
            return f"{arrow} {title}" if column.number else f"{title} {arrow}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return tr(column.help)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.number else _LEFT
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = COLUMNS[index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self._displayed(index.row(), column)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _RIGHT if column.number else _LEFT
        if role == Qt.ItemDataRole.ToolTipRole:
            text = self.text(index.row(), column.name)
            if column.name == "parameter":
                return f"{text}, {self.text(index.row(), 'kind')}, {self.text(index.row(), 'route')}"
            return text or (tr("The pass has not come here yet") if column.number else None)
        if role == SIZE_ROLE and column.name == "gradient":
            return self._size(index.row())
        return None

    def _displayed(self, row: int, column: Column) -> str:
        if not column.number:
            return self.text(row, column.name)
        value = self.number(row, column.name)
        if value is None:
            return UNKNOWN
        return ("+" if value > 0 else "") + short(value, self.digits)

    def _size(self, row: int) -> float | None:
        value = self.number(row, "gradient")
        return abs(value) if value and np.isfinite(value) else None


_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def _route(rows: Rows, said: ParameterName) -> str:
    if said.kind in ("variable", "leaf"):      # of a formula: it leads nowhere
        return ""
    target, meant = said.target, parse_parameter_name(said.canonical)
    if said.kind != "activation" and meant is not None and rows.network.layers[said.layer - 1].has_pieces and target:
        target = f"{target}[{meant[1][1]}]"       # the net input, as the trace calls it
    if not target:
        names = rows.network.names(said.layer)
        target = ", ".join(names[:3]) + (", …" if len(names) > 3 else "")
    return f"{said.source} → {target}" if said.source else f"→ {target}"


_TEXTS: dict[str, Callable[[Rows, ParameterName], str]] = {
    "parameter": lambda rows, said: said.canonical,
    "label": lambda rows, said: said.label,
    "layer": lambda rows, said: str(said.layer),
    "kind": lambda rows, said: tr(said.kind),
    "route": _route,
}


def _known_rows(moment: Moment, rows: Rows) -> dict[str, Mask]:
    """Which rows the cursor has passed, by column; the leaves of a graph are passed in another order than they stand.
    """
    gradients, updates = np.zeros((2, len(rows)), dtype=bool)
    if rows.network.gates is not None:
        gradients[:], updates[:] = (known[0].ravel() for known in (moment.gradients_known(1), moment.updates_known(1)))
    else:
        for layer, start in enumerate(rows.starts[:-1].tolist(), start=1):
            gradients[start : start + moment.order.done(moment.cursor, "backward", "parameter", layer)] = True
            updates[start : start + moment.order.done(moment.cursor, "update", "parameter", layer)] = True
    return {"value": np.ones(len(rows), dtype=bool), "gradient": gradients, "update": updates, "new_value": updates}


def _of_kind(source: Whole, kind: str) -> Mask:
    """The rows of weights, biases, or what activations learn, told from where they come from."""
    letter = kind[0].casefold()
    return source >= 0 if letter == "w" else source == {"b": -1, "a": -2}[letter]


def _natural(text: str) -> list[tuple[int, str]]:
    """A key by which w10 comes after w2."""
    parts = re.split(r"([0-9]+)", text)
    return [(int(part), "") if part.isdigit() else (-1, part.casefold()) for part in parts if part]


def selected_as_text(model: ParameterTable, cells: Sequence[Index]) -> str:
    """The selected cells in full precision, columns parted by tabs, rows by line ends."""
    return cells_as_text(cells, lambda row, column: model.text(row, COLUMNS[column].name))


def cells_as_text(cells: Sequence[Index], text: Callable[[int, int], str]) -> str:
    """Cells of any table, columns parted by tabs, rows by line ends; `text(row, column)` is what stands in one."""
    rows: dict[int, dict[int, str]] = {}
    for cell in cells:
        rows.setdefault(cell.row(), {})[cell.column()] = text(cell.row(), cell.column())
    columns = sorted({column for row in rows.values() for column in row})
    return "\n".join("\t".join(rows[row].get(column, "") for column in columns) for row in sorted(rows))
