"""What mlsnap does around the body of one tracked call, whatever fails."""

from __future__ import annotations

import posixpath
import sys
import warnings
from collections.abc import Awaitable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from mlsnap import settings
from mlsnap.data.files import check_unchanged
from mlsnap.errors import MlsnapError, MlsnapWarning
from mlsnap.lineage import entropy, randomness, ranks
from mlsnap.services import call_files, calls, chance, linking, opened_inputs, progress
from mlsnap.services.call_files import CapturedCode
from mlsnap.services.call_inputs import Place
from mlsnap.services.calls import Bound, InputSnapshot, Tracked
from mlsnap.services.chance import Chance
from mlsnap.services.reproduction import varying
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import active, artifacts, call_runs, entries, inputs, models, patience, runs
from mlsnap.tracking.addresses import safe_uri
from mlsnap.tracking.call_runs import CallRun
from mlsnap.tracking.entries import Entry


@dataclass
class Outcome:
    """What the body returned, once it has."""

    result: Any = None


@dataclass
class Seen:
    """What of a call was seen before its body could change it.

    ``forms`` is how the call refers to each table, ``recorded`` its arguments with these in
    them, and why some are not stored. ``described`` is the path and content of the file that
    says what the call was made of, as it was last written below ``artifact_uri``. ``chance`` is
    what came up in the body.
    """

    bound: Bound
    random_states: dict[str, Any]
    params: dict[str, str]
    inputs: list[InputSnapshot] = field(default_factory=list)
    forms: dict[Place, dict[str, Any]] = field(default_factory=dict)
    code: Future[CapturedCode] | None = None
    recorded: calls.Recorded | None = None
    described: tuple[str, bytes] | None = None
    artifact_uri: str = ""
    chance: Chance = field(default_factory=Chance)
    models: frozenset[str] = field(default_factory=models.logged_here)


class Bookkeeper:
    """mlsnap's part of one call. Its failures never reach the training, unless strict."""

    def __init__(self, tracked: Tracked, strict: bool | None, *, in_context: bool = False) -> None:
        self._tracked = tracked
        self._strict = strict
        self._in_context = in_context
        self._nested = active.is_in_body()
        self._workspace: Workspace | None = None
        self._run: CallRun | None = None
        self._seen: Seen | None = None
        self._complaints: list[str] = []

    @contextmanager
    def around(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Iterator[Outcome]:
        """The time of the body; tracked functions that it calls are part of this call."""
        outcome = Outcome()
        try:
            self.before(args, kwargs)
            with (
                active.body_of(self._run),
                self._in_place(),
                progress.unwatched(),
                self._watched(),
            ):
                yield outcome
            self._after(outcome.result)
        except BaseException as error:
            self._after_failure(error)
            raise

    def in_turn(self, body: Awaitable[Any]) -> Awaitable[Any]:
        """The body of a coroutine; MLflow's own calls belong to the run when it is its turn."""
        stack = self._run.stack if self._run else None
        return stack.around(body) if stack else body

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Everything that must be seen before the body can change it; no bar is drawn."""
        if not ranks.is_main_process():
            return
        guarded = self._guarded("could not record the call")
        with randomness.kept(), progress.unwatched(), patience.bounded(), guarded:
            states = chance.states_at_entry(self._tracked.function)
            bound = self._bind(args, kwargs)
            if bound is not None:
                self._begin(Seen(bound, states, self._params_of(bound)))
        self._warn()

    def _after(self, result: Any) -> None:
        """Log what came out, and end the run if it is our own."""
        if self._run is None or self._seen is None:
            return
        with randomness.kept(), patience.at_the_end():
            with self._guarded("the training may have read other data than recorded"):
                for taken in self._seen.inputs:
                    check_unchanged(taken.stamps)
            self._add_opened()
            metrics: dict[str, float] = {}
            with self._guarded("could not log the metrics"):
                metrics = calls.metrics_of(result)
            self._log_outcome(metrics)
            if elsewhere := self._run.elsewhere:
                self._complaints.append(
                    f"what the training logged to {safe_uri(elsewhere)} is not linked to its data: "
                    "call mlflow.set_tracking_uri before the tracked function"
                )
            with self._guarded("could not end the run"):
                self._close(None)
        self._warn()

    def _after_failure(self, error: BaseException) -> None:
        """End the run as failed; what the training raised goes on unchanged."""
        if self._run is None:
            return
        try:
            with randomness.kept(), patience.at_the_end():
                try:
                    self._add_opened()
                    self._log_outcome({})
                finally:
                    self._close(error)
        except Exception as failure:
            error.add_note(f"mlsnap could not mark the run as failed: {failure}")

    def _watched(self) -> Any:
        """What of chance comes up in the body is noted, once for a call and those in it."""
        seen = self._seen
        return chance.watching(seen.chance) if seen and not self._nested else nullcontext()

    def _in_place(self) -> Any:
        return self._run.in_place() if self._run and not self._in_context else nullcontext()

    def _close(self, error: BaseException | None) -> None:
        """End the run, once."""
        run, self._run = self._run, None
        if run is not None:
            run.close(error)

    def _bind(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Bound | None:
        try:
            return calls.bind(self._tracked, args, kwargs)
        except TypeError:
            return None  # the call itself will say it better

    def _params_of(self, bound: Bound) -> dict[str, str]:
        with self._guarded("could not log the parameters"):
            return calls.params_of(self._tracked, bound)
        return {}

    def _begin(self, seen: Seen) -> None:
        if self._strict is None:
            self._strict = settings.load(Path.cwd()).settings.strict
        with call_files.capturing(self._tracked.function) as seen.code:
            self._workspace = workspace = open_workspace()
            self._run = run = self._open_run(workspace)
            self._seen = seen
            run.moved, run.further = self._move, self._link_further
            for table in calls.tables_of(self._tracked, seen.bound):
                with self._guarded(f"could not snapshot the argument {table.key!r}"):
                    seen.inputs.append(calls.take_snapshot(workspace, self._tracked, table))
            problems = self._record_first(workspace, run, seen)
        self._complaints += [f"the run cannot be reproduced: {each}" for each in problems]
        self._complaints += calls.unstored_lines(seen.recorded)
        with self._guarded("could not look for secrets in the code"):
            self._complaints += [] if self._nested else call_files.worries(seen.code.result())

    def _record_first(self, workspace: Workspace, run: CallRun, seen: Seen) -> list[str]:
        own = run.entity if run.opened else None
        with nullcontext() if own else linking.in_turn():
            entity = own or inputs.get_run(workspace.catalog.client, run.run_id)
            if not self._nested:
                self._look_for_clashes(entity, seen)
            return self._record(workspace, entity, seen)

    def _open_run(self, workspace: Workspace) -> CallRun:
        if self._in_context:
            return call_runs.open_context_run(workspace.catalog.client, self._tracked.run_name)
        return call_runs.open_run(self._tracked.run_name)

    def _look_for_clashes(self, entity: Any, seen: Seen) -> None:
        if clashes := runs.clashing_params(entity, seen.params):
            self._complaints.append(
                f"the run holds other values of the parameters {', '.join(clashes)} already"
            )

    def _record(self, workspace: Workspace, entity: Any, seen: Seen) -> list[str]:
        """Link the tables to a run and, unless the call is part of another, record it there.

        Returns why it cannot be made again.
        """
        linked = self._links(entity, seen)
        problems: list[str] = []
        if not self._nested:
            with self._guarded("could not record what the call was made of"):
                files, problems = self._described(seen)
                described = runs.call_entry(entity, files)
                seen.described = _call_file(described)
                seen.artifact_uri = entity.info.artifact_uri
                linked |= described
        with self._guarded("could not write to the run"):
            entries.write(workspace.catalog.client, entity, linked)
        return problems

    def _links(self, entity: Any, seen: Seen) -> Entry:
        linked, taken = Entry(), linking.contexts_of(entity)
        for each in seen.inputs:
            with self._guarded(f"could not link the argument {each.argument.key!r}"):
                entry, form = calls.link_input(taken, self._tracked, each)
                linked |= entry
                seen.forms.setdefault(each.argument.place, {}).update(form)
        return linked

    def _described(self, seen: Seen) -> tuple[dict[str, bytes], list[str]]:
        """What the call was made of, as it was before the body, whichever run it is written to."""
        assert seen.code
        seen.recorded = seen.recorded or calls.recorded(self._tracked, seen.bound, seen.forms)
        return call_files.files_of(
            self._tracked,
            seen.bound,
            seen.code.result(),
            recorded=seen.recorded,
            random_states=seen.random_states,
        )

    def _move(self, before: str) -> None:
        """The body started a run that takes the place of ``before``: all is recorded there."""
        with self._amid_the_body() as (workspace, run, seen):
            failures = len(self._complaints)
            with self._guarded(f"could not record the call in the run {run.run_id}"):
                entity = inputs.get_run(workspace.catalog.client, run.run_id)
                self._record(workspace, entity, seen)
            is_recorded = len(self._complaints) == failures
            with self._guarded(f"could not remove the run {before}"):
                leave = runs.discard if is_recorded and not run.fixed else runs.finish
                leave(workspace.catalog.client, before)

    def _link_further(self, run_id: str) -> None:
        """The body started one more run: it is of the same data."""
        with (
            self._amid_the_body() as (workspace, _, seen),
            self._guarded(f"could not link the tables to the run {run_id}"),
            linking.in_turn(),
        ):
            client = workspace.catalog.client
            entity = inputs.get_run(client, run_id)
            entries.write(client, entity, self._links(entity, seen))

    def _add_opened(self) -> None:
        """The data files that a script was seen to open are inputs too."""
        seen, run, workspace = self._seen, self._run, self._workspace
        if self._nested or not (self._tracked.script and seen and run and workspace):
            return
        with self._guarded("could not record the files that the script opened"), linking.in_turn():
            entity = inputs.get_run(workspace.catalog.client, run.run_id)
            root = seen.code.result().root if seen.code else None
            taken = linking.contexts_of(entity)
            found = opened_inputs.find(workspace, self._tracked, root, taken)
            self._complaints += found.complaints
            if found.snapshots or found.problems:
                self._write_opened(workspace, entity, seen, found)

    def _write_opened(
        self, workspace: Workspace, entity: Any, seen: Seen, found: opened_inputs.Found
    ) -> None:
        before, seen.inputs = seen.inputs, found.snapshots
        linked = self._links(entity, seen)
        seen.inputs = [*before, *found.snapshots]
        if seen.described:
            path, stored = seen.described
            again, problems = opened_inputs.written_again(stored, found, seen.forms)
            linked.files[path] = again
            self._complaints += [f"the run cannot be reproduced: {each}" for each in problems]
        entries.write(workspace.catalog.client, entity, linked)

    @contextmanager
    def _amid_the_body(self) -> Iterator[tuple[Workspace, CallRun, Seen]]:
        assert self._workspace
        assert self._run
        assert self._seen
        with (
            randomness.kept(),
            entropy.unnoticed(),
            progress.unwatched(),
            patience.bounded(),
        ):
            yield self._workspace, self._run, self._seen

    def _log_outcome(self, metrics: dict[str, float]) -> None:
        if self._nested or self._workspace is None or self._run is None or self._seen is None:
            return
        client, seen = self._workspace.catalog.client, self._seen
        with self._guarded("could not log the metrics and parameters"):
            has_models = models.logged_here() != seen.models
            log = runs.log_modelled if has_models else runs.log_outcome
            log(client, self._run.run_id, seen.params, metrics)
        self._log_chance(client, seen)

    def _log_chance(self, client: Any, seen: Seen) -> None:
        """What of chance came up in the body, beside what else is stored of the call."""
        with self._guarded("could not record what unseeded generators drew"):
            folder = posixpath.dirname(seen.described[0]) if seen.described else None
            if folder and (files := seen.chance.files(folder)):
                artifacts.send(client, seen.artifact_uri, files)
            self._complaints += seen.chance.complaints()
            self._complaints += varying.complaints([each.snapshot for each in seen.inputs])

    @contextmanager
    def _guarded(self, failure: str) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            if self._strict:
                raise
            shown = error.fact if isinstance(error, MlsnapError) else f"{error!r}"
            self._complaints.append(f"{failure}: {shown}")

    def _warn(self) -> None:
        if self._complaints:
            text = "; ".join(self._complaints)
            self._complaints = []
            warnings.warn(
                f"mlsnap, tracking {self._tracked.name!r}: {text}",
                MlsnapWarning,
                stacklevel=_level(),
            )


def _call_file(described: Entry) -> tuple[str, bytes]:
    """The path and content of the file that says what a call was made of."""
    path = next(each for each in described.files if each.endswith("/call.json"))
    content = described.files[path]
    assert isinstance(content, bytes)
    return path, content


def _level() -> int:
    """How many frames above the one that warns the user's call is."""
    frame: FrameType | None = sys._getframe(1)
    level = 0
    while frame and frame.f_globals.get("__name__", "").partition(".")[0] in _OWN:
        frame, level = frame.f_back, level + 1
    return level + 1


_OWN = ("mlsnap", "contextlib")
