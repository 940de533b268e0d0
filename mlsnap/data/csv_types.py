"""Which type a column of delimited text has, from counts of what its values were."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa

from mlsnap.data.parsing import MOST_WRONG
from mlsnap.data.types import is_text

TOLERATED = 0.1
"""The share of wrong values beyond which a column is text after all."""

FAMILIES = (
    (pa.int64(), pa.float64()),
    (pa.date32(), pa.timestamp("s"), pa.timestamp("ns")),
    (pa.timestamp("s", "UTC"), pa.timestamp("ns", "UTC")),
    (pa.bool_(),),
    (pa.time32("s"),),
)
"""Types that values of a column may have together, narrow ones first."""

_SHOWN = {
    pa.date32(): pa.timestamp("us"),
    pa.timestamp("s"): pa.timestamp("us"),
    pa.timestamp("s", "UTC"): pa.timestamp("us", "UTC"),
}


@dataclass(frozen=True)
class Tally:
    """What values of a column were. Tallies of blocks add up to that of the file.

    Attributes
    ----------
    types
        Types that values have.
    values
        Those that are not missing, wrong ones included.
    wrong
        Texts that are of no type of the column's family.
    odd
        Hashes of the different ones among them, as far as they are counted.
    far
        Instants that nanoseconds do not reach.
    binary
        Whether all are 0, 1, true or false.
    """

    types: frozenset[pa.DataType] = frozenset()
    values: int = 0
    wrong: int = 0
    odd: frozenset[bytes] = field(default=frozenset(), repr=False)
    far: int = 0
    binary: bool = True

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.types | other.types,
            self.values + other.values,
            self.wrong + other.wrong,
            self.odd if len(self.odd) > MOST_WRONG else self.odd | other.odd,
            self.far + other.far,
            self.binary and other.binary,
        )


@dataclass(frozen=True)
class Column:
    """A column of a file, as its start shows it.

    Attributes
    ----------
    start
        The narrowest type of the values in the file's start; null where all are missing.
    forms
        Forms of dates: where given, texts are dates in one of them.
    missing
        Texts that stand for no value in other columns than text.
    asked
        Whether the type was asked for: then it is the type, whatever the values are.
    """

    start: pa.DataType
    forms: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    asked: bool = False

    @property
    def is_plain_text(self) -> bool:
        """Whether nothing else can come of it."""
        return is_text(self.start) and not self.forms

    @property
    def family(self) -> tuple[pa.DataType, ...]:
        """Types that its values may have."""
        return family_of(self.start)

    def type_of(self, tally: Tally) -> pa.DataType:
        """The type of a column whose values were ``tally``, as it is shown."""
        if self.asked or self.is_plain_text:
            return self.start
        if pa.types.is_null(self.start):
            return shown(_joined(tally))
        if self.forms:
            return pa.timestamp("us") if _few_wrong(tally, tally.wrong) else pa.string()
        return shown(self._narrowest(tally))

    def errors_in(self, tally: Tally, type_: pa.DataType) -> int:
        """Values that are null because they are none of the column's ``type_``."""
        if is_text(type_) or (pa.types.is_boolean(type_) and type_ != self.start):
            return 0
        return tally.wrong + (tally.far if is_nanoseconds(type_) else 0)

    def _narrowest(self, tally: Tally) -> pa.DataType:
        widest = max(tally.types | {self.start}, key=self.family.index)
        wrong = tally.wrong + (tally.far if is_nanoseconds(widest) else 0)
        if wrong and self.start == pa.int64() and tally.binary:
            return pa.bool_()
        hopeless = len(tally.odd) > MOST_WRONG
        return widest if _few_wrong(tally, wrong) and not hopeless else pa.string()


def family_of(type_: pa.DataType) -> tuple[pa.DataType, ...]:
    """The family that ``type_`` belongs to."""
    return next((family for family in FAMILIES if type_ in family), (type_,))


def shown(type_: pa.DataType) -> pa.DataType:
    """The type of a column whose values are of ``type_``.

    Days are instants at midnight, as pandas reads them, and instants are in microseconds.
    """
    return _SHOWN.get(type_, type_)


def is_nanoseconds(type_: pa.DataType) -> bool:
    """Whether values are instants in nanoseconds, which do not reach far."""
    return bool(pa.types.is_timestamp(type_) and type_.unit == "ns")


def _few_wrong(tally: Tally, wrong: int) -> bool:
    return wrong <= TOLERATED * tally.values


def _joined(tally: Tally) -> pa.DataType:
    """The narrowest type of values that are of all types of ``tally``."""
    if not tally.types:
        return pa.null()
    family = family_of(next(iter(tally.types)))
    if not tally.types <= set(family):
        bits = tally.types == {pa.int64(), pa.bool_()} and tally.binary
        return pa.bool_() if bits else pa.string()
    widest = max(tally.types, key=family.index)
    return pa.string() if tally.far and is_nanoseconds(widest) else widest
