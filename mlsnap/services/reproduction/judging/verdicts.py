"""Whether two numbers, and two outcomes, are the same."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable

from mlsnap.values.reproduction import Pair, Tolerance, Verdict

_WORST_FIRST = (Verdict.FAILED, Verdict.DIFFERENT, Verdict.EQUIVALENT, Verdict.IDENTICAL)


def of_numbers(
    original: float, reproduced: float, tolerance: Tolerance, *, rtol: float | None = None
) -> Verdict:
    """Identical bit for bit (any NaN is NaN), equivalent within ``tolerance``, else different.

    ``rtol`` takes the place of the tolerance's own. An infinity is near to nothing but itself.

    >>> of_numbers(0.1 + 0.2, 0.3, Tolerance()), of_numbers(1.0, 2.0, Tolerance())
    (<Verdict.EQUIVALENT: 'equivalent'>, <Verdict.DIFFERENT: 'different'>)
    """
    if _bits(original) == _bits(reproduced) or (math.isnan(original) and math.isnan(reproduced)):
        return Verdict.IDENTICAL
    relative = tolerance.rtol if rtol is None else rtol
    close = math.isclose(original, reproduced, rel_tol=relative, abs_tol=tolerance.atol)
    return Verdict.EQUIVALENT if close else Verdict.DIFFERENT


def worst(verdicts: Iterable[Verdict | None]) -> Verdict | None:
    """The worst of ``verdicts``, ``None`` if there are none but ``None``."""
    found = set(verdicts)
    return next((each for each in _WORST_FIRST if each in found), None)


def overall(pairs: Iterable[Pair]) -> Verdict:
    """The worst verdict of all that is judged.

    Identical if nothing is: the pairs tell whether there was anything (`is_anything_judged`).
    """
    return worst(each.verdict for each in pairs) or Verdict.IDENTICAL


def is_anything_judged(pairs: Iterable[Pair]) -> bool:
    """Whether a verdict of these is founded on anything."""
    return any(each.verdict is not None for each in pairs)


def _bits(number: float) -> bytes:
    return struct.pack("<d", number)
