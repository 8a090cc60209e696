"""A learning rate is a number, or an object with a schedule: `{"schedule": "step", "learning_rate": 0.5, ...}`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from nnviz.engine.network import Choice
from nnviz.engine.options import Option
from nnviz.engine.schedules import CONSTANT, CONSTANT_RATE
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.session.checks import a_number, a_row_name, an_object, join, only_keys

RATE = Option(0.1, 0.0, help="how far a step goes along the gradient", unit="× gradient",
              usual=(1e-5, 10.0))
ANY = Option(0.0)


def read_learning_rate(value: object, where: str, default: float) -> tuple[float, Choice]:
    """η and its schedule; `default` is η where it is not given."""
    if not isinstance(value, dict):
        return a_number(value, where, RATE), CONSTANT_RATE
    only_keys(value, where, _keys(value.get("schedule")), ("schedule",))
    name = a_row_name(value["schedule"], join(where, "schedule"), SCHEDULES, "schedule")
    options = SCHEDULES[name].options
    only_keys(value, where, ["schedule", "learning_rate", *options])
    rate = a_number(value.get("learning_rate", default), join(where, "learning_rate"), RATE)
    return rate, Choice(
        name,
        tuple(
            (key, a_number(value.get(key, option.default), join(where, key), option))
            for key, option in options.items()
        ),
    )


def _keys(name: object) -> list[str]:
    """What may stand beside a schedule's name; before the name is known to be one, what any of them has."""
    rows = [SCHEDULES[name]] if isinstance(name, str) and name in SCHEDULES else SCHEDULES.values()
    return ["schedule", "learning_rate", *dict.fromkeys(key for row in rows for key in row.options)]


def written_learning_rate(rate: float, schedule: Choice) -> float | dict[str, Any]:
    """As a document has it: a number where it is constant."""
    if schedule.name == CONSTANT:
        return rate
    return {"schedule": schedule.name, "learning_rate": rate, **dict(schedule.options)}


def scheduled(value: object, rate: float) -> dict[str, Any]:
    """The object that says the same as `value`, a number or nothing at all; it can be given a schedule."""
    constant = {"schedule": CONSTANT, "learning_rate": rate if value is None else value}
    return value if isinstance(value, dict) else constant


def forget_options(node: dict[str, Any], name: object) -> None:
    """Before an object gets another schedule: only what the new one knows may stay."""
    if node.get("schedule") == name or not (isinstance(name, str) and name in SCHEDULES):
        return
    for key in [key for key in node if key not in _keys(name)]:
        del node[key]


def schedule_name(value: object) -> str:
    """The name of the schedule that `value` says, a number or an object."""
    return str(value.get("schedule", CONSTANT)) if isinstance(value, dict) else CONSTANT


def read_schedule_state(value: object, where: str, schedule: Choice) -> Mapping[str, float]:
    """What a schedule that watches the loss had seen when the document was saved."""
    tree, names = an_object(value, where), SCHEDULES[schedule.name].memory
    only_keys(tree, where, names, names if tree else ())
    return MappingProxyType({name: a_number(tree[name], join(where, name), ANY) for name in names if name in tree})
