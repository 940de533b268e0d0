"""States of the generators of PyTorch, Keras and TensorFlow, where they are installed."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from mlsnap.lineage import generators, randomness


def again(state: Any) -> Any:
    return json.loads(json.dumps(state))


def test_torch_goes_on_where_it_was() -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    torch.rand(5)
    state = again(randomness.capture_one("torch"))
    first = torch.rand(700).tolist()
    torch.manual_seed(4)
    randomness.restore({"torch": state})
    assert torch.rand(700).tolist() == first


def test_a_generator_of_torch_goes_on_where_it_was() -> None:
    torch = pytest.importorskip("torch")
    names = {"MADE": torch.Generator().manual_seed(3), "other": 1}
    torch.rand(5, generator=names["MADE"])
    state = again(generators.of_module(names))
    first = torch.rand(5, generator=names["MADE"]).tolist()
    copy = generators.made(*state["MADE"])
    generators.restore(state, names)
    assert torch.rand(5, generator=names["MADE"]).tolist() == first
    assert torch.rand(5, generator=copy).tolist() == first


@pytest.mark.parametrize("is_used_before", [True, False])
def test_keras_goes_on_where_it_was(is_used_before: bool) -> None:
    keras = pytest.importorskip("keras")
    keras.utils.clear_session()
    if is_used_before:
        keras.random.uniform((3,))
    state = {name: randomness.capture_one(name) for name in ("random", "keras")}
    assert (state["keras"] is not None) is is_used_before

    def drawn() -> list[float]:
        layer = keras.layers.Dense(2)
        layer.build((None, 3))
        values = [keras.random.uniform((3,)), *layer.get_weights()]
        return [float(x) for each in values for x in np.ravel(keras.ops.convert_to_numpy(each))]

    first = drawn()
    keras.utils.clear_session()
    assert drawn() != first
    keras.utils.clear_session()
    randomness.restore({name: each for name, each in again(state).items() if each is not None})
    assert drawn() == first


def test_tensorflow_goes_on_where_it_was() -> None:
    tensorflow = pytest.importorskip("tensorflow")
    tensorflow.random.set_seed(3)
    tensorflow.random.set_global_generator(tensorflow.random.Generator.from_seed(5))
    tensorflow.random.uniform([3])
    tensorflow.random.get_global_generator().normal([2])
    state = again(randomness.capture_one("tensorflow"))

    def drawn() -> list[float]:
        made = tensorflow.random.get_global_generator()
        found = [tensorflow.random.normal([3]), made.uniform([3])]
        return [float(x) for each in found for x in each.numpy()]

    first = drawn()
    tensorflow.random.set_seed(9)
    assert drawn() != first
    randomness.restore({"tensorflow": state})
    assert drawn() == first
