"""Sending through a real Postfix: STARTTLS and TLS from the first byte, SASL by Dovecot, and facteurd killed on the way."""
import email
import email.policy
import random
import time

import pytest

from dovecot import Dovecot, free_port
from e2e import wait_until
from postfix import Postfix, auth_listener
from test_both_ways import Other

pytestmark = pytest.mark.skipif(not Postfix.is_there(), reason="there is no Postfix, or we are not root (tests/support/unpack_servers)")


@pytest.fixture
def servers(certificates):
    port = free_port()
    with Dovecot(certs=certificates, extra=auth_listener(port)) as dovecot, Postfix(certificates, port) as postfix:
        with Other(dovecot) as o:
            o.create("Sent", "Drafts")
        yield dovecot, postfix


def letter(i=0, to="bob@example.net", body="Hello.\n.\nGood bye.\n"):
    return f"From: Alice <alice@example.org>\nTo: {to}\nMessage-ID: <{i}.{random.random()}@example.org>\nSubject: number {i}\n\n{body}"


def add(facteur, dovecot, url):
    facteur.add_account(dovecot, "alice", "--transport", url)
    facteur.run("sync")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_a_message_arrives_once_and_is_in_sent_once(facteur, servers, tls):
    dovecot, postfix = servers
    add(facteur, dovecot, f"smtps://alice@localhost:{postfix.tls_port}" if tls == "implicit" else f"smtp://alice@localhost:{postfix.starttls_port}")
    [s] = facteur.json("send", "--raw", "--wait", "30", input=letter(to="bob@example.net, refused@example.net, eve@example.net"))
    assert s["state"] == "sent", s
    assert {a: d["delivered"] for a, d in s["deliveryStatus"].items()} == {"bob@example.net": "unknown", "refused@example.net": "no", "eve@example.net": "unknown"}
    wait_until(lambda: len(postfix.delivered()) == 2)   # one for each
    for raw in postfix.delivered():
        m = email.message_from_bytes(raw, policy=email.policy.default)
        assert m.get_content().splitlines() == ["Hello.", ".", "Good bye."] and m["Subject"] == "number 0"
    log = postfix.log()
    assert "sasl_method=SCRAM-SHA-256" in log and "sasl_username=alice" in log, log[-2000:]
    facteur.run("sync")
    facteur.run("sync")
    with Other(dovecot) as o:
        assert len(o.contents("Sent")) == 1 and o.contents("Drafts") == {}
    assert facteur.count("in:sent") == 1 and len(postfix.delivered()) == 2
    facteur.run("stop")
    wait_until(lambda: "bdat=1" in postfix.log())


def test_a_wrong_password_sends_nothing_and_says_so(facteur, servers):
    dovecot, postfix = servers
    done = facteur.run("account", "add", "alice@example.org", "--user", "alice", "--source", f"imaps://localhost:{dovecot.imaps_port}", "--ca", dovecot.ca,
                       "--transport", f"smtp://alice@localhost:{postfix.starttls_port}", "--password-stdin", input="wrong\n", status=1)
    assert "password" in done.stderr
    facteur.add_account(dovecot, "alice", "--transport", f"smtp://alice@localhost:{free_port()}", status=1)


def test_facteurd_is_killed_while_it_sends_and_every_message_arrives_once(facteur, servers):
    dovecot, postfix = servers
    add(facteur, dovecot, f"smtp://alice@localhost:{postfix.starttls_port}")
    n = 12
    for i in range(n):
        facteur.run("send", "--raw", input=letter(i))
        if i % 4 == 3:
            time.sleep(random.random() / 3)
            facteur.kill()
    done = ("sent", "uncertain")
    wait_until(lambda: all(s["state"] in done for s in facteur.json("outbox")))
    states = [s["state"] for s in facteur.json("outbox")]
    assert len(states) == n
    wait_until(lambda: len(postfix.delivered()) >= states.count("sent"))
    subjects = [email.message_from_bytes(raw)["Subject"] for raw in postfix.delivered()]
    assert len(subjects) == len(set(subjects)), subjects                    # none twice
    assert set(f"number {i}" for i in range(n)) - set(subjects) == set() or "uncertain" in states     # none lost without a word
    assert len(subjects) >= states.count("sent")
