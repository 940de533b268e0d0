"""Functions of MLflow that do something else while a tracked call is under way."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import mlflow

_MARK = "_wrapped_by_mlsnap"


def wrap(name: str, instead: Callable[..., Any]) -> None:
    """Have ``mlflow.<name>(…)`` call ``instead(function, …)``, with what the name meant before.

    Modules that have imported the function by its name get the new one, too. What other libraries
    have put around it, or put there later, stays in place; if the name has come to mean another
    function (as when MLflow was loaded anew), that one is wrapped.
    """
    function = getattr(mlflow, name)
    if hasattr(function, _MARK):  # `functools.wraps` hands it on to what is put around
        return

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        return instead(function, *args, **kwargs)

    setattr(wrapped, _MARK, True)
    for module in list(sys.modules.values()):
        if issubclass(type(module), ModuleType):  # some stand-ins only say that they are one
            names = object.__getattribute__(module, "__dict__")  # loads no lazy module
            if names.get(name) is function:
                names[name] = wrapped
