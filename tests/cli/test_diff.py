"""``mlsnap diff``."""

import secrets
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

resource = pytest.importorskip("resource", reason="limits on files are POSIX")

OTHERS = """name,age,joined,active
Ada,37,2020-01-02,true
Cy,,2021-03-05,true
Di,29,2022-07-08,true
Eve,50,2023-01-01,false
"""


@pytest.fixture
def others(people: Path) -> Path:
    """Another file beside that of the people: one is older, one is gone, one is new."""
    file = people.with_name("others.csv")
    file.write_text(OTHERS, encoding="utf-8")
    return file


def test_rows_are_told_with_what_changed_in_them(run, people, others):
    ended = run("diff", "people.csv", "others.csv", "--key", "name")

    assert ended.code == 0
    lines = ended.out.splitlines()
    assert lines[0] == "1 row added, 1 removed, 1 changed; 2 the same."
    assert lines[1] == "reference people.csv, current others.csv, key name"
    assert "Ada    36 → 37" in ended.out
    assert "Eve    50    2023-01-01 00:00:00   false" in ended.out


def test_without_a_key_a_changed_row_is_removed_and_added(run, people, others):
    assert run("diff", "people.csv", "others.csv").out.startswith("2 rows added, 2 removed; 2 ")


def test_a_snapshot_is_compared_with_a_file(run, taken, others):
    ended = run("diff", taken, "others.csv", "--key", "name", "--json")

    assert ended.json["reference"] == taken
    assert ended.json["changed_cells"] == {"age": 1}
    assert ended.json["examples"]["changed"] == [
        {"key": {"name": "Ada"}, "before": {"age": 36}, "after": {"age": 37}}
    ]


def test_all_rows_are_written_into_a_file(run, people, others):
    ended = run("diff", people, others, "--key", "name", "-n", "0", "-o", "out/rows.parquet")

    table = pq.read_table("out/rows.parquet")
    assert ended.err == "wrote out/rows.parquet\n"
    assert table["change"].to_pylist() == ["removed", "added", "changed"]
    assert table["name"].to_pylist() == ["Bob", "Eve", "Ada"]
    assert table["age_before"].to_pylist() == [None, None, 36]
    assert "Ada" not in ended.out


def test_a_file_that_exists_is_not_overwritten(run, people, others):
    Path("rows.parquet").write_text("precious")

    fact, _ = run("diff", people, others, "-o", "rows.parquet").error()

    assert fact == "rows.parquet exists"
    assert Path("rows.parquet").read_text() == "precious"
    assert run("diff", people, others, "-o", "rows.parquet", "--force").code == 0


def test_after_an_error_no_file_is_there(run, people, project):
    ended = run("diff", people, people, "--key", "nmae", "-o", "rows.parquet")

    assert ended.error()[0] == "no column 'nmae' in the reference; near names: 'name'"
    assert [file.name for file in project.iterdir()] == ["people.csv"]


def test_where_no_more_can_be_written_no_file_is_left(run, project):
    texts = [secrets.token_hex(2_000) for _ in range(20)]
    pq.write_table(pa.table({"x": texts}), "a.parquet")
    pq.write_table(pa.table({"x": texts[:1]}), "b.parquet")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)

    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        ended = run("diff", "a.parquet", "b.parquet", "-n", "0", "-o", "rows.parquet")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    assert ended.code == 3
    assert ended.error()[0].startswith(". does not take it: ")
    assert sorted(file.name for file in project.iterdir()) == ["a.parquet", "b.parquet"]


def test_a_file_of_another_kind_is_a_wrong_usage(run, people, others):
    ended = run("diff", people, others, "-o", "rows.csv")

    assert ended.code == 2
    assert "'rows.csv' does not end in .parquet" in ended.err


@pytest.mark.parametrize(("current", "code"), [("people.csv", 0), ("others.csv", 1)])
def test_the_exit_code_says_whether_rows_differ_if_asked(run, people, others, current, code):
    assert run("diff", people, current, "--exit-code").code == code


def test_columns_can_be_left_out(run, people, others):
    ended = run("diff", people, others, "--key", "name", "--exclude", "a*", "--include", "*")

    assert ended.out.startswith("1 row added, 1 removed, 0 changed; 3 the same.")
    assert "columns excluded: age, active" in ended.out


def test_what_steers_a_terminal_is_written_out(run, project):
    Path("a.csv").write_text("x\nred\x1b[31m\n")
    Path("b.csv").write_text("x\nblue\n")

    assert "red\\x1b[31m" in run("diff", "a.csv", "b.csv").out
