"""One walk over the values of an array, for hashes of content.

A hash is fed how many values there are and how many of them are null, which ones, and then the
other values in order, in the plain layout of `mlsnap.data.layout`: so neither the layout, nor
slices, nor what lies under nulls leaves a trace. Values of fixed width are fed by a function of
the caller's, `feed_bits` or one that brings them into a normal form.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.data.buffers import bytes_of, offsets_of, to_numpy
from mlsnap.data.layout import plain

_is = pa.types


class Hasher(Protocol):
    """What hashes of `hashlib` and xxhash have in common."""

    def update(self, data: Any, /) -> None:
        """Take the next bytes in."""


FeedFixed = Callable[[Hasher, pa.Array], object]
"""Feeds values of fixed width, numbers and the like, of which there is one at least and no null."""


def feed(hasher: Hasher, array: pa.Array, fixed: FeedFixed) -> None:
    """Feed the values of ``array`` to a hash."""
    hasher.update(struct.pack("<QQ", len(array), array.null_count))
    if array.null_count:
        hasher.update(_bits(array.is_valid()))
        array = array.drop_null()
    if len(array):
        _feed_values(hasher, plain(array), fixed)


def feed_bits(hasher: Hasher, array: pa.Array) -> None:
    """Feed values of fixed width as they lie in memory."""
    width = array.type.bit_width // 8
    start = array.offset * width
    hasher.update(memoryview(array.buffers()[1])[start : start + len(array) * width])


def _feed_values(hasher: Hasher, array: pa.Array, fixed: FeedFixed) -> None:
    type_ = array.type
    if _is.is_large_string(type_) or _is.is_large_binary(type_):
        _feed_bytes(hasher, array)
    elif _is.is_boolean(type_):
        hasher.update(_bits(array))
    elif _is.is_large_list(type_):
        hasher.update(to_numpy(pc.list_value_length(array)))
        feed(hasher, pc.list_flatten(array), fixed)
    elif _is.is_struct(type_):
        for index in range(type_.num_fields):
            feed(hasher, pc.struct_field(array, [index]), fixed)
    elif not _is.is_null(type_):
        fixed(hasher, array)


def _feed_bytes(hasher: Hasher, array: pa.Array) -> None:
    offsets = offsets_of(array)
    hasher.update(np.diff(offsets))
    hasher.update(bytes_of(array)[int(offsets[0]) : int(offsets[-1])])


def _bits(array: pa.Array) -> Any:
    return np.packbits(to_numpy(array.cast(pa.uint8())))
