"""Databases: the rows of a query or a table.

A definition of one has the connection URL as its source, the format ``sql`` and the options

``query`` or ``table``
    What to read: a query in the database's own SQL, or the name of a table (``schema.name``).
``driver``
    What reads it: ``adbc`` or ``sqlalchemy``, one file here each, with the same face:
    ``read(url, question) -> Rows``. Where none is named, it is ADBC if the driver for the
    database is installed, else SQLAlchemy; the choice is kept in the definition, because the two
    carry some types differently and so give different digests. SQLite is read through SQLAlchemy
    unless ADBC is named: its ADBC driver takes the types of a column's first rows for those of
    all.

Nothing is written: where the database can, it is opened or asked in a way that forbids it
(SQLite and DuckDB files, read-only transactions of PostgreSQL, MySQL, MariaDB and Oracle), and
no transaction is ever committed.

A query without ORDER BY may give its rows in another order each time, and so another digest.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from mlsnap.data.databases import urls
from mlsnap.data.databases.question import Question
from mlsnap.data.rows import Rows
from mlsnap.errors import SourceError, near
from mlsnap.values.snapshot import Definition

FORMAT = "sql"
OPTIONS = ("query", "table", "driver")
DRIVERS = ("adbc", "sqlalchemy")

_TYPED = ("postgresql", "duckdb")
"""Databases in which a column has one type, and whose ADBC drivers are known here."""


def is_database(source: object, *, format: str | None, options: Mapping[str, Any] | None) -> bool:
    """Whether ``source`` is to be read as a database: by its scheme, the format or an option."""
    if format is not None:
        return format == FORMAT
    asks = {"query", "table"} & set(options or {})
    return urls.names_database(str(source)) or ("://" in str(source) and bool(asks))


def define(source: object, *, options: Mapping[str, Any] | None = None) -> Definition:
    """The definition of a query or table; nothing is connected to.

    Raises
    ------
    SourceError
        If the URL has a password in it or names a file that is not there, an option is none of
        `OPTIONS`, or there is not exactly one of query and table.
    """
    options = dict(options or {})
    for name in options:
        if name not in OPTIONS:
            raise SourceError(
                f"no option {name!r} for databases{near(name, OPTIONS)}",
                f"options are {', '.join(OPTIONS)}",
            )
    Question.of(options)
    url = urls.checked(str(source))
    driver = options.setdefault("driver", _driver_for(url))
    if driver not in DRIVERS:
        raise SourceError(
            f"no driver {driver!r}{near(str(driver), DRIVERS)}", f"it is {' or '.join(DRIVERS)}"
        )
    return Definition(source=url, format=FORMAT, options=options)


def open_query(definition: Definition) -> Rows:
    """The rows of a definition's query.

    Raises
    ------
    SourceError
        If a variable that the URL names is not set, a library or driver is not installed, or the
        database refuses. No message has the values of the variables in it.
    """
    url = str(definition.source)
    options = definition.options
    try:
        reader = import_module(f"{__name__}.{options.get('driver', 'sqlalchemy')}")
    except ModuleNotFoundError as error:
        raise SourceError(
            f"{url} is to be read with {error.name}, which is not installed",
            'pip install "mlsnap[sql]"',
        ) from error
    rows: Rows = reader.read(url, Question.of(options))
    return rows


def _driver_for(url: str) -> str:
    scheme = urls.scheme_of(url)
    if scheme not in _TYPED or not find_spec("adbc_driver_manager"):
        return "sqlalchemy"
    return "adbc" if find_spec(f"adbc_driver_{scheme}") else "sqlalchemy"
