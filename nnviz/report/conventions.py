"""Every lecture has its own letters for the same things: target or ideal, out or actual, η or α or ε.

`Conventions` says which letters and signs are in force; formulas, table headings and tooltips are all written
through it, so that the screen says what the blackboard says.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Conventions:
    """How the same quantities are called; the defaults are nnviz's own words, which CSV files always use.

    `delta` is the sign of δ: of the loss's slope ∂E/∂net, or turned round, as some books have it so that
    Δw = +η·δ·out.
    """

    target: Literal["target", "ideal"] = "target"
    output: Literal["out", "actual"] = "out"
    learning_rate: Literal["η", "α", "ε"] = "η"
    delta: Literal["slope", "descent"] = "slope"


DEFAULT = Conventions()
