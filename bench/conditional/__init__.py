"""How often the conditional test rejects, and warns, where the truth is known."""
