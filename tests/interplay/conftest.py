from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType

import pytest
import workshop


@pytest.fixture
def bodies(project: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module ``bodies`` beside this file, as part of a project in git."""
    for name in ("bodies.py", "driver.py", "network.py", "ranked.py"):
        shutil.copy(Path(__file__).with_name(name), project)
    monkeypatch.syspath_prepend(project)
    workshop.commit_all(project)
    return workshop.import_from(project, "bodies")
