"""What this program is, which versions it runs on, and under which licences it may be shared."""

from __future__ import annotations

import platform
from importlib import metadata

from PySide6.QtCore import Qt, qVersion
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnviz import __version__
from nnviz.gui.icons import application_pixmap
from nnviz.gui.translation import tr

_LIBRARIES = ("PySide6-Essentials", "pyqtgraph", "numpy", "orjson")


def versions() -> tuple[tuple[str, str], ...]:
    """(name, version) of nnviz and everything below it; "not installed" where there is none."""
    return (
        ("nnviz", __version__),
        ("Python", platform.python_version()),
        ("Qt", qVersion() or ""),
        *((name, _version(name)) for name in _LIBRARIES),
        (tr("System"), f"{platform.system()} {platform.release()} {platform.machine()}"),
    )


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return tr("not installed")


class About(QDialog):
    """The program's name and versions as text that can be selected and copied, for a report of a fault."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About nnviz"))
        picture = QLabel()
        picture.setPixmap(application_pixmap(72, self.devicePixelRatioF()))
        picture.setAccessibleName(tr("The sign of nnviz"))
        name = QLabel("nnviz")
        name.setProperty("writing", "title")
        purpose = QLabel(tr("Every number of backpropagation, in the open."))
        purpose.setProperty("second", True)
        purpose.setWordWrap(True)
        title = QVBoxLayout()
        title.setSpacing(2)
        title.addStretch(1)
        title.addWidget(name)
        title.addWidget(purpose)
        title.addStretch(1)
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(title, 1)

        card = QFrame()
        card.setProperty("card", True)
        grid = QGridLayout(card)
        grid.setContentsMargins(16, 12, 16, 12)
        grid.setHorizontalSpacing(20)
        grid.setColumnStretch(1, 1)
        for number, (library, version) in enumerate(versions()):
            label, value = QLabel(library), QLabel(version)
            label.setProperty("second", True)
            value.setWordWrap(True)
            value.setTextFormat(Qt.TextFormat.PlainText)
            value.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
            value.setAccessibleName(f"{library} {version}")
            value.setToolTip(tr("Version of {name}").format(name=library))
            grid.addWidget(label, number, 0)
            grid.addWidget(value, number, 1)
        licence = QLabel(tr(
            "nnviz may be used, changed and shared under the MIT licence. It is built on Qt for Python (LGPL 3), "
            "pyqtgraph (MIT), NumPy (BSD) and orjson (MPL 2.0, Apache 2.0 or MIT), and writes in the typefaces "
            "Inter (Open Font License) and DejaVu (Bitstream Vera licence). It never connects to a network."))
        licence.setWordWrap(True)
        licence.setProperty("second", True)
        licence.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard)
        licence.setAccessibleName(tr("Licences"))
        licence.setToolTip(tr("Licences of nnviz and of what it is built on"))

        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setToolTip(tr("Close this window (Esc)"))
        self.copy_button = buttons.addButton(tr("Copy versions"), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.setToolTip(tr("Put the versions on the clipboard, for a report of a fault"))
        self.copy_button.clicked.connect(lambda: QGuiApplication.clipboard().setText(versions_as_text()))
        for button in (close, self.copy_button):
            button.setAccessibleName(button.text().replace("&", ""))
            button.setAutoDefault(False)
        buttons.rejected.connect(self.reject)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 18)
        layout.setSpacing(16)
        layout.addLayout(head)
        layout.addWidget(card)
        layout.addWidget(licence)
        layout.addWidget(buttons)
        close.setFocus()
        self.ensurePolished()
        width = self.fontMetrics().height() * 28
        self.setFixedWidth(width)
        self.resize(width, layout.heightForWidth(width))


def versions_as_text() -> str:
    """A line a library: name and version."""
    return "".join(f"{name} {version}\n" for name, version in versions())
