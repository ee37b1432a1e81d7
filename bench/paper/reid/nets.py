"""Two narrow networks for images of persons: residual blocks, and inverted residual blocks.

Each gives logits in training and in evaluation, and the features before its last layer by
`features`.
"""

from __future__ import annotations

import torch
from torch import nn


def _norm(channels: int) -> nn.Module:
    return nn.BatchNorm2d(channels)


class Residual(nn.Module):
    """Two convolutions of 3 x 3 beside the identity, or beside a convolution of 1 x 1."""

    def __init__(self, wide_in: int, wide: int, stride: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(wide_in, wide, 3, stride, 1, bias=False), _norm(wide), nn.ReLU(),
            nn.Conv2d(wide, wide, 3, 1, 1, bias=False), _norm(wide),
        )  # fmt: skip
        same = stride == 1 and wide_in == wide
        self.side = nn.Identity() if same else nn.Conv2d(wide_in, wide, 1, stride, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the sum of both ways, without what is negative."""
        found: torch.Tensor = torch.relu(self.body(x) + self.side(x))
        return found


class Inverted(nn.Module):
    """Four times as many channels, a convolution of each by itself, and back."""

    def __init__(self, wide_in: int, wide: int, stride: int) -> None:
        super().__init__()
        many = 4 * wide_in
        self.body = nn.Sequential(
            nn.Conv2d(wide_in, many, 1, bias=False), _norm(many), nn.ReLU6(),
            nn.Conv2d(many, many, 3, stride, 1, groups=many, bias=False), _norm(many), nn.ReLU6(),
            nn.Conv2d(many, wide, 1, bias=False), _norm(wide),
        )  # fmt: skip
        self.same = stride == 1 and wide_in == wide

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the block's output, on top of its input where both have one shape."""
        found: torch.Tensor = self.body(x)
        return x + found if self.same else found


BLOCKS: dict[str, type[nn.Module]] = {"residual": Residual, "inverted": Inverted}


class Network(nn.Module):
    """A convolution, three blocks that halve height and width, the mean over places, a layer.

    Parameters
    ----------
    kind : {"residual", "inverted"}
        Of the blocks.
    classes : int
        Number of persons.
    width : int
        Channels of the first convolution; the blocks have so many, twice and four times as many.
    """

    def __init__(self, kind: str, classes: int, width: int) -> None:
        super().__init__()
        block = BLOCKS[kind]
        self.stem = nn.Sequential(
            nn.Conv2d(3, width, 3, 2, 1, bias=False), _norm(width), nn.ReLU()
        )  # fmt: skip
        self.blocks = nn.Sequential(
            block(width, width, 1), block(width, 2 * width, 2), block(2 * width, 4 * width, 2)
        )
        self.classifier = nn.Linear(4 * width, classes)

    def maps(self, images: torch.Tensor) -> torch.Tensor:
        """Return the last maps, shape (n, channels, height, width)."""
        found: torch.Tensor = self.blocks(self.stem(images))
        return found

    def features(self, images: torch.Tensor) -> torch.Tensor:
        """Return what persons are found by, shape (n, channels)."""
        return self.maps(images).mean((2, 3))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return logits, shape (n, classes), of images, shape (n, 3, height, width)."""
        logits: torch.Tensor = self.classifier(self.features(images))
        return logits
