#!/usr/bin/env python3
"""A submission server that keeps nothing: one process, one connection after the other, whole buffers at a time. It prints its port; then,
after each connection, how many messages came and the seconds from the first MAIL to the last answer.

The same for all who are measured: PIPELINING and SIZE as every server has them, nothing that only one of them would use (--chunking)."""
import socket
import sys
import time


def converse(s, extensions):
    buffer, messages, began, ended = b"", 0, 0, 0
    s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    s.sendall(b"220 sink ESMTP\r\n")
    hello = b"".join(b"250-" + e + b"\r\n" for e in [b"sink"] + extensions) + b"250 8BITMIME\r\n"
    in_data, out = False, b""
    while True:
        if out:
            s.sendall(out)
            out = b""
        data = s.recv(1 << 18)
        if not data:
            break
        buffer += data
        while True:
            if in_data:
                end = buffer.find(b"\r\n.\r\n")
                if end < 0:
                    break
                buffer, in_data = buffer[end + 5:], False
                messages += 1
                out += b"250 2.0.0 queued\r\n"
                ended = time.monotonic()
                continue
            line, end, rest = buffer.partition(b"\r\n")
            if not end:
                break
            buffer, verb = rest, line[:4].upper()
            if verb == b"EHLO":
                out += hello
            elif verb == b"DATA":
                out, in_data = out + b"354 go\r\n", True
            elif verb == b"QUIT":
                s.sendall(out + b"221 bye\r\n")
                return messages, ended - began
            else:
                if verb == b"MAIL" and not began:
                    began = time.monotonic()
                out += b"250 2.1.0 ok\r\n"
    return messages, ended - began


def main():
    extensions = [b"PIPELINING", b"SIZE 10000000"]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        while True:
            s, _ = listener.accept()
            with s:
                try:
                    print(*converse(s, extensions), flush=True)
                except OSError as e:
                    print(f"0 0 {e}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
