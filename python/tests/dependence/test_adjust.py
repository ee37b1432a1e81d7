"""The conditional test of residuals, and its warning of exchanges that change too much."""

from __future__ import annotations

import copy
import functools
import re
import warnings
from typing import Any

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.linear_model import LinearRegression

import lcodec
from lcodec.dependence.inference import adjust
from lcodec.dependence.inference import codec_test as inference
from lcodec.dependence.inference.exchange import near_correlations
from lcodec.random.permutation import local_exchanges

N = 200
codec_test = functools.partial(inference.codec_test, standardize="std")


def through_five(link: float = 0.0, n: int = N) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Y and z are the sum of five columns and noise, which they share where `link` is not 0."""
    rng = np.random.default_rng(3)
    x, e, other = rng.normal(size=(n, 5)), rng.normal(size=n), rng.normal(size=n)
    s = x.sum(axis=1)
    return s + 0.3 * (e + link * other), s + 0.3 * other, x


def test_a_true_null_is_rejected_with_a_warning_and_not_after_adjusting() -> None:
    y, z, x = through_five()
    with pytest.warns(lcodec.LcodecWarning, match=r"from 0\.\d\d to 0\.\d\d in `y`") as caught:
        result = codec_test(y, z, x)
    assert [w.message.id for w in caught] == ["lcodec:poorExchange"]
    assert caught[0].filename == __file__
    assert "(in Python `adjust`)" in str(caught[0].message)
    assert result.pvalue < 0.05
    for regressor in ("kernel", LinearRegression()):
        adjusted = codec_test(y, z, x, adjust=regressor)  # warnings are errors
        assert adjusted.pvalue > 0.05
        assert adjusted.method == "local_permutation"


def test_dependence_is_still_found_after_adjusting() -> None:
    y, z, x = through_five(link=3.0, n=400)
    assert codec_test(y, z, x, adjust="kernel").pvalue < 0.01
    assert codec_test(y, np.column_stack((x[:, 0] ** 2, z)), x, adjust="kernel").pvalue < 0.01


def test_there_is_no_warning_unless_both_lose() -> None:
    y, _, x = through_five()
    noise = np.random.default_rng(1).normal(size=N)
    for sample in ((y, noise, x), (noise, y, x), (y, np.ones(N), x), (y, x[:, 1], x[:, :1])):
        codec_test(*sample, n_resamples=19)  # warnings are errors
    with pytest.warns(lcodec.LcodecWarning, match="too far apart"):
        codec_test(y, np.column_stack((noise, y + noise / 9)), x, n_resamples=19)


def test_the_more_rows_the_smaller_a_loss_is_warned_of() -> None:
    rng = np.random.default_rng(500)
    x, noise = rng.normal(size=(2000, 5)), 0.5 * rng.normal(size=(2, 2000))
    s = x.sum(axis=1) / np.sqrt(5)
    with pytest.warns(lcodec.LcodecWarning, match="too far apart") as caught:
        codec_test(s + noise[0], s + noise[1], x, n_resamples=20)
    before, after = re.findall(r"from (\S+) to (\S+) in `y`", str(caught[0].message))[0]
    assert 0.05 < float(before) - float(after) <= 0.07


def test_a_regressor_that_does_not_help_is_warned_of() -> None:
    class Zero:
        def fit(self, x: np.ndarray, y: np.ndarray) -> None:
            assert len(x) == len(y)

        def predict(self, x: np.ndarray) -> np.ndarray:
            return np.zeros(len(x))

    y, z, x = through_five()
    with pytest.warns(lcodec.LcodecWarning, match="another regressor in `adjust`"):
        result = codec_test(y, z, x, adjust=Zero())
    with pytest.warns(lcodec.LcodecWarning, match="poor|too far"):
        assert result == codec_test(y, z, x)


def test_the_warning_follows_its_description() -> None:
    """The rank correlation of near rows, with loops."""
    rng = np.random.default_rng(5)
    values, n = rng.integers(0, 9, 40), 40
    near = np.array([rng.choice(np.delete(np.arange(n), i), 3, replace=False) for i in range(n)])
    at_most = np.array([int((values <= v).sum()) for v in values])
    exchanges = np.empty((4, len(near)), dtype=np.int32)
    local_exchanges(near, 0, 0, exchanges)
    scaled = [int(np.floor(r * 1024 / n)) for r in at_most]
    centred = [v - int(np.floor(sum(scaled) / n)) for v in scaled]
    square = 3 * sum(v * v for v in centred)

    def correlation(order: Any) -> float:
        products = (centred[order[i]] * centred[order[m]] for i in range(n) for m in near[i])
        return sum(products) / square

    before, after = near_correlations(at_most, near, exchanges)
    assert before == correlation(range(n))
    assert after == pytest.approx(np.mean([correlation(order) for order in exchanges]), rel=1e-12)


def columns(n: int, p: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    x = rng.normal(size=(p, n))
    return x, np.sin(2 * x[0]) + 0.2 * rng.normal(size=n)


def test_residuals_leave_each_row_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fit the ridge regression again without each row."""
    x, y = columns(25, 2)
    logs = np.array([0.5, -1.0, -2.0])
    monkeypatch.setattr(adjust, "_fitted", lambda *_: logs)
    ours = adjust.kernel_residual(x, y, np.arange(25))
    d = (((x[:, :, None] - x[:, None]) ** 2) * np.exp(logs[:2])[:, None, None]).sum(axis=0)
    kernel, centred = np.exp(-d / 2), y - y.mean()
    for i in range(25):
        rest = np.delete(np.arange(25), i)
        inner = kernel[np.ix_(rest, rest)] + np.exp(logs[2]) * np.eye(24)
        predicted = kernel[i, rest] @ np.linalg.solve(inner, centred[rest])
        assert ours[i] == pytest.approx(centred[i] - predicted, rel=1e-8, abs=1e-10)


def test_the_gradient_is_that_of_the_objective() -> None:
    x, y = columns(30, 3)
    for logs in (np.array([-1.0, 0.5, -3.0, -2.0]), np.zeros(4)):
        _, gradient = adjust.negative_log_posterior(logs, x, y)
        differences = approx_fprime(logs, lambda v: adjust.negative_log_posterior(v, x, y)[0])
        np.testing.assert_allclose(gradient, differences, rtol=1e-4, atol=1e-4)


def test_columns_without_effect_do_not_spoil_the_fit() -> None:
    """One isotropic width would leave residuals of 0.4 and more."""
    rng = np.random.default_rng(2)
    x, noise = rng.normal(size=(6, 300)), 0.2 * rng.normal(size=300)
    rest = adjust.kernel_residual(x, np.sin(2 * x[0]) + noise, rng.permutation(300))
    assert np.std(rest) < 0.24
    assert np.corrcoef(rest, noise)[0, 1] > 0.9


def test_units_and_constant_columns_change_nothing() -> None:
    y, z, x = through_five()
    expected = codec_test(y, z, x, adjust="kernel", n_resamples=99)
    with_constant = np.column_stack((x * [1, 4, 0.5, 8, 2], np.full(N, 7.0)))
    other = codec_test(
        y * 2.0**1020, z * 2.0**-300, with_constant,
        adjust="kernel", n_resamples=99,
    )  # fmt: skip
    assert other.statistic == pytest.approx(expected.statistic, abs=0.02)
    alone = codec_test(y, z, np.zeros(N), adjust="kernel", n_resamples=19)
    assert alone.statistic == codec_test(y, z, np.zeros(N), n_resamples=19).statistic


class Recorder:
    """Predict 0, and note which rows a copy was fitted to and asked for."""

    def __init__(self) -> None:
        self.log: list[tuple[np.ndarray, np.ndarray]] = []
        self.rows: np.ndarray | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> Recorder:
        other = Recorder()
        other.log = self.log
        return other

    def fit(self, x: np.ndarray, y: np.ndarray) -> None:
        assert self.rows is None, "a copy is fitted once"
        self.rows = x[:, 0]

    def predict(self, x: np.ndarray) -> np.ndarray:
        assert self.rows is not None
        self.log.append((self.rows, x[:, 0]))
        return np.zeros((len(x), 1))


@pytest.mark.parametrize("n", [3, 23])
def test_each_fold_is_predicted_by_a_copy_that_has_not_seen_it(n: int) -> None:
    regressor, rows = Recorder(), np.arange(float(n))
    order = np.random.default_rng(0).permutation(n)
    out = adjust.cross_fitted(rows[:, None], rows**2, regressor, order)
    np.testing.assert_array_equal(out, rows**2)
    assert regressor.rows is None
    assert len(regressor.log) == min(5, n)
    for fitted, asked in regressor.log:
        np.testing.assert_array_equal(np.sort(np.concatenate((fitted, asked))), rows)
    np.testing.assert_array_equal(np.sort(np.concatenate([a for _, a in regressor.log])), rows)


def test_estimators_are_cloned() -> None:
    y, z, x = through_five()
    fitted = LinearRegression().fit(x, y + 5)
    before = copy.deepcopy(fitted.coef_)
    result = codec_test(y, z, x, adjust=fitted, n_resamples=99)
    np.testing.assert_array_equal(fitted.coef_, before)
    assert result == codec_test(y, z, x, adjust=LinearRegression(), n_resamples=99)


class Predicts:
    def __init__(self, value: Any) -> None:
        self.value = value

    def fit(self, x: np.ndarray, y: np.ndarray) -> None: ...

    def predict(self, x: np.ndarray) -> Any:
        return self.value(len(x))


@pytest.mark.parametrize(
    ("value", "id_", "message"),
    [
        ("gp", "optionValue", "must be None, 'kernel' or a regressor .* got 'gp'$"),
        (3, "optionType", "got an object of type int$"),
        (object(), "optionType", "with `fit` and `predict`, got an object of type object$"),
        (LinearRegression, "optionType", r"not its class: write `LinearRegression\(\)`$"),
        (Predicts(lambda m: np.zeros(m + 1)), "sizeMismatch", "`adjust.predict"),
        (Predicts(lambda m: np.zeros((m, 2))), "notVector", "must be one column, got"),
        (Predicts(lambda m: np.full(m, np.nan)), "nonFinite", "`adjust.predict.x.` must be finite"),
        (Predicts(lambda m: ["a"] * m), "notNumeric", "`adjust.predict.x.` must be numeric"),
    ],
)
def test_what_adjust_refuses(value: Any, id_: str, message: str) -> None:
    y, z, x = through_five()
    with pytest.raises(lcodec.LcodecError, match=message) as caught:
        codec_test(y, z, x, adjust=value)
    assert caught.value.id == f"lcodec:{id_}"


def test_adjust_needs_x_and_a_matrix_that_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    y, z, x = through_five()
    with pytest.raises(lcodec.LcodecError, match="`adjust` needs `x`") as caught:
        codec_test(y, z, adjust="kernel")
    assert caught.value.id == "lcodec:optionValue"
    monkeypatch.setattr(adjust, "MOST_ROWS", N - 1)
    with pytest.raises(lcodec.LcodecError, match="at most 199 rows, got 200; give a regressor"):
        codec_test(y, z, x, adjust="kernel")


def test_scales_are_refused_as_without_adjusting() -> None:
    y, z, x = through_five()
    for sample, name in (((y, z * 1e200, x), "z"), ((y, z, x * 1e-170), "x")):
        with pytest.raises(lcodec.LcodecError, match=f"`{name}`") as caught:
            inference.codec_test(*sample, adjust="kernel", standardize="none")
        assert caught.value.id == "lcodec:badScale"


def test_a_constant_response_stays_one() -> None:
    _, z, x = through_five()
    with pytest.warns(lcodec.LcodecWarning, match="`y` is constant"):
        assert np.isnan(codec_test(np.full(N, 0.1), z, x, adjust="kernel").pvalue)


def test_rare_values_in_the_rows_that_choose_the_widths() -> None:
    """All of those rows can hold the mean."""
    y = np.zeros(300)
    y[:2] = -1, 1
    x = np.random.default_rng(0).normal(size=(1, 300))
    rest = adjust.kernel_residual(x, y, np.arange(300)[::-1])
    np.testing.assert_allclose(rest, y)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        adjust.kernel_residual(x, y, np.arange(300))
