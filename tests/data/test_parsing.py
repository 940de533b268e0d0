"""Texts as values: what parses, what is missing, and what is counted as wrong."""

from __future__ import annotations

import io
import re
from datetime import datetime

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlsnap.data.parsing import DATE_FORMS, MOST_WRONG, parse, parse_dates, wrong_texts

TYPES = [
    *(pa.int64(), pa.int8(), pa.uint16(), pa.float64(), pa.float32(), pa.bool_(), pa.date32()),
    *(pa.time32("s"), pa.timestamp("s"), pa.timestamp("ns"), pa.timestamp("us")),
    *(pa.timestamp("s", "UTC"), pa.timestamp("ns", "UTC"), pa.decimal128(10, 2)),
]
TEXTS = st.one_of(
    st.text("0123456789+-.:TZ eExX/", max_size=12),
    st.text(max_size=5).filter(lambda text: "\0" not in text),
    st.sampled_from(["NaN", "nan(1)", "Infinity", "-inf", "TRUE", "true", "0x1F", "1e5", "1."]),
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.dates().map(str),
    st.integers().map(str),
    st.floats().map(str),
)


def by_itself(text: str, type_: pa.DataType) -> object:
    """What Arrow reads ``text`` as, or a word if it does not."""
    lines = io.BytesIO()
    arrow_csv.write_csv(pa.table({"x": [text]}), lines)
    convert = arrow_csv.ConvertOptions(column_types={"x": type_}, null_values=["NA"])
    whole = arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    try:
        found = arrow_csv.read_csv(io.BytesIO(lines.getvalue()), None, whole, convert)
    except pa.ArrowInvalid:
        return "wrong"
    return found.column(0)[0]


@settings(max_examples=50, deadline=None)
@given(st.lists(TEXTS, min_size=1, max_size=20), st.sampled_from(TYPES))
def test_texts_are_parsed_together_as_each_by_itself(texts: list[str], type_: pa.DataType):
    texts = [*texts, "NA"]
    expected = [by_itself(text, type_) for text in texts]

    parsed = parse(pa.array(texts), type_, missing=["NA"])

    assert parsed is not None
    assert parsed.wrong == expected.count("wrong")
    assert [str(value) for value in parsed.values] == [
        "None" if value == "wrong" else str(value) for value in expected
    ]


def test_too_many_different_texts_that_look_like_values_are_no_values():
    texts = pa.array([f"{number}.{number}.1" for number in range(MOST_WRONG + 1)])

    assert parse(texts, pa.float64(), missing=[]) is None
    assert parse(texts.slice(1), pa.float64(), missing=[]).wrong == MOST_WRONG


def test_any_number_of_texts_that_do_not_look_like_values_are_wrong():
    texts = pa.array([f"oops {number}" for number in range(5000)] + ["1"])

    assert parse(texts, pa.int64(), missing=[]).wrong == 5000


def test_wrong_texts_are_named_and_missing_ones_are_not():
    texts = pa.array(["1", "oops", "NA", ""])
    parsed = parse(texts, pa.int64(), missing=["NA", ""])

    assert wrong_texts(texts, parsed.values, missing=["NA", ""]).to_pylist() == ["oops"]


@pytest.mark.parametrize("form", DATE_FORMS)
@pytest.mark.parametrize("day", ["2/30/2016", "2016/02/30", "13/1/2016", "4/31/2016", "2/29/2015"])
def test_days_that_do_not_exist_are_wrong(form: str, day: str):
    text = f"{day}{'' if ':' not in form else ' 5:00' if '%S' not in form else ' 5:00:00'}"
    text += " PM" if "%p" in form else ""

    assert parse_dates(pa.array([text]), [form], missing=[]).wrong == 1


def test_dates_in_rare_forms_are_read_when_asked_for():
    parsed = parse_dates(pa.array(["15 Apr 16", "31 Apr 16", "x"]), ["%d %b %y"], missing=[])

    assert [str(value) for value in parsed.values] == ["2016-04-15 00:00:00", "None", "None"]
    assert parsed.wrong == 2


def test_several_forms_are_tried_in_their_order():
    texts = pa.chunked_array([["4/5/2016"], ["4/5/2016 9:30", "oops", ""]])

    parsed = parse_dates(texts, ["%d/%m/%Y", *DATE_FORMS], missing=[""])

    assert [str(value)[:16] for value in parsed.values] == [
        "2016-05-04 00:00",
        "2016-04-05 09:30",
        "None",
        "None",
    ]
    assert parsed.wrong == 1


def test_no_texts_are_no_values():
    assert len(parse_dates(pa.array([], pa.string()), DATE_FORMS, missing=[]).values) == 0
    assert len(parse(pa.array([], pa.string()), pa.int64(), missing=[]).values) == 0


def in_form(text: str, form: str) -> datetime | None:
    """What Python reads, if it writes it the same way again but for leading zeros."""
    try:
        moment = datetime.strptime(text, form)
    except ValueError:
        return None
    back = moment.strftime(form).replace(str(moment.year), f"{moment.year:04}", 1)
    return moment if unpadded(back) == unpadded(text) else None


def unpadded(text: str) -> str:
    return re.sub(r"\b0(\d)\b", r"\1", text.upper())


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.from_regex(r"\A[0-9]{1,2}/[0-9]{1,2}/20[0-9]{2}( [0-9]{1,2}:[0-9]{1,2})?\Z"),
            st.from_regex(
                r"\A1?[0-9]/[0-3][0-9]/2016 1?[0-9]:[0-5][0-9](:[0-9]{2})? [aApP][mM]?\Z"
            ),
            st.text("0123456789/: APMapmé", max_size=20),
        ),
        min_size=1,
    ),
    st.sampled_from(DATE_FORMS),
)
def test_dates_are_read_as_python_reads_them(texts: list[str], form: str):
    parsed = parse_dates(pa.array(texts), [form], missing=[])

    assert parsed.values.to_pylist() == [in_form(text, form) for text in texts]


def test_dates_in_a_slice_with_nulls_are_read():
    texts = pa.array(["x", "4/15/2016", None, "4/16/2016"]).slice(1)

    parsed = parse_dates(texts, ["%m/%d/%Y"], missing=[])

    assert parsed.values.to_pylist() == [datetime(2016, 4, 15), None, datetime(2016, 4, 16)]
    assert parsed.wrong == 0
