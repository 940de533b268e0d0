"""Every example in a docstring of mlsnap is run here."""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import mlsnap

PACKAGE = Path(mlsnap.__file__).parent


def modules_with_examples() -> list[str]:
    files = [file for file in PACKAGE.rglob("*.py") if ">>> " in file.read_text(encoding="utf-8")]
    names = [file.relative_to(PACKAGE.parent).with_suffix("").parts for file in sorted(files)]
    return [".".join(parts).removesuffix(".__init__") for parts in names]


@pytest.mark.parametrize("name", modules_with_examples())
def test_the_examples_of_a_module_say_what_happens(name: str, project: Path):
    outcome = doctest.testmod(import_module(name))

    assert outcome.attempted
    assert not outcome.failed
