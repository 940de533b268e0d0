"""What a rerun would do and need, told before anything runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import code
from mlsnap.services.reproduction import given, replay_data, trust
from mlsnap.services.reproduction.environments import choosing
from mlsnap.services.reproduction.environments.choosing import Planned
from mlsnap.services.reproduction.recorded import Recorded
from mlsnap.tracking import inputs, models
from mlsnap.tracking.addresses import safe_uri
from mlsnap.values.lineage import Call, Code, tables_of
from mlsnap.values.reproduction import Manner, Plan, Source


def plan_of(recorded: Recorded, manner: Manner) -> Plan:
    """What a rerun would do and need.

    Nothing is run, built or fetched; files that stand in for a copy are read, to see whether they
    hold the recorded content still.

    Raises
    ------
    ConfigError
        If no call has a parameter that ``manner`` gives another value.
    """
    given.check(recorded.calls, manner.params)
    place = _place(recorded, manner)
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
        patched=any(each.code is not None and _is_changed(each.code) for each in recorded.calls)
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
        warnings=(
            *_warnings(recorded, manner),
            *_of_packages(place),
            *_of_models(recorded),
        ),
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
    trusted = recorded.workspace.settings.trusted
    if not trusted:
        return
    captured = recorded.calls[0].code
    is_used = captured is not None and manner.code is Source.RECORDED
    remotes = _remotes(captured) if captured and is_used else ()
    trust.check([safe_uri(recorded.workspace.uri), *remotes], trusted)
    trust.check(_place(recorded, manner).sources, trusted)


def _place(recorded: Recorded, manner: Manner) -> Planned:
    environment = recorded.calls[0].environment
    return choosing.plan(environment, manner.env, cache=choosing.folder_of(recorded.workspace))


def _is_changed(captured: Code) -> bool:
    """Whether it is another commit than that which was checked out, whatever the record says."""
    inner = any(_is_changed(each.code) for each in captured.submodules)
    return inner or captured.dirty or (not captured.archive and captured.commit != captured.head)


def _remotes(captured: Code) -> Iterator[str]:
    """The repositories that code comes from, those of its submodules too."""
    if captured.remote:
        yield captured.remote
    for each in captured.submodules:
        yield from _remotes(each.code)


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
    if _is_changed(captured) or captured.archive:
        yield "it has changes that are in no repository: read them in the run's artifacts first"
    elif any(recorded.folders[0].glob("*.bundle")):
        yield "it has commits that the run alone brings: look at them first, with --code-only"
    for remote in dict.fromkeys(each for sub in captured.submodules for each in _remotes(sub.code)):
        yield f"a submodule comes from {remote}"


def _of_packages(place: Planned) -> Iterator[str]:
    if place.sources:
        yield (
            "packages come from where the run says, and nothing on this machine does: "
            f"{', '.join(place.sources)}"
        )


def _of_models(recorded: Recorded) -> Iterator[str]:
    names = models.registered_by(recorded.workspace.catalog.client, recorded.run_id)
    if names:
        yield (
            f"it registered versions of the model{'s' * (len(names) > 1)} {', '.join(names)}: if "
            "the training does so itself, it will register further ones"
        )


def _missing(recorded: Recorded, manner: Manner, where: str | None) -> Iterator[str]:
    if recorded.run.info.lifecycle_stage == "deleted":
        yield f"it is in MLflow's trash: `mlflow runs restore --run-id {recorded.run_id}`"
    yield from _problems(recorded.calls)
    yield from given.missing(recorded.calls, manner.params)
    captured = recorded.calls[0].code
    if captured is None or manner.code is Source.CURRENT:
        return
    if captured.commit and shutil.which("git") is None:
        yield "git, which brings the code, is not installed"
    elif where is None:
        yield _nowhere(captured)


def _nowhere(captured: Code) -> str:
    if captured.archive is not None:
        return "the archive of the code is not among the run's artifacts"
    asked = f"the remote {captured.remote} cannot be asked"
    told = asked if captured.remote else "it has no remote"
    return f"commit {captured.commit[:12]} is neither here nor in the run, and {told}"


def _problems(calls: Sequence[Call]) -> Iterator[str]:
    yield from dict.fromkeys(problem for call in calls for problem in call.problems)
