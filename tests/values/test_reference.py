"""What a text refers to."""

import pytest

from mlsnap.values.reference import (
    ByAge,
    ByDigest,
    ByModel,
    ByName,
    ByPath,
    ByRun,
    Reference,
    parse,
)

RUN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("crime@snapshot_2019", ByName("crime", "snapshot_2019")),
        ("crime@v12", ByName("crime", "v12")),
        ("crime@latest", ByAge("crime", 0)),
        ("crime@latest~1", ByAge("crime", 1)),
        ("crime@latest~12", ByAge("crime", 12)),
        ("crime@latest_2019", ByName("crime", "latest_2019")),
        ("crime@sha256:0123ab", ByDigest("crime", "0123ab")),
        ("crime@sha256:" + "ab" * 32, ByDigest("crime", "ab" * 32)),
        (RUN, ByRun(RUN, None)),
        (f"{RUN}#testing", ByRun(RUN, "testing")),
        (f"runs:/{RUN}", ByRun(RUN, None)),
        (f"runs:/{RUN}#df.train", ByRun(RUN, "df.train")),
        ("models:/crime-model/3", ByModel("models:/crime-model/3", None)),
        ("models:/crime@champion#testing", ByModel("models:/crime@champion", "testing")),
        ("models:/m-0123", ByModel("models:/m-0123", None)),
        ("data/crime.csv", ByPath("data/crime.csv")),
        ("data/*.parquet", ByPath("data/*.parquet")),
        ("data/a#b.csv", ByPath("data/a#b.csv")),
        ("data/a@b.csv", ByPath("data/a@b.csv")),
        ("crime", ByPath("crime")),
        ("crime@", ByPath("crime@")),
        ("", ByPath("")),
    ],
)
def test_a_text_refers_to(text: str, reference: Reference):
    assert parse(text) == reference
