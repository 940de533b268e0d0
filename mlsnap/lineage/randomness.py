"""States of the global random generators: Python's own, and NumPy's where it is in use."""

from __future__ import annotations

import random
import struct
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from mlsnap.errors import NotReproducibleError

_NUMPY_GENERATORS = {"MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"}


def capture() -> dict[str, Any]:
    """The states now, by generator, as JSON-ready values; the generators stay as they are.

    ``numpy`` is there if this process has imported it.
    """
    state: dict[str, Any] = {"random": _python()}
    if sys.modules.get("numpy") is not None:
        state["numpy"] = _numpy()
    return state


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
        except (KeyError, TypeError, ValueError, IndexError, struct.error) as error:
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


def _python() -> dict[str, Any]:
    version, words, gauss = random.getstate()
    packed = struct.pack(f"<{len(words)}I", *words)
    return {"version": version, "words": b64encode(packed).decode(), "gauss": gauss}


def _set_python(recorded: dict[str, Any]) -> None:
    packed = b64decode(recorded["words"], validate=True)
    words = struct.unpack(f"<{len(packed) // 4}I", packed)
    random.setstate((recorded["version"], words, recorded["gauss"]))


def _numpy() -> Any:
    import numpy as np

    return _packed(np.random.get_state(legacy=False))


def _set_numpy(recorded: dict[str, Any]) -> None:
    import numpy as np

    state = _unpacked(recorded)
    name = state["bit_generator"]
    if name not in _NUMPY_GENERATORS:
        raise ValueError(f"no bit generator {name!r}")
    if name != np.random.get_state(legacy=False)["bit_generator"]:
        change: Any = np.random.mtrand  # where set_bit_generator is typed nowhere
        change.set_bit_generator(getattr(np.random, name)())
    np.random.set_state(state)


def _packed(value: Any) -> Any:
    """Nested dicts with their arrays as text."""
    if isinstance(value, dict):
        return {key: _packed(each) for key, each in value.items()}
    if hasattr(value, "tobytes"):
        little = value.astype(value.dtype.newbyteorder("<"))
        return {"dtype": little.dtype.str, "base64": b64encode(little.tobytes()).decode()}
    return value


def _unpacked(stored: Any) -> Any:
    import numpy as np

    if not isinstance(stored, dict):
        return stored
    if stored.keys() != {"dtype", "base64"}:
        return {key: _unpacked(each) for key, each in stored.items()}
    array = np.frombuffer(b64decode(stored["base64"], validate=True), dtype=stored["dtype"])
    return array.astype(array.dtype.newbyteorder("="))


_SETTERS = {"random": _set_python, "numpy": _set_numpy}
