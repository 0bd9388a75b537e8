"""VacationResponse/get, /set, and that it answers: mail is picked up from a POP3 server, answers go to a sink."""
import email
import email.policy
import email.utils
import pathlib
import sys
import time

import pytest

from client import Daemon, RpcError
from mail import LOCAL

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from bad_pop3 import BadPop3  # noqa: E402
from dovecot import Dovecot  # noqa: E402
from smtp_sink import Sink  # noqa: E402

URI = "urn:ietf:params:jmap:vacationresponse"


# ---- the object


def test_each_account_has_one_that_is_off(client):
    r = client.call("VacationResponse/get", accountId=LOCAL)
    assert r["list"] == [{"id": "singleton", "isEnabled": False, "fromDate": None, "toDate": None, "subject": None, "textBody": None, "htmlBody": None, "days": 7}]
    r = client.call("VacationResponse/get", accountId=LOCAL, ids=["singleton", "other"], properties=["isEnabled"])
    assert r["list"] == [{"id": "singleton", "isEnabled": False}] and r["notFound"] == ["other"]
    assert client.call("VacationResponse/get", accountId=LOCAL, ids=[])["list"] == []
    s = client.call("Session/get")
    assert s["capabilities"][URI] == {} and s["accounts"][LOCAL]["accountCapabilities"][URI] == {} and s["primaryAccounts"][URI] == LOCAL


def test_it_is_changed_and_never_made_or_destroyed(client):
    client.call("Push/subscribe", types=["VacationResponse"])
    before = client.call("VacationResponse/get", accountId=LOCAL)["state"]
    wanted = {"isEnabled": True, "fromDate": "2026-01-02T03:04:05Z", "toDate": "2030-01-02T03:04:05Z", "subject": "Away ☀", "textBody": "I am\naway.", "htmlBody": "<p>I am away.", "days": 3}
    r = client.call("VacationResponse/set", accountId=LOCAL, ifInState=before, update={"singleton": wanted, "other": {"isEnabled": True}},
                    create={"k": {"isEnabled": True}}, destroy=["singleton", "x"])
    assert r["updated"] == {"singleton": None} and r["notUpdated"]["other"]["type"] == "notFound" and r["oldState"] == before != r["newState"]
    assert r["notCreated"]["k"]["type"] == "singleton" and {k: v["type"] for k, v in r["notDestroyed"].items()} == {"singleton": "singleton", "x": "notFound"}
    assert client.notification("StateChange")["changed"][LOCAL] == {"VacationResponse": r["newState"]}
    got = client.call("VacationResponse/get", accountId=LOCAL)
    assert got["list"] == [{"id": "singleton", **wanted}] and got["state"] == r["newState"]
    # null is the default
    client.call("VacationResponse/set", accountId=LOCAL, update={"singleton": {"isEnabled": False, "toDate": None, "days": None, "id": "singleton"}})
    assert client.call("VacationResponse/get", accountId=LOCAL)["list"] == [{"id": "singleton", **wanted, "isEnabled": False, "toDate": None, "days": 7}]


BAD = [{"isEnabled": 1}, {"fromDate": "tomorrow"}, {"toDate": "2014-10-30T14:12:00+08:00"}, {"subject": "two\nlines"}, {"subject": "x" * 901}, {"textBody": 7},
       {"htmlBody": "x" * 524289}, {"days": 0}, {"days": 366}, {"days": "7"}, {"id": "other"}, {"colour": "red"}]


def test_what_it_cannot_be_is_said(client):
    for patch in BAD:
        error = client.call("VacationResponse/set", accountId=LOCAL, update={"singleton": patch})["notUpdated"]["singleton"]
        assert error["type"] == "invalidProperties" and error["properties"] == list(patch), error
    for method, args in (("VacationResponse/set", {"accountId": LOCAL, "ifInState": "s999"}), ("VacationResponse/set", {"accountId": LOCAL, "destroy": [f"x{n}" for n in range(2000)]}),
                         ("VacationResponse/get", {"accountId": "*"}), ("VacationResponse/get", {"accountId": LOCAL, "ids": [f"x{n}" for n in range(2000)]}),
                         ("VacationResponse/get", {"accountId": LOCAL, "properties": ["colour"]})):
        with pytest.raises(RpcError):
            client.call(method, **args)


# ---- the answers


def letter(sender="Joe <joe@example.net>", to="alice@example.org", ago=0, extra="", subject="hello", id="1@example.net"):
    date = email.utils.format_datetime(email.utils.localtime()) if not ago else email.utils.formatdate(time.time() - ago)
    return (f"{extra}Received: from a by b; {date}\r\nFrom: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nMessage-ID: <{id}>\r\n"
            f"Date: {date}\r\n\r\nAre you there?\r\n").encode()


def sync(client, account):
    task = client.call("Account/sync", accountIds=[account])["taskId"]
    [t] = client.call("Task/get", ids=[task], waitMs=20000)["list"]
    assert t["result"]["accounts"][0]["ok"], t


def answers(client, account, n, timeout=15):
    """To whom there are submissions, when there are n."""
    end = time.monotonic() + timeout
    while len(found := client.call("EmailSubmission/get", accountId=account)["list"]) < n:
        assert time.monotonic() < end, found
        time.sleep(0.02)
    return [r["email"] for s in found for r in s["envelope"]["rcptTo"]]


def test_new_mail_is_answered_while_it_is_on(daemon, client):
    with BadPop3() as server, Sink() as sink:
        server.deliver(letter("Early <early@example.net>", id="0@example.net"))
        account = client.call("Account/set", create={"k": {"address": "alice@example.org", "source": server.url, "password": "pass",
                                                           "transport": f"smtp://alice@127.0.0.1:{sink.port}?tls=none"}})["created"]["k"]["id"]
        client.call("VacationResponse/set", accountId=account, update={"singleton": {"isEnabled": True, "textBody": "Ich bin verreist: ☀", "subject": None}})
        sync(client, account)   # the first sync brings what was there
        server.deliver(
            letter("Old <old@example.net>", ago=3 * 86400, id="2@example.net"),
            letter("List <list@example.net>", extra="List-Id: <l.example.net>\r\n", id="3@example.net"),
            letter("Alice <alice@example.org>", id="4@example.net"),
            # what says that it is no person is behind a very long field
            *[letter(f"Long {n} <long{n}@example.net>", id=f"5{n}@example.net").replace(b"\r\n\r\n", b"\r\n" + fields + b"Auto-Submitted: auto-generated\r\n\r\n", 1)
              for n, fields in enumerate((b"X-Long:" + 3800 * (b" " + b"x" * 70 + b"\r\n"), 140 * (b"X" * 2000 + b": 1\r\n")))],
            letter("Blind <blind@example.net>", to="others@example.net", id="5@example.net"),
            letter("Joe <joe@example.net>", ago=9, extra="References: <0@example.net> <01@example.net>\r\n", id="6@example.net", subject="=?utf-8?q?gr=C3=BC=C3=9Fe?="),
            letter("Joe <JOE@example.net>", id="7@example.net", subject="again"))
        sync(client, account)
        assert answers(client, account, 1) == ["joe@example.net"]
        [m] = sink.wait(1)
        assert m.sender == "" and m.recipients == ["joe@example.net"]
        assert any("NOTIFY=NEVER" in c for c in sink.commands)
        a = email.message_from_bytes(m.data, policy=email.policy.default)
        assert a["To"] == "joe@example.net" and a["From"] == "alice@example.org" and a["Auto-Submitted"] == "auto-replied" and a["Subject"] == "Auto: grüße"
        assert a["In-Reply-To"] == "<6@example.net>" and a["References"].split() == ["<0@example.net>", "<01@example.net>", "<6@example.net>"]
        assert a.get_content().strip() == "Ich bin verreist: ☀" and a["Message-ID"].endswith("@example.org>") and a["Date"]

        # who was answered is remembered, and what has come is not forgotten
        daemon.kill()
        server.deliver(letter("Joe <joe@example.net>", id="8@example.net"), letter("Mary <mary@example.net>", extra="Return-Path: <m@bounces.example.net>\r\n", id="9@example.net"))
        with Daemon(daemon.profile) as again, again.client() as c:
            sync(c, account)
            assert sorted(answers(c, account, 2)) == ["joe@example.net", "m@bounces.example.net"]

            # what is outside its dates is not answered; HTML alone has a text beside it
            c.call("VacationResponse/set", accountId=account, update={"singleton": {"fromDate": email.utils.datetime.datetime.utcfromtimestamp(time.time() + 3600).strftime("%Y-%m-%dT%H:%M:%SZ")}})
            server.deliver(letter("Ann <ann@example.net>", id="10@example.net"))
            sync(c, account)
            c.call("VacationResponse/set", accountId=account, update={"singleton": {"fromDate": None, "textBody": None, "htmlBody": "<p>Gone <b>fishing</b></p>", "subject": "Fish"}})
            server.deliver(letter("Bob <bob@example.net>", id="11@example.net"))
            sync(c, account)
            assert sorted(answers(c, account, 3)) == ["bob@example.net", "joe@example.net", "m@bounces.example.net"]
            a = email.message_from_bytes(sink.wait(3)[-1].data, policy=email.policy.default)
            assert a["Subject"] == "Fish" and a.get_body(("plain",)).get_content().split() == ["Gone", "fishing"] and "<b>fishing</b>" in a.get_body(("html",)).get_content()
            # the message that was answered is not marked as answered by its reader
            assert c.call("Email/query", accountId=account, filter={"hasKeyword": "$answered"})["ids"] == []


@pytest.mark.skipif(not Dovecot.is_there(), reason="no Dovecot")
def test_a_server_that_keeps_the_mail_brings_news_between_passes(client):
    with Dovecot(tls=False, compress=False) as server, Sink() as sink:
        server.deliver("alice", letter("Old <early@example.net>", id="1@example.net"))
        account = client.call("Account/set", create={"k": {"address": "alice@example.org", "source": f"imap://alice@127.0.0.1:{server.imap_port}?tls=none", "password": server.password,
                                                           "transport": f"smtp://alice@127.0.0.1:{sink.port}?tls=none"}})["created"]["k"]["id"]
        sync(client, account)
        client.call("VacationResponse/set", accountId=account, update={"singleton": {"isEnabled": True}})
        server.deliver("alice", letter("Spam <spam@example.net>", id="2@example.net"), mailbox="Junk")
        server.deliver("alice", letter("Sent <sent@example.net>", id="3@example.net"), mailbox="Sent")
        sync(client, account)
        server.deliver("alice", letter("Joe <joe@example.net>", id="4@example.net", subject="now"))  # told by IDLE
        [m] = sink.wait(1)
        assert m.recipients == ["joe@example.net"] and b"Subject: Auto: now\r\n" in m.data and b"I am away" in m.data
        # another program moves it: it is the same message, and nobody is answered
        server.doveadm("mailbox", "create", "-u", "alice", "Work")
        server.doveadm("move", "-u", "alice", "Work", "mailbox", "INBOX", "all")
        sync(client, account)
        assert answers(client, account, 1) == ["joe@example.net"]
