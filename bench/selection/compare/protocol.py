"""Reading of protocol.toml."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FILE = Path(__file__).resolve().parent / "protocol.toml"


def read() -> dict[str, Any]:
    """Return the protocol."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
