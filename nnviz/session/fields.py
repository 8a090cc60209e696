"""What each key of a document means, what it may be, and how it must agree with the others.

Names and ranges come from the tables of the engine; there is no list here that could fall behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Literal, cast, get_args

import numpy as np

from nnviz.data.datasets import SPLIT_OPTIONS, Split
from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.data.datasets import make as make_data
from nnviz.data.features import read_feature
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.network import (
    BiasKind,
    Choice,
    Layer,
    Network,
    ParameterArray,
    ParameterKind,
    default_unit_names,
    element_name,
    parse_parameter_name,
)
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.errors import DocumentRefused, Refused
from nnviz.session import computation_graph, surface
from nnviz.session.checks import (
    Row,
    a_choice,
    a_name,
    a_number,
    a_row_name,
    a_whole_number,
    an_object,
    join,
    numbers,
    only_keys,
    refuse_unknown,
    shortened,
    show,
)
from nnviz.session.data_files import read_source
from nnviz.session.learning_rate import RATE as RATE
from nnviz.session.learning_rate import read_learning_rate, read_schedule_state
from nnviz.session.parts import Arrays, DataSource, FloatArray, Progress
from nnviz.words import counted, tr

FORMAT = "nnviz"
VERSION = 1
KINDS = ("network", "graph", "surface")

MOST_LAYERS = 64
MOST_UNITS = 4096
MOST_PARAMETERS = 5_000_000
LARGEST_SEED = 2**63 - 1
LARGEST_COUNT = 2**53  # steps and batch sizes: beyond it a float64 no longer counts by ones

_HEAD = ("format", "version", "name", "description", "kind")
_NETWORK = (
    "inputs", "layers", "parameters", "labels", "frozen", "disabled", "places", "folded", "loss", "optimiser", "data",
    "scaling",
)
_SURFACE = ("expression", "values", "view", "noise")
_GRAPH = ("expression", "values", "ties", "labels", "frozen", "optimiser")
_TRAINING = ("batch_size", "seed", "steps", "progress")
KEYS = (*_HEAD, *_NETWORK, *_TRAINING)
REQUIRED = ("format", "version", "kind", "inputs", "layers", "loss", "data")
SURFACE_KEYS = (*_HEAD, *_SURFACE, "optimiser", *_TRAINING)
GRAPH_KEYS = (*_HEAD, *_GRAPH, "seed", "steps", "progress")
ALL_KEYS = (*_HEAD, *_SURFACE, "ties", *_NETWORK, *_TRAINING)      # in the order in which they are written
FORMULA_REQUIRED = ("format", "version", "kind", "expression")
#: What a document of each kind may have, and what it must have.
KEYS_OF = {
    "network": (KEYS, REQUIRED), "graph": (GRAPH_KEYS, FORMULA_REQUIRED), "surface": (SURFACE_KEYS, FORMULA_REQUIRED),
}
PARAMETERS_KEY = {"network": "parameters", "graph": "values", "surface": "values"}     # what holds exact parameters
LAYER_KEYS = ("units", "activation", "initialise", "bias")
TEST_KEYS = ("test_inputs", "test_targets")
DATA_KEYS = ("inputs", "targets", *TEST_KEYS, "name", "features", *SPLIT_OPTIONS)
PROGRESS_KEYS = ("step", "epoch", "batch", "optimiser_state", "schedule_state", "start")
BIASES: tuple[str, ...] = get_args(BiasKind)
DEFAULT_OPTIMISER = "sgd"
DEFAULT_SCALING = "none"
DEFAULT_STEPS = 1000
OPTIMISER_COUNTER = "steps"

# Where a choice may stand in the document, by the key that holds it.
TABLES: Mapping[str, Mapping[str, Row]] = MappingProxyType(
    {
        "activation": ACTIVATIONS,
        "initialise": INITIALISERS,
        "loss": LOSSES,
        "optimiser": OPTIMISERS,
        "data": DATA_SETS,
        "scaling": SCALINGS,
    }
)

ANOTHER_NETWORK = "Was this saved from another network?"
BatchSize = int | Literal["all"]


def check_head(tree: dict[str, Any]) -> str:
    """The kind of a document, once its format, version and set of keys say that it is one, and one for this version.
    """
    if tree.get("format") != FORMAT:
        if "format" not in tree:
            raise DocumentRefused(tr('this is JSON but not an nnviz document, it has no "format": "nnviz"'))
        text = tr("this is JSON but not an nnviz document, its format is {format}")
        raise DocumentRefused(text.format(format=show(tree["format"])))
    if "version" not in tree:
        raise DocumentRefused(tr("the key {key!r} is missing").format(key="version"))
    version = a_whole_number(tree["version"], "version", 1, LARGEST_COUNT)
    if version > VERSION:
        text = tr("this document has version {version} and was written by a newer nnviz").format(version=version)
        raise DocumentRefused(text, "version", tr("This nnviz reads version {version}").format(version=VERSION))
    kind = a_row_name(tree.get("kind", "network"), "kind", dict.fromkeys(KINDS), "kind")
    for key in tree:
        owners = [other for other, (allowed, _) in KEYS_OF.items() if key in allowed]
        if owners and kind not in owners:
            text = tr("{key!r} belongs to a document of kind {others}, and this one is of kind {kind!r}")
            others = tr(" or ").join(map(repr, owners))
            raise DocumentRefused(text.format(key=key, others=others, kind=kind))
    only_keys(tree, "", *KEYS_OF[kind])
    return kind


def read_network(tree: dict[str, Any]) -> Network:
    """Inputs, layers and loss.  Sizes are counted and limited before any name is made."""
    entries = tree["layers"]
    if not isinstance(entries, list):
        raise DocumentRefused(tr("must be a list of layers, not {value}").format(value=show(entries)), "layers")
    if not 1 <= len(entries) <= MOST_LAYERS:
        text = tr("has {count} layers; a network has 1 to {most}")
        raise DocumentRefused(text.format(count=len(entries), most=MOST_LAYERS), "layers")
    for number, entry in enumerate(entries):
        only_keys(an_object(entry, f"layers.{number}"), f"layers.{number}", LAYER_KEYS, ("units", "activation"))
    places = ["inputs", *(f"layers.{number}.units" for number in range(len(entries)))]
    given = [tree["inputs"], *(entry["units"] for entry in entries)]
    sizes = [_unit_count(value, place) for value, place in zip(given, places, strict=True)]
    biases = [_bias(entry, f"layers.{number}.bias") for number, entry in enumerate(entries)]
    _limit_parameters(sizes, biases)
    names = [
        _unit_names(value, place, number, size, len(entries))
        for number, (value, place, size) in enumerate(zip(given, places, sizes, strict=True))
    ]
    if not isinstance(tree["inputs"], list):
        names[0] = _engineered_names(tree["data"], sizes[0]) or names[0]
    _require_unique(names, places, given)
    layers = tuple(
        _layer(entry, f"layers.{number}", names[number + 1], biases[number]) for number, entry in enumerate(entries)
    )
    network = Network(names[0], layers, a_choice(tree["loss"], "loss", LOSSES, "loss"))
    _refuse_too_many(network.parameter_count)       # now with what activations learn
    return network


def _layer(entry: dict[str, Any], where: str, units: tuple[str, ...], bias: BiasKind) -> Layer:
    activation = a_choice(entry["activation"], join(where, "activation"), ACTIVATIONS, "activation")
    initialise = entry.get("initialise", ACTIVATIONS[activation.name].initialise)
    return Layer(units, activation, a_choice(initialise, join(where, "initialise"), INITIALISERS, "initialiser"), bias)


def _unit_count(value: object, where: str) -> int:
    if isinstance(value, list):
        if not 1 <= len(value) <= MOST_UNITS:
            text = tr("has {count} names; a layer has 1 to {most} units")
            raise DocumentRefused(text.format(count=len(value), most=MOST_UNITS), where)
        return len(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DocumentRefused(tr("must be a count or a list of names, not {value}").format(value=show(value)), where)
    return a_whole_number(value, where, 1, MOST_UNITS)


def _bias(entry: dict[str, Any], where: str) -> BiasKind:
    return cast(BiasKind, a_row_name(entry.get("bias", BIASES[0]), where, dict.fromkeys(BIASES), "bias"))


def _limit_parameters(sizes: list[int], biases: list[BiasKind]) -> None:
    count = 0
    for inputs, units, bias in zip(sizes, sizes[1:], biases, strict=False):
        count += units * inputs + {"per_unit": units, "shared": 1, "none": 0}[bias]
    _refuse_too_many(count)


def _refuse_too_many(count: int) -> None:
    if count > MOST_PARAMETERS:
        text = tr("the network has {count:,} parameters, more than {most:,}")
        raise DocumentRefused(text.format(count=count, most=MOST_PARAMETERS), "layers")


def _unit_names(value: object, where: str, layer: int, count: int, layers: int) -> tuple[str, ...]:
    if not isinstance(value, list):
        return default_unit_names(layer, count, layers)
    return tuple(a_name(name, f"{where}.{number}") for number, name in enumerate(value))


def _engineered_names(data: object, count: int) -> tuple[str, ...]:
    """Inputs that are counted and engineered are called by their formulas; () where there are none that fit."""
    features = data.get("features") if isinstance(data, dict) else None
    if not isinstance(features, list) or len(features) != count:
        return ()
    return tuple(a_name(text, f"data.features.{number}") for number, text in enumerate(features))


def _require_unique(names: list[tuple[str, ...]], places: list[str], given: list[Any]) -> None:
    seen: dict[str, str] = {}
    for units, place, value in zip(names, places, given, strict=True):
        for number, name in enumerate(units):
            if name in seen:
                hint = "" if isinstance(value, list) else tr("Give these units names of their own")
                here = f"{place}.{number}" if isinstance(value, list) else place
                text = tr("the name {name!r} is already taken by {owner}")
                raise DocumentRefused(text.format(name=shortened(name, 40), owner=seen[name]), here, hint)
            seen[name] = f"{place}.{number}" if isinstance(value, list) else place


def read_parameters(value: object, where: str, network: Network) -> Arrays:
    """Exact values by array name.  Arrays that are not given are drawn by their layer's initialiser.

    Values that were read before are arrays already; only their shape may have become wrong.  A surface and a graph have
    numbers by the names of their variables and leaves instead.
    """
    if network.kind == "surface":
        return surface.read_values(value, where)
    if network.kind == "graph":
        return computation_graph.read_leaf_values(value, where, network.names(1))
    tree = an_object(value, where)
    only_keys(tree, where, [array.name for array in network.arrays])
    return MappingProxyType(
        {
            array.name: _parameter_array(tree[array.name], join(where, array.name), array, network)
            for array in network.arrays
            if array.name in tree
        }
    )


def _parameter_array(value: object, where: str, array: ParameterArray, network: Network) -> FloatArray:
    values = value if isinstance(value, np.ndarray) else numbers(value, where, _dimensions(value, array, network))
    if values.shape != array.shape:
        hint = tr(ANOTHER_NETWORK)
        if network.layers[array.layer - 1].has_pieces and len(array.shape) > 1:
            hint = tr("With pieces, {name} has the shape {shape}: unit, piece, input" if array.kind == "weight"
                      else "With pieces, {name} has the shape {shape}: unit, piece")
            hint = hint.format(name=array.name, shape=array.shape)
        raise DocumentRefused(shape_sentence(array, values.shape, network), where, hint)
    return values


def _dimensions(value: object, array: ParameterArray, network: Network) -> int:
    """As how many nested lists an array is read.

    Where units have pieces, one that forgets about them is read as it stands, so that its shape can be refused.
    """
    if not network.layers[array.layer - 1].has_pieces:
        return len(array.shape)
    depth, inside = 0, value
    while isinstance(inside, list) and inside:
        depth, inside = depth + 1, inside[0]
    plausible = isinstance(inside, int | float) and 0 < depth <= 1 + len(array.shape)
    return depth if plausible else len(array.shape)


def shape_sentence(array: ParameterArray, shape: tuple[int, ...], network: Network) -> str:
    """`Layer 2 has 4 units but weights of shape (3, 5)`: what is wrong with the shape of an array's values."""
    inputs, units = network.sizes[array.layer - 1], network.sizes[array.layer]
    layer = network.layers[array.layer - 1]
    has = counted(units, "{count} unit", "{count} units")
    if layer.has_pieces:
        has = counted(units, "{count} unit of {pieces} pieces", "{count} units of {pieces} pieces", pieces=layer.pieces)
    if array.kind == "weight" and len(shape) == len(array.shape) and shape[:-1] == array.shape[:-1]:
        has = counted(inputs, "{count} input", "{count} inputs")
    if array.kind == "bias" and layer.bias == "shared":
        has = tr("one shared bias")
    if array.kind == "activation" and array.shape == (1,):
        has = tr("one shared activation parameter")
    text = tr(_SHAPE_SENTENCES[array.kind])
    return text.format(layer=array.layer, has=has, shape=shape)


_SHAPE_SENTENCES: dict[ParameterKind, str] = {
    "weight": "Layer {layer} has {has} but weights of shape {shape}",
    "bias": "Layer {layer} has {has} but biases of shape {shape}",
    "activation": "Layer {layer} has {has} but activation parameters of shape {shape}",
}


def read_labels(value: object, where: str, network: Network) -> Mapping[str, str]:
    """The names that a lesson uses, by canonical parameter name (`W1[0,1]`); unique, so that they can stand for it."""
    labels: dict[str, str] = {}
    owners: dict[str, str] = {}
    for key, text in an_object(value, where).items():
        place = join(where, key)
        name = _element(key, place, network)
        label = a_name(text, place)
        meant = parse_parameter_name(label)
        if meant is not None and meant[1] and element_name(*meant) != name:
            refusal = tr("the label {label!r} reads as the name of another parameter")
            raise DocumentRefused(refusal.format(label=label), place)
        if name in labels:
            raise DocumentRefused(tr("{name} has two labels").format(name=name), place)
        if label in owners:
            refusal = tr("the label {label!r} is already given to {owner}")
            raise DocumentRefused(refusal.format(label=shortened(label, 40), owner=owners[label]), place)
        labels[name], owners[label] = label, name
    return MappingProxyType(labels)


def _element(name: str, where: str, network: Network) -> str:
    """The canonical name of one element; anything else is refused."""
    canonical = canonical_parameter(name, where, network, {})
    if "[" not in canonical:
        zeros = ",".join("0" for _ in (network.array(canonical) or network.arrays[0]).shape)
        text = tr("a label belongs to one parameter, like {element}")
        raise DocumentRefused(text.format(element=f"{canonical}[{zeros}]"), where)
    return canonical


def canonical_parameter(name: str, where: str, network: Network, labels: Mapping[str, str]) -> str:
    """The array (`W1`) or element (`W1[0,1]`) that `name` means; an array's name wins over a label of the same text."""
    if network.array(name) is not None:
        return name
    for element, label in labels.items():
        if label == name:
            return element
    meant = parse_parameter_name(name)
    array = None if meant is None else network.array(meant[0])
    if meant is None or array is None:
        raise refuse_unknown("parameter", name, [*(array.name for array in network.arrays), *labels.values()], where)
    if not array.has(meant[1]):
        extent = " × ".join(str(length) for length in array.shape)
        text = tr("{name} does not exist, {array} is {extent}, counted from 0")
        raise DocumentRefused(text.format(name=shortened(name, 40), array=array.name, extent=extent), where)
    return element_name(*meant)


def read_frozen(value: object, where: str, network: Network, labels: Mapping[str, str]) -> tuple[str, ...]:
    """Canonical names of what is never updated, each once, in the order given."""
    if not isinstance(value, list):
        raise DocumentRefused(tr("must be a list of parameters, not {value}").format(value=show(value)), where)
    names: dict[str, None] = {}
    for number, name in enumerate(value):
        place = f"{where}.{number}"
        if not isinstance(name, str):
            raise DocumentRefused(tr("must be the name of a parameter, not {value}").format(value=show(name)), place)
        names[canonical_parameter(name, place, network, labels)] = None
    return tuple(names)


def names_no_optimiser(value: object, where: str) -> bool:
    """Whether a graph's optimiser is `none`, which is the same as leaving it out."""
    if isinstance(value, dict) and value.get("name") == computation_graph.NO_OPTIMISER and len(value) > 1:
        raise DocumentRefused(tr("without an optimiser there is nothing to set"), where, tr("Choose its name first"))
    return value in (computation_graph.NO_OPTIMISER, {"name": computation_graph.NO_OPTIMISER})


def read_optimiser(value: object, where: str) -> tuple[Choice, float, Choice]:
    """The optimiser, its learning rate and the schedule of that."""
    choice = a_choice(value, where, OPTIMISERS, "optimiser", beside=["learning_rate"])
    default = OPTIMISERS[choice.name].learning_rate
    given = value.get("learning_rate", default) if isinstance(value, dict) else default
    return choice, *read_learning_rate(given, join(where, "learning_rate"), default)


def read_data(value: object, where: str, network: Network) -> DataSource:
    """A named set, or the rows themselves, which fit the network's inputs, outputs and loss; or what is said of a file.
    """
    features = _feature_texts(value.get("features", []), join(where, "features")) if isinstance(value, dict) else ()
    if isinstance(value, dict):
        file = read_source({key: given for key, given in value.items() if key != "features"}, where)
        if file is not None:
            _require_as_many(len(features), network, where)
            return DataSource(file=file, features=features, split=_split(value, where))
    if isinstance(value, dict) and "name" not in value:
        source = _inline_data(value, where, network, len(features))
    else:
        source = _named_data(value, where, network, len(features))
    if not features:
        return source
    raw = source.inputs
    if source.choice is not None:
        data = make_data(source.choice.name, dict(source.choice.options))
        raw = np.concatenate((data.inputs, data.test_inputs))
    assert raw is not None
    if source.test_inputs is not None:
        raw = np.concatenate((raw, source.test_inputs))
    check_features(features, raw, join(where, "features"))
    return replace(source, features=features)


def _named_data(value: object, where: str, network: Network, features: int) -> DataSource:
    choice = a_choice(value, where, DATA_SETS, "data set", beside=["features"])
    row = DATA_SETS[choice.name]
    inputs, outputs = row.sizes(dict(choice.options))
    inputs = network.sizes[0] if features else inputs     # which then come out of the formulas, as many as they are
    for text, wanted, has in (
        ("the data set {name!r} has {wanted} inputs but the network has {has}", inputs, network.sizes[0]),
        ("the data set {name!r} has {wanted} outputs but the network has {has}", outputs, network.sizes[-1]),
    ):
        if wanted != has:
            raise DocumentRefused(tr(text).format(name=choice.name, wanted=wanted, has=has), where)
    _require_as_many(features, network, where)
    loss = LOSSES[network.loss.name]
    if row.numbers and loss.targets != "any":
        text = tr("the data set {name!r} has numbers as ‹targets›, which {loss} cannot take")
        hint = tr("Choose a loss for numbers, like half_squared_error")
        raise DocumentRefused(text.format(name=choice.name, loss=loss.name), where, hint)
    return DataSource(choice)


def _feature_texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise DocumentRefused(tr("must be a list of formulas, not {value}").format(value=show(value)), where)
    if len(value) > MOST_UNITS:
        text = tr("has {count} formulas; a layer has 1 to {most} units")
        raise DocumentRefused(text.format(count=len(value), most=MOST_UNITS), where)
    return tuple(a_name(text, f"{where}.{number}") for number, text in enumerate(value))


def _require_as_many(features: int, network: Network, where: str) -> None:
    """Engineered inputs are the network's inputs, one each."""
    if features and features != network.sizes[0]:
        text = tr("has {features} but the network has {inputs}")
        formulas = counted(features, "{count} formula", "{count} formulas")
        inputs = counted(network.sizes[0], "{count} input", "{count} inputs")
        raise DocumentRefused(text.format(features=formulas, inputs=inputs), join(where, "features"))


def check_features(features: tuple[str, ...], raw: FloatArray, where: str) -> None:
    """Every formula can be read and gives a finite number on every example."""
    for number, text in enumerate(features):
        place = f"{where}.{number}"
        try:
            formula = read_feature(text, raw.shape[1])
        except Refused as refusal:
            raise DocumentRefused(refusal.what, place, refusal.hint) from None
        with np.errstate(all="ignore"):
            finite = np.isfinite(formula(raw))
        if not finite.all():
            said = tr("{formula!r} is infinite or not a number where the inputs are {inputs}")
            inputs = ", ".join(f"{value:g}" for value in raw[int(np.argmin(finite))][:4])
            raise DocumentRefused(said.format(formula=text, inputs=inputs), place)


def _inline_data(value: dict[str, Any], where: str, network: Network, features: int) -> DataSource:
    only_keys(value, where, DATA_KEYS)
    if not ("inputs" in value and "targets" in value):
        raise DocumentRefused(tr('must have a "name", or "inputs" and "targets", or a file ("csv" or "idx")'), where)
    _require_as_many(features, network, where)
    inputs, targets = _own_rows(value, where, ("inputs", "targets"), network, features)
    if not any(key in value for key in TEST_KEYS):
        return DataSource(None, inputs, targets, split=_split(value, where))
    only_keys(value, where, DATA_KEYS, TEST_KEYS)
    if value.get("test_fraction"):
        refusal = tr("there are rows of their own to test on")
        raise DocumentRefused(refusal, join(where, "test_fraction"), tr("Leave it out"))
    test_inputs, test_targets = _own_rows(value, where, TEST_KEYS, network, features)
    if test_inputs.shape[1] != inputs.shape[1]:
        text = tr("has rows of {numbers}, but those to train on have {other}")
        wide = counted(test_inputs.shape[1], "{count} number", "{count} numbers")
        raise DocumentRefused(text.format(numbers=wide, other=inputs.shape[1]), join(where, TEST_KEYS[0]))
    return DataSource(None, inputs, targets, split=_split(value, where), test_inputs=test_inputs,
                      test_targets=test_targets)


def _own_rows(value: Mapping[str, Any], where: str, keys: tuple[str, str], network: Network, features: int
              ) -> tuple[FloatArray, FloatArray]:
    """The inputs and targets that stand under two keys, which fit the network and its loss."""
    inputs, targets = (numbers(value[key], join(where, key), 2) for key in keys)
    if not len(inputs):
        raise DocumentRefused(tr("has no examples"), join(where, keys[0]))
    if len(inputs) != len(targets):
        text = tr("has {inputs} of inputs but {targets} of targets")
        first, second = (counted(len(rows), "{count} row", "{count} rows") for rows in (inputs, targets))
        raise DocumentRefused(text.format(inputs=first, targets=second), where)
    width = inputs.shape[1] if features else network.sizes[0]
    for key, array, size, units in (
        (keys[0], inputs, width, ("{count} input", "{count} inputs")),
        (keys[1], targets, network.sizes[-1], ("{count} output", "{count} outputs")),
    ):
        if array.shape[1] != size:
            text = tr("has rows of {numbers} but the network has {units}")
            wide = counted(array.shape[1], "{count} number", "{count} numbers")
            raise DocumentRefused(text.format(numbers=wide, units=counted(size, *units)), join(where, key))
    loss = LOSSES[network.loss.name]
    outside = (targets < 0.0) | (targets > 1.0)
    if loss.targets != "any" and outside.any():
        row, column = (int(place[0]) for place in outside.nonzero())
        text = tr("must be from 0 to 1 under {loss}, not {value!r}")
        raise DocumentRefused(
            text.format(loss=loss.name, value=float(targets[row, column])), f"{join(where, keys[1])}.{row}.{column}"
        )
    return inputs, targets


def _split(value: Mapping[str, Any], where: str) -> Split:
    """Which share of rows or of a file is kept for testing."""
    numbers_given = {
        key: a_number(value[key], join(where, key), option) if key in value else option.default
        for key, option in SPLIT_OPTIONS.items()
    }
    return Split(numbers_given["test_fraction"], int(numbers_given["seed"]))


def read_scaling(value: object, where: str) -> Choice:
    return a_choice(value, where, SCALINGS, "scaling")


def read_batch_size(value: object, where: str) -> BatchSize:
    """`all`, or how many examples a batch has."""
    if value == "all":
        return "all"
    if isinstance(value, str):
        raise DocumentRefused(tr('must be "all" or a whole number, not {value}').format(value=show(value)), where)
    return a_whole_number(value, where, 1, LARGEST_COUNT)


def read_progress(
    value: object, where: str, network: Network, optimiser: Choice, schedule: Choice
) -> Progress:
    """How far training had come when the document was saved."""
    tree = an_object(value, where)
    only_keys(tree, where, PROGRESS_KEYS, ("step",))
    epoch, batch = (
        a_whole_number(tree[key], join(where, key), 0, LARGEST_COUNT) if key in tree else None
        for key in ("epoch", "batch")
    )
    start = an_object(tree.get("start", {}), join(where, "start"))
    key = PARAMETERS_KEY[network.kind]
    only_keys(start, join(where, "start"), (key,))
    place = join(where, "optimiser_state")
    state = dict(an_object(tree.get("optimiser_state", {}), place))
    counter = state.pop(OPTIMISER_COUNTER, None)
    only_keys(state, place, [OPTIMISER_COUNTER, *OPTIMISERS[optimiser.name].state])
    return Progress(
        a_whole_number(tree["step"], join(where, "step"), 0, LARGEST_COUNT),
        epoch,
        batch,
        MappingProxyType({name: read_parameters(arrays, join(place, name), network) for name, arrays in state.items()}),
        None if counter is None else a_whole_number(counter, join(place, OPTIMISER_COUNTER), 0, LARGEST_COUNT),
        read_parameters(start[key], f"{where}.start.{key}", network) if key in start else None,
        read_schedule_state(tree.get("schedule_state", {}), join(where, "schedule_state"), schedule),
    )
