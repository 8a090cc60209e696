"""What a hand has frozen or disabled, as the picture shows it: which parameters, and which units wholly."""

from __future__ import annotations

from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from nnviz.engine.network import ParameterArray, parse_parameter_name
from nnviz.gui.drawing import Column
from nnviz.session.document import Document

Mask = NDArray[np.bool_]
Units = tuple[tuple[Mask | None, Mask | None], ...]      # of each layer from the input: frozen, disabled


def disabled_mask(document: Document, array: ParameterArray) -> Mask | None:
    """Which elements of an array are 0 and stay 0; None where none is."""
    meant = [place for place in map(parse_parameter_name, document.disabled) if place and place[0] == array.name]
    if not meant:
        return None
    mask = np.zeros(array.shape, dtype=bool)
    for _, index in meant:
        mask[index] = True
    return mask


def held(document: Document, array: ParameterArray) -> Mask:
    """Which elements of an array are frozen; those that are disabled are said to be that."""
    frozen, disabled = document.frozen_mask(array), disabled_mask(document, array)
    return frozen if disabled is None else frozen & ~disabled


def with_held_units(columns: tuple[Column, ...], document: Document) -> tuple[Column, ...]:
    """The columns, and which of their units are wholly frozen or disabled."""
    if not document.frozen and not document.disabled:
        return columns
    found = _UNITS.get(document)
    if found is None:
        found = _UNITS[document] = tuple(_units(document, layer) for layer in range(len(columns)))
    return tuple(replace(column, frozen=frozen, disabled=disabled)
                 for column, (frozen, disabled) in zip(columns, found, strict=True))


def _units(document: Document, layer: int) -> tuple[Mask | None, Mask | None]:
    network, size = document.network, document.network.sizes[layer]
    own = [array for array in network.arrays if array.layer == layer and array.shape[0] == size]
    rows = [document.frozen_mask(array).reshape(size, -1) for array in own]
    some = [held(document, array).reshape(size, -1) for array in own]
    frozen = np.zeros(size, dtype=bool)
    if own:
        frozen = np.asarray(np.hstack(rows).all(axis=1) & np.hstack(some).any(axis=1))
    out = network.array(f"W{layer + 1}")
    mask = None if out is None else disabled_mask(document, out)
    disabled = None if mask is None else np.asarray(mask.reshape(-1, size).all(axis=0))
    return (frozen if frozen.any() else None), (disabled if disabled is not None and disabled.any() else None)


_UNITS: WeakKeyDictionary[Document, Units] = WeakKeyDictionary()
