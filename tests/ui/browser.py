"""A headless Chromium, driven over a pipe by its DevTools protocol."""

from __future__ import annotations

import base64
import contextlib
import fcntl
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-sync",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]

_DRIVEN = [
    "--remote-debugging-pipe",
    "--hide-scrollbars",
    "--disable-site-isolation-trials",
    "--disable-features=IsolateSandboxedIframes",
]
"""Also: a sandboxed frame stays in the process of its page, where commands reach it."""

needs_chromium = pytest.mark.skipif(
    CHROMIUM is None and "browser" not in os.environ.get("MLSNAP_TESTS_MAY_NOT_SKIP", ""),
    reason="no chromium on this machine",
)

_FRAME = """new Promise(done => {
    const shown = document.createElement("iframe");
    shown.setAttribute("sandbox", "allow-scripts");
    shown.style = "border: 0; width: 100%; height: 100vh; display: block";
    shown.src = URL.createObjectURL(new Blob([PAGE], {type: "text/html"}));
    shown.addEventListener("load", () => done(true));
    document.body.style.margin = "0";
    document.body.replaceChildren(shown);
})"""
"""As MLflow's viewer of artifacts shows a page."""


class Browser:
    """One page of a running browser."""

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._rest = b""
        self._count = 0
        self._session: str | None = None
        self._contexts: dict[int, str] = {}
        self.events: list[dict[str, Any]] = []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self._top = self.call("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Send a command and wait for its answer; events on the way are kept."""
        self._count += 1
        message = {"id": self._count, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        self._send(json.dumps(message).encode() + b"\0")
        while (answer := self._next()).get("id") != self._count:
            self._note(answer)
        assert "error" not in answer, answer
        found: dict[str, Any] = answer["result"]
        return found

    def show(
        self, page: str, *, width: int = 640, height: int = 900, scheme: str = "light"
    ) -> None:
        """Open a page in a sandboxed frame; ``scheme`` is ``light`` or ``dark``."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        self.prefer("prefers-color-scheme", scheme)
        self.events.clear()
        self.evaluate(_FRAME.replace("PAGE", json.dumps(page)), framed=False)

    def visit(self, address: str, *, width: int = 1280, height: int = 900) -> None:
        """Open a page of a server."""
        self.call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False},
        )
        self.events.clear()
        self.call("Page.navigate", url="about:blank")
        self.call("Page.navigate", url=address)

    def until(self, expression: str, *, framed: bool = False, seconds: float = 60) -> Any:
        """The value of an expression in the visited page, as soon as it is a true one."""
        end = time.monotonic() + seconds
        while True:
            self.call("Page.getFrameTree")  # on the way, what frames there are by now is noted
            with contextlib.suppress(RuntimeError, StopIteration, AssertionError):
                if found := self.evaluate(expression, framed=framed):
                    return found
            assert time.monotonic() < end, f"never true: {expression}"
            time.sleep(0.05)

    def prefer(self, feature: str, value: str) -> None:
        """Set a media feature such as ``prefers-color-scheme`` or ``forced-colors``."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": feature, "value": value}])

    def evaluate(self, expression: str, *, framed: bool = True) -> Any:
        """The value of an expression in the shown page, a promise's when it is there."""
        where = {"contextId": self._framed()} if framed else {}
        answer = self.call(
            "Runtime.evaluate",
            **{"expression": expression, "awaitPromise": True, "returnByValue": True, **where},
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def press(self, key: str, text: str = "") -> None:
        """Press and let go of a key."""
        code = {"Tab": 9, "Enter": 13, " ": 32}.get(key, 0)
        key_ = {"key": key, "windowsVirtualKeyCode": code, "text": text}
        self.call("Input.dispatchKeyEvent", type="keyDown", **key_)
        self.call("Input.dispatchKeyEvent", type="keyUp", **key_)

    def write(self, text: str) -> None:
        """Type a text where the focus is."""
        self.call("Input.insertText", text=text)

    def complaints(self) -> list[str]:
        """What the console said, and requests that were made, since the page was shown."""
        told = ("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        return [
            str(event["params"])
            for event in self.events
            if event["method"] in told or _is_request(event)
        ]

    def picture(self) -> bytes:
        """The shown page as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    @property
    def frame(self) -> str:
        """The id of the frame that the page is shown in."""
        return next(frame for frame in self._contexts.values() if frame != self._top)

    def _note(self, event: dict[str, Any]) -> None:
        """Keep an event, and in which contexts scripts can run."""
        self.events.append(event)
        match event["method"]:
            case "Runtime.executionContextCreated":
                context = event["params"]["context"]
                self._contexts[context["id"]] = context["auxData"].get("frameId", "")
            case "Runtime.executionContextDestroyed":
                self._contexts.pop(event["params"]["executionContextId"], None)
            case "Runtime.executionContextsCleared":
                self._contexts.clear()

    def _framed(self) -> int:
        return next(number for number, frame in self._contexts.items() if frame == self.frame)

    def _send(self, message: bytes) -> None:
        while message:
            message = message[os.write(self._writing, message) :]

    def _next(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = os.read(self._reading, 1 << 20)
            assert piece, "the browser ended"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        return found


@contextmanager
def running() -> Iterator[Browser]:
    """A browser, until the block ends."""
    assert CHROMIUM is not None, "this gate needs chromium"
    (commanded, commanding), (answered, answering) = _pipe(), _pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        process = os.posix_spawn(
            CHROMIUM,
            [CHROMIUM, *QUIET, *_DRIVEN, f"--user-data-dir={folder}"],
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_DUP2, commanded, 3),
                (os.POSIX_SPAWN_DUP2, answering, 4),
                (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
                (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
            ],
            setpgroup=0,
        )
        os.close(commanded)
        os.close(answering)
        try:
            yield Browser(answered, commanding)
        finally:
            os.killpg(process, signal.SIGKILL)
            os.waitpid(process, 0)
            os.close(commanding)
            os.close(answered)


def _pipe() -> tuple[int, int]:
    """Both ends of a pipe, out of the way of the numbers that the browser knows them by."""
    ends = os.pipe()
    reading, writing = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 10) for end in ends)
    for end in ends:
        os.close(end)
    return reading, writing


def _is_request(event: dict[str, Any]) -> bool:
    if event["method"] != "Network.requestWillBeSent":
        return False
    return not event["params"]["request"]["url"].startswith("blob:")
