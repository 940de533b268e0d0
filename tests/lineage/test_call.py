from __future__ import annotations

import json
from pathlib import Path

from git_project import Project

from mlsnap.lineage import arguments, code, entry, environment, randomness
from mlsnap.values.lineage import Call


def train(alpha: float) -> float:
    return alpha


def test_a_call_comes_back_from_json(project: Project, tmp_path: Path) -> None:
    project.write(".env")
    call = Call(
        entry=entry.describe(train, root=Path(__file__).parent),
        code=code.capture(project.root, into=tmp_path / "artifacts"),
        environment=environment.capture(),
        arguments={"alpha": arguments.encode(0.1)},
        randomness=randomness.capture(),
        problems=("a problem",),
    )
    assert call.code is not None
    assert call.code.left_out == (".env",)
    assert Call.from_dict(json.loads(json.dumps(call.to_dict()))) == call
