"""Removals from networks trained as in practice, beside real refits."""
