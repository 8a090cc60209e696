"""Taking a network apart and putting it together again: units and layers come, go, are copied and renamed.

A new unit whose outgoing weights are 0, and a new layer that hands on what it gets, change nothing of what the network
computes: what was learned is kept, and training goes on from there (Chen, Goodfellow and Shlens, Net2Net, 2016).
Every function takes a document with its exact parameters (`Session.document_now`) and gives another one; one without
parameters starts anew.  Layers count from 0, the input; units from 0.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.network import Network, ParameterArray, element_name, parse_parameter_name
from nnviz.engine.problem import initial_arrays
from nnviz.errors import DocumentRefused, EditRefused
from nnviz.report.divergence import array_index, is_in, parameter_name
from nnviz.report.elements import Element, Unit
from nnviz.session.document import Document
from nnviz.session.hand_marks import written_places
from nnviz.session.lost_names import NAMES
from nnviz.session.parts import Arrays, FloatArray
from nnviz.words import tr

Sources = tuple[int | None, ...]      # for each unit, which unit of before it is; None for a new one
_PROBES = np.linspace(-50.0, 50.0, 2001)


@dataclass(frozen=True)
class _LayerPlan:
    """One layer of the new network: its entry in the document, and which of the old one's it goes on from, if any.

    `units` are the old units that its own were, `inputs` those that its weights came from.  Its arrays of the kinds
    `anew` ("W", "b") are others than before: names and memory of the old ones are not theirs.
    """

    entry: dict[str, Any]
    origin: int | None
    units: Sources
    inputs: Sources
    anew: tuple[str, ...] = ()


# Mends the new network's arrays (second) with the old one's (first): those of where training stands, and of the start.
Mend = Callable[[Arrays, dict[str, FloatArray]], None]


# ── units ────────────────────────────────────────────────────────────────────────────────────────────────────
def add_units(document: Document, layer: int, count: int = 1, keep: bool = True) -> Document:
    """`count` more units at the end of a hidden layer.

    With `keep` their incoming weights are drawn as the layer's initialiser does, and their outgoing ones are 0, so that
    the network computes what it did; otherwise training starts anew.
    """
    _require_hidden(document, layer)
    if keep:
        _require_apart(document, layer)
    size = document.network.sizes[layer]
    plans = _as_it_is(document)
    plans[layer - 1] = _with_units(document, plans[layer - 1], (*range(size), *[None] * count))
    return _rebuilt(document, plans, keep, new_columns=0.0)


def remove_units(document: Document, layer: int, units: Collection[int], keep: bool = True) -> Document:
    """A hidden layer without some of its units; what is left keeps its weights."""
    _require_hidden(document, layer)
    size = document.network.sizes[layer]
    stay = tuple(unit for unit in range(size) if unit not in units)
    if not stay:
        raise EditRefused(tr("a layer needs at least one unit"), hint=tr("Remove the layer instead"))
    plans = _as_it_is(document)
    plans[layer - 1] = _with_units(document, plans[layer - 1], stay)
    return _rebuilt(document, plans, keep)


def set_units(document: Document, layer: int, count: int, keep: bool = True) -> Document:
    """A hidden layer of `count` units: new ones come to its end, or the last ones go."""
    _require_hidden(document, layer)
    size = document.network.sizes[layer]
    if count > size:
        return add_units(document, layer, count - size, keep)
    return remove_units(document, layer, range(count, size), keep) if count < size else document


def duplicate_unit(document: Document, layer: int, unit: int) -> Document:
    """A unit twice, side by side, with half its outgoing weights each: the network computes what it did."""
    _require_hidden(document, layer)
    size = document.network.sizes[layer]
    if not 0 <= unit < size:
        raise EditRefused(tr("the layer has no unit {unit}; they count from 0").format(unit=unit))
    _require_apart(document, layer)
    plans = _as_it_is(document)
    plans[layer - 1] = _with_units(document, plans[layer - 1], (*range(unit + 1), unit, *range(unit + 1, size)))

    following = f"W{layer + 1}"

    def halve(old: Arrays, new: dict[str, FloatArray]) -> None:
        new[following][..., [unit, unit + 1]] *= 0.5

    twice = _rebuilt(document, plans, True, mend=halve)
    kept = {name: value * 0.5 if _leads_out(name, following, (unit, unit + 1)) else value
            for name, value in twice.disabled.items()}
    return twice if kept == dict(twice.disabled) else twice.with_value("disabled", kept)


def _leads_out(name: str, weights: str, units: Collection[int]) -> bool:
    """Whether a parameter is one of these `weights`, out of one of the units."""
    meant = parse_parameter_name(name)
    return meant is not None and meant[0] == weights and meant[1][-1] in units


def rename_unit(document: Document, layer: int, unit: int, name: str) -> Document:
    """A unit under another name."""
    names = list(document.network.names(layer))
    if not 0 <= unit < len(names):
        raise EditRefused(tr("the layer has no unit {unit}; they count from 0").format(unit=unit))
    before, names[unit] = names[unit], name.strip()
    others = (other for number in range(len(document.network.sizes)) for other in document.network.names(number))
    if names[unit] != before and names[unit] in others:
        raise EditRefused(tr("the name {name!r} is already taken by another unit").format(name=names[unit]), before,
                          tr("Type another one"))
    try:
        return document.with_value("inputs" if layer == 0 else f"layers.{layer - 1}.units", names)
    except DocumentRefused as refusal:      # of which a path in a file tells nothing to whoever typed a name
        raise EditRefused(tr("the name {problem}").format(problem=refusal.what), before, refusal.hint) from refusal


# ── layers ───────────────────────────────────────────────────────────────────────────────────────────────────
def add_layer(document: Document, after: int, units: int | None = None, keep: bool = True) -> Document:
    """A hidden layer behind layer `after`, of as many units as that has, or of `units`.

    With `keep` it hands on what it gets: identity weights, no bias, and ReLU where nothing below 0 comes in, else no
    activation; units beyond those get drawn weights and lead on with 0.  Otherwise it has the activation of the layer
    before (tanh behind the input), and training starts anew.
    """
    network = document.network
    _require_network(document)
    if not 0 <= after < len(network.layers):
        raise EditRefused(tr("a layer is added behind the input or behind a hidden layer"),
                          hint=tr("The last layer gives the outputs"))
    size = network.sizes[after]
    count = size if units is None else units
    if keep and count < size:
        raise EditRefused(
            tr("{count} units cannot hand on what {size} units put out").format(count=count, size=size),
            hint=tr("Take at least {size} units, or start anew").format(size=size))
    activation: Any = _hands_on(network, after) if keep else _activation_before(document, after)
    entry = {"units": count, "activation": activation}
    plans = _as_it_is(document)
    following = plans[after]
    plans[after] = replace(following, inputs=(*range(size), *[None] * (count - size)) if count >= size
                           else tuple(range(count)))
    plans.insert(after, _LayerPlan(entry, None, (None,) * count, (None,) * size))

    def hand_on(old: Arrays, new: dict[str, FloatArray]) -> None:
        new[f"W{after + 1}"][:size] = np.eye(size)

    return _rebuilt(document, plans, keep, new_columns=0.0, mend=hand_on)


def remove_layer(document: Document, layer: int, keep: bool = True) -> Document:
    """The network without a hidden layer.

    What is left keeps its weights where they still fit.  A layer without an activation is multiplied into the next, so
    that the network computes what it did; where it has biases, each unit of the next gets one of its own, for they
    come out of it as different numbers.
    """
    _require_hidden(document, layer)
    network = document.network
    removed, following, inputs = network.layers[layer - 1], network.layers[layer], network.sizes[layer - 1]
    plans = _as_it_is(document)
    fits = network.sizes[layer] == inputs
    plan = plans[layer] = replace(plans[layer], inputs=tuple(range(inputs)) if fits else (None,) * inputs)
    del plans[layer - 1]
    if not keep or removed.activation.name != "identity":
        return _rebuilt(document, plans, keep)
    biased = removed.bias != "none"
    if biased and following.bias != "per_unit":
        plan = replace(plan, entry=plan.entry | {"bias": "per_unit"})
    plans[layer - 1] = replace(plan, anew=("W", "b") if biased else ("W",))

    def merge(old: Arrays, new: dict[str, FloatArray]) -> None:
        into = old[f"W{layer + 1}"]
        new[f"W{layer}"] = into @ old[f"W{layer}"]
        if biased:
            shift = into @ np.broadcast_to(old[f"b{layer}"], (network.sizes[layer],))
            new[f"b{layer}"] = shift + old.get(f"b{layer + 1}", 0.0)

    return _rebuilt(document, plans, keep, mend=merge)


def copy_layer(document: Document, layer: int, keep: bool = True) -> Document:
    """A hidden layer twice, the copy behind it; its weights are copied where they fit, and drawn where not."""
    _require_hidden(document, layer)
    network = document.network
    size, inputs = network.sizes[layer], network.sizes[layer - 1]
    plans = _as_it_is(document)
    entry = dict(plans[layer - 1].entry) | {"units": size}
    plans.insert(layer, _LayerPlan(entry, None, (None,) * size, (None,) * size))

    def copy(old: Arrays, new: dict[str, FloatArray]) -> None:
        for name, behind in ((f"{kind}{layer}", f"{kind}{layer + 1}") for kind in ("W", "b", "alpha")):
            if name in old and behind in new and (size == inputs or not name.startswith("W")):
                new[behind] = old[name].copy()

    return _rebuilt(document, plans, keep, mend=copy)


# ── parameters that are held, or left out ────────────────────────────────────────────────────────────────────
def set_frozen(document: Document, elements: Iterable[Element], frozen: bool) -> Document:
    """Parameters that training leaves as they are, or no longer; a unit stands for all that leads into it."""
    network = document.network
    masks = {array.name: document.held_mask(array).copy() for array in network.arrays}
    for name, index in _parameters_of(document, elements, into=True):
        masks[name][index] = frozen
    names: list[str] = []
    for array in network.arrays:
        mask = masks[array.name]
        places = [] if mask.all() else [tuple(place) for place in np.argwhere(mask).tolist()]
        names += [array.name] if mask.all() else [element_name(array.name, place) for place in places]
    return document.with_value("frozen", names)


def set_disabled(document: Document, elements: Iterable[Element], disabled: bool) -> Document:
    """Parameters that are 0 and stay 0, or get back what they were; a unit stands for all that leads out of it."""
    _require_network(document)
    return _switched(document, _parameters_of(document, elements, into=False), disabled)


def _switched(
    document: Document, elements: Iterable[tuple[str, tuple[int, ...]] | None], disabled: bool
) -> Document:
    """The document with these parameters, by array and place, switched off or on.

    `disabled` has the numbers that they get back where training stands; the start keeps its own.
    """
    parameters = {name: array.copy() for name, array in _standing(document).items()}
    values = dict(document.disabled)
    for array, index in filter(None, elements):
        name = element_name(array, index)
        if disabled and name not in values:
            values[name] = float(parameters[array][index])
            parameters[array][index] = 0.0
        elif not disabled and name in values:
            parameters[array][index] = values.pop(name)
    bare = document.without("parameters", "progress").with_value("disabled", values)
    return bare.with_state(parameters, document.progress)


def with_disabled(document: Document, wanted: Mapping[str, float]) -> Document:
    """The document with just these parameters disabled, whose values `wanted` says; others get back what they had."""
    here = document.disabled
    elements = {name: parse_parameter_name(name) for name in (*here, *wanted)}
    gone = [elements[name] for name in here if name not in wanted]
    come = [elements[name] for name in wanted if name not in here]
    changed = _switched(_switched(document, gone, False), come, True)
    return changed.with_value("disabled", dict(wanted)) if dict(changed.disabled) != dict(wanted) else changed


def is_disabled(document: Document, element: Element) -> bool:
    """Whether a parameter is disabled, or a unit: then all that leads out of it is."""
    if not document.disabled:
        return False
    if isinstance(element, Unit):
        if not 0 <= element.layer < len(document.network.layers):
            return False
        return all(element_name(*place) in document.disabled for place in _leading_out(document.network, element))
    return parameter_name(element) in document.disabled


def _parameters_of(
    document: Document, elements: Iterable[Element], into: bool
) -> list[tuple[str, tuple[int, ...]]]:
    """The array and the place in it of each parameter meant; a unit means those that lead `into` it, or out of it."""
    found: dict[tuple[str, tuple[int, ...]], None] = {}
    for element in elements:
        if not is_in(document.network, element):
            raise EditRefused(tr("the network has no {element}").format(element=element))
        if not isinstance(element, Unit):
            found[array_index(element)] = None
        elif into:
            found |= dict.fromkeys(_leading_in(document.network, element))
        elif element.layer == len(document.network.layers):
            raise EditRefused(tr("an output cannot be disabled: the loss needs every one of them"),
                              hint=tr("Disable its weights, or freeze it"))
        else:
            found |= dict.fromkeys(_leading_out(document.network, element))
    return list(found)


def _leading_in(network: Network, unit: Unit) -> list[tuple[str, tuple[int, ...]]]:
    """The weights into a unit, its own bias, and what its activation learns of its own."""
    found: list[tuple[str, tuple[int, ...]]] = []
    for array in network.arrays:
        own = array.kind == "weight" or array.shape[0] == network.sizes[array.layer]
        if array.layer == unit.layer and own:
            found += [(array.name, (unit.unit, *rest)) for rest in np.ndindex(*array.shape[1:])]
    return found


def _leading_out(network: Network, unit: Unit) -> list[tuple[str, tuple[int, ...]]]:
    """The weights out of a unit."""
    array = network.array(f"W{unit.layer + 1}")
    assert array is not None
    return [(array.name, (*target, unit.unit)) for target in np.ndindex(*array.shape[:-1])]


# ── how a network is rebuilt ─────────────────────────────────────────────────────────────────────────────────
def _require_network(document: Document) -> None:
    if document.network.kind != "network":
        raise EditRefused(tr("a formula has no layers and units"), hint=tr("Change the formula instead"))


def _require_hidden(document: Document, layer: int) -> None:
    """`EditRefused` where a layer belongs to the examples, or is none."""
    _require_network(document)
    if layer == 0:
        raise EditRefused(tr("the inputs belong to the examples"), hint=tr("Choose other inputs in Data and scaling"))
    if layer == len(document.network.layers):
        raise EditRefused(tr("the outputs belong to the examples: there is one for every target"),
                          hint=tr("Choose other examples in Data and scaling"))
    if not 0 < layer < len(document.network.layers):
        raise EditRefused(tr("the network has no layer {layer}").format(layer=layer))


def _require_apart(document: Document, layer: int) -> None:
    """`EditRefused` where the outputs of a layer depend on all its net inputs, so that no unit comes unnoticed."""
    row = ACTIVATIONS[document.network.layers[layer - 1].activation.name]
    if not row.elementwise:
        raise EditRefused(
            tr("with {activation} each output of a layer depends on all of its units: one more would change what the "
               "network computes").format(activation=tr(row.label)),
            hint=tr("Untick “Keep what was learned” and add a unit, so that training starts anew, or give the layer "
                    "another activation first"))


def _hands_on(network: Network, layer: int) -> str:
    """An activation that leaves what a layer puts out as it is, bit for bit."""
    if layer and not network.layers[layer - 1].has_pieces:
        chosen = network.layers[layer - 1].activation
        row = ACTIVATIONS[chosen.name]
        if row.value(_PROBES.reshape(1, -1), row.defaults | dict(chosen.options)).min() >= 0.0:
            return "relu"
    return "identity"


def _activation_before(document: Document, layer: int) -> Any:
    return document.raw["layers"][layer - 1]["activation"] if layer else "tanh"


def _as_it_is(document: Document) -> list[_LayerPlan]:
    """Every layer as it stands."""
    sizes = document.network.sizes
    return [
        _LayerPlan(dict(entry), number, tuple(range(sizes[number])), tuple(range(sizes[number - 1])))
        for number, entry in enumerate(document.raw["layers"], start=1)
    ]


def _with_units(document: Document, plan: _LayerPlan, units: Sources) -> _LayerPlan:
    """The same layer with other units; where they have names, new ones get names of their own."""
    return replace(plan, entry=plan.entry | {"units": units_written(document, plan.entry["units"], units)}, units=units)


def units_written(document: Document, given: int | list[str], units: Sources) -> int | list[str]:
    """The units of a layer as a document has them, made of those `given`: each what it was, or a new one.

    Where they have names of their own, new ones and copies get names that no unit has: `h3` after `h2`.
    """
    if isinstance(given, int):
        return len(units)
    taken = {name for layer in range(len(document.network.sizes)) for name in document.network.names(layer)}
    names: list[str] = []
    for unit in units:
        wanted = given[-1] if unit is None else given[unit]
        names.append(_free_name(wanted, taken) if unit is None or wanted in names else wanted)
        taken.add(names[-1])
    return names


def _free_name(like: str, taken: Collection[str]) -> str:
    """A name that nobody has: `h3` after `h2`."""
    stem = like.rstrip("0123456789") or like
    number = int(like[len(stem):] or 1)
    while f"{stem}{number}" in taken:
        number += 1
    return f"{stem}{number}"


def _rebuilt(
    document: Document, plans: Sequence[_LayerPlan], keep: bool, new_columns: float | None = None,
    mend: Mend | None = None,
) -> Document:
    """The network of these layers.

    With `keep` what remains has its numbers and what the optimiser remembers of it; what is new is drawn, weights that
    come from new units are `new_columns` where that is given, and `mend` mends the arrays.  The start that Reset
    returns to is taken apart and put together in the same way.
    """
    plans = _linked(plans)
    names = _copies(document, plans)
    values: dict[str, Any] = {"layers": [plan.entry for plan in plans]}
    raw = document.raw
    if raw.get("labels"):
        values["labels"] = {names[name][0]: text for name, text in document.labels.items() if name in names}
    if raw.get("frozen"):
        values["frozen"] = [copy for name in document.frozen for copy in names.get(name, ())]
    if raw.get("disabled"):
        values["disabled"] = {copy: value for name, value in document.disabled.items() for copy in names.get(name, ())}
    if raw.get("places"):
        values["places"] = written_places(_moved_places(document, plans))
    if raw.get("folded"):
        now = {plan.origin: number for number, plan in enumerate(plans, start=1)} | {0: 0}
        values["folded"] = sorted(now[layer] for layer in document.folded if layer in now)
    bare = document.without("parameters", "progress", *NAMES).with_values(values)
    if not keep:
        return bare
    network = bare.network
    drawn = initial_arrays(network, bare.seed, {})

    def carried(arrays: Arrays, others: Mapping[str, FloatArray] | None) -> dict[str, FloatArray]:
        return {array.name: _carried(document.network, plans, array, arrays, others, new_columns)
                for array in network.arrays}

    standing = _standing(document)
    parameters = carried(standing, drawn)
    if mend is not None:
        mend(standing, parameters)
    progress = document.progress
    if progress is not None:
        memory = {name: carried(arrays, None) for name, arrays in progress.optimiser_state.items()}
        start = _whole(document.network, initial_arrays(document.network, document.seed, progress.start or {}))
        began = carried(start, drawn)
        if mend is not None:
            mend(_without_disabled(document, start), began)
        progress = replace(progress, optimiser_state=memory, start=began)
    return bare.with_state(parameters, progress)


def _linked(plans: Sequence[_LayerPlan]) -> list[_LayerPlan]:
    """The same layers, each fed by the units that the one before has now."""
    linked: list[_LayerPlan] = []
    for plan in plans:
        before = linked[-1] if linked else None
        if before is not None and before.origin is not None and plan.origin == before.origin + 1:
            plan = replace(plan, inputs=before.units)
        linked.append(plan)
    return linked


def _carried(
    old: Network, plans: Sequence[_LayerPlan], array: ParameterArray, arrays: Arrays,
    others: Mapping[str, FloatArray] | None, new_columns: float | None,
) -> FloatArray:
    """An array of the new network: numbers of the old one where there are any, drawn ones elsewhere (0 for `others`
    None)."""
    plan = plans[array.layer - 1]
    new = others[array.name].copy() if others is not None and array.name in others else np.zeros(array.shape)
    source = None if plan.origin is None else old.array(_name(array.name, plan.origin))
    if source is None or source.name not in arrays or source.shape[1:-1] != array.shape[1:-1] or _kind(array.name) in (
            plan.anew):
        return new
    given = np.asarray(arrays[source.name])
    rows = _pairs(plan.units) if array.shape[0] == len(plan.units) and source.shape[0] == old.sizes[source.layer] else (
        [(0, 0)])
    if array.kind != "weight":
        for to, origin in rows:
            new[to] = given[origin]
        return new
    into = [(here, there) for here, there in _pairs(plan.inputs) if there < given.shape[-1]]
    here, there = [pair[0] for pair in into], [pair[1] for pair in into]
    fresh = [here for here, there in enumerate(plan.inputs) if there is None]
    for to, origin in rows:
        if new_columns is not None:
            new[to][..., fresh] = new_columns
        new[to][..., here] = given[origin][..., there]
    return new


def _pairs(units: Sources) -> list[tuple[int, int]]:
    """(new, old) for every unit that was there before."""
    return [(here, there) for here, there in enumerate(units) if there is not None]


def _name(array: str, layer: int) -> str:
    """`W3` and 2 make `W2`."""
    return f"{_kind(array)}{layer}"


def _kind(array: str) -> str:
    """`W` of `W3`."""
    return array.rstrip("0123456789")


def _copies(document: Document, plans: Sequence[_LayerPlan]) -> dict[str, list[str]]:
    """What labelled, frozen and disabled parameters and arrays are called now, and all copies of them.

    Those that are gone are not among them.
    """
    found: dict[str, list[str]] = {}
    layers = {plan.origin: (number, plan) for number, plan in enumerate(plans, start=1) if plan.origin is not None}
    for name in {*document.labels, *document.frozen, *document.disabled}:
        meant = parse_parameter_name(name)
        array = None if meant is None else document.network.array(meant[0])
        if meant is None or array is None or array.layer not in layers:
            continue
        number, plan = layers[array.layer]
        index, moved = meant[1], _name(array.name, number)
        if _kind(array.name) in plan.anew:
            continue
        if not index:
            found[name] = [moved]
            continue
        first: Sequence[int] = index[:1]
        if _has_own(document.network, array):
            first = [here for here, there in _pairs(plan.units) if there == index[0]]
        if array.kind == "weight":
            last = [here for here, there in _pairs(plan.inputs) if there == index[-1]]
            places = [(unit, *index[1:-1], source) for unit in first for source in last]
        else:
            places = [(unit, *index[1:]) for unit in first]
        if places:
            found[name] = [element_name(moved, place) for place in places]
    return found


def _has_own(network: Network, array: ParameterArray) -> bool:
    """Whether each unit of its layer has an entry of its own in an array."""
    layer = network.layers[array.layer - 1]
    if array.kind == "bias":
        return layer.bias == "per_unit"
    return array.kind == "weight" or bool(layer.activation.option("per_unit", 0.0))


def _moved_places(document: Document, plans: Sequence[_LayerPlan]) -> dict[tuple[int, int], tuple[float, float]]:
    """Where units that are still there have been put."""
    numbers = {plan.origin: (number, plan.units) for number, plan in enumerate(plans, start=1)}
    numbers[0] = (0, tuple(range(document.network.sizes[0])))
    found: dict[tuple[int, int], tuple[float, float]] = {}
    for (layer, unit), place in document.places.items():
        number, units = numbers.get(layer, (0, ()))
        if unit in units:
            found[number, units.index(unit)] = place
    return found


def _standing(document: Document) -> dict[str, FloatArray]:
    """Every parameter array as it is, also those that are drawn."""
    arrays = _whole(document.network, initial_arrays(document.network, document.seed, document.parameters or {}))
    return _without_disabled(document, arrays)


def _without_disabled(document: Document, arrays: Arrays) -> dict[str, FloatArray]:
    """The same arrays with 0 for what is disabled."""
    own = dict(arrays)
    for name, index in filter(None, map(parse_parameter_name, document.disabled)):
        own[name] = own[name] if own[name] is not arrays[name] else own[name].copy()
        own[name][index] = 0.0
    return own


def _whole(network: Network, arrays: Arrays) -> dict[str, FloatArray]:
    """Arrays of a network with 0 for those that are left out, as biases may be."""
    return {array.name: np.reshape(np.asarray(arrays[array.name], dtype=np.float64), array.shape)
            if array.name in arrays else np.zeros(array.shape) for array in network.arrays}
