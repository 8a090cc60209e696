"""The order in which a pass visits its operations, and how the cursor steps through it."""

from __future__ import annotations

import pytest

from nnviz.report.elements import Bias, Unit, Weight
from nnviz.report.pass_order import PHASES, PassOrder
from tests.networks import make_network

MAZUR = PassOrder(make_network((2, 2, 2), biases=("shared", "shared")))
ORDERS = [MAZUR, PassOrder(make_network((3, 4, 2, 1), biases=("per_unit", "none", "shared"))),
          PassOrder(make_network((1, 1)))]
every_order = pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(map(str, order.network.sizes)))


def test_the_two_two_two_pass_goes_forward_then_back_then_updates() -> None:
    seen = [(op.phase, op.kind, op.section.layer, op.element) for op in map(MAZUR.at, range(MAZUR.length))]
    forward = [("forward", kind, layer, Unit(layer, unit)) for layer in (1, 2) for kind in ("net", "out")
               for unit in (0, 1)]
    loss = [("loss", "term", 2, Unit(2, 0)), ("loss", "term", 2, Unit(2, 1)), ("loss", "total", 2, None)]
    weights = {layer: [Weight(layer, unit, source) for unit in (0, 1) for source in (0, 1)] + [Bias(layer, 0)]
               for layer in (1, 2)}
    backward = []
    for layer in (2, 1):
        backward += [("backward", kind, layer, Unit(layer, unit)) for kind in ("out", "net") for unit in (0, 1)]
        backward += [("backward", "parameter", layer, element) for element in weights[layer]]
    update = [("update", "parameter", layer, element) for layer in (1, 2) for element in weights[layer]]
    assert seen == forward + loss + backward + update


@every_order
def test_every_operation_comes_once_and_phases_never_mix(order: PassOrder) -> None:
    operations = [order.at(index) for index in range(order.length)]
    assert len({(op.section, op.index) for op in operations}) == order.length
    phases = [PHASES.index(op.phase) for op in operations]
    assert phases == sorted(phases)
    for phase in ("backward", "update"):
        parameters = [op.element for op in operations if op.phase == phase and op.kind == "parameter"]
        assert len(set(parameters)) == len(parameters) == order.network.parameter_count


@every_order
def test_sections_lie_side_by_side(order: PassOrder) -> None:
    end = 0
    for section in order.sections:
        assert section.start == end and section.count > 0
        end = section.end
        assert order.section(section.phase, section.kind, section.layer) is section
    assert end == order.length


@every_order
def test_a_parameters_place_leads_back_to_it(order: PassOrder) -> None:
    for layer in range(1, len(order.network.layers) + 1):
        for place in range(order.parameters_in(layer)):
            assert order.place_of(order.parameter(layer, place)) == place


@every_order
def test_done_counts_the_operations_before_the_cursor(order: PassOrder) -> None:
    for cursor in range(order.length + 1):
        for section in order.sections:
            before = sum(1 for index in range(cursor) if order.at(index).section is section)
            assert order.done(cursor, section.phase, section.kind, section.layer) == before


@every_order
@pytest.mark.parametrize("by_layer", [False, True])
def test_stepping_on_and_back_stop_at_the_same_places(order: PassOrder, by_layer: bool) -> None:
    stops = [0]
    while stops[-1] < order.length:
        stops.append(order.next_stop(stops[-1], by_layer))
        assert stops[-1] > stops[-2]
    back = [order.length]
    while back[-1] > 0:
        back.append(order.previous_stop(back[-1], by_layer))
    assert back[::-1] == stops
    assert len(stops) - 1 == (len(order.sections) if by_layer else order.length)
    assert order.next_stop(order.length, by_layer) == order.length and order.previous_stop(0, by_layer) == 0


@every_order
def test_a_layer_that_was_begun_is_finished_first(order: PassOrder) -> None:
    for section in order.sections:
        for cursor in range(section.start + 1, section.end):
            assert order.next_stop(cursor, by_layer=True) == section.end
            assert order.previous_stop(cursor, by_layer=True) == section.start


@every_order
def test_phases_end_after_the_loss_after_the_gradients_and_after_the_updates(order: PassOrder) -> None:
    ends, cursor = [], 0
    while cursor < order.length:
        cursor = order.phase_end(cursor)
        ends.append(order.at(cursor - 1).phase)
    assert ends == ["loss", "backward", "update"]
    assert order.phase_end(order.length) == order.length
