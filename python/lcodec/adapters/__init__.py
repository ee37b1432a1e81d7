"""lcodec inside other libraries: one module for each, which imports that library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def needed(package: str) -> Iterator[None]:
    """Say how to install what an import does not find."""
    try:
        yield
    except ModuleNotFoundError as error:
        raise ImportError(f"this needs {package}: pip install {package}") from error
