"""Activations against a forward written by hand."""

import pytest
import torch
from torch import nn
from transformers.pytorch_utils import Conv1D

from lcodec.scrub.objective.loss import PerSampleLoss
from lcodec.scrub.selection.copies import GaussianNoise, perturbed_batches
from lcodec.scrub.selection.recording import logit_margin, record
from lcodec.scrub.slices.activations import Activations
from lcodec.scrub.slices.slices import FlatParameters, find_slices
from python.tests.scrub.networks import Twice, conv_data, conv_net, fill, normal
from python.tests.scrub.slices.columns import IDS, MASK, Masked, activations_of


def hooks_left(model):
    return [len(module._forward_hooks) for module in model.modules()]


def test_activations_equal_a_hand_written_forward() -> None:
    model, (x, _) = conv_net(), conv_data(5)
    values, columns = activations_of(model, x)
    first = nn.functional.conv2d(x, model[0].weight, model[0].bias)
    second = nn.functional.conv2d(torch.tanh(first), model[2].weight, model[2].bias, groups=2)
    last = torch.tanh(second).flatten(1) @ model[5].weight.T + model[5].bias
    expected = torch.cat([first.mean((2, 3)), second.mean((2, 3)), last], dim=1)
    assert torch.allclose(values, expected, rtol=0, atol=1e-12)
    assert [(c.layer, c.unit) for c in columns] == (
        [("0", u) for u in range(6)] + [("2", u) for u in range(4)] + [("5", u) for u in range(3)]
    )
    assert [c.slice for c in columns] == list(range(13))


def test_linear_on_sequences_is_averaged_over_the_sequence() -> None:
    model, x = fill(nn.Sequential(nn.Linear(3, 2))), normal(4, 7, 3)
    values, _ = activations_of(model, x)
    assert torch.allclose(values, model(x).mean(1), rtol=0, atol=1e-12)


def test_in_place_activations_do_not_reach_the_record() -> None:
    model = fill(nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 2)))
    x = normal(6, 4)
    values, _ = activations_of(model, x)
    assert (values[:, :4] < 0).any()
    assert torch.allclose(values[:, :4], nn.functional.linear(x, model[0].weight, model[0].bias))


def test_identical_layers_do_not_collide() -> None:
    model = fill(nn.Sequential(*[nn.Linear(4, 4) for _ in range(3)]))
    x = normal(5, 4)
    values, columns = activations_of(model, x)
    expected = []
    for layer in model:
        x = layer(x)
        expected.append(x)
    assert torch.allclose(values, torch.cat(expected, dim=1), rtol=0, atol=1e-12)
    assert len({(c.layer, c.call, c.unit) for c in columns}) == 12
    assert len({c.slice for c in columns}) == 12


def test_columns_follow_the_calls_and_not_the_definition() -> None:
    class Backwards(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.first = nn.Linear(4, 2), nn.Linear(3, 4)

        def forward(self, x):
            return self.last(self.first(x))

    model, x = fill(Backwards()), normal(5, 3)
    values, columns = activations_of(model, x)
    assert [c.layer for c in columns] == ["first"] * 4 + ["last"] * 2
    assert torch.allclose(values[:, :4], model.first(x), rtol=0, atol=1e-12)
    slices, _ = find_slices(model)
    assert all(slices[c.slice].layer == c.layer and slices[c.slice].unit == c.unit for c in columns)


def test_a_module_called_twice_has_two_columns_and_one_slice_per_unit() -> None:
    model, x = Twice(), normal(5, 4)
    values, columns = activations_of(model, x)
    slices, _ = find_slices(model)
    assert len(slices) == 7
    assert [(c.layer, c.call) for c in columns] == (
        [("body", 0)] * 4 + [("body", 1)] * 4 + [("head", 0)] * 3
    )
    assert [c.slice for c in columns[:4]] == [c.slice for c in columns[4:8]]
    once = model.body(x)
    assert torch.allclose(values[:, :4], once, rtol=0, atol=1e-12)
    assert torch.allclose(values[:, 4:8], model.body(torch.tanh(once)), rtol=0, atol=1e-12)


def test_recorded_rows_do_not_depend_on_the_batch_size() -> None:
    model, (x, y) = conv_net(), conv_data(4)
    slices, _ = find_slices(model)
    loss = PerSampleLoss(nn.CrossEntropyLoss())

    def recorded(batch_size):
        batches = perturbed_batches(x, GaussianNoise(), copies=9, batch_size=batch_size)
        return record(model, loss, slices, y, batches, 9)

    one, other = recorded(1), recorded(50)
    for name in ("activations", "loss", "margin"):
        assert abs(getattr(one, name) - getattr(other, name)).max() < 1e-12
    noisy = torch.cat(
        [b for _, _, b in perturbed_batches(x, GaussianNoise(), copies=9, batch_size=50)]
    )
    losses = nn.functional.cross_entropy(model(noisy), y.repeat(9), reduction="none")
    assert abs(other.loss - losses.reshape(9, 4).mean(1)).max() < 1e-12
    assert other.activations.shape == (9, 13)


def test_regression_has_no_margin() -> None:
    model = fill(nn.Linear(3, 2))
    slices, _ = find_slices(model)
    batches = perturbed_batches(normal(2, 3), GaussianNoise(), copies=3)
    loss = PerSampleLoss(nn.MSELoss())
    assert record(model, loss, slices, normal(2, 2), batches, 3).margin is None


def test_margin_is_the_target_logit_minus_the_best_other() -> None:
    logits = torch.tensor([[1.0, 4.0, 2.0], [0.0, -1.0, 3.0]])
    assert logit_margin(logits, torch.tensor([1, 0])).tolist() == [2.0, -3.0]


def test_hooks_are_removed_also_after_an_error() -> None:
    model, (x, _) = conv_net(), conv_data(2)
    slices, _ = find_slices(model)
    with Activations(model, slices):
        assert sum(hooks_left(model)) == 4  # where a pass begins and ends, and on two layers
    assert not any(hooks_left(model))
    with pytest.raises(RuntimeError, match="mat1 and mat2"), Activations(model, slices):
        model(x[:, :, :4])  # one pixel short: the last layer raises
    assert not any(hooks_left(model))


F = nn.functional


# --- every layer type against a hand-written forward ----------------------------------------------


@pytest.mark.parametrize(
    ("layer", "shape", "forward"),
    [
        (nn.Linear(3, 2), (5, 3), lambda x, w, b: x @ w.T + b),
        (nn.Linear(3, 2), (5, 2, 4, 3), lambda x, w, b: (x @ w.T + b).mean((1, 2))),
        (Conv1D(2, 3), (5, 4, 3), lambda x, w, b: (x @ w + b).mean(1)),
        (Conv1D(2, 3), (5, 3), lambda x, w, b: x @ w + b),
        (nn.Conv1d(4, 6, 3, groups=2), (5, 4, 7), lambda x, w, b: F.conv1d(x, w, b, groups=2)),
        (nn.Conv2d(4, 4, 2, groups=4), (5, 4, 3, 4), lambda x, w, b: F.conv2d(x, w, b, groups=4)),
        (nn.Conv3d(2, 3, 2), (5, 2, 3, 4, 3), F.conv3d),
        (nn.ConvTranspose1d(2, 3, 2), (5, 2, 4), F.conv_transpose1d),
        (
            nn.ConvTranspose2d(4, 6, 2, groups=2),
            (5, 4, 3, 4),
            lambda x, w, b: F.conv_transpose2d(x, w, b, groups=2),
        ),
        (nn.ConvTranspose3d(2, 3, 2), (5, 2, 3, 2, 3), F.conv_transpose3d),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, nn.Module) else "",
)
def test_activation_of_each_layer_type(layer, shape, forward) -> None:
    layer, x = fill(layer), normal(*shape)
    values, columns = activations_of(layer, x)
    expected = forward(x, layer.weight, layer.bias)
    if expected.ndim > 2:  # (b, units, ...)
        expected = expected.flatten(2).mean(2)
    assert torch.allclose(values, expected, rtol=0, atol=1e-12)
    assert [column.unit for column in columns] == list(range(expected.shape[1]))


def test_activation_of_an_embedding_row_is_how_often_it_is_read() -> None:
    model = nn.Embedding(5, 2, padding_idx=0)
    ids = torch.tensor([[1, 3, 3, 4], [2, 0, 0, 0]])
    values, columns = activations_of(model, ids, embeddings=True)
    assert [column.unit for column in columns] == [1, 2, 3, 4]
    assert values.tolist() == [[0.25, 0, 0.5, 0.25], [0, 0.25, 0, 0]]
    assert model(input=ids).shape == (2, 4, 2)


def test_a_part_of_the_slices_gives_those_columns() -> None:
    model, x = fill(nn.Linear(3, 4)), normal(5, 3)
    slices, _ = find_slices(model)
    for part in ([slices[3], slices[1]], [slices[at] for at in (1, 0, 2, 3)]):
        with torch.no_grad(), Activations(model, part) as activations:
            outputs = model(x)
            values = activations.take(5)
        assert [column.unit for column in activations.columns] == [one.unit for one in part]
        assert torch.equal(values, outputs[:, [one.unit for one in part]])


def inplace_net():
    return fill(nn.Sequential(nn.Linear(4, 5), nn.ReLU(inplace=True), nn.Linear(5, 2)))


# --- the graph ------------------------------------------------------------------------------------


def test_the_graph_can_be_kept() -> None:
    model, x = inplace_net(), normal(6, 4)
    slices, _ = find_slices(model)
    with Activations(model, slices, keep_graph=True) as activations:
        loss = model(x).pow(3).sum()
        values = activations.take(6)
        names, outputs = zip(*activations.outputs, strict=True)
        gradients = torch.autograd.grad(loss, outputs, retain_graph=True)
        reduced = activations.reduce([g * o for g, o in zip(gradients, outputs, strict=True)], 6)
    assert names == ("0", "2")
    first = F.linear(x, model[0].weight, model[0].bias)
    last = F.linear(first.relu(), model[2].weight, model[2].bias)
    assert torch.equal(outputs[0], first)  # not what the activation made of it in place
    assert torch.allclose(values, torch.cat([first, last], dim=1))
    by_last = 3 * last.square()
    by_first = (by_last @ model[2].weight) * (first > 0)
    wanted = torch.cat([by_first * first, by_last * last], dim=1)
    assert torch.allclose(reduced, wanted, rtol=0, atol=1e-10)
    (through,) = torch.autograd.grad(values.sum(), model[0].bias)
    assert torch.allclose(
        through, 6 + ((first > 0).double() * model[2].weight.sum(0)).sum(0), atol=1e-10
    )


def test_values_are_reduced_as_activations_are() -> None:
    model = Masked()
    slices, _ = find_slices(model, embeddings=True)
    with Activations(model, slices, keep_graph=True) as activations:
        model(IDS, attention_mask=MASK)
        values = activations.take(3)
        outputs = [output for _, output in activations.outputs]
        reduced = activations.reduce(outputs, 3)
        ones = activations.reduce([torch.ones_like(output) for output in outputs], 3)
    words = [at for at, one in enumerate(activations.columns) if one.layer == "words"]
    others = [at for at, one in enumerate(activations.columns) if one.layer in ("body", "mix")]
    assert torch.equal(reduced[:, others], values[:, others])
    assert torch.allclose(ones[:, words], 4 * values[:, words])  # four features
    summed = values[:, words] * model.words.weight.sum(1)
    assert torch.allclose(reduced[:, words], summed, atol=1e-12)


def test_without_a_graph_nothing_is_kept() -> None:
    model, x = inplace_net(), normal(6, 4)
    with Activations(model, find_slices(model)[0]) as activations:
        model(x)
        assert not activations.take(6).requires_grad
        assert activations.outputs == []


# --- slices ---------------------------------------------------------------------------------------


def test_a_slice_is_what_makes_its_unit_and_nothing_else() -> None:
    model, (x, _) = conv_net(), conv_data(3)
    slices, uncovered = find_slices(model)
    assert uncovered == []
    assert sum(one.parameters for one in slices) == sum(p.numel() for p in model.parameters())
    before, columns = activations_of(model, x)
    for at in (1, 7, 12):  # a unit of the plain, the grouped and the linear layer
        changed = conv_net()
        flat = FlatParameters(changed, [slices[at]])
        flat.write(flat.read() + 1)
        after, _ = activations_of(changed, x)
        same_layer = [i for i, c in enumerate(columns) if c.layer == columns[at].layer]
        moved = [i for i in same_layer if not torch.equal(before[:, i], after[:, i])]
        assert moved == [at]
