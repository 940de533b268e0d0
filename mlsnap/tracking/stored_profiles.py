"""Profiles and drifts of many runs, read side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mlflow import MlflowClient
from mlflow.entities import Run

from mlsnap.errors import NotFoundError
from mlsnap.tracking import artifacts, paths
from mlsnap.values.profile import Profile
from mlsnap.values.timeline import DriftRecord

_AT_ONCE = 8
"""Requests under way; most of the time of each is waiting."""


@dataclass(frozen=True, slots=True)
class ProfilePlace:
    """Where a profile, or a drift, is stored: below the artifacts of a run."""

    artifact_uri: str
    path: str


def place_in_snapshot(run: Run) -> ProfilePlace:
    """Where the run of a snapshot has its profile."""
    return ProfilePlace(run.info.artifact_uri, paths.PROFILE)


def place_in_input(run: Run, context: str) -> ProfilePlace:
    """Where a training run has the profile of its input in that context."""
    return ProfilePlace(run.info.artifact_uri, paths.input_profile(context))


def place_of_drift(run: Run) -> ProfilePlace:
    """Where the run of a snapshot has its drift."""
    return ProfilePlace(run.info.artifact_uri, paths.DRIFT)


def read_profiles(
    client: MlflowClient, places: Iterable[ProfilePlace]
) -> dict[ProfilePlace, Profile | NotFoundError]:
    """The profiles by their places, each read once; for one that is gone, the error.

    Raises
    ------
    TrackingError
        If MLflow does not give a profile that is there.
    """
    return {place: _profile(text) for place, text in _texts(client, places)}


def read_drifts(
    client: MlflowClient, places: Iterable[ProfilePlace]
) -> dict[ProfilePlace, DriftRecord]:
    """The drifts by their places, as `read_profiles` reads profiles; one that is gone says so."""
    return {place: _drift(text) for place, text in _texts(client, places)}


def _texts(
    client: MlflowClient, places: Iterable[ProfilePlace]
) -> Iterator[tuple[ProfilePlace, bytes | NotFoundError]]:
    wanted = list(dict.fromkeys(places))
    with ThreadPoolExecutor(_AT_ONCE, "mlsnap reading") as threads:
        found = threads.map(lambda place: _fetched(client, place), wanted)
        yield from zip(wanted, found, strict=True)


def _fetched(client: MlflowClient, place: ProfilePlace) -> bytes | NotFoundError:
    try:
        return artifacts.fetch(client, place.artifact_uri, place.path)
    except NotFoundError as error:
        return error


def _profile(text: bytes | NotFoundError) -> Profile | NotFoundError:
    return text if isinstance(text, NotFoundError) else Profile.from_dict(artifacts.parsed(text))


def _drift(text: bytes | NotFoundError) -> DriftRecord:
    if isinstance(text, NotFoundError):
        return DriftRecord("", 0, "", problem="it is lost")
    try:
        return DriftRecord.from_dict(artifacts.parsed(text))
    except (ValueError, LookupError, TypeError):
        return DriftRecord("", 0, "", problem="what is stored cannot be read")
