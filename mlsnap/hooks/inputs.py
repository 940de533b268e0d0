"""Tables that a framework reads, as inputs of a run."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mlsnap import settings
from mlsnap.errors import MlsnapError, MlsnapWarning
from mlsnap.lineage import randomness
from mlsnap.services import progress
from mlsnap.services.loading import log_snapshot
from mlsnap.tracking import patience


def link(table: Any, *, context: str, run_id: str | None = None) -> None:
    """Make ``table`` an input of a run, by default the active one; a failure is a warning."""
    with warned(f"could not link {context!r}"):
        log_snapshot(table, context, run_id=run_id)


@contextmanager
def warned(failure: str) -> Iterator[None]:
    """A block of bookkeeping: what fails in it is a warning, unless the setting ``strict`` is on.

    No random number is drawn, and no bar.
    """
    try:
        with randomness.kept(), progress.unwatched(), patience.bounded():
            yield
    except Exception as error:
        if _strict():
            raise
        shown = error.fact if isinstance(error, MlsnapError) else f"{error!r}"
        warnings.warn(f"mlsnap: {failure}: {shown}", MlsnapWarning, stacklevel=4)


def _strict() -> bool:
    try:
        return settings.load(Path.cwd()).settings.strict
    except MlsnapError:
        return False
