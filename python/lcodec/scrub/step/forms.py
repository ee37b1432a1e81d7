"""Symmetric matrices H = (sum over samples) + shift * I, and how (H + damping * I) x = g is solved.

    Dense       H itself, by Cholesky
    LowRank     H = U'U + shift * I with few rows U, by Woodbury's identity: never p x p
    MatrixFree  only products H v, by conjugate gradients

All in float64. Where H + damping * I is not positive definite the damping is raised tenfold until
it is (Levenberg 1944, Marquardt 1963).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import torch

from lcodec.checks import warn
from lcodec.scrub import checks
from lcodec.scrub.step.memory import Scheme

ATTEMPTS = 16
CG_RESIDUAL = 1e-10  # relative, where conjugate gradients stop
CG_ITERATIONS = 2000


class Curvature(ABC):
    """Curvature of the retained objective in p selected parameters.

    Attributes
    ----------
    solver : str
        "dense", "woodbury" or "cg".
    scheme : Scheme
        How it is held.
    """

    solver: str
    scheme: Scheme

    @abstractmethod
    def product(self, vector: torch.Tensor) -> torch.Tensor:
        """Return H v, (p,), float64: weight decay included, damping not."""

    @abstractmethod
    def scale(self, gradient: torch.Tensor) -> float:
        """Return a typical diagonal entry of H, from which dampings are raised."""

    @abstractmethod
    def attempt(self, gradient: torch.Tensor, damping: float) -> torch.Tensor | None:
        """Return the solution, or None where H + damping * I is not positive definite."""

    def solve(self, gradient: torch.Tensor, damping: float) -> tuple[torch.Tensor, float]:
        """Return x with (H + damping * I) x = gradient, and the damping that was needed.

        Parameters
        ----------
        gradient : torch.Tensor of float64, shape (p,)
            Right-hand side.
        damping : float
            Smallest damping to use. It is raised tenfold, from at least 1e-6 times the mean
            absolute diagonal, until the matrix is positive definite.

        Raises
        ------
        LcodecError
            `lcodec:notPositiveDefinite` where 16 dampings did not help.
        """
        floor = 1e-6 * self.scale(gradient)
        used = damping
        for _ in range(ATTEMPTS):
            solution = self.attempt(gradient, used)
            if solution is not None:
                return solution, used
            used = max(10 * used, floor)
        checks.fail(
            "notPositiveDefinite",
            f"curvature must be positive definite, got one that is not with damping {used:g}",
        )


class Dense(Curvature):
    """A matrix that is held whole.

    Parameters
    ----------
    matrix : torch.Tensor of float64, shape (p, p)
        Symmetric, weight decay included.
    """

    solver = "dense"

    def __init__(self, matrix: torch.Tensor) -> None:
        self.matrix = matrix

    def product(self, vector: torch.Tensor) -> torch.Tensor:
        """Return H v."""
        return self.matrix @ vector

    def scale(self, gradient: torch.Tensor) -> float:
        """Return the mean absolute diagonal."""
        return float(self.matrix.diagonal().abs().mean())

    def attempt(self, gradient: torch.Tensor, damping: float) -> torch.Tensor | None:
        """Solve by Cholesky."""
        damped = self.matrix.clone()
        damped.diagonal().add_(damping)
        factor, info = torch.linalg.cholesky_ex(damped)
        del damped  # the solution takes a copy of the factor
        return None if info else torch.cholesky_solve(gradient[:, None], factor)[:, 0]


class LowRank(Curvature):
    """U'U + shift * I with fewer rows in U than parameters.

    Parameters
    ----------
    rows : torch.Tensor of float64, shape (r, p)
        U. None at all give a multiple of the identity.
    shift : float
        Weight decay, at least 0. With 0 the matrix is singular and any solution needs damping.
    """

    solver = "woodbury"

    def __init__(self, rows: torch.Tensor, shift: float) -> None:
        self._rows = rows
        self._shift = shift
        self._gram: torch.Tensor | None = None

    def product(self, vector: torch.Tensor) -> torch.Tensor:
        """Return U'(U v) + shift v."""
        return self._rows.T @ (self._rows @ vector) + self._shift * vector

    def scale(self, gradient: torch.Tensor) -> float:
        """Return the mean diagonal."""
        return float(self._rows.norm()) ** 2 / self._rows.shape[1] + self._shift

    def attempt(self, gradient: torch.Tensor, damping: float) -> torch.Tensor | None:
        """Solve by Woodbury's identity, (g - U'(cI + UU')^-1 U g) / c with c = shift + damping."""
        level = self._shift + damping
        if level == 0:
            return None
        if self._gram is None:
            self._gram = self._rows @ self._rows.T
        damped = self._gram.clone()
        damped.diagonal().add_(level)
        factor, info = torch.linalg.cholesky_ex(damped)
        del damped
        if info:
            return None
        inner = torch.cholesky_solve((self._rows @ gradient)[:, None], factor)[:, 0]
        return (gradient - self._rows.T @ inner) / level


class MatrixFree(Curvature):
    """A matrix of which only products are known.

    Parameters
    ----------
    data_product : callable
        v -> H v without the shift, (p,) to a new (p,), float64.
    shift : float
        Weight decay.
    accuracy : float, default 1e-10
        Relative residual with which a solution is good enough.
    """

    solver = "cg"

    def __init__(
        self,
        data_product: Callable[[torch.Tensor], torch.Tensor],
        shift: float,
        accuracy: float = CG_RESIDUAL,
    ) -> None:
        self._data_product = data_product
        self._shift = shift
        self._accuracy = accuracy

    def product(self, vector: torch.Tensor) -> torch.Tensor:
        """Return H v."""
        return self._data_product(vector).add_(vector, alpha=self._shift)

    def scale(self, gradient: torch.Tensor) -> float:
        """Return the curvature along the gradient, by size."""
        squares = float(gradient @ gradient)
        return abs(float(gradient @ self.product(gradient))) / squares if squares else self._shift

    def attempt(self, gradient: torch.Tensor, damping: float) -> torch.Tensor | None:
        """Solve by conjugate gradients; a direction of curvature <= 0 ends the attempt."""
        solution = torch.zeros_like(gradient)
        residual = gradient.clone()
        direction = gradient.clone()
        squares = float(residual @ residual)
        goal = self._accuracy**2 * squares
        for _ in range(CG_ITERATIONS):
            if squares <= goal:
                return solution
            image = self.product(direction).add_(direction, alpha=damping)
            checks.finite(image, "product of the curvature with a vector")
            bend = float(direction @ image)
            if bend <= 0:
                return None
            length = squares / bend
            solution.add_(direction, alpha=length)
            residual.sub_(image, alpha=length)
            del image  # a product needs room
            before, squares = squares, float(residual @ residual)
            direction.mul_(squares / before).add_(residual)
        left = (squares * self._accuracy**2 / goal) ** 0.5
        warn(
            "notConverged",
            f"conjugate gradients stopped after {CG_ITERATIONS} products with a relative "
            f"residual of {left:.1e}; raise `damping`",
        )
        return solution
