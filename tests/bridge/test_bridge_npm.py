"""JMAP clients of others, from npm's registry, unmodified: each does a whole script, with a real Dovecot behind the bridge and without a server."""
import base64
import email
import email.policy
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from bridge import CORE, MAIL, Bridge, Daemon, Http  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from smtp_sink import Sink  # noqa: E402

SCRIPTS = pathlib.Path(__file__).resolve().parent / "npm"
ADDRESS = "jane@example.org"

pytestmark = pytest.mark.xdist_group("node")

QUESTION = (b"From: Ines <ines@example.org>\r\nTo: jane@example.org\r\nSubject: The lighthouse\r\nMessage-ID: <q@example.org>\r\n"
            b"Date: Thu, 30 Oct 2025 14:12:00 +0000\r\n\r\nIs it still lit?\r\n")
ANSWER = ("From: Jane Doe <jane@example.org>\r\nTo: ines@example.org\r\nSubject: Re: The lighthouse\r\nMessage-ID: <a@example.org>\r\n"
          "In-Reply-To: <q@example.org>\r\nReferences: <q@example.org>\r\nDate: Thu, 30 Oct 2025 15:12:00 +0000\r\nMIME-Version: 1.0\r\n"
          "Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n"
          "--i\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße vom Leuchtturm ❤\r\n"
          "--i\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>Grüße vom <b>Leuchtturm</b> ❤</p>\r\n--i--\r\n"
          "--o\r\nContent-Type: text/plain; name=tides.txt\r\nContent-Disposition: attachment; filename=tides.txt\r\n\r\nhigh at noon\r\n\r\n--o--\r\n").encode()


class World:
    """An account of Dovecot and the local one. Both send through a server that delivers to them what is for them, as a provider does."""

    def __init__(self, folder):
        self.dovecot, self.sink = Dovecot(tls=False).__enter__(), Sink()
        self.daemon = Daemon(folder / "profile").start()
        self.bridge = Bridge(folder / "profile").start()
        self.owner = self.daemon.client()
        way = {"address": ADDRESS, "transport": f"smtp://jane@127.0.0.1:{self.sink.port}?tls=none", "password": self.dovecot.password}
        self.owner.call("Push/subscribe", types=["Email"])
        made = self.owner.call("Account/set", update={"a1": way},
                               create={"k": {**way, "source": f"imap://jane@127.0.0.1:{self.dovecot.imap_port}?tls=none"}})
        self.accounts = {"local": "a1", "dovecot": made["created"]["k"]["id"]}
        self.owner.call("Identity/set", accountId="a1", create={"k": {"name": "Jane Doe", "email": ADDRESS}})
        for message in (QUESTION, ANSWER):
            self.deliver("local", message)
            self.deliver("dovecot", message)
        while len(self.owner.call("Email/query", accountId=self.accounts["dovecot"])["ids"]) < 2:
            self.owner.notification("StateChange")

    def deliver(self, kind, data):
        """Into the inbox, as a delivery agent would."""
        if kind == "dovecot":
            self.dovecot.deliver("jane", data)
            return
        with self.daemon.client() as c:
            [inbox] = c.call("Mailbox/query", accountId="a1", filter={"role": "inbox"})["ids"]
            c.batch(("Blob/upload", {"accountId": "a1", "create": {"b": {"data": [{"data:asText": data.decode()}], "type": "message/rfc822"}}}),
                    ("Email/import", {"accountId": "a1", "emails": {"e": {"blobId": "#b", "mailboxIds": {inbox: True}}}}))

    def sync(self, account):
        task = self.owner.call("Account/sync", accountIds=[account])["taskId"]
        [done] = self.owner.call("Task/get", ids=[task], waitMs=20000)["list"]
        assert done["state"] == "done", done

    def on_server(self, mailbox, subject):
        """How many messages Dovecot has there whose subject begins so."""
        return len(self.dovecot.doveadm("search", "-u", "jane", "mailbox", mailbox, "header", "Subject", subject.encode("ascii", "ignore").decode().strip()).splitlines())

    def token_for(self, accounts):
        r = self.owner.call("Token/set", create={"k": {"name": os.urandom(4).hex(), "scopes": ["read", "triage", "draft", "send"], "accountIds": accounts}})
        return r["created"]["k"]["secret"]

    def close(self):
        assert self.bridge.stop() == 0
        self.owner.close()
        assert self.daemon.stop() == 0
        self.sink.close()
        self.dovecot.stop()


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    if not (SCRIPTS / "node_modules" / "jmap-jam").exists():
        subprocess.run(["npm", "ci"], cwd=SCRIPTS, check=True, stdout=subprocess.DEVNULL)
    w = World(tmp_path_factory.mktemp("npm"))
    yield w
    w.close()


@pytest.mark.parametrize("kind", ["dovecot", "local"])
@pytest.mark.parametrize("script", ["jam", "client-ts"])
def test_a_client_of_the_registry_does_a_whole_script(world, script, kind):
    account, before = world.accounts[kind], len(world.sink.messages)
    world.sink.file = lambda data: world.deliver(kind, b"Received: by sink; Thu, 30 Oct 2025 16:00:00 +0000\r\n" + data)
    token = world.token_for([account] if kind == "local" else None)  # the primary account is Dovecot's where it is seen
    env = {**os.environ, "JMAP_URL": f"http://127.0.0.1:{world.bridge.port}", "JMAP_TOKEN": token, "ADDRESS": ADDRESS}
    done = subprocess.run(["node", SCRIPTS / f"{script}.mjs"], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-5000:]
    said = json.loads(done.stdout)
    assert said["accountId"] == account
    [message] = world.sink.messages[before:]
    assert (message.sender, message.recipients) == (ADDRESS, [ADDRESS])
    parsed = email.message_from_bytes(message.data, policy=email.policy.default)
    assert parsed["Subject"] == said["subject"] and [p.get_content_type() for p in parsed.iter_attachments()] == ["image/png"]
    if kind == "dovecot":  # the server has what was done here
        world.sync(account)
        assert world.on_server("Sent", said["subject"]) == 1 and world.on_server("Drafts", said["subject"]) == 0


def test_a_small_program_after_a_providers_samples(world):
    """As those of Fastmail (github.com/fastmail/JMAP-Samples) call: Basic in small letters, the address as the user's name, the mailbox by its
    name, a charset in bodyValues, a draft that goes when it is sent, a reference that ends in "*"."""
    secret = world.owner.call("Token/set", create={"k": {"name": ADDRESS, "scopes": ["read", "triage", "draft", "send"]}})["created"]["k"]["secret"]
    before, world.sink.file = len(world.sink.messages), None
    using = [CORE, MAIL, "urn:ietf:params:jmap:submission"]
    with Http(world.bridge.port, "basic " + base64.b64encode(f"{ADDRESS}:{secret}".encode()).decode()) as http:
        account = http.get("/.well-known/jmap", Content_Type="application/json").json["primaryAccounts"][MAIL]

        def api(*calls):
            return [r[1] for r in http.api(*((name, {"accountId": account, **arguments}) for name, arguments in calls), using=using)]
        [drafts], [identity] = (r[k] for r, k in zip(api(("Mailbox/query", {"filter": {"name": "Drafts"}}), ("Identity/get", {"ids": None})), ("ids", "list")))
        draft = {"from": [{"email": ADDRESS}], "to": [{"email": "bob@example.net"}], "subject": "Hello, world!", "keywords": {"$draft": True}, "mailboxIds": {drafts: True},
                 "bodyValues": {"body": {"value": "Hi!\n", "charset": "utf-8"}}, "textBody": [{"partId": "body", "type": "text/plain"}]}
        made, sent, gone = api(("Email/set", {"create": {"draft": draft}}),
                               ("EmailSubmission/set", {"onSuccessDestroyEmail": ["#sendIt"], "create": {"sendIt": {"emailId": "#draft", "identityId": identity["id"]}}}))
        assert sent["notCreated"] is None and gone["destroyed"] == [made["created"]["draft"]["id"]]
        top, listed = api(("Email/query", {"sort": [{"property": "receivedAt", "isAscending": False}], "limit": 10}),
                          ("Email/get", {"properties": ["id", "subject", "receivedAt"], "#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids/*"}}))
        assert [e["id"] for e in listed["list"]] == top["ids"] and made["created"]["draft"]["id"] not in top["ids"]
    world.sink.wait(before + 1)
    assert b"Subject: Hello, world!" in world.sink.messages[before].data and b"\r\nHi!\r\n" in world.sink.messages[before].data
