"""Atomic claims: a parameter of an MLflow run can be written once, on every back end."""

from __future__ import annotations

import time

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from mlsnap.errors import TrackingError

_BUSY_RETRIES = 5


def claim(client: MlflowClient, run_id: str, key: str, value: str) -> bool:
    """Write ``key`` of a run if nobody has; whether it holds ``value`` now.

    Of any number of processes that claim one key with different values exactly one is told True.
    Claiming again with the same value is True again.
    """
    for attempt in range(_BUSY_RETRIES):
        try:
            client.log_param(run_id, key, value, synchronous=True)
        except MlflowException as error:
            holder = holder_of(client, run_id, key)
            if holder is None and attempt + 1 < _BUSY_RETRIES:
                time.sleep(0.05 * 2**attempt)
                continue
            if holder is None:
                raise TrackingError(
                    f"MLflow could not write {key!r} on run {run_id}: {error.message}",
                    "check the permissions on the experiment, then try again",
                ) from error
            return holder == value
        return True
    raise AssertionError("unreachable")


def holder_of(client: MlflowClient, run_id: str, key: str) -> str | None:
    """The value that claimed ``key``; ``None`` if nobody has."""
    value = client.get_run(run_id).data.params.get(key)
    return None if value is None else str(value)
