"""Accuracy, loss and gradient norm."""

import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lcodec import LcodecError
from lcodec.scrub.evaluation import (
    accuracy,
    gradient_norm,
    kl_divergence,
    mean_loss,
)
from lcodec.scrub.objective.loss import PerSampleLoss
from python.tests.scrub.evaluation.classifiers import Constant
from python.tests.scrub.networks import conv_data, conv_net, labels, normal


def test_kl_has_the_closed_form_direction_and_mean() -> None:
    p, q = [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]
    wanted = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    backwards = sum(b * math.log(b / a) for a, b in zip(p, q, strict=True))
    x = normal(7, 2)
    assert kl_divergence(Constant(p), Constant(q), x) == pytest.approx(wanted, abs=1e-14)
    assert kl_divergence(Constant(q), Constant(p), x) == pytest.approx(backwards, abs=1e-14)
    assert kl_divergence(Constant(p), Constant(q), x, batch_size=2) == pytest.approx(wanted)
    assert abs(wanted - backwards) > 0.01


def test_kl_refuses_other_shapes() -> None:
    with pytest.raises(
        LcodecError, match=r"shape \(2, 2\) like those of `reference`, got \(2, 3\)"
    ):
        kl_divergence(Constant([0.5, 0.5]), Constant([0.2, 0.3, 0.5]), normal(2, 2))


def test_accuracy_and_mean_loss_count_samples_not_batches() -> None:
    model, (x, y) = conv_net(), conv_data(11)
    outputs = model(x)
    loader = DataLoader(TensorDataset(x, y), batch_size=4)
    wanted = nn.functional.cross_entropy(outputs, y).item()
    for data in ((x, y), loader, [(x[:1], y[:1]), (x[1:], y[1:])]):
        assert mean_loss(model, nn.CrossEntropyLoss(), data) == pytest.approx(wanted, abs=1e-14)
        assert accuracy(model, data) == (outputs.argmax(1) == y).double().mean().item()


def test_gradient_norm_is_that_of_the_mean_and_not_the_mean_of_norms() -> None:
    model, (x, y) = conv_net(), conv_data(12)
    loss = nn.functional.cross_entropy(model(x), y)
    loss = loss + 0.1 * sum(p.square().sum() for p in model.parameters())
    parts = torch.autograd.grad(loss, list(model.parameters()))
    wanted = torch.cat([part.reshape(-1) for part in parts]).norm().item()
    found = gradient_norm(model, nn.CrossEntropyLoss(), (x, y), weight_decay=0.2, batch_size=5)
    assert found == pytest.approx(wanted, abs=1e-13)


def test_models_are_evaluated_in_eval_mode_and_given_back_in_theirs() -> None:
    model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 2)).double()
    model.train()
    model[0].eval()
    x, y = normal(20, 3), labels(20, 2)
    first = mean_loss(model, nn.CrossEntropyLoss(), (x, y))
    assert first == mean_loss(model, nn.CrossEntropyLoss(), (x, y))
    assert [module.training for module in model] == [False, True, True]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_reduction_of_the_loss_does_not_matter(reduction) -> None:
    outputs, targets = normal(6, 3), labels(6, 3)
    loss = PerSampleLoss(nn.CrossEntropyLoss(reduction=reduction))
    wanted = nn.functional.cross_entropy(outputs, targets, reduction="none")
    assert torch.allclose(loss(outputs, targets), wanted, rtol=0, atol=1e-14)


def test_a_loss_is_evaluated_in_float64() -> None:
    outputs = torch.tensor([[30.0, 0.0]])  # float32 gives exactly 0
    assert nn.functional.cross_entropy(outputs, torch.tensor([0])) == 0
    loss = PerSampleLoss(nn.CrossEntropyLoss(weight=torch.ones(2), reduction="sum"))
    assert loss(outputs, torch.tensor([0])).item() == pytest.approx(math.exp(-30), rel=1e-3)
