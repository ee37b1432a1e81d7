"""Errors have a message and a code, and leave the files."""

from pathlib import Path

import pytest
import torch

from lcodec.cli import main
from lcodec.scrub import Scrubber, save_weights
from python.tests.cli.command import MODULE, contents, run


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
        ({"forget": "9" * 5000}, 2, "forgetIds"),
        ({"forget": "[1, 2"}, 2, "forgetIds"),
        ({"forget": "[]"}, 2, "forgetIds"),
        ({"forget": "[1.5]"}, 2, "forgetIds"),
        ({"forget": "[" * 10**5}, 2, "forgetIds"),
        ({"forget": "17", "data": f"{MODULE}:odd_data"}, 2, "forgetIds"),
        ({"forget": "2", "data": f"{MODULE}:surrogate_data"}, 2, "idType"),
        ({"ledger_key": "ids.txt"}, 2, "missingOption"),
        ({"ledger_key": "ids.txt", "ledger": "ledger.jsonl"}, 2, "keyFile"),
        ({"weights": "large.pt"}, 4, "weightsFormat"),
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
    ids=lambda value: (
        None if isinstance(value, (str, int)) else " ".join(map(str, value.values()))[:40]
    ),
)
def test_errors_have_a_message_and_a_code_and_leave_the_files(
    folder: Path, capsys: pytest.CaptureFixture[str], options, code, id
) -> None:
    (folder / "ids.txt").write_text("1\n2\n3\n")
    if options.get("weights") == "large.pt":  # than the model, by far
        save_weights({"0.weight": torch.zeros(2**23)}, "large.pt")
    before = contents(folder)
    assert run(**options) == code
    assert capsys.readouterr().err.startswith(f"lcodec: error [lcodec:{id}]: ")
    assert contents(folder) == before


def test_an_interruption_ends_with_130(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*_):
        raise KeyboardInterrupt

    before = contents(folder)
    monkeypatch.setattr(Scrubber, "remove", interrupt)
    assert run() == 130
    assert "interrupted" in capsys.readouterr().err
    assert contents(folder) == before


def test_errors_of_the_given_functions_are_not_hidden() -> None:
    with pytest.raises(RuntimeError, match="the disk with the data is gone"):
        run(data=f"{MODULE}:broken_data")


def test_wrong_arguments_end_with_2(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["scrub"], [], ["ledger"], ["scrub", "--perturbations", "many"]):
        with pytest.raises(SystemExit) as exit:
            main(arguments)
        assert exit.value.code == 2
    assert "usage: lcodec" in capsys.readouterr().err
