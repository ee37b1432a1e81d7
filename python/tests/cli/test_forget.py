"""`--forget`: ids, or a file of them, and never one for the other by chance."""

from pathlib import Path

import pytest

from lcodec.cli.named import ids
from python.tests.scrub.perceptron import refused


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("17", "1,2", "gone.txt", "anna"):
        (tmp_path / name).write_text("20\n21\n", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("17", [17]),
        ("1,2", [1, 2]),
        (" 17 ,", [17]),
        ("@17", [20, 21]),
        ("./17", [20, 21]),
        ("@1,2", [20, 21]),
        ("gone.txt", [20, 21]),
        ("@gone.txt", [20, 21]),
    ],
)
def test_numbers_are_ids_whatever_files_there_are(folder: Path, text: str, wanted: list) -> None:
    assert ids(text, None) == wanted


def test_a_label_that_is_a_file_too_is_refused(folder: Path) -> None:
    labels = ["anna", "20", "21"]
    refused(
        "forgetIds", "`@anna` for the file or `anna,` for the label", lambda: ids("anna", labels)
    )
    assert ids("anna,", labels) == ["anna"]
    assert ids("@anna", labels) == ["20", "21"]


def test_a_file_that_is_not_there_is_said(folder: Path) -> None:
    refused("forgetIds", "a readable file of ids", lambda: ids("@nothing", None))
