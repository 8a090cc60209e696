"""Look before you leap: is there a display, and is everything there that Qt needs to use it?

Qt does not raise where it finds no display; it ends the process with a riddle about a plugin.  So this is asked
before Qt is imported, and the answer is one sentence that names the cause and the package.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from pathlib import Path

from nnviz.errors import CannotShow
from nnviz.system_libraries import can_load, install_line, missing_libraries
from nnviz.words import counted, tr

#: Platforms of Qt that draw without asking a display server, and without hardware of their own: eglfs and its like
#: end the process where they do not find theirs.
WITHOUT_SERVER = ("offscreen", "minimal", "vnc")
_Place = tuple[socket.AddressFamily, str | tuple[str, int]]
_PATIENCE = 3.0     # seconds that a display server may take to answer


def check_display(
    environment: Mapping[str, str], platform: str, loads: Callable[[str], bool] = can_load
) -> ExitStack:
    """Raise CannotShow where a window cannot open; else return the connection that proved the opposite.

    Close what is returned once the application object exists: an X server that serves nobody else starts over
    when its only client leaves, and would refuse the next one meanwhile.
    `platform` is `sys.platform`; `loads` says whether a shared library can be loaded.
    """
    held = ExitStack()
    if not platform.startswith("linux"):
        return held
    wanted = [name.partition(":")[0].lower() for name in environment.get("QT_QPA_PLATFORM", "").split(";") if name]
    reasons: list[str] = []
    for name in wanted or _usual(environment):
        try:
            if name not in WITHOUT_SERVER:
                held.callback(_ask_server(name, environment).close)
            _require_libraries(name.partition("-")[0], platform, loads)
        except (OSError, CannotShow) as error:
            held.close()
            reasons.append(str(error))      # another one may do: Qt falls back from Wayland to X as well
            if name in _OF_HARDWARE:
                break                       # Qt would end here and try no other
            continue
        return held
    if not reasons:
        raise CannotShow(tr(
            "No display was found: neither DISPLAY nor WAYLAND_DISPLAY is set. Start nnviz from a desktop session, "
            "or use its commands that need no display (nnviz --help)."
        ))
    raise CannotShow(tr("The window cannot open: {reasons}").format(reasons="; ".join(reasons)))


def _usual(environment: Mapping[str, str]) -> list[str]:
    """The platforms that Qt would try without being told."""
    variables = (("wayland", "WAYLAND_DISPLAY"), ("xcb", "DISPLAY"))
    return [name for name, variable in variables if environment.get(variable)]


def _require_libraries(name: str, platform: str, loads: Callable[[str], bool]) -> None:
    missing = missing_libraries(name, system=platform, loads=loads)
    if missing:
        listed = ", ".join(library for library, _ in missing)
        what = counted(
            len(missing), "the system library {libraries} is missing", "the system libraries {libraries} are missing",
            libraries=listed,
        )
        text = tr("{what}; on Debian and Ubuntu this brings what is needed: {command}")
        raise CannotShow(text.format(what=what, command=install_line(missing)))


def _ask_wayland(environment: Mapping[str, str]) -> socket.socket:
    """A connection to the compositor; OSError with the reason where there is none."""
    name = environment.get("WAYLAND_DISPLAY") or "wayland-0"
    path = Path(environment.get("XDG_RUNTIME_DIR", "/")) / name
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(_PATIENCE)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        text = tr("no Wayland compositor answers at WAYLAND_DISPLAY={name}")
        raise OSError(text.format(name=name)) from error
    return connection


def _ask_x(environment: Mapping[str, str]) -> socket.socket:
    """A connection that the X server has accepted; OSError with the reason where there is none."""
    display = environment.get("DISPLAY", "")
    host, _, rest = display.rpartition(":")
    number = rest.partition(".")[0]
    if not number.isdigit():
        raise OSError(tr("DISPLAY={name} is not the name of an X display, such as :0").format(name=display))
    refusal = ""
    for cookie in [b"", *_cookies(environment, number)]:
        connection = _reach(host, int(number))
        if connection is None:
            raise OSError(tr("no X server answers at DISPLAY={name}").format(name=display))
        refusal = _greet(connection, cookie)
        if not refusal:
            return connection
        connection.close()
    text = tr("the X server at DISPLAY={name} refuses the connection ({reason})")
    raise OSError(text.format(name=display, reason=refusal))


_SERVERS: dict[str, Callable[[Mapping[str, str]], socket.socket]] = {
    "xcb": _ask_x, "wayland": _ask_wayland, "wayland-egl": _ask_wayland, "wayland-brcm": _ask_wayland,
}
_OF_HARDWARE = frozenset({"eglfs", "linuxfb", "minimalegl", "vkkhrdisplay"})


def _ask_server(name: str, environment: Mapping[str, str]) -> socket.socket:
    """A connection to the server behind Qt's platform `name`; CannotShow where nnviz has no use for that platform."""
    if name in _SERVERS:
        return _SERVERS[name](environment)
    text = tr("QT_QPA_PLATFORM names {name}, which nnviz cannot draw on; leave it unset, or choose one of {names}")
    raise CannotShow(text.format(name=ascii(name), names=", ".join((*_SERVERS, *WITHOUT_SERVER))))


def _reach(host: str, number: int) -> socket.socket | None:
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        # Linux servers listen at an abstract address as well, which is there even where /tmp is private.
        places: list[_Place] = [(socket.AF_UNIX, path), (socket.AF_UNIX, "\0" + path)]
    else:
        places = [(socket.AF_INET, (host, 6000 + number)), (socket.AF_INET6, (host, 6000 + number))]
    for family, address in places:
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(_PATIENCE)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            continue
        return connection
    return None


def _greet(connection: socket.socket, cookie: bytes) -> str:
    """Send the first message of the X protocol; return why the server refuses, or nothing where it accepts."""
    name = b"MIT-MAGIC-COOKIE-1" if cookie else b""
    padded = b"".join(text + b"\0" * (-len(text) % 4) for text in (name, cookie))
    try:
        connection.sendall(struct.pack("<cxHHHHxx", b"l", 11, 0, len(name), len(cookie)) + padded)
        answer = connection.recv(8, socket.MSG_WAITALL)
        if len(answer) < 8:
            return tr("it hung up")
        if answer[0] != 0:
            return ""
        return connection.recv(answer[1], socket.MSG_WAITALL).decode("ascii", "replace").strip().rstrip(".")
    except OSError:
        return tr("it does not answer")


def _cookies(environment: Mapping[str, str], number: str) -> list[bytes]:
    """The keys to this display that the user holds, read from the file of the X authority (no file: none)."""
    named = environment.get("XAUTHORITY")
    try:
        with closing(Path(named or Path(environment.get("HOME", "/")) / ".Xauthority").open("rb")) as file:
            data = file.read(1 << 20)
    except OSError:
        return []
    cookies = []
    place = 0
    while place + 2 <= len(data):
        place += 2                          # the family of the address; every key to this number is worth a try
        texts = []
        for _ in range(4):                  # address, display number, kind of key, key
            length = int.from_bytes(data[place : place + 2], "big")
            texts.append(data[place + 2 : place + 2 + length])
            place += 2 + length
        if texts[1] in (b"", number.encode()) and texts[2] == b"MIT-MAGIC-COOKIE-1" and texts[3]:
            cookies.append(texts[3])
    return list(dict.fromkeys(cookies))
