"""The border between a student's process and the grader: the processes, and what may cross between them."""
