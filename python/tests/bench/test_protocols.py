"""The protocols of other authors: their methods, written again, do what they say."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import torch
from torch.nn.utils import parameters_to_vector

from bench.machine import ROOT
from bench.paper.removal import images
from bench.scrub.protocols import certified, wine, wine_methods


def gone_of(*rows: int) -> torch.Tensor:
    gone = torch.zeros(142, dtype=torch.bool)
    gone[list(rows)] = True
    return gone


def test_what_is_recollected_is_the_refit_to_first_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sample of 142 changes little, so that what is left is of second order."""
    monkeypatch.setattr(wine_methods, "EPOCHS", 4)
    data, _ = wine.wine(0)
    trained = wine_methods.train(data, 0, gone_of())
    known = wine_methods.recollected(wine_methods.Objective(trained.model, data), trained, 142)
    for row in (3, 70):
        given = wine_methods.Removal(trained, data, gone_of(row), 0)
        refit = wine_methods.train(data, 0, given.gone, whole=True).model
        wanted = parameters_to_vector(refit.parameters()).detach() - given.weights
        assert (known[row] - wanted).norm() < 0.02 * wanted.norm()
        torch.testing.assert_close(wine_methods.hessian_free(given)(), given.weights + known[row])


def test_newton_and_jackknife_solve_with_their_curvature() -> None:
    data, _ = wine.wine(0)
    given = wine_methods.Removal(wine_methods.train(data, 0, gone_of()), data, gone_of(0, 5), 0)
    objective, weights = given.objective, given.weights
    kept = torch.nonzero(~given.gone)[:, 0]
    slope = objective.slopes(weights, torch.tensor([0, 5])).sum(0)
    for method, rows in ((wine_methods.newton, kept), (wine_methods.jackknife, torch.arange(142))):
        moved = method(given)() - weights
        curved = objective.curvature(weights, rows) @ moved * len(rows)
        torch.testing.assert_close(curved, slope, rtol=1e-6, atol=1e-8)
    matrix = objective.curvature(weights, kept)
    at = weights.clone().requires_grad_()
    (first,) = torch.autograd.grad(objective.loss(at, kept), at, create_graph=True)
    (row,) = torch.autograd.grad(first[7], at)
    row[7] += wine_methods.DECAY + wine_methods.DAMPING
    torch.testing.assert_close(matrix[7], row)


def test_table_of_a_short_run(monkeypatch: pytest.MonkeyPatch, tmp_path, capsys) -> None:
    monkeypatch.setattr(wine_methods, "EPOCHS", 1)
    kept = ("nothing done", "Hessian-free (Qiao et al.)", "infinitesimal jackknife")
    monkeypatch.setattr(wine, "METHODS", {name: wine.METHODS[name] for name in kept})
    wine.main(["--seeds", "2", "--output", str(tmp_path / "wine.json")])
    account = json.loads((tmp_path / "wine.json").read_text("utf-8"))
    assert len(account["records"]) == 2 * 2 * 3
    assert all(one["distance"] > 0 for one in account["records"])
    printed = capsys.readouterr().out
    assert printed.strip() == wine.report(account)
    assert "| 14 forgotten | distance to the refit |" in printed


def test_certified_removals_stay_within_their_bounds(
    monkeypatch: pytest.MonkeyPatch, tmp_path, capsys
) -> None:
    monkeypatch.setattr(certified, "DECAYS", (1e-2,))
    monkeypatch.setattr(certified, "digits", small_digits)
    certified.main(["--removals", "2", "--output", str(tmp_path / "certified.json")])
    account = json.loads((tmp_path / "certified.json").read_text("utf-8"))
    low, high = account["records"]
    assert account["data"] == "scikit-learn's digits"
    assert low["residual"] <= 2 * low["largest_bound"] + 1e-6
    for one in (low, high):  # 1/4 beside 1 / (6 sqrt 3), 2.6 times
        assert one["allowed"] >= 2.5 * one["allowed_by_a_quarter"]
    assert high["budget"] == pytest.approx(10 * low["budget"], rel=1e-3)
    assert high["test_accuracy"] <= low["test_accuracy"]
    assert capsys.readouterr().out.strip() == certified.report(account)
    rows = certified.pairs(None)[0][0]
    assert abs(rows @ rows.T).max() < 1 + 1e-9


def small_digits():
    """Every fourth pixel in both directions."""
    whole = images.digits()
    return replace(
        whole,
        train_images=whole.train_images[:, ::4, ::4],
        test_images=whole.test_images[:, ::4, ::4],
    )


@pytest.mark.parametrize("module", [wine, certified], ids=["wine", "certified"])
def test_page_says_what_the_results_say(module) -> None:
    name = module.__name__.rsplit(".", 1)[-1]
    account = json.loads((ROOT / "bench/results/scrub" / f"{name}.json").read_text("utf-8"))
    assert not account["commit"].endswith("+")
    page = (ROOT / "bench/scrub/protocols/README.md").read_text("utf-8")
    told = page.split(f"<!-- begin {name} -->")[1].split(f"<!-- end {name} -->")[0]
    assert told.strip() == module.report(account)
