"""Steps that call a function of the project's own."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pytest
from stepping import made, restarting, rows_of

from mlsnap.data.rows import Rows
from mlsnap.data.steps import completed, transformed
from mlsnap.errors import SourceError
from mlsnap.steps import function, rename, select

SOURCE = '''
import polars as pl


def older(table, by=1):
    """Everybody some years later."""
    ages = [age + by for age in table["age"].to_pylist()]
    return table.set_column(0, "age", [ages])


def in_pandas(table):
    return table.to_pandas()[["age"]]


def in_polars(table):
    return pl.from_arrow(table)


def nothing(table):
    return None


def failing(table):
    raise KeyError("oh")


class Cleaning:
    @staticmethod
    def first(table):
        return table.slice(0, 1)


NUMBER = 3
'''


@pytest.fixture
def cleaning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """A module of a project, that stands in the working directory."""
    (tmp_path / "cleaning.py").write_text(SOURCE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    step = completed([function("cleaning:older")])
    assert step
    yield sys.modules["cleaning"]
    del sys.modules["cleaning"]
    importlib.invalidate_caches()


AGES = {"age": [1, 2, 3]}


def test_a_function_gets_the_table_and_its_arguments(cleaning):
    assert made(AGES, function(cleaning.older, by=10))["age"].to_pylist() == [11, 12, 13]


def test_a_function_is_recorded_by_name_arguments_and_hash(cleaning):
    (step,) = completed([function("cleaning:older", by=10)])
    assert step == completed([function(cleaning.older, by=10)])[0]
    assert (step["function"], step["arguments"]) == ("cleaning:older", {"by": 10})
    assert len(step["sha256"]) == 64
    assert json.loads(json.dumps(step)) == step


@pytest.mark.parametrize("name", ["in_pandas", "in_polars"])
def test_a_function_may_return_any_kind_of_table(cleaning, name):
    table = made(AGES, function(f"cleaning:{name}"), rename({"age": "years"}))
    assert table["years"].to_pylist() == [1, 2, 3]


def test_a_function_may_stand_in_a_class(cleaning):
    assert made(AGES, function(cleaning.Cleaning.first)).num_rows == 1


def test_a_function_whose_source_changed_is_not_called(cleaning):
    steps = completed([function("cleaning:older")])
    file = Path("cleaning.py")
    file.write_text(SOURCE.replace("age + by", "age - by"))
    message = r"step 1 \(function\): the function 'cleaning:older' is not the recorded one: its "
    message += r"source has SHA-256 \w{16}…, recorded \w{16}…\nHint: .*update_definition"
    with pytest.raises(SourceError, match=message):
        transformed(rows_of(AGES), steps)
    assert completed(steps)[0]["sha256"] != steps[0]["sha256"]


def test_a_function_that_moved_within_its_module_is_still_the_same(cleaning):
    steps = completed([function("cleaning:older")])
    Path("cleaning.py").write_text("# a comment\n" * 5 + SOURCE)
    del sys.modules["cleaning"]
    assert transformed(rows_of(AGES), steps).table().num_rows == 3


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere:f", "the module 'nowhere' cannot be imported: .*\nHint: install it, or stand"),
        ("cleaning:oldr", "no function 'oldr' in module 'cleaning'; near names: 'older'"),
        ("cleaning:NUMBER", "'cleaning:NUMBER' is a int, no function"),
        ("cleaning", "'cleaning' names no function\nHint: write it as module:function"),
        ("math:sqrt", "the source of 'math:sqrt' cannot be read"),
    ],
)
def test_a_function_that_cannot_be_found_is_refused_when_it_is_defined(cleaning, name, message):
    with pytest.raises(SourceError, match=message):
        completed([function(name)])


def test_a_function_that_could_not_be_imported_elsewhere_is_refused():
    with pytest.raises(SourceError, match="could not be imported elsewhere\nHint: put it into"):
        function(lambda table: table)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nothing", "'cleaning:nothing' returned what cannot be read: a NoneType is no table"),
        ("failing", "the function 'cleaning:failing' raised KeyError: 'oh'"),
    ],
)
def test_what_goes_wrong_in_a_function_is_said(cleaning, name, message):
    with pytest.raises(SourceError, match=message):
        made(AGES, function(f"cleaning:{name}"))


def test_arguments_that_are_no_json_are_refused(cleaning):
    with pytest.raises(SourceError, match="cannot be stored as JSON"):
        completed([function("cleaning:older", by=object())])


def test_rows_that_start_again_are_handed_to_the_function_as_they_are_then(cleaning):
    rows = restarting({"age": [1, 2], "x": ["", ""]}, {"age": [0.5], "x": [""]})
    steps = completed([select("age"), function("cleaning:older")])
    assert transformed(rows, steps).table()["age"].to_pylist() == [1.5]


def test_the_source_is_looked_at_again_after_the_function(cleaning):
    looked: list[int] = []
    rows = rows_of(AGES, check=lambda: looked.append(1))
    table = transformed(rows, completed([function("cleaning:older")])).table()
    assert (table.num_rows, looked) == (3, [1])


def test_an_empty_table_is_handed_over_too(cleaning):
    rows = Rows.of_table(pa.table({"age": pa.array([], pa.int64())}))
    assert transformed(rows, completed([function("cleaning:in_pandas")])).table().num_rows == 0
