"""TLS and HTTP/2 for tests: a client that shows streams one by one, and frames that no client would send."""
import socket
import ssl
import struct
import subprocess

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, ResponseReceived, StreamEnded, StreamReset

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, PRIORITY, RST_STREAM, SETTINGS, PING, WINDOW_UPDATE, CONTINUATION = 0, 1, 2, 3, 4, 6, 8, 9


def make_certificate(folder, name):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"], check=True, capture_output=True)


def context(alpn=None):
    c = ssl.create_default_context()
    c.check_hostname = False
    c.verify_mode = ssl.CERT_NONE
    if alpn:
        c.set_alpn_protocols(alpn)
    return c


class Http2:
    """One connection, several streams."""

    def __init__(self, port, token):
        raw_socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.sock = context(["h2", "http/1.1"]).wrap_socket(raw_socket)
        assert self.sock.selected_alpn_protocol() == "h2"
        self.token = token
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()
        self.flush()
        self.answers = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def flush(self):
        data = self.h2.data_to_send()
        if data:
            self.sock.sendall(data)

    def begin(self, method, path, body=None, **headers):
        stream = self.h2.get_next_available_stream_id()
        all_headers = {":method": method, ":path": path, ":scheme": "https", ":authority": "localhost", "authorization": f"Bearer {self.token}"}
        if body is not None:
            all_headers["content-length"] = str(len(body))
        all_headers.update({k.replace("_", "-").lower(): v for k, v in headers.items()})
        self.answers[stream] = [None, b"", False]
        self.h2.send_headers(stream, [(k, v) for k, v in all_headers.items() if v is not None], end_stream=body is None)
        self.flush()
        while body:
            n = min(self.h2.local_flow_control_window(stream), self.h2.max_outbound_frame_size, len(body))
            if n <= 0:  # what was sent before the settings came may be more than they allow
                self.receive()
                continue
            self.h2.send_data(stream, body[:n], end_stream=n == len(body))
            body = body[n:]
            self.flush()
        return stream

    def receive(self):
        data = self.sock.recv(1 << 16)
        if not data:
            raise ConnectionError
        for e in self.h2.receive_data(data):
            a = self.answers.get(getattr(e, "stream_id", None))
            if isinstance(e, ResponseReceived):
                a[0] = dict(e.headers)
                self.all_headers = e.headers
            elif isinstance(e, DataReceived):
                a[1] += e.data
                if e.flow_controlled_length:
                    self.h2.acknowledge_received_data(e.flow_controlled_length, e.stream_id)
            elif isinstance(e, (StreamEnded, StreamReset)):
                a[2] = True
        self.flush()

    def end(self, stream):
        while not self.answers[stream][2]:
            self.receive()
        headers, body, _ = self.answers.pop(stream)
        return headers, body

    def ask(self, *args, **more):
        return self.end(self.begin(*args, **more))

    def headers_of(self, *args, **more):
        """All of the answer's, in their order; some come twice."""
        self.ask(*args, **more)
        return self.all_headers


def frame(kind, flags=0, stream=0, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload
