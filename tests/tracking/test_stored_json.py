"""Stored JSON is read as `json` reads it, only sooner."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.tracking.artifacts import parsed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@settings(max_examples=50)
@given(VALUES)
def test_values_and_their_types_are_those_that_json_reads(value: Any) -> None:
    text = json.dumps(value, separators=(",", ":")).encode()

    assert repr(parsed(text)) == repr(json.loads(text))


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, -(10**19) + 1, 10**40])
@pytest.mark.parametrize("form", ["[{}]", '{{"a": {}}}', "[1,\n{}]", "[-1, {}]", "{}"])
def test_whole_numbers_of_any_size_are_kept(number: int, form: str) -> None:
    text = form.format(number)

    assert repr(parsed(text.encode())) == repr(json.loads(text))


def test_half_a_surrogate_pair_is_read() -> None:
    assert parsed(rb'["\ud800"]') == ["\ud800"]


def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(json.JSONDecodeError):
        parsed(b"[1,")
