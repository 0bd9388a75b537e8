"""Connections that are opened before the other tests and looked at after them: some limits show only after a quarter of a minute."""
import socket
import ssl
import threading
import time

from bridge import Bridge, Socket
from http2 import Http2, make_certificate

HEAD_S = 15     # BRIDGE_HEAD_MS: the longest time that a connection may take to ask something


class Lasting:
    def __init__(self, world, folder):
        folder.mkdir()
        make_certificate(folder, "lasting")
        tls = ssl.create_default_context(cafile=str(folder / "cert.pem"))
        tls.check_hostname = False
        self.bridge = Bridge(world.profile, "--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem", log=folder / "log").start()
        port = self.bridge.port
        self.sockets = [Socket(world.port, world.token), Socket(port, world.token, tls=tls)]
        self.http2 = Http2(port, world.token)
        self.stream = self.http2.begin("GET", "/jmap/events?types=Mailbox&closeafter=no&ping=0")
        for s in self.sockets:
            s.send({"@type": "WebSocketPushEnable", "dataTypes": ["Mailbox"]})
            s.read()
        self.texts = [[] for _ in self.sockets]
        for s, texts in zip(self.sockets, self.texts):
            s.sock.settimeout(None)
            threading.Thread(target=self.answer, args=(s, texts), daemon=True).start()
        while b"data:" not in self.told():
            self.http2.receive()
        self.http2.sock.settimeout(None)
        threading.Thread(target=self.receive, daemon=True).start()
        self.since = time.monotonic()

    @staticmethod
    def answer(s, texts):
        """A client that lives answers pings; one that does not is given up."""
        try:
            while True:
                opcode, payload = s.read_frame()
                if opcode == 9:
                    s.send_frame(payload, 10)
                else:
                    texts.append(payload if opcode == 1 else None)
        except (OSError, ValueError):
            texts.append(None)

    def receive(self):
        """What is never read fills the stream's window, and is given up, too."""
        try:
            while True:
                self.http2.receive()
        except (OSError, ValueError):
            self.is_lost = True

    is_lost = False

    def told(self):
        return self.http2.answers[self.stream][1]

    def wait(self):
        time.sleep(max(0, HEAD_S + 2 - (time.monotonic() - self.since)))

    def close(self):
        for s in (*(s.sock for s in self.sockets), self.http2.sock):
            s.shutdown(socket.SHUT_RDWR)
            s.close()
        assert self.bridge.stop() == 0
