"""SalUn and GRIN: which weights they change, and by what."""

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import baselines
from lcodec.scrub.evaluation import mean_loss
from lcodec.scrub.privacy import noise
from python.tests.scrub.baselines.tasks import CROSS, FORGET, KEEP, SQUARED, mlp, vector
from python.tests.scrub.networks import fill, normal


def slope(model, loss, data):
    """Gradient of the mean loss of torch itself."""
    parts = torch.autograd.grad(loss(model(data[0]), data[1]), list(model.parameters()))
    return torch.cat([part.flatten() for part in parts])


def changed(name, model, **settings):
    found, _ = baselines.run(name, model, CROSS, KEEP, FORGET, weight_decay=0.1, **settings)
    return vector(found) != vector(model)


def largest(scores, count):
    return torch.zeros(len(scores), dtype=torch.bool).scatter(0, scores.topk(count).indices, 1)


@pytest.mark.parametrize(("share", "count"), [(0.5, 22), (0.1, 4), (0.01, 1)])
def test_salun_trains_the_weights_with_the_largest_forgotten_gradient(share, count) -> None:
    model = mlp()
    assert len(vector(model)) == 43
    wanted = largest(slope(model, CROSS, FORGET).abs(), count)
    assert torch.equal(changed("salun", model, share=share), wanted)


@pytest.mark.parametrize(("share", "count"), [(0.5, 22), (0.1, 4)])
def test_grin_changes_the_weights_with_the_largest_ratio_of_gradients(share, count) -> None:
    model = mlp()
    ratio = slope(model, CROSS, FORGET).abs() / slope(model, CROSS, KEEP).abs()
    for sigma in (0.0, 0.1):
        found = changed("grin", model, share=share, sigma=sigma)
        assert torch.equal(found, largest(ratio, count))


def test_a_weight_that_only_the_forgotten_pull_at_comes_first() -> None:
    model = fill(nn.Linear(3, 1))
    x, y = normal(12, 3), normal(12, 1, seed=1)
    x[4:, 2] = 0.0
    found, _ = baselines.run(
        "grin", model, SQUARED, (x[4:], y[4:]), (x[:4], y[:4]), share=0.25, sigma=0.0
    )
    assert (vector(found) != vector(model)).tolist() == [False, False, True, False]


def test_all_weights_are_random_labels_and_the_difference_of_losses() -> None:
    settings = {"epochs": 3, "batch_size": 9, "learning_rate": 0.02}
    data = mlp(), CROSS, KEEP, FORGET
    for masked, own, plain, others in (
        ("salun", {}, "random_labels", {}),
        ("grin", {"sigma": 0.0}, "neg_grad_plus", {"beta": 0.5}),
    ):
        one, _ = baselines.run(masked, *data, share=1.0, **own, **settings)
        other, _ = baselines.run(plain, *data, **others, **settings)
        assert torch.equal(vector(one), vector(other))


def test_the_noise_of_grin_is_gaussian_and_of_the_seed() -> None:
    model, still = mlp(), {"share": 1.0, "learning_rate": 1e-300, "sigma": 0.2}
    for seed in (0, 7):
        found, _ = baselines.run("grin", model, CROSS, KEEP, FORGET, seed=seed, **still)
        moved = vector(found) - vector(model)
        assert torch.allclose(moved, noise(43, 0.2, seed), rtol=0, atol=1e-12)


def test_the_forgotten_loss_grows() -> None:
    before = mean_loss(mlp(), CROSS, FORGET)
    salun, _ = baselines.run("salun", mlp(), CROSS, KEEP, FORGET, learning_rate=0.3)
    grin, _ = baselines.run("grin", mlp(), CROSS, KEEP, FORGET)
    assert mean_loss(salun, CROSS, FORGET) > before
    assert mean_loss(grin, CROSS, FORGET) > before


def test_regression_is_for_grin_alone() -> None:
    x, y = normal(12, 2), normal(12, 1, seed=1)
    data = SQUARED, (x[4:], y[4:]), (x[:4], y[:4])
    model = fill(nn.Linear(2, 1))
    found, _ = baselines.run("grin", model, *data, share=1.0)
    assert mean_loss(found, SQUARED, data[2]) > mean_loss(model, SQUARED, data[2])
    with pytest.raises(LcodecError, match=r"for 'salun', .* 'grin' take any") as error:
        baselines.run("salun", model, *data)
    assert error.value.id == "lcodec:noClasses"


@pytest.mark.parametrize("name", ["salun", "grin"])
@pytest.mark.parametrize(("share", "text"), [(0, "above 0"), (1.5, "at most 1, got 1.5")])
def test_shares_are_shares(name, share, text) -> None:
    with pytest.raises(LcodecError, match=f"`share` must be {text}"):
        baselines.run(name, mlp(), CROSS, KEEP, FORGET, share=share)
