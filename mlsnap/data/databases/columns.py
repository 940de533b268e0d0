"""Columns of Python values as Arrow arrays, with one type for all rows.

A column's type is a function of all its values (and of what the database declares), never of
where parts of it were cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlsnap.data import mixed
from mlsnap.data.databases.values import array_of, text_of
from mlsnap.data.types import is_list, is_text

_is = pa.types


@dataclass
class Column:
    """What is known of a column so far.

    ``declared`` is the type that the database says it has. It is taken if all values fit it, else
    the one type that all have; floats if they are numbers that those hold exactly. What is left
    is a column of several types (`mlsnap.data.mixed`).
    """

    name: str
    declared: pa.DataType | None = None
    types: set[pa.DataType] = field(default_factory=set)
    counts: Counter[str] = field(default_factory=Counter)
    has_one_type: bool = True
    fits_declared: bool = True
    fits_floats: bool = True

    def add(self, values: Sequence[Any] | pa.Array) -> tuple[pa.Field, pa.Array]:
        """Take in some rows; returns them as they can be stored until `field` is known."""
        if isinstance(values, pa.Array):
            self._see(values)
            return pa.field(self.name, values.type), values
        kinds = Counter(map(type, values))
        del kinds[type(None)]
        self.counts.update({kind.__name__: count for kind, count in kinds.items()})
        array = array_of(values)
        if array is not None:
            self._see(array)
            return pa.field(self.name, array.type), array
        for kind in kinds:
            self._see(array_of([each for each in values if type(each) is kind]))
        texts = pa.array(map(text_of, values), pa.large_string())
        return pa.field(self.name, texts.type, metadata=mixed.metadata_of_counts({})), texts

    @property
    def field(self) -> pa.Field:
        """Its name and type, when all rows are taken in."""
        type_ = self._type()
        if type_ is not None:
            return pa.field(self.name, type_)
        counts = mixed.metadata_of_counts(self.counts)
        return pa.field(self.name, pa.large_string(), metadata=counts)

    def _see(self, array: pa.Array | None) -> None:
        if array is None:
            self.has_one_type = False
        elif not _is.is_null(array.type):
            self.types.add(array.type)
            self.fits_declared = self.fits_declared and _fits(array, self.declared)
            self.fits_floats = self.fits_floats and _fits(array, pa.float64())

    def _type(self) -> pa.DataType | None:
        if not self.has_one_type:
            return None
        if self.declared is not None and self.fits_declared:
            return self.declared
        if len(self.types) <= 1:
            return next(iter(self.types), pa.null())
        return self._wider()

    def _wider(self) -> pa.DataType | None:
        """A type that holds the values of several types exactly, if there is one."""
        if all(_is.is_integer(each) or _is.is_floating(each) for each in self.types):
            return pa.float64() if self.fits_floats else None
        whole = all(_is.is_integer(each) or _is.is_decimal(each) for each in self.types)
        if not whole and not all(map(is_list, self.types)):
            return None
        schemas = [pa.schema([("", each)]) for each in self.types]
        try:
            return pa.unify_schemas(schemas, promote_options="permissive").field(0).type
        except pa.ArrowException:
            return None


def cast(stored: pa.Field, array: pa.Array, field: pa.Field) -> pa.Array:
    """Rows that `Column.add` gave, as what the whole column turned out to be."""
    if array.type == field.type and mixed.is_mixed(stored) == mixed.is_mixed(field):
        return array
    if mixed.is_mixed(stored) == mixed.is_mixed(field):
        return array.cast(field.type)
    if mixed.is_mixed(field):
        return pa.array(map(text_of, array.to_pylist()), field.type)
    values = [text and mixed.from_text(text) for text in array.to_pylist()]
    return pa.array(values, field.type)


def _fits(array: pa.Array, type_: pa.DataType | None) -> bool:
    """Whether ``type_`` holds every value exactly, and means the same by it."""
    if array.type == type_:
        return True
    if type_ is None or not _is_alike(array.type, type_):
        return False
    if _is.is_boolean(type_) and _is.is_integer(array.type):
        return set(pc.unique(array).to_pylist()) <= {None, 0, 1}
    try:
        array.cast(type_)
    except pa.ArrowException:
        return False
    return True


def _is_alike(found: pa.DataType, declared: pa.DataType) -> bool:
    if is_text(found):
        return is_text(declared) or _is.is_date(declared) or _is.is_timestamp(declared)
    if _is_number(found):
        return _is_number(declared) or (_is.is_integer(found) and _is.is_boolean(declared))
    return bool(found.id == declared.id)


def _is_number(type_: pa.DataType) -> bool:
    return bool(_is.is_integer(type_) or _is.is_floating(type_) or _is.is_decimal(type_))
