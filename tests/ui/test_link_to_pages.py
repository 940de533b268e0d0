"""The link that MLflow's own pages get, in a browser, and the pages it leads to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest
import requests
from browser import Browser, needs_chromium, running

from mlsnap.cli import main
from mlsnap.errors import ConfigError
from mlsnap.pages.standalone import standalone_app
from mlsnap.services.workspace import open_workspace

_UNTIL = """new Promise(done => {
    const look = () => { const found = FOUND; found ? done(found) : setTimeout(look, 50) };
    look();
})"""
LINK = "document.querySelector('#mlsnap')?.shadowRoot.querySelector('a')"


def until(browser: Browser, expression: str) -> str:
    """The value of an expression as soon as it has one."""
    return str(browser.evaluate(_UNTIL.replace("FOUND", expression), framed=False))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running() as found:
        yield found


@pytest.fixture
def run_id(ui_server: str, project: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", ui_server)
    with mlflow.start_run() as run:
        mlflow.log_metric("score", 1.0)
    return str(run.info.run_id)


@needs_chromium
def test_the_link_follows_the_page(browser: Browser, ui_server: str, run_id: str) -> None:
    browser.call("Page.navigate", url=f"{ui_server}/#/experiments/0/runs/{run_id}")
    of_run = f"{ui_server}/mlsnap/runs/{run_id}"
    assert until(browser, f"{LINK}?.href") == of_run
    assert until(browser, f"{LINK}.textContent") == "Data of this run"
    browser.evaluate("history.pushState({}, '', '#/experiments')", framed=False)
    assert until(browser, f"{LINK}.textContent === 'Data' && {LINK}.href") == f"{ui_server}/mlsnap/"


@needs_chromium
def test_the_link_can_be_used_from_the_keyboard(
    browser: Browser, ui_server: str, run_id: str
) -> None:
    browser.call("Page.navigate", url=f"{ui_server}/#/experiments/0/runs/{run_id}")
    until(browser, f"{LINK}?.href")
    browser.evaluate(f"{LINK}.focus()", framed=False)
    browser.press("Enter", "\r")
    until(browser, "location.pathname.startsWith('/mlsnap/runs/')")
    assert "Data of the run" in until(browser, "document.title")


def test_pages_alone_read_a_server_and_lead_to_it(ui_server: str, run_id: str) -> None:
    pages = standalone_app(open_workspace()).test_client()
    assert pages.get("/mlsnap/").status_code == 200
    answer = pages.get(f"/mlsnap/runs/{run_id}")
    assert answer.status_code == 200
    assert f"{ui_server}/#/experiments/0/runs/{run_id}" in answer.text
    assert requests.get(ui_server, timeout=30).status_code == 200


def test_what_a_user_may_read_is_not_shown_to_others(project: Path, ui_server: str) -> None:
    words = ["ui", "--host", "0.0.0.0", "--tracking-uri", ui_server]
    with pytest.raises(ConfigError, match="others could read what you may read") as refused:
        main(words, standalone_mode=False)
    assert "--for-others" in refused.value.hint
