"""Profiles of many runs, read side by side."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import Run

from mlsnap.errors import NotFoundError
from mlsnap.tracking import artifacts
from mlsnap.values.names import slug
from mlsnap.values.profile import Profile

_AT_ONCE = 8
"""Requests under way; most of the time of each is waiting."""


@dataclass(frozen=True, slots=True)
class ProfilePlace:
    """Where a profile is stored: below the artifacts of a run."""

    artifact_uri: str
    path: str


def place_in_snapshot(run: Run) -> ProfilePlace:
    """Where the run of a snapshot has its profile."""
    return ProfilePlace(run.info.artifact_uri, "mlsnap/profile.json")


def place_in_input(run: Run, context: str) -> ProfilePlace:
    """Where a training run has the profile of its input in that context."""
    return ProfilePlace(run.info.artifact_uri, f"mlsnap/{slug(context)}/profile.json")


def read_profiles(
    client: MlflowClient, places: Iterable[ProfilePlace]
) -> dict[ProfilePlace, Profile | NotFoundError]:
    """The profiles by their places, each read once; for one that is gone, the error.

    Raises
    ------
    TrackingError
        If MLflow does not give a profile that is there.
    """
    wanted = list(dict.fromkeys(places))
    with ThreadPoolExecutor(_AT_ONCE, "mlsnap profile") as threads:
        found = threads.map(lambda place: _fetched(client, place), wanted)
        return {place: _profile(text) for place, text in zip(wanted, found, strict=True)}


def _fetched(client: MlflowClient, place: ProfilePlace) -> bytes | NotFoundError:
    try:
        return artifacts.fetch(client, place.artifact_uri, place.path)
    except NotFoundError as error:
        return error


def _profile(text: bytes | NotFoundError) -> Profile | NotFoundError:
    return text if isinstance(text, NotFoundError) else Profile.from_dict(artifacts.parsed(text))
