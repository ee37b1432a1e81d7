"""The layout of Market-1501, retrieval, and a person removed end to end."""

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
from bench.paper.__main__ import FOLDER, execute, experiment
from bench.paper.formats import market1501, orl, vggface
from bench.paper.reid import data, retrieval
from bench.paper.reid.maps import activation_maps
from bench.paper.reid.nets import Network
from bench.paper.reid.report import verdict
from bench.paper.reid.task import cases, persons_task
from bench.paper.removal.sequence import REFERENCES, trained_without
from bench.paper.settings import read

CPU = torch.device("cpu")
CROPS = st.lists(
    st.tuples(st.integers(1, 1501), st.integers(1, 6), st.integers(0, 255)), min_size=1, max_size=5
)


def plain(crops):
    return [(person, place, np.full((16, 8, 3), grey, np.uint8)) for person, place, grey in crops]


@settings(max_examples=15, deadline=None)
@given(crops=CROPS)
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, crops) -> None:
    folder = tmp_path_factory.mktemp("market")
    market1501.write(folder / market1501.NAME, "train", plain(crops))
    for part in ("query", "gallery"):
        market1501.write(folder / market1501.NAME, part, plain([(9999, 1, 0)]))
    found = market1501.read(folder).train
    wanted = sorted(crops, key=lambda one: f"{one[0]:04d}_c{one[1]}")
    assert found.persons.tolist() == [person for person, _, _ in wanted]
    assert found.cameras.tolist() == [place for _, place, _ in wanted]
    sorted_persons = sorted({person for person, _, _ in crops})
    assert [sorted_persons[at] for at in found.classes] == found.persons.tolist()
    greys = market1501.pixels(found.files, 16, 8).mean((1, 2, 3))
    np.testing.assert_allclose(sorted(greys), sorted(grey for _, _, grey in crops), atol=1)


def market(folder: Path, **files: list[str]) -> Path:
    """The three folders with empty files; by default a person in training and another in test."""
    usual = {
        "train": ["0002_c1s1_000451_03.jpg"],
        "query": ["0001_c1s1_001051_00.jpg"],
        "gallery": ["0001_c2s1_000301_00.jpg"],
    }
    for part, names in {**usual, **files}.items():
        place = folder / market1501.FOLDERS[part]
        place.mkdir(parents=True)
        for name in names:
            (place / name).touch()
    return folder


def test_junk_is_ignored_and_distractors_are_nobodys(tmp_path: Path) -> None:
    names = ["-1_c1s1_000401_03.jpg", "0000_c6s3_077467_00.jpg", "0001_c2s1_000301_00.jpg"]
    found = market1501.read(market(tmp_path, gallery=[*names, "Thumbs.db"]))
    assert found.gallery.persons.tolist() == [0, 1]
    assert found.gallery.cameras.tolist() == [6, 2]
    assert found.train.persons.tolist() == [2]
    assert found.train.classes.tolist() == [0]
    with pytest.raises(ValueError, match=r"0002_c1s1_000451_03.jpg must be a whole image"):
        market1501.pixels(found.train.files, 64, 32)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"train": ["0002_c1s1.jpg"]}, r"0002_c1s1.jpg must be named PPPP_cCsS_FFFFFF_BB.jpg"),
        ({"train": ["-2_c1s1_000401_03.jpg"]}, "must be named PPPP_cCsS_FFFFFF_BB.jpg"),
        ({"query": ["0001_c7s1_001051_00.jpg"]}, "must have a camera of 1 to 6, got 7"),
        ({"query": ["0000_c1s1_001051_00.jpg"]}, "belong into bounding_box_test"),
        ({"query": ["0002_c1s1_001051_00.jpg"]}, "got person 2 in both"),
        ({"gallery": ["-1_c1s1_001051_00.jpg"]}, "at least one image of a person, holds none"),
    ],
)
def test_malformed_layout_is_refused(tmp_path: Path, files, message) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        market1501.read(market(tmp_path / "market", **files))
    assert str(tmp_path) in str(caught.value)


def test_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="bounding_box_train must be a folder of images"):
        market1501.read(tmp_path)


def test_published_layout_fits_into_memory(tmp_path: Path) -> None:
    """Empty files, a quarter as many as published: what is known before an image is read."""
    persons, cameras = np.arange(3_234) % 751, np.arange(3_234) % 6
    names = [
        f"{2 * person + 2:04d}_c{place + 1}s1_{at:06d}_00.jpg"
        for at, (person, place) in enumerate(zip(persons, cameras, strict=True))
    ]
    found = market1501.read(market(tmp_path, train=names))
    assert len(found.train.files) == 3_234
    assert found.train.classes.max() == 750


def test_average_precision_of_matches_at_ranks_one_and_three() -> None:
    precision, first = retrieval.matches(
        np.array([0.3, 0.1, 0.2, 0.4]), np.array([True, True, False, False])
    )
    assert precision == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert round(precision, 4) == 0.8333
    assert first == 1
    tie = retrieval.matches(np.zeros(3), np.array([False, True, False]))
    assert tie == (0.5, 2)  # equal distances keep their order


def test_own_camera_is_left_out_and_queries_without_a_match_are_skipped() -> None:
    gallery = np.array([[0.0], [5.0], [1.0], [2.0]]), np.array([1, 1, 2, 0]), np.array([1, 2, 1, 3])
    queries = np.array([[0.0], [9.0], [1.0]]), np.array([1, 7, 2]), np.array([1, 1, 1])
    found = retrieval.retrieved(queries, gallery)
    assert found.queries.tolist() == [0]
    assert found.first.tolist() == [3]  # after the images of person 2 and of nobody
    assert found.mean == pytest.approx(1 / 3)
    assert (found.within(1), found.within(3)) == (0.0, 1.0)
    assert np.isnan(retrieval.retrieved(tuple(part[1:2] for part in queries), gallery).mean)


def test_one_image_of_each_camera_is_asked() -> None:
    persons, cameras = np.array([4, 4, 4, 5, 4]), np.array([2, 1, 2, 1, 3])
    assert retrieval.one_of_each_camera(persons, cameras, [4]).tolist() == [1, 0, 4]
    assert retrieval.one_of_each_camera(persons, cameras, [5, 4]).tolist() == [3, 1, 0, 4]


@pytest.mark.parametrize("kind", ["residual", "inverted"])
def test_network_gives_logits_in_both_modes(kind) -> None:
    net = Network(kind, 5, 4)
    images = torch.rand(3, 3, 32, 16)
    for model in (net.train(), net.eval()):
        assert model(images).shape == (3, 5)
    torch.testing.assert_close(net(images), net.classifier(net.features(images)))
    maps = activation_maps(net, images)
    assert maps.shape == (3, 32, 16)
    torch.testing.assert_close(maps.amax((1, 2)), torch.ones(3))
    assert float(maps.detach().min()) >= 0


def tenth(**changes):
    config = copy.deepcopy(read(FOLDER / "reid", small=True))
    config["network"] |= {"width": 2, "kinds": ["residual"]}
    config["data"] |= {"train_persons": 3, "test_persons": 2, "crops": 2}
    config["training"]["epochs"] = 2
    config["scrub"] |= {"perturbations": 12, "curvature_samples": 8}
    config["run"] |= {"images": 6, "seeds": [0], **changes}
    return config


def test_end_to_end(tmp_path: Path) -> None:
    found, config = experiment("reid"), tenth()
    account = execute(found, config, None, tmp_path / "small", CPU)
    assert journal.read(tmp_path / "small.jsonl") == account
    names = [method["name"] for method in config["methods"]]
    for case, step in (("residual, 6 at a time", 2), ("residual, together", 1)):
        of_case = [r for r in account["records"] if r["case"] == case and r["step"] == step]
        assert [one["method"] for one in of_case] == [*REFERENCES, *names]
        assert all({"person_accuracy", "others_map", "test_rank20"} <= {*one} for one in of_case)
    text = found.report(account)
    assert all(f"| {name} |" in text for name in names)
    assert all(sentence in text for sentence in verdict(account))
    found.draw(account, tmp_path / "figure.svg")
    assert "Noise only" in (tmp_path / "figure.svg").read_text("utf-8")
    with Image.open(tmp_path / "small" / "residual" / "maps.png") as drawn:
        assert drawn.width > 300
    assert len(list((tmp_path / "small" / "residual").glob("seed 0, without*.pt"))) == 1  # shared


def test_steps_are_the_persons_training_images() -> None:
    config = tenth(images=5)
    crowd = data.load(None, config)
    task = persons_task(config, crowd, "residual", 0, CPU)
    single, together = cases(config, task, "residual")
    assert [len(step) for step in single.steps] == [5, 5, 2]
    assert single.name == "residual, 5 at a time"
    alone = cases(tenth(images=12), task, "residual")  # all that there are
    assert [(one.name, one.steps) for one in alone] == [("residual, together", together.steps)]
    assert sorted(single.gone(3)) == sorted(together.gone(1))
    assert trained_without(single.gone(3), 0) == trained_without(together.gone(1)[::-1], 0)
    assert trained_without(single.gone(2), 0) != trained_without(single.gone(3), 0)
    assert len({int(task.train[1][at]) for at in together.gone(1)}) == 1
    assert {*crowd.query.persons.tolist()} == {4, 5}
    assert {*crowd.gallery.persons.tolist()} == {0, 4, 5}
    assert task.loss.label_smoothing == 0.1


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Forty persons with ten grey images each, a shade of grey each, in ORL's folders."""
    folder = tmp_path_factory.mktemp("orl")
    for person in range(1, 41):
        (folder / f"s{person}").mkdir()
        for number in range(1, 11):
            image = Image.new("L", (92, 112), 3 * person + number)
            image.save(folder / f"s{person}" / f"{number}.pgm")
    return folder


def test_orl_faces_in_both_layouts(faces: Path, tmp_path: Path, capsys) -> None:
    assert orl.main(["vggface", str(faces), str(tmp_path / "faces")]) == 0
    found = vggface.read(tmp_path / "faces")
    assert found.names[:2] == ("s1", "s2")
    assert np.bincount(found.classes).tolist() == [10] * 40
    assert orl.main(["market1501", str(faces), str(tmp_path / "market")]) == 0
    market = market1501.read(tmp_path / "market")
    assert [len(part.files) for part in (market.train, market.query, market.gallery)] == [
        500, 90, 210
    ]  # fmt: skip
    assert {*market.train.persons.tolist()} == {*range(1, 26)}
    assert {*market.gallery.cameras.tolist()} == {1, 2, 3, 4, 5, 6}
    (faces / "s7" / "3.pgm").unlink()
    assert orl.main(["vggface", str(faces), str(tmp_path / "again")]) == 2
    assert "s7/3.pgm must be there, is not" in capsys.readouterr().err


def test_simulated_cameras_cut_and_light() -> None:
    image = np.full((112, 92, 3), 100, np.uint8)
    image[0, 0] = 0
    for place, light in enumerate(orl.LIGHT, start=1):
        found = orl.seen(image, place)
        assert found.shape == (101, 83, 3)
        assert int(found[50, 50, 0]) == round(100 * light)
        assert bool(found[0, 0, 0] == 0) == (orl.PLACES[place - 1] == (0, 0))
