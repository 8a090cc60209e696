"""A step so small that its square is nothing carries a slope along: f(x + iy) = f(x) + i·y·f'(x).

NumPy's complex functions are made for every y and take several times as long as this first order, which is all that
the complex step asks for; some have no complex form at all.  `in_first_order` puts these in their places.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array, Call

Complex = NDArray[np.complex128]


def _exp(net: Complex, out: Complex) -> None:
    """e^(x + iy) = e^x + i·y·e^x."""
    value = np.exp(net.real)
    np.multiply(value, net.imag, out=out.imag)
    out.real = value


def _tanh(net: Complex, out: Complex) -> None:
    """tanh(x + iy) = tanh x + i·y·(1 - tanh² x)."""
    value = np.tanh(net.real)
    slope = value * value
    np.subtract(1.0, slope, out=slope)
    np.multiply(slope, net.imag, out=out.imag)
    out.real = value


def _log_sum_exp(zero: Array, net: Complex, out: Complex) -> None:
    """log(1 + e^(x + iy)) = log(1 + e^x) + i·y/(1 + e^-x), both by way of e^-|x|, which cannot overflow."""
    small = np.exp(-np.abs(net.real))
    slope = np.where(net.real > zero, 1.0, small)
    slope /= 1.0 + small
    np.multiply(slope, net.imag, out=out.imag)
    np.add(np.maximum(net.real, zero), np.log1p(small, out=small), out=out.real)


def _reciprocal(net: Complex, out: Complex) -> None:
    """1/(x + iy) = 1/x - i·y/x²."""
    value = 1.0 / net.real
    np.multiply(-value * value, net.imag, out=out.imag)
    out.real = value


def _divide(above: Complex, below: Complex, out: Complex) -> None:
    """(u + iv)/(x + iy) = q + i·(v - q·y)/x, with q = u/x."""
    share = 1.0 / below.real
    value = above.real * share
    np.subtract(above.imag * share, value * (below.imag * share), out=out.imag)
    out.real = value


FIRST_ORDER: dict[Callable[..., Any], Callable[..., None]] = {
    np.exp: _exp, np.tanh: _tanh, np.logaddexp: _log_sum_exp, np.reciprocal: _reciprocal, np.divide: _divide,
}


def value_of(function: Callable[..., Any], *given: Any) -> Any:
    """The result of a function of the table, in first order where the last of the arrays `given` is complex."""
    if not np.iscomplexobj(given[-1]):
        return function(*given)
    result = np.empty_like(given[-1])
    FIRST_ORDER[function](*given, result)
    return result


def in_first_order(calls: Iterable[Call]) -> list[Call]:
    """These calls; those on complex arrays have the form for a tiny y in place of each function that has one."""
    return [_in_first_order(*call) if call[1] and np.iscomplexobj(call[1][-1]) else call for call in calls]


def _in_first_order(function: Callable[..., Any], given: tuple[Any, ...]) -> Call:
    matrix = getattr(function, "__self__", None)
    if isinstance(matrix, np.ndarray) and function.__name__ == "dot" and not np.iscomplexobj(matrix):
        # A real matrix does the same with real and imaginary parts, which lie side by side: half the products.
        return function, tuple(array.view(np.float64) for array in given)
    return FIRST_ORDER.get(function, function), given
