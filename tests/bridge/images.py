"""Servers of images as the Internet has them, friendly and not: each request is written down."""
import socket
import struct
import threading
import zlib

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import RequestReceived


def png(width=1, height=1):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + b"\x7f" * 3 * width for _ in range(height))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", zlib.compress(rows))
            + chunk(b"IEND", b""))


def answer(body=b"", status="200 OK", **headers):
    headers = {"Content-Length": len(body), "Connection": "close", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return (f"HTTP/1.1 {status}\r\n" + "".join(f"{k}: {v}\r\n" for k, v in headers.items() if v is not None) + "\r\n").encode("latin-1") + body


def redirect(to, status="302 Found"):
    return answer(b"elsewhere", status, Location=to)


class Images:
    """`answers`: path to bytes, or to what is done with the socket. Everything else is 404. `seen`: the heads of requests."""

    used_ports = set()  # each its own: the bridge remembers what it has shown

    def __init__(self, address="127.0.0.1", port=0, tls=None):
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        while True:
            self.listener = socket.create_server((address, port), family=family, backlog=128)
            self.port = self.listener.getsockname()[1]
            if port or self.port not in self.used_ports:
                break
            self.listener.close()
        self.used_ports.add(self.port)
        self.tls = tls
        self.answers, self.seen, self.open = {}, [], []
        self.base = f"http{'s' if tls else ''}://{f'[{address}]' if ':' in address else address}:{self.port}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for s in self.open:
            s.close()

    def accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            self.open.append(s)
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        try:
            if self.tls:
                s = self.tls.wrap_socket(s, server_side=True)
                self.open.append(s)
                if s.selected_alpn_protocol() == "h2":
                    return self.serve_h2(s)
            head = b""
            while b"\r\n\r\n" not in head:
                piece = s.recv(4096)
                if not piece:
                    return
                head += piece
            self.seen.append(head.decode("latin-1"))
            what = self.answers.get(head.split()[1].decode("latin-1"), answer(b"nothing", "404 Not Found"))
            if callable(what):
                what(s)
            else:
                s.sendall(what)
            s.shutdown(socket.SHUT_RDWR)
            s.close()
        except OSError:
            pass

    def serve_h2(self, s):
        """Bodies only, and status 200."""
        h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        h2.initiate_connection()
        s.sendall(h2.data_to_send())
        while data := s.recv(1 << 16):
            for e in h2.receive_data(data):
                if isinstance(e, RequestReceived):
                    headers = dict(e.headers)
                    self.seen.append("\r\n".join(f"{k}: {v}" for k, v in e.headers))
                    h2.send_headers(e.stream_id, [(":status", "200"), ("content-type", "text/html")])
                    h2.send_data(e.stream_id, self.answers[headers[":path"]], end_stream=True)
            s.sendall(h2.data_to_send())
