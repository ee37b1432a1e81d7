"""What the tests of the command line name as MODULE:NAME."""

import torch
from torch import nn
from torch.utils.data import TensorDataset


def make_model():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.LayerNorm(6), nn.Linear(6, 3))


def compiled_model():
    return torch.compile(make_model(), backend="eager")


def other_model():
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.LayerNorm(5), nn.Linear(5, 3))


def double_model():
    return make_model().double()


def _samples(seed):
    x = torch.randn(60, 4, generator=torch.Generator().manual_seed(seed))
    return x, x[:, :3].argmax(1)


def data():
    return _samples(1)


def data_set():
    return TensorDataset(*data())


def named_data():
    return (*data(), [f"person {number}" for number in range(60)])


def numbered_data():
    return (*data(), torch.arange(100, 160))


def infinite_data():
    x, y = data()
    x[7] = float("inf")
    return x, y


def test_data():
    return _samples(2)


def broken_data():
    raise RuntimeError("the disk with the data is gone")


def loss(outputs, targets):
    return nn.functional.cross_entropy(outputs, targets, reduction="sum")


def never(report):
    return False


def half(inputs, generator):
    return inputs / 2


NUMBER = 3
