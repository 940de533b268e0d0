from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from mlsnap.comparing.scale import subtracted

NOON = datetime(2019, 5, 23, 12)


@pytest.mark.parametrize(
    ("reference", "current", "difference"),
    [
        (1, 3, 2.0),
        (2**62, 2**62 + 1, 1.0),
        (1.5, 1, -0.5),
        (Decimal("0.1"), Decimal("0.3"), 0.2),
        (Decimal("0.5"), 1.0, 0.5),
        (False, True, 1.0),
        (float("inf"), float("inf"), 0.0),
        (NOON, NOON + timedelta(microseconds=1), 1e-6),
        (date(2019, 5, 23), date(2019, 5, 24), 86_400.0),
        (date(2019, 5, 23), NOON, 43_200.0),
        (NOON, NOON.replace(tzinfo=UTC), 0.0),
        (NOON, NOON.replace(tzinfo=timezone(timedelta(hours=2))), -7_200.0),
        (time(1), time(2, 0, 0, 500_000), 3_600.5),
        (timedelta(days=1), timedelta(0), -86_400.0),
        (datetime.min, datetime.max, pytest.approx(315_537_897_600)),
    ],
)
def test_cells_of_one_family_are_subtracted(reference, current, difference):
    assert subtracted(reference, current) == difference


@pytest.mark.parametrize(
    ("reference", "current"),
    [(None, 1), (1, None), ("a", "b"), (b"a", b"b"), (time(1), NOON), (1, NOON)],
)
def test_other_cells_have_no_difference(reference, current):
    assert subtracted(reference, current) is None
