"""What can be done now: the conditions under which the rows of the action table can be used."""

from __future__ import annotations

from nnviz.gui.controller import Controller
from nnviz.gui.plane_resolving import shows_maps


def conditions_of(control: Controller) -> set[str]:
    """The conditions of `actions.CONDITIONS` that hold while `control` stands where it does."""
    session = control.session
    if session is None:
        return set()
    on_worker = control.player.on_worker
    return {
        name for name, holds in (
            ("network", True), ("undo", control.undo_label), ("redo", control.redo_label),
            ("weights", session.document.network.has_units),
            ("past", not on_worker and session.can_step_back),
            ("behind", on_worker or session.can_step_back),
            ("ahead", not on_worker and session.updates_done < session.last_step),
            ("examples", len(session.problem.inputs) > 1 and (on_worker or session.trial is None)),
            ("trial", not on_worker and session.trial is not None),
            ("epochs", session.document.graph is None),
            ("plane", shows_maps(session.problem, session.segment.data, "always")),
        ) if holds
    }
