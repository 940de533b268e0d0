"""States of the global random generators: Python's own, and those of the libraries in use."""

from __future__ import annotations

import importlib
import random
import struct
import sys
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mlsnap.errors import NotReproducibleError

_NUMPY_GENERATORS = {"MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"}


def capture() -> dict[str, Any]:
    """The states now, by library, as JSON-ready values; the generators stay as they are.

    Only libraries that this process has imported are there.
    """
    return {name: state for name in _STATES if (state := capture_one(name)) is not None}


def capture_one(library: str) -> Any:
    """The state of a library's global generators; ``None`` if it has none yet."""
    module = sys.modules.get(library)
    return None if module is None else _STATES[library](module)


def restore(state: dict[str, Any]) -> None:
    """Sets the generators to a state of `capture`; the same draws follow.

    Raises
    ------
    NotReproducibleError
        If a generator is unknown, or its state is not one.
    """
    for name, recorded in state.items():
        if name not in _SETTERS:
            raise NotReproducibleError(
                f"the state of generator {name!r} was recorded, and cannot be set",
                "use the mlsnap version that recorded the run, or a newer one",
            )
        try:
            _SETTERS[name](recorded)
        except ImportError as error:
            raise NotReproducibleError(
                f"the state of {name!r} was recorded, which is not installed here: {error}",
                f"install {name}, or let the recorded environment be built (--env isolated)",
            ) from error
        except (KeyError, TypeError, ValueError, IndexError, RuntimeError, struct.error) as error:
            raise NotReproducibleError(
                f"the recorded state of generator {name!r} is not one: {error!r}",
                "the record is damaged: the run can be made again only with another state",
            ) from error


@contextmanager
def kept() -> Iterator[None]:
    """The generators go on after the block as if it had not drawn from them.

    A generator of NumPy's that it cannot set, one of the user's own making, is left as it is.
    """
    python = random.getstate()
    numpy = sys.modules.get("numpy")
    state = numpy.random.get_state(legacy=False) if numpy else None
    try:
        yield
    finally:
        random.setstate(python)
        if numpy:
            with suppress(ValueError, TypeError):
                numpy.random.set_state(state)


def _python(module: Any) -> dict[str, Any]:
    return python_state(random.getstate())


def _set_python(recorded: dict[str, Any]) -> None:
    random.setstate(state_of(recorded))


def python_state(state: tuple[Any, ...]) -> dict[str, Any]:
    """The state of a `random.Random` as JSON-ready values."""
    version, words, gauss = state
    text = b64encode(struct.pack(f"<{len(words)}I", *words)).decode()
    return {"version": version, "words": text, "gauss": gauss}


def state_of(stored: dict[str, Any]) -> tuple[Any, ...]:
    """What `python_state` made ``stored`` of."""
    words = b64decode(stored["words"], validate=True)
    return (stored["version"], struct.unpack(f"<{len(words) // 4}I", words), stored["gauss"])


def _numpy(module: Any) -> Any:
    return packed(module.random.get_state(legacy=False))


def _set_numpy(recorded: dict[str, Any]) -> None:
    import numpy as np

    state = unpacked(recorded)
    name = state["bit_generator"]
    if name not in _NUMPY_GENERATORS:
        raise ValueError(f"no bit generator {name!r}")
    if name != np.random.get_state(legacy=False)["bit_generator"]:
        change: Any = np.random.mtrand  # where set_bit_generator is typed nowhere
        change.set_bit_generator(getattr(np.random, name)())
    np.random.set_state(state)


def _torch(module: Any) -> dict[str, Any] | None:
    if not hasattr(module, "get_rng_state"):
        return None
    is_on_gpu = module.cuda.is_available() and module.cuda.is_initialized()
    devices = module.cuda.get_rng_state_all() if is_on_gpu else []
    return {"cpu": _text(module.get_rng_state()), "cuda": [_text(each) for each in devices]}


def _set_torch(recorded: dict[str, Any]) -> None:
    torch: Any = importlib.import_module("torch")

    def state(text: str) -> Any:
        return torch.frombuffer(bytearray(b64decode(text, validate=True)), dtype=torch.uint8)

    torch.set_rng_state(state(recorded["cpu"]))
    if torch.cuda.is_available():
        for device, text in enumerate(recorded["cuda"][: torch.cuda.device_count()]):
            torch.cuda.set_rng_state(state(text), device)


def _tensorflow(module: Any) -> dict[str, Any] | None:
    """What `tf.random.set_seed` set, how far it was used, and the global generator's state.

    TensorFlow has no public names to read them by.
    """
    eager = sys.modules.get("tensorflow.python.eager.context")
    if eager is None:
        return None
    context: Any = eager.context()
    seeder = getattr(context, "_rng", None)
    operations: Any = sys.modules.get("tensorflow.python.ops.stateful_random_ops")
    found = getattr(operations, "global_generator", None)
    return {
        "seed": getattr(context, "_seed", None),
        "seeder": python_state(seeder.getstate()) if seeder is not None else None,
        "generator": None
        if found is None
        else {"algorithm": int(found.algorithm), "state": packed(found.state.numpy())},
    }


def _set_tensorflow(recorded: dict[str, Any]) -> None:
    tensorflow: Any = importlib.import_module("tensorflow")
    if recorded["seed"] is not None:
        tensorflow.random.set_seed(recorded["seed"])
        context = importlib.import_module("tensorflow.python.eager.context").context()
        if recorded["seeder"] is not None:
            context._rng.setstate(state_of(recorded["seeder"]))
    if (generator := recorded["generator"]) is not None:
        made = tensorflow.random.Generator.from_state(
            unpacked(generator["state"]), alg=generator["algorithm"]
        )
        tensorflow.random.set_global_generator(made)


def _keras(module: Any) -> Any:
    """The generator of what is drawn from Keras 3 without a seed, if anything has been."""
    made = _keras_generator(None)
    return None if made is None else packed(_host(made.state))


def _set_keras(recorded: dict[str, Any]) -> None:
    keras: Any = importlib.import_module("keras")
    made = _keras_generator(None)
    if made is None:
        made = keras.random.SeedGenerator(0)
        _keras_generator(made)
    made.state.assign(unpacked(recorded))


def _keras_generator(made: Any) -> Any:
    """Keras' generator; ``made`` takes its place, if given."""
    states: Any = sys.modules.get("keras.src.backend.common.global_state")
    if states is None:
        return None
    if made is not None:
        states.set_global_attribute("global_seed_generator", made)
    return states.get_global_attribute("global_seed_generator")


def _host(variable: Any) -> Any:
    keras: Any = sys.modules["keras"]
    return keras.ops.convert_to_numpy(variable)


def _text(tensor: Any) -> str:
    return b64encode(tensor.cpu().numpy().tobytes()).decode()


def packed(value: Any) -> Any:
    """Nested dicts with their arrays as text."""
    if isinstance(value, dict):
        return {key: packed(each) for key, each in value.items()}
    if hasattr(value, "tobytes"):
        little = value.astype(value.dtype.newbyteorder("<"))
        return {"dtype": little.dtype.str, "base64": b64encode(little.tobytes()).decode()}
    return value


def unpacked(stored: Any) -> Any:
    """What `packed` made ``stored`` of."""
    import numpy as np

    if not isinstance(stored, dict):
        return stored
    if stored.keys() != {"dtype", "base64"}:
        return {key: unpacked(each) for key, each in stored.items()}
    array = np.frombuffer(b64decode(stored["base64"], validate=True), dtype=stored["dtype"])
    return array.astype(array.dtype.newbyteorder("="))


_STATES: dict[str, Callable[[Any], Any]] = {
    "random": _python,
    "numpy": _numpy,
    "torch": _torch,
    "tensorflow": _tensorflow,
    "keras": _keras,
}

_SETTERS: dict[str, Callable[[Any], None]] = {
    "random": _set_python,
    "numpy": _set_numpy,
    "torch": _set_torch,
    "tensorflow": _set_tensorflow,
    "keras": _set_keras,
}
