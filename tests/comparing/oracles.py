"""Each distance on the rows themselves, with NumPy and SciPy."""

from collections import Counter

import numpy as np
from scipy import stats
from scipy.spatial.distance import jensenshannon

FEW = 20


def kolmogorov_smirnov(reference, current):
    return stats.ks_2samp(reference, current, method="asymp").statistic


def jensen_shannon(reference, current):
    return jensenshannon(*pooled(reference, current), base=2)


def hellinger(reference, current):
    p, q = pooled(reference, current)
    return np.linalg.norm(np.sqrt(p / p.sum()) - np.sqrt(q / q.sum())) / np.sqrt(2)


def total_variation(reference, current):
    p, q = pooled(reference, current)
    return np.abs(p / p.sum() - q / q.sum()).sum() / 2


def l_infinity(reference, current):
    p, q = pooled(reference, current)
    return np.abs(p / p.sum() - q / q.sum()).max()


def chi_squared(reference, current):
    return stats.chi2_contingency(np.array(pooled(reference, current)), correction=False).statistic


def population_stability(reference, current):
    p, q = counts(reference, current, cut_by=[reference])
    p, q = np.maximum(p / p.sum(), 0.0001), np.maximum(q / q.sum(), 0.0001)
    return ((q - p) * np.log(q / p)).sum()


ON_AN_AXIS = {
    "wasserstein": stats.wasserstein_distance,
    "energy": stats.energy_distance,
    "kolmogorov_smirnov": kolmogorov_smirnov,
}
OF_SHARES = {
    each.__name__: each
    for each in (
        *(jensen_shannon, population_stability, hellinger),
        *(total_variation, l_infinity, chi_squared),
    )
}
ALL = ON_AN_AXIS | OF_SHARES


def pooled(reference, current):
    return counts(reference, current, cut_by=[reference, current])


def counts(reference, current, *, cut_by):
    """Rows of both sides by value, or in ten bins of those that ``cut_by`` has, weighed alike."""
    if isinstance(reference[0], str) or len({*reference, *current}) <= FEW:
        return by_value(reference, current)
    values = np.unique(np.concatenate(cut_by))
    up_to = [np.searchsorted(np.sort(rows), values, "right") / len(rows) for rows in cut_by]
    height = np.mean(up_to, axis=0)
    cuts = np.unique([values[np.argmax(height >= k / 10 - 1e-12)] for k in range(1, 10)])
    both = [np.bincount(np.searchsorted(cuts, rows), minlength=10) for rows in (reference, current)]
    filled = both[0] + both[1] > 0
    return [each[filled] for each in both]


def by_value(reference, current):
    first, second = Counter(reference), Counter(current)
    return [np.array([side[v] for v in first | second], dtype=float) for side in (first, second)]
