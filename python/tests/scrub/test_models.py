"""Every kind of model that must work, from training to the report of a removal."""

import copy

import pytest
import torch

from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.objective.objective import Objective, run
from lcodec.scrub.samples.batches import Batches
from lcodec.scrub.selection.copies import EmbeddingNoise
from python.tests.scrub.models import (
    DECAY,
    MODELS,
    ROWS,
    loss_for,
    nothing_is_left_behind,
    only_the_selected_changed,
    scrub,
    train,
)


@pytest.fixture(scope="module")
def trained():
    """Train each model once, on its data; every test gets a copy."""
    kept = {}

    def of(name):
        if name not in kept:
            torch.manual_seed(0)
            make, data, _ = MODELS[name]
            kept[name] = train(make(), data()), data()
        return copy.deepcopy(kept[name][0]), kept[name][1]

    with torch.random.fork_rng():
        yield of


@pytest.mark.parametrize("name", MODELS)
def test_lfoci_changes_what_it_selected_and_nothing_else(name, trained) -> None:
    model, data = trained(name)
    model.eval()
    before = copy.deepcopy(model)
    report = scrub(model, data, max_parameters=300, max_step=0.03)
    only_the_selected_changed(before, model, report)
    nothing_is_left_behind(model)
    assert {one.kind for one in report.uncovered} == MODELS[name][2]
    assert report.response == "influence"
    # On few slices the objective falls as predicted; its gradient need not.
    assert report.predicted_change < 0
    assert 0.5 < report.actual_change / report.predicted_change < 2


@pytest.mark.parametrize("name", MODELS)
def test_a_step_on_all_slices_lowers_the_retained_gradient(name, trained) -> None:
    model, data = trained(name)
    # Of vit the objective bends within such a step: places of norm .1 that are then normalised.
    step = {"damping": None, "max_step": None} if name == "vit" else {}
    report = scrub(model, data, select="all", gradient="retain", **step)
    assert report.residual_ratio < 1
    assert 0.5 < report.actual_change / report.predicted_change < 2
    assert report.predicted_change < 0
    covered = report.parameters_total - sum(one.parameters for one in report.uncovered)
    assert report.parameters_touched == covered


def test_recorded_text_does_not_depend_on_its_padding(trained) -> None:
    """Two more columns of padding change neither the selection nor the step."""
    model, (inputs, y) = trained("distilbert")
    other = copy.deepcopy(model)
    longer = {k: torch.cat([v, v.new_zeros(ROWS, 2)], dim=1) for k, v in inputs.items()}
    same = {"select": "top_gradient", "max_parameters": 100}
    one, two = scrub(model, (inputs, y), **same), scrub(other, (longer, y), **same)
    assert one.by_layer() == two.by_layer()
    for left, right in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.allclose(left, right, rtol=0, atol=1e-9)


def test_embedding_rows_can_be_slices(trained) -> None:
    model, data = trained("text_cnn")
    before = copy.deepcopy(model)
    report = scrub(model, data, embeddings=True, select="all", gradient="retain")
    only_the_selected_changed(before, model, report, embeddings=True)
    rows = report.by_layer()["embedding"]
    assert 0 not in rows
    assert torch.equal(model.embedding.weight[0], before.embedding.weight[0])
    assert {one.reason for one in report.uncovered} == {"padding row"}
    assert report.residual_ratio < 1


def test_noise_on_embeddings(trained) -> None:
    model, data = trained("distilbert")
    model.eval()
    before = copy.deepcopy(model)
    perturb = EmbeddingNoise(model.get_input_embeddings(), 0.1)
    report = scrub(model, data, perturb=perturb, max_parameters=200)
    only_the_selected_changed(before, model, report)
    nothing_is_left_behind(model)


@pytest.mark.parametrize("name", ["mlp", "resnet"])
def test_half_precision_is_rounded_once(name, trained) -> None:
    """The weights are those of the step from the same values in float64, rounded, but for noise
    that the passes in bfloat16 bring.
    """
    exact, data = trained(name)
    model = copy.deepcopy(exact).bfloat16()
    exact = copy.deepcopy(model).double()
    options = {"select": "top_gradient", "max_parameters": 20, "steps": 1}
    rounded, wanted = scrub(model, data, **options), scrub(exact, data, **options)
    assert all(tensor.dtype == torch.bfloat16 for tensor in model.parameters())
    assert rounded.step_norm == pytest.approx(wanted.step_norm, rel=0.2)
    apart = sum(
        float((one.double() - other).detach().square().sum())
        for one, other in zip(model.parameters(), exact.parameters(), strict=True)
    )
    size = sum(float(tensor.detach().square().sum()) for tensor in exact.parameters())
    assert apart**0.5 < 2**-8 * size**0.5
    assert rounded.parameters_touched <= 20


def test_a_compiled_model_is_scrubbed_as_the_model_itself(trained) -> None:
    model, data = trained("mlp")
    plain = copy.deepcopy(model)
    compiled = torch.compile(model, backend="eager")
    outputs = compiled(data[0])
    report, wanted = scrub(compiled, data), scrub(plain, data)
    assert report.by_layer() == wanted.by_layer()
    for one, other in zip(model.parameters(), plain.parameters(), strict=True):
        assert torch.equal(one, other)
    assert not torch.equal(compiled(data[0]), outputs)
    assert torch.allclose(compiled(data[0]), plain(data[0]))


def test_the_gradient_of_every_model_is_that_of_backward(trained) -> None:
    """The objective of the scrubber against the training loop above."""
    for name in MODELS:
        model, data = trained(name)
        model.eval()
        loss = PerSampleLoss(loss_for(data[1]))
        objective = Objective(model, loss, Batches(data, model, 7, "data"), DECAY)
        _, gradient = objective.value_and_gradient()
        squares = sum(tensor.square().sum() for tensor in model.parameters())
        (loss_for(data[1])(run(model, data[0]), data[1]) + DECAY / 2 * squares).backward()
        for key, tensor in model.named_parameters():
            # ViT takes its softmax in float32.
            assert torch.allclose(gradient[key], tensor.grad, rtol=1e-6, atol=1e-6), (name, key)
