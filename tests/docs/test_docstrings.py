"""Every example in a docstring of mlsnap is run here."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

import mlsnap

PACKAGE = Path(mlsnap.__file__).parent


def modules_with_examples() -> list[str]:
    files = [file for file in PACKAGE.rglob("*.py") if ">>> " in file.read_text(encoding="utf-8")]
    names = [file.relative_to(PACKAGE.parent).with_suffix("").parts for file in sorted(files)]
    return [".".join(parts).removesuffix(".__init__") for parts in names]


def imported(name: str) -> ModuleType:
    """The module; a hook's is passed over where its framework is not installed."""
    try:
        return import_module(name)
    except ModuleNotFoundError as missing:
        framework = (missing.name or "").partition(".")[0]
        if name != f"mlsnap.hooks.{framework}":
            raise
        pytest.skip(f"{framework} is not installed")


@pytest.mark.parametrize("name", modules_with_examples())
def test_the_examples_of_a_module_say_what_happens(name: str, project: Path):
    outcome = doctest.testmod(imported(name))

    assert outcome.attempted
    assert not outcome.failed
