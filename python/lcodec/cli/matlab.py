"""Where the MATLAB files are."""

from __future__ import annotations

from pathlib import Path

from lcodec import checks


def folder() -> Path:
    """Return the folder to give to `addpath`: in an installed package, or beside it in a clone.

    `lcodec:noMatlabFiles` where there is neither.
    """
    package = Path(__file__).resolve().parents[1]
    for place in (package / "matlab", package.parents[1] / "matlab"):
        if (place / "codec.m").is_file():
            return place
    checks.fail(
        "noMatlabFiles",
        f"lcodec must have the folder 'matlab' in '{package}', got an installation without it; "
        "install lcodec again, from a wheel or a clone",
    )
