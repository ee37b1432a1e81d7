"""Protocols of other authors, with their methods beside ours."""
