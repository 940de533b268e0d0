"""The fresh process of a reproduction, which runs this module with the file of an order."""

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

from mlsnap.errors import MlsnapError
from mlsnap.lineage import entry, randomness
from mlsnap.services import call_inputs, loading
from mlsnap.services.reproduction import replay_data
from mlsnap.tracking import call_runs
from mlsnap.tracking.server import use_tracking_uri
from mlsnap.values.lineage import Call


def main(file: str) -> int:
    """Make the calls of an order; 0 if they all returned, 1 if one raised."""
    order = json.loads(Path(file).read_text(encoding="utf-8"))
    os.chdir(order["folder"])
    loading.replay(order["loaded"])
    try:
        for stored in order["calls"]:
            with call_runs.resumed(order["run_id"]):
                _call(Call.from_dict(stored["call"]), stored["tables"], order)
    except _NotPossibleError as error:
        return _fail(order, missing=error.cause.fact, hint=error.cause.hint)
    except BaseException as error:
        traceback.print_exc()
        return _fail(order, raised="".join(traceback.format_exception_only(error)).strip())
    return 0


class _NotPossibleError(Exception):
    """The call could not be made; what the training itself raises is none of these."""

    def __init__(self, cause: MlsnapError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _fail(order: dict[str, Any], **why: str) -> int:
    Path(order["failure"]).write_text(json.dumps(why), encoding="utf-8")
    return 1


def _call(call: Call, tables: dict[str, Any], order: dict[str, Any]) -> None:
    try:
        function, bound = _prepared(call, tables, order)
    except MlsnapError as error:
        raise _NotPossibleError(error) from error
    randomness.restore(call.randomness)
    _invoke(function, bound)


def _prepared(
    call: Call, tables: dict[str, Any], order: dict[str, Any]
) -> tuple[Callable[..., Any], inspect.BoundArguments]:
    function = _load(call, order)
    values = call_inputs.restore(
        call.arguments,
        lambda table: replay_data.restore(table, tables[table["context"]]),
        main=function.__module__,
    )
    bound = inspect.signature(function).bind_partial()
    bound.arguments.update(values)
    return function, bound


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
