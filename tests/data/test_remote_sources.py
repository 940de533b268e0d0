"""Sources at URLs: in fsspec's memory and on a real HTTP server, and what a URL may hold."""

from __future__ import annotations

import functools
import gc
import gzip
import importlib.util
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from mlsnap.data import remote
from mlsnap.data.files import stamps_of
from mlsnap.data.sources import base_of, define, files_of, is_local, open_source
from mlsnap.errors import SourceError

Put = Callable[[str, Any], str]


@pytest.fixture
def put() -> Iterator[Put]:
    """Puts a file, bytes or columns as Parquet, into memory; returns its URL."""
    memory = fsspec.filesystem("memory")

    def put(path: str, content: Any) -> str:
        with memory.open(f"/test/{path}", "wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                pq.write_table(pa.table(content), file)
        return f"memory://test/{path}"

    yield put
    if memory.exists("/test"):
        memory.rm("/test", recursive=True)


@pytest.fixture
def served(tmp_path: Path) -> Iterator[str]:
    """The address of an HTTP server of the test's folder; it knows no ranges."""

    class Handler(SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            if "locked" in self.path:
                self.send_error(403)
            else:
                super().do_GET()

        def do_HEAD(self) -> None:
            if "locked" in self.path:
                self.send_error(403)
            else:
                super().do_HEAD()

        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Handler, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


def read(source: str, **options: Any) -> pa.Table:
    return open_source(define(source, options=options)).table()


def test_a_url_is_stored_as_it_is(put: Put):
    definition = define(put("x.parquet", {"a": [1]}))

    assert (definition.source, definition.format) == ("memory://test/x.parquet", "parquet")
    assert not is_local(definition)


@pytest.mark.parametrize(
    ("name", "text"),
    [("x.csv", b"a,b\n1,x\n"), ("x.jsonl", b'{"a": 1, "b": "x"}\n'), ("x.csv.gz", None)],
)
def test_text_files_are_read_from_a_url(put: Put, name: str, text: bytes | None):
    url = put(name, text or gzip.compress(b"a,b\n1,x\n"))

    assert read(url).to_pydict() == {"a": [1], "b": ["x"]}


def test_arrow_files_are_read_from_a_url(put: Put):
    table = pa.table({"a": [1, 2]})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)

    assert read(put("x.arrow", sink.getvalue().to_pybytes())).equals(table)


def test_a_remote_folder_is_read_with_its_hive_columns_and_without_hidden_files(put: Put):
    put("in/year=2020/b.parquet", {"a": [2], "b": ["x"]})
    put("in/year=2019/a.parquet", {"a": [1]})
    put("in/_temporary/c.parquet", {"a": [3]})
    put("in/notes.txt", b"nothing")

    definition = define("memory://test/in")

    assert [file.name for file in files_of(definition)] == ["a.parquet", "b.parquet"]
    assert str(base_of(definition)) == "memory://test/in"
    assert open_source(definition).table().to_pydict() == {
        "a": [1, 2],
        "b": [None, "x"],
        "year": [2019, 2020],
    }


def test_a_remote_glob_is_read_in_the_order_of_paths(put: Put):
    for path in ("in/b/2.csv", "in/a-c/3.csv", "in/a/1.csv"):
        put(path, f"x\n{path[-5]}\n".encode())

    assert read("memory://test/in/*/*.csv").to_pydict() == {"x": [1, 3, 2]}
    assert read("memory://test/in/**/[12].csv").to_pydict() == {"x": [1, 2]}


def test_the_same_rows_come_from_a_folder_here_and_at_a_url(put: Put, tmp_path: Path):
    for number, path in enumerate(("a-b/x.csv", "a/x.csv", "A/y.csv", "z.csv")):
        put(f"in/{path}", f"x\n{number}\n".encode())
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(f"x\n{number}\n")

    assert read("memory://test/in").equals(read(str(tmp_path)))


@pytest.mark.parametrize("url", ["memory://test/nothing.csv", "memory://nowhere/x.csv"])
def test_a_url_where_nothing_is_is_refused(url: str):
    with pytest.raises(SourceError, match=f"no file or folder '{url}'"):
        define(url)


def test_a_remote_file_that_changes_while_it_is_read_is_refused(put: Put):
    rows = open_source(define(put("x.parquet", {"a": [1]})))
    put("x.parquet", {"a": [2]})

    with pytest.raises(SourceError, match=r"memory://test/x\.parquet changed while"):
        rows.table()


def test_a_damaged_remote_file_is_refused_by_its_url(put: Put):
    with pytest.raises(SourceError, match=r"memory://test/x\.parquet cannot be read as Parquet"):
        read(put("x.parquet", b"PAR1 no more"))


@pytest.mark.parametrize("name", ["x.parquet", "x%20y.parquet?accessType=DOWNLOAD#top"])
def test_a_file_is_read_over_http(served: str, tmp_path: Path, name: str):
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "x.parquet")
    pq.write_table(pa.table({"a": [1, 2]}), tmp_path / "x y.parquet")

    definition = define(f"{served}/{name}")

    assert definition.source == f"{served}/{name.removesuffix('#top')}"
    assert open_source(definition).table().to_pydict() == {"a": [1, 2]}


def test_what_was_fetched_over_http_is_gone_with_the_rows(served: str, tmp_path: Path):
    (tmp_path / "x.csv").write_text("a\n1\n")
    rows = open_source(define(f"{served}/x.csv"))
    rows.table()
    (file,) = rows.stamps
    assert isinstance(file, remote.RemoteFile)
    fetched = file.copy
    assert fetched.read_text() == "a\n1\n"

    del file, rows
    gc.collect()
    assert not fetched.parent.exists()


def test_a_file_that_changes_on_its_http_server_has_another_stamp(served: str, tmp_path: Path):
    (tmp_path / "x.csv").write_text("a\n1\n")
    files = files_of(define(f"{served}/x.csv"))
    before = stamps_of(files)
    (tmp_path / "x.csv").write_text("a\n10\n")

    assert stamps_of(files) != before


def test_a_damaged_http_file_is_refused_by_its_url(served: str, tmp_path: Path):
    (tmp_path / "x.orc").write_bytes(b"ORC no more")

    with pytest.raises(SourceError, match=rf"{served}/x\.orc cannot be read as ORC"):
        read(f"{served}/x.orc")


def test_a_file_missing_over_http_is_refused(served: str):
    with pytest.raises(SourceError, match=rf"no file or folder '{served}/x\.csv'"):
        define(f"{served}/x.csv")


def test_what_an_http_server_forbids_is_refused_with_its_answer(served: str):
    with pytest.raises(SourceError, match=rf"{served}/locked\.csv cannot be read: 403") as error:
        define(f"{served}/locked.csv")
    assert "credentials" in error.value.hint


def test_a_server_that_does_not_answer_is_no_missing_file():
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:1/x\.csv cannot be read: Cannot connect"):
        define("http://127.0.0.1:1/x.csv")


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@host/x.csv",
        "https://hunter2@host/x.csv",
        "s3://AKIA:hunter2@bucket/x.csv",
        "ssh://me:hunter2@host/x.csv",
        "https://host/x.csv?sig=hunter2",
        "https://host/x.csv?sv=2020&X-Amz-Signature=hunter2",
        "https://host/x.csv?access_token=hunter2",
        "https://host/x.csv?apiKey=hunter2",
        "https://host/x.csv#token=hunter2",
        "s3://bucket/x.csv?AWSAccessKeyId=hunter2",
        f"https://host/x.csv?v=hunter2{'0aF' * 10}",
    ],
)
def test_a_url_with_a_secret_is_refused_and_the_secret_not_shown(url: str):
    with pytest.raises(SourceError, match="has a password, key or token in it") as error:
        define(url)
    assert "hunter2" not in str(error.value)
    assert "credentials come from the environment" in error.value.hint


@pytest.mark.parametrize(
    "url",
    [
        "https://host/rows.csv?accessType=DOWNLOAD&page=2",
        "ssh://me@host/x.csv",
        "abfs://container@account.dfs.core.windows.net/x.csv",
        "s3://bucket/in/*/x?.csv",
    ],
)
def test_a_url_without_a_secret_is_kept(url: str):
    assert remote.check_url(url) == url


def test_a_url_of_another_kind_is_refused():
    with pytest.raises(SourceError, match=r"'s4://bucket/x\.csv' is a URL of a kind") as error:
        define("s4://bucket/x.csv")
    assert error.value.hint.startswith("URLs begin with s3://, s3a://, gs://")


@pytest.mark.parametrize(
    ("url", "package", "extra"),
    [
        ("gs://bucket/x.csv", "gcsfs", "gs"),
        ("az://container/x.csv", "adlfs", "azure"),
        ("s3://bucket/x.csv", "s3fs", "s3"),
    ],
)
def test_a_scheme_whose_package_is_missing_names_the_extra(url: str, package: str, extra: str):
    if importlib.util.find_spec(package):
        pytest.skip(f"{package} is installed")
    with pytest.raises(SourceError, match=rf"needs a package for .*{package}") as error:
        define(url)
    assert error.value.hint == f'pip install "mlsnap[{extra}]"'
