import copy
import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lcodec import LcodecError
from lcodec.scrub import Scrubber, gradient_norm, mean_loss
from lcodec.scrub import scrubber as scrubber_module
from lcodec.scrub.step import newton as update
from python.tests.scrub.networks import Twice, conv_data, conv_net, fill, labels, normal

LOSS = nn.CrossEntropyLoss()
PAPER = {"features": "activation", "response": "loss"}


def state(model):
    return {name: value.clone() for name, value in model.state_dict().items()}


def same(one, other):
    return one.keys() == other.keys() and all(torch.equal(one[k], other[k]) for k in one)


def scrubber(model=None, data=None, **options):
    options = {"weight_decay": 0.1, "perturbations": 200, **PAPER, **options}
    model = conv_net() if model is None else model
    return Scrubber(model, LOSS, conv_data(40) if data is None else data, **options)


# --- ridge regression: one Newton step is the refit -----------------------------------------------


@pytest.mark.parametrize("curvature", ["ggn", "exact"])
def test_ridge_regression_becomes_the_closed_form_refit(curvature):
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
        damping=0.0,
    ).remove((x[:6], y[:6]))
    design = torch.cat([x[keep], torch.ones(74, 1, dtype=torch.float64)], dim=1)
    ridge = 2 / 74 * design.T @ design + 0.3 * torch.eye(6, dtype=torch.float64)
    refit = torch.linalg.solve(ridge, 2 / 74 * design.T @ y[keep])[:, 0]
    found = torch.cat([model.weight.detach()[0], model.bias.detach()])
    assert torch.allclose(found, refit, rtol=0, atol=1e-10)


# --- the report says what happened ----------------------------------------------------------------


def test_the_report_agrees_with_independent_measurements():
    model, keep, forget = conv_net(), conv_data(40), conv_data(5, seed=7)
    before = copy.deepcopy(model)
    report = scrubber(model, keep).remove(forget)

    def objective(network):
        squares = sum(tensor.square().sum().item() for tensor in network.parameters())
        return mean_loss(network, LOSS, keep) + 0.05 * squares

    def gradient(network):
        return gradient_norm(network, LOSS, keep, weight_decay=0.1)

    assert report.gradient_before == pytest.approx(gradient(before), rel=1e-12)
    assert report.gradient_after == pytest.approx(gradient(model), rel=1e-10)
    assert report.residual_ratio == report.gradient_after / report.gradient_before
    assert report.loss_before == pytest.approx(mean_loss(before, LOSS, forget), rel=1e-12)
    assert report.loss_after == pytest.approx(mean_loss(model, LOSS, forget), rel=1e-12)
    assert report.actual_change == pytest.approx(objective(model) - objective(before), rel=1e-8)
    assert report.predicted_change < 0
    pairs = list(zip(before.parameters(), model.parameters(), strict=True))
    moved = sum(int((one != other).sum()) for one, other in pairs)
    assert moved == report.parameters_touched == sum(one.parameters for one in report.slices)
    length = sum(float((one - other).detach().square().sum()) for one, other in pairs) ** 0.5
    assert report.step_norm == pytest.approx(length, rel=1e-10)
    assert report.forgotten == 5
    assert report.response == "loss"
    assert list(report.seconds) == ["gradient", "record", "select", "curvature", "solve", "check"]


def test_only_the_selected_units_change():
    model = conv_net()
    before = copy.deepcopy(model)
    report = scrubber(model).remove(conv_data(5, seed=7))
    assert 0 < len(report.slices) < 13
    for layer, old in before.named_modules():
        if hasattr(old, "weight"):
            new = model.get_submodule(layer)
            rows = (old.weight != new.weight).flatten(1).any(1) | (old.bias != new.bias)
            assert sorted(rows.nonzero()[:, 0].tolist()) == sorted(report.by_layer().get(layer, []))


def test_report_as_text_and_json():
    model = nn.Sequential(nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Linear(5, 3)).double()
    keep, forget = (normal(30, 4), labels(30, 3)), (normal(4, 4, seed=2), labels(4, 3))
    report = scrubber(model, keep, max_step=1e-3).remove(forget)
    fields = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert fields["uncovered"] == [
        {
            "layer": "1",
            "kind": "BatchNorm1d",
            "parameters": 10,
            "reason": "not a supported layer type",
        }
    ]
    assert fields["slices"][0].keys() == {"layer", "kind", "unit", "parameters"}
    assert fields["residual_ratio"] == report.residual_ratio
    text = str(report)
    for part in ("not covered", "1 (BatchNorm1d, 10 parameters)", "lfoci on the loss", "max_step"):
        assert part in text
    assert report.step_clipped
    assert report.step_norm == 1e-3


def test_a_shared_module_is_updated_once():
    keep, forget = (normal(40, 4), labels(40, 3)), (normal(4, 4, seed=2), labels(4, 3))
    report = scrubber(Twice(), keep, select="all").remove(forget)
    assert report.parameters_touched == report.parameters_total == 20 + 15
    assert len(report.slices) == 7


# --- the same answer whatever the form ------------------------------------------------------------


def test_forms_of_the_retained_data_agree():
    x, y = conv_data(40)
    forms = [
        (x, y),
        [x, y],
        DataLoader(TensorDataset(x, y), batch_size=9),
        [(x[:11], y[:11]), (x[11:], y[11:])],
    ]
    models = [conv_net() for _ in forms]
    for model, form in zip(models, forms, strict=True):
        scrubber(model, form).remove(conv_data(5, seed=7))
    for model in models[1:]:
        for one, other in zip(models[0].parameters(), model.parameters(), strict=True):
            assert torch.allclose(one, other, rtol=0, atol=1e-10)


def test_the_batch_size_does_not_matter():
    models = [conv_net(), conv_net()]
    for model, size in zip(models, (3, 1000), strict=True):
        scrubber(model, batch_size=size).remove(conv_data(5, seed=7))
    for one, other in zip(*(model.parameters() for model in models), strict=True):
        assert torch.allclose(one, other, rtol=0, atol=1e-10)


def test_float32_models_stay_float32_and_follow_float64():
    double, single = conv_net(), conv_net().float()
    for model in (double, single):
        report = scrubber(model, select="all").remove(conv_data(5, seed=7))
        assert report.gradient_after < report.gradient_before
    for one, other in zip(double.parameters(), single.parameters(), strict=True):
        assert other.dtype == torch.float32
        assert torch.allclose(one, other.double(), rtol=0, atol=1e-3)


def test_modes_buffers_gradients_and_generator_are_left_alone():
    model = nn.Sequential(
        nn.Linear(4, 5), nn.BatchNorm1d(5), nn.Dropout(0.5), nn.Linear(5, 3)
    ).double()
    model.train()
    model[1].eval()
    before, drawn = state(model), torch.get_rng_state()
    keep, forget = (normal(30, 4), labels(30, 3)), (normal(4, 4, seed=2), labels(4, 3))
    scrubber(model, keep).remove(forget)
    assert [module.training for module in model.modules()] == [True, True, False, True, True]
    for name in ("1.weight", "1.bias", "1.running_mean", "1.running_var", "1.num_batches_tracked"):
        assert torch.equal(before[name], model.state_dict()[name])
    assert not same(before, state(model))
    assert all(tensor.grad is None for tensor in model.parameters())
    assert torch.equal(drawn, torch.get_rng_state())
    assert not any(module._forward_hooks for module in model.modules())


def test_dead_units_are_no_reason_to_warn():
    model = conv_net()
    with torch.no_grad():
        model[0].weight[2].zero_()
    report = scrubber(model).remove(conv_data(5, seed=7))
    assert 2 not in report.by_layer().get("0", [])


def test_frozen_layers_stay():
    model = conv_net()
    model[0].requires_grad_(False)
    before = model[0].weight.clone()
    report = scrubber(model, select="all").remove(conv_data(5, seed=7))
    assert torch.equal(before, model[0].weight)
    assert [(one.layer, one.reason) for one in report.uncovered] == [("0", "frozen")] * 1


# --- selection ------------------------------------------------------------------------------------


@pytest.mark.parametrize("select", ["random", "top_gradient", "lfoci", "all"])
def test_the_budget_is_kept(select):
    report = scrubber(select=select, max_parameters=40).remove(conv_data(5, seed=7))
    assert 0 < report.parameters_touched <= 40
    if select in ("random", "all"):
        assert report.parameters_touched > 40 - 10  # nothing that fits is left out
        assert len(report.slices) + len(report.dropped) == 13


def test_lfoci_keeps_its_order_within_the_budget():
    free = scrubber().remove(conv_data(5, seed=7))
    budget = free.parameters_touched - 1
    held = scrubber(max_parameters=budget).remove(conv_data(5, seed=7))
    order = [(one.layer, one.unit) for one in free.slices]
    kept = [(one.layer, one.unit) for one in held.slices]
    dropped = [(one.layer, one.unit) for one in held.dropped]
    assert kept == [one for one in order if one in kept]
    assert sorted(kept + dropped) == sorted(order)
    assert dropped


def test_random_selection_depends_on_the_seed_only():
    def units(seed):
        report = scrubber(select="random", max_parameters=60, seed=seed).remove(conv_data(5))
        return report.by_layer()

    assert units(1) == units(1)
    assert len({json.dumps(units(seed)) for seed in range(5)}) > 1


def test_top_gradient_takes_the_largest_gradients():
    model, keep = conv_net(), conv_data(40)
    squares = sum(tensor.square().sum() for tensor in model.parameters())
    (nn.functional.cross_entropy(model(keep[0]), keep[1]) + 0.05 * squares).backward()
    norms = {
        (layer, unit): float(module.weight.grad[unit].square().sum() + module.bias.grad[unit] ** 2)
        for layer, module in model.named_modules()
        if hasattr(module, "weight")
        for unit in range(len(module.weight))
    }
    model.zero_grad()
    report = scrubber(model, keep, select="top_gradient", max_parameters=10**6).remove(conv_data(5))
    found = [(one.layer, one.unit) for one in report.slices]
    assert found == sorted(norms, key=lambda one: -norms[one])


def test_lfoci_finds_the_units_that_carry_the_response():
    """Of 12 units only number 5 reaches the output."""
    model = fill(nn.Sequential(nn.Linear(12, 12), nn.Linear(12, 2)))
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(12))
        model[1].weight.zero_()
        model[1].weight[0, 5] = 2.0
    keep, forget = (normal(60, 12), labels(60, 2)), (normal(1, 12, seed=3), labels(1, 2))
    report = scrubber(model, keep, perturbations=400).remove(forget)
    first = report.slices[0]
    assert (first.layer, first.unit) in {("0", 5), ("1", 0)}
    assert {one.unit for one in report.slices if one.layer == "0"} <= {5}


def test_a_constant_loss_falls_back_to_the_margin_and_says_so():
    model = fill(nn.Linear(4, 3))
    x = normal(3, 4, seed=2)
    with torch.no_grad():
        model.bias.copy_(torch.tensor([50.0, 0.0, 0.0]))
    keep = normal(40, 4), labels(40, 3)
    options = {"weight_decay": 0.1, "perturbations": 100, **PAPER}
    hinge = Scrubber(model, lambda z, t: nn.functional.relu(1 - z[:, 0]).mean(), keep, **options)
    report = hinge.remove((x, torch.zeros(3, dtype=torch.int64)))
    assert report.response == "margin"
    assert "lfoci on the margin" in str(report)
    asked = scrubber(response="margin").remove(conv_data(5, seed=7))
    assert asked.response == "margin"


# --- all or nothing -------------------------------------------------------------------------------


class Fails(nn.Module):
    """A loss that works `calls` times and then raises."""

    def __init__(self, calls, error):
        super().__init__()
        self.calls, self.error = calls, error

    def forward(self, outputs, targets):
        self.calls -= 1
        if self.calls < 0:
            raise self.error
        return nn.functional.cross_entropy(outputs, targets)


def unchanged_after(model, error, act):
    model.train()
    model[1].eval()
    before = state(model)
    modes = [module.training for module in model.modules()]
    with pytest.raises((type(error), LcodecError), match=str(error)):
        act()
    assert same(before, state(model))
    assert modes == [module.training for module in model.modules()]
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.parametrize("error", [RuntimeError("late"), KeyboardInterrupt("stop")])
@pytest.mark.parametrize("calls", [0, 1, 3, 4, 6, 8, 9, 11, 14])
def test_nothing_changes_when_the_loss_raises_at_any_stage(calls, error):
    model = conv_net()
    loss = Fails(calls, error)
    scrub = Scrubber(model, loss, conv_data(40), perturbations=100, weight_decay=0.1)
    unchanged_after(model, error, lambda: scrub.remove(conv_data(5, seed=7)))


def test_the_loss_above_is_called_fifteen_times():
    """Two for its form on either data, gradient, two perturbed batches, curvature, three checks.

    These are all stages. Each pass calls it twice, to see that the loss of the batch is that of
    its samples.
    """
    model = conv_net()
    loss = Fails(15, RuntimeError("late"))
    scrub = Scrubber(model, loss, conv_data(40), perturbations=100, weight_decay=0.1)
    scrub.remove(conv_data(5, seed=7))
    loss = Fails(14, RuntimeError("late"))
    scrub = Scrubber(model, loss, conv_data(40), perturbations=100, weight_decay=0.1)
    with pytest.raises(RuntimeError, match="late"):
        scrub.remove(conv_data(5, seed=7))


@pytest.mark.parametrize("error", [RuntimeError("disk"), KeyboardInterrupt("stop")])
def test_nothing_changes_when_writing_is_cut_short(error, monkeypatch):
    model = conv_net()
    write = scrubber_module.apply_step

    def half(tensors, step):
        write(tensors, dict(list(step.items())[:1]))
        raise error

    monkeypatch.setattr(scrubber_module, "apply_step", half)
    unchanged_after(model, error, lambda: scrubber(model).remove(conv_data(5, seed=7)))


def test_nothing_changes_when_the_step_is_not_finite(monkeypatch):
    model = conv_net()
    step = update.newton_step

    def endless(*args, **options):
        found = step(*args, **options)
        found.step.fill_(1e300)
        return found

    monkeypatch.setattr(update, "newton_step", endless)
    error = LcodecError("lcodec:nonFinite", "must be finite, got NaN or infinite values")
    unchanged_after(model, error, lambda: scrubber(model).remove(conv_data(5, seed=7)))


def test_buffers_are_put_back_when_a_pass_changes_them():
    class Counter(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(4, 3)
            self.register_buffer("passes", torch.zeros((), dtype=torch.float64))

        def forward(self, x):
            if not torch._C._functorch.maybe_current_level():
                self.passes += 1
            return self.layer(x)

    model = fill(Counter())
    scrub = scrubber(model, (normal(30, 4), labels(30, 3)), select="all")
    scrub.remove((normal(4, 4, seed=2), labels(4, 3)))
    assert model.passes == 0
    model(normal(1, 4))
    assert model.passes == 1


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "id", "message"),
    [
        (
            {"select": "lfocy"},
            "optionValue",
            "`select` must be one of 'all', 'last_layer', 'lfoci', 'one', 'random', "
            "'top_gradient', got 'lfocy'",
        ),
        ({"select": 3}, "optionValue", "`select` must be one of .*, got 3"),
        ({"curvature": "GGN"}, "optionValue", "'secant', got 'GGN'"),
        (
            {"response": "logit"},
            "optionValue",
            "`response` must be one of 'influence', 'loss', 'margin'",
        ),
        (
            {"dampening": 1.0},
            "unknownOption",
            "unknown option `dampening`; the nearest known one is `damping`",
        ),
        (
            {"select": "random"},
            "missingOption",
            "`max_parameters` must be given for `select` 'random'",
        ),
        ({"max_parameters": 0}, "optionRange", "`max_parameters` must be at least 1, got 0"),
        ({"perturbations": 2}, "optionRange", "`perturbations` must be at least 3, got 2"),
        (
            {"perturbations": 10.5},
            "optionType",
            "`perturbations` must be a whole number, got 10.5",
        ),
        ({"noise": 0}, "optionRange", "`noise` must be above 0, got 0"),
        ({"noise": float("nan")}, "optionRange", "`noise` must be finite and at least 0, got NaN"),
        ({"damping": -1}, "optionRange", "`damping` must be finite and at least 0, got -1"),
        ({"damping": "a"}, "optionType", "`damping` must be a number, got 'a'"),
        ({"sigma": True}, "optionType", "`sigma` must be a number, got true"),
        ({"max_step": 0.0}, "optionRange", "`max_step` must be above 0, got 0"),
        ({"weight_decay": -0.1}, "optionRange", "`weight_decay` must be finite and at least 0"),
        ({"batch_size": 0}, "optionRange", "`batch_size` must be at least 1, got 0"),
        ({"memory_limit": 0}, "optionRange", "`memory_limit` must be at least 1, got 0"),
        ({"seed": -1}, "optionRange", "`seed` must be at least 0, got -1"),
    ],
)
def test_options_are_checked(options, id, message):
    with pytest.raises(LcodecError) as caught:
        scrubber(**options)
    assert caught.value.id == f"lcodec:{id}"
    for part in message.split(".*"):
        assert part in str(caught.value)


def no_parameters():
    return nn.Tanh()


def mixed():
    return nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).double())


def broken():
    model = conv_net()
    with torch.no_grad():
        model[2].bias[1] = float("nan")
    return model


@pytest.mark.parametrize(
    ("model", "id", "message"),
    [
        (lambda: "net", "optionType", "`model` must be a torch.nn.Module, got str"),
        (no_parameters, "modelDtype", "parameters of one dtype, got no parameters"),
        (mixed, "modelDtype", "parameters of one dtype, got torch.float32, torch.float64"),
        (broken, "nonFinite", "`model` must be finite, got NaN or infinity in `2.bias`"),
    ],
)
def test_models_are_checked(model, id, message):
    with pytest.raises(LcodecError) as caught:
        scrubber(model())
    assert caught.value.id == f"lcodec:{id}"
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("loss", "id", "message"),
    [
        ("mse", "optionType", "`loss` must be callable, got str"),
        (
            nn.CrossEntropyLoss(weight=torch.ones(3)),
            "lossWeights",
            "`loss` must have reduction='sum' or 'none' when it has class weights",
        ),
    ],
)
def test_losses_are_checked(loss, id, message):
    with pytest.raises(LcodecError) as caught:
        Scrubber(conv_net(), loss, conv_data())
    assert caught.value.id == f"lcodec:{id}"
    assert message in str(caught.value)


X, Y = conv_data(6)


@pytest.mark.parametrize(
    ("retained", "id", "message"),
    [
        ((X, Y[:5]), "sizeMismatch", "targets of `retained` must have 6 rows like the inputs, got"),
        ((X, Y, Y), "notPair", "`retained` must be a pair of tensors .*, got tuple of 3"),
        ((X, Y.numpy()), "notPair", "`retained` must be a pair of tensors"),
        ((X[:0], Y[:0]), "emptyInput", "inputs of `retained` must have at least one row"),
        ((X * torch.inf, Y), "nonFinite", "inputs of `retained` must be finite"),
        (X, "notBatches", "`retained` must be a pair .* of such pairs, got Tensor"),
        (iter([(X, Y)]), "notReiterable", "`retained` must allow several passes, .* which allows"),
        ([], "emptyInput", "`retained` must hold at least one batch, got none"),
        (
            [X.numpy()],
            "notPair",
            "`retained` must be a pair of tensors .*, got list of 1 (ndarray)",
        ),
    ],
)
def test_retained_data_are_checked(retained, id, message):
    with pytest.raises(LcodecError) as caught:
        scrubber(data=retained).remove((X, Y))
    assert caught.value.id == f"lcodec:{id}"
    for part in message.split(".*"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("samples", "id", "message"),
    [
        (X, "notPair", "(inputs, targets) or a sequence of ids, got Tensor"),
        ((X, Y[:2]), "sizeMismatch", "targets of `samples` must have 6 rows like the inputs"),
        ((X[:0], Y[:0]), "emptyInput", "inputs of `samples` must have at least one row, got none"),
        ((X * torch.nan, Y), "nonFinite", "inputs of `samples` must be finite"),
    ],
)
def test_samples_are_checked(samples, id, message):
    with pytest.raises(LcodecError) as caught:
        scrubber().remove(samples)
    assert caught.value.id == f"lcodec:{id}"
    assert message in str(caught.value)


class Returns(nn.Module):
    """Returns something that is not one row per input."""

    def __init__(self, what):
        super().__init__()
        self.layer, self.what = nn.Linear(4, 3).double(), what

    def forward(self, x):
        return self.what(self.layer(x))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda z: (z, z), "`model` must return a tensor, or logits by that name, got tuple"),
        (torch.sum, r"`model` must return 4 rows for as many inputs, got shape ()"),
    ],
)
def test_outputs_are_checked(what, message):
    with pytest.raises(LcodecError) as caught:
        scrubber(Returns(what), (normal(30, 4), labels(30, 3)), batch_size=20).remove(
            (normal(4, 4), labels(4, 3))
        )
    assert caught.value.id == "lcodec:modelOutput"
    assert message in str(caught.value)


def test_requests_without_a_result_are_refused():
    forget = conv_data(5, seed=7)
    silent = conv_net()
    for tensor in silent.parameters():
        tensor.requires_grad_(False)
    regression = Scrubber(
        fill(nn.Linear(4, 1)), nn.MSELoss(), (normal(9, 4), normal(9, 1)), response="margin"
    )
    data = normal(9, 4), normal(9, 1)
    flat = Scrubber(fill(nn.Linear(4, 1)), lambda z, t: z.sum() * 0, data, **PAPER)
    sample = normal(2, 4), normal(2, 1)
    for act, id, message in [
        (
            lambda: scrubber(max_parameters=3, select="all").remove(forget),
            "budgetTooSmall",
            "`max_parameters` must be at least 10, the smallest slice chosen, got 3",
        ),
        (
            lambda: scrubber(select="all", memory_limit=1000).remove(forget),
            "memoryLimit",
            "of 163 selected parameters",
        ),
        (
            lambda: scrubber(silent).remove(forget),
            "noSlices",
            "`model` must use a trainable layer with slices, got none",
        ),
        (lambda: regression.remove(sample), "noMargin", "`response` 'margin' needs outputs"),
        (
            lambda: flat.remove(sample),
            "constantResponse",
            "`response` 'loss' must vary over the perturbations, got 1 distinct values in 1000",
        ),
    ]:
        with pytest.raises(LcodecError) as caught:
            act()
        assert caught.value.id == f"lcodec:{id}"
        assert message in str(caught.value)


def test_an_empty_lfoci_selection_is_refused(monkeypatch):
    class Nothing:
        selected = np.empty(0, dtype=np.int64)

    nothing = "lcodec.scrub.selection.selection.lfoci"
    monkeypatch.setattr(nothing, lambda *args, **options: Nothing())
    with pytest.raises(LcodecError, match="LFOCI must select at least one slice, got none of 13"):
        scrubber().remove(conv_data(5, seed=7))
