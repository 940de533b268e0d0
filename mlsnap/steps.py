"""Transformation steps for definitions.

::

    from mlsnap.steps import filter, select

    adults = dataset.get_definition().with_steps(select("name", "age"), filter("age > 17"))
    dataset.update_definition(adults, "adults only")

A step is the plain dict that the definition stores; one written by hand does as well.
"""

from mlsnap.data.steps.cast import step as cast
from mlsnap.data.steps.derive import step as derive
from mlsnap.data.steps.drop import step as drop
from mlsnap.data.steps.filter import step as filter
from mlsnap.data.steps.function import step as function
from mlsnap.data.steps.parse_dates import step as parse_dates
from mlsnap.data.steps.rename import step as rename
from mlsnap.data.steps.select import step as select
from mlsnap.data.steps.sql import step as sql

__all__ = [
    "cast",
    "derive",
    "drop",
    "filter",
    "function",
    "parse_dates",
    "rename",
    "select",
    "sql",
]
