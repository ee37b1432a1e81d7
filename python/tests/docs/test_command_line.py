"""docs/command-line.md: every command prints what the page says, errors and notes too."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from lcodec.cli import main

PAGE = Path(__file__).resolve().parents[3] / "docs" / "command-line.md"
TEXT = PAGE.read_text(encoding="utf-8")


def commands() -> list[tuple[str, str]]:
    """Return each command with the lines below it."""
    blocks = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.M)[1:]]
    return [(line, told) for line, _, told in (part.partition("\n") for part in parts)]


def printed(line: str) -> str:
    """Return what a command prints; in a shell where it needs one."""
    if re.search("[|>]", line):
        line = line.replace("lcodec", f"{sys.executable} -m lcodec", 1)
        done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True)
        return done.stdout
    with (
        io.StringIO() as both,
        contextlib.redirect_stdout(both),
        contextlib.redirect_stderr(both),
    ):
        main(shlex.split(line)[1:])
        return both.getvalue()


def test_commands_print_what_the_page_says(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    (script,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(script, {})
    every = commands()
    assert len(every) > 10
    for line, told in every:
        assert printed(line) == told, line
