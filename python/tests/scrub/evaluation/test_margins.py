"""KLoM: how the margins of scrubbed models are spread beside those of refits."""

import json
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.distributions import Normal, kl_divergence

from lcodec.scrub.evaluation import evaluate, klom
from lcodec.scrub.evaluation.margins import chance, gaussian_kl
from python.tests.scrub.evaluation.classifiers import Constant, task, trained
from python.tests.scrub.networks import fill, normal
from python.tests.scrub.perceptron import refused


class Margins(nn.Module):
    """A given margin of class 0 for each row, of two classes or as one logit of class 1."""

    def __init__(self, margins, single: bool = False) -> None:
        super().__init__()
        self.margins = nn.Parameter(torch.as_tensor(margins, dtype=torch.float64))
        self.single = single

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        own = self.margins[x[:, 0].long()]
        return -own if self.single else torch.stack([own + 3, torch.full_like(own, 3.0)], dim=1)


def spread(margins, **options):
    """Models (rows of margins) of samples (columns)."""
    return [Margins(row, **options) for row in margins]


def rows(count: int):
    return torch.arange(count)[:, None], torch.zeros(count, dtype=torch.int64)


def test_it_is_the_divergence_of_normal_distributions_of_the_margins() -> None:
    draw = np.random.default_rng(0)
    refits, moved = draw.normal(0, 1, (9, 5)), draw.normal(1, 2, (7, 5))
    found = klom(spread(moved), spread(refits), rows(5))
    one, two = (
        Normal(torch.tensor(each.mean(0)), torch.tensor(each.std(0, ddof=1)))
        for each in (refits, moved)
    )
    wanted = kl_divergence(one, two)
    np.testing.assert_allclose(found.values, wanted, rtol=1e-9)
    assert found.mean == pytest.approx(float(wanted.mean()))
    assert found.upper == max(found.values)
    single = klom(spread(moved, single=True), spread(refits, single=True), rows(5))
    np.testing.assert_allclose(single.values, wanted, rtol=1e-9)
    as_float = rows(5)[0], torch.zeros(5, 1)
    assert klom(spread(moved), spread(refits), as_float, batch_size=2).values == found.values


def test_margin_is_the_log_odds_of_the_class_among_all() -> None:
    shares = [[0.5, 0.3, 0.2], [0.6, 0.1, 0.3], [0.1, 0.1, 0.8], [0.4, 0.5, 0.1]]
    models = [Constant(share) for share in shares]
    data = torch.zeros(1, 1), torch.tensor([2])
    odds = np.array([math.log(share[2] / (1 - share[2])) for share in shares])
    shifted = spread(odds[:, None] - 1)  # of class 0: only the margin counts
    wanted = 0.5 / odds.var(ddof=1)
    one = klom(models, models, data)
    assert one.values == (0.0,)
    zero = torch.zeros(1, 1), torch.tensor([0])
    assert klom(spread(odds[:, None]), shifted, zero).values[0] == pytest.approx(wanted)


def test_equal_distributions_have_the_floor_on_average() -> None:
    draw = np.random.default_rng(1)
    for first, second in ((8, 8), (20, 7)):
        one, two = (draw.normal(3, 5, (count, 40_000)) for count in (first, second))
        moments = [f(each) for each in (one, two) for f in (mean_of, variance_of)]
        found = gaussian_kl(*moments)
        error = 4 * found.std() / math.sqrt(len(found))
        assert found.mean() == pytest.approx(chance(first, second), abs=error)
    assert chance(8, 8) == pytest.approx((7 / 5 * 1.25 - 1) / 2)


def mean_of(values):
    return values.mean(0)


def variance_of(values):
    return values.var(0, ddof=1)


def test_models_without_spread_are_infinitely_far_or_the_same() -> None:
    same, other = [[2.0, 2.0]] * 4, [[2.0, 1.0]] * 4
    wide = [[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [4.0, 4.0]]
    assert klom(spread(same), spread(other), rows(2)).values == (0.0, math.inf)
    assert klom(spread(same), spread(wide), rows(2)).values == (math.inf, math.inf)
    assert klom(spread(wide), spread(same), rows(2)).values == (math.inf, math.inf)


def test_what_cannot_be_compared_is_refused() -> None:
    few = spread(np.eye(3))
    four = spread(np.eye(4))
    refused(
        "tooFew", "`models` must hold at least 4 models, got 3", lambda: klom(few, four, rows(3))
    )
    refused("tooFew", "`refits` must hold at least 4", lambda: klom(four, few, rows(3)))
    for targets in (torch.tensor([0, 2]), torch.tensor([0, -1]), torch.tensor([0.5, 1.0])):
        pair = rows(2)[0], targets
        refused("noClasses", "a class, 0 to 1", lambda pair=pair: klom(four, four, pair))
    pair = rows(2)[0], torch.zeros(2, 2)
    refused("noClasses", r"of shape \(2, 2\)", lambda: klom(four, four, pair))


def test_the_evaluation_has_it_where_models_are_given() -> None:
    keep, forget, test = task(60), task(12, seed=8), task(40, seed=20)
    refits = [trained(keep, seed=seed) for seed in range(4)]
    nothing = [trained((normal(30, 4, seed=seed), forget[1].repeat(3)[:30])) for seed in range(4)]
    data = {"retained": keep, "forgotten": forget, "test": test, "refits": refits}
    result = evaluate(nothing[0], loss=nn.CrossEntropyLoss(), scrubbed=nothing, **data)
    for name, pair in (("forgotten", forget), ("test", test)):
        assert result.klom[name] == klom(nothing, refits, pair)
    assert result.klom["test"].mean > 3 * result.klom["test"].floor
    assert "KLoM, forgotten" in str(result)
    assert len(json.loads(json.dumps(result.to_dict()))["klom"]["test"]["values"]) == 40
    assert evaluate(fill(refits[0]), loss=nn.CrossEntropyLoss(), **data).klom == {}
