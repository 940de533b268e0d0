"""The pages' addresses, without a server: what they answer, and what browsers are told."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import mlsnap
from mlsnap.errors import MlsnapError, TrackingError
from mlsnap.pages.blueprint import Host, blueprint
from mlsnap.pages.permissions import Everything
from mlsnap.pages.standalone import standalone_app
from mlsnap.services.workspace import Workspace, open_workspace
from mlsnap.settings import Settings


@pytest.fixture(scope="module")
def workspace(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A store with two snapshots of ``crime``."""
    folder = tmp_path_factory.mktemp("pages")
    shutil.copy(empty_database, folder / "mlflow.db")
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        patched.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow.db")
        made = mlsnap.register_dataset("crime")
        for step in range(2):
            made.create_snapshot(data=pd.DataFrame({"Ward": range(20 + step)}))
        return open_workspace()


@pytest.fixture
def pages(workspace: Workspace) -> FlaskClient:
    return standalone_app(workspace).test_client()


PATHS = [
    "/mlsnap/",
    "/mlsnap/datasets/crime",
    "/mlsnap/datasets/crime/v1",
    "/mlsnap/datasets/crime/v1/rows",
    "/mlsnap/compare?reference=crime@v1&current=crime@v2",
]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_runs_its_own_scripts_only(pages: FlaskClient, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    (nonce,) = re.findall(r"script-src 'nonce-([\w-]+)'", policy)
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    scripts = re.findall(r"<script\b[^>]*>", answer.text)
    run = [each for each in scripts if "type=" not in each]
    assert all(f'nonce="{nonce}"' in each for each in run)
    assert not re.search(r"<[^>]*\son\w+\s*=", answer.text)
    assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", answer.text)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_each_answer_has_another_nonce(pages: FlaskClient) -> None:
    policies = {pages.get("/mlsnap/").headers["Content-Security-Policy"] for _ in range(3)}
    assert len(policies) == 3


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", PATHS)
def test_pages_are_only_read(pages: FlaskClient, path: str, method: str) -> None:
    assert pages.open(path, method=method).status_code == 405


def test_the_head_of_a_page_has_no_body(pages: FlaskClient) -> None:
    answer = pages.head("/mlsnap/datasets/crime")
    assert (answer.status_code, answer.data) == (200, b"")


@pytest.mark.parametrize("path", ["/", "/mlsnap"])
def test_the_way_to_the_datasets_is_short(pages: FlaskClient, path: str) -> None:
    answer = pages.get(path)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/mlsnap/")


HOSTILE = ["..", "%00", "%0d%0aSet-Cookie:%20a=b", "%F0%9F%92%A9", "<script>alert(1)</script>", "-"]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize(
    "path", ["/mlsnap/datasets/{}", "/mlsnap/datasets/crime/{}", "/mlsnap/runs/{}", "/mlsnap/{}"]
)
def test_hostile_names_lead_nowhere(pages: FlaskClient, path: str, name: str) -> None:
    refuses(pages.get(path.format(name)))


@pytest.mark.parametrize(
    "reference",
    [
        *HOSTILE,
        "",
        "/etc/passwd",
        "file:///etc/passwd",
        "../mlflow.db",
        "s3://a/b",
        "crime@sha256:%25",
        "crime@latest~99999999999999999999",
        "runs:/..%2f..",
        "models:/a/../b",
        "models:/m-",
    ],
)
def test_hostile_references_lead_nowhere(pages: FlaskClient, reference: str) -> None:
    refuses(pages.get(f"/mlsnap/compare?reference={reference}&current=crime@v1"))


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=x", "page=99999999999999999999"])
def test_hostile_pages_of_a_dataset_do_no_harm(pages: FlaskClient, query: str) -> None:
    assert pages.get(f"/mlsnap/datasets/crime?{query}").status_code in (200, 400, 404)


def test_an_address_of_100_kb_is_refused(pages: FlaskClient) -> None:
    refuses(pages.get(f"/mlsnap/datasets/{'a' * 100_000}"))
    refuses(pages.get(f"/mlsnap/compare?reference={'a' * 100_000}"))


def refuses(answer: TestResponse) -> None:
    """Fails unless that is an error of the caller, said on a page that repeats no script."""
    assert answer.status_code in (400, 404, 414)
    assert f"{answer.status_code} " in answer.text
    assert "<script>" not in answer.text
    assert "/etc/" not in answer.text
    assert "Set-Cookie" not in answer.headers


def test_a_mistyped_name_is_answered_with_near_ones(pages: FlaskClient) -> None:
    answer = pages.get("/mlsnap/datasets/crme")
    assert answer.status_code == 404
    assert "no dataset &#39;crme&#39;; near names: &#39;crime&#39;" in answer.text


def test_another_name_of_this_machine_is_not_answered(pages: FlaskClient) -> None:
    answers = {
        host: pages.get("/mlsnap/", base_url=f"http://{host}").status_code
        for host in ("localhost:5000", "127.0.0.1:5000", "[::1]:5000", "rebound.example.org:5000")
    }
    assert list(answers.values()) == [200, 200, 200, 403]


def test_pages_for_others_are_answered_by_any_name(workspace: Workspace) -> None:
    pages = standalone_app(workspace, for_others=True).test_client()
    assert pages.get("/mlsnap/", base_url="http://box.example.org").status_code == 200


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TrackingError("no table in sqlite:////srv/hidden/mlflow.db", "look"), 503),
        (ZeroDivisionError("in /srv/hidden/code.py"), 500),
        (MlsnapError("a fault with /srv/hidden/file", "look"), 500),
    ],
)
def test_a_failure_tells_nothing_of_the_server(
    error: Exception, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def client() -> None:
        raise error

    app = Flask("failing")
    host = Host(client, Everything, Settings, Path("/"), "/mlsnap", "")
    app.register_blueprint(blueprint(host))
    answer = app.test_client().get("/mlsnap/")
    assert answer.status_code == status
    assert "hidden" not in answer.text
    assert "Traceback" not in answer.text
    assert "The log of the server says why." in answer.text
    assert "hidden" in caplog.text


def test_a_path_in_a_message_for_the_caller_is_left_out(pages: FlaskClient) -> None:
    answer = pages.get("/mlsnap/compare?reference=/srv/hidden/data.csv&current=crime@v1")
    assert answer.status_code == 404
    assert "/srv" not in answer.text
