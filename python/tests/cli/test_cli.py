import inspect
import json
import os
import re
import subprocess
import sys

import pytest
from torch import nn

import lcodec
from lcodec.cli import main
from lcodec.scrub import Scrubber
from lcodec.scrub.ledger.ledger import Ledger, verify
from lcodec.scrub.ledger.weights import fingerprint, load_weights, save_weights
from python.tests.cli import cli_model

MODULE = cli_model.__name__
COMMON = {
    "model": f"{MODULE}:make_model",
    "weights": "old.pt",
    "data": f"{MODULE}:data",
    "forget": "1,2,3",
    "loss": "cross_entropy",
    "weight_decay": "0.01",
    "select": "all",
    "output": "new.pt",
}


def run(*flags, **options):
    given = {name: value for name, value in {**COMMON, **options}.items() if value is not None}
    pairs = [(f"--{name.replace('_', '-')}", str(value)) for name, value in given.items()]
    return main(["scrub", *(part for pair in pairs for part in pair), *flags])


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    save_weights(cli_model.make_model().state_dict(), "old.pt")
    return tmp_path


def contents(folder):
    return {
        path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def removed(ids=(1, 2, 3), **options):
    """What the class makes of the same removal."""
    model = cli_model.make_model()
    settings = {"weight_decay": 0.01, "select": "all", **options}
    scrubber = Scrubber(model, nn.CrossEntropyLoss(), cli_model.data(), **settings)
    scrubber.remove(list(ids))
    return model


# --- removal --------------------------------------------------------------------------------------


def test_the_output_is_what_the_class_makes(folder, capsys):
    old = (folder / "old.pt").read_bytes()
    assert run(test=f"{MODULE}:test_data", report="account") == 0
    assert fingerprint(load_weights("new.pt")) == fingerprint(removed())
    assert (folder / "old.pt").read_bytes() == old
    text = capsys.readouterr().out
    assert "3 to remove, 57 to keep" in text
    account = json.loads((folder / "account" / "report.json").read_text())
    assert account["report"]["ids"] == [1, 2, 3]
    assert account["measures"].keys() == {"Mean loss on the test data", "Accuracy on the test data"}
    assert account["options"] == {"weight_decay": 0.01, "select": "all"}
    page = (folder / "account" / "report.html").read_text()
    for part in ("Removal of 3 samples", "Accuracy on the test data", "LayerNorm"):
        assert part in page


@pytest.mark.parametrize(
    "options",
    [
        {"forget": "ids.txt"},
        {"data": f"{MODULE}:data_set"},
        {"data": f"{MODULE}:named_data", "forget": "person 1, person 2,person 3"},
        {"data": f"{MODULE}:numbered_data", "forget": "101,102,103,101"},
        {"model": f"{MODULE}:compiled_model"},
        {"output": "new.safetensors"},
        {"loss": f"{MODULE}:loss"},
        {"loss": "torch.nn:CrossEntropyLoss"},
        {"memory_limit": "1.5MiB", "damping": "1e-3", "device": "cpu"},
    ],
    ids=lambda options: " ".join(options.values()),
)
def test_other_forms_of_the_same_removal(folder, options):
    (folder / "ids.txt").write_text("1\n\n 2 \n3\n")
    assert run(**options) == 0
    assert fingerprint(load_weights(options.get("output", "new.pt"))) == fingerprint(removed())


def test_a_step_that_went_too_far_is_pointed_out(capsys):
    assert run(step="ascent", learning_rate=1) == 0
    assert "a larger --damping, or a --max-step" in capsys.readouterr().err
    assert run() == 0
    assert capsys.readouterr().err == ""


def test_options_reach_the_scrubber():
    options = {"layers": "0,3", "curvature": "identity", "max_step": 0.5, "gradient": "forget"}
    assert run("--progress", **options) == 0
    expected = removed(**{**options, "layers": ["0", "3"]})
    assert fingerprint(load_weights("new.pt")) == fingerprint(expected)


def test_the_output_may_be_the_input():
    assert run(output="old.pt", ledger="ledger.jsonl") == 0
    assert run(output="old.pt", ledger="ledger.jsonl") == 0
    assert fingerprint(load_weights("old.pt")) == fingerprint(removed())


def test_noise_is_reported_as_what_it_is(folder):
    noise = {"epsilon": 0.5, "delta": 1e-3, "strong_convexity": 0.01, "lipschitz": 1}
    assert run(**noise, hessian_lipschitz=0.1, ledger="ledger.jsonl", report="page.html") == 0
    (entry,) = verify("ledger.jsonl")
    assert entry.noise["scope"] == "all"
    assert entry.composed == {"epsilon": 0.5, "delta": 1e-3}
    assert "Heuristic noise, no certificate" in (folder / "page.html").read_text()
    assert run(**noise) == 2  # one of the five is missing


# --- plan -----------------------------------------------------------------------------------------


def test_a_plan_changes_and_writes_nothing(folder, capsys):
    assert run(ledger="ledger.jsonl") == 0
    before = contents(folder)
    assert run("--plan", ledger="ledger.jsonl", forget="4,5") == 0
    assert "2 to remove, 55 to keep" in capsys.readouterr().out
    assert run("--plan", ledger="ledger.jsonl", output=None, weights="new.pt") == 0
    assert "nothing left to do" in capsys.readouterr().out
    assert run("--plan", ledger="other.jsonl", forget="4,5", output=None) == 0
    assert contents(folder) == before


def test_a_plan_is_reported_where_that_is_asked_for(folder):
    before = contents(folder)
    assert run("--plan", output=None, report="plan.html") == 0
    assert [str(name) for name in contents(folder).keys() - before.keys()] == ["plan.html"]
    page = (folder / "plan.html").read_text()
    assert "Nothing has been changed: this is what removing 3 samples would do." in page


# --- ledger ---------------------------------------------------------------------------------------


def test_a_second_run_has_nothing_left_to_do(folder, capsys):
    assert run(ledger="ledger.jsonl", report="first.json") == 0
    first, ledger = load_weights("new.pt"), (folder / "ledger.jsonl").read_bytes()
    capsys.readouterr()
    assert run(ledger="ledger.jsonl", report="second") == 0
    assert capsys.readouterr().out.startswith("nothing left to do")
    assert fingerprint(load_weights("new.pt")) == fingerprint(first)
    assert (folder / "ledger.jsonl").read_bytes() == ledger
    once, again = (
        json.loads((folder / name).read_text())["report"]
        for name in ("first.json", "second/report.json")
    )
    for name in ("ids", "forgotten", "gradient_after", "loss_after", "sha256_after", "entry"):
        assert once[name] == again[name]
    assert "Removal of 3 samples" in (folder / "second" / "report.html").read_text()


@pytest.mark.parametrize("weights", ["old.pt", "new.pt"])
def test_only_what_is_left_is_removed(capsys, weights):
    assert run(ledger="ledger.jsonl") == 0
    assert run(ledger="ledger.jsonl", forget="2,3,4", weights=weights) == 0
    assert "1 to remove, 56 to keep" in capsys.readouterr().out
    assert [entry.ids for entry in verify("ledger.jsonl")] == [(1, 2, 3), (4,)]


def test_the_audit(folder, capsys):
    run(ledger="ledger.jsonl")
    run(ledger="ledger.jsonl", forget=",".join(map(str, range(20, 32))))
    capsys.readouterr()
    assert main(["ledger", "verify", "ledger.jsonl", "--weights", "new.pt"]) == 0
    text = capsys.readouterr().out
    assert "removal of 3: 1, 2, 3" in text
    assert "removal of 12: 20, 21, 22, 23, 24, 25, 26, 27 and 4 more" in text
    assert f"weights  SHA-256 {fingerprint(load_weights('new.pt'))}" in text
    assert main(["ledger", "verify", "ledger.jsonl", "--weights", "old.pt"]) == 4
    whole = (folder / "ledger.jsonl").read_text()
    (folder / "ledger.jsonl").write_text(whole + '{"half')
    assert main(["ledger", "verify", "ledger.jsonl"]) == 0
    assert "torn     6 bytes" in capsys.readouterr().out
    (folder / "ledger.jsonl").write_text(whole.replace("[1,2,3]", "[1,2,4]"))
    assert main(["ledger", "verify", "ledger.jsonl"]) == 4
    assert "lcodec: error [lcodec:ledgerChain]: line 2" in capsys.readouterr().err
    assert main(["ledger", "verify", "nowhere.jsonl"]) == 2


# --- errors ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "code", "id"),
    [
        ({"output": None}, 2, "missingOption"),
        ({"model": "nowhere:make"}, 2, "moduleName"),
        ({"model": MODULE}, 2, "moduleName"),
        ({"model": f"{MODULE}:nothing"}, 2, "moduleName"),
        ({"model": f"{MODULE}:NUMBER"}, 2, "optionType"),
        ({"model": f"{MODULE}:data"}, 2, "optionType"),
        ({"model": f"{MODULE}:other_model"}, 2, "weightsModel"),
        ({"model": f"{MODULE}:double_model"}, 2, "weightsModel"),
        ({"device": "abacus"}, 2, "device"),
        ({"weights": "nowhere.pt"}, 2, "weightsFile"),
        ({"weights": "ids.txt"}, 4, "weightsFormat"),
        ({"forget": "1,two"}, 2, "forgetIds"),
        ({"forget": ","}, 2, "forgetIds"),
        ({"forget": "60"}, 2, "unknownIds"),
        ({"forget": "-1"}, 2, "unknownIds"),
        ({"forget": "person 99", "data": f"{MODULE}:named_data"}, 2, "unknownIds"),
        ({"forget": ",".join(map(str, range(60)))}, 2, "nothingRetained"),
        ({"loss": "hinge"}, 2, "optionValue"),
        ({"select": "best"}, 2, "optionValue"),
        ({"layers": "head"}, 2, "unknownLayer"),
        ({"damping": "-1"}, 2, "optionRange"),
        ({"memory_limit": "10"}, 3, "memoryLimit"),
        ({"data": f"{MODULE}:infinite_data"}, 3, "nonFinite"),
        ({"guard": f"{MODULE}:never"}, 3, "guard"),
        ({"output": "nowhere/new.pt"}, 4, "writeFailed"),
        ({"ledger": "nowhere/ledger.jsonl"}, 4, "writeFailed"),
        ({"ledger": "ids.txt"}, 4, "ledgerFormat"),
        ({"report": "ids.txt/report"}, 4, "writeFailed"),
        ({"report": "nowhere/page.html"}, 4, "writeFailed"),
    ],
    ids=lambda value: None if isinstance(value, (str, int)) else " ".join(map(str, value.values())),
)
def test_errors_have_a_message_and_a_code_and_leave_the_files(folder, capsys, options, code, id):
    (folder / "ids.txt").write_text("1\n2\n3\n")
    before = contents(folder)
    assert run(**options) == code
    assert capsys.readouterr().err.startswith(f"lcodec: error [lcodec:{id}]: ")
    assert contents(folder) == before


def test_a_ledger_in_use_is_refused(folder, capsys):
    with Ledger("ledger.jsonl"):
        before = contents(folder)
        assert run(ledger="ledger.jsonl") == 4
        assert f"process {os.getpid()} holds" in capsys.readouterr().err
        assert contents(folder) == before
    assert run(ledger="ledger.jsonl") == 0


def test_a_ledger_of_other_weights_is_refused(capsys):
    assert run(ledger="ledger.jsonl", output="elsewhere.pt") == 0
    state = {name: tensor + 1 for name, tensor in load_weights("old.pt").items()}
    save_weights(state, "old.pt")
    assert run(ledger="ledger.jsonl") == 4
    assert "[lcodec:ledgerWeights]" in capsys.readouterr().err
    assert not os.path.exists("new.pt")


def test_an_interruption_ends_with_130(folder, monkeypatch, capsys):
    def interrupt(*_):
        raise KeyboardInterrupt

    before = contents(folder)
    monkeypatch.setattr(Scrubber, "remove", interrupt)
    assert run() == 130
    assert "interrupted" in capsys.readouterr().err
    assert contents(folder) == before


def test_errors_of_the_given_functions_are_not_hidden():
    with pytest.raises(RuntimeError, match="the disk with the data is gone"):
        run(data=f"{MODULE}:broken_data")


def test_wrong_arguments_end_with_2(capsys):
    for arguments in (["scrub"], [], ["ledger"], ["scrub", "--perturbations", "many"]):
        with pytest.raises(SystemExit) as exit:
            main(arguments)
        assert exit.value.code == 2
    assert "usage: lcodec" in capsys.readouterr().err


# --- help -----------------------------------------------------------------------------------------


def help_of(capsys, *arguments):
    with pytest.raises(SystemExit) as exit:
        main([*arguments, "--help"])
    assert exit.value.code == 0
    return capsys.readouterr().out


def test_help_tells_codes_and_an_example(capsys):
    text = help_of(capsys, "scrub")
    for part in ("example:", "exit codes:", "130", "--plan", "lcodec scrub --model"):
        assert part in text
    assert "the chain is whole" in help_of(capsys, "ledger", "verify")


def test_every_option_of_the_scrubber_has_a_flag_with_its_default(capsys):
    text = " ".join(help_of(capsys, "scrub").split())
    text = text[: text.index("example:")]
    told = {words.split()[0]: words for words in re.split(r" --(?=[a-z])", text)}
    parameters = inspect.signature(Scrubber).parameters
    elsewhere = {"model", "loss", "retained", "ids", "privacy", "ledger", "unknown"}
    for name in parameters.keys() - elsewhere:
        words = told[name.replace("_", "-")]
        default = parameters[name].default
        if default == 2**31:
            assert "(2GiB)" in words
        elif default is not None and default is not False:
            assert f"({default})" in words or f"({default:g})" in words, name


def test_help_comes_without_torch():
    code = (
        "import sys, lcodec.cli.parser as cli\n"
        "try: cli.main(['scrub', '--help'])\n"
        "except SystemExit as end: print(end.code, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 False"
    version = subprocess.run(
        [sys.executable, "-m", "lcodec", "--version"], capture_output=True, text=True, check=True
    )
    assert version.stdout == f"lcodec {lcodec.__version__}\n"
