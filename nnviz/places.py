"""Where nnviz keeps what it brings along and what it remembers.

Fonts, icons and examples lie in the checkout's top-level folders, or inside the package once it is installed
from a wheel; settings and state lie where each platform's users expect them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from nnviz.words import tr

_PACKAGE = Path(__file__).resolve().parent
# The wheel carries the checkout's top-level folders under these names (pyproject.toml, force-include).
_IN_WHEEL = {"resources": "_resources", "examples": "_examples"}


def resource(name: str = "") -> Path:
    """The path of a bundled resource, e.g. `resource("icons/play.svg")`; FileNotFoundError where it is missing."""
    path = _bundled("resources") / name
    if not path.exists():
        text = tr("{path}: a file of nnviz is missing. Please install nnviz again.")
        raise FileNotFoundError(text.format(path=path))
    return path


def examples_folder() -> Path:
    """The folder of the bundled example documents; FileNotFoundError where it is missing."""
    return _bundled("examples")


def settings_folder(environment: Mapping[str, str] | None = None, platform: str | None = None) -> Path:
    """The folder of what the user has chosen. It need not exist yet.

    `environment` and `platform` (as `sys.platform`) are this process's own where they are not given.
    """
    return _folder("settings", environment, platform)


def state_folder(environment: Mapping[str, str] | None = None, platform: str | None = None) -> Path:
    """The folder of what nnviz remembers by itself and what may be deleted at any time. It need not exist yet."""
    return _folder("state", environment, platform)


# purpose -> (the variable that moves the folder, where it lies in the home folder without it, the rest of the path)
_XDG = {
    "settings": ("XDG_CONFIG_HOME", ".config", "nnviz"),
    "state": ("XDG_STATE_HOME", ".local/state", "nnviz"),
}
_MAC = {
    "settings": ("", "Library/Application Support", "nnviz"),
    "state": ("", "Library/Application Support", "nnviz/state"),
}
_WINDOWS = {
    "settings": ("APPDATA", "AppData/Roaming", "nnviz"),
    "state": ("LOCALAPPDATA", "AppData/Local", "nnviz"),
}
_PLATFORMS = {"darwin": _MAC, "win32": _WINDOWS}


def _folder(purpose: str, environment: Mapping[str, str] | None, platform: str | None) -> Path:
    environment = os.environ if environment is None else environment
    variable, below_home, rest = _PLATFORMS.get(platform or sys.platform, _XDG)[purpose]
    moved = environment.get(variable, "") if variable else ""
    # The XDG rules say that a relative path must be ignored, and it would be a surprise anywhere else too.
    base = Path(moved) if moved and Path(moved).is_absolute() else _home(environment) / below_home
    return base / rest


def _home(environment: Mapping[str, str]) -> Path:
    named = environment.get("HOME") or environment.get("USERPROFILE")
    return Path(named) if named else Path.home()


def _bundled(folder: str) -> Path:
    for place in (_PACKAGE / _IN_WHEEL[folder], _PACKAGE.parent / folder):
        if place.is_dir():
            return place
    text = tr("{package}: the folder {folder!r} of nnviz is missing. Please install nnviz again.")
    raise FileNotFoundError(text.format(package=_PACKAGE, folder=folder))
