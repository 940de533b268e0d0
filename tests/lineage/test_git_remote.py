from __future__ import annotations

from pathlib import Path

import pytest
from git_project import Project

from mlsnap.lineage import code as codes
from mlsnap.lineage import remote


def url_of(project: Project, tmp_path: Path) -> str | None:
    code = codes.capture(project.root, into=tmp_path / "artifacts")
    assert code is not None
    return code.remote


@pytest.mark.parametrize(
    ("configured", "recorded"),
    [
        ("https://me:token@example.org/a/b.git", "https://example.org/a/b.git"),
        ("https://token@example.org:8443/b.git?x=1#y", "https://example.org:8443/b.git"),
        ("ssh://git:pw@example.org:22/b.git", "ssh://git@example.org:22/b.git"),
        ("git@example.org:a/b.git", "git@example.org:a/b.git"),
        ("example.org:a/b.git", "example.org:a/b.git"),
        ("git://example.org/b.git", "git://example.org/b.git"),
        ("/srv/b.git", "/srv/b.git"),
        ("ext::sh -c true", None),
    ],
)
def test_a_remote_is_recorded_without_credentials(
    configured: str, recorded: str | None, project: Project, tmp_path: Path
) -> None:
    project.git("remote", "add", "origin", configured)
    assert url_of(project, tmp_path) == recorded


def test_a_token_that_git_inserts_is_not_recorded(project: Project, tmp_path: Path) -> None:
    project.git("remote", "add", "origin", "https://example.org/b.git")
    project.git("config", "url.https://me:token@example.org/.insteadOf", "https://example.org/")
    assert url_of(project, tmp_path) == "https://example.org/b.git"


def test_a_relative_path_is_recorded_as_an_absolute_one(project: Project, tmp_path: Path) -> None:
    project.git("remote", "add", "origin", "../remote.git")
    assert url_of(project, tmp_path) == str(project.root.parent / "remote.git")


def test_the_remote_that_the_branch_follows_comes_first(project: Project, tmp_path: Path) -> None:
    project.git("remote", "add", "origin", "/srv/origin.git")
    project.git("remote", "add", "fork", "/srv/fork.git")
    assert url_of(project, tmp_path) == "/srv/origin.git"
    project.git("config", "branch.main.remote", "fork")
    assert url_of(project, tmp_path) == "/srv/fork.git"


def test_without_an_origin_the_first_usable_remote_is_taken(
    project: Project, tmp_path: Path
) -> None:
    project.git("remote", "add", "a", "ext::sh -c true")
    project.git("remote", "add", "b", "/srv/b.git")
    assert url_of(project, tmp_path) == "/srv/b.git"


@pytest.mark.parametrize(
    "url",
    ["", "-x", "relative/path", "http://-x/", "me@-x:path", "x::y", "http://a\n/b", "ftp://a/b"],
)
def test_what_is_no_place_of_a_repository_is_not_safe(url: str) -> None:
    assert not remote.is_safe(url)
