"""Paths that a run recorded relative to its code's root."""

from __future__ import annotations

from pathlib import Path

from mlsnap.errors import NotReproducibleError


def inside(root: Path, recorded: str) -> Path:
    """The recorded path under ``root``, links resolved.

    Raises
    ------
    NotReproducibleError
        If it leads out of ``root``: no run of ours records such a path.
    """
    try:
        path = (root / recorded).resolve()
    except (OSError, RuntimeError, ValueError):
        path = None
    if path is None or not path.is_relative_to(root.resolve()):
        raise NotReproducibleError(
            f"the recorded path {recorded!r} leads out of the code's folder",
            "the record was changed by hand or is not mlsnap's: do not run it",
        )
    return path
