"""Sending through a real Postfix: STARTTLS and TLS from the first byte, SASL by Dovecot, and facteurd killed on the way."""
import email
import email.policy
import random
import time

import pytest

from dovecot import Dovecot, free_port
from e2e import Facteur, wait_until
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


def composed(facteur, dovecot, postfix):
    """The one message of the test below, written on the command line."""
    d = facteur.dir
    logo, table, pdf, text = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 9, "naïve;日本\r\n".encode() * 400, b"%PDF-1.7\n" + random.randbytes(100_000), b"plain\n\n.\n..\nFrom here\nno end"
    for name, content in (("logo.png", logo), ("Tableau d’été – 日本 (très long nom de fichier, pour voir).csv", table), ("rapport.pdf", pdf), ("notes.txt", text)):
        (d / name).write_bytes(content)
    files = [p for p in sorted(d.iterdir()) if p.suffix in (".csv", ".pdf", ".txt")]
    [s] = facteur.json("send", "-t", "Bob Müller <bob@example.net>", "-c", "山田 <yamada@example.net>", "-b", "eve@example.net", "-s", SUBJECT, "--html", "--inline", d / "logo.png",
                       *(word for p in files for word in ("-a", p)), "--wait", "30", input=HTML)
    assert s["state"] == "sent", s
    return s, {"logo.png": logo, **{p.name: p.read_bytes() for p in files}}


SUBJECT = "Déjeuner à l’été prochain : 昼食の件について、来週の金曜日でよろしいでしょうか — réponse souhaitée"
HTML = "<html><body>\n<p>Ça <b>va</b>&nbsp;? 昼食 at <a href=\"https://x.example/\">noon</a></p>\n<p><img src=\"cid:logo.png\" alt=\"Logo\"></p>\n.\n</body></html>\n"


def check_in_python(raw, files):
    """Python's parser finds all that was written, and nothing to complain about."""
    assert raw.isascii() and all(len(line) <= 998 for line in raw.splitlines())
    m = email.message_from_bytes(raw, policy=email.policy.default)
    assert not any(p.defects for p in m.walk())
    assert m["Subject"] == SUBJECT and m["Bcc"] is None and not m["Subject"].defects
    assert [(a.display_name, a.addr_spec) for f in ("From", "To", "Cc") for a in m[f].addresses] == [("Zoé, 山", "alice@example.org"), ("Bob Müller", "bob@example.net"), ("山田", "yamada@example.net")]
    assert m.get_content_type() == "multipart/mixed"
    alternative, *attached = m.iter_parts()
    text, related = alternative.iter_parts()
    html, logo = related.iter_parts()
    assert (alternative.get_content_type(), related.get_content_type()) == ("multipart/alternative", "multipart/related")
    assert text.get_content_type() == "text/plain" and text.get_content().splitlines()[0].startswith("Ça va ? 昼食 at noon")
    assert html.get_content().replace("\r\n", "\n") == HTML.replace("</body>", "<div class=\"signature\">-- <br>\n<b>Zoé</b>\n</div>\n</body>")
    assert (logo["Content-ID"], logo.get_content_disposition(), logo.get_payload(decode=True)) == ("<logo.png>", "inline", files["logo.png"])
    assert {p.get_filename(): p.get_payload(decode=True) for p in attached} == {k: v for k, v in files.items() if k != "logo.png"}
    assert all(p.get_content_disposition() == "attachment" for p in attached)


def test_a_message_with_everything_arrives_byte_for_byte(facteur, servers, tmp_path):
    dovecot, postfix = servers
    add(facteur, dovecot, f"smtp://alice@localhost:{postfix.starttls_port}")
    (tmp_path / "signature.html").write_text("<b>Zoé</b>")
    facteur.run("identity", "set", "alice@example.org", "--name", "Zoé, 山", "--html-signature", tmp_path / "signature.html")
    s, files = composed(facteur, dovecot, postfix)
    wait_until(lambda: len(postfix.delivered()) == 3)
    kept = facteur.run("show", s["emailId"], "--raw", text=False).stdout
    went_out = b"".join(line for line in kept.splitlines(keepends=True) if not line.startswith(b"Bcc: "))
    for raw in postfix.delivered():
        head, ours = raw.split(b"\nFrom: ", 1)          # Postfix's own fields stand in front
        assert b"From: " + ours == went_out.replace(b"\r\n", b"\n")
        check_in_python(b"From: " + ours, files)
    # what arrived comes to another core by way of a mailbox, and its copy in Sent to one by way of the server
    dovecot.deliver("bob", raw)
    with Other(dovecot) as o:
        facteur.run("sync")
        wait_until(lambda: len(o.contents("Sent")) == 1)
    other = Facteur(tmp_path / "other")
    try:
        for user, box in (("bob", "inbox"), ("alice", "sent")):
            other.add_account(dovecot, user)
            other.run("sync")
            [e] = other.json("list", "-m", f"{user}@example.org:{box}")
            assert e["subject"] == SUBJECT
            there = other.run("show", e["id"], "--raw", text=False).stdout
            assert there.replace(b"\r\n", b"\n") == raw if user == "bob" else there == kept
            assert "Ça va ? 昼食 at noon" in other.out("show", e["id"], "--text") and "cid:logo.png" in other.out("show", e["id"], "--html")
            to = tmp_path / user
            other.run("save", e["id"], "-d", to)
            saved = {p.name: p.read_bytes() for p in to.iterdir()}
            assert {k: v for k, v in saved.items() if k != "logo.png"} == {k: v for k, v in files.items() if k != "logo.png"}, list(saved)
    finally:
        other.close()
    # and it is sent on, and answered
    before = postfix.delivered()
    [r] = facteur.json("resend", s["emailId"], "Eve <eve@example.org>", "carl@example.net", "--wait", "30")
    assert r["state"] == "sent" and {a for a in r["deliveryStatus"]} == {"eve@example.org", "carl@example.net"}
    wait_until(lambda: len(postfix.delivered()) > len(before))
    [resent] = [m for m in postfix.delivered() if m not in before]
    assert resent.split(b"\nFrom: ", 1)[1] == ours and b"\nResent-From: " in resent.split(b"\nFrom: ", 1)[0]
    reply = facteur.out("reply", s["emailId"], input="Oui\n").strip()
    assert facteur.rpc("Email/get", accountId=s["accountId"], ids=[s["emailId"]], properties=["keywords"])["list"][0]["keywords"] == {"$seen": True}
    [a] = facteur.json("send", reply, "--wait", "30")
    assert a["state"] == "sent"
    facteur.run("sync")
    wait_until(lambda: "\\Answered" in dovecot.doveadm("fetch", "-u", "alice", "flags", "mailbox", "Sent", "header", "message-id", s_id(kept)))


def s_id(raw):
    return email.message_from_bytes(raw)["Message-ID"]
