"""The learners, and how they are scored."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression, RidgeCV
from sklearn.metrics import get_scorer


def make(name: str, *, classes: bool, seed: int, trees: int) -> Any:
    """Return a learner of the protocol, not fitted; its input is standardised."""
    if name == "linear":
        return LogisticRegression(max_iter=5000) if classes else RidgeCV(np.logspace(-3, 4, 15))
    if name == "forest":
        options = {"n_estimators": trees, "random_state": seed, "n_jobs": 1}
        if classes:
            return RandomForestClassifier(**options)
        return RandomForestRegressor(max_features=1 / 3, min_samples_leaf=5, **options)
    raise ValueError(f"`name` must be 'linear' or 'forest', got {name!r}")


def score(
    learner: Any,
    scoring: str,
    train: tuple[NDArray[Any], NDArray[Any]],
    test: tuple[NDArray[Any], NDArray[Any]],
    columns: NDArray[np.int64],
) -> float:
    """Return the score on the test rows of a learner fitted to some columns.

    Without columns it is that of the mean of the training rows, or of their largest class.
    """
    if len(columns) == 0:
        dummy = DummyClassifier() if hasattr(learner, "predict_proba") else DummyRegressor()
        return float(get_scorer(scoring)(dummy.fit(*train), *test))
    fitted = learner.fit(train[0][:, columns], train[1])
    return float(get_scorer(scoring)(fitted, test[0][:, columns], test[1]))
