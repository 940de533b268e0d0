"""What mlsnap does around the body of one tracked call, whatever fails."""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from mlsnap import settings
from mlsnap.lineage import entropy, randomness, ranks
from mlsnap.services import call_files, calls, chance, linking, progress
from mlsnap.services.call_records import CallRecord
from mlsnap.services.calls import Bound, Tracked
from mlsnap.services.complaints import Complaints
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.tracking import active, call_runs, inputs, patience, runs
from mlsnap.tracking.addresses import safe_uri
from mlsnap.tracking.call_runs import CallRun
from mlsnap.values.exits import ends_well


@dataclass
class Outcome:
    """What the body returned, once it has; or the exit, without an error, that it ended with."""

    result: Any = None
    exit: SystemExit | None = None

    @contextmanager
    def noting_exit(self) -> Iterator[None]:
        """A block that may be left by an exit without an error, which is raised later."""
        try:
            yield
        except SystemExit as error:
            if not ends_well(error):
                raise
            self.exit = error


@dataclass(frozen=True)
class Open:
    """A call that is being recorded: where, in which run, and what of it."""

    workspace: Workspace
    run: CallRun
    record: CallRecord


class Bookkeeper:
    """mlsnap's part of one call. Its failures never reach the training, unless strict."""

    def __init__(self, tracked: Tracked, strict: bool | None, *, in_context: bool = False) -> None:
        self._tracked = tracked
        self._in_context = in_context
        self._nested = active.is_in_body()
        self._complaints = Complaints(tracked.name, strict)
        self._run: CallRun | None = None
        self._open: Open | None = None

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
                outcome.noting_exit(),
            ):
                yield outcome
            self._after(outcome.result)
            if outcome.exit:
                raise outcome.exit
        except BaseException as error:
            self._after_failure(error)
            raise

    @property
    def run_id(self) -> str | None:
        """The run in which the call is recorded, if it is."""
        return self._open.run.run_id if self._open else None

    @property
    def used(self) -> list[str]:
        """The snapshots that are its inputs."""
        taken = self._open.record.inputs if self._open else []
        return list(dict.fromkeys(each.snapshot.reference for each in taken))

    def in_turn(self, body: Awaitable[Any]) -> Awaitable[Any]:
        """The body of a coroutine; MLflow's own calls belong to the run when it is its turn."""
        stack = self._run.stack if self._run else None
        return stack.around(body) if stack else body

    def before(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Everything that must be seen before the body can change it; no bar is drawn."""
        if not ranks.is_main_process():
            return
        guarded = self._complaints.guarded("could not record the call")
        with randomness.kept(), progress.unwatched(), patience.bounded(), guarded:
            states = chance.states_at_entry(self._tracked.function)
            bound = self._bind(args, kwargs)
            if bound is not None:
                self._begin(bound, states)
        self._complaints.warn()

    def _after(self, result: Any) -> None:
        """Log what came out, and end the run if it is our own."""
        if self._open is None or self._run is None:
            return
        guarded = self._complaints.guarded
        with randomness.kept(), patience.at_the_end():
            with guarded("the training may have read other data than recorded"):
                self._open.record.check_inputs()
            self._add_opened(self._open)
            metrics: dict[str, float] = {}
            with guarded("could not log the metrics"):
                metrics = calls.metrics_of(result)
            self._log_outcome(self._open, metrics)
            if elsewhere := self._run.elsewhere:
                self._complaints.add([_is_not_linked(elsewhere)])
            with guarded("could not end the run"):
                self._close(None)
        self._complaints.warn()

    def _after_failure(self, error: BaseException) -> None:
        """End the run as failed; what the training raised goes on unchanged."""
        if self._run is None:
            return
        try:
            with randomness.kept(), patience.at_the_end():
                try:
                    if self._open is not None:
                        self._add_opened(self._open)
                        self._log_outcome(self._open, {})
                finally:
                    self._close(error)
        except Exception as failure:
            error.add_note(f"mlsnap could not mark the run as failed: {failure}")

    def _watched(self) -> Any:
        """What of chance comes up in the body is noted, once for a call and those in it."""
        if self._open is None or self._nested:
            return nullcontext()
        return chance.watching(self._open.record.chance)

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
        with self._complaints.guarded("could not log the parameters"):
            return calls.params_of(self._tracked, bound)
        return {}

    def _begin(self, bound: Bound, states: dict[str, Any]) -> None:
        params = self._params_of(bound)
        if self._complaints.strict is None:
            self._complaints.strict = settings.load(Path.cwd()).settings.strict
        with call_files.capturing(self._tracked.function) as code:
            record = CallRecord(self._tracked, bound, states, params, self._complaints, code)
            workspace = open_workspace()
            self._run = run = self._open_run(workspace)
            self._open = opened = Open(workspace, run, record)
            run.moved = partial(self._move, opened)
            run.further = partial(self._link_further, opened)
            record.take_snapshots(workspace)
            problems = self._record_first(opened)
        self._complaints.add(call_files.obstacles(problems))
        self._complaints.add(calls.unstored_lines(record.recorded))
        with self._complaints.guarded("could not look for secrets in the code"):
            self._complaints.add([] if self._nested else call_files.worries(code.result()))

    def _record_first(self, opened: Open) -> list[str]:
        run, record, workspace = opened.run, opened.record, opened.workspace
        own = run.entity if run.opened else None
        with nullcontext() if own else linking.in_turn():
            entity = own or inputs.get_run(workspace.catalog.client, run.run_id)
            if not self._nested:
                record.look_for_clashes(entity)
            return record.write(workspace, entity, nested=self._nested)

    def _open_run(self, workspace: Workspace) -> CallRun:
        if self._in_context:
            return call_runs.open_context_run(workspace.catalog.client, self._tracked.run_name)
        return call_runs.open_run(self._tracked.run_name)

    def _move(self, opened: Open, before: str) -> None:
        """The body started a run that takes the place of ``before``: all is recorded there."""
        client, run = opened.workspace.catalog.client, opened.run
        with _amid_the_body():
            failures = len(self._complaints)
            with self._complaints.guarded(f"could not record the call in the run {run.run_id}"):
                entity = inputs.get_run(client, run.run_id)
                opened.record.write(opened.workspace, entity, nested=self._nested)
            is_recorded = len(self._complaints) == failures
            with self._complaints.guarded(f"could not remove the run {before}"):
                leave = runs.discard if is_recorded and not run.fixed else runs.finish
                leave(client, before)

    def _link_further(self, opened: Open, run_id: str) -> None:
        """The body started one more run: it is of the same data."""
        guarded = self._complaints.guarded(f"could not link the tables to the run {run_id}")
        with _amid_the_body(), guarded:
            opened.record.link(opened.workspace, run_id)

    def _add_opened(self, opened: Open) -> None:
        if self._tracked.script and not self._nested:
            opened.record.add_opened(opened.workspace, opened.run.run_id)

    def _log_outcome(self, opened: Open, metrics: dict[str, float]) -> None:
        if self._nested:
            return
        client = opened.workspace.catalog.client
        opened.record.log_outcome(client, opened.run.run_id, metrics)
        opened.record.add_chance(client)


@contextmanager
def _amid_the_body() -> Iterator[None]:
    """A block that the body does not notice."""
    with randomness.kept(), entropy.unnoticed(), progress.unwatched(), patience.bounded():
        yield


def _is_not_linked(elsewhere: str) -> str:
    return (
        f"what the training logged to {safe_uri(elsewhere)} is not linked to its data: "
        "call mlflow.set_tracking_uri before the tracked function"
    )
