# Answers that never end when they are looked at: generators, sequences and dicts without end, cycles.
# attacks: output_size, blur, weights, letter


class Endless(list):
    def __iter__(self):
        while True:
            yield 1


class Keys(dict):
    def items(self):
        return iter(lambda: (1, 1), 0)


cycle = []
cycle.append(cycle)


def output_size(n, kernel, stride=1):
    return Endless()


def blur(image):
    return cycle


def letter(image):
    def forever():
        while True:
            yield "X"

    return forever()


weights = [cycle, {1: cycle}]
