"""The page that compares any two references but files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from mlsnap.comparing.profiles import compare_profiles
from mlsnap.errors import NotFoundError
from mlsnap.pages import profiles
from mlsnap.pages.addresses import Addresses
from mlsnap.pages.finding import experiment_of, run_of, snapshot_of
from mlsnap.pages.parts import PARTS
from mlsnap.pages.rendering import page, part
from mlsnap.pages.site import Site
from mlsnap.report.html import difference_values
from mlsnap.tracking import inputs, overview
from mlsnap.tracking.model_uris import run_of_model
from mlsnap.tracking.overview import Found
from mlsnap.values import reference as references

_FORMS = "a reference is DATASET@SNAPSHOT, DATASET@latest, runs:/ID or models:/NAME/VERSION"
_LONGEST = 1000


@dataclass(frozen=True, slots=True)
class Side:
    """One of two that are compared: what it is called, its page, its profile as stored."""

    name: str
    address: str
    profile: bytes


def comparison_page(site: Site, reference: str, current: str) -> str:
    """What differs between two snapshots, inputs of runs or training data of models.

    Files are refused: they would be those of the server.

    Raises
    ------
    NotFoundError
        If one is none of these, or not there for the caller, or has lost its profile.
    SnapshotFailedError
        If one is not ready.
    """
    sides = _side(site, reference), _side(site, current)
    return page(
        site,
        "comparison.html.j2",
        title=f"{sides[0].name} and {sides[1].name}",
        crumbs=[("comparison", None)],
        sides=sides,
        asked=(reference, current),
        swapped=Addresses(site).comparison(current, reference),
        difference=_difference(*sides),
    )


def _difference(reference: Side, current: Side) -> Markup:
    stored = reference.profile, current.profile
    names = f"difference {reference.name!r} {current.name!r}"

    def make() -> str:
        difference = compare_profiles(
            *map(profiles.read, stored),
            histogram_compare_method=None,
            reference_name=reference.name,
            current_name=current.name,
        )
        return part("difference_part.html.j2", **difference_values(difference))

    return Markup(PARTS.get(names, stored, make))


def _side(site: Site, text: str) -> Side:
    if not text or len(text) > _LONGEST:
        raise NotFoundError("a comparison takes two references", _FORMS)
    match references.parse(text):
        case references.ByPath():
            raise NotFoundError(f"{text!r} is no reference to a snapshot, run or model", _FORMS)
        case references.ByRun(run_id, context):
            return _input(site, run_id, context)
        case references.ByModel(uri, context):
            return _input(site, run_of_model(site.workspace.catalog.client, uri), context, of=uri)
        case references.ByName(dataset, name):
            return _snapshot(site, snapshot_of(site, dataset, name))
        case references.ByAge(dataset, back):
            client = site.workspace.catalog.client
            found = overview.by_age(client, experiment_of(site, dataset), back)
            return _snapshot(site, _there(found, text))
        case references.ByDigest(dataset, prefix):
            client = site.workspace.catalog.client
            found = overview.by_digest(client, experiment_of(site, dataset), prefix)
            return _snapshot(site, _there(found, text))


def _there(found: Found | None, text: str) -> Found:
    if found is None:
        raise NotFoundError(f"no snapshot {text!r}", "the dataset's page lists what there is")
    return found


def _snapshot(site: Site, found: Found) -> Side:
    dataset, name = found.summary.dataset, found.summary.name
    address = Addresses(site).snapshot(dataset, name)
    return Side(f"{dataset}@{name}", address, profiles.of_snapshot(site, found.run))


def _input(site: Site, run_id: str, context: str | None, *, of: str = "") -> Side:
    run: Any = run_of(site, run_id)
    used = inputs.pick_input(run, context)
    stored = profiles.of_input(site, run, used.context)
    name = f"{of or run.info.run_name or run_id} ({used.context})"
    return Side(name, Addresses(site).run(run_id), stored)
