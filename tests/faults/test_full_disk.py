"""Disks with no room left: that of the remote, and that of temporary files."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import workshop

import mlsnap
from mlsnap.errors import ConfigError, RemoteError
from mlsnap.services.datasets import Dataset

FRAME = pd.DataFrame({"x": np.random.default_rng(0).normal(size=300_000)})
"""More bytes than the tiny disk has, also as Parquet."""


@pytest.fixture
def wine(project: Path) -> Dataset:
    return mlsnap.register_dataset("wine")


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte."""
    place = tmp_path / "tiny"
    place.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(place)]
    try:
        done = subprocess.run(mounted, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no disk can be mounted here: there is no `mount`")
    if done.returncode:
        pytest.skip(f"no disk can be mounted here: {done.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def enlarge(disk: Path) -> None:
    subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)


def files_in(folder: Path) -> list[Path]:
    return [each for each in folder.rglob("*") if each.is_file()]


def check_nothing_is_there(wine: Dataset) -> None:
    assert wine.get_all_snapshots() == []
    assert wine.get_snapshot("spring").get_status() == "Failed"


def test_a_full_remote_is_named_and_nothing_stays_of_the_file(wine: Dataset, tiny: Path) -> None:
    take = {"data": FRAME, "create_data_snapshot": True, "target_datastore": str(tiny)}

    with pytest.raises(RemoteError, match="No space left on device") as no:
        wine.create_snapshot("spring", **take)

    assert str(tiny) in no.value.fact
    assert no.value.hint == "free some space there, or choose another remote"
    assert [each for each in files_in(tiny) if each.suffix in (".tmp", ".json")] == []
    check_nothing_is_there(wine)
    enlarge(tiny)
    made = wine.create_snapshot("spring", **take)
    assert made.verify() == []
    assert made.to_pandas_dataframe().equals(FRAME)


def test_a_full_folder_for_temporary_files_ends_the_creation(
    wine: Dataset, tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tiny / "ballast").write_bytes(bytes(1 << 20))
    monkeypatch.setattr(tempfile, "tempdir", str(tiny))

    with pytest.raises(ConfigError, match=r"temporary files, .*tiny, is full: No space") as no:
        wine.create_snapshot("spring", data=FRAME, create_data_snapshot=True)

    assert no.value.hint == "free some space there, or set TMPDIR to a folder with more room"

    check_nothing_is_there(wine)
    (tiny / "ballast").unlink()
    enlarge(tiny)
    assert wine.create_snapshot("spring", data=FRAME, create_data_snapshot=True).verify() == []


LIMITED = """
import random, resource
import pandas as pd
import mlsnap
from mlsnap.errors import RemoteError

wine = mlsnap.get_dataset("wine")
frame = pd.DataFrame({"x": [random.Random(0).randbytes(16_000_000).hex()]})
_, most = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (8_000_000, most))
try:
    wine.create_snapshot("spring", data=frame, create_data_snapshot=True)
except RemoteError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
assert wine.get_all_snapshots() == []
made = wine.create_snapshot("spring", data=frame, create_data_snapshot=True)
assert made.verify() == []
"""


def test_an_object_that_may_not_be_so_large_is_not_there(wine: Dataset, project: Path) -> None:
    pytest.importorskip("resource")

    printed = workshop.run_python("-c", LIMITED, at=project)

    assert "File too large\nHint: " in printed
    assert [each for each in files_in(project.parent / "store") if each.suffix == ".tmp"] == []
