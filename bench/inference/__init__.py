"""How long many tests of independence take."""
