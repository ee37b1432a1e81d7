"""Check the wheel and the sdist in a folder, its argument: what ``make dist`` runs.

The wheel is installed in an empty environment of each Python named in PYTHONS (by default the one
that runs this), and used there; in the unpacked sdist, a few tests are run.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONSTRAINTS = HERE.parents[1] / "constraints.txt"
TESTS = ("python/tests/random", "python/tests/dependence/test_xi.py")
SCRIPTS, SUFFIX = ("Scripts", ".exe") if os.name == "nt" else ("bin", "")


def run(*command: object, **options: object) -> None:
    """Run a command that must end well, without the variables that lead to this clone."""
    variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    subprocess.run([*map(str, command)], check=True, **{"env": variables, **options})


def check_wheel(wheel: Path, python: str, place: Path) -> None:
    """Install it where there is nothing else, and use it from a folder that has no lcodec."""
    run(python, "-m", "venv", place)
    installed = place / SCRIPTS / f"python{SUFFIX}"
    pip = (installed, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--constraint", CONSTRAINTS, wheel)
    run(installed, "-W", "error", shutil.copy(HERE / "check_installed.py", place), cwd=place)


def check_sdist(sdist: Path, place: Path) -> None:
    """Run some of its tests, which find the package beside them."""
    with tarfile.open(sdist) as archive:
        archive.extractall(place, filter="data")
    (folder,) = place.iterdir()
    variables = {**os.environ, "PYTHONPATH": f"python{os.pathsep}."}
    where = {"cwd": folder, "env": variables}
    run(sys.executable, "-c", "import lcodec, os; assert os.getcwd() in lcodec.__file__", **where)
    run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, **where)


if __name__ == "__main__":
    dist = Path(sys.argv[1])
    (wheel,), (sdist,) = dist.glob("*.whl"), dist.glob("*.tar.gz")
    for python in os.environ.get("PYTHONS", sys.executable).split():
        with tempfile.TemporaryDirectory() as place:
            check_wheel(wheel.resolve(), python, Path(place, "wheel"))
    with tempfile.TemporaryDirectory() as place:
        check_sdist(sdist, Path(place))
