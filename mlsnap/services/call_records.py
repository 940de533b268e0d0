"""What of one tracked call is recorded, and how it is written to a run."""

from __future__ import annotations

import posixpath
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mlsnap.data.files import check_unchanged
from mlsnap.services import call_files, calls, linking, opened_inputs
from mlsnap.services.call_files import CapturedCode
from mlsnap.services.call_inputs import Place
from mlsnap.services.calls import Bound, InputSnapshot, Tracked
from mlsnap.services.chance import Chance
from mlsnap.services.complaints import Complaints
from mlsnap.services.opened_inputs import Found
from mlsnap.services.reproduction.causes import varying
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import artifacts, entries, inputs, models, paths, runs
from mlsnap.tracking.entries import Entry


@dataclass
class CallRecord:
    """What of a call was seen before its body could change it, and what came up in the body.

    ``forms`` is how the call refers to each table, ``recorded`` its arguments with these in
    them, and why some are not stored. ``described`` is the path and content of the file that
    says what the call was made of, as it was last written below ``artifact_uri``.
    """

    tracked: Tracked
    bound: Bound
    random_states: dict[str, Any]
    params: dict[str, str]
    complaints: Complaints
    code: Future[CapturedCode]
    inputs: list[InputSnapshot] = field(default_factory=list)
    forms: dict[Place, dict[str, Any]] = field(default_factory=dict)
    recorded: calls.Recorded | None = None
    described: tuple[str, bytes] | None = None
    artifact_uri: str = ""
    chance: Chance = field(default_factory=Chance)
    models: frozenset[str] = field(default_factory=models.logged_here)

    @property
    def root(self) -> Path | None:
        """The folder of the call's code."""
        return self.code.result().root

    def take_snapshots(self, workspace: Workspace) -> None:
        """Snapshot the tables among the arguments."""
        for table in calls.tables_of(self.tracked, self.bound):
            with self.complaints.guarded(f"could not snapshot the argument {table.key!r}"):
                self.inputs.append(calls.take_snapshot(workspace, self.tracked, table))

    def look_for_clashes(self, entity: Any) -> None:
        """Complain of parameters that a run holds with other values already."""
        if clashes := runs.clashing_params(entity, self.params):
            self.complaints.add(
                [f"the run holds other values of the parameters {', '.join(clashes)} already"]
            )

    def write(self, workspace: Workspace, entity: Any, *, nested: bool) -> list[str]:
        """Link the tables to a run and, unless the call is part of another, record it there.

        Returns why it cannot be made again.
        """
        linked = self._links(entity, self.inputs)
        problems: list[str] = []
        if not nested:
            with self.complaints.guarded("could not record what the call was made of"):
                files, problems = self._described()
                described = runs.call_entry(entity, files)
                self.described = _call_file(described)
                self.artifact_uri = entity.info.artifact_uri
                linked |= described
        with self.complaints.guarded("could not write to the run"):
            entries.write(workspace.catalog.client, entity, linked)
        return problems

    def link(self, workspace: Workspace, run_id: str) -> None:
        """Link the tables to one more run."""
        client = workspace.catalog.client
        with linking.in_turn():
            entity = inputs.get_run(client, run_id)
            entries.write(client, entity, self._links(entity, self.inputs))

    def check_inputs(self) -> None:
        """`MlsnapError` if a file has changed since it was read."""
        for taken in self.inputs:
            check_unchanged(taken.stamps)

    def add_opened(self, workspace: Workspace, run_id: str) -> None:
        """The data files that a script was seen to open are inputs too."""
        guarded = self.complaints.guarded("could not record the files that the script opened")
        with guarded, linking.in_turn():
            entity = inputs.get_run(workspace.catalog.client, run_id)
            taken = linking.contexts_of(entity)
            found = opened_inputs.find(workspace, self.tracked, self.root, taken)
            self.complaints.add(found.complaints)
            if found.snapshots or found.problems:
                self._write_opened(workspace, entity, found)

    def add_chance(self, client: Any) -> None:
        """What of chance came up in the body, beside what else is stored of the call."""
        with self.complaints.guarded("could not record what unseeded generators drew"):
            folder = posixpath.dirname(self.described[0]) if self.described else None
            if folder and (files := self.chance.files(folder)):
                artifacts.send(client, self.artifact_uri, files)
            self.complaints.add(self.chance.complaints())
            self.complaints.add(varying.complaints([each.snapshot for each in self.inputs]))

    def log_outcome(self, client: Any, run_id: str, metrics: dict[str, float]) -> None:
        """Log the parameters that the body did not, and ``metrics``."""
        with self.complaints.guarded("could not log the metrics and parameters"):
            has_models = models.logged_here() != self.models
            log = runs.log_modelled if has_models else runs.log_outcome
            log(client, run_id, self.params, metrics)

    def _links(self, entity: Any, taken: list[InputSnapshot]) -> Entry:
        linked, held = Entry(), linking.contexts_of(entity)
        for each in taken:
            with self.complaints.guarded(f"could not link the argument {each.argument.key!r}"):
                entry, form = calls.link_input(held, self.tracked, each)
                linked |= entry
                self.forms.setdefault(each.argument.place, {}).update(form)
        return linked

    def _described(self) -> tuple[dict[str, bytes], list[str]]:
        """What the call was made of, as it was before the body, whichever run it is written to."""
        self.recorded = self.recorded or calls.recorded(self.tracked, self.bound, self.forms)
        return call_files.files_of(
            self.tracked,
            self.bound,
            self.code.result(),
            recorded=self.recorded,
            random_states=self.random_states,
        )

    def _write_opened(self, workspace: Workspace, entity: Any, found: Found) -> None:
        linked = self._links(entity, found.snapshots)
        self.inputs += found.snapshots
        if self.described:
            path, stored = self.described
            again, problems = opened_inputs.written_again(stored, found, self.forms)
            linked.files[path] = again
            self.complaints.add(call_files.obstacles(problems))
        entries.write(workspace.catalog.client, entity, linked)


def _call_file(described: Entry) -> tuple[str, bytes]:
    """The path and content of the file that says what a call was made of."""
    return next(
        (path, content)
        for path, content in described.files.items()
        if posixpath.basename(path) == paths.CALL and isinstance(content, bytes)
    )
