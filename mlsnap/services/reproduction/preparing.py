"""Code and data of a run, brought to a scratch folder, and the order for the fresh process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import archive, code
from mlsnap.lineage.changes import Stored
from mlsnap.lineage.paths import inside
from mlsnap.services.reproduction import replay_data
from mlsnap.services.reproduction.recorded import Recorded
from mlsnap.tracking import inputs
from mlsnap.values.lineage import Body, Call, tables_of
from mlsnap.values.reproduction import Manner, Source


def prepare(recorded: Recorded, manner: Manner, folder: Path) -> dict[str, Any]:
    """Bring code and data to ``folder``; returns the order for `rerun`, as JSON-ready values.

    Raises
    ------
    NotReproducibleError, MlsnapError
        If something cannot be had.
    """
    root = folder / "code"
    stored = stored_code(recorded, manner, folder / "captured")
    bring_code(stored, root)
    stands_in = inside(root.resolve(), stored.code.folder if stored else ".")
    stands_in.mkdir(parents=True, exist_ok=True)
    pairs = zip(recorded.calls, recorded.bodies, strict=True)
    return {
        "tracking_uri": recorded.workspace.uri,
        "root": str(root.resolve()),
        "folder": str(stands_in),
        "loaded": inputs.loaded_of(recorded.run) if manner.data is Source.RECORDED else {},
        "params": dict(manner.params),
        "ended": str(folder / "ended.json"),
        "calls": [
            _order(recorded, call, body, folder=folder / "data" / str(number), manner=manner)
            for number, (call, body) in enumerate(pairs)
        ],
    }


def stored_code(recorded: Recorded, manner: Manner, folder: Path) -> Stored | None:
    """The code of the run, or that which is here now, captured to ``folder``; ``None``: installed.

    Raises
    ------
    NotReproducibleError
        If the code that is here now cannot be captured.
    """
    if manner.code is Source.RECORDED:
        captured = recorded.calls[0].code
        return Stored(captured, recorded.folders[0]) if captured else None
    here = Path.cwd()
    current = code.capture(here, into=folder) or archive.capture(here, here=here, into=folder)
    if current.problem:
        raise NotReproducibleError(
            f"the code in {here} cannot be taken as it is now: {current.problem}",
            "run this in the project's folder, or leave --code at recorded",
        )
    return Stored(current, folder)


def bring_code(stored: Stored | None, destination: Path) -> None:
    """Check code out into ``destination``, an empty or new folder."""
    if stored is None:
        destination.mkdir(exist_ok=True)
        return
    code.restore(
        stored.code,
        folder=stored.folder,
        repository=code.find_root(Path.cwd()),
        destination=destination,
    )


def _order(
    recorded: Recorded, call: Call, body: Body, *, folder: Path, manner: Manner
) -> dict[str, Any]:
    tables = {
        context: replay_data.bring(
            recorded.workspace, table, folder / str(number), source=manner.data
        )
        for number, (context, table) in enumerate(tables_of(call).items())
    }
    return {"call": call.to_dict(), "tables": tables, "body": body.to_dict()}
