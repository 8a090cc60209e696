"""The formulas of the tables are read as they are meant, every one of them."""

from __future__ import annotations

import pytest

from nnviz.engine.activations import TABLE as ACTIVATIONS
from nnviz.engine.losses import TABLE as LOSSES
from nnviz.engine.optimisers import TABLE as OPTIMISERS
from nnviz.report.mathematics import Known, Mathematics, in_symbols
from nnviz.report.notation import Sign
from nnviz.report.templates import TemplateError, read


class Anything(dict[str, Mathematics]):
    """A value for every letter and field that is asked for."""

    def __missing__(self, name: str) -> Mathematics:
        return Known(Sign(name), name, 1.5)


def spoken(template: str) -> str:
    return in_symbols(read(template, Anything()))


@pytest.mark.parametrize(("template", "expected"), [
    ("2(o - t)", "2·(o - t)"),
    ("1 - tanh²x", "1 - tanh(x)²"),
    ("s(x)(1 + x(1 - s(x)))", "sigmoid(x)·(1 + x·(1 - sigmoid(x)))"),
    ("1/(1 + e^-x)", "1/(1 + e^-(x))"),
    ("½·({target} - {output})²", "½·(target - output)²"),
    ("(1 - t)/(1 - o) - t/o", "(1 - t)/(1 - o) - t/o"),
    ("-η·(m̂/(√v̂ + ε) + λ·{name})", "-η·(m̂/(√v̂ + ε) + λ·name)"),
    ("m/(1 - β₁^t)", "m/(1 - β₁^t)"),
    ("1 if x ≥ 0 else α·e^x", "1 if x ≥ 0 else α·e^x"),
    ("|o - t|", "|o - t|"),
    ("a/b/c", "a/b/c"),
    ("k^-floor((epoch - 1)/n)", "k^(-floor((epoch - 1)/n))"),
])  # fmt: skip
def test_a_formula_is_read_as_it_is_written(template: str, expected: str) -> None:
    assert spoken(template) == expected


@pytest.mark.parametrize("name", sorted(ACTIVATIONS))
def test_activations_can_be_read(name: str) -> None:
    row = ACTIVATIONS[name]
    assert spoken(row.calculation)
    if row.elementwise and "pieces" not in row.options:      # the others have rules of their own
        assert spoken(row.derivative)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_losses_can_be_read(name: str) -> None:
    assert spoken(LOSSES[name].calculation) and spoken(LOSSES[name].term_slope)


@pytest.mark.parametrize("name", sorted(OPTIMISERS.keys() - {"kfac"}))
def test_updates_can_be_read(name: str) -> None:
    assert spoken(OPTIMISERS[name].text_of(True)) and spoken(OPTIMISERS[name].text_of(False))


@pytest.mark.parametrize("template", ["1 +", "(1", "2)", "·x", "max(x", ""])
def test_what_cannot_be_read_is_a_mistake_that_is_told(template: str) -> None:
    with pytest.raises(TemplateError):
        spoken(template)
