"""Would closing a session lose something?  Steps of an example are soon done again, what somebody changed is not."""

from __future__ import annotations

from dataclasses import dataclass

from nnviz.session.appearance import Dress
from nnviz.session.timeline import Segment

CHEAP_STEPS = 1000      # training that nobody would mind to repeat


@dataclass(frozen=True, eq=False)
class Standing:
    """Where a session stands, in which `dress` of names and places, and the numbers of the tips of branches it left."""

    segment: Segment
    updates_done: int
    dress: Dress | None
    branches: frozenset[int]

    def is_modified_since(self, saved: Standing | None, was_saved: bool, is_edited: bool) -> bool:
        """Whether something came of it since it was `saved`, or opened unless it `was_saved`.

        A few steps of a network that was never saved or edited are nothing; a branch that was left is something, even
        where its edits are undone.
        """
        if saved is None or self.branches - saved.branches:
            return True
        here, there = ((one.segment, one.updates_done, one.dress) for one in (self, saved))
        if here == there:
            return False
        return was_saved or is_edited or self.updates_done - saved.updates_done > CHEAP_STEPS
