"""A submission server that keeps what it is given: one thread a connection, reads like a transcript.

    with Sink() as sink:
        ... smtp://user@127.0.0.1:{sink.port}?tls=none ...
        sink.wait(1); sink.messages[0].data

What it does wrong is set on it: `refuse` (address to reply), `final` (reply to the message), `cut` ("before-dot", "after-dot": the
connection ends without an answer, the message being lost or kept), `cut_after_sent` and `cut_after_read` (bytes, over all connections: then
the connection ends), `delay` (seconds before the last answer)."""
import socket
import threading
import time


class Message:
    def __init__(self, sender, recipients, data):
        self.sender, self.recipients, self.data = sender, recipients, data


class Cut(Exception):
    pass


class Sink:
    def __init__(self, extensions=("PIPELINING", "SIZE 10000000", "8BITMIME", "SMTPUTF8", "DSN"), port=0):
        self.extensions = list(extensions)
        self.messages = []      # what it has taken, whether the client heard of it or not
        self.commands = []
        self.refuse = {}
        self.final = "250 2.0.0 queued"
        self.cut = None
        self.cut_after_sent = self.cut_after_read = None
        self.delay = 0
        self.file = None        # called with each message that is taken: a server that keeps a copy
        self.connections = 0
        self.sent = self.read = 0
        self.is_open = True
        self.at_end = threading.Event()     # a message has come whole, and was not answered yet
        self.changed = threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.sockets = set()
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.is_open = False
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        for s in list(self.sockets):
            try:
                s.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def wait(self, n, timeout=15):
        """Until it has taken n messages."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.messages) >= n, timeout), f"{len(self.messages)} messages: {self.commands[-20:]}"
        return self.messages

    # ---- one connection

    def _accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self.sockets.add(s)
            threading.Thread(target=self._serve, args=(s,), daemon=True).start()

    def _serve(self, s):
        try:
            self._converse(s)
        except (Cut, OSError):
            pass
        finally:
            self.sockets.discard(s)
            s.close()

    def _say(self, s, text):
        data = (text + "\r\n").encode()
        if self.cut_after_sent is not None and self.sent + len(data) > self.cut_after_sent:
            s.sendall(data[:self.cut_after_sent - self.sent])
            self.sent = self.cut_after_sent
            raise Cut
        s.sendall(data)
        self.sent += len(data)

    def _line(self, s):
        line = b""
        while not line.endswith(b"\r\n"):
            if self.cut_after_read is not None and self.read >= self.cut_after_read:
                raise Cut
            b = s.recv(1)
            if not b:
                raise Cut
            self.read += 1
            line += b
            assert not (line.endswith(b"\n") and not line.endswith(b"\r\n")), f"a bare LF: {line}"
        return line[:-2]

    def _converse(self, s):
        self._say(s, "220 sink ESMTP")
        sender, recipients = None, []
        while True:
            line = self._line(s)
            self.commands.append(line.decode())
            verb = line.upper()
            if verb.startswith(b"EHLO"):
                self._say(s, "\r\n".join(["250-sink"] + ["250-" + e for e in self.extensions] + ["250 HELP"]))
            elif verb.startswith(b"AUTH"):
                self._say(s, "235 2.7.0 welcome")
            elif verb.startswith(b"MAIL FROM:"):
                sender, recipients = line[line.index(b"<") + 1:line.index(b">")].decode(), []
                self._say(s, self.refuse.get("MAIL", "250 2.1.0 ok"))
            elif verb.startswith(b"RCPT TO:"):
                to = line[line.index(b"<") + 1:line.index(b">")].decode()
                reply = self.refuse.get(to, "250 2.1.5 ok")
                if reply.startswith("2"):
                    recipients.append(to)
                self._say(s, reply)
            elif verb == b"DATA":
                if not recipients:
                    self._say(s, "554 5.5.1 no valid recipients")
                    continue
                self._say(s, "354 go")
                self._take(s, sender, recipients)
            elif verb == b"QUIT":
                self._say(s, "221 bye")
                return
            else:
                self._say(s, "250 ok")

    def _take(self, s, sender, recipients):
        data = b""
        while (line := self._line(s)) != b".":
            data += (line[1:] if line.startswith(b".") else line) + b"\r\n"
        if self.cut == "before-dot":
            raise Cut
        if self.final.startswith("2") and self.file:
            self.file(data)
        if self.final.startswith("2"):
            with self.changed:
                self.messages.append(Message(sender, recipients, data))
                self.changed.notify_all()
        self.at_end.set()
        if self.cut == "after-dot":
            raise Cut
        if self.delay:
            time.sleep(self.delay)
        self._say(s, self.final)
