"""What the command line writes is whole or not there: full disks, Ctrl+C, closed pipes, terminals."""

from __future__ import annotations

import csv
import io
import os
import re
import signal
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command_line import POSIX, ROOT, Nnviz, assert_refused, command

WRITING = [["train", "xor", "--steps", "2"], ["export", "xor", "--table", "metrics"]]


@pytest.mark.parametrize("words", WRITING)
def test_a_place_that_cannot_be_written_is_named(nnviz: Nnviz, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    assert_refused(nnviz(*words, "-o", tmp_path / "nowhere" / "out"), "folder does not exist")
    assert_refused(nnviz(*words, "-o", tmp_path / "folder"), "it is a folder")
    assert_refused(nnviz(*words, "-o", tmp_path / "file" / "out"), "a file, not a folder")
    assert_refused(nnviz(*words, "-o", ""), "not a file name")
    assert sorted(os.listdir(tmp_path)) == ["file", "folder"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
@pytest.mark.parametrize("words", WRITING)
def test_a_folder_that_may_not_be_written_is_named(nnviz: Nnviz, tmp_path: Path, words: list[str]) -> None:
    tmp_path.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert_refused(nnviz(*words, "-o", tmp_path / "out"), "you may not write there")
    finally:
        tmp_path.chmod(stat.S_IRWXU)


@pytest.mark.parametrize("words", WRITING)
def test_a_read_only_file_is_left_as_it_is(nnviz: Nnviz, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "out").write_bytes(b"old")
    (tmp_path / "out").chmod(stat.S_IRUSR)
    assert_refused(nnviz(*words, "-o", tmp_path / "out"), "read-only")
    assert (tmp_path / "out").read_bytes() == b"old"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [*WRITING, ["examples"]])
def test_a_full_disk_behind_standard_output_is_named(words: list[str]) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command(*words), cwd=ROOT, stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 2
    assert done.stderr == b"Standard output cannot be written: the disk is full.\n"


@pytest.mark.parametrize("words", WRITING)
def test_a_refused_document_leaves_the_old_output(nnviz: Nnviz, tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "out").write_bytes(b"old")
    assert_refused(nnviz(*words, "--set", "loss=nothing", "-o", tmp_path / "out"))
    assert (tmp_path / "out").read_bytes() == b"old"


ENDLESS = [["train", "xor", "--steps", "1000000000"], ["export", "xor", "--table", "metrics", "--steps", "1000000000"]]


def interrupt(started: subprocess.Popen[bytes], ready: Callable[[], bool]) -> None:
    """Ctrl+C once the command is at work."""
    deadline = time.monotonic() + 30.0
    while not ready() and time.monotonic() < deadline:
        time.sleep(0.01)
    started.send_signal(signal.SIGINT)


@POSIX
@pytest.mark.parametrize("words", ENDLESS)
def test_ctrl_c_leaves_no_output_file_and_the_old_one(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "out").write_bytes(b"old")
    with subprocess.Popen(command(*words, "-o", tmp_path / "out"), cwd=ROOT, stderr=subprocess.PIPE) as started:
        interrupt(started, lambda: len(os.listdir(tmp_path)) > 1)
        _, err = started.communicate(timeout=30)
    assert started.returncode == 130
    assert err == b""
    assert (tmp_path / "out").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["out"]


@POSIX
@pytest.mark.parametrize("table", ["parameters", "trace"])
def test_ctrl_c_leaves_complete_rows_on_standard_output(tmp_path: Path, table: str) -> None:
    words = ("export", "xor", "--table", table, "--steps", "1000000000")
    rows = tmp_path / "rows.csv"
    with (
        rows.open("wb") as file,
        subprocess.Popen(command(*words), cwd=ROOT, stdout=file, stderr=subprocess.PIPE) as started,
    ):
        interrupt(started, lambda: rows.stat().st_size > 10_000)
        _, err = started.communicate(timeout=30)
    assert started.returncode == 130
    assert err == b""
    content = rows.read_bytes()
    assert content.endswith(b"\n")
    assert len({len(row) for row in csv.reader(io.StringIO(content.decode("utf-8"), newline=""))}) == 1


@POSIX
def test_a_reader_that_has_read_enough_is_no_error() -> None:
    words = ("export", "xor", "--table", "parameters", "--steps", "100000")
    with subprocess.Popen(command(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as started:
        assert started.stdout is not None and started.stderr is not None
        assert started.stdout.readline().startswith(b"step,")
        started.stdout.close()
        err = started.stderr.read()
        started.wait(timeout=30)
    assert err == b""
    assert started.returncode == 0


@POSIX
@pytest.mark.parametrize("words", [["train", "xor", "--steps", "300000"], ["train", "xor", "--steps", "1"]])
def test_a_progress_bar_is_for_terminals_and_goes_away(words: list[str]) -> None:
    import pty

    try:
        ours, theirs = pty.openpty()
    except OSError:
        pytest.skip("there is no terminal to be had here")
    try:
        done = subprocess.run(command(*words), cwd=ROOT, stdout=subprocess.PIPE, stderr=theirs, timeout=60)
    finally:
        os.close(theirs)
    shown = b""
    with os.fdopen(ours, "rb", 0) as terminal:
        try:
            while part := terminal.read(65536):
                shown += part
        except OSError:
            pass    # the other end is closed
    assert done.returncode == 0 and re.fullmatch(rb"step \d+  loss \S+\n", done.stdout)
    if words[-1] == "1":
        assert shown == b""
    else:
        assert b"%" in shown and b"of 300000" in shown
        assert shown.endswith(b"\r\x1b[K")
