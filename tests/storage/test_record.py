"""What is written down of a remote never opens a door."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlsnap.storage.record import RECORDED, bare, login, recordable, without_secrets

WORD = st.text("abcXYZ019-", min_size=1)


@pytest.mark.parametrize(
    ("location", "kept"),
    [
        ("s3://AKIA:key@bucket/p", "s3://bucket/p"),
        ("https://u:p@h:8443/a/b?sig=key#x", "https://h:8443/a/b"),
        ("ssh://bob:key@host:2222/data", "ssh://host:2222/data"),
        ("https://u:k@ey@h/a@b", "https://h/a@b"),
        ("gs://B_ucket/p", "gs://B_ucket/p"),
        ("/mnt/data#1?", "/mnt/data#1?"),
        ("C:\\data", "C:\\data"),
    ],
)
def test_a_bare_location_keeps_scheme_host_port_and_path(location: str, kept: str) -> None:
    assert bare(location) == kept


@given(WORD, WORD, WORD, WORD)
def test_no_part_of_a_login_or_query_stays(scheme: str, host: str, path: str, word: str) -> None:
    secret = f"_{word}_"
    url = f"{scheme}://{secret}:{secret}@{host}/{path}?{secret}#{secret}"
    assert bare(url) == f"{scheme}://{host}/{path}"
    assert secret not in without_secrets(f"cannot read '{url}': 404")


def test_the_login_of_a_url_becomes_options() -> None:
    assert login("https://me:p%40ss@host/a") == {"user": "me", "password": "p@ss", "auth": "basic"}


def test_a_user_without_a_password_is_no_basic_login() -> None:
    assert login("https://me@host/a") == {"user": "me"}


def test_the_login_of_an_s3_url_becomes_its_keys() -> None:
    assert login("s3://id:key@bucket/a") == {"access_key_id": "id", "secret_access_key": "key"}


def test_a_location_without_login_has_none() -> None:
    assert login("/mnt/me@home") == login("s3://bucket/a@b") == {}


def test_only_allowed_options_are_recorded_as_texts() -> None:
    options = {
        "url": "s3://id:key@b/p",
        "endpointurl": "http://k:s@minio:9000",
        "access_key_id": "A",
        "secret_access_key": "S",
        "session_token": "T",
        "region": "eu",
        "use_ssl": False,
        "profile": "corporate",
    }
    assert recordable(options) == {
        "url": "s3://b/p",
        "endpointurl": "http://minio:9000",
        "region": "eu",
        "use_ssl": "false",
    }


def test_no_option_that_runs_or_unlocks_something_is_allowed() -> None:
    allowed = {option for options in RECORDED.values() for option in options}
    dangerous = (
        "command",
        "key_id",
        "secret",
        "token",
        "password",
        "user",
        "header",
        "file",
        "sas",
    )
    assert not [option for option in allowed if any(word in option for word in dangerous)]
