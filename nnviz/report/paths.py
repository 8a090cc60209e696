"""The gradient of a weight is a sum over paths: every way from the weight to the loss is a product of factors.

∂E/∂w = Σ over paths of out · f'(z) · w · f'(z) · w · … · ∂E/∂out.  The chain rule along one way is the product, and
where ways part and meet again they add up: that is all of backpropagation.  A small network has few enough ways to
list each; of a large one the largest are found by going back from the loss and keeping at each unit only the best.

At the mean of a batch a path's contribution is the mean over the examples of its products; the factors that are shown
are then means too, and the product of means is not the mean of products.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.calls import Array
from nnviz.engine.record import Record
from nnviz.report.divergence import array_index
from nnviz.report.elements import Alpha, Bias, Element, Parameter, Unit, Weight
from nnviz.report.example_gradients import ExampleGradients
from nnviz.report.labels import Labels
from nnviz.report.moment import MEAN
from nnviz.words import sign, tr

Whole = NDArray[np.intp]
Kind = Literal["source", "learned", "slope", "jacobian", "weight", "loss", "fused"]
MOST = 100            # paths that are kept to be looked at
WORK = 1 << 20        # products of paths and examples that are computed one by one


@dataclass(frozen=True)
class Column:
    """One factor of every path: of which kind, in which layer."""

    kind: Kind
    layer: int


class _Edge(Protocol):
    """One stretch of every path, between the nodes of one column and those of the next; a node is a net input or an
    output of a layer.  `size` is how many nodes there are behind, `parts` whether a way parts here.  Arrays of factors
    end with the examples, or with 1 where all have the same."""

    @property
    def column(self) -> Column: ...
    @property
    def size(self) -> int: ...
    @property
    def parts(self) -> bool: ...

    def ahead(self, at: Whole) -> Array:
        """The factors from nodes to every node behind, (nodes, size, examples)."""
        ...

    def along(self, at: Whole, to: Whole) -> Array:
        """The factors between pairs of nodes, (pairs, examples)."""
        ...

    def to(self, at: Whole) -> Whole:
        """Where the way leads where it does not part."""
        ...


@dataclass(frozen=True, eq=False)
class _Slopes:
    """From net inputs to outputs, unit by unit: f'(z), of the pieces of a unit 1 for the one that won."""

    column: Column
    values: Array       # (net inputs, examples)
    pieces: int
    size: int
    parts: bool = False

    def to(self, at: Whole) -> Whole:
        return at // self.pieces

    def along(self, at: Whole, to: Whole) -> Array:
        return self.values[at]

    def ahead(self, at: Whole) -> Array:
        found = np.zeros((len(at), self.size, self.values.shape[1]))
        found[np.arange(len(at)), self.to(at)] = self.values[at]
        return found


@dataclass(frozen=True, eq=False)
class _Jacobian:
    """From every net input of a softmax layer to every output: ∂out k/∂net j = p_k(1 − p_k) for j = k, else −p_k p_j.
    """

    column: Column
    outputs: Array      # (units, examples)
    parts: bool = True

    @property
    def size(self) -> int:
        return len(self.outputs)

    def to(self, at: Whole) -> Whole:
        raise LookupError("the way parts here")

    def along(self, at: Whole, to: Whole) -> Array:
        return np.asarray(self.outputs[to] * ((at == to)[:, None] - self.outputs[at]))

    def ahead(self, at: Whole) -> Array:
        own = at[:, None] == np.arange(self.size)
        return np.asarray(self.outputs * (own[:, :, None] - self.outputs[at][:, None, :]))


@dataclass(frozen=True, eq=False)
class _Weights:
    """From outputs to the net inputs of the next layer, the same for all examples."""

    column: Column
    values: Array       # (net inputs, outputs)
    parts: bool = True

    @property
    def size(self) -> int:
        return len(self.values)

    def to(self, at: Whole) -> Whole:
        raise LookupError("the way parts here")

    def along(self, at: Whole, to: Whole) -> Array:
        return np.asarray(self.values[to, at][:, None])

    def ahead(self, at: Whole) -> Array:
        return np.asarray(self.values.T[at][:, :, None])


@dataclass(frozen=True, eq=False)
class _End:
    """From an output to the loss, ∂E/∂out; or from a net input at once, where the loss is fused with its activation."""

    column: Column
    values: Array       # (nodes, examples)


@dataclass(frozen=True, eq=False)
class Paths:
    """The largest paths of a parameter to the loss, by |contribution|.

    `nodes` (paths, stretches + 1) are the nodes each goes through, `factors` (paths, columns) what it multiplies,
    `products` (paths,) what it contributes to `gradient`.  `count` is how many paths there are in all, `absolute` the
    sum of their |contributions|, None where it is not known.  `certain` says that no other path is larger.
    """

    element: Parameter
    columns: tuple[Column, ...]
    nodes: Whole
    factors: Array
    products: Array
    count: int
    gradient: float
    absolute: float | None
    certain: bool
    mean: bool           # over several examples
    _labels: Labels

    def __len__(self) -> int:
        return len(self.products)

    @property
    def is_complete(self) -> bool:
        """Whether every path is listed."""
        return len(self) == self.count

    @property
    def explained(self) -> float:
        """What the listed paths contribute together."""
        return float(math.fsum(self.products.tolist())) if np.isfinite(self.products).all() else math.nan

    @property
    def share(self) -> float | None:
        """What the listed paths explain of the gradient; None where that is 0."""
        return self.explained / self.gradient if self.gradient else None

    @property
    def absolute_share(self) -> float | None:
        """What the listed paths have of the sum of all |contributions|."""
        return float(np.abs(self.products).sum()) / self.absolute if self.absolute else None

    @cached_property
    def smallest(self) -> Whole:
        """The column of each path's factor that is smallest in absolute value."""
        sizes = np.abs(self.factors)
        return np.asarray(np.where(np.isnan(sizes), np.inf, sizes).argmin(axis=1))

    def _steps(self, row: int) -> list[tuple[Column, int, int]]:
        """The columns of a path with the nodes before and behind each; before the first there is none: -1."""
        nodes = [*self.nodes[row].tolist(), -1]
        first = self.columns[0].kind in ("source", "learned")
        return [(column, nodes[place - first] if place >= first else -1, nodes[place + 1 - first])
                for place, column in enumerate(self.columns)]

    def units(self, row: int) -> tuple[Unit, ...]:
        """The units that a path goes through, a weight's source first; where softmax leads across, both units."""
        network, found = self._labels.network, list[Unit]()
        if isinstance(self.element, Weight):
            found.append(Unit(self.element.layer - 1, self.element.source))
        for column, before, behind in self._steps(row):
            if column.kind in ("slope", "fused"):
                found.append(Unit(column.layer, network.target_of(column.layer, before)[0]))
            elif column.kind == "jacobian":
                found.append(Unit(column.layer, before))
                found += [Unit(column.layer, behind)] * (behind != before)
            elif column.kind == "learned":
                found.append(Unit(column.layer, behind))
        return tuple(found)

    def weights(self, row: int) -> tuple[Weight, ...]:
        """The weights that a path goes along, the selected one first where it is a weight."""
        own = (self.element,) if isinstance(self.element, Weight) else ()
        return own + tuple(element for element in self.elements(row) if isinstance(element, Weight))

    def elements(self, row: int) -> tuple[Element, ...]:
        """What each factor of a path belongs to."""
        return tuple(self._element(*step) for step in self._steps(row))

    def _element(self, column: Column, before: int, behind: int) -> Element:
        network = self._labels.network
        if column.kind == "source":
            assert isinstance(self.element, Weight)
            return Unit(column.layer, self.element.source)
        if column.kind == "weight":
            unit, piece = network.target_of(column.layer, behind)
            return Weight(column.layer, unit, before, piece)
        if column.kind in ("slope", "fused", "jacobian"):
            return Unit(column.layer, network.target_of(column.layer, before)[0])
        return Unit(column.layer, behind if column.kind == "learned" else before)

    def route(self, row: int) -> str:
        """The names of the units that a path goes through: `i1 → h1 → o2`."""
        network = self._labels.network
        return " → ".join([*(network.names(unit.layer)[unit.unit] for unit in self.units(row)), "E"])

    def names(self, row: int) -> tuple[str, ...]:
        """What each factor of a path is."""
        network, found = self._labels.network, list[str]()
        for column, before, behind in self._steps(row):
            element, names = self._element(column, before, behind), network.names(column.layer)
            if isinstance(element, Weight):
                found.append(self._labels.name(element))
                continue
            out, name = sign("out"), names[element.unit]
            values = {"source": f"{out} {name}" if column.layer else name, "out": out, "name": name}
            if column.kind == "slope":
                values["net"] = network.net_name(column.layer, before)
            if column.kind == "jacobian":
                values["to"] = names[behind]
            found.append(FACTORS[column.kind].format_map(values))
        return tuple(found)

    def title(self, column: Column) -> str:
        """What stands above the factors of a column."""
        return tr(TITLES[column.kind]).format(layer=column.layer)


TITLES: dict[Kind, str] = {
    "source": "‹out›, layer {layer}", "learned": "∂‹out›/∂α, layer {layer}", "slope": "f'(net), layer {layer}",
    "jacobian": "∂‹out›/∂net, layer {layer}", "weight": "weight, layer {layer}", "loss": "∂E/∂‹out›",
    "fused": "∂E/∂net",
}


# What a factor is called in a formula, which is the same in every language.
FACTORS: dict[Kind, str] = {
    "source": "{source}", "learned": "∂{out} {name}/∂α", "slope": "f'(net {net})", "loss": "∂E/∂{out} {name}",
    "fused": "∂E/∂net {name}", "jacobian": "∂{out} {to}/∂net {name}",
}


def paths_of(record: Record, labels: Labels, element: Parameter, example: int = MEAN, most: int = MOST) -> Paths:
    """The `most` largest paths from `element` to the loss of an example of the batch, or of the batch in the mean."""
    return _Search(record, labels, element, example).run(most)


class _Search:
    """Everything that a search for paths looks at: the columns, and which examples."""

    def __init__(self, record: Record, labels: Labels, element: Parameter, example: int) -> None:
        self.record, self.labels, self.element = record, labels, element
        count = len(record.rows)
        self.example = min(example, count - 1)
        self.columns_of = slice(None) if example == MEAN else slice(self.example, self.example + 1)
        self.examples = count if example == MEAN else 1
        self.edges, self.end = self._stretches()
        self.starts, self.first = self._starts()

    def _pick(self, values: Array) -> Array:
        return values[:, self.columns_of]

    def _stretches(self) -> tuple[list[_Edge], _End]:
        record, problem = self.record, self.record.problem
        last, edges = len(problem.network.layers), list[_Edge]()
        for layer in range(self.element.layer, last + 1):
            row, sizes = problem.activation_row(layer), problem.network.sizes
            if layer > self.element.layer:
                edges.append(_Weights(Column("weight", layer), problem.blocks.weights(record.parameters, layer)))
            if layer == self.element.layer and isinstance(self.element, Alpha):
                continue
            if layer == last and problem.loss_row.is_fused(row.name):
                return edges, _End(Column("fused", layer), self._pick(record.delta(layer)))
            if row.elementwise:
                pieces = problem.network.layers[layer - 1].pieces
                edges.append(_Slopes(Column("slope", layer), self._pick(record.slope(layer)), pieces, sizes[layer]))
            else:
                edges.append(_Jacobian(Column("jacobian", layer), self._pick(record.output(layer))))
        return edges, _End(Column("loss", last), self._pick(record.output_gradient(last)))

    def _starts(self) -> tuple[Whole, Array | None]:
        """The nodes where paths begin, and the factor in front of each, (starts, examples)."""
        record, network, element = self.record, self.record.problem.network, self.element
        if isinstance(element, Alpha):
            values = np.minimum(self._pick(record.net(element.layer)), 0.0)
            places = np.array([element.unit]) if self.labels.has_own_alphas(element.layer) else np.arange(len(values))
            return places, values[places]
        if isinstance(element, Bias) and self.labels.is_shared(element.layer):
            return np.arange(network.net_sizes[element.layer]), None
        place = np.array([network.net_of(element.layer, element.unit, element.piece)])
        if isinstance(element, Bias):
            return place, None
        return place, self._pick(record.output(element.layer - 1))[[element.source]]

    @property
    def count(self) -> int:
        """How many paths there are."""
        return len(self.starts) * math.prod(edge.size for edge in self.edges if edge.parts)

    @property
    def columns(self) -> tuple[Column, ...]:
        first: tuple[Column, ...] = ()
        if self.first is not None:
            weight = isinstance(self.element, Weight)
            first = (Column("source", self.element.layer - 1) if weight else Column("learned", self.element.layer),)
        return first + tuple(edge.column for edge in self.edges) + (self.end.column,)

    def run(self, most: int) -> Paths:
        with np.errstate(all="ignore"):
            complete = self.count * self.examples <= WORK
            if complete:
                nodes, absolute = self._all(most)
            else:
                nodes = self._best(most)
                absolute = self._absolute()
            factors = self._factors(nodes)
            products = _product(factors).mean(axis=1) + 0.0
            order = np.argsort(-_size(products), kind="stable")[:most]
            shown = np.stack([np.broadcast_to(factor, (len(nodes), self.examples)).mean(axis=1) for factor in factors],
                             axis=1)
        certain = complete or self.examples == 1
        return Paths(self.element, self.columns, nodes[order], shown[order] + 0.0, products[order], self.count,
                     self._gradient(), absolute, certain, self.examples > 1, self.labels)

    def _gradient(self) -> float:
        """What all paths sum to."""
        if self.columns_of == slice(None):
            places = self.record.problem.blocks.positions(*array_index(self.element))
            return float(self.record.gradient[places[0]]) + 0.0
        order = self.labels.order
        before = sum(order.parameters_in(layer) for layer in range(1, self.element.layer))
        places = np.array([before + order.place_of(self.element)])
        return float(ExampleGradients(self.record).rows(places)[0, self.example])

    def _factors(self, nodes: Whole) -> list[Array]:
        """The factors of these paths, column by column, each (paths, examples or 1)."""
        found: list[Array] = []
        if self.first is not None:
            found.append(self.first[np.searchsorted(self.starts, nodes[:, 0])])
        for place, edge in enumerate(self.edges):
            found.append(edge.along(nodes[:, place], nodes[:, place + 1]))
        return [*found, self.end.values[nodes[:, -1]]]

    # --- all of them -------------------------------------------------------------------------------------------

    def _all(self, most: int) -> tuple[Whole, float | None]:
        """The nodes of the `most` largest paths, and the sum of all |contributions|, from every product there is."""
        at = self.starts
        products = np.ones((len(at), self.examples)) if self.first is None else self.first
        for edge in self.edges:
            if edge.parts:
                products = (products[:, None, :] * edge.ahead(at)).reshape(-1, self.examples)
                at = np.tile(np.arange(edge.size), len(at))
            else:
                target = edge.to(at)
                products, at = products * edge.along(at, target), target
        sizes = np.abs((products * self.end.values[at]).mean(axis=1))
        chosen = _largest(sizes, most)
        return self._unravelled(chosen), float(sizes.sum())

    def _unravelled(self, chosen: Whole) -> Whole:
        """The nodes of paths by their number, which counts the way at the last parting fastest."""
        partings = [edge.size for edge in self.edges if edge.parts]
        ways = list(np.unravel_index(chosen, (len(self.starts), *partings)))
        nodes = [self.starts[ways.pop(0)]]
        for edge in self.edges:
            nodes.append(ways.pop(0) if edge.parts else edge.to(nodes[-1]))
        return np.stack(nodes, axis=1).astype(np.intp)

    # --- the largest of too many ----------------------------------------------------------------------------------

    def _best(self, most: int) -> Whole:
        """The nodes of the largest paths, found from the loss back: at every node only its best ways on are kept.

        Over several examples each factor counts with its root mean square, which finds candidates and no more.
        """
        best = _typical(self.end.values)[:, None]              # (nodes, ways), the largest first
        choices: list[tuple[Whole, Whole]] = []                # for each node and way: the next node, its way there
        for edge, count in zip(reversed(self.edges), reversed(self._sizes), strict=True):
            sizes = _typical(edge.ahead(np.arange(count))) if edge.parts else None
            if sizes is None:
                at = np.arange(count)
                to = edge.to(at)
                best = _typical(edge.along(at, to))[:, None] * best[to]
                ways = np.broadcast_to(np.arange(best.shape[1]), best.shape)
                choices.append((np.broadcast_to(to[:, None], best.shape), ways))
                continue
            near = _largest_of_each(sizes * best[:, 0], most)          # no other node can be on one of the best ways
            reached = np.take_along_axis(sizes, near, 1)[:, :, None] * best[near]
            flat = reached.reshape(count, -1)
            kept = _largest_of_each(flat, most)
            node, way = np.divmod(kept, best.shape[1])
            choices.append((np.take_along_axis(near, node, 1), way))
            best = np.take_along_axis(flat, kept, 1)
        begin = best[self.starts] if self.first is None else best[self.starts] * _typical(self.first)[:, None]
        start, way = np.divmod(_largest(begin.ravel(), most), begin.shape[1])
        nodes = [self.starts[start]]
        for next_node, next_way in reversed(choices):
            nodes.append(next_node[nodes[-1], way])
            way = next_way[nodes[-2], way]
        return np.stack(nodes, axis=1)

    @property
    def _sizes(self) -> list[int]:
        """How many nodes there are in front of each stretch."""
        network, layer = self.record.problem.network, self.element.layer
        first = network.sizes[layer] if isinstance(self.element, Alpha) else network.net_sizes[layer]
        return [first, *(edge.size for edge in self.edges[:-1])][: len(self.edges)]

    def _absolute(self) -> float | None:
        """Σ |contribution| over all paths, without listing them: the same way back, adding up.  None for a mean."""
        if self.examples > 1:
            return None
        total = np.abs(self.end.values[:, 0])
        for edge, count in zip(reversed(self.edges), reversed(self._sizes), strict=True):
            at = np.arange(count)
            if edge.parts:
                total = np.abs(edge.ahead(at)[:, :, 0]) @ total
            else:
                to = edge.to(at)
                total = np.abs(edge.along(at, to)[:, 0]) * total[to]
        begin = total[self.starts]
        return float((begin if self.first is None else begin * np.abs(self.first[:, 0])).sum())


def _product(factors: Sequence[Array]) -> Array:
    found = factors[0]
    for factor in factors[1:]:
        found = found * factor
    return found


def _size(values: Array) -> Array:
    """|values|, infinite where they are no numbers, so that these come first."""
    sizes = np.abs(values)
    return np.where(np.isnan(sizes), np.inf, sizes)


def _typical(values: Array) -> Array:
    """The root mean square over the examples, which come last; of one example |value|."""
    if values.shape[-1] == 1:
        return _size(values[..., 0])
    return _size(np.sqrt(np.square(values).mean(axis=-1)))


def _largest(sizes: Array, most: int) -> Whole:
    """The places of the `most` largest sizes, the largest first."""
    return np.asarray(_largest_of_each(np.where(np.isnan(sizes), np.inf, sizes)[None], most)[0], dtype=np.intp)


def _largest_of_each(sizes: Array, most: int) -> Whole:
    """The places of the `most` largest sizes of each row, the largest first."""
    count = sizes.shape[1]
    if count > most:
        kept = np.argpartition(sizes, count - most, axis=1)[:, count - most :]
    else:
        kept = np.broadcast_to(np.arange(count), sizes.shape)
    order = np.argsort(-np.take_along_axis(sizes, kept, 1), axis=1, kind="stable")
    return np.asarray(np.take_along_axis(kept, order, 1), dtype=np.intp)
