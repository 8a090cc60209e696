"""What stays the same from one frame to the next is painted once and kept as an image: a stamp."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap

KEPT = 24                         # stamps, the least used go first
_STAMPS: OrderedDict[Hashable, QPixmap | None] = OrderedDict()      # None: seen once


def draw_stamped(
    painter: QPainter, key: Hashable, box: QRect, ratio: float, paint: Callable[[QPainter], None]
) -> None:
    """Do what `paint` does within `box`, which must depend on nothing but `key`, the box and `ratio`.

    What is painted for the first time may be another the next time, as while somebody drags the picture: only the
    second time a stamp is made of it.
    """
    whole = (key, box.x(), box.y(), box.width(), box.height(), ratio)
    stamp = _STAMPS.get(whole)
    if stamp is None:
        if whole not in _STAMPS:
            _keep(whole, None)
            paint(painter)
            return
        stamp = _painted(box, ratio, paint)
        _keep(whole, stamp)
    _STAMPS.move_to_end(whole)
    painter.drawPixmap(box.topLeft(), stamp)


def _keep(key: Hashable, stamp: QPixmap | None) -> None:
    _STAMPS[key] = stamp
    if len(_STAMPS) > KEPT:
        _STAMPS.popitem(last=False)


def _painted(box: QRect, ratio: float, paint: Callable[[QPainter], None]) -> QPixmap:
    stamp = QPixmap(QSize(box.width(), box.height()) * ratio)
    stamp.setDevicePixelRatio(ratio)
    stamp.fill(Qt.GlobalColor.transparent)
    on = QPainter(stamp)
    try:
        on.setRenderHint(QPainter.RenderHint.Antialiasing)
        on.translate(-QPoint(box.x(), box.y()))
        paint(on)
    finally:
        on.end()
    return stamp
