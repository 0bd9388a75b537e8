"""The servers that part_jmap asks, each as it is reached: JMAP over HTTP, or facteurd's socket. All of them are asked the same
calls; `load` has jmap_load ask them, in a process of its own."""
import base64
import http.client
import json
import os
import re
import subprocess
import tempfile

USING = ["urn:ietf:params:jmap:core", "urn:ietf:params:jmap:mail"]


class Side:
    """account, mailbox: the ids there, set by whoever fills it."""

    account = mailbox = None
    processes = list   # whose CPU it takes: a function that gives pids
    target = None      # for jmap_load

    def __init__(self, build):
        self.program = os.path.join(build, "tests", "jmap_load")

    def ask(self, *calls):
        """The results of [method, arguments], arguments without accountId."""
        raise NotImplementedError

    def request(self, *calls):
        """The same as bytes for jmap_load."""
        raise NotImplementedError

    def complete(self, calls):
        return [(method, {"accountId": self.account, **arguments}) for method, arguments in calls]

    def load(self, requests, connections=1, seconds=0.0):
        """{"n", "seconds", "p50", ...}: for so long, or each once."""
        return self._run(requests, connections, seconds, [])

    def answers(self, requests, connections=1):
        """Each once: (the figures, the bodies in the requests' order)."""
        with tempfile.NamedTemporaryFile() as f:
            figures = self._run(requests, connections, 0, [f.name])
            bodies = {}
            while line := f.readline():
                number, length = map(int, line.split())
                bodies[number] = f.read(length)
        return figures, [bodies[n] for n in range(len(requests))]

    def _run(self, requests, connections, seconds, more):
        done = subprocess.run([self.program, self.target, str(connections), str(seconds), *more], stdout=subprocess.PIPE, check=True,
                              input=b"".join(b"%d\n%s" % (len(r), r) for r in requests))
        return json.loads(done.stdout)


class Http(Side):
    """api, upload: paths; headers: what lets us in."""

    def __init__(self, build, host, port, headers):
        super().__init__(build)
        self.host, self.port, self.headers = host, port, headers
        self.target = f"{host}:{port}"
        self.session_path, self.connection = "/.well-known/jmap", http.client.HTTPConnection(host, port)
        session = self.session()
        self.account = session["primaryAccounts"]["urn:ietf:params:jmap:mail"]
        self.api = self.path(session["apiUrl"])
        self.upload_path = self.path(session["uploadUrl"]).replace("{accountId}", self.account)

    def move_to(self, server):
        """The same server, started again on another port."""
        self.connection.close()
        self.host, self.port, self.target = server.host, server.port, f"{server.host}:{server.port}"
        self.connection = http.client.HTTPConnection(server.host, server.port)

    def path(self, url):
        return "/" + url.split("/", 3)[3] if "://" in url else url

    def http(self, method, path, body=None, kind="application/json"):
        self.connection.request(method, path, body, {**self.headers, "Content-Type": kind})
        answer = self.connection.getresponse()
        said = answer.read()
        if answer.status in (301, 302, 307, 308):
            self.session_path = self.path(answer.headers["Location"])
            return self.http(method, self.session_path, body, kind)
        if answer.status // 100 != 2:
            raise RuntimeError(f"{method} {path}: {answer.status} {said[:500]}")
        return json.loads(said)

    def session(self):
        return self.http("GET", self.session_path)

    def body(self, calls):
        return json.dumps({"using": USING, "methodCalls": [[m, a, f"{n}"] for n, (m, a) in enumerate(self.complete(calls))]})

    def ask(self, *calls):
        responses = self.http("POST", self.api, self.body(calls))["methodResponses"]
        for (method, _), (said, result, _) in zip(calls, responses):
            if said != method:
                raise RuntimeError(f"{method}: {said} {result}")
        return [r[1] for r in responses]

    def raw(self, method, path, body=b"", kind="application/json"):
        head = "".join(f"{k}: {v}\r\n" for k, v in {"Host": self.target, **self.headers, "Content-Type": kind,
                                                      "Content-Length": len(body)}.items())
        return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + body

    def request(self, *calls):
        return self.raw("POST", self.api, self.body(calls).encode())

    def session_request(self):
        return self.raw("GET", self.session_path)

    def upload_request(self, message):
        return self.raw("POST", self.upload_path, message, "message/rfc822")

    def blob_id(self, answer):
        return json.loads(answer)["blobId"]


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(core):
    """A token with all that a client of mail needs."""
    made = core.call("Token/set", {"create": {"k": {"name": "bench", "scopes": ["read", "triage", "draft"]}}})
    return {"Authorization": f"Bearer {made['created']['k']['secret']}"}


def cpu(pids):
    """Milliseconds that these processes have used, in ticks of 10 ms."""
    ticks = 0
    for pid in pids:
        try:
            with open(f"/proc/{pid}/stat") as f:
                ticks += sum(map(int, f.read().rsplit(")", 1)[1].split()[11:13]))
        except FileNotFoundError:
            pass   # has ended meanwhile
    return ticks * 1000 / os.sysconf("SC_CLK_TCK")


def session_of(pid):
    """The processes of the session that `pid` leads."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getsid(int(name)) == pid:
                found.append(int(name))
        except ProcessLookupError:
            pass
    return found


class Bridge:
    """facteur-bridge in front of a core, on a free port."""

    def __init__(self, build, core):
        self.process = subprocess.Popen([self.path(build), "--profile", core.profile, "--listen", "127.0.0.1:0", "--log-level", "warning"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True)
        said = self.process.stdout.readline()
        found = re.match(r"facteur-bridge: listening on http://(.*):(\d+) ", said)
        if not found:
            raise RuntimeError(f"facteur-bridge does not start: {said}")
        self.host, self.port = found[1], int(found[2])

    @staticmethod
    def path(build):
        return os.path.join(build, "bin", "facteur-bridge")

    def stop(self):
        self.process.terminate()
        self.process.wait(20)
        self.process.stdout.close()


class Socket(Side):
    """facteurd without a bridge in front: what of the time is not the bridge's."""

    def __init__(self, build, core):
        super().__init__(build)
        self.core, self.target = core, "unix:" + os.path.join(core.profile, "rpc.sock")

    def batch(self, calls):
        def reference(v):
            return {k: dict(w, resultOf=int(w["resultOf"])) if k.startswith("#") else w for k, w in v.items()}
        return [(n, m, reference(a)) for n, (m, a) in enumerate(self.complete(calls))]

    def ask(self, *calls):
        answers = self.core.batch(self.batch(calls))
        for a in answers:
            if "error" in a:
                raise RuntimeError(f"{a['error']}")
        return [a["result"] for a in answers]

    def request(self, *calls):
        texts = [{"jsonrpc": "2.0", "id": n, "method": m, "params": p} for n, m, p in self.batch(calls)]
        return json.dumps(texts if len(texts) > 1 else texts[0]).encode() + b"\n"

    def session_request(self):
        return json.dumps({"jsonrpc": "2.0", "id": 0, "method": "Session/get", "params": {}}).encode() + b"\n"

    def upload_request(self, message):
        create = {"k": {"data": [{"data:asBase64": base64.b64encode(message).decode()}], "type": "message/rfc822"}}
        return self.request(("Blob/upload", {"create": create}))

    def blob_id(self, answer):
        return json.loads(answer)["result"]["created"]["k"]["id"]
