"""What helps whoever is asked for help: versions, platform, folders, and what the system lacks."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable
from importlib import metadata

from nnviz import __version__
from nnviz.places import examples_folder, resource, settings_folder, state_folder
from nnviz.system_libraries import install_line, missing_libraries
from nnviz.words import tr

PACKAGES = ("numpy", "orjson", "PySide6-Essentials", "pyqtgraph")


def information() -> str:
    """A few lines of text, `name: value` each; nothing of Qt is imported for it."""
    lines = [f"{tr(name)}: {say()}" for name, say in _LINES.items()]
    return "\n".join(lines)


def version_of(package: str) -> str:
    """The version of an installed package."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return tr("not installed")


def _libraries() -> str:
    missing = missing_libraries()
    if not missing:
        return tr("none")
    one = tr("{library} (package {package})")
    listed = ", ".join(one.format(library=library, package=package) for library, package in missing)
    return listed + "\n" + tr("to install them: {command}").format(command=install_line(missing))


def _display() -> str:
    names = ("WAYLAND_DISPLAY", "DISPLAY", "QT_QPA_PLATFORM")
    return ", ".join(f"{name}={os.environ[name]}" for name in names if os.environ.get(name)) or tr("none")


def _version(package: str) -> Callable[[], str]:
    return lambda: version_of(package)


_LINES: dict[str, Callable[[], str]] = {
    "nnviz": lambda: __version__,
    "Python": lambda: f"{platform.python_version()}, {sys.executable}",
    **{package: _version(package) for package in PACKAGES},
    "platform": platform.platform,
    "threads of OpenBLAS": lambda: os.environ.get("OPENBLAS_NUM_THREADS") or tr("its own choice"),
    "examples": lambda: str(examples_folder()),
    "resources": lambda: str(resource()),
    "settings": lambda: str(settings_folder()),
    "state": lambda: str(state_folder()),
    "display": _display,
    "missing system libraries": _libraries,
}
