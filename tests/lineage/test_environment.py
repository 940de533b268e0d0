from __future__ import annotations

import dataclasses
import json
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
        variables={"OMP_NUM_THREADS": "1"},
    )
    assert environment.differences(OLD, new) == [
        "python 3.11.7 -> 3.12.1",
        "numpy 2.0.0 -> not installed",
        "pandas not installed -> 3.0.0",
        "scikit-learn 1.5.0 -> 1.6.1",
        "variable TZ: UTC -> unset",
        "cpu count 2 -> 4",
        "variable OMP_NUM_THREADS: unset -> 1",
    ]


def _kinds(old: Environment, new: Environment) -> dict[str, list[str]]:
    found = environment.differences_by_kind(old, new)
    assert list(found) == ["environment", "hardware", "threads"]
    return {kind: lines for kind, lines in found.items() if lines}


def test_what_brings_a_run_back_is_no_difference() -> None:
    tools = {"mlsnap": "0.1", "pip": "24.0", "uv": "0.5"}
    assert _kinds(OLD, dataclasses.replace(OLD, packages={**OLD.packages, **tools})) == {}


def test_another_commit_of_the_same_version_is_a_difference() -> None:
    def at(commit: str) -> Environment:
        vcs = {"vcs": "git", "commit_id": commit}
        return dataclasses.replace(OLD, origins={"numpy": {"url": "git://x/n", "vcs_info": vcs}})

    assert _kinds(at("aaa"), at("aaa")) == {}
    assert _kinds(at("aaa"), at("bbb")) == {
        "environment": ["numpy 2.0.0 (git://x/n@aaa) -> 2.0.0 (git://x/n@bbb)"]
    }


def test_a_package_that_is_the_code_itself_is_no_difference() -> None:
    ours = {"numpy": {"folder": "."}}
    changed = {**OLD.packages, "numpy": "2.0.1.dev3"}
    assert _kinds(OLD, dataclasses.replace(OLD, packages=changed, origins=ours)) == {}


def test_only_libraries_and_settings_of_both_are_compared() -> None:
    blas = {"internal_api": "openblas", "prefix": "libopenblas", "architecture": "Zen"}
    openmp = {"internal_api": "openmp", "prefix": "libgomp", "num_threads": 2}
    old = dataclasses.replace(
        OLD,
        libraries=({**blas, "num_threads": 2}, openmp),
        settings={"torch.num_threads": "2", "torch.default_dtype": "torch.float32"},
    )
    assert _kinds(old, OLD) == _kinds(OLD, old) == {}
    new = dataclasses.replace(
        OLD,
        libraries=({**blas, "num_threads": 4, "architecture": "Haswell"},),
        settings={"torch.num_threads": "4", "jax.enable_x64": "True"},
    )
    assert _kinds(old, new) == {
        "hardware": ["openblas libopenblas architecture: Zen -> Haswell"],
        "threads": ["openblas libopenblas num threads: 2 -> 4", "torch.num_threads: 2 -> 4"],
    }


def test_another_gpu_is_a_difference_of_hardware() -> None:
    assert _kinds(dataclasses.replace(OLD, accelerators=("A100", "driver 550")), OLD) == {
        "hardware": ["accelerators A100, driver 550 -> none"]
    }


def test_a_variable_that_only_repeats_the_recorded_threads_is_no_difference() -> None:
    def told(count: str) -> Environment:
        return dataclasses.replace(OLD, variables={"TZ": "UTC", "OMP_NUM_THREADS": count})

    assert _kinds(OLD, told(str(OLD.cpu_count))) == {}
    assert _kinds(OLD, told("7")) == {"threads": ["variable OMP_NUM_THREADS: unset -> 7"]}
    assert _kinds(told("2"), OLD) == {"threads": ["variable OMP_NUM_THREADS: 2 -> unset"]}


def test_libraries_in_use_are_recorded_without_their_paths() -> None:
    pytest.importorskip("threadpoolctl")
    pytest.importorskip("scipy.linalg")
    libraries = environment.capture().libraries
    assert any(each["user_api"] == "blas" for each in libraries)
    assert not any("filepath" in each for each in libraries)


def test_settings_of_libraries_in_use_are_recorded(tmp_path: Path) -> None:
    torch = tmp_path / "torch.py"
    torch.write_text("get_num_threads = lambda: 3\nget_default_dtype = lambda: 1 / 0\n")
    code = (
        "import torch\n"
        "from mlsnap.lineage.environment import capture\n"
        "print(capture().settings, capture().accelerators is not None)"
    )
    assert _printed(code, tmp_path) == "{'torch.num_threads': '3'} True\n"


def test_where_a_package_came_from_is_recorded_without_credentials(tmp_path: Path) -> None:
    root = tmp_path / "the project"
    for name, url in {
        "mine": (root / "lib").as_uri(),
        "other": (tmp_path / "other").as_uri(),
        "secret": "https://me:hunter2@example.org/x.zip?token=1",
    }.items():
        folder = tmp_path / "site" / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Name: {name}\nVersion: 1.0\n")
        (folder / "direct_url.json").write_text(json.dumps({"url": url, "dir_info": {}}))
    broken = tmp_path / "site" / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Name: broken\nVersion: 1.0\n")
    (broken / "direct_url.json").write_text("[")
    code = (
        "import json, pathlib\n"
        "from mlsnap.lineage.environment import capture\n"
        f"print(json.dumps(capture(pathlib.Path({str(root)!r})).origins))"
    )
    found = json.loads(_printed(code, tmp_path / "site"))
    assert found["mine"] == {"folder": "lib", "dir_info": {}}
    assert found["other"]["url"] == (tmp_path / "other").as_uri()
    assert found["secret"]["url"] == "https://example.org/x.zip"
    assert "broken" not in found


def test_lock_files_of_a_project_are_kept_up_to_a_size(tmp_path: Path) -> None:
    (tmp_path / "uv.lock").write_bytes(b"version = 1\n")
    (tmp_path / "poetry.lock").write_bytes(b" " * (environment.LOCK_LIMIT + 1))
    (tmp_path / "pdm.lock").symlink_to("/etc/passwd")
    (tmp_path / "Pipfile.lock").mkdir()
    (tmp_path / "setup.py").touch()
    assert environment.lock_files(tmp_path) == {"uv.lock": b"version = 1\n"}


def _printed(code: str, folder: Path) -> str:
    path = os.pathsep.join([str(folder), str(Path(mlsnap.__file__).parents[1])])
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


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
