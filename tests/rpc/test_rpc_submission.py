"""Identity/* and EmailSubmission/*, with a server that keeps what it is given and one that does not."""
import base64
import email
import email.policy
import pathlib
import sqlite3
import sys
import threading
import time

import pytest

from client import Daemon, RpcError

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from smtp_sink import Sink  # noqa: E402


def letter(to="john@example.net", cc="", bcc="", sender="Jane Doe <jane@example.org>", id="one@example.org", body="Hello.\r\n.\r\n..dots\r\n", extra=""):
    head = f"From: {sender}\r\nTo: {to}\r\n"
    head += f"Cc: {cc}\r\n" if cc else ""
    head += f"Bcc: {bcc}\r\n" if bcc else ""
    head += f"Message-ID: <{id}>\r\n" if id else ""
    return head + extra + "Subject: hello\r\nDate: Thu, 30 Oct 2014 14:12:00 +0800\r\n\r\n" + body


class World:
    """An account whose IMAP server is not reached, and whose SMTP server is a sink."""

    def __init__(self, client, port, **settings):
        self.client, self.port = client, port
        r = client.call("Account/set", create={"k": {
            "address": "jane@example.org", "source": "imap://jane@127.0.0.1:1?tls=none", "transport": f"smtp://jane@127.0.0.1:{port}?tls=none",
            "password": "secret", "settings": settings}})
        assert r["notCreated"] is None, r
        self.account = r["created"]["k"]["id"]
        r = client.call("Mailbox/set", accountId=self.account, create={"d": {"name": "Drafts", "role": "drafts"}, "s": {"name": "Sent", "role": "sent"}})
        self.drafts, self.sent = r["created"]["d"]["id"], r["created"]["s"]["id"]
        self.identity = client.call("Identity/get", accountId=self.account)["list"][0]["id"]
        self.n = 0

    def call(self, method, **params):
        return self.client.call(method, accountId=self.account, **params)

    def draft(self, text):
        data = {"data:asText": text} if isinstance(text, str) else {"data:asBase64": base64.b64encode(text).decode()}
        blob = self.call("Blob/upload", create={"b": {"data": [data]}})["created"]["b"]["id"]
        r = self.call("Email/import", emails={"e": {"blobId": blob, "mailboxIds": {self.drafts: True}, "keywords": {"$draft": True}}})
        assert r["notCreated"] is None, r
        return r["created"]["e"]["id"]

    def submit(self, email_id, envelope=None, **more):
        return self.call("EmailSubmission/set", create={"k": {"identityId": self.identity, "emailId": email_id, "envelope": envelope}}, **more)

    def send(self, text=None, **envelope):
        r = self.submit(self.draft(text or letter()), envelope or None)
        assert r["notCreated"] is None, r
        return r["created"]["k"]["id"]

    def begin_anew(self):
        """Without the pause that follows a failure."""
        self.n += 1
        self.client.call("Account/set", update={self.account: {"name": f"again {self.n}"}})

    def get(self, id):
        return self.call("EmailSubmission/get", ids=[id])["list"][0]

    def wait(self, id, *states, timeout=15):
        end = time.monotonic() + timeout
        while (s := self.get(id))["state"] not in states:
            assert time.monotonic() < end, s
            time.sleep(0.02)
        return s


@pytest.fixture
def sink():
    with Sink() as s:
        yield s


@pytest.fixture
def world(client, sink):
    return World(client, sink.port)


def envelope(*to, sender="jane@example.org", **parameters):
    return {"mailFrom": {"email": sender, "parameters": parameters or None}, "rcptTo": [{"email": t, "parameters": None} for t in to]}


# ---- identities


def test_an_account_has_an_identity_and_can_have_more(client, world):
    first = world.call("Identity/get")["list"]
    assert [i["email"] for i in first] == ["jane@example.org"] and first[0]["mayDelete"]
    state = world.call("Identity/get", ids=[])["state"]
    r = world.call("Identity/set", create={
        "w": {"name": "Jane at work", "email": "*@work.example", "replyTo": [{"name": None, "email": "jane@work.example"}], "textSignature": "J."},
        "b": {"email": "a\r\nBcc: x@y"}, "n": {"name": "no address"}, "u": {"email": "a@b", "colour": "red"}, "r": {"email": "a@b", "replyTo": "x"}})
    assert {k: v["type"] for k, v in r["notCreated"].items()} == dict.fromkeys("bnur", "invalidProperties"), r
    id = r["created"]["w"]["id"]
    i = world.call("Identity/get", ids=[id, "i999"])
    assert i["notFound"] == ["i999"] and i["list"][0]["textSignature"] == "J." and i["list"][0]["bcc"] is None
    r = world.call("Identity/set", update={id: {"name": "Work", "bcc": [{"name": "me", "email": "me@x"}]}, "i999": {"name": "x"}, first[0]["id"]: {"email": "joe@x"}})
    assert list(r["updated"]) == [id] and r["notUpdated"]["i999"]["type"] == "notFound" and r["notUpdated"][first[0]["id"]]["properties"] == ["email"]
    c = world.call("Identity/changes", sinceState=state)
    assert c["created"] == [id] and not c["destroyed"]
    assert world.call("Identity/set", destroy=[id, "i999"])["destroyed"] == [id]
    for args in ({"accountId": "a999"}, {"accountId": world.account, "ifInState": "s999"}, {"accountId": world.account, "destroy": [f"i{n}" for n in range(2000)]}):
        with pytest.raises(RpcError):
            client.call("Identity/set", **args)
    for method, args in (("Identity/get", {"accountId": "a999"}), ("Identity/get", {"ids": ["i1"] * 0 + [f"i{n}" for n in range(2000)]}),
                         ("Identity/get", {"properties": ["colour"]}), ("Identity/changes", {"accountId": "a999", "sinceState": "s0"}), ("Identity/changes", {"sinceState": "x"})):
        with pytest.raises(RpcError):
            client.call(method, **args)


# ---- sending


def test_a_message_goes_out_once_and_the_draft_is_moved_in_the_same_call(client, world, sink):
    body = letter(to="John <john@example.net>, jim@example.net", cc="john@example.net", bcc="joe@example.com")
    id = world.draft(body)
    r = world.submit(id, onSuccessUpdateEmail={"#k": {f"mailboxIds/{world.drafts}": None, f"mailboxIds/{world.sent}": True, "keywords/$draft": None}})
    created = r["created"]["k"]
    assert created["undoStatus"] == "pending" and created["state"] == "queued", r
    assert r["implicit"][0][0] == "Email/set" and list(r["implicit"][0][1]["updated"]) == [id]
    s = world.wait(created["id"], "sent")
    assert s["undoStatus"] == "final" and s["emailId"] == id and s["error"] is None
    assert s["deliveryStatus"] == {a: {"smtpReply": "250 2.0.0 queued", "delivered": "unknown", "displayed": "unknown"}
                                   for a in ("john@example.net", "jim@example.net", "joe@example.com")}
    [m] = sink.messages
    assert m.sender == "jane@example.org" and m.recipients == ["john@example.net", "jim@example.net", "joe@example.com"]
    assert m.data == body.replace("Bcc: joe@example.com\r\n", "").encode()
    e = world.call("Email/get", ids=[id], properties=["mailboxIds", "keywords"])["list"][0]
    assert e["mailboxIds"] == {world.sent: True} and e["keywords"] == {}
    time.sleep(0.3)
    assert len(sink.messages) == 1


def test_what_was_answered_says_so_when_the_answer_has_left(world, sink):
    ids = [world.draft(letter(id=f"{n}@x", extra="Reply-To: bob@example.net\r\n")) for n in ("asked", "told")]
    world.call("Email/set", update={i: {"mailboxIds": {world.sent: True}, "keywords": {}} for i in ids})
    keywords = lambda: [e["keywords"] for e in world.call("Email/get", ids=ids, properties=["keywords"])["list"]]     # noqa: E731
    drafts = {"r": world.call("Compose/reply", emailId=ids[0])["create"]["draft"], "t": world.call("Compose/reply", emailId=ids[1])["create"]["draft"],
              "f": {**world.call("Compose/forward", emailId=ids[1])["create"]["draft"], "to": [{"name": None, "email": "eve@example.net"}]}}
    made = world.call("Email/set", create=drafts)["created"]
    world.call("Email/set", destroy=[made["t"]["id"]])      # a draft that is thrown away is no answer
    r = world.call("EmailSubmission/set", create={k: {"identityId": world.identity, "emailId": made[k]["id"],
                                                      "envelope": None if k == "r" else envelope("eve@example.net", HOLDFOR="60")} for k in "rf"})
    world.wait(r["created"]["r"]["id"], "sent")
    assert keywords() == [{"$answered": True}, {}]
    world.call("EmailSubmission/set", update={r["created"]["f"]["id"]: {"state": "queued"}})
    world.wait(r["created"]["f"]["id"], "sent")
    assert keywords() == [{"$answered": True}, {"$forwarded": True}]


def test_a_message_is_sent_on_as_it_is(client, world, sink):
    asked, original = letter(id="asked@x"), letter(bcc="secret@example.org", id="was@x", extra="In-Reply-To: <asked@x>\r\nResent-To: before@x.org\r\n", body="d\u00e9j\u00e0\r\n")
    ids = [world.draft(asked), world.draft(original)]
    people = lambda *emails: [{"name": "Zo\u00e9", "email": e} for e in emails]     # noqa: E731
    r = world.call("Compose/resend", emailId=ids[1], to=people("zoe@example.net"), cc=people("jim@example.net"), bcc=people("eve@example.net", "JIM@example.net"))
    assert r["envelope"] == {"mailFrom": {"email": "jane@example.org", "parameters": None},
                             "rcptTo": [{"email": e, "parameters": None} for e in ("zoe@example.net", "jim@example.net", "eve@example.net")]}
    email_id, submission = r["email"]["id"], {"identityId": r["identityId"], "emailId": r["email"]["id"]}
    refused = world.call("EmailSubmission/set", create={"k": submission})       # it would go to those whom it went to first
    assert refused["notCreated"]["k"]["properties"] == ["envelope"]
    sent = world.call("EmailSubmission/set", create={"k": {**submission, "envelope": r["envelope"]}}, onSuccessUpdateEmail={"#k": {"mailboxIds": {world.sent: True}, "keywords/$draft": None}})
    world.wait(sent["created"]["k"]["id"], "sent")
    [m] = sink.messages
    assert m.recipients == ["zoe@example.net", "jim@example.net", "eve@example.net"]
    head, rest = m.data.split(b"From: Jane Doe", 1)
    assert b"From: Jane Doe" + rest == original.replace("Bcc: secret@example.org\r\n", "").encode()
    fields = email.message_from_bytes(head, policy=email.policy.default)
    assert [k for k in fields.keys()] == ["Resent-Date", "Resent-From", "Resent-To", "Resent-Cc", "Resent-Message-ID"] and not fields.defects
    assert fields["Resent-From"].addresses[0].addr_spec == "jane@example.org" and fields["Resent-To"].addresses[0].display_name == "Zo\u00e9" and fields["Resent-Date"].datetime
    assert fields["Resent-Message-ID"].strip().endswith("@example.org>") and fields["Resent-Message-ID"] != "<was@x>"
    assert world.call("Email/get", ids=ids[:1], properties=["keywords"])["list"][0]["keywords"] == {"$draft": True}     # which is no answer to what that answered
    e = world.call("Email/get", ids=[email_id], properties=["subject", "header:Resent-To:asAddresses:all"])["list"][0]
    assert e["subject"] == "hello" and len(e["header:Resent-To:asAddresses:all"]) == 2
    for wrong, said in (({"to": []}, "to"), ({"to": people("a@x\r\nBcc: b@x")}, "to"), ({"cc": people("nobody")}, "cc"), ({"bcc": people("a@x\n")}, "bcc"), ({"identityId": "n999"}, "identityId")):
        with pytest.raises(RpcError) as why:
            world.call("Compose/resend", **{"emailId": ids[1], "to": people("a@x.org"), **wrong})
        assert why.value.type == "invalidArguments" and why.value.data["properties"] == [said], wrong
    for emailId, type in (("e999", "notFound"), (world.draft(" folded: x\r\n\r\n"), "invalidArguments")):
        with pytest.raises(RpcError) as why:
            world.call("Compose/resend", emailId=emailId, to=people("a@x.org"))
        assert why.value.type == type


def test_what_is_kept_goes_out_with_crlf(world, sink):
    world.wait(world.send(letter(body="a\nb\n\n.\nno end").replace("\r\n", "\n")), "sent")
    assert sink.messages[0].data == letter(body="a\r\nb\r\n\r\n.\r\nno end\r\n").encode()


def test_eight_bits_and_names_in_other_scripts(world, sink):
    r = world.submit(world.draft(letter(body="d\u00e9j\u00e0 vu\r\n")), envelope("jim@b\u00fccher.example", "j\u00fcrgen@example.net"))
    world.wait(r["created"]["k"]["id"], "sent")
    assert sink.messages[0].recipients == ["jim@xn--bcher-kva.example", "j\u00fcrgen@example.net"]
    assert any(c.startswith("MAIL") and "BODY=8BITMIME" in c and "SMTPUTF8" in c for c in sink.commands)


def test_a_server_without_8bitmime_gets_ascii_that_says_the_same(client):
    m = email.message.EmailMessage(policy=email.policy.SMTP.clone(cte_type="8bit"))
    m["From"], m["To"], m["Subject"], m["Date"], m["Message-ID"] = "jane@example.org", "john@example.net", "déjà", "Thu, 30 Oct 2014 14:12:00 +0800", "<8bit@x>"
    m.set_content("Voilà,\n.\nd'accord = oui \n", cte="8bit")
    m.add_alternative("<p>Voilà</p>\n", subtype="html", cte="8bit")
    m.add_attachment("日本語の文\n", filename="日本.txt", cte="8bit")
    m.add_attachment("é\n".encode("latin-1"), "application", "x-thing", filename="b.bin", cte="8bit")
    signed = letter(id="signed@x", extra="MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=b\r\n", body="--b\r\n\r\né\r\n--b--\r\n")
    with Sink(extensions=["PIPELINING"]) as sink:
        w = World(client, sink.port)
        s = w.wait(w.send(m.as_bytes()), "sent", "failed")
        assert s["state"] == "sent", s
        data = sink.messages[0].data
        assert data.isascii() and not any("BODY=" in c for c in sink.commands)
        got = email.message_from_bytes(data, policy=email.policy.default)
        m = email.message_from_bytes(m.as_bytes(), policy=email.policy.default)     # with the line ends of the wire
        assert [p.get_content() for p in got.walk() if not p.is_multipart()] == [p.get_content() for p in m.walk() if not p.is_multipart()]
        assert got["Subject"] == "déjà" and [p.get_filename() for p in got.iter_attachments()] == ["日本.txt", "b.bin"]
        s = w.wait(w.send(signed), "failed")
        assert "signed" in s["error"]["message"] and s["error"]["type"] == "unsupported" and len(sink.messages) == 1


def test_parameters_of_rfc_3461_are_passed_on(world, sink):
    e = envelope("john@example.net", RET="HDRS", ENVID="q=1")
    e["rcptTo"][0]["parameters"] = {"notify": "SUCCESS,FAILURE", "ORCPT": "rfc822;John@example.net"}
    world.wait(world.send(**e), "sent")
    assert any(c == "RCPT TO:<john@example.net> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;John@example.net" for c in sink.commands), sink.commands
    assert any(c.endswith("RET=HDRS ENVID=q+3D1") for c in sink.commands)


@pytest.mark.parametrize("mail_from, rcpt_to", [
    ({"RET": "X"}, {}), ({"RET": ""}, {}), ({"ENVID": "e" * 101}, {}), ({"ENVID": ""}, {}), ({"ENVID": "=" * 34}, {}), ({"ENVID": "\u00e9"}, {}), ({"HOLDFOR": "1", "holdfor": "600"}, {}),
    ({}, {"NOTIFY": "NEVER,SUCCESS"}), ({}, {"NOTIFY": "SUCCESS,"}), ({}, {"NOTIFY": ""}), ({}, {"NOTIFY": "sometimes"}), ({}, {"ORCPT": "a@b"}), ({}, {"ORCPT": ";a@b"}),
    ({}, {"ORCPT": "rfc822;other@b.c"}), ({}, {"ORCPT": "rfc822;" + "+" * 170})])
def test_parameters_that_would_be_lost_are_refused(world, sink, mail_from, rcpt_to):
    r = world.submit(world.draft(letter()), {"mailFrom": {"email": "jane@example.org", "parameters": mail_from or None}, "rcptTo": [{"email": "a@b.c", "parameters": rcpt_to or None}]})
    assert r["notCreated"]["k"]["type"] == "invalidProperties" and sink.messages == []


def test_one_of_three_is_refused_and_the_others_are_served(client, world, sink):
    sink.refuse["b@x.example"] = "550 5.1.1 no such user"
    s = world.wait(world.send(**envelope("a@x.example", "b@x.example", "c@x.example")), "sent")
    assert {a: d["delivered"] for a, d in s["deliveryStatus"].items()} == {"a@x.example": "unknown", "b@x.example": "no", "c@x.example": "unknown"}
    assert s["deliveryStatus"]["b@x.example"]["smtpReply"] == "550 5.1.1 no such user"
    assert sink.messages[0].recipients == ["a@x.example", "c@x.example"]
    [n] = client.call("Account/get", ids=[world.account], properties=["notices"])["list"][0]["notices"]
    assert n["type"] == "notSent" and "b@x.example" in n["description"]


def test_a_refusal_for_good_fails_and_can_be_tried_again(world, sink):
    sink.final = "554 5.7.1 looks like spam"
    email_id = world.draft(letter())
    r = world.submit(email_id, onSuccessUpdateEmail={"#k": {"mailboxIds": {world.sent: True}, "keywords/$draft": None}})
    id = r["created"]["k"]["id"]
    place = lambda: world.call("Email/get", ids=[email_id], properties=["mailboxIds", "keywords"])["list"][0]       # noqa: E731
    s = world.wait(id, "failed")
    assert place()["mailboxIds"] == {world.drafts: True} and place()["keywords"] == {"$draft": True}
    assert s["error"]["type"] == "server" and s["error"]["server"] == "554 5.7.1 looks like spam" and s["undoStatus"] == "pending"
    sink.final = "250 ok"
    assert world.call("EmailSubmission/set", update={id: {"state": "queued"}})["notUpdated"] is None
    world.wait(id, "sent")
    assert len(sink.messages) == 1 and place()["mailboxIds"] == {world.sent: True} and place()["keywords"] == {}


def test_a_temporary_one_waits_and_is_sent_when_somebody_wants_it(world, sink):
    sink.refuse["john@example.net"] = "450 4.2.0 greylisted"
    id = world.send()
    end = time.monotonic() + 10
    while not (s := world.get(id))["tries"] and time.monotonic() < end:
        time.sleep(0.02)
    assert s["state"] == "queued" and s["tries"] == 1 and s["nextTryAt"] and s["deliveryStatus"]["john@example.net"] == {
        "smtpReply": "450 4.2.0 greylisted", "delivered": "queued", "displayed": "unknown"}, s
    del sink.refuse["john@example.net"]
    world.call("EmailSubmission/set", update={id: {"state": "queued"}})
    world.wait(id, "sent")
    assert len(sink.messages) == 1


def test_many_go_over_one_connection(world, sink):
    ids = [world.send(letter(id=f"{i}@x")) for i in range(20)]
    for id in ids:
        world.wait(id, "sent")
    assert len(sink.messages) == 20 and sink.connections == 1


# ---- taking back


def test_one_client_sends_with_an_undo_window_and_another_takes_it_back(daemon, world, sink):
    id = world.send(**envelope("john@example.net", HOLDFOR="10"))
    s = world.get(id)
    assert s["state"] == "held" and s["undoStatus"] == "pending"
    time.sleep(0.5)
    with daemon.client() as other:
        r = other.call("EmailSubmission/set", accountId=world.account, update={id: {"undoStatus": "canceled"}})
        assert r["updated"] == {id: None}, r
    s = world.get(id)
    assert s["state"] == s["undoStatus"] == "canceled" and s["deliveryStatus"]["john@example.net"]["delivered"] == "no"
    assert world.call("EmailSubmission/set", update={id: {"state": "queued"}})["notUpdated"][id]["type"] == "forbidden"
    assert sink.connections == 0


def test_what_is_held_goes_out_when_its_time_comes_and_not_before(world, sink):
    email_id, began = world.draft(letter()), time.time()
    id = world.submit(email_id, envelope("john@example.net", HOLDFOR="1"))["created"]["k"]["id"]
    assert world.get(id)["state"] == "held"
    world.wait(id, "sent")      # whole seconds of the clock would end the window up to a second early
    assert 1 <= time.time() - began < 6 and len(sink.messages) == 1


def test_it_is_too_late_to_take_back_what_is_on_the_wire(world, sink):
    sink.delay = 1.5
    id = world.send()
    world.wait(id, "sending")
    r = world.call("EmailSubmission/set", update={id: {"undoStatus": "canceled"}}, destroy=[id, "s999"])
    assert r["notUpdated"][id]["type"] in ("cannotUnsend", "willDestroy") and r["notDestroyed"][id]["type"] == "forbidden"
    assert world.call("EmailSubmission/set", update={id: {"undoStatus": "canceled"}})["notUpdated"][id]["type"] == "cannotUnsend"
    world.wait(id, "sent")
    assert world.call("EmailSubmission/set", update={id: {"undoStatus": "canceled"}})["notUpdated"][id]["type"] == "cannotUnsend"
    assert world.call("EmailSubmission/set", destroy=[id])["destroyed"] == [id]


def test_a_destroyed_email_goes_out_all_the_same(world, sink):
    email_id = world.draft(letter())
    r = world.submit(email_id, envelope("john@example.net", HOLDFOR="1"), onSuccessDestroyEmail=["#k"])
    assert r["implicit"][0][1]["destroyed"] == [email_id]
    world.wait(r["created"]["k"]["id"], "sent")
    assert sink.messages[0].data == letter().encode()


def test_an_account_is_not_removed_with_what_waits_to_be_sent(client, world, sink):
    id = world.send(**envelope("john@example.net", HOLDFOR="600"))
    problem = client.call("Account/set", destroy=[world.account])["notDestroyed"][world.account]
    assert problem["type"] == "forbidden" and "1 message " in problem["description"]
    client.call("Account/set", update={world.account: {"isEnabled": False}})
    assert world.get(id)["state"] == "held"
    assert client.call("Account/set", destroy=[world.account])["notDestroyed"][world.account]["type"] == "forbidden"
    client.call("Account/set", update={world.account: {"isEnabled": True}})
    world.call("EmailSubmission/set", update={id: {"state": "queued"}})
    world.wait(id, "sent")
    assert client.call("Account/set", destroy=[world.account])["destroyed"] == [world.account]


# ---- when the answer is lost


def test_a_connection_that_ends_before_the_dot_is_tried_again(world, sink):
    sink.cut = "before-dot"     # the dot has come: the sink forgets the message, which the client cannot know
    id = world.send()
    assert world.wait(id, "uncertain")["undoStatus"] == "final"
    assert sink.messages == []


def test_a_lost_answer_makes_it_uncertain_and_nothing_sends_it_again(daemon, world, sink):
    sink.cut = "after-dot"
    id = world.send()
    s = world.wait(id, "uncertain")
    assert s["error"]["type"] == "network"
    sink.cut = None
    other = world.send(letter(id="two@x"))      # the others go on, after a moment
    world.wait(other, "sent")
    assert world.call("EmailSubmission/set", update={id: {"undoStatus": "canceled"}})["notUpdated"][id]["type"] == "cannotUnsend"
    daemon.kill()
    with Daemon(daemon.profile) as again, again.client() as c:
        world.client = c
        time.sleep(1)
        assert world.get(id)["state"] == "uncertain" and len(sink.messages) == 2
        assert world.call("EmailSubmission/set", update={id: {"state": "sent"}})["updated"] == {id: None}
        assert world.get(id)["deliveryStatus"]["john@example.net"]["delivered"] == "unknown"


def test_the_user_may_send_an_uncertain_one_again_or_give_it_up(world, sink):
    sink.cut = "after-dot"
    again = world.send(letter(id="a@x"))
    world.wait(again, "uncertain")
    world.begin_anew()
    given_up = world.send(letter(id="b@x"))
    world.wait(given_up, "uncertain")
    sink.cut = None
    world.begin_anew()
    r = world.call("EmailSubmission/set", update={again: {"state": "queued"}, given_up: {"state": "failed"}})
    assert r["notUpdated"] is None, r
    world.wait(again, "sent")
    assert world.get(given_up)["state"] == "failed" and len(sink.messages) == 3


def test_wherever_the_connection_is_cut_nothing_is_lost_doubled_or_reported_as_sent_that_was_not(client):
    """The dialogue is cut at bytes of either side; what then is not settled is tried again as the outbox does by itself."""
    with Sink() as probe:
        w = World(client, probe.port)
        w.wait(w.send(), "sent")
        sent, read = probe.sent, probe.read
    # (tests/conversation/test_smtp.c cuts at every byte; here the store takes part.)
    points = {("cut_after_sent", n) for n in range(0, sent, 12)} | {("cut_after_read", n) for n in range(0, read, 20)}
    points |= {("cut_after_read", read - n) for n in range(5, 10)} | {("cut_after_sent", sent - n) for n in (9, 10, 20, 30)}
    for what, n in sorted(points):
        with Sink(port=w.port) as sink:
            setattr(sink, what, n)
            id = w.send(letter(id=f"{what}{n}@x"))
            end = time.monotonic() + 10
            while (s := w.get(id))["state"] == "sending" or (s["state"] == "queued" and not s["error"]):
                assert time.monotonic() < end, (what, n, s)
                time.sleep(0.01)
            if s["state"] == "queued":
                assert sink.messages == [], (what, n)
                setattr(sink, what, None)
                w.call("EmailSubmission/set", update={id: {"state": "queued"}})
                w.begin_anew()
                w.wait(id, "sent", "uncertain")
            assert len(sink.messages) <= 1, (what, n)
            s = w.get(id)
            assert s["state"] in ("sent", "uncertain"), (what, n, s)
            if s["state"] == "sent":
                assert len(sink.messages) == 1, (what, n)
            w.begin_anew()


@pytest.mark.parametrize("when", ["held", "queued", "on the wire", "sent"])
def test_facteurd_is_killed_in_every_phase(daemon, when):
    with daemon.client() as client, Sink() as sink:
        w = World(client, sink.port)
        if when == "on the wire":
            sink.delay = 30
        if when == "queued":
            sink.close()
        id = w.send(**envelope("john@example.net", **({"HOLDFOR": "3"} if when == "held" else {})))
        if when == "on the wire":
            assert sink.at_end.wait(10)
        if when == "sent":
            w.wait(id, "sent")
        daemon.kill()
    with Sink(port=w.port) as sink2, Daemon(daemon.profile) as again, again.client() as c:
        w.client = c
        s = w.wait(id, "sent", "uncertain")
        time.sleep(0.5)
        taken = len(sink.messages) + len(sink2.messages)
        assert taken == 1 and s["state"] == ("uncertain" if when == "on the wire" else "sent"), (when, s, taken)


def test_of_many_that_are_reserved_at_once_a_kill_leaves_one_uncertain_at_most(daemon):
    """A quick server gets them in batches, of which the store says `sending` before the first has gone out."""
    n, kills, profile = 120, 3, daemon.profile
    with Sink() as sink:
        client = daemon.client()
        w = World(client, sink.port)
        emails = [w.draft(letter(id=f"{i}@batch")) for i in range(n)]
        r = w.call("EmailSubmission/set", create={f"k{i}": {"identityId": w.identity, "emailId": e, "envelope": envelope("john@example.net", HOLDFOR="1")}
                                                  for i, e in enumerate(emails)})
        assert r["notCreated"] is None
        amidst = 0
        for kill in range(kills):
            sink.wait((kill + 1) * n // (kills + 2), 30)
            client.close()
            daemon.kill()
            with sqlite3.connect(f"file:{profile / 'facteur.db'}?mode=ro", uri=True) as db:
                reserved = db.execute("SELECT count(*) FROM submission WHERE state = 3 AND reserved_by IS NOT NULL").fetchone()[0]
            amidst += reserved > 1
            daemon = Daemon(profile).__enter__()
            client = w.client = daemon.client()
        assert amidst > 0, "it was never killed amidst a batch"
        end = time.monotonic() + 30
        states = []
        while not states or {s["state"] for s in states} - {"sent", "uncertain"}:
            assert time.monotonic() < end, states
            time.sleep(0.05)
            states = w.call("EmailSubmission/get", properties=["state"])["list"]
        came = [email.message_from_bytes(m.data)["Message-ID"] for m in sink.messages]
        assert len(came) == len(set(came)), "one came twice"
        unsure = [s for s in states if s["state"] == "uncertain"]
        assert len(unsure) <= kills and n - len(came) <= len(unsure), (len(came), len(unsure))
        client.close()
        daemon.stop()


def test_stopping_waits_for_an_answer_that_is_due(daemon):
    with daemon.client() as client, Sink() as sink:
        w = World(client, sink.port)
        sink.delay = 1
        id = w.send()
        assert sink.at_end.wait(10)
        assert daemon.stop() == 0
    with Daemon(daemon.profile) as again, again.client() as c:
        w.client = c
        assert w.get(id)["state"] == "sent"


def test_a_store_that_cannot_be_written_for_a_moment_does_not_hide_that_a_message_was_sent(client, daemon, world, sink):
    sink.delay = 1
    id = world.send()
    assert sink.at_end.wait(10)
    other = sqlite3.connect(daemon.profile / "facteur.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    log = daemon.profile / "facteurd.log"
    end = time.monotonic() + 60
    while "cannot be written down" not in log.read_text():
        assert time.monotonic() < end
        time.sleep(0.05)
    other.execute("ROLLBACK")
    other.close()
    world.wait(id, "sent")
    assert len(sink.messages) == 1


def test_an_outbox_that_is_closed_before_the_dot_has_not_sent_and_knows_it(client, daemon):
    with Sink() as old:
        world = World(client, old.port)
    id = world.send()
    end = time.monotonic() + 10
    while not world.get(id)["error"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    with Sink(port=world.port) as old:
        other = sqlite3.connect(daemon.profile / "facteur.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        end = time.monotonic() + 60  # an outbox that was woken once more wanted to write first, and waits for that
        while "DATA" not in old.commands:
            assert time.monotonic() < end
            time.sleep(0.02)
        time.sleep(0.3)
        with daemon.client() as second:
            result = []
            t = threading.Thread(target=lambda: result.append(second.call("Account/set", update={world.account: {"name": "other"}})))
            t.start()
            time.sleep(1)
            other.execute("ROLLBACK")
            other.close()
            t.join()
        assert result[0]["notUpdated"] is None
        world.wait(id, "sent", "uncertain")
        assert world.get(id)["state"] == "sent" and len(old.messages) == 1 and old.commands.count("DATA") == 2


# ---- what cannot be sent


def test_what_cannot_be_sent_is_refused_by_name(client, world, sink):
    def refused(r, type):
        assert r["created"] is None and r["notCreated"]["k"]["type"] == type, r
        return r["notCreated"]["k"]

    good = world.draft(letter())
    assert refused(world.submit(good, envelope("a@x", sender="mallory@example.org")), "forbiddenMailFrom")
    assert refused(world.submit(world.draft(letter(sender="mallory@example.org", id="m@x"))), "forbiddenFrom")
    assert refused(world.submit(good, {"mailFrom": {"email": "jane@example.org"}, "rcptTo": []}), "noRecipients")
    assert refused(world.submit(good, envelope("a@x", "no address", "b@x\r\nDATA")), "invalidRecipients")["invalidRecipients"] == ["no address", "b@x\r\nDATA"]
    assert refused(world.submit(good, envelope(*[f"u{i}@x" for i in range(1001)])), "tooManyRecipients")["maxRecipients"] == 1000
    assert refused(world.submit(world.draft("From: jane@example.org\r\nTo: a@x\r\n\r\nx\r\n")), "invalidEmail")["properties"] == ["sentAt", "messageId"]
    assert refused(world.submit(world.draft(letter(body="a\rb\r\n", id="cr@x"))), "invalidEmail")["properties"] == ["blobId"]
    for bad in ({"identityId": "i999"}, {"emailId": "e999"}, {"colour": "red"}, {"envelope": {"mailFrom": None, "rcptTo": []}},
                {"envelope": envelope("a@x", BODY="8BITMIME")}, {"envelope": envelope("a@x", HOLDFOR="x")}, {"envelope": envelope("a@x", HOLDFOR="99999999")},
                {"envelope": envelope("a@x", HOLDFOR="1", HOLDUNTIL="2030-01-01T00:00:00Z")}, {"envelope": envelope("a@x", ENVID="a\r\nb")},
                {"envelope": envelope("a@x", RET=None)}):
        r = world.call("EmailSubmission/set", create={"k": {"identityId": world.identity, "emailId": good, **bad}})
        assert refused(r, "invalidProperties"), bad
    client.call("Account/set", update={world.account: {"transport": None}})
    assert refused(world.submit(good), "forbiddenToSend")
    assert sink.connections == 0
    for args in ({"accountId": "a999"}, {"accountId": world.account, "ifInState": "s999"}, {"accountId": world.account, "destroy": [f"s{n}" for n in range(2000)]}):
        with pytest.raises(RpcError):
            client.call("EmailSubmission/set", **args)


def test_a_null_sender_and_somebody_elses_message_that_is_passed_on(world, sink):
    world.wait(world.send(**envelope("a@x.example", sender="")), "sent")
    world.wait(world.send(letter(sender="boss@example.com", id="s@x", extra="Sender: jane@example.org\r\n")), "sent")
    world.wait(world.send(letter(sender="boss@example.com", id="r@x", extra="Resent-From: jane@example.org\r\n"), **envelope("a@x.example")), "sent")
    assert [m.sender for m in sink.messages] == ["", "jane@example.org", "jane@example.org"]


def test_a_new_password_is_not_given_to_the_server_before(client, daemon):
    """The account is told of another server and another password while the outbox is about to try the old one again."""
    with Sink() as old:
        world = World(client, old.port)
    id = world.send()
    end = time.monotonic() + 10
    while not world.get(id)["error"]:
        assert time.monotonic() < end
        time.sleep(0.02)
    with Sink(extensions=["AUTH PLAIN"], port=world.port) as old, Sink(extensions=["AUTH PLAIN"]) as new:
        other = sqlite3.connect(daemon.profile / "facteur.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")    # what is written has to wait; the outbox tries again after five seconds
        with daemon.client() as second:
            result = []
            t = threading.Thread(target=lambda: result.append(second.call("Account/set", update={world.account: {
                "transport": f"smtp://jane@127.0.0.1:{new.port}?tls=none", "password": "brand new"}})))
            t.start()
            time.sleep(6)
            other.execute("ROLLBACK")
            other.close()
            t.join()
        assert result[0]["notUpdated"] is None, result
        world.wait(id, "sent")
        secret = base64.b64encode(b"\0jane\0brand new").decode()
        assert f"AUTH PLAIN {secret}" in new.commands and not any(secret in c for c in old.commands)


def test_a_wrong_password_waits_for_the_user(client):
    with Sink(extensions=["AUTH PLAIN"]) as sink:
        sink_auth = sink._say

        def say(s, text):
            sink_auth(s, "535 5.7.8 no" if text.startswith("235") else text)
        sink._say = say
        w = World(client, sink.port)
        id = w.send()
        end = time.monotonic() + 10
        while not (s := w.get(id))["error"] and time.monotonic() < end:
            time.sleep(0.02)
        assert s["state"] == "queued" and s["error"]["type"] == "auth"
        sink._say = sink_auth
        client.call("Account/set", update={w.account: {"password": "another"}})
        w.wait(id, "sent")


def test_a_transport_may_have_a_user_and_a_password_of_its_own(client, daemon):
    with Sink(extensions=["AUTH PLAIN"]) as sink:
        w = World(client, sink.port)

        def signs_in_with(who, **change):
            sink.commands.clear()
            assert client.call("Account/set", update={w.account: change})["notUpdated"] is None
            w.wait(w.send(letter(id=f"{who[1]}{len(sink.messages)}@x".replace(" ", "."))), "sent")
            [said] = [c for c in sink.commands if c.startswith("AUTH")]
            assert base64.b64decode(said.split()[2]).decode().split("\0") == ["", *who], said
        relay = f"smtp://relay%40example.com@127.0.0.1:{sink.port}?tls=none"
        signs_in_with(("relay@example.com", "of the relay"), transport=relay, transportPassword="of the relay")
        signs_in_with(("relay@example.com", "of the relay"), password="changed")
        signs_in_with(("relay@example.com", "changed"), transportPassword=None)
        signs_in_with(("relay@example.com", "again"), transportPassword="again")
        r = client.call("Account/set", create={"k": {"address": "joe@example.org", "source": "imap://joe@127.0.0.1:1?tls=none", "transport": relay, "transportPassword": "x" * 5000}})
        assert r["notCreated"]["k"]["properties"] == ["transportPassword"]
        assert "assword" not in str(client.call("Account/get"))
        database = b"".join(p.read_bytes() for p in daemon.profile.glob("facteur.db*"))
        assert b"of the relay" not in database and b"again" in (daemon.profile / "secrets").read_bytes()


def test_what_an_account_needs_to_send_is_checked(client, world):
    for wrong, words in (({"transport": "x400://a"}, "no plugin sends mail over x400"), ({"transport": "smtp://a:b@c"}, "password"),
                         ({"settings/sentCopy": "both"}, "sentCopy"), ({"settings/smtpAuth": "telepathy"}, "smtpAuth"), ({"settings/smtpName": ""}, "smtpName")):
        r = client.call("Account/set", update={world.account: wrong})
        assert words in r["notUpdated"][world.account]["description"], r
    assert client.call("Account/set", update={world.account: {"settings/smtpName": "[192.0.2.1]", "settings/sentCopy": "append"}})["notUpdated"] is None


# ---- what is heard of it afterwards


def report(kind, fields, message_id, id="r1@mx", returned="message/rfc822"):
    """A multipart/report as Postfix (RFC 3464) or a reader (RFC 8098) makes it."""
    part = {"delivery-status": "message/delivery-status", "disposition-notification": "message/disposition-notification"}[kind]
    return (f"From: MAILER-DAEMON@mx.example.net\r\nTo: jane@example.org\r\nMessage-ID: <{id}>\r\nSubject: report\r\nDate: Thu, 30 Oct 2014 15:12:00 +0800\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n--b\r\n\r\nIt is so.\r\n"
            f"--b\r\nContent-Type: {part}\r\n\r\n{fields}\r\n--b\r\nContent-Type: {returned}\r\n\r\nMessage-ID: <{message_id}>\r\n\r\nx\r\n--b--\r\n")


def arrives(w, text):
    """As mail does; the id of its blob."""
    blob = w.call("Blob/upload", create={"b": {"data": [{"data:asText": text}]}})["created"]["b"]["id"]
    assert w.call("Email/import", emails={"e": {"blobId": blob, "mailboxIds": {w.drafts: True}}})["notCreated"] is None
    return blob


def test_bounces_are_matched_to_what_was_sent(client, world, sink):
    w = world
    id = w.send(letter(to="john@example.net, jim@example.net", cc="joe@example.com", id="sent@x"))
    w.wait(id, "sent")
    state = w.call("EmailSubmission/get", ids=[])["state"]
    envid = next(c for c in sink.commands if c.startswith("MAIL")).split("ENVID=")[1].split()[0]
    assert "ORCPT=rfc822;john@example.net" in str(sink.commands)
    bounce = arrives(w, report("delivery-status", "Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; john@elsewhere.example\r\n"
                               "Original-Recipient: rfc822;John@example.net\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
                               "Final-Recipient: rfc822; jim@example.net\r\nAction: delayed\r\nStatus: 4.4.1\r\n", "sent@x"))
    s = w.get(id)
    assert s["state"] == "sent" and s["dsnBlobIds"] == [bounce] and s["mdnBlobIds"] == []
    d = s["deliveryStatus"]
    assert d["john@example.net"] == {"smtpReply": "550 5.1.1 no such user", "delivered": "no", "displayed": "unknown"}
    assert d["jim@example.net"]["delivered"] == "queued" and d["joe@example.com"]["delivered"] == "unknown"
    assert w.call("EmailSubmission/changes", sinceState=state)["updated"] == [id]
    # By the name of the transaction, without the message: it is there after all.
    arrives(w, report("delivery-status", f"Original-Envelope-Id: {envid}\r\n\r\nFinal-Recipient: rfc822; jim@example.net\r\nAction: delivered\r\nStatus: 2.0.0\r\n",
                      "x@nowhere", id="r2@mx"))
    assert w.get(id)["deliveryStatus"]["jim@example.net"] == {"smtpReply": "250 2.0.0", "delivered": "yes", "displayed": "unknown"}
    receipt = arrives(w, report("disposition-notification", "Final-Recipient: rfc822;joe@example.com\r\nOriginal-Message-ID: <sent@x>\r\n"
                                "Disposition: manual-action/MDN-sent-manually; displayed\r\n", "sent@x", id="r3@mx"))
    s = w.get(id)
    assert s["deliveryStatus"]["joe@example.com"] == {"smtpReply": "250 2.0.0 queued", "delivered": "yes", "displayed": "yes"} and s["mdnBlobIds"] == [receipt]


def test_forged_reports_change_nothing(client, world):
    w = world
    id = w.send(letter(id="mine@x"))
    w.wait(id, "sent")
    before, state = w.get(id), w.call("EmailSubmission/get", ids=[])["state"]
    failed = "Final-Recipient: rfc822; {}\r\nAction: failed\r\nStatus: 5.0.0\r\n"
    arrives(w, report("delivery-status", failed.format("john@example.net"), "guessed@x", id="f1@x"))
    arrives(w, report("delivery-status", failed.format("somebody@example.net"), "mine@x", id="f2@x"))
    arrives(w, report("delivery-status", "Original-Envelope-Id: fct-0\r\n\r\n" + failed.format("john@example.net"), "other@x", id="f3@x"))
    held = w.send(letter(id="held@x"), **envelope("john@example.net", HOLDFOR="600"))
    arrives(w, report("delivery-status", failed.format("john@example.net"), "held@x", id="f4@x"))     # nobody can know of it yet
    assert w.get(id) == before and w.get(held)["deliveryStatus"]["john@example.net"]["delivered"] == "queued" and w.get(held)["dsnBlobIds"] == []
    assert id not in w.call("EmailSubmission/changes", sinceState=state)["updated"]
    for n in range(110):
        arrives(w, report("delivery-status", failed.format("john@example.net"), "mine@x", id=f"many{n}@x"))
    assert len(w.get(id)["dsnBlobIds"]) == 100


def test_receipts_are_given_once_and_on_demand_only(client, world, sink):
    w = world

    def marks(*keys):
        return {f"#{k}": {"keywords/$mdnsent": True} for k in keys}

    def asks(id, to='"The Boss" <boss@example.net>', reply_to=None, path=None, options=None, **more):
        extra = (f"Return-Path: {path}\r\n" if path else "") + (f"Disposition-Notification-Options: {options}\r\n" if options else "") + (f"Disposition-Notification-To: {to}\r\n" if to else "") + (f"In-Reply-To: <{reply_to}>\r\n" if reply_to else "")
        return w.draft(letter(to="jane@example.org", sender="boss@example.net", id=id, extra=extra, **more))
    shown = {"actionMode": "manual-action", "sendingMode": "mdn-sent-manually", "type": "displayed"}
    mine = w.draft(letter(id="mine-first@x"))
    email_id = asks("please@x", reply_to="mine-first@x", body="D\u00e9j\u00e0 lu ?\r\n")
    time.sleep(0.2)
    assert sink.messages == [] and w.call("EmailSubmission/get")["list"] == []      # nobody said that it may be sent
    r = w.call("MDN/send", identityId=w.identity, send={"k": {"forEmailId": email_id, "disposition": shown, "includeOriginalMessage": True,
                                                              "extensionFields": {"X-More": "yes"}}},
               onSuccessUpdateEmail={"#k": {"keywords/$mdnsent": True}})
    told = r["sent"]["k"].pop("textBody")
    assert r["sent"] == {"k": {"finalRecipient": "rfc822;jane@example.org", "originalMessageId": "<please@x>", "originalRecipient": None, "reportingUA": "facteur",
                               "subject": "Read: hello"}} and r["notSent"] is None and "displayed" in told, r
    assert list(r["implicit"][0][1]["updated"]) == [email_id]
    [m] = sink.wait(1)
    assert m.sender == "" and m.recipients == ["boss@example.net"]
    got = email.message_from_bytes(m.data, policy=email.policy.default)
    assert got.get_content_type() == "multipart/report" and got.get_param("report-type") == "disposition-notification"
    text, status, original = got.iter_parts()
    assert got["Content-Transfer-Encoding"] == original["Content-Transfer-Encoding"] == "8bit" and "d\u00e9j\u00e0".encode() in m.data.lower()
    assert text.get_content_type() == "text/plain" and "hello" in text.get_content()
    fields = status.get_payload(0)
    assert fields["Disposition"] == "manual-action/MDN-sent-manually; displayed" and fields["Final-Recipient"] == "rfc822;jane@example.org"
    assert fields["Original-Message-ID"] == "<please@x>" and fields["X-More"] == "yes" and original.get_content()["Message-ID"] == "<please@x>"
    assert got["In-Reply-To"] == "<please@x>" and got["From"] == "jane@example.org" and got["To"] == "boss@example.net"
    [s] = w.call("EmailSubmission/get")["list"]
    w.wait(s["id"], "sent")
    assert s["emailId"] == email_id and w.call("Email/get", ids=[email_id], properties=["keywords"])["list"][0]["keywords"]["$mdnsent"]

    # Nothing was answered by it, though the message that asked for it was an answer.
    assert "$answered" not in w.call("Email/get", ids=[mine], properties=["keywords"])["list"][0]["keywords"]

    # What is no receipt, and what cannot be one.
    plain = asks("plain@x", to=None)
    by_itself = {"pathless": {}, "astray": {"path": "<other@example.net>"}, "two": {"to": "boss@example.net, b@example.net", "path": "<boss@example.net>"},
                 "case": {"path": "<Boss@example.net>"}}
    loop = w.draft("Disposition-Notification-To: robot@example.net\r\n" + report(
        "disposition-notification", "Final-Recipient: rfc822;joe@example.com\r\nDisposition: automatic-action/MDN-sent-automatically; displayed\r\n", "loop@x"))
    bad = {"loop": {"forEmailId": loop, "disposition": shown}, "again": {"forEmailId": email_id, "disposition": shown}, "nobody": {"forEmailId": plain, "disposition": shown},
           "unknown": {"forEmailId": "e999", "disposition": shown}, "how": {"forEmailId": asks("how@x"), "disposition": {"type": "displayed"}},
           "name": {"forEmailId": asks("name@x"), "disposition": shown, "mdnGateway": "x"},
           "line": {"forEmailId": asks("line@x"), "disposition": shown, "reportingUA": "x\r\nBcc: y@z"},
           "own": {"forEmailId": asks("own@x"), "disposition": shown, "extensionFields": {"MDN-gateway": "dns; x"}},
           "whole": {"forEmailId": asks("whole@x"), "disposition": shown, "includeOriginalMessage": "yes"},
           "many": {"forEmailId": asks("many@x", to=", ".join(f"a{n}@example.net" for n in range(11))), "disposition": shown},
           "options": {"forEmailId": asks("options@x", options="X-Sign=optional,1; X-Seal = (to be) required , 1"), "disposition": shown},
           "unmarked": {"forEmailId": asks("unmarked@x"), "disposition": shown},
           **{k: {"forEmailId": asks(f"{k}@x", **more), "disposition": {**shown, "sendingMode": "mdn-sent-automatically"}} for k, more in by_itself.items()},
           "field": {"forEmailId": asks("field@x"), "disposition": shown, "extensionFields": {"X: y\r\nZ": "w"}},
           "other": {"forEmailId": asks("other@x"), "disposition": shown, "finalRecipient": "rfc822;somebody@example.net"}}
    broken = w.draft("From: a@x\r\nDisposition-Notification-To: robot@example.net\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n--b--\r\n")
    bad["broken"] = {"forEmailId": broken, "disposition": shown}
    r = w.call("MDN/send", identityId=w.identity, send=bad, onSuccessUpdateEmail=marks(*(k for k in bad if k != "unmarked")))
    assert {k: e["type"] for k, e in r["notSent"].items()} == {
        "loop": "notFound", "again": "mdnAlreadySent", "nobody": "notFound", "unknown": "notFound", "how": "invalidProperties", "name": "invalidProperties",
        "line": "invalidProperties", "field": "invalidProperties", "other": "forbiddenFrom", "own": "invalidProperties", "whole": "invalidProperties",
        "many": "tooManyRecipients", "options": "forbidden", "unmarked": "invalidProperties", "broken": "notFound", **{k: "forbidden" for k in by_itself}} and r["sent"] is None, r
    for args, code, type_ in (({"identityId": "i999", "send": {}}, -32602, "invalidArguments"), ({"identityId": "e1", "send": {}}, -32602, "invalidArguments"),
                              ({"identityId": w.identity, "send": {f"k{n}": {} for n in range(2000)}}, None, "requestTooLarge")):
        with pytest.raises(RpcError) as e:
            w.call("MDN/send", **args)
        assert e.value.type == type_ and code in (None, e.value.code)
    time.sleep(0.2)
    assert len(sink.messages) == 1

    # Asked for twice in one call.
    twice = asks("twice@x")
    r = w.call("MDN/send", identityId=w.identity, send={k: {"forEmailId": twice, "disposition": shown} for k in "ab"}, onSuccessUpdateEmail=marks("a", "b"))
    assert len(r["sent"]) == 1 and [e["type"] for e in r["notSent"].values()] == ["mdnAlreadySent"]

    # By itself, as the address that asks (once, though twice in the field) is where it came from; without the name of a program. What else the
    # client wants of the Email is not possible: it is marked all the same.
    itself = asks("itself@x", to="boss@Example.net, <boss@example.net>", path="<boss@EXAMPLE.net>")
    r = w.call("MDN/send", identityId=w.identity, send={"k": {"forEmailId": itself, "reportingUA": None, "subject": "s", "disposition": {
        **shown, "sendingMode": "mdn-sent-automatically"}}}, onSuccessUpdateEmail={"#k": {"keywords": {"$mdnsent": True}, "mailboxIds": {"m999": True}}})
    assert list(r["sent"]["k"]) == ["finalRecipient", "originalMessageId", "originalRecipient", "textBody"] and itself in r["implicit"][0][1]["notUpdated"]
    assert w.call("Email/get", ids=[itself], properties=["keywords"])["list"][0]["keywords"]["$mdnsent"]
    by = sink.wait(3)[2]
    assert by.recipients == ["boss@example.net"] and b"Reporting-UA" not in by.data and b"manual-action/MDN-sent-automatically" in by.data

    # And read again.
    receipt = arrives(w, m.data.decode())
    r = w.call("MDN/parse", blobIds=[receipt, w.call("Email/get", ids=[plain], properties=["blobId"])["list"][0]["blobId"], "b" + "0" * 64])
    mdn = r["parsed"][receipt]
    assert mdn["forEmailId"] == email_id and mdn["disposition"] == shown and mdn["originalMessageId"] == "<please@x>" and mdn["includeOriginalMessage"] and mdn["subject"] == "Read: hello"
    assert mdn["extensionFields"] == {"X-More": "yes"} and len(r["notParsable"]) == 1 and r["notFound"] == ["b" + "0" * 64]
    with pytest.raises(RpcError):
        w.call("MDN/parse", blobIds=[f"b{n}" for n in range(2000)])


# ---- queries


def test_queries_and_changes(client, world, sink):
    state = world.call("EmailSubmission/get", ids=[])["state"]
    q0 = world.call("EmailSubmission/query", filter={"undoStatus": "pending"})
    a, b = world.send(letter(id="a@x")), world.send(letter(id="b@x"), **envelope("x@y.example", HOLDFOR="1000"))
    world.wait(a, "sent")
    ids = lambda **f: world.call("EmailSubmission/query", filter=f)["ids"]      # noqa: E731
    one = world.get(a)
    assert ids() == [b, a] and ids(state="held") == [b] and ids(undoStatus="final") == [a] and ids(identityIds=[world.identity]) == [b, a]
    assert ids(emailIds=[one["emailId"]]) == [a] and ids(threadIds=[one["threadId"], "t999"]) and ids(before=one["sendAt"]) == []
    assert set(ids(after=one["sendAt"])) == {a, b}
    q = world.call("EmailSubmission/query", filter={"operator": "NOT", "conditions": [{"state": "held"}]}, sort=[{"property": "sentAt", "isAscending": False}], calculateTotal=True)
    assert q["ids"] == [a] and q["total"] == 1 and q["canCalculateChanges"]
    assert world.call("EmailSubmission/query", sort=[{"property": "sendAt"}])["ids"] == [a, b]
    c = world.call("EmailSubmission/changes", sinceState=state)
    assert set(c["created"]) == {a, b}
    d = world.call("EmailSubmission/queryChanges", filter={"undoStatus": "pending"}, sinceQueryState=q0["queryState"], calculateTotal=True)
    assert d["added"] == [{"id": b, "index": 0}] and d["total"] == 1
    for method, args in (("query", {"filter": {"colour": "red"}}), ("query", {"sort": [{"property": "colour"}]}), ("query", {"accountId": "a999"}), ("query", {"anchor": "s999"}),
                         ("queryChanges", {"sinceQueryState": "x"}), ("queryChanges", {"accountId": "a999", "sinceQueryState": "s0"}),
                         ("queryChanges", {"sinceQueryState": q0["queryState"], "maxChanges": 1}), ("queryChanges", {"sinceQueryState": "s1", "filter": {"colour": "red"}}),
                         ("queryChanges", {"sinceQueryState": "s1", "sort": [{"property": "colour"}]}), ("changes", {"sinceState": "x"}), ("changes", {"accountId": "a999", "sinceState": "s0"}),
                         ("get", {"accountId": "a999"}), ("get", {"properties": ["colour"]}), ("get", {"ids": [f"s{n}" for n in range(2000)]})):
        with pytest.raises(RpcError):
            client.call(f"EmailSubmission/{method}", **args)


def test_what_is_sent_reads_right_elsewhere(world, sink):
    raw = letter(extra="MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n", body="\u65e5\u672c\u8a9e d\u00e9j\u00e0\r\n")
    world.wait(world.send(raw), "sent")
    m = email.message_from_bytes(sink.messages[0].data, policy=email.policy.default)
    assert m.get_content().splitlines() == ["\u65e5\u672c\u8a9e d\u00e9j\u00e0"] and m["From"].addresses[0].addr_spec == "jane@example.org"


# ---- CR and LF, wherever a client can put them (a NUL is in no call: tests/rpc/test_rpc_compose.py)

EVIL = ["a\r\nRCPT TO:<evil@x.org>", "a\nX-Evil: 1", "a\rX-Evil: 1", "a>\r\nX-Evil: 1\r\n\r\nbody", "\r\n.\r\nMAIL FROM:<evil@x.org>", "a\u2028X-Evil: 1", "a\u0085X-Evil: 1", "a\x0bX-Evil: 1", "a\r\n X-Evil: 1",
        "=?utf-8?q?a=0D=0AX-Evil=3A_1?="]


def created(r, kind="created"):
    """What was made; None: it was refused, as it should be."""
    wrong = r.get("notCreated") or r.get("notUpdated") or {}
    assert all(e["type"] in ("invalidProperties", "invalidRecipients", "forbiddenMailFrom", "invalidPatch", "invalidArguments") for e in wrong.values()), wrong
    return None if wrong else (r[kind] or {}).get("k")


def drafted(world, made):
    draft = {**made["create"]["draft"], "to": [{"name": None, "email": "john@example.net"}]}
    return created(world.call("Email/set", create={"k": draft}))


def identity(world, **properties):
    """A message that is from such an identity, if it may be one."""
    i = created(world.call("Identity/set", create={"k": {"email": "jane@example.org", "name": "J", **properties}}))
    return i and drafted(world, world.call("Compose/new", identityId=i["id"], text="x", html=True))


def with_envelope(world, **parts):
    mail = {"email": "jane@example.org", "parameters": None} | parts.get("mail", {})
    rcpt = {"email": "john@example.net", "parameters": None} | parts.get("rcpt", {})
    created(world.submit(world.plain, {"mailFrom": mail, "rcptTo": [rcpt]}))


PEOPLE = lambda s: [{"name": s, "email": "john@example.net"}]      # noqa: E731
ENTRIES = {
    "identity name": lambda w, s: identity(w, name=s),
    "identity email": lambda w, s: identity(w, email=f"{s}@example.org"),
    "identity domain": lambda w, s: identity(w, email=f"jane@{s}"),
    "identity replyTo": lambda w, s: identity(w, replyTo=PEOPLE(s)),
    "identity replyTo email": lambda w, s: identity(w, replyTo=[{"name": None, "email": f"{s}@x.org"}]),
    "identity bcc": lambda w, s: identity(w, bcc=[{"name": None, "email": f"bob@{s}"}]),
    "identity signature": lambda w, s: identity(w, textSignature=s, htmlSignature=f"<img src='data:image/{s};base64,YQ=='>"),
    "mail from": lambda w, s: with_envelope(w, mail={"email": f"jane{s}@example.org"}),
    "mail from domain": lambda w, s: with_envelope(w, mail={"email": f"jane@example.org{s}"}),
    "rcpt to": lambda w, s: with_envelope(w, rcpt={"email": f"john{s}@example.net"}),
    "rcpt to domain": lambda w, s: with_envelope(w, rcpt={"email": f"john@example.net{s}"}),
    "quoted local part": lambda w, s: with_envelope(w, rcpt={"email": f'"john{s}"@example.net'}),
    "ENVID": lambda w, s: with_envelope(w, mail={"parameters": {"ENVID": s}}),
    "RET": lambda w, s: with_envelope(w, mail={"parameters": {"RET": "FULL" + s}}),
    "HOLDUNTIL": lambda w, s: with_envelope(w, mail={"parameters": {"HOLDUNTIL": "2030-01-01T00:00:00Z" + s}}),
    "name of a parameter": lambda w, s: with_envelope(w, mail={"parameters": {"ENVID" + s: "x"}}),
    "NOTIFY": lambda w, s: with_envelope(w, rcpt={"parameters": {"NOTIFY": "NEVER" + s}}),
    "ORCPT": lambda w, s: with_envelope(w, rcpt={"parameters": {"ORCPT": "rfc822;" + s}}),
    "mailbox": lambda w, s: created(w.call("Mailbox/set", create={"k": {"name": s}})) and None,
    "keyword": lambda w, s: created(w.call("Email/set", update={w.plain: {"keywords/" + s: True}}), "updated") and None,
    "text of a reply": lambda w, s: drafted(w, w.call("Compose/reply", emailId=w.asked, text=s, html=True)),
    "attribution": lambda w, s: drafted(w, w.call("Compose/reply", emailId=w.asked, attribution=s)),
    "text of a forward": lambda w, s: drafted(w, w.call("Compose/forward", emailId=w.asked, text=s, html=True)),
    "template value": lambda w, s: drafted(w, w.call("Compose/template", emailId=w.asked, values={"x": s, s: "y"})),
    "template recipient": lambda w, s: created(w.call("Email/set", create={"k": w.call("Compose/template", emailId=w.asked, to=[{"name": s, "email": f"john{s}@example.net"}])["create"]["draft"]})) and None,
    "HTML of a message": lambda w, s: drafted(w, w.call("Compose/new", htmlText=f"<p>{s}</p>")),
    "resent name": lambda w, s: w.call("Compose/resend", emailId=w.asked, to=PEOPLE(s))["email"],
    "resent email": lambda w, s: w.call("Compose/resend", emailId=w.asked, to=[{"name": None, "email": f"john{s}@example.net"}])["email"],
    "resent cc": lambda w, s: w.call("Compose/resend", emailId=w.asked, to=PEOPLE("x"), cc=[{"name": None, "email": f"john@{s}"}])["email"],
    "subject": lambda w, s: drafted(w, {"create": {"draft": {"mailboxIds": {w.drafts: True}, "from": [{"name": s, "email": "jane@example.org"}], "subject": s, "header:X-Mine:asText": s}}}),
}


def test_nothing_of_a_value_is_a_second_header_or_command(client, world, sink):
    world.asked = world.draft(letter(id="asked@x", extra="Subject: about {{x}}\r\n".replace("Subject", "Comments"), body="Dear {{x}}\r\n"))
    world.plain, taken = world.draft(letter(id="plain@x")), 0
    for entry, use in ENTRIES.items():
        for evil in EVIL:
            try:
                made = use(world, evil)
            except RpcError as e:
                assert e.type == "invalidArguments", (entry, evil, e.type)
                continue
            if made:
                taken += 1
                assert created(world.submit(made["id"], envelope("john@example.net"))) is not None, (entry, evil)
    end = time.monotonic() + 60
    while world.call("EmailSubmission/query", filter={"undoStatus": "pending"})["ids"] and time.monotonic() < end:
        time.sleep(0.05)
    assert len(sink.messages) >= taken > 60
    words = ("EHLO", "AUTH", "MAIL FROM:<", "RCPT TO:<john", "RCPT TO:<\"john", "DATA", "QUIT", "BDAT", "RSET", "NOOP")
    assert all(c.startswith(words) and "evil@" not in c.replace("ENVID", "") or "+0D+0A" in c for c in sink.commands), [c for c in sink.commands if not c.startswith(words)]
    for m in sink.messages:
        assert b"\n" not in m.data.replace(b"\r\n", b"") and b"\r" not in m.data.replace(b"\r\n", b"") and b"\0" not in m.data
        parsed = email.message_from_bytes(m.data)
        assert m.sender == "jane@example.org" and len(m.recipients) == 1 and m.recipients[0].startswith(("john", '"john'))
        for part in parsed.walk():
            assert "X-Evil" not in part and "Bcc" not in part and len(part.keys()) == len(set(k.lower() for k in part.keys())), m.data


def test_of_several_senders_none_is_taken_by_itself(world, sink):
    def invalid(text, **more):
        r = world.submit(world.draft(text), **more)
        return r["notCreated"] and (r["notCreated"]["k"]["type"], r["notCreated"]["k"]["properties"])
    two = "Jane <jane@example.org>, Joe <joe@example.org>"
    world.call("Identity/set", create={"j": {"email": "joe@example.org"}})
    assert invalid(letter(sender=two, id="1@x")) == ("invalidEmail", ["from"])
    assert invalid(letter(extra="From: joe@example.org\r\n", id="2@x")) == ("invalidEmail", ["from"])
    assert invalid(letter(sender=two, extra="Sender: jane@example.org\r\nSender: joe@example.org\r\n", id="3@x")) == ("invalidEmail", ["sender"])
    assert invalid(letter(sender=two, extra="Sender: jane@example.org\r\n", id="4@x")) is None
    assert invalid(letter(sender=two, id="5@x"), envelope=envelope("john@example.net")) is None
    assert {m.sender for m in sink.wait(2)} == {"jane@example.org"}


def test_what_is_changed_on_success_is_named_by_any_name_of_the_submission(world, client):
    a = {"accountId": world.account}
    held = {"mailFrom": {"email": "jane@example.org", "parameters": {"HOLDFOR": "3600"}}, "rcptTo": [{"email": "john@example.net", "parameters": None}]}
    first, second = world.draft(letter(id="1@x")), world.draft(letter(id="2@x"))
    made, changed = client.batch(
        ("EmailSubmission/set", {**a, "create": {"k": {"identityId": world.identity, "emailId": first, "envelope": held}, "l": {"identityId": world.identity, "emailId": second, "envelope": held}}}),
        ("EmailSubmission/set", {**a, "update": {"#k": {"undoStatus": "canceled"}}, "onSuccessUpdateEmail": {"#k": {"keywords/$flagged": True}}}))
    k = made["created"]["k"]
    assert "envelope" not in k and k["undoStatus"] == "pending" and k["threadId"] and k["deliveryStatus"] and k["dsnBlobIds"] == []
    assert changed["updated"] == {"#k": None} and changed["implicit"][0][0] == "Email/set" and list(changed["implicit"][0][1]["updated"]) == [first]
    # an id for what the call names by "#k"'s id, and nothing where nothing was done
    r = world.call("EmailSubmission/set", destroy=[k["id"], made["created"]["l"]["id"]], onSuccessDestroyEmail=[k["id"], made["created"]["l"]["id"], "s999"])
    assert r["destroyed"] == [k["id"]] and r["notDestroyed"][made["created"]["l"]["id"]]["type"] == "forbidden" and r["implicit"][0][1]["destroyed"] == [first]
    assert "implicit" not in world.call("EmailSubmission/set", update={"s999": {"undoStatus": "canceled"}}, onSuccessDestroyEmail=["s999"])


def test_the_account_without_a_server_sends_too(client, sink):
    r = client.call("Account/set", update={"a1": {"transport": f"smtp://jane@127.0.0.1:{sink.port}?tls=none", "password": "secret"}})
    assert r["updated"] == {"a1": None}, r
    assert client.call("Account/set", update={"a1": {"transport": "gopher://x.example"}})["notUpdated"]["a1"]["type"] == "invalidProperties"
    identity = client.call("Identity/set", accountId="a1", create={"i": {"email": "jane@example.org", "name": "Jane"}})["created"]["i"]["id"]
    boxes = {m["role"]: m["id"] for m in client.call("Mailbox/get", accountId="a1")["list"]}
    _, r = client.batch(
        ("Email/set", {"accountId": "a1", "create": {"e": {"mailboxIds": {boxes["drafts"]: True}, "keywords": {"$draft": True}, "from": [{"email": "jane@example.org"}],
                                                             "to": [{"email": "john@example.net"}], "subject": "here", "textBody": [{"partId": "t"}], "bodyValues": {"t": {"value": "Hi"}}}}}),
        ("EmailSubmission/set", {"accountId": "a1", "create": {"k": {"identityId": identity, "emailId": "#e"}},
                                 "onSuccessUpdateEmail": {"#k": {f"mailboxIds/{boxes['drafts']}": None, f"mailboxIds/{boxes['sent']}": True, "keywords/$draft": None}}}))
    assert r["notCreated"] is None, r
    assert sink.wait(1)[0].recipients == ["john@example.net"]
    email_id = list(r["implicit"][0][1]["updated"])[0]
    assert client.call("Email/get", accountId="a1", ids=[email_id], properties=["mailboxIds"])["list"][0]["mailboxIds"] == {boxes["sent"]: True}
    client.call("Account/set", update={"a1": {"transport": None}})
    r = client.call("EmailSubmission/set", accountId="a1", create={"k": {"identityId": identity, "emailId": email_id}})
    assert r["notCreated"]["k"]["type"] == "forbiddenToSend"


# ---- what needs a confirmation


def test_what_needs_a_confirmation_goes_when_it_has_one(world, sink):
    email_id = world.draft(letter(id="asked@x"))
    r = world.call("EmailSubmission/set", create={"k": {"identityId": world.identity, "emailId": email_id, "needsConfirmation": True}})
    created = r["created"]["k"]
    id = created["id"]
    assert created["needsConfirmation"] and created["state"] == "held" and created["undoStatus"] == "pending" and created["nextTryAt"] is None
    other = world.send(letter(id="other@x"))    # goes past it
    world.wait(other, "sent")
    world.begin_anew()
    for patch in ({"state": "queued"}, {"state": "sent"}):
        assert world.call("EmailSubmission/set", update={id: patch})["notUpdated"][id]["type"] == "forbidden", patch
    for value in (True, None, "no", 0):
        r = world.call("EmailSubmission/set", update={id: {"needsConfirmation": value}})
        assert (r["updated"] == {id: None}) if value is True else r["notUpdated"][id]["type"] == "invalidProperties", value
    assert world.get(id)["state"] == "held" and len(sink.messages) == 1
    sent = {"mailboxIds": {world.sent: True}, "keywords/$draft": None}
    r = world.call("EmailSubmission/set", update={id: {"needsConfirmation": False}}, onSuccessUpdateEmail={id: sent})
    assert r["updated"] == {id: None} and list(r["implicit"][0][1]["updated"]) == [email_id]
    assert not world.wait(id, "sent")["needsConfirmation"] and len(sink.messages) == 2
    too_late = world.call("EmailSubmission/set", update={id: {"needsConfirmation": False}}, onSuccessUpdateEmail={id: {"keywords/late": True}})
    assert too_late["notUpdated"][id]["type"] == "forbidden" and "implicit" not in too_late
    bad = world.call("EmailSubmission/set", create={"k": {"identityId": world.identity, "emailId": email_id, "needsConfirmation": "yes"}})
    assert bad["notCreated"]["k"]["properties"] == ["needsConfirmation"]


def test_a_confirmation_of_what_is_over_or_for_later(world, sink):
    def ask(id, **parameters):
        r = world.call("EmailSubmission/set", create={"k": {"identityId": world.identity, "emailId": world.draft(letter(id=id)), "needsConfirmation": True,
                                                            "envelope": envelope("john@example.net", **parameters)}})
        return r["created"]["k"]["id"]

    def confirm(id):
        return world.call("EmailSubmission/set", update={id: {"needsConfirmation": False}})
    canceled, later = ask("canceled@x"), ask("later@x", HOLDFOR="600")
    assert world.call("EmailSubmission/set", update={canceled: {"undoStatus": "canceled"}})["updated"] == {canceled: None}
    assert confirm(canceled)["notUpdated"][canceled]["type"] == "forbidden"
    assert confirm(later)["updated"] == {later: None} and confirm(later)["updated"] == {later: None}
    s = world.get(later)
    assert s["state"] == "held" and not s["needsConfirmation"] and s["nextTryAt"] == s["sendAt"] and not sink.messages
