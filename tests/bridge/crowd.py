"""Many WebSocket clients that are told of changes, in one process: how long until all know, what they cost the other side."""
import json
import selectors
import ssl
import struct
import time

from bridge import Socket


def own_memory(pid):
    """Bytes of a process that are backed by no file."""
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) * 1024 for line in f if line.startswith("RssAnon:"))


def pop_frame(data):
    """(opcode, payload, rest) of the first whole frame; None: it has not come."""
    if len(data) < 2:
        return None
    n, at = data[1] & 127, 2
    if n >= 126:
        at += 2 if n == 126 else 8
        if len(data) < at:
            return None
        n = struct.unpack(">H" if n == 126 else ">Q", data[2:at])[0]
    return (data[0] & 15, data[at:at + n], data[at + n:]) if len(data) >= at + n else None


class Crowd:
    """`tokens`: client i has the i-th, and the first again after the last."""

    def __init__(self, port, tokens, n, tls=None):
        self.clients, self.heard = [], selectors.EpollSelector()
        try:
            for i in range(n):
                c = Socket(port, tokens[i % len(tokens)], tls=tls)
                self.clients.append(c)
                assert c.status == 101, (i, c.head)
                c.sock.setblocking(False)
                self.heard.register(c.sock, selectors.EVENT_READ, c)
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.heard.close()
        for c in self.clients:
            c.close()

    def subscribe(self, *types):
        """All of them; returns when each has heard of the present states."""
        for c in self.clients:
            c.send({"@type": "WebSocketPushEnable", "dataTypes": list(types)})
        self.wait(lambda changed: True)

    @staticmethod
    def messages(c):
        try:
            while piece := c.sock.recv(1 << 16):
                c.buffer += piece
            raise ConnectionError("the bridge has closed a connection")
        except (BlockingIOError, ssl.SSLWantReadError):
            pass
        while found := pop_frame(c.buffer):
            opcode, payload, c.buffer = found
            if opcode == 1:
                yield json.loads(payload)
            else:
                assert opcode == 9, (opcode, payload)   # a ping

    def wait(self, is_it, timeout=20):
        """Until each was told of something that `is_it` accepts (`changed` of a StateChange): how many messages that were."""
        waiting, count, end = set(self.clients), 0, time.monotonic() + timeout
        while waiting:
            ready = self.heard.select(max(0, end - time.monotonic()))
            assert ready, f"{len(waiting)} of {len(self.clients)} clients were not told"
            for key, _ in ready:
                for message in self.messages(key.data):
                    assert message["@type"] == "StateChange", message
                    count += 1
                    if is_it(message["changed"]):
                        waiting.discard(key.data)
        return count
