"""The removal experiments end to end on few digits: interrupted, resumed, reported."""

from __future__ import annotations

import copy
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from bench.paper import journal, settings
from bench.paper.__main__ import FOLDER, execute, experiment
from bench.paper.formats import idx
from bench.paper.removal import images, methods, network, task
from bench.paper.removal.sequence import FLOOR, NOTHING, REFERENCES, REFIT, Case
from bench.paper.runs import Run
from lcodec.scrub import Scrubber, baselines

NAMES = ("mnist_logistic", "mnist_2nn", "kfac", "retrain")
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tenth of the digits, in MNIST's files."""
    made = tmp_path_factory.mktemp("few")
    whole = images.digits()
    idx.write_images(made, idx.ImageSet(**{part: getattr(whole, part)[:150] for part in idx.FILES}))
    return made


def tenth(name: str, **changes) -> settings.Config:
    """About a tenth of --small."""
    config = settings.read(FOLDER / name, small=True)
    config = copy.deepcopy(config)
    config["widths"] = [784, *([6] if len(config["widths"]) > 2 else []), 10]
    config["data"]["samples"] = 150
    config["training"] |= {"epochs": 5, "polish": 30}
    config["scrub"] |= {"perturbations": 200, "curvature_samples": 50}
    config["run"] |= {"removals": 1, "checkpoints": [1], "seeds": [0]}
    config["run"] |= changes
    return config


@pytest.mark.parametrize("name", NAMES)
def test_end_to_end(folder: Path, tmp_path: Path, name) -> None:
    found = experiment(name)
    config = tenth(name)
    account = execute(found, config, folder, tmp_path / "data", CPU)
    assert journal.read(tmp_path / "data.jsonl") == account
    records = account["records"]
    chosen = [method["name"] for method in config["methods"]]
    for case in ("one by one", *config["run"]["groups"]):
        of_case = [record for record in records if record["case"] == case]
        assert list(dict.fromkeys(one["method"] for one in of_case)) == [*REFERENCES, *chosen]
        last = max(record["step"] for record in of_case)
        ends = {record["method"]: record for record in of_case if record["step"] == last}
        assert ends[REFIT]["kl_forgotten"] == ends[REFIT]["distance"] == 0
        assert ends[NOTHING]["kl_forgotten"] > 0
        assert ends[FLOOR]["kl_forgotten"] > 0
        for method in config["methods"]:
            if "budget" in method:
                held, followed = (ends[method[one]]["parameters"] for one in ("name", "budget"))
                assert held <= followed
    report = found.report(account)
    assert all(f"| {one} |" in report for one in (REFIT, *chosen))
    found.draw(account, tmp_path / "figure.svg")
    drawn = (tmp_path / "figure.svg").read_text("utf-8")
    assert "KL(refit ‖ model) on the forgotten, nats" in drawn
    if name == "kfac":  # the authors' moves the weights by 0.0
        assert all(one["step_norm"] > 0 for one in records if one["method"] == "K-FAC")
    if name == "mnist_logistic":  # convex: the full Newton step is almost the refit
        wrong = {one["method"]: one for one in records if one["case"] == "mislabelled"}
        assert wrong["Full"]["kl_forgotten"] < 0.5 * wrong[NOTHING]["kl_forgotten"]
        # Noise for 150 samples is far larger than any step: it must show.
        assert wrong["Noise only"]["distance"] > 10 * wrong[NOTHING]["distance"]


class Killed(BaseException):
    pass


def without_costs(records):
    costs = ("seconds", "peak_mib")  # of this machine, in this run
    return [{name: value for name, value in one.items() if name not in costs} for one in records]


def test_killed_run_gives_the_same_records_when_resumed(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after every fourth record: before the journal has it, but the ledger has."""
    found = experiment("mnist_logistic")
    config = tenth("mnist_logistic", removals=3, checkpoints=[1, 3])
    kept = ("FOCI", "Random", "Noise only")
    config["methods"] = [one for one in config["methods"] if one["name"] in kept]
    baseline = {"name": "K-FAC", "kind": "baseline", "baseline": "kfac_newton", "damping": 0.01}
    config["methods"].append(baseline)
    whole = execute(found, config, folder, tmp_path / "whole", CPU)

    write = Run.write
    count = 0

    def mortal(self, place, measured):
        nonlocal count
        count += 1
        if count % 4 == 0:
            raise Killed
        write(self, place, measured)

    monkeypatch.setattr(Run, "write", mortal)
    for session in range(30):
        try:
            again = execute(found, config, folder, tmp_path / "killed", CPU, resume=session > 0)
            break
        except Killed:
            pass
    assert session > 3
    assert without_costs(again["records"]) == without_costs(whole["records"])
    whole_file = execute(found, config, folder, tmp_path / "killed", CPU, resume=True)
    assert whole_file["records"] == again["records"]  # nothing is left to do
    other = config | {"run": config["run"] | {"removals": 4}}
    with pytest.raises(ValueError, match=r"config.run.removals is 3 there, 4 now"):
        execute(found, other, folder, tmp_path / "killed", CPU, resume=True)


def test_refusal_is_a_record_and_the_model_stays(folder: Path, tmp_path: Path) -> None:
    config = tenth("mnist_logistic")
    some = task.digits_task(config, images.load(folder, config), 0, CPU)
    model = some.model(0)
    before = copy.deepcopy(model.state_dict())
    method = {"name": "tight", "select": "top_gradient"}
    way = methods.remover(config, method, some, model, tmp_path, [], 0)
    record = way.remove(1, [0], budget=1)  # no slice is that small
    assert record["parameters"] == 0
    assert "max_parameters" in record["refused"]
    assert all(torch.equal(before[name], part) for name, part in model.state_dict().items())
    way.close()


def test_one_scrubber_takes_samples_out_of_the_retained_data(folder: Path, tmp_path: Path) -> None:
    config = tenth("mnist_logistic")
    some = task.digits_task(config, images.load(folder, config), 0, CPU)
    way = methods.remover(config, {"name": "FOCI"}, some, some.trained(0), tmp_path, [], 0)
    way.remove(1, [3], None)
    first = way._scrubber
    way.remove(2, [4, 5], None)
    assert way._scrubber is first
    with pytest.raises(ValueError, match="already"):
        first.remove([4])
    assert way._ledger.removed == {3, 4, 5}
    way.close()


def test_kfac_is_the_exact_block_for_one_sample(folder: Path, tmp_path: Path) -> None:
    """With one retained sample A (x) B is the Gauss-Newton block of the only layer."""
    config = tenth("kfac")
    config["widths"] = [784, 10]
    some = task.digits_task(config, images.load(folder, config), 0, CPU)
    two = replace(some, train=some.rows([0, 1]), groups={})
    moved = {}
    for method in config["methods"][:2]:
        way = methods.remover(
            config, method, two, some.trained(0), tmp_path / method["name"], [], 0
        )
        assert way.remove(1, [1], None)["step_norm"] > 0
        moved[method["baseline"]] = torch.nn.utils.parameters_to_vector(way.model.parameters())
    torch.testing.assert_close(moved["kfac_newton"], moved["newton_cg"], rtol=1e-6, atol=1e-9)


def test_task_of_digits(folder: Path) -> None:
    config = tenth("mnist_2nn")
    data = images.load(folder, config)
    some = task.digits_task(config, data, 0, CPU)
    wrong = some.groups["mislabelled"]
    changed = torch.nonzero(some.train[1] != data.train[1])[:, 0].tolist()
    assert changed == wrong
    assert len({int(data.train[1][at]) for at in wrong}) == 1  # of one class
    assert not {at for (at,) in task.one_by_one(some, 100, 0)} & set(wrong)
    assert not set(some.groups["one class"]) & set(wrong)
    assert len(some.groups["one tenth"]) == 15
    kept, gone = some.without([2, 0]), some.rows([2, 0])
    assert len(kept[1]) == 148
    assert torch.equal(gone[0], data.train[0][[2, 0]])
    case = Case("one by one", [[7], [1, 2], [3]], [3])
    assert case.gone(2) == [7, 1, 2]
    assert torch.equal(
        torch.nn.utils.parameters_to_vector(some.model(5).parameters()),
        torch.nn.utils.parameters_to_vector(some.model(5).parameters()),
    )


def test_small_data_goes_through_the_files() -> None:
    found = images.load(None)
    assert found.train[0].shape == (1437, 784)
    assert found.test[0].shape == (360, 784)
    assert float(found.train[0].min()) == 0
    assert float(found.train[0].max()) == 1
    assert set(found.train[1].tolist()) == set(range(10))


def test_published_pixels_are_normalised(folder: Path) -> None:
    options = {"pixels": "normalised", "dtype": "float32", "samples": 100}
    plain, found = images.load(folder), images.load(folder, {"data": options})
    assert found.train[0].dtype == torch.float32
    assert len(found.train[0]) == 100
    wanted = ((plain.train[0][:100] - 0.1307) / 0.3081).float()
    torch.testing.assert_close(found.train[0], wanted)
    assert plain.sha256 != found.sha256
    with pytest.raises(ValueError, match="must hold the 999 training images"):
        images.load(folder, {"data": {"samples": 999}})


def test_published_networks_are_the_papers() -> None:
    nets = {"mnist_logistic": [784, 10], "mnist_2nn": [784, 100, 10]}
    for name, widths in nets.items():
        config = settings.read(FOLDER / name, published=True)
        assert config["widths"] == widths
        assert config["activation"] == "relu"
        assert config["data"] == {"pixels": "normalised", "dtype": "float32", "samples": 50_000}
        assert config["training"]["polish"] == 0


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("variant", ["", "small", "published"])
def test_configurations_name_options_that_exist(name, variant) -> None:
    config = settings.read(FOLDER / name, **({variant: True} if variant else {}))
    network.Training(**config["training"])
    names = [method["name"] for method in config["methods"]]
    assert config["run"]["checkpoints"][-1] == config["run"]["removals"]
    if variant == "small":
        assert len(config["run"]["seeds"]) >= 3
    for method in config["methods"]:
        assert method.get("budget", names[0]) in names
        assert "," not in method["name"]  # by which --methods is split
        if method.get("kind") == "noise":
            methods.sekhari(config)
            continue
        if method.get("kind") == "baseline":
            assert method["baseline"] in baselines.METHODS
            continue
        options = methods.scrub_options(config, method)
        if method["name"].startswith("FOCI"):  # the paper's form, whatever the defaults are
            assert (options["features"], options["response"]) == ("activation", "loss")
        net = network.network(config["widths"], config["activation"])
        data = torch.zeros(2, 784), torch.zeros(2).long()
        Scrubber(net, network.LOSS, data, **{"max_parameters": 1000} | options)
