"""What one removal changes, and what it leaves alone."""

import copy

import pytest
import torch
from torch import nn

from lcodec.scrub import Scrubber
from python.tests.scrub.networks import Twice, conv_data, conv_net, fill, labels, normal
from python.tests.scrub.paper import same, scrubber, state

# --- ridge regression: one Newton step is the refit -----------------------------------------------


@pytest.mark.parametrize("curvature", ["ggn", "exact"])
def test_ridge_regression_becomes_the_closed_form_refit(curvature) -> None:
    x, y = normal(80, 5), normal(80, 1, seed=1)
    keep = slice(6, None)
    model = fill(nn.Linear(5, 1))
    Scrubber(
        model,
        nn.MSELoss(),
        (x[keep], y[keep]),
        weight_decay=0.3,
        select="all",
        curvature=curvature,
        gradient="retain",
        damping=0.0,
    ).remove((x[:6], y[:6]))
    design = torch.cat([x[keep], torch.ones(74, 1, dtype=torch.float64)], dim=1)
    ridge = 2 / 74 * design.T @ design + 0.3 * torch.eye(6, dtype=torch.float64)
    refit = torch.linalg.solve(ridge, 2 / 74 * design.T @ y[keep])[:, 0]
    found = torch.cat([model.weight.detach()[0], model.bias.detach()])
    assert torch.allclose(found, refit, rtol=0, atol=1e-10)


def ridge_fit(x: torch.Tensor, y: torch.Tensor, weight_decay: float) -> torch.Tensor:
    """Return the weights and the bias, (6,), that training to the end would give."""
    design = torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
    matrix = 2 / len(x) * design.T @ design + weight_decay * torch.eye(6, dtype=torch.float64)
    return torch.linalg.solve(matrix, 2 / len(x) * design.T @ y)[:, 0]


@pytest.mark.parametrize("gradient", ["contrast", "forget", "retain"])
def test_at_a_minimum_every_gradient_gives_the_refit(gradient) -> None:
    x, y = normal(80, 5), normal(80, 1, seed=1)
    model = nn.Linear(5, 1).double()
    best = ridge_fit(x, y, 0.3)
    with torch.no_grad():
        model.weight[0], model.bias[0] = best[:5], best[5]
    options = {"weight_decay": 0.3, "select": "all", "damping": 0.0, "gradient": gradient}
    report = Scrubber(model, nn.MSELoss(), (x[6:], y[6:]), **options).remove((x[:6], y[:6]))
    found = torch.cat([model.weight.detach()[0], model.bias.detach()])
    assert torch.allclose(found, ridge_fit(x[6:], y[6:], 0.3), rtol=0, atol=1e-10)
    assert report.residual_ratio < 1e-10


def test_away_from_a_minimum_training_is_not_gone_on_with() -> None:
    """What the default leaves is as far from a minimum as what it found."""
    x, y = normal(80, 5), normal(80, 1, seed=1)
    model, offset = nn.Linear(5, 1).double(), torch.linspace(-1, 1, 6, dtype=torch.float64)
    start = ridge_fit(x, y, 0.3) + offset
    with torch.no_grad():
        model.weight[0], model.bias[0] = start[:5], start[5]
    options = {"weight_decay": 0.3, "select": "all", "damping": 0.0}
    report = Scrubber(model, nn.MSELoss(), (x[6:], y[6:]), **options).remove((x[:6], y[:6]))
    found = torch.cat([model.weight.detach()[0], model.bias.detach()])

    def slope(x, y, at):
        design = torch.cat([x, torch.ones(len(x), 1, dtype=torch.float64)], dim=1)
        return 2 / len(x) * design.T @ (design @ at - y[:, 0]) + 0.3 * at

    assert torch.allclose(slope(x[6:], y[6:], found), slope(x, y, start), rtol=0, atol=1e-12)
    assert report.residual_ratio < 1e-10
    assert report.gradient_after == pytest.approx(float(slope(x, y, start).norm()), rel=1e-10)


# --- the report says what happened ----------------------------------------------------------------


def test_only_the_selected_units_change() -> None:
    model = conv_net()
    before = copy.deepcopy(model)
    report = scrubber(model).remove(conv_data(5, seed=7))
    assert 0 < len(report.slices) < 13
    for layer, old in before.named_modules():
        if hasattr(old, "weight"):
            new = model.get_submodule(layer)
            rows = (old.weight != new.weight).flatten(1).any(1) | (old.bias != new.bias)
            assert sorted(rows.nonzero()[:, 0].tolist()) == sorted(report.by_layer().get(layer, []))


def test_a_shared_module_is_updated_once() -> None:
    keep, forget = (normal(40, 4), labels(40, 3)), (normal(4, 4, seed=2), labels(4, 3))
    report = scrubber(Twice(), keep, select="all").remove(forget)
    assert report.parameters_touched == report.parameters_total == 20 + 15
    assert len(report.slices) == 7


# --- the same answer whatever the form ------------------------------------------------------------


def test_the_batch_size_does_not_matter() -> None:
    models = [conv_net(), conv_net()]
    for model, size in zip(models, (3, 1000), strict=True):
        scrubber(model, batch_size=size).remove(conv_data(5, seed=7))
    for one, other in zip(*(model.parameters() for model in models), strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-10)


def test_float32_models_stay_float32_and_follow_float64() -> None:
    double, single = conv_net(), conv_net().float()
    for model in (double, single):
        report = scrubber(model, select="all").remove(conv_data(5, seed=7))
        assert report.gradient_after < report.gradient_before
    for one, other in zip(double.parameters(), single.parameters(), strict=True):
        assert other.dtype == torch.float32
        assert torch.allclose(one, other.double(), rtol=0, atol=1e-3)


def test_modes_buffers_gradients_and_generator_are_left_alone() -> None:
    model = nn.Sequential(
        nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 3)
    ).double()
    model.train()
    model[1].eval()
    before, drawn = state(model), torch.get_rng_state()
    keep, forget = (normal(30, 4), labels(30, 3)), (normal(4, 4, seed=2), labels(4, 3))
    scrubber(model, keep).remove(forget)
    assert [module.training for module in model.modules()] == [True, True, False, True, True]
    for name in ("1.running_mean", "1.running_var", "1.num_batches_tracked"):
        assert torch.equal(before[name], model.state_dict()[name])
    assert not same(before, state(model))
    assert all(tensor.grad is None for tensor in model.parameters())
    assert torch.equal(drawn, torch.get_rng_state())
    assert not any(module._forward_hooks for module in model.modules())


def test_dead_units_are_no_reason_to_warn() -> None:
    model = conv_net()
    with torch.no_grad():
        model[0].weight[2].zero_()
    report = scrubber(model).remove(conv_data(5, seed=7))
    assert 2 not in report.by_layer().get("0", [])


def test_frozen_layers_stay() -> None:
    model = conv_net()
    model[0].requires_grad_(False)
    before = model[0].weight.clone()
    report = scrubber(model, select="all").remove(conv_data(5, seed=7))
    assert torch.equal(before, model[0].weight)
    assert [(one.layer, one.reason) for one in report.uncovered] == [("0", "frozen")] * 1
