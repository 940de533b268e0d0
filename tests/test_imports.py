"""What ``import mlsnap`` costs, and what it offers."""

from __future__ import annotations

import inspect
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from types import ModuleType
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet
import pytest

import mlsnap

HEAVY = ("mlflow", "dvc", "pandas", "numpy", "pyarrow", "scipy", "jinja2", "rich", "click")


UNNEEDED = (
    *("pandas", "mlflow", "dvc", "scipy", "jinja2", "polars", "openpyxl", "fsspec", "numpy.ma"),
    *("duckdb", "pyspark", "sqlalchemy", "http.client", "multiprocessing"),
    *("pyarrow.dataset", "pyarrow.csv", "pyarrow.orc", "pyarrow.feather"),
)
"""What a file's profile can be made and printed without, but for the reader of its format."""

COMPARISON = """
from mlsnap.cli import main
try:
    main(["compare", "small@v1", "small@v2"])
except SystemExit as ended:
    assert ended.code == 0
"""

ROW_DIFFERENCE = """
import os
from mlsnap.cli import main
os.chdir({folder!r})
try:
    main(["diff", "a.parquet", "b.parquet", "--key", "id", "-o", "rows.parquet"])
except SystemExit as ended:
    assert ended.code == 0
"""

FACES = {
    "command": """
from mlsnap.cli import main
try:
    main(["profile", {path!r}])
except SystemExit as ended:
    assert ended.code == 0
""",
    "python": "import mlsnap; mlsnap.profile({path!r})",
}


def modules_after(code: str) -> set[str]:
    """Modules in a fresh process after ``code``."""
    command = [sys.executable, "-c", f"{code}\nimport sys; print(); print(*sys.modules)"]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return set(said.splitlines()[-1].split())


def loaded_by(code: str) -> set[str]:
    """Top-level modules in a fresh process after ``code``."""
    return {name.partition(".")[0] for name in modules_after(code)}


def test_importing_mlsnap_loads_nothing_heavy() -> None:
    loaded = loaded_by("import mlsnap; dir(mlsnap); mlsnap.__version__")

    assert "mlsnap" in loaded
    assert loaded.isdisjoint(HEAVY)


def test_profiling_a_table_needs_no_mlflow_and_no_dvc() -> None:
    loaded = loaded_by("import pyarrow, mlsnap; mlsnap.profile(pyarrow.table({'x': [1]}))")

    assert loaded.isdisjoint({"mlflow", "dvc"})


@pytest.mark.parametrize("face", FACES)
def test_profiling_a_parquet_file_loads_nothing_that_it_does_not_need(
    face: str, tmp_path: Path
) -> None:
    moment = datetime(2020, 10, 25, 1, 30, tzinfo=ZoneInfo("Europe/Berlin"))
    columns = {
        "number": [1.5, None, 2.5],
        "text": ["a", "", None],
        "day": [moment.date(), None, None],
        "list": [[1, 2], None, []],
        "struct": [{"a": 1}, None, {"a": 2}],
        "zoned": pa.array([moment] * 3, pa.timestamp("ns", "Europe/Berlin")),
    }
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "x.parquet")

    loaded = modules_after(FACES[face].format(path=str(tmp_path / "x.parquet")))

    assert "pyarrow.parquet" in loaded
    assert loaded.isdisjoint(UNNEEDED)


@pytest.mark.parametrize("rows", ["1,x\n,2020-01-01\ny,z\n", ""])
@pytest.mark.parametrize("face", FACES)
def test_profiling_a_csv_file_loads_the_reader_of_csv_only(
    face: str, rows: str, tmp_path: Path
) -> None:
    (tmp_path / "x.csv").write_text(f"a,b\n{rows}")

    loaded = modules_after(FACES[face].format(path=str(tmp_path / "x.csv")))

    assert loaded & set(UNNEEDED) == {"pyarrow.csv"}


@pytest.mark.usefixtures("project")
def test_comparing_snapshots_loads_neither_pandas_nor_dvc() -> None:
    small = mlsnap.register_dataset("small")
    for number in range(2):
        small.create_snapshot(data=pa.table({"x": [number, 2]}))

    loaded = loaded_by(COMPARISON)

    assert "mlflow" in loaded
    assert loaded.isdisjoint({"pandas", "dvc", "dvc_data", "scipy", "polars", "jinja2"})


def test_telling_rows_of_files_apart_loads_nothing_that_it_does_not_need(tmp_path: Path) -> None:
    for name, value in (("a", 1.5), ("b", 2.5)):
        table = pa.table({"id": [1, 2], "x": [0.5, value], "text": ["a", name]})
        pa.parquet.write_table(table, tmp_path / f"{name}.parquet")

    loaded = modules_after(ROW_DIFFERENCE.format(folder=str(tmp_path)))

    assert not loaded & (set(UNNEEDED) - {"pyarrow.csv"})


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
