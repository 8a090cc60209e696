"""The program starts here: first it makes sure that a window can be shown at all, then it shows one, then it loads
what the window does not need for its first picture."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from nnviz.gui.preflight import check_display


def run(argument: str | None = None) -> int:
    """Opens the window, on `argument` (a document's path or an example's name, or a file of examples) or on the
    gallery; the exit status.

    Raises `Refused` for a document that cannot be opened and `CannotShow` where no window can be, both before any
    window appears.
    """
    opening, examples = None, False
    if argument is not None:
        from nnviz.session.data_files import is_data_file, look_through
        from nnviz.session.examples import open_document

        examples = os.path.isfile(argument) and is_data_file(argument)
        if examples:
            look_through(Path(argument))
        else:
            opening = open_document(argument)
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")   # Qt's painter is up to 40 times faster without its threads
    with check_display(os.environ, sys.platform):
        from PySide6.QtWidgets import QApplication

        application = QApplication(sys.argv[:1])
    application.setApplicationName("nnviz")
    application.setDesktopFileName("nnviz")
    from nnviz.gui.main_window import MainWindow
    from nnviz.gui.settings import Settings

    window = MainWindow(Settings.of_this_user())

    def open_first() -> None:
        if argument is not None and examples:
            window.workbench.documents.open_path(argument)
            return
        if opening is None or argument is None:
            window.workbench.reopen_last_file()
            return
        path = Path(argument) if os.path.isfile(argument) else None
        window.workbench.open_document(opening, path, path.name if path else argument)

    window.show()
    # The window lives as long as the program: searching all of it for garbage would hold a redraw up for 50 ms.
    window.complete_soon(open_first, gc.freeze)
    return application.exec()
