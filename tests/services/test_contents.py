"""What two files hold: different wherever a value is, whatever they are read as."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlsnap.services.reproduction.judging import contents
from mlsnap.values.reproduction import Tolerance, Verdict


def verdict(folder: Path, name: str, before: str, after: str) -> Verdict:
    files = folder / "before", folder / "after"
    for file, text in zip(files, (before, after), strict=True):
        file.write_text(text)
    return contents.compare(name, *files, Tolerance())[0]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("9007199254740993", "9007199254740992", Verdict.DIFFERENT),
        ("01234", "1234", Verdict.DIFFERENT),
        ("1_0", "10", Verdict.DIFFERENT),
        ("1e400", "2e400", Verdict.DIFFERENT),
        ("1.50", "1.5", Verdict.IDENTICAL),
        ("NaN", "nan", Verdict.IDENTICAL),
        ("-.5", "-.5000000001", Verdict.EQUIVALENT),
        ("0.30000000000000004", "0.3", Verdict.EQUIVALENT),
    ],
)
def test_only_plain_numbers_are_compared_as_numbers(
    tmp_path: Path, before: str, after: str, expected: Verdict
) -> None:
    assert verdict(tmp_path, "a.csv", f"v\n{before}\n", f"v\n{after}\n") is expected


def test_a_number_is_no_text_of_it(tmp_path: Path) -> None:
    assert verdict(tmp_path, "a.json", '{"v": 1}', '{"v": "1"}') is Verdict.DIFFERENT


def test_a_learning_rate_is_no_time(tmp_path: Path) -> None:
    assert verdict(tmp_path, "a.json", '{"eta": 0.1}', '{"eta": 0.3}') is Verdict.DIFFERENT


@pytest.mark.parametrize("names", [["x", "x"], ["a.b", "a"], ["a", "a.b"]])
def test_each_column_of_a_table_counts(tmp_path: Path, names: list[str]) -> None:
    files = tmp_path / "before", tmp_path / "after"
    for value, file in enumerate(files):
        columns = [pa.array([7]), pa.array([value])]
        pq.write_table(pa.Table.from_arrays(columns, names=names), file)
    assert contents.compare("a.parquet", *files, Tolerance())[0] is Verdict.DIFFERENT
