"""Pages made in process, and what is on them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from html.parser import HTMLParser

from mlsnap.pages.site import Site
from mlsnap.services.workspace import open_workspace
from mlsnap.tracking.catalog import Catalog
from mlsnap.tracking.reading import ReadingClient
from mlsnap.tracking.snapshots import SnapshotRuns

VOID = {"meta", "link", "input", "br"}


def site(may_read: Callable[[str], bool] = lambda experiment: True) -> Site:
    """The pages of the project, as a caller sees them who may read only some experiments."""
    workspace = open_workspace()
    client = ReadingClient(workspace.catalog.client, may_read=may_read)
    seen = dataclasses.replace(workspace, catalog=Catalog(client), snapshots=SnapshotRuns(client))
    return Site(seen, "/px/mlsnap", "/px", may_read, nonce="chance")


class Page(HTMLParser):
    """Elements, links and text of a page; fails on tags that do not match.

    What a script unpacks when a row is opened is looked into as well.
    """

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.open: list[str] = []
        self.is_packed = self.is_hidden = False
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.is_packed = tag == "script" and ("type", "text/html") in attrs
        self.is_hidden = tag in ("script", "style")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag
        self.is_hidden = False

    def handle_data(self, data):
        if self.is_packed and self.is_hidden:
            inner = Page(data)
            self.elements += inner.elements
            self.texts += inner.texts
        elif not self.is_hidden:
            self.texts.append(data)

    @property
    def text(self) -> str:
        """All that is written, with single spaces."""
        return " ".join(" ".join(self.texts).split())

    @property
    def links(self) -> list[str]:
        """Where its links lead."""
        return [str(attributes["href"]) for tag, attributes in self.elements if tag == "a"]

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """The attributes of each such element."""
        return [attributes for found, attributes in self.elements if found == tag]
