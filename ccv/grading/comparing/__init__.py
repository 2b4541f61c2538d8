"""Comparisons for checks: one kind sentence where an answer differs, never the expected value."""
