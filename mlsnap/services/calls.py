"""What mlsnap does around a tracked call: before the body, and after it."""

from __future__ import annotations

import inspect
import numbers
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlsnap.data.sources import base_of, define
from mlsnap.lineage import arguments, code, entry, environment, randomness
from mlsnap.services import call_inputs, loading
from mlsnap.services.call_inputs import Input, Place, TableArgument
from mlsnap.services.copies import scratch
from mlsnap.services.datasets import open_dataset
from mlsnap.services.linking import link
from mlsnap.services.profiling import Reading, read_definition, read_frame
from mlsnap.services.snapshots import Snapshot
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import inputs, runs
from mlsnap.values.lineage import Call, Code, Entry
from mlsnap.values.names import slug
from mlsnap.values.snapshot import Definition

_SELF = ("self", "cls")
_METRIC_KEY = re.compile(r"[/\w.\- :]{1,250}")


@dataclass(frozen=True)
class Tracked:
    """A function and how its calls are tracked."""

    function: Callable[..., Any]
    declared: Mapping[str, str | Input] = field(default_factory=dict)
    with_data: bool = False

    @property
    def name(self) -> str:
        """The function's name, as datasets and runs are called after it."""
        return slug(self.function.__name__)


@dataclass(frozen=True)
class Bound:
    """The arguments of one call, by parameter name, without the object of a method."""

    values: dict[str, Any]
    of_object: bool


@dataclass(frozen=True)
class InputSnapshot:
    """A table argument with the snapshot of it and what restores its carrier."""

    argument: TableArgument
    snapshot: Snapshot
    carrier: dict[str, Any] | None


def bind(tracked: Tracked, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bound:
    """The arguments with defaults, ``**kwargs`` under their own names; TypeError if they misfit."""
    signature = inspect.signature(tracked.function)
    bound = signature.bind(*args, **kwargs)
    bound.apply_defaults()
    values = dict(bound.arguments)
    first = next(iter(signature.parameters), None)
    of_object = first in _SELF and bool(args)
    if of_object and first is not None:
        del values[first]
    return Bound(values, of_object)


def take_snapshots(workspace: Workspace, tracked: Tracked, bound: Bound) -> list[InputSnapshot]:
    """Snapshot each table argument, or find the one that holds the same content."""
    tables = call_inputs.tables_of(bound.values, tracked.declared, function=tracked.name)
    return [_take(workspace, each, with_data=tracked.with_data) for each in tables]


def link_inputs(
    workspace: Workspace, run_id: str, taken: Iterable[InputSnapshot], *, function: str
) -> dict[Place, dict[str, Any]]:
    """Make the snapshots inputs of the run; returns how the call refers to each.

    A context that the run has for another snapshot already becomes ``<function>.<argument>``.
    """
    run = inputs.get_run(workspace.catalog.client, run_id)
    held = {each.context: each.reference for each in inputs.inputs_of(run)}
    forms = {}
    for each in taken:
        context = each.argument.context
        if held.get(slug(context), each.snapshot.reference) != each.snapshot.reference:
            context = f"{function}.{each.argument.key}"
        link(workspace, run_id, each.snapshot, context=context)
        forms[each.argument.place] = {
            "context": context,
            "reference": each.snapshot.reference,
            "digest": each.snapshot.digest,
            "carrier": each.carrier,
        }
    return forms


def log_params(
    workspace: Workspace, run_id: str, tracked: Tracked, bound: Bound
) -> list[str]:
    """Log every argument that is no table as a parameter; returns those that clash."""
    tables = call_inputs.tables_of(bound.values, tracked.declared, function=tracked.name)
    taken = {each.place[0] for each in tables}
    params = {key: str(value) for key, value in _flat(tracked, bound) if key not in taken}
    return runs.log_params(workspace.catalog.client, run_id, params)


def log_call(
    workspace: Workspace,
    run_id: str,
    tracked: Tracked,
    bound: Bound,
    *,
    tables: Mapping[Place, dict[str, Any]],
    random_states: dict[str, Any],
) -> list[str]:
    """Record everything that making the call again needs; returns why that will not work."""
    with scratch() as folder:
        source = _source_folder(tracked.function)
        captured = code.capture(source, into=folder)
        described = entry.describe(
            tracked.function, root=code.find_root(source), bound_to_object=bound.of_object
        )
        recorded, problems = _recorded(bound, tables)
        problems = [*_problems(described, captured), *problems]
        call = Call(
            entry=described,
            code=captured,
            environment=environment.capture(),
            arguments=recorded,
            randomness=random_states,
            problems=tuple(problems),
        )
        runs.log_call(workspace.catalog.client, run_id, call.to_dict(), folder)
    return problems


def log_result(workspace: Workspace, run_id: str, result: Any) -> None:
    """Log a returned dict of numbers as metrics."""
    if not isinstance(result, Mapping) or not result:
        return
    metrics = {str(key): value for key, value in result.items() if _is_number(value)}
    if len(metrics) == len(result):
        named = {_metric_key(key): float(value) for key, value in metrics.items()}
        runs.log_metrics(workspace.catalog.client, run_id, named)


def _take(workspace: Workspace, table: TableArgument, *, with_data: bool) -> InputSnapshot:
    reading, carrier = _read(workspace, table)
    dataset = open_dataset(workspace, slug(table.dataset), reading.definition)
    snapshot = loading.snapshot_for(
        workspace, dataset, reading, with_data=with_data, verbatim=table.is_path
    )
    return InputSnapshot(table, snapshot, carrier)


def _read(workspace: Workspace, table: TableArgument) -> tuple[Reading, dict[str, Any] | None]:
    if not table.is_path:
        reading = read_frame(table.value)
        return reading, reading.carrier
    definition = _definition_of(workspace, table)
    path = Path(str(definition.source))
    carrier = {
        "carrier": "path",
        "name": path.name if path.is_file() else ".",
        "type": "str" if isinstance(table.value, str) else "path",
        "source": path.relative_to(base_of(definition)).as_posix() if path.is_file() else ".",
    }
    return read_definition(definition), carrier


def _definition_of(workspace: Workspace, table: TableArgument) -> Definition:
    """The dataset's own definition if it names this path, with its read options; else a new one."""
    definition = define(table.value)
    if table.dataset in workspace.catalog.names():
        registered = workspace.catalog.definition(workspace.catalog.get(table.dataset))
        if registered.source == definition.source:
            return registered
    return definition


def _flat(tracked: Tracked, bound: Bound) -> Iterable[tuple[str, Any]]:
    parameters = inspect.signature(tracked.function).parameters
    for name, value in bound.values.items():
        if parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
            yield from value.items()
        else:
            yield name, value


def _source_folder(function: Callable[..., Any]) -> Path:
    """Where the process stands, if that is in the function's repository; else the function's."""
    file = inspect.unwrap(function).__globals__.get("__file__")
    here = Path.cwd()
    if file is None or code.find_root(here) == code.find_root(Path(file)):
        return here
    return Path(file).parent


def _recorded(
    bound: Bound, tables: Mapping[Place, dict[str, Any]]
) -> tuple[dict[str, Any], list[str]]:
    try:
        return call_inputs.record(bound.values, tables), []
    except arguments.UnstorableArgument as error:
        return {}, [str(error)]


def _problems(described: Entry, captured: Code | None) -> list[str]:
    found = [described.problem, captured.problem if captured else None]
    return [each for each in found if each]


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _metric_key(key: str) -> str:
    return key if _METRIC_KEY.fullmatch(key) else slug(key)
