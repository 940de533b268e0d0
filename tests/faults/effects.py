"""What a process does to the world outside, seen while it happens."""

from __future__ import annotations

import builtins
import io
import os
import re
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

OnEffect = Callable[[str], None]

_FILE_EVENTS = frozenset({"os.rename", "os.remove", "os.link", "os.symlink", "os.truncate"})
_CALLS = ("create_", "log_", "set_", "delete_", "update_", "restore_", "rename_")


def watch(on_effect: OnEffect, folder: Path) -> None:
    """From now on call ``on_effect`` before each change of MLflow and of files below ``folder``.

    For a file that is opened for writing it is called when the file is there, with nothing in it.
    This cannot be undone: it is for processes that do one thing and end.
    """
    inside = str(folder) + os.sep
    _watch_mlflow(on_effect)
    _watch_opening(on_effect, inside)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _FILE_EVENTS and _path(arguments[0]).startswith(inside):
            on_effect(" ".join([event, *filter(None, map(_path, arguments[:2]))]))

    sys.addaudithook(hook)


def _watch_mlflow(on_effect: OnEffect) -> None:
    for name in dir(MlflowClient):
        if name.startswith(_CALLS):
            setattr(MlflowClient, name, _told(getattr(MlflowClient, name), on_effect))


def _told(call: Callable[..., Any], on_effect: OnEffect) -> Callable[..., Any]:
    @wraps(call)
    def told(client: MlflowClient, *arguments: Any, **options: Any) -> Any:
        on_effect(" ".join([call.__name__, *filter(_is_name, arguments)]))
        return call(client, *arguments, **options)

    return told


def _watch_opening(on_effect: OnEffect, inside: str) -> None:
    opening = builtins.open

    def opened(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
        stream = opening(file, mode, *arguments, **options)
        if set(mode) & set("wax+") and _path(file).startswith(inside):
            on_effect(f"opened {file}")
        return stream

    io.open = builtins.open = opened  # type: ignore[assignment]


def _is_name(argument: object) -> bool:
    return isinstance(argument, str) and not re.fullmatch("[0-9a-f]{32}", argument)


def _path(file: object) -> str:
    """Its path as text; nothing for a descriptor."""
    return os.fsdecode(file) if isinstance(file, str | bytes | os.PathLike) else ""
