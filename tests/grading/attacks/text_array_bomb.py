# A small list of strings that NumPy would turn into a 16 GB array.
# attacks: blur, weights


def blur(image):
    return ["a" * 10**5] + ["b"] * 40_000


weights = ["a" * 10**5] + ["b"] * 40_000
