"""Messages of which only the header is here: what works without the body, what fetches it, what fails without a server."""
import pathlib
import sys
import time

import pytest

from client import RpcError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from dovecot import Dovecot  # noqa: E402

N = 8


def letter(i):
    return (f"From: Jane <jane@example.org>\r\nTo: joe@example.org\r\nSubject: Letter {i}\r\nMessage-ID: <{i}@keep.example>\r\n"
            f"Date: Thu, 30 Oct 2014 14:12:00 +0800\r\nX-Number: {i}\r\n\r\nThe body of number {i}.\r\n").encode()


@pytest.fixture(scope="module")
def server():
    with Dovecot() as d:
        for i in range(N):
            d.deliver("keeper", letter(i))
        yield d


def phase(client, account):
    return client.call("Account/get", ids=[account])["list"][0]["syncState"]["phase"]


def wait_for(client, account, *phases):
    end = time.monotonic() + 20
    while phase(client, account) not in phases:
        assert time.monotonic() < end, phase(client, account)
        time.sleep(0.05)


def emails(client, account, *properties, **more):
    ids = client.call("Email/query", accountId=account, sort=[{"property": "receivedAt"}, {"property": "subject"}])["ids"]
    return client.call("Email/get", accountId=account, ids=ids, properties=list(properties), **more)["list"]


def test_partial_emails(client, server):
    created = client.call("Account/set", create={"k": {
        "address": "keeper@example.org", "source": f"imap://keeper@{server.host}:{server.imap_port}?tls=none", "password": server.password,
        "settings": {"keep": {"bodies": "none"}}}})["created"]
    account = created["k"]["id"]
    wait_for(client, account, "watching")
    before = emails(client, account, "isPartial", "blobId", "subject", "preview", "size", "headers", "header:X-Number:asText", "accountId")
    assert [e["isPartial"] for e in before] == [True] * N
    assert sorted(e["size"] for e in before) == sorted(len(letter(i)) for i in range(N))
    assert all(e["preview"] == "" and e["blobId"] == "p" + e["id"][1:] for e in before)
    by_number = {int(e["header:X-Number:asText"]): e for e in before}

    # one after the other, in one batch: the body that the first has fetched is there for the second
    first = by_number[0]
    got = client.batch(("Email/get", {"accountId": account, "ids": [first["id"]], "properties": ["bodyValues", "isPartial"], "fetchAllBodyValues": True}),
                       ("Blob/get", {"accountId": account, "ids": [first["blobId"]], "properties": ["data:asText", "size"]}),
                       ("Email/parse", {"accountId": account, "blobIds": [first["blobId"]], "properties": ["subject"]}))
    assert got[0]["list"][0]["bodyValues"]["1"]["value"] == "The body of number 0.\n" and not got[0]["list"][0]["isPartial"]
    assert got[1]["list"][0]["data:asText"] == letter(0).decode() and got[1]["list"][0]["size"] == len(letter(0))
    assert got[2]["parsed"][first["blobId"]]["subject"] == "Letter 0"
    assert client.call("Blob/get", accountId=account, ids=["p0", "p10000", first["blobId"] + "_7"])["notFound"] == ["p0", "p10000", first["blobId"] + "_7"]
    # bytes that come by their own id: two of them with one call
    pair = client.call("Blob/get", accountId=account, ids=[by_number[1]["blobId"], by_number[2]["blobId"]], properties=["size"])["list"]
    assert [b["size"] for b in pair] == [len(letter(1)), len(letter(2))]
    # a reply needs the body only for the quote; what is forwarded goes with the body's blob
    answered = {"accountId": account, "emailId": by_number[4]["id"]}
    assert client.call("Compose/reply", quote=False, **answered)["create"]["draft"]["subject"] == "Re: Letter 4"
    assert client.call("Email/get", accountId=account, ids=[by_number[4]["id"]], properties=["isPartial"])["list"][0]["isPartial"]
    draft = client.call("Compose/reply", **answered)["create"]["draft"]
    assert draft["bodyValues"]["text"]["value"].endswith("> The body of number 4.\n") and draft["from"] == [{"name": None, "email": "keeper@example.org"}]
    [attached] = client.call("Compose/forward", asAttachment=True, **answered)["create"]["draft"]["attachments"]
    assert client.call("Blob/get", accountId=account, ids=[attached["blobId"]], properties=["size"])["list"][0]["size"] == len(letter(4))

    # what is written may hold it, and it may be imported or copied elsewhere
    inbox = client.call("Mailbox/query", accountId="a1", filter={"role": "inbox"})["ids"][0]
    into = {"mailboxIds": {inbox: True}}

    def with_part(email):
        parts = [{"type": "text/plain", "partId": "1"}, {"type": "message/rfc822", "blobId": email["blobId"]}]
        return {**into, "bodyStructure": {"type": "multipart/mixed", "subParts": parts}, "bodyValues": {"1": {"value": "see below"}}}
    made = client.call("Email/set", accountId="a1", create={"k": with_part(by_number[5])})["created"]["k"]["id"]
    [part] = client.call("Email/get", accountId="a1", ids=[made], properties=["attachments"])["list"][0]["attachments"]
    assert part["size"] == len(letter(5))
    imported = client.call("Email/import", accountId="a1", emails={"k": {"blobId": by_number[6]["blobId"], **into}})["created"]["k"]
    copied = client.call("Email/copy", fromAccountId=account, accountId="a1", create={"k": {"id": by_number[7]["id"], **into}})["created"]["k"]
    assert [imported["size"], copied["size"]] == [len(letter(6)), len(letter(7))]

    server.pause()
    wait_for(client, account, "waiting", "failed")
    last = by_number[3]
    for method, arguments in (("Email/get", {"ids": [last["id"]]}), ("Blob/get", {"ids": [last["blobId"]]}), ("Blob/open", {"blobId": last["blobId"]}),
                              ("Email/parse", {"blobIds": [last["blobId"]]}), ("Compose/reply", {"emailId": last["id"]}), ("Compose/forward", {"emailId": last["id"]}),
                              ("Compose/template", {"emailId": last["id"]}), ("Compose/resend", {"emailId": last["id"], "to": [{"email": "joe@example.org"}]})):
        with pytest.raises(RpcError) as e:
            client.call(method, accountId=account, **arguments)
        assert e.value.data["type"] == "serverUnavailable" and e.value.data["retry"] == "later", method
    gone = "serverUnavailable"
    assert client.call("Email/set", accountId="a1", create={"k": with_part(last), "l": into})["notCreated"]["k"]["type"] == gone
    assert client.call("Email/import", accountId="a1", emails={"k": {"blobId": last["blobId"], **into}})["notCreated"]["k"]["type"] == gone
    assert client.call("Email/copy", fromAccountId=account, accountId="a1", create={"k": {"id": last["id"], **into}})["notCreated"]["k"]["type"] == gone
    assert client.call("Blob/copy", fromAccountId=account, accountId="a1", blobIds=[last["blobId"]])["notCopied"][last["blobId"]]["type"] == gone
    still = {e["id"]: e["isPartial"] for e in emails(client, account, "subject", "headers", "isPartial")}
    assert still == {e["id"]: e is last for e in by_number.values()}
    assert client.call("Email/set", accountId=account, update={last["id"]: {"keywords/$flagged": True}})["updated"]
    assert client.call("Account/set", destroy=[account])["destroyed"] == [account]
