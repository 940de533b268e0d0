"""A table with a column of every Arrow type has a digest, comes back, and has a profile."""

from __future__ import annotations

import warnings
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

import mlsnap
from mlsnap.data import carriers
from mlsnap.data.digest import digest_of
from mlsnap.errors import SourceError
from mlsnap.values.column import Kind

STRUCT = pa.struct([("a", pa.string_view()), ("b", pa.int8())])

COLUMNS: dict[Kind, dict[str, pa.Array]] = {
    Kind.NULL: {"null": pa.nulls(3)},
    Kind.BOOLEAN: {"boolean": pa.array([True, False, None])},
    Kind.INTEGER: {
        "bool8": pa.ExtensionArray.from_storage(pa.bool8(), pa.array([1, 0, None], pa.int8())),
        **{
            f"{sign}int{bits}": pa.array([1, 2 ** (bits - 1) - 1, None], f"{sign}int{bits}")
            for sign in ("", "u")
            for bits in (8, 16, 32, 64)
        },
    },
    Kind.DECIMAL: {
        "half float": pa.array([1.5, float("nan"), None], pa.float16()),
        "float": pa.array([1.5, float("inf"), None], pa.float32()),
        "double": pa.array([-0.0, 5e-324, None], pa.float64()),
        **{
            f"decimal{bits}": pa.array([Decimal("1.50"), Decimal(-2), None], type_)
            for bits, type_ in {
                32: pa.decimal32(9, 2),
                64: pa.decimal64(18, 2),
                128: pa.decimal128(38, 2),
                256: pa.decimal256(76, 2),
            }.items()
        },
    },
    Kind.STRING: {
        "string": pa.array(["größe", "", None]),
        "large string": pa.array(["a\0b", "", None], pa.large_string()),
        "string view": pa.array(["a", "longer than twelve bytes", None], pa.string_view()),
        "dictionary": pa.array(["a", "a", None]).dictionary_encode(),
        "dictionary with a null in it": pa.DictionaryArray.from_arrays(
            pa.array([0, 1, None], pa.int8()), pa.array(["a", None])
        ),
        "run ends": pc.run_end_encode(pa.array(["a", "a", None])),
        "json": pa.ExtensionArray.from_storage(pa.json_(), pa.array(['{"a": 1}', "[]", None])),
        "opaque": pa.ExtensionArray.from_storage(
            pa.opaque(pa.string(), "numeric", "here"), pa.array(["1.5", "2", None])
        ),
    },
    Kind.BINARY: {
        "binary": pa.array([b"", b"\xff", None]),
        "large binary": pa.array([b"", b"\xff", None], pa.large_binary()),
        "binary view": pa.array([b"", b"longer than twelve bytes", None], pa.binary_view()),
        "fixed binary": pa.array([b"ab", b"cd", None], pa.binary(2)),
        "uuid": pa.ExtensionArray.from_storage(
            pa.uuid(), pa.array([b"0123456789abcdef", b"0" * 16, None], pa.binary(16))
        ),
    },
    Kind.DATE: {
        "date32": pa.array([date(2020, 1, 1), date(1, 1, 1), None]),
        "date64": pa.array([date(2020, 1, 1), date(1, 1, 1), None], pa.date64()),
        "time32": pa.array([time(1), time(2), None], pa.time32("ms")),
        "time64": pa.array([time(1), time(2), None], pa.time64("ns")),
        "timestamp": pa.array([0, -1, None], pa.timestamp("ns")),
        "zoned": pa.array([0, -1, None], pa.timestamp("s", "Europe/Paris")),
        "offset": pa.array([0, -1, None], pa.timestamp("us", "+05:30")),
        "duration": pa.array([timedelta(1), timedelta(-1), None], pa.duration("ms")),
    },
    Kind.LIST: {
        "list": pa.array([["a"], [], None]),
        "large list": pa.array([["a"], [], None], pa.large_list(pa.string())),
        "fixed list": pa.array([[1, 2], [3, None], None], pa.list_(pa.int8(), 2)),
        "list view": pa.array([[1], [], None], pa.list_view(pa.int64())),
        "large list view": pa.array([[1], [], None], pa.large_list_view(pa.int64())),
        "list of lists": pa.array([[[1], None], [], None]),
        "list of dictionaries": pa.array(
            [["a"], [], None], pa.list_(pa.dictionary(pa.int8(), pa.string()))
        ),
        "list of structs": pa.array([[{"a": "x", "b": 1}], [], None], pa.list_(STRUCT)),
        "map": pa.array([[("a", 1)], [], None], pa.map_(pa.string(), pa.int8())),
        "tensor": pa.ExtensionArray.from_storage(
            pa.fixed_shape_tensor(pa.int8(), (2,)),
            pa.array([[1, 2], [3, 4], None], pa.list_(pa.int8(), 2)),
        ),
    },
    Kind.DATAROW: {
        "struct": pa.array([{"a": "x", "b": 1}, {"a": None, "b": None}, None], STRUCT),
        "struct of structs": pa.array(
            [{"c": {"a": "x", "b": 1}}, {"c": None}, None], pa.struct([("c", STRUCT)])
        ),
        "struct of nothing": pa.array([{}, {}, None], pa.struct([])),
    },
    Kind.UNKNOWN: {
        "months and days": pa.array([(1, 2, 3), (-1, 0, 0), None], pa.month_day_nano_interval()),
    },
}

EVERY = pa.table({name: column for family in COLUMNS.values() for name, column in family.items()})
KINDS = {name: kind for kind, family in COLUMNS.items() for name in family}
COLUMN_NAMES = list(KINDS)


@pytest.mark.parametrize("name", COLUMN_NAMES)
def test_every_type_comes_back_with_its_values(name: str):
    table = EVERY.select([name])
    rows = carriers.encode(table)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of list views, which lose their layout
        found = carriers.decode(rows.table(), rows.carrier)

    assert str(found.to_pylist()) == str(table.to_pylist())
    assert digest_of(found) == digest_of(table)


@pytest.mark.parametrize("name", COLUMN_NAMES)
def test_the_digest_of_every_type_does_not_depend_on_the_chunks(name: str):
    table = EVERY.select([name])
    pieces = pa.concat_tables([table.slice(0, 1), table.slice(1, 0), table.slice(1, 2)])

    assert digest_of(pieces) == digest_of(table)
    assert digest_of(table.slice(0, 2)) != digest_of(table)


@pytest.mark.parametrize("name", COLUMN_NAMES)
def test_every_type_has_a_profile(name: str):
    values = EVERY[name].to_pylist()

    column = mlsnap.profile(EVERY.select([name]))[name]

    assert column.type is KINDS[name]
    assert (column.count, column.missing_count) == (len(values), values.count(None))


def test_a_table_of_all_types_has_a_profile_from_its_stream():
    profile = mlsnap.profile(EVERY.to_reader(max_chunksize=2))

    assert {each.name: each.type for each in profile} == KINDS
    assert profile == mlsnap.profile(EVERY)


@pytest.mark.parametrize("wrap", [lambda type_: type_, pa.list_], ids=["plain", "in a list"])
def test_a_union_is_refused_by_name(wrap: Any):
    union = wrap(pa.dense_union([pa.field("a", pa.int64()), pa.field("b", pa.string())]))
    table = pa.table([pa.array([1]), pa.nulls(1, union)], ["x", "y"])

    with pytest.raises(SourceError, match=r"column 'y' is a union"):
        mlsnap.profile(table)
