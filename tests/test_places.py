"""Where nnviz looks for what it brings along, and where it keeps what it remembers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nnviz import places, words


def test_a_bundled_resource_is_found_in_a_checkout() -> None:
    assert places.resource("icons/play.svg").read_text("utf-8").startswith("<svg")


def test_the_examples_folder_is_found_in_a_checkout() -> None:
    assert places.examples_folder().is_dir()


def test_a_missing_resource_is_named() -> None:
    with pytest.raises(FileNotFoundError, match=r"icons/none\.svg"):
        places.resource("icons/none.svg")


def test_a_wheel_carries_its_resources_inside_the_package(tmp_path: Path) -> None:
    package = tmp_path / "nnviz"
    (package / "_resources").mkdir(parents=True)
    (package / "_examples").mkdir()
    (package / "_resources" / "here.txt").write_text("inside")
    (package / "__init__.py").write_text("")
    for module in (places, words):
        shutil.copy(module.__file__, package)
    asked = "from nnviz import places; print(places.resource('here.txt')); print(places.examples_folder())"
    answer = subprocess.run([sys.executable, "-c", asked], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert [Path(line) for line in answer.stdout.split("\n") if line] == [
        package / "_resources" / "here.txt", package / "_examples"]


@pytest.mark.parametrize(("environment", "platform", "settings", "state"), [
    ({"HOME": "/h"}, "linux", "/h/.config/nnviz", "/h/.local/state/nnviz"),
    ({"HOME": "/h", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s"}, "linux", "/c/nnviz", "/s/nnviz"),
    ({"HOME": "/h", "XDG_CONFIG_HOME": "relative", "XDG_STATE_HOME": ""}, "linux", "/h/.config/nnviz",
     "/h/.local/state/nnviz"),
    ({"HOME": "/h"}, "darwin", "/h/Library/Application Support/nnviz", "/h/Library/Application Support/nnviz/state"),
    ({"USERPROFILE": "/u", "APPDATA": "/u/r", "LOCALAPPDATA": "/u/l"}, "win32", "/u/r/nnviz", "/u/l/nnviz"),
    ({"USERPROFILE": "/u"}, "win32", "/u/AppData/Roaming/nnviz", "/u/AppData/Local/nnviz"),
])
@pytest.mark.skipif(sys.platform == "win32", reason="the expected paths are written as POSIX ones")
def test_each_platform_keeps_settings_and_state_in_its_own_folders(
    environment: dict[str, str], platform: str, settings: str, state: str
) -> None:
    assert places.settings_folder(environment, platform) == Path(settings)
    assert places.state_folder(environment, platform) == Path(state)


def test_places_needs_no_qt() -> None:
    asked = "import sys, nnviz.places, nnviz.system_libraries; print('PySide6' in sys.modules)"
    answer = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"
