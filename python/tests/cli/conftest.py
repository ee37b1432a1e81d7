"""Every command runs in a folder of its own, which holds weights."""

import sys
from pathlib import Path

import pytest

from lcodec.scrub.ledger.weights import save_weights
from python.tests.cli import cli_model


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    save_weights(cli_model.make_model().state_dict(), "old.pt")
    return tmp_path
