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
from mlsnap.lineage import entry
from mlsnap.services import call_inputs, chance, loading
from mlsnap.services.reproduction import given, replay_data, script_replays
from mlsnap.tracking import call_runs
from mlsnap.tracking.server import use_tracking_uri
from mlsnap.values.exits import ends_well
from mlsnap.values.lineage import Body, Call


def main(file: str) -> int:
    """Make the calls of an order; 0 if they all returned, 1 if one raised."""
    order = json.loads(Path(file).read_text(encoding="utf-8"))
    os.chdir(order["folder"])
    loading.replay(order["loaded"])
    try:
        for stored in order["calls"]:
            with call_runs.resumed(order["run_id"]):
                _call(stored, order)
    except _NotPossibleError as error:
        return _told(order, missing=error.cause.fact, hint=error.cause.hint)
    except BaseException as error:
        traceback.print_exc()
        return _told(order, raised="".join(traceback.format_exception_only(error)).strip())
    return _told(order)


class _NotPossibleError(Exception):
    """The call could not be made; what the training itself raises is none of these."""

    def __init__(self, cause: MlsnapError) -> None:
        super().__init__(str(cause))
        self.cause = cause


def _told(order: dict[str, Any], **failure: str) -> int:
    """Write how the calls ended: a process that ends in the middle of one writes nothing."""
    Path(order["ended"]).write_text(json.dumps(failure), encoding="utf-8")
    return 1 if failure else 0


def _call(stored: dict[str, Any], order: dict[str, Any]) -> None:
    call, body = Call.from_dict(stored["call"]), stored.get("body")
    try:
        function, bound = _prepared(call, stored["tables"], order)
        chance.restore(call.randomness, function)
    except MlsnapError as error:
        raise _NotPossibleError(error) from error
    with chance.replaying(Body.from_dict(body) if body else Body()):
        _invoke(function, bound)


def _prepared(
    call: Call, tables: dict[str, Any], order: dict[str, Any]
) -> tuple[Callable[..., Any], inspect.BoundArguments]:
    if call.entry.is_script:
        return _script(call, tables, order)
    function = _load(call, order)
    values = call_inputs.restore(
        call.arguments,
        lambda table: replay_data.restore(table, tables[table["context"]]),
        main=function.__module__,
    )
    bound = inspect.signature(function).bind_partial()
    bound.arguments.update(_placed(bound.signature, values, _given(call, values, order["params"])))
    return function, bound


def _placed(
    signature: inspect.Signature, values: dict[str, Any], given: dict[str, Any]
) -> dict[str, Any]:
    """The values by parameter; what has none of its own goes to the ``**`` arguments."""
    free = {name: value for name, value in given.items() if name not in signature.parameters}
    own = {name: value for name, value in given.items() if name not in free}
    kinds = {each.kind: name for name, each in signature.parameters.items()}
    if free and (unpacked := kinds.get(inspect.Parameter.VAR_KEYWORD)):
        own[unpacked] = {**values.get(unpacked, {}), **free}
    return {**values, **own}


def _script(
    call: Call, tables: dict[str, Any], order: dict[str, Any]
) -> tuple[Callable[..., Any], inspect.BoundArguments]:
    places = {context: brought["path"] for context, brought in tables.items()}
    root, params = Path(order["root"]), order["params"]
    function = script_replays.prepare(call, places, root=root, params=params)
    return function, inspect.signature(function).bind()


def _given(call: Call, recorded: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    """The arguments of this call that are given another value."""
    return {
        name: given.parsed(text, recorded.get(name), name)
        for name, text in params.items()
        if name in call.arguments or name in call.unstored
    }


def _load(call: Call, order: dict[str, Any]) -> Callable[..., Any]:
    """The recorded function; MLflow stays where the new run is, whatever the module says."""
    try:
        return entry.load(call.entry, root=Path(order["root"]))
    finally:
        use_tracking_uri(order["tracking_uri"])


def _invoke(function: Callable[..., Any], bound: inspect.BoundArguments) -> None:
    """Call it; what it raises goes through, but for an end without an error."""
    try:
        result = function(*bound.args, **bound.kwargs)
        if inspect.iscoroutine(result):
            asyncio.run(result)
    except SystemExit as ended:
        if not ends_well(ended):
            raise


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
