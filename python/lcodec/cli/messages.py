"""Warnings as the command says them."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lcodec import LcodecWarning


@contextmanager
def plain_warnings(as_flags: Callable[[object], str]) -> Iterator[None]:
    """Say warnings as errors are said, each once, and nothing of lines of code.

    `as_flags` turns the names of options in a message into flags.
    """
    said: set[str] = set()
    with warnings.catch_warnings():
        others = warnings.showwarning

        def show(message: Any, *where: Any) -> None:
            if not isinstance(message, LcodecWarning):
                others(message, *where)
                return
            text = f"lcodec: warning [{message.id}]: {as_flags(message)}"
            if text not in said:
                print(text, file=sys.stderr)
            said.add(text)

        warnings.simplefilter("always", LcodecWarning)
        warnings.showwarning = show  # type: ignore[assignment]
        yield
