"""FOCI as a feature selector of scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lcodec import checks, foci
from lcodec.adapters import needed
from lcodec.checks import Missing, Neighbors

with needed("scikit-learn"):
    from sklearn.base import BaseEstimator
    from sklearn.feature_selection import SelectorMixin
    from sklearn.utils.multiclass import type_of_target
    from sklearn.utils.validation import check_is_fitted

try:
    from sklearn.utils.validation import validate_data
except ImportError:  # before scikit-learn 1.6

    def validate_data(
        estimator: Any, X: Any, y: Any, *, ensure_all_finite: Any, **options: Any
    ) -> Any:
        """Call what was a method then."""
        return estimator._validate_data(X, y, force_all_finite=ensure_all_finite, **options)


ROWS = 3  # on average in a class


class FociSelector(SelectorMixin, BaseEstimator):  # type: ignore[misc] # are untyped
    """Select the columns that FOCI selects, in a pipeline of scikit-learn.

    Parameters
    ----------
    response : {"auto", "ordered", "nominal"}, default "auto"
        What y means. "nominal": classes without order; "ordered": larger numbers mean more.
        "auto": classes where y is text, truth values, or integers that repeat, three times on
        average at least; a y of two values; else ordered. For counts and grades, which are
        integers too, say "ordered". ``response_`` tells what was taken.
    given : sequence of int or str, or (p,) bool, optional
        Columns that are in the set from the start, and stay in it: by number, name or mask.
    groups : sequence of sequences of int, or (p,) sequence of int or str, optional
        Columns that are selected together, as in `foci`; by number.
    missing : {"refuse", "drop"}, default "refuse"
        What `fit` does with rows with NaN in X; y must be complete. `transform` lets NaN through
        with "drop".
    max_features, stop, min_gain, level, n_resamples, shuffle_neighbors, n_neighbors, standardize
    ties, seed, n_jobs, memory_limit
        As in `foci`.

    Attributes
    ----------
    selected_ : (k,) int64
        Columns in order of selection, or candidates where there are `groups`.
    scores_ : (k,) float64
        T of each given those before it.
    cumulative_ : (k,) float64
        T of all up to each.
    stop_reason_ : str
        Why the run ended.
    pvalues_ : (k,) or (k + 1,) float64
        With ``stop="test"``, as in `SelectionResult`; else empty.
    response_ : str
        "ordered" or "nominal".
    n_features_in_ : int
        Columns of X.
    feature_names_in_ : (p,) ndarray of str
        Their names, where all are texts.

    References
    ----------
    .. [1] M. Azadkia, S. Chatterjee, "A simple measure of conditional dependence", Ann. Statist.
       49(6):3070-3102, 2021, section 5.

    Examples
    --------
    >>> from lcodec import FociSelector
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.model_selection import cross_val_score
    >>> from sklearn.neighbors import KNeighborsClassifier
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> X, y = load_wine(return_X_y=True)
    >>> FociSelector().fit(X, y).selected_
    array([ 6,  9, 12])
    >>> model = make_pipeline(FociSelector(), StandardScaler(), KNeighborsClassifier())
    >>> print(round(cross_val_score(model, X, y).mean(), 2))
    0.91
    """

    def __init__(
        self, *, given: Sequence[int | str] | None = None, groups: Sequence[Any] | None = None,
        max_features: int | None = None, stop: bool | Literal["gain", "test"] = True,
        min_gain: float = 0.0, level: float = 0.05, n_resamples: int = 999,
        shuffle_neighbors: int = 5, n_neighbors: Neighbors = 1, standardize: str | None = "std",
        ties: str = "average", seed: int = 0, missing: Missing = "refuse",
        n_jobs: int | None = None, memory_limit: int | None = None,
        response: Literal["auto", "ordered", "nominal"] = "auto",
    ) -> None:  # fmt: skip
        self.given = given
        self.groups = groups
        self.max_features = max_features
        self.stop = stop
        self.min_gain = min_gain
        self.level = level
        self.n_resamples = n_resamples
        self.shuffle_neighbors = shuffle_neighbors
        self.n_neighbors = n_neighbors
        self.standardize = standardize
        self.ties = ties
        self.seed = seed
        self.missing = missing
        self.n_jobs = n_jobs
        self.memory_limit = memory_limit
        self.response = response

    def fit(self, X: ArrayLike, y: ArrayLike) -> FociSelector:
        """Select columns of X.

        Parameters
        ----------
        X : (n, p) array_like or table of numbers
            Features, n >= 3 samples.
        y : (n,) array_like
            Response: numbers or classes.

        Returns
        -------
        FociSelector
            This object, fitted.
        """
        checks.choice(self.response, "response", ("auto", "ordered", "nominal"))
        self._refuse_no_numbers(X)
        values, target = validate_data(
            self, X, y, dtype="numeric", ensure_min_samples=3, ensure_all_finite=self._finite()
        )
        self.response_ = self.response
        if self.response == "auto":
            self.response_ = "nominal" if checks.has_categories(y) else _meaning(target)
        options = self.get_params(deep=False)
        labels = getattr(self, "feature_names_in_", np.empty(0)).tolist()
        width = values.shape[1]
        given = checks.column_list(options.pop("given"), "given", width, labels)
        options["response"] = self.response_
        result = foci(values, target, given=given, **options)
        self.selected_ = result.selected
        self.scores_ = result.scores
        self.cumulative_ = result.cumulative
        self.stop_reason_ = result.stop_reason
        self.pvalues_ = result.pvalues
        self._support = np.zeros(width, dtype=np.bool_)
        self._support[[*given, *(column for some in result.columns for column in some)]] = True
        return self

    def _refuse_no_numbers(self, X: ArrayLike) -> None:
        """Refuse what scikit-learn would make numbers of, or refuse in other words."""
        missing = checks.choice(self.missing, "missing", checks.MISSING)
        if checks.with_indicators(X, "X", None)[1] is not None:
            checks.fail(
                "notNumeric",
                "`X` must be numeric, got categories; make indicators of them, as OneHotEncoder "
                "does, and list these as `groups`, or call `lcodec.foci`, which takes categories",
            )
        if checks.labels_of(X):
            checks.matrix(X, "X", missing=missing)

    def _finite(self) -> bool | Literal["allow-nan"]:
        return "allow-nan" if self.missing == "drop" else True

    def _get_support_mask(self) -> NDArray[np.bool_]:
        check_is_fitted(self)
        return self._support

    def _more_tags(self) -> dict[str, bool]:  # before scikit-learn 1.6
        return {"requires_y": True, "allow_nan": self.missing == "drop"}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.allow_nan = self.missing == "drop"
        return tags


def _meaning(y: NDArray[Any]) -> Literal["ordered", "nominal"]:
    """Return what y is taken for."""
    if y.dtype.kind not in "biuf":
        return "nominal"
    kind, few = type_of_target(y), len(np.unique(y)) * ROWS <= len(y)
    classes = kind == "binary" or (kind == "multiclass" and y.dtype.kind in "biu" and few)
    return "nominal" if classes else "ordered"
