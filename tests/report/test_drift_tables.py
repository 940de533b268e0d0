"""Tables of drift for terminals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from reportable import HOSTILE, changed, difference

from mlsnap.errors import NotFoundError
from mlsnap.report.drift_tables import drift_text
from mlsnap.values.difference import Distance
from mlsnap.values.drift import Drift, DriftStep


def step(number: int, *columns, name: str = "", **fields) -> DriftStep:
    found = difference(*columns, added=(), removed=(), retyped=(), **fields) if columns else None
    at = datetime(2020, 1, number % 28 + 1, tzinfo=UTC)
    return DriftStep(number, name or f"crime@v{number}", 10 * number, at, None, found)


def drift(*steps: DriftStep, **fields) -> Drift:
    return Drift(**{"title": "crime", "against": "first", "steps": steps, **fields})


def lines(*steps: DriftStep, **options) -> list[str]:
    return drift_text(drift(*steps), **{"width": 100, **options}).splitlines()


def test_steps_stand_above_their_columns() -> None:
    shown = lines(step(1), step(2, changed("Ward", 0.25)), step(3, changed("Ward", 0.5)))

    assert shown[0] == "crime: 3 steps, each against the first one."
    assert shown[3].split() == ["1", "crime@v1", "2020-01-02", "00:00:00", "10"]
    assert shown[-2].split()[-2:] == ["0.25", "0.5"]
    assert shown[-1] == "wasserstein_normalised"


def test_of_many_steps_the_latest_that_fit_are_shown() -> None:
    shown = lines(*(step(number, changed()) for number in range(1, 100)))

    assert "… and 79 earlier steps: to_pandas(), --json and --html have all" in shown
    title = next(line for line in shown if line.startswith("column"))
    assert title.endswith("#99")
    assert "#80" not in title


def test_a_step_says_what_became_of_the_columns() -> None:
    found = difference(changed())
    last = DriftStep(2, "crime@v2", 20, None, None, found)

    assert "added: new; removed: gone" in drift_text(drift(step(1), last), width=200)


def test_identical_data_is_said_to_be_so() -> None:
    assert "identical" in lines(step(1), step(2, changed(by=0.0), identical=True))[4]


def test_a_distance_known_by_its_bounds_shows_them() -> None:
    bounds = {"total_variation": Distance(None, lower=0.1, upper=0.3)}
    shown = lines(step(1), step(2, changed(distances=bounds, type="STRING")))

    assert shown[-2].split()[-1] == "0.1\N{EN DASH}0.3"


def test_one_step_has_no_table_of_columns() -> None:
    assert lines(step(1))[-1].startswith("1 ")


def test_no_step_at_all_is_shown_too() -> None:
    assert lines()[0] == "crime: 0 steps, each against the first one."


def test_a_measure_that_no_column_has_is_an_error() -> None:
    with pytest.raises(NotFoundError, match="no measure 'men'"):
        drift_text(drift(step(1), step(2, changed())), measure="men")


def test_names_steer_no_terminal() -> None:
    columns = [changed(each) for each in HOSTILE]
    text = drift_text(drift(step(1, name="a\x1b[31m"), step(2, *columns)), width=200)

    assert "\x1b" not in text
    assert "\\x1b[31mred" in text
