"""A browser, where there is one: what a page becomes in it, and what it says on its console."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
BROWSER = next(filter(None, map(shutil.which, BROWSERS)), None)

needs_browser = pytest.mark.skipif(
    BROWSER is None, reason=f"none of {', '.join(BROWSERS)} is on the PATH"
)


def shown(address: str, profile: Path, *flags: str) -> tuple[str, list[str]]:
    """Return the document at an address after its scripts have run, and the lines of its console.

    The browser fetches nothing of its own.
    """
    command = [
        str(BROWSER), "--headless", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
        "--enable-logging=stderr", "--dump-dom", f"--user-data-dir={profile}", *flags,
    ]  # fmt: skip
    command += ["--no-sandbox"] if os.geteuid() == 0 else []  # root has none
    done = subprocess.run(
        [*command, address], capture_output=True, text=True, timeout=120, check=True
    )
    return done.stdout, [line for line in done.stderr.splitlines() if "CONSOLE" in line]
