"""Check that the MATLAB code is legal in MATLAB and in GNU Octave 7.3.

miss_hit parses MATLAB; these patterns catch what it lets through. Strings and comments are blanked
first. Run as ``python -m parity_tests.check_matlab_source``; prints each finding and exits with 1.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("matlab", "parity_tests/engine")
STANDINS = ROOT / "matlab" / "tests" / "standins"  # for Octave alone: MATLAB has the real types

# pattern, why, and an example that it must catch (used by the tests)
RULES = (
    (r"!=|!(?=\w|\()", "Octave only: write ~= and ~", "if a != b"),
    (r"[-+*/^|&]=(?!=)", "Octave only: no assignment operators", "n += 1"),
    (r"\+\+|--", "Octave only: no increments", "n++"),
    (r"\*\*", "Octave only: write ^", "y = x ** 2"),
    (r"(?m)^\s*#|(?<=\s)#", "Octave only: comments start with %", "# note"),
    (r"\bend(if|while|for|function|switch|_try_catch)\b", "Octave only: write end", "endif"),
    (r"\bunwind_protect\b", "Octave only: use onCleanup", "unwind_protect"),
    (r"\b(printf|puts|fdisp|isargout|print_usage)\s*\(", "Octave only", "printf(x)"),
    (r"\)\(", "Octave only: index a result through a variable", "y = size(x)(1);"),
    (r"(?m)^\s*do\s*$|\buntil\b", "Octave only: no do-until", "until done"),
    (r"(?m)^\s*arguments\b", "Octave ignores arguments blocks", "  arguments"),
    (r'"', 'Octave and MATLAB differ about "strings"', 's = "text";'),
    (r"\b(contains|mink|maxk|functiontests|knnsearch|pdist2?|gpuArray|import)\b",
     "missing in Octave 7.3 or needs a toolbox", "contains(a, b)"),
    (r"\b(sum|prod|min|max|any|all|mean)\s*\([^()]*,\s*'all'",
     "missing in Octave 7.3: reduce with (:)", "sum(x, 'all')"),
    (r"\w\([^()]*\b\w+=(?!=)[^()]*\)", "missing in Octave 7.3: name=value", "f(x, K=3)"),
    (r"\b2\s*\^\s*[A-Za-z(]", "MATLAB promises no exact power: write pow2", "y = 2^level;"),
)  # fmt: skip

# The same for sums in the functions themselves, whose results must be the same bits everywhere.
ORDER = (
    r"\b(sum|cumsum|prod|cumprod|mean|var|std|dot|norm|trapz|accumarray)\s*\((?!.*@(min|max)\b)",
    "MATLAB promises no order: call sumOverRows, or mark what is exact with % whole numbers",
    "total = sum(x);",
)


def findings(source: str) -> list[tuple[int, str]]:
    """Return (line number, reason) of everything in `source` that one of the two would reject."""
    code = _blank(source)
    found = []
    for pattern, reason, _ in RULES:
        for match in re.finditer(pattern, code):
            found.append((code.count("\n", 0, match.start()) + 1, reason))
    return sorted(found)


def unordered(source: str) -> list[tuple[int, str]]:
    """Return (line number, reason) of each sum in `source` that is not marked as exact."""
    lines = zip(source.split("\n"), _blank(source).split("\n"), strict=True)
    return [
        (number, ORDER[1])
        for number, (line, code) in enumerate(lines, 1)
        if re.search(ORDER[0], code) and "% whole numbers" not in line
    ]


def _in_order(file: Path) -> bool:
    """Whether `file` must leave sums to these two; a drawing has no bits to keep."""
    folder, others = ROOT / "matlab", ("leftToRightSum.m", "plot_foci_graph.m")
    return file.parent in (folder, folder / "private") and file.name not in others


def _blank(source: str) -> str:
    """Blank comments, and the inside of character vectors; a quote after a value transposes."""
    lines = []
    for line in source.split("\n"):
        out, k = "", 0
        while k < len(line):
            if line[k] == "%" or line.startswith("...", k):
                break
            if line[k] == "'" and not re.search(r"[\w)\]}.']$", line[:k]):
                end = k + 1
                while end < len(line) and (line[end] != "'" or line[end : end + 2] == "''"):
                    end += 2 if line[end] == "'" else 1
                word = line[k + 1 : end]
                out += f"'{word if word == 'all' else '_' * len(word)}'"
                k = end + 1
            else:
                out += line[k]
                k += 1
        lines.append(out)
    return "\n".join(lines)


def main() -> int:
    """Check every file and return the exit status."""
    files = sorted(file for folder in FOLDERS for file in (ROOT / folder).rglob("*.m"))
    files = [file for file in files if STANDINS not in file.parents]
    sources = {file: file.read_text(encoding="utf-8") for file in files}
    bad = [
        f"{file.relative_to(ROOT)}:{line}: {reason}"
        for file, source in sources.items()
        for line, reason in findings(source) + (unordered(source) if _in_order(file) else [])
    ]
    print("\n".join(bad) if bad else f"{len(files)} MATLAB files are legal in MATLAB and Octave")
    return 1 if bad or not files else 0


if __name__ == "__main__":
    sys.exit(main())
