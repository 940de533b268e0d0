"""Connection URLs: without passwords where they are stored, with them where they are used.

A password is written ``${NAME}`` and taken from the environment when the database is read.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from mlsnap.errors import SourceError, near

_DATABASES = frozenset(
    (
        "bigquery",
        "clickhouse",
        "cockroachdb",
        "databricks",
        "db2",
        "duckdb",
        "firebird",
        "mariadb",
        "mssql",
        "mysql",
        "oracle",
        "postgres",
        "postgresql",
        "redshift",
        "snowflake",
        "sqlite",
        "teradata",
        "trino",
    )
)
_IN_FILES = ("sqlite", "duckdb")
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
_SECRET = re.compile(r"pass|pwd|secret|token|credential", re.IGNORECASE)


def scheme_of(url: str) -> str:
    """The scheme, ``postgres`` by its full name: ``postgresql``, ``mysql+pymysql``."""
    scheme = url.partition("://")[0].lower()
    return "postgresql" if scheme == "postgres" else scheme


def names_database(url: str) -> bool:
    """Whether the scheme is one of a database."""
    return "://" in url and scheme_of(url).partition("+")[0] in _DATABASES


def checked(url: str) -> str:
    """``url`` as definitions store it: without a password, the path of a file absolute.

    Raises
    ------
    SourceError
        If it is no URL, has a password in it, or names a file that is not there. The message does
        not repeat it.
    """
    if "://" not in url:
        raise SourceError(
            "the source of a query is no connection URL",
            "write one such as postgresql://reader@host/shop or sqlite:///shop.db",
        )
    if _in_file(url):
        return _absolute(url)
    _check_secrets(url)
    return url


def _check_secrets(url: str) -> None:
    scheme, _, rest = url.partition("://")
    parts = urlsplit(url)
    user, has_user, host = parts.netloc.rpartition("@")
    password = user.partition(":")[2]
    torn = not has_user and "@" in rest and ":" in host
    named = [value for name, value in parse_qsl(parts.query) if _SECRET.search(name)]
    if torn or any(each and not _PLACEHOLDER.fullmatch(each) for each in [password, *named]):
        name = user.partition(":")[0] if not torn else "user"
        raise SourceError(
            f"the {scheme} URL has a password in it, and definitions are stored",
            f"write {scheme}://{name or 'user'}:${{DB_PASSWORD}}@… and set the variable "
            "DB_PASSWORD where the data is read",
        )


def expanded(url: str) -> str:
    """``url`` with the variables it names, quoted as URLs want it.

    Raises
    ------
    SourceError
        If one is not set; it is named.
    """
    return _PLACEHOLDER.sub(lambda found: quote(_value(found[1]), safe=""), url)


def without_secrets(text: str, url: str) -> str:
    """``text`` with the values of the variables that ``url`` names replaced by their names."""
    for name in _PLACEHOLDER.findall(url):
        value = os.environ.get(name)
        for each in (value, quote(value or "", safe="")) if value else ():
            text = text.replace(each, f"${{{name}}}")
    return text


def file_of(url: str) -> Path:
    """The file of a database that is one."""
    return Path(unquote(urlsplit(url).path[1:]))


def _in_file(url: str) -> bool:
    return scheme_of(url).partition("+")[0] in _IN_FILES


def _absolute(url: str) -> str:
    path = file_of(url)
    if str(path) == ".":
        raise SourceError(
            f"{url!r} names no file, and a database in memory cannot be read again",
            f"write {scheme_of(url)}:///name.db, or hand a frame over",
        )
    if not path.is_file():
        siblings = [each.name for each in path.parent.iterdir()] if path.parent.is_dir() else []
        raise SourceError(
            f"no database file {str(path)!r}{near(path.name, siblings)}",
            "check the path; a relative one is resolved from where the process stands",
        )
    return f"{scheme_of(url)}:///{quote(str(path.absolute()))}"


def _value(name: str) -> str:
    try:
        return os.environ[name]
    except KeyError:
        raise SourceError(
            f"the connection URL needs the environment variable {name}, which is not set",
            f"set it, for example: export {name}=…",
        ) from None
