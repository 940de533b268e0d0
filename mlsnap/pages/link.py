"""The way from MLflow's own page to these: one script, added to its index."""

from __future__ import annotations

import logging

from flask import Flask, Response, request
from markupsafe import Markup

_log = logging.getLogger("mlsnap.pages")

_INDEX = "serve"
"""What MLflow calls the page that all of its own pages are drawn in."""

_TAG = Markup('<script defer src="{}"></script></body>')


def lead_from_index(app: Flask, script: str) -> None:
    """From now on MLflow's index loads the script at the address ``script``; nothing else changes.

    The index is always sent whole: whoever has one of before in their cache gets the new one.
    """
    tag = _TAG.format(script).encode()

    def ask_for_all() -> None:
        if request.endpoint == _INDEX:
            for condition in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE"):
                request.environ.pop(condition, None)

    def add_tag(response: Response) -> Response:
        if request.endpoint == _INDEX and _is_plain_page(response):
            try:
                _insert(response, tag)
            except Exception:
                _log.exception("the link to mlsnap's pages could not be added")
        return response

    app.before_request(ask_for_all)
    app.after_request(add_tag)


def _is_plain_page(response: Response) -> bool:
    plain = response.mimetype == "text/html" and "Content-Encoding" not in response.headers
    return plain and response.status_code == 200


def _insert(response: Response, tag: bytes) -> None:
    response.direct_passthrough = False
    page = response.get_data()
    before, end, after = page.rpartition(b"</body>")
    if end:
        response.set_data(before + tag + after)
        for header in ("ETag", "Last-Modified", "Accept-Ranges"):
            response.headers.pop(header, None)
