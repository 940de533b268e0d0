"""Ways to a recorded commit: the run's bundle, a repository on this machine, the remote."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import bundle as bundles
from mlsnap.lineage import git, remote, worktree
from mlsnap.values.lineage import Code


@dataclass(frozen=True, slots=True)
class Route:
    """A way to the code: ``commits`` from a ``place``, then the rest from a bundle, if any."""

    bundle: Path | None
    place: str | None
    commits: tuple[str, ...]
    is_local: bool = False

    def __str__(self) -> str:
        place = f"the repository {self.place}" if self.is_local else f"the remote {self.place}"
        if not self.bundle:
            return place
        base = ", ".join(commit[:12] for commit in self.commits)
        return f"the run's bundle on top of {base} from {place}" if base else "the run's bundle"


def routes(code: Code, bundle: Path | None, repository: Path | None) -> Iterator[Route]:
    """All ways to the code, in the order they are tried."""
    places = [(str(repository.resolve()), True)] if repository else []
    if code.remote and remote.is_safe(code.remote):
        places.append((code.remote, False))
    if bundle:
        needed = bundles.prerequisites(bundle)
        whole = [] if needed else [Route(bundle, None, ())]
        yield from whole or (Route(bundle, place, needed, local) for place, local in places)
    yield from (Route(None, place, (code.commit,), local) for place, local in places)


def leads_somewhere(route: Route) -> bool:
    """Whether a local place has what the route takes from it; whether a remote answers."""
    if route.place is None:
        return True
    if route.is_local:
        return all(has(Path(route.place), commit) for commit in route.commits)
    nowhere = Path(Path.cwd().anchor)  # no repository, whose configuration would be read
    return git.maybe("ls-remote", "--heads", "--", route.place, at=nowhere) is not None


def has(repository: Path, commit: str) -> bool:
    """Whether the repository on this machine has a commit."""
    return git.maybe("rev-parse", "--verify", f"{commit}^{{commit}}", at=repository) is not None


def bring(code: Code, bundle: Path | None, repository: Path | None, destination: Path) -> None:
    """Fetches ``code.commit`` into the repository ``destination``, on the first way that works.

    Raises
    ------
    NotReproducibleError
        If it is nowhere, with all places that were looked into.
    """
    tried = []
    for route in routes(code, bundle, repository):
        try:
            return _follow(route, code.commit, destination)
        except subprocess.CalledProcessError as error:
            tried.append(f"{route}: {git.reason(error)}")
    raise _nowhere(code, tried)


def _follow(route: Route, commit: str, destination: Path) -> None:
    if route.place:
        refs = (f"+{each}:refs/remotes/origin/{each}" for each in route.commits)
        _fetch(destination, "--depth=1", "--", route.place, *refs)
    if route.bundle:
        _fetch(destination, "--", str(route.bundle.resolve()), f"+{worktree.REF}:{worktree.REF}")
    git.run("rev-parse", "--verify", f"{commit}^{{commit}}", at=destination)


def _fetch(destination: Path, *arguments: str) -> None:
    options = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules")
    git.run("fetch", *options, *arguments, at=destination)


def _nowhere(code: Code, tried: list[str]) -> NotReproducibleError:
    if code.remote and not remote.is_safe(code.remote):
        tried.append(f"the remote {code.remote!r}: refused, not a URL or path of a repository")
    looked = "; looked in " + "; ".join(tried) if tried else "; the run has no bundle and no remote"
    return NotReproducibleError(
        f"commit {code.commit} was not found{looked}",
        "stand in a clone that has the commit, or push it to the recorded remote",
    )
