"""Reports, opened as MLflow's viewer of artifacts opens them: in a sandboxed frame."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pyarrow as pa
import pytest
from browser import Browser, needs_chromium, running

import mlsnap
from mlsnap.report.html import difference_page, drift_page, profile_page

pytestmark = needs_chromium

HOSTILE = "</script><script>document.title='taken'</script>"


def table(shift: int) -> pa.Table:
    """100 rows; a greater ``shift`` moves ``age`` and empties ``town``."""
    columns = {
        "age": [20 + shift + number % 40 for number in range(100)],
        "height": [150 + number % 40 for number in range(100)],
        "town": [None if number < shift else "Ulm" for number in range(100)],
        HOSTILE: [HOSTILE] * 100,
    }
    return pa.table(columns)


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    profiles = [mlsnap.profile(table(shift)) for shift in (0, 5, 60)]
    return {
        "profile": profile_page(profiles[0], title=HOSTILE, facts={HOSTILE: HOSTILE}),
        "comparison": difference_page(mlsnap.compare(profiles[0], profiles[2]), title=HOSTILE),
        "drift": drift_page(mlsnap.drift(profiles), title=HOSTILE),
    }


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with running() as found:
        yield found


KINDS = ["profile", "comparison", "drift"]
FOCUS = "document.activeElement.textContent.trim() || document.activeElement.id"


def names(browser: Browser) -> list[str]:
    """The columns that are shown, in their order."""
    return texts(browser, "tbody:not([hidden]) .name")


def texts(browser: Browser, selector: str) -> list[str]:
    """What is written in the elements of a CSS selector."""
    every = f"document.querySelectorAll({json.dumps(selector)})"
    found: list[str] = browser.evaluate(f"[...{every}].map(each => each.textContent)")
    return found


def open_all(browser: Browser) -> None:
    """Open the details of all columns."""
    browser.evaluate("document.querySelectorAll('.name').forEach(each => each.click())")


def tab_to(browser: Browser, what: str) -> None:
    """Press Tab until the focus is on ``what``."""
    seen = []
    for _ in range(30):
        browser.press("Tab")
        seen.append(browser.evaluate(FOCUS))
        if seen[-1] == what:
            return
    raise AssertionError(seen)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_opens_without_complaint_or_request(browser, pages, kind):
    browser.show(pages[kind])
    assert len(names(browser)) == 4
    open_all(browser)
    assert browser.complaints() == []


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_in_the_data_runs_nowhere(browser, pages, kind):
    browser.show(pages[kind])
    open_all(browser)
    assert HOSTILE in names(browser)
    assert browser.evaluate("document.title") == HOSTILE


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", [640, 1200])
def test_a_page_is_no_wider_than_its_frame(browser, pages, kind, width):
    browser.show(pages[kind], width=width)
    assert browser.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("kind", KINDS)
def test_the_search_finds_columns_from_the_keyboard(browser, pages, kind):
    browser.show(pages[kind])
    tab_to(browser, "search")
    browser.write("EIGH")
    assert names(browser) == ["height"]
    assert browser.evaluate("document.getElementById('found').textContent") == "1 of 4 shown"


@pytest.mark.parametrize("kind", KINDS)
def test_a_heading_sorts_up_then_down_then_as_it_was(browser, pages, kind):
    browser.show(pages[kind])
    before = names(browser)
    orders = []
    for _ in range(3):
        browser.evaluate("document.querySelector('.columns thead button').click()")
        orders.append(
            (browser.evaluate("document.querySelector('[aria-sort]').ariaSort"), names(browser))
        )
    ascending = sorted(before, key=str.lower)
    assert [order for order, _ in orders] == ["ascending", "descending", "none"]
    assert [found for _, found in orders] == [ascending, ascending[::-1], before]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("key", "text"), [("Enter", "\r"), (" ", " ")])
def test_the_keyboard_opens_and_closes_a_column(browser, pages, kind, key, text):
    browser.show(pages[kind])
    tab_to(browser, "age")
    expanded = "document.activeElement.ariaExpanded"
    drawings = "document.querySelectorAll('.more:not([hidden]) .panels svg.large').length"
    browser.press(key, text)
    assert browser.evaluate(f"[{expanded}, {drawings}]") == ["true", 1]
    browser.press(key, text)
    assert browser.evaluate(f"[{expanded}, {drawings}]") == ["false", 0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_a_dark_side(browser, pages, kind):
    colours = (
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )
    found = []
    for scheme in ("light", "dark"):
        browser.show(pages[kind], scheme=scheme)
        found.append(browser.evaluate(colours))
    assert found[0] != found[1]


CONTRAST = """(() => {
    const shade = colour => {
        const [r, g, b] = colour.match(/[\\d.]+/g).slice(0, 3).map(each => each / 255)
            .map(each => each <= 0.04045 ? each / 12.92 : ((each + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = element => {
        const colour = getComputedStyle(element).backgroundColor;
        const above = element.parentElement;
        return colour === "rgba(0, 0, 0, 0)" && above ? behind(above) : colour;
    };
    const ratio = element => {
        const [a, b] = [shade(getComputedStyle(element).color), shade(behind(element))];
        return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    const isText = node => node.nodeType === 3 && node.data.trim();
    const every = [...document.querySelectorAll("body *")].filter(each => each.checkVisibility());
    const shown = every.filter(element => [...element.childNodes].some(isText));
    return Math.min(...shown.map(ratio));
})()"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_text_has_the_contrast_that_wcag_asks_for(browser, pages, kind, scheme):
    browser.show(pages[kind], scheme=scheme, width=1200)
    open_all(browser)
    assert browser.evaluate(CONTRAST) >= 4.5


@pytest.mark.parametrize("kind", KINDS)
def test_every_control_and_drawing_has_a_name(browser, pages, kind):
    browser.show(pages[kind])
    open_all(browser)
    nodes = browser.call("Accessibility.getFullAXTree", frameId=browser.frame)["nodes"]
    wanted = {"button", "searchbox", "combobox", "image", "region"}
    found = [node for node in nodes if node.get("role", {}).get("value") in wanted]
    assert {node["role"]["value"] for node in found} >= {"button", "searchbox", "image", "region"}
    assert [node for node in found if not node["name"]["value"].strip()] == []


def test_only_drifted_columns_can_be_shown(browser, pages):
    for kind in ("comparison", "drift"):
        browser.show(pages[kind])
        browser.evaluate("document.getElementById('only').click()")
        assert names(browser) == ["age", "town"]
        assert browser.evaluate("document.getElementById('only').ariaPressed") == "true"


def test_another_measure_draws_other_lines_and_sorts_by_them(browser, pages):
    browser.show(pages["drift"])
    line = "document.querySelector('[data-at=\"0\"] .line').getAttribute('d')"
    before = browser.evaluate(line)
    options = texts(browser, "option")
    missing = options.index("change of the missing share")
    browser.evaluate("document.querySelectorAll('thead button')[1].click()")
    browser.evaluate(
        f"document.getElementById('measure').value = {missing};"
        "document.getElementById('measure').dispatchEvent(new Event('change'))"
    )
    assert browser.evaluate(line) != before
    assert names(browser)[-1] == "town"
    assert texts(browser, ".drift tbody:last-of-type td")[1:3] == ["0.6", "0.6"]


def test_a_point_tells_its_step_value_and_what_is_usual(browser, pages):
    browser.show(pages["drift"])
    browser.evaluate("document.querySelector('[data-at=\"0\"] .name').click()")
    titles = texts(browser, ".point title")
    assert len(titles) == 2
    assert all("usual at most" in title for title in titles)


def test_what_a_page_draws_from_is_json(pages):
    start = pages["drift"].index('id="data">') + len('id="data">')
    found = json.loads(pages["drift"][start : pages["drift"].index("</script>", start)])
    assert list(found) == ["steps", "measures", "columns"]
    assert len(found["columns"]) == 4
