# Loops in C code, where no signal handler and no trace function of Python's gets a turn.
# attacks: output_size


def output_size(n, kernel, stride=1):
    return 1 in iter(bool, 2)
