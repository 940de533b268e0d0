"""``mlsnap init``."""

from __future__ import annotations

from pathlib import Path

import click

from mlsnap import settings
from mlsnap.cli import late, options
from mlsnap.cli.output import print_json, print_view
from mlsnap.cli.project import write_setting

_NEXT = "`mlsnap register NAME SOURCE`, then `mlsnap snapshot NAME --data`"


@click.command()
@click.option("--tracking-uri", metavar="URI", help="Where MLflow is.")
@click.option("--remote", metavar="REMOTE", help="DVC remote, URL or folder for data copies.")
@click.option("--force", is_flag=True, help="Overwrite values that are there.")
@options.as_json
def init(tracking_uri: str | None, remote: str | None, force: bool, as_json: bool) -> None:
    """Set up a project: find MLflow and DVC, write .mlsnap/config.toml.

    The project is the nearest folder, upwards, that has settings; else this one. Only what is not
    the default is written.
    """
    file = _write({"tracking_uri": tracking_uri, "remote": remote}, force=force)
    found = {"settings": str(file), **_found()}
    if as_json:
        print_json(found)
    else:
        print_view(late.facts_view("Project", {**found, "next": _NEXT}))


def _write(given: dict[str, str | None], *, force: bool) -> Path:
    """Store what is given; the file is made, as it marks the project's folder."""
    here = Path.cwd()
    for key, value in given.items():
        if value is not None:
            write_setting(here, key, value, force=force)
    loaded = settings.load(here, environment={})
    stored = next(iter(loaded.origins.values()), None)
    file = Path(stored) if stored else loaded.project / settings.PROJECT_FILE
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("# mlsnap config lists the settings\n", encoding="utf-8")
    return file


def _found() -> dict[str, str]:
    loaded = settings.load(Path.cwd())
    remote = late.configured_remote(loaded.settings, loaded.project)
    named = f" ({remote.name!r} of the DVC config)" if remote.name else ""
    return {
        "project": str(loaded.project),
        "MLflow": late.safe_uri(late.tracking_uri(loaded.settings.tracking_uri)),
        "DVC remote": f"{remote.url}{named}",
    }
