"""Everything that needs a GPU: bits, seconds and removals beside this machine's CPU, and tests."""
