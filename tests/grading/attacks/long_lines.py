# A text answer of 60 MB in ten million lines, which a helpful "diff" would chew on for minutes.
# attacks: letter, weights

weights = "X\n" * 10**7


def letter(image):
    return "O\n" * 10**7 + "\x1b[2J"
