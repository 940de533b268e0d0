"""JSON records as blocks of whole lines, one record a line, whatever form the file has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

BLOCK_BYTES = 1 << 23
"""Bytes that are read at a time."""

_BOM = b"\xef\xbb\xbf"
_QUOTE, _BACKSLASH, _COMMA, _NEWLINE, _SPACE = (ord(each) for each in '"\\,\n ')
_STEP = np.zeros(256, np.int32)
_STEP[[ord("["), ord("{")]] = 1
_STEP[[ord("]"), ord("}")]] = -1
_IS_MARK = _STEP != 0
_IS_MARK[[_QUOTE, _COMMA, _NEWLINE]] = True

_Letters = npt.NDArray[np.uint8]


def line_blocks(stream: Any) -> Iterator[bytes]:
    """The text of ``stream`` in blocks that end where a line ends, or the text does.

    A file that is one array becomes lines, too: one for each of its elements.

    Raises
    ------
    ValueError
        If the array does not end, or something comes after it.
    """
    first = _first_bytes(stream)
    is_array = first.lstrip()[:1] == b"["
    rest = b""
    for piece in _array_lines(first, stream) if is_array else _pieces(first, stream):
        head, newline, tail = piece.rpartition(b"\n")
        if newline:
            yield rest + head + newline
            rest = tail
        else:
            rest += piece
    if rest.strip():
        yield rest


def _first_bytes(stream: Any) -> bytes:
    """The start of the text: until something comes that is no space."""
    first = bytes(stream.read(BLOCK_BYTES)).removeprefix(_BOM)
    while first and not first.strip():
        first = bytes(stream.read(BLOCK_BYTES))
    return first


def _pieces(first: bytes, stream: Any) -> Iterator[bytes]:
    piece = first
    while piece:
        yield piece
        piece = bytes(stream.read(BLOCK_BYTES))


def _array_lines(first: bytes, stream: Any) -> Iterator[bytes]:
    """The elements of an array, one a line: what parts them becomes the end of a line."""
    state, held = _State(), b""
    for piece in _pieces(first, stream):
        whole = held + piece
        text = whole.rstrip(b"\\")  # half an escape may be at the end
        held = whole[len(text) :]
        letters = np.frombuffer(text, np.uint8).copy()
        state = _break_lines(letters, state)
        yield letters.tobytes()
    if state.depth or held:
        raise ValueError("the array that it begins with does not end")


@dataclass(frozen=True)
class _State:
    """How many brackets are open where a piece of text ends, and whether a string is."""

    depth: int = 0
    in_string: bool = False
    begun: bool = False


def _break_lines(letters: _Letters, state: _State) -> _State:
    """Break lines between the elements, in place; what follows then is in the returned state."""
    marks = np.flatnonzero(_IS_MARK[letters])
    kinds = letters[marks]
    quotes = kinds == _QUOTE
    quotes &= ~np.isin(marks, _escaped(letters))
    inside = (np.cumsum(quotes, dtype=np.int32) + state.in_string) % 2 == 1
    marks, kinds = marks[~inside], kinds[~inside]
    steps = _STEP[kinds]
    depths = np.cumsum(steps) + state.depth
    opens = int(np.sum((depths == 1) & (steps == 1)))
    if (depths < 0).any() or opens + state.begun > 1:
        raise ValueError("something comes after the array that it begins with")
    letters[marks[kinds == _NEWLINE]] = _SPACE
    letters[marks[(kinds == _COMMA) & (depths == 1)]] = _NEWLINE
    letters[marks[(steps != 0) & (depths == (steps == 1))]] = _SPACE
    return _State(
        int(depths[-1]) if len(depths) else state.depth,
        bool(inside[-1]) if len(inside) else state.in_string,
        state.begun or opens > 0,
    )


def _escaped(letters: _Letters) -> npt.NDArray[np.intp]:
    """The places after an odd number of backslashes."""
    places = np.flatnonzero(letters == _BACKSLASH)
    ends = np.diff(places, append=-1) != 1
    starts = np.diff(places, prepend=-2) != 1
    odd = (places[ends] - places[starts]) % 2 == 0
    escaped: npt.NDArray[np.intp] = places[ends][odd] + 1
    return escaped
