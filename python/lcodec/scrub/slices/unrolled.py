"""Recurrent layers step by step, in operations that `torch.func` can take for many samples at once.

Torch's own kernels for them cannot be mapped over samples. What is computed here is the same up to
rounding, and compared with them before it is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import torch
from torch import nn
from torch.nn.functional import linear

KINDS = (nn.RNN, nn.GRU, nn.LSTM)


@contextmanager
def unrolled(model: nn.Module) -> Iterator[None]:
    """Have the recurrent modules of a model run step by step inside a block."""
    chosen = [
        module
        for module in model.modules()
        if any(type(module).forward is kind.forward for kind in KINDS)
        and "forward" not in vars(module)
    ]
    try:
        for module in chosen:
            module.forward = partial(_forward, module)
        yield
    finally:
        for module in chosen:
            vars(module).pop("forward", None)


def _forward(m: Any, input: Any, hx: Any = None) -> Any:
    if not isinstance(input, torch.Tensor) or input.ndim != 3:
        raise NotImplementedError("only for batches of sequences of one length")
    x = input.transpose(0, 1) if m.batch_first else input
    first = hx if isinstance(hx, tuple) else (hx, None)
    sizes = m.proj_size or m.hidden_size, m.hidden_size
    rows = m.num_layers * (1 + m.bidirectional)
    hidden, cells = (
        x.new_zeros(rows, x.shape[1], size) if state is None else state
        for state, size in zip(first, sizes, strict=True)
    )
    lasts: list[tuple[torch.Tensor, torch.Tensor]] = []
    for layer in range(m.num_layers):
        ways = []
        for back in range(1 + m.bidirectional):
            number, name = len(lasts), f"_l{layer}{'_reverse' * back}"
            seen, last = _way(m, name, x.flip(0) if back else x, hidden[number], cells[number])
            ways.append(seen.flip(0) if back else seen)
            lasts.append(last)
        x = torch.cat(ways, dim=-1)
    x = x.transpose(0, 1) if m.batch_first else x
    h, c = (torch.stack(states) for states in zip(*lasts, strict=True))
    return x, (h, c) if isinstance(m, nn.LSTM) else h


def _way(
    m: Any, name: str, x: torch.Tensor, h: torch.Tensor, c: torch.Tensor
) -> tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
    """Go through the steps of x, (t, b, inputs), in one layer and direction."""
    w, u = getattr(m, "weight_ih" + name), getattr(m, "weight_hh" + name)
    v, d = (getattr(m, kind + name) if m.bias else None for kind in ("bias_ih", "bias_hh"))
    seen = []
    for given in linear(x, w, v).unbind(0):
        own = linear(h, u, d)
        if isinstance(m, nn.LSTM):
            i, f, g, o = (given + own).chunk(4, dim=-1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            if m.proj_size:
                h = linear(h, getattr(m, "weight_hr" + name))
        elif isinstance(m, nn.GRU):
            (r, z, n), (p, q, s) = given.chunk(3, dim=-1), own.chunk(3, dim=-1)
            z = (z + q).sigmoid()
            h = (1 - z) * (n + (r + p).sigmoid() * s).tanh() + z * h
        else:
            h = (given + own).tanh() if m.nonlinearity == "tanh" else (given + own).relu()
        seen.append(h)
    return torch.stack(seen), (h, c)
