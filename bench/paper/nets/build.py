"""Networks by their names."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import nn

from bench.paper.nets.densenet import densenet121
from bench.paper.nets.layers import STEMS, Stem, initialised, scaled
from bench.paper.nets.mobilenet import mobilenet_v2
from bench.paper.nets.resnet import resnet18, resnet50
from bench.paper.nets.vgg import vgg11_bn

PIXELS, HIDDEN = 3 * 32 * 32, 100


def two_layer(classes: int, width: float, stem: Stem) -> nn.Module:
    """Return 3072-100-10, which has no stem, for images of 32 x 32."""
    hidden = scaled(HIDDEN, width)
    return nn.Sequential(
        nn.Flatten(), nn.Linear(PIXELS, hidden), nn.ReLU(), nn.Linear(hidden, classes)
    )


NETS: dict[str, Callable[[int, float, Stem], nn.Module]] = {
    "2nn": two_layer,
    "resnet18": resnet18,
    "resnet50": resnet50,
    "vgg11_bn": vgg11_bn,
    "mobilenet_v2": mobilenet_v2,
    "densenet121": densenet121,
}


def build(
    name: str,
    *,
    classes: int = 10,
    width: float = 1.0,
    stem: Stem = "imagenet",
    dtype: torch.dtype = torch.float32,
) -> nn.Module:
    """Return a network with random weights, whose `state_dict` has the names of torchvision's.

    Parameters
    ----------
    name : str
        One of `NETS`.
    classes : int, default 10
        Outputs.
    width : float, default 1.0
        Multiplier of the channels.
    stem : {"imagenet", "cifar"}, default "imagenet"
        What the network begins with. The paper has that of ImageNet, at which 32 x 32 pixels
        become 8 x 8 before the first stage; weights of the two do not all fit each other.
    dtype : torch.dtype, default float32
        Of the weights.

    Raises
    ------
    ValueError
        Where a name is unknown, or the width is not above 0.
    """
    if name not in NETS:
        raise ValueError(f"`name` must be one of {', '.join(NETS)}, got {name!r}")
    if stem not in STEMS:
        raise ValueError(f"`stem` must be one of {', '.join(STEMS)}, got {stem!r}")
    if not width > 0:
        raise ValueError(f"`width` must be above 0, got {width}")
    return initialised(NETS[name](classes, width, stem)).to(dtype)
