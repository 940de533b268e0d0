"""What a rerun would do and need, told before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import code
from mlsnap.services.reproduction import environments, given, replay_data, trust
from mlsnap.services.reproduction.recorded import Recorded
from mlsnap.tracking import inputs
from mlsnap.tracking.addresses import safe_uri
from mlsnap.values.lineage import Call, tables_of
from mlsnap.values.reproduction import Manner, Plan, Source


def plan_of(recorded: Recorded, manner: Manner) -> Plan:
    """What a rerun would do and need.

    Nothing is run, built or fetched; a source that stands in for a copy is read, to see whether
    it holds the recorded content still.

    Raises
    ------
    ConfigError
        If no call has a parameter that ``manner`` gives another value.
    """
    given.check(recorded.calls, manner.params)
    place = environments.plan(
        recorded.calls[0].environment, manner.env, cache=environments.folder_of(recorded.workspace)
    )
    where = _code_place(recorded, manner)
    data = tuple(
        replay_data.plan_input(recorded.workspace, context, reference, manner.data)
        for context, reference in needed(recorded).items()
    )
    captured = recorded.calls[0].code
    return Plan(
        run_id=recorded.run_id,
        run_name=recorded.run.info.run_name,
        functions=tuple(dict.fromkeys(map(_what, recorded.calls))),
        code=where or "nowhere to be found",
        patched=any(each.code is not None and each.code.dirty for each in recorded.calls)
        and manner.code is Source.RECORDED,
        left_out=captured.left_out if captured else (),
        inputs=data,
        environment=place.differences,
        missing=(
            *_missing(recorded, manner, where),
            *(f"data of input {each.context!r}: {each.problem}" for each in data if each.problem),
            *place.missing,
        ),
        place=place.how,
        params=given.lines(manner),
        warnings=tuple(_warnings(recorded, manner)),
    )


def require_possible(plan: Plan) -> None:
    """`NotReproducibleError` that names what a plan lacks, if it lacks something."""
    if plan.missing:
        raise NotReproducibleError(
            f"run {plan.run_id} cannot be made again: {'; '.join(plan.missing)}",
            "bring back what is missing, or look at what there is with --data-only or --code-only",
        )


def require_trust(recorded: Recorded, manner: Manner) -> None:
    """`NotReproducibleError` if the setting ``trusted`` does not cover where a run came from."""
    captured = recorded.calls[0].code
    places = [safe_uri(recorded.workspace.uri)]
    if captured and captured.remote and manner.code is Source.RECORDED:
        places.append(captured.remote)
    trust.check(places, recorded.workspace.settings.trusted)


def _what(call: Call) -> str:
    if call.entry.is_script:
        return f"the script {call.entry.file or call.entry.module}"
    return f"{call.entry.qualname} of {call.entry.file or call.entry.module}"


def needed(recorded: Recorded) -> dict[str, str]:
    """The snapshots that a rerun reads, by what it needs them for."""
    tables = [tables_of(call) for call in recorded.calls]
    return {
        **inputs.loaded_of(recorded.run),
        **{context: form["reference"] for each in tables for context, form in each.items()},
    }


def _code_place(recorded: Recorded, manner: Manner) -> str | None:
    if manner.code is Source.CURRENT:
        return f"as it is now in {code.find_root(Path.cwd()) or Path.cwd()}"
    captured, here = recorded.calls[0].code, code.find_root(Path.cwd())
    if captured is None:
        return "the installed package" if recorded.calls[0].entry.file is None else None
    where = code.locate(captured, folder=recorded.folders[0], repository=here)
    told = code.written_by(captured, repository=here)
    return f"{where}: {told}" if where and told else where


def _warnings(recorded: Recorded, manner: Manner) -> Iterator[str]:
    """What the user should know of the code before it runs."""
    captured = recorded.calls[0].code
    if captured is None or manner.code is Source.CURRENT:
        return
    if captured.suspects:
        yield f"the code holds what looks like secrets: {', '.join(captured.suspects)}"
    if captured.dirty or captured.archive:
        yield "it has changes that are in no repository: read them in the run's artifacts first"


def _missing(recorded: Recorded, manner: Manner, where: str | None) -> Iterator[str]:
    yield from _problems(recorded.calls)
    yield from given.missing(recorded.calls, manner.params)
    captured = recorded.calls[0].code
    if where is None and captured is not None:
        yield (
            f"commit {captured.commit[:12]} is neither here, nor in the run, nor at a recorded "
            "remote"
            if captured.commit
            else "the archive of the code is not among the run's artifacts"
        )


def _problems(calls: Sequence[Call]) -> Iterator[str]:
    yield from dict.fromkeys(problem for call in calls for problem in call.problems)
