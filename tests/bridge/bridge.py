"""facteur-bridge and those who come to it, for tests: standard library only."""
import base64
import contextlib
import hashlib
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "rpc"))

from client import BUILD, SANITIZED, Daemon  # noqa: E402, F401

BRIDGE = BUILD / "bin" / "facteur-bridge"
CORE, MAIL, OURS = "urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail", "urn:facteur:core"


class Bridge:
    """A bridge in front of a profile, on a port of its own."""

    def __init__(self, profile, *args, listen="127.0.0.1:0", log=None):
        self.args = [str(BRIDGE), "--profile", str(profile), "--listen", listen, *map(str, args)]
        self.log = pathlib.Path(log or pathlib.Path(profile).parent / "bridge.log")
        self.env = {**os.environ, "TZ": "UTC", "LANG": "C.UTF-8"}

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(self.args, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log)
        line = self.process.stdout.readline().decode()
        found = re.match(r"facteur-bridge: listening on (https?)://(.*):(\d+) for ", line)
        if not found:
            raise RuntimeError(f"facteur-bridge did not start: {self.log.read_text()}")
        self.scheme, self.port = found[1], int(found[3])
        return self

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(20)
        self.process.stdout.close()
        text = self.log.read_text(errors="replace")
        assert "Sanitizer" not in text and "runtime error" not in text, text[-5000:]
        return status

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process.poll() is None:
            assert self.stop() == 0


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self):
        return json.loads(self.body)


class Http:
    """One connection, kept alive, with one token (or the whole header)."""

    def __init__(self, port, token=None, timeout=20):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.authorization = token and (token if " " in token else f"Bearer {token}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def close(self):
        self.connection.close()

    def ask(self, method, path, body=None, **headers):
        """Headers by name with '_' for '-'; None leaves one out."""
        all_headers = {k.replace("_", "-"): v for k, v in headers.items() if v is not None}
        if self.authorization and "Authorization" not in headers:
            all_headers["Authorization"] = self.authorization
        self.connection.request(method, path, body, all_headers)
        return Answer(self.connection.getresponse())

    def get(self, path, **headers):
        return self.ask("GET", path, **headers)

    def post(self, value, **headers):
        body = value if isinstance(value, (bytes, str)) else json.dumps(value)
        return self.ask("POST", "/jmap/api", body, **{"Content_Type": "application/json", **headers})

    def api(self, *calls, using=(CORE, MAIL, OURS), **more):
        """The method responses to these calls, (name, arguments) each; their ids are their numbers."""
        a = self.post({"using": list(using), "methodCalls": [[n, p, str(i)] for i, (n, p) in enumerate(calls)], **more})
        assert a.status == 200, (a.status, a.body)
        return a.json["methodResponses"]

    def call(self, name, **arguments):
        [[got, result, _]] = self.api((name, arguments))
        assert got == name, result
        return result


@contextlib.contextmanager
def standing_still(daemon):
    """facteurd answers nothing meanwhile."""
    daemon.process.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        daemon.process.send_signal(signal.SIGCONT)


def raw(port, data, timeout=10, keep=False):
    """Sends these bytes and reads until the other side closes (or, `keep`, the socket)."""
    s = socket.create_connection(("127.0.0.1", port), timeout)
    s.sendall(data)
    if keep:
        return s
    out = b""
    with s:
        while True:
            try:
                piece = s.recv(1 << 16)
            except ConnectionResetError:
                return out
            if not piece:
                return out
            out += piece


class Socket:
    """A WebSocket client (RFC 6455) that hides nothing."""

    def __init__(self, port, token, path="/jmap/ws", timeout=10, tls=None, **headers):
        self.sock = socket.create_connection(("127.0.0.1", port), timeout)
        if tls:
            self.sock = tls.wrap_socket(self.sock)
        key = base64.b64encode(os.urandom(16)).decode()
        head = {"Host": f"127.0.0.1:{port}", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key,
                "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "jmap", "Authorization": f"Bearer {token}"}
        head.update({k.replace("_", "-"): v for k, v in headers.items()})
        text = "".join(f"{k}: {v}\r\n" for k, v in head.items() if v is not None)
        self.sock.sendall(f"GET {path} HTTP/1.1\r\n{text}\r\n".encode())
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            piece = self.sock.recv(4096)
            if not piece:
                break
            self.buffer += piece
        self.head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.status = int(self.head.split()[1])
        if self.status == 101:
            accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
            assert b"sec-websocket-accept: " + accept in self.head

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def fileno(self):
        return self.sock.fileno()

    @staticmethod
    def frame(payload, opcode=1, final=True, mask=b"\1\2\3\4", rsv=0):
        n = len(payload)
        head = bytes([(0x80 if final else 0) | rsv | opcode])
        bit = 0x80 if mask else 0
        head += bytes([bit | n]) if n < 126 else bytes([bit | 126]) + struct.pack(">H", n) if n < 65536 else bytes([bit | 127]) + struct.pack(">Q", n)
        if mask:
            payload = bytes(b ^ mask[i % 4] for i, b in enumerate(payload)) if n < 100000 else \
                (int.from_bytes(payload, "little") ^ int.from_bytes((mask * (n // 4 + 1))[:n], "little")).to_bytes(n, "little")
        return head + (mask or b"") + payload

    def send_frame(self, payload, *args, **more):
        self.sock.sendall(self.frame(payload, *args, **more))

    def send(self, value):
        self.send_frame(json.dumps(value).encode())

    def take(self, n):
        while len(self.buffer) < n:
            piece = self.sock.recv(1 << 16)
            if not piece:
                raise ConnectionError("the bridge has closed the connection")
            self.buffer += piece
        out, self.buffer = self.buffer[:n], self.buffer[n:]
        return out

    def read_frame(self):
        """(opcode, payload)."""
        first, second = self.take(2)
        assert first & 0x80 and not second & 0x80
        n = second if second < 126 else struct.unpack(">H", self.take(2))[0] if second == 126 else struct.unpack(">Q", self.take(8))[0]
        return first & 15, self.take(n)

    def read(self):
        opcode, payload = self.read_frame()
        assert opcode == 1, (opcode, payload)
        return json.loads(payload)

    def request(self, *calls, using=(CORE, MAIL, OURS), **more):
        self.send({"@type": "Request", "using": list(using), "methodCalls": [[n, p, str(i)] for i, (n, p) in enumerate(calls)], **more})
        return self.read()


class Events:
    """An EventSource: its events as (name, id, data)."""

    def __init__(self, port, token, query="types=*&closeafter=no&ping=0", timeout=10, **headers):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.connection.request("GET", "/jmap/events?" + query,
                                headers={"Authorization": f"Bearer {token}", **{k.replace("_", "-"): v for k, v in headers.items()}})
        self.response = self.connection.getresponse()
        self.status = self.response.status

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def read(self):
        """The next event; None at the end."""
        fields = {}
        while True:
            line = self.response.readline().decode()
            if not line:
                return None
            line = line.rstrip("\n")
            if line and not line.startswith(":"):
                name, _, value = line.partition(":")
                fields[name] = value.lstrip(" ")
            elif not line and "data" in fields:
                return fields.get("event"), fields.get("id"), json.loads(fields["data"])
