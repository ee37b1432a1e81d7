"""Removal by id, plans, undoing, resuming, guards and noise: what a scrubber remembers."""

import copy
import json

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, IterableDataset, TensorDataset

from lcodec import LcodecError
from lcodec.scrub import Scrubber, Sekhari, fingerprint, load_weights, sample_hashes, verify
from python.tests.scrub.networks import conv_data, conv_net, fill, labels, normal

LOSS = nn.CrossEntropyLoss()
X, Y = conv_data(40)


def scrubber(model=None, data=None, **options):
    options = {"weight_decay": 0.1, "perturbations": 100, "select": "all", **options}
    data = (X, Y) if data is None else data
    return Scrubber(conv_net() if model is None else model, LOSS, data, **options)


def vector(model):
    return torch.cat([tensor.detach().flatten() for tensor in model.parameters()])


def refused(id, message, act):
    with pytest.raises(LcodecError) as caught:
        act()
    assert caught.value.id == f"lcodec:{id}"
    for part in message.split("..."):
        assert part in str(caught.value)


# --- ids ------------------------------------------------------------------------------------------


class Rows(torch.utils.data.Dataset):
    def __len__(self):
        return len(X)

    def __getitem__(self, at):
        return X[at], Y[at]


@pytest.mark.parametrize(
    "data",
    [
        (X, Y),
        Rows(),
        DataLoader(Rows(), batch_size=7),
        DataLoader(TensorDataset(X, Y), batch_size=40),
    ],
    ids=["pair", "dataset", "loader", "tensors"],
)
@pytest.mark.parametrize("select", ["all", "lfoci"])
def test_removal_by_id_is_removal_of_the_samples(data, select):
    kept = [at for at in range(40) if at not in (3, 17)]
    model, by_id = conv_net(), conv_net()
    report = scrubber(by_id, data, select=select).remove([17, 3])
    direct = scrubber(model, (X[kept], Y[kept]), select=select)
    direct.remove((X[[17, 3]], Y[[17, 3]]))
    assert torch.allclose(vector(model), vector(by_id), rtol=0, atol=1e-10)
    assert report.ids == (17, 3)
    assert (report.forgotten, report.retained) == (2, 38)


@pytest.mark.parametrize("kind", [list, tuple, np.array, torch.tensor])
def test_ids_may_come_in_any_container(kind):
    assert scrubber().remove(kind([5, 6])).ids == (5, 6)


def test_labels_as_ids():
    names = [f"patient {at}" for at in range(40)]
    by_name, by_place = conv_net(), conv_net()
    report = scrubber(by_name, ids=names).remove(["patient 7"])
    scrubber(by_place).remove([7])
    assert report.ids == ("patient 7",)
    assert torch.equal(vector(by_name), vector(by_place))


def test_removals_one_after_another_shrink_the_retained_set():
    model = conv_net()
    scrub = scrubber(model)
    first, second = scrub.remove([0]), scrub.remove([1])
    assert (first.retained, second.retained) == (39, 38)
    direct = conv_net()
    scrubber(direct, (X[1:], Y[1:])).remove((X[:1], Y[:1]))
    scrubber(direct, (X[2:], Y[2:])).remove((X[1:2], Y[1:2]))
    assert torch.allclose(vector(model), vector(direct), rtol=0, atol=1e-12)


def test_ids_are_checked():
    once = scrubber()
    once.remove([4])
    named = scrubber(ids=[f"s{at}" for at in range(40)])
    stream = scrubber(data=[(X, Y)])
    cases = [
        (once, [4], "alreadyRemoved", "`samples` must not have been removed already, got 4"),
        (once, [40], "unknownIds", "`samples` must be ids of `retained`, ...0 to 39, got 40"),
        (once, [-1], "unknownIds", "got -1"),
        (once, ["a"], "unknownIds", "got 'a'"),
        (named, ["s40"], "unknownIds", "the given `ids`, got 's40'"),
        (named, [3], "unknownIds", "got 3"),
        (once, [1, 2, 1], "duplicateIds", "`samples` must be distinct, got 1 twice"),
        (once, [], "emptyInput", "`samples` must hold at least one id, got none"),
        (scrubber(), range(40), "nothingRetained", "must leave at least one sample, got all 40"),
        (stream, [1], "noIds", "`retained` must be a pair (inputs, targets), ...of batches"),
    ]
    for scrub, samples, id, message in cases:
        refused(id, message, lambda scrub=scrub, samples=samples: scrub.remove(samples))
    for ids, id, message in [
        (range(39), "sizeMismatch", "`ids` must have 40 entries like `retained`, got 39"),
        ([0] * 40, "duplicateIds", "`ids` must be distinct, got 0 twice"),
        (3, "optionType", "`ids` must be a sequence of whole numbers or strings, got int"),
        (normal(40), "optionType", "`ids` must be a sequence"),
    ]:
        refused(id, message, lambda ids=ids: scrubber(ids=ids))


def test_a_refused_removal_leaves_its_samples_retained():
    model = conv_net()
    scrub = scrubber(model, memory_limit=1000)
    before = vector(model)
    refused("memoryLimit", "of 163 selected parameters", lambda: scrub.remove([1]))
    assert torch.equal(before, vector(model))
    refused("memoryLimit", "", lambda: scrub.remove([1]))  # and not: already removed


def test_a_stream_of_batches_needs_samples():
    class Stream(IterableDataset):
        def __iter__(self):
            yield from zip(X[5:], Y[5:], strict=True)

    by_stream, by_pair = conv_net(), conv_net()
    scrubber(by_stream, DataLoader(Stream(), batch_size=9)).remove((X[:5], Y[:5]))
    scrubber(by_pair, (X[5:], Y[5:])).remove((X[:5], Y[:5]))
    assert torch.allclose(vector(by_stream), vector(by_pair), rtol=0, atol=1e-12)


# --- selection ------------------------------------------------------------------------------------


def test_lfoci_goes_by_influence_and_fills_a_budget_on_request():
    stopped = scrubber(select="lfoci", max_parameters=100).remove([1, 2])
    filled = scrubber(select="lfoci", max_parameters=100, fill=True).remove([1, 2])
    assert stopped.response == filled.response == "influence"
    assert stopped.parameters_touched < 80
    assert 80 < filled.parameters_touched <= 100
    first = [(one.layer, one.unit) for one in stopped.slices]
    assert [(one.layer, one.unit) for one in filled.slices][: len(first)] == first
    refused(
        "missingOption",
        "`max_parameters` must be given for `fill`",
        lambda: scrubber(select="lfoci", fill=True),
    )


# --- plan and guard -------------------------------------------------------------------------------


def test_a_plan_says_what_a_removal_does_and_changes_nothing():
    model = conv_net()
    scrub = scrubber(model, select="lfoci")
    before = fingerprint(model)
    plan = scrub.plan([2, 5])
    assert fingerprint(model) == before
    report = scrub.remove([2, 5])
    fields, done = plan.to_dict(), report.plan.to_dict()
    assert fields.pop("seconds").keys() == done.pop("seconds").keys()
    assert fields == done
    json.dumps(plan.to_dict(), allow_nan=False)
    for part in ("2 to remove, 38 to keep", "ggn curvature on 38 samples (dense", "step norm"):
        assert part in str(plan)


def test_a_guard_can_refuse():
    model = conv_net()
    before = fingerprint(model)
    seen = []

    def guard(report):
        seen.append(report.residual_ratio)
        return report.residual_ratio > 10

    scrub = scrubber(model, guard=guard)
    refused("guard", "`guard` must not refuse the removal", lambda: scrub.remove([1]))
    assert len(seen) == 1
    assert fingerprint(model) == before
    scrubber(model, guard=lambda report: None).remove([1])
    assert fingerprint(model) != before


def test_a_step_that_would_do_harm_is_damped_until_it_does_not():
    """The loss bends over: undamped Newton steps lead far beyond the minimum of log(1 + z^2)."""
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.constant_(model.weight, 0.95)
    x, y = torch.ones(9, 1, dtype=torch.float64), torch.zeros(9, 1, dtype=torch.float64)

    def loss(outputs, targets):
        return torch.log1p((outputs - targets).square()).mean()

    scrub = Scrubber(model, loss, (x, y), select="all", curvature="exact", damping=0.0)
    report = scrub.remove([0])
    assert report.damping > 0
    assert report.actual_change < 0
    assert abs(model.weight.item()) < 0.95


# --- undo -----------------------------------------------------------------------------------------


def test_undo_restores_the_bits_in_turn():
    model = conv_net()
    scrub = scrubber(model, select="lfoci")
    states = [fingerprint(model)]
    for at in range(3):
        scrub.remove([at])
        states.append(fingerprint(model))
    assert len(set(states)) == 4
    for state in states[-2::-1]:
        scrub.undo()
        assert fingerprint(model) == state
    refused("nothingToUndo", "`undo` must follow a removal, got none", scrub.undo)
    assert scrub.remove([1]).retained == 39


def test_undo_refuses_a_model_that_changed_since():
    model = conv_net()
    scrub = scrubber(model)
    scrub.remove([1])
    with torch.no_grad():
        model[0].weight[0, 0, 0, 0] += 1
    changed = fingerprint(model)
    refused("undoWeights", "`model` must be as `remove` left it", scrub.undo)
    assert fingerprint(model) == changed


# --- ledger ---------------------------------------------------------------------------------------


def test_a_ledger_lets_a_removal_be_completed_to_the_same_bits(tmp_path):
    start = conv_net()
    straight = copy.deepcopy(start)
    with scrubber(straight, ledger=tmp_path / "ledger") as scrub:
        reports = [scrub.remove([at]) for at in (1, 2)]
        scrub.undo()
        reports.append(scrub.remove([3]))
    assert [report.entry for report in reports] == [1, 2, 4]
    assert reports[-1].sha256_after == fingerprint(straight)
    resumed = copy.deepcopy(start)
    with scrubber(resumed, ledger=tmp_path / "ledger") as scrub:
        refused("ledgerWeights", "`resume` brings", lambda: scrub.remove([5]))
        assert scrub.resume() == 4
        assert fingerprint(resumed) == fingerprint(straight)
        assert scrub.resume() == 0
        refused("alreadyRemoved", "got 3", lambda: scrub.remove([3]))
        assert scrub.remove([2]).retained == 37
        scrub.save(tmp_path / "weights.pt")
    saved = load_weights(tmp_path / "weights.pt")
    assert fingerprint(saved) == fingerprint(resumed)
    assert not (tmp_path / "ledger.steps").exists()


def test_samples_are_hashed_as_they_are_given(tmp_path):
    """Whoever audits has the data, and not the dtype of the model."""
    with scrubber(conv_net().float(), (X[5:], Y[5:]), ledger=tmp_path / "ledger") as scrub:
        scrub.remove((X[:2], Y[:2]))
    assert verify(tmp_path / "ledger")[0].samples == sample_hashes(X[:2], Y[:2])


def test_samples_without_ids_are_known_by_their_hash(tmp_path):
    with scrubber(data=(X[5:], Y[5:]), ledger=tmp_path / "ledger") as scrub:
        scrub.remove((X[:2], Y[:2]))
        refused(
            "alreadyRemoved", "got row 1, which was", lambda: scrub.remove((X[[2, 1]], Y[[2, 1]]))
        )
    refused("noLedger", "`ledger` must be given to resume", scrubber().resume)


# --- gradients, steps and curvature samples -------------------------------------------------------


def test_the_forget_gradient_is_the_retained_one_at_a_minimum():
    x, y = normal(60, 3), normal(60, 1, seed=1)
    design = torch.cat([x, torch.ones(60, 1, dtype=torch.float64)], dim=1)
    ridge = 2 / 60 * design.T @ design + 0.3 * torch.eye(4, dtype=torch.float64)
    solution = torch.linalg.solve(ridge, 2 / 60 * design.T @ y)[:, 0]
    found = []
    for gradient in ("retain", "forget"):
        model = nn.Linear(3, 1).double()
        with torch.no_grad():
            model.weight[0], model.bias[0] = solution[:3], solution[3]
        Scrubber(
            model,
            nn.MSELoss(),
            (x, y),
            weight_decay=0.3,
            select="all",
            gradient=gradient,
            damping=0.0,
        ).remove(range(7))
        found.append(vector(model))
    assert torch.allclose(*found, rtol=0, atol=1e-12)
    assert not torch.allclose(found[0], solution, rtol=0, atol=1e-3)


def test_the_papers_steps_go_up_the_loss_of_the_samples():
    for options in ({"step": "ascent", "learning_rate": 0.01}, {"step": "cr", "damping": 1.0}):
        model = conv_net()
        before = copy.deepcopy(model)
        report = scrubber(model, **options).remove([1, 2])
        assert report.loss_after > report.loss_before
        assert report.step == options["step"]
    x, y = X[[1, 2]], Y[[1, 2]]
    slope = torch.autograd.grad(LOSS(before(x), y), list(before.parameters()))
    model = conv_net()
    scrubber(model, step="ascent", learning_rate=0.01).remove([1, 2])
    wanted = vector(before) + 0.01 * torch.cat([part.flatten() for part in slope])
    assert torch.allclose(vector(model), wanted, rtol=0, atol=1e-12)


def test_a_subsample_for_the_curvature():
    model, few = conv_net(), []
    report = scrubber(model, curvature_samples=10).remove([1])
    assert report.curvature_samples == 10
    assert report.actual_change < 0
    all_of_them = conv_net()
    assert scrubber(all_of_them, curvature_samples=1000).remove([1]).curvature_samples == 39
    for data in ((X, Y), [(X[:25], Y[:25]), (X[25:], Y[25:])]):
        one = conv_net()
        scrubber(one, data, curvature_samples=30).remove((X[:1], Y[:1]))
        few.append(vector(one))
    assert not torch.equal(*few)


# --- noise ----------------------------------------------------------------------------------------


def private(scope, **options):
    return Sekhari(0.5, 1e-4, 0.1, 1.0, 0.5, scope=scope, **options)


@pytest.mark.parametrize("scope", ["none", "selected", "all"])
def test_noise_falls_where_it_should(scope, monkeypatch):
    monkeypatch.setattr("secrets.randbits", lambda bits: 7)
    plain, noisy = conv_net(), conv_net()
    report = scrubber(plain, select="one").remove([1])
    loud = scrubber(noisy, select="one", privacy=private(scope)).remove([1])
    moved = vector(plain) != vector(noisy)
    wanted = {"none": 0, "selected": report.parameters_touched, "all": 163}[scope]
    assert int(moved.sum()) == wanted
    if scope == "none":
        assert loud.noise is None
        return
    assert loud.noise.sigma == pytest.approx(private(scope).sigma(n=40, m=1))
    assert loud.noise.wording == "heuristic noise"
    assert any("selected slices" in reason for reason in loud.noise.reasons)
    spread = float((vector(noisy) - vector(plain))[moved].std())
    assert 0.3 * loud.noise.sigma < spread < 3 * loud.noise.sigma


def test_noise_is_for_the_whole_batch_and_nobody_can_draw_it_again():
    models = [conv_net(), conv_net()]
    for model in models:
        report = scrubber(model, select="one", privacy=private("all")).remove([1, 2, 3])
        assert report.noise.sigma == pytest.approx(9 * private("all").sigma(n=40, m=1))
    plain = conv_net()
    scrubber(plain, select="one").remove([1, 2, 3])
    spread = float((vector(models[0]) - vector(plain)).std())
    assert 0.8 * report.noise.sigma < spread < 1.25 * report.noise.sigma
    assert not torch.equal(vector(models[0]), vector(models[1]))


def test_epsilon_and_delta_add_up_even_over_an_undo(tmp_path):
    scrub = scrubber(privacy=private("selected"), ledger=tmp_path / "ledger")
    first = scrub.remove([1])
    scrub.undo()
    second = scrub.remove([1])
    assert (first.noise.composed_epsilon, second.noise.composed_epsilon) == (0.5, 1.0)
    assert second.noise.composed_delta == pytest.approx(2e-4)
    scrub.close()
    model = conv_net()
    with scrubber(model, privacy=private("selected"), ledger=tmp_path / "ledger") as again:
        again.resume()
        assert again.remove([2]).noise.composed_epsilon == 1.5


def test_noise_is_certified_only_where_every_assumption_holds():
    x, y = normal(60, 3) / 3, labels(60, 3)
    model = fill(nn.Linear(3, 3))
    optimiser = torch.optim.LBFGS(
        model.parameters(), max_iter=500, tolerance_grad=1e-14, line_search_fn="strong_wolfe"
    )

    def closure():
        optimiser.zero_grad()
        squares = sum(tensor.square().sum() for tensor in model.parameters())
        value = LOSS(model(x), y) + 0.05 * squares
        value.backward()
        return value

    optimiser.step(closure)
    sharp = Sekhari(0.5, 1e-4, 0.1, 2.5, 8.0, scope="all")
    options = {"weight_decay": 0.1, "select": "all", "damping": 0.0, "privacy": sharp}
    good = Scrubber(copy.deepcopy(model), LOSS, (x, y), **options).remove([4])
    assert good.noise.certified, good.noise.reasons
    assert "certified: sd" in str(good)
    for change, reason in [
        ({"damping": 1e-3}, "damping"),
        ({"select": "one"}, "selected slices"),
        ({"curvature_samples": 20}, "curvature is of 20 of 59 samples"),
        ({"max_step": 1e-9}, "trust region"),
    ]:
        report = Scrubber(copy.deepcopy(model), LOSS, (x, y), **{**options, **change}).remove([4])
        assert not report.noise.certified
        assert any(reason in one for one in report.noise.reasons)


# --- what is refused ------------------------------------------------------------------------------


def test_a_loss_that_mixes_samples_is_refused():
    def normalised(outputs, targets):
        centred = outputs - outputs.mean(dim=0) / 2
        return nn.functional.cross_entropy(centred, targets)

    model = conv_net()
    before = fingerprint(model)
    scrub = Scrubber(model, normalised, (X, Y), select="all")
    refused("lossBatch", "`loss` must be the mean or the sum", lambda: scrub.remove([1, 2, 3]))
    assert fingerprint(model) == before
    for reduction in ("none", "sum", "mean"):
        Scrubber(conv_net(), nn.CrossEntropyLoss(reduction=reduction), (X, Y), select="all").remove(
            [1, 2, 3]
        )


def test_activations_that_are_not_finite_are_refused():
    class Overflows(nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = fill(nn.Linear(4, 4), scale=1.0)
            self.head = fill(nn.Linear(4, 3))

        def forward(self, x):
            return self.head(torch.tanh(self.inner(torch.exp(torch.exp(5 * x)))).nan_to_num())

    model = Overflows()
    before = fingerprint(model)
    data = (3 + normal(20, 4).abs(), labels(20, 3))
    scrub = Scrubber(model, LOSS, data, perturbations=20)
    refused("nonFinite", "activations of the perturbed samples", lambda: scrub.remove([0]))
    assert fingerprint(model) == before


@pytest.mark.parametrize(
    ("options", "id", "message"),
    [
        ({"layers": ["0", "hed"]}, "unknownLayer", "hed"),
        ({"layers": "0"}, "optionType", "`layers` must be a sequence of names, got '0'"),
        ({"privacy": 0.5}, "optionType", "`privacy` must be a Sekhari, got float"),
        ({"guard": True}, "optionType", "`guard` must be callable, got bool"),
        ({"perturb": "gauss"}, "optionType", "`perturb` must be 'auto' or callable, got 'gauss'"),
        ({"step": "bp"}, "optionValue", "`step` must be one of 'ascent', 'cr', 'newton'"),
        ({"gradient": "all"}, "optionValue", "`gradient` must be one of 'forget', 'retain'"),
        ({"solver": "inv"}, "optionValue", "`solver` must be one of 'auto', 'cg', 'dense'"),
        ({"curvature_samples": 0}, "optionRange", "`curvature_samples` must be at least 1, got 0"),
        ({"max_features": 0}, "optionRange", "`max_features` must be at least 1, got 0"),
        ({"learning_rate": 0}, "optionRange", "`learning_rate` must be above 0, got 0"),
    ],
)
def test_new_options_are_checked(options, id, message):
    refused(id, message, lambda: scrubber(**options).remove([1]))


def test_a_secant_needs_curvature_above_zero():
    model = fill(nn.Linear(4, 1))
    scrub = Scrubber(
        model,
        lambda z, t: -(z - t).square().mean(),
        (normal(20, 4), normal(20, 1, seed=1)),
        select="all",
        curvature="secant",
    )
    before = fingerprint(model)
    refused("negativeCurvature", "curvature along the gradient", lambda: scrub.remove([1]))
    assert fingerprint(model) == before
