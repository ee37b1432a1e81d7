"""Rows of the Jacobian by hooks."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from lcodec import LcodecError
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step.sample_rows import SampleRows
from python.tests.scrub.networks import Twice, fill, generator, labels, normal
from python.tests.scrub.others import OTHERS
from python.tests.scrub.step.dense import (
    CROSS_ENTROPY,
    Recurrent,
    built,
    close,
    jacobians,
    setting,
)


class Tied(nn.Module):
    """An embedding whose weight is the classifier's too, and a layer that is called twice."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(9, 4, padding_idx=0)
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 9)
        self.head.weight = self.table.weight
        fill(self)

    def forward(self, ids):
        hidden = torch.tanh(self.body(self.table(ids)))
        return self.head(torch.tanh(self.body(hidden)).mean(dim=1))


class Twofold(Conv1D):
    """A subclass that does more than its layer."""

    def forward(self, x):
        return 2 * super().forward(x)


def conv1d_elsewhere(units, inputs):
    """Return a layer of the name and with the attributes of GPT-2's, the weight transposed."""

    def forward(self, x):
        return nn.functional.linear(x, self.weight, self.bias)

    layer = type("Conv1D", (nn.Module,), {"forward": forward})()
    layer.nf = units
    layer.weight = nn.Parameter(torch.empty(units, inputs))
    layer.bias = nn.Parameter(torch.empty(units))
    return layer


class Columns(nn.Module):
    """A linear layer that keeps its weight as (in, out), as in GPT-2."""

    class Conv1D(nn.Module):
        def __init__(self, nf, nx):
            super().__init__()
            self.nf = nf
            self.weight, self.bias = (
                nn.Parameter(torch.empty(nx, nf)),
                nn.Parameter(torch.empty(nf)),
            )

        def forward(self, x):
            return torch.addmm(self.bias, x.reshape(-1, x.shape[-1]), self.weight).view(
                *x.shape[:-1], self.nf
            )

    def __init__(self, kind=Conv1D):
        super().__init__()
        self.first, self.last = kind(5, 3), nn.Linear(5, 2)
        fill(self)

    def forward(self, x):
        return self.last(torch.tanh(self.first(x)).mean(dim=1))


class Attention(nn.Module):
    """Fused attention with a mask that depends on the input, and layers called by keyword."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(4, 12), nn.Linear(4, 3)
        fill(self)

    def forward(self, x):
        q, k, v = self.qkv(input=x).chunk(3, dim=-1)
        mask = (x[..., 0] < 1).unsqueeze(1)
        seen = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out(seen.mean(dim=1))


def entries(name, positions):
    return SimpleNamespace(entries=((name, torch.tensor(positions)),))


def conv(layer, width):
    return fill(nn.Sequential(layer, nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(width, 2)))


def ids(*shape):
    return torch.randint(9, shape, generator=generator(3))


NETWORKS = {
    "linear on tokens": (
        fill(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Flatten(), nn.Linear(20, 2))),
        normal(6, 5, 3),
    ),
    "called twice": (Twice(), normal(6, 4)),
    "tied and embedded": (Tied(), ids(6, 5)),
    "recurrent": (Recurrent(), normal(6, 4, 2)),
    "fused attention": (Attention(), normal(6, 5, 4)),
    "columns": (Columns(), normal(6, 4, 3)),
    "columns of GPT-2": (Columns(Conv1D), normal(6, 4, 3)),
    "columns, doubled": (Columns(Twofold), normal(6, 4, 3)),
    "rows named Conv1D": (Columns(conv1d_elsewhere), normal(6, 4, 3)),
    "conv1d, dilated": (conv(nn.Conv1d(2, 4, 3, dilation=2, padding=1), 20), normal(6, 2, 7)),
    "conv2d, strided": (
        conv(nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(0, 1)), 48),
        normal(6, 2, 7, 3),
    ),
    "conv2d, circular": (
        conv(nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), 48),
        normal(6, 2, 4, 4),
    ),
    "conv2d, same": (conv(nn.Conv2d(2, 3, (1, 3), padding="same"), 48), normal(6, 2, 4, 4)),
    "conv2d, grouped": (conv(nn.Conv2d(4, 6, 2, groups=2), 24), normal(6, 4, 3, 3)),
    "conv2d, depthwise": (conv(nn.Conv2d(3, 6, 2, groups=3), 24), normal(6, 3, 3, 3)),
    "conv3d": (conv(nn.Conv3d(1, 3, 2, bias=False), 12), normal(6, 1, 3, 3, 2)),
    "transposed": (conv(nn.ConvTranspose2d(2, 3, 2, stride=2), 48), normal(6, 2, 2, 2)),
    "normalised": (
        fill(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.LayerNorm(4), nn.Linear(4, 2))),
        normal(6, 3),
    ),
    **OTHERS,
}


@pytest.mark.parametrize("part", ["whole", "some"])
@pytest.mark.parametrize("name", NETWORKS)
def test_rows_equal_the_jacobian_through_the_whole_model(name, part) -> None:
    model, x = NETWORKS[name]
    model.eval()
    step = 1 if part == "whole" else 3
    flat = FlatParameters(
        model,
        [
            entries(name, list(range(0, tensor.numel(), step)))
            for name, tensor in model.named_parameters()
        ],
    )
    wanted = jacobians(model, x, flat)
    rows = SampleRows(model, flat)
    identity = torch.eye(wanted.shape[1], dtype=torch.float64)
    found = rows(x, lambda z: identity[:, None].expand(-1, len(z), -1))
    assert close(found, wanted)
    weights = normal(3, len(x), wanted.shape[1], seed=5)
    parts = list(rows.parts(rows.cotangents(x, lambda _: weights), 4))
    assert [len(one) for one in parts] == [4, 2]
    assert close(torch.cat(parts), torch.einsum("kbc,bcp->bkp", weights, wanted))
    rows.probe(x)
    assert not any(module._forward_hooks for module in model.modules())
    assert all(tensor.grad is None for tensor in model.parameters())


def test_parameters_used_behind_the_modules_back_go_through_the_whole_model() -> None:
    class Sneaky(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x):
            return self.layer(x) @ self.layer.weight

    data = normal(8, 3), labels(8, 3)
    model = fill(Sneaky())
    _, flat, _ = setting(model, CROSS_ENTROPY, data)
    rows = SampleRows(model, flat)
    rows.probe(data[0])
    assert rows.whole
    found = rows(data[0], lambda z: torch.eye(3)[:, None].expand(-1, len(z), -1))
    assert close(found, jacobians(model, data[0], flat))


def test_a_model_with_other_derivatives_each_time_is_refused() -> None:
    class Changing(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer, self.passes = nn.Linear(3, 3), 0

        def forward(self, x):
            self.passes += 1
            return self.layer(x) * self.passes

    data = normal(8, 3), labels(8, 3)
    with pytest.raises(LcodecError, match="the same derivatives each time") as caught:
        built("ggn", fill(Changing()), CROSS_ENTROPY, data)
    assert caught.value.id == "lcodec:parameterUse"
