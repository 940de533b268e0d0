"""Whose runs may be made again."""

from __future__ import annotations

import pytest

from mlsnap.errors import NotReproducibleError
from mlsnap.services.reproduction import trust


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("https://mlflow.example.org", "https://mlflow.example.org"),
        ("https://mlflow.example.org", "https://mlflow.example.org/team/a"),
        ("mlflow.example.org", "http://mlflow.example.org:5000"),
        ("github.com/me", "git@github.com:me/project.git"),
        ("github.com/me/project", "https://github.com/me/project.git"),
        ("GitHub.com/me", "ssh://git@github.com/me/project"),
        ("/srv/mlflow", "sqlite:////srv/mlflow/mlflow.db"),
        ("/srv/repositories", "/srv/repositories/project"),
        ("/srv/repositories", "file:///srv/repositories/project"),
        ("https://github.com/me", "git@github.com:me/project.git"),
        ("mlflow.example.org:5000", "http://mlflow.example.org:5000/team"),
        ("https://mlflow.example.org", "https://mlflow.example.org:443"),
    ],
)
def test_a_place_below_an_entry_is_trusted(entry: str, place: str) -> None:
    trust.check([place], [entry])


@pytest.mark.parametrize(
    ("entry", "place"),
    [
        ("https://mlflow.example.org", "https://mlflow.example.org.evil.net"),
        ("github.com/me", "git@github.com:meow/project.git"),
        ("github.com/me", "https://github.com/me/../you/project"),
        ("github.com/me", "https://evil.net/github.com/me"),
        ("github.com/me", "https://github.com@evil.net/me/project"),
        ("/srv/mlflow", "sqlite:////srv/mlflow/../other/mlflow.db"),
        ("/srv/mlflow", "/srv/mlflow2"),
        ("github.com/me", "evil.net:x@github.com:me/project"),
        ("github.com/me", "https://github.com/me/%2e%2e/you/project"),
        ("github.com/me", "https://github.com/me/%252e%252e/you"),
        ("github.com/me", "https://github.com/me/..%2fyou"),
        ("github.com/me", "https://github.com/me/..\\you"),
        ("github.com", "https://github.com\\@evil.net/me"),
        ("github.com", "https://evil.net\\@github.com/me"),
        ("github.com", "https://github.com:x@evil.net/me"),
        ("github.com", "https://github.com./me"),
        ("github.com", "https://[::1"),
        ("github.com", "https://git\u2100hub.com/me"),
        ("mlflow.example.org:5000", "http://mlflow.example.org:5001"),
        ("https://mlflow.example.org", "http://mlflow.example.org"),
        ("https://mlflow.example.org", "https://mlflow.example.org:8443"),
        ("https://github.com/me", "git://github.com/me/project"),
        ("/srv", "file://evil.net/srv/mlflow"),
        ("", "/srv/mlflow"),
    ],
)
def test_any_other_place_is_refused_by_name(entry: str, place: str) -> None:
    with pytest.raises(NotReproducibleError, match="is not among the places") as no:
        trust.check([place], [entry])
    assert place in str(no.value)


def test_every_place_must_be_covered() -> None:
    with pytest.raises(NotReproducibleError, match=r"b\.org"):
        trust.check(["https://a.org", "https://b.org"], ["a.org"])


def test_without_a_list_all_are_trusted() -> None:
    trust.check(["https://anywhere.org"], [])
