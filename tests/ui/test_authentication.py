"""MLflow's authentication and its permissions hold on mlsnap's pages."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
import pandas as pd
import pytest
import requests
from installed_wheel import Serving

import mlsnap

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("flask_wtf") is None, reason="mlflow[auth] is not installed"
)

ADMIN, READER, STRANGER = "keeper", "reader", "stranger"
PASSWORD = "long enough to be one"
SECRET = "cellar"
"""A dataset that the reader may not read, as they may not read the run ``hidden-run``."""

READABLE = ("mlsnap", "mlsnap/crime", "shared")
"""Experiments that they may read."""


@dataclass(frozen=True)
class Guarded:
    """A server with authentication, and runs on it: that the reader may see, may not, and may,
    but not all of the data it used.
    """

    address: str
    open_run: str
    hidden_run: str
    mixed_run: str

    def page(self, path: str, user: str | None) -> requests.Response:
        """A page, as a user gets it."""
        login = None if user is None else (user, PASSWORD)
        return requests.get(f"{self.address}/mlsnap{path}", auth=login, timeout=30)


@pytest.fixture(scope="module")
def guarded(
    serving: Serving, empty_database: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Guarded]:
    folder = tmp_path_factory.mktemp("users")
    database = folder / "mlflow.db"
    shutil.copy(empty_database, database)
    runs, experiments = filled(folder, f"sqlite:///{database}")
    (folder / "auth.ini").write_text(
        f"""[mlflow]
default_permission = NO_PERMISSIONS
database_uri = sqlite:///{folder}/users.db
admin_username = {ADMIN}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
auth_cache_ttl_seconds = 60
""",
        encoding="utf-8",
    )
    variables = {
        "MLFLOW_AUTH_CONFIG_PATH": str(folder / "auth.ini"),
        "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
        "MLFLOW_FLASK_SERVER_SECRET_KEY": "any",
        "MLFLOW_STATIC_PREFIX": "/px",
    }
    words = ("mlflow", "server", "--app-name", "mlsnap-basic-auth")
    with serving(*words, database=database, **variables) as address:
        for user in (READER, STRANGER):
            ask(address, "2.0/mlflow/users/create", username=user, password=PASSWORD)
        for each in experiments:
            ask(
                address,
                "3.0/mlflow/users/permissions/grant",
                username=READER,
                resource_type="experiment",
                resource_id=each,
                permission="READ",
            )
        yield Guarded(address, *runs)


def filled(folder: Path, store: str) -> tuple[list[str], list[str]]:
    """Put two datasets and three runs into a store; the runs, and what the reader may read."""
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("MLFLOW_TRACKING_URI", store)
        patched.setenv("MLSNAP_DATA_DIRECTORY", str(folder / "store"))
        for name, shift in (("crime", 0), (SECRET, 5)):
            made = mlsnap.register_dataset(name)
            for step in range(2):
                made.create_snapshot(data=pd.DataFrame({f"of_{name}": range(shift, 20 + step)}))
        shared, closed = (mlflow.create_experiment(name) for name in ("shared", "closed"))
        runs = [
            used(shared, "open-run", "crime@v1"),
            used(closed, "hidden-run", "crime@v1"),
            used(shared, "mixed-run", "crime@v2", f"{SECRET}@v2"),
        ]
        readable = [mlflow.get_experiment_by_name(name).experiment_id for name in READABLE]
    return runs, readable


def used(experiment: str, name: str, *references: str) -> str:
    """A run that used snapshots; its id."""
    with mlflow.start_run(experiment_id=experiment, run_name=name) as run:
        for each in references:
            dataset, _, snapshot = each.partition("@")
            found = mlsnap.get_dataset(dataset).get_snapshot(snapshot)
            mlsnap.log_snapshot(found, context=f"in_{dataset}")
    return str(run.info.run_id)


def ask(address: str, path: str, **values: str) -> None:
    """Have the administrator's request done."""
    login = (ADMIN, PASSWORD)
    answer = requests.post(f"{address}/api/{path}", json=values, auth=login, timeout=30)
    assert answer.ok, answer.text


PAGES = [
    "/",
    "/datasets/crime",
    "/datasets/crime/v1",
    "/datasets/crime/v1/rows",
    "/compare?reference=crime@v1&current=crime@v2",
    "/runs/{open_run}",
]


@pytest.mark.parametrize("path", [*PAGES, "/datasets/no-such", "/no/such"])
def test_nobody_gets_a_page_without_credentials(guarded: Guarded, path: str) -> None:
    answer = guarded.page(path.format(**vars(guarded)), None)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert "crime" not in answer.text


def test_a_wrong_password_opens_nothing(guarded: Guarded) -> None:
    answer = requests.get(f"{guarded.address}/mlsnap/", auth=(READER, "a wrong one"), timeout=30)
    assert answer.status_code == 401


@pytest.mark.parametrize("path", PAGES)
def test_who_may_read_gets_pages_that_name_nothing_else(guarded: Guarded, path: str) -> None:
    answer = guarded.page(path.format(**vars(guarded)), READER)
    assert answer.status_code == 200
    assert "crime" in answer.text
    assert SECRET not in answer.text
    assert "hidden-run" not in answer.text
    assert guarded.hidden_run not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_administrator_sees_all(guarded: Guarded) -> None:
    assert SECRET in guarded.page("/", ADMIN).text
    assert "hidden-run" in guarded.page("/datasets/crime/v1", ADMIN).text
    assert f"{SECRET}@v2" in guarded.page(f"/runs/{guarded.mixed_run}", ADMIN).text


@pytest.mark.parametrize(
    "path",
    [
        f"/datasets/{SECRET}",
        f"/datasets/{SECRET}/v1",
        f"/datasets/{SECRET}/v1/rows",
        f"/compare?reference=crime@v1&current={SECRET}@v1",
        f"/compare?reference={SECRET}@latest&current=crime@v1",
        f"/compare?reference=crime@v1&current={SECRET}@sha256:aaaa",
        f"/compare?reference=crime@v1&current={{mixed_run}}%23in_{SECRET}",
        "/compare?reference=crime@v1&current={hidden_run}%23in_crime",
        "/runs/{hidden_run}",
    ],
)
def test_what_may_not_be_read_is_as_if_it_were_not_there(guarded: Guarded, path: str) -> None:
    asked = path.format(**vars(guarded))
    answer = guarded.page(asked, READER)
    assert answer.status_code == 404
    assert "@v2" not in answer.text
    other = asked.replace(SECRET, "nowhere").replace(guarded.hidden_run, "f" * 32)
    gone = guarded.page(other, READER).text
    assert answer.text == gone.replace("nowhere", SECRET).replace("f" * 32, guarded.hidden_run)


def test_a_name_nearly_that_of_a_hidden_dataset_does_not_give_it_away(guarded: Guarded) -> None:
    assert SECRET in guarded.page(f"/datasets/{SECRET[:-1]}", ADMIN).text
    assert SECRET not in guarded.page(f"/datasets/{SECRET[:-1]}", READER).text


def test_a_run_that_may_be_read_does_not_name_hidden_data(guarded: Guarded) -> None:
    answer = guarded.page(f"/runs/{guarded.mixed_run}", READER)
    assert answer.status_code == 200
    assert "crime@v2" in answer.text
    assert SECRET not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_who_may_read_nothing_is_told_what_the_pages_need(guarded: Guarded, path: str) -> None:
    answer = guarded.page(path.format(**vars(guarded)), STRANGER)
    assert answer.status_code == 403
    assert "The pages need to read the experiment &#39;mlsnap&#39;" in answer.text
    assert "crime" not in answer.text


def test_mlflow_leads_to_the_pages(guarded: Guarded) -> None:
    index = requests.get(f"{guarded.address}/", auth=(READER, PASSWORD), timeout=30)
    assert '<script defer src="/px/mlsnap/link.js"></script></body>' in index.text
