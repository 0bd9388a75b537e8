"""facteurd and its socket, for tests in Python: standard library only (and jsonschema where answers are checked).

    with Daemon(profile) as d, d.client() as c:
        c.call("Mailbox/get", accountId="*")["list"]
        c.batch(("Email/query", {"query": "is:unread"}), ("Email/get", {"#ids": ref(0, "Email/query", "/ids")}))

Every answer is handed to `Client.observer(method, message)`, when one is set.
"""
import array
import json
import os
import pathlib
import select
import signal
import socket
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("FACTEUR_BUILD") or ROOT / "build")
FACTEURD = BUILD / "bin" / "facteurd"
SANITIZED = FACTEURD.exists() and b"__asan_init" in FACTEURD.read_bytes()


class RpcError(Exception):
    def __init__(self, error):
        super().__init__(json.dumps(error, ensure_ascii=False))
        self.error = error
        self.code = error["code"]
        self.data = error.get("data", {})
        self.type = self.data.get("type")


def ref(result_of, name, path):
    """A reference to an earlier result of a batch; its calls are numbered from 0."""
    return {"resultOf": result_of, "name": name, "path": path}


class Client:
    observer = None  # for all clients: called with (method or None, message)

    def __init__(self, path, timeout=30):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(path))  # blocking: with a timeout a full backlog would be an error at once
        self.sock.settimeout(timeout)
        self.buffer = b""
        self.fds = []
        self.notifications = []
        self.next_id = 1

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for fd in self.fds:
            os.close(fd)
        self.fds = []
        self.sock.close()

    # ---- lines -----------------------------------------------------------------------------------------------

    def send_raw(self, data):
        self.sock.sendall(data)

    def send(self, value):
        self.send_raw(json.dumps(value, ensure_ascii=False).encode() + b"\n")

    def read_line(self, timeout=None):
        """The next line without its end; None when the daemon has closed."""
        if timeout is not None:
            self.sock.settimeout(timeout)
        while b"\n" not in self.buffer:
            data, control, _, _ = self.sock.recvmsg(1 << 16, socket.CMSG_SPACE(16 * 4))
            for level, kind, payload in control:
                if level == socket.SOL_SOCKET and kind == socket.SCM_RIGHTS:
                    fds = array.array("i")
                    fds.frombytes(payload[:len(payload) - len(payload) % fds.itemsize])
                    self.fds += list(fds)
            if not data:
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def read(self, timeout=None):
        """The next message that is no notification; those are kept in self.notifications."""
        while True:
            line = self.read_line(timeout)
            if line is None:
                raise ConnectionError("facteurd has closed the connection")
            message = json.loads(line)
            if isinstance(message, dict) and "method" in message:
                self._observe(None, message)
                self.notifications.append(message)
                continue
            return message

    def notification(self, method, timeout=10):
        """The next notification of that name, those before it included in self.notifications."""
        end = time.monotonic() + timeout
        while True:
            for i, n in enumerate(self.notifications):
                if n["method"] == method:
                    return self.notifications.pop(i)["params"]
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no {method} within {timeout} s")
            line = self.read_line(left)
            message = json.loads(line)
            assert "method" in message, f"an answer that nobody asked for: {message}"
            self._observe(None, message)
            self.notifications.append(message)

    def is_quiet(self, seconds):
        """Whether nothing comes for so long."""
        return not self.buffer and not select.select([self.sock], [], [], seconds)[0]

    @staticmethod
    def _observe(method, message):
        if Client.observer:
            Client.observer(method, message)

    # ---- calls -----------------------------------------------------------------------------------------------

    def request(self, method, params=None, id=None):
        if id is None:
            id, self.next_id = self.next_id, self.next_id + 1
        out = {"jsonrpc": "2.0", "method": method, "id": id}
        if params is not None:
            out["params"] = params
        return out

    def answer(self, method, params=None):
        """The whole answer: {"jsonrpc", "result" or "error", "id"}."""
        request = self.request(method, params)
        self.send(request)
        message = self.read()
        self._observe(method, message)
        assert message["id"] == request["id"]
        return message

    def call(self, method, **params):
        message = self.answer(method, params)
        if "error" in message:
            raise RpcError(message["error"])
        return message["result"]

    def batch_answers(self, *calls):
        requests = [self.request(m, p, id=str(i)) for i, (m, p) in enumerate(calls)]
        for r in requests:  # references by number, as strings like the ids
            for v in r.get("params", {}).values():
                if isinstance(v, dict) and isinstance(v.get("resultOf"), int):
                    v["resultOf"] = str(v["resultOf"])
        self.send(requests)
        messages = self.read()
        for (method, _), message in zip(calls, messages):
            self._observe(method, message)
        assert [m["id"] for m in messages] == [r["id"] for r in requests]
        return messages

    def batch(self, *calls):
        """The results of all calls; RpcError for the first that failed."""
        out = []
        for message in self.batch_answers(*calls):
            if "error" in message:
                raise RpcError(message["error"])
            out.append(message["result"])
        return out


class Daemon:
    """A facteurd on a profile of its own."""

    def __init__(self, profile, *args, env=None):
        self.profile = pathlib.Path(profile)
        self.socket = self.profile / "rpc.sock"
        self.args = [str(FACTEURD), "--profile", str(self.profile), *map(str, args)]
        self.env = {**os.environ, "TZ": "UTC", "LANG": "C.UTF-8", **(env or {})}
        if SANITIZED:
            self.env["FACTEUR_DEBUG"] = "1"  # the leak check at the end traces the process
        self.process = None

    def start(self, timeout=20):
        self.process = subprocess.Popen(self.args, env=self.env, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        end = time.monotonic() + timeout
        while True:
            try:
                Client(self.socket).close()
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    raise RuntimeError(f"facteurd did not start: {self.process.stderr.read().decode(errors='replace')}") from None
                time.sleep(0.002)

    def client(self, **more):
        return Client(self.socket, **more)

    def stop(self, timeout=20):
        """SIGTERM and the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.errors = self.process.communicate(timeout=timeout)[1].decode(errors="replace")
        assert "Sanitizer" not in self.errors and "runtime error" not in self.errors, self.errors[-5000:]
        return self.process.returncode

    def kill(self):
        self.process.kill()
        self.errors = self.process.communicate()[1].decode(errors="replace")

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        if self.process.poll() is None:
            try:
                assert self.stop() == 0, self.errors[-5000:]
            except subprocess.TimeoutExpired:
                self.kill()
                raise
        elif not hasattr(self, "errors"):
            self.process.communicate()
