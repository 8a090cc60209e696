"""Where everything in the picture of a network stands: columns of units, biases, edges, labels.

Pure arithmetic on arrays, no Qt.  Lengths are logical pixels of a picture of the given width and height; the
view zooms and pans over the result.  One unit of text height, `em`, grows with the picture and the text scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from nnviz.data.pictures import picture_side
from nnviz.gui.bias_layout import (
    BIAS_LINE,
    CHARACTER,
    NOTE,
    NOTE_LINE,
    BiasLayout,
    bias_above,
    own_biases,
    place_biases,
)
from nnviz.gui.closeness import text_height
from nnviz.gui.columns import STRIPS, WRITTEN, ColumnLayout, Shape, Whole, join, with_ports
from nnviz.gui.drawing import Array, Column, Drawing, TileKind
from nnviz.gui.edge_places import place_beads, place_labels, place_some_labels
from nnviz.gui.matrix_layout import MatrixPlace, matrix_places, matrix_room
from nnviz.gui.plane_layout import PlaneLayout, place_plane

BASE_TEXT = 12.5                  # pixels of text in a picture of REFERENCE size
REFERENCE = (800.0, 560.0)
LABELLED_EDGES = 24               # a layer of at most so many edges has its names and values written on them
LEAST_NOTE = 8.0                  # pixels; δ and biases are written at least so large, or not at all
LABEL = 0.88                      # size of the labels of edges in ems
SMALLER_LABELS = (0.92, 0.84, 0.77, 0.7, 0.62, 0.55, 0.48, 0.42)   # shares of it, where there is less room
EVEN, FEWER_DIGITS = 0.8, 4       # labels below this share of it look uneven: down to so many digits are given up first
TEXT_STEP = 1.06                  # from one larger size of text to the next
TEXT_STEPS = 7                    # sizes of text that are tried between what is asked for and what surely fits
BEAD_RADIUS = 6.5                 # pixels; a sign must be read without its colour
CAPSULE_TEXT = (1.0, 0.85, 0.7, 0.58)   # shares of the text size that capsules try
LEAST_CAPSULE_EM = 9.0
LEAST_TILE, LEAST_TILE_OF_CARD = 7.0, 5.0    # pixels; smaller maps of units say nothing
LEAST_WEIGHTS = 4.0               # pixels; an image of weights still shows by its frame and its bar what its unit does
WRITTEN_RADIUS = 15.0             # pixels; names of outputs stand beside smaller discs
MOST_LETTERS = 8                  # of the name of a unit that room is made for
NAMED_PITCH, NAME_TEXT = 9.0, 0.84    # pixels that a name beside a disc needs; its size in ems
ROOMY_TILE = 2.8                  # ems; images that are no larger are so only for want of room
TILE_SHARE, TILE_ACROSS, MOST_TILE = 0.7, 0.46, 7.0   # of the room a unit has, down and across; ems
WEIGHTS_SHARE = 0.86              # of that room, down, for images of weights: these can do without text below
FOLDED_SHARE, FOLDED_CARD = 0.42, 10.2     # of the room that a folded layer's bar takes; what stands below it, ems
BARS, BARRED = 5.6, 8.0            # ems: length of the bars of outputs; what they take with the targets behind them
MARK_ROOM, MARK_AT, ON_UNIT = 0.9, 0.9, 1.2   # ems: of the mark of right or wrong; on larger units it stands itself
STRIP_PITCH, CROWD = 0.72, 40     # a column of more units than CROWD is a strip below so many ems a unit


@dataclass(frozen=True)
class CapsuleSize:
    """Capsules have smaller text and fewer digits where that leaves the edges more room."""

    width: float
    em: float
    digits: int


@dataclass(frozen=True, eq=False)
class NetworkLayout:
    """A whole picture. `biases[k]` belongs to `columns[k + 1]`; None where that layer has no bias."""

    width: float
    height: float
    em: float
    columns: tuple[ColumnLayout, ...]
    biases: tuple[BiasLayout | None, ...]
    target_x: float | None        # left end of the target texts
    loss_box: tuple[float, float, float, float] | None   # centre x, centre y, half width, half height
    top: float                    # below the caption and titles
    bottom: float                 # above the legend
    capsule: CapsuleSize
    targets_headed: bool          # "target" stands once above the numbers, not beside each
    preview: bool
    matrices: tuple[MatrixPlace, ...] = ()     # of the gradients of every layer, where some edges are left out
    bars: tuple[float, float] | None = None    # of the outputs of a network that classifies: left end, length
    names: tuple[float, float] | None = None   # of outputs whose discs have no room for them: left end, size of text
    plane: PlaneLayout | None = None   # the decision surface, right of the outputs
    mark_x: float | None = None   # of the mark of right or wrong, where it stands between the outputs and their targets

    @property
    def legend_top(self) -> float:
        """Where the legend begins, which lies over the picture."""
        return self.height - legend_height(self.em, self.height)

    @cached_property
    def loss_lines(self) -> Array:
        """Lines (lines, 4) from the outputs to the loss that compares them with their targets."""
        last = self.columns[-1]
        if self.loss_box is None or last.shape not in WRITTEN:
            return np.empty((0, 4))
        x, y, half_width, _ = self.loss_box
        starts = last.centres + np.array([last.half_width, 0.0])
        lines = np.empty((len(starts), 4))
        lines[:, :2], lines[:, 2], lines[:, 3] = starts, x - half_width, y
        if self.target_x is None:
            return lines
        # straight out under the target's text, then to the loss
        level = lines.copy()
        level[:, 2], level[:, 3] = max(self.target_x, x - half_width - 1.4 * self.em), starts[:, 1]
        if self.plane is not None and self.plane.stacked:      # past the surface, then below it
            level[:, 2] = lines[:, 0] = self.plane.reach + 0.3 * self.em
            down, lines[:, 1] = lines.copy(), y
            down[:, 2] = down[:, 0]
            return np.concatenate([level, down, lines])
        lines[:, 0] = level[:, 2]
        return np.concatenate([level, lines])


def arrange(
    drawing: Drawing, width: float, height: float, text_scale: float = 1.0, digits: int = 4, preview: bool = False
) -> NetworkLayout:
    """The layout of `drawing` in a picture of `width` × `height`, numbers written with `digits` digits.

    Text is as large as `text_scale` asks for, but never so large that a number has no room that has room in
    smaller text, nor so large that one is written smaller than it would be at the ordinary size.
    """
    width, height = max(width, 40.0), max(height, 40.0)
    share = min(width / REFERENCE[0], height / REFERENCE[1])
    surely = BASE_TEXT * min(text_scale, 1.0) * min(2.4, max(0.72, share))
    asked = BASE_TEXT * text_scale * min(2.4, max(0.72, share, min(0.97, 1.5 * share)))
    if preview or asked <= surely:
        return _arrange(drawing, width, height, surely, digits, preview)
    if text_scale > 1.0:
        return _enlarged(drawing, arrange(drawing, width, height, 1.0, digits), asked, digits)
    least = _arrange(drawing, width, height, surely, digits, preview)
    needed = written_in(drawing, least, digits)
    asks_weights = any(kind == "weights" for kind, _ in needed)
    for step in range(TEXT_STEPS):
        em = asked * (surely / asked) ** (step / TEXT_STEPS)
        layout = _arrange(drawing, width, height, em, digits, preview)
        # places for labels take long to find: only where everything else has room
        if {part for part in needed if part[0] != "weights"} <= written_in(drawing, layout, digits, False) and (
                not asks_weights or needed <= written_in(drawing, layout, digits)):
            return layout
    return least


def _enlarged(drawing: Drawing, ordinary: NetworkLayout, asked: float, digits: int) -> NetworkLayout:
    """The layout with the largest text up to `asked` in which every number is at least as large as in `ordinary`."""
    most = int(math.log(max(asked / ordinary.em, 1.0)) / math.log(TEXT_STEP) + 1e-9)
    wanted = sizes_in(drawing, ordinary, digits)
    labels = frozenset(key for key in wanted if key[0] == "weights")
    for step in range(most, 0, -1):
        layout = _arrange(drawing, ordinary.width, ordinary.height, ordinary.em * TEXT_STEP ** step, digits, False)
        found = sizes_in(drawing, layout, digits, False)
        if any(found.get(key, -1.0) < size for key, size in wanted.items() if key not in labels):
            continue
        found = sizes_in(drawing, layout, digits) if labels else found
        if all(found.get(key, -1.0) >= wanted[key] for key in labels):
            return layout
    return ordinary


def sizes_in(
    drawing: Drawing, layout: NetworkLayout, digits: int, weights: bool = True
) -> dict[tuple[str, int], float]:
    """How large each kind of text is in the column or layer of a number, in pixels, where it has room at all."""
    sizes = dict.fromkeys(written_in(drawing, layout, digits, False), 0.0)
    for number, column in enumerate(layout.columns):
        if column.note:
            sizes["note", number] = column.note
        if ("value", number) in sizes:
            inside = column.shape is Shape.DISC
            sizes["value", number] = min(layout.em, inside_size(column.half_width, digits)) if inside else (
                layout.capsule.em)
    for k, biases in enumerate(layout.biases):
        if ("bias", k) in sizes and biases is not None:
            sizes["bias", k] = biases.text
        if weights and drawing.connections[k].weights.size <= LABELLED_EDGES:
            places = edge_places(layout, k + 1, every_line(layout, k + 1), 1.0, label_lengths(drawing, k), digits)
            if places.labels is not None:
                sizes["weights", k] = places.text
    return sizes


def written_in(
    drawing: Drawing, layout: NetworkLayout, digits: int, weights: bool = True
) -> frozenset[tuple[str, int]]:
    """What has room to be written in a layout: kinds of text and the number of their column or layer."""
    found = {("title", 0)} if layout.height > 14 * layout.em else set()
    if layout.loss_box is not None:
        found.add(("loss", 0))
    for number, column in enumerate(layout.columns):
        if column.shape is Shape.CAPSULE:
            found |= {("value", number)} | {(f"{size} digits", number) for size in range(3, layout.capsule.digits + 1)
                                            if size <= 4}
        if column.shape is Shape.DISC and column.half_width >= 15.0 and (
                inside_size(column.half_width, digits) >= LEAST_NOTE or column.below >= 2.2 * LEAST_NOTE):
            found |= {("value", number), ("3 digits", number), ("4 digits", number)}
        if column.note:
            found.add(("note", number))
    for k, biases in enumerate(layout.biases):
        if biases is not None and biases.text:
            found.add(("bias", k))
        gap = layout.columns[k + 1].frame[0] - layout.columns[k].frame[2]
        if weights and drawing.connections[k].weights.size <= LABELLED_EDGES and gap > 4.0 * layout.em and (
                edge_places(layout, k + 1, every_line(layout, k + 1), 1.0, label_lengths(drawing, k), digits).labels
                is not None):
            found.add(("weights", k))
    return frozenset(found)


def inside_size(radius: float, digits: int) -> float:
    """The size at which a number of up to `digits` digits surely fits into a disc, if need be with fewer of them."""
    return 1.5 * radius / (CHARACTER * (min(digits, 4) + 2.2))


def _arrange(
    drawing: Drawing, width: float, height: float, em: float, digits: int, preview: bool
) -> NetworkLayout:
    """The layout with text of the height `em`."""
    margin = 0.05 * min(width, height) if preview else min(1.8 * em, 0.06 * width)
    tall = height > 14 * em
    top = margin if preview else (5.2 * em if tall else 0.5 * em)
    bottom = height - (margin if preview else legend_height(em, height) + 0.6 * em)
    shared = any(layer.bias is not None and len(layer.bias) == 1 and len(layer.weights) > 1
                 for layer in drawing.connections)
    bias_height = 0.0 if preview else 1.25 * em
    floor = bottom - (2 * bias_height + 0.4 * em if shared and not preview else 0.0)
    room = max(floor - top, 20.0)

    has_loss = not preview and width > 26 * em
    has_targets = has_loss and drawing.columns[-1].targets is not None
    counts = [len(column.names) for column in drawing.columns]
    headed = has_targets and counts[-1] > 5
    value_width = CHARACTER * (digits + 2.5) * em
    target_width = 0.86 * em * 0.56 * ((digits + 2) if headed else (digits + 9)) if has_targets else 0.0
    loss_width = max(5.0 * em, value_width + 1.2 * em) if has_loss else 0.0
    tail = (target_width + 1.2 * em if has_targets else 0.0) + (loss_width + 1.6 * em if has_loss else 0.0)
    bars = BARS * em if headed and drawing.columns[-1].decides and BARRED * em + loss_width < 0.3 * width else 0.0
    tail = min(tail + bars, 0.3 * width)
    plane = None
    if drawing.plane is not None:
        plane = place_plane(drawing.plane, width - margin, top, bottom, width, em, preview, loss_width)
    if plane is not None:            # bars and targets stand between the outputs and all that belongs to the surface
        tail = width - margin - plane.reach + (bars + target_width + 1.2 * em if has_targets else 0.0)

    across = width - 2 * margin - tail
    shapes, radius, capsule, tile = _shapes(counts, across, room, em, digits, drawing, preview)
    below = matrix_room(drawing, shapes, height, em) if tall and not preview else 0.0
    if below:
        bottom, floor, room = bottom - below, floor - below, room - below
        shapes, radius, capsule, tile = _shapes(counts, across, room, em, digits, drawing, preview)
    name_text = name_room = 0.0
    if tail and shapes[-1] is Shape.DISC and radius < WRITTEN_RADIUS and room / counts[-1] >= NAMED_PITCH:
        name_text = max(LEAST_NOTE, min(NAME_TEXT * em, 0.8 * room / counts[-1]))
        longest = min(MOST_LETTERS, max(map(len, drawing.columns[-1].names)))
        name_room = 0.66 * name_text * longest + 0.5 * em
        across, tail = across - name_room, tail + name_room
        shapes, radius, capsule, tile = _shapes(counts, across, room, em, digits, drawing, preview)
        if shapes[-1] is not Shape.DISC:
            name_text = name_room = 0.0
    mark_room = 0.0
    if has_targets and drawing.columns[-1].decides and not bars and (shapes[-1] is Shape.CAPSULE or ON_UNIT * em > (
            radius if shapes[-1] is Shape.DISC else tile / 2)):
        mark_room = MARK_ROOM * em
        across, tail = across - mark_room, tail + mark_room
        shapes, radius, capsule, tile = _shapes(counts, across, room, em, digits, drawing, preview)
    side = math.isqrt(counts[0])
    block = _block_size(side, room, across)
    widths = []
    for shape, count in zip(shapes, counts, strict=True):
        # where the images of a large column are small, those of a small one need not be
        own_tile = math.floor(max(tile, min(ROOMY_TILE * em, TILE_SHARE * room / count,
                                            TILE_ACROSS * across / len(counts))))
        widths.append({Shape.DISC: 2 * radius, Shape.CAPSULE: capsule.width, Shape.PIXEL: block,
                       Shape.TILE: own_tile, Shape.CELL: min(1.5 * em, 0.35 * across / len(counts)),
                       Shape.FOLDED: min(1.8 * em, 0.35 * across / len(counts))}[shape])
    gap = (across - sum(widths)) / max(1, len(counts) - 1)
    columns: list[ColumnLayout] = []
    x = margin
    for number, (shape, count, wide) in enumerate(zip(shapes, counts, widths, strict=True)):
        centre = margin + across / 2 if len(counts) == 1 else x + wide / 2
        column = _column(shape, count, centre, wide, top, room, em, capsule.em, gap, side if number == 0 else 0)
        columns.append(with_ports(column, drawing.connections[number - 1].pieces if number else 1))
        x += wide + gap

    above = [not preview and k > 0 and bias_above(drawing, k - 1, columns[k - 1], columns[k], em,
                                                   capsule.digits if columns[k].shape is Shape.CAPSULE else digits)
             for k in range(len(columns))]
    if not preview:
        columns = _with_notes(columns, above, em, floor)
    biases = tuple(
        place_biases(drawing, k, columns[k], columns[k + 1], floor, bottom, em,
              capsule.digits if columns[k + 1].shape is Shape.CAPSULE else digits, preview, above[k + 1])
        for k in range(len(drawing.connections))
    )
    last = columns[-1]
    beside = last.frame[2] + name_room       # where bars and targets begin
    loss_box = None
    if has_loss:
        half = min(loss_width, 0.6 * tail) / 2
        loss_box = (width - margin * 0.8 - half, (last.frame[1] + last.frame[3]) / 2, half, 1.7 * em)
        if plane is not None:
            half = loss_width / 2
            loss_box = (plane.left + half, plane.foot - 1.7 * em, half, 1.7 * em) if plane.stacked else (
                plane.reach + half, loss_box[1], half, 1.7 * em)
    return NetworkLayout(width, height, em, tuple(columns), biases,
                         beside + bars + mark_room + 0.9 * em if has_targets else None, loss_box, top, bottom, capsule,
                         headed, preview, matrix_places(columns, bottom, em, width, height, plane) if below else (),
                         (beside + 0.6 * em, bars) if bars and last.shape in WRITTEN else None,
                         (last.frame[2] + 0.5 * em, name_text) if name_text else None, plane,
                         beside + MARK_AT * em if mark_room else None)


def _with_notes(
    columns: Sequence[ColumnLayout], above: Sequence[bool], em: float, floor: float
) -> list[ColumnLayout]:
    """The columns, shifted where biases above or δ below need the room, with the room for text below each unit."""
    tightest = min(range(len(columns)), key=lambda k: columns[k].pitch - 2 * columns[k].half_height
                   if columns[k].shape in WRITTEN else math.inf)
    place = columns[tightest]
    slack = (place.pitch - 2 * place.half_height) / 2
    upper, lower = BIAS_LINE * em * above[tightest], NOTE_LINE * em
    down = 0.0
    if place.shape in WRITTEN and slack < max(upper, lower - 0.5 * em):
        down = (upper - lower + 0.5 * em) / 2 if slack > 0.25 * (upper + lower) else 0.0
        down = min(slack, max(-slack, down))
    shifted = []
    for column, with_bias in zip(columns, above, strict=True):
        if column.shape not in WRITTEN:
            shifted.append(column)
            continue
        left, upper_end, right, lower_end = column.frame
        below = floor + 0.5 * em - lower_end - down
        if len(column.centres) > 1:
            below = min(below, column.pitch - 2 * column.half_height - (BIAS_LINE - 0.1) * em * with_bias)
        note = min(NOTE * em, below / 1.25)
        shifted.append(replace(
            column, centres=column.centres + np.array([0.0, down]),
            frame=(left, upper_end + down, right, lower_end + down),
            below=max(0.0, below), note=note if note >= LEAST_NOTE else 0.0))
    return shifted


def legend_height(em: float, height: float) -> float:
    """The height of the legend at the foot of the picture; small pictures have a smaller one."""
    return 3.9 * em if height > 14 * em else 2.6 * em


def _shapes(
    counts: Sequence[int], across: float, room: float, em: float, digits: int, drawing: Drawing, preview: bool
) -> tuple[list[Shape], float, CapsuleSize, float]:
    """The shape of every column, the radius of the discs, the size of the capsules and the side of the tiles."""
    image = picture_side(counts[0]) > 0
    tiled, tile = _tile_side(counts, across, room, em, drawing, preview)
    least_pitch = 3.4 if preview else 0.6 * em
    written = [not (image and k == 0) and not tiled[k] and k not in drawing.folded
               and room / count >= (STRIP_PITCH * em if count > CROWD and not preview else least_pitch)
               for k, count in enumerate(counts)]
    most = max((count for count, is_written in zip(counts, written, strict=True) if is_written), default=1)
    column_pitch = across / len(counts)
    pitch = room / most
    own = not preview and any(own_biases(drawing, k) for k in range(len(drawing.connections)))
    below = 0.1 * pitch if preview else (NOTE_LINE + BIAS_LINE * own) * em     # room for δ and the bias
    most_radius = 0.068 * min(across, 1.6 * room) if preview else 4.0 * em
    radius = min(most_radius, (pitch - below) / 2, 0.24 * column_pitch)
    # a value that does not fit into its disc stands below it, a line more: then a capsule reads better
    outside = 1.5 * radius < CHARACTER * (digits + 3) * 0.72 * em and pitch < 2 * radius + below + 1.3 * em
    capsule, in_capsules = CapsuleSize(0.0, em, digits), [False] * len(counts)
    if not preview and (radius < 1.85 * em or outside):
        taken = (_block_size(math.isqrt(counts[0]), room, across) if image else 0.0) + tile * sum(tiled)
        # where not all units have room for a line, those that answer may have
        answering = [k == len(counts) - 1 and is_written for k, is_written in enumerate(written)]
        for chosen in (written, answering):
            discs = 2 * radius * (sum(written) - sum(chosen))
            found = _capsules(chosen, counts, across - taken - discs, room, em, digits, drawing)
            if found is not None:
                capsule, in_capsules = found, chosen
                break
    # where not all text has room, it goes rather than the discs
    radius = max(radius, min(0.28 * pitch, 0.24 * column_pitch, most_radius), 1.2)
    shapes = []
    for number, is_written in enumerate(written):
        if number in drawing.folded:
            shapes.append(Shape.FOLDED)
        elif tiled[number]:
            shapes.append(Shape.TILE)
        elif image and number == 0:
            shapes.append(Shape.PIXEL)
        elif not is_written:
            shapes.append(Shape.CELL)
        else:
            shapes.append(Shape.CAPSULE if in_capsules[number] else Shape.DISC)
    return shapes, radius, capsule, tile


def _capsules(
    chosen: Sequence[bool], counts: Sequence[int], across: float, room: float, em: float, digits: int, drawing: Drawing
) -> CapsuleSize | None:
    """The largest capsules that the chosen columns have room for, in the width `across` that nothing else takes."""
    pitch = room / max((count for count, is_chosen in zip(counts, chosen, strict=True) if is_chosen), default=1)
    longest = min(MOST_LETTERS, max((len(name) for column, is_chosen in zip(drawing.columns, chosen, strict=True)
                                     if is_chosen for name in column.names), default=2))
    for small, size in ((small, size) for small in CAPSULE_TEXT for size in range(max(2, digits), 1, -1)):
        least = small * em
        capsule = CapsuleSize(0.84 * least * (0.64 * longest + CHARACTER * (size + 2.8)) + 1.8 * least, least, size)
        roomy = across - capsule.width * sum(chosen) >= (6.2 if size > 2 else 3.6) * least * (len(counts) - 1)
        if any(chosen) and roomy and pitch >= 1.45 * least and least >= LEAST_CAPSULE_EM:
            return capsule
    return None


def _tile_side(
    counts: Sequence[int], across: float, room: float, em: float, drawing: Drawing, preview: bool
) -> tuple[list[bool], float]:
    """Which columns have the images of their units drawn, as there is room for them, and how large these are."""
    def fits(column: Column, count: int) -> bool:
        if column.tiles is not None and column.tiles.kind is TileKind.WEIGHTS and not preview:
            return WEIGHTS_SHARE * room / count >= LEAST_WEIGHTS
        return TILE_SHARE * room / count >= (LEAST_TILE_OF_CARD if preview else LEAST_TILE)

    tiled = [column.tiles is not None and k not in drawing.folded and fits(column, count)
             for k, (column, count) in enumerate(zip(drawing.columns, counts, strict=True))]
    if not any(tiled):
        return tiled, 0.0
    pitch = room / max(count for count, is_tiled in zip(counts, tiled, strict=True) if is_tiled)
    own = any(own_biases(drawing, k) and tiled[k + 1] for k in range(len(drawing.connections)))
    below = 0.2 * pitch if preview else (NOTE_LINE + BIAS_LINE * own) * em
    weights = any(column.tiles is not None and column.tiles.kind is TileKind.WEIGHTS for column in drawing.columns)
    share = WEIGHTS_SHARE if weights else TILE_SHARE
    side = min(max(share * pitch, pitch - below), TILE_ACROSS * across / len(counts), MOST_TILE * em)
    return tiled, max(1.0, float(math.floor(side)))


def _block_size(side: int, room: float, across: float) -> float:
    """The input image's size: as large as is fit, a whole number of picture pixels for each of its own."""
    size = min(0.72 * room, 0.3 * across)
    return max(1.0, size // side) * side if size >= side else size


def _column(
    shape: Shape, count: int, x: float, wide: float, top: float, room: float, em: float, capsule_em: float, gap: float,
    side: int,
) -> ColumnLayout:
    middle = top + room / 2
    half_height = half_width = wide / 2
    if shape is Shape.PIXEL:
        pitch = wide / side
        rows, places = np.divmod(np.arange(count), side)
        left, upper = round(x - wide / 2), round(middle - wide / 2)
        centres = np.column_stack([left + (places + 0.5) * pitch, upper + (rows + 0.5) * pitch])
        frame = (float(left), float(upper), left + wide, upper + wide)
        return ColumnLayout(shape, left + wide / 2, centres, pitch / 2, pitch / 2, pitch, frame, upper - 0.8 * em,
                            wide + gap * 0.9, side)
    if shape in STRIPS:
        pitch = room / count
        if shape is Shape.FOLDED:
            spare = room - FOLDED_CARD * em
            pitch = min(FOLDED_SHARE * room, 16 * em, max(spare, 3 * em)) / count
            middle = top + spare / 2 if spare > 3 * em else top + pitch * count / 2
        half_height = pitch / 2
    elif shape is Shape.CAPSULE:
        pitch = min(room / count, max(2.8 * em, 0.3 * room) if count < 6 else 5.0 * em)
        half_height = min(0.5 * pitch - 1.5, (0.86 if pitch < 2.6 * capsule_em else 1.0) * capsule_em)
    elif shape is Shape.TILE:
        pitch = min(room / count, max(3.4 * half_width, 0.24 * room))
    else:
        pitch = min(room / count, max(5.0 * half_width, 0.3 * room))
    centres = np.column_stack([np.full(count, x), middle + (np.arange(count) - (count - 1) / 2) * pitch])
    reach = (count - 1) / 2 * pitch + half_height
    frame = (x - wide / 2, middle - reach, x + wide / 2, middle + reach)
    return ColumnLayout(shape, x, centres, half_width, half_height, pitch, frame, top - 0.75 * em, wide + gap * 0.9)


def edge_lines(source: ColumnLayout, target: ColumnLayout, units: Whole, sources: Whole) -> Array:
    """The ends (edges, 4) of the edges from `sources` of one column to `units`, or their pieces, of the next."""
    return join(source.starts()[sources], target.ends()[units], source.radius, target.reach)


@dataclass(frozen=True)
class EdgePlaces:
    """Where the marks on a layer's edges stand: beads (edges, 2), and the fractions of the lines for labels."""

    beads: Array
    radius: float                 # of a bead
    labels: Array | None          # None: there is no room for all of them
    text: int = 0                 # size of the labels, in pixels of the screen
    digits: int = 0               # that their numbers have room for


def every_line(layout: NetworkLayout, layer: int) -> Array:
    """The ends (edges, 4) of all the edges into a layer, in the order of `weights.ravel()`."""
    source, target = layout.columns[layer - 1], layout.columns[layer]
    fan_in, fan_out = len(source.centres), target.pieces * len(target.centres)
    return edge_lines(source, target, np.repeat(np.arange(fan_out), fan_in), np.tile(np.arange(fan_in), fan_out))


def label_lengths(drawing: Drawing, k: int) -> tuple[int, ...]:
    """How many letters the name of each weight of connections `k` has."""
    layer = drawing.connections[k]
    units, sources = layer.weights.shape
    return tuple(len(layer.labels.get((unit, source), "")) for unit in range(units) for source in range(sources))


@lru_cache(maxsize=64)
def _edge_places(
    layout: NetworkLayout, layer: int, lines_key: bytes, zoom: float, name_lengths: tuple[int, ...], digits: int,
    taken_key: bytes, partly: bool,
) -> EdgePlaces:
    lines = np.frombuffer(lines_key).reshape(-1, 4) * zoom
    em = text_height(layout.em, zoom)
    obstacles, units = obstacles_of(layout, layer, zoom, digits)
    obstacles = np.concatenate([obstacles, np.frombuffer(taken_key).reshape(-1, 4) * zoom])
    beads, radius = place_beads(lines, len(layout.columns[layer - 1].centres),
                                max(0.36 * em, min(BEAD_RADIUS, 0.6 * em)), obstacles, units)
    largest = int(LABEL * em)
    if largest < 0.8 * LEAST_NOTE or len(lines) > LABELLED_EDGES:
        return EdgePlaces(beads, radius, None)
    taken = np.concatenate([_boxes(beads, radius, radius), obstacles])
    names = np.array(name_lengths) * 1.1

    def placed(pixels: int, shown: int) -> EdgePlaces | None:
        labels = place_labels(lines, 0.31 * pixels * (names + shown + 3.5), 0.72 * pixels, taken)
        return None if labels is None else EdgePlaces(beads, radius, labels, pixels, shown)

    for sizes in _label_sizes(largest):
        for pixels in sizes:
            if found := placed(pixels, digits):
                return found
        if digits > FEWER_DIGITS and (easiest := placed(sizes[-1], FEWER_DIGITS)):      # else there is no use in trying
            tries = ((pixels, shown) for shown in ((digits + FEWER_DIGITS) // 2, FEWER_DIGITS) for pixels in sizes)
            return next(filter(None, (placed(*one) for one in tries)), easiest)
    if not partly:
        return EdgePlaces(beads, radius, None)
    pixels, shown = max(int(LEAST_NOTE), int(EVEN * largest)), min(digits, FEWER_DIGITS)
    some = place_some_labels(lines, 0.31 * pixels * (names + shown + 3.5), 0.72 * pixels, taken)
    return EdgePlaces(beads, radius, some, pixels, shown)


def _label_sizes(largest: int) -> list[list[int]]:
    """Sizes of text, in pixels, that labels may have, best first: those that look even beside other text, and others.

    Labels give up digits before they are much smaller than the text beside them.  In a large picture smaller text is
    still as large as in a small picture, where it may have had room.
    """
    sizes = sorted({largest, *(int(share * largest) for share in SMALLER_LABELS if share * largest >= LEAST_NOTE)},
                   reverse=True)
    even = [pixels for pixels in sizes if pixels >= EVEN * largest]
    return [group for group in (even, sizes[len(even):]) if group]


def edge_places(
    layout: NetworkLayout, layer: int, lines: Array, zoom: float, name_lengths: tuple[int, ...], digits: int,
    taken: Array | None = None, partly: bool = False,
) -> EdgePlaces:
    """Where beads and labels stand on the `lines` of a layer, clear of more boxes that are `taken` (boxes, 4).

    Places are zoomed but not shifted. `partly` lets labels that have no room be missing: NaN.
    """
    taken_key = b"" if taken is None else np.ascontiguousarray(taken).tobytes()
    return _edge_places(layout, layer, np.ascontiguousarray(lines).tobytes(), zoom, name_lengths, digits, taken_key,
                        partly)


def note_width(column: ColumnLayout, digits: int) -> float:
    """How wide the text below a unit may be."""
    return max(0.58 * column.note * (digits + 5.5), 2 * column.half_width)


def obstacles_of(layout: NetworkLayout, layer: int, zoom: float, digits: int) -> tuple[Array, int]:
    """Boxes (boxes, 4) that marks on the edges into a layer keep clear of: units, their texts, biases.

    The number tells how many of them, the first ones, are units.
    """
    units, boxes = [], []
    for column in layout.columns[layer - 1:layer + 1]:
        if column.shape not in WRITTEN:
            continue
        units.append(_boxes(column.centres, column.half_width, column.half_height))
        if column.note and column is not layout.columns[0]:
            # a value that is too long for its disc takes a second line
            outside = column.shape is Shape.DISC and inside_size(column.half_width, digits) < 0.72 * layout.em
            high = min(column.below, (2.0 if outside else 1.0) * NOTE_LINE * layout.em) / 2
            boxes.append(_boxes(column.centres + np.array([0.0, column.half_height + high]),
                                note_width(column, digits) / 2, high))
    for biases in layout.biases[max(0, layer - 2):layer]:
        if biases is not None and not biases.strip:
            boxes.append(_boxes(biases.centres, biases.half_width + 2 / zoom, biases.half_height + 1 / zoom))
    everything = [*units, *boxes]
    return np.concatenate(everything) * zoom if everything else np.empty((0, 4)), sum(map(len, units))


def _boxes(centres: Array, half_width: float, half_height: float) -> Array:
    """Boxes (boxes, 4) of one size around their centres."""
    return np.column_stack([centres, np.tile([half_width, half_height], (len(centres), 1))])
