"""The pages beside MLflow's own, on a real server in a browser: from data to runs and back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import mlflow
import pandas as pd
import pytest
from browser import Browser, needs_chromium, running

import mlsnap

pytestmark = needs_chromium

HOSTILE = "</script><img src=x onerror=alert(1)>"
FOCUS = "document.activeElement.textContent.trim() || document.activeElement.id"
TOLD = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")


@dataclass(frozen=True)
class Shown:
    """A server with a dataset of two snapshots, and a run that used the first."""

    address: str
    run: str

    def pages(self) -> dict[str, str]:
        base = f"{self.address}/mlsnap"
        return {
            "datasets": f"{base}/",
            "dataset": f"{base}/datasets/walked",
            "snapshot": f"{base}/datasets/walked/first",
            "rows": f"{base}/datasets/walked/first/rows",
            "comparison": f"{base}/compare?reference=walked@first&current=walked@second",
            "run": f"{base}/runs/{self.run}",
        }


PAGES = ["datasets", "dataset", "snapshot", "rows", "comparison", "run"]


def frame(shift: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "age": [20 + shift + number % 40 for number in range(80)],
            "town": [None if number < shift else "Ulm" for number in range(80)],
            HOSTILE: [HOSTILE] * 80,
        }
    )


@pytest.fixture(scope="module")
def shown(ui_server: str, store: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("walker"))
        patch.setenv("MLFLOW_TRACKING_URI", ui_server)
        patch.setenv("MLSNAP_DATA_DIRECTORY", str(store))
        walked = mlsnap.register_dataset("walked", description=HOSTILE)
        first = walked.create_snapshot("first", data=frame(0), create_data_snapshot=True)
        walked.create_snapshot("second", data=frame(20))
        with mlflow.start_run(run_name="the training") as run:
            mlsnap.log_snapshot(first, context="training")
    return Shown(ui_server, run.info.run_id)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running() as found:
        yield found


def see(browser: Browser, address: str, *, width: int = 1280) -> None:
    """Open one of the pages, with all that it loads."""
    browser.visit(address, width=width)
    browser.until("document.querySelector('nav.bar') && document.readyState === 'complete'")


def told(browser: Browser) -> list[dict[str, Any]]:
    """What the console and the guard of the page's policy said."""
    return [event["params"] for event in browser.events if event["method"] in TOLD]


def asked(browser: Browser) -> list[str]:
    """Where requests went."""
    sent = (each for each in browser.events if each["method"] == "Network.requestWillBeSent")
    return [str(each["params"]["request"]["url"]) for each in sent]


def follow(browser: Browser, text: str) -> None:
    """Click a link by its text."""
    links = f"[...document.querySelectorAll('a')].find(a => a.textContent.trim() === {text!r})"
    browser.until(f"!!{links}")
    browser.evaluate(f"{links}.click()", framed=False)


def names(browser: Browser) -> list[str]:
    """What the searchable table lists, in its order."""
    every = "document.querySelectorAll('tbody:not([hidden]) .name')"
    found: list[str] = browser.evaluate(f"[...{every}].map(e => e.textContent)", framed=False)
    return found


def tab_to(browser: Browser, what: str) -> None:
    """Press Tab until the focus is on ``what``."""
    seen = []
    for _ in range(60):
        browser.press("Tab")
        seen.append(browser.evaluate(FOCUS, framed=False))
        if seen[-1] == what:
            return
    raise AssertionError(seen)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_without_complaint_and_asks_no_other_host(browser, shown, page):
    see(browser, shown.pages()[page])
    browser.evaluate(
        "document.querySelectorAll('button.name').forEach(e => e.click())", framed=False
    )
    assert told(browser) == []
    assert {url for url in asked(browser) if not url.startswith(shown.address)} <= {"about:blank"}
    assert browser.evaluate("document.querySelectorAll('img').length", framed=False) == 0


@pytest.mark.parametrize("width", [640, 1280])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_no_wider_than_its_window(browser, shown, page, width):
    see(browser, shown.pages()[page], width=width)
    assert browser.evaluate("document.documentElement.scrollWidth", framed=False) <= width


def test_links_lead_from_the_datasets_to_mlflow_and_back(browser, shown):
    see(browser, shown.pages()["datasets"])
    follow(browser, "walked")
    browser.until("document.title === 'walked'")
    follow(browser, "first")
    browser.until("document.title === 'walked@first'")
    follow(browser, "the training")
    browser.until("document.title === 'Data of the run the training'")
    follow(browser, "The run in MLflow")
    browser.until(f"location.hash.includes({shown.run!r}) && !document.querySelector('nav.bar')")
    link = "document.querySelector('#mlsnap')?.shadowRoot.querySelector('a')"
    browser.until(f"{link}?.textContent === 'Data of this run'")
    browser.until("document.body.innerText.includes('the training')")
    browser.evaluate(f"{link}.click()", framed=False)
    browser.until("document.title === 'Data of the run the training'")
    follow(browser, "walked@first")
    browser.until("document.title === 'walked@first'")
    follow(browser, "second →")
    browser.until("document.title === 'walked@second'")
    follow(browser, "Compare with first")
    browser.until("document.title === 'walked@first and walked@second'")
    assert "age" in names(browser)


def test_any_two_are_compared_from_the_keyboard(browser, shown):
    see(browser, shown.pages()["dataset"])
    browser.evaluate("document.querySelector('[name=reference]').focus()", framed=False)
    browser.evaluate("document.activeElement.select()", framed=False)
    browser.write("walked@second")
    browser.press("Enter", "\r")
    browser.until("document.title === 'walked@second and walked@second'")
    assert "The data is identical" in browser.evaluate("document.body.innerText", framed=False)


@pytest.mark.parametrize("page", ["dataset", "snapshot", "comparison", "run"])
def test_columns_are_searched_and_sorted_from_the_keyboard(browser, shown, page):
    see(browser, shown.pages()[page])
    tab_to(browser, "Column")
    browser.press("Enter", "\r")
    assert names(browser) == sorted(names(browser), key=str.lower)
    browser.evaluate("document.activeElement.blur()", framed=False)
    see(browser, shown.pages()[page])
    tab_to(browser, "search")
    browser.write("TOW")
    assert names(browser) == ["town"]


def test_datasets_are_searched(browser, shown):
    see(browser, shown.pages()["datasets"])
    browser.evaluate("document.getElementById('search').focus()", framed=False)
    browser.write("no such name")
    assert names(browser) == []


def test_a_measure_of_the_drift_can_be_picked(browser, shown):
    see(browser, shown.pages()["dataset"])
    last = "document.querySelector('.drift tbody').rows[0].cells[2].textContent"
    before = browser.evaluate(last, framed=False)
    browser.evaluate(
        "(() => { const e = document.getElementById('measure'); e.selectedIndex = 1;"
        " e.dispatchEvent(new Event('change')) })()",
        framed=False,
    )
    assert browser.evaluate(last, framed=False) != before


@pytest.mark.parametrize("page", PAGES)
def test_controls_and_drawings_have_names(browser, shown, page):
    see(browser, shown.pages()[page])
    nodes = browser.call("Accessibility.getFullAXTree")["nodes"]
    wanted = {"button", "searchbox", "combobox", "textbox", "link", "image", "region", "navigation"}
    found = [node for node in nodes if node.get("role", {}).get("value") in wanted]
    assert len(found) > 3
    assert [json.dumps(node) for node in found if not node.get("name", {}).get("value")] == []
