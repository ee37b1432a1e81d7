"""What one call of a layer adds to the Jacobian rows of single samples.

For a call z = layer(a; w) and delta = weights' dz the row of w is delta' dz/dw. In a linear layer
that is the outer product of delta and a, summed over tokens; in a convolution, the same with the
windows of a; where a is normalised, delta times what that gives, entry by entry. Only the output
units that are asked for are computed. Layers without a rule of their own go through `torch.func`,
one layer and one sample at a time.

Shapes: b samples, k rows for each, u units.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import nn
from torch.func import functional_call, vjp, vmap
from torch.nn import functional

from lcodec.scrub.slices.layers import is_conv1d, norm_of

Rule: TypeAlias = Callable[[Any, torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]

CONVOLUTIONS = (nn.Conv1d, nn.Conv2d, nn.Conv3d)


def rule_of(module: nn.Module, parameter: str) -> tuple[Rule | None, int]:
    """Return how a parameter's rows are made, and the axis of the parameter that counts units.

    Parameters
    ----------
    module : torch.nn.Module
        A layer.
    parameter : str
        Name of one of its own parameters.

    Returns
    -------
    rule : callable or None
        `rule(module, a, delta, units)`: input (b, ...) of a call and delta (k, b, ...), cut to
        `units` where the layer has an `output_axis`, give (b, k, ...), where the dots are the
        parameter's shape with its axis cut to `units`. None where only `general` will do.
    axis : int
        0 or 1.
    """
    kind = type(module)
    if kind is nn.Embedding and parameter == "weight":
        return _embedding, 0
    if (axis := output_axis(module)) is None or parameter not in ("weight", "bias"):
        return None, 0
    if parameter == "bias":
        return (_linear_bias if axis == -1 else _conv_bias), 0
    if norm_of(module) is not None:
        return _normalised, 0
    if axis == 1:
        return _conv, 0
    return (linear, 0) if kind is nn.Linear else (_transposed_linear, 1)


def output_axis(module: nn.Module) -> int | None:
    """Return the axis of the output that counts units; None where each output has many."""
    if (norm := norm_of(module)) is not None:
        several = len(getattr(module, "normalized_shape", ())) > 1
        return None if several else norm.unit_axis
    if type(module) in CONVOLUTIONS:
        return 1
    return -1 if type(module) is nn.Linear or is_conv1d(type(module)) else None


def tokens(tensor: torch.Tensor, leading: int) -> torch.Tensor:
    """Return (*leading axes, tokens, units) in float64; one token where there is no such axis.

    Parameters
    ----------
    tensor : torch.Tensor, shape (*leading axes, ..., units)
        Input or output of a linear layer.
    leading : int
        Number of leading axes.
    """
    shape = tensor.shape
    return tensor.double().reshape(*shape[:leading], -1, shape[-1])


def linear(m: Any, a: torch.Tensor, delta: torch.Tensor, units: torch.Tensor) -> torch.Tensor:
    """Return the rows of a Linear weight."""
    return torch.einsum("kbtu,bti->bkui", tokens(delta, 2), tokens(a, 1))


def _transposed_linear(
    m: Any, a: torch.Tensor, delta: torch.Tensor, units: torch.Tensor
) -> torch.Tensor:
    return torch.einsum("kbtu,bti->bkiu", tokens(delta, 2), tokens(a, 1))


def _linear_bias(m: Any, a: torch.Tensor, delta: torch.Tensor, units: torch.Tensor) -> torch.Tensor:
    return tokens(delta, 2).sum(dim=2).transpose(0, 1)


def _conv_bias(m: Any, a: torch.Tensor, delta: torch.Tensor, units: torch.Tensor) -> torch.Tensor:
    return _places(delta, 2).sum(dim=3).transpose(0, 1)


def _places(tensor: torch.Tensor, leading: int) -> torch.Tensor:
    """Return (*leading axes, channels, places) in float64; one place where there is no axis."""
    shape = tensor.shape[: leading + 1]
    return tensor.double().reshape(*shape, -1)


def _normalised(m: Any, a: torch.Tensor, delta: torch.Tensor, units: torch.Tensor) -> torch.Tensor:
    own = {name: torch.zeros_like(part, dtype=torch.float64) for name, part in m.named_parameters()}
    own["weight"] = own["weight"] + 1
    seen = functional_call(m, {**_buffers(m), **own}, (a.double(),))
    axis = output_axis(m)
    seen = seen.index_select(axis, units)
    if axis == 1:
        return torch.einsum("kbul,bul->bku", _places(delta, 2), _places(seen, 1))
    return torch.einsum("kbtu,btu->bku", tokens(delta, 2), tokens(seen, 1))


def _conv(m: Any, a: torch.Tensor, delta: torch.Tensor, units: torch.Tensor) -> torch.Tensor:
    seen = windows(m, a)
    delta = delta.double().flatten(3)
    group = units // (m.out_channels // m.groups)
    rows = delta.new_empty(delta.shape[1], len(delta), len(units), seen.shape[2])
    for number in sorted(set(group.tolist())):
        inside = group == number
        rows[:, :, inside] = torch.einsum("kbul,bel->bkue", delta[:, :, inside], seen[:, number])
    return rows.reshape(*rows.shape[:3], *m.weight.shape[1:])


def windows(m: Any, a: torch.Tensor) -> torch.Tensor:
    """Return what the filters of a convolution see, (b, groups, entries of a filter, places).

    Parameters
    ----------
    m : Conv1d, Conv2d or Conv3d
        The layer, with any padding, stride, dilation and number of groups.
    a : torch.Tensor, shape (b, channels, ...)
        Its input.
    """
    mode = "constant" if m.padding_mode == "zeros" else m.padding_mode
    a = functional.pad(a.double(), m._reversed_padding_repeated_twice, mode=mode)
    axes = len(m.kernel_size)
    for axis, (size, step, gap) in enumerate(
        zip(m.kernel_size, m.stride, m.dilation, strict=True), start=2
    ):
        # Windows of the filter's whole span, of which dilation skips entries.
        a = a.unfold(axis, gap * (size - 1) + 1, step)[..., ::gap]
    a = a.movedim(tuple(range(2, 2 + axes)), tuple(range(-axes, 0)))
    return a.reshape(len(a), m.groups, -1, a.shape[-axes:].numel())


def _embedding(m: Any, a: torch.Tensor, delta: torch.Tensor, units: torch.Tensor) -> torch.Tensor:
    ids = a.reshape(len(a), -1, 1)
    used = (ids == units) & (ids != (-1 if m.padding_idx is None else m.padding_idx))
    return torch.einsum("kbtd,btu->bkud", tokens(delta, 2), used.double())


def general(module: nn.Module, a: torch.Tensor, delta: torch.Tensor) -> dict[str, torch.Tensor]:
    """Return the rows (b, k, ...) of every parameter of a module, by vector-Jacobian products.

    Parameters
    ----------
    module : torch.nn.Module
        A layer that `torch.func` can differentiate.
    a : torch.Tensor, shape (b, ...)
        Input of the call.
    delta : torch.Tensor, shape (k, b, ...)
        Cotangents of its output.
    """
    own = {name: p.detach().double() for name, p in module.named_parameters(recurse=False)}
    fixed = _buffers(module)

    def rows(sample: torch.Tensor, cotangents: torch.Tensor) -> dict[str, torch.Tensor]:
        def output(weights: dict[str, torch.Tensor]) -> torch.Tensor:
            outputs: torch.Tensor = functional_call(module, {**fixed, **weights}, (sample[None],))
            return outputs[0]

        pull = vjp(output, own)[1]
        pulled: dict[str, torch.Tensor] = vmap(lambda cotangent: pull(cotangent)[0])(cotangents)
        return pulled

    a = a.double() if a.is_floating_point() else a
    result: dict[str, torch.Tensor] = vmap(rows, (0, 1))(a, delta.double())
    return result


def _buffers(module: nn.Module) -> dict[str, torch.Tensor]:
    """Return a module's own buffers, in float64."""
    return {
        name: b.double() if b.is_floating_point() else b
        for name, b in module.named_buffers(recurse=False)
    }
