"""Derivatives through the whole model: what goes at once, and what is left behind."""

import itertools

import pytest
import torch
from torch import nn

from lcodec.scrub.slices.through import Through, hidden_from_calls
from lcodec.scrub.slices.unrolled import unrolled
from python.tests.scrub.networks import Twice, fill, normal
from python.tests.scrub.others import NORMALISED, OTHERS, Affine, Tokens

KINDS = [
    (nn.RNN, {}), (nn.RNN, {"nonlinearity": "relu"}), (nn.GRU, {}), (nn.LSTM, {}),
    (nn.LSTM, {"proj_size": 2}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "options"), KINDS, ids=str)
def test_recurrent_layers_step_by_step_are_those_of_torch(kind, options) -> None:
    for bias, batch_first, bidirectional in itertools.product([False, True], repeat=3):
        shape = {"bias": bias, "batch_first": batch_first, "bidirectional": bidirectional}
        body = fill(kind(2, 3, num_layers=2, **shape, **options)).eval()
        rows = 2 * (1 + bidirectional)
        hidden = normal(rows, 4, options.get("proj_size", 3), seed=1)
        states = (hidden, normal(rows, 4, 3, seed=2)) if kind is nn.LSTM else hidden
        x = normal(4, 5, 2) if batch_first else normal(5, 4, 2)
        for given in ((), (states,)):
            wanted = body(x, *given)
            with unrolled(body):
                found = body(x, *given)
            assert "forward" not in vars(body)
            for one, other in zip(flat(found), flat(wanted), strict=True):
                assert torch.allclose(one, other, rtol=0, atol=1e-12)


def flat(value):
    return [value] if isinstance(value, torch.Tensor) else [p for part in value for p in flat(part)]


@pytest.mark.parametrize("name", OTHERS)
def test_samples_go_at_once_but_where_torch_cannot(name) -> None:
    model, x = OTHERS[name]
    through = Through(model, [name for name, _ in model.named_parameters()])
    assert through.at_once(x) == (name not in ("packed", "cells", "routed"))
    assert not any("forward" in vars(module) for module in model.modules())


@pytest.mark.parametrize("room", [1, 10**6])
def test_a_model_keeps_nothing_that_torch_func_made(room) -> None:
    class Keeps(Affine):
        def forward(self, x):
            self.last = super().forward(x)
            return self.last

    model, x = Keeps(), normal(5, 4)
    through = Through(model, ["weight"])
    rows = list(through.rows(x, torch.ones(2, 5, 3, dtype=torch.float64), room))
    assert len(rows) == (5 if room == 1 else 1)
    assert torch.cat([part["weight"] for _, part in rows]).shape == (5, 2, 3, 4)
    assert isinstance(model.last.tolist(), list)


def test_what_calls_show() -> None:
    names = [name for name, _ in Twice().named_parameters()]
    assert hidden_from_calls(Twice(), names, normal(1, 4)) == set()
    model, x = NORMALISED["folded"]
    assert hidden_from_calls(model, ["norm.weight", "head.weight"], x) == {"norm.weight"}
    model = Tokens().eval()
    names = [name for name, _ in model.named_parameters()]
    found = hidden_from_calls(model, names, normal(2, 5, 4))
    assert {name.split(".")[0] for name in found} == {"token", "places", "scale", "shifts", "mix"}
    assert {name for name in found if name.startswith("mix")} == {
        name for name in names if name.startswith("mix.self_attn")
    }
