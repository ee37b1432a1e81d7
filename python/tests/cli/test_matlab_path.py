"""`lcodec matlab-path`: the folder to give to `addpath`."""

from pathlib import Path

import pytest

from lcodec.cli import main, matlab

ROOT = Path(__file__).resolve().parents[3]


def test_a_clone_has_the_files_beside_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["matlab-path"]) == 0
    assert capsys.readouterr().out == f"{ROOT / 'matlab'}\n"


def test_an_installed_package_has_them_inside(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And one that lacks them says so."""
    place = folder.resolve() / "site-packages" / "lcodec"
    monkeypatch.setattr(matlab, "__file__", str(place / "cli" / "matlab.py"))
    assert main(["matlab-path"]) == 2
    assert f"[lcodec:noMatlabFiles]: lcodec must have the folder 'matlab' in '{place}'" in (
        capsys.readouterr().err
    )
    (place / "matlab").mkdir(parents=True)
    (place / "matlab" / "codec.m").touch()
    assert main(["matlab-path"]) == 0
    assert capsys.readouterr().out == f"{place / 'matlab'}\n"
