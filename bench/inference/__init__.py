"""Tests of independence: level and power by number of neighbours, and how long many take."""
