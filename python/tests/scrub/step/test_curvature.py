from types import SimpleNamespace

import pytest
import torch
from torch import nn
from torch.func import functional_call, hessian

from lcodec import LcodecError, LcodecWarning
from lcodec.scrub import step as curvature
from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.slices.slices import FlatParameters, find_slices
from lcodec.scrub.step import forms, gram, memory
from lcodec.scrub.step.sample_rows import SampleRows
from python.tests.scrub.networks import Twice, conv_data, conv_net, fill, generator, labels, normal

CROSS_ENTROPY = nn.CrossEntropyLoss()


def setting(model, loss, data, positions=None, weight_decay=0.0, batch_size=7):
    batches = Batches(data, model, batch_size, "retained")
    objective = Objective(model, PerSampleLoss(loss), batches, weight_decay)
    slices, _ = find_slices(model)
    chosen = slices if positions is None else [slices[at] for at in positions]
    return objective, FlatParameters(model, chosen), batches


def built(method, model, loss, data, positions=None, *, solver="dense", **options):
    return curvature.build(method, *setting(model, loss, data, positions, **options), solver=solver)


def matrix(*args, **options):
    return built(*args, **options).matrix


def close(found, wanted, atol=1e-12):
    return torch.allclose(found, wanted, rtol=0, atol=atol)


def full_hessian(model, loss, data, flat):
    """Hessian with respect to all parameters by `torch.func.hessian`, then the chosen block."""
    names = [name for name, _ in model.named_parameters()]
    shapes = [tensor.shape for tensor in model.parameters()]
    sizes = [tensor.numel() for tensor in model.parameters()]

    def value(vector):
        parts = [p.reshape(s) for p, s in zip(vector.split(sizes), shapes, strict=True)]
        outputs = functional_call(model, dict(zip(names, parts, strict=True)), (data[0],))
        return loss(outputs, data[1])

    start = torch.cat([tensor.detach().reshape(-1) for tensor in model.parameters()])
    whole = hessian(value)(start)
    numbered = torch.arange(len(start)).split(sizes)
    where = flat.gather({n: p.reshape(s) for n, p, s in zip(names, numbered, shapes, strict=True)})
    return whole[where][:, where]


def jacobians(model, x, flat):
    """Jacobian (b, C, p) of every sample, one output of one sample at a time."""
    rows = []
    for one in x:
        leaf = flat.read().requires_grad_()
        outputs = functional_call(model, flat.merge(leaf), (one[None],)).flatten()
        found = [torch.autograd.grad(number, leaf, retain_graph=True)[0] for number in outputs]
        rows.append(torch.stack(found))
    return torch.stack(rows)


# --- rows by hooks ------------------------------------------------------------------------------


class Tied(nn.Module):
    """An embedding whose weight is the classifier's too, and a layer that is called twice."""

    def __init__(self):
        super().__init__()
        self.table = nn.Embedding(9, 4, padding_idx=0)
        self.body = nn.Linear(4, 4)
        self.head = nn.Linear(4, 9)
        self.head.weight = self.table.weight
        fill(self)

    def forward(self, ids):
        hidden = torch.tanh(self.body(self.table(ids)))
        return self.head(torch.tanh(self.body(hidden)).mean(dim=1))


class Columns(nn.Module):
    """A linear layer that keeps its weight as (in, out), as in GPT-2."""

    class Conv1D(nn.Module):
        def __init__(self, nf, nx):
            super().__init__()
            self.nf = nf
            self.weight, self.bias = (
                nn.Parameter(torch.empty(nx, nf)),
                nn.Parameter(torch.empty(nf)),
            )

        def forward(self, x):
            return torch.addmm(self.bias, x.reshape(-1, x.shape[-1]), self.weight).view(
                *x.shape[:-1], self.nf
            )

    def __init__(self):
        super().__init__()
        self.first, self.last = self.Conv1D(5, 3), nn.Linear(5, 2)
        fill(self)

    def forward(self, x):
        return self.last(torch.tanh(self.first(x)).mean(dim=1))


class Recurrent(nn.Module):
    """A GRU between two linear layers, whose own parameters are no slices."""

    def __init__(self):
        super().__init__()
        self.first, self.gru, self.head = nn.Linear(2, 3), nn.GRU(3, 3), nn.Linear(3, 2)
        fill(self)

    def forward(self, x):
        return self.head(self.gru(torch.tanh(self.first(x)).transpose(0, 1))[1][0])


class Attention(nn.Module):
    """Fused attention with a mask that depends on the input, and layers called by keyword."""

    def __init__(self):
        super().__init__()
        self.qkv, self.out = nn.Linear(4, 12), nn.Linear(4, 3)
        fill(self)

    def forward(self, x):
        q, k, v = self.qkv(input=x).chunk(3, dim=-1)
        mask = (x[..., 0] < 1).unsqueeze(1)
        seen = nn.functional.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        return self.out(seen.mean(dim=1))


def entries(name, positions):
    return SimpleNamespace(entries=((name, torch.tensor(positions)),))


def conv(layer, width):
    return fill(nn.Sequential(layer, nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(width, 2)))


def ids(*shape):
    return torch.randint(9, shape, generator=generator(3))


NETWORKS = {
    "linear on tokens": (
        fill(nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Flatten(), nn.Linear(20, 2))),
        normal(6, 5, 3),
    ),
    "called twice": (Twice(), normal(6, 4)),
    "tied and embedded": (Tied(), ids(6, 5)),
    "recurrent": (Recurrent(), normal(6, 4, 2)),
    "fused attention": (Attention(), normal(6, 5, 4)),
    "columns": (Columns(), normal(6, 4, 3)),
    "conv1d, dilated": (conv(nn.Conv1d(2, 4, 3, dilation=2, padding=1), 20), normal(6, 2, 7)),
    "conv2d, strided": (
        conv(nn.Conv2d(2, 4, (3, 2), stride=(2, 1), padding=(0, 1)), 48),
        normal(6, 2, 7, 3),
    ),
    "conv2d, circular": (
        conv(nn.Conv2d(2, 3, 3, padding=1, padding_mode="circular"), 48),
        normal(6, 2, 4, 4),
    ),
    "conv2d, same": (conv(nn.Conv2d(2, 3, (1, 3), padding="same"), 48), normal(6, 2, 4, 4)),
    "conv2d, grouped": (conv(nn.Conv2d(4, 6, 2, groups=2), 24), normal(6, 4, 3, 3)),
    "conv2d, depthwise": (conv(nn.Conv2d(3, 6, 2, groups=3), 24), normal(6, 3, 3, 3)),
    "conv3d": (conv(nn.Conv3d(1, 3, 2, bias=False), 12), normal(6, 1, 3, 3, 2)),
    "transposed": (conv(nn.ConvTranspose2d(2, 3, 2, stride=2), 48), normal(6, 2, 2, 2)),
    "normalised": (
        fill(nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.LayerNorm(4), nn.Linear(4, 2))),
        normal(6, 3),
    ),
}


@pytest.mark.parametrize("part", ["whole", "some"])
@pytest.mark.parametrize("name", NETWORKS)
def test_rows_equal_the_jacobian_through_the_whole_model(name, part):
    model, x = NETWORKS[name]
    model.eval()
    step = 1 if part == "whole" else 3
    flat = FlatParameters(
        model,
        [
            entries(name, list(range(0, tensor.numel(), step)))
            for name, tensor in model.named_parameters()
            if not name.startswith("gru")
        ],
    )
    wanted = jacobians(model, x, flat)
    rows = SampleRows(model, flat)
    identity = torch.eye(wanted.shape[1], dtype=torch.float64)
    found = rows(x, lambda z: identity[:, None].expand(-1, len(z), -1))
    assert close(found, wanted)
    weights = normal(3, len(x), wanted.shape[1], seed=5)
    parts = list(rows.parts(rows.cotangents(x, lambda _: weights), 4))
    assert [len(one) for one in parts] == [4, 2]
    assert close(torch.cat(parts), torch.einsum("kbc,bcp->bkp", weights, wanted))
    rows.probe(x)
    assert not any(module._forward_hooks for module in model.modules())
    assert all(tensor.grad is None for tensor in model.parameters())


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own
def test_parameters_used_behind_the_modules_back_are_refused():
    class Sneaky(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 3)

        def forward(self, x):
            return self.layer(x) @ self.layer.weight

    data = normal(8, 3), labels(8, 3)
    with pytest.raises(LcodecError, match="only by calling the module that holds it") as caught:
        built("ggn", fill(Sneaky()), CROSS_ENTROPY, data)
    assert caught.value.id == "lcodec:parameterUse"
    model = fill(Sneaky())
    found = matrix("exact", model, CROSS_ENTROPY, data)
    _, flat, _ = setting(model, CROSS_ENTROPY, data)
    assert close(found, full_hessian(model, CROSS_ENTROPY, data, flat))


# --- the five matrices --------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own
def test_exact_equals_torch_func_hessian():
    args = conv_net(), CROSS_ENTROPY, conv_data(20)
    found = matrix("exact", *args, [0, 3, 7, 10, 12], weight_decay=0.1)
    _, flat, _ = setting(*args, [0, 3, 7, 10, 12])
    wanted = full_hessian(*args, flat) + 0.1 * torch.eye(len(flat), dtype=torch.float64)
    assert close(found, wanted)
    assert torch.equal(found, found.T)


def test_exact_of_a_recurrent_network():
    args = "exact", Recurrent(), CROSS_ENTROPY, (normal(5, 4, 2), labels(5, 2))
    found = matrix(*args, [0, 2, 4])
    _, flat, batches = setting(*args[1:], [0, 2, 4])
    leaf = flat.read().requires_grad_()
    (x, y), *_ = batches
    loss = CROSS_ENTROPY(functional_call(args[1], flat.merge(leaf), (x,)), y)
    slope = torch.autograd.grad(loss, leaf, create_graph=True)[0]
    wanted = [torch.autograd.grad(one, leaf, retain_graph=True)[0] for one in slope]
    assert close(found, torch.stack(wanted))


@pytest.mark.parametrize("deep", [False, True])
def test_exact_of_what_does_not_bend_is_weight_decay_alone(deep):
    """A loss that is linear in the outputs; the ReLU network is linear in one layer at a time."""
    layers = [nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)] if deep else [nn.Linear(3, 2)]
    model, data = fill(nn.Sequential(*layers)), (normal(9, 3), normal(9, 2))
    first = range(4 if deep else 2)  # the slices of the first layer
    v = normal(16 if deep else 8)
    for solver in ("dense", "cg"):
        args = model, lambda z, t: (z * t).sum(), data, first
        found = built("exact", *args, weight_decay=0.5, solver=solver)
        assert close(found.product(v), v / 2)


def test_ggn_is_the_sum_of_jacobians_around_the_loss_hessian():
    model, (x, y) = conv_net(), conv_data(20)
    _, flat, _ = setting(model, CROSS_ENTROPY, (x, y), [1, 6, 9, 12])
    probabilities = model(x).detach().softmax(dim=1)
    middle = torch.diag_embed(probabilities) - torch.einsum("bi,bj->bij", *[probabilities] * 2)
    rows = jacobians(model, x, flat)
    wanted = torch.einsum("bip,bij,bjq->pq", rows, middle, rows) / 20
    wanted += 0.3 * torch.eye(len(flat), dtype=torch.float64)
    found = matrix("ggn", model, CROSS_ENTROPY, (x, y), [1, 6, 9, 12], weight_decay=0.3)
    assert close(found, wanted)
    assert torch.equal(found, found.T)


def test_ggn_equals_exact_for_linear_softmax():
    data = normal(30, 5), labels(30, 4)
    ggn, exact = (
        matrix(method, fill(nn.Linear(5, 4)), CROSS_ENTROPY, data, [0, 2, 3])
        for method in ("ggn", "exact")
    )
    assert close(ggn, exact)


def test_ggn_is_positive_semidefinite_and_not_the_hessian_of_a_deep_net():
    args = conv_net(), CROSS_ENTROPY, conv_data(20), range(6)
    assert torch.linalg.eigvalsh(matrix("ggn", *args)).min() > -1e-12
    assert torch.linalg.eigvalsh(matrix("exact", *args)).min() < -1e-3


def test_ggn_leaves_out_what_bends_down_in_the_outputs():
    model, data = fill(nn.Linear(3, 1)), (normal(12, 3), normal(12, 1))
    bent = matrix("ggn", model, lambda z, t: torch.cos(z - t), data)
    curved = -torch.cos(model(data[0]) - data[1]).detach()
    design = torch.cat([data[0], torch.ones(12, 1)], dim=1)
    assert close(bent, (design * curved.clamp(min=0)).T @ design / 12)
    assert (curved < 0).any()


def test_ggn_of_outputs_with_several_axes():
    model = fill(nn.Sequential(nn.Linear(3, 4), nn.Unflatten(1, (2, 2))))
    data = normal(12, 3), normal(12, 2, 2, seed=1)
    ggn, exact = (matrix(method, model, nn.MSELoss(), data, [0, 3]) for method in ("ggn", "exact"))
    assert close(ggn, exact)


class Bias(nn.Module):
    """Linear layers on vectors, one without a bias, one called after the next in the definition."""

    def __init__(self):
        super().__init__()
        self.last, self.first = nn.Linear(4, 3), nn.Linear(5, 6, bias=False)
        self.middle = nn.Linear(6, 4)
        fill(self)

    def forward(self, x):
        return self.last(torch.tanh(self.middle(torch.tanh(self.first(x)))))


@pytest.mark.parametrize("method", ["ggn", "fisher"])
@pytest.mark.parametrize("positions", [None, [1, 2, 4, 8, 9, 12]])
def test_outer_products_are_summed_without_their_rows(method, positions, monkeypatch):
    args = method, Bias(), CROSS_ENTROPY, (normal(20, 5), labels(20, 3)), positions
    added = []
    real = gram.Gram.add
    monkeypatch.setattr(gram.Gram, "add", lambda *given: (added.append(1), real(*given)))
    quick = matrix(*args, batch_size=9)
    assert len(added) == 3
    monkeypatch.setattr(memory, "JACOBIAN_BYTES", 1)
    assert close(matrix(*args), quick, 1e-14)
    monkeypatch.setattr(gram, "applies", lambda *given: False)
    assert close(matrix(*args), quick, 1e-14)
    assert torch.equal(quick, quick.T)


def test_fisher_is_the_mean_square_of_sample_gradients():
    model, (x, y) = conv_net(), conv_data(12)
    _, flat, _ = setting(model, CROSS_ENTROPY, (x, y), [2, 8, 11])
    rows = []
    for one, target in zip(x, y, strict=True):
        loss = CROSS_ENTROPY(model(one[None]), target[None])
        parts = torch.autograd.grad(loss, list(model.parameters()))
        names = [name for name, _ in model.named_parameters()]
        rows.append(flat.gather(dict(zip(names, parts, strict=True))))
    rows = torch.stack(rows)
    assert close(matrix("fisher", model, CROSS_ENTROPY, (x, y), [2, 8, 11]), rows.T @ rows / 12)


def test_secant_takes_the_change_of_the_gradient_along_it():
    """The Hessian along the direction, when the step is short; here exactly, as F is quadratic."""
    x, y = normal(30, 4), normal(30, 1, seed=1)
    args = fill(nn.Linear(4, 1)), nn.MSELoss(), (x, y)
    objective, _, _ = setting(*args, weight_decay=0.2)
    gradient = torch.cat([g.flatten() for g in objective.value_and_gradient()[1].values()])
    hessian_of = matrix("exact", *args)
    along = hessian_of @ gradient
    wanted = torch.outer(along, along) / (gradient @ along)
    found = matrix("secant", *args, weight_decay=0.2)
    assert close(found, wanted + 0.2 * torch.eye(5, dtype=torch.float64), 1e-9)


def test_secant_of_a_float32_network_uses_the_difference_that_was_made():
    data = conv_data(20)
    double = matrix("secant", conv_net(), CROSS_ENTROPY, data, [0, 11])
    single = matrix("secant", conv_net().float(), CROSS_ENTROPY, data, [0, 11])
    assert (single - double).norm() < 1e-2 * double.norm()


def test_secant_refuses_a_direction_that_bends_down():
    model, data = fill(nn.Linear(3, 1)), (normal(12, 3), normal(12, 1))
    with pytest.raises(LcodecError, match="must be above 0 for `curvature` 'secant'") as caught:
        built("secant", model, lambda z, t: -(z - t).square(), data)
    assert caught.value.id == "lcodec:negativeCurvature"


@pytest.mark.parametrize("solver", curvature.SOLVERS)
def test_identity_is_one_plus_weight_decay(solver):
    found = built(
        "identity", conv_net(), CROSS_ENTROPY, conv_data(9), [0], weight_decay=0.5, solver=solver
    )
    v = normal(10)
    assert close(found.product(v), 1.5 * v)
    solution, used = found.solve(v, 0.5)
    assert close(solution, v / 2)
    assert used == 0.5


@pytest.mark.parametrize("method", ["ggn", "exact", "fisher"])
def test_batches_and_micro_batches_do_not_matter(method, monkeypatch):
    args = method, conv_net(), CROSS_ENTROPY, conv_data(20), [1, 8, 11]
    whole = matrix(*args, batch_size=20)
    monkeypatch.setattr(memory, "JACOBIAN_BYTES", 1)
    assert close(matrix(*args, batch_size=6), whole, 1e-13)


def test_sums_over_tokens_are_float64_whatever_the_network_runs_in():
    """A thousand equal tokens: bfloat16 sums stop growing at 256 times the first."""
    model = nn.Sequential(nn.Linear(1, 1), nn.Flatten(), nn.Linear(1000, 1)).to(torch.bfloat16)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.fill_(1.0)
    data = torch.ones(1, 1000, 1), torch.zeros(1, 1)
    found = matrix("ggn", model, nn.MSELoss(), data, [0])
    assert close(found / 2e6, torch.ones(2, 2, dtype=torch.float64), 1e-3)  # of rounded inputs


def test_gradient_of_the_objective_equals_autograd():
    model, data = conv_net(), conv_data(20)
    objective, _, _ = setting(model, CROSS_ENTROPY, data, [0], weight_decay=0.1)
    value, gradient = objective.value_and_gradient()
    squares = sum(tensor.square().sum() for tensor in model.parameters())
    wanted = nn.functional.cross_entropy(model(data[0]), data[1]) + 0.05 * squares
    wanted.backward()
    assert abs(value - wanted.item()) < 1e-12
    for name, tensor in model.named_parameters():
        assert close(gradient[name], tensor.grad)


# --- solvers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["ggn", "fisher", "secant"])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
def test_woodbury_and_products_agree_with_the_whole_matrix(method, weight_decay):
    args = method, conv_net(), CROSS_ENTROPY, conv_data(15)
    dense = built(*args, weight_decay=weight_decay)
    gradient = normal(len(dense.matrix), seed=4)
    wanted, _ = dense.solve(gradient, 1e-3)
    held = [built(*args, weight_decay=weight_decay, solver=solver) for solver in ("woodbury", "cg")]
    free = curvature.build(
        method,
        *setting(*args[1:], weight_decay=weight_decay),
        solver="cg",
        memory_limit=memory.estimate(
            method, "cg", len(gradient), 3, 15, keep_rows=method == "secant"
        ),
    )
    for other in (*held, free):
        assert close(other.product(gradient), dense.product(gradient), 1e-8)
        found, used = other.solve(gradient, 1e-3)
        assert used == 1e-3
        assert (found - wanted).norm() < 1e-8 * wanted.norm()


def test_exact_products_agree_with_the_whole_matrix():
    args = "exact", conv_net(), CROSS_ENTROPY, conv_data(15)
    dense, free = built(*args), built(*args, solver="cg")
    v = normal(len(dense.matrix), seed=4)
    assert close(free.product(v), dense.product(v))
    wanted, found = dense.solve(v, 10.0)[0], free.solve(v, 10.0)[0]
    assert (found - wanted).norm() < 1e-8 * wanted.norm()


def test_conjugate_gradients_raise_the_damping_on_negative_curvature():
    args = "exact", conv_net(), CROSS_ENTROPY, conv_data(20)
    dense, free = built(*args), built(*args, solver="cg")
    lowest = -float(torch.linalg.eigvalsh(dense.matrix)[0])
    v = normal(len(dense.matrix), seed=4)
    for form in (dense, free):
        solution, used = form.solve(v, lowest / 50)
        assert used == pytest.approx(lowest * 2)
        assert (dense.product(solution) + used * solution - v).norm() < 1e-8 * v.norm()


def test_a_low_rank_matrix_without_damping_is_singular_and_gets_some():
    low = curvature.LowRank(normal(3, 8), 0.0)
    solution, used = low.solve(normal(8, seed=1), 0.0)
    assert used == pytest.approx(1e-6 * float(normal(3, 8).square().sum()) / 8)
    left = low.product(solution) + used * solution - normal(8, seed=1)
    assert left.norm() < 1e-8


def test_woodbury_is_as_exact_as_the_whole_matrix_where_the_damping_is_small():
    rows, v = 100 * normal(5, 40), normal(40, seed=1)
    low, whole = curvature.LowRank(rows, 0.0), curvature.Dense(rows.T @ rows)
    found, wanted = (form.solve(v, 1e-2)[0] for form in (low, whole))
    assert (found - wanted).norm() < 1e-8 * wanted.norm()  # of a condition number of 5e7


def test_conjugate_gradients_that_do_not_finish_say_so(monkeypatch):
    monkeypatch.setattr(forms, "CG_ITERATIONS", 3)
    spectrum = torch.logspace(-6, 0, 30, dtype=torch.float64)
    free = curvature.MatrixFree(lambda v: spectrum * v, 0.0)
    with pytest.warns(LcodecWarning, match="stopped after 3 products with a relative residual"):
        free.solve(torch.ones(30, dtype=torch.float64), 0.0)


@pytest.mark.parametrize("method", ["fisher", "secant"])
def test_one_sample_at_a_million_parameters(method):
    """8 MB of numbers; the matrix would hold 8 TB."""
    model = fill(nn.Linear(999_999, 1), scale=1e-3)
    data = normal(1, 999_999), torch.tensor([[0.5]], dtype=torch.float64)
    args = setting(model, nn.MSELoss(), data)
    found = curvature.build(method, *args, memory_limit=2**28)
    assert found.solver == "woodbury"
    design = torch.cat([data[0][0], torch.ones(1, dtype=torch.float64)])
    left = float((model(data[0]) - data[1]).detach())
    # Both have rows along the design: (2 left x)(2 left x)', and the Hessian 2 x x'.
    size = 4 * left**2 if method == "fisher" else 2.0
    v = design + normal(1_000_000, seed=2)
    solution, _ = found.solve(v, 0.1)
    inner = size * (design @ v) / (0.1 + size * (design @ design))
    assert (solution - (v - inner * design) / 0.1).norm() < 1e-6 * solution.norm()


# --- the choice of form and its memory ----------------------------------------------------------


def test_auto_takes_the_whole_matrix_then_the_rows_then_products():
    def form(method, p, samples, limit=2**31):
        found = curvature.plan(method, "auto", p, 10, samples, limit)
        return found.solver, found.keep_rows

    assert form("ggn", 3000, 50_000) == ("dense", False)
    assert form("ggn", 3000, 100, 10**8) == ("woodbury", True)
    assert form("ggn", 3001, 100) == ("woodbury", True)
    assert form("ggn", 3001, 50_000) == ("cg", False)
    assert form("ggn", 100_000, 1000, 10**9) == ("cg", False)
    assert form("exact", 3000, 10) == ("dense", False)
    assert form("exact", 3001, 10) == ("cg", False)
    assert form("fisher", 10**6, 20) == ("woodbury", True)
    assert form("secant", 10, 10**6) == ("woodbury", True)


def test_memory_is_refused_with_the_numbers():
    message = (
        r"`memory_limit` must be at least 229\.1 MiB for 'ggn' curvature of 3162 selected "
        r"parameters with `solver` 'dense', got 100\.0 MiB; lower `max_parameters`"
    )
    with pytest.raises(LcodecError, match=message) as caught:
        curvature.plan("ggn", "dense", 3162, 10, 50_000, 100 * 2**20)
    assert caught.value.id == "lcodec:memoryLimit"
    assert curvature.plan("ggn", "dense", 3162, 10, 50_000, 230 * 2**20).bytes < 230 * 2**20


def test_woodbury_of_the_exact_hessian_is_refused():
    with pytest.raises(LcodecError, match="must be 'dense' or 'cg' for 'exact', got 'woodbury'"):
        built("exact", conv_net(), CROSS_ENTROPY, conv_data(5), solver="woodbury")


def test_a_gradient_of_zero_gives_a_step_of_zero():
    for solver in ("dense", "woodbury", "cg"):
        found = built("ggn", conv_net(), CROSS_ENTROPY, conv_data(5), solver=solver)
        solution, used = found.solve(torch.zeros(163, dtype=torch.float64), 0.1)
        assert (float(solution.norm()), used) == (0.0, 0.1)


def test_curvature_that_is_not_finite_is_refused():
    data = 1e200 * normal(5, 3), normal(5, 1)
    for solver in ("dense", "woodbury", "cg"):
        with pytest.raises(LcodecError, match="curvature of the retained objective") as caught:
            built("fisher", fill(nn.Linear(3, 1)), nn.MSELoss(), data, solver=solver)
        assert caught.value.id == "lcodec:nonFinite"
