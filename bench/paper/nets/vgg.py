"""VGG-11 with batch normalisation (Simonyan & Zisserman, ICLR 2015)."""

from __future__ import annotations

import torch
from torch import nn

from bench.paper.nets.layers import Stem, scaled

LAYERS = (64, "pool", 128, "pool", 256, 256, "pool", 512, 512, "pool", 512, 512, "pool")
HIDDEN = 4096


class VGG(nn.Module):
    """Eight convolutions, each with its normalisation, and three linear layers."""

    def __init__(self, classes: int, width: float, kind: Stem) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for layer in LAYERS:
            if isinstance(layer, str):
                layers.append(nn.MaxPool2d(2))
                continue
            new = scaled(layer, width)
            layers += [nn.Conv2d(channels, new, 3, padding=1), nn.BatchNorm2d(new), nn.ReLU()]
            channels = new
        self.features = nn.Sequential(*layers)
        side = 7 if kind == "imagenet" else 1  # what is left of 224 and of 32 pixels
        self.avgpool = nn.AdaptiveAvgPool2d(side)
        hidden = scaled(HIDDEN, width)
        self.classifier = nn.Sequential(
            nn.Linear(channels * side**2, hidden),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(hidden, hidden),
            nn.ReLU(),
            nn.Dropout(),
            nn.Linear(hidden, classes),
        )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images (b, 3, h, w) of at least 32 x 32 to logits (b, classes)."""
        logits: torch.Tensor = self.classifier(self.avgpool(self.features(x)).flatten(1))
        return logits


def vgg11_bn(classes: int, width: float, stem: Stem) -> nn.Module:
    """Return VGG-11 with batch normalisation."""
    return VGG(classes, width, stem)
