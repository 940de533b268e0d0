"""The page that says why there is none."""

from __future__ import annotations

from markupsafe import Markup

from mlsnap.pages.failures import Failure

_PAGE = Markup("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto }}
p {{ overflow-wrap: anywhere }}
</style>
<main>
<h1>{title}</h1>
<p>{fact}</p>
<p>{hint}</p>
<p><a href="{address}/">All datasets</a></p>
</main>
</html>
""")


def failure_page(failure: Failure, *, address: str) -> str:
    """The page of a failure, which leads back to those at ``address``."""
    title = f"{failure.status.value} {failure.status.phrase}"
    return _PAGE.format(title=title, fact=failure.fact, hint=failure.hint, address=address)
