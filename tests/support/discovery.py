"""What discovery asks, played by the tests: a name server, HTTPS servers with certificates for any name, greeting mail servers.

    with Net(Authority(directory)) as net:
        net.dns.add("autoconfig.example.test", "A", "127.0.0.1")
        net.dns.add("_imaps._tcp.example.test", "SRV", (0, 1, 993, "imap.example.test"))
        net.https.documents["autoconfig.example.test", "/mail/config-v1.1.xml"] = b"<clientConfig>..."
        Daemon(profile, env=net.env)
"""
import http.server
import json
import os
import pathlib
import socket
import socketserver
import ssl
import struct
import subprocess
import threading
import time

TYPES = {"A": 1, "MX": 15, "AAAA": 28, "SRV": 33}


def _labels(name):
    return b"".join(bytes([len(p)]) + p.encode() for p in name.rstrip(".").split(".") if p) + b"\0"


class Dns:
    """Answers from `records`; a name in `silent` gets no answer; one in `broken` gets SERVFAIL; one in
    `garbage` gets these bytes behind the number of its question. `asked` is what was asked."""

    def __init__(self):
        self.records, self.silent, self.broken, self.garbage, self.asked = {}, set(), set(), {}, []
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def add(self, name, kind, *values):
        self.records.setdefault((name, TYPES[kind]), []).extend(values)

    def close(self):
        self.sock.sendto(b"", ("127.0.0.1", self.port))
        self.thread.join()
        self.sock.close()

    def _data(self, kind, value):
        if kind == TYPES["A"]:
            return socket.inet_aton(value)
        if kind == TYPES["AAAA"]:
            return socket.inet_pton(socket.AF_INET6, value)
        if kind == TYPES["MX"]:
            return struct.pack(">H", value[0]) + _labels(value[1])
        return struct.pack(">HHH", *value[:3]) + _labels(value[3])

    def _serve(self):
        while True:
            query, peer = self.sock.recvfrom(4096)
            if not query:
                return
            end, labels = 12, []
            while query[end]:
                labels.append(query[end + 1:end + 1 + query[end]].decode())
                end += 1 + query[end]
            name, kind = ".".join(labels).lower(), struct.unpack(">H", query[end + 1:end + 3])[0]
            self.asked.append((name, kind))
            if name in self.silent:
                continue
            if name in self.garbage:
                self.sock.sendto(query[:2] + self.garbage[name], peer)
                continue
            values = self.records.get((name, kind), [])
            exists = any(n == name for n, _ in self.records)
            code = 2 if name in self.broken else 0 if exists else 3
            answer = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, len(values), 0, 0) + query[12:end + 5]
            for value in values:
                data = self._data(kind, value)
                answer += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
            self.sock.sendto(answer, peer)


class Authority:
    """A CA, and a certificate for any name, made when it is wanted first."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.dir.mkdir(parents=True, exist_ok=True)
        self.ca = self.dir / "ca.pem"
        self.contexts, self.lock = {}, threading.Lock()
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "ca.key", "-out", "ca.pem",
                      "-days", "30", "-subj", "/CN=Facteur discovery test")

    def _openssl(self, *args):
        subprocess.run(("openssl", *args), cwd=self.dir, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def context(self, name):
        with self.lock:
            if name not in self.contexts:
                file = name.replace("*", "any")
                (self.dir / f"{file}.ext").write_text(f"subjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\n")
                self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{file}.key", "-out", f"{file}.csr",
                              "-subj", "/CN=x")
                self._openssl("x509", "-req", "-in", f"{file}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-out", f"{file}.pem",
                              "-extfile", f"{file}.ext")
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(self.dir / f"{file}.pem", self.dir / f"{file}.key")
                self.contexts[name] = context
            return self.contexts[name]

    def by_sni(self, instead):
        """A context that shows a certificate for the name that is asked for, or for instead[name]."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context("unknown.test")
        context.load_cert_chain(self.dir / "unknown.test.pem", self.dir / "unknown.test.key")

        def choose(sock, name, _):
            sock.context = self.context(instead.get(name, name or "unknown.test"))
        context.sni_callback = choose
        return context


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request, client_address):
        pass  # a client that goes away is what many tests are about


class Https:
    """Serves `documents[host, path]`: bytes, or a function of the handler. `asked`: (host, path with query), in order. `certificate[host]`:
    shown instead of one for the host. What is posted is in `posted`: (host, path with query, headers, body); answered by `answers[host, path]`: a
    status (200 if nothing is there), or a function of the handler."""

    def __init__(self, authority):
        self.documents, self.asked, self.certificate, self.headers = {}, [], {}, []
        self.posted, self.answers = [], {}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def setup(self):
                self.request.settimeout(20)
                self.request = authority.by_sni(outer.certificate).wrap_socket(self.request, server_side=True)
                super().setup()

            def do_GET(self):
                host = self.headers["Host"].split(":")[0]
                outer.asked.append((host, self.path))
                outer.headers.append(dict(self.headers))
                document = outer.documents.get((host, self.path.split("?")[0]))
                if callable(document):
                    document(self)
                elif document is None:
                    self.send_error(404)
                else:
                    self.send_response(200)
                    self.send_header("Content-Type", "text/xml")
                    self.send_header("Content-Length", str(len(document)))
                    self.end_headers()
                    self.wfile.write(document)

            def do_POST(self):
                host = self.headers["Host"].split(":")[0]
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posted.append((host, self.path, dict(self.headers), body))
                answer = outer.answers.get((host, self.path.split("?")[0]), 200)
                if callable(answer):
                    answer(self)
                else:
                    self.send_response(answer)
                    self.send_header("Content-Length", "0")
                    self.end_headers()

            def log_message(self, *_):
                pass

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Greeter:
    """A mail server that greets, over TLS at once or after STARTTLS, and keeps what it was sent."""

    def __init__(self, authority, greeting, tls="implicit", certificate=None, answers=()):
        self.heard = []
        answers = dict(answers)
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                sock = self.request
                sock.settimeout(20)
                context = authority.by_sni(certificate or {})
                if tls == "implicit":
                    sock = context.wrap_socket(sock, server_side=True)
                sock.sendall(greeting)
                while True:
                    data = sock.recv(1000)
                    if not data:
                        return
                    outer.heard.append(data)
                    if data in answers:
                        sock.sendall(answers[data])
                        if b"STARTTLS" in data or b"STLS" in data:
                            sock = context.wrap_socket(sock, server_side=True)

        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def redirect(to):
    def answer(handler):
        handler.send_response(302)
        handler.send_header("Location", to)
        handler.send_header("Content-Length", "0")
        handler.end_headers()
    return answer


def hang(handler):
    time.sleep(15)


def trickle(handler):
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.2)


def endless(handler):
    """More than anybody wants, without saying so before."""
    handler.send_response(200)
    handler.end_headers()
    for _ in range(10000):
        handler.wfile.write(b" " * 10000)


class Net:
    """All of it. `ports`: what is connected to instead of a port."""

    def __init__(self, authority, allow_private=True):
        self.authority = authority
        self.dns, self.https = Dns(), Https(self.authority)
        self.greeters, self.ports, self.allow_private = [], {}, allow_private

    def greeter(self, port, greeting, **more):
        g = Greeter(self.authority, greeting, **more)
        self.greeters.append(g)
        self.ports[str(port)] = g.port
        return g

    @property
    def env(self):
        return {"FACTEUR_TEST_DISCOVERY": json.dumps({"dns": f"127.0.0.1:{self.dns.port}", "ca": os.fspath(self.authority.ca),
                                                      "allowPrivate": self.allow_private, "ports": {"443": self.https.port, **self.ports}})}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for part in (self.dns, self.https, *self.greeters):
            part.close()


def config(domain, imap="imap.%EMAILDOMAIN%", user="%EMAILADDRESS%", port=993, socket_type="SSL"):
    """An honest document for a domain."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1"><emailProvider id="{domain}"><domain>{domain}</domain><displayName>Mail of {domain}</displayName>
<incomingServer type="imap"><hostname>{imap}</hostname><port>{port}</port><socketType>{socket_type}</socketType>
<authentication>password-cleartext</authentication><username>{user}</username></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.{domain}</hostname><port>465</port><socketType>SSL</socketType>
<authentication>password-cleartext</authentication><username>{user}</username></outgoingServer>
</emailProvider></clientConfig>""".encode()
