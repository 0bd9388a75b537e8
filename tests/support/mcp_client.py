"""A Model Context Protocol client on stdio that behaves as the official Python SDK does, and checks what a server must keep to.

    with McpClient(["facteur", "mcp"]) as c:
        c.initialize()
        c.tool("search_mail", query="hello")["messages"]

Requests carry increasing ids; answers may come in any order, notifications between them. Every line must be one JSON-RPC message; the result
of a tool must fit its outputSchema, as the SDK demands.
"""
import json
import queue
import subprocess
import threading
import time

import jsonschema


class McpError(Exception):
    def __init__(self, error):
        super().__init__(json.dumps(error))
        self.code, self.message = error["code"], error["message"]


class ToolError(Exception):
    pass


class McpClient:
    def __init__(self, command, env=None):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env)
        self.lines, self.notifications, self.answers, self.next_id = queue.Queue(), [], {}, 0
        self.tools, self.errors = {}, b""
        self.threads = [threading.Thread(target=self._read, daemon=True), threading.Thread(target=self._read_errors, daemon=True)]
        for t in self.threads:
            t.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """As the specification asks for: the input is closed, and the server ends by itself."""
        if not self.process.stdin.closed:
            self.process.stdin.close()
        try:
            self.status = self.process.wait(20)
        finally:
            self.process.kill()
            self.process.wait()
            for t in self.threads:
                t.join(10)
            self.process.stdout.close()
            self.process.stderr.close()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors += line

    # ---- messages ----

    def send_raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        self.send_raw(json.dumps(message).encode() + b"\n")

    def read(self, timeout=20):
        """The next message, whatever it is."""
        line = self.lines.get(timeout=timeout)
        assert line is not None, f"the server has ended: {self.errors.decode()}"
        message = json.loads(line)
        for one in message if isinstance(message, list) else [message]:
            assert one["jsonrpc"] == "2.0" and ("method" in one) != (("result" in one) or ("error" in one)), one
        return message

    def request(self, method, params=None, meta=None):
        """Sends it; its id."""
        id, self.next_id = self.next_id, self.next_id + 1
        params = dict(params or {}, **({"_meta": meta} if meta else {}))
        self.send({"jsonrpc": "2.0", "id": id, "method": method, **({"params": params} if params else {})})
        return id

    def notify(self, method, **params):
        self.send({"jsonrpc": "2.0", "method": method, **({"params": params} if params else {})})

    def wait(self, id, timeout=20):
        end = time.monotonic() + timeout
        while id not in self.answers:
            message = self.read(max(0.01, end - time.monotonic()))
            if "method" in message:
                self.notifications.append(message)
            else:
                self.answers[message["id"]] = message
        answer = self.answers.pop(id)
        if "error" in answer:
            raise McpError(answer["error"])
        return answer["result"]

    def call(self, method, **params):
        return self.wait(self.request(method, params))

    # ---- the life of a session ----

    def initialize(self, version="2025-06-18"):
        r = self.call("initialize", protocolVersion=version, capabilities={"roots": {"listChanged": True}, "sampling": {}},
                      clientInfo={"name": "mcp", "version": "0.1.0"})
        self.version = r["protocolVersion"]
        self.notify("notifications/initialized")
        self.tools = {t["name"]: t for t in self.call("tools/list")["tools"]}
        for t in self.tools.values():
            jsonschema.Draft202012Validator.check_schema(t["inputSchema"])
            assert t["inputSchema"]["type"] == "object"
        return r

    def result(self, name, r):
        assert all(c["type"] == "text" for c in r["content"]) and r["content"]
        if r.get("isError"):
            raise ToolError(r["content"][0]["text"])
        if self.version != "2025-06-18":
            assert "structuredContent" not in r
            return json.loads(r["content"][-1]["text"])
        jsonschema.validate(r["structuredContent"], self.tools[name]["outputSchema"])
        assert json.loads(r["content"][-1]["text"]) == r["structuredContent"]
        return r["structuredContent"]

    def tool(self, tool, **arguments):
        return self.result(tool, self.call("tools/call", name=tool, arguments=arguments))
