"""JSON text in pieces of any size becomes whole lines."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.data.formats.jsonlines import blocks as json_blocks

values = st.recursive(
    st.none() | st.integers() | st.text('ab"\\,[]{}\n:ü', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=6,
)
records = st.lists(st.dictionaries(st.text('a"\\,[{', max_size=3), values, max_size=3), max_size=6)


def read(text: str, size: int, monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    monkeypatch.setattr(json_blocks, "BLOCK_BYTES", size)
    blocks = json_blocks.line_blocks(io.BytesIO(text.encode()))
    return [json.loads(line) for block in blocks for line in block.split(b"\n") if line.strip()]


@settings(max_examples=50)
@given(records=records, size=st.integers(1, 40), indent=st.none() | st.integers(0, 2))
def test_elements_of_an_array_become_lines(records: list[Any], size: int, indent: int | None):
    text = json.dumps(records, indent=indent, ensure_ascii=False)
    with pytest.MonkeyPatch.context() as patch:
        assert read(f" \n{text}\n", size, patch) == records


@settings(max_examples=25)
@given(records=records, size=st.integers(1, 40), end=st.sampled_from(["", "\n", "\n\n"]))
def test_lines_stay_lines(records: list[Any], size: int, end: str):
    text = "\n".join(map(json.dumps, records)) + end
    with pytest.MonkeyPatch.context() as patch:
        assert read(text, size, patch) == records


@pytest.mark.parametrize("text", ['[{"a": 1},', '[{"a": "x', '[{"a": "\\\\', "[[1]"])
def test_an_array_that_does_not_end_is_refused(text: str, monkeypatch: pytest.MonkeyPatch):
    with pytest.raises(ValueError, match="does not end"):
        read(text, 4, monkeypatch)


@pytest.mark.parametrize("size", [3, 100])
@pytest.mark.parametrize("text", ['[{"a": 1}] [2]', '[{"a": 1}]]', '[{}]{"a": 2}'])
def test_what_comes_after_an_array_is_refused(
    text: str, size: int, monkeypatch: pytest.MonkeyPatch
):
    with pytest.raises(ValueError, match="something comes after"):
        read(text, size, monkeypatch)


def test_a_byte_order_mark_is_left_out(monkeypatch: pytest.MonkeyPatch):
    assert read('\ufeff[{"a": 1}]', 100, monkeypatch) == [{"a": 1}]
