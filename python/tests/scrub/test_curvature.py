import pytest
import torch
from torch import nn
from torch.func import functional_call, hessian

from lcodec import LcodecError
from lcodec.scrub import curvature
from lcodec.scrub.data import Batches
from lcodec.scrub.objective import Objective, PerSampleLoss
from lcodec.scrub.slices import FlatParameters, find_slices
from lcodec.scrub.update import newton_step

from .networks import conv_data, conv_net, fill, labels, normal


def matrix(method, model, loss, data, positions, weight_decay=0.0, batch_size=7):
    batches = Batches(data, model, batch_size, "retained")
    objective = Objective(model, PerSampleLoss(loss), batches, weight_decay)
    slices, _ = find_slices(model)
    flat = FlatParameters(model, [slices[at] for at in positions])
    return curvature.curvature_matrix(method, objective, flat, batches), flat, objective


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


@pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning")  # torch's own
def test_exact_equals_torch_func_hessian():
    model, data, loss = conv_net(), conv_data(20), nn.CrossEntropyLoss()
    found, flat, _ = matrix("exact", model, loss, data, [0, 3, 7, 10, 12], weight_decay=0.1)
    wanted = full_hessian(model, loss, data, flat) + 0.1 * torch.eye(len(flat), dtype=torch.float64)
    assert torch.allclose(found, wanted, rtol=0, atol=1e-12)
    assert torch.equal(found, found.T)


def test_ggn_equals_exact_for_linear_softmax():
    model = fill(nn.Linear(5, 4))
    data = normal(30, 5), labels(30, 4)
    ggn, exact = (
        matrix(method, model, nn.CrossEntropyLoss(), data, [0, 2, 3])[0]
        for method in ("ggn", "exact")
    )
    assert torch.allclose(ggn, exact, rtol=0, atol=1e-12)


def test_ggn_is_positive_semidefinite_and_not_the_hessian_of_a_deep_net():
    model, data = conv_net(), conv_data(20)
    positions = range(6)
    ggn, _, _ = matrix("ggn", model, nn.CrossEntropyLoss(), data, positions)
    exact, _, _ = matrix("exact", model, nn.CrossEntropyLoss(), data, positions)
    assert torch.linalg.eigvalsh(ggn).min() > -1e-12
    assert torch.linalg.eigvalsh(exact).min() < -1e-3


def test_ggn_of_outputs_with_several_axes():
    model = fill(nn.Sequential(nn.Linear(3, 4), nn.Unflatten(1, (2, 2))))
    data = normal(12, 3), normal(12, 2, 2, seed=1)
    ggn, exact = (
        matrix(method, model, nn.MSELoss(), data, [0, 3])[0] for method in ("ggn", "exact")
    )
    assert torch.allclose(ggn, exact, rtol=0, atol=1e-12)


@pytest.mark.parametrize("method", ["ggn", "exact"])
def test_batches_and_micro_batches_do_not_matter(method, monkeypatch):
    args = method, conv_net(), nn.CrossEntropyLoss(), conv_data(20), [1, 8, 11]
    whole = matrix(*args, batch_size=20)[0]
    monkeypatch.setattr(curvature, "JACOBIAN_BYTES", 1)
    monkeypatch.setattr(curvature, "TANGENTS", 3)
    assert torch.allclose(matrix(*args, batch_size=6)[0], whole, rtol=0, atol=1e-13)


def test_gradient_of_the_objective_equals_autograd():
    model, data = conv_net(), conv_data(20)
    _, _, objective = matrix("ggn", model, nn.CrossEntropyLoss(), data, [0], weight_decay=0.1)
    value, gradient = objective.value_and_gradient()
    squares = sum(tensor.square().sum() for tensor in model.parameters())
    wanted = nn.functional.cross_entropy(model(data[0]), data[1]) + 0.05 * squares
    wanted.backward()
    assert abs(value - wanted.item()) < 1e-12
    for name, tensor in model.named_parameters():
        assert torch.allclose(gradient[name], tensor.grad, rtol=0, atol=1e-12)


def test_memory_is_refused_with_the_numbers():
    message = (
        r"`memory_limit` must be at least 292\.8 MiB for 'ggn' curvature of 3162 selected "
        r"parameters, got 100\.0 MiB; lower `max_parameters`"
    )
    with pytest.raises(LcodecError, match=message) as caught:
        curvature.check_memory("ggn", 3162, 10, 100 * 2**20)
    assert caught.value.id == "lcodec:memoryLimit"
    curvature.check_memory("ggn", 3162, 10, 293 * 2**20)


# --- the step -----------------------------------------------------------------------------------


def positive(p=6):
    root = normal(p, p)
    return root @ root.T + torch.eye(p, dtype=torch.float64)


def test_newton_step_solves_the_damped_system():
    m, g = positive(), normal(6, seed=1)
    step = newton_step(m, g, damping=0.5)
    wanted = -torch.linalg.solve(m + 0.5 * torch.eye(6), g)
    assert torch.allclose(step.step, wanted, rtol=0, atol=1e-12)
    assert step.damping == 0.5
    assert not step.clipped
    assert abs(step.norm - float(wanted.norm())) < 1e-12
    assert abs(step.predicted_change - float(g @ wanted + wanted @ m @ wanted / 2)) < 1e-12


def test_damping_is_raised_until_cholesky_succeeds():
    m = torch.diag(torch.tensor([1.0, -0.5], dtype=torch.float64))
    step = newton_step(m, torch.ones(2, dtype=torch.float64), damping=0.01)
    assert step.damping == 1.0
    floor = newton_step(m, torch.ones(2, dtype=torch.float64))
    assert floor.damping == pytest.approx(0.75)
    assert torch.allclose(floor.step, torch.tensor([-1 / 1.75, -4.0], dtype=torch.float64))


def test_trust_region_keeps_the_direction():
    m, g = positive(), normal(6, seed=1)
    free, held = newton_step(m, g), newton_step(m, g, max_step=0.1)
    assert held.clipped
    assert held.norm == 0.1
    assert torch.allclose(held.step, free.step * (0.1 / free.norm), rtol=1e-12, atol=0)
    assert not newton_step(m, g, max_step=100.0).clipped


def test_hopeless_curvature_is_refused():
    m = torch.zeros(2, 2, dtype=torch.float64)
    with pytest.raises(LcodecError, match="must be positive definite") as caught:
        newton_step(m, torch.ones(2, dtype=torch.float64))
    assert caught.value.id == "lcodec:notPositiveDefinite"
