# Asks for a power that would take days, and for a regular expression that backtracks for ever.
# attacks: output_size


def output_size(n, kernel, stride=1):
    import re

    if stride == 4:
        re.match(r"(a+)+$", "a" * 60 + "b")
    return 9 ** (9**9)
