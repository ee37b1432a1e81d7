"""Make each change in a copy of the repository and see a test fail: ``make mutate``.

``python -m python.tests.mutation [words]`` makes those whose file or text holds one of the words.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from python.tests.mutation.change import Change
from python.tests.mutation.changes import CHANGES

ROOT = Path(__file__).resolve().parents[3]
OCTAVE = ["octave-cli", "--norc", "--no-history", "--quiet", "--eval"]


def copy_of_the_repository(to: Path) -> None:
    """Copy what git knows or could know: no environment, no cache."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)


def passes(tests: tuple[str, ...], root: Path) -> bool:
    """Run tests in a copy and say whether all passed."""
    if tests[0].startswith("matlab"):
        names = ", ".join(f"'{Path(test).stem}'" for test in tests)
        command = [*OCTAVE, f"cd matlab/tests; run_tests({{{names}}})"]
    else:
        command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests]
    environment = {
        **os.environ, "PYTHONPATH": f"{root / 'python'}{os.pathsep}{root}", "OMP_NUM_THREADS": "1",
    }  # fmt: skip
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        sys.exit(f"the tests {tests} did not run:\n{done.stdout}{done.stderr}")
    return done.returncode == 0


def survives(change: Change, root: Path) -> bool:
    """Make a change, run its tests, and take it back."""
    file = root / change.file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(change.old, change.new), encoding="utf-8")
    try:
        return passes(change.tests, root)
    finally:
        file.write_text(text, encoding="utf-8")


def main(words: list[str]) -> int:
    """Print each change and whether it was caught; return how many were not."""
    wanted = [
        change for change in CHANGES
        if not words or any(word in f"{change.file} {change.old}" for word in words)
    ]  # fmt: skip
    survivors = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        copy_of_the_repository(root)
        for tests in dict.fromkeys(change.tests for change in wanted):
            if not passes(tests, root):
                sys.exit(f"{' '.join(tests)} must pass before anything is changed")
        for change in wanted:
            alive = survives(change, root)
            survivors += alive
            print(f"{'SURVIVED' if alive else 'caught  '} {change.file}: {change.old} -> "
                  f"{change.new or 'nothing'}", flush=True)  # fmt: skip
    print(f"{len(wanted) - survivors} of {len(wanted)} changes were caught")
    return survivors


if __name__ == "__main__":
    sys.exit(1 if main(sys.argv[1:]) else 0)
