"""The command line, `lcodec` or `python -m lcodec`."""

from lcodec.cli.parser import main

__all__ = ["main"]
