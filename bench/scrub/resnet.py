"""ResNet-18 (He, Zhang, Ren & Sun, CVPR 2016), untrained: a network of the usual size to scrub.

Eleven million parameters in 4,800 convolution filters and one unit per class.
"""

from __future__ import annotations

import torch
from torch import nn

WIDTHS = (64, 128, 256, 512)


class Block(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut, which is projected where the shape changes."""

    def __init__(self, width_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width_in, width, 3, stride, padding=1, bias=False)
        self.first_norm = nn.BatchNorm2d(width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.second_norm = nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride != 1 or width_in != width:
            project = nn.Conv2d(width_in, width, 1, stride, bias=False)
            self.shortcut = nn.Sequential(project, nn.BatchNorm2d(width))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (b, c, h, w) to (b, width, h / stride, w / stride)."""
        y = torch.relu(self.first_norm(self.first(x)))
        return torch.relu(self.second_norm(self.second(y)) + self.shortcut(x))


def resnet18(classes: int = 10) -> nn.Module:
    """Return the network for images (b, 3, h, w) of at least 32 x 32."""
    stem = nn.Sequential(
        nn.Conv2d(3, WIDTHS[0], 7, 2, padding=3, bias=False),
        nn.BatchNorm2d(WIDTHS[0]),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(3, 2, padding=1),
    )
    blocks: list[nn.Module] = []
    width_in = WIDTHS[0]
    for stage, width in enumerate(WIDTHS):
        blocks += [Block(width_in, width, 1 if stage == 0 else 2), Block(width, width, 1)]
        width_in = width
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(WIDTHS[-1], classes))
    return nn.Sequential(stem, *blocks, *head)
