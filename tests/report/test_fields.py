"""A heat map is nothing but the network asked at every point of the plane; its scales follow from data and layers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nnviz.report.fields import (
    Plane,
    answers_wanted,
    fields_of,
    has_plane,
    outputs_at,
    plane_of,
    range_of,
    strongest_classes,
)
from nnviz.report.inputs import answers_to
from nnviz.session.document import Document
from nnviz.session.examples import open_example
from nnviz.session.session import Session

COUNT = 12


def session_of(data: dict[str, Any], outputs: int = 1, inputs: int = 2, scaling: str = "none",
               **more: Any) -> Session:
    tree = {"format": "nnviz", "version": 1, "kind": "network", "name": "plane", "inputs": inputs,
            "layers": [{"units": 4, "activation": "tanh"}, {"units": 3, "activation": {"name": "maxout", "pieces": 2}},
                       {"units": outputs, "activation": "sigmoid"}],
            "loss": "squared_error", "data": data, "scaling": scaling, **more}
    session = Session(Document.from_tree(tree))
    session.advance_steps(3)
    return session


@pytest.mark.parametrize("session", [
    pytest.param(lambda: session_of({"name": "circle", "samples": 60, "test_fraction": 0.25}), id="raw"),
    pytest.param(lambda: session_of({"name": "moons", "samples": 60}, scaling="standardise"), id="scaled"),
    pytest.param(lambda: session_of({"name": "gauss", "samples": 60, "features": ["x1", "x1*x2", "sin(x2)"]}, inputs=3,
                                    scaling="min_max"), id="engineered and scaled"),
])
def test_every_cell_of_the_last_map_is_what_the_network_answers_there(session: Any) -> None:
    asked = session()
    data, parameters = asked.segment.data, asked.parameters_now()
    fields = fields_of(asked.problem, parameters, data, COUNT)
    assert [len(values) for values in fields] == list(asked.problem.network.sizes)
    wanted = answers_to(asked.problem, parameters, data, plane_of(data).grid(COUNT))
    np.testing.assert_allclose(fields[-1].reshape(1, -1).T, wanted, rtol=1e-12)
    x, y = plane_of(data).grid(COUNT)[17].tolist()
    np.testing.assert_allclose(outputs_at(asked.problem, parameters, data, x, y), fields[-1][:, 1, 5], rtol=1e-12)


def test_a_map_stands_as_the_plane_does() -> None:
    """x grows to the right, y grows upwards."""
    session = session_of({"name": "circle", "samples": 60})
    x, y = fields_of(session.problem, session.parameters_now(), session.segment.data, COUNT)[0]
    assert (np.diff(x, axis=1) > 0).all() and (np.diff(x, axis=0) == 0).all()
    assert (np.diff(y, axis=0) < 0).all() and (np.diff(y, axis=1) == 0).all()


def test_a_point_goes_to_its_place_and_back() -> None:
    plane = Plane((-2.0, 4.0), (1.0, 2.0))
    across, down = plane.shares(np.array([[1.0, 1.25]]))[0].tolist()
    assert (across, down) == (0.5, 0.75) and plane.point(across, down) == (1.0, 1.25)


@pytest.mark.parametrize("name", ["circle", "spiral", "moons", "gauss", "xor", "multi-label"])
def test_all_examples_lie_on_the_plane_with_room_around_them(name: str) -> None:
    data = Session(open_example(name)).segment.data
    shares = plane_of(data).shares(np.concatenate([data.raw_inputs, data.raw_test_inputs]))
    assert shares.min() > 0.05 and shares.max() < 0.95
    assert np.ptp(shares, axis=0).max() > 0.6


def test_a_circle_is_round() -> None:
    plane = plane_of(session_of({"name": "circle", "samples": 300}).segment.data)
    assert plane.x[1] - plane.x[0] == pytest.approx(plane.y[1] - plane.y[0])


def test_examples_that_are_all_the_same_still_have_a_plane() -> None:
    session = session_of({"inputs": [[1.0, 2.0]], "targets": [[1.0]]})
    plane = plane_of(session.segment.data)
    assert plane.x[0] < 1.0 < plane.x[1] and plane.y[0] < 2.0 < plane.y[1]
    assert np.isfinite(fields_of(session.problem, session.parameters_now(), session.segment.data, 4)[-1]).all()


def test_where_an_engineered_input_has_no_value_no_unit_has_one() -> None:
    session = session_of({"name": "circle", "samples": 60, "features": ["x1", "1/(max(x1, -5.5) + 5.5)"]})
    session_fields = fields_of(session.problem, session.parameters_now(), session.segment.data, 40)
    broken = np.isnan(session_fields[-1][0])
    assert broken.any() and not broken.all()
    assert (np.isnan(session_fields[1]) == broken).all()


@pytest.mark.parametrize(("name", "wanted"), [
    ("circle", True), ("xor", True), ("mazur-2-2-2", True), ("iris", False), ("regression-sine", False),
    ("surface-saddle", False), ("gate-max", False), ("digits-784-16-16-10", False),
])
def test_only_networks_of_two_inputs_have_a_plane(name: str, wanted: bool) -> None:
    session = Session(open_example(name))
    assert has_plane(session.problem.network, session.segment.data) is wanted


@pytest.mark.parametrize(("data", "outputs", "meaning", "scale"), [
    ({"name": "circle", "samples": 40}, 1, "sides", (0.0, 0.5, 1.0)),
    ({"name": "blobs", "samples": 40, "classes": 4}, 4, "classes", (0.0, 0.5, 1.0)),
    ({"inputs": [[0.0, 1.0], [1.0, 0.0]], "targets": [[1.0], [-1.0]]}, 1, "sides", (-1.0, 0.0, 1.0)),
    ({"inputs": [[0.0, 1.0], [1.0, 0.0]], "targets": [[1.0, 1.0], [0.0, 1.0]]}, 2, "sides", (0.0, 0.5, 1.0)),
    ({"inputs": [[0.0, 1.0], [1.0, 0.0]], "targets": [[-3.0], [2.0]]}, 1, "numbers", (-3.0, 0.0, 3.0)),
    ({"inputs": [[0.0, 1.0], [1.0, 0.0]], "targets": [[10.0], [20.0]]}, 1, "numbers", (10.0, 15.0, 20.0)),
])
def test_what_outputs_mean_follows_from_the_targets(
    data: dict[str, Any], outputs: int, meaning: str, scale: tuple[float, float, float]
) -> None:
    session = session_of(data, outputs)
    answers = answers_wanted(session.problem, session.segment.data)
    assert (answers.meaning, (answers.low, answers.middle, answers.high)) == (meaning, scale)


def test_scales_are_what_an_activation_can_give_or_even_about_zero() -> None:
    problem = session_of({"name": "circle", "samples": 40}).problem
    assert range_of(problem, 1, np.array([0.1])) == (-1.0, 0.0, 1.0)
    assert range_of(problem, 3, np.array([0.1])) == (0.0, 0.5, 1.0)
    low, middle, high = range_of(problem, 2, np.array([-0.3, 4.7, np.nan, np.inf]))
    assert (low, middle, high) == (-5.0, 0.0, 5.0)
    assert range_of(problem, 2, np.zeros(3)) == (-1.0, 0.0, 1.0)


def test_the_leading_class_leads_by_its_difference_to_the_second() -> None:
    outputs = np.array([[0.2, 0.7, np.nan], [0.5, 0.2, 0.1], [0.3, 0.1, 0.1]])
    winners, leads = strongest_classes(outputs)
    np.testing.assert_array_equal(winners, [1.0, 0.0, np.nan])
    np.testing.assert_allclose(leads, [0.2, 0.5, np.nan])
