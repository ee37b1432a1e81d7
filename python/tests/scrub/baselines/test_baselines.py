import copy
import doctest
import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lcodec import LcodecError
from lcodec.scrub import Scrubber, baselines
from lcodec.scrub.baselines import descent, kfac, newton, squares, table
from lcodec.scrub.baselines.task import Task
from lcodec.scrub.evaluation import gradient_norm, mean_loss
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.privacy import noise
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.step import build
from python.tests.scrub.networks import conv_data, conv_net, fill, labels, normal

CROSS, SQUARED = nn.CrossEntropyLoss(), nn.MSELoss()
CHEAP = [name for name in baselines.METHODS if name != "retrain"]


def vector(model):
    return torch.cat([tensor.detach().flatten() for tensor in model.parameters()])


def slope(model, loss, data, decay=0.0):
    """Gradient of the mean loss of torch itself, plus decay * w."""
    inside = loss(model(data[0]), data[1])
    parts = torch.autograd.grad(inside, list(model.parameters()))
    return torch.cat([part.flatten() for part in parts]) + decay * vector(model)


def mlp(seed=0):
    return fill(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3)), seed=seed)


def task_of(model, loss, keep, forget=None, decay=0.0, seed=0):
    retained = Batches(keep, model, 256, "retained")
    forgotten = Batches(forget or keep, model, 256, "forget")
    return Task(model, PerSampleLoss(loss), keep, retained, forgotten, decay, seed)


KEEP = normal(40, 4), labels(40, 3)
FORGET = normal(6, 4, seed=5), labels(6, 3, seed=5)


def ridge(x, y, decay):
    design = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)
    matrix = 2 / (len(x) * y.shape[1]) * design.T @ design
    matrix = matrix + decay * torch.eye(len(matrix), dtype=x.dtype)
    return torch.linalg.solve(matrix, 2 / (len(x) * y.shape[1]) * design.T @ y).T  # (o, i + 1)


# --- what all of them keep to ---------------------------------------------------------------------


@pytest.mark.parametrize("name", CHEAP)
def test_a_changed_copy_is_returned_and_the_model_is_left_alone(name):
    model = nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Dropout(0.5), nn.Linear(6, 3))
    fill(model).train()
    before = {key: value.clone() for key, value in model.state_dict().items()}
    torch.manual_seed(0)
    state = torch.get_rng_state()
    settings = {"alpha": 1e-3} if name == "ssd" else {}
    first, seconds = baselines.run(name, model, CROSS, KEEP, FORGET, seed=3, **settings)
    again, _ = baselines.run(name, model, CROSS, KEEP, FORGET, seed=3, **settings)
    assert all(torch.equal(model.state_dict()[key], before[key]) for key in before)
    assert model.training
    assert model[2].training
    assert torch.equal(torch.get_rng_state(), state)
    assert not torch.equal(vector(first), vector(model))
    assert torch.equal(vector(first), vector(again))
    assert seconds > 0
    assert torch.equal(first[1].running_mean, model[1].running_mean)
    assert not first[0]._forward_hooks


@pytest.mark.parametrize("name", ["fisher_forgetting", "fine_tune", "random_labels"])
def test_the_seed_matters_where_something_is_random(name):
    runs = [
        baselines.run(name, mlp(), CROSS, KEEP, FORGET, seed=s, batch_size=8)[0] for s in (0, 1)
    ]
    assert not torch.equal(*map(vector, runs))


def test_unknown_names_and_settings():
    with pytest.raises(LcodecError, match="`name` must be one of 'ascent', 'fine_tune'"):
        baselines.run("forget", mlp(), CROSS, KEEP, FORGET)
    with pytest.raises(LcodecError, match="option `epoch`; the nearest known one is `epochs`"):
        baselines.run("ascent", mlp(), CROSS, KEEP, FORGET, epoch=3)
    with pytest.raises(LcodecError, match="`train` must be given for 'retrain'"):
        baselines.run("retrain", mlp(), CROSS, KEEP, FORGET)
    with pytest.raises(LcodecError, match="after 'fine_tune' must be finite"):
        baselines.run("fine_tune", mlp(), SQUARED, (KEEP[0], 1e200 * normal(40, 3)), FORGET)
    frozen = mlp().requires_grad_(False)
    with pytest.raises(LcodecError, match="must have a parameter that requires a gradient"):
        baselines.run("fine_tune", frozen, CROSS, KEEP, FORGET)


def test_retraining_is_the_users():
    def train(retained):
        assert retained is KEEP
        return refit

    refit = mlp(seed=9)
    found, seconds = baselines.run("retrain", mlp(), CROSS, KEEP, FORGET, train=train)
    assert found is refit
    assert seconds >= 0


# --- training on: one step by hand ----------------------------------------------------------------


def test_fine_tuning_is_gradient_descent_on_the_retained_objective():
    model = mlp()
    wanted = vector(model) - 0.1 * slope(model, CROSS, KEEP, decay=0.2)
    settings = {"epochs": 1, "learning_rate": 0.1, "momentum": 0.0, "weight_decay": 0.2}
    found, _ = baselines.run("fine_tune", model, CROSS, KEEP, FORGET, **settings)
    assert torch.allclose(vector(found), wanted, rtol=0, atol=1e-14)
    nobody, _ = baselines.run("fine_tune", model, CROSS, KEEP, KEEP, **settings)
    assert torch.equal(vector(nobody), vector(found))  # what is forgotten plays no part


def test_ascent_climbs_by_a_clipped_gradient():
    model = mlp()
    up = slope(model, CROSS, FORGET)
    settings = {"epochs": 1, "learning_rate": 0.1}
    for limit in (1e-3, 1e3):
        found, _ = baselines.run(
            "ascent", model, CROSS, KEEP, FORGET, max_norm=limit, weight_decay=0.5, **settings
        )
        wanted = 0.1 * up * min(1.0, limit / float(up.norm()))
        assert torch.allclose(vector(found) - vector(model), wanted, rtol=2e-3, atol=1e-14)
    assert mean_loss(found, CROSS, FORGET) > mean_loss(model, CROSS, FORGET)


def test_neg_grad_plus_weighs_both_gradients_and_is_fine_tuning_at_beta_1():
    model = mlp()
    settings = {"epochs": 1, "learning_rate": 0.1, "momentum": 0.0, "weight_decay": 0.2}
    down = 0.7 * slope(model, CROSS, KEEP) - 0.3 * slope(model, CROSS, FORGET)
    found, _ = baselines.run("neg_grad_plus", model, CROSS, KEEP, FORGET, beta=0.7, **settings)
    wanted = vector(model) - 0.1 * (down + 0.2 * vector(model))
    assert torch.allclose(vector(found), wanted, rtol=0, atol=1e-14)
    settings = {"epochs": 3, "batch_size": 7}
    only, _ = baselines.run("neg_grad_plus", model, CROSS, KEEP, FORGET, beta=1.0, **settings)
    tuned, _ = baselines.run("fine_tune", model, CROSS, KEEP, FORGET, **settings)
    assert torch.equal(vector(only), vector(tuned))
    with pytest.raises(LcodecError, match="`beta` must be at most 1, got 2"):
        baselines.run("neg_grad_plus", model, CROSS, KEEP, FORGET, beta=2)


def test_random_labels_are_wrong_uniform_and_trained_on():
    model = fill(nn.Linear(4, 5))
    targets = torch.arange(2000) % 5
    task = task_of(model, CROSS, (normal(2000, 4), targets))
    drawn = descent._relabelled(task, task.forget.together(), torch.Generator().manual_seed(0))[1]
    assert not (drawn == targets).any()
    shift = torch.bincount((drawn - targets) % 5, minlength=5)
    assert shift[0] == 0
    assert shift[1:].sub(500).abs().max() < 100  # 5 standard deviations
    x, y = normal(4, 2), torch.tensor([[1.0], [0.0], [0.0], [1.0]]).double()
    binary = task_of(fill(nn.Linear(2, 1)), nn.BCEWithLogitsLoss(), (x, y))
    flipped = descent._relabelled(binary, (x, y), torch.Generator())[1]
    assert torch.equal(flipped, 1 - y)
    found, _ = baselines.run("random_labels", mlp(), CROSS, KEEP, FORGET, learning_rate=0.3)
    assert mean_loss(found, CROSS, FORGET) > mean_loss(mlp(), CROSS, FORGET)
    with pytest.raises(LcodecError, match="must be a classifier for 'random_labels'"):
        baselines.run("random_labels", fill(nn.Linear(2, 1)), SQUARED, (x, x[:, :1]), (x, x[:, 1:]))


def test_retained_data_in_batches_and_by_loader():
    x, y = KEEP
    loader = DataLoader(TensorDataset(x, y), batch_size=9)
    batches = [(x[:25], y[:25]), (x[25:], y[25:])]
    for data in (loader, batches):
        found, _ = baselines.run("fine_tune", mlp(), CROSS, data, FORGET, epochs=10)
        assert gradient_norm(found, CROSS, KEEP) < 0.9 * gradient_norm(mlp(), CROSS, KEEP)


# --- the diagonal of the Fisher matrix ------------------------------------------------------------


@pytest.mark.parametrize("method", ["fisher", "ggn"])
def test_the_diagonal_is_that_of_the_dense_matrix(method):
    model = conv_net()
    task = task_of(model, CROSS, conv_data(9))
    dense = build(method, task.objective(), task.whole(), task.retained, solver="dense")
    rows = torch.eye(len(task.whole())).double()
    wanted = torch.stack([dense.product(row)[i] for i, row in enumerate(rows)])
    found = squares.diagonal(task, task.retained, method)
    assert torch.allclose(found, wanted, rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("method", ["fisher", "ggn"])
@pytest.mark.parametrize("room", [1, 10**9])
def test_the_diagonal_by_hooks_is_that_one_by_one(method, room, monkeypatch):
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


def test_where_hooks_serve():
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
def test_models_with_other_layers(name):
    model, keep = Recurrent(), recurrent_data(6)
    settings = {"ssd": {"alpha": 1e-3}, "newton_cg": {"damping": 1.0}}.get(name, {})
    found, _ = baselines.run(name, model, CROSS, keep, recurrent_data(3, seed=4), **settings)
    moved = {
        key for key, t in found.named_parameters() if not torch.equal(t, model.state_dict()[key])
    }
    if name == "kfac_newton":
        assert moved == {"head.weight", "head.bias"}
    else:
        assert {"gru.weight_hh_l0", "shift", "head.weight"} <= moved


def test_products_by_passes_are_those_of_the_stored_rows():
    task = task_of(mlp(), CROSS, KEEP, decay=0.1)
    objective, flat = task.objective(), task.whole()
    stored = build("ggn", objective, flat, task.retained, solver="cg")
    v = normal(len(flat))
    passes = newton._by_passes(objective, flat, task.retained)
    assert torch.allclose(passes.product(v), stored.product(v), rtol=1e-10)


def test_fisher_noise_has_the_spread_of_the_paper():
    model = mlp()
    fisher = squares.diagonal(task_of(model, CROSS, KEEP), Batches(KEEP, model, 9, "x"), "ggn")
    found, _ = baselines.run("fisher_forgetting", model, CROSS, KEEP, FORGET, alpha=1e-6, seed=4)
    units = (vector(found) - vector(model)) / (1e-6 / fisher) ** 0.25
    assert torch.allclose(units, noise(len(fisher), 1.0, 4), rtol=1e-8)
    dead = fill(nn.Linear(2, 2))
    zeros = torch.zeros(5, 2, dtype=torch.float64), labels(5, 2)
    moved, _ = baselines.run("fisher_forgetting", dead, CROSS, zeros, zeros, alpha=1e-8)
    assert float((moved.weight - dead.weight).detach().abs().max()) < 10  # F = 0 is floored


def test_ssd_by_hand():
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


def test_ssd_changes_nothing_that_matters_as_much_to_the_rest():
    model = conv_net()
    data = conv_data(8)
    same, _ = baselines.run("ssd", model, CROSS, data, data, alpha=1.0, dampening=0.0)
    assert torch.equal(vector(same), vector(model))
    far, _ = baselines.run("ssd", model, CROSS, conv_data(40), conv_data(4, seed=3), alpha=11.0)
    assert torch.equal(vector(far), vector(model))


# --- Newton ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("newton_cg", {"curvature": "ggn"}),
        ("newton_cg", {"curvature": "exact"}),
        ("kfac_newton", {}),
        ("kfac_newton", {"sharing": "reduce"}),
    ],
)
@pytest.mark.parametrize("outputs", [1, 3])
def test_on_ridge_regression_newton_is_the_refit(name, settings, outputs):
    x, y = normal(60, 4), normal(60, outputs, seed=1)
    model = fill(nn.Linear(4, outputs))
    found, _ = baselines.run(
        name,
        model,
        SQUARED,
        (x, y),
        (x[:2], y[:2]),
        weight_decay=0.3,
        damping=0.0,
        batch_size=17,
        **settings,
    )
    result = torch.cat([found.weight, found.bias[:, None]], dim=1).detach()
    assert torch.allclose(result, ridge(x, y, 0.3), rtol=0, atol=1e-8)


def test_newton_by_cg_is_the_scrubbers_full_step_and_moves_batch_norm_too():
    keep, forget = conv_data(40), conv_data(4, seed=3)
    # With less damping the scrubber would raise it, as the step would do harm.
    by_cg, _ = baselines.run("newton_cg", conv_net(), CROSS, keep, forget, damping=1.0)
    scrubbed = conv_net()
    scrub = Scrubber(scrubbed, CROSS, keep, select="all", damping=1.0, solver="dense")
    assert scrub.remove(forget).damping == 1.0
    assert torch.allclose(vector(by_cg), vector(scrubbed), rtol=0, atol=1e-6)
    normed = fill(nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)))
    moved, _ = baselines.run("newton_cg", normed, CROSS, KEEP, FORGET)
    assert not torch.equal(moved[1].weight, normed[1].weight)


@pytest.mark.parametrize("name", ["newton_cg", "kfac_newton"])
def test_the_trust_region_bounds_the_step(name):
    model = mlp()
    found, _ = baselines.run(name, model, CROSS, KEEP, FORGET, max_step=1e-3)
    assert float((vector(found) - vector(model)).norm()) == pytest.approx(1e-3, rel=1e-10)


def layer_matrix(objective, batches, module, names):
    """The dense Gauss-Newton block of one layer, rows ordered as (output, input)."""
    model = objective.model
    every = dict(model.named_parameters())
    for name, tensor in every.items():
        tensor.requires_grad_(name in names)
    flat = Task(model, objective.loss, None, batches, batches, 0.0, 0).whole()
    dense = build("ggn", objective, flat, batches, solver="dense")
    matrix = torch.stack([dense.product(row) for row in torch.eye(len(flat)).double()])
    for tensor in every.values():
        tensor.requires_grad_()
    width = module.weight[0].numel()
    units = len(module.weight)
    order = torch.arange(len(flat))
    joined = torch.cat(
        [order[: units * width].reshape(units, width), order[units * width :, None]], 1
    )
    order = joined.flatten()
    return matrix[order][:, order]


def kronecker(model, loss, data, sharing="expand"):
    batches = Batches(data, model, 5, "retained")
    objective = Objective(model, PerSampleLoss(loss), batches, 0.0)
    return objective, batches, kfac.factors(objective, batches, sharing)


EXACT = {
    "one sample, any loss": (mlp(), CROSS, (normal(1, 4), labels(1, 3))),
    "deep linear network, squared error": (
        fill(nn.Sequential(nn.Linear(4, 3), nn.Linear(3, 2))),
        SQUARED,
        (normal(12, 4), normal(12, 2, seed=1)),
    ),
    "filters as large as the image": (
        fill(nn.Sequential(nn.Conv2d(2, 4, 3), nn.Flatten(), nn.Linear(4, 3))),
        SQUARED,
        (normal(7, 2, 3, 3), normal(7, 3, seed=1)),
    ),
}


@pytest.mark.parametrize("sharing", kfac.SHARING)
@pytest.mark.parametrize("case", EXACT)
def test_kfac_is_the_dense_block_where_it_is_exact(case, sharing):
    model, loss, data = EXACT[case]
    objective, batches, found = kronecker(model, loss, data, sharing)
    assert len(found) == 2
    for name, layer in found.items():
        dense = layer_matrix(objective, batches, layer.module, {name, layer.bias})
        product = torch.kron(layer.outputs, layer.inputs)
        assert torch.allclose(product, dense, rtol=1e-9, atol=1e-12), name


def test_kfac_reduce_is_exact_for_a_mean_over_places_and_expand_is_not():
    class Pooled(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = fill(nn.Linear(3, 2))

        def forward(self, x):
            return self.body(x).mean(dim=1)

    data = normal(8, 5, 3), normal(8, 2, seed=1)
    objective, batches, found = kronecker(Pooled(), SQUARED, data, "reduce")
    (layer,) = found.values()
    dense = layer_matrix(objective, batches, layer.module, {"body.weight", "body.bias"})
    assert torch.allclose(torch.kron(layer.outputs, layer.inputs), dense, rtol=1e-10)
    (other,) = kronecker(Pooled(), SQUARED, data)[2].values()
    assert not torch.allclose(torch.kron(other.outputs, other.inputs), dense, rtol=0.05)


def test_kfac_of_convolutions_counts_every_place():
    # Padding, stride and dilation as torch has them: the gradient of one sample is a product of
    # windows and deltas, so the windows must reproduce torch's own gradient.
    layer = fill(nn.Conv2d(2, 3, 2, stride=2, padding=1, dilation=2, padding_mode="reflect"))
    x, delta = normal(1, 2, 6, 7), normal(1, 3, 3, 4, seed=1)
    assert layer(x).shape == delta.shape
    wanted = torch.autograd.grad(layer(x), [layer.weight, layer.bias], delta)
    inputs, outputs = kfac._outer(layer, x, delta[None], "reduce")
    mean = inputs[-1]  # the row of the bias is the mean over places of the inputs
    total = delta.sum(dim=(0, 2, 3))
    assert torch.allclose(outputs, torch.outer(total, total))
    assert torch.allclose(wanted[1], total)
    ones = torch.ones_like(delta)
    sums = torch.autograd.grad(layer(x), layer.weight, ones)[0][0].flatten()
    assert torch.allclose(mean[:-1] * 12, sums, rtol=1e-12)
    expand, _ = kfac._outer(layer, x, delta[None], "expand")
    assert torch.allclose(expand[-1], mean)  # the mean again, places counted once each


def test_kfac_leaves_other_layers_as_they_are():
    model = fill(nn.Sequential(nn.Linear(4, 6), nn.BatchNorm1d(6), nn.Linear(6, 3)))
    found, _ = baselines.run("kfac_newton", model, CROSS, KEEP, FORGET)
    assert torch.equal(found[1].weight, model[1].weight)
    assert not torch.equal(found[0].weight, model[0].weight)
    lone = fill(nn.Sequential(nn.BatchNorm1d(4)))
    with pytest.raises(LcodecError, match="trainable Linear or ungrouped Conv2d"):
        baselines.run("kfac_newton", lone, CROSS, KEEP, FORGET)
    with pytest.raises(LcodecError, match="`damping` must be above 0 for the singular K-FAC"):
        baselines.run("kfac_newton", mlp(), CROSS, KEEP, FORGET, damping=0.0)


# --- the table ------------------------------------------------------------------------------------


def test_the_table_has_a_row_for_each_and_compares_with_the_retrained():
    test = normal(30, 4, seed=8), labels(30, 3, seed=8)
    both = torch.cat([KEEP[0], FORGET[0]]), torch.cat([KEEP[1], FORGET[1]])
    training = {"epochs": 40, "learning_rate": 0.2, "weight_decay": 0.01}
    model = baselines.run("fine_tune", mlp(), CROSS, both, FORGET, **training)[0]
    refit = baselines.run("fine_tune", mlp(), CROSS, KEEP, FORGET, **training)[0]
    scrubbed = copy.deepcopy(model)
    Scrubber(scrubbed, CROSS, KEEP, select="all", weight_decay=0.01, damping=0.1).remove(FORGET)
    rows = baselines.compare(
        {"retrain": {"train": lambda data: refit}, "ascent": {"epochs": 1}},
        model,
        CROSS,
        KEEP,
        FORGET,
        test=test,
        models={"scrub": scrubbed},
        weight_decay=0.01,
        max_steps=3,
    )
    assert [row["method"] for row in rows] == ["before", "retrain", "ascent", "scrub"]
    before, retrained, ascended, scrub = rows
    assert (before["residual_ratio"], before["relearn_steps"]) == (1.0, 0)
    assert retrained["kl"] == {"forgotten": 0.0, "test": 0.0}
    assert ascended["kl"]["forgotten"] > 0
    assert ascended["loss"]["forgotten"] > before["loss"]["forgotten"]
    assert scrub["residual_ratio"] < 1
    assert scrub["seconds"] is None
    assert retrained["seconds"] >= 0
    lines = baselines.as_text(rows).splitlines()
    assert [line.split()[0] for line in lines] == ["method", "before", "retrain", "ascent", "scrub"]
    assert len({len(line) for line in lines}) == 1


def test_names_alone_suffice_and_regression_has_its_blanks():
    x, y = normal(20, 2), normal(20, 1, seed=1)
    rows = baselines.compare(
        ["fine_tune", "newton_cg"], fill(nn.Linear(2, 1)), SQUARED, (x[4:], y[4:]), (x[:4], y[:4])
    )
    assert [row["method"] for row in rows] == ["before", "fine_tune", "newton_cg"]
    assert rows[2]["residual_ratio"] < 0.01
    assert baselines.as_text(rows).splitlines()[1].split().count("-") == 7
    assert all(math.isfinite(row["gradient_norm"]) for row in rows)


def test_examples():
    assert doctest.testmod(table).failed == 0
