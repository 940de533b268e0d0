"""What a training says of itself."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np


def outcome(name: str, score: float, predictions: Any) -> dict[str, float]:
    """A score, and a checksum that another last bit of any prediction would change."""
    values = np.ascontiguousarray(predictions)
    seen = values.tobytes() if values.dtype != object else repr(values.tolist()).encode()
    return {f"{name}.score": float(score), f"{name}.predictions": float(zlib.crc32(seen))}
