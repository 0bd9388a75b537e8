"""bodyStructure, textBody, htmlBody, attachments and hasAttachment of random messages, held against the algorithm that RFC 8621
section 4.1.4 prints, and bodyValues against what was put in."""
import random

from mail import LOCAL, import_all

LEAVES = ["text/plain", "text/plain", "text/html", "text/html", "image/png", "audio/ogg", "video/mp4", "application/pdf", "text/calendar", "message/rfc822"]
MULTIPARTS = ["mixed", "mixed", "alternative", "alternative", "related", "signed", "x-unknown"]


def tree(r, depth=0):
    """A part as bodyStructure has it, with its text beside."""
    if depth < 4 and r.random() < (0.9 if depth == 0 else 0.4):
        return {"type": f"multipart/{r.choice(MULTIPARTS)}", "parts": [tree(r, depth + 1) for _ in range(r.randint(1, 4))]}
    type = r.choice(LEAVES)
    return {"type": type, "disposition": r.choice([None, None, None, "inline", "attachment"]), "name": r.choice([None, None, "name.ext"]),
            "text": "Subject: inner\r\n\r\nx" if type == "message/rfc822" else "é€ text " + "".join(r.choice("abc \n") for _ in range(r.randint(0, 40))) + "."}


def rendered(part, number="1"):
    if "parts" in part:
        inner = "".join(f"--b{number}\r\n{rendered(p, f'{number}.{i}')}\r\n" for i, p in enumerate(part["parts"]))
        return f"Content-Type: {part['type']}; boundary=b{number}\r\n\r\n{inner}--b{number}--\r\n"
    head = f"Content-Type: {part['type']}" + ("; charset=utf-8" if part["type"].startswith("text/") else "")
    if part["disposition"]:
        head += f"\r\nContent-Disposition: {part['disposition']}" + (f"; filename={part['name']}" if part["name"] else "")
    elif part["name"]:
        head += f"; name={part['name']}"
    return head + "\r\n\r\n" + part["text"].replace("\r\n", "\n").replace("\n", "\r\n")


def is_inline_media(part):
    return part["type"].split("/")[0] in ("image", "audio", "video")


def parse(parts, multipart_type, in_alternative, html, text, attachments):
    """parseStructure of the RFC, line by line."""
    text_length, html_length = len(text) if text is not None else -1, len(html) if html is not None else -1
    for i, part in enumerate(parts):
        is_inline = part.get("disposition") != "attachment" and (part["type"] in ("text/plain", "text/html") or is_inline_media(part)) and (
            i == 0 or (multipart_type != "related" and (is_inline_media(part) or not part.get("name"))))
        if "parts" in part:
            sub = part["type"].split("/")[1]
            parse(part["parts"], sub, in_alternative or sub == "alternative", html, text, attachments)
        elif is_inline:
            if multipart_type == "alternative":
                # the RFC's text would append to null here (decision 29)
                into = text if part["type"] == "text/plain" else html if part["type"] == "text/html" else None
                (attachments if into is None else into).append(part)
                continue
            if in_alternative:
                if part["type"] == "text/plain":
                    html = None
                if part["type"] == "text/html":
                    text = None
            if text is not None:
                text.append(part)
            if html is not None:
                html.append(part)
            if (text is None or html is None) and is_inline_media(part):
                attachments.append(part)
        else:
            attachments.append(part)
    if multipart_type == "alternative" and text is not None and html is not None:
        if text_length == len(text) and html_length != len(html):
            text.extend(html[html_length:])
        elif html_length == len(html) and text_length != len(text):
            html.extend(text[text_length:])


def number(part, prefix=""):
    """partIds as a place in the tree: what is no multipart and stands alone is 1."""
    if "parts" in part:
        for i, p in enumerate(part["parts"], 1):
            p["id"] = f"{prefix}{i}"
            number(p, f"{prefix}{i}.")
    elif not prefix:
        part["id"] = "1"


def shape(part):
    return {"type": part["type"], "parts": [shape(p) for p in part.get("parts") or part.get("subParts") or []]}


def test_random_messages_are_taken_apart_as_the_rfc_says(client):
    r = random.Random(8621)
    trees = [tree(r) for _ in range(120)]
    raws = [f"From: a@x\r\nSubject: {i}\r\nMessage-ID: <{i}@x>\r\nMIME-Version: 1.0\r\n{rendered(t)}\r\n".encode() for i, t in enumerate(trees)]
    ids = import_all(client, raws)
    got = client.call("Email/get", accountId=LOCAL, ids=ids, properties=["bodyStructure", "textBody", "htmlBody", "attachments", "hasAttachment", "bodyValues"],
                      bodyProperties=["partId", "type", "subParts", "blobId", "disposition", "name", "charset", "size"], fetchAllBodyValues=True)["list"]
    for t, raw, e in zip(trees, raws, got):
        number(t)
        html, text, attachments = [], [], []
        parse([t], "mixed", False, html, text, attachments)
        assert shape(e["bodyStructure"]) == shape(t), raw
        for name, want in (("textBody", text), ("htmlBody", html), ("attachments", attachments)):
            assert [p["partId"] for p in e[name]] == [p["id"] for p in want], (name, raw)
            assert [(p["type"], p["disposition"], p["name"]) for p in e[name]] == [(p["type"], p["disposition"], p["name"]) for p in want], raw
        assert e["hasAttachment"] == any(p["disposition"] != "inline" for p in attachments), raw
        seen = {}

        def walk(part):
            if "parts" in part:
                for p in part["parts"]:
                    walk(p)
            elif part["type"].startswith("text/"):
                seen[part["id"]] = part["text"].replace("\r\n", "\n") + ("" if "parts" in t else "\n")
        walk(t)
        assert {k: v["value"] for k, v in e["bodyValues"].items()} == seen, raw
