"""Networks that students build: read into blocks, taken across the border as data, rebuilt, and compared."""
