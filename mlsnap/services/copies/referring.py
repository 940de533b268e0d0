"""Data that the user's own DVC project keeps: referred to, not copied, until it is pinned."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from mlsnap import storage
from mlsnap.data.ahead import in_order
from mlsnap.data.files import check_unchanged
from mlsnap.data.sources import base_of, is_local
from mlsnap.errors import MlsnapWarning
from mlsnap.lineage import git
from mlsnap.services.copies import pulling
from mlsnap.services.profiling import Reading
from mlsnap.services.remotes import owner_of, remote_of
from mlsnap.services.workspace import Workspace
from mlsnap.values.snapshot import DataCopy, SnapshotRecord
from mlsnap.values.temporary import temporary_folder


def refer(reading: Reading, workspace: Workspace) -> DataCopy | None:
    """Where the DVC project of the files that were read keeps them, if it does.

    ``None`` says that a copy is needed: of rows that are not simply those of files of this
    machine, or of files that DVC does not track. Where it does track them, but not as they are
    or not on its remote, a warning says so.

    Raises
    ------
    SourceError
        If a file is another one than when it was read.
    """
    definition = reading.definition
    if definition is None or definition.steps or not reading.stamps or not is_local(definition):
        return None
    base = base_of(definition)
    if not isinstance(base, Path):
        return None
    names, project = reading.file_names(base), workspace.project
    found = storage.find_tracked(base, names, reader=definition.reader, project=project)
    if isinstance(found, storage.Refusal):
        _warn(f"{found.why}; a copy is stored instead")
        return None
    if found is None:
        return None
    check_unchanged(reading.stamps)
    return _with_commit(found)


def copy_referred(workspace: Workspace, record: SnapshotRecord) -> DataCopy:
    """Copy the data that a snapshot only refers to into mlsnap's own prefix of a remote.

    It goes where new copies go by the settings. Each file is checked by SHA-256 on the way.

    Raises
    ------
    RemoteError
        If the data is gone, or a remote refuses.
    DataIntegrityError
        If it is not what was recorded.
    """
    copy = pulling.copy_of(record)
    remote = remote_of(workspace)
    owner = owner_of(workspace, record.run_id, record.reference)
    with temporary_folder() as folder, storage.writing(remote, owner) as writer:
        pulling.fetch_files(workspace, record, folder)
        put = partial(writer.put_file, folder)
        parts = list(in_order(put, [part.path for part in copy.parts], jobs=remote.jobs))
        return writer.finish(parts, reader=copy.reader, verbatim=True)


def _with_commit(found: storage.Found) -> DataCopy:
    copy = found.copy
    assert copy.tracked is not None
    commit = _commit_of(found.recorded_in)
    if commit is None:
        names = " and ".join(file.name for file in found.recorded_in)
        _warn(
            f"the snapshot refers to {copy.tracked.path}, which DVC tracks, but {names} is not "
            "committed to git as it is: until then `dvc gc` may remove the data; `mlsnap pin` "
            "keeps a copy"
        )
    return replace(copy, tracked=replace(copy.tracked, commit=commit))


def _commit_of(files: Sequence[Path]) -> str | None:
    """The commit checked out, if it has the files as they are."""
    same = all(_in_head(file) == _now(file) is not None for file in files)
    return git.maybe("rev-parse", "HEAD", at=files[0].parent) if same else None


def _in_head(file: Path) -> str | None:
    return git.maybe("rev-parse", f"HEAD:./{file.name}", at=file.parent)


def _now(file: Path) -> str | None:
    return git.maybe("hash-object", "--", file.name, at=file.parent)


def _warn(sentence: str) -> None:
    warnings.warn(sentence, MlsnapWarning, stacklevel=4)
