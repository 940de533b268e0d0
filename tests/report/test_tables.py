import pytest
from reportable import (
    HOSTILE,
    block,
    changed,
    day,
    difference,
    drifted,
    profile,
    recounted,
    ward,
)
from rich.cells import cell_len
from rich.console import Console

from mlsnap.report.difference_tables import difference_text, difference_view
from mlsnap.report.tables import profile_text, table_text
from mlsnap.values.difference import Distance, Retyped
from mlsnap.values.profile import Profile


def rows(text):
    """Cells by the first one of their line, for lines with an even layout."""
    return {line.split()[0]: line.split() for line in text.splitlines() if line.strip()}


def test_a_profile_shows_its_size_and_a_row_per_column():
    text = profile_text(profile(ward(), ward("Beat")), width=99)
    assert text.splitlines()[0] == "10 rows, 2 columns, digest abababababab"
    assert rows(text)["column"] == [
        *("column", "type", "missing", "min", "25%", "50%", "75%", "max"),
        *("mean", "sd", "distinct", "histogram"),
    ]
    assert rows(text)["Ward"][:11] == [
        *("Ward", "integer", "10", "%", "1", "8", "12.5", "20", "44", "15.25", "13.1235"),
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_no_line_is_wider_than_the_terminal(width):
    hostile = (ward(each or "empty") for each in HOSTILE)
    for text in (
        profile_text(profile(*hostile, block(), day(), ward("long " * 40)), width=width),
        difference_text(difference(recounted("long " * 40), changed()), width=width),
    ):
        assert max(cell_len(line) for line in text.splitlines()) <= width


def test_a_narrow_terminal_leaves_statistics_out_and_cuts_no_number():
    text = profile_text(profile(ward()), width=70)
    assert rows(text)["Ward"][:4] == ["Ward", "integer", "10", "%"]
    assert "25%" not in text
    assert "…" not in text


def test_a_wide_terminal_shows_all_statistics_in_the_seed_s_order():
    text = profile_text(profile(ward(error_count=1)), width=250)
    assert rows(text)["column"] == [
        *("column", "type", "missing", "errors", "min"),
        *("0.1%", "1%", "5%", "25%", "50%", "75%", "95%", "99%", "99.9%"),
        *("max", "mean", "sd", "variance", "skewness", "kurtosis", "distinct", "histogram"),
    ]


def test_a_table_is_as_wide_as_fits():
    cells = profile(ward("größe"), ward("名前"), block("é" * 30))
    needed = max(cell_len(line) for line in profile_text(cells, width=300).splitlines())
    exact, narrower = (profile_text(cells, width=width) for width in (needed, needed - 1))
    assert "variance" in exact
    assert "variance" not in narrower


def test_of_many_columns_a_screen_shows_the_first_and_says_so():
    many = profile(*(ward(f"c{number}") for number in range(2000)))
    lines = str(profile_text(many)).splitlines()
    assert lines[0].startswith("10 rows, 2,000 columns")
    assert lines[-2].split()[0] == "c59"
    assert lines[-1] == "… and 1,940 more columns: to_pandas(), --json and --html have all"


def test_a_profile_says_which_quantiles_are_not_exact_and_by_how_much():
    columns = ward("a", rank_error=1.23e-4), ward("b"), ward("c", rank_error=1e-5)
    last = profile_text(profile(*columns), width=100).splitlines()[-1]
    assert last == "beyond the memory budget, quantiles within ±0.013 % of the rows: a, c"


def test_a_profile_says_which_distinct_counts_are_estimates():
    text = profile_text(profile(ward("a", distinct_exact=False), ward("b")), width=110)
    assert text.splitlines()[-1] == "distinct values estimated: a"
    assert "~9" in rows(text)["a"]


def test_a_difference_says_first_whether_the_data_differs():
    first = difference_text(difference()).splitlines()[0]
    assert first == "The data differs: 10 → 12 rows (+2, +20 %)."


def test_identical_data_is_said_to_be_so():
    same = difference(changed(), identical=True, current_rows=10, added=(), removed=())
    text = difference_text(same)
    assert text.startswith("The data is identical: the same 10 rows in the same order.")


def test_a_change_from_no_rows_has_no_percentage():
    text = difference_text(difference(reference_rows=0, current_rows=1))
    assert text.startswith("The data differs: 0 → 1 row (+1).")


def test_columns_that_were_not_compared_are_listed():
    lines = difference_text(difference()).splitlines()
    assert lines[1:6] == [
        "reference crime@2019, current crime@2020",
        "added: new",
        "removed: gone",
        "retyped: ID (INTEGER → STRING)",
        "excluded: Notes",
    ]


def test_two_tables_without_names_are_not_named():
    unnamed = difference(reference="reference", current="current")
    assert "reference" not in difference_text(unnamed).splitlines()[1]


def test_the_most_changed_columns_come_first():
    text = difference_text(
        difference(
            changed("little", 0.01),
            recounted("text"),
            changed("much", 2.0),
            changed("constant", distances={"wasserstein": Distance(1.0, None)}),
            changed("none", 0.0, percent_missing=0.0),
        )
    )
    found = [line.split()[0] for line in text.splitlines()[8:13]]
    assert found == ["constant", "much", "text", "little", "none"]


def test_wasserstein_ranks_where_there_are_several_distances():
    def both(name, energy, wasserstein):
        found = {"energy": Distance(1, energy), "wasserstein": Distance(1, wasserstein)}
        return changed(name, distances=found)

    text = difference_text(difference(both("b", 0.9, 0.1), both("a", 0.1, 0.9)))
    assert text.index("\na") < text.index("\nb")


def test_both_sides_of_a_column_are_drawn_on_one_scale():
    lines = difference_text(difference(drifted("Age"), retyped=()), width=160).splitlines()
    row = next(line for line in lines if "! Age" in line)
    assert row.split()[:4] == ["!", "Age", "█▄▂▂", "▄▄▄▄"]


def test_what_drifted_comes_first_and_bears_a_sign_that_is_explained():
    shown = difference(changed("far", 9.0), drifted("Age", 0.2))
    text = difference_text(shown, width=120)
    assert text.index("! Age") < text.index("far")
    assert "! 1 column drifted: beyond what alike tables show" in text


def test_a_sign_is_coloured_on_a_terminal():
    console = Console(force_terminal=True, color_system="standard")
    with console.capture() as captured:
        console.print(difference_view(difference(drifted("Age"))))
    assert "\x1b[1;31m!" in captured.get()


def test_without_drift_there_are_no_signs():
    text = difference_text(difference(retyped=()), width=120)
    assert "!" not in text
    assert "drifted" not in text


def test_a_retyped_column_that_could_be_compared_is_in_the_table_and_marked():
    column = Retyped("ID", "INTEGER", "STRING", changed("ID"))
    text = difference_text(difference(retyped=(column,)), width=120)
    assert "≠ ID" in text
    assert "≠ another type now" in text


def test_bounds_of_a_distance_stay_bounds_when_rounded():
    between = Distance(None, reason="x", lower=0.1239, upper=0.3011)
    open_ended = Distance(None, reason="x", lower=0.1239)
    column = changed("a", distances={"total_variation": between, "chi_squared": open_ended})
    found = rows(difference_text(difference(column), width=160))["a"]
    assert "0.12\N{EN DASH}0.31" in found
    assert "≥0.12" in found


def test_a_narrow_terminal_keeps_the_distances_that_tell_most():
    text = difference_text(difference(drifted("Age")), width=60)
    assert rows(text)["column"] == [
        "column",
        "reference",
        "current",
        "KS",
        "total",
        "var.",
        "missing",
    ]


def test_dates_differ_by_time():
    column = changed("Day", type="DATE", median=-7 * 86_400.0)
    assert "-7 d" in difference_text(difference(column), width=160)


def test_other_arrow_types_and_another_order_are_told():
    column = changed(arrow_types=("int64", "int32"))
    lines = difference_text(difference(column, reordered=True), width=100).splitlines()
    assert "other Arrow type: Ward (int64 → int32)" in lines
    assert "reordered: the columns that both sides have" in lines


def test_of_many_columns_a_screen_shows_the_most_changed_and_says_so():
    many = difference(*(changed(f"c{number}", number / 1000) for number in range(500)))
    lines = difference_text(many, width=100).splitlines()
    assert lines[8].split()[0] == "c499"
    assert "… and 440 more columns: to_pandas(), --json and --html have all" in lines


def test_sentences_stay_short_whatever_the_number_of_columns():
    many = difference(
        *(recounted(f"c{number}") for number in range(500)),
        added=tuple(f"a{number}" for number in range(500)),
    )
    sentences = [line for line in difference_text(many, width=10_000).splitlines() if ": " in line]
    assert any(line.endswith("c9 and 490 more)") for line in sentences)
    assert any(line.endswith("a9 and 490 more") for line in sentences)


def test_the_distances_without_a_value_are_named_where_others_have_one():
    found = {"energy": Distance(None, reason="no order"), "total_variation": Distance(0.5)}
    text = difference_text(difference(changed("a", distances=found)), width=160)
    assert "no energy: no order (a)" in text


def test_reasons_that_differ_in_numbers_alone_share_a_sentence():
    def bounded(name, reason):
        found = {"hellinger": Distance(None, reason=reason, lower=0.1, upper=0.2)}
        return changed(name, 0.1, distances=found)

    shown = difference(bounded("a", "100 of 1,200 stored"), bounded("b", "90 of 102 stored"))
    last = difference_text(shown, width=160).splitlines()[-1]
    assert last == "only bounds of distance: 100 of 1,200 stored, and the like (a, b)"


def test_an_outlier_ranks_by_its_one_row():
    distances = {"wasserstein": Distance(9e9, 9e9), "kolmogorov_smirnov": Distance(0.001)}
    outlier = changed("outlier", distances=distances, percent_missing=0.0)
    text = difference_text(difference(outlier, drifted("moved", 0.05, percent_missing=0.0)))
    assert text.index("moved") < text.index("outlier")


def test_the_reason_for_no_distance_is_told():
    text = difference_text(difference())
    assert text.endswith("no distance: text has no order to measure along (Block)")


def test_the_most_changed_value_is_told():
    assert "STREET: 5 → 8" in difference_text(difference(), width=160)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_harmlessly(hostile):
    texts = [
        profile_text(profile(ward(hostile), block("b", hostile)), width=200),
        difference_text(
            difference(changed(hostile), recounted("b", hostile), added=(hostile,)), width=200
        ),
        table_text(hostile, [hostile], [[hostile], [None]], width=200),
    ]
    for text in texts:
        text.encode("utf-8")
        assert not any(ord(each) < 32 and each != "\n" for each in text)
        assert "\u202e" not in text


def test_markup_in_data_stays_text():
    assert "[bold red]x[/]" in profile_text(profile(ward("[bold red]x[/]")), width=200)


def test_the_text_has_no_colour_and_the_view_has_on_a_terminal():
    assert "\x1b" not in difference_text(difference())
    with (console := Console(force_terminal=True, color_system="standard")).capture() as captured:
        console.print(difference_view(difference()))
    assert "\x1b[1m" in captured.get()


def test_a_table_of_anything_has_a_title_and_folds_long_cells():
    text = table_text("Datasets", ["name", "rows"], [["crime", 10], ["x" * 40, None]], width=30)
    assert text.splitlines()[:2] == ["Datasets", "name                      rows"]
    assert text.count("x") == 40


def test_a_table_without_title_begins_with_its_columns():
    assert table_text("", ["name"], [["crime"]]).splitlines()[0] == "name"


def test_nothing_can_be_shown():
    assert profile_text(Profile((), 0, "")).startswith("0 rows, 0 columns")
    assert "wasserstein" not in difference_text(difference(columns=()))
