"""A window that cannot open is one sentence, before Qt is touched."""

from __future__ import annotations

import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from nnviz.errors import CannotShow
from nnviz.gui.preflight import check_display

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="display servers of Linux")


def every(name: str) -> bool:
    return True


def none(name: str) -> bool:
    return False


@contextmanager
def server(answer: Callable[[bytes], bytes]) -> Iterator[int]:
    """An X server at TCP, as far as its greeting goes; yields its display number."""
    with socket.socket() as listening:
        for number in range(40, 90):
            try:
                listening.bind(("127.0.0.1", 6000 + number))
                break
            except OSError:
                continue
        listening.listen()
        listening.settimeout(0.05)
        ended = threading.Event()
        held = []

        def serve() -> None:
            while not ended.is_set():
                try:
                    connection, _ = listening.accept()
                except TimeoutError:
                    continue
                held.append(connection)
                connection.settimeout(2)
                connection.sendall(answer(connection.recv(4096)))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield number
        finally:
            ended.set()
            thread.join()
            for connection in held:
                connection.close()


def accepts(greeting: bytes) -> bytes:
    return struct.pack("<BxHHH", 1, 11, 0, 0)


def refuses(greeting: bytes) -> bytes:
    reason = b"No protocol specified\n\0\0"
    return struct.pack("<BBHHH", 0, len(reason), 11, 0, len(reason) // 4) + reason


def test_without_a_display_the_sentence_says_so() -> None:
    with pytest.raises(CannotShow, match="neither DISPLAY nor WAYLAND_DISPLAY is set"):
        check_display({}, "linux", every)


@pytest.mark.parametrize("name", [
    "offscreen", "minimal", "vnc:size=800x600", "xcb;offscreen", "nosuch;minimal", "Offscreen",
])
def test_a_platform_that_draws_by_itself_needs_no_display(name: str) -> None:
    check_display({"QT_QPA_PLATFORM": name}, "linux", every).close()


@pytest.mark.parametrize("name", [
    "nosuch", "wayland-nosuch", "eglfs", "eglfs:size=1x1", "minimalegl", "linuxfb:fb=/dev/fb0", "vkkhrdisplay",
    "eglfs;offscreen", " xcb",
])
def test_a_platform_that_would_end_the_process_is_refused_in_one_sentence(name: str) -> None:
    with server(accepts) as number, pytest.raises(CannotShow) as refusal:
        check_display({"QT_QPA_PLATFORM": name, "DISPLAY": f"127.0.0.1:{number}"}, "linux", every)
    said = str(refusal.value)
    assert repr(name.partition(";")[0].partition(":")[0]) in said and "xcb, wayland" in said and "\n" not in said


@pytest.mark.parametrize("platform", ["win32", "darwin"])
def test_other_systems_are_not_asked(platform: str) -> None:
    check_display({}, platform, none).close()


def test_a_server_that_is_not_there_is_named() -> None:
    with pytest.raises(CannotShow, match="no X server answers at DISPLAY=:5999"):
        check_display({"DISPLAY": ":5999"}, "linux", every)


@pytest.mark.parametrize("display", ["nonsense", ":", "host:x.0"])
def test_a_display_that_is_no_name_of_one_is_named(display: str) -> None:
    with pytest.raises(CannotShow, match="is not the name of an X display"):
        check_display({"DISPLAY": display}, "linux", every)


def test_a_server_that_accepts_is_enough() -> None:
    with server(accepts) as number:
        check_display({"DISPLAY": f"127.0.0.1:{number}.0"}, "linux", every).close()


def test_the_reason_of_a_server_that_refuses_is_told() -> None:
    with server(refuses) as number, pytest.raises(CannotShow, match=r"refuses the connection \(No protocol"):
        check_display({"DISPLAY": f"127.0.0.1:{number}", "HOME": "/nowhere"}, "linux", every)


def test_the_key_in_the_authority_file_opens_the_server(tmp_path: Path) -> None:
    def asks_for_the_key(greeting: bytes) -> bytes:
        return accepts(greeting) if b"MIT-MAGIC-COOKIE-1" in greeting and b"secret-secret-16" in greeting \
            else refuses(greeting)

    with server(asks_for_the_key) as number:
        texts = (b"host", str(number).encode(), b"MIT-MAGIC-COOKIE-1", b"secret-secret-16")
        entry = b"\x01\x00" + b"".join(struct.pack(">H", len(text)) + text for text in texts)
        (tmp_path / "authority").write_bytes(entry + b"\x01\x00\x00")     # the rest of a file that was cut off
        environment = {"DISPLAY": f"127.0.0.1:{number}", "XAUTHORITY": str(tmp_path / "authority")}
        check_display(environment, "linux", every).close()


def test_a_missing_library_is_one_sentence_with_the_package() -> None:
    with server(accepts) as number:
        environment = {"DISPLAY": f"127.0.0.1:{number}"}
        with pytest.raises(CannotShow) as refusal:
            check_display(environment, "linux", lambda name: name != "libxcb-cursor.so.0")
    assert "libxcb-cursor.so.0 is missing" in str(refusal.value)
    assert str(refusal.value).endswith("sudo apt install libxcb-cursor0")
    assert "\n" not in str(refusal.value)


def test_x_is_taken_where_the_compositor_does_not_answer(tmp_path: Path) -> None:
    with server(accepts) as number:
        environment = {"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path),
                       "DISPLAY": f"127.0.0.1:{number}"}
        check_display(environment, "linux", every).close()


def test_a_compositor_that_answers_is_enough(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "wayland-7"))
        listening.listen()
        check_display({"WAYLAND_DISPLAY": "wayland-7", "XDG_RUNTIME_DIR": str(tmp_path)}, "linux", every).close()


def test_the_check_does_not_import_qt() -> None:
    asked = "import sys, nnviz.gui.preflight; print('PySide6' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
