"""The experiment on CIFAR-10 end to end on few coloured digits, and its data."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from bench.paper import settings
from bench.paper.__main__ import FOLDER, execute, experiment, main
from bench.paper.cifar.report import Networks, table, verdict
from bench.paper.formats import cifar
from bench.paper.nets import build
from bench.paper.removal import images
from bench.paper.removal.experiment import of_networks
from bench.paper.removal.network import LOSS, Training, untrained
from bench.paper.removal.sequence import FLOOR, NOTHING, REFERENCES, REFIT

CPU = torch.device("cpu")


def tenth() -> settings.Config:
    """About a tenth of --small: two networks, one seed."""
    config = copy.deepcopy(settings.read(FOLDER / "cifar", small=True))
    config["nets"] = [{**net, "width": 0.04} for net in config["nets"][:2]]
    config["data"] |= {"samples": 80, "test_samples": 30}
    config["training"]["epochs"] = 3
    config["scrub"] |= {"perturbations": 60, "curvature_samples": 30}
    config["run"] |= {"removals": 1, "checkpoints": [1], "seeds": [0]}
    kept = ("FOCI", "Noise only", "Random")
    config["methods"] = [one for one in config["methods"] if one["name"] in kept]
    return config


def test_end_to_end(tmp_path: Path) -> None:
    found, config = experiment("cifar"), tenth()
    account = execute(found, config, None, tmp_path / "small", CPU)
    records = account["records"]
    chosen = [method["name"] for method in config["methods"]]
    for net in (nets := ("2nn", "resnet18")):
        for case in (f"{net}, one by one", f"{net}, mislabelled"):
            of_case = [record for record in records if record["case"] == case]
            assert list(dict.fromkeys(one["method"] for one in of_case)) == [*REFERENCES, *chosen]
            last = max(record["step"] for record in of_case)
            ends = {record["method"]: record for record in of_case if record["step"] == last}
            assert ends[REFIT]["kl_forgotten"] == ends[REFIT]["distance"] == 0
            assert min(ends[name]["kl_forgotten"] for name in (NOTHING, FLOOR)) > 0
            assert 0 < ends["Random"]["parameters"] <= ends["FOCI"]["parameters"]
            assert ends["FOCI"]["step_norm"] > 0
        assert (tmp_path / "small" / net / "seed 0.pt").exists()
    measured = [one["peak_mib"] for one in records if one["method"] in chosen]
    assert all(peak is None or 0 <= peak < 1000 for peak in measured)
    report = found.report(account)
    assert all(f"| {net}: {one} |" in report for net in nets for one in (*REFERENCES, *chosen))
    found.draw(account, tmp_path / "figure.svg")
    drawn = (tmp_path / "figure.svg").read_text("utf-8")
    assert "retained accuracy minus the refit" in drawn
    again = execute(found, config, None, tmp_path / "small", CPU, resume=True)
    assert again["records"] == records


def test_coloured_digits_go_through_the_files() -> None:
    found = images.load(None, settings.read(FOLDER / "cifar", small=True))
    assert found.train[0].shape == (300, 3, 32, 32)
    assert found.test[0].shape == (200, 3, 32, 32)
    assert found.train[0].dtype == torch.float32
    whole = images.coloured()
    pixels = torch.from_numpy(whole.train_images[:300]).float() / 255
    mean, deviation = ([0.4914, 0.4822, 0.4465], [0.2023, 0.1994, 0.2010])
    for channel in range(3):
        wanted = (pixels[:, channel] - mean[channel]) / deviation[channel]
        torch.testing.assert_close(found.train[0][:, channel], wanted)


def test_colour_tells_nothing_of_the_class() -> None:
    """The mean colour of a class differs from that of another by what chance explains."""
    whole = images.coloured()
    corner = whole.train_images[:, :, 0, 0].astype(float)  # paper alone
    z = [
        abs(corner[whole.train_labels == one].mean(0) - corner.mean(0))
        / (corner.std(0) / np.sqrt((whole.train_labels == one).sum()))
        for one in range(10)
    ]
    assert np.max(z) < 4
    assert (corner.std(0) > 10).all()


def test_more_images_than_there_are(tmp_path: Path) -> None:
    config = tenth()
    config["data"]["test_samples"] = 361
    with pytest.raises(
        ValueError, match=r"digits.* must hold the 361 test images that `test_samples`"
    ):
        images.load(None, config)


def test_broken_data_are_named_before_anything_is_written(tmp_path: Path, capsys) -> None:
    cifar.write(tmp_path, cifar.Cifar(images.coloured(), tuple("0123456789")))
    (tmp_path / cifar.FOLDER / "data_batch_2").write_bytes(b"\x80\x02cos\nsystem\n.")
    output = tmp_path / "made"
    assert main(["cifar", "--data", str(tmp_path), "--output", str(output)]) == 2
    said = capsys.readouterr().err
    assert "data_batch_2 must be a pickle of NumPy arrays" in said
    assert "os.system" in said
    assert not output.exists()


@pytest.mark.parametrize("variant", ["", "small", "published"])
def test_configurations_name_networks_that_exist(variant) -> None:
    config = settings.read(FOLDER / "cifar", **({variant: True} if variant else {}))
    assert config["run"]["checkpoints"][-1] == config["run"]["removals"]
    found = of_networks(config)
    assert {"2nn", "resnet18", "vgg11_bn"} <= set(found)
    for net, own in found.items():
        Training(**own["training"])
        with torch.device("meta"):
            assert isinstance(untrained(own), nn.Module)
        assert "learning_rate" not in own["net"]
        if variant == "published":
            assert own["training"]["learning_rate"] == (0.01 if net in ("2nn", "vgg11_bn") else 0.1)
            assert own["net"] == {"name": net}  # of full width
    if variant == "published":
        assert len(found) == 6
        assert config["run"]["removals"] == 1000


def test_polishing_works_on_the_network_as_it_is_used() -> None:
    """L-BFGS lowers the objective in evaluation mode, and leaves what BatchNorm has seen alone."""
    torch.manual_seed(0)
    net = build("resnet18", width=0.03, dtype=torch.float64)
    data = torch.randn(33, 3, 32, 32, dtype=torch.float64), torch.arange(33) % 10
    before = LOSS(net.eval()(data[0]), data[1]).item()
    training = Training(
        epochs=0, batch_size=16, learning_rate=0.1, momentum=0.9, weight_decay=0.0, polish=3
    )
    state = {k: v.clone() for k, v in net.state_dict().items() if "running" in k}
    training.fit(net, data, 0)
    assert not net.training
    assert LOSS(net(data[0]), data[1]).item() < before
    assert all(torch.equal(net.state_dict()[key], value) for key, value in state.items())


def test_last_sample_alone_is_no_batch() -> None:
    """At a resolution of 1 x 1, batch normalisation refuses one sample in training."""
    net = build("resnet18", width=0.03, dtype=torch.float64)
    data = torch.randn(17, 3, 32, 32, dtype=torch.float64), torch.arange(17) % 10
    training = Training(
        epochs=1, batch_size=16, learning_rate=0.1, momentum=0.9, weight_decay=0.0, polish=0
    )
    training.fit(net, data, 0)
    assert net.bn1.num_batches_tracked == 1


def told(**left) -> list[str]:
    """The verdict where each method leaves so much KL in each network, times 1, 1.1 and 1.2."""
    nets = ("2nn", "resnet18")
    records = [
        {"seed": seed, "case": f"{net}, {removed}", "method": method, "step": 1}
        | {"retained_accuracy": 0.5 if method == REFIT else 0.5 + (place + 1) / 10}
        | {"kl_forgotten": None if kl[place] is None else kl[place] * (1 + seed / 10)}
        for seed in range(3)
        for place, net in enumerate(nets)
        for removed in ("one by one", "mislabelled")
        for method, kl in {REFIT: (0.0, 0.0), **left}.items()
    ]
    methods = [{"name": name} for name in left if name not in (FLOOR, NOTHING)]
    for method in methods:
        if method["name"] == "Random":
            method["budget"] = "FOCI"
    run = {"groups": ["mislabelled"], "seeds": [0, 1, 2]}
    config = {"nets": [{"name": net} for net in nets], "training": {}, "run": run}
    return verdict({"config": config | {"methods": methods}, "records": records})


def test_memory_is_that_of_the_largest_removal() -> None:
    """The table has it by method, the verdict by network; where none was measured it says so."""
    records = [
        {"seed": seed, "case": f"2nn, {removed}", "method": method, "step": step}
        | {"retained_accuracy": 0.5, "kl_forgotten": 0.1, "parameters": 1, "seconds": 1.0}
        | {"gradient_before": 1.0, "gradient_after": 1.0, "peak_mib": peak * step}
        for seed in range(2)
        for removed in ("one by one", "mislabelled")
        for method, peak in {REFIT: 0, FLOOR: 0, NOTHING: 0, "FOCI": 30 + seed, "Full": 9}.items()
        for step in ((1, 2) if removed == "one by one" else (1,))
    ]
    run = {"groups": ["mislabelled"], "seeds": [0, 1]}
    config = {"nets": [{"name": "2nn"}], "training": {}, "run": run}
    config["methods"] = [{"name": "FOCI"}, {"name": "Full"}]
    results = Networks({"config": config, "records": records})
    assert results.peak("2nn, one by one", "FOCI") == [60, 62]
    assert results.peak("2nn, mislabelled", "FOCI") == [30, 31]
    lines = table(results, "one by one").splitlines()
    assert lines[0].endswith("| seconds | peak, MiB |")
    assert next(line for line in lines if "2nn: Full" in line).endswith("| 18 ± 0 |")
    account = {"config": config, "records": records}
    assert verdict(account)[-1] == (
        "The most by which a removal made the process grow: 62 MiB in 2nn, by FOCI."
    )
    for record in records:
        record["peak_mib"] = None
    assert verdict(account)[-1] == "How much memory a removal takes was not measured."
    assert table(results, "one by one").count("| – |\n") >= 4


def test_sentences_say_what_the_numbers_say() -> None:
    sentences = told(
        **{FLOOR: (0.01, 0.2), NOTHING: (0.1, 0.1), "FOCI": (0.05, 0.1), "Random": (0.2, None)}
    )
    half = len(sentences) // 2
    assert sentences[half:-1] == [
        "Mislabelled: the KL on the forgotten samples that doing nothing leaves, beside that of a "
        "refit with another seed: less in resnet18, 0.5 times (0.5 to 0.5); more in 2nn, 10 times "
        "(10 to 10).",
        "Mislabelled: accuracy on the retained samples minus the refit's, in points: nothing done, "
        "10.0 ± 0.0 in 2nn, 20.0 ± 0.0 in resnet18; refit, another seed, 10.0 ± 0.0 in 2nn, 20.0 ± "
        "0.0 in resnet18.",
        "Mislabelled, FOCI, KL beside doing nothing: less in 2nn, 0.5 times (0.5 to 0.5); no "
        "difference shows in resnet18, 1 times (1 to 1).",
        "Mislabelled, Random, KL beside doing nothing: more in 2nn, 2 times (2 to 2); not finite "
        "in resnet18.",
        "Mislabelled, Random, KL beside FOCI with its number of parameters: more in 2nn, 4 times "
        "(4 to 4); not finite in resnet18.",
    ]
    assert sentences[0].startswith("One by one: the KL on the forgotten samples")
