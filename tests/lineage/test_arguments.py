from __future__ import annotations

import json
import math
import struct
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from enum import Enum
from pathlib import Path, PurePosixPath, PureWindowsPath
from types import ModuleType
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import stored_classes
import stored_enums
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage.arguments import UnstorableArgument, decode, encode


def through_json(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value))))


def are_same(left: Any, right: Any) -> bool:
    """Equal, with the same types all the way down; NaN equals NaN, -0.0 is not 0.0."""
    return picture(left) == picture(right)


def picture(value: Any) -> tuple[Any, ...]:
    seen: Any
    match value:
        case np.generic():
            seen = (value.dtype, value.tobytes())
        case list() | tuple():
            seen = tuple(map(picture, value))
        case dict():
            seen = tuple(map(picture, value.items()))
        case set() | frozenset():
            seen = frozenset(map(picture, value))
        case Enum():
            seen = value
        case int():
            seen = hex(value)
        case _:
            seen = (repr(value), getattr(value, "fold", None))
    return type(value), seen


zones: st.SearchStrategy[tzinfo] = st.sampled_from(
    [UTC, timezone(timedelta(hours=-3, seconds=7)), timezone(timedelta(0), "X"), ZoneInfo("UTC")]
)
hashables = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False),
    st.text(),
    st.binary(),
    st.datetimes(timezones=st.none() | zones),
    st.dates(),
    st.times(timezones=st.none() | zones),
    st.timedeltas(),
    st.decimals(allow_nan=False),
    st.sampled_from([Path("a/b"), PurePosixPath("/x"), PureWindowsPath("C:\\x")]),
    st.sampled_from([*stored_enums.Loss, *stored_enums.Level, *stored_enums.Solver]),
    st.sampled_from([*stored_enums.Part, *stored_enums.Model.Mode]),
)
keys = st.one_of(hashables, st.tuples(hashables, hashables), st.frozensets(hashables, max_size=3))
values = st.recursive(
    st.one_of(keys, st.floats(), st.decimals(), st.sets(keys, max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(keys, inner, max_size=3),
    ),
    max_leaves=8,
)
numpy_types = st.sampled_from(
    [
        *("?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"),
        *("f2", "f4", "f8", "c8", "c16", "M8[ns]", "M8[D]", "m8[us]", "m8[25s]"),
    ]
)


@given(value=values)
def test_a_stored_value_comes_back_with_its_type(value: Any) -> None:
    assert are_same(through_json(value), value)


@given(dtype=numpy_types, raw=st.binary(min_size=16, max_size=16))
def test_a_numpy_scalar_comes_back_bit_for_bit(dtype: str, raw: bytes) -> None:
    kind = np.dtype(dtype)
    value = np.array([raw[0] % 2 == 1])[0] if dtype == "?" else np.frombuffer(raw, kind)[0]
    assert are_same(through_json(value), value)


@pytest.mark.parametrize("value", [np.str_("größe"), np.str_(""), np.bytes_(b"\x01a"), np.bytes_()])
def test_a_numpy_text_comes_back(value: Any) -> None:
    assert are_same(through_json(value), value)


@pytest.mark.parametrize(
    "value",
    [
        2**53 + 1,
        -(1 << 20_000),
        5e-324,
        math.inf,
        -math.inf,
        -0.0,
        struct.unpack("<d", b"\x01\0\0\0\0\0\xf0\x7f")[0],
        datetime(2025, 10, 26, 2, 30, fold=1, tzinfo=ZoneInfo("UTC")),
        datetime.max,
        "\ud800",
        {"float": "1"},
        {(): [()], frozenset({1}): {2}, None: Path()},
        complex(-0.0, math.nan),
        range(1, -(2**60), -2),
        slice(None, (1.5,), np.int64(3)),
        stored_enums.Part.A | stored_enums.Part.B,
        stored_enums.Part(0),
        print,
        np.log1p,
        np.mean,
        np.float32,
        stored_enums.Model.Mode,
        np.dtype("<f4"),
        np.dtype("M8[ns]"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_extreme_value_comes_back(value: Any) -> None:
    assert are_same(through_json(value), value)


def test_an_int_a_bool_and_a_float_stay_apart() -> None:
    back = through_json([1, True, 1.0])
    assert [type(each) for each in back] == [int, bool, float]


def test_a_dict_keeps_its_order() -> None:
    assert list(through_json({"b": 1, "a": 2})) == ["b", "a"]


def local_enum() -> Enum:
    return Enum("Local", ["A"], qualname="local_enum.<locals>.Local").A  # type: ignore[attr-defined]


def local_pair() -> Any:
    hidden: Any = namedtuple("Hidden", "a b")
    return hidden(1, 2)


class Zone(tzinfo):
    def utcoffset(self, when: datetime | None) -> timedelta:
        return timedelta(0)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (object(), "a value of type object cannot be stored"),
        ([{"x": (bytearray(),)}], "a value of type bytearray cannot be stored"),
        (OrderedDict(), "a value of type collections.OrderedDict cannot be stored"),
        (local_pair(), "a value of type test_arguments.Hidden cannot be stored"),
        (np.arange(3), "a value of type numpy.ndarray cannot be stored"),
        (np.void(b"abc"), "a value of type numpy.void cannot be stored"),
        (lambda: 0, "a value of type function cannot be stored"),
        (stored_classes.Tool().use, "a value of type method cannot be stored"),
        (stored_classes.WithLock(), "a value of type _thread.lock cannot be stored"),
        (np.dtype([("a", "f8")]), "a value of type numpy.dtypes.VoidDType cannot be stored"),
        (local_enum(), "a value of type test_arguments.local_enum.<locals>.Local cannot be stored"),
        (
            datetime(2026, 1, 1, tzinfo=Zone()),
            "a value of type datetime.datetime with a time zone of type test_arguments.Zone "
            "cannot be stored",
        ),
    ],
)
def test_what_cannot_be_stored_is_named(value: Any, message: str) -> None:
    with pytest.raises(UnstorableArgument) as caught:
        encode(value)
    assert str(caught.value) == message


def test_a_list_that_contains_itself_is_named() -> None:
    value: list[Any] = []
    value.append(value)
    with pytest.raises(UnstorableArgument, match=r"a value of type list .* contains itself"):
        encode(value)


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ({"pickle": "gASVAA=="}, "KeyError"),
        ({"float": "x"}, "ValueError"),
        ({"float": "0x1p0", "int": "0x1"}, "ValueError"),
        ({}, "ValueError"),
        ({"decimal": "x"}, "ConversionSyntax"),
        ({"dict": [[[], 1]]}, "TypeError"),
        ({"numpy": ["O", "AAAAAAAAAAA="]}, "no scalars of type 'O'"),
        ({"numpy": ["<i8", "AA=="]}, "ValueError"),
        ({"datetime": ["2026-01-01", 0, "No/Such"]}, "No/Such"),
        ({"enum": ["no_such_module", "A", "B"]}, "module 'no_such_module' cannot be imported"),
        ({"enum": ["os; x", "A", "B"]}, "'os; x' is no module's name"),
        ({"enum": [".os", "A", "B"]}, "'.os' is no module's name"),
        ({"enum": ["stored_enums", "NOT_AN_ENUM", "FAST"]}, "NOT_AN_ENUM is not an enum"),
        ({"enum": ["stored_enums", "Loss", "CUBED"]}, "KeyError"),
        ({"enum": ["stored_enums", "Gone", "A"]}, "AttributeError"),
    ],
)
def test_a_damaged_record_is_named(stored: Any, why: str) -> None:
    with pytest.raises(NotReproducibleError) as caught:
        decode([stored])
    assert caught.value.fact.startswith("the recorded argument {")
    assert why in caught.value.fact


def test_an_enum_of_a_script_is_found_where_the_script_is_loaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = ModuleType("mlsnap_script_train")
    script.Loss = stored_enums.Loss  # type: ignore[attr-defined]
    monkeypatch.setitem(__import__("sys").modules, script.__name__, script)
    stored = [{"enum": ["__main__", "Loss", "ABSOLUTE"]}]
    assert decode(stored, main=script.__name__) == [stored_enums.Loss.ABSOLUTE]


def test_dates_keep_being_dates() -> None:
    assert type(through_json(date(2026, 1, 1))) is date
    assert type(through_json(datetime(2026, 1, 1))) is datetime
