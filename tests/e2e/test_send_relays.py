"""Sending through two more real servers, which hand everything on: Dovecot's submission server (BDAT, pipelined) and OpenSMTPD (neither)."""
import email
import email.policy
import pathlib

import pytest

from dovecot import Dovecot, free_port
from e2e import wait_until
from opensmtpd import OpenSMTPD
from smtp_sink import Sink
from test_both_ways import Other

SUBMISSION = """
protocols = imap submission
hostname = mx.example.net
submission_relay_host = 127.0.0.1
submission_relay_port = {sink}
service submission-login {{
  chroot =
  inet_listener submission {{
    address = 127.0.0.1
    port = {port}
  }}
}}
"""


def has_submission():
    return Dovecot.is_there() and any(pathlib.Path(p).exists() for p in ("/usr/lib/dovecot/submission", "/usr/libexec/dovecot/submission"))


def letter(to="bob@example.net, eve@example.net"):
    text = "".join(f".line {i} é\n" for i in range(3000))
    return (f"From: Alice <alice@example.org>\nTo: {to}\nMessage-ID: <relayed@example.org>\nSubject: on and on\nMIME-Version: 1.0\n"
            f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{text}")


def send(facteur, dovecot, url, sink, *more):
    with Other(dovecot) as o:
        o.create("Sent", "Drafts")
    facteur.add_account(dovecot, "alice", "--transport", url, *more)
    [s] = facteur.json("send", "--raw", "--wait", "30", input=letter())
    assert s["state"] == "sent", s
    wait_until(lambda: sum(len(m.recipients) for m in sink.messages) == 2)
    for m in sink.messages:
        got = email.message_from_bytes(m.data, policy=email.policy.default)
        assert got.get_content().splitlines() == [f".line {i} é" for i in range(3000)] and m.sender == "alice@example.org"
    assert sorted(r for m in sink.messages for r in m.recipients) == ["bob@example.net", "eve@example.net"]
    facteur.run("sync")
    with Other(dovecot) as o:
        assert len(o.contents("Sent")) == 1
    return s


@pytest.mark.skipif(not has_submission(), reason="there is no dovecot-submissiond")
def test_the_submission_server_of_dovecot(facteur, certificates):
    port = free_port()
    with Sink() as sink, Dovecot(certs=certificates, extra=SUBMISSION.format(sink=sink.port, port=port)) as dovecot:
        sink.refuse["nobody@example.net"] = "550 5.1.1 no such user"
        send(facteur, dovecot, f"smtp://alice@localhost:{port}", sink)
        assert "CHUNKING" in facteur.run("account", "check", "alice").stdout
        [s] = facteur.json("send", "--raw", "--wait", "30", input=letter("nobody@example.net").replace("relayed@", "refused@"), status=1)
        reply = s["deliveryStatus"]["nobody@example.net"]["smtpReply"]
        assert s["state"] == "failed" and reply.startswith("550 ") and "no such user" in reply, s


@pytest.mark.skipif(not OpenSMTPD.is_there(), reason="there is no OpenSMTPD, or we are not root (tests/support/unpack_servers)")
def test_opensmtpd(facteur, dovecot):
    with Sink() as sink, OpenSMTPD(sink.port) as server:
        send(facteur, dovecot, f"smtp://127.0.0.1:{server.port}?tls=none", sink)
        [s] = facteur.json("send", "--raw", "--wait", "30", input=letter("bob@refused.example").replace("relayed@", "refused@"), status=1)
        assert s["state"] == "failed" and s["deliveryStatus"]["bob@refused.example"]["smtpReply"].startswith("550 "), s
        # One after the other over the same connection, after a transaction that came to nothing; it takes one command at a time.
        for i in range(3):
            facteur.run("send", "--raw", input=letter("joe@example.net").replace("relayed@", f"more{i}@"))
        wait_until(lambda: sum("joe@example.net" in m.recipients for m in sink.messages) == 3)
