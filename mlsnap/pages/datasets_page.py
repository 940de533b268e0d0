"""The page of all datasets."""

from __future__ import annotations

from mlsnap.pages.rendering import page
from mlsnap.pages.site import Site
from mlsnap.tracking import overview


def datasets_page(site: Site) -> str:
    """All datasets that the caller may read, with the newest snapshot of each."""
    listed = [
        each
        for each in overview.datasets(site.workspace.catalog.client)
        if site.may_read(each.entry.experiment_id)
    ]
    return page(site, "datasets.html.j2", title="Datasets", crumbs=[], listed=listed)
