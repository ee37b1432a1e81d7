"""The evaluation gathers what the functions of this room say."""

import doctest
import importlib
import json

import pytest
import torch
from torch import nn

from lcodec.scrub.evaluation import (
    accuracy,
    evaluate,
    js_divergence,
    kl_divergence,
    mean_loss,
    noise_floor,
    zrf_score,
)
from lcodec.scrub.evaluation.membership import membership_inference
from python.tests.scrub.evaluation.classifiers import task, trained
from python.tests.scrub.networks import fill, labels, normal
from python.tests.scrub.perceptron import CROSS_ENTROPY, Rows, X, Y, network, refused


def test_evaluate_needs_the_targets_of_forgotten_and_test_samples() -> None:
    data = {"loss": CROSS_ENTROPY, "retained": (X, Y)}
    refused("notPair", "`forgotten`", lambda: evaluate(network(), forgotten=X[:9], **data))
    pair = X[:9], Y[:9]
    refused("notPair", "`test`", lambda: evaluate(network(), forgotten=pair, test=[X], **data))
    rows = Rows(lambda row: row)
    assert evaluate(network(), forgotten=rows, **data) == evaluate(
        network(), forgotten=(X, Y), **data
    )


def test_the_evaluation_gathers_what_the_functions_say() -> None:
    keep, forget, test = task(60), task(12, seed=8), task(40, seed=20)
    both = torch.cat([keep[0], forget[0]]), torch.cat([keep[1], forget[1]])
    before, refits = trained(both), [trained(keep), trained(keep, seed=1)]
    loss, teacher = nn.CrossEntropyLoss(), fill(conv_free(), seed=4)
    result = evaluate(
        before,
        loss=loss,
        retained=keep,
        forgotten=forget,
        test=test,
        weight_decay=0.01,
        before=before,
        refits=refits,
        teacher=teacher,
    )
    assert result.residual_ratio == 1
    assert result.relearn_steps == 0
    assert result.loss["test"] == mean_loss(before, loss, test)
    assert result.accuracy["retained"] == accuracy(before, keep)
    assert result.kl["forgotten"] == kl_divergence(refits[0], before, forget[0])
    assert result.js["test"] == js_divergence(refits[0], before, test[0])
    assert result.kl_floor["test"] == noise_floor(refits, test[0]).mean_kl
    assert result.zrf == zrf_score(before, teacher, forget[0])
    assert result.membership["loss"] == membership_inference(before, loss, forget, test)
    assert json.loads(json.dumps(result.to_dict(), allow_nan=False))["membership"]["loss"]["auc"]
    text = str(result)
    for part in ("residual ratio", "between refits", "ZRF score", "modified_entropy", "relearn"):
        assert part in text


def conv_free():
    return nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3))


def test_the_evaluation_leaves_out_what_it_cannot_measure() -> None:
    model = fill(nn.Linear(3, 1))
    x, y = normal(12, 3), normal(12, 1, seed=1)
    data = {"retained": (x[4:], y[4:]), "forgotten": (x[:4], y[:4]), "test": (x, y + 1)}
    result = evaluate(model, loss=nn.MSELoss(), refits=[model], **data)
    assert result.accuracy == result.kl == result.js == {}
    assert list(result.membership) == ["loss"]
    assert result.residual_ratio is result.zrf is result.relearn_steps is None
    one = evaluate(
        fill(nn.Linear(3, 2)),
        loss=nn.CrossEntropyLoss(),
        retained=(x, labels(12, 2)),
        forgotten=(x[:1], labels(1, 2)),
        test=(x, labels(12, 2)),
    )
    assert one.membership == {}
    assert "membership" not in str(one)


def test_evaluation_takes_inputs_by_name() -> None:
    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = fill(nn.Linear(3, 2))

        def forward(self, *, tokens, scale):
            return {"logits": self.head(tokens * scale)}

    x = {"tokens": normal(20, 3), "scale": normal(20, 1, seed=2)}
    y = labels(20, 2)
    model, plain = Named(), Named().head
    product = x["tokens"] * x["scale"]
    result = evaluate(
        model, loss=nn.CrossEntropyLoss(), retained=(x, y), forgotten=(x, y), refits=[model]
    )
    assert result.loss["forgotten"] == mean_loss(plain, nn.CrossEntropyLoss(), (product, y))
    assert result.kl == {"forgotten": 0.0}


@pytest.mark.parametrize("module", ["divergence", "margins", "metrics", "relearn", "summary"])
def test_examples(module) -> None:
    found = importlib.import_module(f"lcodec.scrub.evaluation.{module}")
    result = doctest.testmod(found)
    assert result.attempted > 4
    assert result.failed == 0
