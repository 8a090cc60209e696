"""Units and layers come and go without the picture: what was learned is kept, or training starts anew, as was chosen.
"""

from __future__ import annotations

from collections.abc import Callable

from nnviz.errors import NnvizError
from nnviz.gui.edits import Edits
from nnviz.gui.translation import tr
from nnviz.session.document import Document

KEEP = "keep_learned"       # the setting: whether new units and layers leave what was learned as it is
Reshape = Callable[[Document, bool], Document]


def reshape(edits: Edits, change: Reshape, label: str) -> None:
    """Makes `change(document, keep)` of the network as it stands, one undoable edit; asks where steps would be lost."""
    controller, window = edits.controller, edits.window
    session = controller.session
    if session is None:
        return
    window.strip.withdraw_information()
    with controller.held():
        try:
            after = change(session.document_now(), window.settings.flag(KEEP))
        except NnvizError as error:
            edits.refuse(str(error))
        else:
            if after.parameters is not None or edits.may_start_over(tr("the network gets another shape")):
                controller.do(lambda session: session.reshape(after, label))
    edits.settled.emit()
