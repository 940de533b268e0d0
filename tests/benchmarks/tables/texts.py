"""Customers: four columns of texts of high cardinality."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tables.columns import Numbers, Random, picked, random, uuids

TABLE = 3
PEOPLE = 4_000_000
ITEMS = 2_000_000

_HOSTS = pa.array(["@example.com", "@mail.test", "@corp.example.org"])
_CAMPAIGNS = pa.array(["?ref=home", "?ref=mail", "", "?ref=ad"])
_FIRST_NAMES = pa.array([f"First{number}" for number in range(5_000)])
_LAST_NAMES = pa.array([f"Lästname{number}" for number in range(2_000)])


def customers(group: int, rows: int) -> pa.Table:
    """A row group: a UUID, an e-mail address, a URL and a name, the names with nulls."""
    source = random(TABLE, group)
    return pa.table(
        {
            "uuid": uuids(source, rows),
            "email": _emails(source, rows),
            "url": _urls(source, rows),
            "name": _names(source, rows),
        }
    )


def _emails(source: Random, rows: int) -> pa.Array:
    people = source.integers(0, PEOPLE, rows)
    return _joined("user", people, picked(source.integers(0, len(_HOSTS), rows), _HOSTS))


def _urls(source: Random, rows: int) -> pa.Array:
    items = source.zipf(1.25, rows) % ITEMS
    campaigns = picked(source.integers(0, len(_CAMPAIGNS), rows), _CAMPAIGNS)
    return _joined("https://shop.example.com/item/", items, campaigns)


def _names(source: Random, rows: int) -> pa.Array:
    first = picked(source.integers(0, len(_FIRST_NAMES), rows), _FIRST_NAMES)
    last = picked(source.integers(0, len(_LAST_NAMES), rows), _LAST_NAMES)
    names = pc.binary_join_element_wise(first, last, " ")
    return pc.if_else(pa.array(source.random(rows) < 0.02), pa.scalar(None, pa.string()), names)


def _joined(before: str, numbers: Numbers, after: pa.Array) -> pa.Array:
    texts = pa.array(np.asarray(numbers, np.int64)).cast(pa.string())
    return pc.binary_join_element_wise(before, texts, after, "")
