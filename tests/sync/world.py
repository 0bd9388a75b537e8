"""One account on a real server: facteurd, a proxy on the way, another program, and a model of what both sides shall hold.

    with World(server, "u1") as w:
        w.begin(INBOX=["m1", "m2"])         messages on the server, the account added, synchronised
        w.flag(["m1"], add=["$flagged"])    through the API; the model follows
        w.theirs.store("INBOX", ["m2"], add=["$seen"]); w.model.store(...)
        w.check()                           until it is quiet, then both sides against the model, and a sync that has no work

Ours are calls with an idempotency key: if facteurd dies meanwhile, it is started again and the call is made again, so the model
always knows what was done.
"""
import base64
import contextlib
import itertools
import os
import pathlib
import shutil
import sys
import tempfile
import time
import uuid

HERE = pathlib.Path(__file__).resolve().parent
for _folder in ("support", "rpc"):
    sys.path.insert(0, str(HERE.parent / _folder))

import model as models  # noqa: E402
from client import BUILD, Daemon, RpcError  # noqa: E402
from peer import message_of  # noqa: E402
from proxy import Proxy  # noqa: E402

FAULT = BUILD / "tests" / "fault.so"
QUIET = 60          # seconds after which a world that is not quiet never will be
RESTARTS_MAX = 50   # of one call
# So many worlds of one test at the same time; none beside it where the tests themselves run at the same time.
AT_ONCE = 1 if os.environ.get("PYTEST_XDIST_WORKER") else max(3, os.cpu_count() or 2)
_numbers = itertools.count(1)


def fresh_user():
    return f"u{os.getpid()}x{next(_numbers)}"


class World:
    def __init__(self, server, user=None, hide=("COMPRESS=DEFLATE",), profile=None):
        self.server, self.user = server, user or fresh_user()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="fct-sync-", dir=os.environ.get("TMPDIR", "/tmp")))
        self.proxy = Proxy(server.host, server.imap_port, hide)
        self.profile = pathlib.Path(profile or self.dir / "profile")
        self.daemon = Daemon(self.profile, "--log-level", "debug")
        self.client = self.account = None
        self.peer = None
        self.model = models.Model()
        self.deaths = 0
        self.env = {}          # of the next facteurd
        self.ends = (-9, 0)    # how it may end
        self.is_patient = False  # calls may fail for a while, see struggle()
        self.troubles = []
    # ---- life ------------------------------------------------------------------------------------------------

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.proxy.hook = None
        with contextlib.suppress(Exception):
            self.peer.close()
        if self.client:
            self.client.close()
        if self.daemon.process:
            if self.daemon.process.poll() is None:
                self.daemon.kill()
            else:
                self.daemon.process.communicate()
        self.proxy.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    @property
    def theirs(self):
        if self.peer is None:
            self.peer = self.server.peer(self.user)
        return self.peer

    def forget_peer(self):
        """Another connection takes its place."""
        with contextlib.suppress(Exception):
            self.peer.close()
        self.peer = None

    def start(self):
        self.daemon.env = {**self.daemon.env, **self.env}
        for name in [n for n in self.daemon.env if n.startswith("FAULT_") or n == "LD_PRELOAD"]:
            if name not in self.env:
                del self.daemon.env[name]
        try:
            self.daemon.start()
        except RuntimeError as e:
            if self.daemon.process.returncode == -9:  # a hook of the proxy has killed it before anybody else could talk to it
                self.daemon.process.stderr.close()
                self.start()
                return
            # It may refuse to start on a bad disk, in an orderly way.
            if not self.is_patient or not self.env or self.daemon.process.returncode <= 0:
                raise
            self.daemon.process.stderr.close()
            self.troubles.append(e)
            self.env = {}
            self.start()
            return
        self.client = self.daemon.client(timeout=QUIET)

    def stop(self):
        self.client.close()
        assert self.daemon.stop() == 0, self.daemon.errors[-3000:]

    def kill(self):
        """SIGKILL, at once; whoever talks to it next starts it again."""
        if self.daemon.process.poll() is None:
            self.daemon.process.kill()

    def revive(self):
        """After its death: the next one, without what made this one die."""
        status = self.daemon.process.wait(20)
        self.deaths += 1
        self.last_errors = self.daemon.process.stderr.read().decode(errors="replace")
        self.daemon.process.stderr.close()
        assert status in self.ends, f"facteurd has ended with {status}: {self.last_errors[-2000:]}\n{self.log()}"
        self.client.close()
        self.env = {}
        self.start()

    def log(self, last=40):
        path = self.profile / "facteurd.log"
        return "\n".join(path.read_text(errors="replace").splitlines()[-last:]) if path.exists() else ""

    # ---- calls -----------------------------------------------------------------------------------------------

    def call(self, method, **params):
        for _ in range(RESTARTS_MAX):
            try:
                return self.client.call(method, **params)
            except (OSError, ConnectionError, AssertionError) as e:
                if isinstance(e, TimeoutError) or (self.daemon.process.poll() is None and not self._dies()):
                    raise
                self.revive()
        raise AssertionError("facteurd dies again and again")

    def _dies(self):
        """Whether it ends within a moment: its socket closes a little before its end can be seen."""
        end = time.monotonic() + 5
        while self.daemon.process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        return self.daemon.process.poll() is not None

    def change(self, method, is_done=lambda: False, **params):
        """A call that changes something: made again until it is answered, carried out once. Where facteurd died in the middle of it the
        new one cannot say whether it was carried out (outcomeUnknown, decision 12): then is_done looks."""
        while True:
            refused = None
            try:
                result = self.call(method, idempotencyKey=uuid.uuid4().hex, **params)
                refused = [result[k] for k in ("notCreated", "notUpdated", "notDestroyed") if result.get(k)]
            except RpcError as e:
                if e.type != "outcomeUnknown":
                    if not self.is_patient:
                        raise
                    self.struggle(e)
                if is_done():
                    return None
                continue
            if not refused:
                return result
            assert self.is_patient, f"{method}: {refused}\n{self.story()}"
            self.struggle(refused)
            if is_done():
                return None

    def look(self, method, **params):
        """A call that changes nothing."""
        while True:
            try:
                return self.call(method, **params)
            except RpcError as e:
                if not self.is_patient:
                    raise
                self.struggle(e)

    def struggle(self, trouble):
        """A call has failed, and may have. After some of them what makes it fail is taken away."""
        self.troubles.append(trouble)
        assert len(self.troubles) < 200, f"it never recovers: {trouble}"
        if len(self.troubles) % 4 == 0:
            self.relieve()

    def relieve(self):
        self.kill()
        self.revive()

    def update(self, keys, patch):
        """Such a patch can be made twice."""
        if keys:
            self.change("Email/set", accountId=self.account, update={id: patch for id in self.ids(keys)})

    def paths(self):
        return set(models.mailbox_paths(self.look, self.account, self.theirs.prefix).values())

    def box_id(self, path):
        for id, p in models.mailbox_paths(self.look, self.account, self.theirs.prefix).items():
            if p == path:
                return id
        raise KeyError(f"no mailbox {path} here")

    def ids(self, keys):
        """The ids of the Emails with these keys."""
        found = models.Ours.ids(self.ours())
        return [found[k] for k in keys]

    def ours(self):
        return models.Ours(self.look, self.account, self.theirs.prefix)

    # ---- beginnings ------------------------------------------------------------------------------------------

    def begin(self, settings=None, **boxes):
        """Puts messages (keys, or {key: keywords}) into mailboxes of the server ("Work__2024" for Work/2024) and synchronises."""
        self.server.add_user(self.user)
        have = set(self.theirs.mailboxes())
        for name, messages in boxes.items():
            path = name.replace("__", "/")
            if path not in have:
                self.theirs.create(path)
            if isinstance(messages, dict):
                for key, words in messages.items():
                    self.theirs.append(path, key, words)
            else:
                self.theirs.append_many(path, messages)
        self.model = models.Model.of_server(self.theirs.everything())
        self.start()
        self.change("Account/set", lambda: self.the_account() is not None, create={"a": {
            "address": f"{self.user}@{self.server.kind}.test", "source": self.proxy.url, "password": self.server.password, "isEnabled": True,
            "settings": {"user": self.user, "missingSeconds": 0, **(settings or {})}}})
        self.account = self.the_account()
        self.quiet()
        return self

    def the_account(self):
        """The id of the account with a server, if there is one already."""
        ids = [a["id"] for a in self.look("Account/get", properties=["isLocal"])["list"] if not a["isLocal"]]
        return ids[0] if ids else None

    # ---- ours ------------------------------------------------------------------------------------------------

    def flag(self, keys, add=(), remove=()):
        patch = {**{f"keywords/{w}": True for w in add}, **{f"keywords/{w}": None for w in remove}}
        self.update(keys, patch)
        self.model.flag(keys, add, remove)

    def move(self, path, keys, target):
        patch = {f"mailboxIds/{self.box_id(path)}": None, f"mailboxIds/{self.box_id(target)}": True}
        self.update(keys, patch)
        self.model.move(path, keys, target, self.model.words())

    def copy(self, path, keys, target):
        patch = {f"mailboxIds/{self.box_id(target)}": True}
        self.update(keys, patch)
        self.model.copy_to(path, keys, target, self.model.words())

    def take_out(self, path, keys):
        """Out of one mailbox of several."""
        self.update(keys, {f"mailboxIds/{self.box_id(path)}": None})
        self.model.expunge(path, keys)

    def destroy(self, keys):
        ids = self.ids(keys)
        self.change("Email/set", lambda: not set(ids) & set(self.ours().ids().values()), accountId=self.account, destroy=ids)
        self.model.destroy(keys)

    def append(self, path, key, keywords=()):
        data = {"data:asBase64": base64.b64encode(message_of(key)).decode()}
        blob = self.look("Blob/upload", accountId=self.account, create={"b": {"data": [data], "type": "message/rfc822"}})
        self.change("Email/import", lambda: any(e[0] == key and path in e[2] for e in self.ours().emails), accountId=self.account, emails={"e": {
            "blobId": blob["created"]["b"]["id"], "mailboxIds": {self.box_id(path): True}, "keywords": {w: True for w in keywords}}})
        self.model.append(path, key, keywords)

    def create(self, path):
        parent, _, name = path.rpartition("/")
        self.change("Mailbox/set", lambda: path in self.paths(), accountId=self.account,
                    create={"m": {"name": name, "parentId": self.box_id(parent) if parent else None}})
        self.model.create(path)

    def rename(self, path, to):
        parent, _, name = to.rpartition("/")
        self.change("Mailbox/set", accountId=self.account, update={
            self.box_id(path): {"name": name, "parentId": self.box_id(parent) if parent else None}})
        self.model.rename(path, to)

    def exchange(self, a, b):
        """Two of one parent take each other's name, in one call."""
        ids = {self.box_id(a): b, self.box_id(b): a}
        self.change("Mailbox/set", accountId=self.account, update={id: {"name": path.rpartition("/")[2]} for id, path in ids.items()})
        self.model.rename(a, "\0")
        self.model.rename(b, a)
        self.model.rename("\0", b)

    def delete(self, path):
        """With all that is in it."""
        self.change("Mailbox/set", lambda: path not in self.paths(), accountId=self.account, destroy=[self.box_id(path)],
                    onDestroyRemoveEmails=True)
        self.model.delete(path)

    # ---- theirs, with the model ------------------------------------------------------------------------------

    def they(self, what, *args, **more):
        """they("move", "INBOX", ["m1"], "Work"): on the server and in the model."""
        getattr(self.theirs, what)(*args, **more)
        getattr(self.model, "copy_to" if what == "copy" else what)(*args, **more)

    @contextlib.contextmanager
    def offline(self):
        """Within it the server cannot be reached from here; the other program goes on."""
        self.proxy.offline = True
        try:
            yield
        finally:
            self.proxy.offline = False

    def can(self, what):
        """A capability of the account ("mayMoveEmails"); flags can always be changed."""
        return what is None or self.look("Account/get", ids=[self.account], properties=["capabilities"])["list"][0]["capabilities"][what]

    # ---- quiet -----------------------------------------------------------------------------------------------

    def sync(self):
        """One sync; its outcome for this account."""
        task = self.look("Account/sync", accountIds=[self.account])["taskId"]
        for _ in range(QUIET):
            found = self.look("Task/get", ids=[task], waitMs=1000)["list"]
            if not found:  # it has died meanwhile, and the task with it
                return {"ok": False}
            if found[0]["state"] not in ("running", "queued", "waiting"):
                return found[0]["result"]["accounts"][0] if found[0].get("result") else {"ok": False, "error": found[0].get("error")}
        raise AssertionError(f"a sync does not end: {found}")

    def state(self):
        return self.look("Account/get", ids=[self.account], properties=["syncState", "pendingChanges"])["list"][0]

    def quiet(self):
        """Synchronises until nothing waits any more."""
        end = time.monotonic() + QUIET
        while True:
            outcome = self.sync()
            state = self.state()
            if outcome.get("ok") and state.get("pendingChanges") == 0:
                return
            if self.is_patient and not outcome.get("ok"):
                self.struggle(outcome)
            assert time.monotonic() < end, f"it does not become quiet: {outcome} {state}\n{self.story()}"
            time.sleep(0.02)

    def differences(self):
        return models.differences_of_server(self.model, self.theirs.everything()) + models.differences_of_ours(self.model, self.ours())

    def check(self, ids=None, may_fetch=None):
        """Quiet; both sides are as the model is; another sync has no work. `ids`: Emails (key to id) that must have kept theirs."""
        self.quiet()
        found = self.differences()
        assert not found, "\n".join(found) + f"\n{self.story()}"
        before = self.ours()
        if ids is not None:
            now = before.ids()
            moved = {k: (id, now[k]) for k, id in ids.items() if k in now and now[k] != id}
            assert not moved, f"Emails have other ids: {moved}\n{self.story()}"
        self.quiet()  # what a change of mailboxes made of their attributes (\\HasChildren) is told by the next listing
        self.no_work(before)

    def no_work(self, before):
        """A further sync changes nothing on either side, downloads nothing, uploads nothing."""
        states = self.states()
        self.proxy.forget()
        self.quiet()
        said = [c for c in self.proxy.commands() if c.upper().startswith(WORK)]
        assert not said, f"a further sync does something: {said}\n{self.story()}"
        assert self.states() == states, "a further sync changes the state here"
        assert sorted(self.ours().emails, key=str) == sorted(before.emails, key=str)

    def states(self):
        return (self.look("Email/get", accountId=self.account, ids=[])["state"], self.look("Mailbox/get", accountId=self.account, ids=[])["state"])

    def story(self):
        return f"-- {self.server.kind} {self.user}\n-- wire\n{self.proxy.shown()}\n-- log\n{self.log()}"


WORK = ("UID STORE", "UID COPY", "UID MOVE", "UID EXPUNGE", "EXPUNGE", "APPEND", "CREATE", "RENAME", "DELETE", "STORE", "COPY", "MOVE", "CLOSE",
        "SUBSCRIBE", "UNSUBSCRIBE", "REPLACE", "UID REPLACE")

__all__ = ["World", "RpcError", "FAULT", "fresh_user"]
