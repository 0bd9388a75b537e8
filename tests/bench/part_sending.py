"""500 messages that wait to be sent, to a sink, over one connection: from EmailSubmission/set, which makes the submissions, to the last
message at the sink; and from the first MAIL to the last answer, what the wire had to wait for. The peer is Python's smtplib with the
same bytes and the same sink: it keeps nothing on a disk."""
import os
import smtplib
import statistics
import subprocess
import sys
import time

from core import Core

MESSAGES = 500
ROUNDS = 5
SENDER, TO = "jane@example.org", "john@example.net"


class FastSink:
    def __init__(self):
        self.process = subprocess.Popen([sys.executable, os.path.join(os.path.dirname(__file__), "fast_sink.py")], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def connection(self):
        """What came over the one that ended: messages, seconds."""
        messages, seconds = self.process.stdout.readline().split()
        return int(messages), float(seconds)

    def close(self):
        self.process.terminate()
        self.process.wait()


def letter(n):
    words = f"Message {n} says nothing that has not been said. " * 4
    return (f"From: Jane <{SENDER}>\r\nTo: {TO}\r\nSubject: number {n}\r\nMessage-ID: <{n}.{os.getpid()}@example.org>\r\n"
            "Date: Thu, 30 Oct 2014 14:12:00 +0800\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n" + (words + "\r\n") * 20)


def with_smtplib(sink, letters):
    began = time.monotonic()
    with smtplib.SMTP("127.0.0.1", sink.port) as s:
        for text in letters:
            s.sendmail(SENDER, [TO], text.encode())
    wall = time.monotonic() - began
    messages, wire = sink.connection()
    assert messages == len(letters)
    return wall, wire


class Sender:
    """An account that sends over the sink, and whose mail comes from nowhere."""

    def __init__(self, b, sink):
        self.core = Core(b.a.build, os.path.join(b.dir, "sending"))
        self.core.start()
        made = self.core.call("Account/set", {"create": {"k": {
            "address": SENDER, "source": "imap://jane@127.0.0.1:1?tls=none", "transport": f"smtp://127.0.0.1:{sink.port}?tls=none", "password": "x"}}})
        self.account = made["created"]["k"]["id"]
        made = self.call("Mailbox/set", create={"d": {"name": "Drafts", "role": "drafts"}, "s": {"name": "Sent", "role": "sent"}})
        self.drafts, self.sent = made["created"]["d"]["id"], made["created"]["s"]["id"]
        self.identity = self.call("Identity/get")["list"][0]["id"]

    def call(self, method, **params):
        return self.core.call(method, {"accountId": self.account, **params})

    def draft(self, text):
        blob = self.call("Blob/upload", create={"b": {"data": [{"data:asText": text}]}})["created"]["b"]["id"]
        return self.call("Email/import", emails={"e": {"blobId": blob, "mailboxIds": {self.drafts: True}, "keywords": {"$draft": True}}})["created"]["e"]["id"]

    def in_state(self, state):
        return self.call("EmailSubmission/query", filter={"state": state}, limit=1, calculateTotal=True)["total"]

    def send(self, sink, letters, rounds_done):
        ids = [self.draft(text) for text in letters]
        change = {f"mailboxIds/{self.drafts}": None, f"mailboxIds/{self.sent}": True, "keywords/$draft": None}
        began = time.monotonic()
        made = self.call("EmailSubmission/set", create={f"k{i}": {"identityId": self.identity, "emailId": id} for i, id in enumerate(ids)},
                         onSuccessUpdateEmail={f"#k{i}": change for i in range(len(ids))})
        assert not made["notCreated"], made["notCreated"]
        submitted = time.monotonic() - began
        while self.in_state("sent") < rounds_done + len(letters):
            time.sleep(0.05)    # the question costs something, too
        wall = time.monotonic() - began
        self.core.call("Account/set", {"update": {self.account: {"name": f"again {time.monotonic()}"}}})   # hangs up
        messages, wire = sink.connection()
        assert messages == len(letters), messages
        return wall, wire, submitted


def run(b):
    b.table.head("500 submissions to a sink, over one connection (peer: smtplib)")
    count = min(MESSAGES, b.a.messages)
    sink = FastSink()
    sender = Sender(b, sink)
    try:
        ours, peers = [], []
        for n in range(ROUNDS):
            letters = [letter(n * count + i) for i in range(count)]
            peers.append(with_smtplib(sink, letters))
            ours.append(sender.send(sink, letters, n * count))
        median = [statistics.median(x) for x in zip(*ours)]
        peer = [statistics.median(x) for x in zip(*peers)]
        ratio = statistics.median(p[1] / o[1] for o, p in zip(ours, peers))
        b.table.row(f"{count} messages, first MAIL to last answer", "s", median[1], peer[1], ratio_at_most=1.0)
        b.table.row("the same, from the call that submits them until all are known to be sent", "s", median[0], peer[0])
        b.table.row("of that, the call itself", "s", median[2])
        b.table.note(f"messages a second on the wire: {count / median[1]:.0f}, smtplib {count / peer[1]:.0f}; ratio of each round, median: {ratio:.2f}")
    finally:
        sender.core.stop()
        sink.close()
