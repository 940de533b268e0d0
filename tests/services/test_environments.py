from __future__ import annotations

import dataclasses
import os
import platform
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import mlsnap
from mlsnap.errors import ConfigError, NotReproducibleError
from mlsnap.lineage import environment, indexes, lock
from mlsnap.services.reproduction import child
from mlsnap.services.reproduction.environments import built, choosing, overlay, uv
from mlsnap.services.reproduction.environments.choosing import Prepared
from mlsnap.services.reproduction.environments.processes import run_shown
from mlsnap.values.lineage import Environment
from mlsnap.values.reproduction import Place

pytestmark = pytest.mark.skipif(uv.find() is None, reason="uv is not installed")


def _wheel(folder: Path, version: str) -> None:
    info = f"tiny_thing-{version}.dist-info"
    files = {
        "tiny_thing.py": "value = 42\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny-thing\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"tiny_thing-{version}-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two versions of a package that is nowhere else."""
    folder = tmp_path_factory.mktemp("wheels")
    for version in ("1.0", "1.1"):
        _wheel(folder, version)
    return folder


@pytest.fixture(scope="module", autouse=True)
def only_these_wheels(wheels: Path) -> Iterator[None]:
    """pip is told of that folder, and of nothing else: no test needs a network."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("PIP_", "UV_"))]:
            patch.delenv(name)
        configuration = wheels / "pip.conf"
        configuration.write_text(f"[global]\nno-index = true\nfind-links = {wheels}\n")
        patch.setenv("PIP_CONFIG_FILE", str(configuration))
        patch.setenv("UV_OFFLINE", "1")
        patch.setenv("UV_PYTHON_DOWNLOADS", "never")
        indexes.configured.cache_clear()
        yield
    indexes.configured.cache_clear()


def _recorded(**packages: str) -> Environment:
    """This machine with other packages."""
    named = {name.replace("_", "-"): version for name, version in packages.items()}
    here = environment.capture()
    return dataclasses.replace(here, packages=named, origins={}, indexes=(), variables={})


def _build(cache: Path, recorded: Environment) -> built.Built:
    return built.build(cache, recorded, lock.requirements(recorded))


def _find(cache: Path, recorded: Environment) -> built.Built | None:
    return built.find(cache, recorded, lock.requirements(recorded))


def _print(python: Path, code: str, variables: dict[str, str] | None = None) -> str:
    done = subprocess.run(
        [python, "-c", code],
        cwd=python.parent,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Behind a link, with blanks in its name."""
    folder = tmp_path_factory.mktemp("cache of ours")
    link = folder.parent / "a link"
    link.symlink_to(folder)
    return link


@pytest.fixture(scope="module")
def tiny(cache: Path) -> built.Built:
    """An environment of one package."""
    return _build(cache, _recorded(tiny_thing="1.0"))


def test_an_environment_has_the_locked_version_from_where_pip_of_this_machine_looks(
    tiny: built.Built,
) -> None:
    code = "import tiny_thing, importlib.metadata as m; print(m.version('tiny-thing'))"
    assert _print(tiny.python, code) == "1.0"
    assert tiny.differences == ()


def test_it_has_the_recorded_python_and_nothing_of_this_environment(tiny: built.Built) -> None:
    code = "import platform, importlib.util as u\n"
    code += "print(platform.python_version(), u.find_spec('yaml'))"
    assert _print(tiny.python, code) == f"{platform.python_version()} None"


def test_a_built_environment_is_found_again(cache: Path, tiny: built.Built) -> None:
    assert _find(cache, _recorded(tiny_thing="1.0")) == tiny
    assert _find(cache, _recorded(tiny_thing="1.1")) is None


def test_one_whose_interpreter_is_gone_is_not_found(tmp_path: Path) -> None:
    recorded = _recorded()
    _build(tmp_path, recorded).python.unlink()
    assert _find(tmp_path, recorded) is None


def test_a_local_version_that_is_nowhere_becomes_the_public_one_and_is_told(
    tmp_path: Path,
) -> None:
    made = _build(tmp_path, _recorded(tiny_thing="1.1+cpu"))
    assert made.differences == ("tiny-thing 1.1+cpu -> 1.1",)
    assert _find(tmp_path, _recorded(tiny_thing="1.1+cpu")) == made


def test_a_package_that_is_gone_is_named_and_nothing_half_done_stays(tmp_path: Path) -> None:
    with pytest.raises(NotReproducibleError, match=r"tiny-thing 9\.9 can no longer be had") as got:
        _build(tmp_path, _recorded(tiny_thing="9.9"))
    assert "--env current" in got.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_python_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    recorded = dataclasses.replace(_recorded(), python="3.11.97")
    made = _build(tmp_path, recorded)
    version = _print(made.python, "import platform; print(platform.python_version())")
    assert made.differences == (f"python 3.11.97 -> {version}",)
    with pytest.raises(NotReproducibleError, match=r"no Python 3\.4\.99 for the isolated"):
        _build(tmp_path, dataclasses.replace(recorded, python="3.4.99"))


@pytest.mark.parametrize(
    ("field", "value"), [("python", "--help"), ("python", "/bin/sh"), ("implementation", "-x")]
)
def test_what_is_no_python_never_reaches_uv(tmp_path: Path, field: str, value: str) -> None:
    with pytest.raises(NotReproducibleError, match="the run records"):
        _build(tmp_path, dataclasses.replace(_recorded(), **{field: value}))


def test_two_that_build_the_same_at_once_share_one(tmp_path: Path) -> None:
    recorded = _recorded(tiny_thing="1.1")
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: _build(tmp_path, recorded), range(2))
    assert first == second == _find(tmp_path, recorded)
    assert len([each for each in tmp_path.iterdir() if each.is_dir()]) == 1


def test_what_a_killed_build_left_is_never_found_and_is_removed_a_day_later(
    tmp_path: Path,
) -> None:
    recorded = _recorded()
    made = _build(tmp_path, recorded)
    left = tmp_path / "left"
    made.python.parents[2].rename(left)
    assert _find(tmp_path, recorded) is None
    os.utime(left, (time.time() - 90_000,) * 2)
    assert _build(tmp_path, recorded).python.exists()
    assert not left.exists()


def test_environments_that_were_not_used_for_long_go(tmp_path: Path) -> None:
    old = _build(tmp_path, _recorded())
    ready = next(tmp_path.glob("*.json"))
    long_ago = time.time() - built.KEPT_SECONDS - 1
    os.utime(ready, (long_ago,) * 2)
    os.utime(old.python.parents[2], (long_ago,) * 2)
    _build(tmp_path, _recorded(tiny_thing="1.0"))
    assert not ready.exists()
    assert not old.python.exists()


def test_a_cache_that_is_no_folder_is_an_error_that_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be kept in") as got:
        _build(tmp_path / "file" / "environments", _recorded())
    assert "cache_directory" in got.value.hint


def test_the_current_environment_is_taken_where_it_is_as_recorded(tmp_path: Path) -> None:
    here = environment.capture()
    planned = choosing.plan(here, Place.AUTO, cache=tmp_path)
    assert (planned.place, planned.how) == (
        Place.CURRENT,
        "the current one, which is as recorded",
    )
    assert planned.differences == planned.missing == ()
    prepared = choosing.prepare(here, Place.AUTO, cache=tmp_path)
    assert (prepared.python, prepared.isolated) == (Path(sys.executable), False)


def test_other_packages_ask_for_an_isolated_one(tmp_path: Path) -> None:
    here = environment.capture()
    other = dataclasses.replace(here, packages={**here.packages, "tiny-thing": "1.0"})
    planned = choosing.plan(other, Place.AUTO, cache=tmp_path)
    assert planned.place is Place.ISOLATED
    assert planned.how.startswith("isolated: built with uv from ")
    assert planned.missing == ()
    assert list(tmp_path.iterdir()) == []


def test_a_current_environment_with_other_packages_says_which(tmp_path: Path) -> None:
    here = environment.capture()
    other = dataclasses.replace(here, packages={**here.packages, "tiny-thing": "1.0"})
    planned = choosing.plan(other, Place.CURRENT, cache=tmp_path)
    assert planned.how == (
        "the current one, whose packages differ: tiny-thing 1.0 -> not installed"
    )
    assert planned.differences == ("tiny-thing 1.0 -> not installed",)


def test_an_environment_that_lacks_what_mlsnap_needs_is_missing(tmp_path: Path) -> None:
    packages = environment.capture().packages
    recorded = _recorded(**{k: v for k, v in packages.items() if k not in ("dvc", "orjson")})
    (said,) = choosing.plan(recorded, Place.ISOLATED, cache=tmp_path).missing
    assert "has no dvc, orjson, which mlsnap" in said
    with pytest.raises(NotReproducibleError, match="has no dvc, orjson"):
        choosing.prepare(recorded, Place.ISOLATED, cache=tmp_path)


def test_an_isolated_process_has_this_mlsnap_and_nothing_of_the_users_path(
    tmp_path: Path, tiny: built.Built, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leak").mkdir()
    (tmp_path / "leak" / "leaked.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "leak"))
    prepared = Prepared(tiny.python, True, "")
    variables = child.variables_of(_recorded(), prepared, tmp_path)
    code = (
        "import mlsnap, importlib.util as u, importlib.metadata as m; "
        "print(mlsnap.__version__ == m.version('mlsnap'), u.find_spec('leaked'))"
    )
    assert _print(tiny.python, code, variables) == "True None"


def test_the_codes_own_package_is_known_by_its_version_in_an_isolated_process(
    tmp_path: Path, tiny: built.Built
) -> None:
    recorded = dataclasses.replace(
        _recorded(our_project="0.3"),
        origins={"our-project": {"folder": ".", "dir_info": {"editable": True}}},
    )
    variables = child.variables_of(recorded, Prepared(tiny.python, True, ""), tmp_path)
    code = "import importlib.metadata as m; print(m.version('our-project'))"
    assert _print(tiny.python, code, variables) == "0.3"


def test_the_codes_own_package_is_imported_from_the_code_after_all_others(
    tmp_path: Path, tiny: built.Built
) -> None:
    lib = tmp_path / "code" / "lib"
    (lib / "src").mkdir(parents=True)
    (lib / "src" / "ours.py").write_text("value = 7\n")
    (lib / "random.py").write_text("raise ImportError('hidden')\n")
    recorded = dataclasses.replace(
        _recorded(our_project="0.3"), origins={"our-project": {"folder": "lib"}}
    )
    prepared = Prepared(tiny.python, True, "")
    variables = child.variables_of(recorded, prepared, tmp_path, root=tmp_path / "code")
    assert _print(tiny.python, "import ours, random; print(ours.value)", variables) == "7"


def test_a_folder_outside_of_the_code_is_refused(tmp_path: Path) -> None:
    recorded = dataclasses.replace(_recorded(), origins={"x": {"folder": "../.."}})
    with pytest.raises(NotReproducibleError):
        overlay.make(tmp_path / "copy", recorded, root=tmp_path)


def test_mlsnap_is_copied_without_an_installer(tmp_path: Path) -> None:
    folder = overlay.make(tmp_path / "copy", _recorded())
    code = "import mlsnap; print(mlsnap.__version__, mlsnap.__file__)"
    shown = _print(Path(sys.executable), code, {**os.environ, "PYTHONPATH": str(folder)})
    assert shown == f"{mlsnap.__version__} {folder / 'mlsnap' / '__init__.py'}"


def test_a_process_has_the_recorded_variables_and_lacks_those_that_were_not_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    monkeypatch.setenv("MLFLOW_RUN_ID", "abc")
    monkeypatch.setenv("OTHER", "kept")
    recorded = dataclasses.replace(_recorded(), variables={"TZ": "UTC", "LD_PRELOAD": "x.so"})
    variables = child.variables_of(recorded, Prepared(Path(sys.executable), False, ""), tmp_path)
    assert variables["TZ"] == "UTC"
    assert variables["OTHER"] == "kept"
    assert not {"PYTHONHASHSEED", "MLFLOW_RUN_ID", "LD_PRELOAD"} & variables.keys()


def test_threads_are_as_many_as_recorded_where_the_machine_has_other_cpus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in environment.THREADS:
        monkeypatch.delenv(name, raising=False)
    here = Prepared(Path(sys.executable), False, "")
    same = child.variables_of(_recorded(), here, tmp_path)
    assert not set(environment.THREADS) & same.keys()
    blas = {"user_api": "blas", "internal_api": "openblas", "prefix": "x", "num_threads": 3}
    larger = dataclasses.replace(_recorded(), cpu_count=97, libraries=(blas,), settings={})
    variables = child.variables_of(larger, here, tmp_path)
    assert variables["OMP_NUM_THREADS"] == "97"
    assert variables["OPENBLAS_NUM_THREADS"] == "3"


def test_a_process_that_is_killed_says_by_which_signal(tmp_path: Path) -> None:
    code = "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"
    ended = run_shown([sys.executable, "-c", code], at=tmp_path, variables=os.environ)
    assert str(ended) == (
        "the process was ended by signal 9 (SIGKILL); the memory was probably used up"
    )


def test_an_interrupt_ends_a_process_and_those_it_started(tmp_path: Path) -> None:
    grandchild = "import time; time.sleep(60)"
    code = (
        "import subprocess, sys, time, pathlib\n"
        f"child = subprocess.Popen([sys.executable, '-c', {grandchild!r}])\n"
        "pathlib.Path('pid.part').write_text(str(child.pid))\n"
        "pathlib.Path('pid.part').rename('pid')\n"
        "time.sleep(60)\n"
    )
    outer = (
        "import os, sys, pathlib\n"
        "from mlsnap.services.reproduction.environments.processes import run_shown\n"
        f"run_shown([sys.executable, '-c', {code!r}], at=pathlib.Path.cwd(), "
        "variables=os.environ)\n"
    )
    paths = {**os.environ, "PYTHONPATH": str(Path(mlsnap.__file__).parents[1])}
    process = subprocess.Popen(
        [sys.executable, "-c", outer], cwd=tmp_path, env=paths, stderr=subprocess.DEVNULL
    )
    pid = tmp_path / "pid"
    while process.poll() is None and not pid.exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0
    assert not _is_alive(int(pid.read_text()))


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_a_process_says_is_kept_and_shown_but_for_hidden_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-c", "print('one'); print('- two')"]
    ended = run_shown(command, at=tmp_path, variables=os.environ, keep=True, hidden="- ")
    assert ended.said == "one\n- two\n"
    assert capsys.readouterr().err == "one\n"


def test_waiting_is_interrupted_even_with_the_handler_of_a_library(tmp_path: Path) -> None:
    signal.siginterrupt(signal.SIGINT, False)  # as Polars does: system calls go on
    process = [sys.executable, "-c", "import os, signal, time; os.kill({}, signal.SIGINT); {}"]
    process[2] = process[2].format(os.getpid(), "time.sleep(9)")
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        run_shown(process, at=tmp_path, variables=os.environ)
    assert time.monotonic() - started < 8
