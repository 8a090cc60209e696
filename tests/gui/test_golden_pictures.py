"""Every kind of view looks as it did: its picture is compared with the one that is kept, in both themes.

A picture that has changed is written beside the kept one, with what differs, into the test's temporary folder. Where
the change is meant, `python -m tests.gui.golden_pictures` draws the kept ones anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QFont, QImage
from PySide6.QtWidgets import QApplication

from nnviz.gui import ink
from nnviz.gui.theme import DARK, THEMES
from tests.gui.golden_pictures import (
    FOLDER,
    KINDS,
    difference,
    file_of,
    in_colours_of,
    main,
    pixels_of,
    shown_difference,
)

pytestmark = pytest.mark.usefixtures("qapp")
MOST_BYTES, MOST_BYTES_TOGETHER = 40 * 1024, 1_500 * 1024


@pytest.fixture(autouse=True)
def undressed(qapp: QApplication) -> Iterator[None]:
    """What a test before has dressed the program in does not show in a picture."""
    sheet = qapp.styleSheet()
    qapp.setStyleSheet("")
    yield
    qapp.setStyleSheet(sheet)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", KINDS)
def test_it_looks_as_it_did(kind: str, theme: str, tmp_path: Path) -> None:
    drawn, kept = KINDS[kind](THEMES[theme]), QImage(str(file_of(kind, theme)))
    assert not kept.isNull(), "python -m tests.gui.golden_pictures draws it"
    here, there = in_colours_of(drawn, kept), pixels_of(kept)
    if here.shape == there.shape and difference(here, there).is_small:
        return
    for name, image in (("drawn", drawn), ("kept", kept), ("difference", shown_difference(here, there))):
        image.save(str(tmp_path / f"{kind}-{theme}-{name}.png"))
    found = difference(here, there) if here.shape == there.shape else "they have other sizes"
    pytest.fail(f"{kind} looks different in the {theme} theme: {found}; look at the pictures in {tmp_path}. Where that "
                f"is meant: python -m tests.gui.golden_pictures {kind}")


def test_the_kept_pictures_are_those_of_the_table_and_small() -> None:
    files = {path.name: path.stat().st_size for path in FOLDER.glob("*.png")}
    assert set(files) == {file_of(kind, theme).name for kind in KINDS for theme in THEMES}
    assert {name: size for name, size in files.items() if size > MOST_BYTES} == {}
    assert sum(files.values()) < MOST_BYTES_TOGETHER


@pytest.mark.parametrize("kind", ["network-of-discs", "network-of-capsules", "heat-maps", "opened-neuron"])
def test_a_label_that_has_moved_by_three_pixels_is_found(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """In any of these pictures, for any text that is written once and can be seen."""
    texts: list[str] = []
    write = ink._middle

    def moved(pixels: int, bold: bool) -> float:
        texts.append(str(pixels))
        return write(pixels, bold) + (3.0 if len(texts) == 5 else 0.0)

    before = pixels_of(KINDS[kind](DARK))
    monkeypatch.setattr(ink, "_middle", moved)
    after = pixels_of(KINDS[kind](DARK))
    assert len(texts) >= 5 and not difference(before, after).is_small


@pytest.mark.parametrize("kind", ["network-of-discs", "network-of-capsules", "heat-maps", "network-from-near-by"])
def test_letters_that_are_smoothed_otherwise_pass(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = pixels_of(KINDS[kind](DARK))
    plain = ink.font

    def hinted(pixels: int, bold: bool = False) -> QFont:
        font = QFont(plain(pixels, bold))
        font.setHintingPreference(QFont.HintingPreference.PreferVerticalHinting)
        return font

    monkeypatch.setattr(ink, "font", hinted)
    after = pixels_of(KINDS[kind](DARK))
    assert (before != after).any(), "the letters are as they were: this tests nothing"
    assert difference(before, after).is_small


def test_what_differs_is_shown_where_it_differs() -> None:
    one = np.zeros((40, 60, 3), dtype=np.uint8)
    other = one.copy()
    other[10:20, 30:40] = 200
    found = shown_difference(one, other)
    assert found.pixelColor(35, 15).lightness() > 200 and found.pixelColor(5, 5).lightness() == 0
    with pytest.raises(ValueError, match="60 × 40"):
        difference(one, other[:20])


def test_a_picture_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["nothing"]) == 2
    assert "network-of-discs" in capsys.readouterr().err
