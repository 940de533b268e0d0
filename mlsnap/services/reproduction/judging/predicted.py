"""Predictions of two models as arrays, compared."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from mlsnap.values.reproduction import Pair, Tolerance, Verdict

Arrays = Mapping[str, Any]
"""What a model predicts: an array per output; that of a single one has no name."""


def arrays_of(result: Any) -> Arrays:
    """What ``predict`` returned as arrays: of a frame, dict, series, array, list or sparse matrix.

    >>> arrays_of([1.5, 2.0])
    {'': array([1.5, 2. ])}
    """
    if hasattr(result, "toarray"):
        result = result.toarray()
    if hasattr(result, "columns") or isinstance(result, Mapping):
        return {str(name): np.asarray(result[name]) for name in result}
    return {"": np.asarray(result)}


def compare(name: str, original: Arrays, reproduced: Arrays, tolerance: Tolerance) -> Pair:
    """Predictions side by side: bit for bit, or within ``tolerance``."""
    digests = _sha256(original), _sha256(reproduced)
    if digests[0] == digests[1]:
        return Pair(name, *digests, Verdict.IDENTICAL)
    if [*original] != [*reproduced]:
        outputs = f"outputs {', '.join(original)} became {', '.join(reproduced)}"
        return Pair(name, *digests, Verdict.DIFFERENT, outputs)
    found = [_apart(original[each], reproduced[each], tolerance) for each in original]
    notes = [note for _, note in found if note]
    equivalent = all(close for close, _ in found)
    verdict = Verdict.EQUIVALENT if equivalent else Verdict.DIFFERENT
    return Pair(name, *digests, verdict, "; ".join(notes[:3]))


def _sha256(arrays: Arrays) -> str:
    digest = hashlib.sha256()
    for name, array in arrays.items():
        digest.update(f"{name}\0{array.dtype}\0{array.shape}\0".encode(errors="backslashreplace"))
        plain = repr(_plain(array)).encode(errors="backslashreplace")
        digest.update(plain if array.dtype.hasobject else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """A cell with the arrays in it as lists: shown as arrays, they are rounded and cut short."""
    if isinstance(value, np.ndarray):
        return [str(value.dtype), value.shape, [_plain(each) for each in value.ravel().tolist()]]
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value


def _is_same(one: Any, other: Any) -> bool:
    is_number = isinstance(one, int | float) and isinstance(other, int | float)
    return (is_number and one == other) or repr(_plain(one)) == repr(_plain(other))


def _apart(original: Any, reproduced: Any, tolerance: Tolerance) -> tuple[bool, str | None]:
    """Whether two arrays are close, and how far apart they are where they are not the same."""
    if original.shape != reproduced.shape:
        return False, f"the shape {original.shape} became {reproduced.shape}"
    numeric = all(each.dtype.kind in "fiub" for each in (original, reproduced))
    if not numeric:
        cells = zip(original.ravel().tolist(), reproduced.ravel().tolist(), strict=True)
        unequal = sum(not _is_same(*each) for each in cells)
        return not unequal, f"{unequal:,} of {original.size:,} differ" if unequal else None
    return _numbers_apart(original.astype(np.float64), reproduced.astype(np.float64), tolerance)


def _numbers_apart(original: Any, reproduced: Any, tolerance: Tolerance) -> tuple[bool, str | None]:
    same = (original == reproduced) | (np.isnan(original) & np.isnan(reproduced))
    if same.all():
        return True, None
    before, after = original[~same], reproduced[~same]
    with np.errstate(invalid="ignore", over="ignore"):
        apart = np.abs(before - after)
        largest = np.maximum(np.abs(before), np.abs(after))
        near = apart <= np.maximum(tolerance.rtol * largest, tolerance.atol)
    close = bool((near & np.isfinite(largest)).all())
    known = apart[np.isfinite(apart)]
    reach = f"{known.max():.3g}" if known.size == apart.size else "infinite"
    return close, f"{apart.size:,} of {original.size:,} differ, by {reach} at most"
