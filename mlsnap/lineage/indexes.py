"""Where pip and uv of this machine look for packages, as their configurations say."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from configparser import Error, RawConfigParser
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mlsnap.lineage.remote import without_credentials

DEFAULT = "https://pypi.org/simple"

_SECTIONS = ("global", "install")
_PIP = ("index-url", "extra-index-url", "find-links", "no-index", "cert", "trusted-host")
_PLACE = re.compile(r"[!-~]+")
_FALSE = ("", "0", "false", "no", "off")


@dataclass(frozen=True, slots=True)
class Indexes:
    """Indexes in the order they are asked, pages or folders of files, and how they are reached.

    URLs are as configured, with their credentials: they are for asking, never for storing.
    """

    urls: tuple[str, ...] = ()
    find_links: tuple[str, ...] = ()
    no_index: bool = False
    certificates: str | None = None
    trusted_hosts: tuple[str, ...] = field(default=())


def recorded() -> tuple[str, ...]:
    """Indexes and find-links without credentials; none for a machine that was told of none.

    A find-links entry begins with ``find-links `` to tell it from an index.
    """
    found = configured()
    urls = (without_credentials(url) for url in found.urls if url != DEFAULT)
    links = (f"find-links {without_credentials(url)}" for url in found.find_links)
    return tuple(dict.fromkeys((*urls, *links)))


def of_record(lines: tuple[str, ...]) -> Indexes:
    """The indexes that `recorded` made ``lines`` of, but for entries that are no place to ask."""
    links = [line.partition(" ")[2] for line in lines if line.startswith("find-links ")]
    urls = [line for line in lines if not line.startswith("find-links ")]
    return Indexes(
        tuple(url for url in urls if _is_url(url)),
        tuple(link for link in links if _is_link(link)),
    )


@cache
def configured() -> Indexes:
    """What pip's and uv's variables and files say; uv's own come first."""
    pip, uv = _pip(), _uv()
    default = _last(uv["index-url"]) or _last(pip["index-url"]) or DEFAULT
    urls = (*uv["extra-index-url"], default, *pip["index-url"][-1:], *pip["extra-index-url"])
    return Indexes(
        urls=tuple(dict.fromkeys(urls)),
        find_links=tuple(dict.fromkeys((*uv["find-links"], *pip["find-links"]))),
        no_index=_is_set(uv["no-index"]) or _is_set(pip["no-index"]),
        certificates=_last(pip["cert"]),
        trusted_hosts=tuple(pip["trusted-host"]),
    )


def _pip() -> dict[str, list[str]]:
    """Pip's options as lists of words: a later file, and then a variable, replaces an earlier."""
    found: dict[str, list[str]] = {name: [] for name in _PIP}
    for file in _pip_files():
        parser = RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (Error, OSError, UnicodeError):
            continue
        for section in filter(parser.has_section, _SECTIONS):
            options = {key.replace("_", "-"): value for key, value in parser.items(section)}
            found |= {name: options[name].split() for name in _PIP if name in options}
    for name in _PIP:
        variable = os.environ.get("PIP_" + name.upper().replace("-", "_"))
        if variable:
            found[name] = variable.split()
    return found


def _pip_files() -> list[Path]:
    """Pip's configuration files, the weakest first, as `its documentation
    <https://pip.pypa.io/en/stable/topics/configuration/>`_ lists them.
    """
    named = os.environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path.home()
    if os.name == "nt":
        roaming = Path(os.environ.get("APPDATA", home / "AppData" / "Roaming"))
        shared = Path(os.environ.get("PROGRAMDATA", "C:/ProgramData"))
        files = [shared / "pip" / "pip.ini", home / "pip" / "pip.ini", roaming / "pip" / "pip.ini"]
    else:
        everywhere = os.environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep)
        own = Path(os.environ.get("XDG_CONFIG_HOME", home / ".config"))
        apple = Path("Library/Application Support/pip/pip.conf")
        files = [
            *(Path(each, "pip", "pip.conf") for each in reversed(everywhere)),
            *(Path("/", apple), Path("/etc/pip.conf")),
            *(home / ".pip" / "pip.conf", own / "pip" / "pip.conf", home / apple),
        ]
    site = Path(sys.prefix) / ("pip.ini" if os.name == "nt" else "pip.conf")
    return [*files, site, *([Path(named)] if named else [])]


def _uv() -> dict[str, list[str]]:
    """uv's options of the same names; an index of its newer form is one of the same list."""
    found: dict[str, list[str]] = {name: [] for name in _PIP}
    for file in _uv_files():
        stored = _toml(file)
        for table in (stored, stored.get("pip", {})):
            for name in ("index-url", "extra-index-url", "find-links"):
                found[name] += _words(table.get(name)) if isinstance(table, dict) else []
        for index in stored.get("index", []):
            if isinstance(index, dict) and not index.get("explicit"):
                found["index-url" if index.get("default") else "extra-index-url"] += _words(
                    index.get("url")
                )
    for variable, name in _UV_VARIABLES.items():
        words = os.environ.get(variable, "").replace(",", " " if "LINKS" in variable else ",")
        values = [word.partition("=")[2] if _is_named(word) else word for word in words.split()]
        found[name] = values or found[name]
    return found


_UV_VARIABLES = {
    "UV_INDEX_URL": "index-url",
    "UV_DEFAULT_INDEX": "index-url",
    "UV_EXTRA_INDEX_URL": "extra-index-url",
    "UV_INDEX": "extra-index-url",
    "UV_FIND_LINKS": "find-links",
    "UV_NO_INDEX": "no-index",
}


def _uv_files() -> list[Path]:
    named = os.environ.get("UV_CONFIG_FILE")
    if named:
        return [Path(named)]
    if os.name == "nt":
        roaming = os.environ.get("APPDATA", str(Path.home() / "AppData" / "Roaming"))
        return [Path(roaming, "uv", "uv.toml")]
    own = Path(os.environ.get("XDG_CONFIG_HOME", Path.home() / ".config"))
    return [Path("/etc/uv/uv.toml"), own / "uv" / "uv.toml"]


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _words(value: object) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [each for each in values if isinstance(each, str)]


def _is_named(word: str) -> bool:
    """Whether an index is written ``name=url``."""
    name, equals, url = word.partition("=")
    return bool(equals) and "://" in url and "/" not in name


def _is_set(words: list[str]) -> bool:
    return bool(words) and words[-1].lower() not in _FALSE


def _last(words: list[str]) -> str | None:
    return words[-1] if words else None


def _is_link(text: str) -> bool:
    """Whether it is one place: uv takes a comma for the end of one."""
    return "," not in text and (_is_url(text) or (text.isprintable() and Path(text).is_absolute()))


def _is_url(text: str) -> bool:
    try:
        known = urlsplit(text).scheme in ("http", "https", "file")
    except ValueError:
        return False
    return known and _PLACE.fullmatch(text) is not None
