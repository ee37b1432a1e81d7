"""A scrubber of the paper's features and response, on a small network of convolutions."""

from typing import Any

import torch
from torch import nn

from lcodec.scrub import Scrubber
from python.tests.scrub.networks import conv_data, conv_net

LOSS = nn.CrossEntropyLoss()
PAPER = {"features": "activation", "response": "loss"}


def state(model: nn.Module) -> dict[str, torch.Tensor]:
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def scrubber(model: nn.Module | None = None, data: Any = None, **options: Any) -> Scrubber:
    options = {"weight_decay": 0.1, "perturbations": 200, **PAPER, **options}
    model = conv_net() if model is None else model
    return Scrubber(model, LOSS, conv_data(40) if data is None else data, **options)
