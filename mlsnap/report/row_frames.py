"""Differing rows as a pandas frame."""

from __future__ import annotations

import pandas as pd

from mlsnap.data import carriers
from mlsnap.values.row_difference import RowDifference


def row_difference_frame(difference: RowDifference) -> pd.DataFrame:
    """The differing rows, as `RowDifference.iter_batches` describes them."""
    frame: pd.DataFrame = carriers.decode(difference.to_arrow_table(), None)
    return frame
