"""What holds for nnviz as a whole: its import rule, what its code never does, its texts, and its wheel."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "nnviz"

# An arrow may be followed, never reversed: a layer imports itself and what stands to the right of it.
LAYERS = ("cli", "gui", "exchange", "session", "report", "data", "engine")
WINDOW_ONLY = ("PySide6", "pyqtgraph", "shiboken6")

# What the code never imports, and why.
NEVER = {
    "pickle": "reading a pickle runs whatever its writer wanted",
    "marshal": "reading it can crash Python",
    "shelve": "it is pickle underneath",
    "dill": "it is pickle underneath",
    "joblib": "it is pickle underneath",
    "socket": "nnviz uses no network",
    "ssl": "nnviz uses no network",
    "http": "nnviz uses no network",
    "urllib": "nnviz uses no network",
    "requests": "nnviz uses no network",
    "PySide6.QtNetwork": "nnviz uses no network",
    "PySide6.QtWebEngineCore": "it is not in PySide6-Essentials",
}
# The display is asked through a socket of this machine whether it answers.
EXCEPTED = {("nnviz/gui/preflight.py", "socket")}
NEVER_CALLED = ("eval", "exec", "compile", "__import__")

MODULES = sorted(PACKAGE.rglob("*.py"))


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"), filename=str(module))


def name_of(module: Path) -> str:
    return str(module.relative_to(ROOT))


def layer_of(dotted: str) -> str | None:
    """The layer of a dotted name, None for what everybody may import (and for other packages)."""
    parts = dotted.split(".")
    return parts[1] if parts[0] == "nnviz" and len(parts) > 1 and parts[1] in LAYERS else None


def imported(module: Path) -> Iterator[str]:
    """Every dotted name that a module imports, wherever in it the import stands."""
    package = [*module.relative_to(ROOT).parts[:-1]]
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            start = ".".join([*base, *filter(None, [node.module])])
            yield start
            yield from (f"{start}.{alias.name}" for alias in node.names)


def begins_with(dotted: str, name: str) -> bool:
    return dotted == name or dotted.startswith(name + ".")


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_imports_only_what_its_layer_may(module: Path) -> None:
    own = layer_of(".".join(module.relative_to(ROOT).with_suffix("").parts))
    for dotted in imported(module):
        other = layer_of(dotted)
        if own and other:
            assert LAYERS.index(own) <= LAYERS.index(other), f"{own} imports {dotted}"
        if own != "gui":
            assert not any(begins_with(dotted, name) for name in WINDOW_ONLY), f"{dotted} outside the window"


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_a_module_does_nothing_that_is_ruled_out(module: Path) -> None:
    for dotted in imported(module):
        for name, reason in NEVER.items():
            excepted = (module.relative_to(ROOT).as_posix(), name) in EXCEPTED
            assert excepted or not begins_with(dotted, name), f"imports {dotted}: {reason}"
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Call):
            assert not (isinstance(node.func, ast.Name) and node.func.id in NEVER_CALLED), ast.unparse(node)
            allowed = [word.value for word in node.keywords if word.arg == "allow_pickle"]
            assert all(isinstance(value, ast.Constant) and value.value is False for value in allowed), ast.unparse(node)


def test_every_package_of_a_layer_is_in_the_rule() -> None:
    known = {*LAYERS, "__init__", "__main__", "errors", "information", "places", "system_libraries", "words"}
    found = {path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    assert found <= known


def test_the_linter_knows_the_same_rule() -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    layers = next(contract for contract in contracts if contract["type"] == "layers")
    assert tuple(layers["layers"]) == LAYERS
    window = next(contract for contract in contracts if contract.get("forbidden_modules") == list(WINDOW_ONLY))
    assert {name.removeprefix("nnviz.") for name in window["source_modules"]} >= set(LAYERS) - {"gui"}


# Texts.

# The hosts that our own texts may name, all for readers to follow. Where packages come from is their own affair.
HOSTS = {
    "keepachangelog.com", "semver.org", "json-schema.org", "www.w3.org", "git-lfs.github.com",
    "doi.org", "creativecommons.org",     # credits and licences of the data sets
}
HOST = re.compile(r"https?://([\w.-]+)")
NEVER_WRITTEN = {
    "a path of one machine": re.compile(r"(?<![\w.$}/])/(?:home|root|work|opt|srv|mnt|Users)/\w|\b[A-Z]:\\+Users\b"),
    "a place where packages come from": re.compile(r"index[-_]url\b|find[-_]links\b|trusted[-_]host\b|PIP_[A-Z]"),
}


def texts() -> Iterator[Path]:
    """Every text of ours that is committed or about to be, licences of others apart.

    In an unpacked source archive, where git knows nothing, these are the files that the archive brings.
    """
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
        paths = [ROOT / name for name in listed if name]
    except (OSError, subprocess.CalledProcessError):
        tops = [ROOT / name.lstrip("/") for name in project()["tool"]["hatch"]["build"]["targets"]["sdist"]["include"]]
        paths = [path for top in tops for path in (top, *top.rglob("*"))]
    for path in paths:
        ours = path.is_file() and "LICENSE" not in path.name and "__pycache__" not in path.parts
        if ours and path != Path(__file__) and b"\0" not in path.read_bytes()[:8192]:
            yield path


def test_no_text_names_a_machine_or_a_registry() -> None:
    problems = []
    for path in texts():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            found = [what for what, pattern in NEVER_WRITTEN.items() if pattern.search(line)]
            found += [f"{host}, which is not in HOSTS" for host in HOST.findall(line) if host not in HOSTS]
            problems += [f"{path.relative_to(ROOT)}:{number}: {what}: {line.strip()[:100]}" for what in found]
    assert not problems, "\n".join(problems)


def readme_command(name: str) -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(rf"^<!-- command: {name} -->\n```sh\n(.+)\n```$", text, re.MULTILINE)
    assert found, f"README.md has no command {name!r}"
    return found[1]


def test_both_commands_of_the_readme_set_everything_up() -> None:
    setup = "sh packaging/system-libraries.sh && python3 -m venv .venv && .venv/bin/pip install -e "
    assert readme_command("program") == setup + ". && .venv/bin/nnviz"
    tests = ".venv/bin/pytest -n auto --dist loadfile --max-worker-restart=0"      # a worker that dies ends the run
    assert readme_command("tests") == f'{setup}".[test]" && {tests}'


def test_every_library_that_a_test_can_do_without_has_an_extra_that_brings_it() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    brought = {re.match(r"[\w-]+", line)[0].lower() for lines in extras.values() for line in lines}
    wanted = {
        name for path in (ROOT / "tests").rglob("*.py")
        for name in re.findall(r"importorskip\(\"(\w+)", path.read_text("utf-8"))
    } - {"nnviz"}
    assert "torch" in wanted and wanted <= brought
    for name in re.findall(r'-e "\.\[(\w+)\]"', (ROOT / "README.md").read_text("utf-8")):
        assert name in extras


def test_the_pictures_of_the_readme_exist() -> None:
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert pictures
    assert [name for name in pictures if not (ROOT / name).is_file()] == []


# The wheel.


@cache
def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[zipfile.ZipFile]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with zipfile.ZipFile(next(folder.glob("nnviz-*.whl"))) as archive:
        yield archive


def files_below(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize(("folder", "inside"), [("resources", "nnviz/_resources"), ("examples", "nnviz/_examples")])
def test_the_wheel_brings_every_file_of(wheel: zipfile.ZipFile, folder: str, inside: str) -> None:
    names = files_below(ROOT / folder)
    assert names
    assert {name.removeprefix(inside + "/") for name in wheel.namelist() if name.startswith(inside + "/")} == names
    for name in names:
        assert wheel.read(f"{inside}/{name}") == (ROOT / folder / name).read_bytes(), name


def test_the_wheel_holds_nnviz_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    version = project()["project"]["version"]
    names = [name for name in wheel.namelist() if not name.startswith(("nnviz/_resources/", "nnviz/_examples/"))]
    code = {name.removeprefix("nnviz/") for name in names if name.startswith("nnviz/")}
    assert code == files_below(PACKAGE)
    about = f"nnviz-{version}.dist-info/"
    assert {name for name in names if not name.startswith("nnviz/")} == {
        about + name for name in ("METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE")
    }


def test_the_wheel_starts_nnviz_and_asks_for_few_packages(wheel: zipfile.ZipFile) -> None:
    about = f"nnviz-{project()['project']['version']}.dist-info/"
    assert wheel.read(about + "entry_points.txt").decode().split("\n\n")[0].strip() == (
        "[console_scripts]\nnnviz = nnviz.__main__:main"
    )
    metadata = wheel.read(about + "METADATA").decode()
    needed = re.findall(r"^Requires-Dist: ([\w-]+)(?!.*extra ==)", metadata, re.MULTILINE)
    assert {name.lower() for name in needed} == {"numpy", "orjson", "pillow", "pyqtgraph", "pyside6-essentials"}


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is counted only before Python 3.12")
def test_qt_keeps_its_references_to_none() -> None:
    """PySide6 6.12.0 drops one with most calls, and Python then aborts; the version is kept away for that."""
    from PySide6.QtCore import QObject

    thing = QObject()
    before = sys.getrefcount(None)
    for number in range(500):
        thing.setObjectName(str(number))
    assert sys.getrefcount(None) > before - 50
