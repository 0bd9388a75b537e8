"""A push service (RFC 8030) and the user agent behind it, played by the tests: TLS by a CA of their own, names by a name server of their own.

    with PushService(Authority(directory)) as push:
        Daemon(profile, env=push.env)
        agent = UserAgent()
        client.call("PushSubscription/set", create={"k": {"url": push.url("/x"), "keys": agent.keys, ...}})
        message = push.next()            .path .headers .body
        agent.read(message)              the JSON object in it
"""
import base64
import http.server
import json
import queue
import struct
import time

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

import os
import threading

from discovery import Dns, _Server


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Message:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body = path, headers, body


class PushService:
    """`answers`: (status, headers) of the next messages, 201 where there is none. `released`: while it is not set, answers wait."""
    HOST = "push.example.test"

    def __init__(self, authority, tls=True):
        self.messages, self.answers = queue.Queue(), []
        self.released = threading.Event()
        self.released.set()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self):
                self.request.settimeout(20)
                if tls:
                    self.request = authority.by_sni({}).wrap_socket(self.request, server_side=True)
                super().setup()

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.messages.put(Message(self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                outer.released.wait(20)
                status, headers = outer.answers.pop(0) if outer.answers else (201, {})
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.dns = Dns()
        self.dns.add(self.HOST, "A", "127.0.0.1")
        self.server = _Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()
        self.env = {"FACTEUR_TEST_DISCOVERY": json.dumps({"dns": f"127.0.0.1:{self.dns.port}", "ca": str(authority.ca), "secondMs": 1})}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.released.set()
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.dns.close()

    def url(self, path, host=None):
        return f"https://{host or self.HOST}:{self.port}{path}"

    def next(self, path=None, timeout=10):
        """The next message, of that path: those of others are forgotten."""
        end = time.monotonic() + timeout
        while True:
            m = self.messages.get(timeout=max(0.001, end - time.monotonic()))
            if path is None or m.path == path:
                return m

    def forget(self):
        while not self.messages.empty():
            self.messages.get()


class UserAgent:
    """Has keys and reads what was encrypted for them: RFC 8291, RFC 8188."""

    def __init__(self):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        self.public = self.key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
        self.keys = {"p256dh": b64(self.public), "auth": b64(self.auth)}

    def decrypt(self, body):
        salt, (record, id_size) = body[:16], struct.unpack(">IB", body[16:21])
        sender, sealed = body[21:21 + id_size], body[21 + id_size:]
        assert id_size == 65 and len(sealed) <= record and len(body) <= 4096
        shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))

        def hkdf(salt, secret, info, n):
            return HKDF(hashes.SHA256(), n, salt, info).derive(secret)
        ikm = hkdf(self.auth, shared, b"WebPush: info\0" + self.public + sender, 32)
        key, nonce = hkdf(salt, ikm, b"Content-Encoding: aes128gcm\0", 16), hkdf(salt, ikm, b"Content-Encoding: nonce\0", 12)
        plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
        assert plain[-1] == 2  # the last record
        return plain[:-1]

    def can_read(self, message):
        try:
            self.decrypt(message.body)
        except InvalidTag:
            return False
        return True

    def read(self, message):
        assert message.headers["content-encoding"] == "aes128gcm" and message.headers["content-type"] == "application/json"
        return json.loads(self.decrypt(message.body))


def vapid_claims(message, application_server_key):
    """The claims of a message that was signed with this key (RFC 8292); fails if it was not."""
    scheme, parameters = message.headers["authorization"].split(" ", 1)
    fields = dict(p.strip().split("=", 1) for p in parameters.split(","))
    assert scheme == "vapid" and fields["k"] == application_server_key
    signed, signature = fields["t"].rsplit(".", 1)
    raw = unb64(signature)
    assert len(raw) == 64
    der = utils.encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(application_server_key))
    key.verify(der, signed.encode(), ec.ECDSA(hashes.SHA256()))
    header, claims = (json.loads(unb64(p)) for p in signed.split("."))
    assert header == {"typ": "JWT", "alg": "ES256"}
    return claims
