"""Records that somebody wrote by hand: nothing of them runs before it is agreed to."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from project_folder import settle

from mlsnap.errors import NotReproducibleError
from mlsnap.lineage import environment as environments
from mlsnap.lineage import lock as locks
from mlsnap.services.reproduction import extracting, given, planning, recorded, replay_data
from mlsnap.services.reproduction.environments import built, uv
from mlsnap.services.reproduction.recorded import Recorded
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.values.lineage import Body, Call, Code, Entry, Environment, Submodule
from mlsnap.values.reproduction import Manner, Place
from mlsnap.values.snapshot import Definition

COMMIT, OTHER = "a" * 40, "b" * 40
HERE = Environment("3.11.7", "Linux", "x86_64", "cpu", 2, {"evil": "1.0"})
CALL = Call(Entry("train", "train", "train.py"), Code(COMMIT, COMMIT), HERE, {}, {})


@pytest.fixture(scope="module")
def workspace(
    empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Workspace]:
    home = tmp_path_factory.mktemp("hostile")
    shutil.copy(empty_database, home / "mlflow.db")
    with pytest.MonkeyPatch.context() as patch:
        settle(patch, home, f"sqlite:///{home}/mlflow.db")
        yield open_workspace()


def of(
    call: Call, workspace: Workspace, folder: Path, *, trusted: tuple[str, ...] = ()
) -> Recorded:
    """A recorded run of one call."""
    settings = replace(workspace.settings, trusted=trusted)
    own = replace(workspace, settings=settings)
    return Recorded(own, None, (call,), (Body(),), (folder,))


def damaged(path: str, value: Any) -> dict[str, Any]:
    """The stored call with another value at a path of names."""
    stored: dict[str, Any] = json.loads(json.dumps(CALL.to_dict()))
    *above, last = path.split(".")
    inner = stored
    for name in above:
        inner = inner[name]
    inner[last] = value
    return stored


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("code.commit", 3),
        ("code.remote", ["https://example.org"]),
        ("code.submodules", [{"path": 5, "code": CALL.to_dict()["code"]}]),
        ("code.unknown", "x"),
        ("entry.paths", [1]),
        ("entry.file", {}),
        ("entry", None),
        ("environment.packages", ["evil"]),
        ("environment.origins", {"evil": "x"}),
        ("environment.variables", {"TZ": 1}),
        ("environment.cpu_count", "4"),
        ("environment.indexes", [None]),
        ("arguments", {"x": 1}),
        ("arguments", {"x": {"table": 5}}),
        ("arguments", {"x": {"table": {"context": "a", "reference": 1, "digest": "c"}}}),
        ("problems", [{}]),
    ],
)
def test_a_record_of_other_types_is_refused_and_no_error_of_ours(
    path: str, value: Any, tmp_path: Path
) -> None:
    file = tmp_path / "call.json"
    file.write_text(json.dumps(damaged(path, value)))
    with pytest.raises(NotReproducibleError, match=r"call\.json of a recorded call cannot be read"):
        recorded.read(Call, file)


@pytest.mark.parametrize(
    "text", ["[" * 100_000, "[]", "\xff", '{"entropy": {"os": 1}, "late": {}}']
)
def test_a_body_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text(text, encoding="latin-1")
    with pytest.raises(NotReproducibleError, match=r"body\.json of a recorded call"):
        recorded.read(Body, file)


def test_a_call_that_was_written_here_is_read(tmp_path: Path) -> None:
    call = replace(CALL, environment=environments.capture())
    file = tmp_path / "call.json"
    file.write_text(json.dumps(call.to_dict()))
    assert recorded.read(Call, file) == call


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (Code(COMMIT, OTHER), "has changes that are in no repository"),
        (Code(COMMIT, None), "has changes that are in no repository"),
        (
            Code(COMMIT, COMMIT, submodules=(Submodule("lib", Code(COMMIT, OTHER)),)),
            "has changes that are in no repository",
        ),
        (Code(COMMIT, COMMIT), "has commits that the run alone brings"),
        (
            Code(
                COMMIT,
                COMMIT,
                submodules=(Submodule("lib", Code(COMMIT, COMMIT, remote="https://evil.net/x")),),
            ),
            "a submodule comes from https://evil.net/x",
        ),
    ],
)
def test_the_plan_tells_of_code_that_a_record_calls_clean(
    code: Code, said: str, workspace: Workspace, tmp_path: Path
) -> None:
    (tmp_path / "code.bundle").touch()
    warnings = planning._warnings(of(replace(CALL, code=code), workspace, tmp_path), Manner())
    assert any(said in each for each in warnings)


@pytest.mark.parametrize(
    "call",
    [
        replace(CALL, code=Code(COMMIT, COMMIT, remote="https://evil.net/x")),
        replace(
            CALL,
            code=Code(
                COMMIT,
                COMMIT,
                submodules=(Submodule("lib", Code(COMMIT, COMMIT, remote="https://evil.net/x")),),
            ),
        ),
        replace(CALL, environment=replace(HERE, indexes=("https://evil.net/simple",))),
        replace(CALL, environment=replace(HERE, indexes=("find-links https://evil.net/x",))),
        replace(
            CALL,
            environment=replace(
                HERE,
                origins={
                    "evil": {
                        "url": "https://evil.net/x",
                        "vcs_info": {"vcs": "git", "commit_id": COMMIT},
                    }
                },
            ),
        ),
    ],
    ids=["remote", "submodule", "index", "find-links", "package"],
)
def test_whatever_brings_code_must_be_trusted(
    call: Call, workspace: Workspace, tmp_path: Path
) -> None:
    run = of(call, workspace, tmp_path, trusted=("/", "github.com"))
    with pytest.raises(NotReproducibleError, match=r"https://evil\.net/\w+ is not among"):
        planning.require_trust(run, Manner(env=Place.ISOLATED))


def test_places_of_packages_that_only_the_record_names_are_told(
    workspace: Workspace, tmp_path: Path
) -> None:
    call = replace(CALL, environment=replace(HERE, indexes=("https://evil.net/simple",)))
    run = of(call, workspace, tmp_path)
    (said,) = planning._of_packages(planning._place(run, Manner(env=Place.ISOLATED)))
    assert said.endswith(": https://evil.net/simple")


def test_an_environment_of_other_places_is_another_one(tmp_path: Path) -> None:
    lock = locks.requirements(HERE)
    other = replace(HERE, indexes=("https://evil.net/simple",))
    assert built._file(tmp_path, HERE, lock) != built._file(tmp_path, other, lock)


@pytest.mark.parametrize(
    "line",
    [
        "find-links https://github.com/x,https://evil.net/",
        "find-links --index=https://evil.net",
        "find-links relative/evil",
        "--index=https://evil.net",
        "ftp://evil.net",
        "https://evil.net/ --extra",
    ],
)
def test_what_could_be_two_places_or_an_option_is_not_asked(line: str) -> None:
    found = uv.foreign(replace(HERE, indexes=(line,)))
    assert (found.urls, found.find_links) == ((), ())


HOSTILE = [
    Definition(source="sql://x", format="sql", options={"query": "SELECT 1"}),
    Definition(source="postgresql://u:${SECRET}@evil.net/d", format="sql", options={"table": "t"}),
    Definition(source="/dev/null", format="sql", options={"table": "t"}),
    Definition(source="https://evil.net/x.csv", format="csv"),
    Definition(
        source="x.csv", format="csv", steps=({"step": "function", "function": "ran_evil:go"},)
    ),
]


@pytest.mark.parametrize("definition", HOSTILE, ids=["sql", "variable", "file", "url", "function"])
def test_a_source_is_not_asked_before_it_is_agreed_to(
    definition: Definition, workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path
    monkeypatch.chdir(folder)
    (folder / "ran_evil.py").write_text("open('ran', 'w').close()\ndef go(table): return table\n")
    (folder / "x.csv").write_text("a\n1\n")
    monkeypatch.setattr(replay_data, "find_snapshot", lambda *_: _Found(definition))
    monkeypatch.setattr(extracting, "find_snapshot", lambda *_: _Found(definition))
    planned = replay_data.plan_input(workspace, "training", "x@v1", Manner().data)
    assert (planned.problem, "; reading it " in planned.origin) == (None, True)
    with pytest.raises(NotReproducibleError, match="which nobody has agreed to"):
        extracting._bring(workspace, "x@v1", folder / "out")
    assert not (folder / "ran").exists()
    assert "ran_evil" not in sys.modules


class _Found:
    """A snapshot of a hostile definition, without a copy of its data."""

    def __init__(self, definition: Definition) -> None:
        self.record = self
        self.definition = definition
        self.data = None


def test_the_packages_are_not_written_through_a_link_of_the_code(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_text("mine")
    (tmp_path / extracting.REQUIREMENTS).symlink_to(target)
    extracting._write_new(tmp_path / extracting.REQUIREMENTS, "evil==1.0\n")
    assert target.read_text() == "mine"
    assert (tmp_path / extracting.REQUIREMENTS).read_text() == "evil==1.0\n"


@pytest.mark.parametrize(
    "params", [{"db_password": "hunter"}, {"url": "https://me:hunter@host/db"}]
)
def test_a_secret_that_is_given_anew_is_not_told(params: Mapping[str, str]) -> None:
    (line,) = given.lines(Manner(params=params))
    assert line.endswith("=(a secret)")
