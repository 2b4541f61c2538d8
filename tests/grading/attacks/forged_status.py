# Forged replies that claim a verdict: passed, points, a kind that does not exist, "heavy" for ever.
# attacks: output_size, letter, weights


def load_forged(header):
    while True:
        forge(header)
        grader_socket().recv(2**20)


class Heavy:
    def __init__(self):
        load_forged(packed(status="heavy"))


weights = Heavy()


def output_size(n, kernel, stride=1):
    forge(packed(status="passed", points=100, value=True, kind="function"))
    forge(packed(status="ok", exercise="output_size", outcome="passed"))


def letter(image):
    forge({"dict": [[{"tuple": ["status"]}, "ok"], ["status", {"array": 1}], ["value", "X"]]}, b"\x93NUMPY\x01\x00")
