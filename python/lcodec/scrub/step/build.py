"""Building a curvature from data by the scheme that was chosen for it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import torch
from torch.func import grad, jacrev, vmap

from lcodec.scrub import checks
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective, run
from lcodec.scrub.samples.batches import Batch
from lcodec.scrub.samples.inputs import rows as rows_in
from lcodec.scrub.samples.inputs import split, take
from lcodec.scrub.slices.slices import FlatParameters
from lcodec.scrub.step import gram, memory
from lcodec.scrub.step.forms import CG_RESIDUAL, Curvature, Dense, LowRank, MatrixFree
from lcodec.scrub.step.products import Factor, Point
from lcodec.scrub.step.roots import directions_for, sampled
from lcodec.scrub.step.sample_rows import Cotangents, SampleRows

NAME = "curvature of the retained objective"


def build(
    method: str,
    objective: Objective,
    flat: FlatParameters,
    batches: Iterable[Batch],
    *,
    solver: str = "auto",
    memory_limit: int = 2 * 2**30,
    samples: int | None = None,
    directions: int | None = None,
    accuracy: float = CG_RESIDUAL,
    seed: int = 0,
) -> Curvature:
    """Return the curvature of the retained objective.

    Parameters
    ----------
    method : {"ggn", "exact", "fisher", "secant", "identity"}
        The curvature.
    objective : Objective
        Model, per-sample loss and weight decay.
    flat : FlatParameters
        The selected slices.
    batches : re-iterable of (inputs, targets)
        The data it is taken over: the objective's own batches, a subsample, or the forgotten
        samples. The ranks of the objective share them.
    solver : {"auto", "dense", "woodbury", "cg"}, default "auto"
        How it is solved; see `choose_scheme`.
    memory_limit : int, default 2 GiB
        Bytes it may need.
    samples : int, optional
        Number of samples in the batches; counted where not given.
    directions : int, optional
        For "ggn": how many random directions in the outputs of a sample its rows are made of. By
        default all of them, or 8 where there are more than 256; see `roots`. Products without
        rows have no need of any.
    accuracy : float, default 1e-10
        Relative residual of solutions by conjugate gradients.
    seed : int, default 0
        Of the directions.

    Raises
    ------
    LcodecError
        `lcodec:memoryLimit` before anything is computed; `lcodec:nonFinite`;
        `lcodec:negativeCurvature` for a secant along which the objective bends down.
    """
    with torch.no_grad():
        first = next(iter(batches))
        width = run(objective.model, take(first[0], slice(1)))[0].numel()
        if samples is None:
            samples = sum(rows_in(inputs) for inputs, _ in batches)
        few = directions_for(directions, width) if method == "ggn" else None
        each = few or width
        scheme = memory.choose_scheme(method, solver, len(flat), each, samples, memory_limit)
        drawn = None if few is None else sampled(objective.loss, few, seed + objective.ranks.rank)
        source = _Source(method, objective, flat, batches, samples, each, drawn)
        curvature = _held(method, scheme, source, objective, flat, accuracy)
    curvature.scheme = scheme
    return curvature


def _held(
    method: str,
    scheme: memory.Scheme,
    source: _Source,
    objective: Objective,
    flat: FlatParameters,
    accuracy: float,
) -> Curvature:
    """Return the curvature by the scheme that was chosen."""
    if method == "identity":
        none = torch.zeros(0, len(flat), dtype=torch.float64)
        return LowRank(none.to(flat.read().device), 1 + objective.weight_decay)
    if scheme.solver == "dense":
        return Dense(source.matrix())
    if not scheme.keep_rows:
        return MatrixFree(source.product, objective.weight_decay, accuracy)
    rows = source.rows()
    if scheme.solver == "woodbury":
        return LowRank(objective.ranks.stacked(rows), objective.weight_decay)
    return MatrixFree(
        lambda v: objective.ranks.total(rows.T @ (rows @ v)), objective.weight_decay, accuracy
    )


class _Source:
    """Sums over the batches, from which every form is made."""

    def __init__(
        self,
        method: str,
        objective: Objective,
        flat: FlatParameters,
        batches: Iterable[Batch],
        samples: int,
        width: int,
        drawn: Factor | None,  # of a few random directions, in the place of the whole factor
    ) -> None:
        self._method = method
        self._objective = objective
        self._flat = flat
        self._ranks = objective.ranks
        self._batches = batches
        self._samples = samples
        self._point = Point(objective, flat)
        self._factor = drawn or factor_of(method, objective.loss)
        self._whole = drawn is None
        self._each = width if method == "ggn" else 1

    def matrix(self) -> torch.Tensor:
        """Return H, (p, p), symmetric."""
        if self._method == "secant":
            rows = self.rows()
            total = rows.T @ rows
        else:
            total = self._exact() if self._method == "exact" else self._squares()
            total /= self._samples
        self._ranks.total(total)
        total.add_(total.T.clone()).mul_(0.5)
        total.diagonal().add_(self._objective.weight_decay)
        checks.finite(total, NAME)
        return total

    def rows(self) -> torch.Tensor:
        """Return this rank's rows of U; those of all ranks make H = U'U + wd * I."""
        if self._method == "secant":
            row = self._secant()
            return row if self._ranks.rank == 0 else row[:0]
        count = sum(rows_in(inputs) for inputs, _ in self._share())
        rows = self._zeros(count * self._each)
        filled = 0
        for some in self._sample_rows():
            rows[filled : filled + len(some)] = some
            filled += len(some)
        return rows.mul_(self._samples**-0.5)

    def product(self, v: torch.Tensor) -> torch.Tensor:
        """Return M v, by a pass over the data."""
        total = torch.zeros_like(v)
        for batch in self._share():
            if self._method == "exact":
                total += self._point.exact_product(batch, v)
            elif self._whole:
                total += self._point.factored_product(batch, v, self._factor)
            else:
                total += self._point.curved_product(batch, v)
        return self._ranks.total(total).div_(self._samples)

    def _share(self) -> Iterator[Batch]:
        return self._ranks.share(self._batches)

    def _zeros(self, rows: int) -> torch.Tensor:
        return self._point.vector.new_zeros(rows, len(self._flat), dtype=torch.float64)

    def _exact(self) -> torch.Tensor:
        total = self._zeros(len(self._flat))
        for batch in self._share():
            self._point.add_exact(total, batch)
        return total

    def _squares(self) -> torch.Tensor:
        """Return the sum of rows'rows over this rank's samples."""
        maker = SampleRows(self._objective.model, self._flat)
        outer: gram.Gram | None = None
        total = self._zeros(0)
        for cotangents in self._cotangents(maker):
            if gram.applies(maker, cotangents):
                outer = outer or gram.Gram(maker)
                outer.add(cotangents)
                continue
            total = total if len(total) else self._zeros(len(self._flat))
            for of_samples in maker.parts(cotangents, self._room()):
                rows = of_samples.flatten(0, 1)
                total.addmm_(rows.T, rows)
        if outer is not None:
            return outer.matrix().add_(total) if len(total) else outer.matrix()
        return total if len(total) else self._zeros(len(self._flat))

    def _sample_rows(self) -> Iterator[torch.Tensor]:
        """Yield the rows R'J_i of micro-batches, (rows, p)."""
        maker = SampleRows(self._objective.model, self._flat)
        for cotangents in self._cotangents(maker):
            for rows in maker.parts(cotangents, self._room()):
                checks.finite(rows, NAME)
                yield rows.flatten(0, 1)

    def _cotangents(self, maker: SampleRows) -> Iterator[Cotangents]:
        """Yield the cotangents R' d(outputs) of micro-batches."""
        size = 0
        for inputs, targets in self._share():
            size = size or self._within(maker.probe(inputs))
            for x, y in zip(split(inputs, size), torch.split(targets, size), strict=True):

                def weigh(outputs: torch.Tensor, y: torch.Tensor = y) -> torch.Tensor:
                    return self._factor(outputs, y).movedim(2, 0)

                yield maker.cotangents(x, weigh)

    def _room(self) -> int:
        return self._within(2 * len(self._flat))

    def _within(self, numbers: int) -> int:
        """Return how many samples to take at a time where each row holds so many numbers."""
        return max(1, memory.JACOBIAN_BYTES // (memory.NUMBER * self._each * max(1, numbers)))

    def _secant(self) -> torch.Tensor:
        """Return y / sqrt(y's) as one row, (1, p), by a central difference along the gradient."""
        at = self._point.vector
        slope = self._mean_gradient(at) + self._objective.weight_decay * at.double()
        dtype = next(self._objective.model.parameters()).dtype
        length = float(torch.finfo(dtype).eps ** (1 / 3) * (1 + at.double().norm()))
        half = slope * (length / 2 / max(float(slope.norm()), torch.finfo(torch.float64).tiny))
        # As the model rounds them: the difference must be that of the two points.
        ahead, behind = (
            self._flat.gather(self._flat.merge(at.double() + sign * half)) for sign in (1, -1)
        )
        step = ahead.double() - behind.double()
        change = self._mean_gradient(ahead) - self._mean_gradient(behind)
        bend = float(change @ step)
        if not bend > 0:
            checks.fail(
                "negativeCurvature",
                "curvature along the gradient must be above 0 for `curvature` 'secant', "
                f"got {bend / max(float(step @ step), 1e-300):g}",
            )
        return (change / math.sqrt(bend))[None]

    def _mean_gradient(self, at: torch.Tensor) -> torch.Tensor:
        return self._ranks.total(self._point.gradient(self._share(), at)) / self._samples


def factor_of(method: str, loss: PerSampleLoss) -> Factor:
    """Return what makes R, (b, C, k), of R R' = A_i from outputs (b, ...) and targets.

    For "fisher" A_i is the outer product of the loss's gradient in the outputs, k = 1.
    """

    def fisher(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        slopes: torch.Tensor = vmap(grad(loss.one))(outputs.double(), targets)
        return slopes.reshape(len(slopes), -1, 1)

    def ggn(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        width = outputs[0].numel()
        try:
            middle = vmap(jacrev(grad(loss.one)))(outputs.double(), targets)
        except RuntimeError as error:
            if "not implemented" not in str(error):
                raise
            checks.fail(
                "lossCurvature",
                "`loss` must have second derivatives for `curvature` 'ggn', got one of which torch "
                f"says: {error}; use `curvature` 'fisher', or write it by others that have them",
            )
        values, vectors = torch.linalg.eigh(middle.reshape(-1, width, width))
        return torch.Tensor(vectors * values.clamp(min=0).sqrt()[:, None])

    return fisher if method == "fisher" else ggn
