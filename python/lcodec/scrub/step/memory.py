"""How a curvature will be held and solved and the bytes it takes, before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from torch import nn

from lcodec.scrub import checks

CurvatureName = Literal["exact", "fisher", "ggn", "identity", "secant"]
Solver = Literal["auto", "cg", "dense", "woodbury"]
METHODS, SOLVERS = get_args(CurvatureName), get_args(Solver)

DENSE_PARAMETERS = 3000  # up to here 'auto' prefers the whole matrix, or that of the rows
JACOBIAN_BYTES = 64 * 2**20  # micro-batches hold about this much of sample rows
NUMBER = 8  # all of it is float64
# Vectors of p numbers that are held at once: by passes over the network and conjugate gradients,
# by rows and their solution, and by the three gradients of a secant.
VECTORS, ROW_VECTORS, SECANT_VECTORS = 10, 7, 12


@dataclass(frozen=True)
class Scheme:
    """How a curvature will be held.

    Attributes
    ----------
    solver : {"dense", "woodbury", "cg"}
        How it is solved.
    keep_rows : bool
        Whether the rows U of H = U'U + wd * I are held; with "cg", products are made from them
        and not by new passes over the data.
    bytes : int
        What it needs at its peak, activations and the model not counted.
    """

    solver: str
    keep_rows: bool
    bytes: int


def beside(model: nn.Module, *, influence: bool, tilted: bool, sampled: bool = False) -> int:
    """Return the bytes that a removal needs beside the curvature, for the size of the model.

    These are the weights as they were, to be put back on any error, the gradient of the retained
    objective in float64, for a tilted one what is taken off it, too, two more for the way down on a
    sample, and the gradient of one batch in one parameter; activations are not counted.

    Parameters
    ----------
    model : torch.nn.Module
        The model.
    influence : bool
        Whether influences are recorded, for which layers with the gradient as weights are held.
    tilted : bool
        Whether the step goes down another gradient than the retained one.
    sampled : bool, default False
        Whether a sample of the data shows the way.

    Examples
    --------
    >>> from torch import nn
    >>> from lcodec.scrub.step.memory import beside
    >>> beside(nn.Linear(9, 10), influence=False, tilted=False)  # 100 numbers, 90 a weight
    1560
    """
    parts = list(model.parameters())
    weights = sum(part.numel() * part.element_size() for part in parts)
    trained = [part for part in parts if part.requires_grad]
    passing = max((part.numel() * part.element_size() for part in trained), default=0)
    sums = (1 + tilted + 2 * sampled) * NUMBER * sum(part.numel() for part in trained)
    return (2 if influence else 1) * weights + sums + passing


def rows_of(method: str, outputs: int, samples: int) -> int | None:
    """Return the rank of a curvature without weight decay, None where there is no bound.

    Parameters
    ----------
    method : str
        The curvature.
    outputs : int
        Numbers C in the model's output for one sample.
    samples : int
        Number n of samples it is taken over.
    """
    return {"exact": None, "fisher": samples, "ggn": samples * outputs, "identity": 0, "secant": 1}[
        method
    ]


def estimate(
    method: str,
    solver: str,
    parameters: int,
    outputs: int,
    samples: int,
    *,
    keep_rows: bool = False,
) -> int:
    """Return the bytes a curvature and its solution need, activations and the model not counted.

    Parameters
    ----------
    method : {"ggn", "exact", "fisher", "secant", "identity"}
        The curvature.
    solver : {"dense", "woodbury", "cg"}
        How it is solved.
    parameters : int
        Number p of selected parameters.
    outputs : int
        Numbers C in the model's output for one sample.
    samples : int
        Number n of samples the curvature is taken over.
    keep_rows : bool, default False
        For "cg": whether the rows are held.

    Examples
    --------
    >>> from lcodec.scrub.step import estimate
    >>> round(estimate("ggn", "dense", 10_000, 10, 50_000) / 1e9, 1)  # GB
    2.4
    """
    p = parameters
    vectors = NUMBER * p * (SECANT_VECTORS if method == "secant" else VECTORS)
    each = {"ggn": outputs, "fisher": 1}.get(method, 0)  # rows of a sample
    # A micro-batch holds its rows, what one layer adds to them, and half as much in passing.
    micro = 3 * NUMBER * p * max(each, min(each * samples, JACOBIAN_BYTES // (2 * NUMBER * p)))
    if solver == "dense":
        # The matrix, its damped copy and the Cholesky factor.
        return max(3 * NUMBER * p**2, NUMBER * p**2 + micro) + vectors
    rank = rows_of(method, outputs, samples)
    if solver == "woodbury" and rank is not None:
        if method in ("ggn", "fisher"):
            vectors = NUMBER * p * ROW_VECTORS
        return NUMBER * rank * p + max(micro, 3 * NUMBER * rank**2) + vectors
    if solver == "cg" and keep_rows and rank is not None:
        return NUMBER * rank * p + micro + vectors
    return vectors


def choose_scheme(
    method: str, solver: str, parameters: int, outputs: int, samples: int, memory_limit: int
) -> Scheme:
    """Choose how to hold a curvature within a limit.

    'auto' takes the whole matrix up to 3000 parameters, unless there are fewer than half as many
    rows; beyond it, or then, the rows where there are fewer than 3000, else products; each where
    it fits.

    Parameters
    ----------
    method : {"ggn", "exact", "fisher", "secant", "identity"}
        The curvature.
    solver : {"auto", "dense", "woodbury", "cg"}
        What was asked for.
    parameters, outputs, samples : int
        As in `estimate`.
    memory_limit : int
        Most bytes.

    Raises
    ------
    LcodecError
        `lcodec:memoryLimit`, with the numbers, and `lcodec:solver` for "woodbury" of "exact",
        which has no short rows.
    """
    rank = rows_of(method, outputs, samples)
    if solver == "woodbury" and rank is None:
        checks.fail("solver", f"`solver` must be 'dense' or 'cg' for '{method}', got 'woodbury'")

    def scheme(name: str, keep_rows: bool) -> Scheme:
        needed = estimate(method, name, parameters, outputs, samples, keep_rows=keep_rows)
        return Scheme(name, keep_rows, needed)

    dense, products = scheme("dense", False), scheme("cg", method in ("secant", "identity"))
    short = rank is not None and rank < min(parameters, DENSE_PARAMETERS)
    few = rank is not None and rank < parameters / 2
    schemes = {
        "dense": [dense],
        "woodbury": [scheme("woodbury", True)],
        "cg": [scheme("cg", True), products] if rank is not None else [products],
        "auto": [dense] if parameters <= DENSE_PARAMETERS and not few else [],
    }
    if solver == "auto":
        schemes["auto"] += [*schemes["woodbury"], products] if short else [products]
    for candidate in schemes[solver]:
        if candidate.bytes <= memory_limit:
            return candidate
    needed = min(candidate.bytes for candidate in schemes[solver])
    checks.fail(
        "memoryLimit",
        f"`memory_limit` must be at least {needed / 2**20:.1f} MiB for '{method}' curvature "
        f"of {parameters} selected parameters with `solver` '{solver}', "
        f"got {memory_limit / 2**20:.1f} MiB; lower `max_parameters`",
    )
