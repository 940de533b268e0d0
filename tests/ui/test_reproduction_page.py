"""The page of a reproduction, opened as MLflow's viewer of artifacts opens it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser import Browser, needs_chromium, running
from test_report_pages import CONTRAST, HOSTILE

from mlsnap.report.html import reproduction_page
from mlsnap.values.reproduction import Pair, Reproduction, Verdict

pytestmark = needs_chromium

PAGE = reproduction_page(
    Reproduction(
        Verdict.DIFFERENT,
        "a" * 32,
        "b" * 32,
        (
            Pair("loss", 0.1, 0.2, Verdict.DIFFERENT, "3 of 10 values differ, first at step 7"),
            Pair("fit_time", 1.0, 2.0, None, "not judged: a time"),
        ),
        (f"arguments: {HOSTILE}", "environment: numpy 1.26.0 -> 2.0.0"),
        1.5,
        params=(Pair(HOSTILE, HOSTILE, "x" * 500, Verdict.DIFFERENT, HOSTILE),),
        artifacts=(Pair("a/" * 60, "c" * 64, "c" * 64, Verdict.IDENTICAL),),
    )
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running() as found:
        yield found


def test_the_page_opens_without_complaint_or_request(browser: Browser) -> None:
    browser.show(PAGE)
    browser.evaluate("document.querySelectorAll('summary').forEach(each => each.click())")
    assert browser.complaints() == []
    assert browser.evaluate("document.title") == f"Reproduction of {'a' * 32}"


@pytest.mark.parametrize("width", [640, 1200])
def test_the_page_is_no_wider_than_its_frame(browser: Browser, width: int) -> None:
    browser.show(PAGE, width=width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_its_text_has_the_contrast_that_wcag_asks_for(browser: Browser, scheme: str) -> None:
    browser.show(PAGE, scheme=scheme, width=1200)
    browser.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    assert browser.evaluate(CONTRAST) >= 4.5
