"""What `bench.scrub.speed` measures; each case runs in a process of its own and returns its record.

Only seconds and bytes are measured here; how good a removal is, `bench.scrub.quality` shows.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from statistics import median
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn.functional import interpolate

from bench.machine import peak_bytes, reset_peak, resident_bytes
from bench.scrub.naive import Naive
from bench.scrub.resnet import resnet18
from lcodec.scrub import Scrubber
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.selection.copies import GaussianNoise, perturbed_batches
from lcodec.scrub.selection.recording import Recording, record
from lcodec.scrub.slices.slices import find_slices

Pair = tuple[torch.Tensor, torch.Tensor]
LOSS = nn.CrossEntropyLoss()
TASK = {"weight_decay": 0.01, "damping": 0.01}
STEP = {"gradient": "retain", "steps": 1}  # as the naive removals
PERTURBATIONS = 1000
RETAINED = 50_000
SUBSAMPLE = 1000
REPETITIONS = 3


def removal() -> dict[str, Any]:
    """Remove one sample out of 50,001, and do the same the naive way.

    lcodec is run before and after the naive removals, which take so long that a busy machine may
    change its speed meanwhile.
    """
    inputs, targets = digits(RETAINED + 1)
    model = network()
    _train(model, (inputs, targets))
    sample, retained = (inputs[:1], targets[:1]), (inputs[1:], targets[1:])
    ways = {
        f"lcodec {one}": _scrub(model, retained, sample, one) for one in ("fisher", "secant", "ggn")
    }
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in ways}
    for _ in range(REPETITIONS):
        for name, way in ways.items():
            runs[name].append(way())
    for name, curvature, batch, samples in (
        ("naive fisher", "fisher", 1, SUBSAMPLE),
        ("naive fisher on all samples, gradients in batches of 256", "fisher", 256, RETAINED),
        ("naive secant", "secant", 1, RETAINED),
        ("naive secant, gradients in batches of 256", "secant", 256, RETAINED),
    ):
        runs[name] = [_naive(model, retained, sample, curvature, batch, samples)]
    for _ in range(REPETITIONS):
        for name, way in ways.items():
            runs[name].append(way())
    return {
        "network": "784-100-10, ReLU, float32, trained for 3 epochs of SGD",
        "data": "scikit-learn's digits enlarged to 28 x 28, repeated, each with Gaussian noise 0.1",
        "retained": RETAINED,
        "perturbations": PERTURBATIONS,
        "curvature_samples": {
            "lcodec": SUBSAMPLE,
            "naive fisher": SUBSAMPLE,
            "naive fisher on all samples, gradients in batches of 256": RETAINED,
            "naive secant": RETAINED,
        },
        "ways": {name: _summary(some) for name, some in runs.items()},
    }


def digits(count: int) -> Pair:
    """Return digits as rows of 784 numbers in [0, 1], repeated with fresh noise, and classes."""
    bundled = load_digits()
    small = torch.tensor(bundled.images / 16, dtype=torch.float32)[:, None]
    large = interpolate(small, size=(28, 28), mode="bilinear").flatten(1)
    which = torch.arange(count) % len(large)
    noise = torch.randn(count, 784, generator=torch.Generator().manual_seed(0))
    return (large[which] + 0.1 * noise).clamp(0, 1), torch.tensor(bundled.target)[which]


def network() -> nn.Sequential:
    """Return the paper's small network, untrained."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(784, 100), nn.ReLU(), nn.Linear(100, 10))


def _train(model: nn.Module, data: Pair) -> None:
    generator = torch.Generator().manual_seed(0)
    optimiser = torch.optim.SGD(
        model.parameters(), lr=0.1, momentum=0.9, weight_decay=TASK["weight_decay"]
    )
    for _ in range(3):
        for batch in torch.randperm(len(data[0]), generator=generator).split(256):
            optimiser.zero_grad()
            LOSS(model(data[0][batch]), data[1][batch]).backward()
            optimiser.step()


def _scrub(
    model: nn.Module, retained: Pair, sample: Pair, curvature: str
) -> Callable[[], dict[str, Any]]:
    # The naive removals select as the paper does; the default is timed as it is.
    form = {} if curvature == "ggn" else {"features": "activation", "response": "loss"}

    def run() -> dict[str, Any]:
        scrubber = Scrubber(
            copy.deepcopy(model), LOSS, retained, curvature=curvature,
            curvature_samples=SUBSAMPLE, perturbations=PERTURBATIONS, batch_size=2048,
            progress=False, **form, **TASK, **STEP,
        )  # fmt: skip
        clock = _Clock()
        report = scrubber.remove(sample)
        return {
            **clock.read(),
            "stages": report.seconds,
            "slices": [[one.layer, one.unit] for one in report.slices],
            "residual_ratio": report.gradient_after / report.gradient_before,
            "parameters": report.parameters_touched,
        }

    run()  # compiles the kernels of the selection
    return run


def _naive(
    model: nn.Module, retained: Pair, sample: Pair, curvature: str, batch: int, samples: int
) -> dict[str, Any]:
    naive = Naive(
        copy.deepcopy(model), LOSS, retained, curvature=curvature, curvature_samples=samples,
        perturbations=PERTURBATIONS, batch=batch, **TASK,
    )  # fmt: skip
    clock = _Clock()
    chosen = naive.remove(sample)
    taken = clock.read()
    own = dict(naive.model.named_modules())
    parameters = sum(own[layer].in_features + 1 for layer, _ in chosen)
    return {
        **taken,
        "stages": naive.seconds,
        "slices": [list(unit) for unit in chosen],
        "parameters": parameters,
    }


class _Clock:
    """Seconds since it was made: of the CPU, which others on the machine hardly touch, and all."""

    def __init__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def read(self) -> dict[str, float]:
        return {
            "cpu_seconds": time.process_time() - self._cpu,
            "wall_seconds": time.perf_counter() - self._wall,
        }


def _summary(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """Medians of the stages; every repetition of the whole."""
    stages = {name: median(run["stages"][name] for run in runs) for name in runs[0]["stages"]}
    return {
        "cpu_seconds": [run["cpu_seconds"] for run in runs],
        "wall_seconds": [run["wall_seconds"] for run in runs],
        "cpu_median": median(run["cpu_seconds"] for run in runs),
        "stages": stages,
        "select_share": median(run["stages"]["select"] / run["wall_seconds"] for run in runs),
        "slices": runs[0]["slices"],
        "residual_ratio": runs[0].get("residual_ratio"),
        "parameters": runs[0]["parameters"],
    }


def perturbation() -> dict[str, Any]:
    """Pass a thousand perturbed copies in batches, and one by one, in float64."""
    inputs, targets = digits(1)
    model = network().double().eval()
    slices, _ = find_slices(model)

    def run(batch_size: int) -> tuple[float, Recording]:
        batches = perturbed_batches(
            inputs.double(), GaussianNoise(0.1), copies=PERTURBATIONS, seed=0, batch_size=batch_size
        )
        start = time.perf_counter()
        found = record(model, PerSampleLoss(LOSS), slices, targets, batches, PERTURBATIONS)
        return time.perf_counter() - start, found

    run(256)
    together, single = zip(*((run(256), run(1)) for _ in range(REPETITIONS)), strict=True)
    one, other = together[0][1], single[0][1]
    scale = float(other.activations.abs().max())
    return {
        "network": "784-100-10, ReLU, float64",
        "perturbations": PERTURBATIONS,
        "batched_seconds": [seconds for seconds, _ in together],
        "one_by_one_seconds": [seconds for seconds, _ in single],
        "largest_difference": float((one.activations - other.activations).abs().max()) / scale,
        "largest_loss_difference": float(np.abs(one.loss - other.loss).max()),
    }


def rank_one() -> dict[str, Any]:
    """Take a secant step on a million parameters, of which a d x d matrix would take 8 TB."""
    width = 1000
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 10))
    data = torch.randn(257, width), torch.randint(10, (257,))
    scrubber = Scrubber(
        model, LOSS, (data[0][1:], data[1][1:]), select="all", curvature="secant", progress=False,
        **TASK, **STEP,
    )  # fmt: skip
    base = resident_bytes()
    reset_peak()
    start = time.perf_counter()
    report = scrubber.remove((data[0][:1], data[1][:1]))
    return {
        "parameters": report.parameters_touched,
        "retained": 256,
        "solver": report.solver,
        "seconds": time.perf_counter() - start,
        "stages": report.seconds,
        "base_bytes": base,
        "peak_bytes": peak_bytes(),
        "dense_bytes": 8 * report.parameters_touched**2,
    }


def resnet() -> dict[str, Any]:
    """Remove one sample from ResNet-18: 64 x 64 pixels, 200 perturbations, float32."""
    torch.manual_seed(0)
    model = resnet18().eval()
    count, samples = 1000, 64
    data = torch.randn(count + 1, 3, 64, 64), torch.randint(10, (count + 1,))
    scrubber = Scrubber(
        model, LOSS, (data[0][1:], data[1][1:]), perturbations=200,
        max_parameters=50_000, fill=True, curvature_samples=samples, batch_size=64,
        progress=False, **TASK, **STEP,
    )  # fmt: skip
    start = time.perf_counter()
    report = scrubber.remove((data[0][:1], data[1][:1]))
    return {
        "network": "ResNet-18, 10 classes, random weights and data",
        "parameters_total": report.parameters_total,
        "slices": len(find_slices(model)[0]),
        "retained": count,
        "curvature_samples": samples,
        "perturbations": 200,
        "slices_selected": len(report.slices),
        "parameters": report.parameters_touched,
        "solver": report.solver,
        "seconds": time.perf_counter() - start,
        "stages": report.seconds,
        "gradient_before": report.gradient_before,
        "gradient_after": report.gradient_after,
        "peak_bytes": peak_bytes(),
    }


CASES: dict[str, Callable[[], dict[str, Any]]] = {
    "perturbation": perturbation,
    "rank-one": rank_one,
    "resnet18": resnet,
    "removal": removal,
}
