"""What the tests of the command line name as MODULE:NAME."""

from typing import Any, NoReturn

import torch
from torch import nn
from torch.utils.data import TensorDataset

from lcodec.scrub import Event


def make_model() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.LayerNorm(6), nn.Linear(6, 3))


def compiled_model() -> Any:
    return torch.compile(make_model(), backend="eager")


def other_model() -> nn.Sequential:
    return nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.LayerNorm(5), nn.Linear(5, 3))


def double_model() -> nn.Sequential:
    return make_model().double()


def _samples(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(60, 4, generator=torch.Generator().manual_seed(seed))
    return x, x[:, :3].argmax(1)


def data() -> tuple[torch.Tensor, torch.Tensor]:
    return _samples(1)


def data_set() -> TensorDataset:
    return TensorDataset(*data())


def named_data() -> tuple[torch.Tensor, torch.Tensor, list[str]]:
    return (*data(), [f"person {number}" for number in range(60)])


def numbered_data() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return (*data(), torch.arange(100, 160))


ODD = ("a\nb", " edge ", "1,2", "[x]", "\x1b[2J 9  forged", "é\u202e", 17, "17")


def odd_data() -> tuple[torch.Tensor, torch.Tensor, list[int | str]]:
    return (*data(), [*ODD, *range(100, 152)])


def surrogate_data() -> tuple[torch.Tensor, torch.Tensor, list[str]]:
    return (*data(), ["\udce9", *map(str, range(1, 60))])


def infinite_data() -> tuple[torch.Tensor, torch.Tensor]:
    x, y = data()
    x[7] = float("inf")
    return x, y


def test_data() -> tuple[torch.Tensor, torch.Tensor]:
    return _samples(2)


def broken_data() -> NoReturn:
    raise RuntimeError("the disk with the data is gone")


def loss(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return nn.functional.cross_entropy(outputs, targets, reduction="sum")


def tell(event: Event) -> None:
    if event.name == "step":
        print(f"after step {event.step}: residual {event.numbers['residual']:.6g}")


def never(report: object) -> bool:
    return False


def half(inputs: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    return inputs / 2


NUMBER = 3
