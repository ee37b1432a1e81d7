"""Networks trained as in practice: a small run, and its report from the account alone."""

import json
from itertools import combinations

import numpy as np
import pytest
import torch

from bench.scrub.practice import journal, sequence
from bench.scrub.practice.__main__ import run
from bench.scrub.practice.methods import apply_method, scrubber
from bench.scrub.practice.networks import SETTINGS
from bench.scrub.practice.removals import KINDS, case
from bench.scrub.practice.report import overview, pairs, report
from bench.scrub.practice.rules import RULES
from bench.scrub.practice.selections import SELECTIONS, by_channel, derivatives
from bench.scrub.practice.statistics import after, against, geometric, interval
from bench.scrub.practice.training import shifted
from lcodec import lfoci
from lcodec.scrub.selection import selection
from lcodec.scrub.slices.slices import find_slices


def test_a_small_run_is_resumed_and_reported_from_its_account(tmp_path) -> None:
    file = tmp_path / "account.jsonl"
    run(file, ["diabetes-mlp"], 1, ("1 %",), None, small=True)
    first = file.read_text()
    file.write_text(first + '{"network": "cut')  # as if it had been killed
    run(file, ["diabetes-mlp"], 1, ("1 %", "backdoor"), None, small=True)
    cells, sessions = journal.read([file])
    assert [cell["kind"] for cell in cells] == ["1 %", "backdoor"]
    assert file.read_text().startswith(first)  # nothing is computed again
    assert len(sessions) == 2
    assert cells[0]["refit"]["forgotten"] == 0
    assert cells[0]["methods"]["nothing"]["residual"] == 1
    text = report(cells, sessions)
    assert "LFOCI (default)" in text
    assert text == report([json.loads(json.dumps(cell)) for cell in cells], sessions)
    with pytest.raises(ValueError, match="with --small"):
        run(file, ["diabetes-mlp"], 1, ("1 %",), None, small=False)


def test_methods_are_added_to_an_account_or_told_in_another(tmp_path) -> None:
    file, other = tmp_path / "account.jsonl", tmp_path / "other.jsonl"
    for where, chosen in ((file, ("ssd",)), (file, ("ssd", "grin", "floor")), (other, ("scrub",))):
        run(where, ["diabetes-mlp"], 1, ("1 %",), None, small=True, chosen=chosen)
    assert len(file.read_text().splitlines()) == 4  # two sessions, and a line of the cell for each
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [list(line["methods"]) for line in lines[1::2]] == [
        ["nothing", "ssd"],
        ["nothing", "grin", "floor"],  # what there was is not computed again
    ]
    (cell,), sessions = journal.read([file, other])
    assert list(cell["methods"]) == ["nothing", "ssd", "grin", "floor", "scrub"]
    assert cell["methods"]["scrub"]["error"] == "lcodec:noClasses"  # it is a regression
    assert len(sessions) == 3
    text = report([cell], sessions)
    assert "gradient ratio (GRIN)" in text
    assert "1: noClasses" in text
    lines[3]["methods"]["nothing"]["test"] *= 1.1
    other.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with pytest.raises(ValueError, match="told twice, and differs before the removal: test is"):
        journal.read([other])


def test_the_noise_floor_is_a_refit_from_another_seed() -> None:
    setting = SETTINGS["diabetes-mlp"].smaller()
    found = case(setting.data(0, None), "10 %", 0)
    refit, again = (setting.trained(found.data, found.keep, seed) for seed in (0, 1000))
    floor = apply_method("floor", setting, refit, found, 0).model
    for one, two, three in zip(
        refit.parameters(), again.parameters(), floor.parameters(), strict=True
    ):
        assert torch.equal(two, three)
        assert not torch.equal(one, three)


def test_a_method_that_some_cells_lack_has_its_row() -> None:
    cells = made(0.8)
    for cell in cells[:4]:
        del cell["methods"]["lfoci"]
    assert "LFOCI (default)" in overview(cells)
    assert geometric(cells, after("lfoci", "test")) == pytest.approx(0.4)


def test_rules_for_steps_are_compared_in_the_same_way(tmp_path) -> None:
    file = tmp_path / "account.jsonl"
    run(file, ["diabetes-mlp"], 1, ("1 %",), None, small=True, alternatives=RULES)
    cells, sessions = journal.read([file])
    assert set(cells[0]["methods"]) == {"nothing", *RULES}
    assert all("error" not in row for row in cells[0]["methods"].values())
    assert cells[0]["methods"]["rule: one"]["steps"] == 1
    text = report(cells, sessions)
    assert all(one.title in text for one in RULES.values())


@pytest.mark.parametrize("network", ["digits-mlp", "diabetes-mlp"])
def test_selections_are_compared_in_the_same_way(tmp_path, network) -> None:
    file = tmp_path / "account.jsonl"
    run(file, [network], 1, ("1 %",), None, small=True, alternatives=SELECTIONS)
    (cell,), sessions = journal.read([file])
    rows = {name.removeprefix("selection: "): row for name, row in cell["methods"].items()}
    assert set(cell["methods"]) == {"nothing", *SELECTIONS}
    assert all("error" not in row for row in rows.values())
    assert all(rows[name]["touched"] <= rows["taken"]["touched"] for name in ("contrast", "random"))
    assert rows["layers, 20 %"]["touched"] <= 0.2 * cell["parameters"]
    sizes = (2080, 330) if network == "digits-mlp" else (352, 1056, 33)
    wholes = [sum(some) for count in (1, 2, 3) for some in combinations(sizes, count)]
    assert rows["layers"]["touched"] in wholes
    assert rows["largest"]["slices"] == len(sizes)
    same = {name: row | {"seconds": 0} for name, row in rows.items()}
    assert (same["classes"] == same["taken"]) == (network == "diabetes-mlp")
    assert same["channels"]["forgotten"] == pytest.approx(same["taken"]["forgotten"])
    text = report([cell], sessions)
    assert all(one.title in text for one in SELECTIONS.values())
    assert "over LFOCI, one neighbour" in text


def test_neighbours_are_those_of_lfoci() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(100, 8))
    response = features @ rng.normal(size=8)

    def chosen() -> list[int]:
        table, values = torch.as_tensor(features), torch.as_tensor(response)
        return selection.by_lfoci(table, range(8), values, sigma=0.01, seed=0)

    with SELECTIONS["selection: K=5"].put():
        found = chosen()
    options = {"seed": 0, "response": "ordered"}
    assert found == lfoci(features, response, n_neighbors=5, **options).selected.tolist()
    assert found != chosen() == lfoci(features, response, **options).selected.tolist()


def test_groups_are_taken_whole_and_orders_by_what_they_say() -> None:
    setting = SETTINGS["digits-cnn"].smaller()
    found = case(setting.data(0, None), "10 %", 0)
    model = setting.trained(found.data, torch.ones(120, dtype=torch.bool), 0)

    def plan(name):
        one = SELECTIONS[name]
        with one.put():
            return scrubber(one.options, setting, model, found, 0).plan(found.forget.tolist())

    channels = [(one.layer, one.unit) for one in plan("selection: channels").slices]
    for layer, above in (("0", "1"), ("3", "4")):
        assert {unit for name, unit in channels if name == layer} == {
            unit for name, unit in channels if name == above
        }
    assert any(layer != "8" for layer, _ in channels)
    layers = plan("selection: layers").slices
    assert len(layers) == sum(
        {"0": 8, "1": 8, "3": 16, "4": 16, "8": 10}[name] for name in {one.layer for one in layers}
    )
    top = plan("selection: filled, contrast").slices
    like = plan("selection: contrast").slices
    assert like[0] == top[0]
    largest = plan("selection: largest").slices
    assert sorted(one.layer for one in largest) == ["0", "1", "3", "4", "8"]
    assert top[0] in largest


def test_channels_are_units_with_their_normalisation() -> None:
    slices, _ = find_slices(SETTINGS["digits-cnn"].network())
    labels = by_channel(slices)
    groups = [
        [one.layer for one, own in zip(slices, labels, strict=True) if own == label]
        for label in dict.fromkeys(labels)
    ]
    assert groups == [["0", "1"]] * 8 + [["3", "4"]] * 16 + [["8"]] * 10


def test_derivatives_of_classes_are_differences_along_a_direction() -> None:
    torch.manual_seed(0)
    model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 5))
    model = model.double()
    direction = {name: torch.randn_like(part) for name, part in model.named_parameters()}
    inputs, copy = torch.randn(6, 3).double(), torch.tensor([0, 0, 1, 1, 2, 2])
    batches = [(copy[:3], copy[:3] % 2, inputs[:3]), (copy[3:], copy[3:] % 2, inputs[3:])]

    def after(step):
        moved = {name: part + step * direction[name] for name, part in model.named_parameters()}
        outputs = torch.func.functional_call(model, moved, inputs)
        return outputs.log_softmax(1).reshape(3, 2, 5).mean(1)

    found = derivatives(model, direction, batches, 3)
    torch.testing.assert_close(found, ((after(1e-5) - after(-1e-5)) / 2e-5).detach())


def made(factor, *, error=None):
    """Two networks by two seeds by two removals, in which LFOCI leaves `factor` of the top's."""
    cells = []
    for place in range(8):
        before = 0.1 * (1 + place)
        rows = {
            name: {"forgotten": scale * before, "test": scale * before**2}
            for name, scale in (("nothing", 1.0), ("lfoci", factor / 2), ("top", 0.5))
        }
        if error and place == 0:
            rows["lfoci"]["error"] = error
        keys = {"network": f"n{place // 4}", "seed": place // 2 % 2, "kind": str(place % 2)}
        cells.append({**keys, "methods": rows})
    return cells


@pytest.mark.parametrize("measure", ["forgotten", "test"])
def test_a_constant_ratio_is_found_without_any_width(measure) -> None:
    ratio = against("lfoci", "top", measure)
    assert geometric(made(0.8), ratio) == pytest.approx(0.8)
    assert interval(made(0.8), ratio) == pytest.approx((0.8, 0.8))
    assert geometric(made(0.8), after("lfoci", measure)) == pytest.approx(0.4)


def test_an_interval_is_of_the_draws_that_hold_a_value() -> None:
    cells = [cell for cell in made(0.8, error="lcodec:noGain") if cell["network"] == "n0"]
    assert interval(cells[:2], after("lfoci", "test")) == pytest.approx((0.4, 0.4))


def test_a_failure_counts_as_nothing_done_only_where_it_is_said() -> None:
    cells = made(0.8, error="lcodec:noGain")
    assert geometric(cells, after("lfoci", "test")) == pytest.approx(0.4)
    # One of the four cells of one of the two networks is 1 instead of .4.
    expected = 0.4 ** (7 / 8)
    assert geometric(cells, after("lfoci", "test", failures=True)) == pytest.approx(expected)
    assert "1: noGain" in overview(cells)
    assert "0.80 [0.80, 0.80]" in pairs(cells)


@pytest.mark.parametrize("name", ["digits-mlp", "diabetes-mlp", "text-distilbert"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_removal_changes_only_the_rows_it_removes(name, kind) -> None:
    data = SETTINGS[name].data(0, None)
    found = case(data, kind, 0)
    assert len(found.forget) == len(set(found.forget.tolist())) >= 1
    kept = torch.nonzero(found.keep)[:, 0]
    assert len(kept) + len(found.forget) == data.count
    assert torch.equal(found.data.targets[kept], data.targets[kept])
    changed = kind in ("mislabelled", "backdoor")
    same = torch.equal(found.data.targets[found.forget], data.targets[found.forget])
    assert same != changed


def test_images_are_shifted_by_whole_pixels() -> None:
    images = torch.arange(2 * 9.0).reshape(2, 1, 3, 3)
    moved = shifted(images, torch.tensor([[1, 1], [0, 2]]))
    assert torch.equal(moved[0], images[0])
    assert torch.equal(moved[1, 0, 1:, :2], images[1, 0, :2, 1:])
    assert moved[1, 0, 0].eq(0).all()
    assert moved[1, 0, :, 2].eq(0).all()


def test_a_refit_of_all_rows_is_the_network_itself() -> None:
    setting = SETTINGS["text-distilbert"].smaller()
    data = setting.data(0, None)
    one, other = (setting.trained(data, torch.ones(120, dtype=torch.bool), 0) for _ in range(2))
    parameters = zip(one.parameters(), other.parameters(), strict=True)
    assert all(torch.equal(left, right) for left, right in parameters)


def test_a_sequence_of_removals_is_measured_beside_refits_of_its_own(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sequence, "AT", (1, 2))
    monkeypatch.setattr(sequence, "METHODS", ("lfoci",))
    small = SETTINGS["diabetes-mlp"].smaller()
    one, two = sequence.sequence(small, 0, None)
    assert (one["sequence"], two["sequence"]) == (1, 2)
    assert one["methods"]["nothing"]["forgotten"] != two["methods"]["nothing"]["forgotten"]
    assert one["methods"]["lfoci"] != one["methods"]["nothing"]
    assert one["methods"]["lfoci"]["refused"] == 0
    file = tmp_path / "account.jsonl"
    journal.begin(file, small=False)
    for record in (one, two):
        journal.write(file, record)
    assert "| diabetes-mlp, 0 | 2 |" in report(*journal.read([file]))
