"""`unlearn` is a removal from a copy: the same weights as by `Scrubber`, the model untouched."""

import copy

import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

from lcodec import LcodecError
from lcodec.scrub import Ledger, Scrubber, unlearn
from python.tests.scrub.networks import conv_data, conv_net
from python.tests.scrub.paper import PAPER, same, state

KEPT, GONE = conv_data(40), conv_data(5, seed=7)
QUICK = {"perturbations": 60, "weight_decay": 0.1}


def by_scrubber(**options):
    model = conv_net()
    Scrubber(model, nn.CrossEntropyLoss(), KEPT, **options).remove(GONE)
    return state(model)


FORMS = {
    "pair": GONE,
    "mapping": {"input": GONE[0], "labels": GONE[1]},
    "data set": TensorDataset(*GONE),
    "loader": DataLoader(TensorDataset(*GONE), batch_size=2),
    "batches": [(GONE[0][:3], GONE[1][:3]), (GONE[0][3:], GONE[1][3:])],
}


@pytest.mark.parametrize("form", FORMS)
def test_it_is_a_removal_from_a_copy(form) -> None:
    model = conv_net()
    before = state(model)
    model.train()
    model[1].eval()
    retained = DataLoader(TensorDataset(*KEPT), batch_size=16, shuffle=True)
    options = {**QUICK, "batch_size": 16}
    scrubbed = unlearn(model, retained, FORMS[form], **options)
    assert same(state(scrubbed), by_scrubber(**options))
    assert same(state(model), before)
    assert not same(state(scrubbed), before)
    modes = [module.training for module in model.modules()]
    assert [module.training for module in scrubbed.modules()] == modes


def test_the_preset_is_the_form_of_the_paper() -> None:
    scrubbed = state(unlearn(conv_net(), KEPT, GONE, preset="paper", **QUICK))
    assert same(scrubbed, by_scrubber(**PAPER, steps=1, **QUICK))
    assert not same(scrubbed, by_scrubber(**QUICK))


def test_another_loss() -> None:
    model = nn.Linear(25, 1).double()
    kept, gone = [(x.flatten(1), y.double()[:, None]) for x, y in (KEPT, GONE)]
    options = {"loss": nn.MSELoss(), "select": "all", "damping": 0.0, "weight_decay": 0.1}
    again = copy.deepcopy(model)
    Scrubber(again, nn.MSELoss(), kept, select="all", damping=0.0, weight_decay=0.1).remove(gone)
    assert same(state(unlearn(model, kept, gone, **options)), state(again))


@pytest.mark.parametrize(
    ("arguments", "options", "id", "message"),
    [
        (
            (KEPT, (GONE[0], torch.rand(5, 3))),
            {},
            "missingOption",
            "`loss` must be given where targets are not numbers of classes, got targets of "
            "torch.float32",
        ),
        ((KEPT, [1, 2]), {}, "notPair", "`forgotten` must be a pair .* got list of 2"),
        ((KEPT, {"x": GONE[0]}), {}, "notPair", "`forgotten` must be a pair .* got dict"),
        ((3, GONE), {}, "notBatches", "`retained` must be"),
        ((KEPT, TensorDataset(*GONE)), {"batch_size": 0}, "optionRange", "`batch_size` must be"),
        ((KEPT, GONE), {"dampening": 1.0}, "unknownOption", "the nearest known one is `damping`"),
        ((KEPT, KEPT), {}, "stillRetained", "leave them out of `retained`"),
    ],
)
def test_what_it_refuses(arguments, options, id, message) -> None:
    with pytest.raises(LcodecError, match=message) as caught:
        unlearn(conv_net(), *arguments, **{**QUICK, **options})
    assert caught.value.id == f"lcodec:{id}"


def test_a_ledger_is_closed_on_errors_too(tmp_path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    with pytest.raises(LcodecError, match="leave them out"):
        unlearn(conv_net(), KEPT, KEPT, ledger=ledger, **QUICK)
    Ledger(tmp_path / "ledger.jsonl").close()  # it would find the other one's lock
