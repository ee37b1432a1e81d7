"""Removals by slices of normalisation, recurrent and attention layers, and of plain parameters."""

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Ledger, Scrubber, fingerprint
from python.tests.scrub.convex import minimise, residual, zero
from python.tests.scrub.networks import labels, normal
from python.tests.scrub.others import OTHERS, Affine, Factors, Routed, Sequence, Tokens, settled

LOSS = nn.CrossEntropyLoss()
DECAY = 0.05


def scrubber(model, data, **options):
    return Scrubber(model, LOSS, data, **{"weight_decay": DECAY, "perturbations": 30, **options})


def distance(one, other):
    parts = zip(one.parameters(), other.parameters(), strict=True)
    return sum(float((a - b).detach().square().sum()) for a, b in parts) ** 0.5


# --- convex models: the refit is reached ----------------------------------------------------------


class Normalised(nn.Module):
    """Fixed features, normalised, whose affine parameters are all that is trained."""

    def __init__(self, norm):
        super().__init__()
        self.norm = norm
        self.register_buffer("mix", normal(6, 3, seed=7))

    def forward(self, x):
        return self.norm(x) @ self.mix


def batch_norm():
    model = settled(Normalised(nn.BatchNorm1d(6)), 50, 6)
    return model.train(False)


CONVEX = {
    "parameters by themselves": Affine,
    "linear": lambda: nn.Linear(4, 3),
    "batch norm": batch_norm,
    "layer norm": lambda: Normalised(nn.LayerNorm(6)),
    "rms norm": lambda: Normalised(nn.RMSNorm(6)),
    "group norm": lambda: Normalised(nn.GroupNorm(2, 6)),
}


@pytest.mark.parametrize("name", CONVEX)
def test_steps_reach_the_refit(name) -> None:
    """Newton steps on a logistic loss, to the minimum over the retained data."""
    model = zero(CONVEX[name]())
    width = 4 if name in ("linear", "parameters by themselves") else 6
    x, y = normal(40, width), labels(40, 3)
    minimise(model, LOSS, (x, y), DECAY)
    refit = minimise(copy.deepcopy(model), LOSS, (x[5:], y[5:]), DECAY)
    assert distance(model, refit) > 1e-2
    scrub = scrubber(model, (x, y), select="all", damping=0.0, steps=6)
    report = scrub.remove([0, 1, 2, 3, 4])
    assert report.uncovered == ()
    assert report.residual_ratio < 1e-8
    assert distance(model, refit) < 1e-9
    assert residual(model, LOSS, (x[5:], y[5:]), DECAY) < 1e-9


def test_parameters_by_themselves_take_the_step_of_a_linear_layer() -> None:
    plain, layer = Affine(), nn.Linear(4, 3).double()
    layer.load_state_dict(plain.state_dict())
    data = normal(40, 4), labels(40, 3)
    data = data[0][:15], data[1][:15]
    for curvature, solvers in {
        "ggn": ("auto", "cg"), "exact": ("auto",), "fisher": ("woodbury",), "secant": ("auto",)
    }.items():  # fmt: skip
        for solver in solvers:
            one, other = copy.deepcopy(plain), copy.deepcopy(layer)
            reports = [
                scrubber(model, data, select="all", curvature=curvature, solver=solver).remove([1])
                for model in (one, other)
            ]
            assert reports[0].residual_ratio == pytest.approx(reports[1].residual_ratio, rel=1e-8)
            assert distance(one, other) < 1e-9 * distance(one, plain)


# --- all that a removal may be asked for ----------------------------------------------------------


def data_for(name, n=20):
    model, x = OTHERS[name]
    x = x[torch.arange(n) % 6] + 0.5 * normal(n, *x.shape[1:], seed=8)
    return copy.deepcopy(model), (x, labels(n, 2))


@pytest.mark.parametrize("name", ["rnn", "tokens"])
@pytest.mark.parametrize("select", ["lfoci", "top_gradient", "random", "last_layer", "all"])
def test_every_way_to_select(name, select, tmp_path: Path) -> None:
    model, data = data_for(name)
    before, untouched = fingerprint(model), copy.deepcopy(model)
    with Ledger(tmp_path / "ledger") as ledger:
        budget = {"max_parameters": 40} if select in ("top_gradient", "random") else {}
        scrub = scrubber(model, data, select=select, ledger=ledger, damping=1.0, **budget)
        plan = scrub.plan([0, 1])
        assert fingerprint(model) == before
        report = scrub.remove([0, 1])
        assert plan.by_layer() == report.by_layer()
        assert report.uncovered == ()
        assert report.actual_change <= 0
        replayed = copy.deepcopy(untouched)
        assert scrubber(replayed, data, ledger=ledger).resume() == 1
        assert fingerprint(replayed) == fingerprint(model) != before
        scrub.undo()
    assert fingerprint(model) == before
    if select == "all":
        assert report.parameters_touched == report.parameters_total


@pytest.mark.parametrize("name", ["rnn", "attention"])
def test_every_way_to_solve_takes_the_same_step(name) -> None:
    """Dense, by rows and by products: what rows of single samples and double passes give."""
    for curvature, solvers in {
        "ggn": ("dense", "woodbury", "cg"),
        "fisher": ("dense", "woodbury", "cg"),
        "exact": ("dense", "cg"),
    }.items():
        found = []
        for solver in solvers:
            model, data = data_for(name, 10)
            scrub = scrubber(
                model, data, curvature=curvature, solver=solver, select="all", damping=10.0, steps=1
            )
            assert scrub.remove([0, 1]).damping == 10.0
            found.append(model)
        for other in found[1:]:
            assert distance(found[0], other) < 1e-7 * distance(found[0], OTHERS[name][0])


def test_by_activations_only_layers_that_show_them_are_selected() -> None:
    model, data = data_for("lstm")
    report = scrubber(model, data, features="activation").plan([0, 1])
    assert {one.layer for one in report.slices} == {"head"}
    (left,) = report.uncovered
    assert (left.layer, left.kind) == ("body", "LSTM")
    assert left.reason == "no activations that `features` 'activation' could use"
    with pytest.raises(LcodecError, match="use 'influence'") as caught:
        scrubber(Affine(), (normal(30, 4), labels(30, 3)), features="activation").plan([0])
    assert caught.value.id == "lcodec:noSlices"


def test_parameters_that_the_model_does_not_use_are_listed() -> None:
    model = Tokens().eval()
    model.idle = nn.Parameter(torch.ones(3, dtype=torch.float64))
    model.rest = nn.LSTM(2, 2).double()
    plan = scrubber(model, (normal(30, 5, 4), labels(30, 2)), select="all").plan([0])
    assert [(one.layer, one.reason) for one in plan.uncovered] == [
        ("idle", "not called by the model"), ("rest", "not called by the model"),
    ]  # fmt: skip


def test_samples_may_pass_by_the_slices() -> None:
    """Of three layers a sample sees one; those of the removed samples alone are changed."""
    model, data = Routed(), (normal(30, 3), labels(30, 2))
    ids = (data[0].argmax(1) == 1).nonzero()[:2, 0].tolist()
    report = scrubber(model, data, select="all").remove(ids)
    assert report.by_layer() == {"ways.1": [0, 1]}
    assert report.residual_ratio < 0.7


def test_a_recommender_of_tables_forgets_a_rating() -> None:
    model = Factors().eval()
    ids = torch.stack([torch.arange(30) % 6, torch.arange(30) // 6], dim=1)
    y = Factors().requires_grad_(False)(ids) + normal(30, 1, seed=4)
    options = {"select": "top_gradient", "max_parameters": 12, "weight_decay": 0.01}
    report = Scrubber(model, nn.MSELoss(), (ids, y), **options).remove([7])
    (user, item) = ids[7].tolist()
    assert report.residual_ratio < 0.95
    assert {("users", user), ("items", item)} <= {(one.layer, one.unit) for one in report.slices}


def test_frozen_parts_stay() -> None:
    model, data = data_for("attention")
    model.attention.in_proj_weight.requires_grad_(False)
    before = copy.deepcopy(model)
    report = scrubber(model, data, select="all").remove([0, 1])
    assert [(one.layer, one.parameters, one.reason) for one in report.uncovered] == [
        ("attention", 48, "frozen")
    ]
    assert torch.equal(model.attention.in_proj_weight, before.attention.in_proj_weight)
    assert not torch.equal(model.attention.in_proj_bias, before.attention.in_proj_bias)
    assert not torch.equal(model.attention.out_proj.weight, before.attention.out_proj.weight)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_single_precision_has_the_step_of_double(kind) -> None:
    exact = Sequence(kind).eval()
    data = normal(10, 5, 3), labels(10, 2)
    for options in ({"curvature": "ggn"}, {"curvature": "exact", "solver": "cg"}):
        found = []
        for model in (copy.deepcopy(exact), copy.deepcopy(exact).float()):
            scrubber(model, data, damping=1.0, steps=1, select="all", **options).remove([0, 1])
            found.append(model.double())
        assert distance(*found) < 1e-3 * distance(found[0], exact)


def test_statistics_that_run_are_kept() -> None:
    model, data = data_for("batch norm")
    model.train()
    before = copy.deepcopy(model)
    report = scrubber(model, data, layers=["1"], select="all").remove([0, 1])
    assert report.by_layer() == {"1": [0, 1, 2, 3]}
    assert torch.equal(model[1].running_mean, before[1].running_mean)
    assert torch.equal(model[1].running_var, before[1].running_var)
    assert not torch.equal(model[1].weight, before[1].weight)
    assert model.training


def test_attention_is_not_hidden_by_its_fused_way() -> None:
    """Frozen but for one layer, torch would take it where gradients are not recorded."""
    model = Tokens().eval()
    data = normal(30, 5, 4), labels(30, 2)
    report = scrubber(model, data, features="activation", response="loss").plan([0, 1])
    assert {one.layer for one in report.uncovered} == {
        "token", "places", "scale", "shifts.0", "shifts.1", "mix.self_attn",
        "mix.self_attn.out_proj",
    }  # fmt: skip
    assert torch.backends.mha.get_fastpath_enabled()
