"""What DVC's own code says of a path in a project; imported late, as DVC takes long to load."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dvc.cachemgr import LEGACY_HASH_NAMES
from dvc.exceptions import OutputNotFoundError
from dvc.repo import Repo

_RECORDED = ("md5", "size", "nfiles", "isexec", "hash", "path", "remote")
"""What of an output's record is kept; the rest is not needed to get the data."""


@dataclass(frozen=True, slots=True)
class Output:
    """A file or folder whose content a DVC project keeps.

    Attributes
    ----------
    path
        Where it is.
    md5
        Name of its object, ``.dir`` behind that of a folder; ``None`` before DVC has seen it.
    remote
        The remote that is named for it; ``None`` for the default one.
    entry
        The project's record of it.
    recorded_in
        The files that the record is in.
    """

    path: Path
    md5: str | None
    remote: str | None
    entry: dict[str, Any]
    recorded_in: tuple[Path, ...]


def output_of(path: Path, root: Path) -> Output | None:
    """The output that ``path`` is or lies in, in the DVC project at ``root``; nothing is written.

    ``None`` if there is none whose content can be had from the project's own remotes by md5:
    what is kept by another project, by git, or in the format of DVC 2, is left out.

    Raises
    ------
    dvc.exceptions.DvcException
        If the project cannot be read.
    """
    with (
        TemporaryDirectory(prefix="mlsnap-", ignore_cleanup_errors=True) as scratch,
        closing(_Read(root, Path(scratch))) as repo,
    ):
        try:
            (found,) = repo.find_outs_by_path(str(path), outs=repo.index.outs, strict=False)
        except (OutputNotFoundError, ValueError):
            return None
        return _output(found) if _is_kept(found) else None


class _Read(Repo):  # type: ignore[misc]
    """A project that is only read: what DVC notes for itself goes elsewhere."""

    def __init__(self, root: Path, scratch: Path) -> None:
        self.tmp_dir = str(scratch / "tmp")
        self.site_cache_dir = str(scratch / "site")
        super().__init__(str(root))

    def _ignore(self) -> None:
        """Leave ``.gitignore`` as it is."""


def _is_kept(found: Any) -> bool:
    return bool(
        found.is_in_repo
        and found.use_cache
        and found.can_push
        and found.hash_name not in LEGACY_HASH_NAMES
        and found.files is None
        and found.meta.version_id is None
        and not found.stage.is_repo_import
    )


def _output(found: Any) -> Output:
    entry = found.dumpd()
    return Output(
        path=Path(found.fs_path),
        md5=found.hash_info.value if found.hash_info else None,
        remote=found.remote,
        entry={name: entry[name] for name in _RECORDED if name in entry},
        recorded_in=_files(Path(found.stage.path)),
    )


def _files(file: Path) -> tuple[Path, ...]:
    """A pipeline has its hashes in a file beside it."""
    return (file,) if file.suffix == ".dvc" else (file, file.with_suffix(".lock"))
