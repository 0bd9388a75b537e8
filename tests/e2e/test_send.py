"""Sending by the command line: through a server that keeps what it is given, with a real IMAP server behind the account."""
import base64
import email
import email.header
import email.policy
import json
import os
import socket
import subprocess
import threading
import time

import pytest

from e2e import BUILD, Facteur, on_terminal, wait_until
from smtp_sink import Sink
from test_both_ways import Other

LETTER = "From: Alice <alice@example.org>\nTo: Bob <bob@example.net>\nBcc: eve@example.com\nSubject: hello\n\nHello.\n.\nGood bye.\n"


@pytest.fixture
def sink():
    with Sink() as s:
        yield s


def add(facteur, dovecot, sink, *more):
    with Other(dovecot) as o:
        o.create("Sent", "Drafts")
    facteur.add_account(dovecot, "alice", "--transport", f"smtp://alice@127.0.0.1:{sink.port}?tls=none", *more)
    facteur.run("sync")


@pytest.fixture
def sender(facteur, dovecot, sink):
    add(facteur, dovecot, sink)
    return facteur


def state(facteur, id):
    return next(s for s in facteur.json("outbox") if s["id"] == id)["state"]


def on_server(dovecot, mailbox):
    with Other(dovecot) as o:
        return o.contents(mailbox)


def test_a_message_arrives_once_and_one_copy_is_in_sent(sender, dovecot, sink, tmp_path):
    (tmp_path / "letter.eml").write_text(LETTER)
    [s] = sender.json("send", str(tmp_path / "letter.eml"), "--wait", "20")
    assert s["state"] == "sent" and state(sender, s["id"]) == "sent"
    [m] = sink.messages
    assert m.recipients == ["bob@example.net", "eve@example.com"] and m.sender == "alice@example.org"
    parsed = email.message_from_bytes(m.data, policy=email.policy.default)
    assert parsed["Bcc"] is None and parsed["Date"].datetime and parsed["Message-ID"] and parsed.get_content().splitlines() == ["Hello.", ".", "Good bye."]
    assert b"\n" not in m.data.replace(b"\r\n", b"")
    key = parsed["Message-ID"].strip("<>")
    sender.run("sync")
    assert on_server(dovecot, "Sent") == {key: {"\\Seen"}} and on_server(dovecot, "Drafts") == {}
    sender.run("sync")
    assert sender.count("in:sent") == 1 and sender.count("in:drafts") == 0 and len(on_server(dovecot, "Sent")) == 1
    assert len(sink.messages) == 1


def test_a_server_for_sending_with_a_user_and_a_password_of_its_own(facteur, dovecot):
    def said(sink):
        return [base64.b64decode(c.split()[2]).decode().split("\0")[1:] for c in sink.commands if c.startswith("AUTH")]
    with Sink(extensions=["AUTH PLAIN"]) as sink:
        facteur.run("account", "add", "alice@example.org", "--user", "alice", "--source", f"imaps://localhost:{dovecot.imaps_port}", "--ca", dovecot.ca,
                    "--transport", f"smtp://relay%40example.com@127.0.0.1:{sink.port}?tls=none", "--password-stdin", "--transport-password-stdin",
                    input=f"{dovecot.password}\nof the relay\n")
        assert said(sink) == [["relay@example.com", "of the relay"]]
        facteur.run("account", "set", "alice", "--transport-password-stdin", input="another\n")
        facteur.run("account", "check", "alice")
        assert said(sink)[1:] == [["relay@example.com", "another"]] * 2
        facteur.run("account", "set", "alice", "--transport-password", "--transport-password-stdin", input="x\n", status=2)


def test_what_is_held_can_be_taken_back_and_is_a_draft_again(sender, sink, dovecot):
    [s] = sender.json("send", "--raw", "--hold", "10", "-t", "bob@example.net", input=LETTER)
    assert s["state"] == "held" and "held" in sender.out("outbox")
    assert sender.json("outbox", "cancel", s["id"]) == [{"id": s["id"], "done": "canceled"}]
    assert state(sender, s["id"]) == "canceled" and sender.json("outbox", "--waiting") == []
    assert sender.count("in:drafts") == 1 and sender.count("in:sent") == 0
    sender.run("outbox", "cancel", "s999", status=1)
    sender.run("sync")
    assert len(on_server(dovecot, "Drafts")) == 1 and sink.connections <= 1   # the one of `account add`


def test_a_server_that_files_what_it_sends_leaves_one_copy(facteur, dovecot, sink):
    add(facteur, dovecot, sink, "--set", "sentCopy=server")

    def file(data):
        with Other(dovecot) as o:
            o.ok(o.imap.append("Sent", "\\Seen", None, b"Received: by sink\r\n" + data))
    sink.file = file
    [s] = facteur.json("send", "--raw", "--wait", "20", input=LETTER)
    assert s["state"] == "sent"
    facteur.run("sync")
    assert len(on_server(dovecot, "Sent")) == 1 and facteur.count("in:sent") == 1 and facteur.count("in:drafts") == 0


def test_an_uncertain_message_is_settled_by_the_copy_in_sent(facteur, dovecot, sink):
    add(facteur, dovecot, sink, "--set", "sentCopy=server")
    sink.cut = "after-dot"
    facteur.run("send", "--raw", "--wait", "20", input=LETTER, status=1)
    [s] = facteur.json("outbox")
    assert s["state"] == "uncertain"
    facteur.run("sync")
    assert state(facteur, s["id"]) == "uncertain"
    with Other(dovecot) as o:
        o.ok(o.imap.append("Sent", "\\Seen", None, b"Received: by sink\r\n" + sink.messages[0].data))
    facteur.run("sync")
    wait_until(lambda: state(facteur, s["id"]) == "sent")
    assert len(sink.messages) == 1 and len(on_server(dovecot, "Sent")) == 1 and facteur.count("in:sent") == 1


def test_a_receipt_is_asked_for_and_given(sender, sink, dovecot):
    [s] = sender.json("send", "--raw", "--wait", "20", "--receipt", input=LETTER)
    assert email.message_from_bytes(sink.messages[0].data)["Disposition-Notification-To"] == "<alice@example.org>"
    draft = sender.json("compose", "-t", "bob@example.net", "-s", "x", "--receipt", input="x\n")[0]["id"]
    assert "Disposition-Notification-To: alice@example.org" in sender.run("show", "--raw", draft).stdout
    dovecot.deliver("alice", b"From: Boss <boss@example.net>\r\nTo: alice@example.org\r\nMessage-ID: <ask@x>\r\nSubject: read me\r\n"
                    b"Disposition-Notification-To: boss@example.net\r\n\r\nHello.\r\n")
    sender.run("sync")
    [asks] = sender.json("search", "subject:read")
    assert "Receipt" in sender.run("show", asks["id"]).stdout and len(sink.messages) == 1
    sender.run("receipt", asks["id"])
    m = sink.wait(2)[1]
    assert m.sender == "" and m.recipients == ["boss@example.net"] and b"Final-Recipient: rfc822;alice@example.org" in m.data
    assert "already" in sender.run("receipt", asks["id"], status=1).stderr and "no message" in sender.run("receipt", "e999", status=1).stderr
    sender.run("sync")
    with Other(dovecot) as o:
        assert "$MDNSent" in o.contents("INBOX")["ask@x"]


def test_a_receipt_that_is_taken_back_leaves_its_letter_alone(sender, sink, dovecot):
    dovecot.deliver("alice", b"From: Boss <boss@example.net>\r\nTo: alice@example.org\r\nMessage-ID: <ask@x>\r\nSubject: read me\r\n"
                    b"Disposition-Notification-To: boss@example.net\r\n\r\nHello.\r\n")
    sender.run("sync")
    [asks] = sender.json("search", "subject:read")
    sink.refuse["boss@example.net"] = "450 4.2.0 later"
    sender.run("receipt", asks["id"])
    [s] = sender.json("outbox")
    wait_until(lambda: sender.json("outbox")[0]["tries"])
    assert s["isReport"] and sender.json("outbox", "cancel", s["id"]) == [{"id": s["id"], "done": "canceled"}]
    assert sender.count("in:inbox subject:read") == 1 and sender.count("in:drafts") == 0 and sink.messages == []


def test_other_programs_begin_drafts(sender, tmp_path):
    url = "mailto:bob@example.net?cc=eve@example.com&subject=Caf%C3%A9&body=One%0D%0Atwo&in-reply-to=%3Ca@b%3E&attach=/etc/passwd"
    raw = email.message_from_string(sender.run("show", "--raw", sender.json("mailto", url)[0]["id"]).stdout, policy=email.policy.default)
    assert (raw["To"], raw["Cc"], raw["Subject"], raw["In-Reply-To"]) == ("bob@example.net", "eve@example.com", "Café", "<a@b>")
    assert raw.get_content().splitlines() == ["One", "two"] and raw["Bcc"] is None
    assert "refused" in sender.run("mailto", "mailto:a@b?subject=x%0ABcc:c@d", status=1).stderr
    sender.run("mailto", status=2)
    (tmp_path / "one.txt").write_text("1\n")
    (tmp_path / "naïve.bin").write_bytes(b"\0\1")
    id = sender.json("send-to", tmp_path / "one.txt", tmp_path / "naïve.bin")[0]["id"]
    raw = email.message_from_string(sender.run("show", "--raw", id).stdout, policy=email.policy.default)
    assert [p.get_filename() for p in raw.iter_attachments()] == ["one.txt", "naïve.bin"]
    sender.run("send-to", tmp_path / "none", status=1)
    sender.run("send-to", status=2)

    # The script of a file manager does the same.
    programs, data = tmp_path / "bin", tmp_path / "data"
    programs.mkdir()
    env = {"PATH": str(programs), "XDG_DATA_HOME": str(data)}
    assert "none of these" in sender.run("send-to", "--install", status=1, env=env).stderr
    for name in ("nautilus", "thunar"):
        (programs / name).write_text("#!/bin/sh\n")
        (programs / name).chmod(0o755)
    paths = {line["fileManager"]: line["path"] for line in sender.json("send-to", "--install", env=env)}
    assert set(paths) == {"nautilus", "thunar"} and "MimeType" in open(paths["thunar"]).read()
    before = sender.count("in:drafts")
    subprocess.run([paths["nautilus"], tmp_path / "one.txt"], check=True, env={**os.environ, "FACTEUR_PROFILE": str(sender.profile)}, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL)
    assert sender.count("in:drafts") == before + 1


def test_messages_wait_for_the_server_and_go_out_when_it_is_back(sender, sink):
    sink.close()

    def sent_in_vain():
        [s] = sender.json("send", "--raw", input=LETTER)
        wait_until(lambda: sender.json("outbox")[0]["error"])
        assert state(sender, s["id"]) == "queued"
        return s
    s = sent_in_vain()
    with Sink(port=sink.port) as back:   # it would be noticed after five seconds, and later each time
        sender.run("outbox", "retry", s["id"])
        wait_until(lambda: state(sender, s["id"]) == "sent", 3)
        assert len(back.messages) == 1
    s = sent_in_vain()
    with Sink(port=sink.port) as back:
        sender.run("sync")
        wait_until(lambda: state(sender, s["id"]) == "sent", 3)
        assert len(back.messages) == 1
    s = sent_in_vain()
    sender.kill()
    with Sink(port=sink.port) as again:
        wait_until(lambda: state(sender, s["id"]) == "sent")
        assert len(again.messages) == 1


def test_what_cannot_be_sent_is_told_and_leaves_nothing(sender, tmp_path):
    for text, words in ((LETTER.replace("alice@", "mallory@"), "no account sends as mallory@"),
                        ("From: alice@example.org\nSubject: to nobody\n\nx\n", "nobody"),
                        (LETTER.replace("Hello.", "Hel\rlo."), "CR")):
        assert words in sender.run("send", "--raw", input=text, status=1).stderr
    assert sender.count("in:drafts") == 0 and sender.json("outbox") == []
    sender.run("send", status=2)
    sender.run("send", str(tmp_path / "missing"), status=1)
    sender.run("send", "--raw", "--at", "tomorrow", input=LETTER, status=2)
    assert sender.run("outbox", "frobnicate", status=2).stderr


def test_a_draft_is_sent_and_stays_no_draft(sender, sink, dovecot):
    [d] = sender.json("compose", "-t", "bob@example.net", "-b", "eve@example.com", "-s", "été", input="Hello — Bob.\n")
    sender.run("sync")
    raw = sender.run("show", "--raw", d["id"], text=False).stdout
    sender.run("send", "--raw", "--wait", "20", input=raw, text=False)
    [m] = sink.messages
    assert sorted(m.recipients) == ["bob@example.net", "eve@example.com"] and b"eve@" not in m.data
    sender.run("sync")
    assert sender.json("drafts") == [] and [e["id"] for e in sender.json("search", "in:sent")] == [d["id"]]
    assert on_server(dovecot, "Drafts") == {} and len(on_server(dovecot, "Sent")) == 1


class Deaf:
    """A socket of facteurd that is closed when the answer to EmailSubmission/set is due, so often: the call was done."""

    def __init__(self, socket_path, path, times=1):
        self.real, self.left, self.calls = str(socket_path), times, 0
        self.unknown = []   # "done", "not done": what became of a call of which facteurd says that it does not know
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(str(path))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                s, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(s,), daemon=True).start()

    def _serve(self, s):
        real = socket.socket(socket.AF_UNIX)
        real.connect(self.real)
        with s, real, s.makefile("rb") as lines, real.makefile("rb") as answers:
            for line in lines:
                if b'"EmailSubmission/set"' in line and self.unknown:
                    if self.unknown.pop() == "done":
                        real.sendall(line)
                        answers.readline()
                    s.sendall(json.dumps({"jsonrpc": "2.0", "id": json.loads(line)["id"], "error": {
                        "code": -32000, "message": "facteurd ended", "data": {"type": "outcomeUnknown"}}}).encode() + b"\n")
                    continue
                real.sendall(line)
                answer = answers.readline()
                if b'"EmailSubmission/set"' in line:
                    self.calls += 1
                    if self.left:
                        self.left -= 1
                        return
                s.sendall(answer)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def test_a_submission_whose_answer_is_lost_is_not_made_twice(sender, sink, tmp_path):
    sender.run("outbox")
    deaf = Deaf(sender.profile / "rpc.sock", tmp_path / "deaf.sock")
    sender.options = ["--socket", str(tmp_path / "deaf.sock")]
    [s] = sender.json("send", "--raw", "--wait", "20", input=LETTER)
    assert s["state"] == "sent" and deaf.calls == 2
    assert sender.run("sendmail", "-t", input=LETTER.replace("hello", "two")).returncode == 0
    sink.wait(2)
    deaf.unknown = ["done"]
    assert sender.run("sendmail", "-t", input=LETTER.replace("hello", "done")).returncode == 0
    deaf.unknown = ["not done"]
    assert sender.run("sendmail", "-t", input=LETTER.replace("hello", "not done")).returncode == 0
    sink.wait(4)
    deaf.left = 2
    assert sender.run("sendmail", "-t", input=LETTER.replace("hello", "three"), status=75).stderr
    deaf.close()
    sender.options = []
    sink.wait(5)
    time.sleep(0.5)
    assert len(sink.messages) == 5 and len(sender.json("outbox")) == 5


# ---- sendmail


def sendmail(f, *args, input=LETTER, status=0, name=None):
    env = dict(os.environ, FACTEUR_PROFILE=str(f.profile))
    command = [name] if name else [str(BUILD / "bin" / "facteur"), "sendmail"]
    done = subprocess.run([*command, *args], input=input, text=True, capture_output=True, env=env, timeout=60)
    assert done.returncode == status, (args, done)
    assert done.stdout == ""
    return done.stderr


def test_sendmail_takes_what_programs_give_it(sender, sink, tmp_path):
    sendmail(sender, "-t", "-oi")
    assert sink.wait(1)[0].recipients == ["bob@example.net", "eve@example.com"] and b"\r\n.\r\nGood bye" in sink.messages[0].data
    sendmail(sender, "-i", "-f", "alice@example.org", "jim@example.net", "joe@example.net", input=LETTER.replace("hello", "two"))
    assert sink.wait(2)[1].recipients == ["jim@example.net", "joe@example.net"]
    sendmail(sender, "-bm", "-oem", "-B8BITMIME", "-N", "failure", "-falice@example.org", "-FAl", "jim@example.net", input="Subject: dot\n\none\n.\nnot sent\n")
    data = sink.wait(3)[2].data
    assert b"not sent" not in data and b'From: "Al" <alice@example.org>' in data
    link = tmp_path / "sendmail"
    link.symlink_to(BUILD / "bin" / "facteur")
    sendmail(sender, "-t", "-i", "more@example.net", input=LETTER.replace("hello", "four"), name=str(link))
    assert sorted(sink.wait(4)[3].recipients) == ["bob@example.net", "eve@example.com", "more@example.net"] and b"more@" not in sink.messages[3].data
    sendmail(sender, "--", "jim@example.net", input="From nobody Thu Jan  1 00:00:00 1970\nSubject: mbox\n\nx\n")
    assert b"From nobody" not in sink.wait(5)[4].data


@pytest.mark.parametrize("text", ["the disk is full\nBcc: eve@example.com\n", "Subject: full\nthe disk\nBcc: eve@example.com\n", " Subject: x\n", "", "\nx\n", "no end"])
def test_sendmail_begins_the_body_where_no_field_stands(sender, sink, text):
    sendmail(sender, "-i", "jim@example.net", input=text)
    [m] = sink.wait(1)
    header, body = m.data.split(b"\r\n\r\n", 1)
    assert m.recipients == ["jim@example.net"] and all(b":" in line for line in header.split(b"\r\n"))
    fields = [line for line in text.split("\n") if line.startswith("Subject: full")]
    assert body.decode().replace("\r\n", "\n").strip("\n") == text[sum(len(f) + 1 for f in fields):].strip("\n")
    assert sorted(line.split(b":")[0] for line in header.split(b"\r\n")) == sorted([b"From", b"Date", b"Message-ID"] + [b"Subject"] * len(fields))


def test_a_line_without_end_is_not_kept(sender):
    for command in (["sendmail", "jim@example.net"], ["send", "--raw"]):
        p = subprocess.Popen(sender.command(*command), stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        read = 0
        try:
            while read < 300:
                p.stdin.write(bytes(1 << 20))
                read += 1
            p.stdin.close()
        except BrokenPipeError:
            pass
        assert b"larger than 64 MB" in p.stderr.read() and p.wait(60) in (1, 74) and 60 < read < 80
        p.stderr.close()


def test_sendmail_takes_no_recipient_from_a_body(sender, sink):
    assert sendmail(sender, "-t", input="To be read\nBcc: eve@example.com\n", status=67)


def test_sendmail_ends_as_sysexits_says(sender, tmp_path):
    assert sendmail(sender, status=64) and sendmail(sender, "-bs", status=64) and sendmail(sender, "-Z", "a@b", status=64) and sendmail(sender, "-f", status=64)
    assert sendmail(sender, "-i", "root", status=67)
    assert sendmail(sender, "-t", input=LETTER.replace("alice@", "mallory@"), status=77)
    assert sendmail(sender, "-t", "-f", "mallory@example.org", status=77)
    assert sendmail(sender, "-t", input=LETTER.replace("Hello.", "Hel\rlo."), status=65)
    assert sender.json("outbox") == []


def test_a_new_message_and_a_draft_are_sent_by_one_command(sender, sink):
    [s] = sender.json("send", "-t", "bob@example.net", "-b", "eve@example.com", "-s", "Été", "--wait", "20", input="Oui\n")
    assert s["state"] == "sent" and sink.messages[0].recipients == ["bob@example.net", "eve@example.com"]
    m = email.message_from_bytes(sink.messages[0].data, policy=email.policy.default)
    assert m["Subject"] == "Été" and m["Bcc"] is None and m.get_content().splitlines() == ["Oui"] and sender.json("drafts") == []
    draft = sender.out("compose", "-t", "jim@example.net", "-c", "joe@example.net", input="x\n").strip()
    [held] = sender.json("send", draft, "--hold", "100")
    assert held["state"] == "held" and len(sink.messages) == 1
    sender.run("outbox", "retry", held["id"])
    wait_until(lambda: state(sender, held["id"]) == "sent")
    assert sink.messages[1].recipients == ["jim@example.net", "joe@example.net"]
    for args, said, status in ((("send", "-s", "x"), "--to", 2), (("send", draft, "-t", "a@x.org"), "edit", 2), (("send", "--raw", "-s", "x"), "written already", 2), (("send", "e999"), "e999", 1),
                               (("send", draft), "is no draft", 1),      # the command once more: it has gone out
                               (("send", "-t", "a@x.org", "-a", "/no/such/file"), "No such file", 1), (("send", "-t", "a@x.org", "-f", "nobody@x.org"), "no identity", 1),
                               (("resend", draft), "somebody", 2), (("resend", draft, "nobody"), "no address", 1), (("resend", "e999", "a@x.org"), "e999", 1)):
        assert said in sender.run(*args, status=status).stderr, args
    # on a terminal a person writes it first
    editor = sender.dir / "editor"
    editor.write_text('#!/bin/sh\necho Written. >> "$1"\nexit $EXIT\n')
    editor.chmod(0o755)
    for status in (3, 0):
        on_terminal(sender, "send", "-t", "bob@example.net", "-s", "typed", env={"VISUAL": str(editor), "EXIT": str(status), "TMPDIR": str(sender.dir)})
    wait_until(lambda: len(sink.messages) == 3)
    assert b"Subject: typed" in sink.messages[2].data and b"Written." in sink.messages[2].data
    # the text of one that was refused is not lost
    [kept] = sender.json("drafts")
    assert "the message is a draft" in sender.run("send", "-t", "a@x.org", "-f", "x <nobody@x.org>", input="text\n", status=1).stderr and len(sender.json("drafts")) == 2


def test_nothing_that_is_typed_becomes_a_second_header_or_command(sender, sink, dovecot):
    plain = "To: bob@example.net\nSubject: s\n\nx\n"
    letter = sender.dir / "letter.eml"
    letter.write_text(plain)
    draft = sender.out("compose", "-t", "bob@example.net", input="x").strip()
    for evil in ("a\r\nRCPT TO:<evil@x.org>", "a\nX-Evil: 1", "a\rX-Evil: 1", "a>\r\nX-Evil: 1\r\n\r\nbody"):
        file = sender.dir / (evil.replace("/", "") + ".txt")
        file.write_text("x")
        for args, input in ((("sendmail", "-f", evil, "bob@example.net"), plain), (("sendmail", "-f", f"alice{evil}@example.org", "bob@example.net"), plain), (("sendmail", "-F", evil, "bob@example.net"), plain),
                            (("sendmail", f"bob{evil}@example.net"), plain), (("sendmail", "-t", f"{evil}@example.net"), plain), (("send", letter, "-f", f"alice{evil}@example.org"), None),
                            (("send", letter, "-t", f"bob@example.net{evil}"), None), (("send", "-t", f"bob{evil}@example.net"), "x"), (("send", "-t", f"{evil} <bob@example.net>"), "x"),
                            (("send", "-t", "bob@example.net", "-s", evil, "-c", f"bob@example.net, {evil}@x.org"), "x"), (("send", "-t", "bob@example.net", "-s", evil, "-a", file), "x"),
                            (("send", "-t", "bob@example.net", "-f", f"{evil} <alice@example.org>"), "x"), (("send", "-t", "bob@example.net", "--html", "--inline", file), "x"),
                            (("resend", draft, f"{evil} <bob@example.net>"), None), (("resend", draft, f"bob{evil}@example.net"), None), (("compose", "--template", draft, "--set", f"{evil}={evil}"), "{{x}}"),
                            (("identity", "create", f"{evil}@example.org"), None), (("identity", "set", "alice@example.org", "--name", evil), None),
                            (("identity", "set", "alice@example.org", "--reply-to", f"{evil} <a@x.org>"), None), (("mailbox", "create", f"alice@example.org:{evil}"), None),
                            (("flag", draft, f"+{evil}"), None), (("send", "-t", "bob@example.net"), "x")):
            sender.run(*args, input=input, status=None)
    wait_until(lambda: sender.json("outbox", "--waiting") == [])
    assert len(sink.messages) > 8
    assert all(c.startswith(("EHLO", "AUTH", "MAIL FROM:<alice@example.org>", "RCPT TO:<bob@example.net>", "DATA", "QUIT", "BDAT", "RSET", "NOOP")) for c in sink.commands), set(sink.commands)
    for m in sink.messages:
        assert (m.sender, m.recipients) == ("alice@example.org", ["bob@example.net"]) and b"\r" not in m.data.replace(b"\r\n", b"") and b"\n" not in m.data.replace(b"\r\n", b"")
        assert all("X-Evil" not in part for part in email.message_from_bytes(m.data).walk()), m.data
    sender.run("sync")
    assert not any("evil" in name.lower() for name in dovecot.doveadm("mailbox", "list", "-u", "alice").split())


def test_a_long_name_in_another_script_stays_whole(sender, sink):
    name = "山田花子とその友人たちの会、東京支部、事務局、" * 3 + 'x "y"\n'
    sender.run("sendmail", "-F", name, "bob@example.net", input="Subject: s\n\nx\n")
    m = email.message_from_bytes(sink.wait(1)[0].data)
    assert str(email.header.make_header(email.header.decode_header(m["From"]))) == f"{name.strip()}  <alice@example.org>"
    [sent] = sender.json("list", "-m", "sent")
    assert [(a["name"].strip(), a["email"]) for a in sent["from"]] == [(name.strip(), "alice@example.org")]
    assert all(len(line) <= 78 for line in sink.messages[0].data.split(b"\r\n"))
