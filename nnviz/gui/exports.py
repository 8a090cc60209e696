"""What leaves the window: the tables of a run, and the picture, as a file or on the clipboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from nnviz.gui.colour_scale import ColourScale
from nnviz.gui.controller import Controller
from nnviz.gui.picture_export import Picture, copy_picture
from nnviz.gui.translation import tr

if TYPE_CHECKING:
    from nnviz.gui.main_window import MainWindow

COPIED_SIZE = (1600, 1000)       # pixels


class Exports(QObject):
    """The exports of the network in `window`; `drawing` and `colours` tell what its picture shows, and how.

    `said` is for the status bar.
    """

    said = Signal(str)

    def __init__(self, window: MainWindow, controller: Controller, drawing: Callable[[], Picture | None],
                 colours: Callable[[], ColourScale]) -> None:
        super().__init__(window)
        self.window, self.controller, self.drawing, self.colours = window, controller, drawing, colours
        self._last_folder: Path | None = None

    def offer_shown_step(self, table: str) -> None:
        """Offers a table of the step that is shown."""
        view = self.controller.view
        if view is not None and view.trial is not None:
            self.said.emit(tr("Tables are written of training steps, not of your own example; Ctrl+C copies its rows."))
        elif view is not None:
            self.offer_tables(table, view.moment.record.step)

    def offer_tables(self, table: str = "parameters", step: int | None = None) -> None:
        """Offers the tables of all steps of this branch, or of one."""
        from nnviz.exchange.session_export import SessionExporter
        from nnviz.exchange.tables import offered_tables
        from nnviz.gui.dialogs.export_tables import ExportTablesDialog

        session = self.controller.session
        if session is None:
            return
        with self.controller.held():
            dialog = ExportTablesDialog(
                SessionExporter(session), self.controller.plain_name, self._folder(), table, self.window,
                offered_tables(session.document.network),
            )
            if step is not None:
                dialog.choose_steps(step, step)
            if dialog.exec():
                self._exported(dialog.path, dialog.message)
            dialog.deleteLater()

    def offer_picture(self) -> None:
        """Offers the picture as a file."""
        from nnviz.gui.dialogs.export_picture import ExportPictureDialog

        with self.controller.held():
            drawing = self.drawing()
            if drawing is not None:
                name, digits = self.controller.plain_name, self.window.settings.whole("digits")
                dialog = ExportPictureDialog(
                    drawing, self.window.theme, name, self._folder(), digits, self.window, self.colours()
                )
                if dialog.exec():
                    self._exported(dialog.path, dialog.message)
                dialog.deleteLater()

    def offer_film(self) -> None:
        """Offers the pass or the training run as a film."""
        from nnviz.gui.dialogs.export_film import ExportFilmDialog
        from nnviz.gui.filming import Filming

        with self.controller.held():
            if self.controller.session is None or self.drawing() is None:
                return
            filming = Filming(self.controller, self.drawing, self.colours)
            dialog = ExportFilmDialog(filming, self.window.theme, self.controller.plain_name, self._folder(),
                                      self.window.settings.whole("digits"), self.window)
            if dialog.exec():
                self._exported(dialog.path, dialog.message)
            dialog.deleteLater()

    def copy_picture(self) -> None:
        """Puts the picture on the clipboard."""
        drawing = self.drawing()
        if drawing is not None:
            copy_picture(drawing, self.window.theme, *COPIED_SIZE, digits=self.window.settings.whole("digits"),
                         colours=self.colours())
            self.said.emit(tr("The picture is on the clipboard."))

    def _exported(self, path: Path | None, message: str) -> None:
        """Says what was written, and offers the same folder the next time."""
        if path is not None:
            self._last_folder = path.absolute().parent
            message = f"{message} {tr('Folder: {0}').format(self._last_folder)}"
        self.window.strip.show_message("export", message, "info")

    def _folder(self) -> Path:
        """Where files are offered to be written: where the last one was, beside the network's own file, or here."""
        if self._last_folder is not None:
            return self._last_folder
        return self.controller.path.parent if self.controller.path is not None else Path.cwd()
