"""The profile of the ten records of the article that the statistics come from is its table."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest
from partial_profiles import profile_table

from mlsnap.data.sources import define, open_source
from mlsnap.values.column import QUANTILES, ColumnProfile
from mlsnap.values.profile import Profile
from mlsnap.values.scalars import Scalar

FILES = Path(__file__).parent.parent / "data_files"

with (FILES / "crime_profile.csv").open(newline="") as lines:
    TABLE = {row.pop("column"): row for row in csv.DictReader(lines)}

STATISTICS = [name for name in next(iter(TABLE.values())) if name != "1%"]
"""The article's 1 % quantile is not monotone, the artefact of a sketch: no reference."""


@pytest.fixture(scope="module")
def crime() -> Profile:
    return profile_table(open_source(define(FILES / "crime.csv")).table(), digest="00" * 32)


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("column", TABLE)
def test_gives_every_printed_digit(crime: Profile, column: str, statistic: str):
    found = value_of(crime[column], statistic)

    assert agrees(found, TABLE[column][statistic]), f"{found!r} is not {TABLE[column][statistic]!r}"


def test_has_the_columns_of_the_file_in_their_order(crime: Profile):
    assert crime.names[: len(TABLE)] == list(TABLE)
    assert len(crime) == 22
    assert crime.row_count == 10


def test_counts_the_missing_coordinates(crime: Profile):
    assert crime["Latitude"].missing_count == 7
    assert crime["Latitude"].percent_missing == 0.7
    assert crime["X Coordinate"].type == "INTEGER"


def test_takes_an_empty_text_for_empty_and_not_missing(crime: Profile):
    assert crime["Location"].empty_count == 7
    assert crime["Location"].missing_count == 0


def test_takes_the_empty_text_for_the_least_location(crime: Profile):
    assert crime["Location Description"].min == ""


def value_of(column: ColumnProfile, statistic: str) -> Scalar:
    return column.quantile(statistic) if statistic in QUANTILES else getattr(column, statistic)


def agrees(found: Scalar, printed: str) -> bool:
    """Whether ``found`` is what was printed; a blank cell is a statistic that is not defined."""
    if found is None or found == "":
        return printed == ""
    if isinstance(found, datetime):
        return found.replace(tzinfo=UTC) == datetime.fromisoformat(printed)
    if isinstance(found, str | bool):
        return str(found) == printed
    return f"{found:.6g}" == f"{float(printed):.6g}"
