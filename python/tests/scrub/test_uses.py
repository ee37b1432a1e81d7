"""Uses of the scrubber that are less usual, each of which once went wrong."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from torch.utils.data import DataLoader, Dataset, SubsetRandomSampler

from lcodec import LcodecError
from lcodec.scrub import Ledger, Scrubber, baselines, evaluate
from python.tests.scrub.networks import fill, labels, normal

X, Y = normal(40, 4), labels(40, 3)
CROSS_ENTROPY = nn.CrossEntropyLoss()


def network(outputs=3, *more):
    return fill(nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, outputs), *more))


def scrubber(model, loss=CROSS_ENTROPY, retained=(X, Y), **options):
    wanted = {"perturbations": 50, "damping": 0.1, "select": "last_layer", **options}
    return Scrubber(model, loss, retained, **wanted)


def refused(id, match, call):
    with pytest.raises(LcodecError, match=match) as caught:
        call()
    assert caught.value.id == f"lcodec:{id}"


# --- outputs without an axis of their own ---------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"solver": "dense"},
        {"solver": "woodbury"},
        {"solver": "cg"},
        {"curvature": "exact"},
        {"curvature": "fisher"},
    ],
    ids=str,
)
def test_outputs_of_one_axis_are_as_good_as_those_of_two(options):
    target = (Y > 0).double()
    flat, deep = network(1, nn.Flatten(0)), network(1)
    scrubber(flat, nn.BCEWithLogitsLoss(), (X, target), **options).remove([0, 1])
    scrubber(deep, nn.BCEWithLogitsLoss(), (X, target[:, None]), **options).remove([0, 1])
    torch.testing.assert_close(flat[2].weight, deep[2].weight, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("name", ["newton_cg", "kfac_newton", "ssd", "fisher_forgetting"])
def test_baselines_take_outputs_of_one_axis(name):
    target = (Y > 0).double()
    loss = nn.BCEWithLogitsLoss()
    flat, deep = (
        baselines.run(name, model, loss, (X[5:], y[5:]), (X[:5], y[:5]))[0]
        for model, y in [(network(1, nn.Flatten(0)), target), (network(1), target[:, None])]
    )
    torch.testing.assert_close(flat[2].weight, deep[2].weight, rtol=1e-8, atol=1e-10)


# --- losses ---------------------------------------------------------------------------------------


def test_ignored_targets_are_found_wherever_they_are():
    ignored = Y.clone()
    ignored[20:30] = -100
    scrub = scrubber(network(), CROSS_ENTROPY, (X, ignored))
    refused("lossSample", "by itself, got NaN for row 18 of 38", lambda: scrub.remove([0, 1]))
    summed = scrubber(network(), nn.CrossEntropyLoss(reduction="sum"), (X, ignored))
    assert summed.remove([0, 1]).gradient_after < summed.plan([2]).gradient_before * 1.01


def test_weights_of_classes_hidden_in_a_function_are_found_wherever_they_matter():
    weight = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64)
    same = (Y == 1).nonzero()[:4, 0]  # the weights cancel in their mean
    scrub = scrubber(network(), lambda o, t: cross_entropy(o, t, weight=weight))
    refused("lossBatch", "use reduction='sum'", lambda: scrub.remove(same))


@pytest.mark.parametrize(
    ("loss", "target", "match"),
    [
        (CROSS_ENTROPY, Y.double(), "got RuntimeError for outputs .* and torch.float64 targets"),
        (CROSS_ENTROPY, Y + 5, "Target . is out of bounds"),
        (lambda o, t: (o if o.sum() > 0 else -o).mean(), Y, "under torch.func.vmap, got"),
        (lambda o, t: 1.0, Y, "'float' object has no attribute"),
    ],
    ids=["dtype", "range", "control flow", "number"],
)
def test_a_loss_that_cannot_be_called_says_how_it_was(loss, target, match):
    refused("lossCall", match, lambda: scrubber(network(), loss, (X, target)).remove([0, 1]))


def test_a_class_is_no_loss():
    refused("optionType", "got the class MSELoss", lambda: scrubber(network(), nn.MSELoss))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_targets_come_to_the_loss_in_its_own_precision(dtype):
    target = (Y > 0).double()
    model = network(1, nn.Sigmoid(), nn.Flatten(0)).to(dtype)  # BCELoss takes no mixed dtypes
    assert scrubber(model, nn.BCELoss(), (X, target)).remove([0, 1]).forgotten == 2


def test_weights_of_outputs_are_no_weights_of_classes():
    weight = torch.tensor([1.0, 2.0, 3.0])
    loss = nn.BCEWithLogitsLoss(weight=weight)  # its mean divides by the outputs alone
    assert scrubber(network(), loss, (X, normal(40, 3).sigmoid())).remove([0, 1]).forgotten == 2


# --- data -----------------------------------------------------------------------------------------


class Rows(Dataset):
    def __init__(self, inputs):
        self.inputs = inputs

    def __len__(self):
        return len(X)

    def __getitem__(self, row):
        return self.inputs(X[row]), Y[row]


class Halves(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = network()

    def forward(self, left, right):
        return self.inner(torch.cat([left, right], dim=-1))


def loader(data, **how):
    return DataLoader(data, batch_size=16, **how)


def halves(row):
    return row[..., :2], row[..., 2:]


@pytest.mark.parametrize(
    "retained",
    [
        Rows(halves),
        loader(Rows(halves)),
        (list(halves(X)), Y),
        [(list(halves(X[:9])), Y[:9]), (halves(X[9:]), Y[9:])],
    ],
    ids=["dataset", "loader", "lists", "batches"],
)
def test_inputs_that_torch_collates_to_lists_are_positional_arguments(retained):
    new = normal(2, 4, seed=5), labels(2, 3)
    model, split = network(), Halves()
    scrubber(model).remove(new)
    scrubber(split, retained=retained).remove((list(halves(new[0])), new[1]))
    torch.testing.assert_close(split.inner[2].weight, model[2].weight, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("how", [{}, {"drop_last": True}, {"shuffle": True, "drop_last": True}])
def test_a_loader_gives_all_rows_and_leaves_the_random_state(how):
    new, model, other = (normal(2, 4, seed=5), labels(2, 3)), network(), network()
    scrubber(model).remove(new)
    before = torch.get_rng_state()
    data = loader(Rows(lambda row: row), **how)
    report = scrubber(other, retained=data, curvature_samples=1000).remove(new)
    assert torch.equal(torch.get_rng_state(), before)
    assert report.retained == report.curvature_samples == 40
    torch.testing.assert_close(other[2].weight, model[2].weight, rtol=1e-8, atol=1e-10)


def test_a_loader_with_a_sampler_of_its_own_gives_what_that_gives():
    new, model, other = (normal(2, 4, seed=5), labels(2, 3)), network(), network()
    scrubber(model, retained=(X[:25], Y[:25])).remove(new)
    before = torch.get_rng_state()
    data = loader(Rows(lambda row: row), sampler=SubsetRandomSampler(range(25)))
    assert scrubber(other, retained=data).remove(new).retained == 25
    assert torch.equal(torch.get_rng_state(), before)
    torch.testing.assert_close(other[2].weight, model[2].weight, rtol=1e-8, atol=1e-10)
    refused("noIds", "sampler of its own", lambda: scrubber(other, retained=data).remove([3]))


def test_more_curvature_samples_than_batches_hold_are_all_of_them():
    new, model, other = (normal(2, 4, seed=5), labels(2, 3)), network(), network()
    scrubber(model).remove(new)
    batches = [(X[:30], Y[:30]), (X[30:], Y[30:])]
    report = scrubber(other, retained=batches, curvature_samples=1000).remove(new)
    assert report.curvature_samples == 40
    torch.testing.assert_close(other[2].weight, model[2].weight, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("mask", [[True, False], np.arange(40) == 3, torch.arange(40) == 3])
def test_a_mask_is_no_list_of_ids(mask):
    refused("idType", "got truth values", lambda: scrubber(network()).remove(mask))


@pytest.mark.parametrize("samples", [{3, 4}, 5, np.int64(5), "3", None, [3.0], (X.numpy(), 1)])
def test_what_is_neither_ids_nor_samples_says_so(samples):
    refused("notPair", "or a sequence of ids, got", lambda: scrubber(network()).remove(samples))


def test_numpy_data_say_what_they_are():
    wanted = r"got tuple of 2 \(ndarray, ndarray\)"
    refused("notPair", wanted, lambda: scrubber(network(), retained=(X.numpy(), Y.numpy())))


def test_ids_may_be_those_of_a_table():
    class Index:
        """As pandas has it."""

        def to_numpy(self):
            return np.array([f"person {row}" for row in range(40)], dtype=object)

    report = scrubber(network(), ids=Index()).remove(np.array(["person 3"]))
    assert report.ids == ("person 3",)
    odd = np.array([None, *range(1, 40)], dtype=object)
    refused("optionType", "whole numbers or strings", lambda: scrubber(network(), ids=odd))


# --- what the surroundings keep -------------------------------------------------------------------


class Counting(nn.Module):
    """Replaces its buffers instead of changing them."""

    def __init__(self):
        super().__init__()
        self.inner = network()
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("last", None)

    def forward(self, x):
        self.calls = self.calls + 1
        self.last = x.mean()
        return self.inner(x)


def test_buffers_that_the_model_replaces_are_put_back():
    model = Counting()
    calls = model.calls
    scrubber(model).remove([0, 1])
    assert model.calls is calls
    assert calls == 0
    assert model.last is None


def test_random_numbers_of_a_perturbation_leave_the_random_state():
    scrub = scrubber(network(), select="lfoci", perturb=lambda x, _: x + torch.randn_like(x))
    before = torch.get_rng_state()
    scrub.remove([0, 1])
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize("answer", [False, np.bool_(False), torch.tensor(False), 0])
def test_a_guard_refuses_by_whatever_is_false(answer):
    model = network()
    before = model[2].weight.detach().clone()
    scrub = scrubber(model, guard=lambda report: answer)
    refused("guard", "must not refuse", lambda: scrub.remove([0, 1]))
    assert torch.equal(model[2].weight, before)


def test_a_perturbation_may_return_another_dtype():
    model = network().float()
    scrub = scrubber(model, select="lfoci", perturb=lambda x, g: x.double() + normal(*x.shape))
    assert scrub.remove([0, 1]).parameters_touched > 0


def test_models_without_gradients_are_refused():
    meta = nn.Linear(4, 3, device="meta")
    refused("metaDevice", "`weight` on the meta device", lambda: scrubber(meta))
    scrub = scrubber(network())
    with torch.inference_mode():
        refused("inferenceMode", "got torch.inference_mode", lambda: scrub.remove([0, 1]))
        made = network()
    refused("inferenceMode", "made outside", lambda: scrubber(made))


def test_inputs_that_the_model_cannot_take_are_named():
    narrow = X[:2, :3], Y[:2]
    wanted = r"inputs of `samples`, torch.float64 \(2, 3\): mat1"
    refused("modelInput", wanted, lambda: scrubber(network()).remove(narrow))


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"layers": [0]}, "sequence of names, got"),
        ({"layers": "0"}, "sequence of names, got '0'"),
        ({"embeddings": "no"}, "`embeddings` must be true or false"),
        ({"progress": "no"}, "`progress` must be true or false"),
    ],
    ids=str,
)
def test_options_of_the_wrong_type(options, match):
    refused("optionType", match, lambda: scrubber(network(), **options))


# --- ledgers and undoing --------------------------------------------------------------------------


def test_two_scrubbers_with_one_ledger_know_of_each_other(tmp_path):
    with Ledger(tmp_path / "ledger") as ledger:
        one, other = (scrubber(network(), ledger=ledger) for _ in range(2))
        first = one.remove([0, 1])
        assert other.resume() == 1
        refused("alreadyRemoved", "got 1, which was", lambda: other.remove([1]))
        assert other.plan([2]).retained == first.retained - 1
        one.undo()
        assert other.resume() == 1
        assert other.plan([1]).retained == 39


def test_undo_needs_all_the_weights_that_the_removal_left():
    model = network()
    scrub = scrubber(model)
    scrub.remove([0, 1])
    with torch.no_grad():
        model[0].weight[0, 0] += 1  # in a layer that the removal did not change
    refused("undoWeights", "got other weights", scrub.undo)


def test_a_model_whose_samples_influence_each_other_is_refused():
    norm = nn.BatchNorm1d(3, track_running_stats=False)
    wanted = "the same outputs in any batch"
    refused("batchDependent", wanted, lambda: scrubber(network(3, norm)).remove([0]))


def test_a_lazy_model_that_was_never_called_is_refused():
    refused("lazyModel", "`weight` without a shape", lambda: scrubber(nn.LazyLinear(3)))


def test_targets_of_another_shape_are_found_also_where_one_sample_hides_them():
    scrub = scrubber(network(), nn.HuberLoss(), (X, Y.double()))
    with pytest.warns(UserWarning, match="broadcasting"):  # torch's own
        refused("lossCall", "size of tensor a", lambda: scrub.remove([0]))


def test_evaluate_takes_forgotten_and_test_samples_as_pairs():
    data = {"loss": CROSS_ENTROPY, "retained": (X, Y)}
    rows = Rows(lambda row: row)
    refused("notPair", "`forgotten`", lambda: evaluate(network(), forgotten=rows, **data))
    pair = X[:9], Y[:9]
    refused("notPair", "`test`", lambda: evaluate(network(), forgotten=pair, test=rows, **data))


def test_a_model_without_slices_says_why_its_layers_have_none():
    frozen = network().requires_grad_(False)
    refused("noSlices", "got none: frozen", lambda: scrubber(frozen).remove([0]))
    norm = network(3, nn.LayerNorm(3))
    wanted = "not in `layers`, not a supported layer type"
    refused("noSlices", wanted, lambda: scrubber(norm, layers=["3"]).remove([0]))
