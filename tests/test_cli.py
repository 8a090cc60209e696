"""The command line does what it says, says what it will not do in one line, and leaves nothing halfway."""

from __future__ import annotations

import csv
import io
import json
import math
import os
import pickle
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nnviz.cli import COMMANDS, main
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.gui.colour_maps import COLOUR_MAPS
from nnviz.report.edge_measures import MEASURES
from nnviz.report.metrics import Survey
from nnviz.session.document import Document
from nnviz.session.examples import example_names, list_examples, open_document, open_example
from nnviz.session.session import Session
from tests.command_line import ROOT, Answer, Nnviz, assert_refused, last_line, process


def written(path: Path, document: Document) -> Path:
    path.write_bytes(document.to_bytes())
    return path


# --- help -------------------------------------------------------------------------------------------------------


def test_help_lists_every_command_and_no_other(nnviz: Nnviz) -> None:
    answer = nnviz("--help")
    listed = re.findall(r"^  ([a-z]+)  ", answer.text.partition("commands:")[2], re.MULTILINE)
    assert answer.status == 0
    assert listed == list(COMMANDS) == ["examples", "train", "export", "check", "predict", "render", "info"]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_of_its_own(nnviz: Nnviz, name: str) -> None:
    answer = nnviz(name, "--help")
    assert answer.status == 0
    assert answer.text.startswith(f"usage: nnviz {name} ")


def test_help_imports_neither_qt_nor_numpy() -> None:
    code = "import sys; from nnviz.cli import main; main(['--help']); print(sorted(sys.modules), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in ("PySide6", "pyqtgraph", "numpy"):
        assert f"'{name}'" not in done.stderr


def test_help_comes_at_once() -> None:
    def seconds() -> float:
        start = time.perf_counter()
        process("--help", check=True)
        return time.perf_counter() - start

    assert min(seconds() for _ in range(5)) < 0.3


@pytest.mark.parametrize(
    "words",
    [
        ["examples"], ["info"], ["train", "xor", "--steps", "2"], ["export", "xor", "--table", "metrics"],
        ["check", "xor"], ["missing.json"], ["export", "--help"], ["render", "--help"],
    ],
)  # fmt: skip
def test_qt_is_imported_by_nothing_that_needs_no_picture(words: list[str]) -> None:
    code = (
        "import sys; from nnviz.cli import main; main(sys.argv[1:]); "
        "sys.exit(any(name.partition('.')[0] in ('PySide6', 'pyqtgraph') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code, *words], cwd=ROOT, capture_output=True).returncode == 0


def test_python_m_nnviz_is_the_same() -> None:
    done = process("export", "mazur-2-2-2", "--table", "parameters")
    assert done.returncode == 0 and done.stderr == b""
    assert done.stdout.startswith(b"step,epoch,parameter,")


def test_the_version_can_be_asked_for(nnviz: Nnviz) -> None:
    assert re.fullmatch(r"nnviz \d+\.\d+\.\d+\n", nnviz("--version").text)


# --- examples and info ------------------------------------------------------------------------------------------


def test_examples_are_listed_by_name_with_one_line(nnviz: Nnviz) -> None:
    lines = nnviz("examples").text.splitlines()
    assert [line.split()[0] for line in lines] == list(example_names())
    assert [line.split(maxsplit=1)[1] for line in lines] == [example.description for example in list_examples()]


def test_examples_can_be_read_by_programs(nnviz: Nnviz) -> None:
    listed = json.loads(nnviz("examples", "--json").out)
    assert [example["name"] for example in listed] == list(example_names())
    assert all(example["description"] for example in listed)


def test_info_on_a_file_says_what_it_is_and_what_its_scaling_was_fitted_to(nnviz: Nnviz) -> None:
    answer = nnviz("info", "iris", "--set", "scaling=min_max")
    assert answer.status == 0
    assert "units per layer: 4-" in answer.text
    assert "scaling: Minimum to maximum, (x − min) / (max − min)" in answer.text
    table = answer.text[answer.text.index("  input  ") :].splitlines()
    assert table[0].split() == ["input", "minimum", "maximum"] and len(table) == 5
    assert_refused(nnviz("info", "--set", "scaling=min_max"), "Name a FILE")
    assert_refused(nnviz("info", "nothing-like-it"), "there is no such file or example")


def test_info_on_a_surface_says_its_formula_and_its_start_and_nothing_of_units(nnviz: Nnviz, tmp_path: Path) -> None:
    answer = nnviz("info", "surface-noise", "--set", "optimiser.name=adam", "--set", "values.x=-2.5")
    assert answer.status == 0
    assert answer.text.splitlines() == [
        "surface: surface-noise", "f(x, y): 0.5*x^2 + 2*y^2", "start: x = -2.5, y = 1.5",
        "map: x from -4.0 to 2.0, y from -2.0 to 2.0",
        "examples: 64, each shifts x and y by numbers drawn with standard deviation 0.7",
        "optimiser: Adam, learning rate 0.1",
    ]
    saved = tmp_path / "after.json"
    assert nnviz("train", "surface-ravine", "--steps", "3", "-o", str(saved)).status == 0
    later = nnviz("info", str(saved)).text
    assert "point after step 3: x = -" in later and "examples: one, the surface itself" in later


def test_info_says_versions_folders_and_what_is_missing(nnviz: Nnviz, monkeypatch: pytest.MonkeyPatch) -> None:
    from nnviz import information

    monkeypatch.setattr(information, "missing_libraries", lambda: [("libEGL.so.1", "libegl1")])
    answer = nnviz("info")
    for part in ("nnviz: ", "Python: 3.", "numpy: ", "PySide6-Essentials: ", "platform: ", "settings: ", "examples: "):
        assert part in answer.text
    assert "libEGL.so.1 (package libegl1)" in answer.text
    assert "sudo apt install libegl1" in answer.text


# --- train ------------------------------------------------------------------------------------------------------


def loss_after(document: Document, steps: int) -> float:
    session = Session(document)
    session.advance_steps(steps)
    return Survey(session.problem, session.state.parameters(session.problem), session.segment.data).training_loss


@pytest.mark.parametrize(
    ("words", "changes", "steps"),
    [
        (["xor"], {}, 1000),
        (["xor", "--steps", "20"], {}, 20),
        (["xor", "--steps", "0"], {}, 0),
        (["xor", "--epochs", "7"], {}, 7),
        (["xor", "--epochs", "7", "--set", "batch_size=3"], {"batch_size": 3}, 14),
        (["xor", "--steps", "5", "--seed", "9"], {"seed": 9}, 5),
        (
            ["xor", "--steps", "9", "--set", "optimiser.name=adam", "--set", "optimiser.learning_rate=3e-4"],
            {"optimiser": {"name": "adam", "learning_rate": 3e-4}}, 9,
        ),
        (["xor", "--steps", "9", "--set", "layers.0.activation=relu"], {"layers.0.activation": "relu"}, 9),
        (["mazur-2-2-2", "--steps", "3", "--seed", "5"], {}, 3),
    ],
)  # fmt: skip
def test_training_ends_with_the_loss_after_the_last_update(
    nnviz: Nnviz, words: list[str], changes: dict[str, Any], steps: int
) -> None:
    answer = nnviz("train", *words)
    assert (answer.status, answer.err) == (0, "")
    document = open_example(words[0]).with_values(changes)
    assert last_line(answer) == (steps, loss_after(document, steps))


def test_training_learns(nnviz: Nnviz) -> None:
    assert last_line(nnviz("train", "xor"))[1] < 0.05 < last_line(nnviz("train", "xor", "--steps", "1"))[1]


def test_the_trained_network_is_saved_and_goes_on_bit_for_bit(nnviz: Nnviz, tmp_path: Path) -> None:
    half, whole = tmp_path / "half.json", tmp_path / "whole.json"
    nnviz("train", "multi-label", "--set", "batch_size=5", "--steps", "6", "-o", half)
    nnviz("train", "multi-label", "--set", "batch_size=5", "--steps", "13", "-o", whole)
    answer = nnviz("train", half, "--steps", "7", "-o", half)
    assert last_line(answer)[0] == 13
    assert half.read_bytes() == whole.read_bytes()


def test_an_epoch_that_is_running_is_finished_first(nnviz: Nnviz, tmp_path: Path) -> None:
    nnviz("train", "xor", "--set", "batch_size=1", "--steps", "3", "-o", tmp_path / "net.json")
    assert last_line(nnviz("train", tmp_path / "net.json", "--epochs", "2"))[0] == 8


@pytest.mark.parametrize(
    "words", [["train", "xor", "--steps", "30"], ["export", "xor", "--table", "parameters", "--steps", "3"]]
)
def test_the_same_seed_gives_the_same_bytes(nnviz: Nnviz, words: list[str]) -> None:
    assert nnviz(*words, "--seed", 3).out == nnviz(*words, "--seed", 3).out
    assert nnviz(*words, "--seed", 3).out != nnviz(*words, "--seed", 4).out


def test_the_same_bytes_come_from_another_process(nnviz: Nnviz) -> None:
    words = ("export", "circle", "--table", "parameters", "--steps", "20")
    assert process(*words, check=True).stdout == nnviz(*words).out


def test_a_loss_or_an_output_that_does_not_fit_the_targets_is_explained_and_trained_with(nnviz: Nnviz) -> None:
    words = ("train", "xor", "--steps", 1, "--set")
    odd = nnviz(*words, "loss=half_squared_error")
    assert odd.status == 0 and odd.err.startswith("Note: ") and "hardly learns" in odd.err
    assert "loss" in odd.text and "Note" not in odd.text
    assert nnviz(*words, "loss=binary_cross_entropy").err == "", "that is what it was"
    assert nnviz(*words, "layers.0.activation=relu").err == "", "hidden layers are free"
    assert nnviz("train", "mazur-2-2-2", "--steps", 1).err == "", "it was built so"


def test_training_that_diverges_says_where_and_keeps_the_last_good_state(nnviz: Nnviz, tmp_path: Path) -> None:
    words = ("train", "linear-regression", "--set", "optimiser.learning_rate=1e60", "-o", tmp_path / "net.json")
    answer = nnviz(*words)
    assert answer.status == 1
    step, _ = last_line(answer)
    assert re.match(rf"Step {step + 1} diverges: the .+ \(layer 1\) becomes .+\n$", answer.err, re.DOTALL)
    assert answer.err.count("\n") == 1
    document = open_document(tmp_path / "net.json")
    assert document.progress is not None and document.progress.step == step


# --- export -----------------------------------------------------------------------------------------------------


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_an_export_is_one_step_unless_more_are_asked_for(nnviz: Nnviz) -> None:
    rows = rows_of(nnviz("export", "mazur-2-2-2", "--table", "parameters").out)
    assert {row["step"] for row in rows} == {"1"}
    assert float(next(row for row in rows if row["label"] == "w5")["new_value"]) == pytest.approx(
        0.358916479718, rel=0.0, abs=5e-13
    )


def test_every_kth_step_and_the_last_are_exported(nnviz: Nnviz) -> None:
    answer = nnviz("export", "xor", "--table", "metrics", "--steps", "10", "--every", "4")
    assert [row["step"] for row in rows_of(answer.out)] == ["1", "5", "9", "10"]


@pytest.mark.parametrize("table", ["parameters", "examples", "neurons", "trace", "metrics"])
def test_a_file_gets_the_bytes_of_standard_output(nnviz: Nnviz, tmp_path: Path, table: str) -> None:
    words = ("export", "multi-label", "--table", table, "--steps", "3")
    answer = nnviz(*words, "-o", tmp_path / "table.csv")
    assert (answer.status, answer.out, answer.err) == (0, b"", "")
    assert (tmp_path / "table.csv").read_bytes() == nnviz(*words).out
    assert os.listdir(tmp_path) == ["table.csv"]


@pytest.mark.parametrize("to_file", [False, True])
def test_an_export_that_diverges_ends_with_that_step(nnviz: Nnviz, tmp_path: Path, to_file: bool) -> None:
    words: list[object] = ["export", "linear-regression", "--table", "metrics", "--steps", "500"]
    words += ["--set", "optimiser.learning_rate=1e60", *(["-o", tmp_path / "table.csv"] if to_file else [])]
    answer = nnviz(*words)
    rows = rows_of((tmp_path / "table.csv").read_bytes() if to_file else answer.out)
    assert answer.status == 1
    assert answer.err.startswith(f"Step {rows[-1]['step']} diverges: ") and answer.err.count("\n") == 1
    assert [math.isfinite(float(row["loss"])) for row in rows] == [True] * (len(rows) - 1) + [False]


def test_a_path_is_opened_as_well_as_a_name(nnviz: Nnviz, tmp_path: Path) -> None:
    path = written(tmp_path / "mine.json", open_example("xor").with_value("seed", 77))
    assert nnviz("export", path, "--table", "metrics").out == nnviz(
        "export", "xor", "--table", "metrics", "--seed", "77"
    ).out


def test_a_file_wins_over_an_example_of_the_same_name(
    nnviz: Nnviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "xor", open_example("mazur-2-2-2"))
    monkeypatch.chdir(tmp_path)
    assert b",w5," in nnviz("export", "xor", "--table", "parameters").out


def test_a_command_wins_over_a_file_of_the_same_name(
    nnviz: Nnviz, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "train", open_example("xor"))
    monkeypatch.chdir(tmp_path)
    assert_refused(nnviz("train"), "FILE")
    assert nnviz("train", "./train", "--steps", "1").status == 0


# --- refusals ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["trian", "xor"], ["unknown command 'trian'", "Did you mean 'train'?"]),
        (["trian"], ["'trian'", "Did you mean 'train'?"]),
        (["exmaples"], ["Did you mean 'examples'?"]),
        (["spirall"], ["spirall", "Did you mean 'spiral'?"]),
        (["train"], ["nnviz train", "FILE"]),
        (["train", "xorr"], ["xorr", "Did you mean 'xor'?"]),
        (["train", "xor", "circle"], ["'circle'", "too many"]),
        (["train", "xor", "--stepz", "3"], ["unknown option '--stepz'", "Did you mean '--steps'?"]),
        (["train", "xor", "--steps", "many"], ["--steps", "whole number", "'many'"]),
        (["train", "xor", "--steps", "-1"], ["--steps", "at least 0"]),
        (["train", "xor", "--steps", "1.5"], ["--steps", "whole number"]),
        (["train", "xor", "--steps"], ["--steps"]),
        (["train", "xor", "--steps", "1", "--epochs", "1"], ["--epochs", "--steps"]),
        (["train", "xor", "--seed", "-1"], ["--seed"]),
        (["train", "xor", "--seed", "x"], ["--seed", "whole number"]),
        (["train", "xor", "--set", "batch_size"], ["PATH=VALUE"]),
        (["train", "xor", "--set", "batch_size=0"], ["batch_size"]),
        (["train", "xor", "--set", "batch_size=-3"], ["batch_size"]),
        (["train", "xor", "--set", "batchsize=3"], ["batchsize", "Did you mean 'batch_size'?"]),
        (["train", "xor", "--set", "optimiser.name=adan"], ["optimiser.name", "Did you mean 'adam'?"]),
        (["train", "xor", "--set", "layers.0.activation=rely"], ["layers.0.activation", "Did you mean 'relu'?"]),
        (["train", "xor", "--set", "layers.9.units=3"], ["layers"]),
        (["train", "xor", "--set", "layers.0.units=1000000000"], ["layers.0.units", "4096"]),
        (["train", "xor", "--set", "layers.0.units=-2"], ["layers.0.units"]),
        (["train", "xor", "--set", "optimiser.learning_rate=NaN"], ["learning_rate"]),
        (["export", "xor"], ["--table"]),
        (["export", "xor", "--table", "parametres"], ["unknown table", "Did you mean 'parameters'?"]),
        (["export", "xor", "--table", "trace", "--every", "0"], ["--every", "at least 1"]),
        (["render", "xor"], ["--output"]),
        (["render", "xor", "-o", "x.png", "--size", "12"], ["--size", "1200x800"]),
        (["render", "xor", "-o", "x.png", "--size", "0x5"], ["--size"]),
        (["render", "xor", "-o", "x.png", "--theme", "drak"], ["unknown theme", "Did you mean 'dark'?"]),
        (["render", "xor", "-o", "x.png", "--colour", "updat"], ["--colour", "Did you mean 'update'?"]),
        (["render", "xor", "-o", "x.png", "--map", "greyz"], ["--map", "Did you mean 'greys'?"]),
        (["render", "xor", "-o", "x.png", "--scale", "log"], ["--scale", "linear, logarithmic"]),
        (["examples", "xor"], ["too many"]),
        (["--steps", "3"], ["unknown option"]),
    ],
)  # fmt: skip
def test_wrong_use_is_one_line_that_helps(nnviz: Nnviz, words: list[str], parts: list[str]) -> None:
    assert_refused(nnviz(*words), *parts)


def bad_files(folder: Path) -> dict[str, bytes | None]:
    """What people open by mistake, by file name; None for a folder."""
    whole = open_example("mazur-2-2-2").to_bytes()
    tree = json.loads(whole)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("net.json", whole)

    def changed(**values: Any) -> bytes:
        return json.dumps({**tree, **values}).encode()

    layers = tree["layers"]
    return {
        "folder": None,
        "text.txt": b"my homework\n",
        "page.html": b"<!DOCTYPE html><html></html>",
        "archive.zip": archive.getvalue(),
        "model.pkl": pickle.dumps({"weights": [1.0, 2.0]}),
        "empty.json": b"",
        "cut-off.json": whole[: len(whole) // 2],
        "nan.json": whole.replace(b"0.15", b"NaN"),
        "twice.json": whole.replace(b'"kind"', b'"loss": "squared_error", "kind"', 1),
        "other.json": b'{"hello": "world"}',
        "unknown-key.json": changed(lerning_rate=3),
        "shapes.json": changed(parameters={"W1": [[1.0, 2.0, 3.0]]}),
        "unknown-loss.json": changed(loss="halfsquared_error"),
        "a-billion.json": changed(layers=[{**layers[0], "units": 1_000_000_000}, layers[1]], parameters={}),
        "negative.json": changed(layers=[{**layers[0], "units": -2}, layers[1]], parameters={}),
        "targets.json": changed(data={"inputs": [[1.0, 2.0]], "targets": [[1.0]]}),
        "newer.json": changed(version=99),
    }


BAD = list(bad_files(Path()))


@pytest.fixture
def bad(tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        content = bad_files(tmp_path)[name]
        if content is None:
            (tmp_path / name).mkdir()
        else:
            (tmp_path / name).write_bytes(content)
        return tmp_path / name

    return make


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("words", [["train"], ["export", "--table", "parameters"], ["render", "-o", "x.png"], []])
def test_a_file_that_is_no_network_is_refused_by_every_command(
    nnviz: Nnviz, bad: Callable[[str], Path], name: str, words: list[str]
) -> None:
    path = bad(name)
    assert_refused(nnviz(*words, path), str(path))
    assert not Path("x.png").exists()


@pytest.mark.parametrize("words", [["train"], ["export", "--table", "trace"], ["render", "-o", "x.png"], []])
def test_a_file_that_is_missing_is_refused_by_every_command(nnviz: Nnviz, tmp_path: Path, words: list[str]) -> None:
    assert_refused(nnviz(*words, tmp_path / "missing.json"), "missing.json", "no such file")


def test_a_refused_file_opens_no_window_and_imports_no_qt(bad: Callable[[str], Path]) -> None:
    code = (
        "import sys; from nnviz.cli import main; status = main(sys.argv[1:]); "
        "sys.exit(99 if any(name.startswith('PySide6') for name in sys.modules) else status)"
    )
    words = [sys.executable, "-c", code, str(bad("archive.zip"))]
    assert subprocess.run(words, cwd=ROOT, capture_output=True).returncode == 2


def test_without_a_display_one_line_says_so() -> None:
    environment = {key: value for key, value in os.environ.items() if "DISPLAY" not in key and "QT_" not in key}
    done = process("xor", env=environment)
    assert done.returncode == 2
    assert done.stdout == b"" and done.stderr.count(b"\n") == 1
    assert b"display" in done.stderr.lower()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="platforms of Qt on Linux")
@pytest.mark.parametrize("platform", ["nosuch", "eglfs", "minimalegl", "linuxfb", "vkkhrdisplay"])
def test_a_platform_of_qt_that_cannot_be_used_is_one_line_and_no_abort(platform: str) -> None:
    done = process("xor", env={**os.environ, "QT_QPA_PLATFORM": platform})
    assert (done.returncode, done.stdout, done.stderr.count(b"\n")) == (2, b"", 1)
    assert f"QT_QPA_PLATFORM names '{platform}'".encode() in done.stderr


def test_a_name_with_strange_characters_still_makes_one_line(nnviz: Nnviz) -> None:
    assert_refused(nnviz("train", "two\nlines\x1b[31m\u202e.json"), "two")
    assert "\x1b" not in nnviz("train", "x\x1b[31m").err


def test_too_little_memory_is_one_line(nnviz: Nnviz, monkeypatch: pytest.MonkeyPatch) -> None:
    def exhausted(*arguments: object) -> None:
        raise MemoryError

    monkeypatch.setattr("nnviz.session.session.Session.__init__", exhausted)
    assert_refused(nnviz("train", "xor"), "memory")


# --- the window and pictures --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "argument"), [([], None), (["xor"], "xor"), (["./train"], "./train")])
def test_without_a_command_the_window_opens(
    nnviz: Nnviz, monkeypatch: pytest.MonkeyPatch, words: list[str], argument: str | None
) -> None:
    asked: list[str | None] = []
    application = pytest.importorskip("nnviz.gui.application")

    def run(name: str | None = None) -> int:
        asked.append(name)
        return 0

    monkeypatch.setattr(application, "run", run)
    assert nnviz(*words).status == 0
    assert asked == [argument]


BEGINNINGS = {".png": b"\x89PNG\r\n\x1a\n", ".svg": b"<?xml", ".pdf": b"%PDF"}


@pytest.mark.parametrize("suffix", BEGINNINGS)
def test_a_network_can_be_drawn_without_a_display(tmp_path: Path, suffix: str) -> None:
    environment = {key: value for key, value in os.environ.items() if "DISPLAY" not in key and "QT_" not in key}
    path = tmp_path / f"picture{suffix}"
    words = ("render", "mazur-2-2-2", "-o", path, "--size", "640x400", "--theme", "dark", "--steps", "2")
    done = process(*words, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert path.read_bytes().startswith(BEGINNINGS[suffix])
    if suffix == ".png":
        assert path.read_bytes()[16:24] == bytes([0, 0, 2, 128, 0, 0, 1, 144])


@pytest.mark.parametrize(("name", "part"), [("picture.gif", ".png"), ("nowhere/picture.png", "folder does not exist")])
def test_a_picture_that_cannot_be_written_is_refused(tmp_path: Path, name: str, part: str) -> None:
    done = process("render", "xor", "-o", tmp_path / name)
    assert_refused(Answer(done.returncode, done.stdout, done.stderr.decode()), part)
    assert os.listdir(tmp_path) == []


def test_only_edges_of_networks_have_a_colour_to_choose(tmp_path: Path) -> None:
    done = process("render", "gate-max", "-o", tmp_path / "picture.png", "--colour", "update")
    assert_refused(Answer(done.returncode, done.stdout, done.stderr.decode()), "network", "update size")
    assert os.listdir(tmp_path) == []


def test_help_of_render_names_every_row_of_the_tables_of_colours(nnviz: Nnviz) -> None:
    words = nnviz("render", "--help").text.split()
    for name in (*MEASURES, *COLOUR_MAPS, "linear", "logarithmic"):
        assert {name, f"{name},"} & set(words)
    for row in MEASURES.values():
        assert " ".join(row.help.split()) in " ".join(words)


def test_render_of_a_network_that_diverges_draws_the_last_finite_state(qapp: object, tmp_path: Path) -> None:
    path = tmp_path / "cliff.png"
    settings = ["--set", "optimiser.learning_rate=1e200", "--set", "layers.0.activation=identity"]
    document = tmp_path / "cliff.json"
    assert main(["train", "linear-regression", "--steps", "0", "-o", str(document)]) == 0
    from nnviz.session.document import apply_settings
    from nnviz.session.examples import open_document

    document.write_bytes(apply_settings(open_document(document), settings[1::2]).to_bytes())
    assert main(["render", str(document), "-o", str(path), "--steps", "300"]) == 1
    assert path.read_bytes().startswith(b"\x89PNG")


def test_state_adds_columns_to_the_parameters_and_to_no_other_table(nnviz: Nnviz) -> None:
    answer = nnviz("export", "xor", "--table", "parameters", "--state", "--set", "optimiser.name=rprop")
    assert answer.status == 0
    assert answer.text.splitlines()[0].endswith(",new_value,previous_gradient,step_size,effective_learning_rate")
    assert_refused(nnviz("export", "xor", "--table", "trace", "--state"), "trace", "parameters")


@pytest.mark.parametrize("name", OPTIMISERS)
def test_every_optimiser_is_reached_from_the_command_line(nnviz: Nnviz, name: str) -> None:
    settings = (f"optimiser.name={name}", "optimiser.learning_rate=0.01", "optimiser.l2=1e-4", "optimiser.clip_norm=1")
    answer = nnviz("train", "xor", "--steps", "20", *(word for value in settings for word in ("--set", value)))
    assert answer.status == 0 and answer.text.splitlines()[-1].startswith("step 20  loss ")


def test_the_metrics_have_the_learning_rate_of_each_step(nnviz: Nnviz) -> None:
    schedule = ["--set", "optimiser.learning_rate.schedule=step", "--set", "optimiser.learning_rate.every=2"]
    answer = nnviz("export", "xor", "--table", "metrics", "--steps", "5", *schedule)
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["learning_rate"] for row in rows] == ["1.0", "1.0", "0.1", "0.1", "0.01"]


def test_an_unknown_schedule_is_refused_with_the_nearest_one(nnviz: Nnviz) -> None:
    answer = nnviz("train", "xor", "--set", "optimiser.learning_rate.schedule=plateu")
    assert_refused(answer, "optimiser.learning_rate.schedule", "Did you mean 'plateau'?")


@pytest.mark.parametrize("schedule", ["plateau", "one_cycle"])
def test_a_schedule_goes_on_exactly_where_it_was_saved(nnviz: Nnviz, tmp_path: Path, schedule: str) -> None:
    settings = ["--set", f"optimiser.learning_rate.schedule={schedule}", "--set", "batch_size=3"]
    nnviz("train", "xor", *settings, "--steps", "31", "-o", tmp_path / "half.json")
    whole = nnviz("train", "xor", *settings, "--steps", "90", "-o", tmp_path / "whole.json")
    again = nnviz("train", tmp_path / "half.json", "--steps", "59", "-o", tmp_path / "again.json")
    assert again.text == whole.text
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "whole.json").read_bytes()


# --- check and predict --------------------------------------------------------------------------------------------


def test_check_prints_the_worst_parameters_and_both_times(nnviz: Nnviz) -> None:
    answer = nnviz("check", "mazur-2-2-2")
    assert answer.status == 0
    assert "10 parameters, a batch of 1, complex step" in answer.text
    assert "w5" in answer.text and "by formula" in answer.text
    assert answer.text.splitlines()[-1].startswith("The gradients of 10 parameters are right")


def test_check_with_other_settings_checks_those(nnviz: Nnviz) -> None:
    answer = nnviz("check", "xor", "--set", "layers.0.activation=relu", "--seed", "5")
    assert answer.status == 0
    assert "central differences" in answer.text


def test_a_wrong_gradient_makes_check_answer_no(nnviz: Nnviz, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from nnviz.engine import activations, ops

    wrong = replace(activations.TABLE["tanh"], slope=activations.TABLE["sigmoid"].slope)
    monkeypatch.setitem(ops.OPERATIONS, "tanh", ops._activation(wrong))
    answer = nnviz("check", "xor", "--set", "layers.0.activation=tanh")
    assert answer.status == 1
    assert "are wrong: the largest relative error is" in answer.text


def test_predict_writes_the_outputs_beside_the_inputs(nnviz: Nnviz, tmp_path: Path) -> None:
    data, out = tmp_path / "in.csv", tmp_path / "out.csv"
    data.write_text("i1,i2\n0.05,0.1\n")
    printed = nnviz("predict", "mazur-2-2-2", "--data", str(data))
    assert printed.status == 0
    assert printed.text.startswith("i1,i2,o1,o2\n0.05,0.1,0.7513650695")
    assert nnviz("predict", "mazur-2-2-2", "--data", str(data), "-o", str(out)).status == 0
    assert out.read_text() == printed.text


def test_predict_refuses_bad_rows_and_leaves_no_file(nnviz: Nnviz, tmp_path: Path) -> None:
    data, out = tmp_path / "in.csv", tmp_path / "out.csv"
    data.write_text("i1,i2\n0.05,zwei\n")
    answer = nnviz("predict", "mazur-2-2-2", "--data", str(data), "-o", str(out))
    assert answer.status == 2
    assert "line 2, column i2: 'zwei' is not a finite number." in answer.err
    assert not out.exists()
