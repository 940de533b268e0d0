"""What making a call again needs, as the files that its run keeps."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlsnap.lineage import code, entry, environment
from mlsnap.services.calls import Bound, Recorded, Tracked
from mlsnap.tracking import artifacts
from mlsnap.values.lineage import Call, Code, Entry
from mlsnap.values.temporary import temporary_folder


@dataclass(frozen=True)
class CapturedCode:
    """The code of a call, the root of its repository, and the files that it needs beside it."""

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
    described = entry.describe(
        tracked.function, root=captured.root, bound_to_object=bound.of_object
    )
    stored, problems = recorded
    problems = [*_problems(tracked, described, captured.code), *problems]
    call = Call(
        entry=described,
        code=captured.code,
        environment=environment.capture(),
        arguments=stored,
        randomness=random_states,
        problems=tuple(problems),
    )
    text = artifacts.to_bytes(artifacts.to_json(call.to_dict()))
    return {"call.json": text, **captured.files}, problems


def _capture(function: Callable[..., Any]) -> CapturedCode:
    source = _source_folder(function)
    with temporary_folder() as folder:
        captured = code.capture(source, into=folder)
        files = {file.name: file.read_bytes() for file in sorted(folder.iterdir())}
    return CapturedCode(captured, code.find_root(source), files)


def _source_folder(function: Callable[..., Any]) -> Path:
    """Where the process stands, if that is in the function's repository; else the function's."""
    file = getattr(inspect.unwrap(function), "__globals__", {}).get("__file__")
    here = Path.cwd()
    if file is None or code.find_root(here) == code.find_root(Path(file)):
        return here
    return Path(file).parent


def _problems(tracked: Tracked, described: Entry, captured: Code | None) -> list[str]:
    found = [described.problem, captured.problem if captured else None]
    if tracked.is_generator:
        found.append(f"{tracked.name!r} is a generator: how far it was used is not recorded")
    return [each for each in found if each]
