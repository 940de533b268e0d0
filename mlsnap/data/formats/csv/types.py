"""Which type a column of delimited text has, from counts of what its values were."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace

import pyarrow as pa

from mlsnap.data.parsing import MOST_WRONG

TOLERATED = 0.1
"""The share of wrong values beyond which a column is text after all."""

FAMILIES: tuple[tuple[pa.DataType, ...], ...] = (
    (pa.int64(), pa.uint64(), pa.float64()),
    (pa.date32(), pa.timestamp("s"), pa.timestamp("ns")),
    (pa.timestamp("s", "UTC"), pa.timestamp("ns", "UTC")),
    (pa.bool_(),),
    (pa.time32("s"),),
    (pa.timestamp("us"),),
)
"""Types that values of a column may have together, narrow ones first."""

NUMBERS, DAYS, _ZONED, BOOLEANS, _CLOCK, FORMS = range(len(FAMILIES))
"""Families by number; the last one is that of dates in forms other than ISO 8601."""

NONE = (0,) * len(FAMILIES)
EXACT = 1 << 53
"""How far floats hold every integer."""

_SHOWN = {
    pa.date32(): pa.timestamp("us"),
    pa.timestamp("s"): pa.timestamp("us"),
    pa.timestamp("s", "UTC"): pa.timestamp("us", "UTC"),
}


@dataclass(frozen=True)
class Numbers:
    """Counts of numbers of a column. Those of blocks add up.

    Attributes
    ----------
    wide, negative, big, huge
        Integers beyond `EXACT`, below 0, beyond int64 but not uint64, and beyond both.
    decimals, fractions
        Numbers that are not written as integers, and those of them that no integer equals.
    """

    wide: int = 0
    negative: int = 0
    big: int = 0
    huge: int = 0
    decimals: int = 0
    fractions: int = 0

    def __add__(self, other: Numbers) -> Numbers:
        names = (each.name for each in fields(self))
        return Numbers(*(getattr(self, name) + getattr(other, name) for name in names))

    @property
    def type(self) -> pa.DataType:
        """The type that holds them and all digits of the integers; text where none does."""
        if self.decimals and not self.wide:
            return pa.float64()
        if self.huge or (self.big and self.negative):
            return pa.string()
        return pa.uint64() if self.big else pa.int64()


@dataclass(frozen=True)
class Tally:
    """What values of a column were. Tallies of blocks add up to that of the file.

    Attributes
    ----------
    types
        Types that values have.
    values
        Those that are not missing, wrong ones included.
    fits
        How many of them are of each of the `FAMILIES`.
    odd
        Hashes of the different ones that are not of the family that the column is taken for, or
        of no family at all, as far as they are counted.
    far
        Instants that nanoseconds do not reach.
    """

    types: frozenset[pa.DataType] = frozenset()
    values: int = 0
    fits: tuple[int, ...] = NONE
    odd: frozenset[bytes] = field(default=frozenset(), repr=False)
    far: int = 0
    numbers: Numbers = Numbers()

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.types | other.types,
            self.values + other.values,
            tuple(map(sum, zip(self.fits, other.fits, strict=True))),
            self.odd if len(self.odd) > MOST_WRONG else self.odd | other.odd,
            self.far + other.far,
            self.numbers + other.numbers,
        )

    @property
    def family(self) -> int:
        """The family that most values are of."""
        return self.fits.index(max(self.fits))


@dataclass(frozen=True)
class Column:
    """A column of a file, as it is taken for.

    Attributes
    ----------
    family
        The family of most of its values, as far as they are known; ``None`` where most are of
        none.
    forms
        Forms of dates other than ISO 8601.
    missing
        Texts that stand for no value in other columns than text.
    asked
        The type that was asked for: then it is the type, whatever the values are.
    is_plain_text
        Whether nothing else can come of it.
    padded
        Whether there are integers with leading zeros: they are numbers only among numbers.
    """

    family: int | None = None
    forms: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    asked: pa.DataType | None = None
    is_plain_text: bool = False
    padded: bool = False

    @property
    def needs_texts(self) -> bool:
        """Whether its values are to be read as texts first."""
        return self.asked is None and self.family in (None, FORMS)

    def like(self, tally: Tally, *, whole: bool) -> Column:
        """The column as ``tally`` shows it, of a part of its values or of the ``whole``."""
        if self.asked is not None or self.is_plain_text:
            return self
        if whole and self.type_of(tally) == pa.string():
            return replace(self, is_plain_text=True)
        if self.family is None and len(tally.odd) > MOST_WRONG:
            return replace(self, is_plain_text=True)
        most = max(tally.fits) > tally.values / 2
        return replace(self, family=tally.family if most else None)

    def type_of(self, tally: Tally) -> pa.DataType:
        """The type of a column whose values were ``tally``, as it is shown."""
        if self.asked is not None:
            return self.asked
        if self.is_plain_text:
            return pa.string()
        if not tally.values:
            return pa.null()
        type_ = shown(_type_in_family(tally))
        wrong = self.errors_in(tally, type_)
        hopeless = tally.family == self.family and len(tally.odd) > MOST_WRONG
        codes = self.padded and wrong and tally.family == NUMBERS
        few = wrong <= TOLERATED * tally.values
        return type_ if few and not hopeless and not codes else pa.string()

    def errors_in(self, tally: Tally, type_: pa.DataType) -> int:
        """Values that are null because they are none of the column's ``type_``."""
        if pa.types.is_null(type_) or type_ in (pa.string(), pa.large_string()):
            return 0
        if self.asked is not None:
            return tally.values - max(tally.fits)
        wrong = tally.values - tally.fits[tally.family]
        if pa.types.is_integer(type_):
            wrong += tally.numbers.fractions
        return wrong + (tally.far if is_nanoseconds(type_) else 0)


def _type_in_family(tally: Tally) -> pa.DataType:
    """The narrowest type of the values that are of the family of most."""
    if tally.family == NUMBERS:
        return tally.numbers.type
    family = FAMILIES[tally.family]
    return max(tally.types & set(family), key=family.index)


def family_of(type_: pa.DataType) -> int | None:
    """The number of the family that ``type_`` belongs to."""
    return next((number for number, each in enumerate(FAMILIES) if type_ in each), None)


def shown(type_: pa.DataType) -> pa.DataType:
    """The type of a column whose values are of ``type_``.

    Days are instants at midnight, as pandas reads them, and instants are in microseconds.
    """
    return _SHOWN.get(type_, type_)


def is_nanoseconds(type_: pa.DataType) -> bool:
    """Whether values are instants in nanoseconds, which do not reach far."""
    return bool(pa.types.is_timestamp(type_) and type_.unit == "ns")
