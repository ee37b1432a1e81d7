"""The five matrices."""

import pytest
import torch
from torch import nn
from torch.func import functional_call

from lcodec import LcodecError
from lcodec.scrub import step as curvature
from lcodec.scrub.step import gram, memory
from python.tests.scrub.networks import conv_data, conv_net, fill, labels, normal
from python.tests.scrub.step.dense import (
    CROSS_ENTROPY,
    Recurrent,
    built,
    close,
    full_hessian,
    jacobians,
    matrix,
    setting,
)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own
def test_exact_equals_torch_func_hessian() -> None:
    args = conv_net(), CROSS_ENTROPY, conv_data(20)
    found = matrix("exact", *args, [0, 3, 7, 10, 12], weight_decay=0.1)
    _, flat, _ = setting(*args, [0, 3, 7, 10, 12])
    wanted = full_hessian(*args, flat) + 0.1 * torch.eye(len(flat), dtype=torch.float64)
    assert close(found, wanted)
    assert torch.equal(found, found.T)


def test_exact_of_a_recurrent_network() -> None:
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
def test_exact_of_what_does_not_bend_is_weight_decay_alone(deep) -> None:
    """A loss that is linear in the outputs; the ReLU network is linear in one layer at a time."""
    layers = [nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2)] if deep else [nn.Linear(3, 2)]
    model, data = fill(nn.Sequential(*layers)), (normal(9, 3), normal(9, 2))
    first = range(4 if deep else 2)  # the slices of the first layer
    v = normal(16 if deep else 8)
    for solver in ("dense", "cg"):
        args = model, lambda z, t: (z * t).sum(), data, first
        found = built("exact", *args, weight_decay=0.5, solver=solver)
        assert close(found.product(v), v / 2)


def test_ggn_is_the_sum_of_jacobians_around_the_loss_hessian() -> None:
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


def test_ggn_equals_exact_for_linear_softmax() -> None:
    data = normal(30, 5), labels(30, 4)
    ggn, exact = (
        matrix(method, fill(nn.Linear(5, 4)), CROSS_ENTROPY, data, [0, 2, 3])
        for method in ("ggn", "exact")
    )
    assert close(ggn, exact)


def test_ggn_is_positive_semidefinite_and_not_the_hessian_of_a_deep_net() -> None:
    args = conv_net(), CROSS_ENTROPY, conv_data(20), range(6)
    assert torch.linalg.eigvalsh(matrix("ggn", *args)).min() > -1e-12
    assert torch.linalg.eigvalsh(matrix("exact", *args)).min() < -1e-3


def test_ggn_leaves_out_what_bends_down_in_the_outputs() -> None:
    model, data = fill(nn.Linear(3, 1)), (normal(12, 3), normal(12, 1))
    bent = matrix("ggn", model, lambda z, t: torch.cos(z - t), data)
    curved = -torch.cos(model(data[0]) - data[1]).detach()
    design = torch.cat([data[0], torch.ones(12, 1)], dim=1)
    assert close(bent, (design * curved.clamp(min=0)).T @ design / 12)
    assert (curved < 0).any()


def test_ggn_of_outputs_with_several_axes() -> None:
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
def test_outer_products_are_summed_without_their_rows(
    method, positions, monkeypatch: pytest.MonkeyPatch
) -> None:
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


def test_fisher_is_the_mean_square_of_sample_gradients() -> None:
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


def test_secant_takes_the_change_of_the_gradient_along_it() -> None:
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


def test_secant_of_a_float32_network_uses_the_difference_that_was_made() -> None:
    data = conv_data(20)
    double = matrix("secant", conv_net(), CROSS_ENTROPY, data, [0, 11])
    single = matrix("secant", conv_net().float(), CROSS_ENTROPY, data, [0, 11])
    assert (single - double).norm() < 1e-2 * double.norm()


def test_secant_refuses_a_direction_that_bends_down() -> None:
    model, data = fill(nn.Linear(3, 1)), (normal(12, 3), normal(12, 1))
    with pytest.raises(LcodecError, match="must be above 0 for `curvature` 'secant'") as caught:
        built("secant", model, lambda z, t: -(z - t).square(), data)
    assert caught.value.id == "lcodec:negativeCurvature"


@pytest.mark.parametrize("solver", curvature.SOLVERS)
def test_identity_is_one_plus_weight_decay(solver) -> None:
    found = built(
        "identity", conv_net(), CROSS_ENTROPY, conv_data(9), [0], weight_decay=0.5, solver=solver
    )
    v = normal(10)
    assert close(found.product(v), 1.5 * v)
    solution, used = found.solve(v, 0.5)
    assert close(solution, v / 2)
    assert used == 0.5


@pytest.mark.parametrize("method", ["ggn", "exact", "fisher"])
def test_batches_and_micro_batches_do_not_matter(method, monkeypatch: pytest.MonkeyPatch) -> None:
    args = method, conv_net(), CROSS_ENTROPY, conv_data(20), [1, 8, 11]
    whole = matrix(*args, batch_size=20)
    monkeypatch.setattr(memory, "JACOBIAN_BYTES", 1)
    assert close(matrix(*args, batch_size=6), whole, 1e-13)


def test_sums_over_tokens_are_float64_whatever_the_network_runs_in() -> None:
    """A thousand equal tokens: bfloat16 sums stop growing at 256 times the first."""
    model = nn.Sequential(nn.Linear(1, 1), nn.Flatten(), nn.Linear(1000, 1)).to(torch.bfloat16)
    with torch.no_grad():
        for tensor in model.parameters():
            tensor.fill_(1.0)
    data = torch.ones(1, 1000, 1), torch.zeros(1, 1)
    found = matrix("ggn", model, nn.MSELoss(), data, [0])
    assert close(found / 2e6, torch.ones(2, 2, dtype=torch.float64), 1e-3)  # of rounded inputs


def test_gradient_of_the_objective_equals_autograd() -> None:
    model, data = conv_net(), conv_data(20)
    objective, _, _ = setting(model, CROSS_ENTROPY, data, [0], weight_decay=0.1)
    value, gradient = objective.value_and_gradient()
    squares = sum(tensor.square().sum() for tensor in model.parameters())
    wanted = nn.functional.cross_entropy(model(data[0]), data[1]) + 0.05 * squares
    wanted.backward()
    assert abs(value - wanted.item()) < 1e-12
    for name, tensor in model.named_parameters():
        assert close(gradient[name], tensor.grad)
