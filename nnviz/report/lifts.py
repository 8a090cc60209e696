"""Three ways to raise a neuron: a larger bias, larger weights on the inputs that are active, inputs that suit its
weights.

∂net/∂b = 1, ∂net/∂w_i = a_i, ∂net/∂a_i = w_i: a weight counts as much as its input is active, an input as much as its
weight is large.  Times δ of the unit these are what the cost has to say about it: ∂C/∂b, ∂C/∂w_i, and of ∂C/∂a_i the
part that comes through this unit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from nnviz.engine.calls import Array
from nnviz.report.elements import Bias, Element, Unit, Weight
from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN, Moment
from nnviz.report.neuron_graph import opens, output_name
from nnviz.report.titles import nets_of

Way = Literal["bias", "weight", "input"]
MOST = 12         # bars of each way


@dataclass(frozen=True)
class Aim:
    """What bars can mean; `of(∂net, δ)` is a bar's length from both factors, each (numbers, examples)."""

    name: str
    text: str
    help: str
    needs_delta: bool
    of: Callable[[Array, Array], Array]


# What is known once the pass has gone forward, then what it brings back.
AIMS: tuple[Aim, ...] = (
    Aim("raise", "∂net: raise the neuron", "How much the neuron's net input grows for each unit that this one number "
        "grows.", False, lambda slope, delta: slope),
    Aim("cost", "∂C: what it costs", "How much the cost grows for each unit that this one number grows: "
        "∂net times ‹δ› of the neuron.", True, lambda slope, delta: slope * delta),
    Aim("lower", "-∂C: lower the cost", "How much the cost falls for each unit that this one number grows: the way "
        "that learning nudges it.", True, lambda slope, delta: -slope * delta),
)
AIM = {aim.name: aim for aim in AIMS}


@dataclass(frozen=True)
class Lift:
    """One bar: `value` is how long it is, `at` the number itself as it stands now."""

    way: Way
    name: str
    element: Element
    value: float
    at: float


@dataclass(frozen=True)
class Lifts:
    """The bars of a unit, the bias first, then weights, then inputs, each way's largest first where many are left out.

    `left` says how many smaller ones there are of weights and of inputs each; `known` whether the pass has come far
    enough to say.
    """

    unit: Unit
    aim: Aim
    bars: tuple[Lift, ...]
    left: int
    known: bool


def lifts(moment: Moment, labels: Labels, unit: Unit, aim: str = "raise", most: int = MOST) -> Lifts:
    """What would raise `unit`, or through it the cost, at the shown example or on average over the batch.

    Of a unit with pieces it is the one that won which counts.  LookupError for an input, which nothing can raise.
    """
    if not opens(unit):
        raise LookupError("an input is given, not raised")
    record, layer, chosen = moment.record, unit.layer, AIM[aim]
    network, blocks = record.problem.network, record.problem.blocks
    example = min(moment.example, len(record.rows) - 1)
    columns = slice(None) if moment.example == MEAN else slice(example, example + 1)
    nets = list(nets_of(network, layer, unit.unit))
    delta = record.delta(layer)[nets][:, columns]
    won = record.slope(layer)[nets][:, columns] if network.layers[layer - 1].has_pieces else np.ones_like(delta)
    inputs = record.output(layer - 1)[:, columns]
    weights, biases = blocks.weights(record.parameters, layer)[nets], blocks.biases(record.parameters, layer)
    shared = labels.is_shared(layer)
    found: dict[Way, list[Lift]] = {"bias": [], "weight": [], "input": []}
    with np.errstate(all="ignore"):
        for place, net in enumerate(nets):
            _, piece = network.target_of(layer, net)
            if biases is not None and not (shared and place):
                bias = Bias(layer, 0) if shared else Bias(layer, unit.unit, piece)
                own = chosen.of(won, delta).sum(axis=0) if shared else chosen.of(won[place], delta[place])
                found["bias"].append(Lift("bias", labels.name(bias), bias, float(own.mean()),
                                          float(biases[0 if shared else net])))
            values = chosen.of(inputs * won[place], delta[place]).mean(axis=1)
            for source in _largest(values, most):
                weight = Weight(layer, unit.unit, source, piece)
                found["weight"].append(Lift("weight", labels.name(weight), weight, float(values[source]),
                                            float(weights[place, source])))
        through = sum(chosen.of(weights[place][:, None] * won[place], delta[place]) for place in range(len(nets)))
        values = np.asarray(through).mean(axis=1)
        for source in _largest(values, most):
            found["input"].append(Lift("input", output_name(network, layer - 1, source), Unit(layer - 1, source),
                                       float(values[source]), float(inputs[source].mean())))
    known = bool((moment.delta(layer) if chosen.needs_delta else moment.net(layer))[1][nets[-1]])
    bars = tuple(lift for lifts_of_way in found.values() for lift in lifts_of_way)
    return Lifts(unit, chosen, bars, max(0, len(inputs) - most), known)


def _largest(values: Array, most: int) -> list[int]:
    """The places of the largest |values|, the largest first; all of few, as they stand."""
    if len(values) <= most:
        return list(range(len(values)))
    sizes = np.where(np.isnan(values), np.inf, np.abs(values))
    return [int(place) for place in np.argsort(-sizes, kind="stable")[:most]]
