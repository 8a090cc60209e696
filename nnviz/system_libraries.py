"""The shared libraries that Qt takes from the system, and the package that brings each.

Wheels bring Qt itself, but not the libraries below it; a bare Debian or Ubuntu lacks some of them, and Qt then
ends the whole process instead of raising.  So they are asked for here, before Qt is.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Library:
    """A library's file name, the Debian package that brings it, and which of Qt's platforms load it.

    `platforms` is empty for a library that every one of them loads.
    """

    name: str
    package: str
    platforms: frozenset[str] = frozenset()


_XCB = frozenset({"xcb"})
_WAYLAND = frozenset({"wayland"})

LIBRARIES: tuple[Library, ...] = (
    Library("libglib-2.0.so.0", "libglib2.0-0"),
    Library("libgthread-2.0.so.0", "libglib2.0-0"),
    Library("libz.so.1", "zlib1g"),
    Library("libGL.so.1", "libgl1"),
    Library("libEGL.so.1", "libegl1"),
    Library("libX11.so.6", "libx11-6"),
    Library("libdbus-1.so.3", "libdbus-1-3"),
    Library("libfontconfig.so.1", "libfontconfig1"),
    Library("libfreetype.so.6", "libfreetype6"),
    Library("libxkbcommon.so.0", "libxkbcommon0"),
    Library("libX11-xcb.so.1", "libx11-xcb1", _XCB),
    Library("libxcb.so.1", "libxcb1", _XCB),
    Library("libxcb-cursor.so.0", "libxcb-cursor0", _XCB),
    Library("libxcb-icccm.so.4", "libxcb-icccm4", _XCB),
    Library("libxcb-image.so.0", "libxcb-image0", _XCB),
    Library("libxcb-keysyms.so.1", "libxcb-keysyms1", _XCB),
    Library("libxcb-randr.so.0", "libxcb-randr0", _XCB),
    Library("libxcb-render.so.0", "libxcb-render0", _XCB),
    Library("libxcb-render-util.so.0", "libxcb-render-util0", _XCB),
    Library("libxcb-shape.so.0", "libxcb-shape0", _XCB),
    Library("libxcb-shm.so.0", "libxcb-shm0", _XCB),
    Library("libxcb-sync.so.1", "libxcb-sync1", _XCB),
    Library("libxcb-util.so.1", "libxcb-util1", _XCB),
    Library("libxcb-xfixes.so.0", "libxcb-xfixes0", _XCB),
    Library("libxcb-xkb.so.1", "libxcb-xkb1", _XCB),
    Library("libxkbcommon-x11.so.0", "libxkbcommon-x11-0", _XCB),
    Library("libwayland-client.so.0", "libwayland-client0", _WAYLAND),
    Library("libwayland-cursor.so.0", "libwayland-cursor0", _WAYLAND),
)


def can_load(name: str) -> bool:
    """Whether the system's loader finds a library and everything that it needs itself."""
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def missing_libraries(
    for_platform: str = "xcb", *, system: str = sys.platform, loads: Callable[[str], bool] = can_load
) -> list[tuple[str, str]]:
    """(library, package) of everything that Qt's platform `for_platform` ("xcb", "wayland", "offscreen") lacks here.

    Empty on Windows and macOS, whose wheels need nothing from outside.
    """
    if not system.startswith("linux"):
        return []
    needed = (row for row in LIBRARIES if not row.platforms or for_platform in row.platforms)
    return [(row.name, row.package) for row in needed if not loads(row.name)]


def install_line(missing: Iterable[tuple[str, str]]) -> str:
    """The command that brings missing libraries to Debian and Ubuntu, each package once, in the table's order.

    >>> install_line([("libGL.so.1", "libgl1"), ("libEGL.so.1", "libegl1")])
    'sudo apt install libgl1 libegl1'
    """
    return "sudo apt install " + " ".join(dict.fromkeys(package for _, package in missing))
