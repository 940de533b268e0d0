"""Values as short, harmless text."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Iterable
from decimal import Decimal

from mlsnap.values.difference import NO_BASE, Distance, Percent
from mlsnap.values.scalars import Scalar

_UNSAFE = {"Cc", "Cs", "Zl", "Zp"}
_INVISIBLE = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)

_TO = "\N{EN DASH}"

_SPANS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
"""Units of time and their seconds."""


def printable(text: str) -> str:
    r"""``text`` with what could steer a terminal, reorder or hide characters written as escapes.

    Examples
    --------
    >>> printable("red\x1b[31m")
    'red\\x1b[31m'
    """
    if text.isprintable():
        return text
    return "".join(_escaped(each) if _is_unsafe(each) else each for each in text)


def shortened(text: str, length: int) -> str:
    """``text``, cut with an ellipsis if it has more than ``length`` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def name(text: str) -> str:
    """The name of a column; an empty one shows as two quotes."""
    return printable(text) or "''"


def names(texts: Iterable[str], *, most: int | None = None) -> str:
    """Names of columns in a row; of more than ``most``, the first ones and how many there are.

    Examples
    --------
    >>> names(["a", "b", "c", "d"], most=2)
    'a, b and 2 more'
    """
    every = list(texts)
    rest = len(every) - most if most is not None else 0
    return ", ".join(map(name, every[:most])) + (f" and {rest:,} more" if rest > 0 else "")


def number(value: float | int | Decimal) -> str:
    """A number: whole numbers in full, others to 6 significant digits.

    Examples
    --------
    >>> number(10000000), number(41.838938), number(-0.5)
    ('10000000', '41.8389', '-0.5')
    """
    if isinstance(value, int):
        return str(int(value))
    return f"{float(value) + 0.0:.6g}"


def brief(value: float | None) -> str:
    """A distance, to 4 significant digits; no text for ``None``."""
    return "" if value is None else f"{value:.4g}"


def distance(value: Distance | None) -> str:
    """A distance or, rounded away from each other, the bounds of it; no text for neither.

    Examples
    --------
    >>> distance(Distance(0.25)), distance(Distance(None, lower=0.1234))
    ('0.25', '≥0.12')
    """
    if value is None or value.value is not None or value.lower is None:
        return brief(value.value) if value else ""
    lower = brief(_rounded_to(value.lower, math.floor))
    return f"≥{lower}" if value.upper is None else f"{lower}{_TO}{brief(above(value.upper))}"


def above(value: float) -> float:
    """``value`` rounded up to two significant digits: a bound stays one."""
    return _rounded_to(value, math.ceil)


def _rounded_to(value: float, whole: Callable[[float], int]) -> float:
    if not value or not math.isfinite(value):
        return value
    digits = 1 - math.floor(math.log10(abs(value)))
    return whole(round(value * 10.0**digits, 6)) / 10.0**digits


def normalised(value: Distance | None) -> str:
    """A distance without its unit; no text where it has no such form."""
    return brief(value.normalised) if value else ""


def scalar(value: Scalar) -> str:
    """A cell's value; ``None`` is no text, an empty text two quotes."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() | float() | Decimal():
            return number(value)
        case bytes():
            return "0x" + shortened(value.hex(), 32)
        case str():
            return printable(shortened(value, 80)) or "''"
        case _:
            return str(value)


def share(fraction: float) -> str:
    """A fraction 0-1 as a percentage; what is neither none nor all never shows as that.

    Examples
    --------
    >>> share(0), share(0.123), share(0.00001), share(0.99999)
    ('0 %', '12.3 %', '<0.1 %', '>99.9 %')
    """
    if 0 < fraction < 0.001:
        return "<0.1 %"
    if 0.999 < fraction < 1:
        return ">99.9 %"
    return f"{_rounded(fraction * 100)} %"


def signed(value: float | None) -> str:
    """A difference with its sign; no text for ``None``.

    Examples
    --------
    >>> signed(2.5), signed(-1.0), signed(0.0)
    ('+2.5', '-1', '0')
    """
    if value is None:
        return ""
    return f"+{number(value)}" if value > 0 else number(value)


def change(value: float | None, *, of: str) -> str:
    """A difference between two values of a column of the type ``of``: dates differ by seconds.

    Examples
    --------
    >>> change(2.5, of="DECIMAL"), change(-1_209_600.0, of="DATE"), change(90.0, of="DATE")
    ('+2.5', '-14 d', '+90 s')
    """
    if of != "DATE" or not value:
        return signed(value)
    unit, seconds = next(each for each in _SPANS if abs(value) >= 2 * each[1] or each[1] == 1)
    return f"{signed(value / seconds)} {unit}"


def percent(value: Percent) -> str:
    """A change in percent, `NO_BASE` as it is; no text for ``None``."""
    if value is None or value == NO_BASE:
        return value or ""
    return f"{signed(float(value))} %"


def points(change: float) -> str:
    """A difference of two fractions, in percentage points."""
    return f"{signed(round(change * 100, 4))} pp" if change else "0"


def _rounded(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _is_unsafe(character: str) -> bool:
    return character in _INVISIBLE or unicodedata.category(character) in _UNSAFE


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")
