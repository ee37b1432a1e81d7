"""Squared Jacobian rows of single samples, summed over samples, in all trainable parameters."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from lcodec import LcodecError
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.batches import Batch, Batches
from lcodec.scrub.samples.inputs import rows, split, take
from lcodec.scrub.step import memory
from lcodec.scrub.step.build import factor_of
from lcodec.scrub.step.layer_rows import rule_of
from lcodec.scrub.step.products import Factor
from lcodec.scrub.step.sample_rows import SampleRows

NORMS = (_BatchNorm, nn.GroupNorm, nn.LayerNorm)


def diagonal(task: Task, batches: Batches, method: str) -> torch.Tensor:
    """Return the mean over samples of the squared Jacobian rows, (p,), float64.

    With the method "fisher" they are the squares of each sample's gradient, with "ggn" the
    diagonal of the generalised Gauss-Newton matrix.
    """
    total, count = sums_of_squares(task, batches, method)
    return total / count


def sums_of_squares(task: Task, batches: Batches, method: str) -> tuple[torch.Tensor, int]:
    """Return the sum over samples that `diagonal` divides, and the number of samples."""
    flat, factor = task.whole(), factor_of(method, task.loss)
    squares = _by_hooks if hooks_serve(task) else _one_by_one
    total = torch.zeros(len(flat), dtype=torch.float64, device=flat.read().device)
    count = 0
    for batch in batches:
        for square in squares(task, batch, factor, method):
            total += square
        count += rows(batch[0])
    return total, count


def hooks_serve(task: Task) -> bool:
    """Return whether hooks on the layers can make the rows of all trainable parameters.

    They cannot for recurrent and attention modules, for parameters that a model uses by itself,
    and for layers without a batch axis, such as embeddings of positions; the first batch of the
    retained data is tried.
    """
    simple = all(
        isinstance(module, NORMS) or rule_of(module, name)[0] is not None
        for module in task.model.modules()
        for name, tensor in module.named_parameters(recurse=False)
        if tensor.requires_grad
    )
    if not simple:
        return False
    pair = take(next(iter(task.retained))[0], slice(0, 2))
    rows_of = SampleRows(task.model, task.whole())
    try:
        rows_of.probe(pair)
        rows_of(pair, lambda outputs: outputs.reshape(1, len(outputs), -1))
    except LcodecError as error:
        if error.id not in ("lcodec:batchAxis", "lcodec:parameterUse"):
            raise
        return False
    return not rows_of.whole


def _by_hooks(task: Task, batch: Batch, factor: Factor, method: str) -> Iterator[torch.Tensor]:
    flat = task.whole()
    rows_of = SampleRows(task.model, flat)
    room = memory.JACOBIAN_BYTES // (memory.NUMBER * 2 * (len(flat) + rows_of.probe(batch[0])))
    room = max(1, room)  # rows at a time
    width = run(task.model, take(batch[0], slice(0, 1))).numel() if method == "ggn" else 1
    size = max(1, room // width)
    for x, y in zip(split(batch[0], size), torch.split(batch[1], size), strict=True):
        for start in range(0, width, room):  # more than once where a sample's rows are large
            chosen = slice(start, start + room)

            def weigh(
                outputs: torch.Tensor, y: torch.Tensor = y, chosen: slice = chosen
            ) -> torch.Tensor:
                return factor(outputs, y).movedim(2, 0)[chosen]

            yield rows_of(x, weigh).square().sum(dim=(0, 1))


def _one_by_one(task: Task, batch: Batch, factor: Factor, method: str) -> Iterator[torch.Tensor]:
    """Yield the squares sample by sample, by plain backward passes: slow, but for any model."""
    flat, trained = task.whole(), task.trainable()
    for x, y in zip(split(batch[0], 1), torch.split(batch[1], 1), strict=True):
        with torch.enable_grad():
            outputs = run(task.model, x)
            flattened = outputs.reshape(len(outputs), -1)
        for weights in factor(outputs.detach(), y).to(outputs).unbind(2):
            gradients = torch.autograd.grad(
                flattened,
                list(trained.values()),
                weights,
                retain_graph=True,
                allow_unused=True,
                materialize_grads=True,
            )
            yield flat.gather(dict(zip(trained, gradients, strict=True))).double().square()
