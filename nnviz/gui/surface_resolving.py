"""From a moment of training on a surface to a drawing of it."""

from __future__ import annotations

from nnviz.gui.resolving import PHASE_NAMES
from nnviz.gui.surface_drawing import Extent, Place, SurfaceDrawing, Trail
from nnviz.gui.surface_trails import SurfaceTrails
from nnviz.gui.translation import tr
from nnviz.report.elements import Weight
from nnviz.report.moment import Moment
from nnviz.report.numbers import count, short
from nnviz.session.change import NO_CHANGE
from nnviz.session.descent import place_of
from nnviz.session.document import Document
from nnviz.session.session import Session

VARIABLES = (Weight(1, 0, 0), Weight(1, 1, 0))      # x and y


def drawing_of_surface(document: Document, moment: Moment, trail: Trail, others: tuple[Trail, ...],
                       digits: int = 4) -> SurfaceDrawing:
    """The surface of `document` at `moment`, with the paths that are known of it."""
    surface = document.surface
    assert surface is not None, "a network has no map"
    problem, record = moment.record.problem, moment.record
    here = place_of(problem, moment.parameters())
    return SurfaceDrawing(
        function=surface.expression,
        extent=Extent(*surface.around(*trail.beginning)),
        trail=trail,
        here=here,
        before=place_of(problem, record.parameters),
        height=moment.loss,
        gradient=_pair(*(moment.gradient_of(variable) for variable in VARIABLES)),
        update=_pair(*(moment.update_of(variable) for variable in VARIABLES)),
        others=others,
        caption=caption_of_surface(moment, here, digits),
    )


def caption_of_surface(moment: Moment, here: Place, digits: int = 4) -> str:
    """Step, phase, and where training stands, in one line."""
    phase = tr("done") if moment.is_complete else tr("before the pass")
    if moment.last is not None and not moment.is_complete:
        phase = tr(PHASE_NAMES[moment.last.phase])
    x, y = (short(value, digits) for value in here)
    parts = [tr("step {0}").format(count(moment.record.step)), phase,
             tr("at x = {x}, y = {y}").format(x=x, y=y)]
    if moment.loss is not None and not moment.is_complete:
        parts.append(tr("f = {height}").format(height=short(moment.loss, digits)))
    return " · ".join(parts)


def surface_after(document: Document, steps: int) -> tuple[SurfaceDrawing, str]:
    """The surface after `steps` training steps, and a sentence where training could not be finite for so long."""
    session = Session(document)
    change = session.advance_steps(steps) if steps else NO_CHANGE
    surface, moment = session.document.surface, session.moment()
    assert surface is not None, "a network has no map"
    trails = SurfaceTrails()
    trails.lead(list(session.place.tip.chain()))
    trails.follow(moment, session.updates_done)
    trails.work(float("inf"))
    return drawing_of_surface(session.document, moment, trails.trail(moment, surface.expression), ()), change.message


def _pair(first: float | None, second: float | None) -> Place | None:
    return None if first is None or second is None else (first, second)
