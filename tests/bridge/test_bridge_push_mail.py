"""A bridge in front of a local, a Dovecot IMAP and a POP3 account at once: what arrives at Dovecot is pushed by EventSource (RFC 8620 section
7.3), WebSocket (RFC 8887) and Web Push (RFC 8030, 8291, 8292), without anybody asking."""
import pathlib
import select
import sys

import pytest

from bridge import CORE, MAIL, OURS, Bridge, Daemon, Events, Http, Socket

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from discovery import Authority  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from push_service import PushService, UserAgent, vapid_claims  # noqa: E402
from mail import message  # noqa: E402

pytestmark = [pytest.mark.xdist_group("bridge-mail"), pytest.mark.skipif(not Dovecot.is_there() or not Dovecot.has_pop3(), reason="dovecot is not installed")]
numbers = iter(range(100))
ARRIVAL = {"Email", "EmailDelivery", "Mailbox", "Thread"}     # what a new message changes


class Three:
    """Three accounts behind one bridge; somebody with a token for all of them, on HTTP only."""

    def __init__(self, folder, push):
        self.push = push
        self.dovecot = Dovecot(pop3=True)
        self.dovecot.start()
        for user in ("imap", "pop3"):
            self.dovecot.deliver(user, message(f"first of {user}", id=f"first@{user}"))
        self.daemon = Daemon(folder / "profile", env=push.env).start()
        self.owner = self.daemon.client()
        self.owner.call("WebPush/set", privateHosts=[push.HOST])
        d = self.dovecot
        self.imap = self.add("imap", f"imap://imap@{d.host}:{d.imap_port}?tls=none")
        self.pop3 = self.add("pop3", f"pop3://pop3@{d.host}:{d.pop3_port}?tls=none")
        self.local = "a1"
        self.token = self.token_for()
        self.bridge = Bridge(folder / "profile").start()
        self.port = self.bridge.port

    def add(self, user, source):
        made = self.owner.call("Account/set", create={"k": {"address": f"{user}@example.org", "name": user, "source": source, "password": "pass"}})
        account = made["created"]["k"]["id"]
        self.sync(account)
        return account

    def sync(self, account):
        task = self.owner.call("Account/sync", accountIds=[account])["taskId"]
        [t] = self.owner.call("Task/get", ids=[task], waitMs=30000)["list"]
        assert t["state"] == "done", t

    def token_for(self, **more):
        made = self.owner.call("Token/set", create={"k": {"name": f"t{next(numbers)}", "scopes": ["read", "triage", "draft"], **more}})
        return made["created"]["k"]["secret"]

    def close(self):
        assert self.bridge.stop() == 0
        self.owner.close()
        assert self.daemon.stop() == 0
        self.dovecot.stop()


@pytest.fixture(scope="module")
def three(tmp_path_factory):
    with PushService(Authority(tmp_path_factory.mktemp("authority"))) as push:
        t = Three(tmp_path_factory.mktemp("three"), push)
        yield t
        t.close()


@pytest.fixture
def http(three):
    with Http(three.port, three.token) as h:
        yield h


def states(http, account):
    """The states that a client has when it has seen everything."""
    names = {"Email": "Email/get", "Mailbox": "Mailbox/get", "Thread": "Thread/get"}
    got = http.api(*((method, {"accountId": account, "ids": []}) for method in names.values()))
    return {name: result["state"] for name, (_, result, _) in zip(names, got)}


def subjects_since(http, account, state):
    changes, got = http.api(("Email/changes", {"accountId": account, "sinceState": state}),
                            ("Email/get", {"accountId": account, "#ids": {"resultOf": "0", "name": "Email/changes", "path": "/created"}, "properties": ["subject"]}))
    assert not changes[1]["hasMoreChanges"]
    return [e["subject"] for e in got[1]["list"]], changes[1]["newState"]


def verified(three, http, path, agent, types):
    """A push subscription that was made and verified over the bridge."""
    session = http.get("/jmap/session").json
    made = http.call("PushSubscription/set", create={"k": {"deviceClientId": path, "url": three.push.url(path), "keys": agent.keys, "types": types}})
    id_ = made["created"]["k"]["id"]
    first = three.push.next(path)
    key = session["capabilities"]["urn:ietf:params:jmap:webpush-vapid"]["applicationServerKey"]
    assert vapid_claims(first, key)["aud"] == f"https://{three.push.HOST}:{three.push.port}"
    code = agent.read(first)
    assert code["@type"] == "PushVerification" and code["pushSubscriptionId"] == id_
    assert http.call("PushSubscription/set", update={id_: {"verificationCode": code["verificationCode"]}})["updated"] == {id_: None}
    return id_


def told_of(next_change, account, types):
    """Reads StateChanges until they have told of all these types of an account; their states, and all accounts of which they told one of them."""
    seen, accounts = {}, set()
    while not types <= seen.keys():
        changed = next_change()["changed"]
        accounts |= {id for id, states in changed.items() if types & states.keys()}
        seen.update({t: state for t, state in changed.get(account, {}).items() if t in types})
    return seen, accounts


def is_quiet(*sockets):
    return not select.select(sockets, [], [], 0)[0] and not any(s.buffer for s in sockets)


def has_told_nothing_of_mail(socket):
    """How accounts are doing is told at any time to who asked for all types."""
    while not is_quiet(socket):
        if any(not states.keys() <= {"Account", "AccountState"} for states in socket.read()["changed"].values()):
            return False
    return True


class Inbox:
    """What comes to the push service, by path."""

    def __init__(self, push):
        self.push, self.kept = push, {}

    def next(self, path):
        while not self.kept.get(path):
            m = self.push.messages.get(timeout=10)
            self.kept.setdefault(m.path, []).append(m)
        return self.kept[path].pop(0)


def test_all_three_accounts_are_in_one_session(three, http):
    session = http.get("/.well-known/jmap").json if (a := http.get("/.well-known/jmap")).status == 200 else http.get(a.headers["Location"]).json
    assert {three.local, three.imap, three.pop3} <= session["accounts"].keys()
    for account, subject in ((three.imap, "first of imap"), (three.pop3, "first of pop3")):
        query, got = http.api(("Email/query", {"accountId": account}),
                              ("Email/get", {"accountId": account, "#ids": {"resultOf": "0", "name": "Email/query", "path": "/ids"}, "properties": ["subject"]}))
        assert [e["subject"] for e in got[1]["list"]] == [subject]


def test_a_message_that_arrives_is_pushed_in_three_ways(three, http):
    before = states(http, three.imap)
    agent, mailboxes_only = UserAgent(), UserAgent()
    narrow = three.token_for(accountIds=[three.pop3])
    with Events(three.port, three.token) as e, Socket(three.port, three.token) as all_types, Socket(three.port, three.token) as delivery, \
            Socket(three.port, three.token) as disabled, Socket(three.port, narrow) as elsewhere:
        present = e.read()
        assert {three.local, three.imap, three.pop3} <= present[2]["changed"].keys()
        all_types.send({"@type": "WebSocketPushEnable", "dataTypes": None})
        delivery.send({"@type": "WebSocketPushEnable", "dataTypes": ["EmailDelivery"], "pushState": present[1]})   # it knows the present
        for s, types in ((disabled, None), (elsewhere, sorted(ARRIVAL))):
            s.send({"@type": "WebSocketPushEnable", "dataTypes": types})
            s.read()
        disabled.send({"@type": "WebSocketPushDisable"})
        assert disabled.request(("Core/echo", {}))["@type"] == "Response"
        first = all_types.read()
        assert first["pushState"][:32] == present[1][:32]   # the rest is how accounts are doing
        verified(three, http, "/all", agent, None)
        verified(three, http, "/mailboxes", mailboxes_only, ["Mailbox"])
        inbox = Inbox(three.push)
        with Events(three.port, three.token, "types=Email,Mailbox&closeafter=state&ping=0", Last_Event_ID=present[1]) as once, \
                Events(three.port, three.token, "types=EmailDelivery&closeafter=no&ping=1", Last_Event_ID=present[1]) as pinged:
            assert pinged.read() == ("ping", None, {"interval": 1})
            assert is_quiet(delivery) and has_told_nothing_of_mail(all_types)

            three.dovecot.deliver("imap", message("pushed", id="pushed@imap"))

            seen, accounts = told_of(lambda: e.read()[2], three.imap, ARRIVAL)
            assert accounts == {three.imap}
            seen_by_socket, accounts = told_of(all_types.read, three.imap, ARRIVAL)
            assert accounts == {three.imap} and seen_by_socket == seen
            told = delivery.read()
            assert told["changed"] == {three.imap: {"EmailDelivery": seen["EmailDelivery"]}} and told["pushState"] != present[1]
            seen_by_agent, accounts = told_of(lambda: agent.read(inbox.next("/all")), three.imap, ARRIVAL)
            assert accounts == {three.imap} and seen_by_agent == seen
            sealed = inbox.next("/mailboxes")
            assert sealed.headers["urgency"] == "normal" and int(sealed.headers["ttl"]) > 0 and not agent.can_read(sealed)
            assert mailboxes_only.read(sealed) == {"@type": "StateChange", "changed": {three.imap: {"Mailbox": seen["Mailbox"]}}}
            told = once.read()
            assert told[2]["changed"].keys() == {three.imap} and told[2]["changed"][three.imap].keys() <= {"Email", "Mailbox"}
            assert once.read() is None    # RFC 8620 section 7.3: closeafter=state
            while (told := pinged.read())[0] == "ping":
                pass
            assert told[2]["changed"] == {three.imap: {"EmailDelivery": seen["EmailDelivery"]}}
        assert is_quiet(disabled, elsewhere)
    subjects, state = subjects_since(http, three.imap, before["Email"])
    assert subjects == ["pushed"]
    now = states(http, three.imap)
    assert now == {t: seen[t] for t in now} and state == now["Email"]


def test_what_happens_in_the_other_two_is_pushed_likewise(three, http):
    agent = UserAgent()
    before = states(http, three.pop3)
    with Events(three.port, three.token) as e, Socket(three.port, three.token) as s:
        _, last, _ = e.read()
        s.send({"@type": "WebSocketPushEnable", "dataTypes": ["Email", "Mailbox"], "pushState": last})
        id_ = verified(three, http, "/both", agent, ["Email", "Mailbox"])
        ways = (lambda: e.read()[2], s.read, lambda: agent.read(three.push.next("/both")))

        three.dovecot.deliver("pop3", message("picked up", id="second@pop3"))
        three.sync(three.pop3)      # POP3 has no push of its own: the core asks, and its clients do not
        for way in ways:
            assert told_of(way, three.pop3, {"Email", "Mailbox"})[0].items() >= {"Email": states(http, three.pop3)["Email"]}.items()
        assert subjects_since(http, three.pop3, before["Email"])[0] == ["picked up"]

        blob = http.ask("POST", f"/jmap/upload/{three.local}", message("put here", id="third@local"), Content_Type="message/rfc822").json["blobId"]
        inbox = http.call("Mailbox/query", accountId=three.local, filter={"role": "inbox"})["ids"][0]
        assert http.call("Email/import", accountId=three.local, emails={"k": {"blobId": blob, "mailboxIds": {inbox: True}}})["created"]["k"]
        for way in ways:
            seen, accounts = told_of(way, three.local, {"Email", "Mailbox"})
            assert accounts == {three.local} and seen["Email"] == states(http, three.local)["Email"]
    assert http.call("PushSubscription/set", destroy=[id_])["destroyed"] == [id_]
    assert {CORE, MAIL, OURS} <= http.get("/jmap/session").json["capabilities"].keys()
