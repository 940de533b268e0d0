"""Random generators as objects: their states as JSON, made again, or set."""

from __future__ import annotations

import importlib
import random
import struct
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage.randomness import packed, python_state, state_of, unpacked

_BIT_GENERATORS = ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")


def state(value: Any) -> list[Any] | None:
    """The kind and state of a generator; ``None`` of anything else.

    Generators are `random.Random`, NumPy's ``Generator`` and ``RandomState`` on a bit generator of
    its own, and PyTorch's ``Generator`` on the CPU.
    """
    if type(value) is random.Random:
        return ["random", python_state(value.getstate())]
    return _numpy_state(value) or _torch_state(value)


def made(kind: str, recorded: Any) -> Any:
    """A new generator in a state of `state`; `ValueError` or the like if it is not one."""
    if kind == "random":
        python = random.Random(0)
        python.setstate(state_of(recorded))
        return python
    if kind == "torch":
        torch: Any = importlib.import_module("torch")
        return _with_torch_state(torch.Generator(), recorded)
    return _numpy_made(kind, recorded)


def of_module(names: Mapping[str, Any]) -> dict[str, Any]:
    """The states of the generators among the names of a module."""
    found = {name: state(value) for name, value in list(names.items())}
    return {name: each for name, each in found.items() if each is not None}


def restore(recorded: Mapping[str, list[Any]], names: Mapping[str, Any]) -> None:
    """Set the generators among ``names`` to their recorded states.

    A name that other code does not have, or has for something else, is left as it is.

    Raises
    ------
    NotReproducibleError
        If a state is not one.
    """
    for name, (kind, each) in recorded.items():
        now = state(names.get(name))
        if now is None or now[0] != kind:
            continue
        try:
            _set(names[name], kind, each)
        except (KeyError, TypeError, ValueError, IndexError, RuntimeError, struct.error) as error:
            raise NotReproducibleError(
                f"the recorded state of the generator {name!r} is not one: {error!r}",
                "the record is damaged: the run can be made again only with another state",
            ) from error


def _set(value: Any, kind: str, recorded: Any) -> None:
    if kind == "random":
        value.setstate(state_of(recorded))
    elif kind == "torch":
        _with_torch_state(value, recorded)
    elif kind == "RandomState":
        value.set_state(unpacked(recorded))
    else:
        value.bit_generator.state = unpacked(recorded)


def _numpy_state(value: Any) -> list[Any] | None:
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is None or type(value) not in (numpy.Generator, numpy.RandomState):
        return None
    is_legacy = type(value) is numpy.RandomState
    found = value.get_state(legacy=False) if is_legacy else value.bit_generator.state
    if found.get("bit_generator") not in _BIT_GENERATORS:
        return None
    return ["RandomState" if is_legacy else "Generator", packed(found)]


def _numpy_made(kind: str, recorded: Any) -> Any:
    import numpy as np

    found = unpacked(recorded)
    if found["bit_generator"] not in _BIT_GENERATORS:
        raise ValueError(f"no bit generator {found['bit_generator']!r}")
    bits = getattr(np.random, found["bit_generator"])(0)
    if kind == "RandomState":
        legacy = np.random.RandomState(bits)
        legacy.set_state(found)
        return legacy
    if kind != "Generator":
        raise ValueError(f"no generator of kind {kind!r}")
    bits.state = found
    return np.random.Generator(bits)


def _torch_state(value: Any) -> list[Any] | None:
    torch: Any = sys.modules.get("torch")
    kind = getattr(torch, "Generator", None)
    if kind is None or type(value) is not kind or value.device.type != "cpu":
        return None
    return ["torch", b64encode(value.get_state().numpy().tobytes()).decode()]


def _with_torch_state(generator: Any, recorded: str) -> Any:
    torch: Any = sys.modules["torch"]
    raw = bytearray(b64decode(recorded, validate=True))
    generator.set_state(torch.frombuffer(raw, dtype=torch.uint8))
    return generator
