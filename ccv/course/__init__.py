"""The course: which labs there are, how they are built, opened, and run."""
