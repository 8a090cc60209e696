"""The README tells the truth: its session gives what it says, its keys are those of the action table."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from nnviz.gui.actions import ACTIONS

README = Path(__file__).parents[1] / "README.md"


def test_the_python_session_gives_what_the_readme_says() -> None:
    parser = doctest.DocTestParser()
    (block,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    test = parser.get_doctest(block, {}, "README", str(README), 0)
    assert len(test.examples) > 5
    results = doctest.DocTestRunner().run(test)
    assert results.failed == 0


def test_every_key_of_the_readme_is_in_the_action_table() -> None:
    table = README.read_text("utf-8").split("## Keys")[1].split("\n\n")[1]
    known = {key for row in ACTIONS for key in (*row.shortcuts, *row.picture_keys)}
    names = {"Page Down": "PgDown", "Page Up": "PgUp", "Ctrl+plus": "Ctrl++", "Ctrl+minus": "Ctrl+-"}
    for line in table.splitlines()[2:]:
        pattern = (r"(?:Ctrl\+)?(?:Alt\+)?(?:Shift\+)?"
                   r"(?:F\d+|Ins|Del|Page \w+|Home|End|Return|Space|plus|minus|[A-Z0])\b")
        for key in re.findall(pattern, line.split("|")[1]):
            assert names.get(key, key) in known, key
