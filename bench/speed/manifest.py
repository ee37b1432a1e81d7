"""Reading of the manifest and of the schema of an account."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).resolve().parent


def read_manifest() -> dict[str, Any]:
    """Return manifest.toml."""
    return tomllib.loads((FOLDER / "manifest.toml").read_text(encoding="utf-8"))


def schema() -> dict[str, Any]:
    """Return the JSON schema of an account."""
    return json.loads((FOLDER / "schema.json").read_text(encoding="utf-8"))
