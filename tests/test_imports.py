"""What ``import mlsnap`` costs, and what it offers."""

from __future__ import annotations

import inspect
import subprocess
import sys
from types import ModuleType

import pytest

import mlsnap

HEAVY = ("mlflow", "dvc", "pandas", "numpy", "pyarrow", "scipy", "jinja2", "rich", "click")


def loaded_by(code: str) -> set[str]:
    """Top-level modules in a fresh process after ``code``."""
    listing = "import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    command = [sys.executable, "-c", f"{code}\n{listing}"]
    return set(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split())


def test_importing_mlsnap_loads_nothing_heavy() -> None:
    loaded = loaded_by("import mlsnap; dir(mlsnap); mlsnap.__version__")

    assert "mlsnap" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_profiling_a_table_needs_no_mlflow_and_no_dvc() -> None:
    loaded = loaded_by("import pyarrow, mlsnap; mlsnap.profile(pyarrow.table({'x': [1]}))")

    assert loaded.isdisjoint({"mlflow", "dvc"})


@pytest.mark.parametrize("name", mlsnap.__all__)
def test_every_public_name_is_there_with_a_docstring(name: str) -> None:
    value = getattr(mlsnap, name)

    assert not isinstance(value, ModuleType)
    assert inspect.getdoc(value)
    assert name in dir(mlsnap)


def test_every_public_method_has_a_docstring() -> None:
    for kind in (mlsnap.Dataset, mlsnap.Snapshot):
        for name, member in inspect.getmembers(kind):
            if not name.startswith("_"):
                assert inspect.getdoc(member), f"{kind.__name__}.{name}"


def test_the_named_parameters_of_the_seed_are_kept() -> None:
    taken = inspect.signature(mlsnap.Dataset.create_snapshot).parameters
    compared = inspect.signature(mlsnap.Snapshot.compare_profiles).parameters

    assert list(taken)[:5] == [
        "self",
        "snapshot_name",
        "compute_target",
        "create_data_snapshot",
        "target_datastore",
    ]
    assert list(compared)[2:] == [
        "include_columns",
        "exclude_columns",
        "histogram_compare_method",
    ]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'mlsnap' has no attribute 'snapshots'"):
        _ = mlsnap.snapshots  # type: ignore[attr-defined]
