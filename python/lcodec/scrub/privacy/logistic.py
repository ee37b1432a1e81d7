"""Certified removal from L2-regularised logistic regression (Guo et al. 2020).

The model is the minimiser of the perturbed objective

    L_b(w) = sum_i softplus(-y_i w'x_i) + lambda n / 2 |w|^2 + b'w,   b ~ N(0, sd^2 I),

and one Newton step removes samples. What the step leaves is a gradient r of L_b over the retained
samples, and a model with gradient r is the exact minimiser of L_(b - r): as long as |r| is small
beside the spread of b, nobody can tell the two apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit

from lcodec.checks import whole_number
from lcodec.scrub import checks
from lcodec.scrub.privacy.budget import THIRD_DERIVATIVE, GuoBudget

Array = NDArray[np.float64]

STEPS = 100
TOLERANCE = 1e-12  # of the fit: gradient of L_b per sample


@dataclass(frozen=True)
class CertifiedRemoval:
    """Account of one certified removal.

    Attributes
    ----------
    removed : int
        Samples removed.
    bound : float
        Bound on the residual this removal added; it has been taken from the budget.
    residual : float
        The residual itself: norm of the gradient of L_b over the retained samples. It depends on
        the data in ways no guarantee covers, so it is for audits and not for publication.
    spent, remaining : float
        Parts of the budget, after the removal.
    """

    removed: int
    bound: float
    residual: float
    spent: float
    remaining: float


class CertifiedLogistic:
    """Binary logistic regression from which samples can be removed with a guarantee.

    After any sequence of removals within the budget, the weights are (epsilon, delta)-
    indistinguishable from those of a model fitted without the removed samples. The requests must
    not depend on weights published before.

    Parameters
    ----------
    weight_decay : float
        lambda, per sample; above 0.
    epsilon, delta : float, default 1.0 and 1e-4
        The guarantee, for all removals together.
    perturbation_sd : float, default 1.0
        Standard deviation of b. A larger one allows more removals but costs accuracy.
    seed : int, optional
        Seed of b. Whoever knows b can subtract it: leave the seed out except in experiments, and
        it comes from the operating system.

    Attributes
    ----------
    coef : numpy.ndarray of float64, shape (d,)
        Weights. There is no intercept; add a column of ones before scaling the rows for one.
    budget : GuoBudget
        What may be spent.
    spent, remaining : float
        Parts of `budget.total`.
    retained : numpy.ndarray of bool, shape (n,)
        Which rows the model still holds.

    References
    ----------
    Guo, Goldstein, Hannun, van der Maaten: Certified Data Removal from Machine Learning Models,
    ICML 2020, algorithms 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lcodec.scrub.privacy import CertifiedLogistic
    >>> X = np.random.default_rng(0).standard_normal((400, 3))
    >>> y = X @ [1.0, -2.0, 0.5] > 0
    >>> X /= np.linalg.norm(X, axis=1).max()
    >>> model = CertifiedLogistic(weight_decay=0.01, seed=0).fit(X, y)
    >>> report = model.remove([3, 7])
    >>> report.residual <= report.bound < report.remaining
    True
    >>> bool(np.mean(model.predict(X) == y) > 0.8)
    True
    """

    def __init__(
        self,
        *,
        weight_decay: float,
        epsilon: float = 1.0,
        delta: float = 1e-4,
        perturbation_sd: float = 1.0,
        seed: int | None = None,
    ) -> None:
        self.weight_decay = checks.positive(weight_decay, "weight_decay")
        self.budget = GuoBudget(epsilon, delta, perturbation_sd)
        self._seed = None if seed is None else whole_number(seed, "seed", 0)
        self.spent = 0.0

    @property
    def remaining(self) -> float:
        """What is left of the budget. If the next removal needs more, fit again."""
        return self.budget.total - self.spent

    def fit(self, X: ArrayLike, y: ArrayLike) -> CertifiedLogistic:
        """Fit the model; the same call starts over once the budget is spent.

        Parameters
        ----------
        X : array_like, shape (n, d)
            Rows of Euclidean norm at most 1.
        y : array_like, shape (n,)
            Labels: 0 and 1, or -1 and 1, or booleans.

        Returns
        -------
        CertifiedLogistic
            Itself.

        Raises
        ------
        LcodecError
            `lcodec:rowNorm` where a row is longer than 1; `lcodec:labels` where there are other
            labels; `lcodec:notConverged` where Newton's method does not reach the minimum.
        """
        self._X, self._y = _checked(X, y)
        n, d = self._X.shape
        self.retained = np.ones(n, dtype=bool)
        self._b = np.random.default_rng(self._seed).normal(0, self.budget.perturbation_sd, d)
        self.coef = self._minimise(np.zeros(d))
        # The minimum is only reached up to rounding; what is left counts like any residual.
        self.spent = float(np.linalg.norm(self._gradient(self.coef)))
        return self

    def remove(self, rows: Iterable[int]) -> CertifiedRemoval:
        """Remove rows by one Newton step; refused, and nothing changed, beyond the budget.

        Parameters
        ----------
        rows : iterable of int
            Positions in the `X` of `fit`, all of them retained so far.

        Raises
        ------
        LcodecError
            `lcodec:notFitted` before `fit`; `lcodec:alreadyRemoved`, `lcodec:unknownIds`,
            `lcodec:repeatedIds`, `lcodec:emptyInput`, `lcodec:allRemoved` for rows that
            cannot be removed;
            `lcodec:budgetSpent` where the bound does not fit into the budget.
        """
        chosen = self._removable(rows)
        retained = self.retained.copy()
        retained[chosen] = False
        X, forgotten, labels = self._X[retained], self._X[chosen], self._y[chosen]
        slopes = -labels * expit(-labels * (forgotten @ self.coef))
        delta = len(chosen) * self.weight_decay * self.coef + forgotten.T @ slopes
        step = cho_solve(cho_factor(self._hessian(X, self.coef)), delta)
        bound = float(THIRD_DERIVATIVE * np.linalg.norm(X, 2) * np.linalg.norm(step))
        bound *= float(np.linalg.norm(X @ step))
        if bound > self.remaining:
            checks.fail(
                "budgetSpent",
                f"`rows` must fit into the remaining budget of {self.remaining:.4g}, got a "
                f"removal that may need {bound:.4g}; fit again without them",
            )
        self.retained = retained
        self.coef = self.coef + step
        self.spent += bound
        residual = float(np.linalg.norm(self._gradient(self.coef)))
        return CertifiedRemoval(len(chosen), bound, residual, self.spent, self.remaining)

    def decision_function(self, X: ArrayLike) -> Array:
        """Return w'x for each row, shape (n,); positive for the label 1."""
        self._fitted()
        return np.asarray(np.asarray(X, dtype=np.float64) @ self.coef, dtype=np.float64)

    def predict(self, X: ArrayLike) -> NDArray[np.bool_]:
        """Return for each row whether its label is predicted to be 1, shape (n,)."""
        return self.decision_function(X) > 0

    def _gradient(self, w: Array) -> Array:
        X, y = self._X[self.retained], self._y[self.retained]
        slopes = -y * expit(-y * (X @ w))
        return np.asarray(X.T @ slopes + self.weight_decay * len(X) * w + self._b)

    def _hessian(self, X: Array, w: Array) -> Array:
        s = expit(X @ w)
        curved = (X * (s * (1 - s))[:, None]).T @ X
        return np.asarray(curved + self.weight_decay * len(X) * np.eye(X.shape[1]))

    def _objective(self, w: Array) -> float:
        X, y = self._X[self.retained], self._y[self.retained]
        losses = np.logaddexp(0, -y * (X @ w)).sum()
        return float(losses + self.weight_decay * len(X) / 2 * (w @ w) + self._b @ w)

    def _minimise(self, w: Array) -> Array:
        """Newton's method with halved steps, from `w` to a gradient of 1e-12 per sample."""
        X = self._X[self.retained]
        target = TOLERANCE * len(X)
        for _ in range(STEPS):
            gradient = self._gradient(w)
            if np.linalg.norm(gradient) <= target:
                return w
            step = cho_solve(cho_factor(self._hessian(X, w)), gradient)
            value, share = self._objective(w), 1.0
            # Near the minimum the decrease drowns in rounding, and the full step is right.
            while share > 1e-6 and self._objective(w - share * step) > value + 1e-12 * abs(value):
                share /= 2
            w = w - share * step
        checks.fail(
            "notConverged",
            f"gradient of the fit must fall to {target:.1e}, got "
            f"{np.linalg.norm(self._gradient(w)):.1e} after {STEPS} steps; raise `weight_decay`",
        )

    def _fitted(self) -> None:
        if not hasattr(self, "coef"):
            checks.fail("notFitted", "`fit` must be called first")

    def _removable(self, rows: Iterable[int]) -> list[int]:
        self._fitted()
        chosen = [whole_number(row, "rows", 0) for row in rows]
        if not chosen:
            checks.fail("emptyInput", "`rows` must name at least one row, got none")
        unknown = [row for row in chosen if row >= len(self.retained)]
        if unknown:
            checks.fail(
                "unknownIds", f"`rows` must be below {len(self.retained)}, got {unknown[0]}"
            )
        if len(set(chosen)) < len(chosen):
            checks.fail("repeatedIds", "`rows` must not name a row twice")
        gone = [row for row in chosen if not self.retained[row]]
        if gone:
            checks.fail("alreadyRemoved", f"`rows` must be retained, got {gone[0]}, which is not")
        if len(chosen) == self.retained.sum():
            checks.fail("allRemoved", f"`rows` must leave some row, got all {len(chosen)}")
        return chosen


def _checked(X: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    rows, labels = np.array(X, dtype=np.float64), np.asarray(y)
    if rows.ndim != 2 or not rows.size:
        checks.fail("emptyInput", f"`X` must be a table of numbers, got shape {rows.shape}")
    if labels.shape != (len(rows),):
        checks.fail(
            "sizeMismatch", f"`y` must have shape ({len(rows)},) like `X`, got {labels.shape}"
        )
    if not np.isfinite(rows).all():
        checks.fail("nonFinite", "`X` must be finite, got NaN or infinite values")
    lengths = np.linalg.norm(rows, axis=1)
    if lengths.max() > 1 + 1e-12:
        checks.fail(
            "rowNorm",
            f"rows of `X` must have norm at most 1, got {lengths.max():.6g} in row "
            f"{int(lengths.argmax())}; divide `X` by its largest row norm",
        )
    distinct = set(np.unique(labels).tolist())
    if not (distinct <= {0, 1} or distinct <= {-1, 1}):
        checks.fail("labels", f"`y` must hold 0 and 1, or -1 and 1, got {sorted(distinct)[:4]}")
    return rows, np.where(labels > 0, 1.0, -1.0)
