"""A proxy between facteurd and an IMAP server (in clear) that writes down what is said, counts it, and interrupts it.

    with Proxy(server.host, server.imap_port) as p:
        ... facteurd connects to p.port ...
        p.steps               steps so far: lines of the client and lines of the server; a literal belongs to the line before it
        p.transcript          [(step, connection, "C" or "S", bytes)], literals as their first bytes and their size
        p.bodies, p.body_bytes   answers with BODY[] and the bytes in them
        p.hook = f            asked before each step is passed on; see Step
        p.offline = True      nobody gets through, and who is connected is cut off
        p.latency = 0.1       seconds in each direction, as on a long line: what is pipelined is not slowed down
        p.hide = {"COMPRESS=DEFLATE"}    capabilities taken out of what the server says

A hook gets a Step and returns None (pass it on), or CUT (drop it, and the connection with it), or a number: that many bytes of it are
passed on, then the connection is cut, or a function that is called once it was passed on. Hooks run one at a time.
"""
import collections
import contextlib
import re
import socket
import struct
import threading
import time

CUT = 0
LITERAL = re.compile(rb"\{(\d+)\+?\}\r\n$")
LINE_MAX = 1 << 20


class Step(collections.namedtuple("Step", "number connection side kind data offset")):
    """
    number      of the step, from 1, over all connections
    connection  from 1
    side        "C": the client says it; "S": the server
    kind        "line", with its end, or "literal": a piece of one
    offset      of a piece in its literal
    """


class Cut(Exception):
    pass


class Proxy:
    def __init__(self, host, port, hide=("COMPRESS=DEFLATE",)):
        self.target, self.hide = (host, port), set(hide)
        self.steps = self.connections = self.bodies = self.body_bytes = self.literal_bytes = 0
        self.transcript, self.hook, self.latency, self._offline = [], None, 0, False
        self.lock = threading.RLock()
        self.pairs = set()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=100)
        self.port = self.listener.getsockname()[1]
        self.url = f"imap://localhost:{self.port}?tls=none"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._offline = True
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.cut_all()

    @property
    def offline(self):
        return self._offline

    @offline.setter
    def offline(self, value):
        self._offline = value
        if value:
            self.cut_all()

    def cut_all(self):
        with self.lock:
            pairs = list(self.pairs)
        for p in pairs:
            p.cut()

    def forget(self):
        """The counters begin again."""
        with self.lock:
            self.steps = self.bodies = self.body_bytes = self.literal_bytes = 0
            self.transcript = []

    def shown(self, last=60):
        """The end of the transcript, for people."""
        with self.lock:
            return "\n".join(f"{n:5d} {c}{side} {data[:300].decode('utf-8', 'replace').rstrip()}" for n, c, side, data in self.transcript[-last:])

    def commands(self):
        """What the client has said, without tags."""
        with self.lock:
            return [data.partition(b" ")[2].rstrip().decode("utf-8", "replace") for _, _, side, data in self.transcript if side == "C"]

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            if self._offline:
                client.close()
                continue
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client):
        # What a connection that was cut has left with the server is carried out there first: nobody could tell apart what was done
        # before and what is being done, and a person's reconnect is never that fast.
        end = time.monotonic() + 5
        while time.monotonic() < end:
            with self.lock:
                if not any(p.is_draining for p in self.pairs):
                    break
            time.sleep(0.002)
        try:
            server = socket.create_connection(self.target, 10)
        except OSError:
            client.close()
            return
        for s in (client, server):
            s.settimeout(None)
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.lock:
            self.connections += 1
            pair = Pair(self, self.connections, client, server)
            self.pairs.add(pair)
        pair.run()


class Pair:
    """One connection of the client and ours to the server."""

    def __init__(self, proxy, number, client, server):
        self.proxy, self.number, self.client, self.server = proxy, number, client, server
        self.is_draining = self.is_cut = False

    def run(self):
        threads = [threading.Thread(target=self._pass, args=args, daemon=True)
                   for args in ((self.client, self.server, "C"), (self.server, self.client, "S"))]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for s in (self.client, self.server):
            s.close()
        with self.proxy.lock:
            self.proxy.pairs.discard(self)

    def cut(self):
        """The client is reset. The server reads to the end what it was sent, and is waited for."""
        self.is_cut = self.is_draining = True
        with contextlib.suppress(OSError):
            self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with contextlib.suppress(OSError):
            self.client.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_WR)

    def _pass(self, source, sink, side):
        out = Sender(sink, self)
        parser = Parser(self, side, out)
        try:
            while True:
                data = source.recv(1 << 16)
                if not data:
                    break
                if not self.is_cut and not self.is_draining:
                    parser.feed(data)
        except Cut:
            self.cut()
            if side == "S":
                self._drain()
        except OSError:
            pass
        out.close()
        if side == "C":  # the client is gone, killed perhaps: what it has sent still counts
            self.is_draining = True
            with contextlib.suppress(OSError):
                self.server.shutdown(socket.SHUT_WR)
        else:
            with contextlib.suppress(OSError):
                self.client.shutdown(socket.SHUT_RDWR)

    def _drain(self):
        with contextlib.suppress(OSError):
            self.server.settimeout(5)
            while self.server.recv(1 << 16):
                pass


class Sender:
    """Writes at once, or after the latency."""

    def __init__(self, sock, pair):
        self.sock, self.pair, self.queue, self.thread = sock, pair, None, None

    def send(self, data):
        latency = self.pair.proxy.latency
        if not latency and not self.thread:
            self._write(data)
            return
        if not self.thread:
            self.queue, self.wake = collections.deque(), threading.Condition()
            self.thread = threading.Thread(target=self._run, daemon=True)
            self.thread.start()
        with self.wake:
            self.queue.append((time.monotonic() + latency, data))
            self.wake.notify()

    def _write(self, data):
        with contextlib.suppress(OSError):
            self.sock.sendall(data)

    def _run(self):
        while True:
            with self.wake:
                while not self.queue:
                    self.wake.wait()
                due, data = self.queue.popleft()
            if data is None:
                return
            time.sleep(max(0, due - time.monotonic()))
            self._write(data)

    def close(self):
        if self.thread:
            with self.wake:
                self.queue.append((0, None))
                self.wake.notify()
            self.thread.join(30)


class Parser:
    """Cuts a direction into lines and literals."""

    def __init__(self, pair, side, out):
        self.pair, self.proxy, self.side, self.out = pair, pair.proxy, side, out
        self.line, self.left, self.offset, self.is_body = b"", 0, 0, False
        self.begins = True  # a line that does not go on after a literal

    def feed(self, data):
        ready = []
        try:
            while data:
                if self.left:
                    piece, data = data[:self.left], data[self.left:]
                    self._literal(piece, ready)
                    continue
                end = data.find(b"\n")
                if end < 0:
                    self.line += data
                    if len(self.line) > LINE_MAX:
                        raise Cut
                    return
                line, self.line, data = self.line + data[:end + 1], b"", data[end + 1:]
                self._line(line, ready)
        finally:
            if ready:
                self.out.send(b"".join(ready))

    def _ask(self, step, data, ready):
        """Puts into `ready` what is passed on."""
        hook = self.proxy.hook
        limit = hook(step) if hook else None
        if limit is None:
            ready.append(data)
            return
        if callable(limit):
            self.out.send(b"".join(ready) + data)
            ready.clear()
            limit()
            return
        ready.append(data[:limit])
        raise Cut

    def _line(self, line, ready):
        p = self.proxy
        with p.lock:
            if self.side == "S" and p.hide and b"CAPABILITY" in line.upper():
                line = re.sub(rb" ([^ \]\r\n]+)", lambda m: b"" if m[1].decode("latin-1").upper() in p.hide else m[0], line)
            p.steps += 1
            p.transcript.append((p.steps, self.pair.number, self.side, line))
            found = LITERAL.search(line)
            if found:
                self.left, self.offset = int(found[1]), 0
                self.is_body = self.side == "S" and b"BODY[]" in line.upper()
                if self.is_body:
                    p.bodies += 1
            self._ask(Step(p.steps, self.pair.number, self.side, "line", line, 0), line, ready)

    def _literal(self, piece, ready):
        p = self.proxy
        with p.lock:
            self.left -= len(piece)
            if self.is_body:
                p.body_bytes += len(piece)
            step = Step(p.steps, self.pair.number, self.side, "literal", piece, self.offset)
            self.offset += len(piece)
            self._ask(step, piece, ready)
