"""A facteurd under measurement: started, spoken to over its socket, stopped."""
import json
import os
import socket
import subprocess
import time


class Core:
    def __init__(self, build, profile, log_level="warn", env=None):
        self.build, self.profile, self.log_level, self.env = build, profile, log_level, env
        self.process = None
        self.socket = None
        self.n = 0

    def start(self):
        """Returns the seconds from the start to the first answer."""
        path = os.path.join(self.profile, "rpc.sock")
        os.makedirs(self.profile, exist_ok=True, mode=0o700)
        began = time.monotonic()
        with open(os.path.join(self.profile, "stderr"), "ab") as err:
            self.process = subprocess.Popen([os.path.join(self.build, "bin", "facteurd"), "--profile", self.profile, "--log-level", self.log_level],
                                            stdin=subprocess.DEVNULL, stdout=err, stderr=err, env=self.env)
        while True:
            self.socket = socket.socket(socket.AF_UNIX)
            try:
                self.socket.connect(path)
                self.buffer = b""
                self.call("Core/echo", {"hello": True})
                return time.monotonic() - began
            except (FileNotFoundError, ConnectionRefusedError):
                self.socket.close()
                if self.process.poll() is not None or time.monotonic() - began > 20:
                    raise RuntimeError("facteurd does not start")
                time.sleep(0.001)

    @property
    def pid(self):
        return self.process.pid

    def send(self, text):
        self.socket.sendall(text.encode() + b"\n")

    def line(self):
        while b"\n" not in self.buffer:
            data = self.socket.recv(1 << 20)
            if not data:
                raise RuntimeError("facteurd closed the connection")
            self.buffer += data
        line, _, self.buffer = self.buffer.partition(b"\n")
        return line

    def answer(self):
        while True:
            message = json.loads(self.line())
            if isinstance(message, list) or "id" in message:
                return message

    def call(self, method, params):
        self.n += 1
        self.send(json.dumps({"jsonrpc": "2.0", "id": self.n, "method": method, "params": params}))
        message = self.answer()
        if "error" in message:
            raise RuntimeError(f"{method}: {message['error']}")
        return message["result"]

    def batch(self, calls):
        self.send(json.dumps([{"jsonrpc": "2.0", "id": i, "method": m, "params": p} for i, m, p in calls]))
        return self.answer()

    def add_account(self, address, source, password, ca=None, settings=None):
        settings = {**(settings or {}), **({"caFile": ca} if ca else {})}
        made = self.call("Account/set", {"create": {"k": {"address": address, "name": address, "source": source, "settings": settings,
                                                         "password": password}}})
        if "k" not in (made.get("created") or {}):
            raise RuntimeError(f"Account/set: {made}")
        return made["created"]["k"]["id"]

    def count(self):
        """The messages that are here."""
        return self.call("Email/query", {"accountId": "*", "filter": None, "calculateTotal": True, "limit": 1})["total"]

    def sync(self):
        """Syncs and waits; the task's result."""
        task, pause = self.call("Account/sync", {})["taskId"], 0.0005
        while True:
            got = self.call("Task/get", {"ids": [task]})["list"][0]
            if got["state"] != "running":
                if got["state"] != "done":
                    raise RuntimeError(f"sync: {got}")
                return got["result"]
            time.sleep(pause)
            pause = min(pause * 1.3, 0.02)

    def stop(self):
        if self.process:
            self.socket.close()
            self.process.terminate()
            self.process.wait(60)
            self.process = None
