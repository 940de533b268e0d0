"""What goes wrong in Spark and on its executors, said as one error of ours."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from mlsnap.errors import SourceError

_OURS = re.compile(r"mlsnap\.errors\.\w+: (?P<fact>.+?)\nHint: (?P<hint>.+)")
_PYTHON = re.compile(r"^(?!org\.|java\.|py4j\.)[A-Za-z_][\w.]*(?:Error|Exception)(?:: .*)?$", re.M)
_JAVA = re.compile(r"^(?:An error occurred while calling .*\n: )?(?P<line>.*)$", re.M)


@contextmanager
def failures() -> Iterator[None]:
    """Whatever fails in Spark or on its executors comes out as one `SourceError`."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise _translated(str(error)) from error


def _translated(text: str) -> SourceError:
    if ours := _OURS.search(text):
        return SourceError(ours["fact"], ours["hint"])
    raised = _PYTHON.findall(text)
    if not raised:
        line = _JAVA.search(text)
        return SourceError(
            f"Spark failed: {line['line'] if line else text}", "look into Spark's log for the cause"
        )
    if "No module named" in raised[-1]:
        return SourceError(
            f"the Python of Spark's executors is not that of mlsnap: {raised[-1]}",
            "install the same mlsnap there; PYSPARK_PYTHON names the Python that they run",
        )
    return SourceError(
        f"a Spark executor failed: {raised[-1]}", "look into Spark's log for the cause"
    )
