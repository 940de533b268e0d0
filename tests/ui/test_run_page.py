"""MLflow's own page of a run, opened in a browser, shows what mlsnap stored."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import mlflow
import pandas as pd
import pyarrow as pa
import pytest
from browser import Browser, needs_chromium, running

import mlsnap

pytestmark = needs_chromium

DESCRIPTION = "My notes on this run: **leave them**."
WIDE = 600


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running() as found:
        yield found


@pytest.fixture
def served(ui_server: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", ui_server)
    return ui_server


def people() -> pa.Table:
    return pa.table(
        {
            "age": pa.array([30, 40], pa.int32()),
            "town": ["Ulm", None],
            "seen": [datetime(2020, 1, 1), datetime(2021, 1, 1)],
            "paid": [Decimal("1.20"), Decimal("3.40")],
            "tags": [["a", "b"], []],
            "home": [{"x": 1.0, "y": 2.0}, {"x": 3.0, "y": 4.0}],
            "<img src=x onerror=alert(1)>": [True, False],
        }
    )


@pytest.fixture
def run_id(served: str) -> str:
    """A run whose description is the user's, with a snapshot of `people` and a report."""
    dataset = mlsnap.register_dataset("people", exist_ok=True)
    with mlflow.start_run(description=DESCRIPTION) as run:
        snapshot = dataset.create_snapshot("first", data=people(), create_data_snapshot=True)
        mlsnap.load("people@first", context="validation")
        mlsnap.log_report(snapshot.get_profile(), name="people")
    return str(run.info.run_id)


def page_of(served: str, run_id: str, rest: str = "") -> str:
    return f"{served}/#/experiments/0/runs/{run_id}{rest}"


def click(text: str) -> str:
    """Clicks what has exactly that text, where it is the innermost element with it."""
    return f"""(() => {{
        const holds = each => each.textContent.trim() === {json.dumps(text)};
        const found = [...document.querySelectorAll("a, button, span, div")].filter(holds).at(-1);
        found?.click();
        return Boolean(found);
    }})()"""


TEXT = "document.body.innerText"
DRAWER = "document.querySelector('[role=dialog]')?.innerText"


def test_the_run_page_names_the_data_and_keeps_the_users_description(
    browser: Browser, served: str, run_id: str
) -> None:
    browser.visit(page_of(served, run_id))

    browser.until(f"{TEXT}.includes('people@first')")
    browser.until(f"{TEXT}.includes('My notes on this run')")
    assert browser.evaluate(f"{TEXT}.includes('mlsnap.snapshot.training')", framed=False)
    assert mlflow.get_run(run_id).data.tags["mlflow.note.content"] == DESCRIPTION


def test_the_dataset_drawer_shows_rows_digest_source_and_schema(
    browser: Browser, served: str, run_id: str
) -> None:
    browser.visit(page_of(served, run_id))
    digest = mlsnap.get_dataset("people").get_snapshot("first").digest[:32]
    browser.until(click(f"people@first ({digest})"))

    browser.until(f"{DRAWER}?.includes('num rows')")
    shown = browser.evaluate(DRAWER, framed=False)
    for fact in (
        "people@first",
        digest,
        "num rows: 2",
        "num columns: 7",
        "source: frame handed over",
    ):
        assert fact in shown
    for column in ("age", "integer", "datetime", "double", "array", "object", "boolean", "<img"):
        assert column in shown


def test_the_report_opens_among_the_artifacts(browser: Browser, served: str, run_id: str) -> None:
    browser.visit(page_of(served, run_id, "/artifacts/mlsnap/reports/people.html"))

    browser.until("Boolean(document.querySelector('.mlflow-html-iframe'))")
    browser.until("document.body.innerText.includes('town')", framed=True)


def test_a_wide_table_has_all_its_columns_in_the_drawer(browser: Browser, served: str) -> None:
    wide = pd.DataFrame({f"column number {at}": [at, at + 1] for at in range(WIDE)})
    with mlflow.start_run() as run:
        dataset = mlsnap.register_dataset("wide", exist_ok=True)
        digest = dataset.create_snapshot("x", data=wide).digest[:32]

    browser.visit(page_of(served, run.info.run_id))
    browser.until(click(f"wide@x ({digest})"))
    browser.until(f"{DRAWER}?.includes('num columns: {WIDE}')")

    assert f"column number {WIDE - 1}" in browser.evaluate(DRAWER, framed=False)
