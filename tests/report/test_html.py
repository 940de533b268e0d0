import re
from html.parser import HTMLParser

import pytest
from reportable import HOSTILE, block, changed, day, difference, profile, recounted, ward

from mlsnap.report.cells import name
from mlsnap.report.html import (
    difference_fragment,
    difference_page,
    profile_fragment,
    profile_page,
)
from mlsnap.values.column import Histogram, ValueCount
from mlsnap.values.difference import Distance
from mlsnap.values.profile import Profile

VOID = {"meta", "input", "br"}


class Page(HTMLParser):
    """The elements, attributes and text of a page; fails on tags that do not match."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)

    def all(self, tag):
        return [attributes for found, attributes in self.elements if found == tag]


def pages(*, text="plain"):
    """All that is rendered, with ``text`` wherever data gets in."""
    facts = {text: text, "Source": "https://example.org/crime.csv"}
    shown = profile(ward(text), block("b", text), day())
    apart = difference(changed(text), recounted("b", text), added=(text,), reference=text)
    return {
        "profile": profile_page(shown, title=text, facts=facts),
        "difference": difference_page(apart, title=text, facts=facts),
        "profile fragment": profile_fragment(shown),
        "difference fragment": difference_fragment(apart),
    }


KINDS = list(pages())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_adds_no_element_and_is_read_as_it_is(kind, hostile):
    page, plain = Page(pages(text=hostile)[kind]), Page(pages()[kind])
    assert [tag for tag, _ in page.elements] == [tag for tag, _ in plain.elements]
    assert name(hostile) in page.texts


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_adds_no_attribute(kind, hostile):
    known = {"title"}
    page, plain = Page(pages(text=hostile)[kind]), Page(pages()[kind])
    for (_, found), (_, expected) in zip(page.elements, plain.elements, strict=True):
        assert set(found) - known == set(expected) - known


@pytest.mark.parametrize("hostile", HOSTILE)
def test_pages_can_be_written_and_hold_no_control_characters(hostile):
    for page in pages(text=hostile).values():
        page.encode("utf-8")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\u202a-\u202e]", page)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_loaded_linked_or_kept(kind):
    page = Page(pages()[kind])
    for _, attributes in page.elements:
        assert not {"src", "href", "srcset", "data", "action", "onclick"} & set(attributes)
    styles_and_scripts = " ".join(re.findall(r"(?s)<(?:style|script)>.*?</", pages()[kind]))
    for word in ("http:", "https:", "url(", "@import", "localStorage", "fetch", "import("):
        assert word not in styles_and_scripts
    assert not {tag for tag, _ in page.elements} & {"a", "link", "img", "iframe", "object"}


@pytest.mark.parametrize("kind", ["profile", "difference"])
def test_a_page_says_its_encoding_and_forbids_loading(kind):
    html = pages()[kind]
    meta = Page(html).all("meta")
    assert meta[0] == {"charset": "utf-8"}
    assert html.index("charset") < 1024
    assert meta[2]["content"].startswith("default-src 'none';")


@pytest.mark.parametrize("kind", KINDS)
def test_every_heading_of_a_table_has_a_scope(kind):
    headings = Page(pages()[kind]).all("th")
    assert {each["scope"] for each in headings} == {"row", "col"}


@pytest.mark.parametrize("kind", ["profile", "difference"])
def test_the_search_box_has_a_label_and_rows_open_with_buttons(kind):
    page = Page(pages()[kind])
    assert page.all("label")[0]["for"] == page.all("input")[0]["id"]
    names = [each for each in page.all("button") if each.get("class") == "name"]
    assert [each["aria-expanded"] for each in names] == ["false"] * len(names)


def test_drawings_have_a_name():
    drawings = Page(pages()["profile"]).all("svg")
    assert {each["role"] for each in drawings} == {"img"}
    assert {each["aria-label"] for each in drawings} == {
        "histogram",
        "counts of the most common values",
    }


def test_title_and_facts_are_on_the_page_in_order():
    page = profile_page(profile(), title="crime@2019", facts={"Creator": "ada", "Commit": "abc"})
    texts = [text for text in Page(page).texts if text.strip()]
    assert texts[0] == "crime@2019"
    start = texts.index("Creator")
    assert texts[start : start + 4] == ["Creator", "ada", "Commit", "abc"]


def test_every_statistic_of_a_column_is_on_its_page():
    texts = Page(profile_page(profile(ward()), title="t", facts={})).texts
    for title, value in {"0.1%": "1", "mean": "15.25", "variance": "172.225"}.items():
        assert texts[texts.index(title) + 1] == value


def test_a_difference_page_says_what_differs():
    texts = Page(difference_page(difference(), title="t", facts={})).texts
    assert "The data differs: 10 → 12 rows (+2, +20 %)." in texts
    assert texts[texts.index("Retyped") + 1] == "ID (INTEGER → STRING)"
    assert texts[texts.index("missing in percent") + 1] == "no base"
    assert "text has no order to measure along" in texts


def test_the_most_changed_column_is_the_first_of_its_page():
    html = difference_page(
        difference(changed("little", 0.1), changed("much", 3.0)), title="t", facts={}
    )
    assert html.index(">much<") < html.index(">little<")


def test_a_constant_that_changed_has_a_full_bar():
    column = changed(distances={"wasserstein": Distance(2.0, None)})
    assert "width: 100%" in difference_page(difference(column), title="t", facts={})


def test_a_difference_of_nothing_is_a_page():
    html = difference_page(difference(columns=()), title="t", facts={})
    assert "No column was compared." in Page(html).texts


def test_a_profile_of_nothing_is_a_page():
    assert "0 rows" in Page(profile_page(Profile((), 0, ""), title="t", facts={})).texts


def test_five_hundred_columns_stay_under_three_megabytes():
    full = {
        "most_common": tuple(ValueCount(10**12 + each, 10**6) for each in range(100)),
        "histogram": Histogram(tuple(map(float, range(21))), tuple(range(10**6, 10**6 + 20))),
        "whisker_low": -1234567.125,
        "whisker_high": 7654321.125,
    }
    columns = (ward(f"a column with quite a long name {each}", **full) for each in range(500))
    assert len(profile_page(profile(*columns), title="t", facts={}).encode()) < 3_000_000


def test_a_notebook_shows_the_first_of_many_columns_and_says_so():
    fragment = profile_fragment(profile(*(ward(f"c{number}") for number in range(100))))
    assert fragment.count("<tr>") == 61
    assert "… and 40 more columns: to_pandas(), --json and --html have all" in fragment


def test_a_page_shows_all_of_many_columns():
    page = profile_page(
        profile(*(ward(f"c{number}") for number in range(100))), title="x", facts={}
    )
    assert page.count('class="kind"') == 100


def test_what_is_not_exact_is_said_in_pages_and_notebooks():
    column = ward(rank_error=1e-4, distinct_exact=False)
    page, fragment = (
        profile_page(profile(column), title="x", facts={}),
        profile_fragment(profile(column)),
    )
    for shown in (page, fragment):
        assert "beyond the memory budget, quantiles within ±0.01 % of the rows: Ward" in shown
        assert "distinct values estimated: Ward" in shown
    assert "<dt>quantiles</dt><dd>within ±0.01 % of the rows</dd>" in page
    assert "<td>~9</td>" in fragment


def test_what_is_exact_needs_no_words():
    assert "within ±" not in profile_page(profile(), title="x", facts={})
