"""From a moment of a computation graph to a drawing of it."""

from __future__ import annotations

from nnviz.gui.gate_drawing import GateDrawing
from nnviz.gui.resolving import PHASE_NAMES
from nnviz.gui.translation import tr
from nnviz.report.gates import read_gates
from nnviz.report.moment import Moment
from nnviz.report.numbers import count, short
from nnviz.session.change import NO_CHANGE
from nnviz.session.document import Document
from nnviz.session.session import Session


def drawing_of_graph(document: Document, moment: Moment, digits: int = 4) -> GateDrawing:
    """The graph of `document` as far as `moment` has come."""
    assert document.graph is not None, "only a computation graph has gates"
    return GateDrawing(read_gates(moment), caption_of_graph(document, moment, digits), document.graph.expression.text)


def caption_of_graph(document: Document, moment: Moment, digits: int = 4) -> str:
    """The phase of the pass, how much of it is done, and the result, in one line."""
    assert document.graph is not None, "only a computation graph has gates"
    phase = tr("before the pass")
    if moment.is_complete:
        phase = tr("done")
    elif moment.last is not None:
        phase = tr(PHASE_NAMES[moment.last.phase])
    done = tr("{count} of {all} operations").format(count=count(moment.cursor), all=count(moment.order.length))
    parts = [phase, done]
    if document.graph.learns:
        parts.insert(0, tr("step {0}").format(count(moment.record.step)))
    if moment.loss is not None:
        parts.append(f"{document.graph.names[-1]} = {short(moment.loss, digits)}")
    return " · ".join(parts)


def graph_after(document: Document, steps: int) -> tuple[GateDrawing, str]:
    """The graph after `steps` whole passes, and a sentence where a number was not finite before."""
    session = Session(document)
    change = session.advance_steps(steps) if steps else NO_CHANGE
    return drawing_of_graph(session.document, session.moment()), change.message
