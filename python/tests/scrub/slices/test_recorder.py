"""`lcodec.scrub.Activations` as users have it: no slices given, several passes, named columns."""

import pandas as pd
import pytest
import torch
from torch import nn

import lcodec
from lcodec import LcodecError
from lcodec.scrub import Activations, Scrubber
from lcodec.scrub.slices.slices import find_slices
from python.tests.scrub.networks import Twice, conv_data, conv_net, fill, normal
from python.tests.scrub.slices.columns import IDS, MASK, Masked


def test_three_lines() -> None:
    model, (x, _) = conv_net(), conv_data(7)
    with Activations(model) as activations:
        model(x)
    table = activations.take()
    assert table.shape == (7, 13)
    assert table.dtype == torch.float64
    assert not table.requires_grad
    slices, _ = find_slices(model)
    with Activations(model, slices) as other:
        model(x)
        assert torch.equal(other.take(7), table)
    assert activations.columns == other.columns
    assert activations.names == (
        [f"0.{unit}" for unit in range(6)]
        + [f"2.{unit}" for unit in range(4)]
        + [f"5.{unit}" for unit in range(3)]
    )
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_frozen_layers_are_recorded_too() -> None:
    model, (x, _) = conv_net().requires_grad_(False), conv_data(2)
    with Activations(model, layers=["2", "5"]) as activations:
        model(x)
    assert activations.take().shape == (2, 7)
    assert [column.slice for column in activations.columns] == list(range(7))


def test_rows_of_several_passes_stand_one_after_the_other() -> None:
    model, x = Twice(), normal(7, 4)
    with Activations(model) as activations:
        for batch in x.split(3):
            model(batch)
        table = activations.take()
        model(x[:2])
        assert torch.allclose(activations.take(), table[:2], rtol=0, atol=1e-12)
        model(x=x)
    assert torch.allclose(activations.take(), table, rtol=0, atol=1e-12)
    assert activations.names[:5] == ["body.0", "body.1", "body.2", "body.3", "body[1].0"]
    assert len(set(activations.names)) == len(activations.names) == 11


def test_gradients_of_several_passes_are_reduced_pass_by_pass() -> None:
    model, x = fill(nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 2))), normal(7, 4)
    with Activations(model, keep_graph=True) as activations:
        for batch in x.split(3):
            model(batch)
        table = activations.take()
        assert [name for name, _ in activations.outputs] == ["0", "2"] * 3
        again = activations.reduce([output for _, output in activations.outputs])
    assert torch.equal(again, table)
    assert table.requires_grad


def test_rows_are_those_of_the_models_inputs() -> None:
    model = Masked()
    with Activations(model, embeddings=True) as activations:
        model(IDS, attention_mask=MASK)
        whole = activations.take()
        model(ids=IDS[:2], attention_mask=MASK[:2])
        assert torch.allclose(activations.take(), whole[:2], rtol=0, atol=1e-12)
        model.body(normal(5, 4))  # no pass of the model: the most rows of a call
        with pytest.raises(LcodecError, match="same layers in every forward pass"):
            activations.take()
    assert whole.shape == (3, 9 + 6 + 3 + 2 + 2 + 2)
    with Activations(model, layers=["body"]) as activations:
        model.body(normal(5, 4))
    assert activations.take().shape == (5, 3)


def test_the_units_that_a_removal_changed() -> None:
    model, (x, y) = conv_net(), conv_data(30)
    options = {"perturbations": 20, "max_features": 2, "progress": False}
    report = Scrubber(model, nn.CrossEntropyLoss(), (x[3:], y[3:]), **options).remove(
        (x[:3], y[:3])
    )
    with Activations(model, report.slices) as activations:
        model(x)
    assert activations.take().shape == (30, len(report.slices))
    assert sorted(activations.names) == sorted(f"{s.layer}.{s.unit}" for s in report.slices)


def test_what_is_refused() -> None:
    message = r"`model` must be a torch\.nn\.Module, got list"
    with pytest.raises(LcodecError, match=message) as caught:
        Activations([nn.Linear(2, 2)])
    assert caught.value.id == "lcodec:optionType"
    with pytest.raises(LcodecError, match="`layers` must name modules of `model`") as caught:
        Activations(Twice(), layers=["boddy"])
    assert caught.value.id == "lcodec:unknownLayer"
    with Activations(nn.BatchNorm1d(3)) as activations:
        pass
    with pytest.raises(LcodecError, match="must use a trainable layer with slices") as caught:
        activations.take()
    assert caught.value.id == "lcodec:noSlices"
    with pytest.raises(RuntimeError, match="mat1 and mat2"), activations:
        Twice()(normal(2, 5))


def test_lfoci_finds_the_units_that_carry_a_response() -> None:
    model, x = fill(nn.Sequential(nn.Linear(5, 8), nn.Tanh(), nn.Linear(8, 3))), normal(400, 5)
    with Activations(model) as activations, torch.no_grad():
        outputs = model(x)
    table = pd.DataFrame(activations.take().numpy(), columns=activations.names)
    found = lcodec.lfoci(table, outputs[:, 1].square(), max_features=1)
    assert found.names == ("2.1",)
