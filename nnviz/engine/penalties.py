"""Before an optimiser sees a gradient, large weights may be made to cost something, and long steps be cut short.

A penalty adds its own slope to the gradient of the data loss; clipping then shortens the sum.  Both are options that
every optimiser has, both are off at 0, and both show in the update alone: the loss and the gradient that are shown
are those of the data.  Biases are not penalised: they move a unit's threshold and cannot make it steep.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array, Call, constant
from nnviz.engine.options import Option

OPTIONS: Mapping[str, Option] = {
    "l2": Option(0.0, 0.0, help="λ₂, adds λ₂·w (weight decay); 0 is off", label="L2 penalty",
                 usual=(0.0, 0.1)),
    "l1": Option(0.0, 0.0, help="λ₁, adds λ₁·sign w; 0 is off", label="L1 penalty",
                 usual=(0.0, 0.1)),
    "clip_norm": Option(0.0, 0.0, help="a longer gradient (L2 norm) is shortened to it; 0 is off",
                        usual=(0.0, 100.0)),
    "clip_value": Option(0.0, 0.0, help="each number of the gradient is cut to ± this; 0 is off",
                         usual=(0.0, 100.0)),
}


def penalty_calls(
    gradient: Array, parameters: Array, work: Array, weights: NDArray[np.bool_], options: Mapping[str, float]
) -> list[Call]:
    """∂E/∂w ← ∂E/∂w + λ₂ w + λ₁ sign w, for the parameters that `weights` marks."""
    calls: list[Call] = []
    if options["l2"]:
        calls += [
            (np.multiply, (parameters, options["l2"] * weights, work)),
            (np.add, (gradient, work, gradient)),
        ]
    if options["l1"]:
        calls += [
            (np.sign, (parameters, work)),
            (np.multiply, (work, options["l1"] * weights, work)),
            (np.add, (gradient, work, gradient)),
        ]
    return calls


def clipping_calls(
    gradient: Array, work: Array, repeats: NDArray[np.bool_], options: Mapping[str, float]
) -> list[Call]:
    """Each number to at most `clip_value`, then g ← g · c / max(‖g‖, c) with the c of `clip_norm`.

    `repeats` marks numbers that ‖g‖ must not count again.  The norm is taken of g / max |g|, which cannot overflow;
    `fmax` passes over the 0 / 0 of a gradient that is all zeros.
    """
    calls: list[Call] = []
    if options["clip_value"]:
        most = constant(options["clip_value"])
        calls.append((np.clip, (gradient, constant(-options["clip_value"]), most, gradient)))
    if options["clip_norm"]:
        longest, largest, norm = constant(options["clip_norm"]), np.empty(()), np.empty(())
        calls += [
            (np.absolute, (gradient, work)),
            (np.max, (work, None, largest)),
            (np.divide, (gradient, largest, work)),
            *([(np.putmask, (work, repeats, 0.0))] if repeats.any() else []),
            (np.dot, (work, work, norm)),
            (np.sqrt, (norm, norm)),
            (np.multiply, (norm, largest, norm)),
            (np.fmax, (norm, longest, norm)),
            (np.divide, (longest, norm, norm)),
            (np.multiply, (gradient, norm, gradient)),
        ]
    return calls


def gradient_text(options: Mapping[str, float], weight: bool) -> str:
    """What an optimiser takes for the gradient of a parameter {name}, in symbols.

    >>> gradient_text({"l2": 0.01, "l1": 0.0, "clip_norm": 1.0, "clip_value": 0.0}, weight=True)
    'clip(∂E/∂{name} + 0.01·{name})'
    """
    terms = ["∂E/∂{name}"]
    if weight and options["l2"]:
        terms.append(f"{options['l2']:g}·{{name}}")
    if weight and options["l1"]:
        terms.append(f"{options['l1']:g}·sign({{name}})")
    whole = " + ".join(terms)
    if options["clip_norm"] or options["clip_value"]:
        return f"clip({whole})"
    return f"({whole})" if len(terms) > 1 else whole
