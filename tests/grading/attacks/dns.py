# Leaks and asks over DNS: a datagram to the resolver, and names looked up.
# attacks: output_size
# needs: network
import socket


def output_size(n, kernel, stride=1):
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.sendto(
                b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01a\x00\x00\x01\x00\x01",
                ("127.0.0.1", int("@PORT@")),
            )
        return honest_size(n, kernel, stride)
    except OSError:
        pass
    try:
        socket.getaddrinfo("localhost.localdomain.invalid", 80)
        return honest_size(n, kernel, stride)
    except OSError:
        return -1
