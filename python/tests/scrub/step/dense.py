"""Curvature of small networks, and the same by torch.func, whole."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.func import functional_call, hessian

from lcodec.scrub import step as curvature
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.slices.slices import FlatParameters, find_slices
from python.tests.scrub.networks import fill

CROSS_ENTROPY = nn.CrossEntropyLoss()


def setting(
    model: nn.Module,
    loss: Any,
    data: Any,
    positions: Sequence[int] | None = None,
    weight_decay: float = 0.0,
    batch_size: int = 7,
) -> tuple[Objective, FlatParameters, Batches]:
    batches = Batches(data, model, batch_size, "retained")
    objective = Objective(model, PerSampleLoss(loss), batches, weight_decay)
    slices, _ = find_slices(model)
    chosen = slices if positions is None else [slices[at] for at in positions]
    return objective, FlatParameters(model, chosen), batches


def built(
    method: str,
    model: nn.Module,
    loss: Any,
    data: Any,
    positions: Sequence[int] | None = None,
    *,
    solver: str = "dense",
    **options: Any,
) -> Any:
    return curvature.build(method, *setting(model, loss, data, positions, **options), solver=solver)


def matrix(*args: Any, **options: Any) -> torch.Tensor:
    return built(*args, **options).matrix


def close(found: torch.Tensor, wanted: torch.Tensor, atol: float = 1e-12) -> bool:
    return torch.allclose(found, wanted, rtol=0, atol=atol)


def full_hessian(model: nn.Module, loss: Any, data: Any, flat: FlatParameters) -> torch.Tensor:
    """Hessian with respect to all parameters by `torch.func.hessian`, then the chosen block."""
    names = [name for name, _ in model.named_parameters()]
    shapes = [tensor.shape for tensor in model.parameters()]
    sizes = [tensor.numel() for tensor in model.parameters()]

    def value(vector: torch.Tensor) -> torch.Tensor:
        parts = [p.reshape(s) for p, s in zip(vector.split(sizes), shapes, strict=True)]
        outputs = functional_call(model, dict(zip(names, parts, strict=True)), (data[0],))
        return loss(outputs, data[1])

    start = torch.cat([tensor.detach().reshape(-1) for tensor in model.parameters()])
    whole = hessian(value)(start)
    numbered = torch.arange(len(start)).split(sizes)
    where = flat.gather({n: p.reshape(s) for n, p, s in zip(names, numbered, shapes, strict=True)})
    return whole[where][:, where]


def jacobians(model: nn.Module, x: torch.Tensor, flat: FlatParameters) -> torch.Tensor:
    """Jacobian (b, C, p) of every sample, one output of one sample at a time."""
    rows = []
    for one in x:
        leaf = flat.read().requires_grad_()
        outputs = functional_call(model, flat.merge(leaf), (one[None],)).flatten()
        found = [torch.autograd.grad(number, leaf, retain_graph=True)[0] for number in outputs]
        rows.append(torch.stack(found))
    return torch.stack(rows)


class Recurrent(nn.Module):
    """A GRU between two linear layers, whose own parameters are no slices."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.gru, self.head = nn.Linear(2, 3), nn.GRU(3, 3), nn.Linear(3, 2)
        fill(self)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.gru(torch.tanh(self.first(x)).transpose(0, 1))[1][0])
