"""Perturbed copies of the samples to forget: what makes their activations vary."""

from __future__ import annotations

from collections.abc import Iterator

import torch


def perturbed_batches(
    inputs: torch.Tensor,
    *,
    copies: int = 1000,
    noise: float = 0.1,
    seed: int = 0,
    batch_size: int = 256,
) -> Iterator[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]:
    """Yield `copies` noisy copies of every sample, in batches.

    The copies come in the order (copy 0 of every sample, copy 1 of every sample, ...).
    Each one draws its noise by a call of its own, in float64 and on the CPU, so the values
    depend neither on the batch size nor on the device.

    Parameters
    ----------
    inputs : torch.Tensor, shape (m, ...)
        Floating-point samples.
    copies : int, default 1000
        Copies of each sample (R in the paper).
    noise : float, default 0.1
        Standard deviation of the Gaussian noise, in the units of `inputs`.
    seed : int, default 0
        Seed of the noise.
    batch_size : int, default 256
        Rows per batch; the last batch may be shorter.

    Yields
    ------
    copy : torch.Tensor of int64, shape (b,)
        Which copy each row is, 0 to `copies` - 1.
    sample : torch.Tensor of int64, shape (b,)
        Which sample each row is a copy of, 0 to m - 1.
    batch : torch.Tensor, shape (b, ...)
        The noisy rows, with the dtype and device of `inputs`.

    References
    ----------
    Mehta, Pal, Singh, Ravi: Deep Unlearning via Randomized Conditionally Independent
    Hessians, CVPR 2022, section 4.
    """
    generator = torch.Generator().manual_seed(seed)
    samples = inputs.shape[0]
    shape = inputs.shape[1:]
    for start in range(0, copies * samples, batch_size):
        row = torch.arange(start, min(start + batch_size, copies * samples))
        # One call per row: torch fills a longer request in blocks, so a call for many rows
        # gives other numbers than many calls for one.
        offsets = torch.stack(
            [torch.randn(shape, generator=generator, dtype=torch.float64) for _ in row]
        )
        sample = row % samples
        batch = inputs[sample.to(inputs.device)] + noise * offsets.to(inputs)
        yield row // samples, sample, batch
