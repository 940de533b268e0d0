"""The page of a run: which data it used, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from mlsnap.errors import NotFoundError
from mlsnap.pages import profiles
from mlsnap.pages.addresses import Addresses
from mlsnap.pages.finding import run_of
from mlsnap.pages.rendering import page
from mlsnap.pages.site import Site
from mlsnap.tracking import inputs, overview, tags
from mlsnap.tracking.inputs import RunInput
from mlsnap.tracking.models import Models, models_of
from mlsnap.values.names import is_name

_UNNAMED = "a snapshot that you may not see"


@dataclass(frozen=True, slots=True)
class Used:
    """A snapshot that a run used.

    Attributes
    ----------
    name
        How it is called here.
    address
        Its page; ``None`` if it is not there.
    note
        What became of the snapshot, if it is not there.
    compared
        What it is beside the input of the run that this one makes again; ``None`` if there is no
        such.
    """

    context: str
    name: str
    digest: str
    address: str | None
    note: str = ""
    compared: str | None = None


def run_page(site: Site, run_id: str, context: str | None = None) -> str:
    """A run's snapshots with the profile of one of them, its models, and the run it makes again.

    The profiles are those that the run itself keeps, so they are there even if a snapshot is not.

    Parameters
    ----------
    context
        Whose profile to show; by default that of the training data, or the first.

    Raises
    ------
    NotFoundError
        If there is no such run for the caller, or it has no input in that context.
    """
    run = run_of(site, run_id)
    found = inputs.inputs_of(run)
    chosen = _chosen(run, found, context)
    original = _original(site, run)
    return page(
        site,
        "run.html.j2",
        title=f"Data of the run {run.info.run_name or run_id}",
        crumbs=[("run", None)],
        run=run.info,
        used=[_used(site, each, original) for each in found],
        chosen=chosen,
        profile=_profile(site, run, chosen) if chosen else None,
        loaded=_loaded(site, run),
        models=_models(site, run),
        reproduces=run.data.tags.get(tags.REPRODUCES),
        verdict=run.data.tags.get(tags.VERDICT),
        original=original,
    )


def _chosen(run: Any, found: Sequence[RunInput], context: str | None) -> str | None:
    if context is not None:
        return inputs.pick_input(run, context).context
    contexts = [each.context for each in found]
    return "training" if "training" in contexts else next(iter(contexts), None)


def _profile(site: Site, run: Any, context: str) -> Markup | None:
    try:
        return profiles.table(profiles.of_input(site, run, context))
    except NotFoundError:
        return None


def _original(site: Site, run: Any) -> Any:
    """The run that this one makes again, as MLflow has it; ``None`` if there is none to see."""
    run_id = run.data.tags.get(tags.REPRODUCES)
    try:
        return run_of(site, run_id) if run_id else None
    except NotFoundError:
        return None


def _used(site: Site, used: RunInput, original: Any) -> Used:
    name, address, note = _named(site, used.reference)
    before = {each.context: each for each in inputs.inputs_of(original)} if original else {}
    other = before.get(used.context)
    compared = ("the same data" if other.digest == used.digest else "other data") if other else None
    return Used(used.context, name, used.digest, address, note, compared)


def _named(site: Site, reference: str) -> tuple[str, str | None, str]:
    """What to call a snapshot, its page, and what became of it if it has none."""
    dataset, _, name = reference.partition("@")
    client = site.workspace.catalog.client
    experiment = overview.experiment_of(client, dataset) if is_name(dataset) else None
    if experiment is not None and not site.may_read(experiment):
        return _UNNAMED, None, ""
    if experiment is None or overview.snapshot(client, experiment, name) is None:
        return reference, None, "the snapshot is not there any more; this profile is the run's own"
    return reference, Addresses(site).snapshot(dataset, name), ""


def _loaded(site: Site, run: Any) -> list[tuple[str, str, str | None]]:
    """What references the run loaded, what they meant, and the page of that."""
    return [
        (given, *_named(site, reference)[:2])
        for given, reference in sorted(inputs.loaded_of(run).items())
    ]


def _models(site: Site, run: Any) -> Models:
    return models_of(site.workspace.catalog.client, [run])[str(run.info.run_id)]
