# A forged reply that says the same thing twice, differently: the first word for one reader, the last for another.
# attacks: output_size, letter


def output_size(n, kernel, stride=1):
    forge(
        b'{"dict": [["status", "ok"], ["value", 1], ["status", "ok"], ["value", true]], "dict": [["status", "ok"], ["value", 2]]}'
    )


def letter(image):
    forge(b'{"dict": [["status", "ok"], ["value", {"list": ["X", "O"], "list": ["O", "X"]}]]}')
