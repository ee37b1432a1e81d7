"""Guo's budget and removal."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.datasets import load_breast_cancer, load_digits

from lcodec import LcodecError
from lcodec.scrub.privacy import (
    CertifiedLogistic,
    GuoBudget,
)
from python.tests.scrub.privacy.constants import SHARP


def test_budget_by_hand() -> None:
    # c = sqrt(2 ln 15000) = sqrt(2 * 9.6158054801) = 4.3853860674; sd * epsilon / c.
    budget = GuoBudget(epsilon=2.0, delta=1e-4, perturbation_sd=10.0)
    assert budget.c == pytest.approx(4.3853860674, rel=1e-10)
    assert budget.total == pytest.approx(20 / 4.3853860674, rel=1e-10)
    assert 1.5 * math.exp(-(budget.c**2) / 2) == pytest.approx(1e-4, rel=1e-12)


def digits_3_8():
    x, y = load_digits(return_X_y=True)
    chosen = (y == 3) | (y == 8)
    return scaled(x[chosen]), y[chosen] == 8


def cancer():
    x, y = load_breast_cancer(return_X_y=True)
    return scaled((x - x.mean(0)) / x.std(0)), y


def scaled(x):
    return x / np.linalg.norm(x, axis=1).max()


@pytest.mark.parametrize("data", [digits_3_8, cancer])
def test_true_residuals_stay_below_the_bound_over_sequential_removals(data) -> None:
    x, y = data()
    model = CertifiedLogistic(weight_decay=1e-2, epsilon=1.0, delta=1e-4, seed=1).fit(x, y)
    assert np.mean(model.predict(x) == np.asarray(y, bool)) > 0.9
    order = np.random.default_rng(0).permutation(len(x))
    signs = np.where(np.asarray(y, bool), 1.0, -1.0)
    perturbation = np.random.default_rng(1).normal(0, 1.0, x.shape[1])
    spent = model.spent
    assert spent == np.linalg.norm(model._gradient(model.coef)) > 0  # the fit's own rest counts
    for count in range(25):
        report = model.remove([order[count]])
        keep = np.sort(order[count + 1 :])
        slopes = -signs[keep] * expit(-signs[keep] * (x[keep] @ model.coef))
        gradient = x[keep].T @ slopes + 1e-2 * len(keep) * model.coef + perturbation
        spent += report.bound
        assert np.linalg.norm(gradient) == pytest.approx(report.residual, rel=1e-6)
        assert report.residual <= report.spent == pytest.approx(spent, rel=1e-12)
        assert report.remaining == model.budget.total - report.spent
    assert 1e-5 < report.residual / report.spent < 1  # the bound is a bound, and not void


@settings(max_examples=60)
@given(
    st.integers(0, 10**6),
    st.integers(1, 4),
    st.sampled_from([1.0, 0.1, 0.01]),
    st.lists(st.integers(1, 6), min_size=1, max_size=4),
)
def test_batches_of_any_size_stay_within_their_bounds(seed, d, decay, batches) -> None:
    generator = np.random.default_rng(seed)
    x = scaled(generator.standard_normal((40, d)))
    y = generator.random(40) < expit(9 * x[:, 0])
    model = CertifiedLogistic(weight_decay=decay, epsilon=1e4, seed=seed).fit(x, y)
    assert model.spent <= 1e-11 * 40
    start = 0
    for size in batches:
        report = model.remove(range(start, start + size))
        start += size
        assert report.removed == size
        assert report.residual <= report.spent
    assert model.retained.sum() == 40 - start


def test_a_bound_by_hand() -> None:
    # One feature of value 1, n = 4 with labels +, +, +, -; removing the last. H is a number:
    # X of the 3 retained has norm sqrt 3, and the bound is gamma sqrt(3) |u| sqrt(3) |u|.
    model = CertifiedLogistic(weight_decay=1.0, perturbation_sd=1.0, epsilon=5.0, seed=0)
    model.fit(np.ones((4, 1)), [1, 1, 1, 0])
    w = model.coef[0]
    s = 1 / (1 + math.exp(-w))
    step = (w + s) / (3 * s * (1 - s) + 3)
    report = model.remove([3])
    assert model.coef[0] == pytest.approx(w + step, rel=1e-12)
    assert report.bound == pytest.approx(SHARP * 3 * step**2, rel=1e-12)


def test_labels_in_either_form_give_the_same_model_and_b_is_part_of_it() -> None:
    x, y = cancer()
    fits = [
        CertifiedLogistic(weight_decay=0.01, seed=s).fit(x, labels).coef
        for s, labels in [(0, y), (0, 2 * y - 1), (0, y == 1), (1, y)]
    ]
    assert np.array_equal(fits[0], fits[1])
    assert np.array_equal(fits[0], fits[2])
    assert not np.allclose(fits[0], fits[3])
    unseeded = [CertifiedLogistic(weight_decay=0.01).fit(x, y).coef for _ in range(2)]
    assert not np.allclose(*unseeded)


def test_a_removal_beyond_the_budget_is_refused_and_changes_nothing() -> None:
    x, y = cancer()
    model = CertifiedLogistic(weight_decay=1e-3, perturbation_sd=0.01, seed=0).fit(x, y)
    coef, spent = model.coef.copy(), model.spent
    with pytest.raises(LcodecError, match="fit again without them") as caught:
        model.remove(range(100))
    assert caught.value.id == "lcodec:budgetSpent"
    assert np.array_equal(model.coef, coef)
    assert model.spent == spent
    assert model.retained.all()
    again = model.fit(x[100:], y[100:])
    assert again.spent < 1e-8
    assert len(again.retained) == len(x) - 100


@pytest.mark.parametrize(
    ("rows", "id"),
    [
        ([], "lcodec:emptyInput"),
        ([4], "lcodec:alreadyRemoved"),
        ([1, 1], "lcodec:repeatedIds"),
        ([99], "lcodec:unknownIds"),
        ([0.5], "lcodec:optionType"),
        ([0, 1, 2, 3, 5, 6, 7, 8, 9], "lcodec:allRemoved"),
    ],
)
def test_rows_that_cannot_be_removed(rows, id) -> None:
    x = scaled(np.random.default_rng(0).standard_normal((10, 2)))
    model = CertifiedLogistic(weight_decay=1.0, perturbation_sd=100.0, seed=0)
    with pytest.raises(LcodecError, match="`fit` must be called first"):
        model.remove(rows)
    model.fit(x, x[:, 0] > 0).remove([4])
    with pytest.raises(LcodecError) as caught:
        model.remove(rows)
    assert caught.value.id == id
    assert model.retained.sum() == 9


@pytest.mark.parametrize(
    ("x", "y", "id"),
    [
        ([[3.0], [0.0]], [0, 1], "lcodec:rowNorm"),
        ([[1.0], [0.0]], [0, 2], "lcodec:labels"),
        ([[1.0], [np.nan]], [0, 1], "lcodec:nonFinite"),
        ([[1.0], [0.0]], [0, 1, 1], "lcodec:sizeMismatch"),
        ([1.0, 0.0], [0, 1], "lcodec:emptyInput"),
    ],
)
def test_data_that_do_not_fit(x, y, id) -> None:
    with pytest.raises(LcodecError) as caught:
        CertifiedLogistic(weight_decay=1.0).fit(x, y)
    assert caught.value.id == id
