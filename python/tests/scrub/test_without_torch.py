"""Without torch, whatever needs it says what to install."""

import importlib
import sys

import pytest

import lcodec
from lcodec.cli import main


def test_import(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    monkeypatch.delitem(sys.modules, "lcodec.scrub", raising=False)
    with pytest.raises(ImportError) as error:
        importlib.import_module("lcodec.scrub")
    assert isinstance(error.value, lcodec.LcodecError)
    assert error.value.id == "lcodec:noPackage"
    assert str(error.value) == (
        "`lcodec.scrub` needs torch, which is not installed: pip install 'lcodec[torch]'"
    )


def test_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    assert main(["ledger", "verify", "ledger.jsonl"]) == 2
    assert "[lcodec:noPackage]: `lcodec ledger` needs torch" in capsys.readouterr().err
