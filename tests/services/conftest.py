from __future__ import annotations

from pathlib import Path

import pytest

import mlsnap
from mlsnap.services.datasets import Dataset


@pytest.fixture
def wine(project: Path) -> Dataset:
    """A dataset of frames."""
    return mlsnap.register_dataset("wine")


@pytest.fixture
def objects(tmp_path: Path) -> Path:
    """The folder of the embedded remote."""
    return tmp_path / "store" / "remote"
