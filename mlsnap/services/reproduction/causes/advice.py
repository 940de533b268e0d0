"""What in a recorded training is known to vary, or to be missing later, and how to mend it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from mlsnap.errors import MlsnapError, NotReproducibleError
from mlsnap.lineage import lock
from mlsnap.lineage.variables import THREADS
from mlsnap.services.references import find_snapshot
from mlsnap.services.reproduction.causes.varying import Advice, Effect, of_definition, of_hardware
from mlsnap.services.reproduction.recorded import Recorded, recorded_run
from mlsnap.tracking import inputs
from mlsnap.values.lineage import Call, Code, Environment, tables_of
from mlsnap.values.snapshot import Definition

_NONE = ("None", "null", "")
_LIGHTGBM = {"num_leaves", "bagging_fraction", "feature_fraction", "min_data_in_leaf"}
_MOST = 5
"""Names that a sentence lists."""


def advise(run_id: str) -> list[Advice]:
    """What a run's record says about making it again; empty if nothing stands in the way.

    Nothing is run or fetched but the record.

    Raises
    ------
    NotFoundError
        If there is no such run.
    """
    try:
        with recorded_run(run_id) as recorded:
            found = [*_of_data(recorded), *_of_calls(recorded)]
            found += _of_params(recorded.run.data.params)
    except NotReproducibleError as error:
        return [Advice("code", Effect.MISSING, error.fact, error.hint)]
    return list(dict.fromkeys(sorted(found, key=lambda each: each.effect)))


def _of_data(recorded: Recorded) -> Iterator[Advice]:
    tables = [each["reference"] for call in recorded.calls for each in tables_of(call).values()]
    for reference in dict.fromkeys([*tables, *inputs.loaded_of(recorded.run).values()]):
        try:
            record = find_snapshot(reference, recorded.workspace).record
        except MlsnapError as error:
            yield Advice("data", Effect.MISSING, error.fact, "pin snapshots: mlsnap pin REF")
            continue
        if record.data is None:
            yield from of_definition(reference, record.definition)
            yield _no_copy(reference, record.definition)


def _no_copy(reference: str, definition: Definition) -> Advice:
    mend = "track with create_data_snapshot=True, or `mlsnap snapshot NAME --data`"
    if definition.source is None:
        gone = f"{reference} was a frame, and has no copy of the data"
        return Advice("data", Effect.MISSING, gone, mend)
    changing = f"{reference} has no copy of the data: its source must stay as it was"
    return Advice("data", Effect.VARIES, changing, f"{mend}; `mlsnap pin` makes one now")


def _of_calls(recorded: Recorded) -> Iterator[Advice]:
    for call in recorded.calls:
        yield from _of_call(call)
        yield from _of_code(call.code) if call.code else ()
        yield from _of_environment(call.environment)


def _of_call(call: Call) -> Iterator[Advice]:
    for problem in call.problems:
        yield Advice(
            "code",
            Effect.MISSING,
            problem,
            "track a function of a file in the repository, or use `mlsnap run`",
        )
    for name, why in call.unstored.items():
        found = f"the argument {name!r} is not stored: {why}"
        mend = f"pass numbers, texts, paths or tables; or reproduce with --param {name}=VALUE"
        yield Advice("arguments", Effect.MISSING, found, mend)
    for name, state in call.randomness.items():
        if state is None:
            yield Advice(
                "randomness",
                Effect.VARIES,
                f"the state of {name} could not be recorded",
                "seed it in the training",
            )


def _of_code(code: Code) -> Iterator[Advice]:
    if code.left_out:
        yield Advice(
            "code",
            Effect.MISSING,
            f"the record of the code lacks {_listed(code.left_out)}",
            "commit what the training needs; large files are data: track them as such",
        )
    if code.suspects:
        yield Advice(
            "code",
            Effect.VARIES,
            f"what looks like a secret went along with the code: {_listed(code.suspects)}",
            "change that secret, and read it from the environment",
        )


def _of_environment(environment: Environment) -> Iterator[Advice]:
    yield from _unlocked(environment)
    yield from of_hardware(environment.accelerators, environment.settings)
    if environment.variables.get("PYTHONHASHSEED") in (None, "random"):
        yield Advice(
            "randomness",
            Effect.VARIES,
            "the hash seed was random: the order of sets of texts cannot be had again",
            "set PYTHONHASHSEED=0 before Python starts, or use `mlsnap run`",
        )
    if environment.cpu_count > 1 and not any(name in environment.variables for name in THREADS):
        yield Advice(
            "threads",
            Effect.VARIES,
            f"libraries took as many threads as there were CPUs, {environment.cpu_count}: with "
            "another number last bits may differ",
            f"set OMP_NUM_THREADS={environment.cpu_count}",
        )


def _unlocked(environment: Environment) -> Iterator[Advice]:
    try:
        unlocked: Sequence[str] = lock.requirements(environment).unlocked
    except NotReproducibleError as error:
        unlocked = (error.fact,)
    for found in unlocked:
        mend = "install it from an index or a commit of a repository"
        yield Advice("environment", Effect.MISSING, found, mend)


def _of_params(params: Mapping[str, Any]) -> Iterator[Advice]:
    seeds = sorted(name for name, value in params.items() if _is_unseeded(name, value))
    jobs = sorted(f"{name}={value}" for name, value in params.items() if _is_parallel(name, value))
    if seeds and jobs:
        yield Advice(
            "randomness",
            Effect.VARIES,
            f"{_listed(seeds)} was not set, with {_listed(jobs)}: processes of their own take "
            "the operating system's entropy",
            "give estimators a random_state, or set n_jobs=1",
        )
    if params.keys() & _LIGHTGBM and not _is_deterministic(params):
        yield Advice(
            "threads",
            Effect.VARIES,
            "LightGBM chose by its speed how to add up histograms",
            "set deterministic=True and force_row_wise=True",
        )


def _is_unseeded(name: str, value: Any) -> bool:
    return name.rpartition("__")[2] in ("random_state", "seed") and str(value) in _NONE


def _is_parallel(name: str, value: Any) -> bool:
    return name.rpartition("__")[2] == "n_jobs" and str(value) not in ("1", *_NONE)


def _is_deterministic(params: Mapping[str, Any]) -> bool:
    wise = (params.get(name) for name in ("force_row_wise", "force_col_wise"))
    said = [str(value).lower() == "true" for value in (params.get("deterministic"), *wise)]
    return said[0] and any(said[1:])


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
    return ", ".join(names[:_MOST]) + more
