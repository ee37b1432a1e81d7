"""Small networks and data that several tests use."""

from typing import TypeVar

import torch
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def normal(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(shape, generator=generator(seed), dtype=dtype)


def labels(n: int, classes: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(classes, (n,), generator=generator(seed))


def fill(model: Network, seed: int = 0, scale: float = 0.5) -> Network:
    """Give every parameter reproducible values, in float64."""
    model.double()
    source = generator(seed)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.copy_(scale * torch.randn(tensor.shape, generator=source, dtype=torch.float64))
    return model


def conv_net() -> nn.Sequential:
    """Two convolutions, the second grouped, and a classifier: 6 + 4 + 3 slices."""
    return fill(
        nn.Sequential(
            nn.Conv2d(1, 6, 3),
            nn.Tanh(),
            nn.Conv2d(6, 4, 2, groups=2),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(16, 3),
        )
    )


def conv_data(n: int = 40, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    return normal(n, 1, 5, 5, seed=seed), labels(n, 3, seed=seed)


class Twice(nn.Module):
    """One Linear called twice, then a head."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 3)
        fill(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.tanh(self.body(torch.tanh(self.body(x)))))


class Counter(nn.Module):
    """Counts its passes in a buffer, in evaluation mode too."""

    passes: torch.Tensor

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 3)
        self.register_buffer("passes", torch.zeros((), dtype=torch.float64))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if not torch._C._functorch.maybe_current_level():
            self.passes += 1
        scores: torch.Tensor = self.layer(x)
        return scores


class Residual(nn.Module):
    """Two 3x3 convolutions with BatchNorm around a shortcut."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm1 = nn.BatchNorm2d(outputs)
        self.second = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.shortcut: nn.Module = nn.Identity()
        if stride > 1 or inputs != outputs:
            self.shortcut = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out = self.relu(self.norm1(self.first(x)))
        return self.relu(self.norm2(self.second(out)) + self.shortcut(x))


class ResNet(nn.Module):
    """A stem and stages of two residual blocks, laid out as ResNet-18 is."""

    def __init__(
        self, channels: int = 1, widths: tuple[int, ...] = (4, 8), classes: int = 3
    ) -> None:
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(channels, widths[0], 3, 1, 1, bias=False),
            nn.BatchNorm2d(widths[0]),
            nn.ReLU(inplace=True),
        )
        stages, before = [], widths[0]
        for number, width in enumerate(widths):
            stages.append(
                nn.Sequential(Residual(before, width, 1 + (number > 0)), Residual(width, width))
            )
            before = width
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(before, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.stages(self.stem(x)).mean((2, 3)))


def mobile_net(classes: int = 3) -> nn.Sequential:
    """Depthwise, pointwise and grouped convolutions, laid out as in MobileNet."""
    return nn.Sequential(
        nn.Conv2d(1, 6, 3, padding=1),
        nn.Hardswish(),
        nn.Conv2d(6, 6, 3, padding=1, groups=6),
        nn.Hardswish(),
        nn.Conv2d(6, 8, 1),
        nn.Conv2d(8, 8, 3, stride=2, groups=2),
        nn.Hardswish(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, classes),
    )


class TextCNN(nn.Module):
    """Token embeddings, convolutions of two widths over them and the largest of each (Kim 2014)."""

    def __init__(
        self, vocabulary: int = 40, width: int = 6, filters: int = 4, classes: int = 3
    ) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width, padding_idx=0)
        self.convolutions = nn.ModuleList(nn.Conv1d(width, filters, size) for size in (2, 3))
        self.head = nn.Linear(2 * filters, classes)

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        words = self.embedding(ids).transpose(1, 2)
        pooled = [torch.tanh(one(words)).amax(2) for one in self.convolutions]
        return self.head(torch.cat(pooled, dim=1))


class GRUClassifier(nn.Module):
    """A recurrent layer, a projection of every step and a head on their mean."""

    def __init__(self, inputs: int = 3, hidden: int = 6, classes: int = 3) -> None:
        super().__init__()
        self.gru = nn.GRU(inputs, hidden, batch_first=True)
        self.project = nn.Linear(hidden, 5)
        self.head = nn.Linear(5, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(torch.tanh(self.project(self.gru(x)[0])).mean(1))


class TiedText(nn.Module):
    """Predicts the word that comes next; the output layer is the embedding (Press & Wolf 2017)."""

    def __init__(self, vocabulary: int = 12, width: int = 5) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, width)
        self.body = nn.Linear(width, width)
        self.output = nn.Linear(width, vocabulary, bias=False)
        self.output.weight = self.embedding.weight

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return self.output(torch.tanh(self.body(self.embedding(ids).mean(1))))
