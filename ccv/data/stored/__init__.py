"""Data sets that others publish: where they are, and how they are read."""
