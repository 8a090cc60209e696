"""What an example of one's own may want of the network: one of the classes, or a target that the data have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnviz.data.datasets import DataSet
from nnviz.engine.calls import Array
from nnviz.engine.problem import Problem
from nnviz.report.numbers import short
from nnviz.words import tr

MOST_CHOICES = 20      # different targets that are offered in a list
_DIGITS = 4
_MOST_NUMBERS = 4      # outputs that are written out


@dataclass(frozen=True, eq=False)
class Wanted:
    """A target that can be chosen, and what it is called; (outputs,)."""

    name: str
    target: Array


def target_choices(problem: Problem, data: DataSet) -> tuple[Wanted, ...]:
    """The targets to choose from: every class, or those that the data have, where they are few; () for any numbers."""
    names = problem.network.names(len(problem.network.layers))
    if tells_classes(problem):
        return tuple(Wanted(name, row) for name, row in zip(names, np.eye(len(names)), strict=True))
    found = np.unique(data.targets, axis=0)
    if not 2 <= len(found) <= MOST_CHOICES:
        return ()
    return tuple(Wanted(in_numbers(row), row) for row in found)


def tells_classes(problem: Problem) -> bool:
    """Whether every output is a class, of which one is right."""
    row = problem.loss_row
    return row.classifies and row.targets == "probabilities" and problem.network.sizes[-1] > 1


def target_name(choices: Sequence[Wanted], target: Array) -> str:
    """What `target` is called among `choices`, else its numbers."""
    return next((wanted.name for wanted in choices if np.array_equal(wanted.target, target)), in_numbers(target))


def answer_in_brief(problem: Problem, outputs: Array) -> str:
    """What the network answers: the class with its share, or the numbers."""
    if not tells_classes(problem) or not np.isfinite(outputs).all():
        return in_numbers(outputs)
    best = int(outputs.argmax())
    return tr("{name}, with {share}").format(
        name=problem.network.names(len(problem.network.layers))[best], share=f"{100.0 * outputs[best]:.1f} %")


def in_numbers(values: Array) -> str:
    """Numbers on one short line.

    >>> in_numbers(np.array([0.25, 1.0])), in_numbers(np.zeros(9))
    ('0.25, 1', '0, 0, 0, 0, …')
    """
    shown = ", ".join(short(float(value), _DIGITS) for value in values[:_MOST_NUMBERS])
    return shown + (", …" if len(values) > _MOST_NUMBERS else "")
