"""The trainings of the suite: what each needs, and how its reproduction is to come out."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

SAME = frozenset({"identical"})
NEARLY = frozenset({"identical", "equivalent"})


@dataclass(frozen=True)
class Training:
    """A function, ``module.function``, or a script with its arguments.

    Attributes
    ----------
    needs
        Libraries beside those that mlsnap needs.
    verdicts
        Those that it may come out with.
    """

    words: tuple[str, ...]
    needs: tuple[str, ...] = ("sklearn",)
    verdicts: frozenset[str] = SAME

    @property
    def name(self) -> str:
        """What its metrics begin with."""
        return self.words[0].removesuffix(".py").rpartition(".")[2]

    @property
    def is_script(self) -> bool:
        """Whether it is run whole."""
        return self.words[0].endswith(".py")

    @property
    def missing(self) -> list[str]:
        """The libraries among ``needs`` that are not installed."""
        return [each for each in self.needs if find_spec(each) is None]


PROTOTYPED = (
    Training(("with_sklearn.elastic_net",)),
    Training(("with_sklearn.least_squares",)),
    Training(("with_sklearn.forest",), verdicts=NEARLY),
    Training(("with_sklearn.boosted_trees",)),
    Training(("with_sklearn.perceptron",)),
    Training(("with_sklearn.pipeline",)),
    Training(("with_sklearn.grid_search",), verdicts=frozenset({"different"})),
    Training(("with_sklearn.clusters",)),
    Training(("with_lightgbm.bagged",), ("sklearn", "lightgbm")),
    Training(("with_lightgbm.of_categories",), ("sklearn", "lightgbm")),
    Training(("with_lightgbm.deterministic",), ("sklearn", "lightgbm")),
    Training(("with_xgboost.subsampled",), ("sklearn", "xgboost")),
    Training(("with_catboost.ordered_boosting",), ("sklearn", "catboost")),
    Training(("with_torch.with_dropout",), ("sklearn", "torch")),
    Training(("with_torch.convolutional",), ("sklearn", "torch")),
    Training(("with_statsmodels.by_hour_and_day",), ("sklearn", "statsmodels")),
    Training(("with_statsmodels.seasonal",), ("sklearn", "statsmodels")),
    Training(("with_prophet.forecast",), ("sklearn", "prophet")),
    Training(("with_implicit.factors",), ("sklearn", "implicit")),
    Training(("words.py", "letters.csv", "--rounds", "30")),
    Training(("with_numpy.bootstrap",)),
    Training(("with_numpy.of_the_module",)),
)
"""The trainings of which 20 came back bit for bit in a prototype."""

FURTHER = (Training(("with_keras.dense",), ("sklearn", "keras", "jax")),)

ALL = (*PROTOTYPED, *FURTHER)
