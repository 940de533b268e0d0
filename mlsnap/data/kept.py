"""Rows that come once, kept in a temporary file until they are copied."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from mlsnap.data.rows import Rows
from mlsnap.errors import SourceError


class KeptRows:
    """A file without a name, in Arrow's own form, that is gone with the object, however it ends.

    Raises
    ------
    SourceError
        If there is no room for the rows, here and when they are written.
    """

    def __init__(self, schema: pa.Schema) -> None:
        with _room():
            self._file = tempfile.TemporaryFile(prefix="mlsnap-")  # noqa: SIM115 - the next line
            weakref.finalize(self, self._file.close)
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._stream = pa.ipc.new_stream(self._file, schema, options=options)

    def write(self, batch: pa.RecordBatch) -> None:
        """Take the next rows."""
        with _room():
            self._stream.write_batch(batch)

    def rows(self) -> Rows:
        """All rows, when all are written; any number of times, one after the other.

        Extension types that this process does not know are those of their values.
        """
        with _room():
            self._stream.close()
            self._file.flush()
        self._file.seek(0)
        stream = pa.ipc.open_stream(self._file)
        return Rows(stream.schema, self._batches(stream))

    def _batches(self, stream: pa.RecordBatchReader) -> Iterator[pa.RecordBatch]:
        """What is read; as long as it is, this object is there and its file open."""
        yield from stream


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"the rows cannot be kept in {tempfile.gettempdir()} until they are copied: {error}",
            "free some space there, or set TMPDIR to a folder that has more",
        ) from error
