"""What a file of examples holds, as tables: how it begins, and what each of its columns is for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPalette

from nnviz.data.csv_cells import MISSING
from nnviz.data.csv_survey import ColumnSurvey, Survey
from nnviz.gui.translation import tr
from nnviz.report.numbers import count

Index = QModelIndex | QPersistentModelIndex

LONGEST_SHOWN = 60               # characters of a cell
FEW_CLASSES = 20                 # words with no more different values are taken as classes without being asked
INPUT, TARGET, ONE_HOT = 3, 4, 5
HEADINGS: tuple[tuple[str, str], ...] = (
    ("Column", "What the column is called"),
    ("Holds", "Numbers, words with so many different values, or both, where a slip is likely"),
    ("Missing", "How many of its values are missing"),
    ("Input", "The network learns from it"),
    ("‹Target›", "The network learns to give it"),
    ("One-hot", "One number for each class, 1 for the one that it is, else 0"),
)


def _shown(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 1] + "…"


class FirstRowsModel(QAbstractTableModel):
    """The first rows of a file as they stand there; what is missing is tinted."""

    def __init__(self) -> None:
        super().__init__()
        self.names: tuple[str, ...] = ()
        self.rows: tuple[tuple[str, ...], ...] = ()
        self.lines: tuple[int, ...] = ()

    def show_survey(self, survey: Survey | None) -> None:
        """Shows what was found; nothing for None."""
        self.beginResetModel()
        self.names = () if survey is None else tuple(column.name for column in survey.columns)
        self.rows = () if survey is None else survey.first_rows
        self.lines = () if survey is None else survey.first_lines
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.names)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        # the line of the file, as messages name it
        return str(self.lines[section]) if orientation == Qt.Orientation.Vertical else _shown(self.names[section])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        text = self.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _shown(text)
        if role == Qt.ItemDataRole.BackgroundRole and text.strip().casefold() in MISSING:
            colour = QGuiApplication.palette().color(QPalette.ColorRole.BrightText)
            colour.setAlpha(60)
            return colour
        return None


class ColumnsModel(QAbstractTableModel):
    """What every column is for: ticks for input, target and one-hot.  `edited` tells that the user changed one."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[ColumnSurvey, ...] = ()
        self.inputs: set[int] = set()
        self.targets: set[int] = set()
        self.one_hot: set[int] = set()

    def show_survey(self, survey: Survey | None) -> None:
        """Shows the columns that were found, and proposes what they are for: the last one is the target."""
        columns = () if survey is None else survey.columns
        same = [column.name for column in columns] == [column.name for column in self.columns]
        kinds_before = [column.numeric for column in self.columns]
        self.beginResetModel()
        self.columns = columns
        if not same or kinds_before != [column.numeric for column in columns]:
            self._propose()
        self.endResetModel()

    def _propose(self) -> None:
        usable = [place for place, column in enumerate(self.columns)
                  if column.numeric or column.word or _has_few(column)]
        self.targets = set(usable[-1:])
        self.inputs = set(usable[:-1])
        self.one_hot = {place for place in usable if _is_all_words(self.columns[place])}

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(HEADINGS)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return tr(HEADINGS[section][0])
        return tr(HEADINGS[section][1]) if role == Qt.ItemDataRole.ToolTipRole else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        ticks = index.column() >= INPUT and (index.column() != ONE_HOT or self._may_be_one_hot(index.row()))
        return flags | Qt.ItemFlag.ItemIsUserCheckable if ticks else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        column = self.columns[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return (_shown(column.name), holds(column), count(column.missing) if column.missing else "")[
                index.column()] if index.column() < INPUT else None
        if role == Qt.ItemDataRole.CheckStateRole and index.column() >= INPUT:
            if index.column() == ONE_HOT and not self._may_be_one_hot(index.row()):
                return None
            return Qt.CheckState.Checked if index.row() in self._ticked(index.column()) else Qt.CheckState.Unchecked
        if role == Qt.ItemDataRole.AccessibleTextRole and index.column() >= INPUT:
            return tr(HEADINGS[index.column()][0])
        if role == Qt.ItemDataRole.ToolTipRole and index.column() == 2 and column.first_missing:
            return tr("The first is in line {line}").format(line=count(column.first_missing))
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or index.column() < INPUT:
            return False
        place, ticked = index.row(), self._ticked(index.column())
        if Qt.CheckState(value) == Qt.CheckState.Checked:
            ticked.add(place)
            if index.column() == INPUT:
                self.targets.discard(place)
            elif index.column() == TARGET:
                self.inputs.discard(place)
            if _is_all_words(self.columns[place]):
                self.one_hot.add(place)         # words can be nothing else
        else:
            ticked.discard(place)
        self.dataChanged.emit(self.index(place, INPUT), self.index(place, ONE_HOT))
        self.edited.emit()
        return True

    def _ticked(self, column: int) -> set[int]:
        return {INPUT: self.inputs, TARGET: self.targets, ONE_HOT: self.one_hot}[column]

    def _may_be_one_hot(self, place: int) -> bool:
        return self.columns[place].classes is not None

    def references(self, places: Iterable[int], headed: bool) -> list[str | int]:
        """The columns at `places` as a document names them: by heading, by number where that says more."""
        names = [column.name for column in self.columns]
        return [names[place] if headed and names.count(names[place]) == 1 else place + 1
                for place in sorted(places)]


def _is_all_words(column: ColumnSurvey) -> bool:
    """Whether nothing in a column is a number; a single word among numbers is a slip as likely as a class."""
    return not column.numeric and not column.word


def _has_few(column: ColumnSurvey) -> bool:
    return column.classes is not None and len(column.classes) <= FEW_CLASSES


def holds(column: ColumnSurvey) -> str:
    """What a column holds, in words."""
    if column.numeric:
        return tr("numbers")
    if column.word:
        return tr("mixed")
    if column.classes is None:
        return tr("text")
    classes = len(column.classes)
    return tr("1 class") if classes == 1 else tr("{number} classes").format(number=count(classes))
