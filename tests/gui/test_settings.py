"""Settings keep what was chosen, refuse what makes no sense, and survive a damaged file."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from nnviz.errors import CannotWrite, Refused
from nnviz.gui.settings import MOST_RECENT, SECTIONS, SETTINGS, Setting, Settings


@pytest.mark.parametrize("row", SETTINGS, ids=lambda row: row.key)
def test_every_row_accepts_its_own_default(row: Setting) -> None:
    assert row.accept(row.default) == row.default


@pytest.mark.parametrize("row", [row for row in SETTINGS if row.section], ids=lambda row: row.key)
def test_every_shown_row_has_a_label_a_help_and_a_known_section(row: Setting) -> None:
    assert row.label and row.help and row.section in SECTIONS
    assert bool(row.choices) == (row.kind == "choice")


def test_a_change_is_told_once_with_the_keys_that_differ() -> None:
    settings = Settings()
    told: list[frozenset[str]] = []
    settings.watch(told.append)
    settings.change(theme="dark", digits=6)
    settings.change(theme="dark")
    assert told == [frozenset({"theme"})]
    settings.unwatch(told.append)
    settings.change(theme="light")
    assert len(told) == 1


@pytest.mark.parametrize(("key", "value"), [
    ("theme", "purple"), ("digits", 1), ("digits", 18), ("digits", 4.5), ("digits", True), ("digits", "6"),
    ("text_size", float("nan")), ("reopen_last", 1), ("recent_files", "a"), ("window_state", 3), ("colour", "red"),
])
def test_what_makes_no_sense_is_refused_and_nothing_changes(key: str, value: object) -> None:
    settings = Settings()
    with pytest.raises(Refused):
        settings.change(**{"theme": "dark", key: value} if key != "theme" else {key: value})
    assert settings["theme"] == "system"


def test_settings_are_the_same_after_saving_and_reading(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "settings.json"
    settings = Settings(path)
    settings.change(theme="dark", digits=9, reopen_last=True, window_state="AAEC")
    settings.remember_file("/a/b.json")
    settings.save()
    assert Settings(path).values == settings.values


def test_keys_of_another_version_stay_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "dark", "from_the_future": [1, 2]}')
    settings = Settings(path)
    settings.change(theme="light")
    settings.save()
    assert json.loads(path.read_text()) == {"from_the_future": [1, 2], "theme": "light"}


@pytest.mark.parametrize("text", ["{", "[1]", "", "\0\0", "[" * 100_000])
def test_a_damaged_file_is_put_aside_and_the_defaults_are_used(tmp_path: Path, text: str) -> None:
    path = tmp_path / "settings.json"
    path.write_text(text)
    settings = Settings(path)
    assert settings["theme"] == "system"
    assert str(tmp_path / "settings.json.broken") in settings.message
    assert (tmp_path / "settings.json.broken").read_text() == text
    assert not path.exists()


def test_bytes_that_are_no_text_are_a_damaged_file_too(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(b"\xff\xfe{}")
    assert "damaged" in Settings(path).message


def test_one_bad_value_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text('{"theme": "dark", "digits": 1000}')
    settings = Settings(path)
    assert (settings["theme"], settings["digits"]) == ("dark", 6)
    assert "digits" in settings.message


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    settings = Settings(tmp_path / "closed" / "nnviz" / "settings.json")
    settings.change(theme="dark")
    with pytest.raises(CannotWrite):
        settings.save()


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    settings = Settings(tmp_path / "file" / "settings.json")
    settings.change(theme="dark")
    with pytest.raises(CannotWrite):
        settings.save()


def test_recent_files_are_newest_first_without_doubles_and_few() -> None:
    settings = Settings()
    for number in range(MOST_RECENT + 5):
        settings.remember_file(f"/{number}.json")
    settings.remember_file("/10.json")
    recent = settings.texts("recent_files")
    assert recent[0] == str(Path("/10.json").absolute())
    assert len(recent) == len(set(recent)) == MOST_RECENT


def test_restoring_defaults_keeps_what_is_not_a_preference() -> None:
    settings = Settings()
    settings.change(theme="dark", window_state="AAEC")
    settings.restore_defaults()
    assert (settings["theme"], settings["window_state"]) == ("system", "AAEC")
