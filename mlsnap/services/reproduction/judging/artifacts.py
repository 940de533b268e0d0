"""Two artifacts side by side: by their bytes, and where these differ, by what they hold."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mlsnap.errors import TrackingError
from mlsnap.services.reproduction.judging import contents
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import outcomes
from mlsnap.tracking.outcomes import RunOutcome
from mlsnap.values.reproduction import Pair, Tolerance, Verdict
from mlsnap.values.temporary import temporary_folder

SIZE_LIMIT = 100_000_000
"""Bytes above which an artifact is not read."""

_VARYING = frozenset(
    (
        *(".pkl", ".pickle", ".joblib", ".cloudpickle", ".skops"),
        *(".pt", ".pth", ".ckpt", ".onnx", ".h5", ".hdf5", ".keras", ".cbm"),
        *(".npz", ".zip", ".gz", ".tar", ".tgz", ".feather", ".arrow", ".xlsx"),
        *(".html", ".svg", ".pdf", ".log"),
    )
)
"""Formats that hold times, addresses or an order that differ where what they mean does not."""

_EVENTS = "events.out.tfevents."
"""How TensorBoard names its files, by time, machine and process."""


@dataclass(frozen=True)
class Comparison:
    """The artifacts of two runs, compared one by one."""

    workspace: Workspace
    original: RunOutcome
    reproduced: RunOutcome
    tolerance: Tolerance

    def pair(self, path: str) -> Pair:
        """The artifact ``path`` of both runs."""
        if PurePosixPath(path).name.startswith(_EVENTS):
            return Pair(path, None, None, None, "not judged: TensorBoard's events hold times")
        for run, whose in ((self.original, "original run"), (self.reproduced, "rerun")):
            if path not in run.files:
                return self._lone(path, whose)
        if max(self._sizes(path)) > SIZE_LIMIT:
            return self._by_size(path)
        with temporary_folder() as folder:
            try:
                files = [self._copy(run, path, folder / name) for run, name in self._both()]
                return _compared(path, files[0], files[1], self.tolerance)
            except TrackingError as error:
                return Pair(path, None, None, None, f"not judged: {error.fact}")

    def _both(self) -> tuple[tuple[RunOutcome, str], tuple[RunOutcome, str]]:
        return (self.original, "original"), (self.reproduced, "reproduced")

    def _copy(self, run: RunOutcome, path: str, file: Path) -> Path:
        outcomes.copy_file(self.workspace.catalog.client, run.run, path, file)
        return file

    def _sizes(self, path: str) -> tuple[int, int]:
        return self.original.files[path] or 0, self.reproduced.files[path] or 0

    def _lone(self, path: str, lacking: str) -> Pair:
        """An artifact of one run only: its size stands for it."""
        sizes = [
            _size_text(run.files[path]) if path in run.files else None for run, _ in self._both()
        ]
        return Pair(path, sizes[0], sizes[1], Verdict.DIFFERENT, f"the {lacking} has none")

    def _by_size(self, path: str) -> Pair:
        before, after = self._sizes(path)
        texts = (_size_text(before), _size_text(after))
        if before != after and not _is_varying(path):
            return Pair(path, *texts, Verdict.DIFFERENT, "compared by size")
        note = f"not judged: artifacts above {SIZE_LIMIT:,} bytes are not read"
        return Pair(path, *texts, None, note)


def _compared(path: str, original: Path, reproduced: Path, tolerance: Tolerance) -> Pair:
    digests = _sha256(original), _sha256(reproduced)
    if digests[0] == digests[1]:
        return Pair(path, *digests, Verdict.IDENTICAL)
    if _is_varying(path):
        note = "not judged: bytes of this format differ for equal content"
        return Pair(path, *digests, None, note)
    return Pair(path, *digests, *contents.compare(path, original, reproduced, tolerance))


def _is_varying(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in _VARYING


def _size_text(size: int | None) -> str:
    return "there" if size is None else f"{size:,} bytes"


def _sha256(file: Path) -> str:
    with file.open("rb") as read:
        return hashlib.file_digest(read, "sha256").hexdigest()
