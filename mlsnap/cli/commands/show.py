"""``mlsnap show``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mlsnap.cli import late, options
from mlsnap.cli.output import print_json, print_profile, print_view, write_page
from mlsnap.values.reference import ByPath, parse
from mlsnap.values.snapshot import Status

if TYPE_CHECKING:
    from mlsnap import Snapshot


@click.command()
@click.argument("reference", metavar="REF")
@options.html_page
@options.tracking_uri
@options.as_json
def show(reference: str, html: Path | None, as_json: bool) -> None:
    """Show what is stored of a snapshot, or the profile of a file."""
    if isinstance(parse(reference), ByPath):
        _show_file(reference, html, as_json)
        return
    found = late.find_snapshot(reference)
    status = found.get_status()
    if status is not Status.COMPLETED:
        _show_unfinished(found, status, as_json)
        return
    if html:
        facts = late.all_facts(found.record)
        write_page(html, late.profile_page(found.get_profile(), title=found.reference, facts=facts))
    if as_json:
        uses = late.records(found.runs())
        named = {"reference": found.reference, "status": status}
        print_json({**named, **found.to_dict(), "pinned": found.pinned, "runs": uses})
    else:
        _show_snapshot(found)


def _show_snapshot(found: Snapshot) -> None:
    used = "\n".join(f"{use.run_id} ({use.context})" for use in found.uses())
    facts = {**late.all_facts(found.record), "used by": used or "no run"}
    if pinned := found.pinned:
        facts["pinned"] = pinned
    print_view(late.facts_view(f"Snapshot {found.reference}", facts))
    click.echo()
    print_profile(found.get_profile())


def _show_unfinished(found: Snapshot, status: Status, as_json: bool) -> None:
    if as_json:
        print_json({"reference": found.reference, "status": status, "run_id": found.run_id})
    else:
        print_view(late.facts_view(f"Snapshot {found.reference}", late.snapshot_facts(found)))


def _show_file(path: str, html: Path | None, as_json: bool) -> None:
    with late.working(f"profiling {path}"):
        profile = late.find_profile(path).profile
    if html:
        write_page(html, late.profile_page(profile, title=path, facts={}))
    if as_json:
        print_json(profile.to_dict())
    else:
        print_profile(profile)
