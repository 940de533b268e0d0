"""``mlsnap demo``: the whole story on shipped data, in a folder of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click

import mlsnap
from mlsnap import settings
from mlsnap.cli import options
from mlsnap.cli.output import print_json
from mlsnap.errors import ConfigError, NameTakenError

_FOREIGN = ("MLFLOW_", "MLSNAP_")
"""Variables that begin so would lead the demo out of its folder."""

_AUTHOR = ("-c", "user.name=mlsnap demo", "-c", "user.email=demo@example.invalid")


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@options.as_json
@click.pass_context
def demo(context: click.Context, folder: Path | None, as_json: bool) -> None:
    """Walk through snapshots, tracked runs, compare and reproduce on shipped data.

    Everything stays in FOLDER, which must be new or empty; by default a temporary one, which is
    kept.
    """
    started = time.monotonic()
    home = _prepare(folder)
    story = contextlib.redirect_stdout(sys.stderr) if as_json else contextlib.nullcontext()
    with _inside(home), story:
        runs, ended = _tell(context.find_root().command)
        click.echo(f"\nDone in {time.monotonic() - started:.0f} s; everything is in {home}\n")
        click.echo("See it in the MLflow UI (then open the address it prints):\n")
        click.echo(f"  mlflow ui --backend-store-uri {_store(home)}\n")
    if as_json:
        print_json({"folder": str(home), **runs})
    context.exit(ended)


def _tell(command_line: click.Command) -> tuple[dict[str, str], int]:
    """Tell the story, every step as the command a user would type; the runs, and how it ended."""

    def mlsnap_(*words: str) -> int:
        click.secho(f"\n$ mlsnap {' '.join(map(_quoted, words))}", bold=True)
        return command_line.main(list(words), standalone_mode=False) or 0

    _python("get_data.py")
    mlsnap_("register", "wine", "data/wine.csv", "--description", "wines of three cultivars")
    mlsnap_("snapshot", "wine", "--name", "first", "--data")
    _python("train.py")
    _python("get_data.py", "--next")
    mlsnap_("snapshot", "wine", "--name", "second", "--data")
    _python("train.py")
    first, second = _run_of("first"), _run_of("second")
    mlsnap_("profile", "data/wine.csv")
    mlsnap_("compare", first, second)
    mlsnap_("runs", "wine@first")
    ended = mlsnap_("reproduce", first, "--yes")
    return {"first_run": first, "second_run": second}, ended


def _prepare(folder: Path | None) -> Path:
    """A git repository with the example project and its own MLflow and remote."""
    home = (folder or Path(tempfile.mkdtemp(prefix="mlsnap-demo-"))).resolve()
    if home.exists() and (not home.is_dir() or any(home.iterdir())):
        raise NameTakenError(f"{home} exists and is not empty", "name a new folder")
    shutil.copytree(
        example_project(), home, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__")
    )
    settings.write(home, "tracking_uri", _store(home))
    settings.write(home, "data_directory", str(home / ".mlsnap"))
    settings.write(home, "cache_directory", str(home / ".mlsnap" / "cache"))
    try:
        for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", "Example"]):
            subprocess.run(["git", *_AUTHOR, *words], cwd=home, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise ConfigError(
            f"git could not make a repository in {home}: {error}", "install git, then try again"
        ) from error
    return home


def example_project() -> Path:
    """The example project: in the installed package, or beside it in a checkout."""
    package = Path(mlsnap.__file__).parent
    installed = package / "_example_project"
    return installed if installed.is_dir() else package.parent / "example_project"


@contextlib.contextmanager
def _inside(home: Path) -> Iterator[None]:
    """Work in ``home`` with none of the caller's settings."""
    outside, before = Path.cwd(), dict(os.environ)
    for name in before:
        if name.startswith(_FOREIGN):
            del os.environ[name]
    os.environ["MLFLOW_TRACKING_URI"] = _store(home)
    os.environ["MLFLOW_EXPERIMENT_NAME"] = "wine"
    os.environ["MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT"] = "true"
    os.chdir(home)
    try:
        yield
    finally:
        os.chdir(outside)
        os.environ.clear()
        os.environ.update(before)


def _store(home: Path) -> str:
    return f"sqlite:///{home / 'mlflow.db'}"


def _python(*words: str) -> None:
    """Run a script of the example project, as the user would."""
    click.secho(f"\n$ python {' '.join(words)}", bold=True)
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    click.echo(done.stdout, nl=False)
    if done.returncode:
        raise ConfigError(
            f"`python {' '.join(words)}` ended with code {done.returncode}: "
            f"{done.stderr.strip().splitlines()[-1:]}",
            f"run it by hand in {Path.cwd()} to see all it says",
        )


def _run_of(snapshot: str) -> str:
    """The run that used a snapshot of the demo's dataset."""
    return mlsnap.get_dataset("wine").get_snapshot(snapshot).uses()[0].run_id


def _quoted(word: str) -> str:
    return f"'{word}'" if " " in word else word
