"""What a student handed in, as Python: cells, magics and scripts, and the definitions that an exercise needs."""
