"""Which system library is missing, and the package that brings it."""

from __future__ import annotations

import sys

import pytest

from nnviz.system_libraries import LIBRARIES, can_load, install_line, missing_libraries


def test_no_library_is_listed_twice() -> None:
    names = [row.name for row in LIBRARIES]
    assert len(names) == len(set(names))


def test_a_missing_library_is_told_with_its_package() -> None:
    missing = missing_libraries("xcb", system="linux", loads=lambda name: name != "libxcb-cursor.so.0")
    assert missing == [("libxcb-cursor.so.0", "libxcb-cursor0")]


def test_a_platform_is_not_asked_for_the_libraries_of_another() -> None:
    def nothing(name: str) -> bool:
        return False

    offscreen = missing_libraries("offscreen", system="linux", loads=nothing)
    assert ("libxcb-cursor.so.0", "libxcb-cursor0") not in offscreen
    assert ("libEGL.so.1", "libegl1") in offscreen
    assert ("libwayland-client.so.0", "libwayland-client0") in missing_libraries(
        "wayland", system="linux", loads=nothing)


@pytest.mark.parametrize("system", ["win32", "darwin"])
def test_other_systems_lack_nothing(system: str) -> None:
    assert missing_libraries("xcb", system=system, loads=lambda name: False) == []


def test_the_install_line_names_each_package_once() -> None:
    missing = [("libglib-2.0.so.0", "libglib2.0-0"), ("libgthread-2.0.so.0", "libglib2.0-0"), ("x", "libx11-6")]
    assert install_line(missing) == "sudo apt install libglib2.0-0 libx11-6"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks the Linux loader")
def test_the_loader_is_really_asked() -> None:
    assert can_load("libc.so.6")
    assert not can_load("libnnviz-does-not-exist.so.1")
