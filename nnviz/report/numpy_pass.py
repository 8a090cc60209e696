"""The step that was taken, as a NumPy script: what somebody would type to compute the same numbers without nnviz.

Every operation of a whole layer is a line or two.  The arrays are called as they are on paper: `W1 @ x + b1` is
`net1`, `dout1` is ∂E/∂out, `delta1` is δ, `dW1` is ∂E/∂W.  A column of x, t, net, out and delta is an example, biases
are columns, and where units have pieces every piece is a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.network import Layer
from nnviz.engine.network_graph import option_values
from nnviz.engine.record import Record
from nnviz.report.numbers import full
from nnviz.report.numpy_tables import (
    ACTIVATIONS,
    BEND,
    LOSSES,
    NORMAL_SHARE,
    OPTIMISERS,
    ROOTS,
    ActivationLines,
    LossLines,
)
from nnviz.report.pass_order import Kind, PassOrder, Phase
from nnviz.words import tr

LONGEST_SCRIPT = 200_000      # numbers that are written into a script; more are told by their shapes
Lines = tuple[str, ...]


@dataclass(frozen=True)
class ParameterArray:
    """An array of parameters as the script calls it; `is_weight` where penalties are for it."""

    name: str
    layer: int
    is_weight: bool = False

    @property
    def gradient(self) -> str:
        return "grad" if self.name == "p" else f"d{self.name}"


@dataclass(frozen=True, eq=False)
class NumpyPass:
    """The lines that compute `record` again, of the whole batch."""

    record: Record

    # --- names and values -------------------------------------------------------------------------------------

    @cached_property
    def arrays(self) -> tuple[ParameterArray, ...]:
        """The parameters: W1, b1, alpha1, W2, ...; of a surface the point p = (x, y)."""
        network = self.record.problem.network
        if not network.has_units:
            return (ParameterArray("p", 1, True),)
        return tuple(ParameterArray(array.name, array.layer, array.kind == "weight") for array in network.arrays)

    def of_layer(self, layer: int) -> tuple[ParameterArray, ...]:
        return tuple(array for array in self.arrays if array.layer == layer)

    def read(self, vector: Array, array: ParameterArray) -> Array:
        """What a flat vector over the parameters has of an array: weights (net inputs, inputs), the rest a column."""
        blocks = self.record.problem.blocks
        if array.is_weight:
            return blocks.weights(vector, array.layer)
        found = blocks.alphas(vector, array.layer) if array.name.startswith("alpha") else (
            blocks.biases(vector, array.layer))
        assert found is not None
        return found.reshape(-1, 1)

    def output(self, layer: int) -> str:
        return f"out{layer}" if layer else "x"

    @cached_property
    def namespace(self) -> dict[str, Any]:
        """What the lines begin with: batch, parameters before the step, what the optimiser remembers, its numbers."""
        record, problem = self.record, self.record.problem
        values: dict[str, Any] = {} if not problem.network.has_units else {
            "x": record.inputs, "t": record.targets}
        for array in self.arrays:
            values[array.name] = self.read(record.parameters, array)
            if self._is_free_in_part(array):
                values[f"free_{array.name}"] = ~self._frozen(array)
        if not problem.network.has_units:
            values["grad"] = self.read(record.gradient, self.arrays[0])
        rule, first = OPTIMISERS[problem.optimiser.name], not record.updates
        for memory, letter in rule.memory.items():
            for array in self.arrays:
                value = self.read(record.memory_before(memory), array)
                if memory == "step_size" and first:
                    value = np.full_like(value, record.learning_rate)      # Rprop's first step size
                values[f"{letter}_{array.name}"] = value
        if problem.network.has_units:
            values["n"] = len(record.rows)
        values["eta"] = record.learning_rate
        values |= {name: problem.optimiser_options[option] for option, name in rule.numbers.items()}
        if problem.optimiser.name in ("adam", "adamw"):
            values["k"] = record.updates + 1
        return values

    # --- lines ------------------------------------------------------------------------------------------------

    def lines(self, phase: Phase, kind: Kind, layer: int) -> Lines:
        """The lines that do all operations of one kind in one layer."""
        if not self.record.problem.network.has_units:
            return self._updates(layer) if phase == "update" else ()
        return {
            ("forward", "net"): self._net, ("forward", "out"): self._out,
            ("loss", "term"): self._terms, ("loss", "total"): self._total,
            ("backward", "out"): self._out_gradient, ("backward", "net"): self._delta,
            ("backward", "parameter"): self._gradients, ("update", "parameter"): self._updates,
        }[phase, kind](layer)

    def _layer(self, layer: int) -> Layer:
        return self.record.problem.network.layers[layer - 1]

    def _last(self) -> int:
        return len(self.record.problem.network.layers)

    def _has_bias(self, layer: int) -> bool:
        return self._layer(layer).bias != "none"

    def _filled(self, text: str, layer: int) -> str:
        """A template of `numpy_tables` with the names and numbers of a layer."""
        network, choice = self.record.problem.network, self._layer(layer).activation
        values = {name: _number(value) for name, value in option_values(choice).items()}
        options = {name: _number(value) for name, value in self.record.problem.loss_row.values.items()}
        return text.format(**(options | values | {
            "net": f"net{layer}", "out": f"out{layer}", "dout": f"dout{layer}", "k": layer,
            "units": network.sizes[layer], "nets": network.net_sizes[layer],
        }))

    def _activation(self, layer: int) -> ActivationLines:
        return ACTIVATIONS[self._layer(layer).activation.name]

    def _loss(self) -> LossLines:
        return LOSSES[self.record.problem.network.loss.name]

    @property
    def is_fused(self) -> bool:
        """Whether the loss and the last activation are taken as one."""
        return self.record.problem.loss_row.is_fused(self._layer(self._last()).activation.name)

    @property
    def _shared_out(self) -> str:
        """What a mean over the outputs divides by."""
        outputs = self.record.problem.network.sizes[-1]
        averaged = self.record.problem.loss_row.combine == "mean" and outputs > 1
        return f" / {outputs}" if averaged else ""

    def _net(self, layer: int) -> Lines:
        bias = f" + b{layer}" if self._has_bias(layer) else ""
        return (f"net{layer} = W{layer} @ {self.output(layer - 1)}{bias}",)

    def _out(self, layer: int) -> Lines:
        return tuple(self._filled(line, layer) for line in self._activation(layer).value)

    def _terms(self, layer: int) -> Lines:
        loss = self._loss()
        return tuple(self._filled(line, layer) for line in (loss.fused_terms if self.is_fused else loss.terms))

    def _total(self, layer: int) -> Lines:
        combined = "mean" if self._shared_out else "sum"
        return (f"E = terms.{combined}(axis=0)", "loss = E.mean()")

    def _out_gradient(self, layer: int) -> Lines:
        if layer < self._last():
            return (f"dout{layer} = W{layer + 1}.T @ delta{layer + 1}",)
        slope, share = self._filled(self._loss().slope, layer), self._shared_out
        return (f"dout{layer} = ({slope}){share}" if share else f"dout{layer} = {slope}",)

    def _delta(self, layer: int) -> Lines:
        """δ = (Wᵀδ') ⊙ f'(net), in one line."""
        last, lines = layer == self._last(), self._activation(layer)
        if last and self.is_fused:
            fused = self._filled(self._loss().fused, layer)
            if self._layer(layer).activation.name == "softmax" and not self._targets_sum_to_one:
                fused = f"out{layer} * t.sum(axis=0) - t"
            return (f"delta{layer} = ({fused}){self._shared_out}" if self._shared_out else f"delta{layer} = {fused}",)
        if lines.delta:
            return (f"delta{layer} = {self._filled(lines.delta, layer)}",)
        upstream = f"dout{layer}" if last else f"(W{layer + 1}.T @ delta{layer + 1})"
        if self._layer(layer).has_pieces:
            upstream = f"np.repeat({upstream.strip('()')}, {self._layer(layer).pieces}, axis=0)"
        before = tuple(self._filled(line, layer) for line in lines.before)
        return (*before, f"delta{layer} = {self._times_slope(upstream, layer)}")

    def _times_slope(self, upstream: str, layer: int) -> str:
        slope = self._filled(self._activation(layer).slope, layer)
        if slope == "1":
            return upstream.removeprefix("(").removesuffix(")") if upstream.startswith("(W") else upstream
        return f"{upstream} * {slope}" if _is_single(slope) else f"{upstream} * ({slope})"

    @property
    def _targets_sum_to_one(self) -> bool:
        return bool((self.record.targets.sum(axis=0) == 1.0).all())

    @property
    def _over(self) -> str:
        """What a mean over the batch divides by."""
        return " / n" if len(self.record.rows) > 1 else ""

    def _gradients(self, layer: int) -> Lines:
        return tuple(self.gradient_line(array) for array in self.of_layer(layer))

    def gradient_line(self, array: ParameterArray) -> str:
        """The line that computes the gradient of an array."""
        layer, left = array.layer, array.gradient
        if array.is_weight:
            return f"{left} = delta{layer} @ {self.output(layer - 1)}.T{self._over}"
        if array.name.startswith("alpha"):
            own = self._layer(layer).activation.option("per_unit", 0.0)
            summed = "axis=1, keepdims=True" if own else "keepdims=True"
            terms = f"dout{layer} * np.minimum(0, net{layer})"
            return f"{left} = ({terms}).sum({summed}){self._over}"
        summed = "keepdims=True" if self._layer(layer).bias == "shared" else "axis=1, keepdims=True"
        return f"{left} = delta{layer}.sum({summed}){self._over}"

    # --- update -----------------------------------------------------------------------------------------------

    def is_frozen(self, array: ParameterArray) -> bool:
        """Whether all of an array is frozen."""
        return bool(self._frozen(array).all())

    def _is_free_in_part(self, array: ParameterArray) -> bool:
        frozen = self._frozen(array)
        return bool(frozen.any()) and not frozen.all()

    def _frozen(self, array: ParameterArray) -> NDArray[np.bool_]:
        """Which entries of an array are frozen."""
        return self.read(self.record.problem.frozen_mask.astype(np.float64), array).astype(bool)

    def _free(self, array: ParameterArray) -> str:
        return f"free_{array.name} * " if self._is_free_in_part(array) else ""

    def _updates(self, layer: int) -> Lines:
        return tuple(line for array in self.of_layer(layer) for line in self.update_lines(array))

    def update_lines(self, array: ParameterArray) -> list[str]:
        """The lines that change an array."""
        if self.is_frozen(array):
            return [f"# {array.name} is frozen"]
        rule = OPTIMISERS[self.record.problem.optimiser.name]
        seen = self._seen(array)
        together = self.record.problem.optimiser_options["clip_norm"] or self.record.problem.optimiser.name == "kfac"
        lines = [] if together or seen == array.gradient else [f"g_{array.name} = {seen}"]
        g = array.gradient if seen == array.gradient and not together else f"g_{array.name}"
        direction = (rule.of_weights if array.is_weight else rule.direction).format(w=array.name)
        names = {"w": array.name, "g": g, "free": self._free(array), "direction": direction}
        return [*lines, *(line.format(**names) for line in rule.lines)]

    def _seen(self, array: ParameterArray) -> str:
        """The gradient with penalties, without what is frozen, cut to its largest number."""
        options = self.record.problem.optimiser_options
        text, terms = array.gradient, 1
        if self.is_frozen(array):
            return f"np.zeros_like({array.gradient})"
        if array.is_weight and options["l2"]:
            text, terms = f"{text} + {_number(options['l2'])} * {array.name}", terms + 1
        if array.is_weight and options["l1"]:
            text, terms = f"{text} + {_number(options['l1'])} * np.sign({array.name})", terms + 1
        if self._free(array):
            text = self._free(array) + (f"({text})" if terms > 1 else text)
        if options["clip_value"]:
            most = _number(options["clip_value"])
            text = f"np.clip({text}, -{most}, {most})"
        return text

    @cached_property
    def before_updates(self) -> Lines:
        """What has to be known of all layers before the first is changed: a norm, or K-FAC's directions."""
        options, is_kfac = self.record.problem.optimiser_options, self.record.problem.optimiser.name == "kfac"
        if not options["clip_norm"] and not is_kfac:
            return ()
        names = [f"g_{array.name}" for array in self.arrays]
        found = [f"{name} = {self._seen(array)}" for name, array in zip(names, self.arrays, strict=True)]
        if options["clip_norm"]:
            most = _number(options["clip_norm"])
            found.append(f"norm = np.sqrt(sum((g**2).sum() for g in ({', '.join(names)},)))")
            found += [f"{name} = {name} * ({most} / max(norm, {most}))" for name in names]
        return (*found, *self._bent()) if is_kfac else tuple(found)

    def _bent(self) -> list[str]:
        """K-FAC's directions nu_p_W1, nu_p_b1, ...: what the model expects of δ, then two systems a layer."""
        layers = range(1, self._last() + 1)
        found = [*self._expected(), *BEND, "agreement = 0.0"]
        for layer in layers:
            kind, a = self._layer(layer).bias, self.output(layer - 1)
            if kind == "per_unit":
                found += [
                    f"g = np.hstack([g_W{layer}, g_b{layer}])",
                    f"p{layer} = bent(g, np.vstack([{a}, np.ones((1, n))]), G{layer})",
                    f"agreement += (g * p{layer}).sum()",
                    f"nu_p_W{layer}, nu_p_b{layer} = p{layer}[:, :-1], p{layer}[:, -1:]",
                ]
                continue
            found += [f"nu_p_W{layer} = bent(g_W{layer}, {a}, G{layer})",
                      f"agreement += (g_W{layer} * nu_p_W{layer}).sum()"]
            if kind == "shared":
                found += [f"nu_p_b{layer} = g_b{layer} / (G{layer}.sum() + damping)",
                          f"agreement += (g_b{layer} * nu_p_b{layer}).sum()"]
        bent = [array.name for array in self.arrays if not array.name.startswith("alpha")]
        found += ["length = eta * max(0.0, 0.5 * agreement)**0.5",
                  "nu = kl_clip**0.5 / length if 0 < kl_clip**0.5 < length else 1.0",
                  *(f"nu_p_{name} = nu * nu_p_{name}" for name in bent)]
        return [*found, *(f"nu_p_{array.name} = g_{array.name}" for array in self.arrays if array.name not in bent)]

    def _expected(self) -> list[str]:
        """G, the mean of δδᵀ over the batch: one pass back for each output, or of the data's own δ."""
        problem, last = self.record.problem, self._last()
        layers = range(1, last + 1)
        loss, final = problem.network.loss.name, problem.activation_row(last)
        root = ROOTS.get((loss, final.name)) or (ROOTS.get((loss, "")) if final.elementwise else None)
        if root is None or not all(problem.activation_row(layer).elementwise for layer in layers[:-1]):
            return [f"G{layer} = delta{layer} @ delta{layer}.T / n" for layer in layers]
        found = [f"G{layer} = np.zeros(({problem.network.net_sizes[layer]},) * 2)" for layer in layers]
        found.append(f"for c in range({problem.network.sizes[last]}):      # what the model expects, output by output")
        column = self._filled(root, last)
        if (loss, final.name) not in ROOTS:
            column = self._into_nets(f"({column})", last)
        found += [f"    d{last} = {column}", f"    G{last} += d{last} @ d{last}.T / n"]
        for layer in reversed(layers[:-1]):
            column = self._into_nets(f"(W{layer + 1}.T @ d{layer + 1})", layer)
            found += [f"    d{layer} = {column}", f"    G{layer} += d{layer} @ d{layer}.T / n"]
        return found

    def _into_nets(self, upstream: str, layer: int) -> str:
        pieces = self._layer(layer).pieces
        if pieces > 1:
            upstream = f"np.repeat({upstream} * np.ones(n), {pieces}, axis=0)"
        slope = self._filled(self._activation(layer).slope, layer)
        return f"{upstream} * ({slope}) * np.ones(n)"

    # --- the whole --------------------------------------------------------------------------------------------

    @cached_property
    def _imports(self) -> Lines:
        names = {layer.activation.name for layer in self.record.problem.network.layers}
        return ("import numpy as np", *(NORMAL_SHARE if "gelu" in names else ()))

    def parts(self) -> Iterator[tuple[str, Lines]]:
        """All lines, part by part, each with what it does."""
        titles = {"forward": tr("forward, layer {layer}"), "loss": tr("the loss"),
                  "backward": tr("backward, layer {layer}"), "update": tr("update, layer {layer}")}
        begun = False
        sections = PassOrder.of(self.record.problem).sections
        for (phase, layer), same in groupby(sections, lambda section: (section.phase, section.layer)):
            if phase == "update" and not begun and self.before_updates:
                yield tr("before the updates"), self.before_updates
            begun = begun or phase == "update"
            lines = [line for section in same for line in self.lines(phase, section.kind, layer)]
            yield titles[phase].format(layer=layer), tuple(lines)

    def beginning(self) -> Iterator[str]:
        """The lines that give the names their values, every digit of them."""
        numbers = sum(np.size(value) for value in self.namespace.values())
        for name, value in self.namespace.items():
            if not isinstance(value, np.ndarray):
                yield f"{name} = {value!r}"
            elif numbers > LONGEST_SCRIPT:
                yield f"# {name} = " + tr("an array of shape {shape}, too long to be written here").format(
                    shape=value.shape)
            else:
                yield f"{name} = np.array({_listed(value)})"

    def script(self) -> str:
        """The whole step: what it begins with, and every line, ready to run."""
        step = tr("One training step, number {step}: a column of an array is an example.").format(step=self.record.step)
        parts = [f"# {step}", "\n".join(self._imports), "\n".join(self.beginning())]
        parts += [f"# {title}\n" + "\n".join(lines) for title, lines in self.parts() if lines]
        return "\n\n".join(parts) + "\n"


def _number(value: float) -> str:
    """An option as it is written in a line: `0.5`, `2`."""
    return full(value).removesuffix(".0")


def _is_single(text: str) -> bool:
    """Whether an expression holds together without brackets."""
    depth = 0
    for letter in text:
        depth += (letter in "([") - (letter in ")]")
        if depth == 0 and letter == " ":
            return False
    return True


def _listed(value: Array) -> str:
    """An array as a list of lists that reads back to the same numbers."""
    if value.dtype == bool:
        return repr(value.tolist())
    rows: Sequence[Sequence[float]] = value.tolist()
    return "[" + ", ".join("[" + ", ".join(_literal(number) for number in row) + "]" for row in rows) + "]"


def _literal(number: float) -> str:
    text = repr(number)
    return f"np.{text.lstrip('-')}" if text in ("nan", "inf") else "-np.inf" if text == "-inf" else text
