"""The page about changes by hand tells the truth: its document opens, is valid, and keeps what it says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema

from nnviz.session.document import Document
from nnviz.session.schema import document_schema
from nnviz.session.session import Session

PAGE = Path(__file__).parents[1] / "docs" / "by-hand.md"


def test_the_document_of_the_page_trains_and_what_is_disabled_stays_nothing() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    jsonschema.validate(json.loads(block), document_schema())
    document = Document.from_tree(json.loads(block))
    session = Session(document)
    session.advance_steps(20)
    parameters = session.document_now().raw["parameters"]
    assert parameters["W1"][2][0] == parameters["W2"][0][1] == 0.0 and parameters["W1"][1][0] != 0.0
    assert session.segment.data.test_inputs.tolist() == [[0.1, 0.9], [0.9, 0.9]]
    assert dict(document.places) == {(1, 0): (0.4, 0.2), (1, 2): (0.4, 0.9)}
    assert document.folded == session.folds.of(document.network) == {1}
