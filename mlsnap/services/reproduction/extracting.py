"""The data or the code of a run, into a folder, without running anything."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mlsnap.data.parts import write_parts
from mlsnap.errors import NameTakenError, NotReproducibleError
from mlsnap.lineage import lock
from mlsnap.services.copies import pulling
from mlsnap.services.references import find_snapshot
from mlsnap.services.reproduction import preparing, replay_data
from mlsnap.services.reproduction.planning import needed, require_trust
from mlsnap.services.reproduction.recorded import recorded_run
from mlsnap.services.workspace import Workspace
from mlsnap.values.names import slug
from mlsnap.values.reproduction import Manner

REQUIREMENTS = "requirements.lock.txt"
"""The recorded packages, beside the code."""


def bring_data(run_id: str, folder: Path) -> list[str]:
    """Bring the data of every input of a run into ``folder``, a folder each; their references.

    Raises
    ------
    NameTakenError
        If ``folder`` holds something already.
    MlsnapError
        If some of the data cannot be had; nothing is left then.
    """
    with recorded_run(run_id) as recorded, _appearing(folder) as unfinished:
        wanted = needed(recorded)
        for context, reference in wanted.items():
            _bring(recorded.workspace, reference, unfinished / slug(context))
        return list(wanted.values())


def bring_code(run_id: str, folder: Path) -> str:
    """Bring the code of a run into ``folder``, with the recorded packages in `REQUIREMENTS`.

    Returns the commit, or the digest of the archive.

    Raises
    ------
    NameTakenError
        If ``folder`` holds something already.
    NotReproducibleError
        If the code cannot be had; nothing is left then.
    """
    manner = Manner()
    with recorded_run(run_id) as recorded, _appearing(folder) as unfinished:
        require_trust(recorded, manner)
        stored = preparing.stored_code(recorded, manner, unfinished)
        if stored is None:
            raise NotReproducibleError(
                f"run {recorded.run_id} called an installed package, and recorded no code",
                f"install {recorded.calls[0].entry.module.partition('.')[0]} as the run had it",
            )
        preparing.bring_code(stored, unfinished)
        packages = lock.requirements(recorded.calls[0].environment)
        _write_new(unfinished / REQUIREMENTS, packages.text())
        return stored.code.commit or str(stored.code.archive)


def _write_new(file: Path, text: str) -> None:
    """Write a file that takes the place of what the code has there, be that a link."""
    if file.is_dir() and not file.is_symlink():
        raise NotReproducibleError(
            f"the code of the run has a folder {file.name!r}, where its packages are written",
            "look at the code in MLflow: no code of ours has one",
        )
    file.unlink(missing_ok=True)
    file.write_text(text, encoding="utf-8")


def _bring(workspace: Workspace, reference: str, folder: Path) -> None:
    record = find_snapshot(reference, workspace).record
    if record.data is not None:
        pulling.fetch_files(workspace, record, folder)
        return
    if acting := replay_data.acts(record.definition):
        raise NotReproducibleError(
            f"{reference} has no copy of the data, and {acting}, which nobody has agreed to",
            "take snapshots with create_data_snapshot=True; or make the run again, which asks",
        )
    rows = pulling.reread(record)
    folder.mkdir()
    write_parts(rows, folder, digest=record.digest)


@contextmanager
def _appearing(folder: Path) -> Iterator[Path]:
    """A folder that takes the place of ``folder`` when the block ends well."""
    target = folder.absolute()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NameTakenError(f"{target} exists and is not empty", "name a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=".mlsnap-", dir=target.parent))
    try:
        yield unfinished
        if target.exists():
            target.rmdir()
        unfinished.chmod(0o755)
        unfinished.rename(target)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
