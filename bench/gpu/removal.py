"""Removals on CUDA beside the same ones on this machine's CPU: slices, weights and seconds.

The CPU's step s and the device's step s' solve the same damped system from the same numbers, and
differ by rounding alone. How far they may be apart is derived for each case:

    |s' - s| / |s|  <=  2 sqrt(K) eps D / delta  +  eps |w| / |s|

A sum of K products whose roundings are independent is exact for factors that are changed by about
sqrt(K) eps relatively; K is the longest sum of the network and its gradients, and both sides round.
What such a change does to the step is measured, not guessed: D is the relative change of the CPU's
step when all weights and inputs are multiplied by 1 + delta u, u uniform in [-1, 1]. The last term
is the storing of the changed weights w. TF32 is off; sums in another order are all that remains.
"""

from __future__ import annotations

import argparse
import copy
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any
from unittest.mock import patch

import torch
from torch import nn

from bench.gpu.account import Account
from bench.scrub.resnet import Block, resnet18
from lcodec import lfoci
from lcodec.scrub import RemovalReport, Scrubber
from lcodec.scrub.selection import selection

LOSS = nn.CrossEntropyLoss()
CLASSES = 10
Pair = tuple[torch.Tensor, torch.Tensor]


@dataclass(frozen=True)
class Case:
    """A network, its data and a removal from it.

    Attributes
    ----------
    name : str
        What is removed from what.
    network : callable
        Makes the network, with weights from torch's seed.
    shape : tuple of int
        Of one sample.
    retained, forgotten : int
        Numbers of samples.
    dtype : torch.dtype
        Of weights and data.
    longest : int
        K: products in the longest sum, of a layer or of its gradient over samples and places.
    exponent : int
        delta is 2^exponent eps: above the rounding of the CPU, and too small to change the slices.
    epochs : int
        Of training.
    judged : bool
        Whether the same slices are demanded.
    options : dict
        Of the Scrubber.
    """

    name: str
    network: Callable[[], nn.Module]
    shape: tuple[int, ...]
    retained: int
    dtype: torch.dtype
    longest: int
    exponent: int
    forgotten: int = 4
    epochs: int = 0
    judged: bool = True
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Removed:
    """What a removal did: the step and where it went, as float64 on the CPU."""

    step: torch.Tensor
    weights: torch.Tensor  # those that changed
    report: RemovalReport
    seconds: float
    selected_on: str | None  # the device of LFOCI's table; None where there was none
    device: str

    @property
    def slices(self) -> list[list[Any]]:
        """The slices in the order of selection."""
        return [[one.layer, one.unit] for one in self.report.slices]


def perceptron(*widths: int) -> nn.Module:
    """Return a perceptron with tanh, in float64."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.Tanh()]
    return nn.Sequential(*layers[:-1]).double()


def small_resnet() -> nn.Module:
    """Return two of ResNet's blocks."""
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, CLASSES))
    return nn.Sequential(Block(3, 4, 1), Block(4, 8, 2), *head)


def cases(dry_run: bool) -> list[Case]:
    """Return what is removed."""
    newton = {"weight_decay": 0.01, "damping": 0.01, "progress": False}
    top = {"select": "top_gradient", "curvature_samples": 64, "batch_size": 64, **newton}
    lfoci = {**top, "select": "lfoci", "perturbations": 200, "fill": True}
    wide = {**newton, "curvature_samples": 1000}
    if dry_run:
        few, top = {**newton, "perturbations": 60}, {**top, "max_parameters": 120}
        return [
            Case("MLP", lambda: perceptron(20, 12, CLASSES), (20,), 60, torch.float64, 60, 20,
                 epochs=20, options=few),
            Case("ResNet", small_resnet, (3, 8, 8), 6, torch.float32, 6 * 64, 10,
                 options=top),
        ]  # fmt: skip
    image, pixels = (3, 64, 64), 64 * 32 * 32  # of a batch, after the first layer
    return [
        Case("784-100-10, LFOCI", lambda: perceptron(784, 100, CLASSES), (784,), 5000,
             torch.float64, 5000, 20, epochs=3, options=wide),
        Case("ResNet-18, top gradient", resnet18, image, 1000, torch.float32, pixels, 10,
             options={**top, "max_parameters": 50_000}),
        # Ranks of 200 perturbed copies in float32 may differ: where they do, nothing is compared.
        Case("ResNet-18, LFOCI", resnet18, image, 1000, torch.float32, pixels, 10, judged=False,
             options={**lfoci, "max_parameters": 50_000}),
    ]  # fmt: skip


def run(account: Account, options: argparse.Namespace) -> None:
    """Remove on the CPU and on the device, case by case."""
    device = "cpu" if options.dry_run else "cuda"
    if device == "cuda" and not torch.cuda.is_available():
        account.skip("torch finds no CUDA device")
        return
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = False
    for case in cases(options.dry_run):
        account.add(compared(case, device))


def compared(case: Case, device: str) -> dict[str, Any]:
    """Remove everywhere, and return the record."""
    model, data = prepared(case)
    here = removed(case, model, data, "cpu")
    nearby = removed(case, *disturbed(case, model, data), "cpu")
    with other_sums() if device == "cpu" else nullcontext():
        there = [removed(case, model, data, device) for _ in range(2)]  # the first loads kernels
    return judged(case, here, nearby, there)


def judged(case: Case, here: Removed, nearby: Removed, there: list[Removed]) -> dict[str, Any]:
    """Return the record of a removal on the CPU, of one from disturbed data, and on the device."""
    same, apart = here.slices == there[1].slices, distance(there[1].step, here.step)
    bound = limit(case, here, nearby)
    well_posed = nearby.slices == here.slices
    record = {
        "case": case.name,
        "dtype": str(case.dtype).removeprefix("torch."),
        "parameters": here.report.parameters_total,
        "parameters_touched": here.report.parameters_touched,
        "retained": case.retained,
        "forgotten": case.forgotten,
        "select": here.report.select,
        "selected_on": [here.selected_on, there[1].selected_on],
        "slices": len(here.slices),
        "slices_shared": len([one for one in there[1].slices if one in here.slices]),
        "same_slices": same,
        "damping": [here.report.damping, there[1].report.damping],
        "difference": apart,
        "bound": bound,
        "cpu_seconds": [here.seconds, nearby.seconds],
        "cpu_threads": torch.get_num_threads(),
        "gpu_seconds": [one.seconds for one in there],
        "stages": {"cpu": here.report.seconds, "gpu": there[1].report.seconds},
    }
    if case.judged or same:
        stayed = there[1].selected_on in (None, there[1].device)
        record["agrees"] = same and well_posed and apart <= bound and stayed
    return record


def prepared(case: Case) -> tuple[nn.Module, Pair]:
    """Return the network, trained if that is asked for, and the data: the forgotten come first."""
    torch.manual_seed(0)
    count = case.forgotten + case.retained
    targets = torch.randint(CLASSES, (count,))
    centres = torch.randn(CLASSES, *case.shape, dtype=torch.float64)
    inputs = 0.1 * centres[targets] + torch.randn(count, *case.shape, dtype=torch.float64)
    inputs, model = inputs.to(case.dtype), case.network()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9)
    for _ in range(case.epochs):
        for batch in torch.randperm(count).split(256):
            optimiser.zero_grad()
            LOSS(model(inputs[batch]), targets[batch]).backward()
            optimiser.step()
    return model.eval(), (inputs, targets)


def delta(case: Case) -> float:
    """Return the relative change that measures how sensitive the step is."""
    return torch.finfo(case.dtype).eps * 2.0**case.exponent


def disturbed(case: Case, model: nn.Module, data: Pair) -> tuple[nn.Module, Pair]:
    """Return network and data with every weight and input changed a little."""
    moved = copy.deepcopy(model)
    with torch.no_grad():
        for tensor in moved.parameters():
            tensor *= 1 + delta(case) * (2 * torch.rand_like(tensor) - 1)
    inputs = data[0] * (1 + delta(case) * (2 * torch.rand_like(data[0]) - 1))
    return moved, (inputs, data[1])


def removed(case: Case, model: nn.Module, data: Pair, device: str) -> Removed:
    """Remove the first samples from a copy of the network on a device."""
    moved = copy.deepcopy(model).to(device)
    inputs, targets = (part.to(device) for part in data)
    few = case.forgotten
    scrubber = Scrubber(moved, LOSS, (inputs[few:], targets[few:]), **case.options)
    tables: list[str] = []

    def noted(table: torch.Tensor, values: torch.Tensor, **options: Any) -> Any:
        tables.append(table.device.type)
        return lfoci(table, values, **options)

    start = time.perf_counter()
    with patch.object(selection, "lfoci", noted):
        report = scrubber.remove((inputs[:few], targets[:few]))
    if device == "cuda":
        torch.cuda.synchronize()
    seconds = time.perf_counter() - start
    before, after = flat(model), flat(moved)
    selected_on = tables[0] if tables else None
    return Removed(after - before, before[after != before], report, seconds, selected_on, device)


def flat(model: nn.Module) -> torch.Tensor:
    """Return all parameters as one vector of float64 on the CPU."""
    parts = [one.detach().cpu().double().reshape(-1) for one in model.parameters()]
    return torch.cat(parts)


def distance(step: torch.Tensor, other: torch.Tensor) -> float:
    """Return how far a step is from another, relative to that."""
    return float((step - other).norm() / other.norm())


def limit(case: Case, here: Removed, nearby: Removed) -> float:
    """Return how far the device's step may be from the CPU's; see the top of this file."""
    eps = torch.finfo(case.dtype).eps
    sensitivity = distance(nearby.step, here.step) / delta(case)
    stored = float(here.weights.norm() / here.step.norm())
    return eps * (2 * case.longest**0.5 * sensitivity + stored)


@contextmanager
def other_sums() -> Iterator[None]:
    """Let the CPU add in another order: without oneDNN's convolutions."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "TF32 acceleration on top of oneDNN")
        with torch.backends.mkldnn.flags(enabled=False):
            yield
