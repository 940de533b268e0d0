from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import randomness

DRAWS = {
    "random": random.random,
    "gauss": lambda: random.gauss(0, 1),
    "bits": lambda: random.getrandbits(70),
    "numpy uniform": np.random.rand,
    "numpy normal": np.random.randn,
    "numpy integers": lambda: int(np.random.randint(1000)),
    "numpy permutation": lambda: np.random.permutation(5).tolist(),
}
draws = st.lists(st.sampled_from(sorted(DRAWS)), max_size=8)


@pytest.fixture(autouse=True)
def same_generator_afterwards() -> Iterator[None]:
    python, numpy = random.getstate(), np.random.get_state(legacy=False)
    yield
    np.random.set_bit_generator(np.random.MT19937())
    np.random.set_state(numpy)
    random.setstate(python)


def drawn(names: list[str]) -> list[Any]:
    return [DRAWS[name]() for name in names]


def through_json(state: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(state))


@given(seed=st.integers(0, 2**32 - 1), before=draws, after=draws, other=draws)
def test_the_same_draws_follow_a_restored_state(
    seed: int, before: list[str], after: list[str], other: list[str]
) -> None:
    random.seed(seed)
    np.random.seed(seed)
    drawn(before)
    state = through_json(randomness.capture())
    expected = drawn(after)
    drawn(other)
    randomness.restore(state)
    assert drawn(after) == expected


@given(before=draws)
def test_capture_changes_no_state(before: list[str]) -> None:
    drawn(before)
    assert randomness.capture() == randomness.capture()


def test_the_second_of_two_normal_draws_is_kept() -> None:
    drawn(["gauss", "numpy normal"])
    state = randomness.capture()
    assert state["random"]["gauss"] is not None
    assert state["numpy"]["has_gauss"] == 1
    expected = drawn(["gauss", "numpy normal"])
    randomness.restore(through_json(state))
    assert drawn(["gauss", "numpy normal"]) == expected


@pytest.mark.parametrize("name", ["PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937"])
def test_another_global_generator_of_numpy_comes_back(name: str) -> None:
    np.random.set_bit_generator(getattr(np.random, name)(7))
    np.random.randn()
    state = through_json(randomness.capture())
    expected = drawn(["numpy normal", "numpy uniform", "numpy integers"])
    np.random.set_bit_generator(np.random.MT19937(1))
    randomness.restore(state)
    assert drawn(["numpy normal", "numpy uniform", "numpy integers"]) == expected


def test_a_state_is_a_few_kilobytes() -> None:
    state = randomness.capture()
    assert all(len(json.dumps(each)) < 8_000 for each in state.values())


def test_an_unknown_generator_is_named() -> None:
    with pytest.raises(NotReproducibleError, match="the state of generator 'dice' was recorded"):
        randomness.restore({"dice": {}})


@pytest.mark.parametrize(
    "state",
    [
        {"random": {}},
        {"random": {"version": 3, "words": "AAAA", "gauss": None}},
        {"random": {"version": 3, "words": "?", "gauss": None}},
        {"numpy": {"bit_generator": "os", "state": {}}},
        {"numpy": {"bit_generator": "MT19937", "state": {"key": [1], "pos": 1}}},
        {"numpy": 1},
    ],
)
def test_a_damaged_state_is_named(state: dict[str, Any]) -> None:
    with pytest.raises(NotReproducibleError, match=r"the recorded state of generator '\w+' is not"):
        randomness.restore(state)
