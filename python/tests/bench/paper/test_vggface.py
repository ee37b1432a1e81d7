"""The layout of VGG Face, its network, and an identity removed end to end."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bench.paper import journal
from bench.paper.__main__ import FOLDER, execute, experiment, main
from bench.paper.formats import pixels, vggface
from bench.paper.nets.vgg_face import VGGFace
from bench.paper.persons.report import falls, kept
from bench.paper.persons.shares import shares
from bench.paper.removal.report import Results
from bench.paper.removal.sequence import NOTHING, REFERENCES, REFIT
from bench.paper.settings import read
from bench.paper.vggface import drawings
from bench.paper.vggface.data import load
from bench.paper.vggface.report import GOES, STAYS, verdict
from bench.paper.vggface.task import cases, faces_task
from lcodec.scrub import save_weights

CPU = torch.device("cpu")
NAMES = st.lists(st.text("abcXYZ_-.é", min_size=3, max_size=9), min_size=1, max_size=4, unique=True)


@settings(max_examples=15, deadline=None)
@given(names=NAMES, data=st.data())
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, names, data) -> None:
    names = [name for name in names if len({n.casefold() for n in names}) == len(names)] or ["one"]
    colours = {
        name: data.draw(st.lists(st.integers(0, 255), min_size=0 if at else 1, max_size=3))
        for at, name in enumerate(names)
    }
    images = {
        name: [np.full((40, 32, 3), grey, np.uint8) for grey in some]
        for name, some in colours.items()
    }
    folder = tmp_path_factory.mktemp("faces")
    vggface.write(folder, images)
    found = vggface.read(folder)
    assert found.names == tuple(names)
    assert found.classes.tolist() == [at for at, name in enumerate(names) for _ in colours[name]]
    wanted = [grey for name in names for grey in colours[name]]
    planes = vggface.pixels(found.files, 32)
    assert planes.shape == (len(wanted), 3, 32, 32)
    np.testing.assert_allclose(planes.mean((1, 2, 3)), wanted, atol=1)


def layout(folder: Path, names: str, **files: bytes) -> Path:
    (folder / "images").mkdir(parents=True)
    (folder / "names.txt").write_text(names, encoding="utf-8")
    for name, content in files.items():
        file = folder / "images" / name.rsplit("__", 1)[0] / (name.replace("__", "_") + ".jpg")
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(content)
    return folder


def test_class_is_the_number_of_the_line(tmp_path: Path) -> None:
    """By hand: names in another order than folders, one of them without images."""
    some = layout(tmp_path, "Zoe_Z\nNobody\nAdam_A\n", Adam_A__7=b"", Zoe_Z__12=b"", Zoe_Z__3=b"")
    found = vggface.read(some)
    assert [file.name for file in found.files] == ["Zoe_Z_12.jpg", "Zoe_Z_3.jpg", "Adam_A_7.jpg"]
    assert found.classes.tolist() == [0, 0, 2]
    assert found.of("Adam_A").tolist() == [2]
    with pytest.raises(ValueError, match="images/Nobody must hold at least one image, holds none"):
        found.of("Nobody")
    with pytest.raises(ValueError, match=r"names.txt must have the name 'Eve', has 3 others"):
        found.of("Eve")
    with pytest.raises(ValueError, match=r"Zoe_Z_12.jpg must be a whole image, got: cannot"):
        vggface.pixels(found.files, 32)


@pytest.mark.parametrize(
    ("names", "files", "message"),
    [
        ("A\n", {"B__1": b""}, r"images/B must have its name in .*names.txt, has not"),
        ("A\nB\nA\n", {"A__1": b""}, "line 3: names must be distinct, got 'A' twice"),
        ("A\n\n", {"A__1": b""}, "line 2: must be a name without spaces or slashes, got ''"),
        ("A/B\n", {}, "line 1: must be a name without spaces or slashes, got 'A/B'"),
        ("A\n", {"A__x": b""}, "must be named A_<number>.jpg, got 'A_x.jpg'"),
        ("A\n", {}, "images must hold at least one image, holds none"),
    ],
)
def test_malformed_layout_is_refused(tmp_path: Path, names, files, message) -> None:
    folder = layout(tmp_path / "faces", names, **files)
    with pytest.raises(ValueError, match=message) as caught:
        vggface.read(folder)
    assert str(folder) in str(caught.value)


def test_missing_parts_are_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"names.txt must be there, is not"):
        vggface.read(tmp_path)
    (tmp_path / "names.txt").write_text("A\n")
    with pytest.raises(FileNotFoundError, match="images must be a folder"):
        vggface.read(tmp_path)


def test_middle_of_an_image_is_cut_out(tmp_path: Path) -> None:
    """256 x 512, red at the left and the right, blue in the middle 256: 224 of these remain."""
    image = np.zeros((256, 512, 3), np.uint8)
    image[..., 0] = 250
    image[:, 128:384] = (0, 0, 250)
    file = tmp_path / "wide.png"
    Image.fromarray(image).save(file)
    found = pixels.centre(file, 224, vggface.AROUND)
    assert found.shape == (3, 224, 224)
    assert found.reshape(3, -1).T.tolist() == [[0, 0, 250]] * 224 * 224
    with pytest.raises(ValueError, match=r"at least 600 x 600 pixels .* got 256 x 512"):
        pixels.centre(file, 1200, vggface.AROUND)
    Image.new("L", (20, 20), 7).save(tmp_path / "grey.png")
    assert pixels.resized(tmp_path / "grey.png", 20, 20).tolist() == [[[7] * 20] * 20] * 3


def test_network_is_the_published_one() -> None:
    """145 million parameters, 15,038 outputs of layers, and the names of the published weights."""
    with torch.device("meta"):
        net = VGGFace()
    assert sum(part.numel() for part in net.parameters()) == 145_002_878
    assert sum(len(part) for name, part in net.named_parameters() if "bias" in name) == 15_038
    names = list(dict.fromkeys(name.split(".")[0] for name in net.state_dict()))
    wanted = [f"conv_{block}_{at}" for block in range(1, 6) for at in range(1, 3 + (block > 2))]
    assert names == [*wanted, "fc6", "fc7", "fc8"]
    assert net.fc6.in_features == 25_088


def tenth(**changes):
    config = copy.deepcopy(read(FOLDER / "vggface", small=True))
    config["network"]["width"] = 1 / 32
    config["data"] |= {"persons": 4, "images": 6, "held_out": 2}
    config["training"]["epochs"] = 2
    config["scrub"] |= {"perturbations": 12, "curvature_samples": 8}
    config["methods"] = [
        one | ({"perturbations": 12, "steps": 2} if one.get("kind") == "default" else {})
        for one in config["methods"]
        if one["name"] != "FOCI in CR mode"
    ]
    config["run"] |= {"images": 2, "seeds": [0], **changes}
    return config


def test_end_to_end(tmp_path: Path) -> None:
    found, config = experiment("vggface"), tenth()
    account = execute(found, config, None, tmp_path / "small", CPU)
    assert journal.read(tmp_path / "small.jsonl") == account
    names = [method["name"] for method in config["methods"]]
    records = account["records"]
    assert [r["method"] for r in records if r["step"] == 2 and r["seed"] == 0] == [
        *REFERENCES, *names
    ]  # fmt: skip
    for record in records:
        assert {"identity_accuracy", "others_accuracy", "held_out_accuracy"} <= {*record}
    assert all(one["kl_forgotten"] == 0 for one in records if one["method"] == REFIT)
    text = found.report(account)
    assert all(f"| {name} |" in text for name in names)
    assert all(sentence in text for sentence in verdict(account))
    found.draw(account, tmp_path / "figure.svg")
    assert "Last layer" in (tmp_path / "figure.svg").read_text("utf-8")


def test_weights_from_a_file_have_no_refit(tmp_path: Path) -> None:
    """A network that names everyone as the identity is 100 % right on the identity's images."""
    file = tmp_path / "weights.pt"
    config = tenth(refit=False, seeds=[0], identity="Person_2") | {"weights": str(file)}
    config["data"] |= {"training_size": 1000, "held_out": 0, "each": 2}
    config["methods"] = [one for one in config["methods"] if one["name"] in ("FOCI", "Noise only")]
    data = load(None, config)
    assert torch.bincount(data.train[1]).tolist() == [2, 6, 2, 2]
    net = VGGFace(4, width=1 / 32, side=32, unit=58.0, dropout=0.0)
    save_weights(net.state_dict(), file)
    with pytest.raises(ValueError, match="at least 90% of the images of Person_2 rightly, got"):
        execute(experiment("vggface"), config, None, tmp_path / "wrong", CPU)
    with torch.no_grad():
        net.fc8.bias[1] = 1e3
    save_weights(net.state_dict(), file)
    account = execute(experiment("vggface"), config, None, tmp_path / "right", CPU)
    assert {one["method"] for one in account["records"]} == {NOTHING, "FOCI", "Noise only"}
    text = experiment("vggface").report(account)
    assert "there is no refit beside" in text
    assert "identity's images is 100.0 % before;" in text
    task = faces_task(config, data, 0, CPU)
    assert task.training_size == 1000
    assert cases(config, task, 0)[0].checkpoints == []
    save_weights({"fc9.weight": torch.zeros(1)}, file)
    with pytest.raises(ValueError, match=r"weights.pt must have the weights of this network"):
        task.model(0)


def test_weights_belong_to_the_published_network(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="--weights must be given with --published"):
        faces_task(tenth(refit=False), load(None, tenth()), 0, CPU)
    with pytest.raises(ValueError, match="--weights must come with --published"):
        faces_task(tenth() | {"weights": "x.pt"}, load(None, tenth()), 0, CPU)
    assert main(["kfac", "--small", "--weights", "x.pt"]) == 2
    assert "this experiment trains its own network" in capsys.readouterr().err


def test_identity_is_removed_image_by_image() -> None:
    config = tenth(images=1, removals=3)
    data = load(None, config)
    task = faces_task(config, data, 1, CPU)
    (case,) = cases(config, task, 1)
    assert [len(step) for step in case.steps] == [1, 1, 1]
    assert (case.name, case.checkpoints) == ("one by one", [3])
    count = len(task.groups["identity"])
    for size, name in ((2, "2 at a time"), (count - 1, f"{count - 1} at a time"), (7, "together")):
        assert cases(tenth(images=size), task, 1)[0].name == name
    assert len({int(task.train[1][at]) for at in case.gone(3)}) == 1
    assert len(task.test[1]) == 6  # of the three others
    with pytest.raises(ValueError, match="more than the 6 images of `held_out`, holds 6"):
        load(None, config | {"data": config["data"] | {"held_out": 6}})


def test_drawn_faces_differ_by_person_and_by_image() -> None:
    faces = drawings.images(2, 2, 32)
    assert list(faces) == ["Person_1", "Person_2"]
    one, other = faces["Person_1"]
    assert one.shape == (32, 32, 3)
    assert (one != other).any()
    again = drawings.images(2, 2, 32)
    np.testing.assert_array_equal(one, again["Person_1"][0])


def test_shares_of_a_known_classifier() -> None:
    net = torch.nn.Identity()
    logits = torch.log(torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]))
    found = shares(
        net, {"own": (logits, torch.tensor([0, 2])), "none": (logits[:0], logits[:0])}, 1
    )
    assert found == {"own_accuracy": 0.5, "own_probability": 0.375}


def account(**shares):
    """An account of three seeds with so much of the identity and the others, plus 0, .01, .02."""
    records = [
        {"seed": seed, "case": "one by one", "method": name, "step": 2}
        | {"identity_accuracy": own + seed / 100, "held_out_accuracy": others + spread * seed}
        for seed in range(3)
        for name, (own, others, spread) in shares.items()
    ]
    names = [name for name in shares if name not in (REFIT, NOTHING)]
    return {"records": records, "config": {"methods": [{"name": name} for name in names]}}


def test_sentences_say_what_the_numbers_say() -> None:
    results = Results(
        account(
            **{
                REFIT: (0.0, 0.9, 0.0),
                NOTHING: (0.9, 0.9, 0.0),
                "A": (0.1, 0.895, 0.0),
                "B": (0.9, 0.8, 0.0),
                "C": (0.95, 0.9, 0.05),
            }
        )
    )
    place = results, "one by one", 2
    assert falls(*place, GOES[0]) == [
        "the accuracy on the identity's images falls by A, -80.0 points (-80.0 to -80.0).",
        "the accuracy on the identity's images rises by C, +5.0 points (+5.0 to +5.0).",
        "no change of the accuracy on the identity's images shows for B, +0.0 points (+0.0 to "
        "+0.0).",
    ]
    near, far, unclear = kept(*place, STAYS[0], REFIT)
    assert near == (
        "the accuracy on the others' held-out images stays within 2 points of the refit's by A, "
        "-0.5 points (-0.5 to -0.5)."
    )
    assert far.startswith("the accuracy on the others' held-out images is more than 2 points away")
    assert "B, -10.0 points" in far
    assert "cannot be told for C, +5.0 points (-7.4 to +17.4)" in unclear
    assert "stays within 2 points of what it was by A" in kept(*place, STAYS[0], NOTHING)[0]


def test_readme_says_what_the_run_on_faces_says() -> None:
    folder = FOLDER / "vggface"
    found = experiment("vggface").report(journal.read(folder / "results" / "orl.json"))
    assert found in (folder / "README.md").read_text("utf-8")
