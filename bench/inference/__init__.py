"""Tests of independence and intervals: level, power, coverage, and how long many take."""
