"""Arguments that a rerun is given another value of."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from mlsnap.errors import ConfigError
from mlsnap.services.reproduction import given
from mlsnap.values.lineage import SCRIPT, Call, Entry, Environment

HERE = Environment("3.11.7", "Linux", "x86_64", "cpu", 2, {})


class Colour(Enum):
    RED = 1
    BLUE = 2


def call(arguments: dict[str, Any], *, qualname: str = "train", **more: Any) -> Call:
    return Call(Entry("train", qualname), None, HERE, arguments, {}, **more)


@pytest.mark.parametrize(
    ("text", "like", "value"),
    [
        ("2", 1, 2),
        ("1e-3", 0.5, 0.001),
        ("2", "1", "2"),
        ("no", True, False),
        ("BLUE", Colour.RED, Colour.BLUE),
        ("data/x.csv", Path("y.csv"), Path("data/x.csv")),
        ("[1, 2]", (3,), (1, 2)),
        ('{"a": 1}', {"b": 2}, {"a": 1}),
        ("null", None, None),
        ("plain", None, "plain"),
    ],
)
def test_a_text_becomes_a_value_of_the_recorded_type(text: str, like: Any, value: Any) -> None:
    found = given.parsed(text, like, "x")
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "like"), [("two", 1), ("maybe", True), ("GREEN", Colour.RED), ("1, 2", [1])]
)
def test_a_text_that_is_no_such_value_is_refused(text: str, like: Any) -> None:
    with pytest.raises(ConfigError, match=r"x=.* is no"):
        given.parsed(text, like, "x")


def test_a_parameter_that_no_call_has_is_refused_with_near_names() -> None:
    with pytest.raises(ConfigError, match=r"no parameter 'sede'; near names: 'seed'"):
        given.check([call({"seed": 1})], {"sede": "2"})


def test_the_options_of_a_script_are_its_parameters() -> None:
    script = call({"argv": {"value": ["data.csv", "--rate", "0.1", "-n=3"]}}, qualname=SCRIPT)
    given.check([script], {"rate": "1", "n": "2"})
    with pytest.raises(ConfigError, match="no parameter 'seed'"):
        given.check([script], {"seed": "2"})


def test_what_was_not_stored_is_missing_until_it_is_given() -> None:
    one = call({}, unstored={"rng": "a value of type Generator cannot be stored"})
    (why,) = given.missing([one], {})
    assert why.startswith("argument 'rng': a value of type Generator")
    assert list(given.missing([one], {"rng": "1"})) == []
