"""The learning rate of a step, as its schedule has it at this place of training."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nnviz.engine.record import Record
from nnviz.engine.schedules import DIVISIONS, Clock, Values
from nnviz.report import templates
from nnviz.report.leaves import Leaves
from nnviz.report.mathematics import Constant, Formula, Known, Mathematics
from nnviz.report.notation import Script, Sign
from nnviz.report.numbers import typeset
from nnviz.report.quantities import Quantity
from nnviz.words import tr

_HALF_WAVE = "½·(1 + cos(π·{place}))"


@dataclass(frozen=True)
class Course:
    """A schedule's factor as a formula: which one holds at a place, and the letters of options and of the place."""

    template: Callable[[Clock, Values], str]
    letters: Mapping[str, str]
    places: Callable[[Clock, Sequence[float], Values], Mapping[str, float]]


def _epoch(clock: Clock, memory: Sequence[float], options: Values) -> Mapping[str, float]:
    return {"epoch": clock.epoch + 1.0}


def _epochs(clock: Clock, memory: Sequence[float], options: Values) -> Mapping[str, float]:
    return {"t": clock.epochs}


def _cycle(clock: Clock, options: Values) -> tuple[float, float, float]:
    """The step that is shown, the step with the highest rate, and the last one of the cycle, from 0."""
    last = options["epochs"] * clock.per_epoch - 1.0
    return float(min(clock.steps, last)), max(options["rise"] * (last + 1.0) - 1.0, 0.0), last


def _one_cycle(clock: Clock, options: Values) -> str:
    place, top, last = _cycle(clock, options)
    if place < top:
        return "(1 + (1/k - 1)·½·(1 + cos(π·step/top)))"
    if last <= top:
        return "1"
    return "(1/(k·m) + (1 - 1/(k·m))·½·(1 + cos(π·(step - top)/(last - top))))"


def _places_of_cycle(clock: Clock, memory: Sequence[float], options: Values) -> Mapping[str, float]:
    return dict(zip(("step", "top", "last"), _cycle(clock, options), strict=True))


COURSES: Mapping[str, Course] = {
    "step": Course(lambda clock, options: "k^-floor((epoch - 1)/n)", {"divide_by": "k", "every": "n"}, _epoch),
    "exponential": Course(lambda clock, options: "γ^(epoch - 1)", {"gamma": "γ"}, _epoch),
    "cosine": Course(
        lambda clock, options: "(f + (1 - f)·½·(1 + cos(π·min(t/n, 1))))", {"epochs": "n", "floor": "f"}, _epochs),
    "warm_up": Course(
        lambda clock, options: "(s + (1 - s)·min(t/n, 1))", {"epochs": "n", "start": "s"}, _epochs),
    "one_cycle": Course(_one_cycle, {"divide_by": "k", "divide_end_by": "m"}, _places_of_cycle),
    "plateau": Course(
        lambda clock, options: "max(k^-stuck, f)", {"divide_by": "k", "floor": "f"},
        lambda clock, memory, options: {"stuck": memory[DIVISIONS]}),
}


def clock_of(record: Record) -> Clock:
    """The place in training of a record's step: the batch of its epoch that has its rows."""
    batches = record.problem.batches
    epoch, per_epoch = record.epoch - 1, batches.per_epoch
    guess = (record.step - 1) % per_epoch
    rate, memory = record.problem.pace.rate, tuple(record.schedule_memory.values())
    for batch in (guess, *range(per_epoch)):
        clock = Clock(epoch, batch, per_epoch)
        if rate(clock, memory) == record.learning_rate:
            return clock
    return Clock(epoch, guess, per_epoch)


def learning_rate(leaves: Leaves, place: int) -> Formula:
    """The learning rate in force: the one that was set, times the schedule's factor."""
    record, letter = leaves.record, leaves.conventions.learning_rate
    problem = record.problem
    course, clock, options = COURSES[problem.schedule.name], clock_of(record), problem.pace.options
    memory = tuple(record.schedule_memory.values())
    base = Known(Script(Sign(letter), Sign("0", "number")), f"{letter}₀", problem.learning_rate,
                 Quantity("setting", name="base_learning_rate"))
    values: dict[str, Mathematics] = {
        course.letters.get(name, name): leaves.setting(name, course.letters.get(name, name), value)
        for name, value in options.items()
    }
    for name, value in course.places(clock, memory, options).items():
        values[name] = Known(Sign(name, "italic" if len(name) == 1 else "upright"), name, value,
                             Quantity("setting", name=name))
    values |= {"base": base, "π": Constant(math.pi, "π")}
    right = templates.read("{base}·" + course.template(clock, options), values)
    row = problem.schedule_row
    note = tr("{label}: {formula}").format(label=tr(row.label), formula=typeset(row.formula))
    return Formula(tr("learning rate"), leaves.learning_rate(), right, note=note, place=place)
