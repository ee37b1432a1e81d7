"""Watching the calls of layers: the one place of the package that hooks into a model's layers.

Hooks are keyed by the module itself and by the order of its calls. Names, shapes and definition
order play no part, so equal layers do not collide and a layer that is used twice has two calls.
They also fire under `torch.func.functional_call` and in autocast.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from lcodec.scrub import checks
from lcodec.scrub.objective import work
from lcodec.scrub.objective.surroundings import eager


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a layer, while it is being made.

    Attributes
    ----------
    layer : str
        Name of the layer.
    module : torch.nn.Module
        The layer.
    number : int
        Which of the layer's calls in this forward pass, 0-based.
    args, kwargs : tuple, dict
        Its arguments.
    output : torch.Tensor
        What it returned.
    mask : torch.Tensor or None
        The mask that the model was given in this pass.
    rows : int or None
        Rows of the first tensor that the model was given in this pass.
    """

    layer: str
    module: nn.Module
    number: int
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    output: torch.Tensor
    mask: torch.Tensor | None
    rows: int | None

    @property
    def input(self) -> torch.Tensor:
        """The layer's first argument, by position or by name."""
        first: torch.Tensor = next(iter((*self.args, *self.kwargs.values())))
        return first

    @property
    def ids(self) -> torch.Tensor | None:
        """The rows that an Embedding reads, None of other layers."""
        return self.input if isinstance(self.module, nn.Embedding) else None


@dataclass(frozen=True, eq=False)
class Traced:
    """What derivatives with respect to a call's output need.

    Attributes
    ----------
    layer : str
        Name of the layer.
    module : torch.nn.Module
        The layer.
    input : torch.Tensor
        Its first argument, without its graph.
    edge : torch.autograd.graph.GradientEdge
        Where its output stands in the graph. Not the tensor: an in-place activation would move
        the tensor on.
    shape : torch.Size
        Shape of its output.
    """

    layer: str
    module: nn.Module
    input: torch.Tensor
    edge: Any
    shape: torch.Size


def traced(call: Call) -> Traced | None:
    """Keep what derivatives need of a call, None where its output has no graph."""
    if not call.output.requires_grad:
        return None
    edge = torch.autograd.graph.get_gradient_edge(call.output)
    return Traced(call.layer, call.module, call.input.detach(), edge, call.output.shape)


def pull(
    outputs: torch.Tensor, calls: Sequence[Traced], weights: torch.Tensor
) -> list[torch.Tensor | None]:
    """Return weights' d(outputs) / d(output of each call), by one backward pass.

    Parameters
    ----------
    outputs : torch.Tensor
        The model's outputs, whose graph is kept.
    calls : sequence of Traced
        Calls that led there.
    weights : torch.Tensor
        Of the shape of `outputs`.
    """
    edges = [call.edge for call in calls]
    if not edges or not outputs.requires_grad:  # such samples pass by all of them
        return [None] * len(edges)
    work.backward(len(outputs))
    return list(torch.autograd.grad(outputs, edges, weights, retain_graph=True, allow_unused=True))


Kept = TypeVar("Kept")


class LayerCalls(Generic[Kept]):
    """Watch the calls of layers while the context is open, in the order of the forward passes.

    Parameters
    ----------
    model : torch.nn.Module
        The model, whose forward passes are run by the caller. A call of it begins a pass; one
        that it makes of itself belongs to the pass that it is in.
    layers : mapping of str to torch.nn.Module
        The layers to watch, by name.
    keep : callable
        `keep(call)` returns what is to be kept of a `Call`, None for nothing. It is called
        before the model goes on, which may then overwrite the output.
    mask : str, optional
        Name of the argument of the model, by position or by keyword, that is its mask.
    same_order : bool, default False
        Whether every pass must make the calls of the first one, in its order.
    copies : bool, default False
        Whether the model goes on with copies of the layers' outputs, so that in-place operations
        do not reach what is kept of them.
    """

    def __init__(
        self,
        model: nn.Module,
        layers: Mapping[str, nn.Module],
        keep: Callable[[Call], Kept | None],
        *,
        mask: str | None = None,
        same_order: bool = False,
        copies: bool = False,
    ) -> None:
        self._model, self._layers, self._keep = model, layers, keep
        self._mask_name, self._same_order, self._copies = mask, same_order, copies
        self._hooks = ExitStack()
        self._passes: list[list[tuple[str, Kept]]] = []
        self._order: list[str] | None = None
        self._depth = 0  # of calls that the model makes of itself
        self._begin(None, None)

    def _begin(self, mask: torch.Tensor | None, rows: int | None) -> None:
        self._mask, self._rows, self._numbers = mask, rows, Counter[str]()

    def __enter__(self) -> LayerCalls[Kept]:
        with ExitStack() as hooks:
            hooks.enter_context(eager(self._model))  # hooks do not fire in compiled parts
            begin = self._model.register_forward_pre_hook(self._pass_begins, with_kwargs=True)
            hooks.enter_context(begin)
            end = self._model.register_forward_hook(self._pass_ends, always_call=True)
            hooks.enter_context(end)
            for name, layer in self._layers.items():
                hook = self._hook(name)
                hooks.enter_context(layer.register_forward_hook(hook, with_kwargs=True))
            self._hooks = hooks.pop_all()
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self._hooks.close()
        if kind is not None:
            self._passes.clear()

    def _pass_ends(self, *_: object) -> None:
        # Also where another hook failed before `_pass_begins`: then there is nothing to end.
        self._depth = max(0, self._depth - 1)

    def _pass_begins(self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._depth += 1
        if self._depth > 1:
            return
        inputs = (value for value in (*args, *kwargs.values()) if isinstance(value, torch.Tensor))
        rows = next((len(tensor) for tensor in inputs if tensor.ndim), None)
        self._begin(self._mask_of(model, args, kwargs), rows)
        self._passes.append([])

    def _mask_of(
        self, model: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> torch.Tensor | None:
        given: Mapping[str, Any] = kwargs
        if self._mask_name not in kwargs and self._mask_name is not None and len(args) > 1:
            try:
                given = inspect.signature(model.forward).bind_partial(*args, **kwargs).arguments
            except TypeError:  # the call itself will say what is wrong
                given = {}
        mask = given.get(str(self._mask_name))
        return mask if isinstance(mask, torch.Tensor) else None

    def _hook(self, name: str) -> Callable[..., torch.Tensor | None]:
        def watch(
            module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], output: torch.Tensor
        ) -> torch.Tensor | None:
            number = self._numbers[name]
            call = Call(name, module, number, args, kwargs, output, self._mask, self._rows)
            self._numbers[name] += 1
            kept = self._keep(call)
            if kept is not None:
                self._passes = self._passes or [[]]  # the layer may be called without its model
                self._passes[-1].append((name, kept))
            return output.clone() if self._copies else None

        return watch

    def take(self) -> list[list[Kept]]:
        """Return what was kept of the passes since the last `take`, call by call, and forget it.

        Raises
        ------
        LcodecError
            `lcodec:callOrder` where a pass had to make the calls of the first, and did not.
        """
        passes, self._passes = self._passes, []
        for calls in passes if self._same_order else ():
            order = [name for name, _ in calls]
            self._order = order if self._order is None else self._order
            if order != self._order:
                checks.fail("callOrder", "`model` must call the same layers in every forward pass")
        return [[kept for _, kept in calls] for calls in passes]
