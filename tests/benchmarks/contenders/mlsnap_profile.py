"""mlsnap's profile of a file; with ``no_digest``, without the content's digest.

NumPy is started as `mlsnap profile` starts it.
"""

import json
import sys
from dataclasses import fields
from pathlib import Path

import mlsnap
from mlsnap.cli.processor import start_numpy
from mlsnap.values.column import ColumnProfile
from mlsnap.values.profile import Profile


def without_digest(path: str) -> Profile:
    """The profile alone, read as `mlsnap.profile` reads it."""
    from mlsnap import settings
    from mlsnap.data.sources import define, open_source
    from mlsnap.profiling.one_pass import profile_rows

    budget = settings.load(Path.cwd()).settings.memory_budget
    rows = open_source(define(path))
    return rows.given_to(lambda rows: profile_rows(rows, budget=budget, digest=False))


def delivered(profile: Profile) -> list[str]:
    """Names of the statistics that any of the columns has."""
    names = [field.name for field in fields(ColumnProfile)]
    had = {name for name in names for each in profile if getattr(each, name) not in (None, ())}
    return [*sorted(had), *["digest"] * bool(profile.digest)]


start_numpy(algebra=False)
path = sys.argv[1]
profile = without_digest(path) if "no_digest" in sys.argv[2:] else mlsnap.profile(path)
exact = sum(column.distinct_exact for column in profile)
print(
    json.dumps(
        {
            "rows": profile.row_count,
            "columns": len(profile),
            "statistics": delivered(profile),
            "remark": f"distinct counts are exact in {exact} of {len(profile)} columns",
            "versions": {"mlsnap": mlsnap.__version__},
        }
    )
)
