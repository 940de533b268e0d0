"""File formats. One file each, with the same face.

``SUFFIXES``
    Endings of the names of files in this format.
``OPTIONS``
    Names of the read options it takes.
``read(files, options, base) -> Rows``
    The rows of all files, in their order; ``base`` is the folder that the source names, or that
    its files lie in. Raises `SourceError`.
"""

from __future__ import annotations

from mlsnap.data.formats import csv, parquet

FORMATS = {"csv": csv, "parquet": parquet}
"""The formats by the name that definitions store."""
