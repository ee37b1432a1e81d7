"""The paper's experiments: the IDX format, and one of them end to end."""

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from bench.paper import data, idx, mnist, network, settings
from bench.paper.figures import gap_figure, removals_figure
from bench.paper.retrain import run as retrain
from lcodec.scrub import Scrubber

TYPES = ("u1", "i1", "i2", "i4", "f4", "f8")
MNIST = idx.FILES["train_images"]


@given(
    values=st.sampled_from(TYPES).flatmap(
        lambda kind: arrays.arrays(kind, arrays.array_shapes(max_dims=4, min_side=0, max_side=5))
    ),
    big_endian=st.booleans(),
    suffix=st.sampled_from(["", ".gz"]),
)
def test_what_is_written_is_read(
    tmp_path_factory: pytest.TempPathFactory, values, big_endian, suffix
) -> None:
    file = tmp_path_factory.mktemp("idx") / f"values{suffix}"
    idx.write(file, values.astype(values.dtype.newbyteorder(">")) if big_endian else values)
    again = idx.read(file)
    assert again.dtype == values.dtype
    assert again.shape == values.shape
    np.testing.assert_array_equal(again, values)


def test_bytes_are_those_of_the_format(tmp_path: Path) -> None:
    """Written by hand from the description of the format, not by `write`."""
    by_hand = bytes([0, 0, 0x0B, 2, 0, 0, 0, 2, 0, 0, 0, 3]) + struct.pack(">6h", *range(-2, 4))
    file = tmp_path / "numbers"
    file.write_bytes(by_hand)
    np.testing.assert_array_equal(idx.read(file), [[-2, -1, 0], [1, 2, 3]])
    idx.write(file, np.array([[-2, -1, 0], [1, 2, 3]], dtype=np.int16))
    assert file.read_bytes() == by_hand


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "must begin with two zero bytes, got ''"),
        (b"\x89PNG", "must begin with two zero bytes, got '89 50 4e 47'"),
        (b"\0\0\x0a\x01", "number type among 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x0e, got 0x0a"),
        (b"\0\0\x08\x03\0\0\0\x01", "must have 16 bytes of header, got 8"),
        (b"\0\0\x08\x01\0\0\0\x03ab", r"must have 3 bytes after the header .* \(3,\), got 2"),
        (b"\0\0\x0c\x01\0\0\0\x01abcde", "must have 4 bytes after the header .*, got 5"),
        (b"\0\0\x08\x03" + b"\xff" * 12, "must have 792.* bytes after the header .*, got 0"),
        (gzip.compress(b"\0\0\x08\x01\0\0\0\x03abc", mtime=0)[:-6], "must be a whole gzip file"),
        (b"\x1f\x8b and no more of gzip", "must be a whole gzip file"),
        (gzip.compress(b"no", mtime=0), "must begin with two zero bytes"),
    ],
)
def test_malformed_file_is_named(tmp_path: Path, content, message) -> None:
    file = tmp_path / "broken"
    file.write_bytes(content)
    with pytest.raises(ValueError, match=message) as caught:
        idx.read(file)
    assert str(file) in str(caught.value)


@pytest.mark.parametrize("kind", ["i8", "u2", "c16", "bool"])
def test_type_that_the_format_lacks(tmp_path: Path, kind) -> None:
    with pytest.raises(ValueError, match=r"`values` must be of type uint8, .* got "):
        idx.write(tmp_path / "values", np.zeros(3, kind))


def image_set(train=5, test=3):
    rng = np.random.default_rng(0)
    parts = {
        f"{half}_{part}": rng.integers(0, 256, (count, *shape), dtype=np.uint8)
        for half, count in (("train", train), ("test", test))
        for part, shape in (("images", (28, 28)), ("labels", ()))
    }
    return idx.ImageSet(**parts)


@pytest.mark.parametrize("compress", [True, False])
def test_image_set_under_its_published_names(tmp_path: Path, compress) -> None:
    written = image_set()
    idx.write_images(tmp_path, written, compress=compress)
    names = {name + (".gz" if compress else "") for name in idx.FILES.values()}
    assert {file.name for file in tmp_path.iterdir()} == names
    read = idx.read_images(tmp_path)
    for part in idx.FILES:
        np.testing.assert_array_equal(getattr(read, part), getattr(written, part))


def test_unpacked_file_that_kept_its_name(tmp_path: Path) -> None:
    idx.write_images(tmp_path, image_set())
    file = tmp_path / f"{MNIST}.gz"
    file.write_bytes(gzip.decompress(file.read_bytes()))
    np.testing.assert_array_equal(idx.read_images(tmp_path).train_images, image_set().train_images)


def test_image_set_that_does_not_fit_together(tmp_path: Path) -> None:
    idx.write_images(tmp_path, image_set(), compress=False)
    labels = tmp_path / idx.FILES["train_labels"]
    idx.write(labels, np.zeros(4, np.uint8))
    with pytest.raises(ValueError, match=r"train-labels.* must have 5 labels, .* got 4"):
        idx.read_images(tmp_path)
    idx.write(labels, np.zeros(5, np.float32))
    with pytest.raises(ValueError, match="must hold uint8 numbers on 1 axes, got float32 on 1"):
        idx.read_images(tmp_path)
    labels.unlink()
    with pytest.raises(FileNotFoundError, match="must hold train-labels-idx1-ubyte or"):
        idx.read_images(tmp_path)


SMALL = {
    "widths": [784, 6, 10],
    "training": {
        "epochs": 3,
        "batch_size": 64,
        "learning_rate": 0.05,
        "momentum": 0.9,
        "weight_decay": 0.01,
        "polish": 20,
    },
    "scrub": {
        "features": "activation",
        "response": "loss",  # a model ruined by noise has margins, where influences are all 0
        "perturbations": 200,
        "curvature_samples": 30,
        "damping": 0.01,
    },
}
NOISE = {"epsilon": 0.1, "delta": 0.01, "lipschitz": 1.0, "hessian_lipschitz": 0.25}


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory):
    """A tenth of the digits, through the files."""
    folder = tmp_path_factory.mktemp("few")
    whole = data.digits()
    parts = {part: getattr(whole, part)[:150] for part in idx.FILES}
    idx.write_images(folder, idx.ImageSet(**parts))
    return data.load(folder)


def test_small_data_goes_through_the_files() -> None:
    images = data.load(None)
    assert images.train[0].shape == (1437, 784)
    assert images.test[0].shape == (360, 784)
    assert float(images.train[0].min()) == 0
    assert float(images.train[0].max()) == 1
    assert set(images.train[1].tolist()) == set(range(10))


def test_removals_end_to_end(few, tmp_path: Path) -> None:
    config = SMALL | {
        "run": {"removals": 2, "refit_every": 2, "evaluate_every": 1, "seeds": [0]},
        "privacy": NOISE | {"scope": "selected"},
        "methods": [
            {"name": "FOCI", "select": "lfoci"},
            {"name": "FOCI, Sekhari with noise", "select": "lfoci", "noisy": True},
            {"name": "Random", "select": "random", "budget": "FOCI"},
            {"name": "FOCI, CR", "select": "lfoci", "step": "cr"},
        ],
    }
    told = []
    found = {"config": config, "data": few.source} | mnist.run(config, few, tell=told.append)
    records = found["seeds"][0]["records"]
    assert list(records) == ["refit", "nothing done", *(one["name"] for one in config["methods"])]
    assert [one["removed"] for one in records["FOCI"]] == [1, 2]
    assert [one["removed"] for one in records["refit"]] == [2]
    pairs = zip(records["Random"], records["FOCI"], strict=True)
    assert all(random["parameters"] <= foci["parameters"] for random, foci in pairs)
    # Noise for 150 samples is far larger than any step: it must show.
    assert (
        records["FOCI, Sekhari with noise"][-1]["distance"] > 10 * records["FOCI"][-1]["distance"]
    )
    file = settings.save(found, tmp_path / "made")
    assert json.loads(file.read_text(encoding="utf-8"))["seeds"] == found["seeds"]
    removals_figure(found, tmp_path / "figure.svg")
    assert "gradient of the retained objective" in (tmp_path / "figure.svg").read_text("utf-8")
    assert len(mnist.table(found).splitlines()) == 2 + len(records)
    assert len(told) == 2 + len(config["methods"])


def test_gap_of_a_refit_is_zero_and_grows_without_one(few, tmp_path: Path) -> None:
    config = SMALL | {
        "widths": [784, 10],
        "training": SMALL["training"] | {"polish": 60},
        "run": {"checkpoints": [1, 2], "seeds": [0], "floor": 1000},
        "methods": [
            {"name": "FOCI", "select": "lfoci"},
            {"name": "Top gradient", "select": "top_gradient", "budget": "FOCI"},
            {"name": "Random", "select": "random", "budget": "FOCI"},
            {"name": "Full", "select": "all", "curvature_samples": 100},
        ],
    }
    found = {"config": config} | retrain.run(config, few, tell=lambda line: None)
    records = found["seeds"][0]["records"]
    assert all(one["distance"] == one["kl_test"] == 0 for one in records["refit"])
    first, second = (one["distance"] for one in records["nothing done"])
    assert second > first > 0
    # Convex: all seeds end at one minimum, and the full Newton step almost there.
    assert records["refit, another seed"][-1]["distance"] < 0.05 * second
    assert records["Full"][-1]["distance"] < 0.8 * second
    assert len(retrain.table(found).splitlines()) == 2 + 2 * len(records)
    gap_figure(found, tmp_path / "figure.svg")
    assert "another seed" in (tmp_path / "figure.svg").read_text("utf-8")


def test_methods_left_out_of_a_small_run(tmp_path: Path) -> None:
    methods = "".join(f'[[methods]]\nname = "{name}"\n' for name in ("one", "two", "three"))
    small = '[small]\nleave_out = ["two"]\nrun = { removals = 2 }\n'
    text = f"[run]\nremovals = 9\nseeds = [0]\n{methods}{small}"
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    found = settings.read(tmp_path, small=True)
    assert [method["name"] for method in found["methods"]] == ["one", "three"]
    assert found["run"] == {"removals": 2, "seeds": [0]}
    assert "leave_out" not in found
    assert len(settings.read(tmp_path, small=False)["methods"]) == 3


@pytest.mark.parametrize("name", ["mnist_logistic", "mnist_2nn", "retrain"])
def test_configurations_name_options_that_exist(name) -> None:
    folder = Path(mnist.__file__).parent / name
    for small in (True, False):
        config = settings.read(folder, small=small)
        assert "small" not in config
        network.Training(**config["training"])
        names = [method["name"] for method in config["methods"]]
        for method in config["methods"]:
            assert method.get("budget", names[0]) in names
            options = mnist.scrub_options(config, method)
            budget = {"max_parameters": 1000} | options
            if method["name"].startswith("FOCI"):  # the paper's form, whatever the defaults are
                assert (options["features"], options["response"]) == ("activation", "loss")
            net = network.network(config["widths"])
            Scrubber(net, network.LOSS, (torch.zeros(2, 784), torch.zeros(2).long()), **budget)
