"""The transfer alone: our IMAP plugin into a sink that forgets, against one raw pipelined UID FETCH 1:* into nothing.

Both on the same server, turn by turn, over the same kind of connection. The raw one does what nobody can do without: it
reads the socket, takes TLS and DEFLATE off, and looks for the end.
"""
import json
import os
import socket
import ssl
import statistics
import subprocess
import time
import zlib

FETCH = b"c UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])\r\n"


def raw_fetch(dovecot, tls=False, deflate=False):
    """(wall, CPU) seconds of the fetch, the rest of the conversation left out."""
    s = socket.create_connection((dovecot.host, dovecot.imaps_port if tls else dovecot.imap_port))
    if tls:
        s = ssl.create_default_context(cafile=dovecot.ca).wrap_socket(s, server_hostname="localhost")
    s.sendall(b"a LOGIN bench pass\r\nb SELECT INBOX\r\n")
    read_until(s.recv, b"b OK")
    receive, send = s.recv, s.sendall
    if deflate:
        s.sendall(b"z COMPRESS DEFLATE\r\n")
        read_until(s.recv, b"z OK")
        inflater, deflater = zlib.decompressobj(-15), zlib.compressobj(wbits=-15)

        def receive(n):
            data = s.recv(n)
            return data and inflater.decompress(data) or data

        def send(data):
            s.sendall(deflater.compress(data) + deflater.flush(zlib.Z_SYNC_FLUSH))
    began, cpu = time.monotonic(), time.process_time()
    send(FETCH)
    read_until(receive, b"c OK")
    taken = time.monotonic() - began, time.process_time() - cpu
    s.close()
    return taken


def read_until(receive, tagged):
    tail = b""
    while b"\r\n" + tagged not in tail and not tail.startswith(tagged):
        data = receive(1 << 20)
        if not data:
            raise RuntimeError("the server closed the connection")
        tail = (tail[-64:] + data)[-4096:]


def our_fetch(b, tls, deflate):
    d = b.dovecot
    args = [os.path.join(b.a.build, "tests", "imap_bench"), "localhost" if tls else d.host, str(d.imaps_port if tls else d.imap_port),
            "tls" if tls else "none", "bench", "pass", "INBOX", "2", f"compress={'always' if deflate else 'never'}"]
    done = subprocess.run(args + ([f"ca={d.ca}"] if tls else []), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"imap_bench: {done.stderr}")
    told = json.loads(done.stdout.splitlines()[-1])   # the first is for a process that has just begun
    if told["messages"] != b.messages:
        raise RuntimeError(f"imap_bench: {told['messages']} of {b.messages} messages")
    return told["seconds"], told["cpu"]


def run(b):
    """Fills b.raw, the median wall time of the raw fetch in clear."""
    b.table.head(f"The transfer alone ({b.messages} messages; the peer is the raw fetch)")
    for name, tls, deflate, times in (("in clear", False, False, 5), ("TLS", True, False, 5), ("TLS and COMPRESS=DEFLATE", True, True, 3)):
        our_fetch(b, tls, deflate)   # warm
        ours, raw = [], []
        for _ in range(times):
            ours.append(our_fetch(b, tls, deflate))
            raw.append(raw_fetch(b.dovecot, tls, deflate))
        wall, cpu = (statistics.median(column) for column in zip(*ours))
        raw_wall, raw_cpu = (statistics.median(column) for column in zip(*raw))
        b.table.row(f"transfer {name}, wall", "s", wall, raw_wall, ratio_at_most=3)
        b.table.row(f"transfer {name}, CPU of the client", "s", cpu, raw_cpu)
        if not tls:
            b.raw = raw_wall
