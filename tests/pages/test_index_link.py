"""The script that is added to MLflow's index, and to nothing else."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import pytest
from flask import Flask, Response
from flask.testing import FlaskClient

from mlsnap.pages.link import lead_from_index

PAGE = "<html><body><div></div></body></html>"
TAG = '<script defer src="/mlsnap/link.js"></script>'


def client(answer: Response | str, endpoint: str = "serve") -> FlaskClient:
    """A client of an application that has one page."""
    app = Flask("mlflow", static_folder=None)
    app.add_url_rule("/", endpoint, lambda: answer)
    lead_from_index(app, "/mlsnap/link.js")
    return app.test_client()


def test_the_index_gets_the_script_at_its_end() -> None:
    answer = client(PAGE).get("/")
    assert answer.text == PAGE.replace("</body>", f"{TAG}</body>")
    assert int(answer.headers["Content-Length"]) == len(answer.data)


def test_an_index_that_was_cached_before_is_sent_again() -> None:
    page = Response(PAGE)
    page.add_etag()
    known = str(page.headers["ETag"])
    answer = client(page).get("/", headers={"If-None-Match": known})
    assert answer.status_code == 200
    assert TAG in answer.text
    assert "ETag" not in answer.headers


@pytest.mark.parametrize(
    "answer",
    [
        Response(gzip.compress(PAGE.encode()), headers={"Content-Encoding": "gzip"}),
        Response('{"page": "</body>"}', mimetype="application/json"),
        Response(PAGE, 500),
        Response("<html>with no end", mimetype="text/html"),
    ],
)
def test_any_other_answer_stays_as_it_is(answer: Response) -> None:
    before = answer.get_data()
    assert client(answer).get("/").data == before


def test_a_page_that_is_not_the_index_stays_as_it_is() -> None:
    assert client(PAGE, endpoint="another").get("/").text == PAGE


def test_a_stream_is_not_collected() -> None:
    drawn = []

    def pieces() -> Iterator[str]:
        for piece in ("a", "b"):
            drawn.append(piece)
            yield piece

    answer = client(Response(pieces(), mimetype="text/plain")).get("/", buffered=False)
    assert drawn in ([], ["a"])
    assert b"".join(answer.response) == b"ab"
