import dataclasses
import json
import math
import re
from html.parser import HTMLParser

import pytest
from reportable import (
    HOSTILE,
    block,
    changed,
    day,
    difference,
    drift,
    drifted,
    profile,
    recounted,
    redistributed,
    ward,
)

from mlsnap.report.cells import name
from mlsnap.report.html import (
    difference_fragment,
    difference_page,
    drift_fragment,
    drift_page,
    profile_fragment,
    profile_page,
)
from mlsnap.values.column import Histogram, ValueCount
from mlsnap.values.difference import (
    ColumnDifference,
    Distance,
    Moments,
    Retyped,
    Shapes,
    ValueCountDifference,
)
from mlsnap.values.drift import Drift, DriftStep
from mlsnap.values.profile import Profile

NINE = [
    *("wasserstein", "energy", "kolmogorov_smirnov", "jensen_shannon", "population_stability"),
    *("hellinger", "total_variation", "l_infinity", "chi_squared"),
]
VOID = {"meta", "input", "br"}


class Page(HTMLParser):
    """Elements but line breaks, attributes and text of a page; fails on tags that do not match.

    What a script unpacks when a row is opened is looked into as well.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.is_packed = False
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.elements.append((tag, dict(attrs)))
        self.is_packed = tag == "script" and ("type", "text/html") in attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.is_packed:
            self.texts.append(data)
            return
        inner = Page(data)
        self.elements += inner.elements
        self.texts += inner.texts

    def all(self, tag):
        return [attributes for found, attributes in self.elements if found == tag]


def pages(*, text="plain"):
    """All that is rendered, with ``text`` wherever data gets in."""
    facts = {text: text, "Source": "https://example.org/crime.csv"}
    shown = profile(ward(text), block("b", text), day())
    apart = difference(
        *(changed(text), drifted("c"), recounted("b", text), redistributed("d", text)),
        added=(text,),
        reference=text,
        retyped=(Retyped("ID", text, text, drifted("ID")),),
    )
    series = drift(name=text, step=text, title=text, against=text)
    return {
        "profile": profile_page(shown, title=text, facts=facts),
        "difference": difference_page(apart, title=text),
        "drift": drift_page(series, title=text),
        "profile fragment": profile_fragment(shown),
        "difference fragment": difference_fragment(apart),
        "drift fragment": drift_fragment(series),
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


@pytest.mark.parametrize("kind", ["profile", "difference", "drift"])
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


@pytest.mark.parametrize("kind", ["profile", "difference", "drift"])
def test_the_search_box_has_a_label_and_rows_open_with_buttons(kind):
    page = Page(pages()[kind])
    assert page.all("label")[0]["for"] == page.all("input")[0]["id"]
    names = [each for each in page.all("button") if each.get("class") == "name"]
    assert [each["aria-expanded"] for each in names] == ["false"] * len(names)


def test_drawings_have_a_name():
    drawings = Page(pages()["profile"]).all("svg")
    assert {each["role"] for each in drawings} == {"img"}
    assert {each["aria-label"] for each in drawings} == {
        "histogram from 1 to 44, median 12.5",
        "most common value plain, 90 %",
    }


def test_title_and_facts_are_on_the_page_in_order():
    page = profile_page(profile(), title="crime@2019", facts={"Creator": "ada", "Commit": "abc"})
    texts = [text for text in Page(page).texts if text.strip()]
    assert texts[0] == "crime@2019"
    start = texts.index("Creator")
    assert texts[start : start + 4] == ["Creator", "ada", "Commit", "abc"]


def test_a_fact_of_two_lines_has_two_lines():
    page = profile_page(profile(), title="crime", facts={"copy": "in <a>\nof parts"})
    assert "<dd>in &lt;a&gt;<br>of parts</dd>" in page


def test_every_statistic_of_a_column_is_on_its_page():
    texts = Page(profile_page(profile(ward()), title="t", facts={})).texts
    for title, value in {"0.1%": "1", "mean": "15.25", "variance": "172.225"}.items():
        assert texts[texts.index(title) + 1] == value


def test_a_difference_page_says_what_differs():
    texts = Page(difference_page(difference(), title="t")).texts
    assert "The data differs: 10 → 12 rows (+2, +20 %)." in texts
    assert texts[texts.index("Retyped") + 1] == "ID (INTEGER → STRING)"
    assert texts[texts.index("missing in percent") + 1] == "no base"
    assert "text has no order to measure along" in texts


def test_the_most_changed_column_is_the_first_of_its_page():
    html = difference_page(difference(changed("little", 0.1), changed("much", 3.0)), title="t")
    assert html.index(">much<") < html.index(">little<")


def test_a_constant_that_changed_has_a_full_bar():
    column = changed(distances={"wasserstein": Distance(2.0, None)})
    assert "width: 100%" in difference_page(difference(column), title="t")


def test_a_difference_of_nothing_is_a_page():
    html = difference_page(difference(columns=()), title="t")
    assert "No column was compared." in Page(html).texts


def test_a_profile_of_nothing_is_a_page():
    assert "0 rows" in Page(profile_page(Profile((), 0, ""), title="t", facts={})).texts


def test_both_sides_of_a_column_are_drawn_over_each_other_and_told():
    drawings = Page(difference_page(difference(drifted()), title="t")).all("svg")
    label = "reference mostly 1 to 3 (50 %), current mostly 1 to 3 (25 %); median +1.5"
    assert [each["aria-label"] for each in drawings] == [label, label]


def test_values_without_order_are_told_by_their_shares():
    texts = Page(difference_page(difference(redistributed()), title="t")).texts
    assert texts[texts.index("Bonn") : texts.index("Bonn") + 3] == ["Bonn", "37.5 %", "25 %"]


def test_a_column_beyond_the_usual_is_marked_in_words_and_by_a_sign():
    texts = Page(difference_page(difference(drifted()), title="t")).texts
    assert "drifted" in texts
    assert "! 0.25" in texts
    assert "≤ 0.1" in texts


def test_a_column_within_the_usual_is_not_marked():
    shown = difference(drifted(by=0.05, percent_missing=0.0), retyped=())
    page = difference_page(shown, title="t")
    assert "drifted" not in Page(page).texts
    assert "! " not in " ".join(Page(page).texts)


def test_bounds_of_a_distance_are_told_with_the_reason():
    texts = Page(difference_page(difference(drifted()), title="t")).texts
    assert "0.25\N{EN DASH}1" in texts
    assert "values lie between points" in texts


def test_a_retyped_column_tells_both_types():
    column = Retyped("ID", "INTEGER", "STRING", drifted("ID"))
    texts = Page(difference_page(difference(retyped=(column,)), title="t")).texts
    assert texts[texts.index("ID") + 1] == "integer → string"


def test_dates_change_by_time():
    column = changed("Day", type="DATE", median=3 * 86_400.0, moments=Moments())
    texts = Page(difference_page(difference(column), title="t")).texts
    assert "+3 d" in texts


def test_identical_data_has_a_page_that_says_so():
    same = difference(changed(), identical=True, current_rows=10)
    html = difference_page(same, title="t")
    assert "The data is identical: the same 10 rows in the same order." in Page(html).texts


def test_a_difference_with_nothing_defined_is_a_page():
    bare = ColumnDifference(name="bare", type="NULL")
    page = Page(difference_page(difference(bare), title="t"))
    assert "bare" in page.texts
    assert page.all("svg") == []


def test_a_drift_page_tells_its_steps():
    texts = Page(drift_page(drift(), title="t")).texts
    assert "4 steps, each against the first one." in texts
    assert texts[texts.index("crime@v1") : texts.index("crime@v2")].count("\N{EN DASH}") == 1
    assert "1 added, 1 removed, 1 retyped" in texts


def test_a_drift_page_says_where_it_shows_bounds():
    def texts(**known):
        column = ColumnDifference(
            name="town", type="STRING", distances={"total_variation": Distance(**known)}
        )
        series = drift((0.2,))
        step = dataclasses.replace(series.steps[1], difference=difference(column))
        series = dataclasses.replace(series, steps=(series.steps[0], step))
        return Page(drift_page(series, title="t")).texts

    told = "Where only bounds of a distance are known, the lower one is shown."
    assert told in texts(value=None, lower=0.1, upper=0.3)
    assert told not in texts(value=0.1)


def test_a_drift_page_begins_with_what_drifted_at_most_steps():
    html = drift_page(drift((0.2, 0.05), (0.2, 0.3), name="c"), title="t")
    assert html.index(">c1<") < html.index(">c<")


def test_a_chart_tells_its_last_and_greatest_value_and_has_dashes_where_it_has_gaps():
    chart = Page(drift_fragment(drift())).all("svg")[0]
    told = "last 0.2, greatest 0.2, beyond the usual at 1"
    assert chart["aria-label"] == f"KS, of categories total variation at 2 steps: {told}"
    line = Page(drift_fragment(drift())).all("path")[1]
    assert line["d"] == "M6 75h8M26 0h8"


def test_what_a_drift_page_draws_from_cannot_end_its_script():
    html = drift_page(drift(step="</script><!--"), title="t")
    start = html.index('id="data">') + len('id="data">')
    data = html[start : html.index("</script>", start)]
    assert "<" not in data
    assert json.loads(data)["steps"][0] == [1, "</script><!--1"]


def test_equal_values_of_a_series_are_kept_once():
    html = drift_page(Drift("t", "first", drift((0.05,) * 9).steps[1:]), title="t")
    columns = json.loads(re.search(r'id="data">(.*?)</script>', html).group(1))["columns"]
    assert columns[0][0] == [[500], [1000]]


def test_a_value_that_is_not_finite_is_a_gap():
    found = drifted(distances={"population_stability": Distance(math.inf)})
    steps = [*drift().steps, DriftStep(9, "x", 1, None, None, difference(columns=(found,)))]
    html = drift_page(Drift("t", "first", tuple(steps)), title="t")
    data = re.search(r'id="data">(.*?)</script>', html).group(1)
    assert json.loads(data, parse_constant=pytest.fail)["columns"]


@pytest.mark.parametrize("steps", [(), drift().steps[:1]])
def test_a_drift_of_nothing_is_a_page(steps):
    empty = Drift("crime", "first", steps)
    assert "No column was compared." in Page(drift_page(empty, title="t")).texts
    assert Page(drift_fragment(empty)).all("svg") == []


def test_a_notebook_shows_the_most_changed_of_many_columns_and_says_so():
    many = difference(*(changed(f"c{number}") for number in range(100)), retyped=())
    fragment = difference_fragment(many)
    assert fragment.count('scope="row"') == 60
    assert "… and 40 more columns" in fragment


def test_a_notebook_shows_the_most_drifted_of_many_columns_and_says_so():
    fragment = drift_fragment(drift(*((0.1, 0.2),) * 70))
    assert fragment.count('scope="row"') == 60
    assert "… and 10 more columns" in fragment


def test_many_columns_are_all_on_the_page_of_a_difference():
    many = difference(
        *(ColumnDifference(name=f"c{n}", type="NULL") for n in range(2000)), retyped=()
    )
    assert difference_page(many, title="t").count('class="kind"') == 2000


def test_a_difference_of_five_hundred_columns_stays_under_three_megabytes():
    edges = tuple(1234.56 + 0.1 * each for each in range(21))
    shares = tuple(0.001 * each for each in range(20))
    counts = tuple(
        ValueCountDifference(10**12 + each, 10**6 + each, 10**6 - each, -1.23456)
        for each in range(100)
    )
    full = {
        "distances": dict.fromkeys(NINE, Distance(123.456789, 1.23456789)),
        "shapes": Shapes(edges, shares, shares[::-1]),
        "value_counts": counts,
        "quantiles": tuple(-1234567.125 * each for each in range(1, 10)),
        "moments": Moments(1.23456e9, -1.23456e9, 1.23456e18, 1.23456, -1.23456),
    }
    columns = (drifted(f"a column with quite a long name {each}", **full) for each in range(500))
    html = difference_page(difference(*columns), title="t")
    assert len(html.encode()) < 3_000_000


def test_a_hundred_steps_of_a_hundred_columns_take_a_fifth_of_three_megabytes():
    def step(number):
        distances = {
            name: Distance(0.99 * number / 100, 1234.5 * number)
            for number, name in enumerate(NINE, start=number)
        }
        first = drifted(distances=distances, usual=0.12 + number / 1000)
        columns = (dataclasses.replace(first, name=f"quite a long name {n}") for n in range(100))
        return DriftStep(number, "v", 12, None, None, difference(columns=tuple(columns)))

    series = Drift("crime", "first", tuple(map(step, range(1, 101))))
    assert len(drift_page(series, title="t").encode()) < 600_000


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
