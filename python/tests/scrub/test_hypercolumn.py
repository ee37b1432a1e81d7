import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub.hypercolumn import Hypercolumn, not_called
from lcodec.scrub.objective import PerSampleLoss
from lcodec.scrub.perturbation import GaussianNoise, perturbed_batches
from lcodec.scrub.recording import logit_margin, record
from lcodec.scrub.slices import FlatParameters, find_slices

from .networks import Twice, conv_data, conv_net, fill, normal


def hypercolumn_of(model, x):
    slices, _ = find_slices(model)
    with torch.no_grad(), Hypercolumn(model, slices) as hypercolumn:
        model(x)
        return hypercolumn.take(len(x)), hypercolumn.columns


def hooks_left(model):
    return [len(module._forward_hooks) for module in model.modules()]


def test_activations_equal_a_hand_written_forward():
    model, (x, _) = conv_net(), conv_data(5)
    values, columns = hypercolumn_of(model, x)
    first = nn.functional.conv2d(x, model[0].weight, model[0].bias)
    second = nn.functional.conv2d(torch.tanh(first), model[2].weight, model[2].bias, groups=2)
    last = torch.tanh(second).flatten(1) @ model[5].weight.T + model[5].bias
    expected = torch.cat([first.mean((2, 3)), second.mean((2, 3)), last], dim=1)
    assert torch.allclose(values, expected, rtol=0, atol=1e-12)
    assert [(c.layer, c.unit) for c in columns] == (
        [("0", u) for u in range(6)] + [("2", u) for u in range(4)] + [("5", u) for u in range(3)]
    )
    assert [c.slice for c in columns] == list(range(13))


def test_linear_on_sequences_is_averaged_over_the_sequence():
    model, x = fill(nn.Sequential(nn.Linear(3, 2))), normal(4, 7, 3)
    values, _ = hypercolumn_of(model, x)
    assert torch.allclose(values, model(x).mean(1), rtol=0, atol=1e-12)


def test_in_place_activations_do_not_reach_the_record():
    model = fill(nn.Sequential(nn.Linear(4, 4), nn.ReLU(inplace=True), nn.Linear(4, 2)))
    x = normal(6, 4)
    values, _ = hypercolumn_of(model, x)
    assert (values[:, :4] < 0).any()
    assert torch.allclose(values[:, :4], nn.functional.linear(x, model[0].weight, model[0].bias))


def test_identical_layers_do_not_collide():
    model = fill(nn.Sequential(*[nn.Linear(4, 4) for _ in range(3)]))
    x = normal(5, 4)
    values, columns = hypercolumn_of(model, x)
    expected = []
    for layer in model:
        x = layer(x)
        expected.append(x)
    assert torch.allclose(values, torch.cat(expected, dim=1), rtol=0, atol=1e-12)
    assert len({(c.layer, c.call, c.unit) for c in columns}) == 12
    assert len({c.slice for c in columns}) == 12


def test_columns_follow_the_calls_and_not_the_definition():
    class Backwards(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.first = nn.Linear(4, 2), nn.Linear(3, 4)

        def forward(self, x):
            return self.last(self.first(x))

    model, x = fill(Backwards()), normal(5, 3)
    values, columns = hypercolumn_of(model, x)
    assert [c.layer for c in columns] == ["first"] * 4 + ["last"] * 2
    assert torch.allclose(values[:, :4], model.first(x), rtol=0, atol=1e-12)
    slices, _ = find_slices(model)
    assert all(slices[c.slice].layer == c.layer and slices[c.slice].unit == c.unit for c in columns)


def test_a_module_called_twice_has_two_columns_and_one_slice_per_unit():
    model, x = Twice(), normal(5, 4)
    values, columns = hypercolumn_of(model, x)
    slices, _ = find_slices(model)
    assert len(slices) == 7
    assert [(c.layer, c.call) for c in columns] == (
        [("body", 0)] * 4 + [("body", 1)] * 4 + [("head", 0)] * 3
    )
    assert [c.slice for c in columns[:4]] == [c.slice for c in columns[4:8]]
    once = model.body(x)
    assert torch.allclose(values[:, :4], once, rtol=0, atol=1e-12)
    assert torch.allclose(values[:, 4:8], model.body(torch.tanh(once)), rtol=0, atol=1e-12)


def test_recorded_rows_do_not_depend_on_the_batch_size():
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
    assert abs(torch.tensor(other.loss) - losses.reshape(9, 4).mean(1)).max() < 1e-12
    assert other.activations.shape == (9, 13)


def test_regression_has_no_margin():
    model = fill(nn.Linear(3, 2))
    slices, _ = find_slices(model)
    batches = perturbed_batches(normal(2, 3), GaussianNoise(), copies=3)
    loss = PerSampleLoss(nn.MSELoss())
    assert record(model, loss, slices, normal(2, 2), batches, 3).margin is None


def test_margin_is_the_target_logit_minus_the_best_other():
    logits = torch.tensor([[1.0, 4.0, 2.0], [0.0, -1.0, 3.0]])
    assert logit_margin(logits, torch.tensor([1, 0])).tolist() == [2.0, -3.0]


def test_hooks_are_removed_also_after_an_error():
    model, (x, _) = conv_net(), conv_data(2)
    slices, _ = find_slices(model)
    with Hypercolumn(model, slices):
        assert sum(hooks_left(model)) == 3
    assert not any(hooks_left(model))
    with pytest.raises(RuntimeError, match="mat1 and mat2"), Hypercolumn(model, slices):
        model(x[:, :, :4])  # one pixel short: the last layer raises
    assert not any(hooks_left(model))


def test_layers_that_are_never_called_are_listed():
    class Idle(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.idle = nn.Linear(3, 2), nn.Linear(3, 5)

        def forward(self, x):
            return self.used(x)

    model = Idle().double()
    _, columns = hypercolumn_of(model, normal(2, 3))
    (listed,) = not_called(find_slices(model)[0], columns)
    assert (listed.layer, listed.parameters) == ("idle", 20)
    assert listed.reason == "not called by the model"


class Folded(nn.Module):
    """A layer that sees twice the rows of the batch."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 2)

    def forward(self, x):
        return self.layer(x.reshape(-1, 2)).reshape(len(x), -1)


class OneByOne(nn.Module):
    """A layer that sees no batch at all."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 2)

    def forward(self, x):
        return torch.stack([self.layer(row) for row in x])


class Fickle(nn.Module):
    """Calls its layer once or twice."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 4)

    def forward(self, x):
        return self.layer(x) if x.sum() > 0 else self.layer(self.layer(x))


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (Folded(), "layer `layer` must keep .* its output has 6 rows for 3 inputs"),
        (OneByOne(), r"layer `layer` must keep .* its output has shape \(2,\)"),
    ],
)
def test_layers_that_hide_the_batch_are_refused(model, message):
    with pytest.raises(LcodecError, match=message) as caught:
        hypercolumn_of(model.double(), normal(3, 4))
    assert caught.value.id == "lcodec:batchAxis"


def test_changing_calls_are_refused():
    model = Fickle().double()
    slices, _ = find_slices(model)
    x = torch.ones(2, 4, dtype=torch.float64)
    with Hypercolumn(model, slices) as hypercolumn:
        model(x)
        hypercolumn.take(2)
        model(-x)
        with pytest.raises(LcodecError, match="same layers in every forward pass") as caught:
            hypercolumn.take(2)
    assert caught.value.id == "lcodec:callOrder"


# --- slices and their flat vector ---------------------------------------------------------------


def test_a_slice_is_what_makes_its_unit_and_nothing_else():
    model, (x, _) = conv_net(), conv_data(3)
    slices, uncovered = find_slices(model)
    assert uncovered == []
    assert sum(one.parameters for one in slices) == sum(p.numel() for p in model.parameters())
    before, columns = hypercolumn_of(model, x)
    for at in (1, 7, 12):  # a unit of the plain, the grouped and the linear layer
        changed = conv_net()
        flat = FlatParameters(changed, [slices[at]])
        flat.write(flat.read() + 1)
        after, _ = hypercolumn_of(changed, x)
        same_layer = [i for i, c in enumerate(columns) if c.layer == columns[at].layer]
        moved = [i for i in same_layer if not torch.equal(before[:, i], after[:, i])]
        assert moved == [at]


def test_write_and_merge_touch_the_selected_entries_only():
    model = conv_net()
    slices, _ = find_slices(model)
    flat = FlatParameters(model, [slices[2], slices[8], slices[11]])
    assert len(flat) == 10 + 13 + 17
    wanted = normal(len(flat), seed=5)
    merged = flat.merge(wanted)
    before = {name: tensor.clone() for name, tensor in model.named_parameters()}
    flat.write(wanted)
    assert torch.equal(flat.read(), wanted)
    changed = sum(int((before[n] != t).sum()) for n, t in model.named_parameters())
    assert changed == len(flat)
    for name, tensor in merged.items():
        assert torch.equal(tensor, dict(model.named_parameters())[name])


def test_tied_parameters_are_counted_once():
    model = fill(nn.Sequential(nn.Linear(3, 3, bias=False), nn.Linear(3, 3)))
    model[1].weight = model[0].weight
    slices, _ = find_slices(model)
    assert len(FlatParameters(model, slices)) == 9 + 3
    assert len(FlatParameters(model, [slices[0], slices[3]])) == 3 + 1


def test_other_layers_and_frozen_parameters_are_listed():
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
    model[3].bias.requires_grad_(False)
    slices, uncovered = find_slices(model)
    assert [(u.layer, u.kind, u.parameters, u.reason) for u in uncovered] == [
        ("1", "BatchNorm2d", 4, "not a supported layer type"),
        ("3", "Linear", 3, "frozen"),
    ]
    assert [one.parameters for one in slices] == [10, 10, 8, 8, 8]
