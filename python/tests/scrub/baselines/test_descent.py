"""Training on: one step by hand."""

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lcodec import LcodecError
from lcodec.scrub import baselines
from lcodec.scrub.baselines import descent
from lcodec.scrub.evaluation import gradient_norm, mean_loss
from python.tests.scrub.baselines.tasks import CROSS, FORGET, KEEP, SQUARED, mlp, task_of, vector
from python.tests.scrub.networks import fill, normal


def slope(model, loss, data, decay=0.0):
    """Gradient of the mean loss of torch itself, plus decay * w."""
    inside = loss(model(data[0]), data[1])
    parts = torch.autograd.grad(inside, list(model.parameters()))
    return torch.cat([part.flatten() for part in parts]) + decay * vector(model)


def test_fine_tuning_is_gradient_descent_on_the_retained_objective() -> None:
    model = mlp()
    wanted = vector(model) - 0.1 * slope(model, CROSS, KEEP, decay=0.2)
    settings = {"epochs": 1, "learning_rate": 0.1, "momentum": 0.0, "weight_decay": 0.2}
    found, _ = baselines.run("fine_tune", model, CROSS, KEEP, FORGET, **settings)
    assert torch.allclose(vector(found), wanted, rtol=0, atol=1e-14)
    nobody, _ = baselines.run("fine_tune", model, CROSS, KEEP, KEEP, **settings)
    assert torch.equal(vector(nobody), vector(found))  # what is forgotten plays no part


def test_ascent_climbs_by_a_clipped_gradient() -> None:
    model = mlp()
    up = slope(model, CROSS, FORGET)
    settings = {"epochs": 1, "learning_rate": 0.1}
    for limit in (1e-3, 1e3):
        found, _ = baselines.run(
            "ascent", model, CROSS, KEEP, FORGET, max_norm=limit, weight_decay=0.5, **settings
        )
        wanted = 0.1 * up * min(1.0, limit / float(up.norm()))
        assert torch.allclose(vector(found) - vector(model), wanted, rtol=2e-3, atol=1e-14)
    assert mean_loss(found, CROSS, FORGET) > mean_loss(model, CROSS, FORGET)


def test_neg_grad_plus_weighs_both_gradients_and_is_fine_tuning_at_beta_1() -> None:
    model = mlp()
    settings = {"epochs": 1, "learning_rate": 0.1, "momentum": 0.0, "weight_decay": 0.2}
    down = 0.7 * slope(model, CROSS, KEEP) - 0.3 * slope(model, CROSS, FORGET)
    found, _ = baselines.run("neg_grad_plus", model, CROSS, KEEP, FORGET, beta=0.7, **settings)
    wanted = vector(model) - 0.1 * (down + 0.2 * vector(model))
    assert torch.allclose(vector(found), wanted, rtol=0, atol=1e-14)
    settings = {"epochs": 3, "batch_size": 7}
    only, _ = baselines.run("neg_grad_plus", model, CROSS, KEEP, FORGET, beta=1.0, **settings)
    tuned, _ = baselines.run("fine_tune", model, CROSS, KEEP, FORGET, **settings)
    assert torch.equal(vector(only), vector(tuned))
    with pytest.raises(LcodecError, match="`beta` must be at most 1, got 2"):
        baselines.run("neg_grad_plus", model, CROSS, KEEP, FORGET, beta=2)


def test_random_labels_are_wrong_uniform_and_trained_on() -> None:
    model = fill(nn.Linear(4, 5))
    targets = torch.arange(2000) % 5
    task = task_of(model, CROSS, (normal(2000, 4), targets))
    generator = torch.Generator().manual_seed(0)
    drawn = descent._relabelled(task, task.forget.together(), generator, "random_labels")[1]
    assert not (drawn == targets).any()
    shift = torch.bincount((drawn - targets) % 5, minlength=5)
    assert shift[0] == 0
    assert shift[1:].sub(500).abs().max() < 100  # 5 standard deviations
    x, y = normal(4, 2), torch.tensor([[1.0], [0.0], [0.0], [1.0]]).double()
    binary = task_of(fill(nn.Linear(2, 1)), nn.BCEWithLogitsLoss(), (x, y))
    flipped = descent._relabelled(binary, (x, y), torch.Generator(), "random_labels")[1]
    assert torch.equal(flipped, 1 - y)
    found, _ = baselines.run("random_labels", mlp(), CROSS, KEEP, FORGET, learning_rate=0.3)
    assert mean_loss(found, CROSS, FORGET) > mean_loss(mlp(), CROSS, FORGET)
    with pytest.raises(LcodecError, match="must be a classifier for 'random_labels'"):
        baselines.run("random_labels", fill(nn.Linear(2, 1)), SQUARED, (x, x[:, :1]), (x, x[:, 1:]))


def test_retained_data_in_batches_and_by_loader() -> None:
    x, y = KEEP
    loader = DataLoader(TensorDataset(x, y), batch_size=9)
    batches = [(x[:25], y[:25]), (x[25:], y[25:])]
    for data in (loader, batches):
        found, _ = baselines.run("fine_tune", mlp(), CROSS, data, FORGET, epochs=10)
        assert gradient_norm(found, CROSS, KEEP) < 0.9 * gradient_norm(mlp(), CROSS, KEEP)
