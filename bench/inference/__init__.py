"""How often intervals of a coefficient cover it, where the truth is known."""
