"""Limits on differences: how they are written, and what the text means.

::

    limit    = "schema" | "drift" | term operator number
    operator = ">" | ">=" | "<" | "<="
    term     = [column "."] measure | "abs(" [column "."] measure ")"
    column   = a name or pattern (``lat*``), the measure stands after its last dot
             | a name in double quotes, a quote in it doubled
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase

from mlsnap.errors import ConfigError, near
from mlsnap.values.column import QUANTILES

SCHEMA = "schema"
"""The limit that any added, removed or retyped column exceeds."""

DRIFT = "drift"
"""The limit that any column exceeds in which a measure is beyond what is usual."""

ALARMS = ("kolmogorov_smirnov", "total_variation")
"""Distances that tell most of a column, the first that it has: the second where nothing orders it.

Both are shares of rows, so that columns of all kinds compare and no outlier stretches them.
"""

DEFAULT_LIMITS = (SCHEMA, DRIFT)

_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_QUOTED = r'"(?:[^"]|"")*"'
_MEASURE = rf"{'|'.join(map(re.escape, QUANTILES))}|\w+"
_LIMIT = re.compile(
    rf"(?P<term>(?:{_QUOTED}|[^\"<>])+?)\s*(?P<operator>>=|<=|>|<)\s*(?P<bound>[^\s<>=]+)",
    re.DOTALL,
)
_TERM = re.compile(
    rf"(?:(?P<quoted>{_QUOTED})\.|(?P<column>[^\"]+?)\.)??(?P<measure>{_MEASURE})", re.DOTALL
)
_ABSOLUTE = re.compile(r"abs\(\s*(?P<term>.+?)\s*\)", re.DOTALL)
_FORMS = (
    "a limit is schema, drift, or MEASURE>NUMBER with >, >=, < or <=, such as "
    'wasserstein_normalised>0.1, age.percent_missing>0.02 or abs("Year born".mean)>5'
)


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit, taken apart.

    Attributes
    ----------
    text
        As it was written.
    measure
        What is limited; `SCHEMA` or `DRIFT` where that is all the limit says.
    column
        The column it holds for, or a pattern of columns; ``None``: whichever has the measure.
    quoted
        Whether the column is a name only, and no pattern.
    absolute
        Whether a change in either direction counts.
    operator, bound
        What may not be; no text and NaN where the limit is a word.
    """

    text: str
    measure: str
    column: str | None = None
    quoted: bool = False
    absolute: bool = False
    operator: str = ""
    bound: float = math.nan

    @property
    def is_word(self) -> bool:
        """Whether it is `SCHEMA` or `DRIFT`."""
        return not self.operator

    def is_exceeded_by(self, value: float) -> bool:
        """Whether ``value``, in the units of the measure, is beyond it."""
        return _OPERATORS[self.operator](abs(value) if self.absolute else value, self.bound)

    def columns(self, names: Iterable[str]) -> list[str]:
        """Those of ``names`` that it holds for; the exact name wins over its reading as pattern."""
        known = list(names)
        if self.column is None or self.column in known:
            return known if self.column is None else [self.column]
        pattern = self.column
        return [] if self.quoted else [name for name in known if fnmatchcase(name, pattern)]


def parse_limit(text: str) -> Limit:
    """The limit that ``text`` says; names of columns and measures are not looked up.

    Raises
    ------
    ConfigError
        If it is not written as a limit is, or its number is not finite.

    Examples
    --------
    >>> found = parse_limit("age.percent_missing > 0.02")
    >>> found.column, found.measure, found.operator, found.bound
    ('age', 'percent_missing', '>', 0.02)
    """
    if not isinstance(text, str):
        raise ConfigError(f"limit {text!r} is no text", _FORMS)
    if text.strip() in DEFAULT_LIMITS:
        return Limit(text.strip(), text.strip())
    found = _LIMIT.fullmatch(text.strip())
    if not found:
        word = near(text.strip(), DEFAULT_LIMITS)
        raise ConfigError(f"limit {text!r} cannot be understood{word}", _FORMS)
    absolute = _ABSOLUTE.fullmatch(found["term"])
    term = _TERM.fullmatch(absolute["term"] if absolute else found["term"])
    if not term:
        raise ConfigError(f"limit {text!r} does not end in the name of a measure", _FORMS)
    return Limit(
        text=text.strip(),
        measure=term["measure"],
        column=_unquoted(term["quoted"]) if term["quoted"] else term["column"],
        quoted=bool(term["quoted"]),
        absolute=bool(absolute),
        operator=found["operator"],
        bound=_bound(text, found["bound"]),
    )


def split_limits(text: str) -> tuple[str, ...]:
    """The limits, not yet read, of a text that has ``;`` between them.

    Examples
    --------
    >>> split_limits("schema; mean>5")
    ('schema', 'mean>5')
    """
    parts = re.findall(rf"(?:{_QUOTED}|[^\";]|\")+", text)
    return tuple(each.strip() for each in parts if each.strip())


def _unquoted(text: str) -> str:
    return text[1:-1].replace('""', '"')


def _bound(text: str, number: str) -> float:
    try:
        bound = float(number)
    except ValueError:
        bound = math.nan
    if not math.isfinite(bound):
        raise ConfigError(f"{number!r} in limit {text!r} is no finite number", _FORMS)
    return bound
