from __future__ import annotations

import functools
import importlib
import importlib.util
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import mlsnap
from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import entry as entries
from mlsnap.values.lineage import Entry

DESCRIBE = """
import dataclasses, json
from pathlib import Path
from mlsnap.lineage.entry import describe
print(json.dumps(dataclasses.asdict(describe({function}, root=Path({root!r})))))
"""


@pytest.fixture(autouse=True)
def same_modules_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "root"
    folder.mkdir()
    return folder.resolve()


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def python(*arguments: str, at: Path, stdin: str | None = None) -> Entry:
    """The entry that a Python process describes on its last line."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=at,
        env={**os.environ, "PYTHONPATH": str(Path(mlsnap.__file__).parents[1])},
        input=stdin,
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    return Entry(**{**told, "paths": tuple(told["paths"])})


def describing(function: str, root: Path) -> str:
    return DESCRIBE.format(function=function, root=str(root))


def imported(root: Path, name: str) -> Any:
    sys.path.insert(0, str(root))
    return importlib.import_module(name)


def copied(root: Path, tmp_path: Path) -> Path:
    """The same files elsewhere, as a restore makes them."""
    for file in list(root.rglob("*.py")):
        write(tmp_path / "copy" / file.relative_to(root), file.read_text())
    return (tmp_path / "copy").resolve()


TRAIN = "import helper\ndef train(): return helper.answer() + 1\n"
HELPER = "def answer(): return 41\n"


def test_a_function_of_a_script_is_found_again_and_its_guard_does_not_run(
    root: Path, tmp_path: Path
) -> None:
    write(root / "jobs/helper.py", HELPER)
    guarded = "if __name__ == '__main__':\n" + describing("train", root).replace("\n", "\n    ")
    script = write(root / "jobs/my-train.py", TRAIN + guarded + "\n")
    entry = python(str(script), at=tmp_path)
    assert entry == Entry("__main__", "train", file="jobs/my-train.py", paths=("jobs",))
    train = entries.load(entry, root=copied(root, tmp_path))
    assert train() == 42
    assert train.__module__ == "mlsnap_script_my_train"
    assert Path(train.__code__.co_filename).is_relative_to(tmp_path / "copy")


def test_a_script_named_by_a_relative_path_is_found_again(root: Path) -> None:
    write(root / "jobs/train.py", "def train(): pass\n" + describing("train", root))
    entry = python("jobs/train.py", at=root)
    assert (entry.file, entry.problem) == ("jobs/train.py", None)


def test_a_module_run_with_m_is_recorded_under_its_name(root: Path, tmp_path: Path) -> None:
    write(root / "package/__init__.py", "")
    write(root / "package/helper.py", HELPER)
    text = "from . import helper\ndef train(): return helper.answer() + 1\n"
    write(root / "package/train.py", text + describing("train", root))
    entry = python("-m", "package.train", at=root)
    assert entry == Entry("package.train", "train", file="package/train.py", paths=(".",))
    assert entries.load(entry, root=copied(root, tmp_path))() == 42


def test_a_function_of_a_package_is_found_again(root: Path, tmp_path: Path) -> None:
    write(root / "src/shop/__init__.py", "")
    write(root / "src/shop/models/fit.py", "class Model:\n @staticmethod\n def fit(): return 42\n")
    module = imported(root / "src", "shop.models.fit")
    entry = entries.describe(module.Model.fit, root=root)
    assert entry == Entry(
        "shop.models.fit", "Model.fit", file="src/shop/models/fit.py", paths=("src",)
    )
    for name in [name for name in sys.modules if name.startswith("shop")]:
        del sys.modules[name]
    sys.path.pop(0)
    assert entries.load(entry, root=copied(root, tmp_path))() == 42


def test_a_function_of_a_package_itself_is_described(root: Path) -> None:
    write(root / "shop/__init__.py", "def fit(): pass\n")
    entry = entries.describe(imported(root, "shop").fit, root=root)
    assert entry == Entry("shop", "fit", file="shop/__init__.py", paths=(".",))


def test_the_import_folder_is_recorded_where_sys_path_lacks_it(root: Path) -> None:
    write(root / "src/found_by_hook.py", "def fit(): pass\n")
    fit = imported(root / "src", "found_by_hook").fit
    sys.path.pop(0)
    assert entries.describe(fit, root=root).paths == ("src",)


def test_packages_installed_inside_the_root_are_not_part_of_the_code(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = root / ".venv/lib/site-packages"
    write(site / "installed_here.py", "def fit(): pass\n")
    monkeypatch.setattr(entries, "_installed_folders", lambda: (site,))
    entry = entries.describe(imported(site, "installed_here").fit, root=root)
    assert entry == Entry("installed_here", "fit")


def test_an_installed_function_is_found_by_its_name(root: Path) -> None:
    entry = entries.describe(statistics.mean, root=root)
    assert entry == Entry("statistics", "mean")
    assert entries.load(entry, root=root) is statistics.mean


def test_a_wrapped_function_is_described_and_loaded_with_its_wrapper(
    root: Path, tmp_path: Path
) -> None:
    write(
        root / "wrapped_fit.py",
        "import functools\n"
        "def twice(f):\n"
        "    @functools.wraps(f)\n"
        "    def inner(): return 2 * f()\n"
        "    return inner\n"
        "@twice\n"
        "@twice\n"
        "def fit(): return 10\n",
    )
    entry = entries.describe(imported(root, "wrapped_fit").fit, root=root)
    assert (entry.qualname, entry.problem) == ("fit", None)
    assert entries.load(entry, root=root)() == 40


def test_a_class_method_is_found_again(root: Path) -> None:
    write(
        root / "with_class.py",
        "class Model:\n @classmethod\n def fit(cls): return cls.__name__\n"
        "class Other(Model): pass\n",
    )
    module = imported(root, "with_class")
    entry = entries.describe(module.Model.fit, root=root)
    assert entries.load(entry, root=root)() == "Model"
    assert entries.describe(module.Other.fit, root=root).problem == (
        "'Model.fit' was called on 'Other', a class that inherits it"
    )


def nested() -> Callable[..., Any]:
    def inner() -> None:
        pass

    return inner


class Model:
    def fit(self) -> None:
        pass

    def __call__(self) -> None:
        pass


HERE = Path(__file__).parent


@pytest.mark.parametrize(
    ("function", "problem"),
    [
        (lambda: 1, "'<lambda>' is a lambda: no name leads to it"),
        (
            nested(),
            "'nested.<locals>.inner' is defined inside another function: no name leads to it",
        ),
        (Model().fit, "'Model.fit' is a method: the object it was called on is not recorded"),
        (Model(), "'Model' is a Model, not a Python function"),
        (Model, "'Model' is a type, not a Python function"),
        (functools.partial(nested), "'partial' is a partial, not a Python function"),
        (len, "'len' is a builtin_function_or_method, not a Python function"),
    ],
)
def test_what_no_name_leads_to_is_a_problem(function: Callable[..., Any], problem: str) -> None:
    assert entries.describe(function, root=HERE).problem == problem


def test_a_method_the_caller_saw_bound_is_a_problem() -> None:
    assert entries.describe(Model.fit, root=HERE).problem is None
    entry = entries.describe(Model.fit, root=HERE, bound_to_object=True)
    assert entry.problem == "'Model.fit' is a method: the object it was called on is not recorded"


def test_python_c_is_a_problem(root: Path) -> None:
    entry = python("-c", "def train(): pass\n" + describing("train", root), at=root)
    assert entry.problem == (
        "'train' is defined in '<string>' (a prompt or a notebook), not in a source file"
    )


def test_standard_input_is_a_problem(root: Path) -> None:
    text = "def train(): pass\n" + describing("train", root)
    entry = python("-", at=root, stdin=text)
    assert entry.problem is not None
    assert "'train' is defined in '<stdin>'" in entry.problem


def test_a_function_made_by_exec_is_a_problem(root: Path) -> None:
    text = "exec('def train(): pass')\n" + describing("train", root)
    entry = python(str(write(root / "train.py", text)), at=root)
    assert entry.problem is not None
    assert "'train' is defined in '<string>'" in entry.problem


def test_a_cell_written_to_a_file_by_the_notebook_is_a_problem(root: Path) -> None:
    cell = write(root / "cell_1.py", "def train(): pass\n")
    scope: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(cell.read_text(), str(cell), "exec"), scope)
    assert entries.describe(scope["train"], root=root).problem == (
        f"'train' is defined in {str(cell)!r} (a prompt or a notebook), not in a source file"
    )


def test_a_function_that_names_another_file_than_its_module_is_a_problem(root: Path) -> None:
    other = write(root / "template.py", "def train(): pass\n")
    text = f"exec(compile(open({str(other)!r}).read(), {str(other)!r}, 'exec'))\n"
    entry = python(str(write(root / "train.py", text + describing("train", root))), at=root)
    assert entry.problem is not None
    assert f"'train' is defined in {str(other)!r}" in entry.problem


def test_a_file_outside_of_the_root_is_a_problem(root: Path, tmp_path: Path) -> None:
    file = write(tmp_path / "elsewhere/stray_fit.py", "def fit(): pass\n")
    fit = imported(file.parent, "stray_fit").fit
    entry = entries.describe(fit, root=root)
    assert entry.file is None
    assert entry.problem == (
        f"'fit' is defined in {str(file)!r}, outside of {str(root)!r}, and not installed"
    )
    assert entries.describe(fit, root=None).problem == (
        f"'fit' is defined in {str(file)!r}, in no git repository, and not installed"
    )


def test_a_module_loaded_under_a_foreign_name_is_a_problem(root: Path) -> None:
    file = write(root / "plain.py", "def fit(): pass\n")
    spec = importlib.util.spec_from_file_location("foreign.name", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert entries.describe(module.fit, root=root).problem == (
        f"'fit' is in module 'foreign.name', which cannot be imported from {str(file)!r}"
    )


def test_an_entry_with_a_problem_is_not_loaded(root: Path) -> None:
    with pytest.raises(NotReproducibleError, match="is a lambda"):
        entries.load(entries.describe(lambda: 1, root=root), root=root)


def test_a_missing_file_is_named(root: Path) -> None:
    with pytest.raises(NotReproducibleError) as caught:
        entries.load(Entry("jobs.train", "fit", file="jobs/train.py", paths=(".",)), root=root)
    assert caught.value.fact == (
        "'fit' of module 'jobs.train' (jobs/train.py) cannot be loaded: the file is not there"
    )


def test_a_script_without_a_file_is_not_taken_for_the_running_one(root: Path) -> None:
    with pytest.raises(NotReproducibleError, match="the script's file is not recorded"):
        entries.load(Entry("__main__", "main"), root=root)


def test_a_missing_module_is_named(root: Path) -> None:
    with pytest.raises(NotReproducibleError, match="'fit' of module 'no_such_module' cannot be"):
        entries.load(Entry("no_such_module", "fit"), root=root)


def test_a_missing_function_is_named_with_its_neighbours(root: Path) -> None:
    write(root / "renamed_fit.py", "def train_model(): pass\n")
    with pytest.raises(NotReproducibleError, match="no such name in it; near names: 'train_model'"):
        entries.load(Entry("renamed_fit", "train_mode", "renamed_fit.py", (".",)), root=root)


def test_a_name_that_is_no_function_any_more_is_named(root: Path) -> None:
    write(root / "constant_fit.py", "fit = 1\n")
    with pytest.raises(NotReproducibleError, match="it is a int and cannot be called"):
        entries.load(Entry("constant_fit", "fit", "constant_fit.py", (".",)), root=root)


def test_a_script_that_ends_on_import_is_named(root: Path) -> None:
    write(root / "ends.py", "def fit(): pass\nraise SystemExit(3)\n")
    with pytest.raises(NotReproducibleError, match=r"does not load: SystemExit\(3\)"):
        entries.load(Entry("__main__", "fit", "ends.py", (".",)), root=root)


def test_what_the_module_raises_goes_through(root: Path) -> None:
    write(root / "raises.py", "1 / 0\n")
    with pytest.raises(ZeroDivisionError):
        entries.load(Entry("raises", "fit", "raises.py", (".",)), root=root)


def test_a_module_that_is_imported_from_elsewhere_is_not_taken(root: Path, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere/twin_fit.py", "def fit(): pass\n")
    write(root / "twin_fit.py", "def fit(): pass\n")
    imported(tmp_path / "elsewhere", "twin_fit")
    with pytest.raises(NotReproducibleError, match=r"the module of that name is .*elsewhere"):
        entries.load(Entry("twin_fit", "fit", "twin_fit.py", (".",)), root=root)


def test_an_installed_module_of_the_same_name_is_not_taken(root: Path) -> None:
    write(root / "sub/statistics.py", "def mean(): pass\n")
    with pytest.raises(NotReproducibleError, match="the module of that name is"):
        entries.load(Entry("statistics", "mean", "sub/statistics.py", ("sub",)), root=root)


def test_the_code_of_the_root_comes_before_everything_on_the_path(
    root: Path, tmp_path: Path
) -> None:
    write(tmp_path / "elsewhere/other_twin.py", "def fit(): return 'elsewhere'\n")
    write(root / "other_twin.py", "def fit(): return 'root'\n")
    sys.path[:0] = [str(tmp_path / "elsewhere"), str(root)]
    fit = entries.load(Entry("other_twin", "fit", "other_twin.py", (".",)), root=root)
    assert fit() == "root"


@pytest.mark.parametrize("path", ["../outside.py", "/etc/passwd", "link/outside.py", "a\0b"])
def test_a_recorded_file_cannot_lead_out_of_the_root(path: str, root: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside.py", "def fit(): pass\n")
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(NotReproducibleError, match="leads out of the code's folder"):
        entries.load(Entry("__main__", "fit", file=path), root=root)


@pytest.mark.parametrize("path", ["..", "/tmp", "link"])
def test_a_recorded_search_path_cannot_lead_out_of_the_root(
    path: str, root: Path, tmp_path: Path
) -> None:
    write(root / "inner.py", "def fit(): pass\n")
    (root / "link").symlink_to(tmp_path)
    before = list(sys.path)
    with pytest.raises(NotReproducibleError, match="leads out of the code's folder"):
        entries.load(Entry("__main__", "fit", file="inner.py", paths=(path,)), root=root)
    assert sys.path == before
