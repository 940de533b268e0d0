from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from mlsnap.lineage import secrets_in


@dataclass
class Login:
    user: str
    password: str


@pytest.mark.parametrize(
    "name",
    [
        *("password", "db_password", "dbPassword", "PASSWD", "api_key", "apikey", "OPENAI_API_KEY"),
        *("aws_secret_access_key", "private-key", "auth_token", "accessToken", "token"),
        *("client_secret", "credentials", "hf_token"),
    ],
)
def test_a_name_tells(name: str) -> None:
    assert secrets_in.is_named_so(name)


@pytest.mark.parametrize(
    "name",
    [
        *("max_tokens", "token_pattern", "pad_token", "tokens", "key", "sort_key", "secretary"),
        *("password_length", "compass", "", "n_keys", "tokenizer"),
    ],
)
def test_a_name_like_it_does_not(name: str) -> None:
    assert not secrets_in.is_named_so(name)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("api_key", "abc", "it looks like a secret"),
        ("api_key", b"abc", "it looks like a secret"),
        ("token", ["abc"], "it looks like a secret"),
        ("config", {"db": {"password": "x"}}, "'password' in it looks like a secret"),
        ("config", [Login("me", "x")], "'password' in it looks like a secret"),
        ("url", "postgresql://me:pw@host/db", "it looks like a secret"),
        ("x", "https://host/a.csv?sv=1&sig=abc", "it looks like a secret"),
        ("x", "https://host/a.csv?X-Amz-Signature=abc", "it looks like a secret"),
        ("key", "ghp_" + 36 * "a", "it looks like a secret"),
    ],
)
def test_a_text_that_is_one_is_found(name: str, value: Any, why: str) -> None:
    assert secrets_in.found(name, value) == why


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[("password", None), ("password", ""), ("api_key", 3), ("token", False)],
        *[
            ("config", {"max_tokens": "5", 3: "x"}),
            ("url", "https://host:80/a@b"),
            ("url", "https://h/?design=1&n=2"),
            ("x", Login),
        ],
    ],
)
def test_what_is_none_is_left_alone(name: str, value: Any) -> None:
    assert secrets_in.found(name, value) is None
