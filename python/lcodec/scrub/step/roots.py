"""Square roots of the loss's curvature in the outputs, for models with many output numbers.

The Gauss-Newton matrix of a sample is J'AJ with A, C x C, the second derivative of its loss in the
C numbers of its output. A language model has one for each token and word: too many rows R'J of
A = RR', and A itself is too large. With v of random signs, A^(1/2) v (A^(1/2) v)' is A on average,
so that a few such rows for each sample stand for all of them, without bias. A^(1/2) v comes from
products A v alone, by the method of Lanczos (Higham 2008, Functions of Matrices, section 13.2).
"""

from __future__ import annotations

import torch

from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.step import memory
from lcodec.scrub.step.products import Factor, curved

PRODUCTS = 16  # with A, for a root: within 2 % of the largest
WIDEST = 256  # output numbers of a sample up to which all rows are made
DIRECTIONS = 8  # beyond
ALL = 2**62  # directions: more than any output has numbers


def directions_for(given: int | None, width: int) -> int | None:
    """Return how many random directions stand for C output numbers, None for all of them."""
    count = given or (width if width <= WIDEST else DIRECTIONS)
    return count if count < width else None


def root(
    loss: PerSampleLoss, outputs: torch.Tensor, targets: torch.Tensor, vectors: torch.Tensor
) -> torch.Tensor:
    """Return A_i^(1/2) v_i of every sample, (b, C), float64; exact where C is at most 16.

    Parameters
    ----------
    loss : PerSampleLoss
        Convex in the outputs; where it is not, curvature below 0 counts as 0.
    outputs : torch.Tensor, shape (b, ...)
        C numbers each.
    targets : torch.Tensor, shape (b, ...)
        Of the samples.
    vectors : torch.Tensor, shape (b, C)
        v.
    """
    size, width = vectors.shape
    length = vectors.norm(dim=1)
    steps = min(PRODUCTS, width)
    basis = vectors.new_zeros(size, steps + 1, width)
    basis[:, 0] = vectors / length[:, None]
    diagonal, beside = vectors.new_zeros(size, steps), vectors.new_zeros(size, steps)
    for step in range(steps):
        image = curved(loss, outputs, targets, basis[:, step]).reshape(size, width)
        diagonal[:, step] = (basis[:, step] * image).sum(dim=1)
        before = basis[:, : step + 1]
        for _ in range(2):  # once is not enough in floating point
            image = image - (before.transpose(1, 2) @ (before @ image[..., None]))[..., 0]
        beside[:, step] = image.norm(dim=1)
        basis[:, step + 1] = torch.nan_to_num(image / beside[:, step, None])
    small = torch.diag_embed(diagonal)
    small += torch.diag_embed(beside[:, :-1], 1) + torch.diag_embed(beside[:, :-1], -1)
    values, inner = torch.linalg.eigh(small)
    weights = torch.einsum("bst,bt,bt->bs", inner, values.clamp(min=0).sqrt(), inner[:, 0])
    roots = basis[:, :-1].transpose(1, 2) @ weights[..., None]
    return torch.Tensor(roots[..., 0] * length[:, None])


def sampled(loss: PerSampleLoss, count: int, seed: int) -> Factor:
    """Return what makes R, (b, C, k), of E RR' = A_i; other signs at each call, of one stream."""
    stream = torch.Generator().manual_seed(seed)

    def factor(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        size, width = len(outputs), outputs[0].numel()
        room = memory.JACOBIAN_BYTES // (memory.NUMBER * (PRODUCTS + 1) * size * width)
        parts = []
        for start in range(0, count, max(1, room)):  # as many as there is room for, as one batch
            some = min(count - start, max(1, room))
            signs = torch.randint(2, (some * size, width), generator=stream, dtype=torch.float64)
            again, wanted = (torch.cat([part] * some) for part in (outputs, targets))
            roots = root(loss, again, wanted, (2 * signs - 1).to(outputs.device))
            parts.append(roots.reshape(some, size, width))
        return torch.cat(parts).permute(1, 2, 0).mul(count**-0.5)

    return factor
