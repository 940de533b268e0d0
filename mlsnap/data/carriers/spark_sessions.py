"""The Spark session at hand."""

from __future__ import annotations

import os
import sys
from typing import Any

from mlsnap.errors import SourceError


def active() -> Any:
    """The active Spark session, else a new one as Spark's own settings make it.

    Raises
    ------
    SourceError
        If Spark is not installed or does not start.
    """
    try:
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError as error:
        raise SourceError(
            f"Spark is not installed: {error}", 'pip install "mlsnap[spark]"'
        ) from error
    try:
        return SparkSession.getActiveSession() or _new(SparkSession.builder)
    except (PySparkException, RuntimeError, OSError) as error:
        raise SourceError(
            f"Spark does not start: {error}", "it needs Java 17 or newer; JAVA_HOME names it"
        ) from error


def _new(builder: Any) -> Any:
    """The session that Spark has or makes; on this machine its executors run this Python."""
    session = builder.getOrCreate()
    context = session.sparkContext
    if context.master.startswith("local") and "PYSPARK_PYTHON" not in os.environ:
        context.pythonExec = sys.executable
    return session
