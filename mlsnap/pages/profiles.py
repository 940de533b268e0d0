"""Stored profiles, as the bytes that they are, and the tables made of them."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from mlsnap.errors import MlsnapError, NotFoundError
from mlsnap.pages.parts import PARTS
from mlsnap.pages.rendering import part
from mlsnap.pages.site import Site
from mlsnap.tracking import artifacts, stored_profiles
from mlsnap.tracking.stored_profiles import ProfilePlace
from mlsnap.values.profile import Profile

UNSOUND = (ValueError, TypeError, LookupError, AttributeError)
"""What reading something raises that is not what mlsnap stores: who may write to a run can put
there what they like.
"""


def of_snapshot(site: Site, run: Any) -> bytes:
    """The profile of a snapshot as stored; `NotFoundError` if somebody deleted it."""
    return _fetched(site, stored_profiles.place_in_snapshot(run))


def of_input(site: Site, run: Any, context: str) -> bytes:
    """The profile of a run's input, from the run itself; `NotFoundError` likewise."""
    return _fetched(site, stored_profiles.place_in_input(run, context))


def read(stored: bytes) -> Profile:
    """The profile that was stored so; `NotFoundError` if it is none."""
    try:
        return Profile.from_dict(artifacts.parsed(stored))
    except (MlsnapError, *UNSOUND) as error:
        raise NotFoundError(
            f"what is stored as its profile is none: {error}", "compare other snapshots or runs"
        ) from error


def table(stored: bytes) -> Markup:
    """The searchable, sortable table of a profile, with what is said above it."""
    made = PARTS.get(
        "profile", (stored,), lambda: part("profile_part.html.j2", profile=read(stored))
    )
    return Markup(made)


def _fetched(site: Site, place: ProfilePlace) -> bytes:
    return artifacts.fetch(site.workspace.catalog.client, place.artifact_uri, place.path)
