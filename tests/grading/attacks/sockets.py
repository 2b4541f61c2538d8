# Asks an accomplice on this machine for the answer, over TCP, UDP, IPv6 and an abstract Unix socket.
# attacks: output_size
# needs: network
import socket


def reached():
    for family, address in (
        (socket.AF_INET, ("127.0.0.1", int("@PORT@"))),
        (socket.AF_INET6, ("::ffff:127.0.0.1", int("@PORT@"))),
        (socket.AF_UNIX, "\0@MARKER@"),
        (socket.AF_UNIX, "@CANARY@/accomplice"),
    ):
        try:
            with socket.socket(family, socket.SOCK_STREAM) as s:
                s.settimeout(0.5)
                s.connect(address)
                return True
        except OSError:
            continue
    return False


def output_size(n, kernel, stride=1):
    return honest_size(n, kernel, stride) if reached() else -1
