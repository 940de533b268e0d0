"""What MLflow can be made of. A new back end is a function here, and its line in `BACK_ENDS`."""

from __future__ import annotations

import importlib.util
import shutil
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import mlflow_server
import postgresql
import pytest

AWS = {"AWS_ACCESS_KEY_ID": "somebody", "AWS_SECRET_ACCESS_KEY": "secret"}
AWS |= {"AWS_DEFAULT_REGION": "us-east-1", "AWS_EC2_METADATA_DISABLED": "true"}


@dataclass(frozen=True)
class BackEnd:
    """Where MLflow is, and the environment variables that its client needs there."""

    uri: str
    variables: dict[str, str] = field(default_factory=dict)


@contextmanager
def sqlite(request: pytest.FixtureRequest, folder: Path) -> Iterator[BackEnd]:
    """A database file, artifacts in a folder."""
    shutil.copy(request.getfixturevalue("empty_database"), folder / "mlflow.db")
    yield BackEnd(f"sqlite:///{folder}/mlflow.db")


@contextmanager
def postgresql_with_s3(request: pytest.FixtureRequest, folder: Path) -> Iterator[BackEnd]:
    """PostgreSQL and a bucket, with no server between."""
    variables = bucket(request, "direct")
    variables["_MLFLOW_SERVER_ARTIFACT_ROOT"] = "s3://direct/artifacts"
    yield BackEnd(request.getfixturevalue("new_store")("direct"), variables)


@contextmanager
def http_on_postgresql_and_s3(request: pytest.FixtureRequest, folder: Path) -> Iterator[BackEnd]:
    """A server on PostgreSQL that passes artifacts on to a bucket."""
    store, variables = request.getfixturevalue("new_store")("served"), bucket(request, "served")
    with mlflow_server.running(
        folder, store=store, artifacts="s3://served/artifacts", variables=variables
    ) as address:
        yield BackEnd(address)


def bucket(request: pytest.FixtureRequest, name: str) -> dict[str, str]:
    """Make a bucket; the variables that lead to it."""
    if not importlib.util.find_spec("boto3"):
        pytest.skip("boto3 is not installed")
    address = request.getfixturevalue("s3")
    urllib.request.urlopen(urllib.request.Request(f"{address}/{name}", method="PUT")).close()
    return {**AWS, "MLFLOW_S3_ENDPOINT_URL": address}


Build = Callable[[pytest.FixtureRequest, Path], "contextmanager[BackEnd]"]

BACK_ENDS = [
    pytest.param(sqlite, id="sqlite"),
    pytest.param(postgresql_with_s3, id="postgresql-s3", marks=postgresql.needs_postgresql),
    pytest.param(
        http_on_postgresql_and_s3, id="http-postgresql-s3", marks=postgresql.needs_postgresql
    ),
]
"""A server on a database file is what the tests have that ask for the fixture ``server``."""


def unused(prefix: str) -> str:
    """A name nobody else has."""
    return f"{prefix}-{uuid.uuid4().hex[:8]}"
