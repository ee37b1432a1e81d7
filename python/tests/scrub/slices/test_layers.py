"""Which layers have slices, and why others have none."""

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune
from transformers.pytorch_utils import Conv1D

from lcodec import LcodecError
from lcodec.scrub.slices.slices import find_slices
from python.tests.scrub.networks import (
    ResNet,
)
from python.tests.scrub.slices.units import slices_of, uncovered


def hooked(layer, name):
    return prune.l1_unstructured(layer, name, amount=1)


class Scaled(nn.Embedding):
    def forward(self, ids):
        return 2 * super().forward(ids)


class Extra(nn.Linear):
    def __init__(self):
        super().__init__(3, 2)
        self.scale = nn.Parameter(torch.ones(2))


PARAMETRIZED = "parametrized"
COMPUTED = "weight computed from other parameters"
RENORMALISED = "rows renormalised by `max_norm`"


# --- what is left out, and why --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            parametrizations.weight_norm(nn.Linear(3, 2)),
            [
                ("", "ParametrizedLinear", 2, PARAMETRIZED),
                ("parametrizations.weight", "ParametrizationList", 8, PARAMETRIZED),
            ],
        ),
        (hooked(nn.Linear(3, 2), "weight"), [("", "Linear", 8, COMPUTED)]),
        (nn.Embedding(4, 2, max_norm=1.0), [("", "Embedding", 8, RENORMALISED)]),
        (Scaled(4, 2), [("", "Scaled", 8, "Embedding with a forward of its own")]),
        (hooked(nn.LSTM(2, 3), "weight_hh_l0"), [("", "LSTM", 84, COMPUTED)]),
        (nn.EmbeddingBag(4, 2, max_norm=1.0), [("", "EmbeddingBag", 8, RENORMALISED)]),
    ],
    ids=lambda part: type(part).__name__,
)  # fmt: skip
def test_reasons(model, expected) -> None:
    assert uncovered(model, embeddings=True) == expected


def test_frozen_parameters_are_in_no_slice() -> None:
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 3))
    model[3].bias.requires_grad_(False)
    model[0].weight.requires_grad_(False)
    assert uncovered(model) == [
        ("0", "Conv2d", 18, "frozen"),
        ("3", "Linear", 3, "frozen"),
    ]
    assert [one.parameters for one in slices_of(model)] == [1, 1, 2, 2, 8, 8, 8]


def test_frozen_parameters_can_be_asked_for() -> None:
    model = nn.Linear(3, 2).requires_grad_(False)
    assert slices_of(model) == []
    assert [one.parameters for one in slices_of(model, frozen=True)] == [4, 4]
    assert uncovered(model, frozen=True) == []


def test_a_subclass_counts_as_its_type() -> None:
    assert [(one.layer, one.kind, one.parameters) for one in slices_of(Extra())] == [
        ("", "Extra", 4),
        ("", "Extra", 4),
        ("scale", "Parameter", 1),
        ("scale", "Parameter", 1),
    ]


def test_only_the_conv1d_of_transformers_is_one() -> None:
    imposter = type("Conv1D", (nn.Module,), {"__module__": "elsewhere"})()
    imposter.weight = nn.Parameter(torch.ones(3, 2))
    assert [(one.layer, one.kind) for one in slices_of(imposter)] == [("weight", "Parameter")] * 3
    assert len(slices_of(type("Mine", (Conv1D,), {})(2, 3))) == 2


# --- `layers` -------------------------------------------------------------------------------------


def test_layers_are_named_with_their_submodules() -> None:
    model = ResNet()
    named = slices_of(model, layers=["stages.1.0", "head"])
    assert {one.layer for one in named} == {
        "stages.1.0.first", "stages.1.0.norm1", "stages.1.0.second", "stages.1.0.norm2",
        "stages.1.0.shortcut.0", "stages.1.0.shortcut.1", "head",
    }  # fmt: skip
    reasons = {one.layer: one.reason for one in find_slices(model, layers=["head"])[1]}
    assert reasons["stem.0"] == "not in `layers`"
    assert reasons["stem.1"] == "not in `layers`"
    assert [one.layer for one in slices_of(model, layers="head")] == ["head"] * 3
    assert len(slices_of(model, layers=[""])) == len(slices_of(model))


def test_a_shared_module_answers_to_all_its_names() -> None:
    shared = nn.Linear(2, 2)
    model = nn.Sequential(shared, nn.Tanh(), shared)
    assert [one.layer for one in slices_of(model, layers=["2"])] == ["0", "0"]


@pytest.mark.parametrize(
    ("name", "hint"),
    [("stages.1.0.frist", "; the nearest known one is 'stages.1.0.first'"), ("xyz", "")],
)
def test_unknown_layers_are_refused(name, hint) -> None:
    with pytest.raises(LcodecError) as caught:
        find_slices(ResNet(), layers=["head", name])
    assert caught.value.id == "lcodec:unknownLayer"
    message = f"`layers` must name modules of `model`, got '{name}'{hint}"
    assert str(caught.value).endswith(message)
