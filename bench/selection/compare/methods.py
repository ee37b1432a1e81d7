"""The methods: each takes the training rows of a fold and returns the columns that it selects.

Methods that need a learner, because they choose how many columns by it, are in `BY_LEARNER`; the
others select once for all learners. Packages are imported by the methods that need them: one that
is not installed is a failure of its method.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.feature_selection import (
    RFECV,
    SelectFromModel,
    mutual_info_classif,
    mutual_info_regression,
)
from sklearn.linear_model import LassoCV, LogisticRegressionCV, MultiTaskLassoCV
from sklearn.model_selection import KFold, StratifiedKFold

from bench.selection.compare.learners import score

Columns = NDArray[np.int64]
Rows = NDArray[np.int64]


@dataclass
class Sample:
    """The training rows of a fold: standardised columns, response, and the protocol's rules.

    `orders` keeps what a ranking of some rows was and cost, so that the second learner's turn needs
    no second one; its seconds count for both.
    """

    X: NDArray[np.float64]
    y: NDArray[Any]
    classes: bool
    scoring: str
    rules: dict[str, Any]
    orders: dict[Any, tuple[Columns, float]] = field(default_factory=dict)
    borrowed: float = 0.0  # seconds of rankings that were made in another learner's turn

    def inner(self) -> list[tuple[Rows, Rows]]:
        """Return the inner folds."""
        kind = StratifiedKFold if self.classes else KFold
        folds = kind(self.rules["inner"], shuffle=True, random_state=self.rules["seed"])
        return list(folds.split(self.X, self.y))


Order = Callable[[NDArray[np.float64], NDArray[Any], bool, dict[str, Any]], Columns]


def _foci(sample: Sample, **options: Any) -> Columns:
    from lcodec import FociSelector

    return FociSelector(n_jobs=1, **options).fit(sample.X, sample.y).selected_


def _all(sample: Sample) -> Columns:
    return np.arange(sample.X.shape[1])


def _random(sample: Sample) -> Columns:
    drawn = np.random.default_rng(sample.rules["seed"]).permutation(sample.X.shape[1])
    return drawn[: len(_foci(sample))]


def _pyfoci(sample: Sample) -> Columns:
    from pyFOCI import FOCISelector

    selector = FOCISelector(random_state=sample.rules["seed"])
    return np.asarray(selector.fit(sample.X, sample.y).selected_indices_, dtype=np.int64)


def _xicorpy(sample: Sample) -> Columns:
    from xicorpy import select_features_using_foci

    return np.asarray(select_features_using_foci(sample.y, sample.X), dtype=np.int64)


def _xi(sample: Sample) -> Columns:
    ranked = xi_order(sample.X, sample.y, sample.classes, sample.rules)
    return ranked[: len(_foci(sample))]


def _l1(sample: Sample) -> Columns:
    """Select by L1: a lasso, an L1 logistic regression of two classes, a group lasso of more."""
    inner, seed = sample.inner(), sample.rules["seed"]
    y: NDArray[Any] = sample.y
    if not sample.classes:
        model: Any = LassoCV(cv=inner, random_state=seed)
    elif len(np.unique(y)) == 2:
        model = LogisticRegressionCV(
            Cs=10, cv=inner, l1_ratios=[1.0], solver="liblinear", scoring=sample.scoring,
            random_state=seed, max_iter=1000, use_legacy_attributes=False,
        )  # fmt: skip
    else:
        model = MultiTaskLassoCV(cv=inner, random_state=seed)
        y = (y[:, None] == np.unique(y)).astype(float)
    fitted = model.fit(sample.X, y)
    return SelectFromModel(fitted, threshold=1e-10, prefit=True).get_support(indices=True)


def foci_order(
    X: NDArray[np.float64], y: NDArray[Any], classes: bool, rules: dict[str, Any]
) -> Columns:
    """Return the columns in FOCI's order, without its stop."""
    from lcodec import FociSelector

    most = min(X.shape[1], max(rules["sizes"]))
    return FociSelector(n_jobs=1, stop=False, max_features=most).fit(X, y).selected_


def xi_order(
    X: NDArray[np.float64], y: NDArray[Any], classes: bool, rules: dict[str, Any]
) -> Columns:
    """Return the columns by SciPy's xi of the response on each."""
    from scipy.stats import chatterjeexi

    return np.argsort([-chatterjeexi(x, y).statistic for x in X.T], kind="stable")


def information_order(
    X: NDArray[np.float64], y: NDArray[Any], classes: bool, rules: dict[str, Any]
) -> Columns:
    """Return the columns by scikit-learn's mutual information with the response."""
    measure = mutual_info_classif if classes else mutual_info_regression
    return np.argsort(-measure(X, y, random_state=rules["seed"]), kind="stable")


def _sized(order: Order) -> Callable[[Sample, Any], Columns]:
    """Return a method that takes the first columns of an order, as many as inner folds like best.

    The order is made anew on the training rows of each inner fold.
    """

    def select(sample: Sample, learner: Any) -> Columns:
        p = sample.X.shape[1]
        sizes = [size for size in sample.rules["sizes"] if size < p]
        if p <= max(sample.rules["sizes"]):
            sizes.append(p)

        def ordered(key: int, rows: Any) -> Columns:
            known = sample.orders.get((order, key))
            if known is None:
                start = time.process_time()
                found = order(sample.X[rows], sample.y[rows], sample.classes, sample.rules)
                known = sample.orders[order, key] = found, time.process_time() - start
            else:
                sample.borrowed += known[1]
            return known[0]

        means = np.zeros(len(sizes))
        for number, (train, test) in enumerate(sample.inner()):
            ranked = ordered(number, train)
            parts = [(sample.X[rows], sample.y[rows]) for rows in (train, test)]
            means += [
                score(clone(learner), sample.scoring, parts[0], parts[1], ranked[:size])
                for size in sizes
            ]
        return ordered(-1, slice(None))[: sizes[int(np.argmax(means))]]

    return select


def _rfecv(sample: Sample, learner: Any) -> Columns:
    selector = RFECV(clone(learner), step=0.1, cv=sample.inner(), scoring=sample.scoring, n_jobs=1)
    return selector.fit(sample.X, sample.y).get_support(indices=True)


ALONE: dict[str, Callable[[Sample], Columns]] = {
    "all": _all,
    "random": _random,
    "foci": _foci,
    "foci-auto": lambda sample: _foci(sample, n_neighbors="auto"),
    "pyfoci": _pyfoci,
    "xicorpy": _xicorpy,
    "xi": _xi,
    "l1": _l1,
}
BY_LEARNER: dict[str, Callable[[Sample, Any], Columns]] = {
    "foci-cv": _sized(foci_order),
    "xi-cv": _sized(xi_order),
    "mutual-info-cv": _sized(information_order),
    "rfecv": _rfecv,
}
