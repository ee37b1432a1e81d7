"""Derivatives of single samples in parameters whose use no call of a layer shows.

Most layers are watched: each is called with the whole batch, and what its parameters do to a
sample follows from its input and the cotangent of its output. Recurrent layers, attention,
parameters that a module uses by itself, and layers that see something else than the batch are not
like this. Their derivatives are taken through the whole model, some samples at a time.
"""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch import nn
from torch.func import vjp, vmap

from lcodec.scrub.objective import work
from lcodec.scrub.objective.objective import run
from lcodec.scrub.samples.inputs import Inputs, apply, rows, take
from lcodec.scrub.slices.calls import Call, LayerCalls
from lcodec.scrub.slices.layers import layout_of
from lcodec.scrub.slices.unrolled import unrolled

SIZES = 3, 2  # of the batches that are tried: an axis of another kind does not change with both


def hidden_from_calls(model: nn.Module, wanted: Collection[str], inputs: Inputs) -> set[str]:
    """Return those of some parameters whose derivatives calls of layers do not show.

    Shown are parameters that only such layers hold whose every call has a row of input and of
    output for each sample.

    Parameters
    ----------
    model : torch.nn.Module
        The model.
    wanted : collection of str
        Names of parameters.
    inputs : tensor, tuple or mapping of tensors, shape (b, ...)
        Samples to try.
    """
    names = {id(tensor): name for name, tensor in model.named_parameters()}
    holders: dict[str, list[str]] = {name: [] for name in wanted}
    modules = dict(model.named_modules())
    hidden = set()
    for layer, module in modules.items():
        for own, tensor in module.named_parameters(recurse=False):
            if (name := names[id(tensor)]) in holders:
                holders[name].append(layer)
                if layout_of(module) is None or own not in ("weight", "bias"):
                    hidden.add(name)
    known = {
        layer: modules[layer]
        for name in holders
        for layer in holders[name]
        if layout_of(modules[layer]) is not None
    }
    shown = _with_rows(model, known, inputs)
    return hidden | {name for name in holders if not set(holders[name]) <= shown}


@torch.no_grad()
def _with_rows(model: nn.Module, layers: Mapping[str, nn.Module], inputs: Inputs) -> set[str]:
    """Return the layers that are called, each time with a row for every sample."""
    shown, wrong = set(layers), set[str]()
    for size in SIZES:
        called: set[str] = set()

        def look(call: Call, size: int = size, called: set[str] = called) -> None:
            called.add(call.layer)
            for part in (call.output, call.input):
                if not isinstance(part, torch.Tensor) or part.shape[:1] != (size,):
                    wrong.add(call.layer)

        with LayerCalls(model, layers, look):
            run(model, take(inputs, torch.arange(size) % rows(inputs)))
        shown &= called
    return shown - wrong


class Through:
    """Gradients in some parameters through the whole model.

    Parameters
    ----------
    model : torch.nn.Module
        In evaluation mode: rows of a batch must not influence each other.
    names : iterable of str
        The parameters.

    Attributes
    ----------
    names : list of str
        The same, in order.
    numbers : int
        How many numbers are in them.
    """

    def __init__(self, model: nn.Module, names: Iterable[str]) -> None:
        self._model = model
        self.names = sorted(names)
        self._point = {name: tensor.detach() for name, tensor in model.named_parameters()}
        self._leaves = {name: self._point[name].requires_grad_() for name in self.names}
        self.numbers = sum(leaf.numel() for leaf in self._leaves.values())
        self._at_once: bool | None = None

    def outputs(self, inputs: Inputs) -> torch.Tensor:
        """Return the outputs (b, ...) of a batch, with their graph."""
        with torch.enable_grad():
            return run(self._model, inputs, self._point)

    def pull(
        self, value: torch.Tensor, weights: torch.Tensor | None = None
    ) -> dict[str, torch.Tensor]:
        """Return the gradient of a value, or weights' times its Jacobian, by name of parameter.

        What the value does not depend on is left out. The graph is kept.
        """
        if not value.requires_grad:
            return {}
        work.backward(len(value) if value.ndim else 1)
        found = torch.autograd.grad(
            value, list(self._leaves.values()), weights, retain_graph=True, allow_unused=True
        )
        return {
            name: part.to_dense()
            for name, part in zip(self._leaves, found, strict=True)
            if part is not None
        }

    def rows(
        self, inputs: Inputs, weights: torch.Tensor, numbers: int
    ) -> Iterator[tuple[slice, dict[str, torch.Tensor]]]:
        """Yield which samples, and weights' times their Jacobians, (samples, k, ...) by name.

        Parameters
        ----------
        inputs : tensor, tuple or mapping of tensors, shape (b, ...)
            A batch.
        weights : torch.Tensor, shape (k, b, C)
            For outputs of C numbers each.
        numbers : int
            How many to yield at most at a time, but those of one sample.
        """
        if not self.names:
            return
        count = weights.shape[1]
        size = max(1, numbers // (self.numbers * len(weights)))
        size = size if size > 1 and self.at_once(inputs) else 1
        for start in range(0, count, size):
            taken = slice(start, min(count, start + size))
            some, own = take(inputs, taken), weights[:, taken].transpose(0, 1)
            yield taken, self._together(some, own) if size > 1 else self._alone(some, own)
        if size > 1:
            self._plain(inputs)

    def _alone(self, inputs: Inputs, weights: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the rows (1, k, ...) of one sample for weights (1, k, C), by backward passes."""
        outputs = self.outputs(inputs)
        parts = [self.pull(outputs, row.reshape(outputs.shape)) for row in weights[0]]
        return {name: torch.stack([part[name] for part in parts])[None] for name in parts[0]}

    def _together(self, inputs: Inputs, weights: torch.Tensor) -> dict[str, torch.Tensor]:
        """Return the rows (b, k, ...) of samples for weights (b, k, C), by `torch.func`."""

        def row(sample: Inputs, own: torch.Tensor) -> dict[str, torch.Tensor]:
            def outputs(leaves: dict[str, torch.Tensor]) -> torch.Tensor:
                one = apply(sample, lambda part: part[None])
                return run(self._model, one, {**self._point, **leaves}).reshape(-1)

            back = vjp(outputs, {n: leaf.detach() for n, leaf in self._leaves.items()})[1]
            pulled: dict[str, torch.Tensor] = vmap(lambda weight: back(weight)[0])(own)
            return pulled

        work.forward(len(weights) - 1)  # `run` below counts one of them
        work.backward(weights.shape[0] * weights.shape[1])
        with warnings.catch_warnings(), unrolled(self._model):
            warnings.filterwarnings("ignore", "There is a performance drop")
            found: dict[str, torch.Tensor] = vmap(row)(inputs, weights)
        return found

    def at_once(self, inputs: Inputs) -> bool:
        """Return whether `torch.func` can take several samples at a time; tried on two, once.

        Packed sequences, among others, cannot.
        """
        if self._at_once is None:
            two = take(inputs, torch.arange(2) % rows(inputs))
            with torch.no_grad():
                outputs = run(self._model, two)
            ramp = torch.linspace(1, 2, outputs.numel(), device=outputs.device)
            weights = ramp.to(outputs).reshape(2, 1, -1)
            apart = [self._alone(take(two, slice(at, at + 1)), weights[at:][:1]) for at in (0, 1)]
            try:
                found = self._together(two, weights)
                self._at_once = all(_same(found, apart, at) for at in (0, 1))
            except Exception:  # of what cannot be done so, torch says so in many ways
                self._at_once = False
            self._plain(two)
        return self._at_once

    @torch.no_grad()
    def _plain(self, inputs: Inputs) -> None:
        """Make a plain pass, so that what the model may keep of the last one is of such."""
        run(self._model, take(inputs, slice(0, 1)))


def _same(found: Mapping[str, torch.Tensor], apart: Sequence[Any], at: int) -> bool:
    """Return whether rows of several samples are those of a sample by itself, up to rounding."""
    size = torch.stack([part.norm() for part in apart[at].values()] or [torch.zeros(())]).norm()
    return all(
        (part[at] - apart[at][name][0] if name in apart[at] else part[at]).norm()
        <= 10 * torch.finfo(part.dtype).eps ** 0.5 * size
        for name, part in found.items()
    )
