"""Choosing columns: FOCI and its relatives."""
