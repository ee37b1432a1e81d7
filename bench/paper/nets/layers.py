"""What the networks have in common: widths, stems, convolutions with their normalisation."""

from __future__ import annotations

from typing import Literal

from torch import nn

Stem = Literal["imagenet", "cifar"]
STEMS = ("imagenet", "cifar")
"""For images of 224 x 224, with the resolution reduced at once; or for 32 x 32, where it is not."""


def scaled(channels: int, width: float) -> int:
    """Return a number of channels times the width multiplier, at least 1."""
    return max(1, round(channels * width))


def convolution(
    width_in: int, width: int, size: int, stride: int = 1, groups: int = 1
) -> nn.Module:
    """Return a convolution without bias that keeps the resolution at stride 1."""
    return nn.Conv2d(width_in, width, size, stride, size // 2, groups=groups, bias=False)


def stem(width: int, kind: Stem) -> tuple[nn.Module, nn.Module]:
    """Return the first convolution and the pooling of ResNet and DenseNet."""
    if kind == "cifar":
        return convolution(3, width, 3), nn.Identity()
    return convolution(3, width, 7, 2), nn.MaxPool2d(3, 2, padding=1)


def normalised(
    width_in: int, width: int, size: int, stride: int = 1, groups: int = 1
) -> list[nn.Module]:
    """Return a convolution and its batch normalisation."""
    return [convolution(width_in, width, size, stride, groups), nn.BatchNorm2d(width)]


def initialised(net: nn.Module) -> nn.Module:
    """Draw the weights of the convolutions as He et al. (ICCV 2015) do for ReLU, and return it."""
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
            if module.bias is not None:
                nn.init.zeros_(module.bias)
    return net
