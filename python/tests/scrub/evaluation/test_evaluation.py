import doctest
import importlib
import json
import math

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lcodec import LcodecError
from lcodec.scrub.evaluation import (
    accuracy,
    evaluate,
    gradient_norm,
    js_divergence,
    kl_divergence,
    mean_loss,
    noise_floor,
    relearn_time,
    residual_ratio,
    zrf_score,
)
from lcodec.scrub.evaluation.membership import membership_inference
from lcodec.scrub.objective.loss import PerSampleLoss
from python.tests.scrub.networks import conv_data, conv_net, fill, labels, normal


class Constant(nn.Module):
    """The same logits for every input."""

    def __init__(self, probabilities):
        super().__init__()
        self.logits = nn.Parameter(torch.tensor(probabilities, dtype=torch.float64).log())

    def forward(self, x):
        return self.logits.expand(len(x), -1)


def test_kl_has_the_closed_form_direction_and_mean():
    p, q = [0.5, 0.3, 0.2], [0.2, 0.2, 0.6]
    wanted = sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
    backwards = sum(b * math.log(b / a) for a, b in zip(p, q, strict=True))
    x = normal(7, 2)
    assert kl_divergence(Constant(p), Constant(q), x) == pytest.approx(wanted, abs=1e-14)
    assert kl_divergence(Constant(q), Constant(p), x) == pytest.approx(backwards, abs=1e-14)
    assert kl_divergence(Constant(p), Constant(q), x, batch_size=2) == pytest.approx(wanted)
    assert abs(wanted - backwards) > 0.01


def test_kl_to_itself_is_zero_and_else_positive():
    model, other, (x, _) = conv_net(), fill(conv_net(), seed=9), conv_data(10)
    assert kl_divergence(model, model, x) == 0
    assert kl_divergence(model, other, x) > 0


def test_kl_refuses_other_shapes():
    with pytest.raises(
        LcodecError, match=r"shape \(2, 2\) like those of `reference`, got \(2, 3\)"
    ):
        kl_divergence(Constant([0.5, 0.5]), Constant([0.2, 0.3, 0.5]), normal(2, 2))


def test_accuracy_and_mean_loss_count_samples_not_batches():
    model, (x, y) = conv_net(), conv_data(11)
    outputs = model(x)
    loader = DataLoader(TensorDataset(x, y), batch_size=4)
    wanted = nn.functional.cross_entropy(outputs, y).item()
    for data in ((x, y), loader, [(x[:1], y[:1]), (x[1:], y[1:])]):
        assert mean_loss(model, nn.CrossEntropyLoss(), data) == pytest.approx(wanted, abs=1e-14)
        assert accuracy(model, data) == (outputs.argmax(1) == y).double().mean().item()


def test_gradient_norm_is_that_of_the_mean_and_not_the_mean_of_norms():
    model, (x, y) = conv_net(), conv_data(12)
    loss = nn.functional.cross_entropy(model(x), y)
    loss = loss + 0.1 * sum(p.square().sum() for p in model.parameters())
    parts = torch.autograd.grad(loss, list(model.parameters()))
    wanted = torch.cat([part.reshape(-1) for part in parts]).norm().item()
    found = gradient_norm(model, nn.CrossEntropyLoss(), (x, y), weight_decay=0.2, batch_size=5)
    assert found == pytest.approx(wanted, abs=1e-13)


def test_models_are_evaluated_in_eval_mode_and_given_back_in_theirs():
    model = nn.Sequential(nn.Linear(3, 8), nn.Dropout(0.5), nn.Linear(8, 2)).double()
    model.train()
    model[0].eval()
    x, y = normal(20, 3), labels(20, 2)
    first = mean_loss(model, nn.CrossEntropyLoss(), (x, y))
    assert first == mean_loss(model, nn.CrossEntropyLoss(), (x, y))
    assert [module.training for module in model] == [False, True, True]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_the_reduction_of_the_loss_does_not_matter(reduction):
    outputs, targets = normal(6, 3), labels(6, 3)
    loss = PerSampleLoss(nn.CrossEntropyLoss(reduction=reduction))
    wanted = nn.functional.cross_entropy(outputs, targets, reduction="none")
    assert torch.allclose(loss(outputs, targets), wanted, rtol=0, atol=1e-14)


def test_a_loss_is_evaluated_in_float64():
    outputs = torch.tensor([[30.0, 0.0]])  # float32 gives exactly 0
    assert nn.functional.cross_entropy(outputs, torch.tensor([0])) == 0
    loss = PerSampleLoss(nn.CrossEntropyLoss(weight=torch.ones(2), reduction="sum"))
    assert loss(outputs, torch.tensor([0])).item() == pytest.approx(math.exp(-30), rel=1e-3)


# --- divergences ----------------------------------------------------------------------------------


def test_js_has_its_closed_form_is_symmetric_and_at_most_ln_2():
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
def test_js_does_not_shrink_with_the_number_of_classes(classes):
    # A sure model against a uniform one, m = (1/2 + 1/(2C), 1/(2C), ...), by hand:
    sure, uniform = [1.0] + [0.0] * (classes - 1), [1 / classes] * classes
    top = (1 + 1 / classes) / 2
    wanted = (-math.log(top) + math.log(1 / classes / top) / classes) / 2
    wanted += (classes - 1) / classes * math.log(2) / 2
    assert js_divergence(Constant(sure), Constant(uniform), normal(5, 2)) == pytest.approx(wanted)


def test_zrf_is_1_for_the_predictions_of_the_teacher_and_0_for_their_opposite():
    x = normal(4, 2)
    assert zrf_score(Constant([0.9, 0.1]), Constant([0.9, 0.1]), x) == 1
    assert zrf_score(Constant([1.0, 0.0]), Constant([0.0, 1.0]), x) == pytest.approx(0, abs=1e-14)


def test_a_single_output_is_the_logit_of_class_1():
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


def test_the_noise_floor_is_the_mean_over_pairs():
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


# --- residual and relearning ----------------------------------------------------------------------


def test_the_residual_ratio_is_that_of_the_norms():
    model, before, data = conv_net(), fill(conv_net(), seed=3), conv_data(12)
    loss = nn.CrossEntropyLoss()
    norms = [gradient_norm(one, loss, data, weight_decay=0.1) for one in (model, before)]
    assert residual_ratio(model, before, loss, data, weight_decay=0.1) == norms[0] / norms[1]
    at_minimum = fill(nn.Linear(2, 1), scale=0.0)
    zeros = normal(3, 2), torch.zeros(3, 1, dtype=torch.float64)
    assert residual_ratio(at_minimum, at_minimum, nn.MSELoss(), zeros) == 1
    moved = fill(nn.Linear(2, 1))
    assert residual_ratio(moved, at_minimum, nn.MSELoss(), zeros) == math.inf


def test_relearning_takes_the_steps_of_the_closed_form():
    # loss (w - 3)^2 from w = 0: each step of rate a multiplies the distance by 1 - 2a.
    model = nn.Linear(1, 1, bias=False).double()
    nn.init.zeros_(model.weight)
    data = torch.ones(5, 1, dtype=torch.float64), torch.full((5, 1), 3.0, dtype=torch.float64)
    settings = {"threshold": 0.01, "learning_rate": 0.1}
    wanted = math.ceil(math.log(math.sqrt(0.01) / 3) / math.log(0.8))  # 3 * 0.8^k <= 0.1
    assert relearn_time(model, nn.MSELoss(), data, **settings) == wanted == 16
    assert relearn_time(model, nn.MSELoss(), data, batch_size=2, **settings) == 16
    assert relearn_time(model, nn.MSELoss(), data, max_steps=15, **settings) is None
    assert relearn_time(model, nn.MSELoss(), data, threshold=9.1) == 0
    assert model.weight.item() == 0
    newton = relearn_time(
        model, nn.MSELoss(), data, threshold=1e-9, optimizer=lambda w: torch.optim.SGD(w, lr=0.5)
    )
    assert newton == 1


def test_relearning_is_deterministic_with_dropout_and_leaves_the_model_as_it_is():
    model = fill(nn.Sequential(nn.Linear(3, 16), nn.Dropout(0.5), nn.Linear(16, 2))).train()
    data = normal(8, 3), labels(8, 2)
    before = [tensor.clone() for tensor in model.parameters()]
    loss = nn.CrossEntropyLoss()
    threshold = 0.8 * mean_loss(model, loss, data)
    times = {relearn_time(model, loss, data, threshold=threshold) for _ in range(3)}
    assert len(times) == 1
    assert times.pop() > 0
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))
    assert all(tensor.grad is None for tensor in model.parameters())
    assert model.training


# --- the whole table ------------------------------------------------------------------------------


def trained(data, seed=0):
    model = fill(nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 3)), seed=seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.5, weight_decay=0.01)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(data[0]), data[1]).backward()
        optimizer.step()
    return model


def task(n=90, seed=0):
    x = normal(n, 4, seed=seed)
    return x, (x[:, :3] + 0.3 * normal(n, 3, seed=seed + 1)).argmax(1)


def test_the_evaluation_gathers_what_the_functions_say():
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


def test_the_evaluation_leaves_out_what_it_cannot_measure():
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


def test_evaluation_takes_inputs_by_name():
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


@pytest.mark.parametrize("module", ["divergence", "metrics", "relearn", "summary"])
def test_examples(module):
    found = importlib.import_module(f"lcodec.scrub.evaluation.{module}")
    result = doctest.testmod(found)
    assert result.attempted > 4
    assert result.failed == 0
