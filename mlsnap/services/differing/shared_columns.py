"""The columns in which two tables are compared row by row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pyarrow as pa

from mlsnap.comparing.selection import left_out
from mlsnap.data.common_types import common_type
from mlsnap.data.layout import plain
from mlsnap.data.mixed import is_mixed
from mlsnap.data.row_hashes import Form, form_of
from mlsnap.data.types import has_union, type_name
from mlsnap.errors import NotFoundError, SourceError, near
from mlsnap.values.row_difference import RetypedColumn

_is = pa.types


@dataclass(frozen=True)
class SharedColumns:
    """What is compared, and how the columns differ.

    Attributes
    ----------
    forms
        Of each compared column, in the current table's order, the form of its values.
    types
        Of each, the type that holds the values of both sides.
    key
        Those that say which row is which.
    added, removed, retyped, excluded
        The others; a retyped one may be compared as well.
    """

    forms: dict[str, Form]
    types: dict[str, pa.DataType]
    key: tuple[str, ...] = ()
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    retyped: tuple[RetypedColumn, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        """The columns that are compared."""
        return list(self.forms)

    @property
    def others(self) -> list[str]:
        """Those of them that are not part of the key."""
        return [name for name in self.forms if name not in self.key]

    @property
    def are_all(self) -> bool:
        """Whether the sides have no other columns, and these have the same types."""
        return not (self.added or self.removed or self.retyped)

    def form_of(self, names: Iterable[str]) -> list[tuple[str, Form]]:
        """The forms of some columns, with their names."""
        return [(name, self.forms[name]) for name in names]

    def cast(self, array: pa.Array, name: str) -> pa.Array:
        """Values of the column ``name``, of either side, as its common type."""
        values, type_ = plain(array), self.types[name]
        if values.type == type_:
            return values
        try:
            return values.cast(type_, safe=not _is.is_floating(type_))
        except pa.ArrowInvalid as error:
            raise SourceError(
                f"column {name!r} holds values of {values.type} that {type_}, its type on the "
                f"other side, cannot hold: {error}",
                "leave the column out: --exclude, or exclude_columns",
            ) from error


def shared_columns(
    reference: pa.Schema,
    current: pa.Schema,
    *,
    key: Sequence[str],
    include: Sequence[str] | None,
    exclude: Sequence[str] | None,
) -> SharedColumns:
    """The columns that both sides have, of those that are asked for, as far as they compare.

    Raises
    ------
    NotFoundError
        If a column that is asked for is not there.
    SourceError
        If nothing is left to compare, or a side holds unions.
    """
    known = list(dict.fromkeys([*current.names, *reference.names]))
    excluded = left_out(known, include=include, exclude=exclude).keys() - set(key)
    ours = [name for name in current.names if name not in excluded]
    theirs = [name for name in reference.names if name not in excluded]
    both = [name for name in ours if name in set(theirs)]
    forms = {name: _form(reference.field(name), current.field(name)) for name in both}
    found = {name: form for name, form in forms.items() if form is not None}
    retyped = [_retyped(reference.field(name), current.field(name), forms[name]) for name in both]
    shared = SharedColumns(
        found,
        {name: common_type(reference.field(name).type, current.field(name).type) for name in found},
        tuple(key),
        tuple(name for name in ours if name not in set(theirs)),
        tuple(name for name in theirs if name not in set(ours)),
        tuple(each for each in retyped if each),
        tuple(name for name in known if name in excluded),
    )
    _require_key(shared, reference, current)
    if not found and (ours or theirs):
        raise SourceError(
            "there is no column that both sides have, of types that compare",
            "see what they have with `mlsnap compare`, or `mlsnap profile` for a file",
        )
    return shared


def check_key(key: Sequence[str], known: Sequence[str], side: str) -> None:
    """`NotFoundError` if a column of the key is not among the ``known`` ones."""
    for name in key:
        if name not in known:
            raise NotFoundError(
                f"no column {name!r} in the {side}{near(name, known)}",
                "a key is made of columns that both sides have",
            )


def _require_key(shared: SharedColumns, reference: pa.Schema, current: pa.Schema) -> None:
    check_key(shared.key, reference.names, "reference")
    check_key(shared.key, current.names, "current table")
    types = {each.name: f"{each.reference} → {each.current}" for each in shared.retyped}
    for name in shared.key:
        if name not in shared.forms:
            raise SourceError(
                f"the key {name!r} has types that do not compare: {types[name]}",
                "give it one type with a cast step, or name another key",
            )


def _form(one: pa.Field, other: pa.Field) -> Form | None:
    for field in (one, other):
        if has_union(field.type):
            raise SourceError(
                f"column {field.name!r} is a union ({field.type}), which cannot be compared",
                "drop the column, or give it a type of its own",
            )
    return form_of(one.type, other.type) if is_mixed(one) == is_mixed(other) else None


def _retyped(one: pa.Field, other: pa.Field, form: Form | None) -> RetypedColumn | None:
    types = [_type(one), _type(other)]
    return (
        None
        if types[0] == types[1]
        else RetypedColumn(one.name, types[0], types[1], form is not None)
    )


def _type(field: pa.Field) -> str:
    return "mixed" if is_mixed(field) else type_name(field.type)
