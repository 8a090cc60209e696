"""What the window tells of the past: the edits of the branch that is shown, and the branches beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nnviz.session.branches import Mark, fork, marks, said_of
from nnviz.session.curve import Curve
from nnviz.session.session import Session
from nnviz.session.timeline import Segment


@dataclass(frozen=True, eq=False)
class BranchTold:
    """A branch beside the one that is shown: `fork` is the last step that both share, `end` its newest one.

    `curves` are its losses, oldest first, as in `View.curves`.
    """

    tip: Segment
    text: str
    fork: int
    end: int
    curves: Sequence[Curve]


@dataclass(frozen=True, eq=False)
class Past:
    """The edits of the branch of `tip`, oldest first, and the other branches in the order in which they began."""

    tip: Segment
    version: int
    marks: tuple[Mark, ...]
    branches: tuple[BranchTold, ...]

    @classmethod
    def of(cls, session: Session) -> Past:
        tip = session.place.tip
        others = [other for other in session.branches.all(tip) if other is not tip]
        return cls(tip, session.branches.version, marks(tip), tuple(
            BranchTold(other, said_of(other), fork(other, tip), other.end,
                       [segment.curve for segment in other.chain()][::-1])
            for other in others
        ))

    def is_of(self, session: Session) -> bool:
        """Whether nothing of it has changed."""
        return self.tip is session.place.tip and self.version == session.branches.version

    def said_of_tip(self) -> str:
        """The branch that is shown, in one line."""
        return said_of(self.tip)

    def order(self) -> list[Segment]:
        """The tips of all branches, the shown one among them, in the order in which they began."""
        return sorted([self.tip, *(branch.tip for branch in self.branches)], key=lambda tip: tip.number)
