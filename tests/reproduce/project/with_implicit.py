"""A training with implicit."""

from __future__ import annotations

import pandas as pd
from implicit.als import AlternatingLeastSquares
from outcome import outcome
from scipy.sparse import csr_matrix

import mlsnap


@mlsnap.track(create_data_snapshot=True)
def factors(listens: pd.DataFrame) -> dict[str, float]:
    """The library asks NumPy for an unseeded generator of its own."""
    places = (listens["listener"], listens["song"])
    counts = csr_matrix((listens["times"].astype("float32"), places))
    model = AlternatingLeastSquares(factors=16, iterations=5, num_threads=1)
    model.fit(counts, show_progress=False)
    return outcome("factors", float(model.user_factors.std()), model.item_factors)
