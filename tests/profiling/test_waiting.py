"""Rows that wait for the end of their column, in memory and in a file."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

from mlsnap.profiling.spool import Spool
from mlsnap.profiling.waiting import Waiting

PARTS = [np.arange(i * 300_000, (i + 1) * 300_000) for i in range(7)]


def waiting(*parts: Any, capacity: int) -> Waiting:
    made = Waiting(capacity=capacity)
    for part in parts:
        made.append(part.copy())
    return made


def assert_holds(found: Waiting, expected: range) -> None:
    length = len(found)
    taken = found.take()
    assert len(taken) == length
    assert len(found) == found.nbytes == 0
    np.testing.assert_array_equal(np.sort(taken), expected)


@pytest.mark.parametrize("parts", [0, 1, 2, 3, 7])
@pytest.mark.parametrize("capacity", [10, 1_000_000, 1 << 25])
def test_all_rows_are_taken_once(parts: int, capacity: int):
    assert_holds(waiting(*PARTS[:parts], capacity=capacity), range(parts * 300_000))


@pytest.mark.parametrize("times", [1, 3, 7])
def test_rows_come_back_from_a_file(times: int):
    found, spool = Waiting(capacity=1_000_000), Spool()
    for number, part in enumerate(PARTS):
        found.append(part.copy())
        if number < times:
            found.spool(spool)
            assert found.nbytes == 0

    assert_holds(found, range(2_100_000))


def test_rows_of_two_are_put_together_wherever_they_are():
    spool = Spool()
    one, other = waiting(*PARTS[:4], capacity=10), waiting(*PARTS[4:6], capacity=10)
    other.spool(spool)
    other.append(PARTS[6].copy())

    one.extend(other)

    assert_holds(one, range(2_100_000))


def test_rows_that_were_put_back_are_there_again():
    found = waiting(*PARTS, capacity=10)
    found.put_back(found.take())
    found.append(np.array([-1]))

    assert_holds(found, range(-1, 2_100_000))


def test_rows_in_a_file_are_carried_to_another_process():
    found = waiting(*PARTS, capacity=10)
    found.spool(Spool())

    assert_holds(pickle.loads(pickle.dumps(found)), range(2_100_000))


@pytest.mark.parametrize("dtype", [np.int8, np.uint16, np.float32, np.uint64])
def test_rows_keep_their_dtype(dtype: Any):
    found = waiting(*(part.astype(dtype) for part in PARTS), capacity=10)

    assert found.nbytes == 2_100_000 * np.dtype(dtype).itemsize
    assert found.take().dtype == dtype
