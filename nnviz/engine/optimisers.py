"""An optimiser turns gradients into updates; what it remembers between steps can be looked at.

Each row of `TABLE` is one optimiser over the flat vector of all parameters: the names of its state vectors and
the calls that turn a gradient into the update.  The update is the number that is added: new value = value + update.
Plain gradient descent, stochastic and mini-batch descent are one optimiser with different batch sizes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np

from nnviz.engine import penalties, splits
from nnviz.engine.calls import ONE, ZERO, Array, Call, constant
from nnviz.engine.curvature import DensePass, precondition
from nnviz.engine.options import Option

Values = Mapping[str, float]
Memory = Mapping[str, Array]


@dataclass(frozen=True)
class OptimiserSite:
    """Where an optimiser finds its numbers: flat vectors of one length, and numbers of no dimensions.

    `state` has the state vectors as its rows.  `gradient` is also where the update goes.  `descent` holds −η, and
    `steps` the number of updates done before this one (the calls count it up).  `parameters` are those before the
    update and are left alone; `decayed` is 1 at weights, 0 at biases.  `layers` is what the dense layers saw, under
    the loss of that name.
    """

    gradient: Array
    state: Array
    steps: Array
    descent: Array
    work: Array
    parameters: Array
    decayed: Array
    layers: tuple[DensePass, ...] = ()
    loss: str = ""


def _rate_itself(memory: Memory, updates: float, rate: float, options: Values) -> Array | float:
    return rate


@dataclass(frozen=True)
class Optimiser:
    """One optimiser; `calls` put the update in the gradient's place, and change its state in place.

    In `update_text` the {gradient} is what the optimiser gets to see, ∂E/∂w with penalties and clipping.
    `effective_rate(memory, updates, η, options)` is what a step multiplies its direction by, each parameter's own,
    with the memory after the step; the direction is the gradient, the velocity, or the first moment.
    `split` says what share of the update each gradient has, and what else is in it; `share_text` says so in a sentence.
    """

    name: str
    label: str
    formula: str
    help: str
    update_text: str                 # the update in symbols
    calls: Callable[[OptimiserSite, Values], list[Call]]
    state: tuple[str, ...] = ()
    options: Mapping[str, Option] = field(default_factory=dict)
    learning_rate: float = 0.1
    effective_rate: Callable[[Memory, float, float, Values], Array | float] = _rate_itself
    text_of_biases: str = ""         # the update of what is no weight, where it is another
    split: Callable[[splits.Done, Values], splits.Split] = field(kw_only=True)
    share_text: str = field(kw_only=True)

    def text_of(self, weight: bool) -> str:
        """The update in symbols, of a weight or of anything else."""
        return self.update_text if weight else self.text_of_biases or self.update_text


def _sgd(site: OptimiserSite, options: Values) -> list[Call]:
    """Δw = −η ∂E/∂w."""
    return [(np.multiply, (site.gradient, site.descent, site.gradient))]


def _momentum(site: OptimiserSite, options: Values) -> list[Call]:
    """v ← ρ v + ∂E/∂w, Δw = −η v (the lectures' form: friction ρ, no 1 − ρ)."""
    (velocity,) = site.state
    return [
        (np.multiply, (velocity, constant(options["momentum"]), velocity)),
        (np.add, (velocity, site.gradient, velocity)),
        (np.multiply, (velocity, site.descent, site.gradient)),
    ]


def _nesterov(site: OptimiserSite, options: Values) -> list[Call]:
    """v ← ρ v + ∂E/∂w, Δw = −η (∂E/∂w + ρ v): the gradient where the velocity is about to lead."""
    (velocity,) = site.state
    friction = constant(options["momentum"])
    return [
        (np.multiply, (velocity, friction, velocity)),
        (np.add, (velocity, site.gradient, velocity)),
        (np.multiply, (velocity, friction, site.work)),
        (np.add, (site.gradient, site.work, site.gradient)),
        (np.multiply, (site.gradient, site.descent, site.gradient)),
    ]


def _scaled(site: OptimiserSite, squares: Array, epsilon: float) -> list[Call]:
    """Δw = −η ∂E/∂w / (√s + ε)."""
    return [
        (np.sqrt, (squares, site.work)),
        (np.add, (site.work, constant(epsilon), site.work)),
        (np.multiply, (site.gradient, site.descent, site.gradient)),
        (np.divide, (site.gradient, site.work, site.gradient)),
    ]


def _adagrad(site: OptimiserSite, options: Values) -> list[Call]:
    """Duchi, Hazan and Singer, 2011: s ← s + (∂E/∂w)², Δw = −η ∂E/∂w / (√s + ε)."""
    (squares,) = site.state
    return [
        (np.square, (site.gradient, site.work)),
        (np.add, (squares, site.work, squares)),
        *_scaled(site, squares, options["epsilon"]),
    ]


def _rmsprop(site: OptimiserSite, options: Values) -> list[Call]:
    """Tieleman and Hinton, 2012: s ← β s + (1 − β)(∂E/∂w)², Δw = −η ∂E/∂w / (√s + ε)."""
    (squares,) = site.state
    return [
        (np.multiply, (squares, constant(options["decay"]), squares)),
        (np.square, (site.gradient, site.work)),
        (np.multiply, (site.work, constant(1.0 - options["decay"]), site.work)),
        (np.add, (squares, site.work, squares)),
        *_scaled(site, squares, options["epsilon"]),
    ]


def _correct(site: OptimiserSite, options: Values, numbers: Array) -> Callable[[], None]:
    """Counts the step and writes −η √(1 − β₂ᵗ) / (1 − β₁ᵗ) and ε √(1 − β₂ᵗ).

    A memory view takes and gives single numbers three times as fast as an array.
    """
    beta1, beta2, epsilon, sqrt = options["beta1"], options["beta2"], options["epsilon"], math.sqrt
    steps, descent, out = (
        array.reshape(-1).data.cast("B").cast("d") for array in (site.steps, site.descent, numbers))

    def correct() -> None:
        steps[0] = step = steps[0] + 1.0
        root = sqrt(1.0 - beta2**step)
        out[0] = descent[0] * root / (1.0 - beta1**step)
        out[1] = epsilon * root

    return correct


def _adam(site: OptimiserSite, options: Values) -> list[Call]:
    """Kingma and Ba, 2015, in the order of the end of their section 2: Δw = −η √(1 − β₂ᵗ)/(1 − β₁ᵗ) · m / (√v + ε̂).

    That is −η m̂ / (√v̂ + ε) with the corrections 1 − βᵗ of both moments gathered in two numbers.  Both moments are
    the rows of one array, so that one call does for both.
    """
    first, second = site.state
    numbers, work = np.empty(2), np.empty_like(site.state)
    rate, floor = numbers[:1].reshape(()), numbers[1:].reshape(())
    whole_state, whole_work = site.state.reshape(-1), work.reshape(-1)
    memory = np.repeat([options["beta1"], options["beta2"]], first.size)
    return [
        (np.multiply, (whole_state, memory, whole_state)),
        (np.multiply, (site.gradient, constant(1.0 - options["beta1"]), work[0])),
        (np.square, (site.gradient, work[1])),
        (np.multiply, (work[1], constant(1.0 - options["beta2"]), work[1])),
        (np.add, (whole_state, whole_work, whole_state)),
        (_correct(site, options, numbers), ()),
        (np.sqrt, (second, site.work)),
        (np.add, (site.work, floor, site.work)),
        (np.divide, (first, site.work, site.gradient)),
        (np.multiply, (site.gradient, rate, site.gradient)),
    ]


def _adamw(site: OptimiserSite, options: Values) -> list[Call]:
    """Loshchilov and Hutter, 2019: Adam's update, and −η λ w beside it, which no moment ever sees."""
    decay = options["weight_decay"] * site.decayed
    return [
        *_adam(site, options),
        (np.multiply, (site.parameters, decay, site.work)),
        (np.multiply, (site.work, site.descent, site.work)),
        (np.add, (site.gradient, site.work, site.gradient)),
    ]


def _rprop(site: OptimiserSite, options: Values) -> list[Call]:
    """Riedmiller and Braun, 1993: the step grows while the gradient keeps its sign and shrinks where it changes.

    After a change of sign the parameter stays for one step, and the next step is compared with nothing.  A step size
    of 0 is one that was never set: the first update makes it η.
    """
    previous, size = site.state
    first, grows, shrinks = np.empty(()), *np.empty((2, len(site.gradient)), dtype=bool)
    return [
        (np.equal, (site.steps, ZERO, first)),
        (np.multiply, (first, site.descent, first)),
        (np.subtract, (size, first, size)),
        (np.add, (site.steps, ONE, site.steps)),
        (np.multiply, (previous, site.gradient, site.work)),
        (np.greater, (site.work, ZERO, grows)),
        (np.less, (site.work, ZERO, shrinks)),
        (partial(np.multiply, where=grows), (size, constant(options["growth"]), size)),
        (partial(np.multiply, where=shrinks), (size, constant(options["shrinkage"]), size)),
        (np.clip, (size, constant(options["smallest"]), constant(options["largest"]), size)),
        (np.putmask, (site.gradient, shrinks, 0.0)),
        (np.copyto, (previous, site.gradient)),
        (np.sign, (site.gradient, site.gradient)),
        (np.multiply, (site.gradient, size, site.gradient)),
        (np.negative, (site.gradient, site.gradient)),
    ]


def _kfac(site: OptimiserSite, options: Values) -> list[Call]:
    """Δw = −ην (A ⊗ G + damping)⁻¹ ∂E/∂w, layer by layer; see `curvature` for what is approximated."""
    return [
        (precondition, (site.layers, site.loss, options["damping"], options["kl_clip"], site.descent)),
        (np.multiply, (site.gradient, site.descent, site.gradient)),
    ]


# --- effective learning rates ---------------------------------------------------------------------------------


def _rate_of_squares(name: str) -> Callable[[Memory, float, float, Values], Array]:
    """η / (√s + ε)."""
    def rate_of(memory: Memory, updates: float, rate: float, options: Values) -> Array:
        return np.asarray(rate / (np.sqrt(memory[name]) + options["epsilon"]))

    return rate_of


def _rate_of_adam(memory: Memory, updates: float, rate: float, options: Values) -> Array:
    """η / (√v̂ + ε), by which m̂ is multiplied."""
    second = memory["second_moment"] / (1.0 - options["beta2"] ** updates)
    return np.asarray(rate / (np.sqrt(second) + options["epsilon"]))


def _step_size(memory: Memory, updates: float, rate: float, options: Values) -> Array:
    return memory["step_size"]


_MOMENTUM = {"momentum": Option(0.9, 0.0, 1.0, "ρ, the share of the velocity that is kept", unit="per step")}
_EPSILON = Option(1e-8, 0.0, 1.0, "ε, keeps the division finite", above=True)
_ADAM = {
    "beta1": Option(0.9, 0.0, 0.999999, "β₁, memory of the gradient", unit="per step", label="β₁"),
    "beta2": Option(0.999, 0.0, 0.99999999, "β₂, memory of the squared gradient", unit="per step", label="β₂"),
    "epsilon": _EPSILON,
}

TABLE: dict[str, Optimiser] = {
    row.name: replace(row, options={**row.options, **penalties.OPTIONS})
    for row in (
        Optimiser(
            "sgd", "Gradient descent", "w ← w - η ∂E/∂w",
            "The rule of the lectures; the batch size makes it stochastic, mini-batch or full.",
            "-η·{gradient}", _sgd,
            split=splits.plain, share_text="Every example moves it by -η times its own gradient, divided by the batch.",
        ),
        Optimiser(
            "momentum", "Momentum", "v ← ρv + ∂E/∂w,  w ← w - ηv",
            "Rolls through ravines and small bumps; ρ is the friction, 0.9 or 0.99.",
            "-η·v", _momentum, ("velocity",), _MOMENTUM,
            split=splits.momentum,
            share_text="Examples move it as in gradient descent; the velocity of earlier steps adds -η·ρ·v.",
        ),
        Optimiser(
            "nesterov", "Nesterov momentum", "v ← ρv + ∂E/∂w,  w ← w - η(∂E/∂w + ρv)",
            "Momentum that looks ahead along its velocity, and so overshoots less.",
            "-η·({gradient} + ρ·v)", _nesterov, ("velocity",), _MOMENTUM,
            split=splits.nesterov,
            share_text="Examples count 1 + ρ times, once now and once in the velocity; earlier steps add -η·ρ²·v.",
        ),
        Optimiser(
            "adagrad", "Adagrad", "s ← s + (∂E/∂w)²,  w ← w - η ∂E/∂w / (√s + ε)",
            "For rare features: what was seldom moved moves far. Its steps only ever shrink.",
            "-η·{gradient}/(√s + ε)", _adagrad, ("sum_of_squares",), {"epsilon": _EPSILON},
            effective_rate=_rate_of_squares("sum_of_squares"), split=splits.by_squares("sum_of_squares"),
            share_text="Examples share the step as they share the gradient; √s + ε of this step divides them all.",
        ),
        Optimiser(
            "rmsprop", "RMSProp", "s ← βs + (1 - β)(∂E/∂w)²,  w ← w - η ∂E/∂w / (√s + ε)",
            "Adagrad that forgets: steps of about η whatever the gradient's size. Good where the loss keeps changing.",
            "-η·{gradient}/(√s + ε)", _rmsprop, ("mean_of_squares",),
            {"decay": Option(0.9, 0.0, 0.99999999, "β, memory of the squared gradient", unit="per step"),
             "epsilon": _EPSILON},
            0.01, _rate_of_squares("mean_of_squares"), split=splits.by_squares("mean_of_squares"),
            share_text="Examples share the step as they share the gradient; √s + ε of this step divides them all.",
        ),
        Optimiser(
            "adam", "Adam", "w ← w - η m̂ / (√v̂ + ε)",
            "A step size of its own for every parameter; needs little tuning (3e-4 is a good start on large nets).",
            "-η·m̂/(√v̂ + ε)", _adam, ("first_moment", "second_moment"), _ADAM, effective_rate=_rate_of_adam,
            split=splits.adam,
            share_text="Examples have 1 - β₁ of the numerator, earlier gradients β₁; √v̂ + ε of this step divides all.",
        ),
        Optimiser(
            "adamw", "AdamW", "w ← w - η (m̂ / (√v̂ + ε) + λw)",
            "Adam whose weight decay is no part of the gradient, so that it is as strong for every weight.",
            "-η·(m̂/(√v̂ + ε) + λ·{name})", _adamw, ("first_moment", "second_moment"),
            {**_ADAM, "weight_decay": Option(0.01, 0.0, help="λ, how fast weights shrink", usual=(0.0, 0.5))},
            0.01, _rate_of_adam, "-η·m̂/(√v̂ + ε)", split=splits.adamw,
            share_text="As in Adam, and weight decay takes -η·λ·w beside it, which no moment ever sees.",
        ),
        Optimiser(
            "rprop", "Rprop", "Δ ← Δ·growth or Δ·shrinkage,  w ← w - Δ sign ∂E/∂w",
            "Looks at the gradient's sign alone; fast with all examples in a batch, lost with small ones. "
            "η is the first step size.",
            "-Δ·sign({gradient})", _rprop, ("previous_gradient", "step_size"),
            {
                "growth": Option(1.2, 1.0, 100.0, "factor while the sign stays", unit="times"),
                "shrinkage": Option(0.5, 0.0, 1.0, "factor when the sign changes", above=True, unit="times"),
                "smallest": Option(1e-6, 0.0, help="smallest step size"),
                "largest": Option(50.0, 0.0, help="largest step size", above=True),
            },
            0.01, _step_size, split=splits.by_sign,
            share_text="The step has the remembered size whatever the gradient's; examples share in deciding its sign.",
        ),
        Optimiser(
            "kfac", "K-FAC", "W ← W - ην (G + λ'I)⁻¹ ∂E/∂W (A + λ''I)⁻¹",
            "Second order: bends the step by how the loss curves, layer by layer. Approximated: layers apart, inputs "
            "and δ independent, this batch alone. For large batches.",
            "-η·ν·(G⁻¹·{gradient}·A⁻¹)", _kfac, (),
            {
                "damping": Option(0.001, 0.0, help="λ, larger where steps are wild", above=True, usual=(1e-6, 10.0)),
                "kl_clip": Option(0.01, 0.0, help="how far a step may change the outputs: ν shortens it; 0: any far",
                                  label="KL clip"),
            },
            split=splits.by_curvature,
            share_text="Each example's gradient of the whole layer is bent alone, by the matrices of the batch.",
        ),
    )
}
