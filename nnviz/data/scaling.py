"""Inputs of like size learn alike: a scaling is fitted on the training examples and then applied to all.

Each row of `TABLE` is one scaling.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from nnviz.engine.options import Option


@dataclass(frozen=True)
class Scaling:
    """One way to scale the inputs."""

    name: str
    label: str
    help: str
    options: Mapping[str, Option] = field(default_factory=dict)


TABLE: dict[str, Scaling] = {
    row.name: row
    for row in (Scaling("none", "None", "The inputs as they are, so that every number can be recognised."),)
}
