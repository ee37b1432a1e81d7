"""VGG-16 as it was published for faces, with the names of its weights, and narrower ones."""

from __future__ import annotations

import torch
from torch import nn
from torch.nn.functional import max_pool2d, relu

BLOCKS = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))
"""Channels and convolutions of each block; a block ends with the maximum over 2 x 2."""
HIDDEN = 4096


class VGGFace(nn.Module):
    """VGG-16: thirteen convolutions and three linear layers, `conv_1_1` to `fc8`.

    Parameters
    ----------
    classes : int, default 2622
        Number of outputs.
    width : float, default 1
        Factor of all channels and hidden units.
    side : int, default 224
        Height and width of the inputs, in pixels; at least 32.
    unit : float, default 1
        Inputs are divided by this; 1 as published.
    dropout : float, default 0.5
        Share of the hidden units that training drops.

    References
    ----------
    Parkhi, Vedaldi, Zisserman: Deep Face Recognition, BMVC 2015.
    """

    def __init__(
        self,
        classes: int = 2622,
        *,
        width: float = 1.0,
        side: int = 224,
        unit: float = 1.0,
        dropout: float = 0.5,
    ) -> None:
        super().__init__()
        self.unit = unit
        channels = 3
        for block, (wide, count) in enumerate(BLOCKS, start=1):
            for number in range(1, count + 1):
                layer = nn.Conv2d(channels, channels := round(width * wide), 3, padding=1)
                self.add_module(f"conv_{block}_{number}", layer)
        hidden = round(width * HIDDEN)
        self.fc6 = nn.Linear(channels * (side // 2 ** len(BLOCKS)) ** 2, hidden)
        self.fc7 = nn.Linear(hidden, hidden)
        self.fc8 = nn.Linear(hidden, classes)
        self.dropout = nn.Dropout(dropout)
        for layer in self.children():
            if isinstance(layer, nn.Conv2d | nn.Linear):
                nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
                nn.init.zeros_(layer.bias)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (n, classes), of images, shape (n, 3, side, side)."""
        found = images / self.unit
        for block, (_, count) in enumerate(BLOCKS, start=1):
            for number in range(1, count + 1):
                found = relu(self.get_submodule(f"conv_{block}_{number}")(found))
            found = max_pool2d(found, 2)
        found = self.dropout(relu(self.fc6(found.flatten(1))))
        found = self.dropout(relu(self.fc7(found)))
        logits: torch.Tensor = self.fc8(found)
        return logits
