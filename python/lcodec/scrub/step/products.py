"""Curvature by differentiating twice through the whole network.

Ordinary double backward passes only: they work wherever the network can be differentiated twice,
and need neither forward-mode rules nor batching rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from lcodec.scrub.objective import work
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective, run
from lcodec.scrub.samples.batches import Batch
from lcodec.scrub.slices.slices import FlatParameters

Factor = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@contextmanager
def twice_differentiable() -> Iterator[None]:
    """Use attention and recurrent kernels that have second derivatives."""
    with (
        torch.enable_grad(),
        sdpa_kernel(SDPBackend.MATH),
        torch.backends.cudnn.flags(enabled=False),
    ):
        yield


def curved(
    loss: PerSampleLoss, outputs: torch.Tensor, targets: torch.Tensor, vectors: torch.Tensor
) -> torch.Tensor:
    """Return A_i v_i of every sample, shaped as its outputs (b, ...), float64."""
    with twice_differentiable():
        leaf = outputs.detach().double().requires_grad_()
        slope = torch.autograd.grad(loss(leaf, targets).sum(), leaf, create_graph=True)[0]
        if not slope.requires_grad:
            return torch.zeros_like(leaf)
        return torch.autograd.grad(slope, leaf, vectors.reshape(leaf.shape).double())[0]


class Point:
    """The model's outputs as a function of the selected parameters, at their present values.

    Parameters
    ----------
    objective : Objective
        Model and per-sample loss.
    flat : FlatParameters
        The selected slices, p parameters.
    """

    def __init__(self, objective: Objective, flat: FlatParameters) -> None:
        self.objective = objective
        self._flat = flat
        self._fixed = {n: tensor.detach() for n, tensor in objective.model.named_parameters()}
        self.vector = flat.read()

    def outputs(self, batch: Batch, vector: torch.Tensor) -> torch.Tensor:
        """Return the outputs (b, ...) of a batch, differentiable in `vector` only."""
        merged = {**self._fixed, **self._flat.merge(vector)}
        return run(self.objective.model, batch[0], merged)

    def gradient(self, batches: Iterable[Batch], at: torch.Tensor) -> torch.Tensor:
        """Return the gradient (p,), float64, of the summed losses of batches at a vector."""
        total = torch.zeros_like(at, dtype=torch.float64)
        leaf = at.detach().clone().requires_grad_()
        for batch in batches:
            with torch.enable_grad():
                losses = self.objective.loss(self.outputs(batch, leaf), batch[1]).sum()
                work.backward(len(batch[1]))
                total += torch.autograd.grad(
                    losses, leaf, materialize_grads=True, allow_unused=True
                )[0]
        return total

    def _slope(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return a leaf and the gradient of a batch's summed losses in it, with its graph."""
        leaf = self.vector.clone().requires_grad_()
        losses = self.objective.loss(self.outputs(batch, leaf), batch[1]).sum()
        work.backward(len(batch[1]))
        return leaf, torch.autograd.grad(losses, leaf, create_graph=True)[0]

    def add_exact(self, total: torch.Tensor, batch: Batch) -> None:
        """Add a batch's summed Hessians to `total`, (p, p), float64."""
        with twice_differentiable():
            leaf, slope = self._slope(batch)
            if not slope.requires_grad:  # linear in the selected parameters
                return
            # Row by row over one graph: batches of rows were no faster (convolutions slower).
            for row in range(len(leaf)):
                work.backward(len(batch[1]), 2)
                slopes = torch.autograd.grad(
                    slope[row], leaf, retain_graph=True, materialize_grads=True, allow_unused=True
                )
                total[row] += slopes[0]

    def exact_product(self, batch: Batch, v: torch.Tensor) -> torch.Tensor:
        """Return the batch's summed Hessians times v, (p,)."""
        with twice_differentiable():
            leaf, slope = self._slope(batch)
            if not slope.requires_grad:
                return torch.zeros_like(v)
            work.backward(len(batch[1]), 2)
            image = torch.autograd.grad(
                slope, leaf, v.to(slope), materialize_grads=True, allow_unused=True
            )
            return image[0].double()

    def factored_product(self, batch: Batch, v: torch.Tensor, factor: Factor) -> torch.Tensor:
        """Return the sum of J_i' R_i R_i' J_i v, (p,), over a batch.

        Parameters
        ----------
        batch : (inputs, targets)
            b samples.
        v : torch.Tensor, shape (p,)
            A vector.
        factor : callable
            Makes R, (b, C, k), from outputs (b, ...) and targets.
        """

        def middle(outputs: torch.Tensor, pushed: torch.Tensor) -> torch.Tensor:
            root = factor(outputs, batch[1])
            return torch.einsum("bck,bk->bc", root, torch.einsum("bck,bc->bk", root, pushed))

        return self._pushed(batch, v, middle)

    def curved_product(self, batch: Batch, v: torch.Tensor) -> torch.Tensor:
        """Return the sum of J_i' A_i J_i v, (p,), over a batch, with no factor of A_i.

        A_i is the second derivative of a sample's loss in its outputs.
        """

        def middle(outputs: torch.Tensor, pushed: torch.Tensor) -> torch.Tensor:
            return curved(self.objective.loss, outputs, batch[1], pushed).flatten(1)

        return self._pushed(batch, v, middle)

    def _pushed(
        self,
        batch: Batch,
        v: torch.Tensor,
        middle: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
    ) -> torch.Tensor:
        """Return the sum of J_i' middle(J_i v), with `middle` of outputs and vectors (b, C)."""
        with twice_differentiable():
            leaf = self.vector.clone().requires_grad_()
            whole = self.outputs(batch, leaf)
            outputs = whole.reshape(len(whole), -1)
            # J v as the derivative of J'u in u, which is linear in u.
            dual = torch.zeros_like(outputs, requires_grad=True)
            work.backward(len(outputs), 4)  # the second of them through the graph of the first
            pulled = torch.autograd.grad(outputs, leaf, dual, create_graph=True)[0]
            pushed = torch.autograd.grad(pulled, dual, v.to(pulled))[0].double()
            weights = middle(whole.detach(), pushed).to(outputs)
            return torch.autograd.grad(outputs, leaf, weights)[0].double()
