"""A query as a dataset: registered, snapshotted, and read again."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

import mlsnap
from mlsnap.cli import main
from mlsnap.errors import DataIntegrityError

pytest.importorskip("sqlalchemy")

QUERY = "SELECT price, paid FROM orders ORDER BY price"


@pytest.fixture
def shop(project: Path) -> Path:
    """A database with a table of orders in the working folder."""
    change(project / "shop.db", "CREATE TABLE orders (price REAL, paid BOOLEAN)")
    change(project / "shop.db", "INSERT INTO orders VALUES (2.5, 1), (1.5, NULL)")
    return project / "shop.db"


def change(file: Path, statement: str) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(statement)
    connection.close()


def test_a_query_is_profiled(shop: Path):
    profile = mlsnap.profile("sqlite:///shop.db", query=QUERY)

    assert profile.row_count == 2
    assert profile["price"].mean == 2.0
    assert profile["paid"].missing_count == 1


def test_a_snapshot_of_a_query_keeps_its_definition_and_its_data(shop: Path):
    orders = mlsnap.register_dataset("orders", "sqlite:///shop.db", options={"query": QUERY})
    snapshot = orders.create_snapshot(create_data_snapshot=True)
    change(shop, "DELETE FROM orders")

    definition = orders.get_definition()

    assert definition.source == f"sqlite:///{shop}"
    assert definition.options == {"query": QUERY, "driver": "sqlalchemy"}
    expected = pd.DataFrame({"price": [1.5, 2.5], "paid": pd.array([None, True], "boolean")})
    pd.testing.assert_frame_equal(snapshot.to_pandas_dataframe(), expected)


def test_a_query_that_gives_other_rows_is_noticed(shop: Path):
    orders = mlsnap.register_dataset("orders", "sqlite:///shop.db", options={"query": QUERY})
    orders.create_snapshot()
    assert len(mlsnap.load("orders@v1")) == 2
    change(shop, "DELETE FROM orders")

    with pytest.raises(DataIntegrityError, match=r"shop\.db is not what orders@v1 recorded"):
        mlsnap.load("orders@v1")


def test_a_query_is_registered_on_the_command_line(shop: Path):
    command = ["register", "orders", "sqlite:///shop.db", "--option", f"query={QUERY}", "--json"]

    done = CliRunner().invoke(main, command)

    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["definition"]["options"]["query"] == QUERY
