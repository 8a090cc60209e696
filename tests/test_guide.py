"""The guide to Python runs, and prints what it speaks of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nnviz

ROOT = Path(__file__).parents[1]


def test_the_guide_runs_from_its_first_cell_to_its_last() -> None:
    done = subprocess.run([sys.executable, "docs/guide.py"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8",
                          env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"},
                          check=False)
    assert done.returncode == 0, done.stderr
    assert "w5  ∂E/∂w =  0.082167040564   after the step 0.358916479718" in done.stdout
    assert "21 gradients by complex step" in done.stdout and "columns: the answer" in done.stdout
    assert "did you mean" in done.stdout.lower() and "step,epoch,parameter" in done.stdout


def test_the_guide_uses_every_function_that_scripts_are_given() -> None:
    guide = (ROOT / "docs" / "guide.py").read_text("utf-8")
    functions = [name for name in nnviz.__all__ if callable(getattr(nnviz, name)) and name[0].islower()]
    unused = [name for name in functions if f"nnviz.{name}(" not in guide]
    assert unused == []
