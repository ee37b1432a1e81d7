"""The diagonal of the Fisher matrix, and what dampens or perturbs by it."""

import pytest
import torch
from torch import nn

from lcodec.scrub import baselines
from lcodec.scrub.baselines import newton, squares
from lcodec.scrub.privacy import noise
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.step import build
from python.tests.scrub.baselines.tasks import (
    CHEAP,
    CROSS,
    FORGET,
    KEEP,
    SQUARED,
    mlp,
    task_of,
    vector,
)
from python.tests.scrub.networks import conv_data, conv_net, fill, labels, normal


@pytest.mark.parametrize("method", ["fisher", "ggn"])
def test_the_diagonal_is_that_of_the_dense_matrix(method) -> None:
    model = conv_net()
    task = task_of(model, CROSS, conv_data(9))
    dense = build(method, task.objective(), task.whole(), task.retained, solver="dense")
    rows = torch.eye(len(task.whole())).double()
    wanted = torch.stack([dense.product(row)[i] for i, row in enumerate(rows)])
    found = squares.diagonal(task, task.retained, method)
    assert torch.allclose(found, wanted, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("method", ["fisher", "ggn"])
@pytest.mark.parametrize("room", [1, 10**9])
def test_the_diagonal_by_hooks_is_that_one_by_one(
    method, room, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fill(nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Tanh(), nn.Linear(6, 3)))
    task = task_of(model.eval(), CROSS, (KEEP[0][:7], KEEP[1][:7]))
    by_hooks = squares.diagonal(task, task.retained, method)
    monkeypatch.setattr(squares.memory, "JACOBIAN_BYTES", room)
    assert torch.allclose(squares.diagonal(task, task.retained, method), by_hooks, rtol=1e-12)
    monkeypatch.setattr(squares, "hooks_serve", lambda task: False)
    assert torch.allclose(squares.diagonal(task, task.retained, method), by_hooks, rtol=1e-10)


def recurrent_data(n, seed=0):
    return normal(n, 5, 4, seed=seed), labels(n, 3, seed=seed)


class Recurrent(nn.Module):
    """A GRU, attention and a parameter of the model's own: rows that hooks cannot make."""

    def __init__(self):
        super().__init__()
        self.gru = nn.GRU(4, 6, batch_first=True)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.shift = nn.Parameter(torch.zeros(6))
        self.head = nn.Linear(6, 3)
        fill(self)

    def forward(self, x):
        states = self.gru(x)[0] + self.shift
        return self.head(self.attention(states, states, states)[0].mean(dim=1))


def test_where_hooks_serve() -> None:
    class Placed(nn.Module):
        def __init__(self):
            super().__init__()
            self.places = nn.Embedding(4, 3)
            self.head = fill(nn.Linear(3, 3))

        def forward(self, x):
            return self.head(torch.tanh(x[:, None] + self.places(torch.arange(4)[None])).mean(1))

    data = normal(6, 3), labels(6, 3)
    placed = task_of(Placed().double(), CROSS, data)
    assert not squares.hooks_serve(placed)  # the embedding has one row for all samples
    assert squares.hooks_serve(task_of(conv_net(), CROSS, conv_data(4)))
    assert not squares.hooks_serve(task_of(Recurrent(), CROSS, recurrent_data(4)))


@pytest.mark.parametrize("name", CHEAP)
def test_models_with_other_layers(name) -> None:
    model, keep = Recurrent(), recurrent_data(6)
    chosen = {"ssd": {"alpha": 1e-3}, "newton_cg": {"damping": 1.0}, "grin": {"share": 1.0}}
    settings = chosen.get(name, {})
    found, _ = baselines.run(name, model, CROSS, keep, recurrent_data(3, seed=4), **settings)
    moved = {
        key for key, t in found.named_parameters() if not torch.equal(t, model.state_dict()[key])
    }
    if name == "kfac_newton":
        assert moved == {"head.weight", "head.bias"}
    else:
        assert {"gru.weight_hh_l0", "shift", "head.weight"} <= moved


def test_products_by_passes_are_those_of_the_stored_rows() -> None:
    task = task_of(mlp(), CROSS, KEEP, decay=0.1)
    objective, flat = task.objective(), task.whole()
    stored = build("ggn", objective, flat, task.retained, solver="cg")
    v = normal(len(flat))
    passes = newton._by_passes(objective, flat, task.retained)
    assert torch.allclose(passes.product(v), stored.product(v), rtol=1e-10)


def test_fisher_noise_has_the_spread_of_the_paper() -> None:
    model = mlp()
    fisher = squares.diagonal(task_of(model, CROSS, KEEP), Batches(KEEP, model, 9, "x"), "ggn")
    found, _ = baselines.run("fisher_forgetting", model, CROSS, KEEP, FORGET, alpha=1e-6, seed=4)
    units = (vector(found) - vector(model)) / (1e-6 / fisher) ** 0.25
    assert torch.allclose(units, noise(len(fisher), 1.0, 4), rtol=1e-8)
    dead = fill(nn.Linear(2, 2))
    zeros = torch.zeros(5, 2, dtype=torch.float64), labels(5, 2)
    moved, _ = baselines.run("fisher_forgetting", dead, CROSS, zeros, zeros, alpha=1e-8)
    assert float((moved.weight - dead.weight).detach().abs().max()) < 10  # F = 0 is floored


def test_ssd_by_hand() -> None:
    # y = w'x with one sample each and squared error: gradients 2 (w'x - y) x.
    model = nn.Linear(2, 1, bias=False).double()
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 1.0]]))
    keep = torch.tensor([[1.0, 0.1]] * 3).double(), torch.full((3, 1), 0.1).double()
    forget = torch.tensor([[0.1, 1.0]]).double(), torch.full((1, 1), 0.1).double()
    # All errors are 1, so I_kept = 4 (1, .01), I_f = 4 (.01, 1), I_D = 4 (.7525, .2575);
    # I_f / I_D is (.013, 3.8835): above alpha = 2 the second weight, times .5 / 3.8835.
    found, _ = baselines.run("ssd", model, SQUARED, keep, forget, alpha=2.0, dampening=0.5)
    assert found.weight[0].tolist() == pytest.approx([1.0, 0.5 * 0.2575], rel=1e-6)
    kept, _ = baselines.run("ssd", model, SQUARED, keep, forget, alpha=4.0, dampening=0.5)
    assert torch.equal(kept.weight, model.weight)
    grown, _ = baselines.run("ssd", model, SQUARED, keep, forget, alpha=2.0, dampening=99.0)
    assert torch.equal(grown.weight, model.weight)  # never enlarged


def test_ssd_changes_nothing_that_matters_as_much_to_the_rest() -> None:
    model = conv_net()
    data = conv_data(8)
    same, _ = baselines.run("ssd", model, CROSS, data, data, alpha=1.0, dampening=0.0)
    assert torch.equal(vector(same), vector(model))
    far, _ = baselines.run("ssd", model, CROSS, conv_data(40), conv_data(4, seed=3), alpha=11.0)
    assert torch.equal(vector(far), vector(model))
