"""Newton's step without slices."""

import copy

import pytest
import torch
from torch import nn

from lcodec.scrub import Scrubber, baselines
from python.tests.scrub.baselines.tasks import CROSS, FORGET, KEEP, SQUARED, mlp, ridge, vector
from python.tests.scrub.networks import conv_data, conv_net, fill, normal


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
def test_on_ridge_regression_newton_is_the_refit(name, settings, outputs) -> None:
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


def test_newton_by_cg_is_the_scrubbers_full_step_and_moves_batch_norm_too() -> None:
    keep, forget = conv_data(40), conv_data(4, seed=3)
    # With less damping the scrubber would raise it, as the step would do harm.
    by_cg, _ = baselines.run("newton_cg", conv_net(), CROSS, keep, forget, damping=1.0)
    scrubbed = conv_net()
    retained = {"gradient": "retain", "steps": 1}
    scrub = Scrubber(scrubbed, CROSS, keep, select="all", damping=1.0, solver="dense", **retained)
    assert scrub.remove(forget).damping == 1.0
    assert torch.allclose(vector(by_cg), vector(scrubbed), rtol=0, atol=1e-6)
    normed = fill(nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)))
    moved, _ = baselines.run("newton_cg", normed, CROSS, KEEP, FORGET)
    assert not torch.equal(moved[1].weight, normed[1].weight)


@pytest.mark.parametrize("name", ["newton_cg", "kfac_newton"])
def test_the_trust_region_bounds_the_step(name) -> None:
    model = mlp()
    found, _ = baselines.run(name, model, CROSS, KEEP, FORGET, max_step=1e-3)
    assert float((vector(found) - vector(model)).norm()) == pytest.approx(1e-3, rel=1e-10)


@pytest.mark.parametrize("name", ["ssd", "fisher_forgetting", "newton_cg"])
def test_batch_norm_in_float32_is_that_in_float64(name) -> None:
    normed = fill(nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)))
    single = copy.deepcopy(normed).float()
    data = [(x.float(), y) for x, y in (KEEP, FORGET)]
    wide, _ = baselines.run(name, normed, CROSS, KEEP, FORGET)
    narrow, _ = baselines.run(name, single, CROSS, *data)
    assert narrow[1].weight.dtype == torch.float32
    assert torch.allclose(vector(narrow).double(), vector(wide), rtol=0, atol=1e-3)
