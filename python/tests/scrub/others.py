"""Networks whose parameters are not all weights of layers that a batch goes through."""

import torch
from torch import nn

from python.tests.scrub.networks import fill, generator, normal


class Sequence(nn.Module):
    """A recurrent module on sequences and a head on its last hidden states."""

    def __init__(self, kind: type[nn.RNNBase], **options: object) -> None:
        super().__init__()
        self.body = kind(3, 4, batch_first=True, **options).double()
        self.head = nn.Linear(self.body(normal(1, 1, 3))[0].shape[2], 2)
        fill(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.body(x)[0].tanh().mean(1))


class Packed(Sequence):
    """Reads only the first steps of a sequence, as many as it has numbers above 0 in the first."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        lengths = 1 + (x[:, 0] > 0).sum(1)
        packed = nn.utils.rnn.pack_padded_sequence(
            x, lengths.cpu(), batch_first=True, enforce_sorted=False
        )
        return self.head(self.body(packed)[1][0][-1])


class Cells(nn.Module):
    """A cell that is called at each step."""

    def __init__(self) -> None:
        super().__init__()
        self.cell, self.head = nn.LSTMCell(3, 4), nn.Linear(4, 2)
        fill(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        state = None
        for step in x.unbind(1):
            state = self.cell(step, state)
        return self.head(state[0])


class Attends(nn.Module):
    """Attention to itself, or to fewer features where `other`."""

    def __init__(self, *, other: bool = False, batch_first: bool = True) -> None:
        super().__init__()
        sizes = {"kdim": 2, "vdim": 3, "add_bias_kv": True} if other else {}
        self.attention = nn.MultiheadAttention(4, 2, batch_first=batch_first, **sizes)
        self.head, self.other, self.batch_first = nn.Linear(4, 2), other, batch_first
        fill(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = x if self.batch_first else x.transpose(0, 1)
        others = (x[..., :2], x[..., 1:]) if self.other else (x, x)
        seen = self.attention(x, *others, need_weights=False)[0]
        return self.head(seen.mean(1 if self.batch_first else 0))


class Tokens(nn.Module):
    """A class token and places beside the input's, a scale and a list of parameters."""

    def __init__(self) -> None:
        super().__init__()
        self.token = nn.Parameter(torch.empty(1, 1, 4))
        self.places = nn.Parameter(torch.empty(6, 4))
        self.scale = nn.Parameter(torch.empty(()))
        self.shifts = nn.ParameterList([torch.empty(4), torch.empty(2, 2)])
        self.mix = nn.TransformerEncoderLayer(4, 2, 5, dropout=0.0, batch_first=True)
        fill(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1) + self.places
        seen = self.mix(self.scale * x + self.shifts[0])[:, 0]
        return seen @ self.shifts[1].repeat(2, 1)


class Factors(nn.Module):
    """Matrix factorisation by tables of its own."""

    def __init__(self, users: int = 6, items: int = 5, width: int = 3) -> None:
        super().__init__()
        self.users = nn.Parameter(torch.empty(users, width))
        self.items = nn.Parameter(torch.empty(items, width))
        fill(self)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return (self.users[ids[:, 0]] * self.items[ids[:, 1]]).sum(1, keepdim=True)


class Affine(nn.Module):
    """Logistic regression by parameters of its own."""

    def __init__(self, inputs: int = 4, classes: int = 3) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(classes, inputs))
        self.bias = nn.Parameter(torch.empty(classes))
        fill(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x @ self.weight.T + self.bias


def settled(model: nn.Module, *shape: int) -> nn.Module:
    """Let the running statistics of normalisation layers see some data."""
    fill(model)
    with torch.no_grad():
        for seed in range(3):
            model(1 + 2 * normal(*shape, seed=50 + seed))
    return model.eval()


def images(norm: nn.Module) -> nn.Module:
    """A normalisation layer on images of 4 channels between two convolutions."""
    body = [nn.Conv2d(2, 4, 2), norm, nn.Tanh(), nn.Conv2d(4, 2, 2), nn.Flatten()]
    return settled(nn.Sequential(*body, nn.Linear(8, 2)), 8, 2, 4, 4)


def features(norm: nn.Module) -> nn.Module:
    """A normalisation layer between two linear ones."""
    body = nn.Sequential(nn.Linear(3, 4), norm, nn.Tanh(), nn.Flatten(), nn.LazyLinear(2))
    body(torch.zeros(2, 5, 3))
    return settled(body, 8, 5, 3)


class Folded(nn.Module):
    """BatchNorm over all steps of all sequences, as rows of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.head = nn.BatchNorm1d(3), nn.Linear(3, 2)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.norm(x.reshape(-1, 3)).reshape(x.shape).tanh().mean(1))


class Routed(nn.Module):
    """Each sample goes through one of three layers, that of its largest number."""

    def __init__(self) -> None:
        super().__init__()
        self.ways = nn.ModuleList(nn.Linear(3, 2) for _ in range(3))
        fill(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        outputs, way = x.new_zeros(len(x), 2), x.argmax(1)
        for number, layer in enumerate(self.ways):
            if (rows := (way == number).nonzero()[:, 0]).numel():
                outputs = outputs.index_put((rows,), layer(x[rows]))
        return outputs


STEPS = normal(6, 5, 3)
NORMALISED = {
    "batch norm": (images(nn.BatchNorm2d(4)), normal(6, 2, 4, 4)),
    "instance norm": (images(nn.InstanceNorm2d(4, affine=True)), normal(6, 2, 4, 4)),
    "instance norm that tracks": (
        images(nn.InstanceNorm2d(4, affine=True, track_running_stats=True)),
        normal(6, 2, 4, 4),
    ),
    "group norm": (images(nn.GroupNorm(2, 4)), normal(6, 2, 4, 4)),
    "layer norm of images": (images(nn.LayerNorm([4, 3, 3])), normal(6, 2, 4, 4)),
    "layer norm": (features(nn.LayerNorm(4, bias=False)), STEPS),
    "rms norm": (features(nn.RMSNorm(4)), STEPS),
    "layer norm on all": (features(nn.LayerNorm([5, 4])), STEPS),
    "folded": (settled(Folded(), 8, 5, 3), STEPS),
}
RECURRENT = {
    "rnn": (Sequence(nn.RNN), STEPS),
    "lstm": (Sequence(nn.LSTM, num_layers=2, bidirectional=True), STEPS),
    "lstm with projections": (Sequence(nn.LSTM, proj_size=2), STEPS),
    "gru": (Sequence(nn.GRU, num_layers=2, bias=False), STEPS),
    "packed": (Packed(nn.LSTM), STEPS),
    "cells": (Cells(), STEPS),
}
ATTENTION = {
    "attention": (Attends(), normal(6, 5, 4)),
    "attention to others": (Attends(other=True), normal(6, 5, 4)),
    "attention, steps first": (Attends(batch_first=False), normal(6, 5, 4)),
}
PLAIN = {
    "tokens": (Tokens(), normal(6, 5, 4)),
    "factors": (Factors(), torch.randint(5, (6, 2), generator=generator(1))),
    "affine": (Affine(), normal(6, 4)),
    "routed": (Routed(), normal(6, 3)),
}
OTHERS = {**NORMALISED, **RECURRENT, **ATTENTION, **PLAIN}
"""Model in evaluation mode, in float64, and 6 samples, by name."""

for _model, _ in OTHERS.values():
    _model.eval()
