"""Residual and relearning."""

import math

import torch
from torch import nn

from lcodec.scrub.evaluation import (
    gradient_norm,
    mean_loss,
    relearn_time,
    residual_ratio,
)
from python.tests.scrub.networks import conv_data, conv_net, fill, labels, normal


def test_the_residual_ratio_is_that_of_the_norms() -> None:
    model, before, data = conv_net(), fill(conv_net(), seed=3), conv_data(12)
    loss = nn.CrossEntropyLoss()
    norms = [gradient_norm(one, loss, data, weight_decay=0.1) for one in (model, before)]
    assert residual_ratio(model, before, loss, data, weight_decay=0.1) == norms[0] / norms[1]
    at_minimum = fill(nn.Linear(2, 1), scale=0.0)
    zeros = normal(3, 2), torch.zeros(3, 1, dtype=torch.float64)
    assert residual_ratio(at_minimum, at_minimum, nn.MSELoss(), zeros) == 1
    moved = fill(nn.Linear(2, 1))
    assert residual_ratio(moved, at_minimum, nn.MSELoss(), zeros) == math.inf


def test_relearning_takes_the_steps_of_the_closed_form() -> None:
    # loss (w - 3)^2 from w = 0: each step of rate a multiplies the distance by 1 - 2a.
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.zeros_(model.weight)
    data = torch.ones(5, 1, dtype=torch.float64), torch.full((5, 1), 3.0, dtype=torch.float64)
    settings = {"threshold": 0.01, "learning_rate": 0.1}
    wanted = math.ceil(math.log(math.sqrt(0.01) / 3) / math.log(0.8))  # 3 * 0.8^k <= 0.1
    assert relearn_time(model, nn.MSELoss(), data, **settings) == wanted == 16
    assert relearn_time(model, nn.MSELoss(), data, batch_size=2, **settings) == 16
    assert relearn_time(model, nn.MSELoss(), data, max_steps=15, **settings) is None
    assert relearn_time(model, nn.MSELoss(), data, threshold=9.1) == 0
    assert model.weight.item() == 0
    newton = relearn_time(
        model, nn.MSELoss(), data, threshold=1e-9, optimizer=lambda w: torch.optim.SGD(w, lr=0.5)
    )
    assert newton == 1


def test_relearning_is_deterministic_with_dropout_and_leaves_the_model_as_it_is() -> None:
    model = fill(nn.Sequential(nn.Linear(3, 16), nn.Dropout(0.5), nn.Linear(16, 2))).train()
    data = normal(8, 3), labels(8, 2)
    before = [tensor.clone() for tensor in model.parameters()]
    loss = nn.CrossEntropyLoss()
    threshold = 0.8 * mean_loss(model, loss, data)
    times = {relearn_time(model, loss, data, threshold=threshold) for _ in range(3)}
    assert len(times) == 1
    assert times.pop() > 0
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert all(tensor.grad is None for tensor in model.parameters())
    assert model.training
