"""Units and layers come and go without the picture: what was learned is kept, or training starts anew, as was chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from nnviz.errors import NnvizError
from nnviz.gui.canvas_edits import KEEP as KEEP
from nnviz.gui.canvas_edits import CanvasEdits
from nnviz.gui.translation import tr
from nnviz.session.document import Document

Reshape = Callable[[Document, bool], Document]


def reshape(canvas: CanvasEdits, change: Reshape, label: str) -> None:
    """Makes `change(document, keep)` of the network as it stands, one undoable edit; asks where steps would be lost."""
    edits, controller, window = canvas.edits, canvas.controller, canvas.window
    session = controller.session
    if session is None:
        return
    window.strip.withdraw_information()
    with controller.held():
        try:
            before = session.document_now()
            after = canvas.with_shifted_places(before, change(before, window.settings.flag(KEEP)))
        except NnvizError as error:
            edits.refuse(str(error))
        else:
            if after.parameters is not None or edits.may_start_over(tr("the network gets another shape")):
                controller.do(lambda session: session.reshape(after, label))
    edits.settled.emit()
