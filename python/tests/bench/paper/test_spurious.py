"""spurious: its network of attributes, its measures, and end to end."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

import lcodec
from bench.paper import settings
from bench.paper.__main__ import FOLDER, execute, experiment
from bench.paper.formats import attributes, celeba
from bench.paper.spurious.data import COLUMNS, ROWS, drawn, load
from bench.paper.spurious.graph import TARGET, blanket, sample
from bench.paper.spurious.network import Reversal, Training, predicted
from bench.paper.spurious.report import of, report, verdict
from bench.paper.spurious.run import adversaries, correlated, measures, phi, rows
from python.tests.bench.paper.test_celeba import AT, NAMES, written


def options(**data):
    config = settings.read(FOLDER / "spurious", small=True)
    config["data"] |= {"rows": 6, "train": 2, "validation": 2, "test": 2, **data}
    return config


def test_too_few_images_are_refused(tmp_path: Path) -> None:
    written(tmp_path)
    with pytest.raises(ValueError, match="must hold the 6 images for training of `rows`, got 2"):
        load(tmp_path, options())
    wanted = r"must hold 2 images for train in which Smiling is -?1, got [01]"
    with pytest.raises(ValueError, match=wanted):
        load(tmp_path, options(rows=2, train=4))
    with pytest.raises(ValueError, match="target must be an attribute of CelebA, got 'Happy'"):
        load(tmp_path, options(target="Happy"))
    with pytest.raises(ValueError, match="must be Smiling for drawn images, got 'No_Beard'"):
        load(None, options(target="No_Beard"))


def test_blanket_is_causes_effects_and_their_causes() -> None:
    causes = {"b": {"a": 1.0}, "t": {"b": 1.0}, "e": {"t": 1.0, "s": 1.0}, "f": {"e": 1.0}}
    assert blanket("t", causes) == {"b", "e", "s"}
    assert blanket("a", causes) == {"b"}
    assert len(blanket()) == 9


def test_foci_finds_the_blanket_and_correlation_does_not() -> None:
    table = sample(6000, np.random.default_rng(0)).astype(float)
    X, others = np.delete(table, AT, axis=1), [name for name in NAMES if name != TARGET]
    found = lcodec.foci(X, table[:, AT], min_gain=0.05, standardize="none").selected
    assert {others[one] for one in found} == blanket()
    assert len(blanket() & {*correlated(table, TARGET)[:9]}) < 9


def test_relations_with_the_target_are_reversed_and_no_others() -> None:
    rng = np.random.default_rng(0)
    one, other = (phi(sample(4000, rng, reverse=turned).astype(float)) for turned in (False, True))
    wanted = ("High_Cheekbones", "Oval_Face", "Heavy_Makeup", "Rosy_Cheeks")
    cheeks, face, makeup, red = (NAMES.index(name) for name in wanted)
    assert one[AT, cheeks] > 0.7 > -0.7 > other[AT, cheeks]
    assert one[AT, face] > 0.6 > -0.6 > other[AT, face]
    assert one[cheeks, face] == pytest.approx(other[cheeks, face], abs=0.05)
    assert one[makeup, red] == pytest.approx(other[makeup, red], abs=0.05)
    assert phi(np.ones((5, 2))).tolist() == [[0, 0], [0, 0]]


def test_marks_show_their_attributes_and_no_others() -> None:
    rng = np.random.default_rng(0)
    values = rng.choice(np.array([-1, 1], dtype=np.int8), (600, 40))
    images = drawn(values, 32, rng).astype(float)
    high, wide = 32 // ROWS, 32 // COLUMNS
    for at in (0, AT, 39):
        down, left = (at // COLUMNS) * high, (at % COLUMNS) * wide
        mark = images[:, down : down + high, left : left + wide].mean(axis=(1, 2))
        told = [np.abs(np.corrcoef(values.T, channel)[:-1, -1]) for channel in mark.T]
        best = max(told, key=max)
        assert best.argmax() == at
        assert best[at] > 0.6
        assert np.delete(best, at).max() < 0.2


def test_gradient_is_reversed() -> None:
    features = torch.tensor([1.0, -2.0], requires_grad=True)
    out = Reversal.apply(features, 0.3)
    assert torch.equal(out, features)
    (2 * out[0] + 5 * out[1]).backward()
    torch.testing.assert_close(features.grad, torch.tensor([-0.6, -1.5]))


def two_marks(rng, agree):
    """Images of a faint target on the left, and of another attribute that agrees so often."""
    target = rng.integers(0, 2, 600)
    other = np.where(rng.random(600) < agree, target, 1 - target)
    images = np.full((600, 3, 8, 8), 128.0)
    faint = 20 * (2 * target - 1) + 25 * rng.standard_normal(600)
    images[:, 0, :, :4] += faint[:, None, None]
    images[:, 1, :, 4:] += (20 * (2 * other - 1))[:, None, None]
    labels = torch.from_numpy(np.stack([target, other], axis=1).astype(np.float32))
    return torch.from_numpy(images.clip(0, 255).astype(np.uint8)), labels


def test_what_is_hidden_is_relied_on_less() -> None:
    rng = np.random.default_rng(0)
    (shown, known), (turned, truth) = two_marks(rng, 0.9), two_marks(rng, 0.1)
    training = Training(epochs=12, batch_size=50, learning_rate=0.001, adversary_rate=0.01)
    plain, some, strong = (
        training.fit(shown, known[:, 0], known[:, 1:], strength, 0) for strength in (0, 0.3, 1)
    )

    def accuracy(model):
        return ((predicted(model, turned) > 0) == (truth[:, 0].numpy() > 0)).mean()

    assert accuracy(plain) < 0.4
    assert accuracy(some) > accuracy(plain) + 0.05
    assert accuracy(strong) > 0.6


def test_same_seed_trains_the_same_network() -> None:
    shown, known = two_marks(np.random.default_rng(0), 0.9)
    training = Training(epochs=1, batch_size=50, learning_rate=0.001, adversary_rate=0.01)
    one, again, other = (
        training.fit(shown, known[:, 0], known[:, :0], 1.0, seed).state_dict() for seed in (3, 3, 4)
    )
    assert all(torch.equal(one[name], again[name]) for name in one)
    assert not torch.equal(one["0.weight"], other["0.weight"])


def test_measures_by_hand() -> None:
    truth = np.repeat([1, 1, -1, -1], 10)
    group = np.tile(np.repeat([1, -1], 10), 2)[:, None]
    guess = truth.copy()
    guess[:5] = -1  # half of those with target and attribute
    found = measures(guess, truth, group)
    assert found == {"accuracy": 0.875, "worst": 0.5, "gap": 0.25, "odds": 0.25}
    nothing = measures(guess, truth, np.ones((40, 1)))
    assert (nothing["gap"], nothing["odds"]) == (None, None)
    assert nothing["worst"] == 0.75


def test_rows_hide_as_many_as_the_blanket() -> None:
    table = sample(500, np.random.default_rng(0)).astype(float)
    found = ["Male", "Young"]
    hidden = {
        kind: adversaries(kind, table, TARGET, found, 0)
        for kind in ("none", "blanket", "random", "correlated", "all")
    }
    assert [len(one) for one in hidden.values()] == [0, 2, 2, 2, 39]
    assert hidden["correlated"][0] == "High_Cheekbones"
    assert TARGET not in hidden["all"]
    assert hidden["random"] != adversaries("random", table, TARGET, found, 1)


def test_numbers_are_shares_of_the_blanket() -> None:
    config = options()
    config["run"] |= {"strengths": [0.1, 0.2], "shares": [0, 0.25, 0.5, 0.75, 1]}

    def numbers(size, kind):
        found = rows(config, size)
        return sorted({number for method, number, _ in found if method["kind"] == kind})

    assert [numbers(9, kind) for kind in ("none", "all")] == [[0], [39]]
    for kind in ("blanket", "random", "correlated"):
        assert numbers(9, kind) == [1, 2, 4, 7, 9]
        assert numbers(2, kind) == [1, 2]
        assert numbers(1, kind) == [1]
    plan = [(method["name"], number, strength) for method, number, strength in rows(config, 9)]
    assert len(plan) == len(set(plan)) == 1 + 3 * 5 * 2 + 2
    assert plan[:2] == [("None", 0, 0.0), ("FOCI blanket", 1, 0.1)]


def test_end_to_end(tmp_path: Path) -> None:
    config = settings.read(FOLDER / "spurious", small=True)
    config["data"] |= {"rows": 400, "train": 300, "validation": 100, "test": 100}
    config["data"]["drawn"] = [400, 140, 140]
    config["run"] |= {"seeds": [0, 1], "shown": 6, "strengths": [0.1]}
    config["training"]["epochs"] = 1
    found = experiment("spurious")
    account = execute(found, config, None, tmp_path / "small", torch.device("cpu"))
    records = account["records"]
    blanket = records[0]["selected"]
    hidden = [one for one in records if "adversaries" in one]
    numbers = {one["number"] for one in hidden} - {0, 39}
    assert {1, len(blanket)} <= numbers
    assert len(hidden) == 2 * (2 + 3 * len(numbers))
    assert all(len(one["adversaries"]) == one["number"] for one in hidden)
    ours = [one for one in hidden if one["method"] == "FOCI blanket"]
    assert all(one["adversaries"] == blanket[: one["number"]] for one in ours)
    text = found.report(account)
    assert all(f"| {one['name']} |" in text for one in config["selections"] + config["methods"])
    found.draw(account, tmp_path / "figure.svg")
    assert "gain of the row by FOCI" in (tmp_path / "figure.svg").read_text("utf-8")


def test_images_in_a_folder_have_the_blanket_that_was_selected(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    names = tuple(f"{number:06d}.jpg" for number in range(300))
    table = attributes.Attributes(NAMES, names, sample(300, rng))
    images = drawn(table.values, 32, rng)
    celeba.write(tmp_path / "data", table, np.repeat(range(3), 100), images)
    config = options(rows=100, train=40, validation=40, test=40)
    config["run"] |= {"seeds": [0], "strengths": [0.1], "shares": [1], "shown": 4}
    config["training"]["epochs"] = 1
    config["selections"] = config["selections"][:1]
    config["methods"] = config["methods"][:2]
    found = experiment("spurious")
    account = execute(found, config, tmp_path / "data", tmp_path / "run", torch.device("cpu"))
    selection, relations, plain, hidden = account["records"]
    assert relations["known"] == []
    assert selection["selected"]
    assert hidden["adversaries"] == selection["selected"]
    assert plain["adversaries"] == []
    assert f"| FOCI | {', '.join(selection['selected'])} | – | – |" in found.report(account)


def account(**accuracies):
    """Two seeds, two adversaries; a method has these accuracies on validation, 0.9 on test."""
    kinds = {"None": "none", "FOCI blanket": "blanket", "Random": "random"}
    records = [
        {"selection": "FOCI", "selected": ["Male", "Bald"], "seconds": 0.5},
        {"table": "relations", "known": ["Male", "Young"], "names": [], "graph": [], "phi": []},
    ]
    for name, values in accuracies.items():
        for seed, value in enumerate(values):
            part = {"accuracy": value, "worst": value, "gap": None, "odds": 0.1}
            records.append(
                {"seed": seed, "method": name, "strength": 0.0 if name == "None" else 0.5}
                | {"number": 0 if name == "None" else 2, "adversaries": [name], "seconds": 1.0}
                | {"validation": part, "test": part | {"accuracy": 0.9}}
            )
    methods = [{"name": name, "kind": kinds[name]} for name in accuracies]
    run = {"seeds": [0, 1], "strengths": [0.5], "selection": "FOCI", "shares": [1]}
    config = {"data": {"target": TARGET, "rows": 9, "train": 4}, "run": run, "methods": methods}
    head = {"experiment": "spurious", "commit": "abc", "dirty": True, "device": "cpu"}
    return head | {"config": config, "data": {"source": "made"}, "records": records}


def test_sentences_say_what_the_numbers_say() -> None:
    values = {"None": [0.5, 0.52], "FOCI blanket": [0.7, 0.71], "Random": [0.6, 0.8]}
    found = account(**values)
    selected, relied, test, validation, best = verdict(found)
    assert selected == (
        "FOCI selects 1 of the 2 attributes of the blanket, and 1 others, in 0.5 seconds."
    )
    assert relied.startswith("Without adversaries, the accuracy on validation, where the relations")
    assert relied.endswith("is -39.0 points (-51.7 to -26.3): the classifier relies on them.")
    assert test.endswith("Random, +0.0 points (+0.0 to +0.0), no difference that shows.")
    assert validation == (
        "With 2 of FOCI blanket, λ 0.5, the accuracy on validation less that with None, +19.5 "
        "points (+13.1 to +25.9), more; Random, +0.5 points (-120.2 to +121.2), no difference that "
        "shows."
    )
    assert best == (
        "With 2 of FOCI blanket and each row at the λ that is best for it there (None 0, FOCI "
        "blanket 0.5, Random 0.5), which takes the validation images to know, the accuracy on "
        "validation less that with None, +19.5 points (+13.1 to +25.9), more; Random, +0.5 points "
        "(-120.2 to +121.2), no difference that shows."
    )
    text = report(found)
    assert "commit abc, changed" in text
    assert "| FOCI | Male, Bald | 1 of 2 | 1 | 0.5 |" in text
    assert "| Random | 2 | 0.5 | 0 ± 0 | 90.0 ± 0.0 | 70.0 ± 127.1 | " in text
    alone = account(**{"None": [0.5], "FOCI blanket": [0.7]})
    assert verdict(alone)[1].endswith("-40.0 points: one seed cannot tell.")
    alone["config"]["methods"] = alone["config"]["methods"][:1]
    assert len(verdict(alone)) == 2  # nothing to compare with


def test_each_row_is_taken_at_its_best() -> None:
    found = account(**{"None": [0.5, 0.6], "FOCI blanket": [0.7, 0.8], "Random": [0.6, 0.7]})
    for record in [one for one in found["records"] if one.get("method") == "Random"]:
        better = record["validation"] | {"accuracy": record["validation"]["accuracy"] + 0.2}
        found["records"].append(record | {"strength": 2.0, "validation": better})
    found["config"]["run"]["strengths"] = [0.5, 2.0]
    said = verdict(found)[-1]
    assert "FOCI blanket 0.5, Random 2)" in said
    assert "Random, -10.0 points (-10.0 to -10.0), less." in said


def test_more_adversaries_are_compared_with_the_fewest() -> None:
    found = account(**{"None": [0.5, 0.6], "FOCI blanket": [0.7, 0.8], "Random": [0.6, 0.7]})
    found["config"]["run"]["shares"] = [0, 1]
    for record in [one for one in found["records"] if one.get("number") == 2]:
        fewer = record["validation"] | {"accuracy": record["validation"]["accuracy"] - 0.2}
        fewer = {"number": 1, "adversaries": ["Male"], "validation": fewer}
        found["records"].append(record | fewer)
    said = verdict(found)
    assert said[-1] == (
        "At λ 0.5, the accuracy on validation with 2 adversaries less that with 1: FOCI blanket, "
        "+20.0 points (+20.0 to +20.0), more; Random, +20.0 points (+20.0 to +20.0), more."
    )
    one, two = (next(line for line in said if line.startswith(f"With {n} of")) for n in (1, 2))
    assert one.endswith("no difference that shows; Random, the same attributes.")
    assert two.endswith("Random, +0.0 points (+0.0 to +0.0), no difference that shows.")
    assert [len(of(found, "Random", number, 0.5)) for number in (1, 2, 3)] == [2, 2, 0]
    assert len(of(found, "None", 2, 0.5)) == 2


def test_what_hides_the_same_attributes_is_not_compared() -> None:
    found = account(**{"None": [0.5, 0.6], "FOCI blanket": [0.7, 0.8], "Random": [0.7, 0.8]})
    assert not any("the same attributes" in one for one in verdict(found))
    for record in found["records"]:
        if record.get("number") == 2:
            record["adversaries"] = ["Male", "Young"]
    assert all(one.endswith("; Random, the same attributes.") for one in verdict(found)[2:])


def test_real_images_have_no_known_blanket() -> None:
    found = account(**{"None": [0.5, 0.6], "FOCI blanket": [0.7, 0.8]})
    found["records"][1]["known"] = []
    assert all(one.startswith("With 2 of FOCI blanket") for one in verdict(found))
    assert "| FOCI | Male, Bald | – | – | 0.5 |" in report(found)
