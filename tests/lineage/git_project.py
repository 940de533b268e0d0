"""A real git repository in a temporary folder, independent of any git configuration."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

IDENTITY = {
    f"GIT_{role}_{part}": value
    for role in ("AUTHOR", "COMMITTER")
    for part, value in (("NAME", "Somebody"), ("EMAIL", "somebody@example.org"))
}


@dataclass(frozen=True)
class Project:
    root: Path

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.root,
            env={**os.environ, **IDENTITY},
            capture_output=True,
            check=True,
        )
        return os.fsdecode(done.stdout).removesuffix("\n")

    def write(self, path: str, content: str | bytes = "1\n") -> Path:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def commit(self, message: str = "a commit") -> str:
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def push(self, remote: Path) -> None:
        """Pushes to a new bare repository at ``remote``."""
        subprocess.run(["git", "init", "--quiet", "--bare", str(remote)], check=True)
        self.git("remote", "add", "origin", str(remote))
        self.git("push", "--quiet", "origin", "HEAD:refs/heads/main")


def create(root: Path) -> Project:
    root.mkdir(parents=True)
    project = Project(root.resolve())
    project.git("-c", "init.defaultBranch=main", "init", "--quiet")
    return project


def files(root: Path) -> dict[str, tuple[str, bytes]]:
    """Path to kind and content of all that lies in a work tree."""
    found = (path for path in root.rglob("*") if ".git" not in path.relative_to(root).parts)
    return {
        path.relative_to(root).as_posix(): _kind_and_content(path)
        for path in found
        if path.is_symlink() or path.is_file()
    }


def _kind_and_content(path: Path) -> tuple[str, bytes]:
    if path.is_symlink():
        return "link", os.fsencode(path.readlink())
    return ("program" if os.access(path, os.X_OK) else "file"), path.read_bytes()
