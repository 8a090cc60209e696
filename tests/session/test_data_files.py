"""A document that names a file of examples trains on it, wherever both are moved; what does not fit is refused."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

from nnviz.cli import main
from nnviz.errors import FileMissing, Refused
from nnviz.exchange.notebook import load, save
from nnviz.session.data_files import found_again
from nnviz.session.document import Document
from nnviz.session.examples import open_document
from nnviz.session.opening import load_data
from nnviz.session.schema import document_schema
from nnviz.session.session import Session

PLANTS = "length,width,species\n5.1,3.5,setosa\n7.0,3.2,versicolor\n6.3,3.3,virginica\n4.9,3.0,setosa\n"
CSV = {"csv": "plants.csv", "targets": ["species"], "one_hot": ["species"]}


def tree(data: dict[str, Any], inputs: int = 2, outputs: int = 3, **others: Any) -> dict[str, Any]:
    return {
        "format": "nnviz", "version": 1, "kind": "network", "inputs": inputs, "loss": "cross_entropy", "data": data,
        "layers": [{"units": 4, "activation": "tanh"}, {"units": outputs, "activation": "softmax"}], **others,
    }  # fmt: skip


@pytest.fixture
def plants(tmp_path: Path) -> Path:
    """A document beside its file."""
    (tmp_path / "plants.csv").write_text(PLANTS)
    path = tmp_path / "plants.json"
    path.write_text(json.dumps(tree(CSV)))
    return path


def test_a_document_trains_on_the_file_beside_it(plants: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    session = load(plants)
    assert session.segment.data.inputs.tolist()[0] == [5.1, 3.5]
    before = session.record.loss
    session.advance_steps(200)
    assert session.record.loss < before


def test_the_command_line_trains_exports_and_saves_elsewhere(plants: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved = plants.parent / "results" / "trained.json"
    saved.parent.mkdir()
    assert main(["train", str(plants), "--steps", "5", "-o", str(saved)]) == 0
    assert json.loads(saved.read_text())["data"] == CSV | {"csv": (plants.parent / "plants.csv").resolve().as_posix()}
    assert main(["train", str(saved), "--steps", "5"]) == 0
    assert main(["export", str(saved), "--table", "metrics"]) == 0
    assert "step 10 " in capsys.readouterr().out


def test_a_file_below_the_document_is_named_from_there_and_another_whole(plants: Path) -> None:
    document = open_document(plants)
    deeper = document.placed_in(plants.parent / "results")
    assert Path(deeper.raw["data"]["csv"]) == (plants.parent / "plants.csv").resolve()
    assert deeper.placed_in(plants.parent).raw["data"]["csv"] == "plants.csv"
    above = plants.parent.parent
    assert document.placed_in(above).raw["data"]["csv"] == f"{plants.parent.name}/plants.csv"


def test_the_command_line_says_what_to_do_where_the_examples_are_gone(
    plants: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plants.write_text(json.dumps(tree(CSV | {"csv": "gone/../plants.csv"})))
    (plants.parent / "plants.csv").rename(plants.parent / "flowers.csv")
    assert main(["train", str(plants), "--steps", "5"]) == 2
    said = capsys.readouterr().err
    assert f"It is looked for in {plants.parent}. " in said and "--set data.csv=PATH" in said
    assert main(["train", str(plants), "--steps", "5", "--set", "data.csv=flowers.csv"]) == 0


def test_a_missing_value_becomes_the_mean_of_what_is_trained_on(plants: Path) -> None:
    rows = ["", *(str(2.0**k) for k in range(11))]
    (plants.parent / "gaps.csv").write_text("a,t\n" + "\n".join(f"{a},{k}" for k, a in enumerate(rows)) + "\n")
    for seed in range(4):
        source = {"csv": "gaps.csv", "targets": ["t"], "missing": "mean", "test_fraction": 0.5, "seed": seed}
        document = Document.from_tree(tree(source, 1, 1) | {
            "layers": [{"units": 1, "activation": "identity"}], "loss": "half_squared_error"}, plants.parent)
        data = load_data(document)
        known = data.inputs[data.targets[:, 0] > 0, 0]
        gap = np.concatenate((data.inputs, data.test_inputs))[np.concatenate((data.targets, data.test_targets)) == 0]
        assert gap.tolist() == [known.mean()]


def test_files_that_lie_beside_the_one_that_was_found_are_found_with_it(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    idx_files(tmp_path / "new", "train", 6)
    source = {"idx": "train-images-idx3-ubyte", "idx_labels": "train-labels-idx1-ubyte", "classes": 3}
    with pytest.raises(FileMissing) as gone:
        Session(Document.from_tree(tree(source, 4), tmp_path))
    assert gone.value.key == "data.idx"
    found = found_again(source, "data.idx", tmp_path / "new" / "train-images-idx3-ubyte", tmp_path)
    assert (found["idx"], found["idx_labels"]) == ("new/train-images-idx3-ubyte", "new/train-labels-idx1-ubyte")
    Session(Document.from_tree(tree(found, 4), tmp_path))


def test_saving_in_the_same_folder_leaves_the_path_as_it_was_written(plants: Path) -> None:
    plants.write_text(json.dumps(tree(CSV | {"csv": "./plants.csv"})))
    save(load(plants), plants.parent / "copy.json")
    assert open_document(plants.parent / "copy.json").raw["data"]["csv"] == "./plants.csv"


def test_editing_keeps_the_examples_and_another_shape_is_refused(plants: Path) -> None:
    session = load(plants)
    data = session.segment.data
    session.edit({"batch_size": 2}, "")
    assert session.segment.data is data
    with pytest.raises(Refused, match="the file is for 3 outputs but the network has 4"):
        session.edit({"layers.1.units": 4}, "")
    assert session.document.network.sizes == (2, 4, 3)


def test_examples_in_use_are_read_once_and_again_when_the_file_changes(plants: Path) -> None:
    document = open_document(plants)
    data = load_data(document)
    assert load_data(document) is data
    plants.with_suffix(".csv").write_text(PLANTS.replace("4.9", "14.9"))
    assert load_data(document).inputs[3, 0] == 14.9


def test_targets_that_the_loss_cannot_take_are_refused(plants: Path) -> None:
    data = {"csv": "plants.csv", "targets": ["length"], "inputs": ["width"]}
    document = Document.from_tree(tree(data, 1, 1, loss="binary_cross_entropy"), plants.parent)
    with pytest.raises(Refused, match=r"target 1 of example 0 must be from 0 to 1 under binary_\w+, not 5\.1"):
        Session(document)


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no file": (CSV | {"csv": "none.csv"}, r"none\.csv: there is no such file"),
    "no targets": ({"csv": "plants.csv"}, "the key 'targets' is missing"),
    "words": ({"csv": "plants.csv", "targets": ["species"]}, r"plants\.csv: line 2, column 3 \(species\): 'setosa'"),
    "no column": (CSV | {"targets": ["specie"]}, "unknown column 'specie'. Did you mean 'species'"),
    "no such number": (CSV | {"inputs": [7]}, "has 3 columns, there is no column 7"),
    "delimiter": (CSV | {"delimiter": "x"}, r"data\.delimiter: unknown delimiter"),
    "key": (CSV | {"delimeter": ","}, "Did you mean 'delimiter'"),
    "header": (CSV | {"header": "yes"}, r"data\.header: must be true or false"),
    "another computer": (CSV | {"csv": "//host/share/plants.csv"}, "must be a file on this computer"),
    "the web": (CSV | {"csv": "https://json-schema.org/plants.csv"}, "must be a file on this computer"),
    "nearly all to test": (CSV | {"test_fraction": 1.5}, r"data\.test_fraction: must be a number from 0 to 0\.9"),
    "no seed": (CSV | {"seed": -1}, r"data\.seed: must be a whole number"),
    "formula": (CSV | {"features": ["x1", "log(x9)"]}, r"data\.features\.1: 'log\(x9\)', character 5: unknown name"),
    "not finite": (CSV | {"features": ["x1", "log(x1-7)"]}, r"data\.features\.1: .* is infinite or not a number where"),
    "path": (CSV | {"csv": 3}, "must be the path of a file"),
    "a folder": (CSV | {"csv": "."}, "is a folder"),
    "half a test": ({"idx": "i", "idx_labels": "l", "idx_test": "t"}, "the key 'idx_test_labels' is missing"),
    "two tests": ({"idx": "i", "idx_labels": "l", "idx_test": "t", "idx_test_labels": "u", "test_fraction": 0.1},
                  r"data\.test_fraction: the files have examples of their own to test on"),
    "idx without labels": ({"idx": "images"}, "the key 'idx_labels' is missing"),
    "wrong magic": ({"idx": "plants.csv", "idx_labels": "plants.csv"}, "is not an IDX file"),
}


@pytest.mark.parametrize(("data", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_is_wrong_is_one_sentence_and_exit_status_2(
    plants: Path, data: dict[str, Any], sentence: str, capfd: pytest.CaptureFixture[str]
) -> None:
    plants.write_text(json.dumps(tree(data)))
    with pytest.raises(Refused, match=sentence):
        load(plants)
    assert main(["train", str(plants), "--steps", "1"]) == 2
    said = capfd.readouterr()
    assert said.out == "" and said.err.count("\n") == 1


@pytest.mark.parametrize("data", [
    CSV | {"delimiter": ";", "decimal": ",", "header": False, "missing": "mean", "inputs": [1, "x"]},
    {"csv": "plants.csv", "targets": "species"}, {"idx": "images.gz", "idx_labels": "labels.gz", "classes": 4},
    {"idx": "i", "idx_labels": "l", "idx_test": "t", "idx_test_labels": "u"},
    CSV | {"test_fraction": 0.25, "seed": 3}, {"idx": "i", "idx_labels": "l", "test_fraction": 0.5, "seed": 2**62},
])  # fmt: skip
def test_the_schema_knows_files(data: dict[str, Any]) -> None:
    given = tree(data)
    jsonschema.validate(given, document_schema())
    assert Document.from_tree(json.loads(Document.from_tree(given).to_bytes())) == Document.from_tree(given)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tree(data | {"delimeter": ","}), document_schema())


def test_idx_files_train_and_their_counts_must_agree(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (6, 2, 2), dtype=np.uint8)
    (tmp_path / "images").write_bytes(struct.pack(">HBBIII", 0, 8, 3, 6, 2, 2) + pictures.tobytes())
    labels = bytes([0, 1, 2, 0, 1, 2])
    (tmp_path / "labels").write_bytes(struct.pack(">HBBI", 0, 8, 1, 6) + labels)
    source = {"idx": "images", "idx_labels": "labels", "classes": 3}
    session = Session(Document.from_tree(tree(source, 4), tmp_path))
    session.advance_steps(3)
    assert session.segment.data.inputs.max() <= 1.0 and session.segment.data.targets.shape == (6, 3)
    first = Session(Document.from_tree(tree(source | {"most": 2}, 4), tmp_path))
    assert len(first.segment.data.inputs) == 2
    (tmp_path / "labels").write_bytes(struct.pack(">HBBI", 0, 8, 1, 5) + labels[:5])
    with pytest.raises(Refused, match="images: holds 6 pictures, but labels has 5 labels"):
        Session(Document.from_tree(tree(source, 4), tmp_path))


@pytest.mark.parametrize(("name", "content"), [
    ("ragged.csv", b"a,t\n1,2\n3,4,5\n"), ("picture.csv", b"\x89PNG\r\n\x1a\n"),
    ("t10k-images-idx3-ubyte", b"\0\0\x07\3"),
])  # fmt: skip
def test_a_file_that_holds_no_examples_opens_no_window(
    tmp_path: Path, name: str, content: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert main([str(tmp_path / name)]) == 2
    assert capfd.readouterr().err.startswith(f"{name}: ")


def test_a_share_of_a_file_is_kept_for_testing_as_its_seed_says(plants: Path) -> None:
    parts = []
    for seed in (0, 0, 1):
        plants.write_text(json.dumps(tree(CSV | {"test_fraction": 0.5, "seed": seed}, scaling="standardise")))
        session = load(plants)
        data = session.segment.data
        assert len(data.inputs) == len(data.test_inputs) == 2
        np.testing.assert_allclose(data.inputs.mean(axis=0), 0.0, atol=1e-12)     # fitted on what is trained on
        parts.append(data.raw_inputs.tolist())
    assert parts[0] == parts[1] != parts[2]


def test_the_split_can_be_set_from_the_command_line(plants: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(plants), "--table", "metrics", "--set", "data.test_fraction=0.25"]) == 0
    header, row = capfd.readouterr().out.splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True))["test_loss"]
    assert main(["info", str(plants), "--set", "data.test_fraction=0.25", "--set", "data.seed=5"]) == 0
    assert "examples: 3 to train on, 1 to test" in capfd.readouterr().out


def idx_files(folder: Path, name: str, count: int, side: int = 2) -> None:
    pictures = np.arange(count * side * side, dtype=np.uint8).tobytes()
    (folder / f"{name}-images-idx3-ubyte").write_bytes(struct.pack(">HBBIII", 0, 8, 3, count, side, side) + pictures)
    labels = bytes(place % 3 for place in range(count))
    (folder / f"{name}-labels-idx1-ubyte").write_bytes(struct.pack(">HBBI", 0, 8, 1, count) + labels)


def test_idx_files_may_have_files_of_their_own_to_test_on(tmp_path: Path) -> None:
    idx_files(tmp_path, "train", 6)
    idx_files(tmp_path, "t10k", 4)
    source = {"idx": "train-images-idx3-ubyte", "idx_labels": "train-labels-idx1-ubyte", "classes": 3, "most": 5,
              "idx_test": "t10k-images-idx3-ubyte", "idx_test_labels": "t10k-labels-idx1-ubyte"}
    session = Session(Document.from_tree(tree(source, 4), tmp_path))
    data = session.segment.data
    assert (len(data.inputs), len(data.test_inputs), data.test_targets.shape) == (5, 4, (4, 3))
    moved = session.document_now().placed_in(tmp_path / "elsewhere")
    assert moved.raw["data"]["idx_test"] == (tmp_path / "t10k-images-idx3-ubyte").resolve().as_posix()
    idx_files(tmp_path, "t10k", 4, side=3)
    with pytest.raises(Refused, match="has pictures of 9 pixels, but those to train on have 4"):
        Session(Document.from_tree(tree(source, 4), tmp_path))
