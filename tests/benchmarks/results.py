"""Results of a concern as they are kept between runs, and read for the page."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from concerns import CONCERNS, Concern
from processes import Run
from rounds import Rounds


@dataclass(frozen=True)
class Result:
    """The rounds of a concern, and when and where they were run.

    ``size`` is the file's bytes, ``others`` the share of the cores (0-1) that other processes took
    meanwhile.
    """

    concern: Concern
    rounds: Rounds
    when: str
    scale: float
    size: int
    machine: dict[str, str]
    others: float | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the table, as most contenders say."""
        shapes = [(said["rows"], said["columns"]) for said in self.rounds.said.values() if said]
        return max(shapes, key=shapes.count, default=(0, 0))

    @property
    def versions(self) -> dict[str, dict[str, str]]:
        """Libraries and their versions, by contender."""
        said = self.rounds.said.items()
        return {name: each["versions"] for name, each in said if "versions" in each}

    @property
    def disagreeing(self) -> list[str]:
        """Contenders that saw a table of another shape than most: they did not do the same."""
        said = self.rounds.said.items()
        return [n for n, each in said if each and (each["rows"], each["columns"]) != self.shape]


def keep(result: Result, folder: Path) -> None:
    """Write ``result`` into ``folder``, in place of an earlier one of its concern."""
    folder.mkdir(parents=True, exist_ok=True)
    record = {**dataclasses.asdict(result), "concern": result.concern.name}
    text = json.dumps(record, indent=1)
    (folder / f"{result.concern.name}.json").write_text(text, encoding="utf-8")


def kept(folder: Path) -> dict[str, Result]:
    """The results in ``folder`` by concern, in the order of `CONCERNS`."""
    files = {name: folder / f"{name}.json" for name in CONCERNS}
    return {
        name: _result(json.loads(file.read_text(encoding="utf-8")))
        for name, file in files.items()
        if file.exists()
    }


def _result(record: dict[str, Any]) -> Result:
    stored = record["rounds"]
    runs = {name: [Run(**each) for each in runs] for name, runs in stored["runs"].items()}
    concern = CONCERNS[record["concern"]]
    return Result(**{**record, "rounds": Rounds(**{**stored, "runs": runs}), "concern": concern})
