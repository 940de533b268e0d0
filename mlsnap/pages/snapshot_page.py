"""The page of a snapshot: its record, its profile, who used it."""

from __future__ import annotations

from markupsafe import Markup

from mlsnap.errors import NotFoundError
from mlsnap.pages import profiles
from mlsnap.pages.addresses import Addresses
from mlsnap.pages.finding import snapshot_of
from mlsnap.pages.rendering import page
from mlsnap.pages.site import Site
from mlsnap.report.cells import share
from mlsnap.report.records import all_facts
from mlsnap.report.sizes import bytes_text
from mlsnap.tracking import overview
from mlsnap.tracking.overview import Found
from mlsnap.tracking.standing import standing_of
from mlsnap.tracking.uses import Use, uses_of
from mlsnap.values.snapshot import SnapshotRecord

_SHOWN_USES = 100
"""Uses that a page lists, the newest ones."""


def snapshot_page(site: Site, dataset: str, name: str) -> str:
    """A snapshot with its profile, its runs and models, and the snapshots beside it.

    Raises
    ------
    NotFoundError
        If there is none for the caller.
    SnapshotFailedError
        If it is not ready.
    """
    found = snapshot_of(site, dataset, name)
    client, experiment = site.workspace.catalog.client, str(found.run.info.experiment_id)
    uses = _uses(site, found)
    return page(
        site,
        "snapshot.html.j2",
        title=f"{dataset}@{name}",
        crumbs=[(dataset, Addresses(site).dataset(dataset)), (name, None)],
        snapshot=found.summary,
        experiment=experiment,
        facts=_facts(record_of(site, found), found),
        before=overview.before(client, experiment, found.summary.number),
        after=overview.after(client, experiment, found.summary.number),
        uses=uses[:_SHOWN_USES],
        use_count=len(uses),
        profile=_profile(site, found),
    )


def record_of(site: Site, found: Found) -> SnapshotRecord | None:
    """The record of a snapshot; ``None`` if it is not there any more, or is none."""
    try:
        return site.workspace.snapshots.record_of(found.run)
    except (NotFoundError, *profiles.UNSOUND):
        return None


def _profile(site: Site, found: Found) -> Markup | None:
    try:
        return profiles.table(profiles.of_snapshot(site, found.run))
    except NotFoundError:
        return None


def _uses(site: Site, found: Found) -> list[Use]:
    uses = uses_of(site.workspace.catalog.client, standing_of(found.run))
    return [each for each in uses if site.may_read(each.experiment_id)]


def _facts(record: SnapshotRecord | None, found: Found) -> dict[str, str]:
    """What is known of a snapshot; of one that lost its record, what its run says."""
    known = {"missing": share(found.missing), "pinned": found.summary.pinned or ""}
    if record is not None:
        facts = all_facts(record)
        told = {key: facts[key] for key in facts if key not in _IN_TITLE}
        return _told(told | known)
    brief = found.summary
    told = {
        "created": brief.created,
        "rows": f"{brief.row_count:,}",
        "columns": f"{brief.column_count:,}",
        "size stored": bytes_text(brief.size),
        "digest": f"sha256:{brief.digest}",
        "record": "not there any more: somebody deleted mlsnap/snapshot.json of the run",
    }
    return _told(told | known)


_IN_TITLE = ("name", "dataset", "MLflow run")


def _told(facts: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in facts.items() if text}
