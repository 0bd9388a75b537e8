"""Drafts: compose, reply, forward; written through standard input and in an editor."""
import email
import email.policy
import json
import os
import socket
import stat
import threading
import uuid

import pytest

from dovecot import Dovecot
from e2e import Dialogue, on_terminal, wait_until

MESSAGE = b"""From: =?utf-8?b?5bGx55Sw?= <yamada@example.jp>
To: jane@example.org, "Doe, John" <john@example.net>
Subject: =?iso-2022-jp?b?GyRCQ2s/KRsoQg==?=
Message-ID: <1@example.jp>
Date: Thu, 30 Oct 2014 14:12:00 +0900

Lunch?
"""


def add_account(facteur, address="jane@example.org", name="jane"):
    facteur.rpc("Account/set", create={"new": {"address": address, "name": name, "source": "imaps://localhost:1", "password": "x", "isEnabled": False}})


def imported(facteur, raw=MESSAGE):
    path = facteur.dir / "message.eml"
    path.write_bytes(raw)
    facteur.run("import", path)
    [found] = facteur.json("list")
    return found["id"]


def parsed(facteur, id):
    """The draft as Python's email package reads it."""
    raw = facteur.run("show", id.strip(), "--raw", text=False).stdout
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    m = email.message_from_bytes(raw, policy=email.policy.default)
    assert not any(p.defects for p in m.walk())
    return m


def text_of(part):
    return part.get_content().replace("\r\n", "\n")


def addresses(m, field):
    return [(a.display_name, a.addr_spec) for a in m[field].addresses] if m[field] else []


def editor(facteur, script):
    """An editor that does this to the file in "$1"."""
    path = facteur.dir / "an editor"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return {"VISUAL": f"'{path}'", "TMPDIR": str(facteur.dir)}


def left_over(facteur):
    return list(facteur.dir.glob("facteur-*.eml"))


def test_html_with_a_logo_files_and_a_subject_in_two_scripts(facteur):
    logo, files = os.urandom(5000), {"été 日本.pdf": os.urandom(3 << 20), "données.csv": "naïve;日本\n".encode(), "vide.txt": b""}
    (facteur.dir / "logo.png").write_bytes(logo)
    for name, content in files.items():
        (facteur.dir / name).write_bytes(content)
    subject = "Déjeuner à l’été : 昼食について、" + "とても長い件名です。" * 6
    html = "<p>Ça <b>va</b> ?</p><p><img src='cid:logo.png' alt='Logo'></p>"
    id = facteur.out("compose", "-t", "山田 <yamada@example.jp>, bob@example.net", "--to", '"Doe, Jean" <jean@example.fr>', "-c", "c@x.org", "-b", "b@x.org", "-f", "Zoé <zoe@example.fr>",
                     "-s", subject, "--html", "--inline", facteur.dir / "logo.png", *[w for name in files for w in ("-a", facteur.dir / name)], input=html)
    m = parsed(facteur, id)
    assert m["Subject"] == subject and addresses(m, "From") == [("Zoé", "zoe@example.fr")] and addresses(m, "Cc") == [("", "c@x.org")] and addresses(m, "Bcc") == [("", "b@x.org")]
    assert addresses(m, "To") == [("山田", "yamada@example.jp"), ("", "bob@example.net"), ("Doe, Jean", "jean@example.fr")]
    body, *parts = m.iter_parts()
    text, related = body.iter_parts()
    shown, picture = related.iter_parts()
    assert text_of(text) == "Ça va ?\n\nLogo\n" and text_of(shown).strip() == html
    assert picture["Content-ID"] == "<logo.png>" and picture.get_payload(decode=True) == logo and picture.get_content_disposition() == "inline"
    assert {p.get_filename(): p.get_payload(decode=True) for p in parts} == files
    assert [p.get_content_type() for p in parts] == ["application/pdf", "text/csv", "text/plain"]
    [draft] = facteur.json("list", "-m", "drafts")
    assert draft["id"] == id.strip() and draft["keywords"] == {"$draft": True, "$seen": True}
    assert "\nBcc      b@x.org\n" in facteur.out("show", id.strip()) and facteur.json("show", id.strip())[0]["bcc"] == [{"name": None, "email": "b@x.org"}]


def test_a_draft_is_of_the_account_that_writes(facteur):
    add_account(facteur)
    add_account(facteur, "work@example.com", "work")
    accounts = {a["name"]: a["id"] for a in facteur.json("account", "list")}
    for args, account, sender in (((), "jane", ("", "jane@example.org")), (("-f", "Me <work@example.com>"), "work", ("Me", "work@example.com")), (("--account", "work"), "work", ("", "work@example.com")),
                                  (("-f", "network@example.com"), "jane", ("", "network@example.com"))):
        made = facteur.run("--json", "compose", "-t", "a@x.org", *args)   # an account that has never been reached gets a mailbox for drafts
        created = json.loads(made.stdout)
        assert created["accountId"] == accounts[account] and addresses(parsed(facteur, created["id"]), "From") == [sender]


def test_a_reply_quotes_and_leaves_oneself_out(facteur):
    add_account(facteur)
    id = imported(facteur)
    m = parsed(facteur, facteur.out("reply", id, "--all", "-c", "c@x.org", input="Avec plaisir !\n"))
    assert addresses(m, "To") == [("山田", "yamada@example.jp")] and addresses(m, "Cc") == [("Doe, John", "john@example.net"), ("", "c@x.org")]
    assert addresses(m, "From") == [("", "jane@example.org")] and m["Subject"] == "Re: 昼食" and m["In-Reply-To"] == "<1@example.jp>"
    assert text_of(m) == "Avec plaisir !\n\nOn 2014-10-30 14:12 +0900, 山田 wrote:\n> Lunch?\n"
    assert addresses(parsed(facteur, facteur.out("reply", id)), "Cc") == []
    assert text_of(parsed(facteur, facteur.out("reply", id, "--no-quote", input="Yes"))).strip() == "Yes"
    assert "no list" in facteur.run("reply", id, "--list", status=1).stderr
    assert "not both" in facteur.run("reply", id, "--list", "--all", status=2).stderr
    assert "e999" in facteur.run("reply", "e999", status=1).stderr


def test_a_message_is_forwarded_with_its_text_or_as_a_file(facteur):
    id = imported(facteur)
    (facteur.dir / "more.txt").write_text("more\n")
    m = parsed(facteur, facteur.out("forward", id, "-t", "a@x.org", "-a", facteur.dir / "more.txt", input="FYI"))
    text, more = m.iter_parts()
    assert m["Subject"] == "Fwd: 昼食" and addresses(m, "To") == [("", "a@x.org")] and text_of(text).startswith("FYI\n\n-------- Forwarded message")
    assert "From: 山田 <yamada@example.jp>\n" in text_of(text) and more.get_filename() == "more.txt"
    text, whole = parsed(facteur, facteur.out("forward", id, "--as-attachment")).iter_parts()
    assert whole.get_content_type() == "message/rfc822" and whole.get_content()["Message-ID"] == "<1@example.jp>" and whole.get_filename() == "昼食.eml"


HTML_MESSAGE = b"""From: a@example.net
To: jane@example.org
Subject: Menu
Message-ID: <2@example.net>
MIME-Version: 1.0
Content-Type: text/html; charset=utf-8

<html><body><p>Soup or <b>salad</b>?</p><script>x()</script></body></html>
"""


def test_html_is_answered_and_forwarded_in_html(facteur):
    add_account(facteur)
    id = imported(facteur, HTML_MESSAGE)
    (facteur.dir / "logo.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    written = "<!DOCTYPE html><html><head><title>x</title></head><body><p>The <i>soup</i>. <img src='cid:logo.png'></p></body></html>"
    m = parsed(facteur, facteur.out("reply", id, "--html", "--inline", facteur.dir / "logo.png", input=written))
    text, related = m.iter_parts()
    html, picture = related.iter_parts()
    assert m.get_content_type() == "multipart/alternative" and text_of(text).startswith("The soup.") and "> Soup or salad?" in text_of(text)
    assert text_of(html).startswith("<p>The <i>soup</i>.") and "<p>Soup or <b>salad</b>?</p>" in text_of(html) and "x()" not in text_of(html)
    assert text_of(html).count("<body") == 0 and picture.get_content() == b"\x89PNG\r\n\x1a\n"
    m = parsed(facteur, facteur.out("forward", id, "--html", "-t", "c@x.org"))    # with nothing on standard input
    text, html = m.iter_parts()
    assert "<b>salad</b>" in text_of(html) and text_of(text).lstrip().startswith("-------- Forwarded message")
    for command, words in (("reply", ("--inline", "x.png")), ("forward", ("--inline", "x.png")), ("forward", ("--html", "--as-attachment"))):
        assert "--html" in facteur.run(command, id, *words, status=2).stderr


def test_what_makes_no_message_is_told(facteur):
    (facteur.dir / "folder").mkdir()
    (facteur.dir / "a b.png").write_bytes(b"x")
    (facteur.dir / "large").touch()
    os.truncate(facteur.dir / "large", (64 << 20) + 1)
    for args, said, status in ((("-t", "nobody"), "'nobody' is no address", 1), (("-t", "a@x.org\nBcc: b@x.org"), "one line", 2), (("-t", ""), "no address", 1), (("-t", "@x.org"), "no address", 1),
                               (("-a", facteur.dir / "missing"), "No such file", 1), (("-a", facteur.dir / "folder"), "folder", 1), (("-a", facteur.dir / "large"), "64 MB", 1),
                               (("--html", "--inline", facteur.dir / "a b.png"), "ASCII", 1), (("--inline", facteur.dir / "a b.png"), "--html", 2), (("--account", "nobody"), "nobody", 1), (("x",), "--attach", 2)):
        assert said in facteur.run("compose", *args, status=status).stderr, args
    assert b"UTF-8" in facteur.run("compose", input=b"\xff\xfe", text=False, status=1).stderr
    assert b"NUL" in facteur.run("compose", input=b"a\0b", text=False, status=1).stderr
    assert facteur.json("list", "-m", "drafts") == []
    # a subject's line ends become spaces, and never a second field
    m = parsed(facteur, facteur.out("compose", "-s", "a\r\nBcc: b@x.org", "-f", '"x\\"y" <a@x.org>'))
    assert m["Bcc"] is None and m["Subject"].split() == ["a", "Bcc:", "b@x.org"] and addresses(m, "From") == [('x"y', "a@x.org")]


def test_the_editor_writes_header_and_text(facteur):
    id = imported(facteur)
    env = editor(facteur, r"""cp "$1" "$TMPDIR/seen"; stat -c %a "$1" > "$TMPDIR/mode"
sed -i -e 's/^Cc: .*/Cc: "Müller, Eva" <eva@example.de>/' -e 's/^Subject: .*/Subject: Ja, 昼食!/' -e 's/^> Lunch?$/&\nGern./' "$1" """)
    m = parsed(facteur, on_terminal(facteur, "reply", id, "--all", env=env).strip())
    seen = (facteur.dir / "seen").read_text()
    assert seen.startswith('From: \nTo: "山田" <yamada@example.jp>\nCc: jane@example.org, "Doe, John" <john@example.net>\nBcc: \nSubject: Re: 昼食\n\n\nOn 2014')
    assert stat.S_IMODE(int((facteur.dir / "mode").read_text(), 8)) == 0o600 and left_over(facteur) == []
    assert addresses(m, "Cc") == [("Müller, Eva", "eva@example.de")] and m["Subject"] == "Ja, 昼食!" and m["From"] is None and m["In-Reply-To"] == "<1@example.jp>"
    assert text_of(m).endswith("> Lunch?\nGern.\n")


def test_no_draft_is_made_where_the_editor_fails_and_nothing_written_is_lost(facteur):
    id = imported(facteur)
    for script, told in (("exit 3", "failed"), ("printf 'To: nonsense\\n\\ntext' > \"$1\"", "no address"), ("echo 'no header' > \"$1\"", "header lines"),
                         ("printf 'To: a@x.org\\n\\n\\377' > \"$1\"", "UTF-8")):
        facteur.env.update(editor(facteur, script))
        dialogue = Dialogue(facteur, "reply", id)
        assert dialogue.end() == 1 and told in dialogue.out and "what you wrote is in " in dialogue.out, dialogue.out
        [kept] = left_over(facteur)
        kept.unlink()
    facteur.env["VISUAL"] = "/no/such/editor"
    dialogue = Dialogue(facteur, "compose")
    assert dialogue.end() == 1 and "/no/such/editor" in dialogue.out and left_over(facteur) == []
    assert facteur.json("list", "-m", "drafts") == []


def test_no_editor_opens_where_that_is_said(facteur):
    env = editor(facteur, 'touch "$TMPDIR/opened"')
    assert addresses(parsed(facteur, on_terminal(facteur, "compose", "-t", "a@x.org", "--no-edit", env=env).strip()), "To") == [("", "a@x.org")]
    assert not (facteur.dir / "opened").exists()


def test_a_draft_is_written_on(facteur):
    (facteur.dir / "a.txt").write_text("a\n")
    first = facteur.out("compose", "-t", "a@x.org", "-b", "b@x.org", "-s", "One", "-a", facteur.dir / "a.txt", input="Hello\n").strip()
    second = facteur.out("edit", first, "-s", "Two", "-c", "c@x.org").strip()
    assert [e["id"] for e in facteur.json("list", "-m", "drafts")] == [second] and second != first
    assert "Two" in facteur.out("drafts", "-n", "5") and facteur.json("drafts") == facteur.json("list", "-m", "drafts")
    assert "list -m" in facteur.run("drafts", "x", status=2).stderr
    m = parsed(facteur, second)
    assert m["Subject"] == "Two" and addresses(m, "To") == [("", "a@x.org")] and addresses(m, "Bcc") == [("", "b@x.org")] and addresses(m, "Cc") == [("", "c@x.org")]
    text, attached = m.iter_parts()
    assert text_of(text) == "Hello\n" and attached.get_filename() == "a.txt"
    third = facteur.out("edit", second, input="Bye\n").strip()
    fourth = on_terminal(facteur, "edit", third, env=editor(facteur, "sed -i s/Bye/Adieu/ \"$1\"")).strip()
    text, attached = parsed(facteur, fourth).iter_parts()
    assert text_of(text) == "Adieu\n" and attached.get_payload(decode=True) == b"a\n"
    # nothing goes where nothing new is made
    assert "no address" in facteur.run("edit", fourth, "-t", "nobody", status=1).stderr
    assert [e["id"] for e in facteur.json("list", "-m", "drafts")] == [fourth]


def test_another_message_serves_as_a_template_and_stays(facteur):
    id = imported(facteur)
    m = parsed(facteur, facteur.out("edit", id, input="Dinner?\n"))
    assert m["Subject"] == "昼食" and addresses(m, "To")[0] == ("", "jane@example.org") and m["From"] is None and text_of(m) == "Dinner?\n"
    assert [e["id"] for e in facteur.json("list")] == [id]
    html = facteur.out("compose", "--html", input="<p>Hi</p>").strip()
    assert "HTML" in facteur.run("edit", html, input="text", status=1).stderr
    done = facteur.run("edit", html, "-s", "s")
    assert "stays" in done.stderr and "<p>Hi</p>" in facteur.out("show", done.stdout.strip(), "--html")


def on_server(dovecot):
    """(subject, whether it is marked as one) of each draft there."""
    rows = dovecot.doveadm("-f", "flow", "fetch", "-u", "alice", "uid flags hdr.subject", "mailbox", "Drafts", "undeleted").splitlines()
    return sorted((row.split("hdr.subject=")[1].strip(), "\\Draft" in row) for row in rows)


def settled(facteur):
    facteur.run("sync")
    wait_until(lambda: all(a["pendingChanges"] == 0 for a in facteur.rpc("Account/get")["list"]))
    facteur.run("sync")


def test_a_draft_is_on_the_server_once_however_often_it_is_written(facteur, dovecot):
    facteur.add_account(dovecot)
    facteur.run("sync")
    id = facteur.out("compose", "-t", "a@x.org", "-s", "One").strip()
    settled(facteur)
    assert on_server(dovecot) == [("One", True)]
    dovecot.pause()  # written on without a network, and facteurd ends in between
    for subject in ("Two", "Three", "Four"):
        id = facteur.out("edit", id, "-s", subject).strip()
        facteur.kill()
    reply = facteur.out("reply", id, input="x").strip()
    dovecot.start()
    settled(facteur)
    assert on_server(dovecot) == [("Four", True), ("Re: Four", True)]
    assert {e["id"] for e in facteur.json("list", "-m", "drafts")} == {id, reply}
    raw = facteur.run("show", id, "--raw", text=False).stdout.decode().replace("\r\n", "\n")
    there = dovecot.doveadm("fetch", "-u", "alice", "text", "mailbox", "Drafts", "all").split("text:\n")[1:]
    assert raw.strip() in [text.replace("\r\n", "\n").strip("\f\n ") for text in there]


class Writer:
    """A front end that saves one draft again and again, and knows nothing but the id of what it saved last."""

    def __init__(self, facteur, account):
        self.facteur, self.account, self.id, self.file = facteur, account, None, None
        [self.drafts] = facteur.rpc("Mailbox/query", accountId=account, filter={"role": "drafts"})["ids"]

    def connect(self):
        self.facteur.rpc("Core/echo")   # starts facteurd where none runs
        s = socket.socket(socket.AF_UNIX)
        s.connect(str(self.facteur.profile / "rpc.sock"))
        self.file = s.makefile("rwb")
        s.close()

    def request(self, n, key):
        draft = {"mailboxIds": {self.drafts: True}, "keywords": {"$draft": True, "$seen": True}, "subject": f"save {n}", "replaces": self.id,
                 "bodyValues": {"t": {"value": "word " * n}}, "textBody": [{"partId": "t", "type": "text/plain"}]}
        call = {"jsonrpc": "2.0", "id": 1, "method": "Email/set", "params": {"accountId": self.account, "create": {"k": draft}, "undoable": False, "idempotencyKey": key}}
        self.file.write(json.dumps(call).encode() + b"\n")
        self.file.flush()

    def save(self, n, killed=False):
        if not self.file:
            self.connect()
        key = str(uuid.uuid4())
        self.request(n, key)
        if killed:      # while it is at it
            self.facteur.kill()
            self.connect()
            self.request(n, key)
        answer = json.loads(self.file.readline())
        if "error" in answer:   # nobody knows what became of it: there is one draft, the old or the new
            assert killed and answer["error"]["data"]["type"] == "outcomeUnknown", answer
            [self.id] = self.facteur.rpc("Email/query", accountId=self.account, filter={"inMailbox": self.drafts})["ids"]
            return self.save(n)
        assert answer["result"]["created"], answer
        assert answer["result"]["destroyed"] == ([self.id] if self.id else None), answer
        self.id = answer["result"]["created"]["k"]["id"]


# Without UIDPLUS a message cannot be expunged alone: what goes stays there, marked as deleted and hidden here (docs/sync.md).
@pytest.mark.parametrize("capability, saves", [(None, 100), ("-UIDPLUS -MOVE -CONDSTORE -QRESYNC", 40)], ids=["dovecot", "without-uidplus"])
def test_a_draft_saved_a_hundred_times_is_one_here_and_there(facteur, certificates, capability, saves):
    with Dovecot(certs=certificates, capability=capability) as dovecot:
        save_many_times(facteur, dovecot, saves)


def save_many_times(facteur, dovecot, saves):
    facteur.add_account(dovecot)
    facteur.run("sync")
    [account] = [a["id"] for a in facteur.rpc("Account/get")["list"] if not a["isLocal"]]
    writer, ended = Writer(facteur, account), threading.Event()

    def keep_syncing():
        while not ended.is_set():
            facteur.run("sync", status=None)
    sync = threading.Thread(target=keep_syncing)
    sync.start()
    try:
        for n in range(saves):
            if n == saves * 7 // 10:
                dovecot.pause()
            if n == saves * 9 // 10:
                dovecot.start()
            writer.save(n, killed=n in (saves // 5, saves // 2, saves * 4 // 5))
            if n == saves // 10:
                wait_until(lambda: on_server(dovecot))
            if n % 10 == 0:
                [here] = facteur.rpc("Email/query", accountId=account, filter={"inMailbox": writer.drafts})["ids"]
                assert here == writer.id
    finally:
        ended.set()
        sync.join()
    writer.file.close()
    settled(facteur)
    assert on_server(dovecot) == [(f"save {saves - 1}", True)]
    assert [(e["id"], e["subject"]) for e in facteur.json("list", "-m", "drafts")] == [(writer.id, f"save {saves - 1}")]
    uidnext = int(dovecot.doveadm("-f", "flow", "mailbox", "status", "-u", "alice", "uidnext", "Drafts").split("uidnext=")[1].split()[0])
    assert uidnext > 2      # other states were there before
    refused = facteur.rpc("Email/set", accountId=account, create={"k": {"mailboxIds": {writer.drafts: True}, "replaces": "e999"}})
    assert refused["notCreated"]["k"]["properties"] == ["replaces"]
    assert on_server(dovecot) == [(f"save {saves - 1}", True)]


PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


def test_identities_write_with_their_names_and_signatures(facteur):
    add_account(facteur)
    facteur.run("mailbox", "create", "jane:Archive")
    card = facteur.dir / "card"
    card.mkdir()
    (card / "logo.png").write_bytes(PNG)
    (card / "card.html").write_text('<p><b>Zoé</b> <img src="logo.png" alt="Logo"> <img src="logo.png"> <img src="https://x.example/y.png"></p>\n')
    (facteur.dir / "sig").write_text("Zoé\nSales, 日本\n\n")
    made = facteur.json("identity", "create", "sales@example.org", "--name", "Zoé, Sales", "--reply-to", "Desk <desk@example.org>, a@x.org", "-b", "archive@example.org",
                        "--signature", facteur.dir / "sig", "--html-signature", card / "card.html")
    [own, sales] = facteur.json("identity", "list")
    assert made == [{"id": sales["id"], "done": "created"}] and own["email"] == "jane@example.org" and sales["bcc"] == [{"name": None, "email": "archive@example.org"}]
    assert "text, HTML" in facteur.out("identity", "list")
    facteur.run("identity", "set", "jane@example.org", "--name", "Jane")
    # a new message: the first of the account, or the one that is asked for
    m = parsed(facteur, facteur.out("compose", "-t", "a@x.org", input="Hi\n"))
    assert addresses(m, "From") == [("Jane", "jane@example.org")] and text_of(m) == "Hi\n" and m["Reply-To"] is None
    m = parsed(facteur, facteur.out("compose", "-f", "SALES@example.org", input="Hi\n"))
    assert addresses(m, "From") == [("Zoé, Sales", "sales@example.org")] and text_of(m) == "Hi\n\n-- \nZoé\nSales, 日本\n"
    assert addresses(m, "Reply-To") == [("Desk", "desk@example.org"), ("", "a@x.org")] and addresses(m, "Bcc") == [("", "archive@example.org")]
    assert text_of(parsed(facteur, facteur.out("compose", "-f", "sales@example.org", "--no-signature", input="Hi\n"))) == "Hi\n"
    assert addresses(parsed(facteur, facteur.out("compose", "-f", "Z <sales@example.org>")), "From") == [("Z", "sales@example.org")]
    # in HTML with its picture, once
    m = parsed(facteur, facteur.out("compose", "-f", "sales@example.org", "--html", input="<html><body><p>Hi</p></body></html>"))
    text, related = m.iter_parts()
    html, logo = related.iter_parts()
    cid = logo["Content-ID"].strip("<>")
    assert logo.get_payload(decode=True) == PNG and logo.get_content_type() == "image/png" and logo.get_content_disposition() == "inline" and "data:" not in text_of(html)
    assert text_of(html).count(f'src="cid:{cid}"') == 2 and "https://x.example/y.png" in text_of(html)
    assert text_of(html).startswith('<html><body><p>Hi</p>\n<div class="signature">-- <br>\n<p><b>Zoé</b>') and text_of(html).rstrip().endswith("</div>\n</body></html>")
    assert text_of(text).startswith("Hi\n\n--")
    # a reply is from the address that was written to, below the quote; what is forwarded stands below the signature
    facteur.run("import", "-m", "jane:Archive", "-", input="From: Bob <bob@x.org>\nTo: sales@example.org, JANE@example.org\nCc: desk@example.org\nMessage-ID: <s@x>\nSubject: Offer\n\nHow much?\n-- \nBob\n")
    [id] = [e["id"] for e in facteur.json("search", "offer")]
    m = parsed(facteur, facteur.out("reply", id, "--all", input="Five.\n"))
    assert addresses(m, "From") == [("Zoé, Sales", "sales@example.org")] and addresses(m, "To") == [("Bob", "bob@x.org")] and addresses(m, "Cc") == [("", "desk@example.org")]
    assert text_of(m).startswith("Five.\n\nBob wrote:\n") and text_of(m).endswith("> How much?\n\n-- \nZoé\nSales, 日本\n"), text_of(m)
    assert addresses(parsed(facteur, facteur.out("reply", id, "-f", "jane@example.org")), "From") == [("Jane", "jane@example.org")]
    assert text_of(parsed(facteur, facteur.out("forward", id, input="FYI\n"))).startswith("FYI\n\n-- \nZoé\nSales, 日本\n\n-------- Forwarded")
    assert "no identity" in facteur.run("reply", id, "-f", "nobody@x.org", status=1).stderr
    # changed, and gone
    facteur.run("identity", "set", "sales@example.org", "--signature", "", "--html-signature", "", "--bcc", "", "--reply-to", "")
    m = parsed(facteur, facteur.out("compose", "-f", "sales@example.org", input="Hi\n"))
    assert text_of(m) == "Hi\n" and m["Bcc"] is None and m["Reply-To"] is None
    facteur.run("identity", "delete", sales["id"])
    assert [i["email"] for i in facteur.json("identity", "list")] == ["jane@example.org"]
    for args, said, status in ((("set", "nobody@x.org", "--name", "x"), "no identity", 1), (("create", "nonsense"), "address", 1), (("set", "jane@example.org"), "something", 2),
                               (("create", "x@example.org", "--html-signature", facteur.dir / "missing"), "No such file", 1), (("create", "x@example.org", "--name", "a\r\nBcc: b@x"), "name", 1),
                               (("create", "x@example.org", "--reply-to", "a\nBcc: b@x.org"), "one line", 2), (("create",), "address", 2), (("delete", "n99"), "no identity", 1)):
        assert said in facteur.run("identity", *args, status=status).stderr, args


def test_a_template_is_filled_in(facteur):
    (facteur.dir / "a.pdf").write_bytes(b"%PDF")
    text = "Dear {{to.name}},\n{{text}}\nYou owe us {{ amount }} by {{day}}.\n"
    template = facteur.out("compose", "--save-template", "-t", "x@x.org", "-s", "Bill of {{date}} for {{to.email}}", "-a", facteur.dir / "a.pdf", input=text).strip()
    assert facteur.json("drafts") == [] and [e["id"] for e in facteur.json("list", "-m", "drafts")] == [template]
    assert [e["id"] for e in facteur.json("templates")] == [template] and "Bill of" in facteur.out("templates")
    done = facteur.run("compose", "--template", template, "-t", "Zoé <zoe@x.org>", "-t", "b@x.org", "--set", "amount=5 €=\r\nBcc: e@x.org", input="Hello.")
    assert "{{day}} has no value" in done.stderr and "amount" not in done.stderr
    m = parsed(facteur, done.stdout)
    assert m["Subject"].startswith("Bill of 20") and m["Subject"].endswith(" for zoe@x.org") and addresses(m, "To") == [("Zoé", "zoe@x.org"), ("", "b@x.org")] and m["Bcc"] is None
    body, file = m.iter_parts()
    assert text_of(body) == "Dear Zoé,\nHello.\nYou owe us 5 €=\n Bcc: e@x.org by {{day}}.\n".replace("\n B", "\nB") and file.get_payload(decode=True) == b"%PDF"
    m = parsed(facteur, facteur.run("compose", "--template", template, "--set", "to.name=you", "--set", "text=", "--set", "amount=", "--set", "day=now").stdout)
    assert addresses(m, "To") == [("", "x@x.org")] and text_of(next(m.iter_parts())) == "Dear you,\n\nYou owe us  by now.\n"
    # it is changed as a draft is, and stays a template with its placeholders
    edited = facteur.out("edit", template, "-s", "Bill {{n}}").strip()
    assert [e["id"] for e in facteur.json("templates")] == [edited] and parsed(facteur, edited)["Subject"] == "Bill {{n}}"
    for args, said, status in ((("--template", template, "--set", "x"), "name=value", 2), (("--template", "e999"), "e999", 1), (("--set", "a=b"), "--template", 2), (("--template", template, "--html"), "itself", 2)):
        assert said in facteur.run("compose", *args, status=status).stderr
