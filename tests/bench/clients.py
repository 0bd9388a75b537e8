#!/usr/bin/env python3
"""Many clients at once, in a process of their own, so that they do not measure themselves.

    clients.py SOCKET COUNT PAUSE      PAUSE: seconds that a client thinks between two calls, on average

Prints "ready" when all are connected. Then reads one line from standard input, a JSON object {kind: text of a request}, and
asks until standard input ends. At the end it prints {kind: [milliseconds, ...]}. A client asks the kinds in turn and
waits for each answer. One thread serves all; the time of an answer is taken before it is looked at.
"""
import heapq
import json
import random
import selectors
import socket
import sys
import time


class Client:
    def __init__(self, path, at):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.turn = at      # clients begin at different kinds
        self.due = 0.0
        self.asked = None
        self.kind = ""
        self.answer = bytearray()


def ask(client, kinds):
    client.kind, text = kinds[client.turn % len(kinds)]
    client.turn += 1
    client.answer.clear()
    client.asked = time.perf_counter()
    client.socket.sendall(text.encode() + b"\n")


def take(client, now, taken):
    """Whether the answer is complete."""
    client.answer += client.socket.recv(1 << 20)
    if not client.answer.endswith(b"\n"):
        return False
    for line in client.answer.splitlines():
        message = json.loads(line)
        if any("error" in m for m in (message if isinstance(message, list) else [message])):
            raise SystemExit(f"{client.kind}: {line.decode()[:500]}")
    taken[client.kind].append((now - client.asked) * 1000)
    return True


def main():
    path, count, pause = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    rng = random.Random(1)
    clients = [Client(path, n) for n in range(count)]
    print("ready", flush=True)
    kinds = list(json.loads(sys.stdin.readline()).items())
    taken = {kind: [] for kind, _ in kinds}
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin, selectors.EVENT_READ, None)
    for c in clients:
        selector.register(c.socket, selectors.EVENT_READ, c)
    start = time.perf_counter()
    waiting = [(start + rng.random() * pause, n) for n in range(count)]
    heapq.heapify(waiting)
    while True:
        while waiting and waiting[0][0] <= time.perf_counter():
            ask(clients[heapq.heappop(waiting)[1]], kinds)
        ready = selector.select(max(0, waiting[0][0] - time.perf_counter()) if waiting else None)
        now = time.perf_counter()
        for key, _ in ready:
            if key.data is None:
                print(json.dumps(taken))
                return
            if take(key.data, now, taken):
                heapq.heappush(waiting, (now + rng.uniform(0.5, 1.5) * pause, clients.index(key.data)))


if __name__ == "__main__":
    main()
