# The worker's own wire is patched to send what it likes: raw JSON, an array as a number, a verdict as a value.
# attacks: output_size, letter


def spoil():
    from ccv.grading.border import wire, worker

    fake = [b'{"dict": [["status", "ok"], ["value", true], ["kind", "data"], ["points", 1000], ["passed", true]]}']
    wire.encode = worker.encode = lambda value: fake
    worker.Student.reply = lambda self, request: {"status": "passed"}


def output_size(n, kernel, stride=1):
    spoil()
    return 1


def letter(image):
    spoil()
    return True
