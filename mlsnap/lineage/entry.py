"""The function of a tracked call: described so that it can be found again, and found."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import re
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator
from functools import cache, reduce
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from mlsnap.errors import NotReproducibleError, near
from mlsnap.lineage.import_paths import MAIN, SCRIPT_MODULE
from mlsnap.lineage.paths import inside
from mlsnap.values.lineage import SCRIPT, Entry


def describe(
    function: Callable[..., Any], *, root: Path | None, bound_to_object: bool = False
) -> Entry:
    """Where ``function``, or what it wraps, can be found again under the code's ``root``.

    ``problem`` says why it cannot: a lambda, a nested function, a function that is in no file, a
    method of an object (``bound_to_object``), or a file that is neither under ``root`` nor
    installed.

    >>> describe(sorted, root=None).problem
    "'sorted' is a builtin_function_or_method, not a Python function"
    """
    owner = getattr(function, "__self__", None)
    unwrapped = inspect.unwrap(function)
    plain = getattr(unwrapped, "__func__", unwrapped)
    if not isinstance(plain, FunctionType):
        return _not_a_function(plain)
    module, file = _module(plain), _file(plain)
    problem = (
        _unnamed(plain)
        or _needs_object(plain, owner, bound_to_object)
        or _unreachable(plain, module, file, root)
    )
    if root is None or file is None or is_installed(file) or not _is_under(root, file):
        return Entry(module, plain.__qualname__, problem=problem)
    relative = file.relative_to(root.resolve()).as_posix()
    paths = tuple(_search_paths(root.resolve(), module, file))
    return Entry(module, plain.__qualname__, file=relative, paths=paths, problem=problem)


def describe_script(file: Path, module: str, *, root: Path | None) -> Entry:
    """Where a whole script can be found again; ``module`` is the name given to ``python -m``.

    ``problem`` says why it cannot: it is neither under ``root`` nor installed.
    """
    file = file.resolve()
    if module != MAIN and is_installed(file):
        return Entry(module, SCRIPT)
    if root is None or not _is_under(root, file):
        where = f"outside of {str(root)!r}" if root else "in no git repository"
        return Entry(module, SCRIPT, problem=f"the script {str(file)!r} lies {where}")
    relative = file.relative_to(root.resolve()).as_posix()
    paths = tuple(_search_paths(root.resolve(), module, file))
    return Entry(module, SCRIPT, file=relative, paths=paths)


def find_script(entry: Entry, *, root: Path) -> Path | None:
    """The file of a recorded script; ``None`` if it is a module of an installed package.

    Puts the recorded search paths first on ``sys.path``.

    Raises
    ------
    NotReproducibleError
        If the file is missing, or a recorded path leads out of ``root``.
    """
    if entry.problem:
        raise NotReproducibleError(entry.problem, "run the script by hand on the run's data")
    file = _recorded_file(entry, root)
    if file is None and entry.module == MAIN:
        raise _missing(entry, "the script's file is not recorded")
    _search_first(root, entry)
    return file


def imported_from(module: str, file: Path) -> Path | None:
    """The folder on ``sys.path`` that makes ``module`` be ``file``; ``None`` if it is installed."""
    file = file.resolve()
    return None if is_installed(file) else _import_folder(module, file) or file.parent


def load(entry: Entry, *, root: Path) -> Callable[..., Any]:
    """The recorded function as the code under ``root`` defines it, its decorators included.

    Puts the recorded search paths first on ``sys.path`` and imports the module; a script is
    loaded under another name than ``__main__``, so that what it guards does not run. What the
    module raises on import, other than ImportError and SystemExit, goes through.

    Raises
    ------
    NotReproducibleError
        If the file, module or function is missing, if the module of that name comes from another
        place than ``root``, or a recorded path leads out of ``root``.
    """
    if entry.problem:
        raise NotReproducibleError(entry.problem, "call the function by hand on the run's data")
    file, is_script = _recorded_file(entry, root), entry.module == MAIN
    if is_script and file is None:
        raise _missing(entry, "the script's file is not recorded")
    _search_first(root, entry)
    try:
        module = _run_script(file) if file and is_script else importlib.import_module(entry.module)
    except (ImportError, SystemExit) as error:
        raise _missing(entry, f"its module does not load: {error!r}") from error
    if file and _file_of(module) != file:
        raise _missing(entry, f"the module of that name is {_file_of(module)}, not {file}")
    return _attribute(entry, module)


def _not_a_function(found: Any) -> Entry:
    name = getattr(found, "__qualname__", type(found).__qualname__)
    module = getattr(found, "__module__", None) or type(found).__module__
    kind = type(found).__name__
    return Entry(module, name, problem=f"{name!r} is a {kind}, not a Python function")


def _module(function: FunctionType) -> str:
    """The import name of its module; what ``python -m NAME`` runs has one too."""
    if function.__module__.startswith(SCRIPT_MODULE):
        return MAIN
    spec = function.__globals__.get("__spec__") if function.__module__ == MAIN else None
    return str(spec.name if spec else function.__module__)


def _file(function: FunctionType) -> Path | None:
    """The module's file, if that is where the function's code was read from."""
    written = Path(function.__code__.co_filename)
    module = function.__globals__.get("__file__")
    if module is None or not written.is_file() or Path(module).resolve() != written.resolve():
        return None
    return written.resolve()


def _unnamed(function: FunctionType) -> str | None:
    name = function.__qualname__
    if function.__name__ == "<lambda>":
        return f"{name!r} is a lambda: no name leads to it"
    if "<locals>" in name:
        return f"{name!r} is defined inside another function: no name leads to it"
    return None


def _needs_object(function: FunctionType, owner: Any, bound_to_object: bool) -> str | None:
    name = function.__qualname__
    if bound_to_object or not (owner is None or inspect.isclass(owner)):
        return f"{name!r} is a method: the object it was called on is not recorded"
    if owner is not None and name != f"{owner.__qualname__}.{function.__name__}":
        return f"{name!r} was called on {owner.__qualname__!r}, a class that inherits it"
    return None


def _unreachable(
    function: FunctionType, module: str, file: Path | None, root: Path | None
) -> str | None:
    name = function.__qualname__
    if file is None:
        place = function.__code__.co_filename
        return f"{name!r} is defined in {place!r} (a prompt or a notebook), not in a source file"
    if is_installed(file) and module != MAIN:
        return None
    if root is None or not _is_under(root, file):
        where = f"outside of {str(root)!r}" if root else "in no git repository"
        return f"{name!r} is defined in {str(file)!r}, {where}, and not installed"
    if _import_folder(module, file) is None:
        return f"{name!r} is in module {module!r}, which cannot be imported from {str(file)!r}"
    return None


def _is_under(root: Path, file: Path) -> bool:
    return file.is_relative_to(root.resolve())


def is_installed(path: Path) -> bool:
    """Whether a file belongs to Python itself or to an installed package."""
    return any(path.is_relative_to(folder) for folder in _installed_folders())


@cache
def _installed_folders() -> tuple[Path, ...]:
    named = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    folders = [*named, *site.getsitepackages(), site.getusersitepackages()]
    return tuple(dict.fromkeys(Path(folder).resolve() for folder in folders))


def _import_folder(module: str, file: Path) -> Path | None:
    """The folder that must be on ``sys.path`` for ``module`` to be ``file``."""
    if module == MAIN:
        return file.parent
    parts = module.split(".")
    below = [*parts, "__init__"] if file.stem == "__init__" else parts
    matches = file.with_suffix("").parts[-len(below) :] == tuple(below)
    return file.parents[len(below) - 1] if matches else None


def _search_paths(root: Path, module: str, file: Path) -> Iterator[str]:
    """What of ``sys.path`` lies in ``root``, and the folder the module itself is found in."""
    folder = _import_folder(module, file)
    entries = [*map(Path, sys.path), *([folder] if folder else [])]
    resolved = dict.fromkeys(entry.resolve() for entry in entries if entry.is_dir())
    for entry in resolved:
        if entry.is_relative_to(root) and not is_installed(entry):
            yield entry.relative_to(root).as_posix()


def _recorded_file(entry: Entry, root: Path) -> Path | None:
    if entry.file is None:
        return None
    file = inside(root, entry.file)
    if not file.is_file():
        raise _missing(entry, "the file is not there")
    return file


def _search_first(root: Path, entry: Entry) -> None:
    folders = [str(inside(root, path)) for path in entry.paths]
    sys.path[:] = [*folders, *(path for path in sys.path if path not in folders)]
    importlib.invalidate_caches()


def _run_script(file: Path) -> ModuleType:
    name = SCRIPT_MODULE + re.sub(r"\W", "_", file.stem)
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} is not Python source")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _file_of(module: ModuleType) -> Path | None:
    file = getattr(module, "__file__", None)
    return Path(file).resolve() if file else None


def _attribute(entry: Entry, module: ModuleType) -> Callable[..., Any]:
    try:
        found = reduce(getattr, entry.qualname.split("."), module)
    except AttributeError as error:
        names = [name for name, value in vars(module).items() if callable(value)]
        raise _missing(entry, f"no such name in it{near(entry.qualname, names)}") from error
    if not callable(found):
        raise _missing(entry, f"it is a {type(found).__name__} and cannot be called")
    return found


def _missing(entry: Entry, why: str) -> NotReproducibleError:
    place = f" ({entry.file})" if entry.file else ""
    return NotReproducibleError(
        f"{entry.qualname!r} of module {entry.module!r}{place} cannot be loaded: {why}",
        "the code must be that of the run's commit, in a process that has not imported the module",
    )
