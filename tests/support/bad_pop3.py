"""A POP3 server that is as bad as a test wants it: plain code on a thread for each connection.

    with BadPop3() as s:
        s.deliver(b"Subject: hello\\r\\n\\r\\nhello\\r\\n")
        s.uidl = lambda number, message: "same"           every message has the same UIDL
        s.retr[s.messages[1]] = b"-ERR no\\r\\n"            instead of that message
        ... pop3://alice@127.0.0.1:PORT?tls=none, any password

What was asked is in s.commands, what is there in s.messages. Deleted messages go with QUIT, as RFC 1939 says, unless s.quit says
otherwise.
"""
import hashlib
import socket
import threading


class Cut(Exception):
    """The server hangs up."""


class Message:
    count = 0

    def __init__(self, data):
        Message.count += 1
        self.data = data
        self.uidl = f"u{Message.count}-{hashlib.sha1(data).hexdigest()[:8]}"

    @property
    def header(self):
        return self.data.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def stuffed(data):
    """As it goes over the wire, without the final dot."""
    return b"\r\n".join(b"." + line if line.startswith(b".") else line for line in data.split(b"\r\n"))


class BadPop3:
    host = "127.0.0.1"

    def __init__(self):
        self.messages = []
        self.capabilities = ["USER", "UIDL", "TOP", "PIPELINING", "RESP-CODES"]  # None: CAPA is not known
        self.uidl = lambda number, message: message.uidl    # None: -ERR
        self.size = lambda number, message: len(message.data)
        self.top = True
        self.answers = {}            # a command: bytes to send instead of its answer, or a function of the session
        self.retr = {}               # a message: the same
        self.quit = "ok"             # "cut": hangs up without deleting, "deaf": deletes and hangs up, "err": neither deletes
        self.commands = []
        self.lock = threading.Lock()
        self.listener = socket.create_server((self.host, 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.connections = []
        self.n_sessions = 0

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for c in self.connections:
            try:
                c.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    @property
    def url(self):
        return f"pop3://alice@{self.host}:{self.port}?tls=none"

    def deliver(self, *data):
        with self.lock:
            self.messages += [Message(d) for d in data]

    def asked(self, verb):
        return [c for c in self.commands if c.split()[0] == verb]

    # ---- sessions ----------------------------------------------------------------------------------------------

    def _accept(self):
        while True:
            try:
                conn, _ = self.listener.accept()
            except OSError:
                return
            self.connections.append(conn)
            threading.Thread(target=self._run, args=(conn,), daemon=True).start()

    def _run(self, conn):
        try:
            with conn:
                self.n_sessions += 1
                _Session(self, conn).run()
        except (Cut, OSError):
            pass


class _Session:
    def __init__(self, server, conn):
        self.s = server
        self.conn = conn
        self.input = conn.makefile("rb")
        self.deleted = set()

    def send(self, data):
        self.conn.sendall(data)

    def lines(self, first, lines):
        self.send(first + b"".join(line + b"\r\n" for line in lines) + b".\r\n")

    def run(self):
        self.send(b"+OK ready\r\n")
        with self.s.lock:
            self.there = list(self.s.messages)
        for line in self.input:
            command = line.decode().strip()
            self.s.commands.append(command)
            instead = self.s.answers.get(command)
            if command.startswith("RETR "):
                instead = self.s.retr.get(self.message(command[5:]), instead)
            if callable(instead):
                instead(self)
            elif instead is not None:
                self.send(instead)
            elif not self.answer(*command.split()):
                return

    def message(self, number):
        i = int(number) - 1
        return self.there[i] if 0 <= i < len(self.there) and i not in self.deleted else None

    def listing(self, value):
        return [f"{i + 1} {value(i + 1, m)}".encode() for i, m in enumerate(self.there) if i not in self.deleted]

    def answer(self, verb, *args):
        s = self.s
        if verb == "CAPA" and s.capabilities is not None:
            self.lines(b"+OK\r\n", [c.encode() for c in s.capabilities])
        elif verb in ("USER", "PASS", "NOOP"):
            self.send(b"+OK\r\n")
        elif verb == "STAT":
            self.send(f"+OK {len(self.there)} {sum(s.size(i + 1, m) for i, m in enumerate(self.there))}\r\n".encode())
        elif verb == "LIST":
            self.lines(b"+OK\r\n", self.listing(s.size))
        elif verb == "UIDL" and s.uidl:
            self.lines(b"+OK\r\n", self.listing(s.uidl))
        elif verb == "RETR" and self.message(args[0]):
            self.send(b"+OK\r\n" + stuffed(self.message(args[0]).data) + b".\r\n")
        elif verb == "TOP" and s.top and self.message(args[0]):
            self.send(b"+OK\r\n" + stuffed(self.message(args[0]).header) + b".\r\n")
        elif verb == "DELE" and self.message(args[0]):
            self.deleted.add(int(args[0]) - 1)
            self.send(b"+OK\r\n")
        elif verb == "QUIT":
            self.quit()
            return False
        else:
            self.send(b"-ERR what?\r\n")
        return True

    def quit(self):
        how = self.s.quit
        if how == "cut" and self.deleted:
            raise Cut
        if how == "err" and self.deleted:
            self.send(b"-ERR some deleted messages not removed\r\n")
            return
        with self.s.lock:
            gone = {id(self.there[i]) for i in self.deleted}
            self.s.messages = [m for m in self.s.messages if id(m) not in gone]
        if how == "deaf" and self.deleted:
            raise Cut
        self.send(b"+OK bye\r\n")


def cut_in_the_middle(session):
    session.send(b"+OK\r\nSubject: half\r\n\r\nhalf of it")
    raise Cut
