"""K-FAC against the dense block of a layer."""

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import baselines
from lcodec.scrub.baselines import kfac
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.step import build
from python.tests.scrub.baselines.tasks import CROSS, FORGET, KEEP, SQUARED, mlp
from python.tests.scrub.networks import fill, labels, normal


def layer_matrix(objective, batches, module, names):
    """The dense Gauss-Newton block of one layer, rows ordered as (output, input)."""
    model = objective.model
    every = dict(model.named_parameters())
    for name, tensor in every.items():
        tensor.requires_grad_(name in names)
    flat = Task(model, objective.loss, batches, batches, 0.0, 0).whole()
    dense = build("ggn", objective, flat, batches, solver="dense")
    matrix = torch.stack([dense.product(row) for row in torch.eye(len(flat)).double()])
    for tensor in every.values():
        tensor.requires_grad_()
    width = module.weight[0].numel()
    units = len(module.weight)
    order = torch.arange(len(flat))
    joined = torch.cat(
        [order[: units * width].reshape(units, width), order[units * width :, None]], 1
    )
    order = joined.flatten()
    return matrix[order][:, order]


def kronecker(model, loss, data, sharing="expand"):
    batches = Batches(data, model, 5, "retained")
    objective = Objective(model, PerSampleLoss(loss), batches, 0.0)
    return objective, batches, kfac.factors(objective, batches, sharing)


EXACT = {
    "one sample, any loss": (mlp(), CROSS, (normal(1, 4), labels(1, 3))),
    "deep linear network, squared error": (
        fill(nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))),
        SQUARED,
        (normal(12, 4), normal(12, 2, seed=1)),
    ),
    "filters as large as the image": (
        fill(nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(4, 3))),
        SQUARED,
        (normal(7, 2, 3, 3), normal(7, 3, seed=1)),
    ),
}


@pytest.mark.parametrize("sharing", kfac.SHARING)
@pytest.mark.parametrize("case", EXACT)
def test_kfac_is_the_dense_block_where_it_is_exact(case, sharing) -> None:
    model, loss, data = EXACT[case]
    objective, batches, found = kronecker(model, loss, data, sharing)
    assert len(found) == 2
    for name, layer in found.items():
        dense = layer_matrix(objective, batches, layer.module, {name, layer.bias})
        product = torch.kron(layer.outputs, layer.inputs)
        assert torch.allclose(product, dense, rtol=1e-9, atol=1e-12), name


def test_kfac_reduce_is_exact_for_a_mean_over_places_and_expand_is_not() -> None:
    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = fill(nn.Linear(3, 2))

        def forward(self, x):
            return self.body(x).mean(dim=1)

    data = normal(8, 5, 3), normal(8, 2, seed=1)
    objective, batches, found = kronecker(Pooled(), SQUARED, data, "reduce")
    (layer,) = found.values()
    dense = layer_matrix(objective, batches, layer.module, {"body.weight", "body.bias"})
    assert torch.allclose(torch.kron(layer.outputs, layer.inputs), dense, rtol=1e-10)
    (other,) = kronecker(Pooled(), SQUARED, data)[2].values()
    assert not torch.allclose(torch.kron(other.outputs, other.inputs), dense, rtol=0.05)


def test_kfac_of_convolutions_counts_every_place() -> None:
    # Padding, stride and dilation as torch has them: the gradient of one sample is a product of
    # windows and deltas, so the windows must reproduce torch's own gradient.
    layer = fill(nn.Conv2d(2, 3, 2, stride=2, padding=1, dilation=2, padding_mode="reflect"))
    x, delta = normal(1, 2, 6, 7), normal(1, 3, 3, 4, seed=1)
    assert layer(x).shape == delta.shape
    wanted = torch.autograd.grad(layer(x), [layer.weight, layer.bias], delta)
    inputs, outputs = kfac._outer(layer, x, delta[None], "reduce")
    mean = inputs[-1]  # the row of the bias is the mean over places of the inputs
    total = delta.sum(dim=(0, 2, 3))
    assert torch.allclose(outputs, torch.outer(total, total))
    assert torch.allclose(wanted[1], total)
    ones = torch.ones_like(delta)
    sums = torch.autograd.grad(layer(x), layer.weight, ones)[0][0].flatten()
    assert torch.allclose(mean[:-1] * 12, sums, rtol=1e-12)
    expand, _ = kfac._outer(layer, x, delta[None], "expand")
    assert torch.allclose(expand[-1], mean)  # the mean again, places counted once each


def test_kfac_leaves_other_layers_as_they_are() -> None:
    model = fill(nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)))
    found, _ = baselines.run("kfac_newton", model, CROSS, KEEP, FORGET)
    assert torch.equal(found[1].weight, model[1].weight)
    assert not torch.equal(found[0].weight, model[0].weight)
    lone = fill(nn.Sequential(nn.BatchNorm1d(4)))
    with pytest.raises(LcodecError, match="trainable Linear or ungrouped Conv2d"):
        baselines.run("kfac_newton", lone, CROSS, KEEP, FORGET)
    with pytest.raises(LcodecError, match="`damping` must be above 0 for the singular K-FAC"):
        baselines.run("kfac_newton", mlp(), CROSS, KEEP, FORGET, damping=0.0)
