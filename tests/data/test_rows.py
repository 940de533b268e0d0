"""Names of rows, and reading them."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepping import restarting

from mlsnap.data.rows import BATCH_ROWS, Rows, unique_names


@pytest.mark.parametrize(
    ("names", "unique"),
    [
        ([], []),
        (["a", "b"], ["a", "b"]),
        (["a", "a", "a"], ["a", "a.1", "a.2"]),
        (["a", "a", "a.1"], ["a", "a.2", "a.1"]),
        (["", ""], ["", ".1"]),
    ],
)
def test_later_names_are_numbered(names: list[str], unique: list[str]):
    assert unique_names(names) == unique


@given(st.lists(st.sampled_from(["a", "a.1", "a.1.1", "b", ""])))
def test_names_become_unique_and_the_first_ones_stay(names: list[str]):
    found = unique_names(names)

    assert len(set(found)) == len(names)
    assert set(names) <= set(found)


def test_rows_of_a_table_come_in_batches():
    table = pa.table({"x": range(BATCH_ROWS + 1)})
    rows = Rows.of_table(table)

    assert [batch.num_rows for batch in rows.batches] == [BATCH_ROWS, 1]
    assert rows.table().equals(table)


def test_rows_of_no_rows_are_a_table():
    table = pa.table({"x": pa.array([], pa.int8())})

    assert Rows.of_table(table).table().equals(table)


def test_who_is_given_rows_that_start_again_is_given_the_new_ones_too():
    seen = []

    def consume(rows: Rows) -> int:
        seen.append(rows.schema.field("x").type)
        return sum(batch.num_rows for batch in rows.batches)

    assert restarting({"x": [1]}, {"x": [1.5, 2.5]}).given_to(consume) == 2
    assert seen == [pa.int64(), pa.float64()]
