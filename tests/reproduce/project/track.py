"""Call the trainings named, ``module.function``, all in one run."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from typing import Any

import mlflow
import tables


def train(name: str) -> None:
    module, _, function = name.partition(".")
    training: Any = getattr(import_module(module), function)
    needed = inspect.signature(training).parameters.values()
    given = {each.name for each in needed if each.default is inspect.Parameter.empty}
    training(**{each: getattr(tables, each)() for each in given})


def main(*names: str) -> None:
    with mlflow.start_run():
        for name in names:
            train(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
