"""Over HTTP as over the socket: who may see one account sees nothing of another, and two people's bridges know nothing of each other.

The calls are those of tests/rpc/isolation.py. Every method is called with ids of somebody else's things and with ids of nothing at all:
both must be answered alike, and no word of the others may be in it; so must all that is no method: downloads, uploads, events, errors."""
import json
import re

import pytest

from bridge import CORE, MAIL, OURS, Bridge, Daemon, Events, Http, Socket
from isolation import CALLS, DOCUMENT, MARK, NONE, SCOPES, Account, Nobody, given_ids, without_chance

USING = sorted({m["x-capability"] for m in DOCUMENT["methods"]} | {CORE, MAIL, OURS})
BLOBS = ("blob", "part", "body", "loose")
SOCKET_ONLY = {"Blob/begin", "Blob/finish", "Blob/open", "Core/createdIds", "Push/subscribe", "Session/authenticate", "Token/pair"}


class Profile:
    """One person: a facteurd, a bridge, and accounts in which everything has a word of its own."""

    def __init__(self, folder, *words):
        self.daemon = Daemon(folder / "profile").start()
        self.owner = self.daemon.client()
        self.accounts = [Account(self.owner, word) for word in words]
        for a in self.accounts:
            self.owner.call("VacationResponse/set", accountId=a.account, update={"singleton": {"subject": f"{a.word} away", "textBody": a.word}})
            self.owner.call("PushSubscription/set", create={"k": {"deviceClientId": a.word, "url": f"https://{a.word}.example.org/push", "types": None}})
        self.bridge = Bridge(folder / "profile").start()

    def token(self, name, accounts):
        return self.owner.call("Token/set", create={"k": {"name": name, "scopes": SCOPES, "accountIds": accounts}})["created"]["k"]["secret"]

    def close(self):
        self.bridge.stop()
        self.owner.close()
        self.daemon.stop()


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Jane has two accounts, and a phone that may see one; the other one's words are those of nobody's business. John has one."""
    class People:
        pass

    p = People()
    p.jane = Profile(tmp_path_factory.mktemp("jane"), "quincunx", MARK)
    p.mine, p.other, p.nobody = *p.jane.accounts, Nobody()
    p.john = Profile(tmp_path_factory.mktemp("john"), "fricative")
    p.johns = p.john.accounts[0]
    p.phone = p.jane.token("phone", [p.mine.account])
    p.john_all = p.john.token("everything", None)
    yield p
    p.jane.close()
    p.john.close()


@pytest.fixture(scope="module")
def ways(people):
    """The ways by which a request comes: both take one and give what was answered."""
    port = people.jane.bridge.port
    with Http(port, people.phone) as h, Socket(port, people.phone) as s:
        def post(calls):
            return h.api(*calls, using=USING)

        def frame(calls):
            return s.request(*calls, using=USING)["methodResponses"]
        yield {"POST": post, "WebSocket": frame}


def answers(send, people, method, o):
    """What each call of the table gives, of one request, with the ids of `o` replaced by what they are of."""
    calls = list(CALLS[method](o, people.mine))
    responses = send([(method, params) for params in calls])
    by_call = {}
    for name, result, i in responses:
        by_call.setdefault(int(i), []).append([name, result])
    assert set(by_call) == set(range(len(calls))), method
    for i, params in enumerate(calls):
        text = json.dumps(by_call[i], ensure_ascii=False, sort_keys=True)
        assert text.count(MARK) <= json.dumps(params).count(MARK), (method, params, text)
        yield params, without_chance(given_ids(text, o))


@pytest.mark.parametrize("way", ["POST", "WebSocket"])
def test_the_other_account_is_not_there_by_any_method(people, ways, way):
    for method in sorted(CALLS):
        of_other, of_nobody = (list(answers(ways[way], people, method, o)) for o in (people.other, people.nobody))
        assert len(of_other) == len(of_nobody) > 0
        for (params, one), (_, other) in zip(of_other, of_nobody):
            assert one == other, (method, params)
        if method in SOCKET_ONLY:
            assert all("unknownMethod" in text for _, text in of_other), method


def test_methods_without_ids_and_for_the_whole_profile(people, ways):
    whole = [m for m in DOCUMENT["methods"] if m.get("x-whole")]
    required = {m["name"]: {p["name"]: "s0" if p["name"] == "sinceState" else "x" for p in m["params"] if p["required"]} for m in whole}
    assert len(whole) >= 9 and {m["name"] for m in DOCUMENT["methods"]} == set(CALLS) | set(NONE) | set(required)
    for way in ways.values():
        for method, params in {**NONE, **required}.items():
            [[name, result, _]] = way([(method, params)])
            text = json.dumps(result)
            assert MARK not in text and people.other.account not in re.findall(r'"(a[0-9a-v]+)"', text), method
            if method in SOCKET_ONLY:
                assert result["type"] == "unknownMethod", method
            elif method in required:
                assert result["type"] == "forbidden", method


def test_the_session_has_ones_own_account(people):
    with Http(people.jane.bridge.port, people.phone) as h:
        a = h.get("/jmap/session")
        assert set(a.json["accounts"]) == {people.mine.account} and set(a.json["primaryAccounts"].values()) == {people.mine.account}
        assert MARK.encode() not in a.body


def heard(answer, o):
    """All of an answer, its headers too, with the ids of `o` replaced."""
    headers = sorted((k.lower(), v) for k, v in answer.headers.items() if k.lower() not in ("date", "content-length"))
    return answer.status, given_ids(str(headers), o), without_chance(given_ids(answer.body.decode(), o))


def test_bytes_of_the_other_account_are_not_there(people):
    with Http(people.jane.bridge.port, people.phone) as h:
        def download(account, blob, **headers):
            return h.get(f"/jmap/download/{account}/{blob}?name=x&type=text%2Fplain", **headers)

        own = download(people.mine.account, people.mine.blob)
        assert own.status == 200 and b"quincunx" in own.body
        for kind in BLOBS:
            for headers in ({}, {"Range": "bytes=0-3"}, {"If_None_Match": f'"{people.other.blob}"'}):
                for account in ("other", "mine", "*"):
                    one, none = (heard(download({"other": o.account, "mine": people.mine.account, "*": "*"}[account], getattr(o, kind), **headers), o)
                                 for o in (people.other, people.nobody))
                    assert one == none and one[0] in (400, 404), (kind, account, one)
        # one's own blob, as if it were in the other's account
        assert download(people.other.account, people.mine.blob).body == download(people.nobody.account, people.mine.blob).body.replace(b"avv", people.other.account.encode())


def test_nothing_is_brought_into_the_other_account(people):
    before = people.jane.owner.call("Mailbox/get", accountId=people.other.account)
    with Http(people.jane.bridge.port, people.phone) as h:
        one, none = (heard(h.ask("POST", f"/jmap/upload/{o.account}", b"brought in", Content_Type="text/plain"), o) for o in (people.other, people.nobody))
        assert one == none and one[0] == 404
        own = h.ask("POST", f"/jmap/upload/{people.mine.account}", f"{MARK} loose".encode(), Content_Type="text/plain")  # bytes that the other account has, too
        new = h.ask("POST", f"/jmap/upload/{people.mine.account}", b"bytes of nobody", Content_Type="text/plain")
        assert own.status == new.status == 201 and set(own.json) == set(new.json)
        assert h.get(f"/jmap/download/{people.mine.account}/{own.json['blobId']}?name=x&type=text%2Fplain").body == f"{MARK} loose".encode()
        assert h.get(f"/jmap/download/{people.mine.account}/{people.other.blob}?name=x&type=text%2Fplain").status == 404
    assert people.jane.owner.call("Mailbox/get", accountId=people.other.account) == before


def change(profile, account, word):
    profile.owner.call("Mailbox/set", accountId=account.account, create={"k": {"name": f"{word} {profile.bridge.port} {id(object())}"}})
    profile.owner.call("Email/set", accountId=account.account, update={account.email: {f"keywords/{word}": True}})


def test_what_changes_in_the_other_account_is_not_told(people):
    port = people.jane.bridge.port
    with Events(port, people.phone) as events, Socket(port, people.phone) as s, Events(people.john.bridge.port, people.john_all) as johns:
        s.send({"@type": "WebSocketPushEnable", "dataTypes": None})
        assert events.status == johns.status == 200
        change(people.jane, people.mine, "first")  # both are there when they have heard of it
        while "Mailbox" not in events.read()[2]["changed"].get(people.mine.account, {}):
            pass
        while "Mailbox" not in s.read()["changed"].get(people.mine.account, {}):
            pass
        change(people.jane, people.other, "unheard")
        change(people.john, people.johns, "elsewhere")
        change(people.jane, people.mine, "last")
        state = people.jane.owner.call("Mailbox/get", accountId=people.mine.account, ids=[])["state"]
        for read in (lambda: events.read()[2], s.read):
            told = []
            while not told or told[-1]["changed"].get(people.mine.account, {}).get("Mailbox") != state:
                told.append(read())
            assert all(set(t["changed"]) == {people.mine.account} for t in told), told
            assert all(set(t) <= {"@type", "changed", "pushState"} for t in told)
        name, _, data = johns.read()
        assert set(data["changed"]) <= {a["id"] for a in people.john.owner.call("Account/get")["list"]}
        assert people.jane.owner.call("Mailbox/get", accountId=people.other.account, ids=[])["state"] not in json.dumps(data) or \
            people.john.owner.call("Mailbox/get", accountId=people.johns.account, ids=[])["state"] in json.dumps(data)


def test_two_peoples_bridges_know_nothing_of_each_other(people):
    """John may everything in his own profile; what Jane has is not in it, whatever he asks, and her token opens nothing."""
    words = [a.word for a in people.jane.accounts]
    with Http(people.john.bridge.port, people.phone) as h:
        a = h.get("/jmap/session")
        assert a.status == 401 and not any(w.encode() in a.body for w in words)
        assert h.post({"using": [CORE], "methodCalls": []}).status == 401
    assert Socket(people.john.bridge.port, people.phone).status == Events(people.john.bridge.port, people.phone).status == 401
    with Http(people.john.bridge.port, people.john_all) as h:
        assert set(h.get("/jmap/session").json["accounts"]) == {a["id"] for a in people.john.owner.call("Account/get")["list"]}
        for jane in people.jane.accounts:
            # ids of hers may be ids of his, too: accounts he had better keep, and where his own token changes its connections end, perhaps under a call
            for method in sorted(set(CALLS) - {"Account/set", "Token/set"}):
                calls = list(CALLS[method](jane, people.johns))
                for _, result, i in h.api(*[(method, p) for p in calls], using=USING):
                    text = json.dumps(result, ensure_ascii=False)
                    for word in words:
                        assert text.count(word) <= json.dumps(calls[int(i)]).count(word), (method, calls[int(i)], text)
            for kind in ("blob", "part", "loose"):
                a = h.get(f"/jmap/download/{people.johns.account}/{getattr(jane, kind)}?name=x&type=text%2Fplain")
                assert a.status == 404 and jane.word.encode() not in a.body
    for jane in people.jane.accounts:
        for call in CALLS["Token/set"](jane, people.johns):
            with Http(people.john.bridge.port, people.john_all) as h:
                text = h.post({"using": USING, "methodCalls": [["Token/set", call, "0"]]}).body.decode()
            for word in words:
                assert text.count(word) <= json.dumps(call).count(word), (call, text)


def test_the_others_are_as_they_were(people):
    """After all of that."""
    o, owner = people.other, people.jane.owner
    [e] = owner.call("Email/get", ids=[o.email], properties=["keywords", "mailboxIds"])["list"]
    assert set(e["keywords"]) - {"unheard"} == {MARK} and o.mailbox in e["mailboxIds"] and len(e["mailboxIds"]) == 2
    assert owner.call("Mailbox/get", ids=[o.mailbox])["list"][0]["name"] == f"{MARK} plans"
    assert owner.call("Account/get", ids=[o.account])["list"][0]["name"] == MARK
    assert owner.call("EmailSubmission/get", ids=[o.submission])["list"][0]["undoStatus"] == "pending"
    assert owner.call("Identity/get", ids=[o.identity])["list"][0]["name"] == MARK
    assert owner.call("Token/get", ids=[o.token])["list"][0]["name"] == f"{MARK} token"
    assert {a["name"] for a in owner.call("Account/get")["list"]} >= {MARK, "quincunx"}
