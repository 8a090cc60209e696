"""`packaging/system-libraries.sh` on machines of every kind, played by small stand-ins for their commands."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nnviz.system_libraries import LIBRARIES

SCRIPT = Path(__file__).resolve().parents[2] / "packaging" / "system-libraries.sh"
TOOLS = ("sh", "cut", "dirname", "env", "paste", "sed", "sort")
EVERYTHING = {library.package for library in LIBRARIES} | {"python3-venv"}

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the script is for Linux")


@dataclass
class Machine:
    """A folder of commands. What apt and sudo are asked is written to `log`; apt "installs" by making a file."""

    folder: Path
    log: list[str] = field(default_factory=list)

    def command(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        path.chmod(0o755)

    def run(self) -> subprocess.CompletedProcess[str]:
        environment = {"PATH": str(self.folder)}
        result = subprocess.run(
            [self.folder / "sh", SCRIPT], env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        calls = self.folder / "calls"
        self.log = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
        return result


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A Debian with a Python that finds everything, used by somebody who is not root and has no sudo."""
    made = Machine(tmp_path)
    for name in TOOLS:
        (tmp_path / name).symlink_to(shutil.which(name) or name)
    made.command("id", "echo 1000")
    give_python(made)
    give_apt(made)
    return made


def give_python(machine: Machine, version: str = "3.11", lacks: str = "", without_venv: bool = False) -> None:
    """A python3 of a version, lacking what `lacks` says until apt has installed it."""
    old = int(tuple(map(int, version.split("."))) < (3, 11))
    machine.command(
        "python3",
        f"""
        installed={machine.folder}/installed
        case "$*" in
        *"sys.exit(sys.version_info"*) exit {old} ;;
        *"print(\\"%d.%d\\""*) echo {version} ;;
        *"import ensurepip"*) [ -e $installed ] || exit {int(without_venv)} ;;
        *system_libraries*) [ -e $installed ] || printf '{lacks}' ;;
        *) echo "unexpected: $*" >&2; exit 99 ;;
        esac""",
    )


def give_apt(machine: Machine, works: bool = True) -> None:
    effect = f": >{machine.folder}/installed" if works else "exit 100"
    machine.command("apt-get", f'echo "$@" >>{machine.folder}/calls\ncase $1 in install) {effect} ;; esac')


def give_sudo(machine: Machine, asks_a_password: bool) -> None:
    machine.command("sudo", "exit 1" if asks_a_password else f'echo sudo >>{machine.folder}/calls\nshift\n"$@"')


def test_where_nothing_is_missing_nothing_is_asked_or_said(machine: Machine) -> None:
    result = machine.run()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")
    assert machine.log == []


def test_elsewhere_nothing_happens(machine: Machine) -> None:
    (machine.folder / "apt-get").unlink()
    give_python(machine, lacks="libgl1 program\\n")
    result = machine.run()
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "")


def test_root_gets_what_is_missing_from_apt(machine: Machine) -> None:
    machine.command("id", "echo 0")
    give_python(machine, lacks="libgl1 program\\nlibxcb-cursor0 window\\nlibgl1 program\\n", without_venv=True)
    result = machine.run()
    assert result.returncode == 0, result.stderr
    assert [call.split()[0] for call in machine.log] == ["update", "install"]
    assert machine.log[1].endswith(" libgl1 libxcb-cursor0 python3-venv")


def test_a_sudo_without_password_is_used(machine: Machine) -> None:
    give_sudo(machine, asks_a_password=False)
    give_python(machine, lacks="libgl1 program\\n")
    assert machine.run().returncode == 0
    assert "sudo" in machine.log
    assert any(call.startswith("install ") and call.endswith(" libgl1") for call in machine.log)


@pytest.mark.parametrize("asks_a_password", [None, True])
def test_without_a_way_to_root_the_line_is_printed(machine: Machine, asks_a_password: bool | None) -> None:
    if asks_a_password:
        give_sudo(machine, asks_a_password=True)
    give_python(machine, lacks="libgl1 program\\nlibegl1 program\\n")
    result = machine.run()
    assert result.returncode == 1
    assert result.stderr.endswith("sudo apt-get update && sudo apt-get install -y libegl1 libgl1\n")
    assert machine.log == []


def test_what_only_a_window_needs_stops_nobody(machine: Machine) -> None:
    give_python(machine, lacks="libxcb-cursor0 window\\n")
    result = machine.run()
    assert result.returncode == 0
    assert result.stderr.endswith("install -y libxcb-cursor0\n")


def test_where_apt_fails_the_line_is_printed(machine: Machine) -> None:
    machine.command("id", "echo 0")
    give_apt(machine, works=False)
    give_python(machine, lacks="libgl1 program\\n")
    result = machine.run()
    assert result.returncode == 1
    assert result.stderr.endswith("install -y libgl1\n")


def test_a_machine_without_python_is_told_everything_at_once(machine: Machine) -> None:
    (machine.folder / "python3").unlink()
    result = machine.run()
    assert result.returncode == 1
    assert set(result.stderr.split("install -y ")[1].split()) == EVERYTHING


def test_a_python_that_is_too_old_is_named(machine: Machine) -> None:
    give_python(machine, version="3.10")
    result = machine.run()
    assert result.returncode == 1
    assert result.stderr == (
        "nnviz: python3 is version 3.10 here, and nnviz needs 3.11 or newer: install one that answers to python3.\n"
    )


def test_the_real_python_is_asked_for_the_real_libraries(machine: Machine) -> None:
    """The stand-ins above answer for Python; here a real one reads the real list."""
    (machine.folder / "python3").unlink()
    machine.command("python3", f'exec {sys.executable} "$@"')
    result = machine.run()
    named = set(result.stderr.split("install -y ")[1].split()) if result.stderr else set()
    assert named <= EVERYTHING
    missing = {library.package for library in LIBRARIES if not _loads(library.name)}
    assert named == missing


def _loads(library: str) -> bool:
    code = f"import ctypes; ctypes.CDLL({library!r})"
    return subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
