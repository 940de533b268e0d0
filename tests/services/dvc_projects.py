"""A user's git + DVC project, worked on with the real programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import workshop

CRIME = "Ward,Beat\n1,111\n2,222\n3,333\n"
PARTS = {"2019.csv": "Ward\n1\n2\n", "2020.csv": "Ward\n3\n"}


def dvc(*arguments: str, at: Path, **variables: str) -> str:
    """Run DVC in a folder; its output. It must not fail."""
    done = subprocess.run(
        [sys.executable, "-m", "dvc", *arguments],
        cwd=at,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def make_project(folder: Path) -> None:
    """A project with a file and a folder that DVC tracks, pushed to ``../main`` and committed."""
    (folder / ".dvc").mkdir(parents=True)
    (folder / ".dvc" / "config").write_text(
        "[core]\n    remote = main\n['remote \"main\"']\n    url = ../../main\n"
    )
    (folder / ".dvc" / ".gitignore").write_text("/config.local\n/tmp\n/cache\n")
    (folder / ".gitignore").write_text("mlruns/\n")
    workshop.git(folder, "-c", "init.defaultBranch=main", "init", "--quiet")
    (folder / "data" / "parts").mkdir(parents=True)
    (folder / "data" / "crime.csv").write_text(CRIME)
    for name, text in PARTS.items():
        (folder / "data" / "parts" / name).write_text(text)
    dvc("add", "--quiet", "data/crime.csv", "data/parts", at=folder)
    dvc("push", "--quiet", at=folder)
    workshop.commit_all(folder)


def settle(template: Path, folder: Path) -> None:
    """Put a copy of a made project, and of the remote beside it, where ``folder`` is."""
    shutil.copytree(template, folder, dirs_exist_ok=True, symlinks=True)
    shutil.copytree(template.parent / "main", folder.parent / "main")


def state(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    """Everything in a folder: names, times and bytes."""
    return {
        each.relative_to(folder).as_posix(): (
            each.lstat().st_mtime_ns,
            each.read_bytes() if each.is_file() else None,
        )
        for each in (folder, *folder.rglob("*"))
    }


def objects(remote: Path) -> list[Path]:
    """The objects of a remote."""
    return sorted(file for file in remote.rglob("files/md5/*/*") if file.is_file())


def forget(remote: Path, content: str) -> None:
    """Remove the object with that content from a remote."""
    for file in objects(remote):
        if file.read_bytes() == content.encode():
            file.unlink()
