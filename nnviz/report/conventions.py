"""Every lecture has its own letters for the same things: target or ideal, out or actual, η or α or ε.

`Conventions` says which letters and signs are in force; formulas, table headings and tooltips are all written
through it, so that the screen says what the blackboard says.  A formula is built with a `Conventions`; sentences mark
their words and pass through `nnviz.words`, which `put_in_force` tells what to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeVar

from nnviz.report.numbers import MINUS
from nnviz.words import Naming, name_by

if TYPE_CHECKING:      # the window reads this module before NumPy
    from nnviz.engine.calls import Array

Slopes = TypeVar("Slopes", float, "Array")
_IDEAL = {"target": "ideal", "targets": "ideal values", "Target": "Ideal", "Targets": "Ideal values"}
_ACTUAL = {"output": "actual output", "outputs": "actual outputs", "Output": "Actual output",
           "Outputs": "Actual outputs"}


@dataclass(frozen=True)
class Conventions:
    """How the same quantities are called; the defaults are nnviz's own words, which CSV files always use.

    `delta` is the sign of δ: of the loss's slope ∂E/∂net, or turned round, as some books have it so that
    Δw = +η·δ·out.
    """

    target: Literal["target", "ideal"] = "target"
    output: Literal["out", "actual"] = "out"
    learning_rate: Literal["η", "α", "ε"] = "η"
    delta: Literal["slope", "descent"] = "slope"

    @property
    def activation_slope(self) -> str:
        """The letter of a leaky slope: α, or a where α is the learning rate."""
        return "a" if self.learning_rate == "α" else "α"

    @property
    def division_epsilon(self) -> str:
        """What keeps an optimiser's division finite: ε, or eps where ε is the learning rate."""
        return "eps" if self.learning_rate == "ε" else "ε"

    @property
    def naming(self) -> Naming:
        """What marked words, signs and letters of texts are called under these conventions."""
        letters = {"η": self.learning_rate, "α": self.activation_slope, "ε": self.division_epsilon}
        return Naming(
            terms={**(_IDEAL if self.target == "ideal" else {}), **(_ACTUAL if self.output == "actual" else {})},
            signs={**({"out": "actual"} if self.output == "actual" else {}),
                   **({"∂E/∂net": f"{MINUS}∂E/∂net", "δ": f"{MINUS}δ"} if self.delta == "descent" else {})},
            letters={letter: other for letter, other in letters.items() if letter != other},
            variables={**({"t": "ideal"} if self.target == "ideal" else {}),
                       **({"o": "actual"} if self.output == "actual" else {})},
        )

    def letter(self, letter: str) -> str:
        """How a Greek letter of a formula is written: ε as eps where it is the learning rate."""
        return self.naming.letters.get(letter, letter)

    def delta_of(self, slopes: Slopes) -> Slopes:
        """δ, of the slopes ∂E/∂net."""
        return 0.0 - slopes if self.delta == "descent" else slopes

    def sample(self, half: bool) -> tuple[str, str]:
        """How δ of a sigmoid output and a step look in these conventions, under a squared error with ½ or without.

        >>> DEFAULT.sample(half=True)
        ('δ o1 = (out − target)·out·(1 − out)', 'w5 ← w5 − η·δ o1·out h1')
        """
        out, wanted = ("actual" if self.output == "actual" else "out"), self.target
        downhill = self.delta == "descent"
        error = f"{wanted} {MINUS} {out}" if downhill else f"{out} {MINUS} {wanted}"
        return (f"δ o1 = {'' if half else '2·'}({error})·{out}·(1 {MINUS} {out})",
                f"w5 ← w5 {'+' if downhill else MINUS} {self.learning_rate}·δ o1·{out} h1")


DEFAULT = Conventions()
_in_force = DEFAULT


def in_force() -> Conventions:
    """The conventions of what is shown; the defaults wherever no window has chosen others."""
    return _in_force


def put_in_force(conventions: Conventions) -> None:
    """Has every text from now on said in the words of `conventions`."""
    global _in_force
    _in_force = conventions
    name_by(conventions.naming)
