"""ResNet-18 and ResNet-50 (He, Zhang, Ren & Sun, CVPR 2016)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from bench.paper.nets.layers import Stem, convolution, normalised, scaled, stem

WIDTHS = (64, 128, 256, 512)


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions beside a shortcut, which is projected where the shape changes."""

    expansion = 1

    def __init__(self, width_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = normalised(width_in, width, 3, stride)
        self.conv2, self.bn2 = normalised(width, width, 3)
        self.downsample = _projection(width_in, width, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (b, c, h, w) to (b, width, h / stride, w / stride)."""
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """Convolutions 1 x 1, 3 x 3 and 1 x 1, the last to four times the width, beside a shortcut."""

    expansion = 4

    def __init__(self, width_in: int, width: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = normalised(width_in, width, 1)
        self.conv2, self.bn2 = normalised(width, width, 3, stride)
        self.conv3, self.bn3 = normalised(width, 4 * width, 1)
        self.downsample = _projection(width_in, 4 * width, stride)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map (b, c, h, w) to (b, 4 width, h / stride, w / stride)."""
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return torch.relu(y + (x if self.downsample is None else self.downsample(x)))


def _projection(width_in: int, width: int, stride: int) -> nn.Module | None:
    if stride == 1 and width_in == width:
        return None
    return nn.Sequential(convolution(width_in, width, 1, stride), nn.BatchNorm2d(width))


class ResNet(nn.Module):
    """Four stages of residual blocks.

    Parameters
    ----------
    block : type
        `BasicBlock` or `Bottleneck`.
    depths : sequence of int
        Blocks of each stage.
    classes : int
        Outputs.
    width : float
        Multiplier of all channels.
    kind : {"imagenet", "cifar"}
        The stem.
    """

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        depths: Sequence[int],
        classes: int,
        width: float,
        kind: Stem,
    ) -> None:
        super().__init__()
        widths = [scaled(channels, width) for channels in WIDTHS]
        self.conv1, self.maxpool = stem(widths[0], kind)
        self.bn1 = nn.BatchNorm2d(widths[0])
        width_in, stages = widths[0], []
        for stage, (channels, depth) in enumerate(zip(widths, depths, strict=True)):
            blocks = []
            for place in range(depth):
                blocks.append(block(width_in, channels, 2 if stage and not place else 1))
                width_in = channels * block.expansion
            stages.append(nn.Sequential(*blocks))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.avgpool = nn.AdaptiveAvgPool2d(1)
        self.fc = nn.Linear(width_in, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map images (b, 3, h, w) to logits (b, classes)."""
        x = self.maxpool(torch.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        logits: torch.Tensor = self.fc(self.avgpool(x).flatten(1))
        return logits


def resnet18(classes: int, width: float, stem: Stem) -> nn.Module:
    """Return ResNet-18."""
    return ResNet(BasicBlock, (2, 2, 2, 2), classes, width, stem)


def resnet50(classes: int, width: float, stem: Stem) -> nn.Module:
    """Return ResNet-50, which strides in the 3 x 3 convolution of a block, as is usual now."""
    return ResNet(Bottleneck, (3, 4, 6, 3), classes, width, stem)
