"""All settings of a document as one form: sections of fields, each with what it means, its limits, and its value.

Nothing here lists settings by hand that a table knows: a new row is a new choice, a new option of a row a new field.
A field is at its path in the document, where `--set` finds it, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from nnviz.data.datasets import SPLIT_OPTIONS
from nnviz.data.datasets import TABLE as DATA_SETS
from nnviz.data.scaling import TABLE as SCALINGS
from nnviz.engine import penalties
from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.gates import TIES
from nnviz.engine.initialise import TABLE as INITIALISERS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.network import Choice, Layer
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.engine.options import Option
from nnviz.engine.schedules import CONSTANT
from nnviz.engine.schedules import TABLE as SCHEDULES
from nnviz.session.computation_graph import NO_OPTIMISER
from nnviz.session.document import Document
from nnviz.session.example_rows import split_now
from nnviz.session.fields import LARGEST_COUNT, LARGEST_SEED, RATE
from nnviz.session.layer_choices import BIASES, UNITS
from nnviz.session.surface import NOISE
from nnviz.words import tr

FieldKind = Literal["choice", "number", "switch", "size", "formulas"]
OWN = "own"             # stands for examples of somebody's own among the names of data sets
SIZE = Option(1, 1, LARGEST_COUNT, "examples in one training step: all of them, or a number; 1 is stochastic gradient "
              "descent", whole=True, unit="examples")
SEED = Option(0, 0, LARGEST_SEED, "decides the random start and the order of the batches", whole=True)


class Row(Protocol):
    """What a row of any table has for its user."""

    @property
    def label(self) -> str: ...
    @property
    def help(self) -> str: ...
    @property
    def options(self) -> Mapping[str, Option]: ...


@dataclass(frozen=True)
class PlainRow:
    """A choice beside those of a table."""

    label: str
    help: str
    options: Mapping[str, Option] = field(default_factory=dict)


NONE_ROW = PlainRow("None", "The leaves stay as they are.")
OWN_ROWS = PlainRow("Own rows", "Examples that were typed or pasted; Data and scaling… shows them.")
FROM_FILE = PlainRow("From a file", "Examples out of a file of yours; Data and scaling… shows them.")


@dataclass(frozen=True)
class Field:
    """One setting. `rows` are what it can be chosen from, `option` what a number may be.

    `owner` says whose it is where several have one of this title: a layer.  Title, owner and help are in the words in
    force; those of rows and options are said by who shows them.
    """

    path: str
    title: str
    help: str
    kind: FieldKind
    value: Any
    owner: str = ""
    option: Option | None = None
    rows: Mapping[str, Row] | None = None

    @property
    def name(self) -> str:
        """The field with its owner: `Hidden layer 2: Activation`."""
        return tr("{owner}: {field}").format(owner=self.owner, field=self.title) if self.owner else self.title

    @property
    def unit(self) -> str:
        """What the number counts; "" for a mere number and for what is no number."""
        return "" if self.option is None or not self.option.unit else tr(self.option.unit)

    @property
    def row(self) -> Row | None:
        """The chosen row."""
        return None if self.rows is None else self.rows.get(self.value)


@dataclass(frozen=True)
class Group:
    """Fields that belong together; those of a layer have its number, from 1, and all others none."""

    fields: tuple[Field, ...]
    title: str = ""
    summary: str = ""       # what it is in short, for where its fields are not seen
    layer: int = 0


@dataclass(frozen=True)
class Section:
    """One part of the form."""

    name: str
    title: str
    groups: tuple[Group, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        return tuple(entry for group in self.groups for entry in group.fields)


def sections(document: Document) -> tuple[Section, ...]:
    """The form of a document, without the sections in which it has nothing to be set."""
    made = (Section(name, tr(title), groups(document)) for name, title, groups in SECTIONS)
    return tuple(section for section in made if section.fields)


def fields_of(document: Document) -> dict[str, Field]:
    """Every field of the form by its path."""
    return {entry.path: entry for section in sections(document) for entry in section.fields}


def layer_title(layer: int, layers: int) -> str:
    """What layer `layer` (from 1) of so many is called."""
    if layer == layers:
        return tr("Output layer")
    return tr("Hidden layer") if layers == 2 else tr("Hidden layer {0}").format(layer)


def _choice(path: str, title: str, help: str, rows: Mapping[str, Row], value: str, owner: str = "") -> Field:
    return Field(path, title, help, "choice", value, owner, rows=rows)


def _number(path: str, title: str, option: Option, value: Any, owner: str = "", help: str = "") -> Field:
    kind: FieldKind = "switch" if option.is_switch else "number"
    return Field(path, title, help or tr(option.help), kind, value, owner, option)


def _options(path: str, rows: Mapping[str, Row], choice: Choice, owner: str = "",
             without: Mapping[str, Option] | None = None) -> tuple[Field, ...]:
    """A field for each option of the chosen row."""
    given = dict(choice.options)
    return tuple(
        _number(f"{path}.{key}", tr(option.titled(key)), option, given.get(key, option.default), owner)
        for key, option in rows[choice.name].options.items() if key not in (without or {})
    )


def _data(document: Document) -> tuple[Group, ...]:
    if document.surface is not None:
        return (Group((_number("noise", tr("Noise"), NOISE, document.surface.noise),)),)
    if document.graph is not None:
        return ()
    source = document.data
    help = tr("What the network learns from")
    if source.choice is not None:
        fields = [_choice("data.name", tr("Data set"), help, DATA_SETS, source.choice.name),
                  *_options("data", DATA_SETS, source.choice, tr("Data"))]
    else:
        own = OWN_ROWS if source.file is None else FROM_FILE
        fields = [_choice("data.name", tr("Data set"), help, {OWN: own, **DATA_SETS}, OWN)]
        if source.file is None or source.file.knows_split:
            split = split_now(document)
            fields += [_number(f"data.{key}", tr(option.titled(key)), option, split[key], tr("Data"))
                       for key, option in SPLIT_OPTIONS.items()]
    formulas = Field("data.features", tr("Engineered inputs"), tr(
        "Formulas of the data set's inputs x1, x2, ..., with commas between, like x1, x2, x1*x2, sin(x1). Left empty, "
        "the network gets the inputs as they are."), "formulas", source.features)
    return (Group((*fields, formulas)),)


def _scaling(document: Document) -> tuple[Group, ...]:
    if not document.network.has_units:
        return ()
    chosen = _choice("scaling", tr("Scaling"), tr("What is done to the inputs before the network gets them"), SCALINGS,
                     document.scaling.name)
    return (Group((chosen, *_options("scaling", SCALINGS, document.scaling))),)


def _architecture(document: Document) -> tuple[Group, ...]:
    if document.graph is not None:
        return (Group((_choice("ties", tr("Ties"), tr(
            "Which of two equal inputs of max or min gets the gradient"), TIES, document.network.ties),)),)
    if not document.network.has_units:
        return ()
    layers = document.network.layers
    return tuple(_layer(number, layer, len(layers)) for number, layer in enumerate(layers, 1))


def _layer(number: int, layer: Layer, layers: int) -> Group:
    path, owner = f"layers.{number - 1}", layer_title(number, layers)
    activation, initialise = f"{path}.activation", f"{path}.initialise"
    fields = [
        _choice(activation, tr("Activation"), tr("What the layer makes of its net inputs"), ACTIVATIONS,
                layer.activation.name, owner),
        *_options(activation, ACTIVATIONS, layer.activation, owner),
        _choice(initialise, tr("Initialiser"), tr("How the first weights are drawn"), INITIALISERS,
                layer.initialise.name, owner),
        *_options(initialise, INITIALISERS, layer.initialise, owner),
        _choice(f"{path}.bias", tr("Bias"), tr("What is added to the weighted sums"), BIASES, layer.bias, owner),
    ]
    if number < layers:     # those of the output layer are the data's
        fields.insert(0, _number(f"{path}.units", tr("Units"), UNITS, len(layer.units), owner))
    summary = tr("{units} × {activation}").format(
        units=len(layer.units), activation=tr(ACTIVATIONS[layer.activation.name].label))
    return Group(tuple(fields), owner, summary, number)


def _loss(document: Document) -> tuple[Group, ...]:
    if not document.network.has_units:
        return ()
    loss = document.network.loss
    chosen = _choice("loss", tr("Loss"), tr("How wrong the ‹outputs› are: with ½ or not, summed or averaged"), LOSSES,
                     loss.name)
    return (Group((chosen, *_options("loss", LOSSES, loss))),)


def _optimiser(document: Document) -> tuple[Group, ...]:
    rows: Mapping[str, Row] = OPTIMISERS if document.graph is None else {**OPTIMISERS, NO_OPTIMISER: NONE_ROW}
    name = document.optimiser.name if document.is_trained else NO_OPTIMISER
    chosen = _choice("optimiser.name", tr("Optimiser"), tr("How gradients become updates"), rows, name)
    if not document.is_trained:
        return (Group((chosen,)),)
    return (Group((chosen, *_options("optimiser", OPTIMISERS, document.optimiser, without=penalties.OPTIONS))),)


def _rate(document: Document) -> tuple[Group, ...]:
    if not document.is_trained:
        return ()
    path, schedule = "optimiser.learning_rate", document.schedule
    own = path if schedule.name == CONSTANT else f"{path}.learning_rate"
    return (Group((
        _number(own, tr("Learning rate"), RATE, document.learning_rate, help=tr("η: how far a step goes along the "
                "gradient")),
        _choice(f"{path}.schedule", tr("Schedule"), tr("How the learning rate changes while training runs"), SCHEDULES,
                schedule.name),
        *_options(path, SCHEDULES, schedule, tr("Schedule")),
    )),)


def _regularisation(document: Document) -> tuple[Group, ...]:
    if not document.is_trained:
        return ()
    row = OPTIMISERS[document.optimiser.name]
    others = {key: option for key, option in row.options.items() if key not in penalties.OPTIONS}
    return (Group(_options("optimiser", OPTIMISERS, document.optimiser, without=others)),)


def _draws(document: Document) -> bool:
    """Whether a batch of it can be one of several: a formula without noise has one example and nothing random."""
    return document.network.has_units or (document.surface is not None and document.surface.noise > 0.0)


def _batch_size(document: Document) -> tuple[Group, ...]:
    if not _draws(document):
        return ()
    return (Group((Field("batch_size", tr("Batch size"), tr(SIZE.help), "size", document.batch_size, option=SIZE),)),)


def _seed(document: Document) -> tuple[Group, ...]:
    return (Group((_number("seed", tr("Seed"), SEED, document.seed),)),) if _draws(document) else ()


#: The sections in their order: name, title, and what of a document stands in each.
SECTIONS: tuple[tuple[str, str, Callable[[Document], tuple[Group, ...]]], ...] = (
    ("data", "Data", _data),
    ("scaling", "Scaling", _scaling),
    ("architecture", "Architecture", _architecture),
    ("loss", "Loss", _loss),
    ("optimiser", "Optimiser", _optimiser),
    ("rate", "Learning rate and schedule", _rate),
    ("regularisation", "Regularisation", _regularisation),
    ("batch_size", "Batch size", _batch_size),
    ("seed", "Seed", _seed),
)
