"""The noise on released weights: where it falls, how it adds up, when it is certified."""

import copy
from pathlib import Path

import pytest
import torch
from torch import nn

from lcodec.scrub import Scrubber, Sekhari
from python.tests.scrub.convolution import LOSS, scrubber, vector
from python.tests.scrub.networks import conv_net, fill, labels, normal


def private(scope, **options):
    return Sekhari(0.5, 1e-4, 0.1, 1.0, 0.5, scope=scope, **options)


@pytest.mark.parametrize("scope", ["none", "selected", "all"])
def test_noise_falls_where_it_should(scope, monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_noise_is_for_the_whole_batch_and_nobody_can_draw_it_again() -> None:
    models = [conv_net(), conv_net()]
    for model in models:
        report = scrubber(model, select="one", privacy=private("all")).remove([1, 2, 3])
        assert report.noise.sigma == pytest.approx(9 * private("all").sigma(n=40, m=1))
    plain = conv_net()
    scrubber(plain, select="one").remove([1, 2, 3])
    spread = float((vector(models[0]) - vector(plain)).std())
    assert 0.8 * report.noise.sigma < spread < 1.25 * report.noise.sigma
    assert not torch.equal(vector(models[0]), vector(models[1]))


def test_epsilon_and_delta_add_up_even_over_an_undo(tmp_path: Path) -> None:
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


def test_noise_is_certified_only_where_every_assumption_holds() -> None:
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
