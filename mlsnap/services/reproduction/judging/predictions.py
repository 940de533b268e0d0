"""What the models of two runs predict on the same rows.

Loading a model runs code of its own. So it is done in the rerun's environment, in a process that
runs this module with the file of an order.
"""

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pyarrow as pa

from mlsnap.data import carriers
from mlsnap.errors import MlsnapError
from mlsnap.services.copies import pulling
from mlsnap.services.references import find_snapshot
from mlsnap.services.reproduction.judging import predicted
from mlsnap.services.sampling import sample_rows
from mlsnap.services.workspace import Workspace
from mlsnap.tracking import inputs, loaded_models
from mlsnap.tracking.outcomes import RunOutcome
from mlsnap.tracking.server import use_tracking_uri
from mlsnap.values.reproduction import Pair, Tolerance, Verdict
from mlsnap.values.temporary import temporary_folder

MOST_ROWS = 10_000
"""Rows of the original's input that models predict on: the first ones."""

Launch = Callable[[Path], str | None]
"""Runs this module with the file of an order in the rerun's environment; says what went wrong."""

_NOT_LOADED = "not judged: loading a model runs its code, which only a rerun does"


def compare(
    workspace: Workspace,
    original: RunOutcome,
    reproduced: RunOutcome,
    tolerance: Tolerance,
    *,
    launch: Launch | None,
) -> tuple[Pair, ...]:
    """The models of two runs, paired by name, by what they predict on the original's input.

    What cannot be loaded, or predicts on nothing that is stored, is not judged and says why.
    """
    pairs = list(_pairs(original.models, reproduced.models))
    both = [each for each in pairs if each.original and each.reproduced]
    lacking = {
        each.name: Pair(
            each.name,
            each.original,
            each.reproduced,
            Verdict.DIFFERENT,
            f"the {'rerun' if each.original else 'original run'} logged none",
        )
        for each in pairs
        if each not in both
    }
    found = _asked(workspace, original, both, tolerance, launch) if both else {}
    return tuple(lacking.get(each.name) or found[each.name] for each in pairs)


def _pairs(original: Mapping[str, Sequence[str]], reproduced: Mapping[str, Sequence[str]]) -> Any:
    """The URIs of models of one name, the first with the first."""
    for name in sorted({*original, *reproduced}):
        models = zip_longest(original.get(name, ()), reproduced.get(name, ()))
        for number, (before, after) in enumerate(models, start=1):
            yield Pair(name if number == 1 else f"{name} ({number})", before, after, None)


def _asked(
    workspace: Workspace,
    original: RunOutcome,
    pairs: Sequence[Pair],
    tolerance: Tolerance,
    launch: Launch | None,
) -> dict[str, Pair]:
    """What another process found of each pair."""
    if launch is None:
        return _unjudged(pairs, _NOT_LOADED)
    with temporary_folder() as folder:
        order = {
            "tracking_uri": workspace.uri,
            "models": [[each.name, each.original, each.reproduced] for each in pairs],
            "tolerance": [tolerance.rtol, tolerance.atol],
            "input": _write_rows(workspace, original.run, folder),
            "answer": str(folder / "answer.json"),
        }
        file = folder / "predictions.json"
        file.write_text(json.dumps(order), encoding="utf-8")
        failure = launch(file)
        answer = folder / "answer.json"
        if failure is not None or not answer.exists():
            return _unjudged(pairs, f"not judged: predicting failed: {failure}")
        stored = json.loads(answer.read_text(encoding="utf-8"))
    return {each["name"]: _from_dict(each) for each in stored}


def _unjudged(pairs: Sequence[Pair], note: str) -> dict[str, Pair]:
    return {each.name: Pair(each.name, None, None, None, note) for each in pairs}


def _from_dict(stored: dict[str, Any]) -> Pair:
    verdict = stored["verdict"] and Verdict(stored["verdict"])
    return Pair(**{**stored, "verdict": verdict})


def _write_rows(workspace: Workspace, run: Any, folder: Path) -> dict[str, Any]:
    """The first rows of what a run was trained on, as a file; or why there are none."""
    try:
        used = inputs.pick_input(run, None)
        record = find_snapshot(used.reference, workspace).record
        with pulling.sampled_rows(workspace, record, first=MOST_ROWS) as rows:
            table = sample_rows(rows, "top_n", {"n": MOST_ROWS})
    except MlsnapError as error:
        return {"problem": error.fact}
    file = folder / "rows.arrow"
    with pa.ipc.new_file(file, table.schema) as written:
        written.write_table(table)
    return {"file": str(file), "carrier": record.carrier, "reference": record.reference}


def main(file: str) -> int:
    """Compare what the pairs of models of an order predict; the answer is a file."""
    order = json.loads(Path(file).read_text(encoding="utf-8"))
    use_tracking_uri(order["tracking_uri"])
    tolerance = Tolerance(*order["tolerance"])
    rows = _Rows(order["input"])
    with redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [_pair(name, uris, rows, tolerance) for name, *uris in order["models"]]
    Path(order["answer"]).write_text(json.dumps(found), encoding="utf-8")
    return 0


class _Rows:
    """What models predict on: the rows of a snapshot, or each its own example."""

    def __init__(self, stored: dict[str, Any]) -> None:
        self._stored = stored
        self._frame = _frame(stored) if "file" in stored else None

    def for_model(self, model: Any) -> tuple[Any, str]:
        """The input of ``model``, and what it is; `_NoInputError` if there is none."""
        names = loaded_models.input_names(model)
        if self._frame is not None and names and set(names) <= set(map(str, self._frame.columns)):
            frame = self._frame.set_axis([str(each) for each in self._frame.columns], axis=1)
            return frame[names], f"{len(frame):,} rows of {self._stored['reference']}"
        example = loaded_models.example_of(model)
        if example is not None:
            return example, "its own example"
        raise _NoInputError(self._why(names))

    def _why(self, names: list[str] | None) -> str:
        if problem := self._stored.get("problem"):
            return f"it has no input example, and {problem}"
        if names is None:
            return "it has neither an input example nor a signature that names columns"
        return f"it has no input example, and {self._stored['reference']} has not all its columns"


class _NoInputError(Exception):
    """There is nothing that a model could predict on."""


def _frame(stored: dict[str, Any]) -> Any:
    """The rows as a DataFrame: as the carrier has them, if it was one."""
    with pa.memory_map(stored["file"]) as source:
        table = pa.ipc.open_file(source).read_all()
        carrier = stored["carrier"]
        if carrier and carrier["carrier"] == "pandas" and not carrier["series"]:
            try:
                return carriers.decode(table, carrier)
            except (ValueError, TypeError, KeyError, IndexError):
                pass  # the carrier is of all the rows: what of it is of each row is lost
        return carriers.decode(table, None)


def _pair(name: str, uris: list[str], rows: _Rows, tolerance: Tolerance) -> dict[str, Any]:
    try:
        models = [loaded_models.load(uri) for uri in uris]
        given, what = rows.for_model(models[0])
        found = [predicted.arrays_of(model.predict(given)) for model in models]
        pair = predicted.compare(name, found[0], found[1], tolerance)
        note = "; ".join(each for each in (f"on {what}", pair.note) if each)
        pair = Pair(name, pair.original, pair.reproduced, pair.verdict, note)
    except _NoInputError as error:
        pair = Pair(name, None, None, None, f"not judged: {error}")
    except Exception as error:
        pair = Pair(name, None, None, None, f"not judged: {type(error).__name__}: {error}")
    return {
        "name": pair.name,
        "original": pair.original,
        "reproduced": pair.reproduced,
        "verdict": pair.verdict,
        "note": pair.note,
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
