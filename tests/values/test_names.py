"""What can be a name, and names made of anything."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mlsnap.errors import InvalidNameError
from mlsnap.values.names import check_name, slug


@pytest.mark.parametrize("name", ["a", "7", "crime-2019_v.1", "A" * 100, "latest"])
def test_a_legal_name_is_itself(name: str):
    assert check_name(name, "dataset") == name


@pytest.mark.parametrize(
    "name",
    ["", "a/b", "a b", ".a", "-a", "_a", "größe", "a\n", "a\x00", "a@b", "a" * 101, "😀", None, 7],
)
def test_an_illegal_name_is_refused_with_its_value(name: str):
    with pytest.raises(InvalidNameError, match="cannot name a snapshot") as error:
        check_name(name, "snapshot")
    assert error.value.hint.startswith("use 1 to 100 of the characters")


def test_a_long_illegal_name_is_shown_cut():
    with pytest.raises(InvalidNameError) as error:
        check_name("a" * 300, "dataset")
    assert len(error.value.fact) < 100
    assert "…" in error.value.fact


@given(st.text())
@example("a" * 300)
@example("../..")
@example("\ud800")
def test_a_slug_is_a_legal_name(text: str):
    assert check_name(slug(text), "dataset")


@given(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}", fullmatch=True))
def test_the_slug_of_a_name_is_the_name(name: str):
    assert slug(name) == name


@pytest.mark.parametrize(("one", "other"), [("a b", "a_b"), ("a/b", "a b"), ("ä", "ö"), ("", " ")])
def test_different_texts_have_different_slugs(one: str, other: str):
    assert slug(one) != slug(other)
