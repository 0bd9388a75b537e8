"""Email/*, Thread/*, SearchSnippet/get: on the local account, where everything works."""
import base64
import json

import pytest

from client import RpcError, ref
from mail import LOCAL, get, import_all, mailbox, message, upload


def test_an_imported_message_is_readable_and_found(client):
    [id] = import_all(client, [message("Grüße aus Köln", "An ordinary text.\r\n", id="one@example.org", extra="Content-Type: text/plain; charset=utf-8\r\n")],
                      keywords={"$seen": True, "Work": True})
    email = get(client, id)
    assert email["subject"] == "Grüße aus Köln"
    assert email["from"] == [{"name": "Jane Doe", "email": "jane@example.org"}]
    assert email["to"] == [{"name": None, "email": "john@example.net"}]
    assert email["messageId"] == ["one@example.org"]
    assert email["sentAt"] == "2014-10-30T14:12:00+08:00"
    assert email["keywords"] == {"$seen": True, "work": True}
    assert email["mailboxIds"] == {mailbox(client, "inbox"): True}
    assert email["preview"] == "An ordinary text."
    assert email["hasAttachment"] is False
    assert email["textBody"][0]["type"] == "text/plain"
    assert client.call("Email/query", accountId=LOCAL, filter={"text": "GRUSSE koln"})["ids"] == [id]
    assert client.call("Email/query", accountId=LOCAL, filter={"text": "köln ordinary"})["ids"] == [id]


def test_properties_of_the_list_and_of_the_message_agree(client):
    [id] = import_all(client, [message("Re: a subject", id="x@y", extra="Cc: =?utf-8?q?J=C3=BCrgen?= <j@example.org>\r\nReferences: <a@b> <c@d>\r\nIn-Reply-To: <c@d>\r\n")])
    names = ["messageId", "inReplyTo", "references", "from", "to", "cc", "bcc", "sender", "replyTo", "subject", "sentAt"]
    fast = get(client, id, *names)
    blob = get(client, id, "blobId")["blobId"]
    slow = client.call("Email/parse", accountId=LOCAL, blobIds=[blob], properties=names)["parsed"][blob]
    assert {n: fast[n] for n in names} == slow
    assert fast["references"] == ["a@b", "c@d"] and fast["cc"] == [{"name": "Jürgen", "email": "j@example.org"}]


def test_header_properties_come_in_the_form_asked_for(client):
    [id] = import_all(client, [message("one  two", extra="X-Tag: a\r\nX-Tag: b\r\nList-Post: <mailto:l@example.org>\r\n")])
    e = get(client, id, "header:x-tag", "header:X-Tag:all", "header:Subject:asText", "header:List-Post:asURLs", "header:nope", "header:nope:all", "headers")
    assert e["header:x-tag"] == " b" and e["header:X-Tag:all"] == [" a", " b"]
    assert e["header:Subject:asText"] == "one  two" or e["header:Subject:asText"] == "one two"
    assert e["header:List-Post:asURLs"] == ["mailto:l@example.org"]
    assert e["header:nope"] is None and e["header:nope:all"] == []
    assert {"name": "X-Tag", "value": " a"} in e["headers"]


@pytest.mark.parametrize("property", ["nope", "header:From:asDate", "header:", "header:X:asNonsense", ""])
def test_an_unknown_property_is_refused_by_name(client, property):
    with pytest.raises(RpcError) as e:
        client.call("Email/get", accountId=LOCAL, ids=[], properties=[property])
    assert e.value.code == -32602 and e.value.data["properties"] == ["properties"]


def test_body_values_are_cut_where_asked(client):
    [id] = import_all(client, [message(body="0123456789é\r\n" * 50, extra="Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n")])
    e = get(client, id, "bodyValues", "textBody", fetchTextBodyValues=True, maxBodyValueBytes=25)
    value = e["bodyValues"][e["textBody"][0]["partId"]]
    assert value["isTruncated"] and len(value["value"].encode()) <= 25 and value["value"].startswith("0123456789é\n0")
    assert get(client, id, "bodyValues")["bodyValues"] == {}
    assert get(client, id, "plainText", maxBodyValueBytes=10)["plainText"] == "0123456789"


def test_an_html_message_has_readable_text(client):
    html = "<p>Hello <b>there</b>, see <a href='https://example.org/'>this</a></p>"
    [id] = import_all(client, [message(body=html, extra="Content-Type: text/html\r\n")])
    e = get(client, id, "plainText", "htmlBody", "bodyValues", fetchHTMLBodyValues=True)
    assert "Hello there" in e["plainText"] and "https://example.org/" in e["plainText"] and "<b>" not in e["plainText"]
    assert e["bodyValues"][e["htmlBody"][0]["partId"]]["value"].strip() == html


def test_the_inbox_view_is_one_round_trip(client):
    ids = import_all(client, [message(f"number {i}", date=f"Thu, 30 Oct 2014 14:{i:02}:00 +0000", extra=f"Received: x; Thu, 30 Oct 2014 14:{i:02}:00 +0000\r\n") for i in range(10)])
    query, emails, threads = client.batch(
        ("Email/query", {"accountId": LOCAL, "filter": {"inMailbox": mailbox(client, "inbox")}, "limit": 5, "calculateTotal": True}),
        ("Email/get", {"accountId": LOCAL, "#ids": ref(0, "Email/query", "/ids"), "properties": ["subject", "threadId"]}),
        ("Thread/get", {"accountId": LOCAL, "#ids": ref(1, "Email/get", "/list/*/threadId")}))
    assert query["ids"] == ids[:4:-1] and query["total"] == 10
    assert [e["subject"] for e in emails["list"]] == [f"number {i}" for i in range(9, 4, -1)]
    assert [t["emailIds"] for t in threads["list"]] == [[i] for i in query["ids"]]


def test_replies_make_a_thread(client):
    a, b = import_all(client, [message("plan", id="p1@x"), message("Re: plan", id="p2@x", extra="In-Reply-To: <p1@x>\r\nReferences: <p1@x>\r\n",
                                                                     date="Thu, 30 Oct 2014 15:12:00 +0800")])
    threads = {e["threadId"] for e in get(client, [a, b], "threadId")}
    assert len(threads) == 1
    result = client.call("Thread/get", accountId="*", ids=[*threads, "t9999", "nonsense"])
    assert set(result["list"][0]["emailIds"]) == {a, b} and result["list"][0]["accountId"] == LOCAL
    assert result["notFound"] == ["t9999", "nonsense"]
    for account in ("*", LOCAL):
        assert client.call("Thread/get", accountId=account, ids=None, properties=["emailIds"])["list"] == [{"id": result["list"][0]["id"], "emailIds": [a, b]}]
    assert len(client.call("Email/query", accountId=LOCAL, collapseThreads=True)["ids"]) == 1


def test_drafts_that_tie_threads_are_told_as_they_are(client):
    """The third names both of the others: one of them is in another thread then, and so has another id (RFC 8621 section 3)."""
    box = mailbox(client, "drafts")
    common = {"mailboxIds": {box: True}, "subject": "plan"}
    create = {"a": {**common, "messageId": ["a@x"]}, "b": {**common, "messageId": ["b@x"]}, "c": {**common, "messageId": ["c@x"], "references": ["a@x", "b@x"]}}
    r = client.call("Email/set", accountId=LOCAL, create=create, update={f"#{k}": {"keywords/$flagged": True} for k in "abc"})
    assert r["notUpdated"] is None and len({e["threadId"] for e in r["created"].values()}) == 1
    got = client.call("Email/get", accountId=LOCAL, ids=[r["created"][k]["id"] for k in "abc"], properties=["messageId", "keywords", "threadId", "blobId", "size"])
    assert got["notFound"] == [] and [(e["messageId"], e["keywords"]) for e in got["list"]] == [([f"{k}@x"], {"$flagged": True}) for k in "abc"]
    assert all({**e, **r["created"][e["messageId"][0][0]]} == e for e in got["list"])


def test_keywords_are_changed_by_patch_and_by_replacement(client):
    [id] = import_all(client, [message()], keywords={"old": True})
    before = client.call("Email/get", accountId=LOCAL, ids=[])["state"]
    r = client.call("Email/set", accountId=LOCAL, update={id: {"keywords/$seen": True, "keywords/old": None}})
    assert r["updated"] == {id: None} and r["oldState"] == before and r["newState"] != before
    assert get(client, id, "keywords")["keywords"] == {"$seen": True}
    client.call("Email/set", accountId=LOCAL, update={id: {"keywords": {"$Flagged": True, "A": True}}})
    assert get(client, id, "keywords")["keywords"] == {"$flagged": True, "a": True}
    changes = client.call("Email/changes", accountId=LOCAL, sinceState=before)
    assert changes["updated"] == [id] and not changes["created"] and not changes["hasMoreChanges"]


def test_keywords_are_the_same_in_any_case(client):
    [id] = import_all(client, [message()], keywords={"$Seen": True, "$SEEN": True, "work": True})
    assert get(client, id, "keywords")["keywords"] == {"$seen": True, "work": True}
    client.call("Email/set", accountId=LOCAL, update={id: {"keywords/$SEEN": None, "keywords/Work": True, "keywords/$Flagged": True}})
    assert get(client, id, "keywords")["keywords"] == {"$flagged": True, "work": True}
    assert client.call("Email/query", accountId=LOCAL, filter={"hasKeyword": "WORK"})["ids"] == [id]
    r = client.call("Email/set", accountId=LOCAL, update={id: {"keywords/new": True, "keywords/NEW": None}})
    assert r["notUpdated"][id]["type"] == "invalidPatch"


def test_a_move_keeps_the_id(client):
    [id] = import_all(client, [message()])
    inbox, archive = mailbox(client, "inbox"), mailbox(client, "archive")
    client.call("Email/set", accountId=LOCAL, update={id: {f"mailboxIds/{archive}": True, f"mailboxIds/{inbox}": None}})
    assert get(client, id, "mailboxIds")["mailboxIds"] == {archive: True}
    client.call("Email/set", accountId=LOCAL, update={id: {"mailboxIds": {inbox: True, archive: True}}})
    assert get(client, id, "mailboxIds")["mailboxIds"] == {inbox: True, archive: True}


BAD_PATCHES = [
    ({"keywords/$seen": False}, "invalidProperties"),
    ({"keywords": {"a b": True}}, "invalidProperties"),
    ({"keywords/bad(": True}, "invalidProperties"),
    ({"keywords": {f"k{i}": True for i in range(101)}}, "tooManyKeywords"),
    ({"mailboxIds": {}}, "invalidProperties"),
    ({"mailboxIds": {"m9999": True}}, "invalidProperties"),
    ({"mailboxIds": None}, "invalidProperties"),
    ({"mailboxIds/#nobody": True}, "invalidPatch"),
    ({"subject": "other"}, "invalidProperties"),
    ({"nonsense": 1}, "invalidProperties"),
    ({"keywords/a/b": True}, "invalidPatch"),
    ({"keywords": {}, "keywords/a": True}, "invalidPatch"),
    ({"subject/x": True}, "invalidPatch"),
    ({"keywords/a~2": True}, "invalidPatch"),
]


@pytest.mark.parametrize("patch,type", BAD_PATCHES, ids=[next(iter(p)) + "-" + t for p, t in BAD_PATCHES])
def test_a_bad_patch_changes_nothing_and_says_why(client, patch, type):
    [id] = import_all(client, [message()], keywords={"kept": True})
    before = get(client, id, "keywords", "mailboxIds")
    r = client.call("Email/set", accountId=LOCAL, update={id: {**patch}})
    assert r["updated"] is None and r["notUpdated"][id]["type"] == type, r
    assert get(client, id, "keywords", "mailboxIds") == before


def test_one_bad_object_of_a_set_leaves_the_others(client):
    a, b = import_all(client, [message("one"), message("two")])
    r = client.call("Email/set", accountId=LOCAL, update={a: {"keywords/$seen": True}, b: {"mailboxIds": {"m999": True}, "keywords/$seen": True}, "e0": {}}, destroy=["nope"])
    assert r["updated"] == {a: None} and set(r["notUpdated"]) == {b, "e0"} and r["notUpdated"]["e0"]["type"] == "notFound"
    assert r["notDestroyed"]["nope"]["type"] == "notFound" and r["destroyed"] is None
    assert get(client, b, "keywords")["keywords"] == {}


def test_whole_objects_may_be_sent_back(client):
    [id] = import_all(client, [message()])
    email = get(client, id, "id", "blobId", "threadId", "mailboxIds", "keywords", "size", "receivedAt", "subject", "from")
    email["keywords"] = {"$flagged": True}
    assert client.call("Email/set", accountId=LOCAL, update={id: email})["updated"] == {id: None}


def test_whole_messages_may_be_sent_back(client):
    html = "MIME-Version: 1.0\r\nX-Tag: a\r\nContent-Type: multipart/alternative; boundary=b\r\n"
    body = "--b\r\n\r\nplain\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>rich\r\n--b--\r\n"
    [id] = import_all(client, [message(body=body, extra=html)])
    whole = client.call("Email/get", accountId=LOCAL, ids=[id], fetchAllBodyValues=True)["list"][0]
    whole |= get(client, id, "headers", "bodyStructure", "header:X-Tag", "header:From:asAddresses", bodyProperties=["type", "charset", "subParts"])
    whole["keywords"] = {"$flagged": True}
    assert client.call("Email/set", accountId=LOCAL, update={id: whole})["updated"] == {id: None}
    assert get(client, id, "keywords")["keywords"] == {"$flagged": True}
    part = next(iter(whole["bodyValues"]))
    for change in ({"header:X-Tag": " b"}, {"header:X-Tag": None}, {"header:X-Tag": []}, {"headers": whole["headers"][1:]}, {"textBody": []}, {"textBody": None}, {"bodyStructure": {"type": "text/plain"}},
                   {"bodyValues": {part: {"value": "other"}}}, {"bodyValues/" + part + "/value": "other"}, {"header:From:asDate": "2014-10-30T14:12:00Z"}, {"attachments": [{"type": "image/png"}]}):
        r = client.call("Email/set", accountId=LOCAL, update={id: {"keywords/work": True, **change}})
        assert r["updated"] is None and r["notUpdated"][id]["type"] in ("invalidProperties", "invalidPatch"), change
    assert get(client, id, "keywords")["keywords"] == {"$flagged": True}


def test_destroying_and_updating_at_once_is_refused(client):
    [id] = import_all(client, [message()])
    r = client.call("Email/set", accountId=LOCAL, update={id: {"keywords/$seen": True}}, destroy=[id])
    assert r["notUpdated"][id]["type"] == "willDestroy" and r["destroyed"] == [id]
    assert client.call("Email/get", accountId=LOCAL, ids=[id])["notFound"] == [id]
    since = r["oldState"]
    assert client.call("Email/changes", accountId=LOCAL, sinceState=since)["destroyed"] == [id]


def test_if_in_state_guards_a_set(client):
    [id] = import_all(client, [message()])
    with pytest.raises(RpcError) as e:
        client.call("Email/set", accountId=LOCAL, ifInState="s0", update={id: {"keywords/$seen": True}})
    assert e.value.type == "stateMismatch"
    state = client.call("Email/get", accountId=LOCAL, ids=[])["state"]
    assert client.call("Email/set", accountId=LOCAL, ifInState=state, update={id: {"keywords/$seen": True}})["updated"]


# ---- drafts ----------------------------------------------------------------------------------------------------


def draft(client, **email):
    email.setdefault("mailboxIds", {mailbox(client, "drafts"): True})
    r = client.call("Email/set", accountId=LOCAL, create={"k": email})
    assert r["created"], r["notCreated"]
    return r["created"]["k"]["id"]


def raw_of(client, id):
    blob = get(client, id, "blobId")["blobId"]
    return base64.b64decode(client.call("Blob/get", accountId=LOCAL, ids=[blob], properties=["data:asBase64"])["list"][0]["data:asBase64"])


def test_a_draft_comes_back_as_it_was_written(client):
    text = "Liebe Grüße,\n\n  und ein Zeichen: €\nFrom here on\n.dot\n" + "x" * 2000 + "\n"
    id = draft(client, **{"from": [{"name": "Jäne \"J\" Doe", "email": "jane@example.org"}],
                          "to": [{"name": "Smith, John", "email": "john@example.net"}, {"name": None, "email": "a@b.c"}, {"name": "日本語の名前がとても長い場合の折り返し", "email": "n@example.jp"}],
                          "subject": "Über die längste Betreffzeile der Welt, die gefaltet werden muss, weil sie nicht in eine Zeile passt",
                          "keywords": {"$draft": True, "$seen": True}, "inReplyTo": ["a@b"], "references": ["x@y", "a@b"],
                          "header:X-Mailer:asText": "Facteur", "bodyValues": {"t": {"value": text}}, "textBody": [{"partId": "t", "type": "text/plain"}]})
    e = get(client, id, "from", "to", "subject", "keywords", "inReplyTo", "references", "messageId", "sentAt", "bodyValues", "textBody", "header:X-Mailer:asText", fetchTextBodyValues=True)
    assert e["from"] == [{"name": "Jäne \"J\" Doe", "email": "jane@example.org"}]
    assert e["to"][0]["name"] == "Smith, John" and e["to"][2]["name"] == "日本語の名前がとても長い場合の折り返し"
    assert e["subject"].startswith("Über die längste") and e["subject"].endswith("passt")
    assert e["keywords"] == {"$draft": True, "$seen": True}
    assert e["inReplyTo"] == ["a@b"] and e["references"] == ["x@y", "a@b"] and e["header:X-Mailer:asText"] == "Facteur"
    assert e["messageId"][0].endswith("@example.org") and e["sentAt"]
    assert e["bodyValues"][e["textBody"][0]["partId"]]["value"] == text
    raw = raw_of(client, id)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n")) and b"\n" not in raw.replace(b"\r\n", b"") and raw.split(b"\r\n\r\n")[0].isascii()


def test_a_draft_with_html_pictures_and_files(client):
    files = {"photo": bytes(range(256)) * 300, "text": b"one\r\ntwo\r\n", "odd": b"no line end", "mail": message("inner")}
    blobs = dict(zip(files, upload(client, *files.values())))
    id = draft(client, subject="s", bodyValues={"t": {"value": "plain"}, "h": {"value": "<img src='cid:pic@x'>"}},
               textBody=[{"partId": "t", "type": "text/plain"}], htmlBody=[{"partId": "h", "type": "text/html"}],
               attachments=[{"blobId": blobs["photo"], "type": "image/png", "cid": "pic@x", "disposition": "inline", "name": "ein Bild.png"},
                            {"blobId": blobs["text"], "type": "text/plain", "name": "日本語" * 12 + ".txt", "disposition": "attachment"},
                            {"blobId": blobs["odd"], "type": "text/csv", "name": "a\"b\\c.csv"}, {"blobId": blobs["mail"], "type": "message/rfc822"}])
    e = get(client, id, "attachments", "textBody", "htmlBody", "bodyStructure", "hasAttachment", bodyProperties=["partId", "blobId", "name", "type", "cid", "disposition", "subParts"])
    assert e["bodyStructure"]["type"] == "multipart/mixed" and e["bodyStructure"]["subParts"][0]["type"] == "multipart/alternative"
    assert [a["type"] for a in e["attachments"]] == ["image/png", "text/plain", "text/csv", "message/rfc822"] and e["hasAttachment"]
    assert [a["name"] for a in e["attachments"]] == ["ein Bild.png", "日本語" * 12 + ".txt", "a\"b\\c.csv", None]
    assert e["attachments"][0]["cid"] == "pic@x"
    for a, content in zip(e["attachments"], files.values()):
        [b] = client.call("Blob/get", accountId=LOCAL, ids=[a["blobId"]], properties=["data:asBase64", "size"])["list"]
        assert base64.b64decode(b["data:asBase64"]) == content, a
    inner = e["attachments"][3]["blobId"]
    assert client.call("Email/parse", accountId=LOCAL, blobIds=[inner], properties=["subject", "id"])["parsed"][inner] == {"subject": "inner", "id": None}


def test_a_draft_by_body_structure(client):
    id = draft(client, subject="s", bodyValues={"1": {"value": "a"}, "2": {"value": "b"}},
               bodyStructure={"type": "multipart/mixed", "subParts": [{"partId": "1", "type": "text/plain", "header:Content-Description": " first"},
                                                                       {"type": "multipart/digest", "subParts": [{"partId": "2", "type": "text/plain", "language": ["de", "en"]}]}]})
    s = get(client, id, "bodyStructure", bodyProperties=["type", "subParts", "language", "header:Content-Description:asText"])["bodyStructure"]
    assert [p["type"] for p in s["subParts"]] == ["text/plain", "multipart/digest"]
    assert s["subParts"][0]["header:Content-Description:asText"] == "first"
    assert s["subParts"][1]["subParts"][0]["language"] == ["de", "en"]


def test_a_part_may_have_header_fields_that_nothing_else_sets(client):
    [blob] = upload(client, b"bytes")
    part = {"blobId": blob, "type": "image/png", "header:Content-Disposition": " attachment; filename=a.png", "header:Content-ID": " <pic@x>", "header:Comments:asText": "of the part"}
    id = draft(client, **{"header:Comments:asText": "of the message"}, attachments=[part], bodyValues=V, textBody=[T])
    e = get(client, id, "attachments", "header:Comments:asText", bodyProperties=["name", "cid", "disposition", "header:Comments:asText"])
    assert e["attachments"] == [{"name": "a.png", "cid": "pic@x", "disposition": "attachment", "header:Comments:asText": "of the part"}] and e["header:Comments:asText"] == "of the message"


def test_an_empty_draft_is_a_message(client):
    id = draft(client)
    e = get(client, id, "subject", "messageId", "sentAt", "textBody")
    assert e["subject"] is None and e["messageId"] and e["sentAt"] and e["textBody"][0]["type"] == "text/plain"


T = {"partId": "t", "type": "text/plain"}
V = {"t": {"value": "x"}}
BAD_DRAFTS = [
    ({"headers": []}, "headers"),
    ({"header:Content-Type": "text/plain"}, "header:Content-Type"),
    ({"subject": "a", "header:subject": " b"}, "header:subject"),
    ({"header:Subject": " a\r\nBcc: evil@example.org"}, "header:Subject"),
    ({"header:Subject": " a\nb"}, "header:Subject"),
    ({"header:From:asDate": "2014-10-30T14:12:00Z"}, "header:From:asDate"),
    ({"from": "jane"}, "from"),
    ({"from": [{"email": "a>b"}]}, "from"),
    ({"subject": 7}, "subject"),
    ({"sentAt": "yesterday"}, "sentAt"),
    ({"sentAt": " 201-10-30T14:12:00Z"}, "sentAt"),
    ({"sentAt": "2014-04-31T14:12:00Z"}, "sentAt"),
    ({"sentAt": "2014-04-30T14:12:00+24:00"}, "sentAt"),
    ({"sentAt": "2014-04-30T14:12:00"}, "sentAt"),
    ({"messageId": ["a b"]}, "messageId"),
    ({"size": 10}, "size"),
    ({"textBody": [T, T], "bodyValues": V}, "textBody"),
    ({"textBody": [{"partId": "t", "type": "text/html"}], "bodyValues": V}, "textBody"),
    ({"textBody": [T]}, "bodyValues"),
    ({"textBody": [T], "bodyValues": {"t": {"value": "x", "isTruncated": True}}}, "bodyValues"),
    ({"textBody": [{**T, "charset": "utf-8"}], "bodyValues": V}, "charset"),
    ({"textBody": [{**T, "blobId": "b"}], "bodyValues": V}, "partId"),
    ({"textBody": [{**T, "header:Content-Transfer-Encoding": " 8bit"}], "bodyValues": V}, "header:Content-Transfer-Encoding"),
    ({"textBody": [{**T, "nonsense": 1}], "bodyValues": V}, "nonsense"),
    ({"bodyStructure": T, "bodyValues": V, "textBody": [T]}, "textBody"),
    ({"header:Comments": " a", "bodyStructure": {**T, "header:Comments": " b"}, "bodyValues": V}, "header:Comments"),
    ({"textBody": [{**T, "name": "a", "header:Content-Disposition": " inline"}], "bodyValues": V}, "header:Content-Disposition"),
    ({"textBody": [{**T, "cid": "a", "header:Content-ID": " <b>"}], "bodyValues": V}, "header:Content-ID"),
    ({"textBody": [{**T, "header:Content-Type": " text/plain"}], "bodyValues": V}, "header:Content-Type"),
    ({"bodyStructure": {"type": "multipart/mixed", "subParts": []}}, "subParts"),
    ({"bodyStructure": {"type": "no type"}}, "type"),
    ({"bodyStructure": T, "bodyValues": V, "mailboxIds": {}}, "mailboxIds"),
    ({"keywords": {"$draft": 1}}, "keywords"),
    ({"embedImages": 1}, "embedImages"),
    ({"receivedAt": "now"}, "receivedAt"),
    ({"receivedAt": "2014-02-30T00:00:00Z"}, "receivedAt"),
    ({"receivedAt": "2014-02-20T00:00:00+01:00"}, "receivedAt"),
]


@pytest.mark.parametrize("email,property", BAD_DRAFTS, ids=[str(i) + "-" + p for i, (_, p) in enumerate(BAD_DRAFTS)])
def test_a_bad_draft_is_refused_by_property(client, email, property):
    email = {"mailboxIds": {mailbox(client, "drafts"): True}, **email}
    r = client.call("Email/set", accountId=LOCAL, create={"k": email})
    assert r["created"] is None and r["notCreated"]["k"]["type"] == "invalidProperties", r
    assert property in r["notCreated"]["k"]["properties"]
    assert client.call("Email/query", accountId=LOCAL)["ids"] == []


# RFC 8621 section 4.6, rule by rule: what breaks it, with the property that is told, and what does not.
B = {"blobId": "BLOB", "type": "image/png"}
RULES = {
    "no headers property": (
        [({"headers": [{"name": "X", "value": "y"}]}, "headers"), ({"textBody": [{**T, "headers": []}], "bodyValues": V}, "headers"),
         ({"bodyStructure": {"type": "multipart/mixed", "subParts": [{**T, "headers": []}]}, "bodyValues": V}, "headers")],
        [{"header:X": " y"}, {"textBody": [{**T, "header:X-Y": " z"}], "bodyValues": V}]),
    "no two properties for one field": (
        [({"from": [{"name": None, "email": "a@b"}], "header:From": " c@d"}, "header:From"), ({"header:fRoM:asAddresses": [], "header:X:asText": "a", "header:x": " b"}, "header:x"),
         ({"header:Comments:asText": "a", "header:Comments:asText:all": ["b"]}, "header:Comments:asText:all"), ({"sentAt": "2014-10-30T14:12:00Z", "header:Date:asDate": "2014-10-30T14:12:00Z"}, "header:Date:asDate"),
         ({"attachments": [{**B, "disposition": "inline", "header:content-disposition": " attachment"}]}, "header:content-disposition"),
         ({"attachments": [{**B, "location": "x", "header:Content-Location:asText": "y"}]}, "header:Content-Location:asText"),
         ({"attachments": [{**B, "language": ["fr"], "header:Content-Language": " de"}]}, "header:Content-Language")],
        [{"from": [{"name": None, "email": "a@b"}], "sender": [{"name": None, "email": "c@d"}]}, {"header:X:asText:all": ["a", "b"]}, {"subject": None, "header:Subject": " s"},
         {"header:Comments": " a", "attachments": [{**B, "header:Comments": " b"}]}]),
    "no parsed form that the field forbids": (
        [({f"header:{f}": v}, f"header:{f}") for f, v in (("Subject:asAddresses", []), ("From:asText", "a"), ("Date:asURLs", ["a"]), ("Message-ID:asAddresses", []), ("To:asMessageIds", ["a"]),
                                                          ("List-Post:asText", "a"), ("Received:asDate", "2014-10-30T14:12:00Z"), ("Subject:asNothing", "a"), ("Resent-Date:asText", "a"))],
        [{"header:Resent-To:asAddresses": [{"name": "N", "email": "a@b"}]}, {"header:X-Mine:asURLs": ["https://a"], "header:X-More:asDate": "2014-10-30T14:12:00+01:00", "header:List-Id:asText": "l <l.x>"},
         {"header:Subject:asText": "s", "header:References:asMessageIds": ["a@b", "c@d"], "header:From:asGroupedAddresses": [{"name": None, "addresses": [{"name": "N", "email": "a@b"}]}]}]),
    "no Content- field on the Email": (
        [({"header:Content-Type": " text/html"}, "header:Content-Type"), ({"header:content-language:asText": "fr"}, "header:content-language:asText"), ({"header:CONTENT-X": " y"}, "header:CONTENT-X")],
        [{"attachments": [{**B, "header:Content-X": " y"}]}]),
    "bodyStructure or lists": (
        [({"bodyStructure": T, "bodyValues": V, k: [p]}, k) for k, p in (("textBody", T), ("htmlBody", {"partId": "t"}), ("attachments", B))],
        [{"bodyStructure": T, "bodyValues": V}, {"textBody": [T], "htmlBody": [{"partId": "t"}], "attachments": [B], "bodyValues": V}, {"bodyStructure": None, "textBody": [T], "bodyValues": V}]),
    "no field of the Email in bodyStructure": (
        [({"header:Comments": " a", "bodyStructure": {**T, "header:comments:asText": "b"}, "bodyValues": V}, "header:comments:asText"), ({"subject": "a", "bodyStructure": {**T, "header:Subject": " b"}, "bodyValues": V}, "header:Subject")],
        [{"header:Comments": " a", "bodyStructure": {"type": "multipart/mixed", "subParts": [{**T, "header:Comments": " b"}]}, "bodyValues": V}]),
    "textBody is one text/plain": (
        [({"textBody": p, "bodyValues": V}, "textBody") for p in ([], [T, T], [{**T, "type": "text/html"}], [{**T, "type": "image/png"}], "t", [1])],
        [{"textBody": [T], "bodyValues": V}, {"textBody": [{"partId": "t", "type": "TEXT/Plain"}], "bodyValues": V}]),
    "htmlBody is one text/html": (
        [({"htmlBody": p, "bodyValues": V}, "htmlBody") for p in ([], [{"partId": "t"}] * 2, [T], [{"partId": "t", "type": "text/enriched"}])],
        [{"htmlBody": [{"partId": "t", "type": "text/html"}], "bodyValues": V}]),
    "partId or blobId": (
        [({"attachments": [{**B, "partId": "t"}], "bodyValues": V}, "partId"), ({"textBody": [T]}, "bodyValues"), ({"textBody": [T], "bodyValues": {"u": {"value": "x"}}}, "bodyValues"),
         ({"attachments": [{"type": "image/png"}]}, "bodyStructure"), ({"bodyStructure": {"type": "multipart/mixed", "partId": "t", "subParts": [T]}, "bodyValues": V}, "partId"),
         ({"bodyStructure": {"type": "multipart/mixed", "blobId": "BLOB", "subParts": [T]}, "bodyValues": V}, "blobId")],
        [{"textBody": [{"blobId": "BLOB", "type": "text/plain"}]}, {"attachments": [{"partId": "t", "type": "text/csv"}], "bodyValues": V}]),
    "no charset and no size with a partId": (
        [({"textBody": [{**T, "charset": "utf-8"}], "bodyValues": V}, "charset"), ({"textBody": [{**T, "size": 1}], "bodyValues": V}, "size")],
        [{"attachments": [{"blobId": "BLOB", "type": "text/csv", "charset": "iso-8859-1", "size": 999}]}]),
    "no Content-Transfer-Encoding": (
        [({"textBody": [{**T, "header:Content-Transfer-Encoding": " 7bit"}], "bodyValues": V}, "header:Content-Transfer-Encoding"),
         ({"attachments": [{**B, "header:content-transfer-encoding:asText": "base64"}]}, "header:content-transfer-encoding:asText"),
         ({"bodyStructure": {"type": "multipart/mixed", "subParts": [T], "header:Content-Transfer-Encoding": " 8bit"}, "bodyValues": V}, "header:Content-Transfer-Encoding")],
        [{"textBody": [{**T, "header:X-Content-Transfer-Encoding": " 7bit"}], "bodyValues": V}]),
    "whole values without a problem": (
        [({"textBody": [T], "bodyValues": {"t": {"value": "x", **wrong}}}, "bodyValues") for wrong in ({"isTruncated": True}, {"isEncodingProblem": True}, {"isTruncated": None})] +
        [({"textBody": [T], "bodyValues": {**V, "other": {"value": "x", "isTruncated": True}}}, "bodyValues"), ({"bodyValues": {"t": "x"}}, "bodyValues"), ({"bodyValues": []}, "bodyValues")],
        [{"textBody": [T], "bodyValues": {"t": {"value": "x", "isTruncated": False, "isEncodingProblem": False}, "other": {"value": "y"}}}]),
    "what the server sets": (
        [({k: "x"}, k) for k in ("id", "blobId", "threadId", "size", "hasAttachment", "preview", "isPartial", "accountId")], [{"receivedAt": "2014-10-30T06:12:00Z", "keywords": {"$draft": True, "work": True}}]),
    "half a draft is one": ([], [{"to": [{"name": None, "email": "half typ"}], "from": [{"name": "x", "email": "@"}], "subject": ""}, {}]),
}


def test_every_rule_of_rfc_8621_section_4_6(client):
    box, [blob] = mailbox(client, "drafts"), upload(client, b"x")
    fill = lambda v: json.loads(json.dumps(v).replace("BLOB", blob))      # noqa: E731
    for rule, (breaks, keeps) in RULES.items():
        create = {f"bad{i}": {"mailboxIds": {box: True}, **fill(e)} for i, (e, _) in enumerate(breaks)}
        create |= {f"good{i}": {"mailboxIds": {box: True}, **fill(e)} for i, e in enumerate(keeps)}
        r = client.call("Email/set", accountId=LOCAL, create=create)
        assert set(r["created"] or {}) == {f"good{i}" for i in range(len(keeps))}, (rule, r["notCreated"])
        for i, (e, property) in enumerate(breaks):
            error = r["notCreated"][f"bad{i}"]
            assert error["type"] == "invalidProperties" and error["properties"] == [property], (rule, e, error)
        for e in (r["created"] or {}).values():
            assert set(e) == {"id", "blobId", "threadId", "size"}
            found = client.call("Email/get", accountId=LOCAL, ids=[e["id"]], properties=["messageId", "sentAt"])["list"][0]
            assert rule.startswith("no parsed") or found["messageId"] and found["sentAt"]
    many = {"keywords": {f"k{i}": True for i in range(1000)}}, {"mailboxIds": {f"m{i}": True for i in range(1001)}}
    r = client.call("Email/set", accountId=LOCAL, create={str(i): {"mailboxIds": {box: True}, **e} for i, e in enumerate(many)})
    assert [r["notCreated"][str(i)]["type"] for i in range(2)] == ["tooManyKeywords", "tooManyMailboxes"]


def test_missing_blobs_are_all_named(client):
    missing = ["b" + "0" * 64, "b" + "1" * 64]
    r = client.call("Email/set", accountId=LOCAL, create={"k": {"mailboxIds": {mailbox(client, "drafts"): True}, "attachments": [{"blobId": b, "type": "image/png"} for b in missing]}})
    assert r["notCreated"]["k"]["type"] == "blobNotFound" and r["notCreated"]["k"]["notFound"] == missing


def test_creation_ids_tie_the_calls_of_a_batch(client):
    boxes, drafts, emails = client.batch(
        ("Mailbox/set", {"accountId": LOCAL, "create": {"box": {"name": "Plans"}}}),
        ("Email/set", {"accountId": LOCAL, "create": {"d": {"mailboxIds": {"#box": True}, "subject": "s"}}}),
        ("Email/get", {"accountId": LOCAL, "ids": ["#d", "#nothing"], "properties": ["mailboxIds", "subject"]}))
    box = boxes["created"]["box"]["id"]
    assert emails["list"][0]["mailboxIds"] == {box: True} and emails["notFound"] == ["#nothing"]
    inbox = mailbox(client, "inbox")
    client.batch(("Mailbox/set", {"accountId": LOCAL, "create": {"b2": {"name": "Other"}}}),
                 ("Email/set", {"accountId": LOCAL, "update": {drafts["created"]["d"]["id"]: {"mailboxIds/#b2": True, f"mailboxIds/{box}": None}}}))
    assert list(get(client, drafts["created"]["d"]["id"], "mailboxIds")["mailboxIds"]) not in ([box], [inbox])


# ---- import, parse ---------------------------------------------------------------------------------------------


def test_an_import_is_not_doubled(client):
    raw = message("once")
    [id] = import_all(client, [raw])
    [blob] = upload(client, raw)
    inbox = mailbox(client, "inbox")
    r = client.call("Email/import", accountId=LOCAL, emails={"a": {"blobId": blob, "mailboxIds": {inbox: True}}})
    assert r["created"] is None and r["notCreated"]["a"]["type"] == "alreadyExists" and r["notCreated"]["a"]["existingId"] == id
    [other] = upload(client, message("twice in one call"))
    r = client.call("Email/import", accountId=LOCAL, emails={"a": {"blobId": other, "mailboxIds": {inbox: True}}, "b": {"blobId": other, "mailboxIds": {inbox: True}}})
    assert list(r["created"]) == ["a"] and r["notCreated"]["b"]["existingId"] == r["created"]["a"]["id"]


def test_an_import_says_what_is_wrong_with_each(client):
    [blob] = upload(client, message())
    inbox = mailbox(client, "inbox")
    good = {"blobId": blob, "mailboxIds": {inbox: True}}
    cases = {"noblob": {**good, "blobId": "b" + "f" * 64}, "nobox": {**good, "mailboxIds": {"m999": True}}, "empty": {"blobId": blob}, "false": {**good, "mailboxIds": {inbox: False}},
             "keyword": {**good, "keywords": {"a b": True}}, "date": {**good, "receivedAt": 7}, "extra": {**good, "subject": "x"}}
    r = client.call("Email/import", accountId=LOCAL, emails=cases)
    assert r["created"] is None and {k: v["type"] for k, v in r["notCreated"].items()} == {k: "invalidProperties" for k in cases}


def test_an_import_takes_its_date_from_the_newest_received_field(client):
    received = "Received: from a by b; Fri, 31 Oct 2014 10:00:00 +0100\r\nReceived: from c by a; Thu, 30 Oct 2014 10:00:00 +0000\r\n"
    [id] = import_all(client, [message(extra=received)], receivedAt=None)
    assert get(client, id, "receivedAt")["receivedAt"] == "2014-10-31T09:00:00Z"
    [id] = import_all(client, [message("b")], receivedAt="2001-02-03T04:05:06Z")
    assert get(client, id, "receivedAt")["receivedAt"] == "2001-02-03T04:05:06Z"


def test_an_import_into_several_mailboxes(client):
    [blob] = upload(client, message())
    boxes = {mailbox(client, "inbox"): True, mailbox(client, "archive"): True}
    r = client.call("Email/import", accountId=LOCAL, emails={"a": {"blobId": blob, "mailboxIds": boxes}})
    assert get(client, r["created"]["a"]["id"], "mailboxIds")["mailboxIds"] == boxes


def test_broken_mail_is_kept_byte_for_byte_and_readable(client):
    raw = b"\xff\xfe no header at all \x00\x01" + b"(" * 3000 + b"\r\n\r\nContent-Type: multipart/mixed\r\n\r\n--"
    group = b"To: " + b"g:" * 40000 + b"\r\n\r\nbody"
    for bad in (raw, group):
        [id] = import_all(client, [bad])
        assert raw_of(client, id) == bad
        e = get(client, id, "subject", "preview", "plainText", "bodyStructure", "degraded")
        assert e["bodyStructure"]["type"]
    assert get(client, id, "degraded")["degraded"]


def test_parse_tells_what_is_missing(client):
    missing = "b" + "a" * 64
    r = client.call("Email/parse", accountId=LOCAL, blobIds=[missing, "nonsense"])
    assert r["parsed"] is None and r["notFound"] == [missing, "nonsense"] and r["notParsable"] is None


def test_parse_tells_what_is_no_message(client):
    text, picture, empty, mail = upload(client, b"this is no message, only text", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"", b"Subject: s")
    r = client.call("Email/parse", accountId=LOCAL, blobIds=[text, mail, picture, empty], properties=["subject"])
    assert r["notParsable"] == [text, picture, empty] and r["parsed"] == {mail: {"subject": "s"}} and r["notFound"] is None


# ---- queries ---------------------------------------------------------------------------------------------------


@pytest.fixture
def five(client):
    raws = [message(f"subject {w}", f"body {w} common\r\n", sender=f"{w}@example.org", extra=f"Received: x; Thu, 30 Oct 2014 1{i}:00:00 +0000\r\n")
            for i, w in enumerate(["alpha", "beta", "gamma", "delta", "epsilon"])]
    return import_all(client, raws)


def test_a_window_of_a_query(client, five):
    newest = five[::-1]
    q = lambda **p: client.call("Email/query", accountId=LOCAL, **p)  # noqa: E731
    assert q()["ids"] == newest
    assert q(position=1, limit=2)["ids"] == newest[1:3]
    assert q(position=-2)["ids"] == newest[-2:] and q(position=-2)["position"] == 3
    assert q(position=-99, limit=1)["ids"] == newest[:1]
    assert q(position=99)["ids"] == []
    assert q(limit=2**53 - 1)["limit"] == q(limit=100001)["limit"] == 100000 and "limit" not in q(limit=100000) and "limit" not in q()
    assert q(anchor=newest[2], anchorOffset=-1, limit=2)["ids"] == newest[1:3]
    assert q(limit=0, calculateTotal=True)["total"] == 5 and "total" not in q()
    assert q(sort=[{"property": "subject"}])["ids"] == [five[i] for i in (0, 1, 3, 4, 2)]
    assert q(query="from:gamma OR subject:beta")["ids"] == [five[2], five[1]]
    assert q(filter={"operator": "NOT", "conditions": [{"text": "alpha"}]}, sort=[{"property": "receivedAt", "isAscending": True}])["ids"] == five[1:]


def test_a_query_that_cannot_be_is_refused(client, five):
    cases = [({"anchor": "e1"}, "anchorNotFound"), ({"sort": [{"property": "nope"}]}, "unsupportedSort"), ({"filter": {"nope": 1}}, "unsupportedFilter"),
             ({"filter": {"before": 7}}, "invalidArguments"), ({"query": "a", "filter": {"text": "a"}}, "invalidArguments"), ({"query": "(a"}, "invalidArguments"),
             ({"limit": -1}, "invalidArguments"), ({"accountId": "a77"}, "accountNotFound"), ({"position": 1.5}, "invalidArguments"),
             ({"position": 2**53}, "invalidArguments"), ({"position": -2**53}, "invalidArguments"), ({"anchorOffset": 2**53}, "invalidArguments"), ({"limit": 2**53}, "invalidArguments")]
    for params, type in cases:
        with pytest.raises(RpcError) as e:
            client.call("Email/query", **{"accountId": LOCAL, **params})
        assert e.value.type == type, params


def test_query_changes_tell_what_came_and_went(client, five):
    state = client.call("Email/query", accountId=LOCAL, filter={"text": "common"})["queryState"]
    [new] = import_all(client, [message("new", "common\r\n", extra="Received: x; Thu, 30 Oct 2014 20:00:00 +0000\r\n")])
    client.call("Email/set", accountId=LOCAL, destroy=[five[0]])
    r = client.call("Email/queryChanges", accountId=LOCAL, filter={"text": "common"}, sinceQueryState=state, calculateTotal=True)
    assert five[0] in r["removed"] and {"id": new, "index": 0} in r["added"] and r["total"] == 5
    for params, type in [({"sinceQueryState": "nonsense"}, "cannotCalculateChanges"), ({"sinceQueryState": "s99999"}, "cannotCalculateChanges"),
                         ({"sinceQueryState": state, "maxChanges": 1}, "tooManyChanges")]:
        with pytest.raises(RpcError) as e:
            client.call("Email/queryChanges", accountId=LOCAL, filter={"text": "common"}, **params)
        assert e.value.type == type


def test_words_that_may_mean_something_else_later_have_no_changes(client, five):
    q = lambda query: client.call("Email/query", accountId=LOCAL, query=query)  # noqa: E731
    for query in ("beta", "is:unread OR larger:1k", "subject:a OR from:b"):
        r = q(query)
        assert r["canCalculateChanges"]
        assert client.call("Email/queryChanges", accountId=LOCAL, query=query, sinceQueryState=r["queryState"])["added"] == []
    for query in ("after:7d", "beta -in:inbox", "a OR (b before:yesterday)"):
        r = q(query)
        assert not r["canCalculateChanges"]
        with pytest.raises(RpcError) as e:
            client.call("Email/queryChanges", accountId=LOCAL, query=query, sinceQueryState=r["queryState"])
        assert e.value.type == "cannotCalculateChanges"
        filter = client.call("Search/parse", accountId=LOCAL, query=query)["filter"]
        assert client.call("Email/query", accountId=LOCAL, filter=filter)["canCalculateChanges"]


def test_changes_come_in_pieces(client, five):
    since, seen = "s0", []
    while True:
        r = client.call("Email/changes", accountId="*", sinceState=since, maxChanges=2)
        assert len(r["created"]) + len(r["updated"]) + len(r["destroyed"]) <= 2
        seen += r["created"]
        since = r["newState"]
        if not r["hasMoreChanges"]:
            break
    assert sorted(seen) == sorted(five)
    assert client.call("Thread/changes", accountId=LOCAL, sinceState="s0")["created"]
    for state in ("", "nonsense", "s99999"):
        with pytest.raises(RpcError) as e:
            client.call("Email/changes", accountId=LOCAL, sinceState=state)
        assert e.value.type == "cannotCalculateChanges"


def test_snippets_mark_the_matches(client, five):
    r = client.call("SearchSnippet/get", accountId=LOCAL, filter={"text": "beta"}, emailIds=[five[1], five[0], "e1"])
    by_id = {s["emailId"]: s for s in r["list"]}
    assert "<mark>beta</mark>" in by_id[five[1]]["subject"] and "<mark>beta</mark>" in by_id[five[1]]["preview"]
    assert by_id[five[0]]["subject"] is None and r["notFound"] == ["e1"]
    assert client.call("SearchSnippet/get", query="beta", emailIds=[five[1]])["list"][0]["subject"]


def test_search_parse_gives_the_filter_and_the_place_of_trouble(client):
    assert client.call("Search/parse", query="")["filter"] is None
    assert client.call("Search/parse", query="is:unread")["filter"] == {"notKeyword": "$seen"}
    with pytest.raises(RpcError) as e:
        client.call("Search/parse", query="abc before:nonsense")
    assert e.value.code == -32602 and e.value.data["properties"] == ["query"] and e.value.data["position"] >= 4


def test_too_many_ids_are_refused(client):
    ids = ["e1"] * 1001
    for method, name in (("Email/get", "ids"), ("Thread/get", "ids"), ("Mailbox/get", "ids"), ("SearchSnippet/get", "emailIds"), ("Email/parse", "blobIds"), ("Blob/get", "ids")):
        with pytest.raises(RpcError) as e:
            client.call(method, accountId=LOCAL, **{name: ids})
        assert e.value.type == "requestTooLarge", method


def test_all_are_too_many_when_they_are(client):
    drafts = {str(i): {"mailboxIds": {mailbox(client, "drafts"): True}} for i in range(1000)}
    made = client.call("Email/set", accountId=LOCAL, create=drafts)["created"]
    for method in ("Email/get", "Thread/get"):
        assert len(client.call(method, accountId=LOCAL, ids=None, properties=["id"])["list"]) == 1000
    import_all(client, [message()])
    for method in ("Email/get", "Thread/get"):
        with pytest.raises(RpcError) as e:
            client.call(method, accountId=LOCAL, ids=None)
        assert e.value.type == "requestTooLarge", method
    assert len(made) == 1000


def test_get_of_all_emails(client, five):
    assert {e["id"] for e in client.call("Email/get", accountId="*", ids=None, properties=["accountId"])["list"]} == set(five)


def test_an_answer_that_would_be_too_large_is_refused(client):
    ids = [import_all(client, [message(f"{i}", ("y" * 76 + "\r\n") * 40000)])[0] for i in range(5)]
    with pytest.raises(RpcError) as e:
        client.call("Email/get", accountId=LOCAL, ids=ids, properties=["bodyValues"], fetchTextBodyValues=True)
    assert e.value.type == "requestTooLarge"
    assert len(client.call("Email/get", accountId=LOCAL, ids=ids, properties=["bodyValues"], fetchTextBodyValues=True, maxBodyValueBytes=1000)["list"]) == 5
