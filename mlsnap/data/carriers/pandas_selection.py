"""Some columns of a pandas frame that was carried whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mlsnap.data.carriers.pandas_labels import decode_labels, encode_labels


def select(carrier: dict[str, Any], positions: Sequence[int]) -> dict[str, Any]:
    """What restores the frame with only the columns at ``positions``, in that order.

    The index stays whole, and so do attrs: it is the carrier of ``frame.iloc[:, positions]``.
    """
    specs = carrier["columns"]
    index = range(len(specs) - carrier["index"]["levels"], len(specs))
    labels = decode_labels(carrier["labels"]).take(list(positions))
    return carrier | {
        "columns": [specs[position] for position in (*positions, *index)],
        "labels": encode_labels(labels),
    }
