"""What an entry holds."""

import copy
import json
from pathlib import Path

import torch
from torch import nn

from lcodec import __version__
from lcodec.scrub import Scrubber
from lcodec.scrub.ledger.entry import removal_entry, sample_hashes, undo_entry
from lcodec.scrub.ledger.ledger import Ledger
from lcodec.scrub.ledger.reader import verify
from lcodec.scrub.ledger.weights import fingerprint
from python.tests.scrub.ledger.removals import Net, commit, filled, raises
from python.tests.scrub.networks import conv_data, conv_net, normal


def test_an_entry_comes_back_as_it_was_written(path: Path) -> None:
    model = conv_net()
    before = fingerprint(model)
    report = Scrubber(
        copy.deepcopy(model), nn.CrossEntropyLoss(), conv_data(40), select="all"
    ).remove(conv_data(5, seed=7))
    noise = {"scope": "all", "sigma": 0.1, "epsilon": 0.5, "delta": 1e-5}
    entry = removal_entry(report, ids=[3, "name"], noise=noise, options={"damping": 1e-3})
    with Ledger(path) as ledger:
        new = {"0.weight": torch.zeros_like(model.get_parameter("0.weight"))}
        written = ledger.commit(model, new, entry)
        assert ledger.entries == (written,)
    assert verify(path) == (written,)
    assert (written.before, written.after) == (before, fingerprint(model))
    assert written.ids == (3, "name")
    assert written.forgotten == 2
    assert written.removal["slices"] == report.by_layer()
    assert written.removal["gradient_after"] == report.gradient_after
    assert written.removal["select"] == "all"
    assert written.noise == noise
    assert written.options == {"damping": 1e-3}
    assert (written.sequence, written.library) == (1, __version__)
    assert written.time.endswith("+00:00")


def test_a_line_is_plain_json(path: Path) -> None:
    filled(path, 2)
    header, first, second = (json.loads(line) for line in path.read_text().splitlines())
    assert header["format"] == "lcodec-ledger"
    assert header["version"] == 1
    assert first["ids"] == [0, "name 0"]
    assert second["before"] == first["after"]


def test_epsilon_and_delta_add_up_and_an_undo_gives_nothing_back(path: Path) -> None:
    model = Net()
    with Ledger(path) as ledger:
        assert ledger.composed == (0.0, 0.0)
        old = {name: tensor.detach().clone() for name, tensor in model.named_parameters()}
        first = commit(ledger, model, 1, noise={"epsilon": 0.5, "delta": 1e-3})
        ledger.commit(model, old, undo_entry(first))
        commit(ledger, model, 2, noise={"epsilon": 0.25, "delta": 1e-3})
        commit(ledger, model, 3)
        assert ledger.composed == (0.75, 2e-3)
    with Ledger(path) as ledger:
        assert ledger.composed == (0.75, 2e-3)


def test_sample_hashes_are_of_each_sample_alone() -> None:
    x, y = normal(4, 3), torch.arange(4)
    hashes = sample_hashes(x, y)
    assert len(set(hashes)) == 4
    assert sample_hashes(x[2:3], y[2:3]) == hashes[2:3]
    assert sample_hashes(x, y + 1)[0] != hashes[0]
    assert sample_hashes(x.float(), y)[0] != hashes[0]
    pair = sample_hashes((x, y), y)
    assert pair == sample_hashes({"0": x, "1": y}, y)
    assert pair[0] != hashes[0]
    with raises("sizeMismatch", "4 rows like the inputs, got 3"):
        sample_hashes(x, y[:3])
    both = {"input_ids": x, "attention_mask": y}
    assert sample_hashes(both, y) == sample_hashes(dict(reversed(both.items())), y)
