"""The bar in a real notebook's kernel."""

from __future__ import annotations

from queue import Empty
from typing import Any

import pytest

CODE = """
import time
import mlsnap.showing
from mlsnap.services.progress import reading

with reading(100) as step:
    for _ in range({steps}):
        time.sleep(0.1)
        step(5)
"""


@pytest.mark.filterwarnings("ignore")  # what Jupyter warns about is not ours
def test_a_bar_appears_in_a_notebook_and_is_gone_at_the_end():
    messages = outputs_of(CODE.format(steps=20))

    bars = [each["text/html"] for each in messages]
    assert "reading <progress" in bars[0]
    assert "of 100 rows, " in bars[0]
    assert bars[-1] == ""


@pytest.mark.filterwarnings("ignore")
def test_no_bar_appears_in_a_notebook_for_what_is_quick():
    assert outputs_of(CODE.format(steps=1)) == []


def outputs_of(code: str) -> list[dict[str, Any]]:
    """What a kernel displays while it runs ``code``, and how that changes."""
    pytest.importorskip("ipykernel")
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(kernel_name="python3")
    try:
        request = client.execute(code)
        found = []
        while True:
            message = client.get_iopub_msg(timeout=60)
            if message["parent_header"].get("msg_id") != request:
                continue
            kind, content = message["msg_type"], message["content"]
            assert kind != "error", content
            if kind in ("display_data", "update_display_data"):
                found.append(content["data"])
            if kind == "status" and content["execution_state"] == "idle":
                return found
    except Empty:
        raise AssertionError("the kernel said nothing for a minute") from None
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
