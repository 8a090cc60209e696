"""How numbers are written: few digits to read, all digits to check.

Every number on screen goes through `short` (the digits setting) or `full` (reads back to the same float64).
"""

from __future__ import annotations

import math
import re

MINUS = "\N{MINUS SIGN}"


def short(value: float | None, digits: int = 6) -> str:
    """`value` with at most `digits` significant digits, for the picture; `-` signs are typographic.

    >>> short(0.1388498561629, 4), short(-1234567.0, 4), short(1e-9, 4), short(float("nan"))
    ('0.1388', '−1.235e6', '1e−9', 'NaN')
    """
    if value is None:
        return "–"
    number = float(value)
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "∞" if number > 0 else MINUS + "∞"
    if number == 0.0:
        return "0"
    exponent = math.floor(math.log10(abs(number)))
    if -5 <= exponent < max(digits, 6):
        text = f"{number:.{max(0, digits - 1 - exponent)}f}"
        if "." in text:
            text = text.rstrip("0").rstrip(".")
    else:
        mantissa, power = f"{number:.{digits - 1}e}".split("e")
        if "." in mantissa:
            mantissa = mantissa.rstrip("0").rstrip(".")
        text = f"{mantissa}e{int(power)}"
    return text.replace("-", MINUS)


def full(value: float | None) -> str:
    """`value` with every digit that is needed to read it back exactly; plain ASCII, fit to be copied.

    >>> full(0.1), full(1e-7), full(-0.0), full(None)
    ('0.1', '1e-07', '0.0', '')
    """
    if value is None:
        return ""
    number = float(value)
    if math.isnan(number):
        return "nan"
    if math.isinf(number):
        return "inf" if number > 0 else "-inf"
    return repr(number + 0.0)


_HYPHEN = re.compile(r"(?<![\w.)\]])-(?=[\w.(√])|(?<=\s)-(?=\s)|(?<=\de)-(?=\d)")

_PADDED = re.compile(rf"(?<=\de){MINUS}0(?=\d)")      # as `short` writes exponents


def typeset(text: str) -> str:
    """Numbers and formulas as they are shown, with minus signs; a hyphen inside a name stays one.

    >>> typeset("new w-1 = 0.5 - 0.1·(-2e-07)")
    'new w-1 = 0.5 − 0.1·(−2e−7)'
    """
    return _PADDED.sub(MINUS, _HYPHEN.sub(MINUS, text)) if "-" in text or MINUS in text else text


def count(number: int) -> str:
    """A whole number with thin spaces between groups of three digits, from 10 000 up."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}") if abs(number) >= 10_000 else str(number)
