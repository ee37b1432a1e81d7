"""Forty samples, a small network of convolutions and a scrubber that steps on all of it."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Scrubber
from python.tests.scrub.networks import conv_data, conv_net

LOSS = nn.CrossEntropyLoss()
X, Y = conv_data(40)


def scrubber(model: nn.Module | None = None, data: Any = None, **options: Any) -> Scrubber:
    options = {"weight_decay": 0.1, "perturbations": 100, "select": "all", **options}
    data = (X, Y) if data is None else data
    return Scrubber(conv_net() if model is None else model, LOSS, data, **options)


def vector(model: nn.Module) -> torch.Tensor:
    return torch.cat([tensor.detach().flatten() for tensor in model.parameters()])


def refused(id: str, message: str, act: Callable[[], object]) -> None:
    with pytest.raises(LcodecError) as caught:
        act()
    assert caught.value.id == f"lcodec:{id}"
    for part in message.split("..."):
        assert part in str(caught.value)
