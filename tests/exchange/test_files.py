"""A file is replaced whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from nnviz.errors import CannotWrite
from nnviz.exchange.files import REASONS, whole_file, write_file


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_has_the_bytes_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    write_file(tmp_path / "net.json", b"new")
    assert (tmp_path / "net.json").read_bytes() == b"new"
    assert names(tmp_path) == ["net.json"]


def test_a_new_file_has_the_mode_that_the_users_umask_gives(tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"")
    write_file(tmp_path / "net.json", b"new")
    assert stat.S_IMODE((tmp_path / "net.json").stat().st_mode) == stat.S_IMODE((tmp_path / "plain").stat().st_mode)


def test_the_mode_bits_of_the_old_file_are_kept(tmp_path: Path) -> None:
    file = tmp_path / "net.json"
    file.write_bytes(b"old")
    file.chmod(0o640)
    write_file(file, b"new")
    assert file.read_bytes() == b"new"
    assert stat.S_IMODE(file.stat().st_mode) == 0o640


def test_a_symbolic_link_stays_a_link_and_its_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "real.json").write_bytes(b"old")
    (tmp_path / "link.json").symlink_to(tmp_path / "there" / "real.json")
    write_file(tmp_path / "link.json", b"new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "there" / "real.json").read_bytes() == b"new"
    assert names(tmp_path / "there") == ["real.json"]


def test_a_link_to_a_file_that_is_not_there_yet_makes_that_file(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("real.json")
    write_file(tmp_path / "link.json", b"new")
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_bytes() == b"new"


@pytest.mark.parametrize("interruption", [KeyboardInterrupt, ValueError, GeneratorExit])
def test_an_interrupted_write_leaves_the_old_file_and_no_other(
    tmp_path: Path, interruption: type[BaseException]
) -> None:
    file = tmp_path / "table.csv"
    file.write_bytes(b"old")
    with pytest.raises(interruption), whole_file(file) as stream:
        stream.write(b"half a ta")
        raise interruption
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["table.csv"]


def test_the_name_appears_only_when_the_file_is_whole(tmp_path: Path) -> None:
    with whole_file(tmp_path / "table.csv") as stream:
        stream.write(b"step\n")
        stream.flush()
        assert not (tmp_path / "table.csv").exists()
    assert (tmp_path / "table.csv").read_bytes() == b"step\n"


@pytest.mark.parametrize("number", sorted(REASONS))
def test_whatever_the_system_refuses_is_one_sentence_and_the_old_file_is_intact(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    file = tmp_path / "net.json"
    file.write_bytes(b"old")

    def refuse(*arguments: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(CannotWrite) as caught:
        write_file(file, b"new")
    assert str(caught.value) == f"{file} cannot be written: {REASONS[number]}."
    assert file.read_bytes() == b"old"
    assert names(tmp_path) == ["net.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_is_named() -> None:
    with pytest.raises(CannotWrite, match="disk is full"):
        write_file("/dev/full", b"new")


def test_a_device_is_written_to_and_not_replaced() -> None:
    before = os.stat(os.devnull)
    write_file(os.devnull, b"new")
    assert os.stat(os.devnull) == before


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("missing/net.json", "the folder does not exist"),
        ("folder", "it is a folder"),
        ("file/net.json", "part of its path is a file"),
        ("n" * 300, "the name is too long"),
        ("net\0.json", "it is not a file name"),
        ("locked.json", "marked as read-only"),
    ],
)
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, name: str, sentence: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "locked.json").write_bytes(b"old")
    (tmp_path / "locked.json").chmod(0o444)
    before = names(tmp_path)
    with pytest.raises(CannotWrite, match=sentence):
        write_file(tmp_path / name, b"new")
    assert names(tmp_path) == before
    assert (tmp_path / "locked.json").read_bytes() == b"old"


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(CannotWrite, match="not a file name"):
        write_file("", b"new")


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_a_folder_that_may_not_be_written_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(CannotWrite, match="you may not write there"):
            write_file(tmp_path / "net.json", b"new")
    finally:
        tmp_path.chmod(0o700)


def test_a_full_disk_says_so_when_the_error_comes_late(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="disk is full"), whole_file(tmp_path / "table.csv"):
        raise OSError(errno.ENOSPC, "No space left on device")
    assert names(tmp_path) == []
