"""Removals as other people's code calls them."""
