"""Replies and forwarded messages (Compose/*), and what Email/set makes of them, read back by Python's email package."""
import base64
import email
import email.policy

import pytest

from client import RpcError
from mail import LOCAL, get, import_all, mailbox, message, upload


def raw_of(client, id):
    blob = get(client, id, "blobId")["blobId"]
    return base64.b64decode(client.call("Blob/get", accountId=LOCAL, ids=[blob], properties=["data:asBase64"])["list"][0]["data:asBase64"])


def parsed(client, id):
    raw = raw_of(client, id)
    assert b"\n" not in raw.replace(b"\r\n", b"") and all(len(line) <= 998 for line in raw.split(b"\r\n"))
    m = email.message_from_bytes(raw, policy=email.policy.default)
    assert not m.defects and all(not p.defects for p in m.walk()), [p.defects for p in m.walk()]
    return m


def text_of(part):
    return part.get_content().replace("\r\n", "\n")


def reply(client, id, method="Compose/reply", **more):
    return client.call(method, accountId=LOCAL, emailId=id, **more)["create"]["draft"]


def store(client, draft):
    r = client.call("Email/set", accountId=LOCAL, create={"k": draft})
    assert r["created"], r["notCreated"]
    return r["created"]["k"]["id"]


LUNCH = message(subject="=?utf-8?b?UsOJUCA6IGTDqWpldW5lciDDoCBs4oCZw6l0w6k=?=", sender="=?iso-8859-1?q?Ren=E9e?= <renee@example.fr>, bob@example.org",
                to="john@example.net, jane@example.org", id="3@x", body="Midi ?\r\n-- \r\nR.\r\n",
                extra="Cc: =?utf-8?b?5bGx55Sw?= <y@example.jp>, Renee@example.fr\r\nReferences: <1@x>\r\n <2@x>\r\n")


def test_a_reply_to_all_is_stored_as_it_is(client):
    [id] = import_all(client, [LUNCH])
    made, stored = client.batch(
        ("Compose/reply", {"accountId": LOCAL, "emailId": id, "all": True, "creationId": "r", "text": "D’accord."}),
        ("Email/set", {"accountId": LOCAL, "#create": {"resultOf": 0, "name": "Compose/reply", "path": "/create"}}))
    assert list(made["create"]) == ["r"] and stored["created"], stored
    e = get(client, stored["created"]["r"]["id"], "mailboxIds", "keywords", "threadId", "plainText")
    assert e["mailboxIds"] == {mailbox(client, "drafts"): True} and e["keywords"] == {"$draft": True, "$seen": True}
    assert e["threadId"] == get(client, id, "threadId")["threadId"]
    m = parsed(client, stored["created"]["r"]["id"])
    assert m["Subject"] == "Re: déjeuner à l’été" and m["In-Reply-To"] == "<3@x>" and m["References"].split() == ["<1@x>", "<2@x>", "<3@x>"]
    assert [(a.display_name, a.addr_spec) for a in m["To"].addresses] == [("Renée", "renee@example.fr"), ("", "bob@example.org")]
    assert [(a.display_name, a.addr_spec) for a in m["Cc"].addresses] == [("", "john@example.net"), ("", "jane@example.org"), ("山田", "y@example.jp")]
    assert m.get_content_type() == "text/plain" and m["Content-Type"].params["format"] == "flowed"
    assert text_of(m) == "D’accord.\n\nOn 2014-10-30 14:12 +0800, Renée, bob@example.org wrote:\n> Midi ?\n"
    assert e["plainText"].startswith("D’accord.\n\nOn 2014")


def test_a_long_paragraph_is_flowed_and_comes_back(client):
    long = "これは引用される段落です。 " * 3 + "and a paragraph in English that is so long that it has to be broken into several lines, From the first to the last. "
    [id] = import_all(client, [message(subject="=?iso-2022-jp?b?GyRCQ2s/KRsoQg==?=", body=long * 3 + "\r\n", extra="Content-Type: text/plain; charset=utf-8\r\n")])
    draft = store(client, reply(client, id))
    m = parsed(client, draft)
    assert m["Subject"] == "Re: 昼食" and max(map(len, text_of(m).splitlines())) <= 72
    assert get(client, draft, "plainText")["plainText"].split("\n")[2] == "> " + (long * 3).strip()


def test_forwarded_files_come_through_byte_for_byte(client):
    picture, table = bytes(range(256)) * 500, "naïve;日本\r\n".encode()
    blobs = upload(client, picture, table)
    original = store(client, {"mailboxIds": {mailbox(client, "inbox"): True}, "subject": "Fotos", "from": [{"name": "Ann", "email": "a@x.org"}],
                              "bodyValues": {"t": {"value": "See below."}}, "textBody": [{"partId": "t", "type": "text/plain"}],
                              "attachments": [{"blobId": blobs[0], "type": "image/png", "name": "été à 日本.png"}, {"blobId": blobs[1], "type": "text/csv", "charset": "utf-8", "name": "a.csv"}]})
    m = parsed(client, store(client, reply(client, original, "Compose/forward", text="FYI")))
    assert m["Subject"] == "Fwd: Fotos" and m["To"] is None and m["In-Reply-To"] is None
    text, *files = m.iter_parts()
    assert text_of(text).startswith("FYI\n\n-------- Forwarded message --------\nSubject: Fotos\n") and text_of(text).endswith("See below.\n")
    assert [(f.get_filename(), f.get_content_type(), f.get_payload(decode=True)) for f in files] == [
        ("été à 日本.png", "image/png", picture), ("a.csv", "text/csv", table)]
    assert files[1].get_content_charset() == "utf-8"


def test_a_message_is_forwarded_as_a_file(client):
    [id] = import_all(client, [LUNCH])
    m = parsed(client, store(client, reply(client, id, "Compose/forward", asAttachment=True, text="FYI")))
    text, attached = m.iter_parts()
    assert text_of(text) == "FYI\n" and attached.get_content_type() == "message/rfc822"
    assert attached.get_filename() == "RÉP _ déjeuner à l’été.eml" and attached.get_content().as_bytes() == LUNCH.replace(b"\r\n", b"\n")


def test_a_list_is_answered_where_there_is_one(client):
    ids = import_all(client, [message(extra="List-Post: <mailto:list@example.org>\r\nReply-To: list@example.org\r\n"), message("other")])
    assert [a["email"] for a in reply(client, ids[0], list=True)["to"]] == ["list@example.org"]
    assert [a["email"] for a in reply(client, ids[0])["to"]] == ["jane@example.org"]
    assert reply(client, ids[0], quote=False)["bodyValues"]["text"]["value"] == ""
    for wrong in ({"emailId": ids[1], "list": True}, {"emailId": ids[0], "list": True, "all": True}):
        with pytest.raises(RpcError) as e:
            client.call("Compose/reply", accountId=LOCAL, **wrong)
        assert e.value.type == "invalidArguments" and e.value.data["properties"] == ["list"]
    with pytest.raises(RpcError) as e:
        client.call("Compose/reply", accountId=LOCAL, emailId=ids[0], attribution="a\r\nBcc: b")
    assert e.value.data["properties"] == ["attribution"]


def test_what_is_not_there_is_not_answered(client):
    for method in ("Compose/reply", "Compose/forward", "Compose/template"):
        for args, type in (({"accountId": LOCAL, "emailId": "e999"}, "notFound"), ({"accountId": LOCAL, "emailId": "nonsense"}, "notFound"),
                           ({"accountId": "a999", "emailId": "e1"}, "accountNotFound")):
            with pytest.raises(RpcError) as e:
                client.call(method, **args)
            assert e.value.type == type


def test_html_alone_gets_a_text_where_that_is_asked_for(client):
    [logo] = upload(client, b"\x89PNG\r\n")
    draft = {"mailboxIds": {mailbox(client, "drafts"): True}, "generateTextBody": True, "subject": "Été 日本", "bodyValues": {"h": {"value": "<p>Ça <b>va</b>&nbsp;?</p><img src='cid:logo@x' alt='Logo'>"}},
             "htmlBody": [{"partId": "h", "type": "text/html"}], "attachments": [{"blobId": logo, "type": "image/png", "cid": "logo@x", "disposition": "inline", "name": "logo.png"}]}
    m = parsed(client, store(client, draft))
    assert m["Subject"] == "Été 日本" and m.get_content_type() == "multipart/alternative"
    text, related = m.iter_parts()
    assert text_of(text) == "Ça va ?\n\nLogo\n" and text["Content-Type"].params["format"] == "flowed"
    html, picture = related.iter_parts()
    assert "<b>va</b>" in text_of(html) and picture["Content-ID"] == "<logo@x>" and picture.get_content() == b"\x89PNG\r\n"
    r = client.call("Email/set", accountId=LOCAL, create={"k": {**draft, "generateTextBody": 1}})
    assert r["notCreated"]["k"]["properties"] == ["generateTextBody"]


def test_html_is_answered_in_html(client):
    logo, pdf = upload(client, b"\x89PNG\r\n\x1a", b"%PDF")
    original = store(client, {"mailboxIds": {mailbox(client, "inbox"): True}, "from": [{"name": "Zoé", "email": "z@example.fr"}], "sentAt": "2014-10-30T14:12:00+01:00",
                              "bodyValues": {"h": {"value": "<p>Ça <b>va</b> ? <img src='cid:logo@x'></p></blockquote><script>x</script>"}}, "htmlBody": [{"partId": "h"}],
                              "attachments": [{"blobId": logo, "type": "image/png", "cid": "logo@x", "disposition": "inline"}, {"blobId": pdf, "type": "application/pdf", "name": "a.pdf"}]})
    m = parsed(client, store(client, reply(client, original, html=True, text="Oui <3")))
    assert m.get_content_type() == "multipart/alternative"
    text, related = m.iter_parts()
    html, picture = related.iter_parts()
    assert text_of(text) == "Oui <3\n\nOn 2014-10-30 14:12 +0100, Zoé wrote:\n> Ça va ?\n"
    assert text_of(html).startswith("Oui &lt;3<br>\n") and "<p>Ça <b>va</b> ? <img src=\"cid:logo@x\"></p>\n</blockquote>\n" in text_of(html) and "script" not in text_of(html)
    assert picture["Content-ID"] == "<logo@x>" and picture.get_payload(decode=True) == b"\x89PNG\r\n\x1a"
    m = parsed(client, store(client, reply(client, original, "Compose/forward", html=True)))
    for method, property, wrong in (("Compose/reply", "htmlText", {"htmlText": "<p>x"}), ("Compose/reply", "htmlText", {"html": True, "htmlText": "<p>x", "text": "x"}),
                                    ("Compose/forward", "htmlText", {"htmlText": "<p>x"}), ("Compose/forward", "html", {"html": True, "asAttachment": True})):
        with pytest.raises(RpcError) as e:
            client.call(method, accountId=LOCAL, emailId=original, **wrong)
        assert e.value.type == "invalidArguments" and e.value.data["properties"] == [property]
    alternative, attached = m.iter_parts()
    assert m.get_content_type() == "multipart/mixed" and alternative.get_content_type() == "multipart/alternative" and attached.get_filename() == "a.pdf"


def test_a_message_serves_as_a_template(client):
    [pdf] = upload(client, b"%PDF")
    first = store(client, {"mailboxIds": {mailbox(client, "drafts"): True}, "keywords": {"$draft": True}, "from": [{"name": "Zoé", "email": "z@example.fr"}], "to": [{"name": "山田", "email": "y@example.jp"}],
                           "bcc": [{"name": None, "email": "b@x"}], "subject": "Modèle", "references": ["1@x"], "bodyValues": {"h": {"value": "<style>p{color:red}</style><p>Bonjour</p>"}},
                           "htmlBody": [{"partId": "h"}], "generateTextBody": True, "attachments": [{"blobId": pdf, "type": "application/pdf", "name": "été.pdf"}]})
    draft = reply(client, first, "Compose/template")
    m, before = parsed(client, store(client, draft)), parsed(client, first)
    for field in ("From", "To", "Bcc", "Subject", "References"):
        assert m[field] == before[field] and m[field]
    assert m["Message-ID"] != before["Message-ID"]
    assert [(p.get_content_type(), p.get_payload(decode=True)) for p in m.walk() if not p.is_multipart()] == [(p.get_content_type(), p.get_payload(decode=True)) for p in before.walk() if not p.is_multipart()]
    client.call("Email/set", accountId=LOCAL, update={first: {"keywords/$draft": None}})
    others = reply(client, first, "Compose/template")
    assert others["bodyValues"]["html"]["value"] == "<p>Bonjour</p>" and "from" not in others


def test_a_text_too_large_is_no_template_but_is_quoted_in_part(client):
    [id] = import_all(client, [message(body="A line of fifty characters, as many as there are.\r\n" * 90000)])
    with pytest.raises(RpcError) as e:
        client.call("Compose/template", accountId=LOCAL, emailId=id)
    assert e.value.type == "requestTooLarge"
    assert reply(client, id)["bodyValues"]["text"]["value"].endswith("\n> [...]\n")


EVIL = ["a\r\nBcc: evil@x", "a\nBcc: evil@x", "a\rBcc: evil@x", "\r\n\r\nbody", "\n.\n", "a\r\n\tb\r\nBcc: evil@x", "a\x0bb\x0cc\x85d\u2028e\u2029f", "\x7f\x1b[2J", "a\r", "\n",
        "=?utf-8?q?a=0D=0ABcc=3A_evil=40x?="]
SLOTS = {
    "subject": lambda s: {"subject": s},
    "name": lambda s: {"from": [{"name": s, "email": "a@x"}]},
    "address": lambda s: {"to": [{"name": None, "email": s + "@x"}]},
    "group": lambda s: {"header:To:asGroupedAddresses": [{"name": s, "addresses": [{"name": s, "email": "a@x"}]}]},
    "messageId": lambda s: {"messageId": [s + "@x"]},
    "inReplyTo": lambda s: {"inReplyTo": [s]},
    "references": lambda s: {"references": ["a@x", s]},
    "text": lambda s: {"header:X-A:asText": s},
    "raw": lambda s: {"header:X-A": " " + s},
    "url": lambda s: {"header:List-Post:asURLs": ["mailto:" + s]},
    "field": lambda s: {"header:X-" + s + ":asText": "v"},
    "sentAt": lambda s: {"sentAt": "2014-10-30T14:12:00Z" + s},
    "file name": lambda s: {"attachments": [{"blobId": "B", "type": "image/png", "name": s}]},
    "type": lambda s: {"attachments": [{"blobId": "B", "type": "image/png" + s}]},
    "charset": lambda s: {"attachments": [{"blobId": "B", "type": "text/csv", "charset": "utf-8" + s}]},
    "disposition": lambda s: {"attachments": [{"blobId": "B", "type": "image/png", "disposition": "inline" + s}]},
    "cid": lambda s: {"attachments": [{"blobId": "B", "type": "image/png", "cid": s}]},
    "location": lambda s: {"attachments": [{"blobId": "B", "type": "image/png", "location": s}]},
    "language": lambda s: {"attachments": [{"blobId": "B", "type": "image/png", "language": ["fr" + s]}]},
    "part field": lambda s: {"attachments": [{"blobId": "B", "type": "image/png", "header:X-B:asText": s}]},
}


@pytest.mark.parametrize("slot", SLOTS)
def test_no_value_becomes_another_header_field(client, slot):
    """Refused, or written so that it stays one value: in every place that a client can fill."""
    [blob] = upload(client, b"x")
    expected = {"date", "message-id", "mime-version", "content-type", "content-transfer-encoding", "content-disposition", "content-id", "content-location", "content-language", "subject", "from", "to",
                "in-reply-to", "references", "list-post"}
    box, create = mailbox(client, "drafts"), {}
    for i, evil in enumerate(EVIL):
        create[f"k{i}"] = {"mailboxIds": {box: True}, **SLOTS[slot](evil)}
        for a in create[f"k{i}"].get("attachments", []):
            a["blobId"] = blob
    r = client.call("Email/set", accountId=LOCAL, create=create)
    assert all(e["type"] == "invalidProperties" for e in (r["notCreated"] or {}).values()), r["notCreated"]
    taken = r["created"] or {}
    bytes_of = {b["id"]: base64.b64decode(b["data:asBase64"]) for b in client.call("Blob/get", accountId=LOCAL, ids=[e["blobId"] for e in taken.values()], properties=["data:asBase64"])["list"]}
    for k, created in taken.items():
        evil, draft, raw = EVIL[int(k[1:])], create[k], bytes_of[created["blobId"]]
        assert b"\n" not in raw.replace(b"\r\n", b"") and b"\r" not in raw.replace(b"\r\n", b"") and b"\0" not in raw
        m = email.message_from_bytes(raw, policy=email.policy.compat32)
        for part in m.walk():
            names = [k.lower() for k in part.keys()]
            assert all(k in expected or k.startswith("x-") for k in names) and len(names) == len(set(names)), (evil, names)
        leaves = [p.get_payload(decode=True) for p in m.walk() if not p.is_multipart()]
        assert leaves == [b"x"] if "attachments" in draft else leaves in ([b""], [b"\r\n"]), (evil, raw)
    assert taken or slot not in ("subject", "name", "text")


def test_a_nul_is_refused_before_it_is_anything(client):
    for object in ('{"subject":"a\\u0000b"}', '{"from":[{"name":"a\\u0000","email":"a@x"}]}', '{"header:X-A":"a\\u0000"}'):
        client.send_raw(b'{"jsonrpc":"2.0","id":1,"method":"Email/set","params":{"accountId":"a1","create":{"k":' + object.encode() + b"}}}\n")
        answer = client.read()
        assert "error" in answer or answer["result"]["created"] is None, answer


def test_a_draft_replaces_another_one_or_nothing_happens(client):
    drafts, inbox = {mailbox(client, "drafts"): True}, {mailbox(client, "inbox"): True}
    new = lambda **more: {"k": {"mailboxIds": drafts, "keywords": {"$draft": True}, "subject": "new", **more}}      # noqa: E731
    old = store(client, {"mailboxIds": drafts, "keywords": {"$draft": True}, "subject": "old"})
    letter = store(client, {"mailboxIds": inbox, "subject": "no draft"})
    all_ids = lambda: set(client.call("Email/query", accountId=LOCAL)["ids"])       # noqa: E731
    for wrong, properties in (({"replaces": letter}, ["replaces"]), ({"replaces": "e999"}, ["replaces"]), ({"replaces": 7}, ["replaces"]), ({"replaces": old, "mailboxIds": {}}, ["mailboxIds"]),
                              ({"replaces": old, "sentAt": "never"}, ["sentAt"]), ({"replaces": old, "attachments": [{"blobId": "b" + "0" * 64}]}, None)):
        r = client.call("Email/set", accountId=LOCAL, create=new(**wrong))
        assert r["created"] is None and r["destroyed"] is None and (properties is None or r["notCreated"]["k"]["properties"] == properties), (wrong, r)
        assert all_ids() == {old, letter}
    state = client.call("Email/get", accountId=LOCAL, ids=[])["state"]
    r = client.call("Email/set", accountId=LOCAL, create=new(replaces=old))
    id = r["created"]["k"]["id"]
    assert r["destroyed"] == [old] and all_ids() == {id, letter} and get(client, id, "subject")["subject"] == "new"
    changes = client.call("Email/changes", accountId=LOCAL, sinceState=state)
    assert changes["created"] == [id] and changes["destroyed"] == [old]
    # in one call: the new one of the first is replaced by the second
    r = client.call("Email/set", accountId=LOCAL, create={"a": new(replaces=id)["k"], "b": new(replaces="#a")["k"]})
    assert r["destroyed"] == [id, r["created"]["a"]["id"]] and all_ids() == {r["created"]["b"]["id"], letter}


def test_the_largest_message_there_is_cannot_be_sent_on(client):
    """Fields in front of it would make it larger than a message may be."""
    head, most = "From: joe@example.org\r\nSubject: large\r\n\r\n", 64 << 20
    line = "A line of fifty characters, as many as there are.\r\n"
    small = client.call("Blob/upload", accountId=LOCAL, create={"p": {"data": [{"data:asText": line * 2000}]}})["created"]["p"]
    piece = client.call("Blob/upload", accountId=LOCAL, create={"p": {"data": [{"blobId": small["id"]}] * 40}})["created"]["p"]
    n, rest = divmod(most - len(head), piece["size"])
    parts = [{"data:asText": head}] + [{"blobId": piece["id"]}] * n + [{"data:asText": "x" * rest}]
    blob = client.call("Blob/upload", accountId=LOCAL, create={"b": {"data": parts}})["created"]["b"]
    assert blob["size"] == most
    inbox = client.call("Mailbox/query", accountId=LOCAL, filter={"role": "inbox"})["ids"][0]
    email = client.call("Email/import", accountId=LOCAL, emails={"e": {"blobId": blob["id"], "mailboxIds": {inbox: True}}})["created"]["e"]["id"]
    identity = client.call("Identity/set", accountId=LOCAL, create={"i": {"name": "Joe", "email": "joe@example.org"}})["created"]["i"]["id"]
    with pytest.raises(RpcError) as e:
        client.call("Compose/resend", accountId=LOCAL, emailId=email, to=[{"email": "anna@example.org"}], identityId=identity)
    assert e.value.type == "requestTooLarge"
