"""What is drawn of units and biases: their shapes, names and values, titles above, targets and the loss beside."""

from __future__ import annotations

from math import ceil, floor, isfinite

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from nnviz.gui import ink
from nnviz.gui.answer_marks import draw_answer, draw_names
from nnviz.gui.bias_layout import NOTE, BiasLayout
from nnviz.gui.closeness import tells, text_height
from nnviz.gui.colour_scale import edge_shades
from nnviz.gui.columns import ColumnLayout, Shape
from nnviz.gui.drawing import Column, Mask
from nnviz.gui.edge_marks import EdgeMarks
from nnviz.gui.edges import draw_lines, make_pen
from nnviz.gui.folded_marks import draw_summary
from nnviz.gui.ink import Anchor, draw_text, mix, stroke
from nnviz.gui.layer_heads import draw_heads, draw_titles, head_places, shown_heads, title_places
from nnviz.gui.layout import LEAST_NOTE, note_width
from nnviz.gui.stamps import draw_stamped
from nnviz.gui.theme import Theme
from nnviz.gui.translation import tr
from nnviz.report.elements import Element, Unit, Weight
from nnviz.report.numbers import short

STAMPED = 24                      # ems from the highest button to the lowest, of those that are kept as an image
STRIPES = 7                       # parts of a cell across, of which every other is empty where the unit is dead


class NodeMarks(EdgeMarks):
    """The part of a painting that stands on nodes."""

    def paint_column(self, number: int, column: Column, place: ColumnLayout) -> None:
        """All units of one column, in the shape that its layout gives them."""
        _COLUMN_PAINTERS[place.shape](self, number, column, place)

    # ── units ────────────────────────────────────────────────────────────────────────────────────────────────
    def _tint(self, value: float, known: bool, full: float, most: float = 0.42) -> QColor:
        if not known or not isfinite(value):
            return QColor(self.theme.raised)
        return mix(self.theme.raised, self.theme.positive if value >= 0 else self.theme.negative,
                   most * round(8 * min(1.0, abs(value) / full)) / 8)

    def _gauge(self, x: float, y: float, radius: float, value: float, full: float) -> None:
        """An arc along the rim of a disc: its length is |value|, clockwise from the top where positive."""
        wide = max(2.0, 0.1 * radius)
        reach = radius - 0.5 * wide
        share = min(1.0, abs(value) / full)
        positive = value >= 0
        sign_colour = self.theme.positive if positive else self.theme.negative
        self.painter.setPen(stroke(mix(self.theme.raised, sign_colour, 0.85), wide))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawArc(QRectF(x - reach, y - reach, 2 * reach, 2 * reach), 90 * 16,
                             round((-5760 if positive else 5760) * share))

    def _outline_width(self) -> float:
        return max(1.0, min(1.8, 0.12 * self.em))

    def _node(self, element: Element, box: QRectF, corner: float, fill: QColor, dead: bool = False,
              name: ink.Name | None = None) -> None:
        """A node with its outline, and the ring around it when it is active, selected or hovered."""
        painter, theme = self.painter, self.theme
        outline = ink.shade(theme.warning) if dead else mix(theme.line, theme.ink, 0.42)
        centre = box.center()
        ink.draw_shell(painter, centre.x(), centre.y(), box.width() / 2, box.height() / 2, corner, fill, outline,
                       self._outline_width(), self.options.ratio, self.options.raster, name)
        if self.unlit:
            return
        rings = []
        if element in self.drawing.active:
            rings.append(QColor(theme.active))
        if self.interaction.selects(element):
            rings.append(QColor(theme.accent))
        elif element == self.interaction.hovered:
            rings.append(mix(theme.canvas, theme.accent, 0.65))
        if not rings:
            return
        painter.setBrush(Qt.BrushStyle.NoBrush)
        wide = max(1.5, min(3.2, 0.24 * self.em))
        for number, colour in enumerate(rings):
            grown = box.adjusted(*(sign * (wide * 1.1 + number * wide * 1.3) for sign in (-1, -1, 1, 1)))
            painter.setPen(stroke(colour, wide))
            painter.drawRoundedRect(grown, corner + wide, corner + wide)

    def _ports(self, unit: int, column: Column, place: ColumnLayout) -> None:
        """A dot for each piece of a unit, where its edges arrive: full for the one that won, else hollow."""
        radius = place.port * self.zoom
        if place.pieces == 1 or radius < 1.0:
            return
        nets = range(unit * place.pieces, (unit + 1) * place.pieces)
        for net in nets:
            share = 0.0 if column.won is None or not isfinite(column.won[net]) else float(column.won[net])
            x, y = self.transform.point(*place.ends()[net].tolist())
            self.painter.setPen(stroke(mix(self.theme.line, self.theme.ink, 0.6), max(1.0, 0.22 * radius)))
            self.painter.setBrush(mix(self.theme.canvas, self.theme.ink, share))
            self.painter.drawEllipse(QPointF(x, y), radius, radius)

    def _meter(self, x: float, y: float, wide: float, high: float, value: float, full: float) -> None:
        """A bar along the foot of a capsule: from the left where positive, from the right where negative."""
        reach = wide - 0.55 * high
        length = 2 * reach * min(1.0, abs(value) / full)
        positive = value >= 0
        left = x - reach if positive else x + reach - length
        self.painter.fillRect(QRectF(left, y + 0.66 * high, length, max(1.4, 0.17 * high)),
                              mix(self.theme.raised, self.theme.positive if positive else self.theme.negative, 0.85))

    def _in_sight(self, x: float, y: float, reach: float) -> bool:
        """Whether anything within `reach` of (x, y) can be seen."""
        return -reach < x < self.layout.width + reach and -reach < y < self.layout.height + reach

    def _discs(self, number: int, column: Column, place: ColumnLayout) -> None:
        radius = place.half_width * self.zoom
        full = ink.value_scale(column.values, column.known)
        texts, inner, below = self._disc_values(column, place)
        for unit, (cx, cy) in enumerate(place.centres.tolist()):
            x, y = self.transform.point(cx, cy)
            if not self._in_sight(x, y, 3 * radius):
                continue
            element, dead = Unit(number, unit), bool(column.dead[unit])
            value, known = float(column.values[unit]), bool(column.known[unit])
            written = not self.options.preview and tells("texts of a disc", self.zoom, radius)
            self._node(element, QRectF(x - radius, y - radius, 2 * radius, 2 * radius), radius,
                       self._tint(value, known, full, 0.1 if written else 0.75), dead)
            if written and known and isfinite(value) and value != 0.0:
                self._gauge(x, y, radius, value, full)
            if dead:
                ink.draw_cross_out(self.painter, x, y, radius, radius, QColor(self.theme.warning),
                                   max(1.4, 0.07 * radius))
            self._ports(unit, column, place)
            if written:
                self._disc_text(element, column, place, x, y, texts[unit], inner, below)

    def _disc_values(self, column: Column, place: ColumnLayout) -> tuple[list[str], int | None, int]:
        """The values of a column as texts, their size inside its discs, and the size of text below the discs.

        Values that are too long stand below their discs; where there is no room, they give up digits.  A size of
        None, or of 0 below, means that there they are not written.
        """
        radius, zoom = place.half_width * self.zoom, self.zoom
        wanted = min(0.42 * radius, 1.35 * self.em)
        least = max(ink.LEAST_TEXT, min(10.0, 0.72 * self.em, int(wanted)))
        lines = place.below * zoom
        for digits in range(self.options.digits, 1, -1):
            texts = [short(value if known else None, digits)
                     for value, known in zip(column.values.tolist(), column.known.tolist(), strict=True)]
            inner = ink.fitting_size(max(texts, key=len, default=""), wanted, 1.5 * radius, least)
            if inner is not None:
                break
            if digits == self.options.digits and lines >= 2.3 * LEAST_NOTE * zoom:
                break
            least = min(least, LEAST_NOTE)
        below = int(min(NOTE * self.em, lines / (1.25 if inner is not None else 2.3)))
        return texts, inner, below if below >= ink.LEAST_TEXT else 0

    def _disc_text(self, element: Unit, column: Column, place: ColumnLayout, x: float, y: float, value: str,
                   inner: int | None, below: int) -> None:
        """Name and value; the values of a whole column stand below its discs when one has too many digits."""
        unit, theme, radius = element.unit, self.theme, place.half_width * self.zoom
        name, known = column.names[unit], bool(column.known[unit])
        ink_colour = QColor(theme.ink if not known or isfinite(column.values[unit]) else theme.warning)
        name_pixels = ink.fitting_size(name, min(0.46 * radius, 1.4 * self.em), 1.45 * radius, ink.LEAST_TEXT, True)
        foot = y + radius + min(0.86 * self.em, 0.5 * place.below * self.zoom if inner is not None else 0.72 * below)
        if name_pixels is not None:
            draw_text(self.painter, x, y if inner is None else y - 0.3 * radius, name, name_pixels,
                      QColor(theme.ink) if inner is None else mix(theme.ink, theme.raised, 0.12), bold=True,
                      lasting=True)
            self.shown.add(element, name)
        if inner is not None:
            draw_text(self.painter, x, y + 0.3 * radius, value, inner, ink_colour)
            self.shown.add(element, value)
        elif below:                       # too many digits for the disc: the value stands below it
            ink.draw_on_plate(self.painter, x, foot, value, below, ink_colour, QColor(theme.canvas))
            self.shown.add(element, value)
            foot += 1.16 * below
        if below:
            self._notes(element, column, place, x, foot, below)

    def _notes(self, element: Unit, column: Column, place: ColumnLayout, x: float, y: float, pixels: int) -> None:
        """Whether the unit is dead, and its δ, with as many digits as leave the next column alone."""
        dead, known = bool(column.dead[element.unit]), bool(column.delta_known[element.unit])
        notes: list[str] = []
        line = ""
        room = min(note_width(place, self.options.digits), place.room) * self.zoom
        for digits in range(self.options.digits, 0, -1):
            notes = stated(column, element.unit)
            if known:
                notes.append("δ " + short(float(column.delta[element.unit]), digits))
            line = " · ".join(notes)
            if not known or ink.text_width(line, pixels) < room:
                break
        if notes:
            pixels = ink.fitting_size(line, pixels, room) or pixels      # labels of edges may stand beside
            ink.draw_on_plate(self.painter, x, y, line, pixels,
                              ink.shade(self.theme.warning if dead else self.theme.muted),
                              ink.shade(self.theme.canvas))
            self.shown.add(element, *notes)

    def _capsules(self, number: int, column: Column, place: ColumnLayout) -> None:
        wide, high = place.half_width * self.zoom, place.half_height * self.zoom
        full = ink.value_scale(column.values, column.known)
        pixels = int(min(0.84 * text_height(self.layout.capsule.em, self.zoom), 1.5 * high))
        written = not self.options.preview and pixels >= ink.LEAST_TEXT
        below = self.note_pixels(place)
        most_digits = self.layout.capsule.digits if self.zoom <= 1.0 else self.options.digits
        inside, name_colour = 2 * wide - 2 * ink.NAME_INSET * high, mix(self.theme.ink, self.theme.raised, 0.15).rgb()
        for unit, (cx, cy) in enumerate(place.centres.tolist()):
            x, y = self.transform.point(cx, cy)
            if not self._in_sight(x, y, 1.5 * wide):
                continue
            element, dead = Unit(number, unit), bool(column.dead[unit])
            value, known = float(column.values[unit]), bool(column.known[unit])
            name = ink.elided(column.names[unit], pixels, 0.575 * inside, True) if written else ""
            self._node(element, QRectF(x - wide, y - high, 2 * wide, 2 * high), high,
                       self._tint(value, known, full, 0.16), dead, (name, pixels, name_colour) if written else None)
            if known and isfinite(value):
                self._meter(x, y, wide, high, value, full)
            if dead:
                ink.draw_cross_out(self.painter, x, y, wide, high, QColor(self.theme.warning), 1.6)
            self._ports(unit, column, place)
            if not written:
                continue
            room = inside - ink.text_width(name, pixels, True) - 0.6 * pixels
            for digits in range(most_digits, 0, -1):      # long values give up digits first
                text = short(value if known else None, digits)
                size = ink.fitting_size(text, pixels, room, max(ink.LEAST_TEXT, 0.8 * pixels))
                if size is not None:
                    break
            self.shown.add(element, name)
            if size is not None:
                colour = ink.shade(self.theme.ink if not known or isfinite(value) else self.theme.warning)
                draw_text(self.painter, x + wide - ink.NAME_INSET * high, y, text, size, colour, Anchor.RIGHT)
                self.shown.add(element, text)
            if below >= ink.LEAST_TEXT:
                self._notes(element, column, place, x,
                            y + high + min(0.8 * self.em, 0.5 * place.below * self.zoom), below)

    def note_pixels(self, place: ColumnLayout) -> int:
        """The size of the text below a column's units: as in the fitted picture, or larger where it had no room."""
        pixels = min(NOTE * self.em, 0.8 * place.below * self.zoom)
        return int(min(pixels, place.note * self.zoom) if self.zoom <= 1.0 else pixels)

    def _frame(self, place: ColumnLayout) -> QRectF:
        left, top, right, bottom = place.frame
        return QRectF(QPointF(*self.transform.point(left, top)), QPointF(*self.transform.point(right, bottom)))

    def _cells(self, number: int, column: Column, place: ColumnLayout) -> None:
        frame = self._frame(place)
        colours = ink.shades(column.values, column.known, column.dead, self.theme)
        ink.draw_pixels(self.painter, frame, striped(colours, column.dead, self.theme), STRIPES, len(colours))
        self._framed(number, frame)
        self._marked_cells(number, place)
        pixels = int(min(0.86 * self.em, 0.8 * place.pitch * self.zoom))
        if not tells("texts of a cell", self.zoom, pixels) or self.options.preview:
            return
        if not -10.0 * pixels < frame.right() < self.layout.width:      # the texts stand right of it
            return
        first = max(0, int((-self.transform.dy / self.zoom - place.frame[1]) / place.pitch))
        foot = (self.layout.height - self.transform.dy) / self.zoom
        last = min(len(colours), int((foot - place.frame[1]) / place.pitch) + 1)
        for unit in range(first, last):     # zoomed in far enough to read: only what is on screen
            _, y = self.transform.point(0.0, float(place.centres[unit, 1]))
            value = short(float(column.values[unit]) if column.known[unit] else None, self.options.digits)
            texts = (column.names[unit], value, *((tr("dead"),) if column.dead[unit] else ()))
            ink.draw_on_plate(self.painter, frame.right() + 5.0 * pixels, y, "  ".join(texts), pixels,
                              QColor(self.theme.ink), QColor(self.theme.canvas))
            self.shown.add(Unit(number, unit), *texts)

    def _folded(self, number: int, column: Column, place: ColumnLayout) -> None:
        self._cells(number, column, place)
        draw_summary(self, number, column, place)

    def _pixels(self, number: int, column: Column, place: ColumnLayout) -> None:
        frame = self._frame(place)
        ink.draw_pixels(self.painter, frame, ink.shades(column.values, column.known, column.dead, self.theme),
                        place.side, place.side)
        self._framed(number, frame)
        self._marked_cells(number, place)
        side = place.pitch * self.zoom
        if tells("name of a pixel", self.zoom, side) and not self.options.preview:
            self._pixel_texts(number, column, place, side, tells("value of a pixel", self.zoom, side))

    def _pixel_texts(self, number: int, column: Column, place: ColumnLayout, side: float, valued: bool) -> None:
        """The names of the pixels in sight, and their values below them, in an ink that is seen on each."""
        centres = place.centres * self.zoom + (self.transform.dx, self.transform.dy)
        inside = ((centres > -side / 2) & (centres < np.array((self.layout.width, self.layout.height)) + side / 2))
        seen = np.flatnonzero(inside.all(axis=1)).tolist()
        shades = ink.shades(column.values, column.known, column.dead, self.theme)
        for unit in seen:
            x, y = centres[unit].tolist()
            bright = QColor(int(shades[unit])).lightnessF() > 0.5
            colour = QColor(Qt.GlobalColor.black if bright else Qt.GlobalColor.white)
            value = short(float(column.values[unit]) if column.known[unit] else None, self.options.digits)
            told = (column.names[unit], value) if valued else (column.names[unit],)
            pixels = int(min(NOTE * self.em, 0.3 * side, *(
                0.9 * side * self.em / max(1.0, ink.text_width(text, int(self.em))) for text in told)))
            for line, text in enumerate(told):
                draw_text(self.painter, x, y + (line - (len(told) - 1) / 2) * 1.3 * pixels, text, pixels, colour)
            self.shown.add(Unit(number, unit), *told)

    def _framed(self, number: int, frame: QRectF) -> None:
        whole = any(isinstance(element, Unit) and element.layer == number for element in self.drawing.active)
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.setPen(stroke(QColor(self.theme.active) if whole else mix(self.theme.line, self.theme.ink, 0.35),
                                   2.4 if whole else 1.2))
        self.painter.drawRect(frame)

    def _marked_cells(self, number: int, place: ColumnLayout) -> None:
        """The hovered and the selected unit of a strip or an image, outlined, and the pixel a weight comes from."""
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        for element in (self.interaction.hovered, self.interaction.selected, *self.interaction.picked):
            unit = element.unit if isinstance(element, Unit) and element.layer == number else None
            if isinstance(element, Weight) and element.layer == number + 1:
                unit = element.source
            if unit is None or unit >= len(place.centres):
                continue
            x, y = self.transform.point(*place.centres[unit].tolist())
            wide = max(3.0, place.half_width * self.zoom)
            high = max(3.0, place.half_height * self.zoom)
            self.painter.setPen(stroke(QColor(self.theme.accent), 2.0))
            self.painter.drawRect(QRectF(x - wide, y - high, 2 * wide, 2 * high))

    # ── biases, titles, loss ─────────────────────────────────────────────────────────────────────────────────
    def _biases(self, k: int, place: BiasLayout) -> None:
        layer = self.drawing.connections[k]
        if layer.bias is None:
            return
        wide, high = place.half_width * self.zoom, place.half_height * self.zoom
        if place.strip:
            colours = edge_shades(self.theme)[self._bias_bins(k)]
            x, top = self.transform.point(float(place.centres[0, 0]), float(place.centres[0, 1]) - place.half_height)
            _, bottom = self.transform.point(0.0, float(place.centres[-1, 1]) + place.half_height)
            ink.draw_pixels(self.painter, QRectF(x - wide, top, 2 * wide, bottom - top),
                            colours, 1, len(colours))
            return
        theme = self.theme
        pixels = int(min(NOTE * self.em, (place.text or 0.9 * place.half_height) * self.zoom))
        in_capsules = self.layout.columns[k + 1].shape is Shape.CAPSULE
        digits = self.layout.capsule.digits if in_capsules else self.options.digits
        dot, rim, width = mix(theme.canvas, theme.raised, 0.9), mix(theme.line, theme.ink, 0.42), self._outline_width()
        mute = pixels < ink.LEAST_TEXT or not (place.text or tells("label of a bias", self.zoom, high))
        dots: list[tuple[float, float]] = []
        lit = mute and any(element.layer == k + 1 for element in self._lit_biases())
        for unit, (cx, cy) in enumerate(place.centres.tolist()):
            x, y = self.transform.point(cx, cy)
            if not self._in_sight(x, y, 2 * wide + 2 * high):
                continue
            if mute and not lit:          # mere dots, of which there may be many
                dots.append((x, y))
                continue
            element = layer.bias_element(k + 1, unit)
            value = float(layer.bias[unit])
            frozen = layer.bias_frozen is not None and bool(layer.bias_frozen[unit])
            self._node(element, QRectF(x - wide, y - high, 2 * wide, 2 * high), min(0.3 * self.em, 0.5 * high),
                       mix(theme.canvas, theme.raised, 0.9))
            if mute:
                continue
            label = layer.bias_label(unit)
            colour = QColor(theme.ink if isfinite(value) else theme.warning)
            lock = 0.75 * pixels if frozen else 0.0
            found = bias_text(label, value, digits, pixels, 2 * wide - 0.5 * pixels - lock) if (
                wide > 1.6 * high) else None
            if found is not None:
                told, size = found
                draw_text(self.painter, x - 0.5 * lock, y, " ".join(told), size, colour)
                self.shown.add(element, *told)
            else:
                small = ink.fitting_size(label, pixels, 1.7 * wide)
                if small is not None:
                    draw_text(self.painter, x, y, label, small, mix(theme.ink, theme.canvas, 0.2))
                    self.shown.add(element, label)
                # a dot: its value stands beside it
                if small is not None and not place.text and tells("value of a bias", self.zoom, high):
                    written = short(value, self.options.digits)
                    side = x - wide - 0.5 * ink.text_width(written, small) - 0.5 * small
                    ink.draw_on_plate(self.painter, side, y, written, small, colour, QColor(theme.canvas))
                    self.shown.add(element, written)
            if frozen and wide > 1.6 * high:
                ink.draw_padlock(self.painter, x + wide - 0.62 * pixels, y, 0.78 * pixels, QColor(theme.muted))
        ink.draw_shells(self.painter, dots, wide, high, min(0.3 * self.em, 0.5 * high), dot, rim, width,
                        self.options.ratio, self.options.raster)

    def _titles(self) -> None:
        """The titles and their buttons; these are a stamp, for they stay while numbers change.

        The titles are none: letters that are drawn on no ground look thinner than others.
        """
        titles, pointed, near = (title_places(self.drawing, self.layout, self.transform), self.interaction.head,
                                 self.interaction.near)
        if not titles:
            return
        draw_titles(self.painter, titles, self.layout.em, self.theme)
        heads = shown_heads(head_places(self.drawing, self.layout, self.transform, titles), pointed,
                            near) if self.options.heads else []
        if not heads:
            return

        def paint(painter: QPainter) -> None:
            draw_heads(painter, heads, self.drawing, self.theme, pointed, near)

        top, bottom = min(head.y - head.half for head in heads), max(head.y + head.half for head in heads)
        ratio = self.options.ratio        # a stamp that does not lie on whole pixels would be blurred
        if not self.options.raster or ratio != int(ratio) or bottom - top > STAMPED * self.layout.em:
            paint(self.painter)
            return
        key = (tuple((head.layer, head.button.name, head.x, head.y, head.half) for head in heads),
               self.drawing.folded, pointed, near, self.theme)
        box = QRect(0, floor(top) - 1, ceil(self.layout.width), ceil(bottom - top) + 3)
        draw_stamped(self.painter, key, box, ratio, paint)

    def _loss_lines(self) -> None:
        """Hairlines from the outputs to the loss that compares them with their targets."""
        lines = self.layout.loss_lines
        if len(lines):
            self.painter.setPen(make_pen(mix(self.theme.canvas, self.theme.line, 0.9), 1.0, self.style))
            draw_lines(self.painter, self.transform.lines(lines))

    def _targets_and_loss(self) -> None:
        draw_answer(self)
        draw_names(self)
        layout, theme, last = self.layout, self.theme, self.drawing.columns[-1]
        place = layout.columns[-1]
        pixels = int(0.86 * self.em)
        if layout.target_x is not None and last.targets is not None and pixels >= ink.LEAST_TEXT and (
                place.pitch * self.zoom > 1.1 * pixels):
            x, _ = self.transform.point(layout.target_x, 0.0)
            written = []
            muted, canvas = ink.shade(theme.muted), ink.shade(theme.canvas)
            template = "{value}" if layout.targets_headed else tr("‹target› {value}")
            for target, (_, centre) in zip(last.targets.tolist(), place.centres.tolist(), strict=True):
                _, y = self.transform.point(0.0, centre)
                text = template.format(value=short(target, self.options.digits))
                half = ink.text_width(text, pixels) / 2
                ink.draw_on_plate(self.painter, x + half, y, text, pixels, muted, canvas, lasting=True)
                written.append(text)
            self.shown.targets = tuple(written)
            if layout.targets_headed:
                column_x, y = self.transform.point(place.x, place.frame[1])
                title = self.drawing.columns[-1].subtitle
                clear = column_x + ink.text_width(title, int(0.84 * layout.em)) / 2 < x - 0.3 * self.em
                if clear or y - 1.6 * self.em > self.transform.point(0.0, place.title_y)[1]:
                    draw_text(self.painter, x, y - 0.8 * self.em, tr("‹target›"), pixels, QColor(theme.muted),
                              Anchor.LEFT)
        if layout.loss_box is None:
            return
        x, y = self.transform.point(*layout.loss_box[:2])
        # the box grows with its text; the lines, with the picture, end where the box would begin if it did, too
        grown = self.em / layout.em
        wide, high = layout.loss_box[2] * grown, layout.loss_box[3] * grown
        reached = x - layout.loss_box[2] * self.zoom
        if len(layout.loss_lines) and reached < x - wide - 1.0:
            self.painter.setPen(make_pen(mix(theme.canvas, theme.line, 0.9), 1.0, self.style))
            self.painter.drawLine(QLineF(reached, y, x - wide, y))
        loss = self.drawing.loss
        broken = loss is not None and not isfinite(loss)
        self.painter.setBrush(QColor(theme.raised))
        self.painter.setPen(stroke(QColor(theme.warning) if broken else mix(theme.line, theme.ink, 0.3), 1.3))
        self.painter.drawRoundedRect(QRectF(x - wide, y - high, 2 * wide, 2 * high), 0.5 * self.em, 0.5 * self.em)
        value = short(loss, self.options.digits)
        size = ink.fitting_size(value, 1.12 * self.em, 1.75 * wide, 4.0, True) or 6
        draw_text(self.painter, x, y - 0.42 * high, self.drawing.loss_name, int(0.86 * self.em), QColor(theme.muted))
        draw_text(self.painter, x, y + 0.32 * high, value, size, QColor(theme.warning if broken else theme.ink),
                  bold=True)
        self.shown.loss = value


def bias_text(label: str, value: float, digits: int, pixels: int, room: float) -> tuple[tuple[str, ...], int] | None:
    """What is written in the box of a bias, and its size; None where it has no room for any number.

    Long values give up digits first; then the number stands alone, for it says more than the name.
    """
    for name, least in (((label,), min(9.0, 0.85 * pixels)), ((), ink.LEAST_TEXT)):
        for count in range(digits, 0, -1):
            told = (*name, short(value, count))
            size = ink.fitting_size(" ".join(told), pixels, room, least)
            if size is not None:
                return told, size
    return None


def stated(column: Column, unit: int) -> list[str]:
    """The words that are written at a unit before its numbers: that it is dead, or does not count."""
    disabled = column.disabled is not None and bool(column.disabled[unit])
    return ([tr("dead")] if column.dead[unit] else []) + ([tr("disabled")] if disabled else [])


def striped(colours: NDArray[np.uint32], dead: Mask, theme: Theme) -> NDArray[np.uint32]:
    """The cells of a strip (units, STRIPES): those of dead units are striped, which is seen without colour."""
    cells = np.repeat(colours[:, None], STRIPES, axis=1)
    cells[np.ix_(dead, np.arange(1, STRIPES, 2))] = QColor(theme.canvas).rgb()
    return cells


_COLUMN_PAINTERS = {
    Shape.DISC: NodeMarks._discs,
    Shape.CAPSULE: NodeMarks._capsules,
    Shape.CELL: NodeMarks._cells,
    Shape.FOLDED: NodeMarks._folded,
    Shape.PIXEL: NodeMarks._pixels,
}
