"""A film has all its frames in their order and at their pace, and there is never half of one."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nnviz.errors import CannotWrite
from nnviz.exchange.film import FILM_FORMATS, LAST_FRAME, Frame, Stopped, most_frames, numbered, older_frames

RATE = 5.0
ONE_FILE = [".apng", ".gif"]


def frames(count: int = 4) -> list[Frame]:
    """Frames of one colour each, every one another."""
    return [np.full((12, 17, 3), (60 * number, 200 - 40 * number, 30), dtype=np.uint8) for number in range(count)]


def write(path: Path, suffix: str, pictures: list[Frame]) -> None:
    with FILM_FORMATS[suffix].make(path, RATE) as film:
        for picture in pictures:
            film.add(picture)
        film.finish(lambda: False)


@pytest.mark.parametrize("suffix", ONE_FILE)
def test_every_frame_comes_back_in_order_and_at_its_pace(tmp_path: Path, suffix: str) -> None:
    path, pictures = tmp_path / f"film{suffix}", frames()
    write(path, suffix, pictures)
    times = []
    with Image.open(path) as film:
        assert film.n_frames == len(pictures) and film.info["loop"] == 0
        for number, picture in enumerate(pictures):
            film.seek(number)
            times.append(film.info["duration"])
            found = np.asarray(film.convert("RGB")).astype(int)
            assert np.abs(found - picture).max() <= (0 if suffix == ".apng" else 4)
    assert times == [200, 200, 200, LAST_FRAME]


def test_numbered_frames_are_exact(tmp_path: Path) -> None:
    path, pictures = tmp_path / "xor.png", frames()
    write(path, ".png", pictures)
    assert sorted(file.name for file in tmp_path.iterdir()) == [f"xor-000{n}.png" for n in (1, 2, 3, 4)]
    for number, picture in enumerate(pictures, start=1):
        with Image.open(numbered(path, number)) as image:
            assert np.array_equal(np.asarray(image), picture)


@pytest.mark.parametrize("suffix", FILM_FORMATS)
def test_a_film_that_is_stopped_leaves_nothing(tmp_path: Path, suffix: str) -> None:
    if not FILM_FORMATS[suffix].is_there():
        pytest.skip("ffmpeg is not here")
    with pytest.raises(Stopped), FILM_FORMATS[suffix].make(tmp_path / f"film{suffix}", RATE) as film:
        for picture in frames():
            film.add(picture)
        film.finish(lambda: True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", ONE_FILE)
def test_an_old_film_stays_whole_where_the_new_one_is_stopped(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"film{suffix}"
    path.write_bytes(b"old")
    with pytest.raises(Stopped), FILM_FORMATS[suffix].make(path, RATE) as film:
        film.add(frames()[0])
        film.finish(lambda: True)
    assert path.read_bytes() == b"old"


def test_old_numbered_frames_stay_whole_until_all_new_ones_are_there(tmp_path: Path) -> None:
    path = tmp_path / "xor.png"
    write(path, ".png", frames(2))
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(Stopped), FILM_FORMATS[".png"].make(path, RATE) as film:
        for picture in frames()[::-1]:
            film.add(picture)
        assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
        film.finish(lambda: True)
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


def test_numbered_frames_that_cannot_all_be_written_leave_none_of_the_new_files(tmp_path: Path) -> None:
    path = tmp_path / "xor.png"
    numbered(path, 3).mkdir()
    with pytest.raises(CannotWrite, match="it is a folder"):
        write(path, ".png", frames())
    assert [file.name for file in tmp_path.iterdir()] == ["xor-0003.png"]


def test_a_shorter_film_takes_the_place_of_a_longer_one_and_of_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "xor.png"
    write(path, ".png", frames(4))
    others = ("xor-0006.png", "xor-2024.png", "xor-004.png", "xor-00004.png", "xor-0003.gif", "xor.png",
              "xor-b-0003.png", "xor-b-0004.png")
    for name in others:
        (tmp_path / name).write_bytes(b"the user's own")
    assert [file.name for file in older_frames(path, 2)] == ["xor-0003.png", "xor-0004.png"]
    write(path, ".png", frames(2))
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted((*others, "xor-0001.png", "xor-0002.png"))
    assert not older_frames(path, 2)


def test_a_shorter_film_that_is_stopped_or_fails_removes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "xor.png"
    write(path, ".png", frames(4))
    before = sorted(tmp_path.iterdir())
    with pytest.raises(Stopped), FILM_FORMATS[".png"].make(path, RATE) as film:
        film.add(frames()[0])
        film.finish(lambda: True)
    assert sorted(tmp_path.iterdir()) == before
    numbered(path, 2).chmod(0o444)
    with pytest.raises(CannotWrite, match="read-only"):
        write(path, ".png", frames(2))
    assert sorted(tmp_path.iterdir()) == before


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(CannotWrite, match="the folder does not exist"):
        write(tmp_path / "nowhere" / "film.gif", ".gif", frames())


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg is not here")
def test_ffmpeg_makes_a_film_also_of_odd_sides(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    write(path, ".mp4", frames())
    assert path.read_bytes()[4:8] == b"ftyp" and [file.name for file in tmp_path.iterdir()] == ["film.mp4"]


def test_ffmpeg_that_fails_is_told_with_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "ffmpeg"
    program.write_text("#!/bin/sh\necho 'no such codec' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert FILM_FORMATS[".mp4"].is_there()
    with pytest.raises(CannotWrite, match="ffmpeg says no such codec"):
        write(tmp_path / "film.mp4", ".mp4", frames(40))
    assert not (tmp_path / "film.mp4").exists()


def test_what_memory_can_hold_limits_frames_of_one_file_only() -> None:
    limits = {suffix: most_frames(form, 1920, 1080) for suffix, form in FILM_FORMATS.items()}
    assert limits[".apng"] == 172 and limits[".gif"] == 172 and limits[".png"] is None and limits[".mp4"] is None


def test_a_gif_keeps_the_grounds_exactly_and_the_rare_bright_colours_of_a_key_nearly(tmp_path: Path) -> None:
    """A few pixels of a bright ramp stand beside thousands of shades of grey, which a median cut would prefer."""
    generator = np.random.default_rng(0)
    shares = np.linspace(0.0, 1.0, 120)[:, None]
    ramp = (shares * [250, 220, 40] + (1 - shares) * [60, 10, 90]).round().astype(np.uint8)
    pictures = []
    for number in range(5):
        picture = np.full((300, 400, 3), 250, dtype=np.uint8)
        picture[40:240] = generator.integers(90, 250, (200, 400, 1))
        picture[60:100, :, 2] = generator.integers(120, 250, (40, 400))
        picture[260:270, 20:140] = ramp
        picture[280, number] = 0
        pictures.append(picture)
    write(tmp_path / "film.gif", ".gif", pictures)
    with Image.open(tmp_path / "film.gif") as film:
        for number, picture in enumerate(pictures):
            film.seek(number)
            found = np.asarray(film.convert("RGB")).astype(int)
            assert np.abs(found[260:270, 20:140] - ramp).max() <= 8
            assert (found[:40] == 250).all() and np.abs(found - picture).max() <= 20
