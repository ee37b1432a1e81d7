import copy
import doctest
import importlib
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, ndtr
from sklearn.datasets import load_breast_cancer, load_digits
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Scrubber, baselines
from lcodec.scrub.privacy import (
    CertifiedLogistic,
    GuoBudget,
    Sekhari,
    analytic_scale,
    certificate,
    classical_scale,
    compose,
    loss_constants,
    noise,
)
from python.tests.scrub.networks import fill, labels, normal

SHARP = 1 / (6 * math.sqrt(3))


@pytest.mark.parametrize("name", ["budget", "certificate", "gaussian", "logistic"])
def test_examples(name):
    assert doctest.testmod(importlib.import_module(f"lcodec.scrub.privacy.{name}")).failed == 0


# --- Sekhari: the error bound and the noise -------------------------------------------------------


# gamma = 2 * .25 * 1 * 1 / (lambda^3 * 2.5e9) = 2e-10 / lambda^3, and
# sqrt(2 ln(1.25 / .01)) = sqrt(2 ln 125) = sqrt(2 * 4.8283137373) = 3.1075114620, so
# sigma = 10 gamma * 3.1075114620: 6.215022924 at lambda = 1e-3 and a thousandth for each 10 more.
@pytest.mark.parametrize(("decay", "sigma"), [(1e-3, 6.215), (1e-2, 6.215e-3), (1e-1, 6.215e-6)])
def test_sigma_by_hand(decay, sigma):
    privacy = Sekhari(0.1, 0.01, decay, lipschitz=1.0, hessian_lipschitz=0.25)
    assert privacy.error_bound(50_000, 1) == pytest.approx(2e-10 / decay**3, rel=1e-12)
    assert privacy.sigma(50_000, 1) == pytest.approx(sigma, rel=1e-5)
    assert privacy.sigma(50_000, 1) == pytest.approx(2e-9 / decay**3 * 3.1075114620, rel=1e-9)


@given(st.integers(1, 50), st.integers(200, 10**6), st.floats(0.01, 5), st.floats(1e-9, 0.4))
def test_sigma_grows_with_the_square_of_the_batch_and_falls_with_that_of_n(m, n, epsilon, delta):
    privacy = Sekhari(epsilon, delta, 0.1, 2.0, 0.3)
    one = privacy.sigma(n, 1)
    assert privacy.sigma(n, m) == pytest.approx(m**2 * one, rel=1e-12)
    assert privacy.sigma(3 * n, 1) == pytest.approx(one / 9, rel=1e-12)


def leak(epsilon, scale):
    """The delta of a Gaussian mechanism, computed the plain way (Balle & Wang, theorem 8)."""
    first, second = 0.5 / scale - epsilon * scale, -0.5 / scale - epsilon * scale
    return ndtr(first) - math.exp(epsilon) * ndtr(second)


@given(st.floats(0.01, 20), st.floats(1e-9, 0.5))
def test_the_analytic_noise_is_private_and_no_smaller_noise_is(epsilon, delta):
    scale = analytic_scale(epsilon, delta)
    assert leak(epsilon, scale) <= delta * (1 + 1e-6)
    assert leak(epsilon, scale * 0.999) > delta


@given(st.floats(0.01, 0.999), st.floats(1e-9, 0.4))
def test_the_classical_noise_is_larger_than_the_analytic(epsilon, delta):
    assert classical_scale(epsilon, delta) >= analytic_scale(epsilon, delta)


def test_a_pure_shift_gives_the_analytic_scale_in_closed_form():
    # As epsilon -> 0 the condition becomes 2 Phi(1 / (2s)) - 1 <= delta.
    delta = 2 * float(ndtr(0.5 / 3.0)) - 1
    assert analytic_scale(1e-12, delta) == pytest.approx(3.0, rel=1e-9)


def test_which_mechanism_is_used():
    below, above = Sekhari(0.99, 1e-5, 1.0, 1.0, 1.0), Sekhari(1.0, 1e-5, 1.0, 1.0, 1.0)
    assert (below.mechanism, above.mechanism) == ("classical", "analytic")
    assert above.sigma(10, 1) == above.error_bound(10, 1) * analytic_scale(1.0, 1e-5)
    with pytest.raises(LcodecError, match="below 1 for the classical Gaussian mechanism, got 1"):
        classical_scale(1.0, 1e-5)


def test_composition_sums():
    assert compose([]) == (0.0, 0.0)
    epsilon, delta = compose([(0.1, 1e-5)] * 7)
    assert (epsilon, delta) == (pytest.approx(0.7, abs=1e-15), pytest.approx(7e-5, abs=1e-18))


def test_noise_is_reproducible_has_its_scale_and_leaves_the_global_generator_alone():
    torch.manual_seed(0)
    state = torch.get_rng_state()
    first = noise(200_000, 2.5, seed=3)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, noise(200_000, 2.5, seed=3))
    assert not torch.equal(first, noise(200_000, 2.5, seed=4))
    assert first.dtype == torch.float64
    # No bit of the seed is lost, as the upper ones of a torch generator's are.
    seeds = [3, 3 + 2**32, 3 + 2**64, 3 + 2**127]
    assert len({float(noise(1, 1.0, seed)[0]) for seed in seeds}) == 4
    assert abs(float(first.std()) / 2.5 - 1) < 0.01  # six standard errors
    assert abs(float(first.mean())) < 0.04


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"epsilon": 0}, "`epsilon` must be above 0, got 0"),
        ({"delta": 1.0}, "`delta` must be below 1, got 1"),
        ({"strong_convexity": -1}, "`strong_convexity` must be finite and at least 0, got -1"),
        ({"lipschitz": 0.0}, "`lipschitz` must be above 0"),
        ({"scope": "some"}, "`scope` must be one of 'none', 'selected', 'all', got 'some'"),
    ],
)
def test_bad_constants_are_refused(changed, message):
    good = {
        "epsilon": 0.5,
        "delta": 0.1,
        "strong_convexity": 1.0,
        "lipschitz": 1.0,
        "hessian_lipschitz": 1.0,
    }
    Sekhari(**good)
    with pytest.raises(LcodecError, match=message):
        Sekhari(**{**good, **changed})
    with pytest.raises(LcodecError, match="`m` must be at most 9, got 10"):
        Sekhari(**good).error_bound(10, 10)


# --- the theorem, on data: Newton's end is within gamma of the refit ------------------------------


def logistic_weights(x, y, decay, start, steps):
    """Newton's method on the mean logistic loss of labels 0 and 1, plus decay / 2 |w|^2."""
    w = start.copy()
    for _ in range(steps):
        p = expit(x @ w)
        hessian = (x * (p * (1 - p))[:, None]).T @ x / len(x) + decay * np.eye(x.shape[1])
        w -= np.linalg.solve(hessian, x.T @ (p - y) / len(x) + decay * w)
    return w


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([0.3, 0.1, 0.03]), st.integers(1, 20))
def test_a_newton_removal_ends_within_the_error_bound(seed, decay, m):
    generator = np.random.default_rng(seed)
    x = generator.standard_normal((60, 4))
    x /= np.linalg.norm(x, axis=1).max()
    y = (x[:, 0] + 0.3 * generator.standard_normal(60) > 0).astype(float)
    x[:m], y[:m] = -x[:m] * 0.9, y[:m]  # forgotten samples that pull the other way
    whole = logistic_weights(x, y, decay, np.zeros(4), 30)
    refit = logistic_weights(x[m:], y[m:], decay, whole, 30)
    newton = logistic_weights(x[m:], y[m:], decay, whole, 1)
    bound = Sekhari(0.5, 1e-5, decay, 1.0, SHARP).error_bound(60, m)
    assert np.linalg.norm(newton - refit) <= bound


# --- Lipschitz constants of the losses ------------------------------------------------------------


@pytest.mark.parametrize(
    ("loss", "outputs", "target"),
    [
        (nn.CrossEntropyLoss(), 4, torch.tensor(1)),
        (nn.BCEWithLogitsLoss(), 3, torch.tensor([1.0, 0.0, 1.0]).double()),
        (nn.BCEWithLogitsLoss(reduction="sum"), 3, torch.tensor([1.0, 0.0, 1.0]).double()),
        (nn.functional.cross_entropy, 2, torch.tensor(0)),
        (nn.functional.binary_cross_entropy_with_logits, 1, torch.tensor([1.0]).double()),
    ],
)
def test_the_constants_bound_the_gradients_and_the_change_of_the_hessian(loss, outputs, target):
    x = normal(5)
    lipschitz, hessian_lipschitz = loss_constants(loss, outputs, float(x.norm()))

    def value(w):
        return loss((w.reshape(outputs, 5) @ x)[None], target[None])

    hessian = torch.func.jacrev(torch.func.jacrev(value))

    steepest = fastest = 0.0
    for seed in range(15):
        w = normal(outputs * 5, seed=seed) * (3 if seed % 2 else 0.3)
        step = 1e-3 * normal(outputs * 5, seed=seed + 100)
        steepest = max(steepest, float(torch.func.grad(value)(w).norm()))
        hessians = [hessian(w + sign * step) for sign in (1, -1)]
        change = torch.linalg.matrix_norm(hessians[0] - hessians[1], 2)
        fastest = max(fastest, float(change / (2 * step.norm())))
    assert lipschitz / 20 < steepest <= lipschitz
    assert hessian_lipschitz / 20 < fastest <= hessian_lipschitz


def test_the_constants_are_reached():
    x = torch.tensor([2.0]).double()  # R = 2, one output, no bias: the worst case is explicit
    lipschitz, hessian_lipschitz = loss_constants(nn.BCEWithLogitsLoss(), 1, 2.0)
    s = (1 - 1 / math.sqrt(3)) / 2
    w = torch.tensor(math.log(s / (1 - s)) / 2).double()
    third = torch.func.grad(
        torch.func.grad(torch.func.grad(lambda w: nn.functional.softplus(w * x[0])))
    )
    assert float(third(w)) == pytest.approx(hessian_lipschitz, rel=1e-12)
    assert lipschitz == 2.0
    # Two classes: u = (1, -1) / sqrt 2 turns log-sum-exp into a softplus of sqrt(2) t.
    two = loss_constants(nn.CrossEntropyLoss(), 2, 1.0)
    mean = loss_constants(nn.BCEWithLogitsLoss(), 3, 2.0)
    assert mean == (pytest.approx(2 / math.sqrt(3)), pytest.approx(8 * SHARP / 3))
    total = loss_constants(nn.BCEWithLogitsLoss(reduction="sum"), 3, 2.0)
    assert total == (pytest.approx(2 * math.sqrt(3)), pytest.approx(8 * SHARP))
    assert two == (pytest.approx(math.sqrt(2)), pytest.approx(math.sqrt(8) * SHARP))


# --- the certificate ------------------------------------------------------------------------------

DECAY = 0.1
GOOD = {
    "forgotten": 2,
    "weight_decay": DECAY,
    "selected_all": True,
    "curvature": "ggn",
    "step": "newton",
    "damping": 0.0,
    "clipped": False,
    "gradient_norm": 1e-12,
}


def judged(model=None, loss=None, batches=None, privacy=None, **changed):
    model = nn.Sequential(nn.Flatten(), nn.Linear(4, 3)) if model is None else model
    x = normal(40, 2, 2)
    x = x / x.flatten(1).norm(dim=1).max()  # R = sqrt 2 with the 1 for the bias
    batches = [(x[:25], labels(25, 3)), (x[25:], labels(15, 3))] if batches is None else batches
    return certificate(
        model,
        nn.CrossEntropyLoss() if loss is None else loss,
        batches,
        Sekhari(0.5, 1e-5, DECAY, 2.0, 8 * SHARP, "all") if privacy is None else privacy,
        **{**GOOD, **changed},
    )


def test_a_linear_model_at_its_minimum_is_certified():
    verdict = judged()
    assert verdict.certified
    assert str(verdict) == "certified"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"privacy": Sekhari(0.5, 1e-5, DECAY, 2.0, 8 * SHARP)}, "noise scope is 'none'"),
        ({"privacy": Sekhari(0.5, 1e-5, 0.2, 2.0, 8 * SHARP, "all")}, "strong convexity 0.2"),
        ({"weight_decay": 0.0}, "strong convexity 0.1 is above the weight decay 0"),
        ({"privacy": Sekhari(0.5, 1e-5, DECAY, 1.9, 8 * SHARP, "all")}, "lipschitz is 1.9, the"),
        ({"privacy": Sekhari(0.5, 1e-5, DECAY, 2.0, 0.7, "all")}, "hessian_lipschitz is 0.7"),
        ({"selected_all": False}, "only selected slices were moved"),
        ({"curvature": "fisher"}, "curvature is 'fisher'"),
        ({"step": "ascent"}, "step is 'ascent'"),
        ({"damping": 1e-3}, "damping is 0.001"),
        ({"clipped": True}, "the trust region"),
        ({"gradient_norm": 0.1}, "the model is not at its minimum: gradient norm 0.1"),
        ({"forgotten": 40}, "40 of 40 samples were removed"),
        ({"model": nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 3))}, "not a single linear layer"),
        ({"loss": nn.CrossEntropyLoss(weight=torch.ones(3))}, "the loss CrossEntropyLoss is not"),
        ({"loss": nn.HuberLoss()}, "the loss HuberLoss is not one known to be convex"),
        (
            {
                "loss": nn.BCEWithLogitsLoss(),
                "model": nn.Linear(4, 1),
                "batches": [(normal(9, 4) / 9, torch.full((9, 1), 2.0))],
            },
            "targets are not all in",
        ),
    ],
)
def test_each_failing_assumption_is_named(changed, reason):
    verdict = judged(**changed)
    assert not verdict.certified
    assert len(verdict.reasons) == 1
    assert reason in verdict.reasons[0]
    assert str(verdict).startswith("heuristic noise: ")


def test_several_failing_assumptions_are_all_named_and_frozen_weights_count():
    model = fill(nn.Linear(4, 3))
    model.bias.requires_grad_(False)
    assert len(judged(model=model, damping=1.0, clipped=True, selected_all=False).reasons) == 4


def test_the_dtype_must_hold_the_error():
    small = Sekhari(0.5, 1e-5, 100.0, 2.0, 8 * SHARP, "all")  # an error of about 1e-8
    reasons = {}
    for dtype in (torch.float32, torch.float64):
        model = fill(nn.Sequential(nn.Flatten(), nn.Linear(4, 3))).to(dtype)
        verdict = judged(model=model, privacy=small, weight_decay=100.0)
        reasons[dtype] = verdict.reasons
    assert reasons[torch.float64] == ()
    assert "rounding to torch.float32 moves the weights" in reasons[torch.float32][0]


def test_the_scrubber_is_certified_for_logistic_regression_at_its_minimum_and_only_once():
    x = normal(80, 3)
    x = x / x.norm(dim=1).max()
    y = (x[:, :1] > 0).double()
    loss, decay = nn.BCEWithLogitsLoss(), 0.05
    model = fill(nn.Linear(3, 1))
    for _ in range(12):
        model, _ = baselines.run(
            "newton_cg",
            model,
            loss,
            (x, y),
            (x, y),
            weight_decay=decay,
            damping=0.0,
            curvature="exact",
        )
    refit = model
    for _ in range(4):
        refit, _ = baselines.run(
            "newton_cg", refit, loss, (x[2:], y[2:]), (x, y), weight_decay=decay, damping=0.0
        )
    privacy = Sekhari(0.5, 1e-5, decay, math.sqrt(2), math.sqrt(8) * SHARP, "all")
    plain = copy.deepcopy(model)
    settings = {"weight_decay": decay, "select": "all", "damping": 0.0}
    Scrubber(plain, loss, (x, y), **settings).remove([0, 1])
    distance = float(weights(plain).sub(weights(refit)).norm())
    assert 0 < distance <= privacy.error_bound(80, 2)
    scrubber = Scrubber(model, loss, (x, y), privacy=privacy, **settings)
    report = scrubber.remove([0, 1])
    assert report.noise.certified, report.noise.reasons
    moved = weights(model) - weights(plain)
    assert 0.1 < float(moved.norm()) / (report.noise.sigma * 2) < 4  # |N(0, I_4)| is about 2
    again = scrubber.remove([2])  # the noise has moved it off its minimum
    assert not again.noise.certified
    assert any("not at its minimum" in reason for reason in again.noise.reasons)
    assert again.noise.composed_epsilon == 1.0


def weights(model):
    return torch.cat([tensor.detach().flatten() for tensor in model.parameters()])


# --- Guo: budget and removal ----------------------------------------------------------------------


def test_budget_by_hand():
    # c = sqrt(2 ln 15000) = sqrt(2 * 9.6158054801) = 4.3853860674; sd * epsilon / c.
    budget = GuoBudget(epsilon=2.0, delta=1e-4, perturbation_sd=10.0)
    assert budget.c == pytest.approx(4.3853860674, rel=1e-10)
    assert budget.total == pytest.approx(20 / 4.3853860674, rel=1e-10)
    assert 1.5 * math.exp(-(budget.c**2) / 2) == pytest.approx(1e-4, rel=1e-12)


@given(st.floats(-30, 30))
def test_the_third_derivative_of_the_loss_is_bounded_by_the_sharp_constant(z):
    s = float(expit(z))
    assert abs(s * (1 - s) * (1 - 2 * s)) <= SHARP * (1 + 1e-12)


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
def test_true_residuals_stay_below_the_bound_over_sequential_removals(data):
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
def test_batches_of_any_size_stay_within_their_bounds(seed, d, decay, batches):
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


def test_a_bound_by_hand():
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


def test_labels_in_either_form_give_the_same_model_and_b_is_part_of_it():
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


def test_a_removal_beyond_the_budget_is_refused_and_changes_nothing():
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
def test_rows_that_cannot_be_removed(rows, id):
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
def test_data_that_do_not_fit(x, y, id):
    with pytest.raises(LcodecError) as caught:
        CertifiedLogistic(weight_decay=1.0).fit(x, y)
    assert caught.value.id == id
