"""Generated columns of every Arrow type, with the values that break things."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal, localcontext
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa

ROWS = 3000

Random = np.random.Generator


def column(family: str, *, rows: int = ROWS, seed: int = 0) -> pa.Array:
    """A column of a family of `FAMILIES`, a tenth of it null."""
    random = np.random.default_rng(seed)
    values = FAMILIES[family](random, rows)
    if values.null_count:
        return values
    places = np.where(random.random(rows) < 0.1, None, np.arange(rows))
    return values.take(pa.array(places.tolist(), pa.int64()))


def table(*families: str, rows: int = ROWS, seed: int = 0) -> pa.Table:
    """A table with a column for each family; all of them by default."""
    return pa.table({each: column(each, rows=rows, seed=seed) for each in families or FAMILIES})


def cut(array: pa.Array, *places: int) -> pa.ChunkedArray:
    """``array`` in chunks that begin at ``places``."""
    edges = [0, *sorted(places), len(array)]
    return pa.chunked_array([array.slice(a, b - a) for a, b in pairwise(edges)], array.type)


def _integers(dtype: Any) -> Callable[[Random, int], pa.Array]:
    ends = np.iinfo(dtype)

    def make(random: Random, rows: int) -> pa.Array:
        values = random.integers(ends.min, ends.max, rows, dtype, endpoint=True)
        values[:4] = ends.min, ends.max, ends.max - 1, 0
        values[rows // 2 :: 7] = 3
        return pa.array(values)

    return make


def _floats(dtype: Any) -> Callable[[Random, int], pa.Array]:
    def make(random: Random, rows: int) -> pa.Array:
        values = random.normal(scale=100, size=rows).astype(dtype)
        values[rows // 2 :: 5] = np.round(values[rows // 2 :: 5])
        values[:9] = -0.0, 0.0, math.nan, math.inf, math.inf, -math.inf, 1, 1, -1
        return pa.array(values)

    return make


def _finite(draw: Callable[[Random, int], Any]) -> Callable[[Random, int], pa.Array]:
    return lambda random, rows: pa.array(draw(random, rows))


def _decimals(type_: pa.DataType, most: int) -> Callable[[Random, int], pa.Array]:
    def make(random: Random, rows: int) -> pa.Array:
        units = random.integers(-most, most, rows).tolist()
        units[:4] = [10**type_.precision - 1, 1 - 10**type_.precision, 0, 0]
        with localcontext(prec=80):
            return pa.array([Decimal(each).scaleb(-type_.scale) for each in units], type_)

    return make


WORDS = ["", "a", "a\0", "a\0\0", "größe", "🦑", "12345678", "12345678x", "12345678\0", "x" * 300]


def _words(type_: pa.DataType) -> Callable[[Random, int], pa.Array]:
    words = np.array([*WORDS, None], object)
    return lambda random, rows: pa.array(random.choice(words, rows), type_)


def _names(random: Random, rows: int) -> pa.Array:
    numbers = random.integers(0, rows, rows)
    return pa.array([f"prefix-{each}{'é' * (each % 3)}" for each in numbers], pa.string())


def _bytes(type_: pa.DataType) -> Callable[[Random, int], pa.Array]:
    def make(random: Random, rows: int) -> pa.Array:
        return pa.array([int(each).to_bytes(4, "big") for each in random.integers(0, 500, rows)])

    return lambda random, rows: make(random, rows).cast(type_)


def _units(type_: pa.DataType, low: int, high: int) -> Callable[[Random, int], pa.Array]:
    def make(random: Random, rows: int) -> pa.Array:
        width = pa.int32() if type_.bit_width == 32 else pa.int64()
        values = random.integers(low, high, rows)
        values[rows // 2 :: 3] = high - 1
        return pa.array(values.tolist(), width).view(type_)

    return make


def _days(type_: pa.DataType) -> Callable[[Random, int], pa.Array]:
    return lambda random, rows: _units(pa.date32(), -9000, 20000)(random, rows).cast(type_)


def _instants(unit: str, zone: str | None = None) -> Callable[[Random, int], pa.Array]:
    """The same whole seconds in every unit."""

    def make(random: Random, rows: int) -> pa.Array:
        seconds = _units(pa.timestamp("s"), -(10**9), 2 * 10**9)(random, rows)
        return seconds.cast(pa.timestamp(unit)).cast(pa.timestamp(unit, zone))

    return make


def _spans(unit: str) -> Callable[[Random, int], pa.Array]:
    return lambda random, rows: pa.array(
        [timedelta(seconds=each) for each in random.integers(-500, 10**6, rows).tolist()],
        pa.duration(unit),
    )


def _lists(type_: pa.DataType) -> Callable[[Random, int], pa.Array]:
    def make(random: Random, rows: int) -> pa.Array:
        lengths = random.integers(0, 4, rows).tolist()
        return pa.array([None if k == 3 else [k] * k for k in lengths], type_)

    return make


def _structs(random: Random, rows: int) -> pa.Array:
    return pa.array([{"a": i, "b": [str(i)]} if i % 5 else None for i in range(rows)])


def _deep(random: Random, rows: int) -> pa.Array:
    cells = [[[{"x": [{"y": [i]}]}]] * (i % 3) for i in range(rows)]
    return pa.array([None if i % 7 == 0 else cell for i, cell in enumerate(cells)])


INTEGERS: dict[str, Any] = {
    name: _integers(np.dtype(name))
    for name in ("int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64")
} | {
    "int64 beyond 2^53": _finite(lambda r, n: 2**53 + r.integers(0, 3000, n)),
    "int64 near 2^62": _finite(lambda r, n: 2**62 + r.integers(0, 10**6, n)),
    "uint64 near 2^64": _finite(
        lambda r, n: np.uint64(2**64 - 1) - r.integers(0, 2000, n, np.uint64)
    ),
    "int64 dense": _finite(lambda r, n: r.integers(-250, 250, n)),
    "int64 few": _finite(lambda r, n: r.integers(-2, 3, n) * 10**15),
}

FLOATS: dict[str, Any] = {
    "float16": _floats(np.float16),
    "float32": _floats(np.float32),
    "float64": _floats(np.float64),
    "1e9 and small noise": _finite(lambda r, n: 1e9 + r.normal(scale=1e-3, size=n)),
    "1e12 and N(0, 1)": _finite(lambda r, n: 1e12 + r.normal(size=n)),
    "1e308": _finite(lambda r, n: r.uniform(-1.7, 1.7, n) * 1e308),
    "denormals": _finite(lambda r, n: r.integers(-1000, 1000, n) * 5e-324),
    "hundredths": _finite(lambda r, n: np.round(r.gamma(2, 20, n), 2)),
    "log-uniform": _finite(lambda r, n: 10 ** r.uniform(-300, 300, n) * r.choice([-1, 1], n)),
}

DECIMALS: dict[str, Any] = {
    "decimal of 9 digits": _decimals(pa.decimal128(9, 2), 10**6),
    "decimal of 18 digits": _decimals(pa.decimal128(18, 6), 10**18),
    "decimal of 30 digits": _decimals(pa.decimal128(30, 12), 10**18),
    "decimal of 60 digits": _decimals(pa.decimal256(60, 20), 10**18),
    "decimal of tens": _decimals(pa.decimal128(12, -1), 10**9),
    "decimal32": _decimals(pa.decimal32(7, 3), 10**6),
    "decimal64": _decimals(pa.decimal64(16, 3), 10**15),
}

TEXTS: dict[str, Any] = {
    "string": _words(pa.string()),
    "large_string": _words(pa.large_string()),
    "string_view": _words(pa.string_view()),
    "names": _names,
    "dictionary": lambda r, n: _words(pa.string())(r, n).dictionary_encode(),
}

DATES: dict[str, Any] = {
    "date32": _days(pa.date32()),
    "date64": _days(pa.date64()),
    "time32[s]": _units(pa.time32("s"), 0, 86_400),
    "time32[ms]": _units(pa.time32("ms"), 0, 86_400_000),
    "time64[us]": _units(pa.time64("us"), 0, 86_400 * 10**6),
    "time64[ns]": _units(pa.time64("ns"), 0, 86_400 * 10**9),
    "timestamp[s]": _instants("s"),
    "timestamp[ms]": _instants("ms"),
    "timestamp[us]": _instants("us"),
    "timestamp[ns]": _instants("ns"),
    "timestamp[us, UTC]": _instants("us", "UTC"),
    "timestamp[ns, Europe/Paris]": _instants("ns", "Europe/Paris"),
    "timestamp[ns] with fractions": _units(pa.timestamp("ns"), -(10**17), 10**18),
    "duration[s]": _spans("s"),
    "duration[ns]": _spans("ns"),
}

OTHERS: dict[str, Any] = {
    "bool": lambda r, n: pa.array(r.random(n) < 0.3),
    "binary": _bytes(pa.binary()),
    "large_binary": _bytes(pa.large_binary()),
    "fixed_size_binary": _bytes(pa.binary(4)),
    "list": _lists(pa.list_(pa.int64())),
    "large_list": _lists(pa.large_list(pa.int8())),
    "struct": _structs,
    "deep": _deep,
    "null": lambda r, n: pa.nulls(n),
}

FAMILIES = INTEGERS | FLOATS | DECIMALS | TEXTS | DATES | OTHERS
