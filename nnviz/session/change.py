"""Every operation on a session says what it changed, so that only what shows it is drawn again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Flag, auto


class Changed(Flag):
    """What may differ after an operation."""

    NOTHING = 0
    CURSOR = auto()        # how far the pass has come
    STEP = auto()          # which step is shown
    PARAMETERS = auto()    # weights or biases, other than by a step
    GRAPH = auto()         # units, layers, activations, the loss
    DATA = auto()
    SETTINGS = auto()      # learning rate, batch size, names, ...
    TRAVEL = auto()        # time was travelled: undo, redo, seek, reset
    EVERYTHING = CURSOR | STEP | PARAMETERS | GRAPH | DATA | SETTINGS | TRAVEL


@dataclass(frozen=True)
class Change:
    """What an operation changed, and a sentence when the user should hear of it."""

    flags: Changed
    message: str = ""
    diverged: bool = False

    @classmethod
    def nothing(cls) -> Change:
        return NO_CHANGE

    def __bool__(self) -> bool:
        return bool(self.flags)


NO_CHANGE = Change(Changed.NOTHING)
