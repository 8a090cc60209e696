"""What is filmed is what the window shows: the network is moved from place to place and put back where it stood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtGui import QImage

from nnviz.exchange.film import Frame
from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.controller import Controller
from nnviz.gui.drawing import Drawing
from nnviz.gui.picture_export import Picture
from nnviz.session.change import Change, Changed
from nnviz.session.session import Session

Shot = tuple[Picture, ColourScale]


@dataclass(frozen=True)
class Subject:
    """A row of the table of what can be filmed: its places in a session, and how one gets to one of them."""

    name: str
    label: str
    help: str
    every: str                        # what the number beside "every" counts
    places: Callable[[Session, bool], list[int]]
    go: Callable[[Controller, int], None]
    steady: bool                      # colours mean in every picture what they mean in the last one


def _operations(session: Session, by_layer: bool) -> list[int]:
    """The cursors at which Step would stop in the shown step."""
    order, cursor, places = session.order, 0, []
    while cursor < order.length:
        cursor = order.next_stop(cursor, by_layer)
        places.append(cursor)
    return places


def _steps(session: Session, by_layer: bool) -> list[int]:
    """Every step of the branch, its start among them."""
    first = list(session.place.tip.chain())[-1].begins_at
    return list(range(first, session.last_step + 1))


SUBJECTS = {row.name: row for row in (
    Subject("pass", "The pass of this step", "Forward and back, one stop of Step after the other.", "operations",
            _operations, Controller.seek_operation, True),
    Subject("run", "The training run", "The steps of this branch so far; train first, then film.", "steps",
            _steps, Controller.seek_still, False),
)}


class Filming:
    """The places of the open network, and the picture at each; `drawing` and `colours` tell what the window shows."""

    def __init__(
        self, controller: Controller, drawing: Callable[[], Picture | None], colours: Callable[[], ColourScale]
    ) -> None:
        assert controller.session is not None
        self.controller, self.session = controller, controller.session
        self._drawing, self._colours = drawing, colours
        self._stood, self._trial = self.session.place, self.session.trial
        self._scale: ColourScale | None = None

    def places(self, subject: str) -> list[int]:
        """Where the pictures of a subject are taken, in order."""
        return SUBJECTS[subject].places(self.session, self.controller.steps_by_layer)

    def begin(self, subject: str) -> None:
        """Before the first picture of a film: colours are agreed upon."""
        row = SUBJECTS[subject]
        if row.steady:
            row.go(self.controller, self.places(subject)[-1])
        self._scale = self.here()[1]

    def shot(self, subject: str, place: int) -> Shot:
        """The picture at a place, and what its colours mean; the network stands there now."""
        row = SUBJECTS[subject]
        row.go(self.controller, place)
        drawing, scale = self.here()
        kept = self._scale or scale
        if not row.steady and isinstance(drawing, Drawing):
            kept = self._scale = kept.following_drawing(drawing)      # or colours would flicker
        return drawing, kept

    def here(self) -> Shot:
        """The picture as it is now."""
        drawing = self._drawing()
        assert drawing is not None
        return drawing, self._colours()

    def back(self) -> None:
        """The network stands where it stood, in the pass of one's own example where that was shown."""
        if self.session.place != self._stood or self.session.trial is not self._trial:
            self.controller.do(self._stand_as_before)
            self.controller.said.emit("")      # that the example was left, which it is no longer

    def _stand_as_before(self, session: Session) -> Change:
        session.place, session.trial = self._stood, self._trial
        return Change(Changed.STEP | Changed.CURSOR | Changed.TRAVEL | Changed.SETTINGS)


def frame_of(image: QImage) -> Frame:
    """The pixels of an image."""
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), dtype=np.uint8).reshape(plain.height(), plain.bytesPerLine())
    return rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3).copy()
