"""``mlsnap ui`` before it serves: what it refuses. Its server is started in ``tests/ui``."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from command_line import Run


@pytest.fixture
def listened() -> Iterator[int]:
    """A port of this machine that somebody listens at."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_taken_port_is_told_with_the_next_one(project: Path, run: Run, listened: int) -> None:
    ended = run("ui", "--port", str(listened))
    assert ended.code == 3
    fact, hint = ended.error()
    assert fact.startswith(f"nothing can listen at port {listened} of 127.0.0.1")
    assert hint == f"choose another port: `mlsnap ui --port {listened + 1}`"


def test_a_server_that_does_not_answer_is_told(project: Path, run: Run) -> None:
    ended = run("ui", "--tracking-uri", "http://127.0.0.1:9")
    assert ended.code == 3
    assert "no MLflow server answers" in ended.error()[0]
