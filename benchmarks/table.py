"""How a benchmark says what it found: a number, the goal beside it, and whether the goal is met."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """A measured number and its bound; `least` makes the bound a lower one. A bound of NaN is no goal."""

    measured: float
    bound: float
    least: bool = False

    @property
    def holds(self) -> bool:
        return self.measured >= self.bound if self.least else self.measured <= self.bound

    def text(self, unit: str) -> str:
        """`17.1× (≥ 15×) holds`; shares are written as percentages."""
        if math.isnan(self.measured):
            return "not measured"
        found = _number(self.measured, unit)
        if math.isnan(self.bound):
            return found
        relation = "≥" if self.least else "≤"
        return f"{found} ({relation} {_number(self.bound, unit)}) {'holds' if self.holds else 'MISSED'}"


def _number(value: float, unit: str) -> str:
    if unit == "%":
        return f"{100.0 * value:.0f} %"
    return f"{value:.3g}{'' if unit == '×' else ' '}{unit}"


def print_table(title: str, head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> None:
    """Prints a table, its columns as wide as they need to be."""
    table = [head, *rows]
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    print(f"\n{title}\n")
    for number, row in enumerate(table):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
