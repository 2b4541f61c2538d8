# A forged header of 300 MB of empty lists and dicts, which would be ten times as large in memory.
# attacks: output_size


def output_size(n, kernel, stride=1):
    items = b",".join([b'{"dict":[]}'] * (300 * 2**20 // 12))
    forge(b'{"dict": [["status", "ok"], ["value", {"list": [' + items + b"]}]]}")
