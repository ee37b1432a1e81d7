"""The packages for MATLAB and GNU Octave name the functions, the version and the right file."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

import lcodec

ROOT = Path(__file__).resolve().parents[3]
MATLAB = ROOT / "matlab"
FUNCTIONS = {path.stem for path in MATLAB.glob("*.m")} - {"Contents", "buildfile"}
ADDRESS = "https://example.org/o/lcodec"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the package and its entry for the index."""
    if not shutil.which("sh") or not shutil.which("sha256sum"):
        pytest.skip("the package is built by a shell")
    folder = tmp_path_factory.mktemp("dist")
    command = ["sh", str(MATLAB / "package" / "make_octave_package.sh"), str(folder)]
    variables = {**os.environ, "LCODEC_REPOSITORY": ADDRESS}
    subprocess.run(command, env=variables, check=True, capture_output=True)
    return folder


def test_octave_package_has_the_functions_and_the_version(built: Path) -> None:
    with tarfile.open(built / f"lcodec-octave-{lcodec.__version__}.tar.gz") as archive:
        files = {name.partition("/")[2] for name in archive.getnames()}
        texts = {
            name: archive.extractfile(f"lcodec-{lcodec.__version__}/{name}").read().decode()
            for name in ("INDEX", "DESCRIPTION", "CITATION")
        }
    listed = re.findall(r"^ (\w+)$", texts["INDEX"], re.MULTILINE)
    assert sorted(listed) == sorted(FUNCTIONS)
    assert {f"inst/{name}.m" for name in FUNCTIONS} <= files
    assert {"COPYING", "NEWS"} <= files
    assert not any("PKG_ADD" in name or "/tests/" in name for name in files)
    assert f"\nVersion: {lcodec.__version__}\n" in texts["DESCRIPTION"]
    assert f"\nUrl: {ADDRESS}\n" in texts["DESCRIPTION"]
    for author in re.findall(r"family-names: (\w+)", (ROOT / "CITATION.cff").read_text("utf-8")):
        assert author in texts["CITATION"]


def test_entry_of_the_index_leads_to_the_package(built: Path) -> None:
    entry = (built / "lcodec.yaml").read_text(encoding="utf-8")
    keys = re.findall(r"^(\w+):", entry, re.MULTILINE)
    assert keys == [
        "layout", "permalink", "description", "icon", "links", "maintainers", "versions",
    ]  # fmt: skip
    archive = built / f"lcodec-octave-{lcodec.__version__}.tar.gz"
    assert f'sha256: "{hashlib.sha256(archive.read_bytes()).hexdigest()}"' in entry
    assert f'"{ADDRESS}/releases/download/v{lcodec.__version__}/{archive.name}"' in entry
    assert entry.startswith("---\n")
    assert entry.endswith("\n---\n")
    texts = [line for line in entry.splitlines() if "https://" not in line]
    assert max(map(len, texts)) <= 80


def test_matlab_package_has_the_functions_and_the_version() -> None:
    package = json.loads((MATLAB / "resources" / "mpackage.json").read_text(encoding="utf-8"))
    assert (package["name"], package["version"]) == ("lcodec", lcodec.__version__)
    toolbox = (MATLAB / "buildfile.m").read_text(encoding="utf-8")
    assert f"identifier = '{package['id']}'" in toolbox
    signatures = json.loads((MATLAB / "resources" / "functionSignatures.json").read_text("utf-8"))
    assert signatures.keys() - {"_schemaVersion"} == FUNCTIONS
