from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage.lock import Lock, requirements
from mlsnap.values.lineage import Environment

COMMIT = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


def _environment(
    packages: dict[str, str], origins: dict[str, dict[str, Any]] | None = None, **more: Any
) -> Environment:
    return Environment(
        "3.11.7", "Linux", "x86_64", "cpu", 2, packages, origins=origins or {}, **more
    )


def _lock(version: str = "1.0", **origin: Any) -> Lock:
    return requirements(_environment({"thing": version}, {"thing": origin} if origin else {}))


def _git(url: str = "https://example.org/thing.git", commit: str = COMMIT, **more: Any) -> Lock:
    return _lock(url=url, vcs_info={"vcs": "git", "commit_id": commit}, **more)


def test_each_package_is_a_line_with_its_exact_version() -> None:
    lock = requirements(_environment({"torch": "2.13.0+cpu", "numpy": "2.0.0"}))
    assert lock == Lock(("numpy==2.0.0", "torch==2.13.0+cpu"))


def test_mlsnap_and_installers_are_no_part_of_it() -> None:
    assert requirements(_environment({"mlsnap": "0.1", "pip": "24", "uv": "0.5"})) == Lock(())


def test_a_repository_is_locked_to_its_commit() -> None:
    (line,) = _git().requirements
    assert line == f"thing @ git+https://example.org/thing.git@{COMMIT}"
    (line,) = _git(subdirectory="python/thing").requirements
    assert line.endswith(f"@{COMMIT}#subdirectory=python/thing")


def test_an_archive_is_locked_to_its_hash() -> None:
    url = "https://example.org/thing-1.0.zip"
    lock = _lock(url=url, archive_info={"hashes": {"sha256": "ab" * 32}})
    assert lock.requirements == (f"thing @ {url}#sha256={'ab' * 32}",)


def test_a_local_archive_is_taken_only_where_it_still_is(tmp_path: Path) -> None:
    file = tmp_path / "thing-1.0.zip"
    archive = {"hashes": {"sha256": hashlib.sha256(b"").hexdigest()}}
    gone = _lock(url=file.as_uri(), archive_info=archive)
    assert gone.requirements == ()
    assert "installed from a file that is not here" in gone.unlocked[0]
    file.touch()
    assert len(_lock(url=file.as_uri(), archive_info=archive).requirements) == 1


def test_a_folder_of_the_code_is_the_codes_and_any_other_one_cannot_be_locked() -> None:
    assert _lock(folder=".", dir_info={"editable": True}) == Lock(())
    lock = _lock(url="file:///home/me/thing", dir_info={"editable": True})
    assert lock == Lock(
        (),
        (
            "thing 1.0 cannot be locked: it was installed from an editable folder, "
            "file:///home/me/thing",
        ),
    )


def test_a_version_that_no_index_could_have_is_told() -> None:
    assert _lock("1.0-my-own").unlocked == (
        "thing 1.0-my-own cannot be locked: its version is none that an index has",
    )


def test_packages_that_only_conda_has_are_told() -> None:
    conda = ("libblas-3.9.0-1_mkl", "numpy-2.0.0-py311_0", "python-3.11.7-h1")
    lock = requirements(_environment({"numpy": "2.0.0"}, conda=conda))
    assert lock.requirements == ("numpy==2.0.0",)
    assert lock.unlocked == ("what only conda has cannot be locked: libblas",)


def test_the_text_is_a_requirements_file_with_comments() -> None:
    assert Lock(("a==1",), ("b 1 cannot be locked",)).text() == "# b 1 cannot be locked\na==1\n"


def test_a_local_version_can_be_given_up() -> None:
    lock = Lock(("torch==2.13.0+cpu", "torchvision==1.0+cpu"))
    assert lock.without_local("torch").requirements == ("torch==2.13.0", "torchvision==1.0+cpu")


@pytest.mark.parametrize(
    "name",
    ["--index-url=https://evil.example", "-r x", "a\nb", "a; import os", "a @ https://evil", ""],
)
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(NotReproducibleError, match="as package name, which is none") as got:
        requirements(_environment({name: "1.0"}))
    assert repr(name) in got.value.fact


@pytest.mark.parametrize("version", ["1.0\n--index-url x", "1.0 --pre", "1;os.system", "$(id)", ""])
def test_what_is_no_version_is_refused(version: str) -> None:
    with pytest.raises(NotReproducibleError, match="as version of thing, which is none"):
        _lock(version)


@pytest.mark.parametrize(
    "url",
    [
        "ext::sh -c id",
        "--upload-pack=id",
        "ssh://-oProxyCommand=id/x",
        "https://example.org/x ; python_version > '3'",
        "https://example.org/x\n--index-url=https://evil.example",
        "https://example.org/x#egg=other",
        "${HOME}",
    ],
)
def test_what_is_no_repository_or_archive_is_refused(url: str) -> None:
    with pytest.raises(NotReproducibleError, match="as repository of thing, which is none"):
        _git(url)
    with pytest.raises(NotReproducibleError, match="as archive of thing, which is none"):
        _lock(url=url, archive_info={})


@pytest.mark.parametrize("commit", ["main", "--help", COMMIT + "#egg=x", "", None])
def test_what_is_no_commit_is_refused(commit: str) -> None:
    with pytest.raises(NotReproducibleError, match="as commit of thing, which is none"):
        _git(commit=commit)


@pytest.mark.parametrize("folder", ["../outside", "/etc", "a b", "a&egg=x"])
def test_a_folder_that_leads_elsewhere_is_refused(folder: str) -> None:
    with pytest.raises(NotReproducibleError, match="as folder of thing in its repository"):
        _git(subdirectory=folder)
