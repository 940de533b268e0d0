from dataclasses import replace

import pytest
from reportable import HOSTILE

from mlsnap.report.facts import facts_fragment, facts_text
from mlsnap.report.records import all_facts, brief_facts
from mlsnap.report.sizes import bytes_text
from mlsnap.values.snapshot import DataCopy, Definition, Part, Provenance, SnapshotRecord


def record(**changed):
    fields = {
        "dataset": "crime",
        "name": "2019",
        "number": 3,
        "run_id": "f" * 32,
        "digest": "ab" * 32,
        "row_count": 12_345,
        "column_count": 2,
        "definition": Definition("/data/c.csv", "csv", {"delimiter": ";"}, 2),
        "provenance": Provenance("/data/c.csv", "2019-05-01T10:20:30+02:00", "ada", "0.1.0"),
    }
    return SnapshotRecord(**(fields | changed))


COPY = DataCopy(
    "c" * 32 + ".dir",
    (Part("a", 1000, "", ""), Part("b", 500, "", "")),
    {"url": "s3://bucket/mlsnap"},
    "backup",
    Definition(format="parquet"),
)


def test_facts_stand_below_each_other_under_their_title():
    text = facts_text("Snapshot", {"name": "x", "digest": "one\ntwo"}, width=40)
    assert text == "Snapshot\nname    x\ndigest  one\n        two"


def test_the_brief_facts_are_the_fields_of_the_repr():
    assert brief_facts(record(data=COPY)) == {
        "name": "2019",
        "dataset": "crime",
        "definition version": "2",
        "created": "2019-05-01 08:20:30 UTC",
        "rows": "12,345",
        "columns": "2",
        "size stored": "1.5 kB",
    }
    assert brief_facts(record())["size stored"] == "no copy of the data"


def test_what_was_sent_is_said_where_it_is_less_than_the_copy():
    size_stored = [
        brief_facts(record(data=replace(COPY, sent=sent)))["size stored"]
        for sent in (None, 1500, 20, 0)
    ]
    assert size_stored == [
        "1.5 kB",
        "1.5 kB",
        "1.5 kB, 20 bytes of them sent",
        "1.5 kB, 0 bytes of them sent",
    ]


def test_all_facts_say_where_the_copy_is():
    facts = all_facts(record(data=COPY))
    assert facts["copy"].splitlines() == [
        "s3://bucket/mlsnap (remote 'backup')",
        f"2 Parquet parts, DVC's name {COPY.md5}",
    ]
    assert facts["options"] == "delimiter=';'"


def test_what_is_not_there_is_left_out():
    facts = all_facts(record(definition=Definition("/data/c.csv", "csv")))
    assert not {"copy", "git commit", "options"} & set(facts)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (10**15, "1000.0 TB")],
)
def test_sizes_are_short(size, text):
    assert bytes_text(size) == text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_shown_harmlessly(hostile):
    text = facts_text(hostile, {hostile: hostile}, width=200)
    assert not any(ord(each) < 32 and each != "\n" for each in text)
    page = facts_fragment(hostile, {hostile: hostile})
    assert "<script" not in page
    assert "\u202e" not in page


def test_the_fragment_keeps_the_lines_of_a_fact():
    assert '<td style="text-align:left">a&amp;b<br>c</td>' in facts_fragment("t", {"x": "a&b\nc"})
