"""What of a remote's options may be written down: its place, and nothing that opens a door."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote, urlsplit

RECORDED: dict[str, tuple[str, ...]] = {
    "s3": ("endpointurl", "region", "use_ssl"),
    "gs": ("endpointurl", "projectname"),
    "azure": ("account_name",),
    "oss": ("oss_endpoint",),
    "ssh": ("port",),
    "webhdfs": ("use_https",),
}
"""Options beside the URL that are written down, and accepted back, by the URL's scheme."""

_LOGIN: dict[str, tuple[str, str]] = {
    "s3": ("access_key_id", "secret_access_key"),
    "oss": ("oss_key_id", "oss_key_secret"),
}
"""Options that hold what stands before the ``@`` of a URL, where they are not user, password."""


def is_url(location: str) -> bool:
    """Whether ``location`` is a URL, not a path."""
    return "://" in location


def scheme_of(location: str) -> str:
    """The scheme of a URL, lower case; nothing for a path."""
    return location.partition("://")[0].lower() if is_url(location) else ""


def bare(location: str) -> str:
    """``location`` with what can hold a secret cut off: user, password, query and fragment.

    >>> bare("https://me:secret@host:8443/data?sig=secret")
    'https://host:8443/data'
    """
    if not is_url(location):
        return location
    scheme, _, rest = location.partition("://")
    host, slash, path = re.split(r"[?#]", rest, maxsplit=1)[0].partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"


def without_secrets(text: str) -> str:
    """A message of a foreign library with the URLs in it made bare."""
    return re.sub(r"[\w+.-]+://[^\s'\"<>]+", lambda found: bare(found.group()), text)


def login(url: str) -> dict[str, str]:
    """DVC's options for the user and password that stand in ``url``, if any."""
    if not is_url(url) or "@" not in (address := urlsplit(url)).netloc:
        return {}
    scheme = scheme_of(url)
    user, password = _LOGIN.get(scheme, ("user", "password"))
    found = {user: address.username, password: address.password}
    options = {option: unquote(text) for option, text in found.items() if text}
    basic = scheme in ("http", "https") and len(options) == 2
    return options | ({"auth": "basic"} if basic else {})


def recordable(options: Mapping[str, object]) -> dict[str, str]:
    """The url and the allow-listed options among DVC's ``options`` of a remote, as texts."""
    allowed = RECORDED.get(scheme_of(str(options["url"])), ())
    kept = {option: options[option] for option in ("url", *allowed) if option in options}
    return {option: _text(value) for option, value in kept.items()}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else bare(str(value))
