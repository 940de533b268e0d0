"""Parts of pages that are kept: what for, and how many."""

from __future__ import annotations

import sys

from mlsnap.pages.parts import Parts


def ask(parts: Parts, content: bytes, made: str, *, kind: str = "profile") -> bool:
    """Whether the part was made anew."""
    asked: list[bytes] = []

    def make() -> str:
        asked.append(content)
        return made

    assert parts.get(kind, (content,), make) == made
    return bool(asked)


def test_a_part_of_the_same_content_is_made_once() -> None:
    parts = Parts()
    assert ask(parts, b"a", "page a")
    assert not ask(parts, b"a", "page a")


def test_other_content_or_another_kind_is_another_part() -> None:
    parts = Parts()
    ask(parts, b"a", "page a")
    assert ask(parts, b"b", "page b")
    assert ask(parts, b"a", "table a", kind="table")


def test_where_the_memory_is_full_the_part_not_asked_for_longest_goes() -> None:
    parts = Parts(most=2 * sys.getsizeof("page a"))
    ask(parts, b"a", "page a")
    ask(parts, b"b", "page b")
    ask(parts, b"a", "page a")
    ask(parts, b"c", "page c")
    assert not ask(parts, b"a", "page a")
    assert ask(parts, b"b", "page b")


def test_wide_characters_count_with_the_memory_that_they_take() -> None:
    parts = Parts(most=sys.getsizeof("x" * 1000))
    assert ask(parts, b"plain", "x" * 1000)
    assert not ask(parts, b"plain", "x" * 1000)
    emoji = "\N{SNOWMAN}" * 1000
    assert ask(parts, b"emoji", emoji)
    assert ask(parts, b"emoji", emoji)
