"""What making a call again needs, as the files that its run keeps."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from mlsnap.lineage import archive, code, entry, environment
from mlsnap.lineage.import_paths import MAIN
from mlsnap.services.calls import Bound, Recorded, Tracked
from mlsnap.services.scripts import Script
from mlsnap.tracking import artifacts, paths
from mlsnap.values.lineage import Call, Code, Entry
from mlsnap.values.temporary import temporary_folder

_SHOWN_SUSPECTS = 5


@dataclass(frozen=True)
class CapturedCode:
    """The code of a call, its root, and the files that it needs beside a repository."""

    code: Code | None
    root: Path | None
    files: dict[str, bytes]


@contextmanager
def capturing(function: Callable[..., Any]) -> Iterator[Future[CapturedCode]]:
    """Record the code of ``function`` while the block goes on; git lets wait for it."""
    with ThreadPoolExecutor(1, "mlsnap code") as threads:
        yield threads.submit(_capture, function)


def files_of(
    tracked: Tracked,
    bound: Bound,
    captured: CapturedCode,
    *,
    recorded: Recorded,
    random_states: dict[str, Any],
) -> tuple[dict[str, bytes], list[str]]:
    """The files of a call, and why making it again will not work."""
    described = _entry(tracked, bound, captured.root)
    stored, unstored = recorded
    problems = _problems(tracked, described, captured.code)
    call = Call(
        entry=described,
        code=captured.code,
        environment=environment.capture(captured.root),
        arguments=stored,
        randomness=random_states,
        problems=tuple(problems),
        unstored=unstored,
    )
    text = artifacts.to_bytes(artifacts.to_json(call.to_dict()))
    return {paths.CALL: text, **captured.files}, problems


def _entry(tracked: Tracked, bound: Bound, root: Path | None) -> Entry:
    if script := tracked.script:
        return entry.describe_script(script.file, script.module, root=root)
    return entry.describe(tracked.function, root=root, bound_to_object=bound.of_object)


def obstacles(problems: Iterable[str]) -> list[str]:
    """What is said of why a call cannot be made again."""
    return [f"the run cannot be reproduced: {each}" for each in problems]


def worries(captured: CapturedCode) -> list[str]:
    """What the user should know of the code that the run stores."""
    if captured.code is None or not captured.code.suspects:
        return []
    places = ", ".join(captured.code.suspects[:_SHOWN_SUSPECTS])
    more = len(captured.code.suspects) - _SHOWN_SUSPECTS
    return [
        f"the run stores what looks like secrets in its code, at {places}"
        f"{f' and {more} more places' if more > 0 else ''}: move them to environment variables, "
        "and delete this run"
    ]


def _capture(function: Callable[..., Any]) -> CapturedCode:
    module, file = _source(function)
    here = Path.cwd()
    start = _start(file, here)
    with temporary_folder() as folder:
        captured = code.capture(start, into=folder)
        root = _root(start, captured.folder) if captured else None
        if captured is None and file is not None:
            root = _sources(module, file, here)
            captured = archive.capture(root, here=here, into=folder) if root else None
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
        files |= environment.lock_files(root or here)
    return CapturedCode(captured, root, files)


def _source(function: Callable[..., Any]) -> tuple[str, Path | None]:
    """Import name and file of a function's module, or of a whole script."""
    if isinstance(function, Script):
        return function.module, function.file
    scope = getattr(inspect.unwrap(function), "__globals__", {})
    spec = scope.get("__spec__")
    name, file = scope.get("__name__", MAIN), scope.get("__file__")
    return (spec.name if spec else name), Path(file) if file else None


def _start(file: Path | None, here: Path) -> Path:
    """Where the process stands, if that is in the file's repository; else the file's folder."""
    if file is None or _marked(here.resolve()) == _marked(file.resolve()):
        return here
    return file.resolve().parent


def _marked(path: Path) -> Path | None:
    """The nearest folder that holds a repository or, as a submodule, points to one."""
    return next((each for each in (path, *path.parents) if (each / ".git").exists()), None)


def _root(start: Path, folder: str) -> Path:
    """The root of a repository, from a folder in it and that one's path below the root."""
    return [start.resolve(), *start.resolve().parents][len(PurePosixPath(folder).parts)]


def _sources(module: str, file: Path, here: Path) -> Path | None:
    """The folder whose sources are the code where no repository is; none of what is installed."""
    folder = entry.imported_from(module, file)
    return archive.root_of(folder, here) if folder and file.is_file() else None


def _problems(tracked: Tracked, described: Entry, captured: Code | None) -> list[str]:
    found = [described.problem, captured.problem if captured else None]
    if captured and described.file in captured.left_out:
        found.append(f"{described.file!r} is too large for code, or named like a secret")
    if tracked.script:
        found += tracked.script.problems
    if tracked.is_generator:
        found.append(f"{tracked.name!r} is a generator: how far it was used is not recorded")
    return [each for each in found if each]
