"""Arguments whose classes the code defines come back as they were, without a constructor."""

from __future__ import annotations

import argparse
import json
import random
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest
import stored_classes
from stored_classes import Computed, Derived, Frozen, Pair, Plain, Point

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage.arguments import UnstorableArgument, decode, encode


def through_json(value: Any, **given: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value))), **given)


@pytest.mark.parametrize(
    "value",
    [
        Plain(0.5, ["a"]),
        Frozen(Plain()),
        {"nested": [(Frozen(Plain(names=[np.str_("a")])),)]},
        Derived(value=(1, 2)),
        Point(1.0),
        Pair(Plain(), {3}),
        argparse.Namespace(rate=0.1, names=("a",)),
        SimpleNamespace(a=Plain()),
        stored_classes.loss,
        stored_classes.Tool,
    ],
    ids=lambda value: type(value).__name__,
)
def test_it_comes_back(value: Any) -> None:
    back = through_json(value)
    assert back == value
    assert type(back) is type(value)


def test_a_dataclass_comes_back_as_it_was_left_not_as_it_would_be_made() -> None:
    value = Computed(3, seed=7)
    value.start = 100
    assert value.lock

    back = through_json(value)

    assert (back.start, back.twice, back.noted) == (100, 6, 7)
    assert not hasattr(back, "never_set")
    assert "lock" not in vars(back)


def test_a_field_that_the_class_has_got_since_has_its_default() -> None:
    back = decode({"dataclass": ["stored_classes", "Plain", []]})
    assert back == Plain()


def test_a_zero_dimensional_array_keeps_its_type() -> None:
    for value in (np.array(1.5, "f4"), np.array(3, ">i2"), np.array("ä"), np.array(True)):
        back = through_json(value)
        assert back.shape == ()
        assert back == value
        assert back.dtype == value.dtype.newbyteorder("=")


@pytest.mark.parametrize(
    "make",
    [
        lambda: random.Random(3),
        lambda: np.random.default_rng(3),
        lambda: np.random.Generator(np.random.SFC64(3)),
        lambda: np.random.RandomState(3),
    ],
)
def test_a_generator_goes_on_where_it_was(make: Any) -> None:
    value = make()
    value.random()
    back = through_json(value)
    assert [back.random() for _ in range(700)] == [value.random() for _ in range(700)]


def test_a_class_of_a_script_is_recorded_the_same_when_the_script_is_loaded_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    script = ModuleType("mlsnap_script_train")
    monkeypatch.setitem(sys.modules, script.__name__, script)
    code = "import dataclasses\n@dataclasses.dataclass\nclass Config:\n    x: int = 1\n"
    exec(code, script.__dict__)

    stored = encode(script.Config(5))

    assert stored == {"dataclass": ["__main__", "Config", [["x", 5]]]}
    assert decode(stored, main=script.__name__) == script.Config(5)


def test_a_class_that_its_name_no_longer_leads_to_is_not_stored(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    value = Plain()
    monkeypatch.setattr(stored_classes, "Plain", Frozen)
    with pytest.raises(UnstorableArgument, match=r"type stored_classes.Plain cannot be stored"):
        encode(value)


@pytest.mark.parametrize(
    ("stored", "why"),
    [
        ({"dataclass": ["stored_classes", "Tool", []]}, "Tool is not a dataclass"),
        ({"dataclass": ["subprocess", "run", []]}, "run is not a dataclass"),
        ({"dataclass": ["stored_classes", "Plain", [["__class__", 1]]]}, "is no field"),
        ({"named_tuple": ["stored_classes", "Plain", [1]]}, "Plain is not a named tuple"),
        ({"named_tuple": ["stored_classes", "Pair", [1]]}, "has the fields a, b"),
        ({"pydantic": ["stored_classes", "Plain", []]}, "Plain is not a pydantic model"),
        ({"namespace": ["subprocess", "Popen", [["args", "true"]]]}, "is not a namespace"),
        ({"flag": ["stored_enums", "Loss", 1]}, "Loss is not an enum of flags"),
        ({"import": ["stored_classes", "NOT_A_CLASS"]}, "is not a function or class"),
        ({"import": ["no_such_module", "A"]}, "module 'no_such_module' cannot be imported"),
        ({"generator": ["dice", {"bit_generator": "PCG64"}]}, "no generator of kind 'dice'"),
        ({"generator": ["Generator", {"bit_generator": "os"}]}, "no bit generator 'os'"),
        ({"numpy_dtype": "no such"}, "TypeError"),
    ],
)
def test_a_record_that_names_something_else_calls_nothing(stored: Any, why: str) -> None:
    with pytest.raises(NotReproducibleError) as caught:
        decode(stored)
    assert why in caught.value.fact


MODELS = """
from pydantic import BaseModel, Field, PrivateAttr, RootModel, field_validator

class Inner(BaseModel):
    a: int = 1

class Settings(BaseModel, extra="allow", frozen=True):
    rate: float = Field(0.1, alias="Rate")
    inner: Inner = Inner()
    _note: str = PrivateAttr("x")

    @field_validator("rate")
    @classmethod
    def halved(cls, value):
        return value / 2

class Names(RootModel[list[str]]):
    pass
"""


def test_a_pydantic_model_comes_back_without_validation(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pydantic")
    module = ModuleType("stored_models")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(MODELS, module.__dict__)
    value = module.Settings(Rate=0.5, more=(1, 2))

    back = through_json(value)

    assert back == value
    assert back.rate == 0.25
    assert (back.model_fields_set, back.more, back._note) == ({"rate", "more"}, (1, 2), "x")
    assert through_json(module.Names(["a"])) == module.Names(["a"])
