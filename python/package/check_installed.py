"""Use the installed package: run by test_dist.py in an environment that has nothing else."""

import contextlib
import io
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

import lcodec
from lcodec.cli import main

FOLDER = Path(lcodec.__file__).parent


def printed(*arguments: str) -> str:
    """Return what `python -m lcodec` prints, and check that it ends well."""
    command = [sys.executable, "-m", "lcodec", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def said(*arguments: str) -> str:
    """Return what the command says of wrong input."""
    with contextlib.redirect_stderr(io.StringIO()) as text:
        assert main(arguments) == 2
    return text.getvalue()


assert FOLDER.is_relative_to(sys.prefix), f"{FOLDER} is not what was installed"
x, z = np.random.default_rng(0).random((2, 500))
y = (x + z) % 1
assert round(lcodec.codec(y, z, x), 2) == 0.89
assert sorted(lcodec.foci(np.column_stack([x, z, x * z]), x * z + x).selected) == [0, 2]

missing = ""
try:
    import lcodec.scrub
except lcodec.LcodecError as error:
    missing = str(error)
assert "pip install 'lcodec[torch]'" in missing

assert printed("--version") == f"lcodec {lcodec.__version__}"
Path("table.csv").touch()
assert "pip install 'lcodec[tables]'" in said("foci", "table.csv", "--target", "y")
assert "pip install 'lcodec[torch]'" in said("ledger", "verify", "ledger.jsonl")

matlab = Path(printed("matlab-path"))
assert matlab == FOLDER / "matlab"
octave = shutil.which("octave-cli")
if octave:
    text = f"addpath('{matlab}'); disp(foci([1:9; mod(1:9, 2)]', (1:9)'))"
    command = [octave, "--norc", "--no-history", "--quiet", "--eval", text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1"], done
also = "and Octave" if octave else "without Octave"
print(f"lcodec {lcodec.__version__} on Python {sys.version.split()[0]} {also}: works")
