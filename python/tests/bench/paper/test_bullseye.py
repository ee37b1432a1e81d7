"""The bullseye: its graph, its sample, its scores, and the experiment end to end."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest
import torch

from bench.paper import settings
from bench.paper.__main__ import FOLDER, execute, experiment
from bench.paper.bullseye.graph import BLANKET, FEATURES, blanket, dependent, pairs
from bench.paper.bullseye.report import TRUTH, auc, best, report, swept, verdict
from bench.paper.bullseye.samples import draw, learned, load
from bench.paper.bullseye.scores import knn_cmi, score, selected_by_foci


def test_pairs_that_are_independent() -> None:
    assert len(pairs()) == 192
    assert sum(TRUTH) == 169
    assert not dependent(1, (2, 3))  # all that 1 does passes through 2 and 3
    assert not dependent(4, (3, 5))
    assert dependent(4, (3, 5, 6))  # two causes of 6
    assert dependent(3, (1, 2, 4, 5, 6))


def test_blanket_of_the_truth_is_the_blanket() -> None:
    assert blanket(dict(zip(pairs(), TRUTH, strict=True))) == BLANKET
    assert blanket(dict.fromkeys(pairs(), True)) == set(FEATURES)
    assert blanket(dict.fromkeys(pairs(), False)) == set()


def test_sample_is_that_of_the_paper() -> None:
    sample = draw(4000, 0)
    first = sample.radii[1]
    assert ((first > 0.25) & (first < 0.5) | (first > 0.75) & (first < 1)).all()
    assert abs((first > 0.6).mean() - 0.5) < 0.05
    noise = sample.radii[5] - (sample.radii[2] + sample.radii[4]) / 2
    assert np.abs(noise).max() < 0.075
    assert noise.std() == pytest.approx(0.15 / np.sqrt(12), rel=0.05)
    assert len(np.unique(sample.y)) == 4000  # no half precision
    for feature in FEATURES:
        points = sample.points[feature]
        np.testing.assert_allclose(points.mean(axis=0), 0, atol=1e-12)
        np.testing.assert_allclose(points.std(axis=0), 1)
        radius = np.linalg.norm(points, axis=1)
        assert np.corrcoef(radius, sample.radii[feature][:, 0])[0, 1] > 0.99
    assert np.array_equal(draw(4000, 0).y, sample.y)


def test_map_is_learned_on_another_sample() -> None:
    sample, other = draw(300, 0), draw(300, 1)
    features = learned(sample, other, 0)
    assert all(columns.shape == (300, 1) for columns in features.values())
    assert abs(np.corrcoef(features[3][:, 0], sample.y)[0, 1]) > 0.7
    with pytest.raises(ValueError, match="--data must be left out"):
        load(Path("somewhere"), {})


def test_mutual_information_of_a_normal_distribution() -> None:
    rng = np.random.default_rng(0)
    x, noise, other = rng.standard_normal((3, 3000))
    y, z = x + noise, x + other
    joint = -0.5 * np.log(1 - np.corrcoef(y, z)[0, 1] ** 2)
    assert knn_cmi(y, z[:, None], None, k=5) == pytest.approx(joint, abs=0.05)
    assert knn_cmi(y, z[:, None], x[:, None], k=5) == pytest.approx(0, abs=0.05)
    w = (y + other)[:, None]  # given x, noise and noise + other: half the variance each
    assert knn_cmi(y, w, x[:, None], k=5) == pytest.approx(0.5 * np.log(2), abs=0.07)


def test_knn_counts_are_those_of_the_definition() -> None:
    rng = np.random.default_rng(0)
    y, z, x = rng.standard_normal(40), rng.standard_normal((40, 2)), rng.standard_normal((40, 1))
    scaled = [(one - one.mean(axis=0)) / one.std(axis=0) for one in (y[:, None], z, x)]
    near = [np.abs(one[:, None] - one[None]).max(axis=2) for one in scaled]
    radius = np.sort(np.maximum.reduce(near), axis=1)[:, 5]

    def psi(*which):
        from scipy.special import digamma

        apart = np.maximum.reduce([near[at] for at in which])
        return digamma((apart < radius[:, None]).sum(axis=1))

    from scipy.special import digamma

    wanted = digamma(5) - (psi(0, 2) - psi(2) + psi(1, 2)).mean()
    assert knn_cmi(y, z, x, k=5) == pytest.approx(wanted)


@pytest.mark.parametrize("kind", ["codec", "codec_test", "lcodec", "knn_cmi"])
def test_score_is_larger_where_there_is_dependence(kind) -> None:
    sample = draw(300, 0)
    config = {"tests": {"resamples": 99, "sigma": 0.01, "neighbors": 5}}
    measured = score(kind, config, 0)
    given = np.hstack([sample.radii[2], sample.radii[3]])
    assert measured(sample.y, sample.radii[6], given) > measured(sample.y, sample.radii[1], given)
    assert measured(sample.y, sample.radii[6], None) > 0.3


def test_foci_takes_features_whole() -> None:
    sample = draw(500, 0)
    found = selected_by_foci(sample.y, sample.points)
    assert len(set(found)) == len(found)
    assert set(found) <= set(FEATURES)
    assert {3, 6} <= set(selected_by_foci(sample.y, sample.radii))


def test_end_to_end(tmp_path: Path) -> None:
    config = settings.read(FOLDER / "bullseye", small=True)
    config["run"] |= {"rows": 80, "seeds": [0, 1]}
    found = experiment("bullseye")
    account = execute(found, config, None, tmp_path / "small", torch.device("cpu"))
    assert len(account["records"]) == 2 * 3 * 5
    text = found.report(account)
    assert all(
        f"| {kind} | {method['name']} |" in text
        for kind, method in product(config["run"]["representations"], config["methods"])
    )
    found.draw(account, tmp_path / "figure.svg")
    assert "false positive rate" in (tmp_path / "figure.svg").read_text("utf-8")


def account(codec, cmi, selected):
    """Two runs: the truth plus an error of a number of the pairs."""

    def scores(wrong: int) -> list[float]:
        return [float(t) if at >= wrong else 0.5 for at, t in enumerate(TRUTH)]

    rows = [("CODEC", {"scores": scores(one)}) for one in codec]
    rows += [("kNN CMI", {"scores": scores(one)}) for one in cmi]
    rows += [("FOCI", {"selected": one}) for one in selected]
    records = [
        {"seed": at % 2, "representation": "points", "method": name, "seconds": 1.0, **found}
        for at, (name, found) in enumerate(rows)
    ]
    methods = [
        {"name": name, "kind": kind}
        for name, kind in (("CODEC", "codec"), ("kNN CMI", "knn_cmi"), ("FOCI", "foci"))
    ]
    run = {"rows": 9, "seeds": [0, 1], "representations": ["points"]}
    records[0]["warnings"] = 8
    head = {"experiment": "bullseye", "commit": "abc", "dirty": False, "records": records}
    return head | {"config": {"run": run, "methods": methods}}


def test_sentences_say_what_the_numbers_say() -> None:
    found = account([0, 0], [190, 192], [[3, 4, 5, 6], [3, 1]])
    perfect, *_, last = found["records"]
    assert auc(perfect) == 1
    assert best(perfect) == (1, 0)
    assert (1, 1) in swept(perfect)
    assert best(last) == (0.25, 0.5)
    first, warned, second = verdict(found)
    assert warned == (
        "On points, CODEC warns for 4 of 192 pairs in the mean that near rows are too far apart to "
        "trust its p-value."
    )
    assert first.startswith("On points, the AUC of CODEC less that of kNN CMI is 0.")
    assert first.endswith(": more.")
    assert second == (
        "On points, FOCI selects 0.62 of the blanket and 0.25 of the other features in the mean."
    )
    assert "| points | FOCI | – | 0.625 ± 5 | 0.25 ± 3 | 1 ± 0 |" in report(found)
    same = verdict(account([0, 5], [5, 0], [[3], [3]]))[0]
    assert same.endswith(": no difference that shows.")
