from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType

import pytest
import workshop


@pytest.fixture
def trainings(project: Path) -> ModuleType:
    """The module ``trainings`` beside this file, as part of a project in git."""
    shutil.copy(Path(__file__).with_name("trainings.py"), project)
    workshop.commit_all(project)
    return workshop.import_from(project, "trainings")
