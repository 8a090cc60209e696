"""What leaves the program without a window: every bundled example is trained, drawn, saved and exported."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage

from nnviz.errors import Refused
from nnviz.exchange.notebook import export, load, save
from nnviz.exchange.tables import offered_tables
from nnviz.gui.rendering import render_to_file
from nnviz.gui.theme import THEMES
from nnviz.session.examples import example_names, open_example

pytestmark = pytest.mark.usefixtures("qapp")


@pytest.mark.parametrize("name", example_names())
def test_every_example_trains_saves_exports_and_renders(name: str, tmp_path: Path) -> None:
    session = load(name)
    session.advance_steps(2)
    save(session, tmp_path / "saved.json")
    again = load(tmp_path / "saved.json")
    assert again.state.vector.tobytes() == session.state.vector.tobytes()
    few = session.document.network.parameter_count < 1000
    for table in offered_tables(session.document.network):
        if few or table != "examples":      # a row for every parameter and every example
            outcome = export(session, table, tmp_path / "table.csv", steps=2)
            rows = list(csv.reader((tmp_path / "table.csv").read_text("utf-8").splitlines()))
            assert len(rows) == outcome.rows + 1 > 1 and len({len(row) for row in rows}) == 1
    for theme in THEMES:
        assert render_to_file(session.document, 2, theme, (640, 400), tmp_path / f"{theme}.png") == ""
    pictures = [QImage(str(tmp_path / f"{theme}.png")) for theme in THEMES]
    assert all((picture.width(), picture.height()) == (640, 400) for picture in pictures)
    for picture in pictures:
        pixels = np.frombuffer(picture.convertToFormat(QImage.Format.Format_RGB32).constBits(), dtype=np.uint32)
        assert len(np.unique(pixels)) > 50, "lines, nodes and text, not an empty page"


def test_what_diverges_is_drawn_as_it_last_was_and_says_so(tmp_path: Path) -> None:
    document = open_example("linear-regression").with_value("optimiser.learning_rate", 1e200)
    assert "diverges" in render_to_file(document, 10, "light", (320, 200), tmp_path / "last.svg")
    assert (tmp_path / "last.svg").stat().st_size > 0


def test_another_ending_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"\.png, \.svg or \.pdf"):
        render_to_file(open_example("xor"), 0, "light", (320, 200), tmp_path / "picture.bmp")
