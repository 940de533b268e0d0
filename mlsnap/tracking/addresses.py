"""Addresses of MLflow servers and stores."""

from __future__ import annotations

import re

_LOGIN = re.compile(r"//[^/?#]*@")


def is_server(uri: str) -> bool:
    """Whether ``uri`` is that of a server rather than of a database or folder."""
    return uri.startswith(("http://", "https://"))


def safe_uri(uri: str) -> str:
    """``uri`` without user name and password, for messages."""
    return _LOGIN.sub("//", uri)
