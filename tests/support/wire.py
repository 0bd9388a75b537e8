"""A wire between a client and a server that can be listened to, made long, or cut without a word.

    with Wire(("127.0.0.1", dovecot.imap_port)) as w:
        ... connect to w.host, w.port; in clear, or there is nothing to read ...
        w.lines                     [(seconds, connection, "C" or "S", line)]: when the last byte of a line was handed on
        w.flights(from, to)         how often the client spoke and then had to wait
        w.freeze()                  the connections that there are carry nothing any more, and do not end; new ones work
        w.delay = 0.05              each way, for what comes from now on
"""
import queue
import socket
import threading
import time


class Wire:
    def __init__(self, server, host="127.0.0.1", delay=0.0):
        self.server, self.host, self.delay = server, host, delay
        self.lines = []
        self.connections = 0
        self._frozen_to = 0     # connections up to this number are frozen
        self._open = []
        self._lock = threading.Lock()
        self._listener = socket.create_server((host, 0))
        self.port = self._listener.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()
        for s in self._open:
            _close(s)

    def freeze(self):
        self._frozen_to = self.connections

    def since(self, seconds):
        with self._lock:
            return [line for line in self.lines if line[0] >= seconds]

    def said(self, who, text, since=0.0):
        """The lines of "C" or "S" that hold `text`."""
        return [line for line in self.since(since) if line[2] == who and text in line[3]]

    def flights(self, since, to):
        """Client turns between two moments."""
        turns = [line[2] for line in self.since(since) if line[0] <= to]
        return sum(1 for i, who in enumerate(turns) if who == "C" and (i == 0 or turns[i - 1] == "S"))

    # ---- within ------------------------------------------------------------------------------------------------

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.server, 5)
                server.settimeout(None)
            except OSError:
                client.close()
                continue
            for s in (client, server):
                s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._open += [client, server]
            self.connections += 1
            for source, target, who in ((client, server, "C"), (server, client, "S")):
                pieces = queue.Queue()
                threading.Thread(target=self._read, args=(source, pieces), daemon=True).start()
                threading.Thread(target=self._hand_on, args=(pieces, target, who, self.connections), daemon=True).start()

    def _read(self, source, pieces):
        while True:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            pieces.put((time.monotonic() + self.delay, data))
            if not data:
                return

    def _hand_on(self, pieces, target, who, number):
        rest = b""
        while True:
            due, data = pieces.get()
            time.sleep(max(0.0, due - time.monotonic()))
            if number <= self._frozen_to:
                continue
            if not data:
                _close(target)
                return
            now = time.monotonic()
            *whole, rest = (rest + data).split(b"\n")
            with self._lock:    # before it is sent: who hears of it may look at once
                self.lines += [(now, number, who, line.rstrip(b"\r").decode("latin-1")) for line in whole]
            try:
                target.sendall(data)
            except OSError:
                return


def _close(s):
    try:
        s.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    s.close()
