"""128 bits that stand for the values of a row, many rows at a time.

What two columns hold is brought into one form first, chosen by both of their types, so that equal
values have equal bits on both sides: whatever the layout, the width of a number or the unit of an
instant. NaN is equal to NaN, -0.0 to 0.0, null to null and to nothing else.

Of each value there are two words of 64 bits, its lanes, and of each row the sums of these, each
multiplied by a factor for its column. Different rows have the same bits with a chance of about
2**-128 a pair, which for a billion rows on each side is less than 10**-20 in all. Who wants to
can forge them; they are compared, never stored.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from mlsnap.data.buffers import bytes_of, offsets_of, to_numpy
from mlsnap.data.lanes import Lanes, folded, of_bytes, summed, tagged, twice
from mlsnap.data.layout import plain, plain_type
from mlsnap.data.mixing import Words
from mlsnap.data.types import entry_type, is_binary, is_list, is_text

Form = Callable[[pa.Array], Lanes]
"""The lanes of the values of an array, which is of one of the types that the form was made for."""

_is = pa.types
_ROWS = 1 << 14
"""Rows that are hashed together, in the processor's cache."""

_BYTES = 1 << 22
"""Bytes of texts that are hashed together, if there is more than one."""

_NULL = (np.uint64(0xE7037ED1A0B428DB), np.uint64(0x8EBC6AF09C88C6E3))
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_WHOLE = 2.0**63
_MOST_DIGITS = 76


def row_hashes(batch: pa.RecordBatch, forms: Sequence[tuple[str, Form]]) -> Words:
    """Two words for each row, of its values in the columns that ``forms`` names, in their order.

    Shape (rows, 2).
    """
    found = np.empty((len(batch), 2), np.uint64)
    for start in range(0, len(batch), _ROWS):
        piece = batch.slice(start, _ROWS)
        lanes = (form(piece.column(name)) for name, form in forms)
        part = found[start : start + len(piece)]
        part[:, 0], part[:, 1] = folded(lanes, len(piece))
    return found


def differing(one: pa.Array, other: pa.Array, form: Form) -> NDArray[np.bool_]:
    """Where two arrays of one length hold other values; both are of types that ``form`` is for."""
    if one.type == other.type and _compares_by_itself(one.type):
        return _differing_directly(one, other)
    ours, theirs = form(one), form(other)
    differs: NDArray[np.bool_] = (ours[0] != theirs[0]) | (ours[1] != theirs[1])
    return differs


def _compares_by_itself(type_: pa.DataType) -> bool:
    """Whether Arrow compares values of one type as the forms do: exactly, but for NaN and null."""
    return bool(
        _is.is_integer(type_)
        or _is.is_float32(type_)
        or _is.is_float64(type_)
        or _is.is_boolean(type_)
        or _is.is_large_string(type_)
        or _is.is_large_binary(type_)
        or _is.is_timestamp(type_)
        or _is.is_date32(type_)
    )


def _differing_directly(one: pa.Array, other: pa.Array) -> NDArray[np.bool_]:
    differs: NDArray[np.bool_] = _bits(pc.not_equal(one, other))
    if _is.is_floating(one.type):
        ours, theirs = to_numpy(one), to_numpy(other)
        differs &= ~(np.isnan(ours) & np.isnan(theirs))
    if not (one.null_count or other.null_count):
        return differs
    ours, theirs = _valid(one), _valid(other)
    return np.where(ours & theirs, differs, ours != theirs)


def form_of(one: pa.DataType, other: pa.DataType) -> Form | None:
    """The form in which values of two types are compared; ``None``: they have none in common.

    Numbers are compared with numbers as exactly as they are, whole or not; texts with texts, bytes
    with bytes, instants with instants where both or none have a zone; a column without any value
    with every other one. Nested types are compared if what is inside of them is.
    """
    one, other = plain_type(one), plain_type(other)
    if _is.is_null(one) or _is.is_null(other):
        one = other = one if _is.is_null(other) else other
    if is_list(one) and is_list(other):
        return _form_of_lists(one, other)
    if _is.is_struct(one) and _is.is_struct(other):
        return _form_of_structs(one, other)
    found = next((made(one, other) for holds, made in _FORMS if holds(one) and holds(other)), None)
    return found and partial(_of_array, found)


def _form_of_lists(one: pa.DataType, other: pa.DataType) -> Form | None:
    entries = form_of(entry_type(one), entry_type(other))
    return entries and partial(_of_array, partial(_of_lists, entries))


def _form_of_structs(one: pa.DataType, other: pa.DataType) -> Form | None:
    names = [[field.name for field in type_] for type_ in (one, other)]
    forms = [form_of(ours.type, theirs.type) for ours, theirs in zip(one, other, strict=False)]
    known = [form for form in forms if form is not None]
    if names[0] != names[1] or len(known) < len(forms):
        return None
    return partial(_of_array, partial(_of_structs, known))


def _of_array(form: Form, array: pa.Array) -> Lanes:
    """Lanes of plain values by ``form``; those of nulls are of their own."""
    if _is.is_null(array.type):
        return np.full(len(array), _NULL[0]), np.full(len(array), _NULL[1])
    if _is.is_dictionary(array.type):
        return _of_dictionary(form, array)
    array = plain(array)
    return _unless_null(array, form(array))


def _of_dictionary(form: Form, array: pa.Array) -> Lanes:
    if not len(array.dictionary):
        return _of_array(form, pa.nulls(len(array)))
    if len(array.dictionary) > len(array):
        return _of_array(form, plain(array))
    places = np.where(_valid(array.indices), to_numpy(array.indices), 0)
    one, other = _of_array(form, array.dictionary)
    return _unless_null(array.indices, (one[places], other[places]))


def _unless_null(array: pa.Array, lanes: Lanes) -> Lanes:
    if not array.null_count:
        return lanes
    valid = _valid(array)
    return np.where(valid, lanes[0], _NULL[0]), np.where(valid, lanes[1], _NULL[1])


def _valid(array: pa.Array) -> NDArray[np.bool_]:
    return _bits(array.is_valid())


def _bits(array: pa.Array) -> NDArray[np.bool_]:
    """Truth values without their nulls, which may be either."""
    return to_numpy(array.cast(pa.uint8())).view(np.bool_).copy()


# One form a kind of value -------------------------------------------------------------------------


def _of_bits(array: pa.Array) -> Lanes:
    """Values of fixed width as they lie in memory."""
    if _is.is_boolean(array.type):
        array = array.cast(pa.uint8())
    bits = array.type.bit_width
    if bits <= 64:
        return twice(to_numpy(array, f"<u{bits // 8}").astype(np.uint64))
    words = to_numpy(array, np.dtype(("<u8", (bits // 64,))))
    return folded((twice(word.copy()) for word in words.T), len(array))


def _of_floats(array: pa.Array) -> Lanes:
    return twice(_float_bits(to_numpy(array, f"<f{array.type.bit_width // 8}").astype(np.float64)))


def _of_numbers(array: pa.Array) -> Lanes:
    """Equal for equal numbers of any type: whole ones by their value, others as floats."""
    if _is.is_integer(array.type):
        values = to_numpy(array)
        big = values >> np.uint64(63) if values.dtype == np.uint64 else np.uint64(0)
        return tagged(values.astype(np.uint64), big)
    values = to_numpy(array, f"<f{array.type.bit_width // 8}").astype(np.float64)
    words, tags = _float_bits(values), np.full(len(values), 2, np.uint64)
    with np.errstate(invalid="ignore"):
        whole = values == np.floor(values)
        small = whole & (values >= -_WHOLE) & (values < _WHOLE)
        big = whole & (values >= _WHOLE) & (values < 2 * _WHOLE)
    words[small], tags[small] = values[small].astype(np.int64).view(np.uint64), 0
    words[big], tags[big] = values[big].astype(np.uint64), 1
    return tagged(words, tags)


def _of_instants(array: pa.Array) -> Lanes:
    """Seconds, and what is left of them in nanoseconds: the same in any unit."""
    per_second = _PER_SECOND[array.type.unit]
    counts = to_numpy(array, "<i8")
    seconds = counts // per_second
    left = (counts - seconds * per_second) * (10**9 // per_second)
    return folded((twice(each.view(np.uint64)) for each in (seconds, left)), len(array))


def _of_times(array: pa.Array) -> Lanes:
    return _of_bits(array.cast(pa.time64("ns")))


def _of_texts(array: pa.Array) -> Lanes:
    offsets = offsets_of(array)
    if int(offsets[-1] - offsets[0]) <= _BYTES:
        return of_bytes(bytes_of(array), offsets)
    ends = [*_cuts(offsets), len(array)]
    parts = [
        of_bytes(bytes_of(array), offsets[start : end + 1])
        for start, end in zip([0, *ends], ends, strict=False)
        if end > start
    ]
    return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])


def _cuts(offsets: NDArray[np.int64]) -> Iterator[int]:
    """Places between texts, at about every `_BYTES` bytes."""
    goals = np.arange(int(offsets[0]) + _BYTES, int(offsets[-1]), _BYTES)
    yield from sorted(set(np.searchsorted(offsets[:-1], goals).tolist()))


def _of_lists(entries: Form, array: pa.Array) -> Lanes:
    lengths = to_numpy(pc.list_value_length(array).cast(pa.int64()))
    if array.null_count:
        lengths = np.where(_valid(array), lengths, 0)
    ends = np.cumsum(lengths)
    flat = pc.list_flatten(array)
    within = np.arange(len(flat)) - np.repeat(ends - lengths, lengths)
    return summed(entries(flat), within, ends, lengths, lengths)


def _of_structs(forms: Sequence[Form], array: pa.Array) -> Lanes:
    fields = (form(pc.struct_field(array, [place])) for place, form in enumerate(forms))
    return folded(fields, len(array))


def _float_bits(values: NDArray[np.float64]) -> Words:
    """Bits of floats with one zero and one NaN."""
    values = values + 0.0
    values[np.isnan(values)] = np.nan
    return values.view(np.uint64)


# Which form two types share -----------------------------------------------------------------------


def _form_of_numbers(one: pa.DataType, other: pa.DataType) -> Form:
    if one != other:
        return _of_numbers
    return _of_bits if _is.is_integer(one) else _of_floats


def _form_of_instants(one: pa.DataType, other: pa.DataType) -> Form | None:
    zoned = [getattr(type_, "tz", None) is not None for type_ in (one, other)]
    if zoned[0] != zoned[1]:
        return None
    return _of_bits if one.unit == other.unit else _of_instants


def _form_of_decimals(one: pa.DataType, other: pa.DataType) -> Form | None:
    if one == other:
        return _of_bits
    scale = max(one.scale, other.scale)
    if max(one.precision - one.scale, other.precision - other.scale) + scale > _MOST_DIGITS:
        return None
    return lambda array: _of_bits(array.cast(pa.decimal256(_MOST_DIGITS, scale)))


def _is_number(type_: pa.DataType) -> bool:
    return bool(_is.is_integer(type_) or _is.is_floating(type_))


def _has_width(type_: pa.DataType) -> bool:
    return bool(_is.is_boolean(type_) or _is.is_date(type_) or _is.is_interval(type_))


_FORMS: tuple[
    tuple[Callable[[pa.DataType], bool], Callable[[pa.DataType, pa.DataType], Form | None]], ...
] = (
    (_is.is_null, lambda one, other: _of_bits),
    (_is_number, _form_of_numbers),
    (is_text, lambda one, other: _of_texts),
    (is_binary, lambda one, other: _of_texts),
    (_is.is_timestamp, _form_of_instants),
    (_is.is_duration, _form_of_instants),
    (_is.is_time, lambda one, other: _of_bits if one == other else _of_times),
    (_is.is_decimal, _form_of_decimals),
    (_has_width, lambda one, other: _of_bits if one == other else None),
)
"""What holds for both types, and the form that they share then."""
