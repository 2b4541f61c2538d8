# ANSI escapes, HTML, spreadsheet formulas, bidirectional marks, NUL and surrogates in answers, errors and type names.
# attacks: output_size, weights, letter, blur
EVIL = "\x1b]0;owned\x07\x1b[2J\x1b[31m<script>alert(1)</script><img src=x onerror=alert(1)>=cmd|' /C calc'!A0\u202e\0\ud800\x9b31m"

weights = EVIL


def output_size(n, kernel, stride=1):
    raise type("Error" + EVIL.replace("\0", "").replace("\ud800", ""), (Exception,), {})(EVIL)


def letter(image):
    return EVIL * 50


def blur(image):
    raise ValueError('=HYPERLINK("http://evil")\n+1\n@SUM(A1)' + EVIL)
