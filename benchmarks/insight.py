"""Milliseconds of what explains a number: a gradient's paths, a weight's movement, a neuron opened as gates.

    python -m benchmarks.insight

Of 784-16-16-10 and 784-128-64-10 every path of a weight is looked at; of four hidden layers of 128 units there are
twenty million, and the largest are found without listing the others.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

from nnviz.report.elements import Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.lifts import lifts
from nnviz.report.moment import MEAN
from nnviz.report.movement import Movements
from nnviz.report.neuron_graph import neuron_graph
from nnviz.report.paths import paths_of
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session

HIDDEN = ((16, 16), (128, 64), (128, 128, 128, 128))
GOAL = 20.0        # milliseconds, of the first two


def session_of(hidden: tuple[int, ...], optimiser: str) -> Session:
    """Digits with these hidden layers after a few steps."""
    tree = json.loads(open_example("digits-784-16-16-10").to_bytes())
    first, *_, last = tree["layers"]
    tree["layers"] = [*({**first, "units": units} for units in hidden), last]
    tree["optimiser"] = {"name": optimiser, "learning_rate": 0.001}
    tree.pop("parameters", None)
    session = Session(Document.from_tree(tree))
    session.advance_steps(3)
    return session


def median_ms(action: Callable[[], object], count: int = 9) -> float:
    times = []
    for _ in range(count):
        begin = time.perf_counter()
        action()
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)


def actions_of(hidden: tuple[int, ...]) -> dict[str, Callable[[], object]]:
    """What is measured, by what it is called."""
    session = session_of(hidden, "adam")
    record, labels = session.record, Labels(session.problem.network, {})
    element, unit = Weight(1, 0, 400), Unit(1, 0)
    one, mean, bent = session.moment(0), session.moment(MEAN), session_of(hidden, "kfac").record
    return {
        "paths of an example": lambda: paths_of(record, labels, element, 0),
        "paths, batch mean": lambda: paths_of(record, labels, element, MEAN),
        "movement, Adam": lambda: Movements(record).of(element).listed(),
        "movement, K-FAC": lambda: Movements(bent).of(element).listed(),
        "neuron, example": lambda: neuron_graph(one, labels, unit),
        "neuron, batch mean": lambda: neuron_graph(mean, labels, unit),
        "ways to raise it": lambda: lifts(one, labels, unit),
    }


def main() -> None:
    print(f"{'what':24}{'network':26}{'ms':>8}    goal of the first two networks: {GOAL:.0f} ms")
    for hidden in HIDDEN:
        name = "-".join(map(str, (784, *hidden, 10)))
        for what, action in actions_of(hidden).items():
            print(f"{what:24}{name:26}{median_ms(action):8.2f}")


if __name__ == "__main__":
    main()
