"""The forms that samples may have, and those that are refused."""

import pytest
import torch
from torch.utils.data import DataLoader, TensorDataset

from lcodec import LcodecError
from python.tests.scrub.networks import conv_data, conv_net
from python.tests.scrub.paper import scrubber

# --- the same answer whatever the form ------------------------------------------------------------


def test_forms_of_the_retained_data_agree() -> None:
    x, y = conv_data(40)
    forms = [
        (x, y),
        [x, y],
        DataLoader(TensorDataset(x, y), batch_size=9),
        [(x[:11], y[:11]), (x[11:], y[11:])],
    ]
    models = [conv_net() for _ in forms]
    for model, form in zip(models, forms, strict=True):
        scrubber(model, form).remove(conv_data(5, seed=7))
    for model in models[1:]:
        for one, other in zip(models[0].parameters(), model.parameters(), strict=True):
            assert torch.allclose(one, other, rtol=0, atol=1e-10)


X, Y = conv_data(6)


# --- arguments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("retained", "id", "message"),
    [
        ((X, Y[:5]), "sizeMismatch", "targets of `retained` must have 6 rows like the inputs, got"),
        ((X, Y, Y), "notPair", "`retained` must be a pair of tensors .*, got tuple of 3"),
        ((X, Y.numpy()), "notPair", "`retained` must be a pair of tensors"),
        ((X[:0], Y[:0]), "emptyInput", "inputs of `retained` must have at least one row"),
        ((X * torch.inf, Y), "nonFinite", "inputs of `retained` must be finite"),
        (X, "notBatches", "`retained` must be a pair .* of such pairs, got Tensor"),
        (iter([(X, Y)]), "notReiterable", "`retained` must allow several passes, .* which allows"),
        ([], "emptyInput", "`retained` must hold at least one batch, got none"),
        (
            [X.numpy()],
            "notPair",
            "`retained` must be a pair of tensors .*, got list of 1 (ndarray)",
        ),
    ],
)
def test_retained_data_are_checked(retained, id, message) -> None:
    with pytest.raises(LcodecError) as caught:
        scrubber(data=retained).remove((X, Y))
    assert caught.value.id == f"lcodec:{id}"
    for part in message.split(".*"):
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("samples", "id", "message"),
    [
        (X, "notPair", "(inputs, targets) or a sequence of ids, got Tensor"),
        ((X, Y[:2]), "sizeMismatch", "targets of `samples` must have 6 rows like the inputs"),
        ((X[:0], Y[:0]), "emptyInput", "inputs of `samples` must have at least one row, got none"),
        ((X * torch.nan, Y), "nonFinite", "inputs of `samples` must be finite"),
    ],
)
def test_samples_are_checked(samples, id, message) -> None:
    with pytest.raises(LcodecError) as caught:
        scrubber().remove(samples)
    assert caught.value.id == f"lcodec:{id}"
    assert message in str(caught.value)
