"""The command line as a user drives it, against a real facteurd and a real Dovecot.

FACTEUR_BUILD   the build directory (default: build)
FACTEUR_E2E_MESSAGES, FACTEUR_E2E_KILLS, FACTEUR_E2E_CLIENTS   how much of it; the defaults keep the whole within minutes
"""
import fcntl
import json
import os
import pathlib
import pty
import random
import signal
import socket
import struct
import subprocess
import sys
import termios
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))

BUILD = pathlib.Path(os.environ.get("FACTEUR_BUILD") or ROOT / "build")
MESSAGES = int(os.environ.get("FACTEUR_E2E_MESSAGES", "2000"))
KILLS = int(os.environ.get("FACTEUR_E2E_KILLS", "5"))
CLIENTS = int(os.environ.get("FACTEUR_E2E_CLIENTS", "10"))
SAMPLES = ROOT / "samples" / "mailbox.mbox"


class Facteur:
    """One profile and the programs that work on it."""

    def __init__(self, directory):
        self.dir = pathlib.Path(directory)
        self.profile = self.dir / "profile"
        self.program = BUILD / "bin" / "facteur"
        self.watchers = []
        self.options = []
        self.env = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "FACTEUR_PROFILE", "NO_COLOR")}
        self.env["LANG"] = "C.UTF-8"
        self.env["TZ"] = "UTC"
        self.env["ASAN_OPTIONS"] = self.env["UBSAN_OPTIONS"] = f"log_path={self.dir}/sanitizer:detect_leaks=1"

    def command(self, *args):
        return [str(self.program), "--profile", str(self.profile), *self.options, *map(str, args)]

    def run(self, *args, status=0, input=None, timeout=120, env=None, text=True):
        """Runs a command to its end and expects this exit status (None: any)."""
        done = subprocess.run(self.command(*args), input=input, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout,
                              text=text, env={**self.env, **(env or {})}, stdin=None if input is not None else subprocess.DEVNULL)
        if status is not None:
            assert done.returncode == status, f"{args}: exit {done.returncode}\n{done.stdout!r}\n{done.stderr!r}"
        return done

    def out(self, *args, **more):
        return self.run(*args, **more).stdout

    def json(self, *args, **more):
        """The lines that a command prints with --json."""
        return [json.loads(line) for line in self.out("--json", *args, **more).splitlines()]

    def count(self, query=""):
        return int(self.out("count", query))

    def rpc(self, method, **params):
        return json.loads(self.out("--json", "rpc", method, json.dumps(params)))

    def pid(self):
        """The process of the facteurd that runs; None."""
        done = self.run("--no-start", "--json", "rpc", "Core/status", "{}", status=None)
        return json.loads(done.stdout)["pid"] if done.returncode == 0 else None

    def kill(self):
        """kill -9, and waits until it has gone."""
        pid = self.pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGKILL)
        for _ in range(1000):
            if not is_alive(pid) and not self.answers():
                return
            time.sleep(0.005)
        raise AssertionError(f"{pid} does not die")

    def answers(self):
        """Whether somebody listens: the last thread of a process closes its socket, after the first has gone."""
        with socket.socket(socket.AF_UNIX) as s:
            return s.connect_ex(str(self.profile / "rpc.sock")) == 0

    def log(self):
        path = self.profile / "facteurd.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def add_account(self, dovecot, user="alice", *more, status=0, password=None):
        return self.run("account", "add", f"{user}@example.org", "--user", user, "--source", f"imaps://localhost:{dovecot.imaps_port}",
                        "--ca", dovecot.ca, "--password-stdin", *more, input=(password or dovecot.password) + "\n", status=status)

    def watch(self, *args):
        w = Watcher(self, *args)
        self.watchers.append(w)
        return w

    def close(self):
        for w in self.watchers:
            w.close()
        self.watchers = []
        if self.profile.is_dir():
            self.run("stop", status=None)


def is_alive(pid):
    """Whether a process runs; one that only waits to be reaped does not."""
    try:
        stat = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


class Watcher:
    """`facteur --json watch` and the events that it prints."""

    def __init__(self, facteur, *args):
        self.process = subprocess.Popen(facteur.command("--json", "watch", *args), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                        env=facteur.env)
        os.set_blocking(self.process.stdout.fileno(), False)
        self.buffer = b""
        self.events = []
        self.wait_for(lambda e: e["event"] == "ready")

    def wait_for(self, fits, timeout=15):
        """The first event that fits, old or new."""
        deadline, looked_at = time.monotonic() + timeout, 0
        while True:
            for event in self.events[looked_at:]:
                if fits(event):
                    return event
            looked_at = len(self.events)
            piece = self.process.stdout.read()
            if piece:
                *lines, self.buffer = (self.buffer + piece).split(b"\n")
                self.events += [json.loads(line) for line in lines]
                continue
            assert self.process.poll() is None, "the watcher ended"
            assert time.monotonic() < deadline, f"no such event among {self.events}"
            time.sleep(0.01)

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        status = self.process.wait(10)
        self.process.stdout.close()
        return status


def assert_no_crash(facteur):
    """facteurd ends when it is told to, and no sanitizer has found anything."""
    facteur.close()
    reports = [p.read_text(errors="replace") for p in facteur.dir.glob("sanitizer.*")]
    assert reports == []


WORDS = ("harbour tide lantern gallery survey bridge choir organ barley kettle lemon winter signal ferry island map copper "
         "window paper orchard river stone candle letter garden market engine violin meadow pepper anchor saddle").split()


def make_message(i, rng):
    """A message like others: most of a few kB, some large."""
    size = min(int(rng.lognormvariate(7.5, 1.1)), 300_000)
    body, length = [], 0
    while length < size:
        line = " ".join(rng.choice(WORDS) for _ in range(10))
        body.append(line)
        length += len(line)
    when = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(1_700_000_000 + i * 60))
    return (f"Message-ID: <m{i}@e2e.example>\r\nDate: {when}\r\nFrom: Sender {i % 37} <s{i % 37}@example.org>\r\n"
            f"To: Alice <alice@example.org>\r\nSubject: {rng.choice(WORDS)} number {i}\r\n\r\n" + "\r\n".join(body) + "\r\n").encode()


def fill(dovecot, user, n, mailbox="INBOX", seed=1):
    """Delivers n messages; returns them by Message-ID."""
    rng = random.Random(seed)
    messages = {}
    for i in range(n):
        message = make_message(seed * 1_000_000 + i, rng)
        dovecot.deliver(user, message, mailbox, flags="S" if i % 3 else "")
        messages[f"m{seed * 1_000_000 + i}@e2e.example"] = message
    return messages


WAIT = 20


def wait_until(what, timeout=WAIT):
    deadline = time.monotonic() + timeout
    while not what():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


def message_ids(facteur):
    """Message-ID to Email id of everything."""
    found = {}
    for position in range(0, 10**6, 500):
        ids = facteur.rpc("Email/query", accountId="*", position=position, limit=500)["ids"]
        if not ids:
            return found
        for email in facteur.rpc("Email/get", accountId="*", ids=ids, properties=["messageId"])["list"]:
            key = (email["messageId"] or ["?"])[0]
            assert key not in found, f"{key} is here twice"
            found[key] = email["id"]


def assert_all_there(facteur, messages, sample=40):
    ids = message_ids(facteur)
    assert ids.keys() == messages.keys()
    step = max(1, len(ids) // sample)
    for key in sorted(ids)[::step]:
        assert facteur.run("show", ids[key], "--raw", text=False).stdout == messages[key]


def no_secret_in_logs(facteur, *secrets):
    """In nothing that the profile holds but the file that is there for it."""
    for path in facteur.profile.rglob("*"):
        if path.is_file() and path.name != "secrets":
            data = path.read_bytes()
            for secret in secrets:
                assert secret.encode() not in data, path


def on_terminal(f, *args, columns=80, env=None):
    """What a command writes to a terminal."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(f.command(*args), stdin=follower, stdout=follower, stderr=subprocess.DEVNULL,
                               env={**f.env, "TERM": "xterm", **(env or {})})
    os.close(follower)
    out = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:
            break
        if not piece:
            break
        out += piece
    os.close(leader)
    process.wait(30)
    return out.decode()


class Dialogue:
    """A command that has a terminal of its own, and what is said there."""

    def __init__(self, f, *args, columns=80):
        self.pid, self.fd = pty.fork()
        size = struct.pack("HHHH", 24, columns, 0, 0)
        if self.pid == 0:  # before it looks
            fcntl.ioctl(0, termios.TIOCSWINSZ, size)
            os.execve(f.program, f.command(*args), {**f.env, "TERM": "xterm"})
        self.raw, self.out = b"", ""
        os.set_blocking(self.fd, False)

    def read(self):
        """All that is there; a terminal gives some kilobytes at a time, and may end within a character."""
        try:
            while piece := os.read(self.fd, 65536):
                self.raw += piece
        except OSError:
            pass
        self.out = self.raw.decode(errors="replace")

    def wait_for(self, text):
        def arrived():
            self.read()
            return text in self.out
        wait_until(arrived)

    def type(self, text):
        os.write(self.fd, text.encode())

    def echoes(self):
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self):
        """How it ended: the exit status, or minus the signal."""
        ended = []

        def over():
            self.read()
            ended[:] = os.waitpid(self.pid, os.WNOHANG)
            return ended[0] != 0
        wait_until(over, 60)
        self.read()
        os.close(self.fd)
        return os.waitstatus_to_exitcode(ended[1])
