"""Values as short, harmless text."""

from __future__ import annotations

import unicodedata
from decimal import Decimal

from mlsnap.values.difference import NO_BASE, Percent
from mlsnap.values.scalars import Scalar

_UNSAFE = {"Cc", "Cs", "Zl", "Zp"}
_INVISIBLE = frozenset(
    "\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069\ufeff"
)


def printable(text: str) -> str:
    r"""``text`` with what could steer a terminal, reorder or hide characters written as escapes.

    Examples
    --------
    >>> printable("red\x1b[31m")
    'red\\x1b[31m'
    """
    return "".join(_escaped(each) if _is_unsafe(each) else each for each in text)


def shortened(text: str, length: int) -> str:
    """``text``, cut with an ellipsis if it has more than ``length`` characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def name(text: str) -> str:
    """The name of a column; an empty one shows as two quotes."""
    return printable(text) or "''"


def names(texts: tuple[str, ...]) -> str:
    """Names of columns in a row."""
    return ", ".join(map(name, texts))


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
