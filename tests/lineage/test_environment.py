from __future__ import annotations

import dataclasses
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import mlsnap
from mlsnap.lineage import environment
from mlsnap.values.lineage import Environment

OLD = Environment(
    python="3.11.7",
    platform="Linux-6.1",
    machine="x86_64",
    cpu="A CPU",
    cpu_count=2,
    packages={"scikit-learn": "1.5.0", "numpy": "2.0.0"},
    variables={"TZ": "UTC"},
)


def test_the_installed_packages_are_recorded_by_normalised_name() -> None:
    packages = environment.capture().packages
    assert packages["scikit-learn"] == version("scikit-learn")
    assert packages["typing-extensions"] == version("typing_extensions")
    assert all(name == name.lower() and "_" not in name for name in packages)


def test_python_and_machine_are_recorded() -> None:
    captured = environment.capture()
    assert captured.python == platform.python_version()
    assert captured.machine == platform.machine()
    assert captured.cpu
    assert 1 <= captured.cpu_count <= (os.cpu_count() or 1)


def test_only_listed_variables_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hunter2")
    monkeypatch.delenv("TZ", raising=False)
    variables = environment.capture().variables
    assert variables["OMP_NUM_THREADS"] == "3"
    assert variables.keys() <= set(environment.VARIABLES)
    assert "TZ" not in variables


def test_a_change_of_a_record_does_not_reach_the_next_one() -> None:
    environment.capture().packages.clear()
    assert environment.capture().packages


def test_an_environment_does_not_differ_from_itself() -> None:
    captured = environment.capture()
    assert environment.differences(captured, environment.capture()) == []


def test_differences_are_readable_lines() -> None:
    new = dataclasses.replace(
        OLD,
        python="3.12.1",
        cpu_count=4,
        packages={"scikit-learn": "1.6.1", "pandas": "3.0.0"},
        variables={"OMP_NUM_THREADS": "2"},
    )
    assert environment.differences(OLD, new) == [
        "python 3.11.7 -> 3.12.1",
        "cpu count 2 -> 4",
        "numpy 2.0.0 -> not installed",
        "pandas not installed -> 3.0.0",
        "scikit-learn 1.5.0 -> 1.6.1",
        "variable OMP_NUM_THREADS: unset -> 2",
        "variable TZ: UTC -> unset",
    ]


def test_a_broken_installation_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "broken-1.0.dist-info").mkdir()
    (tmp_path / "nameless-1.0.dist-info").mkdir()
    (tmp_path / "nameless-1.0.dist-info" / "METADATA").write_text("Version: 1\n")
    code = "from mlsnap.lineage.environment import capture; print(len(capture().packages) > 3)"
    path = os.pathsep.join([str(tmp_path), str(Path(mlsnap.__file__).parents[1])])
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True\n"


def test_lineage_imports_nothing_heavy() -> None:
    code = (
        "import sys, mlsnap.lineage.entry, mlsnap.lineage.code, mlsnap.lineage.environment, "
        "mlsnap.lineage.randomness as r, mlsnap.lineage.arguments as a\n"
        "r.restore(r.capture()); a.decode(a.encode([1, 0.5]))\n"
        "print({'numpy', 'pandas', 'mlflow', 'dvc', 'torch', 'pyarrow'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(Path(mlsnap.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "set()\n"
