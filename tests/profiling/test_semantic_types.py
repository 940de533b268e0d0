"""Texts that have the form of something."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from mlsnap.profiling.semantic_types import SemanticTypes


def found(*texts: str) -> dict[str, int]:
    types = SemanticTypes()
    types.update(pa.array(texts, pa.large_string()))
    return {str(each.value): each.count for each in types.result()}


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("email_address", ["a@b.de", "First.Last+tag@sub.example.COM", "x_1@my-host.org"]),
        ("ipv4_address", ["0.0.0.0", "192.168.1.255"]),
        ("ipv6_address", ["::1", "::", "2001:DB8::ff00:42:8329", "1:2:3:4:5:6:7:8"]),
        ("url", ["https://example.org/a?b=c", "s3://bucket/key"]),
        ("uuid", ["123e4567-E89B-12d3-a456-426614174000"]),
        ("us_phone_number", ["(206) 555-0100", "206-555-0100", "+1 206 555 0100"]),
        ("us_zip_code", ["98101", "98101-1234"]),
        ("geographic_coordinate", ["47.6, -122.33", "(90,180)", "-0.5,0"]),
    ],
)
def test_texts_of_a_form_are_counted(name: str, texts: list[str]):
    assert found(*texts) == {name: len(texts)}


ADDRESSES = ["a@b", "a b@c.de", "see a@b.de", "256.1.1.1", "1.2.3", "1:2:3", "10:30", "http://"]
NUMBERS = ["", "9810", "98101-", "91,0.1,5", "95.0, 10.0", "2065550100", "123e4567-e89b-12d3-a456"]


@pytest.mark.parametrize("text", [*ADDRESSES, *NUMBERS])
def test_other_texts_are_not(text: str):
    assert found(text) == {}


def test_counts_weigh_and_parts_add_up():
    one, other = SemanticTypes(), SemanticTypes()
    one.update(pa.array(["a@b.de", "x"], pa.large_string()), np.array([3, 5]))
    other.update(pa.array(["c@d.org", "98101"], pa.large_string()))
    one.merge(other)

    assert [(each.value, each.count) for each in one.result()] == [
        ("email_address", 4),
        ("us_zip_code", 1),
    ]
