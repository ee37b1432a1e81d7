"""Residuals of y and z on x, for a conditional test of data with additive noise.

Where y = f(x) + e and z = g(x) + e' with noise that does not depend on x, y is independent of z
given x exactly when e is independent of e'. Residuals depend on x much less than y and z do, so
they can be exchanged between rows that are only roughly near in x.

The kernel ridge regression is a Gaussian process with one width for each column of x (Rasmussen &
Williams, "Gaussian Processes for Machine Learning", 2006, chapters 2 and 5): a column without
effect gets a wide kernel and no longer keeps rows apart.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from lcodec import checks
from lcodec.checks import FloatArray, IntArray

FOLDS = 5
MOST_ROWS = 10_000  # of the kernel matrix: 800 MB, and a minute or two
_WIDTH_ROWS = 200  # rows that choose the widths; all rows make the fit
_STEPS = 25
# logarithms of inverse squared widths and of noise to signal, for columns of variance 1
_RELEVANCE, _NOISE = (-9.0, 4.0), (-12.0, 5.0)
_PRIOR_CENTRE, _PRIOR_SD = -2.0, 4.0


def check_adjust(adjust: object, with_x: bool, nominal: bool = False) -> None:
    """Refuse what is neither None, "kernel" nor a regressor.

    There is no adjustment without x, and none of classes, which have no residuals.
    """
    if adjust is None:
        return
    if nominal:
        checks.fail("optionValue", "`adjust` needs numbers in `y`, got response='nominal'")
    if isinstance(adjust, str):
        if adjust != "kernel":
            checks.fail(
                "optionValue",
                f"`adjust` must be None, 'kernel' or a regressor with `fit` and `predict`, "
                f"got '{adjust}'",
            )
    elif isinstance(adjust, type):
        checks.fail(
            "optionType",
            f"`adjust` must be a regressor, not its class: write `{adjust.__name__}()`",
        )
    elif not all(callable(getattr(adjust, name, None)) for name in ("fit", "predict")):
        checks.fail(
            "optionType",
            "`adjust` must be None, 'kernel' or a regressor with `fit` and `predict`, "
            f"got an object of type {type(adjust).__name__}",
        )
    if not with_x:
        checks.fail(
            "optionValue", "`adjust` needs `x`: it takes from `y` and `z` what `x` explains of them"
        )


def residuals(
    y: FloatArray, z: FloatArray, x: FloatArray, adjust: Any, order: IntArray
) -> tuple[FloatArray, FloatArray]:
    """Return y (n,) and z (q, n) less what columns x (p, n) explain; `order` is random rows."""
    if isinstance(adjust, str):
        if len(y) > MOST_ROWS:
            checks.fail(
                "optionValue",
                f"`adjust` 'kernel' takes at most {MOST_ROWS} rows, got {len(y)}; "
                "give a regressor with `fit` and `predict`",
            )
        scaled = [_standardised(column)[0] for column in x]
        features = np.array([column for column in scaled if column.any()]).reshape(-1, len(y))
        ranked = _standardised(y)[0]  # its unit does not matter, and could overflow
        rest = [kernel_residual(features, target, order) for target in (ranked, *z)]
    else:
        rows = np.ascontiguousarray(x.T)
        rest = [cross_fitted(rows, target, adjust, order) for target in (y, *z)]
    return rest[0], np.array(rest[1:])


def cross_fitted(x: FloatArray, target: FloatArray, regressor: Any, order: IntArray) -> FloatArray:
    """Return the target less predictions for each fold by a copy that was fitted to the others."""
    out = np.empty(len(target))
    for fold in range(min(FOLDS, len(target))):
        held = np.zeros(len(target), dtype=np.bool_)
        held[order[fold::FOLDS]] = True
        model = _fresh(regressor)
        model.fit(x[~held], target[~held])
        predicted = checks.vector(
            model.predict(x[held]), "adjust.predict(x)", rows=int(held.sum()), like="x"
        )
        out[held] = target[held] - predicted
    return out


def _fresh(regressor: Any) -> Any:
    """Return an unfitted copy: scikit-learn's clone of its estimators, else a deep copy."""
    if hasattr(regressor, "get_params"):
        try:
            from sklearn.base import clone
        except ImportError:
            return copy.deepcopy(regressor)
        return clone(regressor)
    return copy.deepcopy(regressor)


def kernel_residual(x: FloatArray, target: FloatArray, order: IntArray) -> FloatArray:
    """Return leave-one-out residuals (n,) of a kernel ridge regression on columns x (p, n).

    The columns are standardised. Widths and penalty have the largest posterior density on a random
    part of the rows.
    """
    target, scale = _standardised(target)
    part = np.sort(order[:_WIDTH_ROWS])
    if len(x) == 0 or not target[part].any():
        return target * scale
    logs = _fitted(np.ascontiguousarray(x[:, part]), target[part])
    inverse, _ = _inverse(_kernel(x, np.exp(logs[:-1])), np.exp(logs[-1]))
    # what is left of a row where the others alone predict it
    rest: FloatArray = (inverse @ target) / np.diag(inverse) * scale
    return rest


def _fitted(x: FloatArray, target: FloatArray) -> FloatArray:
    """Return the logarithms of the relevance of each column, and of the penalty."""
    from scipy.optimize import minimize

    start = np.append(np.full(len(x), -np.log(len(x))), np.log(0.1))
    bounds = [_RELEVANCE] * len(x) + [_NOISE]
    found = minimize(
        negative_log_posterior, start, (x, target), "L-BFGS-B", jac=True, bounds=bounds,
        options={"maxiter": _STEPS},
    )  # fmt: skip
    logs: FloatArray = found.x
    return logs


def negative_log_posterior(
    logs: FloatArray, x: FloatArray, target: FloatArray
) -> tuple[float, FloatArray]:
    """Return the objective of the widths and the penalty with its gradient.

    The scale of the kernel has its best value for the rest. A wide normal prior on the relevances
    keeps those apart from infinity that the data leave open.
    """
    n, relevance, noise = len(target), np.exp(logs[:-1]), np.exp(logs[-1])
    kernel = _kernel(x, relevance)
    inverse, log_determinant = _inverse(kernel, noise)
    weights = inverse @ target
    square = float(target @ weights)
    slope = inverse - np.outer(weights, weights) * (n / square)
    inner = slope * kernel
    # sum over rows i, m of inner_im (x_i - x_m)^2, halved
    apart = (x * x) @ inner.sum(axis=0) - ((x @ inner) * x).sum(axis=1)
    pull = (logs[:-1] - _PRIOR_CENTRE) / _PRIOR_SD
    value = (n * np.log(square / n) + log_determinant + float(pull @ pull)) / 2
    gradient = np.append(pull / _PRIOR_SD - relevance * apart / 2, noise * np.trace(slope) / 2)
    return value, gradient


def _kernel(x: FloatArray, relevance: FloatArray) -> FloatArray:
    """Return exp(-d/2), d the weighted squared distances between rows, (n, n)."""
    scaled = x * np.sqrt(relevance)[:, None]
    square = (scaled * scaled).sum(axis=0)
    distance = square[:, None] + square - 2 * (scaled.T @ scaled)
    kernel: FloatArray = np.exp(-np.maximum(distance, 0) / 2)
    return kernel


def _inverse(kernel: FloatArray, noise: float) -> tuple[FloatArray, float]:
    """Return the inverse of kernel + noise * I, and the logarithm of its determinant."""
    from scipy.linalg import lapack

    shifted = kernel.copy()
    shifted.flat[:: len(kernel) + 1] += noise
    factor, _ = lapack.dpotrf(shifted, lower=1)  # the least penalty is far above rounding
    lower = np.tril(lapack.dpotri(factor, lower=1)[0])
    inverse: FloatArray = lower + np.tril(lower, -1).T
    return inverse, 2 * float(np.log(np.diag(factor)).sum())


def _standardised(column: FloatArray) -> tuple[FloatArray, float]:
    """Return a column of mean 0 and variance 1, or of zeros where it is constant, and its scale."""
    nothing = np.zeros(len(column)), 1.0
    largest = np.abs(column).max()
    if column.min() == column.max():
        return nothing
    centred = column / largest  # so that no square overflows or vanishes
    centred -= centred.mean()
    spread = np.abs(centred).max()
    if spread == 0:
        return nothing
    centred /= spread
    deviation = np.sqrt((centred * centred).mean())
    return centred / deviation, float(largest * (spread * deviation))
