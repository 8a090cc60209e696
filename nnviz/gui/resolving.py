"""From a moment of a pass to a drawing: a pure function decides what is seen, the painter only draws it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.check import check_gradients
from nnviz.engine.network import Network
from nnviz.gui.drawing import Column, Connections, Drawing, Slopes
from nnviz.gui.held_units import disabled_mask, held, with_held_units
from nnviz.gui.layer_heads import with_folded
from nnviz.gui.plane_resolving import AS_CHOSEN_FIRST, MapOptions, with_maps
from nnviz.gui.thumbnails import weight_images
from nnviz.gui.translation import tr
from nnviz.report.conventions import in_force
from nnviz.report.edge_measures import Colouring, LayerValues, layer_values
from nnviz.report.metrics import Survey
from nnviz.report.moment import MEAN, Moment
from nnviz.report.numbers import count, typeset
from nnviz.report.titles import example_name
from nnviz.session.change import NO_CHANGE
from nnviz.session.document import Document
from nnviz.session.session import Session
from nnviz.words import loss_in_words

Mask = NDArray[np.bool_]
GRADIENTS = Colouring()
PHASE_NAMES = {"forward": "forward", "loss": "loss", "backward": "backward", "update": "update"}


def drawing_of_moment(
    document: Document, moment: Moment, dead: Sequence[Mask], caption: str = "", colouring: Colouring = GRADIENTS
) -> Drawing:
    """The network of `document` at `moment`; `dead` has a mask for each layer from 1."""
    network, values = document.network, layer_values(moment, colouring)
    columns = (_input_column(network, moment), *(
        replace(_column(network, moment, k, dead[k - 1]), slopes=_slopes(document, moment, k, found))
        for k, found in enumerate(values, start=1)))
    columns = with_held_units(columns, document)
    return _coloured(with_folded(Drawing(
        columns=(columns[0], replace(columns[1], tiles=weight_images(moment)), *columns[2:]),
        connections=_all_connections(document, moment, values),
        active=moment.active(),
        loss=moment.loss,
        loss_name="E",
        places=document.places,
        caption=caption or caption_of(moment),
        example=example_text(moment),
    ), document.folded), colouring)


def drawing_in_flow(before: Drawing, document: Document, moment: Moment, colouring: Colouring = GRADIENTS) -> Drawing:
    """`before`, an earlier drawing of the same network, with the edges of `moment`: what changes at every redraw."""
    connections = _all_connections(document, moment, layer_values(moment, colouring))
    return _coloured(replace(before, connections=connections), colouring)


def _coloured(drawing: Drawing, colouring: Colouring) -> Drawing:
    """`drawing` with the words for what its colours mean."""
    name = tr(colouring.measure.symbol).format(example=drawing.example)
    return replace(
        drawing, colour_name=f"{name}: {tr('not checked')}" if colouring.lacks_check else name,
        colours_gradients=colouring.name == GRADIENTS.name)


def drawing_of_document(document: Document, steps: int = 1) -> Drawing:
    """The network of `document` after `steps` training steps from where it stands, as the window would show it."""
    return drawing_after(document, steps)[0]


def drawing_after(
    document: Document, steps: int, maps: MapOptions = AS_CHOSEN_FIRST, measure: str = GRADIENTS.name
) -> tuple[Drawing, str]:
    """The same, and a sentence where training could not be finite for so long: the last finite state is drawn.

    `measure` is the row of `MEASURES` that colours the edges; where that asks for a gradient check, it is made.
    """
    session = Session(document)
    change = session.advance_steps(steps) if steps else NO_CHANGE
    moment = session.moment()
    survey = Survey(session.problem, moment.parameters(), session.segment.data)
    check = check_gradients(session.problem, moment.record.parameters, moment.record.rows
                            ) if measure == "error" else None
    drawing = drawing_of_moment(document, moment, dead_units(survey), colouring=Colouring(measure, check))
    return with_maps(drawing, session.problem, session.segment.data, moment, maps), change.message


def dead_units(survey: Survey) -> list[Mask]:
    """For each layer from 1, which of its units are dead."""
    return [survey.dead(layer) for layer in range(1, len(survey.problem.network.layers) + 1)]


def example_text(moment: Moment) -> str:
    """Which example is shown, in words."""
    if moment.example == MEAN:
        return tr("mean of the batch")
    return example_name(moment.record, moment.example)


def caption_of(moment: Moment) -> str:
    """Step, example, phase, and what E is: the loss with the convention in force, in one line."""
    step = tr("step {0}").format(count(moment.record.step))
    loss = typeset(f"E = {loss_in_words(moment.record.problem.loss_row.convention)}")
    if moment.cursor == 0:
        return " · ".join((step, example_text(moment), tr("before the pass"), loss))
    phase = tr("done") if moment.is_complete or moment.last is None else tr(PHASE_NAMES[moment.last.phase])
    return " · ".join((step, example_text(moment), phase, loss))


def _input_column(network: Network, moment: Moment) -> Column:
    values, known = moment.output(0)
    nothing = np.full(len(values), np.nan)
    unknown = np.zeros(len(values), dtype=bool)
    return Column(tr("input"), "", network.inputs, values, known, nothing, unknown, unknown)


def _column(network: Network, moment: Moment, number: int, dead: Mask) -> Column:
    last = number == len(network.layers)
    layer = network.layers[number - 1]
    values, known = moment.output(number)
    delta, delta_known = moment.delta_of_units(number)
    label = tr(moment.record.problem.activation_row(number).label)
    hidden = tr("hidden") if len(network.layers) == 2 else tr("hidden {0}").format(number)
    return Column(
        title=tr("output") if last else hidden,
        subtitle=tr("{units} {activation} of {pieces} pieces").format(
            units=len(layer.units), activation=label, pieces=layer.pieces,
        ) if layer.has_pieces else f"{len(layer.units)} {label}",
        names=layer.units,
        values=np.where(known, values, np.nan),
        known=known,
        delta=np.where(delta_known, in_force().delta_of(delta), np.nan),
        delta_known=delta_known,
        dead=dead,
        targets=moment.targets if last else None,
        won=_where_known(*moment.won(number)) if layer.has_pieces else None,
        decides=last and len(layer.units) > 1 and moment.record.problem.loss_row.targets == "probabilities",
        averaged=moment.example == MEAN,
    )


def _slopes(document: Document, moment: Moment, number: int, found: LayerValues) -> Slopes | None:
    """What the activation of a layer learns, with what colours it as far as that is known."""
    array = document.network.array(f"alpha{number}")
    values = moment.record.problem.blocks.alphas(moment.parameters(), number)
    if array is None or values is None or found.slopes is None or found.slopes_known is None:
        return None
    labels = {index[0]: text for (name, index), text in document.labelled.items() if name == array.name}
    return Slopes(values.copy(), found.slopes, found.slopes_known, document.frozen_mask(array), labels)


def _all_connections(document: Document, moment: Moment, values: Sequence[LayerValues]) -> tuple[Connections, ...]:
    parameters = moment.parameters()
    return tuple(_connections(document, moment, parameters, number, found)
                 for number, found in enumerate(values, start=1))


def _connections(
    document: Document, moment: Moment, parameters: Array, number: int, found: LayerValues
) -> Connections:
    blocks, lasting = moment.record.problem.blocks, _lasting(document)[number - 1]
    return Connections(
        weights=np.ascontiguousarray(blocks.weights(parameters, number)),
        gradients=found.weights,
        gradients_known=found.weights_known,
        frozen=lasting.frozen,
        labels=lasting.labels,
        bias=blocks.biases(parameters, number),
        bias_gradients=found.biases,
        bias_gradients_known=found.biases_known,
        bias_frozen=lasting.bias_frozen,
        bias_labels=lasting.bias_labels,
        disabled=lasting.disabled,
        bias_disabled=lasting.bias_disabled,
        pieces=document.network.layers[number - 1].pieces,
    )


def _where_known(values: Array, known: Mask) -> Array:
    return np.ascontiguousarray(values) if known.all() else np.where(known, values, np.nan)


@dataclass(frozen=True)
class _Lasting:
    """What does not change of a layer's connections as long as the document stays: what is frozen, and the names."""

    frozen: Mask
    labels: dict[tuple[int, int], str]
    bias_frozen: Mask | None
    bias_labels: dict[int, str]
    disabled: Mask | None = None
    bias_disabled: Mask | None = None


def _lasting(document: Document) -> tuple[_Lasting, ...]:
    """One entry a layer; asked for at every frame, so it is kept as long as its document is in use."""
    found = _LASTING.get(document)
    if found is None:
        found = _LASTING[document] = tuple(_lasting_of(document, n + 1) for n in range(len(document.network.layers)))
    return found


def _lasting_of(document: Document, number: int) -> _Lasting:
    weights, biases = document.network.array(f"W{number}"), document.network.array(f"b{number}")
    assert weights is not None
    names, network = document.labelled.items(), document.network
    disabled = disabled_mask(document, weights)
    bias_disabled = None if biases is None else disabled_mask(document, biases)
    return _Lasting(
        held(document, weights).reshape(-1, weights.shape[-1]),
        {(network.net_of(number, *target), source): text
         for (array, (*target, source)), text in names if array == weights.name},
        None if biases is None else held(document, biases).ravel(),
        {network.net_of(number, *index): text
         for (array, index), text in names if biases is not None and array == biases.name},
        None if disabled is None else disabled.reshape(-1, weights.shape[-1]),
        None if bias_disabled is None else bias_disabled.ravel(),
    )


_LASTING: WeakKeyDictionary[Document, tuple[_Lasting, ...]] = WeakKeyDictionary()
