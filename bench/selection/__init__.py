"""How often FOCI selects what it should: with and without a test at every step."""
