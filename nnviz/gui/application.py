"""The program starts here: first it makes sure that a window can be shown at all, then it shows one, then it loads
what the window does not need for its first picture."""

from __future__ import annotations

import os
import sys

from nnviz.errors import CannotShow
from nnviz.gui.preflight import check_display


def run(argument: str | None = None) -> int:
    """Opens the window, on the document `argument` (a path or an example's name) or on the gallery; the exit status.

    Raises `Refused` for a document that cannot be opened and `CannotShow` where no window can be, both before any
    window appears.
    """
    opening = None
    if argument is not None:
        from nnviz.session.examples import open_document, opened_path

        opening = (open_document(argument), opened_path(argument), argument)
    check_display()
    application = _application()
    from nnviz.gui.main_window import MainWindow
    from nnviz.gui.settings import Settings

    window = MainWindow(Settings.of_this_user())
    if opening is not None:
        document, path, name = opening
        window.open_document(document, path, path.name if path else name)
    window.show()
    window.load_panels_soon()
    if opening is None:
        window.reopen_last_file()
    return int(application.exec())


def _application():  # type: ignore[no-untyped-def]  # the type would import Qt before the display was looked at
    os.environ.setdefault("QT_NO_GUI_THREADPOOL", "1")   # Qt's painter is up to 40 times faster without its threads
    try:
        from PySide6.QtWidgets import QApplication
    except ImportError as error:
        raise CannotShow(f"Qt cannot be loaded: {error}.") from error
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("nnviz")
    application.setApplicationDisplayName("nnviz")
    application.setDesktopFileName("nnviz")
    return application
