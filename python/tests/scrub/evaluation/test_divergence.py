"""Divergences between models, and their floor."""

import math

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.evaluation import (
    accuracy,
    js_divergence,
    kl_divergence,
    noise_floor,
    zrf_score,
)
from python.tests.scrub.evaluation.classifiers import Constant
from python.tests.scrub.networks import conv_data, conv_net, fill, labels, normal


def test_kl_to_itself_is_zero_and_else_positive() -> None:
    model, other, (x, _) = conv_net(), fill(conv_net(), seed=9), conv_data(10)
    assert kl_divergence(model, model, x) == 0
    assert kl_divergence(model, other, x) > 0


# --- divergences ----------------------------------------------------------------------------------


def test_js_has_its_closed_form_is_symmetric_and_at_most_ln_2() -> None:
    p, q = [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]
    middle = [(a + b) / 2 for a, b in zip(p, q, strict=True)]
    wanted = sum(
        a * math.log(a / c) / 2 + b * math.log(b / c) / 2
        for a, b, c in zip(p, q, middle, strict=True)
    )
    x = normal(7, 2)
    assert js_divergence(Constant(p), Constant(q), x) == pytest.approx(wanted, abs=1e-14)
    assert js_divergence(Constant(q), Constant(p), x, batch_size=2) == pytest.approx(wanted)
    assert js_divergence(Constant(p), Constant(p), x) == 0
    disjoint = js_divergence(Constant([1.0, 0.0]), Constant([0.0, 1.0]), x)
    assert disjoint == pytest.approx(math.log(2), abs=1e-14)


@pytest.mark.parametrize("classes", [2, 10, 100])
def test_js_does_not_shrink_with_the_number_of_classes(classes) -> None:
    # A sure model against a uniform one, m = (1/2 + 1/(2C), 1/(2C), ...), by hand:
    sure, uniform = [1.0] + [0.0] * (classes - 1), [1 / classes] * classes
    top = (1 + 1 / classes) / 2
    wanted = (-math.log(top) + math.log(1 / classes / top) / classes) / 2
    wanted += (classes - 1) / classes * math.log(2) / 2
    assert js_divergence(Constant(sure), Constant(uniform), normal(5, 2)) == pytest.approx(wanted)


def test_zrf_is_1_for_the_predictions_of_the_teacher_and_0_for_their_opposite() -> None:
    x = normal(4, 2)
    assert zrf_score(Constant([0.9, 0.1]), Constant([0.9, 0.1]), x) == 1
    assert zrf_score(Constant([1.0, 0.0]), Constant([0.0, 1.0]), x) == pytest.approx(0, abs=1e-14)


def test_a_single_output_is_the_logit_of_class_1() -> None:
    model = fill(nn.Linear(3, 1))
    two = fill(nn.Linear(3, 2))
    with torch.no_grad():
        two.weight[0], two.bias[0] = 0.0, 0.0
        two.weight[1], two.bias[1] = model.weight[0], model.bias[0]
    x = normal(20, 3)
    y = (normal(20, 1, seed=1) > 0).double()
    other = fill(nn.Linear(3, 1), seed=5)
    assert kl_divergence(model, two, x) == pytest.approx(0, abs=1e-15)
    assert kl_divergence(model, other, x) > 0
    assert accuracy(model, (x, y)) == accuracy(two, (x, y[:, 0].long()))
    with pytest.raises(LcodecError, match=r"must have shape \(b, C\) or \(b,\), got \(2, 2, 2\)"):
        accuracy(nn.Linear(2, 2).double(), (normal(2, 2, 2), labels(2, 2)))


def test_the_noise_floor_is_the_mean_over_pairs() -> None:
    p, q, r = Constant([0.5, 0.5]), Constant([0.2, 0.8]), Constant([0.9, 0.1])
    x = normal(3, 2)
    floor = noise_floor([p, q, r], x)
    kl = [kl_divergence(a, b, x) for a in (p, q, r) for b in (p, q, r) if a is not b]
    js = [js_divergence(a, b, x) for a, b in ((p, q), (p, r), (q, r))]
    assert floor.kl == pytest.approx(tuple(kl))
    assert floor.js == pytest.approx(tuple(js))
    assert floor.mean_kl == pytest.approx(sum(kl) / 6)
    assert floor.mean_js == pytest.approx(sum(js) / 3)
    with pytest.raises(LcodecError, match="`refits` must hold at least 2 models, got 1"):
        noise_floor([p], x)
