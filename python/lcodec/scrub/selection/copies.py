"""Perturbed copies of the samples to forget: what makes their activations vary.

A perturbation is anything that is called as `perturbation(inputs, generator)` and returns inputs
of the same form with as many rows, each row a noisy copy of the row it was given. It must draw
from `generator` alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.samples.batches import fit
from lcodec.scrub.samples.inputs import Inputs, apply, join, rows, take, tensors
from lcodec.scrub.selection.perturbations import (
    EmbeddingNoise,
    GaussianNoise,
    Perturbation,
    TokenReplacement,
    automatic,
    unchanged,
)

__all__ = [
    "EmbeddingNoise",
    "GaussianNoise",
    "Perturbation",
    "TokenReplacement",
    "automatic",
    "perturbed_batches",
    "unchanged",
]

BLOCK = 2**20  # numbers of the inputs that are perturbed in one call

Copies = Iterable[tuple[torch.Tensor, torch.Tensor, Inputs]]
"""(copy, sample, batch), as `perturbed_batches` yields them."""


def copies_for(
    model: nn.Module,
    inputs: Inputs,
    perturb: Perturbation | str | None,
    *,
    copies: int,
    each: int | None = None,
    noise: float,
    seed: int,
    batch_size: int,
    progress: bool | None,
) -> Copies:
    """Return perturbed copies of samples as a model takes them, with a progress bar.

    `perturb` is a perturbation, "auto" for what fits the inputs, with this `noise`, or None for
    the samples as they are; the rest is as for `perturbed_batches`.
    """
    if perturb is None:
        perturb = unchanged
    elif not callable(perturb):
        perturb = automatic(model, inputs, noise)
    batches = perturbed_batches(
        inputs, perturb, copies=copies, each=each, seed=seed, batch_size=batch_size
    )
    like = next(model.parameters())
    fitted = (
        (copy, sample, apply(noisy, lambda part: fit(part, like)))
        for copy, sample, noisy in batches
    )
    if progress is False:
        return fitted
    from tqdm import tqdm

    total = -(-copies * min(rows(inputs), each or rows(inputs)) // batch_size)
    quiet = None if progress is None else False  # None: where standard error is no terminal
    bar: Copies = tqdm(fitted, desc="perturbed passes", total=total, leave=False, disable=quiet)
    return bar


def perturbed_batches(
    inputs: Inputs,
    perturbation: Perturbation,
    *,
    copies: int = 1000,
    each: int | None = None,
    seed: int = 0,
    batch_size: int = 256,
) -> Iterator[tuple[torch.Tensor, torch.Tensor, Inputs]]:
    """Yield `copies` noisy copies of every sample, or each of some, in batches.

    The copies come in the order (copy 0 of every sample, copy 1 of every sample, ...). They are
    drawn in blocks of whole copies, whose size depends on the inputs alone, so the values depend
    neither on the batch size nor, with a generator on the CPU, on the device.

    Parameters
    ----------
    inputs : tensor, tuple or mapping of tensors, shape (m, ...)
        Samples.
    perturbation : callable
        `perturbation(inputs, generator)` returns a noisy copy of each of the rows it is given,
        here several times those of `inputs`.
    copies : int, default 1000
        Copies of each sample (R in the paper).
    each : int, optional
        Samples in a copy, drawn for it without replacement where there are more. All by default.
    seed : int, default 0
        Seed of the noise, and of the samples drawn.
    batch_size : int, default 256
        Rows per batch; the last batch may be shorter.

    Yields
    ------
    copy : torch.Tensor of int64, shape (b,)
        Which copy each row is, 0 to `copies` - 1.
    sample : torch.Tensor of int64, shape (b,)
        Which sample each row is a copy of, 0 to m - 1.
    batch : tensor, tuple or mapping of tensors, shape (b, ...)
        The noisy rows.

    Raises
    ------
    LcodecError
        `lcodec:perturbation` where the perturbation returns anything but that many rows of
        finite numbers.

    References
    ----------
    Mehta, Pal, Singh, Ravi: Deep Unlearning via Randomized Conditionally Independent
    Hessians, CVPR 2022, section 4.

    Examples
    --------
    >>> import torch
    >>> from lcodec.scrub.selection.copies import GaussianNoise, perturbed_batches
    >>> samples = torch.zeros(2, 5)
    >>> batches = perturbed_batches(samples, GaussianNoise(), copies=3, batch_size=4)
    >>> [(copy.tolist(), sample.tolist(), batch.shape) for copy, sample, batch in batches]
    [([0, 0, 1, 1], [0, 1, 0, 1], torch.Size([4, 5])), ([2, 2], [0, 1], torch.Size([2, 5]))]
    """
    samples = _samples(rows(inputs), copies, each, seed)
    which = samples.flatten()
    start = 0
    for batch in _regrouped(_blocks(inputs, perturbation, samples, seed), batch_size):
        row = torch.arange(start, start + rows(batch))
        yield row // samples.shape[1], which[row], batch
        start += len(row)


def _samples(count: int, copies: int, each: int | None, seed: int) -> torch.Tensor:
    """Return the samples that each copy is of, (copies, `each` or all)."""
    if each is None or each >= count:
        return torch.arange(count).expand(copies, -1)
    rng = np.random.default_rng(seed)
    drawn = [rng.choice(count, each, replace=False) for _ in range(copies)]
    return torch.as_tensor(np.stack(drawn))


def _blocks(
    inputs: Inputs, perturbation: Perturbation, samples: torch.Tensor, seed: int
) -> Iterator[Inputs]:
    """Perturb about BLOCK numbers at a time."""
    generator = torch.Generator().manual_seed(seed)
    size = max(1, BLOCK // max(1, sum(part.numel() for part in tensors(inputs))))
    for some in torch.split(samples, size):
        repeated = some.flatten()
        noisy = perturbation(take(inputs, repeated), generator)
        _check(noisy, len(repeated))
        yield noisy


def _check(noisy: object, wanted: int) -> None:
    parts = tensors(noisy) if isinstance(noisy, (torch.Tensor, tuple, Mapping)) else []
    if not parts or not all(isinstance(part, torch.Tensor) for part in parts):
        checks.fail(
            "perturbation",
            "`perturb` must return a tensor, a tuple or a mapping of tensors, "
            f"got {type(noisy).__name__}",
        )
    for part in parts:
        if part.ndim == 0 or len(part) != wanted:
            checks.fail(
                "perturbation",
                f"`perturb` must return a row for each of the {wanted} it was given, "
                f"got shape {tuple(part.shape)}",
            )
        if part.is_floating_point() and not checks.all_finite(part):
            checks.fail(
                "perturbation", "`perturb` must return finite numbers, got NaN or infinite values"
            )


def _regrouped(blocks: Iterator[Inputs], size: int) -> Iterator[Inputs]:
    """Yield the rows of the blocks, `size` at a time; the last time there may be fewer."""
    held: list[Inputs] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += rows(block)
        if count >= size:
            joined = join(held)
            whole = count - count % size
            for start in range(0, whole, size):
                yield take(joined, slice(start, start + size))
            held, count = [take(joined, slice(whole, None))], count - whole
    if count:
        yield join(held)
