"""Which formulas there are to show: those of what is selected, else of the operation that has just been done; never one
of a number that the cursor has not reached.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from nnviz.gui.translation import tr
from nnviz.gui.view import View
from nnviz.report.by_hand import by_hand
from nnviz.report.elements import Unit
from nnviz.report.formulas import Formulas
from nnviz.report.labels import Labels
from nnviz.report.mathematics import Formula
from nnviz.report.numbers import short
from nnviz.report.pass_order import Phase
from nnviz.words import counted


@dataclass(frozen=True)
class Sheet:
    """The formulas that are shown, which of them the operation just done has computed, and a quiet line below them."""

    formulas: tuple[Formula, ...] = ()
    marked: frozenset[int] = frozenset()
    note: str = ""


def sheet_of(view: View) -> Sheet:
    """What there is to show at this moment."""
    moment = view.moment
    record, last, cursor = moment.record, moment.last, moment.cursor
    labels = _labels_of(view)
    formulas = Formulas(record, labels, moment.example, view.conventions)
    if view.selection is None:
        if last is None:
            return Sheet(note=tr("Press Step: every operation of the pass shows its formula here."))
        return Sheet(_by_hand(view, formulas.of(last)))
    about = formulas.about(view.selection)
    known = tuple(formula for formula in about if formula.place < cursor)
    marked = frozenset(place for place, formula in enumerate(known) if formula.place == cursor - 1)
    if not about:
        return Sheet(note=_why_none(view))
    coming = about[len(known):]
    when = "" if not coming else _when(coming, moment.order.length, moment.order.at(coming[0].place).phase)
    return Sheet(_by_hand(view, known), marked, when)


def _labels_of(view: View) -> Labels:
    """The names; kept while network and names are the same, for they know the order of a pass."""
    global _labels
    network, own = view.moment.record.problem.network, view.document.labels
    if _labels is None or _labels.network is not network or _labels.labels is not own:
        _labels = Labels(network, own)
    return _labels


_labels: Labels | None = None


def _by_hand(view: View, formulas: tuple[Formula, ...]) -> tuple[Formula, ...]:
    """The formulas, with what comes of each as by hand in a line below it, where that is asked for."""
    if view.by_hand is None or view.flows:
        return formulas
    hand = by_hand(view.document, view.moment, view.by_hand, view.conventions)
    found = []
    for formula in formulas:
        line = hand.of(formula)
        told = "" if line is None else tr("by hand: {equation}   drift\N{NO-BREAK SPACE}{drift}").format(
            equation=hand.equation(line), drift=short(line.worked.drift, 3))
        found.append(replace(formula, note="\n".join(filter(None, (told, formula.note)))))
    return tuple(found)


def _why_none(view: View) -> str:
    if isinstance(view.selection, Unit) and view.selection.layer == 0:
        return tr("An input is given: there is nothing to compute.")
    return tr("It is not computed by an operation of its own.")


def _when(coming: tuple[Formula, ...], length: int, phase: Phase) -> str:
    """When the first of the formulas will be known that the cursor has not reached."""
    where = {
        "forward": tr("in the forward pass"), "loss": tr("with the loss"), "backward": tr("in the backward pass"),
        "update": tr("in the update"),
    }[phase]
    return counted(
        len(coming), "One more formula comes {where}: with operation {place} of {length}.",
        "{count} more formulas come, the next {where}: with operation {place} of {length}.",
        where=where, place=coming[0].place + 1, length=length)
