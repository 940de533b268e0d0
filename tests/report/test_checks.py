"""What a check looks like."""

import pandas as pd
import pytest

import mlsnap.showing  # noqa: F401 - binds the views
from mlsnap.report.checks import check_text
from mlsnap.values.checks import Check, Exceeded, Undecided

MEAN = Exceeded("mean>5", "mean", "age", 7.25, 5.0)
STEERING = "\x1b[31m<b>"


def test_a_passed_check_is_one_line():
    assert check_text(Check(("schema", "drift"))) == "within all limits: schema, drift"


def test_a_check_of_nothing_says_so():
    found = check_text(Check(("schema",), compared=0))
    assert found == "nothing to compare, so no limit is exceeded: schema"


def test_what_is_beyond_which_limit_is_a_table():
    check = Check(("mean>5", "schema"), (MEAN, Exceeded("schema", "removed", "town")))
    lines = check_text(check, width=100).splitlines()
    assert lines[0] == "limits exceeded in 2 places:"
    assert lines[1].split() == ["column", "measure", "value", "limit"]
    assert [line.split() for line in lines[3:]] == [
        ["age", "mean", "7.25", "mean>5"],
        ["town", "removed", "schema"],
    ]


def test_steps_and_remarks_are_shown_where_there_are_some():
    retyped = Exceeded("schema", "retyped", "x", remark="STRING → DATE", step="crime@2")
    lines = check_text(Check(("schema",), (retyped,)), width=100).splitlines()
    assert lines[1].split() == ["step", "column", "measure", "limit", "remark"]
    assert lines[3].split()[0] == "crime@2"
    assert lines[3].endswith("STRING → DATE")


def test_drift_says_what_is_usual():
    drifted = Exceeded("drift", "kolmogorov_smirnov", "age", 0.4, 0.1)
    assert "drift, usually up to 0.1" in check_text(Check(("drift",), (drifted,)), width=100)


def test_undecided_limits_are_sentences():
    undecided = Undecided("total_variation>0.2", "total_variation", "town", "excluded", "crime@2")
    found = check_text(Check(("total_variation>0.2",), undecided=(undecided,)), width=100)
    assert found.splitlines() == [
        "within all limits: total_variation>0.2",
        "not decided: total_variation>0.2 in town in crime@2: excluded",
    ]


def test_long_lists_are_cut_and_say_so():
    undecided = Undecided("mean>5", "mean", "new", "added")
    check = Check(("mean>5",), (MEAN,) * 130, (undecided,) * 11)
    lines = check_text(check, width=100).splitlines()
    assert lines.count(lines[-1]) == 1
    assert "… and 30 more places: to_dict() and --json have all" in lines
    assert lines[-1] == "… and 1 more undecided limit: to_dict() and --json have all"


@pytest.mark.parametrize("look", [str, Check._repr_html_])
def test_names_steer_neither_terminal_nor_page(look):
    exceeded = Exceeded(
        f'"{STEERING}".mean>5', "mean", STEERING, 7.0, 5.0, remark=STEERING, step=STEERING
    )
    undecided = Undecided("mean>5", "mean", STEERING, STEERING, STEERING)
    for check in (Check((STEERING,)), Check((STEERING,), (exceeded,), (undecided,))):
        shown = look(check)
        assert "\\x1b" in shown
        assert "\x1b" not in shown
        if look is not str:
            assert "<b>" not in shown


def test_a_notebook_shows_a_table():
    page = Check(("mean>5",), (MEAN,))._repr_html_()
    assert "limits exceeded in 1 place" in page
    assert '<td style="text-align:left">7.25</td>' in page
    assert "<table>" not in Check(("mean>5",))._repr_html_()


def test_a_check_as_a_frame_has_a_row_for_each_place():
    frame = Check(("mean>5", "schema"), (MEAN, Exceeded("schema", "added", "x"))).to_pandas()
    assert list(frame.columns) == [
        *("limit", "measure", "column", "value", "bound", "remark", "step")
    ]
    assert list(frame["value"].fillna(-1)) == [7.25, -1.0]
    assert list(frame["column"]) == ["age", "x"]


def test_a_passed_check_as_a_frame_is_empty():
    frame = Check(("schema",)).to_pandas()
    assert frame.empty
    assert pd.api.types.is_float_dtype(frame["bound"])
