"""Call the trainings named, ``module.function``, each in a run of its own or all in one."""

from __future__ import annotations

import inspect
import sys
from contextlib import nullcontext
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
    together = names[0] == "--together"
    with mlflow.start_run() if together else nullcontext():
        for name in names[together:]:
            with nullcontext() if together else mlflow.start_run(run_name=name):
                train(name)


if __name__ == "__main__":
    main(*sys.argv[1:])
