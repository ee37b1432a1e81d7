"""Level and power of the test without x, by number of neighbours."""
