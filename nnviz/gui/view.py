"""What the window shows at this moment, as one value that every panel reads and none can change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nnviz.data.datasets import DataSet
from nnviz.engine.calls import Array
from nnviz.engine.problem import Problem
from nnviz.gui.past import Past
from nnviz.gui.translation import tr
from nnviz.report.conventions import Conventions, in_force
from nnviz.report.elements import Element
from nnviz.report.metrics import Survey
from nnviz.report.moment import MEAN, Moment
from nnviz.report.titles import example_name
from nnviz.session.change import Changed
from nnviz.session.curve import Curve
from nnviz.session.document import Document
from nnviz.session.trial import Trial

EVERYTHING = Changed.EVERYTHING


@dataclass(frozen=True, eq=False)
class View:
    """The open network under the cursor. While it plays, `moment` is the newest snapshot.

    `curves` are the loss curves of the branch, oldest first, one a segment (an edit begins a new one); of each only
    steps up to the start of the next one count.  `updates_done` is how many updates are done where the cursor is.
    `steps_per_second` is 0 while nothing plays.  `tried` is a moment that never was: it shows what another value of
    a weight would do, while that is dragged.  `by_hand` is to how many decimals the pass is also worked through as by
    hand; None where it is not.  It is `hurried` while somebody drags through time faster than all of the window can
    follow.  `past` tells the edits and the other branches, where they can be asked for.  In a `trial` the moment is of
    the pass of an example of one's own, which training knows nothing of.
    """

    document: Document
    problem: Problem
    data: DataSet
    moment: Moment
    updates_done: int
    last_step: int
    curves: Sequence[Curve]
    selection: Element | None
    playing: bool
    steps_per_second: float
    digits: int
    tried: bool = False
    by_hand: int | None = None
    hurried: bool = False
    past: Past | None = None
    trial: Trial | None = None

    @property
    def flows(self) -> bool:
        """Whether it changes faster than one reads: training plays on a worker, or somebody drags through time."""
        return self.hurried or (self.playing and self.steps_per_second > 0)

    @property
    def conventions(self) -> Conventions:
        """The words, letters and signs in force."""
        return in_force()

    @property
    def has_examples(self) -> bool:
        """Whether there are examples to choose from; a graph has none, nor has a surface without noise."""
        surface = self.document.surface
        return self.document.network.has_units or (surface is not None and surface.noise > 0.0)

    @property
    def example_number(self) -> int | None:
        """The shown example's row in the data set; None for the mean of the batch, and for one's own."""
        rows = self.moment.record.rows
        if self.moment.example == MEAN or self.trial is not None:
            return None
        return int(rows[min(self.moment.example, len(rows) - 1)])

    @property
    def example_text(self) -> str:
        example = self.moment.example
        return tr("batch mean") if example == MEAN else example_name(self.moment.record, example)

    @property
    def raw_inputs(self) -> Array:
        """The shown example's inputs as the data set has them, or those of the batch; (examples, inputs of the set)."""
        if self.trial is not None:
            return self.trial.inputs[None]
        rows = self.moment.record.rows
        shown = rows if self.moment.example == MEAN else rows[[min(self.moment.example, len(rows) - 1)]]
        return np.asarray(self.data.raw_inputs[shown])

    @cached_property
    def survey(self) -> Survey:
        """The network as it stands, looked at over the whole data set; computed when first asked for."""
        return Survey(self.problem, self.moment.parameters(), self.data)
