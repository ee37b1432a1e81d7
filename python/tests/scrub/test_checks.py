"""Models and requests that are refused."""

import pytest
import torch
from torch import nn

from lcodec import LcodecError
from lcodec.scrub import Scrubber, checks
from python.tests.scrub import paper
from python.tests.scrub.networks import conv_data, conv_net, fill, labels, normal
from python.tests.scrub.perceptron import X, Y, network, refused, scrubber


def no_parameters():
    return nn.Tanh()


def mixed():
    return nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2).double())


def broken():
    model = conv_net()
    with torch.no_grad():
        model[2].bias[1] = float("nan")
    return model


@pytest.mark.parametrize(
    ("model", "id", "message"),
    [
        (lambda: "net", "optionType", "`model` must be a torch.nn.Module, got str"),
        (no_parameters, "modelDtype", "parameters of one dtype, got no parameters"),
        (mixed, "modelDtype", "parameters of one dtype, got torch.float32, torch.float64"),
        (broken, "nonFinite", "`model` must be finite, got NaN or infinity in `2.bias`"),
    ],
)
def test_models_are_checked(model, id, message) -> None:
    with pytest.raises(LcodecError) as caught:
        paper.scrubber(model())
    assert caught.value.id == f"lcodec:{id}"
    assert message in str(caught.value)


class Returns(nn.Module):
    """Returns something that is not one row per input."""

    def __init__(self, what):
        super().__init__()
        self.layer, self.what = nn.Linear(4, 3).double(), what

    def forward(self, x):
        return self.what(self.layer(x))


@pytest.mark.parametrize(
    ("what", "message"),
    [
        (lambda z: (z, z), "`model` must return a tensor, or logits by that name, got tuple"),
        (torch.sum, r"`model` must return 4 rows for as many inputs, got shape ()"),
    ],
)
def test_outputs_are_checked(what, message) -> None:
    with pytest.raises(LcodecError) as caught:
        paper.scrubber(Returns(what), (normal(30, 4), labels(30, 3)), batch_size=20).remove(
            (normal(4, 4), labels(4, 3))
        )
    assert caught.value.id == "lcodec:modelOutput"
    assert message in str(caught.value)


def test_requests_without_a_result_are_refused() -> None:
    forget = conv_data(5, seed=7)
    silent = conv_net()
    for tensor in silent.parameters():
        tensor.requires_grad_(False)
    regression = Scrubber(
        fill(nn.Linear(4, 1)), nn.MSELoss(), (normal(9, 4), normal(9, 1)), response="margin"
    )
    data = normal(9, 4), normal(9, 1)
    flat = Scrubber(fill(nn.Linear(4, 1)), lambda z, t: z.sum() * 0, data, **paper.PAPER)
    sample = normal(2, 4), normal(2, 1)
    for act, id, message in [
        (
            lambda: paper.scrubber(max_parameters=3, select="all").remove(forget),
            "budgetTooSmall",
            "`max_parameters` must be at least 10, the smallest slice chosen, got 3",
        ),
        (
            lambda: paper.scrubber(select="all", memory_limit=1000).remove(forget),
            "memoryLimit",
            "of 163 selected parameters",
        ),
        (
            lambda: paper.scrubber(silent).remove(forget),
            "noSlices",
            "`model` must use a trainable layer with slices, got none",
        ),
        (lambda: regression.remove(sample), "noMargin", "`response` 'margin' needs outputs"),
        (
            lambda: flat.remove(sample),
            "constantResponse",
            "`response` 'loss' must vary over the perturbations, got 1 distinct values in 1000",
        ),
    ]:
        with pytest.raises(LcodecError) as caught:
            act()
        assert caught.value.id == f"lcodec:{id}"
        assert message in str(caught.value)


def test_models_without_gradients_are_refused() -> None:
    meta = nn.Linear(4, 3, device="meta")
    refused("metaDevice", "`weight` on the meta device", lambda: scrubber(meta))
    scrub = scrubber(network())
    with torch.inference_mode():
        refused("inferenceMode", "got torch.inference_mode", lambda: scrub.remove([0, 1]))
        made = network()
    refused("inferenceMode", "made outside", lambda: scrubber(made))


def test_inputs_that_the_model_cannot_take_are_named() -> None:
    narrow = X[:2, :3], Y[:2]
    wanted = r"inputs of `samples`, torch.float64 \(2, 3\): mat1"
    refused("modelInput", wanted, lambda: scrubber(network()).remove(narrow))


def test_a_model_whose_samples_influence_each_other_is_refused() -> None:
    norm = nn.BatchNorm1d(3, track_running_stats=False)
    wanted = "the same outputs in any batch"
    refused("batchDependent", wanted, lambda: scrubber(network(3, norm)).remove([0]))


def test_a_lazy_model_that_was_never_called_is_refused() -> None:
    refused("lazyModel", "`weight` without a shape", lambda: scrubber(nn.LazyLinear(3)))


def test_a_model_without_slices_says_why_its_layers_have_none() -> None:
    frozen = network().requires_grad_(False)
    refused("noSlices", "got none: frozen", lambda: scrubber(frozen).remove([0]))
    words = nn.Sequential(nn.Embedding(4, 2).double(), network())
    wanted = r"rows of an Embedding \(`embeddings` is False\), not in `layers`"
    refused("noSlices", wanted, lambda: scrubber(words, layers=["0"]).remove([0]))


@pytest.mark.parametrize(
    ("numbers", "finite"),
    [
        ([3e38, 3e38, 1.0], True),  # their sum is not
        ([1.0, torch.inf, -torch.inf], False),
        ([3e38, 3e38, torch.nan], False),
    ],
)
def test_numbers_are_finite_whatever_their_sum(numbers, finite) -> None:
    assert checks.all_finite(torch.tensor(numbers)) == finite
