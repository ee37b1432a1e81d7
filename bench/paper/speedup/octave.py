"""FOCI of the MATLAB code, in Octave."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bench.machine import ROOT

SCRIPT = """
addpath('{matlab}');
read = @(name, shape) fread(fopen(fullfile('{folder}', name)), shape, 'double');
X = read('X.bin', [{n}, {p}]); y = read('y.bin', [{n}, 1]);
few = 1:min(300, {n}); foci(X(few, :), y(few), 'standardize', 'none'); % reads the functions
start = cputime(); selected = foci(X, y, 'standardize', 'none'); seconds = cputime() - start;
printf('%s\\n', jsonencode(struct('seconds', seconds, 'selected', {{num2cell(selected - 1)}})));
"""


def octave_foci(X: NDArray[np.float64], y: NDArray[np.float64]) -> dict[str, Any]:
    """Return CPU `seconds` and the columns `selected`, from 0; or why they are `absent`."""
    program = shutil.which("octave-cli")
    if program is None:
        return {"absent": "GNU Octave is not installed"}
    with tempfile.TemporaryDirectory() as folder:
        X.T.tofile(Path(folder) / "X.bin")
        y.tofile(Path(folder) / "y.bin")
        script = SCRIPT.format(matlab=ROOT / "matlab", folder=folder, n=len(X), p=X.shape[1])
        command = [program, "--norc", "--no-history", "--quiet", "--eval", script]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"Octave failed: {done.stderr.strip().splitlines()[-1]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
