"""Running nnviz as a command, inside this process or as another, and what it answers."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent
POSIX = pytest.mark.skipif(os.name != "posix", reason="signals and pipes as POSIX has them")


@dataclass(frozen=True)
class Answer:
    """What a command answered."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode("utf-8")


Nnviz = Callable[..., Answer]


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "nnviz", *map(str, words)]


def process(*words: object, **rest: Any) -> subprocess.CompletedProcess[bytes]:
    """Runs a command in a process of its own."""
    return subprocess.run(command(*words), cwd=ROOT, capture_output=True, timeout=60, **rest)


def assert_refused(answer: Answer, *parts: str) -> None:
    assert answer.status == 2, answer
    assert answer.out == b""
    assert answer.err.count("\n") == 1 and answer.err.endswith("\n"), answer.err
    assert "Traceback" not in answer.err
    for part in parts:
        assert part in answer.err


def last_line(answer: Answer) -> tuple[int, float]:
    match = re.fullmatch(r"step (\d+)  loss (\S+)", answer.text.splitlines()[-1])
    assert match, answer
    return int(match[1]), float(match[2])
