"""DenseNet-121 (Huang, Liu, van der Maaten & Weinberger, CVPR 2017)."""

from __future__ import annotations

from collections import OrderedDict

import torch
from torch import nn

from bench.paper.nets.layers import Stem, convolution, scaled, stem

DEPTHS = (6, 12, 24, 16)
FIRST, GROWTH, BOTTLENECK = 64, 32, 4


class DenseLayer(nn.Module):
    """Adds channels made of all those before."""

    def __init__(self, width_in: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(width_in)
        self.conv1 = convolution(width_in, BOTTLENECK * growth, 1)
        self.norm2 = nn.BatchNorm2d(BOTTLENECK * growth)
        self.conv2 = convolution(BOTTLENECK * growth, growth, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (b, c, h, w) to (b, c + growth, h, w)."""
        y = self.conv1(torch.relu(self.norm1(x)))
        return torch.cat([x, self.conv2(torch.relu(self.norm2(y)))], 1)


class DenseNet(nn.Module):
    """Four dense blocks, between which channels and resolution are halved."""

    def __init__(self, classes: int, width: float, kind: Stem) -> None:
        super().__init__()
        channels, growth = scaled(FIRST, width), scaled(GROWTH, width)
        first, pool = stem(channels, kind)
        parts: OrderedDict[str, nn.Module] = OrderedDict(
            conv0=first, norm0=nn.BatchNorm2d(channels), relu0=nn.ReLU(), pool0=pool
        )
        for place, depth in enumerate(DEPTHS, start=1):
            block: OrderedDict[str, nn.Module] = OrderedDict()
            for layer in range(1, depth + 1):
                block[f"denselayer{layer}"] = DenseLayer(channels, growth)
                channels += growth
            parts[f"denseblock{place}"] = nn.Sequential(block)
            if place < len(DEPTHS):
                parts[f"transition{place}"] = _transition(channels)
                channels //= 2
        parts["norm5"] = nn.BatchNorm2d(channels)
        self.features = nn.Sequential(parts)
        self.classifier = nn.Linear(channels, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images (b, 3, h, w) to logits (b, classes)."""
        logits: torch.Tensor = self.classifier(torch.relu(self.features(x)).mean((2, 3)))
        return logits


def _transition(channels: int) -> nn.Module:
    return nn.Sequential(
        OrderedDict(
            norm=nn.BatchNorm2d(channels),
            relu=nn.ReLU(),
            conv=convolution(channels, channels // 2, 1),
            pool=nn.AvgPool2d(2),
        )
    )


def densenet121(classes: int, width: float, stem: Stem) -> nn.Module:
    """Return DenseNet-121."""
    return DenseNet(classes, width, stem)
