"""The daemon through its socket. Every answer of the run is held against the schema of its method, and a method that no
test calls fails the run (test_rpc_zz_schema.py).

FACTEUR_SEEN: a directory in which each process of a run writes down what it has seen, and where test_rpc_zz_schema.py finds what
those before it have."""
import copy
import json
import os
import pathlib
import sys
import uuid

import jsonschema
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from client import BUILD, Client, Daemon  # noqa: E402
from strict import closed  # noqa: E402

DOCUMENT = BUILD / "api" / "gen" / "openrpc.json"
SEEN = pathlib.Path(os.environ["FACTEUR_SEEN"]) if os.environ.get("FACTEUR_SEEN") else None
NOT_DONE = ("notCreated", "notUpdated", "notDestroyed", "notCopied", "notSent")  # what holds SetErrors
CODES = {-32700, -32600, -32601, -32602, -32603, -32000}


class Watcher:
    """Sees all traffic."""

    def __init__(self, document):
        self.document = document
        components = {"components": closed(copy.deepcopy(document["components"]))}
        resolver = jsonschema.RefResolver("", components)

        def validator(schema):
            return jsonschema.Draft202012Validator(closed(schema), resolver=resolver)

        self.results = {m["name"]: validator(m["result"]["schema"]) for m in document["methods"]}
        self.events = {n: validator(e["params"]) for n, e in document["x-events"].items()}
        self.error_types = {m["name"]: {e["data"]["type"] for e in m["errors"]} for m in document["methods"]}
        self.set_error_types = {m["name"]: set(m.get("x-setErrors", [])) for m in document["methods"]}
        self.called = set()     # methods that gave a result
        self.failed = set()     # (method, error type)
        self.refused = set()    # (method, type of a SetError)
        self.notified = set()
        self.files = set()      # of tests that ran
        self.has_failed = False
        self.problems = []

    def seen(self):
        return {"called": sorted(self.called), "failed": sorted(map(list, self.failed), key=str), "refused": sorted(map(list, self.refused)),
                "notified": sorted(self.notified),
                "files": sorted(self.files), "hasFailed": self.has_failed}

    def add(self, seen):
        self.called |= set(seen["called"])
        self.failed |= set(map(tuple, seen["failed"]))
        self.refused |= set(map(tuple, seen["refused"]))
        self.notified |= set(seen["notified"])
        self.files |= set(seen["files"])
        self.has_failed |= seen["hasFailed"]

    def __call__(self, method, message):
        if method is None:
            self.notified.add(message["method"])
            self.validate(self.events[message["method"]], message["params"], message["method"])
        elif "error" in message:
            self.check_error(method, message["error"])
        elif method in self.results:
            self.called.add(method)
            self.validate(self.results[method], message["result"], method)
            self.add_refused(method, message["result"])

    def add_refused(self, method, result):
        for name in NOT_DONE:
            for e in (result.get(name) or {}).values():
                self.refused.add((method, e["type"]))
        for name, of_implicit, *_ in result.get("implicit") or []:
            if name in self.results:
                self.add_refused(name, of_implicit)

    def validate(self, validator, value, name):
        for e in validator.iter_errors(value):
            self.problems.append(f"{name}: {'/'.join(map(str, e.path))}: {e.message[:300]}")

    def check_error(self, method, error):
        data = error.get("data", {})
        self.failed.add((method, data.get("type")))
        if error["code"] not in CODES or not isinstance(error["message"], str):
            self.problems.append(f"{method}: error {error}")
        if error["code"] == -32000 and not (isinstance(data.get("type"), str) and isinstance(data.get("description"), str)):
            self.problems.append(f"{method}: an error without type and description: {error}")


@pytest.fixture(scope="session")
def document():
    return json.loads(DOCUMENT.read_text())


@pytest.fixture(scope="session", autouse=True)
def watcher(document):
    w = Watcher(document)
    yield w
    if SEEN:
        SEEN.mkdir(parents=True, exist_ok=True)
        (SEEN / f"{uuid.uuid4().hex}.json").write_text(json.dumps(w.seen()))


@pytest.fixture
def seen_before():
    """What other processes of this run have seen."""
    return [json.loads(p.read_text()) for p in SEEN.glob("*.json")] if SEEN else []


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item):
    report = (yield).get_result()
    if "watcher" in getattr(item, "funcargs", ()):
        w = item.funcargs["watcher"]
        w.files.add(item.path.name)
        w.has_failed |= report.failed


@pytest.fixture(autouse=True)
def answers_fit_the_schema(watcher):
    Client.observer = watcher
    yield
    Client.observer = None
    problems, watcher.problems = watcher.problems, []
    assert not problems, "\n".join(problems[:10])


@pytest.fixture
def daemon(tmp_path):
    with Daemon(tmp_path / "profile") as d:
        yield d


@pytest.fixture
def client(daemon):
    with daemon.client() as c:
        yield c


@pytest.fixture(scope="session")
def shared_daemon(tmp_path_factory):
    """For tests that change nothing."""
    with Daemon(tmp_path_factory.mktemp("shared") / "profile") as d:
        yield d


@pytest.fixture
def reader(shared_daemon):
    with shared_daemon.client() as c:
        yield c
