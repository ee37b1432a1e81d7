"""MobileNetV2 (Sandler, Howard, Zhu, Zhmoginov & Chen, CVPR 2018)."""

from __future__ import annotations

import torch
from torch import nn

from bench.paper.nets.layers import Stem, normalised, scaled

STAGES = (
    (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2),
    (6, 320, 1, 1),
)  # fmt: skip
"""Expansion, channels, blocks, and the stride of the first of them."""
FIRST, LAST = 32, 1280


class InvertedResidual(nn.Module):
    """A depthwise convolution in a wider space, beside a shortcut where the shape stays."""

    def __init__(self, width_in: int, width: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = width_in * expansion
        widened = [_activated(width_in, wide, 1)] if expansion > 1 else []
        depthwise = _activated(wide, wide, 3, stride, groups=wide)
        self.conv = nn.Sequential(*widened, depthwise, *normalised(wide, width, 1))
        self.same = stride == 1 and width_in == width

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (b, c, h, w) to (b, width, h / stride, w / stride)."""
        y: torch.Tensor = self.conv(x)
        return x + y if self.same else y


def _activated(width_in: int, width: int, size: int, stride: int = 1, groups: int = 1) -> nn.Module:
    return nn.Sequential(*normalised(width_in, width, size, stride, groups), nn.ReLU6())


class MobileNetV2(nn.Module):
    """Seventeen inverted residuals between two convolutions."""

    def __init__(self, classes: int, width: float, kind: Stem) -> None:
        super().__init__()
        width_in = scaled(FIRST, width)
        reduced = kind == "imagenet"
        features = [_activated(3, width_in, 3, 2 if reduced else 1)]
        for stage, (expansion, channels, depth, first) in enumerate(STAGES):
            for place in range(depth):
                stride = first if place == 0 and (reduced or stage != 1) else 1
                new = scaled(channels, width)
                features.append(InvertedResidual(width_in, new, stride, expansion))
                width_in = new
        last = scaled(LAST, width)
        self.features = nn.Sequential(*features, _activated(width_in, last, 1))
        self.classifier = nn.Sequential(nn.Dropout(0.2), nn.Linear(last, classes))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images (b, 3, h, w) to logits (b, classes)."""
        logits: torch.Tensor = self.classifier(self.features(x).mean((2, 3)))
        return logits


def mobilenet_v2(classes: int, width: float, stem: Stem) -> nn.Module:
    """Return MobileNetV2."""
    return MobileNetV2(classes, width, stem)
