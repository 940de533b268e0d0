"""From a path, glob or folder to its files, and what is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlsnap.data.sources import base_of, define, files_of, open_source, read_files
from mlsnap.errors import SourceError
from mlsnap.values.snapshot import Definition


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with ``crime.csv`` in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "crime.csv").write_text("Ward\n9\n")
    return tmp_path


def test_a_relative_path_is_made_absolute(folder: Path):
    definition = define("crime.csv", options={"delimiter": ";"})

    assert definition == Definition(str(folder / "crime.csv"), "csv", {"delimiter": ";"})


def test_the_home_folder_is_found(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HOME", str(folder))

    assert define("~/crime.csv").source == str(folder / "crime.csv")


def test_a_file_url_is_a_path(folder: Path):
    (folder / "a b.csv").write_text("x\n1\n")

    assert define((folder / "a b.csv").as_uri()).source == str(folder / "a b.csv")


def test_a_missing_file_is_refused_with_near_names(folder: Path):
    with pytest.raises(SourceError, match=r"no file or folder '.*crimes\.csv'; near names: 'crime"):
        define("crimes.csv")


def test_a_file_in_a_missing_folder_is_refused_without_near_names(folder: Path):
    with pytest.raises(SourceError) as error:
        define("nowhere/crime.csv")
    assert error.value.fact == f"no file or folder '{folder}/nowhere/crime.csv'"


@pytest.mark.parametrize("source", ["empty", "*.parquet"])
def test_a_folder_or_glob_without_data_is_refused(folder: Path, source: str):
    (folder / "empty").mkdir()
    (folder / "empty" / "notes.txt").write_text("nothing")

    with pytest.raises(SourceError, match="holds no data file") as error:
        define(source)
    assert error.value.hint.startswith("files end in .csv, .tsv")


def test_a_file_of_unknown_format_is_refused(folder: Path):
    (folder / "crime.txt").write_text("x\n1\n")

    with pytest.raises(SourceError, match=r"the format of '.*crime\.txt' is not known") as error:
        define("crime.txt")
    assert "name the format: csv, parquet" in error.value.hint


def test_the_format_can_be_named(folder: Path):
    (folder / "crime.txt").write_text("x\n1\n")

    assert open_source(define("crime.txt", format="csv")).table().to_pylist() == [{"x": 1}]


def test_a_format_that_does_not_exist_is_refused(folder: Path):
    with pytest.raises(SourceError, match="no format 'cvs'; near names: 'csv'"):
        define("crime.csv", format="cvs")


def test_a_folder_of_several_formats_is_refused(folder: Path):
    pq.write_table(pa.table({"x": [1]}), folder / "x.parquet")

    with pytest.raises(SourceError, match="holds files of several formats: csv, parquet"):
        define(folder)


def test_a_folder_of_several_formats_is_read_with_the_format_named(folder: Path):
    pq.write_table(pa.table({"x": [1]}), folder / "x.parquet")

    assert files_of(define(folder, format="parquet")) == [folder / "x.parquet"]


def test_a_glob_gives_files_in_the_order_of_their_paths(folder: Path):
    for name in ("b/2.csv", "a/3.csv", "b/1.csv"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"x\n{name[2]}\n")

    assert open_source(define("*/*.csv")).table().to_pydict() == {"x": [3, 1, 2]}
    assert open_source(define("**/[12].csv")).table().to_pydict() == {"x": [1, 2]}


def test_a_file_named_like_a_glob_is_that_file(folder: Path):
    (folder / "a[1].csv").write_text("x\n7\n")
    (folder / "a1.csv").write_text("x\n8\n")

    assert open_source(define("a[1].csv")).table().to_pydict() == {"x": [7]}


def test_the_base_is_the_folder_that_is_named_or_holds_the_files(folder: Path):
    (folder / "in").mkdir()
    (folder / "in" / "x.csv").write_text("x\n1\n")

    assert base_of(define("in")) == folder / "in"
    assert base_of(define("in/x.csv")) == folder / "in"
    assert base_of(define("i*/*.csv")) == folder


def test_a_dataset_without_source_says_how_to_hand_a_frame_over():
    with pytest.raises(SourceError, match="no source of its own") as error:
        open_source(Definition())
    assert error.value.hint == "hand a frame over: create_snapshot(data=df)"


def test_a_file_that_changes_while_it_is_read_is_refused(folder: Path):
    rows = open_source(define("crime.csv"))
    (folder / "crime.csv").write_text("Ward\n10\n")

    with pytest.raises(SourceError, match=r"crime\.csv changed while it was being read"):
        rows.table()


def test_a_file_that_is_replaced_while_it_is_read_is_refused(folder: Path):
    file, other = folder / "crime.csv", folder / "other"
    rows = open_source(define(file))
    other.write_text("Ward\n8\n")
    os.utime(other, ns=(file.stat().st_atime_ns, file.stat().st_mtime_ns))
    other.replace(file)

    with pytest.raises(SourceError, match="changed while it was being read"):
        rows.table()


def test_a_file_that_is_gone_at_the_end_is_refused(folder: Path):
    rows = open_source(define("crime.csv"))
    (folder / "crime.csv").unlink()

    with pytest.raises(SourceError, match=r"crime\.csv cannot be read: No such file"):
        rows.table()


def test_a_file_that_went_before_is_refused(folder: Path):
    definition = define("crime.csv")

    with pytest.raises(SourceError, match=r"gone\.csv cannot be read: No such file"):
        read_files([folder / "gone.csv"], definition, base=folder)


@pytest.mark.skipif(os.geteuid() == 0, reason="everything can be read")
def test_a_file_that_may_not_be_read_is_refused(folder: Path):
    (folder / "crime.csv").chmod(0)

    with pytest.raises(SourceError, match=r"crime\.csv cannot be read"):
        open_source(define("crime.csv"))
