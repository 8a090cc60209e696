"""The step: what the optimiser sees of a gradient, what it remembers, how far it goes, and the parameter after it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np

from nnviz.engine.calls import Array, run
from nnviz.engine.penalties import OPTIONS as PENALTIES
from nnviz.engine.penalties import clipping_calls, gradient_text, penalty_calls
from nnviz.engine.record import Record
from nnviz.engine.schedules import CONSTANT
from nnviz.report import templates
from nnviz.report.divergence import array_index
from nnviz.report.elements import Parameter, Weight
from nnviz.report.formulas_schedule import learning_rate
from nnviz.report.formulas_shown import Shown, place_of
from nnviz.report.mathematics import Formula, Function, Known, Mathematics, Negative, Product, Quotient, Sum, worked_out
from nnviz.report.notation import Accent, Brackets, Notation, Row, Script, Sign
from nnviz.report.pass_order import Operation
from nnviz.report.quantities import Quantity
from nnviz.report.vectors import Numbers
from nnviz.words import tr


def new_value(shown: Shown, operation: Operation) -> Iterator[Formula]:
    """new value = value + update, the update, and everything that goes into it."""
    element, leaves, problem = operation.element, shown.leaves, shown.problem
    assert isinstance(element, Parameter)
    place, old, new = place_of(operation), leaves.parameter(element), leaves.new_value(element)
    if problem.frozen_mask[problem.blocks.positions(*array_index(element))[0]]:
        note = tr("it is frozen: training leaves it as it is")
        yield Formula(tr("new value"), new, old, note=note, place=place)
        return
    step = Step(shown, element, place)
    yield Formula(tr("new value"), new, step.tree(old), note=step.note, place=place)
    yield Formula(tr("update"), leaves.update(element), step.tree(None), note=step.note, place=place)
    if isinstance(element, Weight) and step.is_plain and len(shown.record.rows) == 1:
        yield Formula(tr("update in delta form"), leaves.update(element), step.delta_form(element), place=place)
    yield from step.seen
    yield from step.remembered
    if problem.schedule.name != CONSTANT:
        yield learning_rate(leaves, place)


@dataclass(frozen=True)
class Rule:
    """How an optimiser comes to a number that its update is made of: `letter` = `template`.

    `memory` is what the optimiser calls it where it remembers it; then `{before}` is the number before the step.
    """

    title: str
    letter: str
    template: str | Callable[[Step], str]
    memory: str = ""


def _grown(step: Step) -> str:
    """Rprop's step size: larger where the gradient kept its sign, smaller where it changed."""
    agreement = step.before("previous_gradient") * step.gradient_number
    changed = "{before}·growth" if agreement > 0.0 else "{before}·shrinkage" if agreement < 0.0 else "{before}"
    return f"min(max({changed}, smallest), largest)"


_MOMENTUM = (Rule("velocity", "v", "ρ·{before} + {gradient}", "velocity"),)
_ADAM = (
    Rule("first moment", "m", "β₁·{before} + (1 - β₁)·{gradient}", "first_moment"),
    Rule("second moment", "v", "β₂·{before} + (1 - β₂)·{gradient}²", "second_moment"),
    Rule("first moment, corrected for its start at 0", "m̂", "m/(1 - β₁^t)"),
    Rule("second moment, corrected for its start at 0", "v̂", "v/(1 - β₂^t)"),
)
RULES: Mapping[str, tuple[Rule, ...]] = {
    "sgd": (),
    "momentum": _MOMENTUM,
    "nesterov": _MOMENTUM,
    "adagrad": (Rule("sum of squares", "s", "{before} + {gradient}²", "sum_of_squares"),),
    "rmsprop": (Rule("mean of squares", "s", "β·{before} + (1 - β)·{gradient}²", "mean_of_squares"),),
    "adam": _ADAM,
    "adamw": _ADAM,
    "rprop": (Rule("step size", "Δ", _grown, "step_size"),),
    "kfac": (),
}
# What an option is called in the formulas of the table, where not by its own name.
LETTERS: Mapping[str, str] = {
    "momentum": "ρ", "epsilon": "ε", "decay": "β", "beta1": "β₁", "beta2": "β₂", "weight_decay": "λ",
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Step:
    """The update of one parameter that is not frozen."""

    shown: Shown
    element: Parameter
    place: int

    @property
    def record(self) -> Record:
        return self.shown.record

    def tree(self, start: Known | None) -> Mathematics:
        """The update, or `start` and the update."""
        problem = self.shown.problem
        if problem.optimiser.name == "kfac":
            found: Mathematics = Product((self.shown.leaves.learning_rate(), self._bent))
            text = "{start} - {step}" if start else "-{step}"
            return templates.read(text, {"step": found, **({"start": start} if start else {})})
        text = problem.optimiser_row.text_of(isinstance(self.element, Weight))
        if start is not None:
            text = "{start} - " + text[1:] if text.startswith("-") else "{start} + " + text
        return templates.read(text, {**self._values, **({"start": start} if start else {})})

    @property
    def is_plain(self) -> bool:
        """Whether the step is η times the gradient of the loss and nothing else."""
        options = self.shown.problem.optimiser_options
        plain = self.shown.problem.optimiser.name == "sgd" and not any(options[name] for name in PENALTIES)
        return plain and self.shown.problem.network.kind == "network"

    def delta_form(self, weight: Weight) -> Mathematics:
        """-η·δ·out, or η·δ·out where δ is the way down."""
        leaves = self.shown.leaves
        net = self.shown.problem.network.net_of(weight.layer, weight.unit, weight.piece)
        factors = (leaves.learning_rate(), leaves.delta(weight.layer, net, 0),
                   leaves.out(weight.layer - 1, weight.source, 0))
        return Product(factors) if leaves.is_turned else Negative(Product(factors))

    @property
    def _bent(self) -> Known:
        """K-FAC's direction, which takes the whole layer to compute: the update over -η."""
        rate = self.shown.leaves.learning_rate().value
        gradient = self.shown.leaves.gradient(self.element)
        inverse = [Script(Sign(letter), raised=Sign("\N{MINUS SIGN}1", "number")) for letter in "GA"]
        sign = Row((Sign("ν"), Brackets(Row((inverse[0], gradient.sign, inverse[1])))))
        update = self.shown.leaves.updates.of(self.element)
        plain, value = f"ν·(G⁻¹·{gradient.plain}·A⁻¹)", -update / rate if rate else 0.0
        return Known(sign, plain, value, Quantity("update", self.element, name="direction"))

    @property
    def note(self) -> str:
        """What the formula does not show by itself."""
        name = self.shown.problem.optimiser.name
        if name == "kfac":
            return tr("A and G are the second moments of the layer's inputs and of its δ over the batch, damped; "
                      "ν shortens the step")
        if name == "rprop" and self._has_turned:
            return tr("the gradient has changed its sign: this step is left out")
        return ""

    @property
    def _has_turned(self) -> bool:
        return self.before("previous_gradient") * Numbers(self.record, self._stages.clipped).of(self.element) < 0.0

    # --- the gradient that the optimiser sees -------------------------------------------------------------------

    @cached_property
    def _stages(self) -> Stages:
        return stages_of(self.record)

    @property
    def gradient_number(self) -> float:
        """The gradient with penalties and clipping."""
        return Numbers(self.record, self._stages.clipped).of(self.element)

    @cached_property
    def _penalised(self) -> Mathematics:
        """∂E/∂w + λ₂·w + λ₁·sign(w), as far as there are penalties."""
        leaves, options = self.shown.leaves, self.shown.problem.optimiser_options
        gradient = leaves.gradient(self.element)
        if not isinstance(self.element, Weight):
            return gradient
        weight, terms = leaves.parameter(self.element), list[Mathematics]()
        if options["l2"]:
            terms.append(Product((_penalty("l2", "2", options["l2"]), weight)))
        if options["l1"]:
            terms.append(Product((_penalty("l1", "1", options["l1"]), Function("sign", (weight,)))))
        return Sum((gradient, *terms)) if terms else gradient

    @cached_property
    def seen(self) -> list[Formula]:
        """How the gradient comes to be what the optimiser sees: penalties, then clipping."""
        options = self.shown.problem.optimiser_options
        found, tree = [], self._penalised
        clipped = options["clip_value"] or options["clip_norm"]
        unclear = bool(np.isnan(self._stages.penalised).any())
        note = tr("a gradient is not a number: what clipping leaves of it depends on the program") if unclear else ""
        if clipped and isinstance(tree, Sum):
            left = self._seen(self._stages.penalised, "g", "g", "penalised")
            found.append(Formula(tr("gradient with penalties"), left, tree, place=self.place))
            tree = left
        if options["clip_value"]:
            left = self._seen(self._stages.cut, "g", "g cut", "cut") if options["clip_norm"] else self._clipped
            most = self.shown.leaves.setting("clip_value", "c", options["clip_value"])
            right = templates.read("max(-c, min(c, g))", {"c": most, "g": tree})
            found.append(Formula(tr("gradient, cut to the largest number"), left, right, note=note,
                                 place=self.place))
            tree = left
        if options["clip_norm"]:
            norm = Known(Brackets(Sign("g", "bold"), "||"), "‖g‖", self._stages.norm, Quantity("setting", name="norm"))
            longest = self.shown.leaves.setting("clip_norm", "c", options["clip_norm"])
            right = Product((tree, Quotient(longest, Function("max", (norm, longest)))))
            found.append(Formula(tr("gradient, shortened to the longest norm"), self._clipped, right, note=note,
                                 place=self.place))
        return found

    @property
    def _clipped(self) -> Known:
        name, options = self.shown.leaves.labels.name(self.element), self.shown.problem.optimiser_options
        text = gradient_text(options, isinstance(self.element, Weight)).format(name=name)
        text = text.replace("∂E/", f"∂{self.shown.leaves.loss_text}/")
        return self._seen(self._stages.clipped, "ĝ", text, "clipped")

    def _seen(self, vector: Array, letter: str, plain: str, stage: str) -> Known:
        sign = Accent(Sign("g"), "hat") if letter == "ĝ" else Sign(letter)
        value = Numbers(self.record, vector).of(self.element)
        return Known(sign, plain, value, Quantity("gradient", self.element, name=stage))

    @cached_property
    def gradient(self) -> Mathematics:
        """What stands for the gradient in the optimiser's formula."""
        options = self.shown.problem.optimiser_options
        if self.shown.problem.optimiser.name == "rprop" and self._has_turned:
            leaf = self.shown.leaves.gradient(self.element)
            return Known(leaf.sign, leaf.plain, 0.0, Quantity("gradient", self.element, name="left out"))
        return self._clipped if options["clip_value"] or options["clip_norm"] else self._penalised

    # --- what is remembered -------------------------------------------------------------------------------------

    def before(self, memory: str) -> float:
        """What the optimiser remembered before the step."""
        if memory == "step_size" and not self.record.updates:
            return self.record.learning_rate         # Rprop's first step size
        return Numbers(self.record, self.record.memory_before(memory)).of(self.element)

    @cached_property
    def _settings(self) -> dict[str, Mathematics]:
        """What letters and fields stand for before the optimiser has computed anything."""
        problem, leaves = self.shown.problem, self.shown.leaves
        options = {
            LETTERS.get(name, name): leaves.setting(name, LETTERS.get(name, name), value)
            for name, value in problem.optimiser_options.items()
        }
        count = Known(Sign("t"), "t", float(self.record.updates + 1), Quantity("setting", name="updates"))
        return {**options, "η": leaves.learning_rate(), "name": leaves.parameter(self.element),
                "gradient": self.gradient, "t": count}

    @cached_property
    def remembered(self) -> list[Formula]:
        """The optimiser's own numbers, in the order in which they are computed."""
        found, known = list[Formula](), dict(self._settings)
        for rule in RULES[self.shown.problem.optimiser.name]:
            template = rule.template if isinstance(rule.template, str) else rule.template(self)
            quantity = Quantity("new memory", self.element, name=rule.memory or rule.letter)
            if rule.memory:
                earlier = Script(letter_of(rule.letter), Row((Sign("t"), Sign("\N{MINUS SIGN}1", "number"))))
                known["before"] = Known(earlier, f"old {rule.letter}", self.before(rule.memory),
                                        Quantity("memory", self.element, name=rule.memory))
            right = templates.read(template, known)
            value = Numbers(self.record, self.record.memory(rule.memory)).of(self.element) if rule.memory else (
                worked_out(right))
            left = Known(Script(letter_of(rule.letter), Sign("t")), rule.letter, value, quantity)
            known[rule.letter] = left
            found.append(Formula(tr(rule.title), left, right, place=self.place))
        return found

    @cached_property
    def _values(self) -> dict[str, Mathematics]:
        """What letters and fields of the update stand for."""
        return {**self._settings, **{formula.left.plain: formula.left for formula in self.remembered}}


def letter_of(text: str) -> Notation:
    """A letter, under its hat where it has one."""
    return Accent(Sign(text[0]), "hat") if len(text) > 1 else Sign(text)


def _penalty(name: str, lowered: str, value: float) -> Known:
    """λ₂ or λ₁; as text it is its number, as the trace has it."""
    return Known(Script(Sign("λ"), Sign(lowered, "number")), f"{value:g}", value, Quantity("setting", name=name))


@dataclass(frozen=True, eq=False)
class Stages:
    """The gradient of the batch on its way to the optimiser: with penalties, cut number by number, shortened; flat.

    `norm` is that before it is shortened.
    """

    penalised: Array
    cut: Array
    clipped: Array
    norm: float


def stages_of(record: Record) -> Stages:
    """What penalties and clipping make of the gradient of `record`; frozen parameters have none.

    They are worked out once, for all parameters.
    """
    found = _STAGES.get(record)
    if found is None:
        found = _STAGES[record] = _stages_of(record)
    return found


_STAGES: WeakKeyDictionary[Record, Stages] = WeakKeyDictionary()


def _stages_of(record: Record) -> Stages:
    problem = record.problem
    gradient, work, options = record.gradient.copy(), np.empty_like(record.gradient), problem.optimiser_options
    with np.errstate(all="ignore"):
        run(penalty_calls(gradient, record.parameters, work, problem.weights_mask, options))
        gradient[problem.frozen_mask] = 0.0
        penalised = gradient.copy()
        run(clipping_calls(gradient, work, problem.blocks.repeats, {**options, "clip_norm": 0.0}))
        cut = gradient.copy()
        kept = gradient[~problem.blocks.repeats]
        largest = float(np.abs(kept).max(initial=0.0))
        norm = largest * float(np.sqrt(np.square(kept / largest).sum())) if largest else 0.0
        run(clipping_calls(gradient, work, problem.blocks.repeats, {**options, "clip_value": 0.0}))
    return Stages(penalised, cut, gradient, norm)
