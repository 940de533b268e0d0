"""The fresh process of a reproduction: ``python -m mlsnap.services.rerun ORDER.json``."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlsnap.lineage import entry, randomness
from mlsnap.services import call_inputs, loading, replay_data
from mlsnap.tracking import runs
from mlsnap.tracking.server import use_tracking_uri
from mlsnap.values.lineage import Call


def main(file: str) -> int:
    """Make the calls of an order; 0 if they all returned, 1 if one raised."""
    order = json.loads(Path(file).read_text(encoding="utf-8"))
    os.chdir(order["folder"])
    loading.replay(order["loaded"])
    try:
        with runs.resume(order["run_id"]):
            for stored in order["calls"]:
                _call(Call.from_dict(stored["call"]), stored["tables"], order)
    except BaseException as error:
        traceback.print_exc()
        text = "".join(traceback.format_exception_only(error)).strip()
        Path(order["failure"]).write_text(text, encoding="utf-8")
        return 1
    return 0


def _call(call: Call, tables: dict[str, Any], order: dict[str, Any]) -> None:
    function = _load(call, order)
    values = call_inputs.restore(
        call.arguments,
        lambda table: replay_data.restore(table, tables[table["context"]]),
        main=function.__module__,
    )
    bound = inspect.signature(function).bind_partial()
    bound.arguments.update(values)
    randomness.restore(call.randomness)
    _invoke(function, bound)


def _load(call: Call, order: dict[str, Any]) -> Callable[..., Any]:
    """The recorded function; MLflow stays where the new run is, whatever the module says."""
    try:
        return entry.load(call.entry, root=Path(order["root"]))
    finally:
        use_tracking_uri(order["tracking_uri"])


def _invoke(function: Callable[..., Any], bound: inspect.BoundArguments) -> None:
    result = function(*bound.args, **bound.kwargs)
    if inspect.iscoroutine(result):
        asyncio.run(result)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
