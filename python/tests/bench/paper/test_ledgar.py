"""The format of LEDGAR, F1, and ledgar end to end on a few clauses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import settings as run_with
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from bench.paper import settings
from bench.paper.__main__ import FOLDER, execute, experiment
from bench.paper.formats import ledgar
from bench.paper.formats.ledgar import Provision
from bench.paper.ledgar import clauses, debian, network, run
from bench.paper.ledgar.report import verdict
from bench.paper.removal import methods
from bench.paper.removal.sequence import REFERENCES

CPU = torch.device("cpu")
TEXT = st.text(min_size=1, max_size=20).filter(lambda text: text.strip())
PROVISIONS = st.builds(
    Provision, TEXT, st.lists(TEXT, min_size=1, max_size=3, unique=True).map(tuple), st.text()
)


@run_with(max_examples=25)
@given(st.lists(PROVISIONS, min_size=1, max_size=5))
def test_what_is_written_is_read(tmp_path_factory: pytest.TempPathFactory, provisions) -> None:
    file = tmp_path_factory.mktemp("clauses") / "some.jsonl"
    ledgar.write(file, provisions)
    assert ledgar.read(file) == ledgar.read(file.parent) == provisions


def test_lines_are_those_of_the_format(tmp_path: Path) -> None:
    by_hand = '{"provision": "Ça va.", "label": ["waivers", "a b"], "source": "2016/1.htm"}\n'
    file = tmp_path / "by hand.jsonl"
    file.write_bytes(by_hand.encode())
    found = ledgar.read(file)
    assert found == [Provision("Ça va.", ("waivers", "a b"), "2016/1.htm")]
    ledgar.write(file, found)
    assert file.read_text("utf-8") == by_hand
    assert ledgar.classes(found) == ["a b", "waivers"]


GOOD = b'{"provision": "x", "label": ["a"], "source": ""}'


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", r"must be JSON in UTF-8, got: Expecting value"),
        (GOOD[:-9], r"must be JSON in UTF-8, got: Unterminated string"),
        (GOOD.replace(b"x", b"\xff"), r"must be JSON in UTF-8, got: .*can't decode byte 0xff"),
        (b"[1]", r"must be a JSON object, got \[1\]"),
        (GOOD.replace(b"label", b"labels"), r'must have "label", got \["labels", "prov'),
        (GOOD.replace(b'"x"', b'" "'), r'"provision" must be text, not blank, got " "'),
        (GOOD.replace(b'"x"', b"3"), r'"provision" must be text, not blank, got 3'),
        (GOOD.replace(b'["a"]', b'"a"'), r'must be a list of one or more labels, got "a"'),
        (GOOD.replace(b'["a"]', b"[]"), r"must be a list of one or more labels, got \[\]"),
        (GOOD.replace(b'["a"]', b'["a", 1]'), r"list of one or more labels, got \[\"a\", 1\]"),
        (GOOD.replace(b'["a"]', b'["a", "a"]'), r"labels must be distinct, got \[\"a\", \"a\"\]"),
        (GOOD.replace(b'""', b"null"), r'"source" must be text, got null'),
    ],
)
def test_malformed_line_is_refused(tmp_path: Path, line, message) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_bytes(GOOD + b"\n" + line + b"\n" + GOOD + b"\n")
    with pytest.raises(ValueError, match=rf"bad\.jsonl, line 2: .*{message}"):
        ledgar.read(file)


def test_files_that_are_not_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"\*\.jsonl must be there, is not"):
        ledgar.read(tmp_path)
    (tmp_path / "a.jsonl").write_bytes(b"")
    with pytest.raises(ValueError, match=r"a\.jsonl must hold a line of JSON for each"):
        ledgar.read(tmp_path)
    (tmp_path / "b.jsonl").write_bytes(b"")
    with pytest.raises(ValueError, match=r"must hold one file \*\.jsonl, got a\.jsonl, b\.jsonl"):
        ledgar.read(tmp_path)


def test_prototypes_are_taken_of_many_labels() -> None:
    few = [Provision("x", ("other", "waivers"), ""), Provision("y", ("another",), "")]
    assert ledgar.prototypical(few) == few
    many = [*few, *(Provision("z", (f"label {at}",), "") for at in range(98))]
    assert ledgar.prototypical(many) == [Provision("x", ("waivers",), "")]
    assert ledgar.PROTOTYPES.index("governing laws") == 6
    assert ledgar.PROTOTYPES.index("terminations") == 11
    assert list(ledgar.PROTOTYPES) == sorted(ledgar.PROTOTYPES)


def test_f1_is_scikit_learns_and_thresholds_are_the_best() -> None:
    draw = torch.Generator().manual_seed(0)
    chances = torch.rand(40, 3, generator=draw)
    targets = (torch.rand(40, 3, generator=draw) < 0.4).float()
    targets[:, 2] = 0
    limits = network.thresholds(chances, targets)
    micro, macro, each = network.scores(chances, targets, limits)
    predicted = chances > limits
    wanted = {"y_true": targets.numpy(), "y_pred": predicted.numpy(), "zero_division": 0.0}
    assert micro == pytest.approx(f1_score(**wanted, average="micro"))
    assert macro == pytest.approx(f1_score(**wanted, average="macro"))
    assert each == pytest.approx(f1_score(**wanted, average=None))
    for at in range(2):
        others = [
            f1_score(targets[:, at], chances[:, at] > step / 100, zero_division=0.0)
            for step in range(0, 100, 5)
        ]
        assert each[at] >= max(others) - 1e-12
    perfect = network.scores(targets, targets, torch.tensor([0.5, 0.5, 0.5]))
    assert perfect[0] == 1  # with no false positive at all


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sixth of the clauses, in LEDGAR's file."""
    made = tmp_path_factory.mktemp("few")
    ledgar.write(made / "few.jsonl", clauses.paragraphs()[::6])
    return made


def few(**changes) -> settings.Config:
    """About a tenth of --small."""
    config = settings.read(FOLDER / "ledgar", small=True)
    config["data"]["tokens"] = 16
    config["training"]["epochs"] = 1
    config["scrub"] |= {"perturbations": 50, "curvature_samples": 20}
    config["run"] |= {"labels": ["compound"], "epsilons": [0.01], "seeds": [0]}
    config["run"] |= {"removals": 2, "checkpoints": [2], **changes}
    return config


def test_end_to_end(folder: Path, tmp_path: Path) -> None:
    found, config = experiment("ledgar"), few()
    account = execute(found, config, folder, tmp_path / "small", CPU)
    records = account["records"]
    ways = [way["name"] for one in config["methods"] for way, _ in run.variants(config, one)]
    order = list(dict.fromkeys(one["method"] for one in records))
    assert order == ["start", *REFERENCES, *ways]
    ends = {one["method"]: one for one in records}
    scrub, slices, random = (ends[way] for way in ways[:3])
    assert scrub["parameters"] == random["parameters"] > 0
    assert scrub["step_norm"] > 1e3 * slices["step_norm"]  # nothing but noise
    assert ends["start"]["micro_f1"] == ends["nothing done"]["micro_f1"]
    assert ends["refit"]["removed_loss"] != ends["nothing done"]["removed_loss"]
    assert (tmp_path / "small" / "vocab.txt").read_text("utf-8").startswith("[PAD]\n[UNK]\n")
    text = found.report(account)
    assert all(f"| {one} |" in text for one in ways)
    found.draw(account, tmp_path / "figure.svg")
    assert "removals before F1 fell" in (tmp_path / "figure.svg").read_text("utf-8")
    again = execute(found, config, folder, tmp_path / "small", CPU, resume=True)
    assert again["records"] == records
    with pytest.raises(ValueError, match=r"at most \d+, the training clauses with the label 'com"):
        execute(found, few(removals=200), folder, tmp_path / "many", CPU)


def test_sequence_ends_where_f1_falls(folder: Path, tmp_path: Path) -> None:
    config = few(stop_drop=-1.0)  # less than the start and 1: always
    kept = ("Noise on random weights", "FOCI")
    config["methods"] = [one for one in config["methods"] if one["name"] in kept]
    found = experiment("ledgar")
    account = execute(found, config, folder, tmp_path / "ends", CPU)
    assert [one["step"] for one in account["records"] if "FOCI" in one["method"]] == [1]
    assert [one["step"] for one in account["records"] if "random" in one["method"]] == [1]
    again = execute(found, config, folder, tmp_path / "ends", CPU, resume=True)
    assert again["records"] == account["records"]


def test_clauses_and_their_perturbation() -> None:
    config = few()
    found = clauses.load(None, config)
    assert len(found.labels) == 6
    total = len(clauses.paragraphs())
    assert [len(part[1]) for part in (found.train, found.dev, found.test)] == [
        total - len(found.dev[1]) - len(found.test[1]), -(-total * 8 // 100), -(-total // 5),
    ]  # fmt: skip
    assert {label for one in clauses.paragraphs() for label in one.labels} == set(clauses.TOPICS)
    task = run.text_task(config, found, CPU)
    inputs, targets = task.rows(task.groups["compound"][:20])
    assert (targets.sum(1) == 1).all()
    noisy = task.perturb(inputs, torch.Generator().manual_seed(0))
    changed = noisy["input_ids"] != inputs["input_ids"]
    assert (changed.sum(1) <= 1).all()
    assert changed.any(1).sum() > 15
    assert (inputs["input_ids"][changed] != found.vocabulary.index("[CLS]")).all()
    assert (inputs["attention_mask"][changed] == 1).all()


def test_words_become_tokens() -> None:
    vocabulary = clauses.words(["The cat, the dog", "THE cat sat"], least=2)
    assert vocabulary == [*clauses.SPECIAL, "cat", "the"]
    tokens = clauses.tokenizer(vocabulary, length=5)
    assert tokens.encode("The cat sat down").tokens == ["[CLS]", "the", "cat", "[UNK]", "[SEP]"]


def test_noise_falls_on_as_many_weights_as_are_asked_for() -> None:
    config = few()
    config["privacy"]["epsilon"] = 0.1
    task = run.text_task(config, clauses.load(None, config), CPU)
    way = methods.Noise(task, torch.nn.Linear(10, 10), methods.sekhari(config), seed=0)
    before = way.model.weight.detach().clone()
    record = way.remove(1, [0], budget=7)
    moved = int((way.model.weight != before).sum()) + int((way.model.bias != 0).sum() > 10)
    assert record["parameters"] == 7
    assert moved <= 7
    assert way.remove(2, [1], budget=None)["parameters"] == 110


def test_weights_of_a_folder_are_taken(tmp_path: Path) -> None:
    shape = few()["model"]
    saved = network.network(shape, "", 9, 8, 2, seed=0)
    saved.save_pretrained(tmp_path)
    (tmp_path / "vocab.txt").write_text("\n".join([*clauses.SPECIAL, "the", "##s", "a", "of"]))
    config = settings.chosen(few(), weights=tmp_path)
    found = network.network(config["model"], config["weights"], 0, 0, 2, seed=1)
    same = "distilbert.transformer.layer.0.ffn.lin1.weight"
    assert torch.equal(found.state_dict()[same], saved.state_dict()[same])
    assert clauses.load(None, config).vocabulary[5:] == ["the", "##s", "a", "of"]
    with pytest.raises(ValueError, match="--weights must be left out"):
        settings.chosen(settings.read(FOLDER / "kfac"), weights=tmp_path)


@pytest.mark.parametrize("variant", ["", "small", "published"])
def test_configurations_fit_together(variant) -> None:
    config = settings.read(FOLDER / "ledgar", **({variant: True} if variant else {}))
    network.Training(**config["training"])
    assert config["run"]["checkpoints"][-1] == config["run"]["removals"]
    for method in config["methods"]:
        for way, own in run.variants(config, method):
            methods.sekhari(own) if method.get("noisy") else methods.scrub_options(own, way)


def account(**lasts):
    """Two seeds; each method stands so many removals of 3 until its F1 falls."""
    records = []
    for seed in range(2):
        place = {"seed": seed, "case": "waivers", "class_f1": 0.8}
        records.append({**place, "method": "start", "step": 0, "micro_f1": 0.9, "dev_f1": 0.9})
        records += [{**place, "method": one, "step": 3, "micro_f1": 0.9} for one in REFERENCES]
        for method, stood in lasts.items():
            name = method.replace("_", " ")
            name = name if name == "quiet" else f"{name}, ε = 0.1"
            for step in range(1, min(3, stood + 1) + 1):
                micro = 0.9 if step <= stood else 0.5
                records.append({**place, "method": name, "step": step, "micro_f1": micro})
    methods = [{"name": name.replace("_", " "), "noisy": name != "quiet"} for name in lasts]
    run = {"removals": 3, "stop_drop": 0.05, "epsilons": [0.1], "seeds": [0, 1]}
    head = {"experiment": "ledgar", "commit": "abc", "dirty": False, "data": {"source": "made"}}
    return {**head, "config": {"run": run, "methods": methods}, "records": records}


def test_sentences_say_what_the_numbers_say() -> None:
    quiet, beside, refit = verdict(account(FOCI=1, noise=2, quiet=3))
    assert quiet == (
        "quiet: micro-F1 falls by no more than 0.05 within 3 removals in 2 of 2 sequences."
    )
    assert beside == (
        "ε = 0.1: F1 falls in 2 of 2 sequences of FOCI and 2 of noise, earlier: 0.667 times "
        "(0.667 to 0.667)."
    )
    assert refit.startswith("F1 of waivers is 80.0 ± 0.0 % before anything is removed, 80.0")
    assert verdict(account(FOCI=2, noise=2))[0].endswith(
        "no difference that shows: 1 times (1 to 1)."
    )
    assert verdict(account(FOCI=3, noise=1))[0].endswith("later: 2 times (2 to 2).")
    assert verdict(account(FOCI=3, noise=3))[0] == (
        "ε = 0.1: F1 falls in 0 of 2 sequences of FOCI and 0 of noise."
    )
    text = experiment("ledgar").report(account(FOCI=1, noise=3))
    assert "| waivers: FOCI | 1, 1 |" in text
    assert "| waivers: noise | > 3, > 3 |" in text


def test_debian_descriptions_become_provisions() -> None:
    listed = [
        "Package: b", "Description: a game of four words", "Tag: one,", " two", "Section: games",
        "", "Package: a", "Section: contrib/fonts", "Description: some other four words", "",
        "Package: c", "Section: games", "Description: a game of four words", "",
        "Package: d", "Section: games", "Description: too short",
    ]  # fmt: skip
    found = list(debian.provisions(f"{line}\n" for line in listed))
    assert found == [
        Provision("a game of four words", ("games",), "b"),
        Provision("some other four words", ("fonts",), "a"),
    ]
    assert debian.drawn(found, ["fonts"], 1) == found[1:]
    with pytest.raises(ValueError, match="--clauses must be at most 1, those of games"):
        debian.drawn(found, ["games"], 2)
    assert json.dumps(found[0].labels) == '["games"]'
