"""A loss says in one number how wrong the outputs are, and its gradient says which way is better.

Each row of `TABLE` is one loss for one example: a term for every output, and how the terms are put together
(summed or averaged).  The batch's loss is always the mean over its examples.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Literal

import numpy as np

from nnviz.engine.calls import ZERO, Array, Call, constant, greater_of, lesser_of
from nnviz.engine.expression import LONGEST_GRAPH, Expression, read_expression
from nnviz.engine.gates import DEFAULT_TIES
from nnviz.engine.imaginary import value_of
from nnviz.engine.options import Option


@dataclass(frozen=True)
class LossSite:
    """Where a loss finds its numbers. Arrays are (units, examples); `loss` has no dimensions.

    `delta` is None where the loss hands ∂E/∂out to the activation; a loss that is fused with its activation
    writes δ = ∂E/∂net itself and leaves `upstream` alone.  `total` is (examples,), `work` (units, examples).
    """

    net: Array
    output: Array
    target: Array
    upstream: Array
    delta: Array
    loss: Array
    work: Array
    total: Array


@dataclass(frozen=True)
class Loss:
    """One loss function.

    `terms(output, target)` gives each output's term, `slopes(output, target)` the term's derivative by the output;
    both take the row's `options` as keywords, and `values` has those in force.
    `calls` writes the sum of the batch's terms, of which the mean loss is `mean_of`, and ∂E/∂out of every example
    (not divided by the batch).
    `fused_with` names the activation whose logits the loss can take directly; `fused_terms(net, target)` and
    `fused_calls` then avoid every overflow, and δ is p − t.
    """

    name: str
    label: str
    formula: str
    help: str
    combine: Literal["sum", "mean"]
    term: str                        # an output's term in symbols, with o and t
    calculation: str                 # the same with {output} and {target}
    term_slope: str                  # ∂term/∂o in symbols
    terms: Callable[..., Array]
    slopes: Callable[..., Array]
    calls: Callable[[LossSite, Loss], list[Call]]
    fused_with: str = ""
    fused_terms: Callable[[Array, Array], Array] | None = None
    fused_calls: Callable[[LossSite, Loss], list[Call]] | None = None
    targets: Literal["any", "unit interval", "probabilities"] = "any"
    classifies: bool = False
    weight: float = 1.0              # of a term, where `calls` sums something simpler
    kink: str = ""                   # what is stated where the slope does not exist; "" where it does
    sides: Callable[[Array, Array], Array] = np.greater     # (output, target): on which side of a kink each one lies
    options: Mapping[str, Option] = field(default_factory=dict)
    values: Mapping[str, float] = field(default_factory=dict)
    expression: Expression | None = None        # where the loss is a formula

    def with_options(self, given: Mapping[str, float]) -> Loss:
        """This loss with the options `given`, and its defaults for the others, in force."""
        if not self.options:
            return self
        values = {name: given.get(name, option.default) for name, option in self.options.items()}
        return replace(
            self, terms=partial(self.terms, **values), slopes=partial(self.slopes, **values), values=values
        )

    @property
    def convention(self) -> str:
        """The formula as it is in force, its options behind it.

        >>> TABLE["half_squared_error"].convention, TABLE["huber"].with_options({"delta": 0.5}).convention[-13:]
        ('Σ ½(t - o)²', ', delta = 0.5')
        """
        return "".join([self.formula, *(f", {name} = {value:g}" for name, value in self.values.items())])

    def share(self, outputs: int) -> float:
        """What an output's term counts for in the example's loss: 1, or 1/outputs for a mean."""
        return 1.0 if self.combine == "sum" else 1.0 / outputs

    def mean_of(self, outputs: int, examples: int) -> float:
        """What the sum that `calls` writes is multiplied with to get the batch's mean loss."""
        return self.weight * self.share(outputs) / examples

    def is_fused(self, activation: str) -> bool:
        return bool(self.fused_with) and self.fused_with == activation

    def terms_of(self, net: Array, output: Array, target: Array, activation: str) -> Array:
        """Each output's term, through the logits where the loss is fused with `activation`."""
        with np.errstate(all="ignore"):
            if self.fused_terms is not None and self.is_fused(activation):
                return self.fused_terms(net, target)
            return self.terms(output, target)

    def of_examples(self, net: Array, output: Array, target: Array, activation: str) -> Array:
        """The loss of each example; shape (examples,) from arrays of shape (units, examples)."""
        terms = self.terms_of(net, output, target, activation)
        total: Array = np.add.reduce(terms, 0)
        return total * self.share(output.shape[0])


def probability(output: Array) -> Array:
    """`output`, and NaN where it lies outside [0, 1]: there is no such probability, and no loss for it."""
    return np.where((output < 0.0) | (output > 1.0), np.nan, output)


def log_times(factor: Array, value: Array) -> Array:
    """factor · log(value), and 0 where the factor is 0, even where the logarithm is infinite."""
    with np.errstate(all="ignore"):
        return np.where((factor == 0.0) & ~np.isnan(value), 0.0, factor * np.log(value))


def quotient(factor: Array, value: Array) -> Array:
    """factor / value, and 0 where the factor is 0, even where the value is."""
    with np.errstate(all="ignore"):
        return np.where((factor == 0.0) & ~np.isnan(value), 0.0, factor / value)


def log_one_plus_exp(net: Array) -> Array:
    """log(1 + e^z) without overflow, of complex numbers too: NumPy's `logaddexp` takes only real ones."""
    return np.asarray(value_of(np.logaddexp, ZERO, net))


def _squared_calls(site: LossSite, row: Loss) -> list[Call]:
    """With e = o − t: the sum is Σe², and ∂E/∂out = 2k e, k the factor of the convention in force."""
    factor = row.weight * row.share(len(site.output))
    error, flat = site.upstream, site.upstream.reshape(-1)
    calls: list[Call] = [(np.subtract, (site.output, site.target, error)), (flat.dot, (flat, site.loss))]
    if 2.0 * factor != 1.0:
        calls.append((np.multiply, (error, constant(2.0 * factor), error)))
    return calls


def _absolute_calls(site: LossSite, row: Loss) -> list[Call]:
    """With e = o - t: the sum is Σ|e|, and ∂E/∂out = k sign e, 0 where e is 0."""
    error, share = site.upstream, row.share(len(site.output))
    calls: list[Call] = [
        (np.subtract, (site.output, site.target, error)),
        (np.absolute, (error, site.work)),
        (np.add.reduce, (site.work.reshape(-1), 0, None, site.loss)),
        (np.sign, (error, error)),
    ]
    if share != 1.0:
        calls.append((np.multiply, (error, constant(share), error)))
    return calls


def _huber_calls(site: LossSite, row: Loss) -> list[Call]:
    """With e = o - t and c = e cut to ±delta: a term is c(e - ½c) and its slope c; the sum is Σ ½c(e - ½c)."""
    cut, error, share, delta = site.upstream, site.work, row.share(len(site.output)), row.values["delta"]
    return [
        (np.subtract, (site.output, site.target, error)),
        (lesser_of(cut), (error, constant(delta))),
        (greater_of(cut), (cut, constant(-delta))),
        (np.multiply, (cut, constant(0.5), cut)),
        (np.subtract, (error, cut, error)),
        (cut.reshape(-1).dot, (error.reshape(-1), site.loss)),
        (np.multiply, (cut, constant(2.0 * share), cut)),
    ]


def _cut(error: Array, delta: float) -> Array:
    """`error` between -delta and delta, and cut to them outside; decided by the real part."""
    return np.where(np.abs(error.real) > delta, delta * np.sign(error.real), error)


def _huber_terms(output: Array, target: Array, delta: float) -> Array:
    error = output - target
    cut = _cut(error, delta)
    return cut * (error - 0.5 * cut)


def _plain_calls(site: LossSite, row: Loss) -> list[Call]:
    """Any loss from its terms and slopes, with new arrays at every call: for losses outside their usual pairing."""
    share = row.share(len(site.output))

    def compute() -> None:
        site.loss[...] = row.terms(site.output, site.target).sum()
        np.multiply(row.slopes(site.output, site.target), share, out=site.upstream)

    return [(compute, ())]


def _fused_sigmoid_calls(site: LossSite, row: Loss) -> list[Call]:
    """log(1 + e^z) − t·z, and δ = (p − t) / outputs."""
    share = row.share(len(site.output))
    flat = site.work.reshape(-1)
    calls: list[Call] = [
        (np.logaddexp, (constant(0.0), site.net, site.work)),
        (np.multiply, (site.target, site.net, site.delta)),
        (np.subtract, (site.work, site.delta, site.work)),
        (np.add.reduce, (flat, 0, None, site.loss)),
        (np.subtract, (site.output, site.target, site.delta)),
    ]
    if share != 1.0:
        calls.append((np.multiply, (site.delta, constant(share), site.delta)))
    return calls


def _fused_softmax_calls(site: LossSite, row: Loss) -> list[Call]:
    """Σt (log Σe^z − z), the largest z taken out of each first, and δ = p·Σt − t (p − t where targets sum to 1)."""
    flat = site.work.reshape(-1)
    return [
        (np.maximum.reduce, (site.net, 0, None, site.total)),
        (np.subtract, (site.net, site.total, site.work)),
        (np.exp, (site.work, site.delta)),
        (np.add.reduce, (site.delta, 0, None, site.total)),
        (np.log, (site.total, site.total)),
        (np.subtract, (site.total, site.work, site.work)),
        (np.multiply, (site.work, site.target, site.work)),
        (np.add.reduce, (flat, 0, None, site.loss)),
        (np.add.reduce, (site.target, 0, None, site.total)),
        (np.multiply, (site.output, site.total, site.delta)),
        (np.subtract, (site.delta, site.target, site.delta)),
    ]


def _fused_softmax_terms(net: Array, target: Array) -> Array:
    shifted = net - net.real.max(axis=0)
    total = np.log(value_of(np.exp, shifted).sum(axis=0))
    return np.where(target == 0.0, 0.0, target * (total - shifted))


TABLE: dict[str, Loss] = {
    row.name: row.with_options({})
    for row in (
        Loss(
            "half_squared_error", "Half squared error", "Σ ½(t - o)²",
            "Regression, and the lectures' worked example: the ½ cancels in the gradient o - t.",
            "sum", "½(t - o)²", "½·({target} - {output})²", "o - t",
            lambda o, t: 0.5 * (t - o) ** 2, lambda o, t: o - t, _squared_calls, weight=0.5,
        ),
        Loss(
            "squared_error", "Squared error", "Σ (o - t)²",
            "Regression without the ½: the gradient is 2(o - t).",
            "sum", "(o - t)²", "({output} - {target})²", "2(o - t)",
            lambda o, t: (o - t) ** 2, lambda o, t: 2.0 * (o - t), _squared_calls,
        ),
        Loss(
            "mean_squared_error", "Mean squared error", "1/n Σ (o - t)²",
            "Regression with several outputs: the average over the outputs.",
            "mean", "(o - t)²", "({output} - {target})²", "2(o - t)",
            lambda o, t: (o - t) ** 2, lambda o, t: 2.0 * (o - t), _squared_calls,
        ),
        Loss(
            "mean_absolute_error", "Mean absolute error", "1/n Σ |o - t|",
            "Regression with outliers: every error pulls equally hard, however large it is.",
            "mean", "|o - t|", "|{output} - {target}|", "sign(o - t)",
            lambda o, t: (o - t) * np.sign((o - t).real), lambda o, t: np.sign(o - t), _absolute_calls,
            kink="at o = t the slope is taken as 0",
        ),
        Loss(
            "huber", "Huber", "1/n Σ (½(o - t)² if |o - t| ≤ delta else delta(|o - t| - ½delta))",
            "Regression with outliers: squared near the ‹target›, a straight line beyond delta.",
            "mean", "½(o - t)² if |o - t| ≤ delta else delta(|o - t| - ½delta)",
            "½·min(|{output} - {target}|, {delta})² + {delta}·max(0, |{output} - {target}| - {delta})",
            "max(-delta, min(delta, o - t))",
            _huber_terms, lambda o, t, delta: _cut(o - t, delta), _huber_calls, weight=2.0,
            options={"delta": Option(1.0, 0.0, above=True, help="error beyond which the loss is a straight line",
                                    usual=(0.01, 100.0))},
        ),
        Loss(
            "binary_cross_entropy", "Binary cross-entropy", "-1/n Σ (t log o + (1 - t) log(1 - o))",
            "Yes or no: one sigmoid output, or several independent ones (multi-label), each judged on its own.",
            "mean", "-(t log o + (1 - t) log(1 - o))",
            "-({target}·log({output}) + (1 - {target})·log(1 - {output}))", "(1 - t)/(1 - o) - t/o",
            lambda o, t: -(log_times(t, probability(o)) + log_times(1.0 - t, 1.0 - probability(o))),
            lambda o, t: quotient(1.0 - t, 1.0 - probability(o)) - quotient(t, probability(o)),
            _plain_calls, fused_with="sigmoid",
            fused_terms=lambda z, t: log_one_plus_exp(z) - t * z, fused_calls=_fused_sigmoid_calls,
            targets="unit interval", classifies=True,
        ),
        Loss(
            "cross_entropy", "Cross-entropy", "-Σ t log o",
            "One of several classes: softmax outputs, ‹targets› one-hot or probabilities.",
            "sum", "-t log o", "-{target}·log({output})", "-t/o",
            lambda o, t: -log_times(t, probability(o)), lambda o, t: -quotient(t, probability(o)),
            _plain_calls, fused_with="softmax",
            fused_terms=_fused_softmax_terms, fused_calls=_fused_softmax_calls,
            targets="probabilities", classifies=True,
        ),
        Loss(
            "negative_log_likelihood", "Negative log likelihood", "-Σ t log o",
            "Cross-entropy in two factors: first -t/o at the outputs, then the softmax Jacobian, each to be seen.",
            "sum", "-t log o", "-{target}·log({output})", "-t/o",
            lambda o, t: -log_times(t, probability(o)), lambda o, t: -quotient(t, probability(o)),
            _plain_calls, targets="probabilities", classifies=True,
        ),
    )
}


# --- a formula as a loss -----------------------------------------------------------------------------------------

VARIABLES = ("x", "y")


def row(name: str, variables: tuple[str, ...] = VARIABLES, ties: str = DEFAULT_TIES) -> Loss:
    """The loss of that name: a row of the table, or what the formula says where `name` is one, of the outputs called
    `variables`.

    >>> row("squared_error").label, row("x^2 + 4*y^2").formula
    ('Squared error', 'x^2 + 4*y^2')
    """
    return TABLE[name] if name in TABLE else _of_formula(name, variables, ties)


@lru_cache(maxsize=64)
def _of_formula(text: str, variables: tuple[str, ...], ties: str) -> Loss:
    """What a surface has for a loss: its height at x, y; and a computation graph: its result.  Targets are how far the
    surface is shifted, 0 as a rule.

    It is one term, which is no sum over the outputs: it stands in the first output's place.
    """
    names = {name: place for place, name in enumerate(variables)}
    height = replace(read_expression(text, names, LONGEST_GRAPH), ties=ties)

    def terms(output: Array, target: Array) -> Array:
        first = height.value(*(output - target))
        return np.stack((first, *[np.zeros_like(first)] * (len(variables) - 1)))

    def slopes(output: Array, target: Array) -> Array:
        return np.stack(height.gradient(*(output - target)))

    def sides(output: Array, target: Array) -> Array:
        return np.stack(height.sides(*(output - target)))

    def calls(site: LossSite, row: Loss) -> list[Call]:
        def compute() -> None:
            np.subtract(site.output, site.target, out=site.work)
            found, slopes = height.walk(*site.work)
            site.loss[...] = found.sum()
            for place, slope in enumerate(slopes):
                site.upstream[place] = slope

        return [(compute, ())]

    return Loss(
        text, "Height", text, "How high the surface is.", "sum", text, text, "", terms, slopes, calls,
        kink=height.kink, sides=sides, expression=height,
    )
