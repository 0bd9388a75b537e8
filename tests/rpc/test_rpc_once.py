"""idempotencyKey: a call whose answer was lost is made again, and carried out once."""
import json
import sqlite3
import threading

import pytest

from client import RpcError
from mail import LOCAL, mailbox, message, upload


def draft(box, subject):
    return {"mailboxIds": {box: True}, "subject": subject, "bodyStructure": {"type": "text/plain", "partId": "1"}, "bodyValues": {"1": {"value": "hello"}}}


def total(client):
    return client.call("Email/query", accountId=LOCAL, calculateTotal=True)["total"]


def test_the_second_time_it_is_answered_as_it_was(client, daemon):
    box = mailbox(client, "drafts")
    call = dict(accountId=LOCAL, create={"k": draft(box, "once")}, idempotencyKey="a-key")
    first = client.call("Email/set", **call)
    assert client.call("Email/set", **call) == first and total(client) == 1
    with daemon.client() as other:
        assert other.call("Email/set", **call) == first
    assert client.call("Email/set", **{**call, "idempotencyKey": "another"})["created"]["k"]["id"] != first["created"]["k"]["id"]
    assert total(client) == 2


def test_it_is_remembered_over_a_kill(client, daemon):
    call = dict(accountId=LOCAL, create={"k": {"name": "Projects"}}, idempotencyKey="make projects")
    first = client.call("Mailbox/set", **call)
    daemon.kill()
    daemon.start()
    with daemon.client() as again:
        assert again.call("Mailbox/set", **call) == first


def test_a_call_that_the_end_cut_short_is_not_made_again(client, daemon):
    call = dict(accountId=LOCAL, create={"k": draft(mailbox(client, "drafts"), "perhaps")}, idempotencyKey="perhaps")
    client.call("Email/set", **call)
    daemon.kill()
    db = sqlite3.connect(daemon.profile / "facteur.db")
    assert db.execute("UPDATE outcome SET answer = NULL WHERE key = 'perhaps'").rowcount == 1  # as if it had ended before
    db.commit()
    db.close()
    daemon.start()
    with daemon.client() as again:
        for _ in range(2):
            with pytest.raises(RpcError) as e:
                again.call("Email/set", **call)
            assert e.value.type == "outcomeUnknown"
        assert total(again) == 1
        assert again.call("Email/set", **{**call, "idempotencyKey": "once more"})["created"]["k"]["id"]


def test_creation_ids_hold_in_the_batch_of_the_second_time(client):
    [blob] = upload(client, message("imported", id="i@x"))
    box = mailbox(client, "inbox")

    def both():
        return client.batch(("Mailbox/set", {"accountId": LOCAL, "create": {"m": {"name": "New"}}, "idempotencyKey": "m"}),
                            ("Email/import", {"accountId": LOCAL, "emails": {"e": {"blobId": blob, "mailboxIds": {"#m": True, box: True}}},
                                              "idempotencyKey": "e"}),
                            ("Email/get", {"accountId": LOCAL, "ids": ["#e"], "properties": ["subject"]}))
    first = both()
    assert first[2]["list"][0]["subject"] == "imported"
    assert both() == first and total(client) == 1


def test_a_key_is_for_one_call(client):
    client.call("Mailbox/set", accountId=LOCAL, create={"k": {"name": "A"}}, idempotencyKey="k")
    for method, more in (("Mailbox/set", {"create": {"k": {"name": "B"}}}), ("Email/set", {"create": {"k": {"name": "A"}}})):
        with pytest.raises(RpcError) as e:
            client.call(method, accountId=LOCAL, idempotencyKey="k", **more)
        assert e.value.type == "idempotencyKeyReused"
    for bad in ("", "x" * 256, 7):
        with pytest.raises(RpcError) as e:
            client.call("Mailbox/set", accountId=LOCAL, idempotencyKey=bad)
        assert e.value.data["properties"] == ["idempotencyKey"]
    with pytest.raises(RpcError):
        client.call("Mailbox/get", accountId=LOCAL, idempotencyKey="k2")  # changes nothing: takes none


def test_a_call_that_failed_as_a_whole_may_be_made_again(client):
    state = client.call("Mailbox/get", accountId=LOCAL, ids=[])["state"]
    call = dict(accountId=LOCAL, create={"k": {"name": "A"}}, idempotencyKey="k")
    with pytest.raises(RpcError) as e:
        client.call("Mailbox/set", ifInState="s0", **call)
    assert e.value.type == "stateMismatch"
    assert client.call("Mailbox/set", ifInState=state, **call)["created"]["k"]["id"]


def test_a_client_that_left_before_its_answer_finds_it_later(client, daemon):
    box = mailbox(client, "drafts")
    call = dict(accountId=LOCAL, create={f"k{i}": draft(box, f"left {i}") for i in range(50)}, idempotencyKey="gone")
    for _ in range(3):
        gone = daemon.client()
        gone.send({"jsonrpc": "2.0", "id": 1, "method": "Email/set", "params": call})
        gone.close()
    answer = client.call("Email/set", **call)
    assert len(answer["created"]) == 50 and total(client) == 50


def test_the_same_call_at_once_is_carried_out_once(client, daemon):
    box = mailbox(client, "drafts")
    call = dict(accountId=LOCAL, create={f"k{i}": draft(box, f"same {i}") for i in range(20)}, idempotencyKey="same")
    answers = []

    def ask():
        with daemon.client() as c:
            answers.append(json.dumps(c.call("Email/set", **call), sort_keys=True))
    threads = [threading.Thread(target=ask) for _ in range(8)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert len(answers) == 8 and len(set(answers)) == 1 and total(client) == 20


def test_passwords_leave_no_trace(client, daemon):
    account = {"address": "a@example.org", "source": "imap://127.0.0.1:1?tls=none"}
    first = client.call("Account/set", create={"k": {**account, "password": "a very secret word"}}, idempotencyKey="acc")
    assert client.call("Account/set", create={"k": {**account, "password": "another"}}, idempotencyKey="acc") == first  # it is not hashed
    for file in daemon.profile.rglob("*"):
        if file.is_file() and file.name != "secrets":
            assert b"very secret" not in file.read_bytes(), file
