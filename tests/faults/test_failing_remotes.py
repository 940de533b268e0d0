"""An S3 server that fails for a moment, and one that stays away."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from flaky import KEY_ID, SECRET_KEY, Fails, Failure, Flaky, Request, objects_in

import mlsnap
from mlsnap.errors import RemoteError, SnapshotFailedError
from mlsnap.services.datasets import Dataset

FRAME = pd.DataFrame({"x": np.random.default_rng(0).normal(size=400_000)})


@pytest.fixture
def wine(bucket: Flaky) -> Dataset:
    return mlsnap.register_dataset("wine")


def first_time(failure: Failure) -> Fails:
    """Each request fails when it is made for the first time."""
    return lambda request: None if request.earlier else failure


def from_write(number: int, failure: Failure) -> Fails:
    """All requests fail from the write of that number on."""
    writes = 0

    def fails(request: Request) -> Failure | None:
        nonlocal writes
        writes += request.is_write
        return failure if writes >= number else None

    return fails


@pytest.mark.parametrize("failure", [each for each in Failure if each is not Failure.FORBIDDEN])
def test_a_failure_that_passes_is_not_noticed_in_writing(
    wine: Dataset, bucket: Flaky, failure: Failure
) -> None:
    bucket.fails = first_time(failure)

    made = wine.create_snapshot("spring", data=FRAME, create_data_snapshot=True)

    bucket.forget()
    assert made.verify() == []


@pytest.mark.parametrize("failure", [Failure.BROKEN, Failure.CUT_AFTER])
def test_a_failure_that_passes_is_not_noticed_in_reading(
    wine: Dataset, bucket: Flaky, failure: Failure
) -> None:
    made = wine.create_snapshot("spring", data=FRAME, create_data_snapshot=True)
    bucket.forget()
    bucket.fails = first_time(failure)

    assert made.to_pandas_dataframe().equals(FRAME)


@pytest.mark.parametrize(
    ("failure", "number"),
    [(Failure.BUSY, 1), (Failure.CUT_AFTER, 3)],
)
def test_a_failure_in_writing_that_lasts_is_one_error_and_only_the_rest_is_sent_later(
    wine: Dataset, bucket: Flaky, s3: str, failure: Failure, number: int
) -> None:
    bucket.fails = from_write(number, failure)

    with pytest.raises(RemoteError) as no:
        wine.create_snapshot("spring", data=FRAME, create_data_snapshot=True)

    check_clear(no.value)
    assert wine.get_all_snapshots() == []
    with pytest.raises(SnapshotFailedError, match="wine@spring is Failed: RemoteError"):
        wine.get_snapshot("spring").wait_for_completion(show_output=False)
    bucket.forget()
    there = {f"/{path}" for path in objects_in(s3) if "/md5/" in path}
    made = wine.create_snapshot("spring", data=FRAME, create_data_snapshot=True)
    assert there.isdisjoint(bucket.written())
    assert made.verify() == []
    assert made.to_pandas_dataframe().equals(FRAME)


def test_a_failure_in_reading_that_lasts_is_one_error(wine: Dataset, bucket: Flaky) -> None:
    made = wine.create_snapshot("spring", data=FRAME, create_data_snapshot=True)
    bucket.fails = lambda request: Failure.BUSY if "/md5/" in request.path else None

    with pytest.raises(RemoteError) as no:
        made.to_pandas_dataframe()

    check_clear(no.value)
    bucket.forget()
    assert made.to_pandas_dataframe().equals(FRAME)


def check_clear(error: RemoteError) -> None:
    """It says where, and how to go on, and nothing that is secret."""
    assert "s3://shared/data/mlsnap" in error.fact
    assert error.hint.startswith("check the connection")
    assert KEY_ID not in str(error)
    assert SECRET_KEY not in str(error)
