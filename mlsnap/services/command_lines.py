"""The command line of a script: its options and positional words, and the files that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlsnap.lineage import secrets_in

_NUMBER = re.compile(r"-\d[\d_.eE+-]*|-\.\d[\d_eE+-]*")
_ASSIGNMENT = re.compile(r"\+{0,2}([^\W\d][\w.]*)=(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Word:
    """A value on a command line; ``option`` is what it was given to, ``None`` if it stands alone.

    ``value`` is ``None`` for an option without a value.
    """

    option: str | None
    value: str | None


def words_of(argv: Sequence[str]) -> Iterator[Word]:
    """The words after the script's name, as most scripts read them.

    ``--lr 0.1``, ``--lr=0.1``, ``lr=0.1``, ``-n 3``, flags, and what stands alone. An option takes
    the word after it, unless that is an option too: which flags take none only the script knows.

    >>> [(each.option, each.value) for each in words_of(["--lr", "-0.1", "in.csv", "--fast"])]
    [('lr', '-0.1'), (None, 'in.csv'), ('fast', None)]
    """
    return (word for word, _ in _pieces(argv) if word is not None)


def params_of(argv: Sequence[str]) -> dict[str, str]:
    """The words by name: ``arg0``, ``arg1``, … for those that stand alone.

    >>> params_of(["--lr=0.1", "in.csv", "--fast", "--layer", "3", "--layer", "4"])
    {'lr': '0.1', 'arg0': 'in.csv', 'fast': 'True', 'layer': '3 4'}
    """
    found: dict[str, list[str]] = {}
    alone = 0
    for word in words_of(argv):
        name, value = word.option, "True" if word.value is None else word.value
        if name is None:
            name, alone = f"arg{alone}", alone + 1
        found.setdefault(name, []).append(value)
    shown = {name: " ".join(values) for name, values in found.items() if name}
    return {name: value for name, value in shown.items() if secrets_in.found(name, value) is None}


def secrets_of(argv: Sequence[str]) -> list[str]:
    """Names of options whose value looks like a secret."""
    return [word.option or "argument" for word in words_of(argv) if _is_secret(word)]


def without_secrets(argv: Sequence[str]) -> list[str]:
    """``argv`` with nothing where secrets stand.

    >>> without_secrets(["--password", "abc", "--lr", "0.1", "--api-key=abc"])
    ['--password', '', '--lr', '0.1', '--api-key=']
    """
    hidden = {word.value for word in words_of(argv) if _is_secret(word)}
    return [_hidden(word, hidden) for word in argv]


def with_values(argv: Sequence[str], values: Mapping[str, str]) -> list[str]:
    """``argv`` with other values of options, however they are written.

    >>> with_values(["in.csv", "--lr", "0.1", "seed=1"], {"lr": "0.2", "seed": "2"})
    ['in.csv', '--lr', '0.2', 'seed=2']
    """
    changed: list[str] = []
    for word, written in _pieces(argv):
        value = values.get(word.option or "") if word else None
        changed += written if value is None else _with_value(written, value)
    return changed


def with_paths(argv: Sequence[str], paths: dict[str, str]) -> list[str]:
    """``argv`` with other paths in place of those that it names."""
    return [_with_path(word, paths) for word in argv]


def is_file(value: str) -> bool:
    """Whether there is a file of that name; any text may be asked."""
    try:
        return Path(value).is_file()
    except (OSError, ValueError):
        return False


def _pieces(argv: Sequence[str]) -> Iterator[tuple[Word | None, tuple[str, ...]]]:
    """Each word with how it is written; ``--`` is no word."""
    left = list(argv)
    while left:
        written = left.pop(0)
        if written == "--":
            yield None, (written,)
            yield from ((Word(None, each), (each,)) for each in left)
            return
        if not _is_option(written):
            yield _assigned(written), (written,)
            continue
        name, is_given, value = written.lstrip("-").partition("=")
        if is_given:
            yield Word(name, value), (written,)
        elif left and _takes(name, left[0]):
            value = left.pop(0)
            yield Word(name, value), (written, value)
        else:
            yield Word(name, None), (written,)


def _takes(name: str, word: str) -> bool:
    """Whether an option takes the next word; a password may begin with a sign."""
    if not _is_option(word):
        return word != "--"
    return secrets_in.is_named_so(name) and not word.startswith("--")


def _with_value(written: tuple[str, ...], value: str) -> tuple[str, ...]:
    name, is_given, _ = written[0].partition("=")
    return (f"{name}={value}",) if is_given else (name, value)


def _with_path(word: str, paths: dict[str, str]) -> str:
    if word in paths:
        return paths[word]
    name, is_given, value = word.partition("=")
    return f"{name}={paths[value]}" if is_given and value in paths else word


def _is_secret(word: Word) -> bool:
    return bool(word.value) and secrets_in.found(word.option or "argument", word.value) is not None


def _hidden(word: str, secrets: set[str | None]) -> str:
    if word in secrets:
        return ""
    name, is_given, value = word.partition("=")
    return f"{name}=" if is_given and value in secrets else word


def _is_option(word: str) -> bool:
    return word.startswith("-") and word != "-" and not _NUMBER.fullmatch(word)


def _assigned(word: str) -> Word:
    matched = _ASSIGNMENT.fullmatch(word)
    return Word(*matched.groups()) if matched else Word(None, word)
