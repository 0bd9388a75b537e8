"""Email/copy (RFC 8620 section 5.4, RFC 8621 section 4.7) and Blob/copy (RFC 8620 section 6.3): between an account of this
computer, one of an IMAP server and one where mail is picked up."""
import imaplib
import pathlib
import sys
import time

import pytest

from client import RpcError
from mail import LOCAL, get, import_all, mailbox, message, upload

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from bad_pop3 import BadPop3  # noqa: E402
from dovecot import Dovecot  # noqa: E402

pytestmark = pytest.mark.xdist_group("rpc_copy")
BLOB = "b" + "0" * 64


def error_of(client, method, **params):
    with pytest.raises(RpcError) as e:
        client.call(method, **params)
    return e.value


def add_account(client, name, source="imap://{}@127.0.0.1:1?tls=none", **more):
    r = client.call("Account/set", create={"k": {"address": f"{name}@example.org", "source": source.format(name), **more}})
    assert r["notCreated"] is None, r
    return r["created"]["k"]["id"]


@pytest.fixture
def other(client):
    """An account with a server that is not reached, and a mailbox in it."""
    account = add_account(client, "jane", isEnabled=False)
    box = client.call("Mailbox/set", accountId=account, create={"k": {"name": "Box"}})["created"]["k"]["id"]
    return account, box


def state(client, account):
    return client.call("Email/get", accountId=account, ids=[])["state"]


def copy(client, to, create, **more):
    return client.call("Email/copy", **{"fromAccountId": LOCAL, "accountId": to, "create": create, **more})


def all_of(client, account, *properties):
    ids = client.call("Email/query", accountId=account, sort=[{"property": "subject"}])["ids"]
    return client.call("Email/get", accountId=account, ids=ids, properties=list(properties))["list"]


def test_a_copy_has_what_the_original_has_but_for_what_is_said(client, other):
    account, box = other
    ids = import_all(client, [message(f"{i}", id=f"{i}@x") for i in range(3)], keywords={"$seen": True, "work": True}, receivedAt="2020-01-02T03:04:05Z")
    before = get(client, ids, "blobId", "size", "keywords", "mailboxIds", "receivedAt")
    old = state(client, account)
    r = copy(client, account, {"a": {"id": ids[0], "mailboxIds": {box: True}}, "b": {"id": ids[1], "mailboxIds": {box: True}, "keywords": {"$Draft": True}},
                               "c": {"id": ids[2], "mailboxIds": {box: True}, "receivedAt": "2021-02-03T04:05:06Z", "keywords": {}}})
    assert (r["fromAccountId"], r["accountId"], r["oldState"], r["newState"]) == (LOCAL, account, old, state(client, account))
    assert r["notCreated"] is None and old != r["newState"] and "implicit" not in r
    assert all(set(c) == {"id", "blobId", "threadId", "size"} for c in r["created"].values())
    assert [(r["created"][k]["blobId"], r["created"][k]["size"]) for k in "abc"] == [(e["blobId"], e["size"]) for e in before]
    assert not {c["id"] for c in r["created"].values()} & set(ids)
    assert [(e["keywords"], e["receivedAt"], list(e["mailboxIds"])) for e in all_of(client, account, "keywords", "receivedAt", "mailboxIds")] == [
        ({"$seen": True, "work": True}, "2020-01-02T03:04:05Z", [box]), ({"$draft": True}, "2020-01-02T03:04:05Z", [box]), ({}, "2021-02-03T04:05:06Z", [box])]
    assert get(client, ids, "blobId", "size", "keywords", "mailboxIds", "receivedAt") == before
    assert client.call("Email/changes", accountId=account, sinceState=old)["created"] == [r["created"][k]["id"] for k in "abc"]
    [m] = client.call("Mailbox/get", accountId=account, ids=[box])["list"]
    assert (m["totalEmails"], m["unreadEmails"], m["totalThreads"], m["unreadThreads"]) == (3, 1, 3, 1)


def test_each_copy_succeeds_or_fails_for_itself(client, other):
    account, box = other
    a, b = import_all(client, [message("a", id="a@x"), message("b", id="b@x")])
    into = {"mailboxIds": {box: True}}
    existing = copy(client, account, {"k": {"id": a, **into}})["created"]["k"]["id"]
    inbox = mailbox(client, "inbox")
    r = copy(client, account, {"ok": {"id": b, **into}, "again": {"id": a, **into}, "nobody": {"id": "e999", **into}, "theirs": {"id": existing, **into},
                               "no id": into, "no box": {"id": b}, "bad box": {"id": b, "mailboxIds": {inbox: True}}, "none": {"id": b, "mailboxIds": {}},
                               "word": {"id": b, **into, "keywords": {"a b": True}}, "date": {"id": b, **into, "receivedAt": "yesterday"},
                               "more": {"id": b, **into, "subject": "another"}})
    assert list(r["created"]) == ["ok"]
    problems = {k: (v["type"], v.get("properties")) for k, v in r["notCreated"].items()}
    assert problems == {"again": ("alreadyExists", None), "nobody": ("notFound", None), "theirs": ("notFound", None), "no id": ("invalidProperties", ["id"]),
                        "no box": ("invalidProperties", ["mailboxIds"]), "bad box": ("invalidProperties", ["mailboxIds"]),
                        "none": ("invalidProperties", ["mailboxIds"]), "word": ("invalidProperties", ["keywords"]),
                        "date": ("invalidProperties", ["receivedAt"]), "more": ("invalidProperties", ["subject"])}
    assert r["notCreated"]["again"]["existingId"] == existing
    # the same original twice in one call
    [c] = import_all(client, [message("c", id="c@x")])
    r = copy(client, account, {"1": {"id": c, **into}, "2": {"id": c, **into}})
    assert r["created"].keys() == {"1"} and r["notCreated"]["2"]["existingId"] == r["created"]["1"]["id"]
    assert copy(client, account, {})["created"] is None


def test_originals_go_when_asked(client, other):
    account, box = other
    a, b, c = import_all(client, [message(s, id=f"{s}@x") for s in "abc"])
    into = {"mailboxIds": {box: True}}
    copy(client, account, {"k": {"id": c, **into}})
    old = state(client, LOCAL)
    r = copy(client, account, {"a": {"id": a, **into}, "b": {"id": b, **into}, "c": {"id": c, **into}}, onSuccessDestroyOriginal=True, destroyFromIfInState=old)
    [[name, implicit]] = r["implicit"]
    assert name == "Email/set" and implicit["accountId"] == LOCAL and implicit["destroyed"] == [a, b] and implicit["notDestroyed"] is None
    assert implicit["oldState"] == old and implicit["newState"] == state(client, LOCAL) != old
    assert [e["id"] for e in all_of(client, LOCAL, "id")] == [c] and len(all_of(client, account, "id")) == 3
    # nothing was copied: no implicit call
    assert "implicit" not in copy(client, account, {"c": {"id": c, **into}}, onSuccessDestroyOriginal=True)


def test_states_guard_each_phase(client, other):
    account, box = other
    a, b = import_all(client, [message("a", id="a@x"), message("b", id="b@x")])
    create = {"k": {"id": a, "mailboxIds": {box: True}}}
    for guard in ("ifInState", "ifFromInState"):
        assert error_of(client, "Email/copy", fromAccountId=LOCAL, accountId=account, create=create, **{guard: "sffff"}).type == "stateMismatch"
    assert all_of(client, account, "id") == []
    r = copy(client, account, create, ifInState=state(client, account), ifFromInState=state(client, LOCAL), onSuccessDestroyOriginal=True, destroyFromIfInState="sffff")
    assert list(r["created"]) == ["k"]
    [[name, implicit]] = r["implicit"]
    assert name == "error" and implicit["type"] == "stateMismatch" and {a, b} == {e["id"] for e in all_of(client, LOCAL, "id")}


def test_accounts_of_a_copy(client, other):
    account, box = other
    for method, rest in (("Email/copy", {"create": {}}), ("Blob/copy", {"blobIds": []})):
        e = error_of(client, method, fromAccountId=LOCAL, accountId=LOCAL, **rest)
        assert e.type == "invalidArguments" and e.data["properties"] == ["fromAccountId"]
        for nobody in ("a99", "nonsense", "*", "#k"):
            assert error_of(client, method, fromAccountId=nobody, accountId=account, **rest).type == "fromAccountNotFound"
            assert error_of(client, method, fromAccountId=account, accountId=nobody, **rest).type == "accountNotFound"
    many = {str(i): {} for i in range(1001)}
    assert error_of(client, "Email/copy", fromAccountId=LOCAL, accountId=account, create=many).type == "requestTooLarge"
    assert error_of(client, "Blob/copy", fromAccountId=LOCAL, accountId=account, blobIds=list(many)).type == "requestTooLarge"


def test_creation_ids_hold_across_a_copy(client, other):
    account, box = other
    [blob] = upload(client, message("a", id="a@x"))
    imported, copied, got = client.batch(
        ("Email/import", {"accountId": LOCAL, "emails": {"i": {"blobId": blob, "mailboxIds": {mailbox(client, "inbox"): True}}}}),
        ("Email/copy", {"fromAccountId": LOCAL, "accountId": account, "create": {"c": {"id": "#i", "mailboxIds": {box: True}}}}),
        ("Email/get", {"accountId": account, "ids": ["#c"], "properties": ["subject"]}))
    assert got["list"] == [{"id": copied["created"]["c"]["id"], "subject": "a"}]
    assert imported["created"]["i"]["id"] != copied["created"]["c"]["id"]


def test_copies_that_tie_threads_are_told_as_they_are(client, other):
    account, box = other
    head = "References: <a@x> <b@x>\r\n"
    ids = import_all(client, [message("s", id="a@x"), message("s", id="b@x"), message("Re: s", id="c@x", extra=head)])
    r = copy(client, account, {k: {"id": id, "mailboxIds": {box: True}} for k, id in zip("abc", ids)})
    assert len({c["threadId"] for c in r["created"].values()}) == 1
    assert {c["id"] for c in r["created"].values()} == {e["id"] for e in all_of(client, account, "id")}


def test_a_copied_blob_outlives_the_original(client, other):
    account, _ = other
    [email] = import_all(client, [message("a", extra='MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=x\r\n', body="--x\r\n\r\none\r\n--x\r\n\r\ntwo\r\n--x--\r\n")])
    e = get(client, email, "blobId", "bodyStructure", bodyProperties=["blobId", "subParts"])
    part = e["bodyStructure"]["subParts"][1]["blobId"]
    r = client.call("Blob/copy", fromAccountId=LOCAL, accountId=account, blobIds=[e["blobId"], part, BLOB, "nope", part + "9", part])
    assert r["copied"] == {e["blobId"]: e["blobId"], part: part} and (r["fromAccountId"], r["accountId"]) == (LOCAL, account)
    assert {k: v["type"] for k, v in r["notCopied"].items()} == {BLOB: "notFound", "nope": "notFound", part + "9": "notFound"}
    client.call("Email/set", accountId=LOCAL, destroy=[email])
    got = client.call("Blob/get", accountId=account, ids=[part], properties=["data:asText"])["list"]
    assert got == [{"id": part, "data:asText": "two"}]
    up, copied, got = client.batch(("Blob/upload", {"create": {"b": {"data": [{"data:asText": "x"}]}}}),
                                   ("Blob/copy", {"fromAccountId": LOCAL, "accountId": account, "blobIds": ["#b"]}), ("Blob/get", {"ids": ["#b"]}))
    assert list(copied["copied"].values()) == [up["created"]["b"]["id"]] == [got["list"][0]["id"]]
    assert client.call("Blob/copy", fromAccountId=LOCAL, accountId=account, blobIds=[])["copied"] is None


# ---- servers ----

def letter(i):
    return (f"From: Jane <jane@example.org>\r\nTo: joe@example.org\r\nSubject: Letter {i}\r\nMessage-ID: <{i}@copy.example>\r\n"
            f"Date: Thu, 30 Oct 2014 14:12:00 +0800\r\n\r\nThe body of number {i}.\r\n").encode()


def sync(client, *accounts):
    task = client.call("Account/sync", accountIds=list(accounts))["taskId"]
    done = client.call("Task/get", ids=[task], waitMs=30000)["list"][0]
    assert done["state"] == "done" and all(a["ok"] for a in done["result"]["accounts"]), done


def wait_for_mail(client, account, n):
    end = time.monotonic() + 20
    while client.call("Email/query", accountId=account, calculateTotal=True)["total"] < n:
        assert time.monotonic() < end
        time.sleep(0.02)


def test_from_a_pop3_server_over_this_computer_to_an_imap_server(client):
    """Moved twice; of the message on the IMAP server only the header is here when it is copied back."""
    with Dovecot() as imap, BadPop3() as pop3:
        pop3.deliver(letter(1))
        imap.deliver("copier", letter(2))
        picked = add_account(client, "alice", pop3.url, password="pass")
        kept = add_account(client, "copier", f"imap://copier@{imap.host}:{imap.imap_port}?tls=none", password=imap.password, settings={"keep": {"bodies": "none"}})
        wait_for_mail(client, picked, 1)
        wait_for_mail(client, kept, 1)
        [first] = all_of(client, picked, "id", "blobId")
        [second] = all_of(client, kept, "id", "isPartial")
        assert second["isPartial"]
        inbox, here = mailbox(client, "inbox", kept), mailbox(client, "archive")

        r = client.call("Email/copy", fromAccountId=kept, accountId=LOCAL, onSuccessDestroyOriginal=True,
                        create={"k": {"id": second["id"], "mailboxIds": {here: True}, "keywords": {"$flagged": True}}})
        assert r["notCreated"] is None and r["implicit"][0][1]["destroyed"] == [second["id"]], r
        text = client.call("Blob/get", ids=[r["created"]["k"]["blobId"]], properties=["data:asText"])["list"][0]["data:asText"]
        assert text.encode() == letter(2)

        r = client.call("Email/copy", fromAccountId=picked, accountId=kept, create={"k": {"id": first["id"], "mailboxIds": {inbox: True}, "keywords": {"$seen": True}}},
                        onSuccessDestroyOriginal=True)
        assert r["notCreated"] is None and r["created"]["k"]["blobId"] == first["blobId"]
        sync(client, kept, picked)
        assert all_of(client, picked, "id") == []
        with imaplib.IMAP4(imap.host, imap.imap_port) as there:
            there.login("copier", imap.password)
            assert there.select("INBOX")[1] == [b"1"]  # the one is gone, the other is there
            [told, raw], *_ = there.fetch("1", "(FLAGS BODY.PEEK[])")[1]
            assert b"\\Seen" in told and raw == letter(1)
