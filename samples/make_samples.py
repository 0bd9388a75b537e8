#!/usr/bin/env python3
"""Writes the sample mailbox, samples/mailbox.mbox (mboxrd): the same bytes on every machine and with every Python.

usage: make_samples.py [FILE]

About 200 messages of our own making: conversations with late replies, a mailing list in format=flowed, an HTML
newsletter with an inline image, attachments (PDF, PNG, calendar), French, German, Japanese (ISO-2022-JP, Shift_JIS,
UTF-8), Arabic, emoji, signed and forwarded messages, a bounce, and mail as it should not be but is: without its
boundary, with a charset that does not exist, with eight-bit headers. Messages are put together by hand here and not by
Python's email package, whose output differs from version to version. The texts are in texts.py.
"""
import base64
import binascii
import hashlib
import html
import struct
import sys
import time
import zlib
from pathlib import Path

import texts

START = 1735689600  # 1 January 2025, 00:00 UTC
HOUR = 3600
DAY = 24 * HOUR


# ---- small pieces of MIME ---------------------------------------------------------------------------------

def encoded_word(text, charset="utf-8"):
    """RFC 2047, in pieces that keep every line short and every character whole."""
    if text.isascii():
        return text
    words, piece = [], ""
    for char in text:
        if len((piece + char).encode(charset)) > 36:
            words.append(piece)
            piece = ""
        piece += char
    words.append(piece)
    return "\n ".join("=?%s?B?%s?=" % (charset, base64.b64encode(w.encode(charset)).decode()) for w in words)


def address(person, charset="utf-8"):
    name, mail = person
    if not name.isascii():
        try:
            name.encode(charset)
        except UnicodeEncodeError:
            charset = "utf-8"
        return "%s <%s>" % (encoded_word(name, charset), mail)
    return "%s <%s>" % (name, mail)


def quoted_printable(data):
    lines = []
    for line in data.split(b"\n"):
        out = ""
        for i, byte in enumerate(line):
            plain = 33 <= byte <= 126 and byte != 61 or byte in (32, 9) and i + 1 < len(line)
            piece = chr(byte) if plain else "=%02X" % byte
            if len(out) + len(piece) > 75:
                lines.append(out + "=")
                out = ""
            out += piece
        lines.append(out)
    return "\n".join(lines).encode()


def base64_lines(data):
    text = base64.b64encode(data)
    return b"\n".join(text[i:i + 76] for i in range(0, len(text), 76)) + b"\n"


class Part:
    """A MIME part: header lines and the encoded body."""

    def __init__(self, headers, body):
        self.headers, self.body = headers, body

    def bytes(self):
        return "\n".join(self.headers).encode("utf-8", "surrogateescape") + b"\n\n" + self.body


def text_part(text, charset="utf-8", subtype="plain", params=""):
    data = text.encode(charset)
    kind = "Content-Type: text/%s; charset=%s%s" % (subtype, charset, params)
    if charset == "iso-2022-jp" or all(b < 128 for b in data):
        return Part([kind, "Content-Transfer-Encoding: 7bit"], data)
    if sum(b > 127 for b in data) * 4 > len(data):
        return Part([kind, "Content-Transfer-Encoding: base64"], base64_lines(data))
    return Part([kind, "Content-Transfer-Encoding: quoted-printable"], quoted_printable(data))


def file_part(kind, name, data, disposition="attachment", cid=None):
    headers = ["Content-Type: %s" % kind, "Content-Transfer-Encoding: base64"]
    if name.isascii():
        headers.append('Content-Disposition: %s; filename="%s"' % (disposition, name))
    else:  # RFC 2231
        escaped = "".join("%%%02X" % b if b > 127 or b in b" %'*()" else chr(b) for b in name.encode())
        headers.append("Content-Disposition: %s;\n filename*=utf-8''%s" % (disposition, escaped))
    if cid:
        headers.append("Content-ID: <%s>" % cid)
    return Part(headers, base64_lines(data))


def multipart(subtype, parts, key, params=""):
    boundary = "=_" + hashlib.sha256(key.encode()).hexdigest()[:24]
    body = b"".join(b"--" + boundary.encode() + b"\n" + p.bytes().rstrip(b"\n") + b"\n\n" for p in parts)
    return Part(['Content-Type: multipart/%s; boundary="%s"%s' % (subtype, boundary, params)],
                body + b"--" + boundary.encode() + b"--\n")


# ---- attachments made by code -----------------------------------------------------------------------------

def png(seed, width=160, height=64):
    """A little seascape in four colours: sky, sea, tower, light. Stored blocks, so that no zlib version matters."""
    palette = [(235, 242, 247), (52, 98, 138), (178, 48, 44), (247, 208, 92)]
    rows = b""
    for y in range(height):
        row = []
        for x in range(width):
            tower = 100 + seed % 20
            wave = 44 + (abs((x + seed * 7) % 24 - 12)) // 4
            if y >= wave:
                pixel = 1
            elif tower <= x < tower + 8 and y >= 14:
                pixel = 2 if (y // 6) % 2 else 0
            elif tower - 1 <= x < tower + 9 and 8 <= y < 14 or tower - x > 0 and abs(y - 11) * 8 < tower - x:
                pixel = 3
            else:
                pixel = 0
            row.append(pixel)
        packed = bytes(row[i] << 6 | row[i + 1] << 4 | row[i + 2] << 2 | row[i + 3] for i in range(0, width, 4))
        rows += b"\0" + packed

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", binascii.crc32(kind + data))

    stored = b"\x78\x01\x01" + struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF) + rows + struct.pack(">I", zlib.adler32(rows))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 2, 3, 0, 0, 0)) +
            chunk(b"PLTE", b"".join(bytes(c) for c in palette)) + chunk(b"IDAT", stored) + chunk(b"IEND", b""))


def pdf(lines):
    """One page of Helvetica."""
    def escaped(line):
        return line.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")

    text = b"BT /F1 12 Tf 60 760 Td 16 TL\n" + b"".join(b"(" + escaped(l) + b") Tj T*\n" for l in lines) + b"ET\n"
    objects = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
               b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
               b" /Resources << /Font << /F1 5 0 R >> >> >>",
               b"<< /Length %d >>\nstream\n" % len(text) + text + b"endstream",
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"]
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    xref = len(out)
    out += b"xref\n0 6\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + b"trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % xref


def calendar(uid, summary, start):
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(start))
    end = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(start + 2 * HOUR))
    return ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Choeur de la Pointe//FR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
            "UID:%s\r\nDTSTAMP:%s\r\nDTSTART:%s\r\nDTEND:%s\r\nSUMMARY:%s\r\nLOCATION:Salle des fêtes\r\n"
            "END:VEVENT\r\nEND:VCALENDAR\r\n" % (uid, stamp, stamp, end, summary)).encode()


# ---- messages ---------------------------------------------------------------------------------------------

class Mailbox:
    """Collects messages; ids and dates follow from the texts alone."""

    def __init__(self):
        self.messages = []
        self.count = 0

    def new_id(self, sender):
        self.count += 1
        return "<%s.%d@%s>" % (hashlib.sha256(b"sample%d" % self.count).hexdigest()[:12], self.count,
                               sender[1].partition("@")[2])

    def add(self, when, sender, to, subject, part, headers=(), charset="utf-8", message_id=None, seen=True, flagged=False,
            answered=False):
        message_id = message_id or self.new_id(sender)
        status = ["Status: RO"] if seen else ["Status: O"]
        extra = ("F" if flagged else "") + ("A" if answered else "")
        lines = status + (["X-Status: " + extra] if extra else [])
        lines += ["Message-ID: " + message_id, "Date: " + rfc5322_date(when), "From: " + address(sender, charset),
                  "To: " + ",\n ".join(address(p, charset) for p in to), "Subject: " + encoded_subject(subject, charset)]
        lines += list(headers) + ["MIME-Version: 1.0"] + part.headers
        self.add_raw(when, sender[1], "\n".join(lines).encode("utf-8", "surrogateescape") + b"\n\n" + part.body)
        return message_id

    def add_raw(self, when, envelope, data):
        self.messages.append((when, len(self.messages), envelope, data))

    def write(self, path):
        out = b""
        for when, _, envelope, data in sorted(self.messages):
            out += b"From %s %s\n" % (envelope.encode(), time.strftime("%a %b %e %H:%M:%S %Y", time.gmtime(when)).encode())
            for line in data.rstrip(b"\n").split(b"\n"):
                out += (b">" if line.lstrip(b">").startswith(b"From ") else b"") + line + b"\n"
            out += b"\n"
        Path(path).write_bytes(out)


def rfc5322_date(when):
    return time.strftime("%a, %d %b %Y %H:%M:%S +0100", time.gmtime(when + HOUR))


def encoded_subject(subject, charset):
    try:
        subject.encode(charset)
    except UnicodeEncodeError:
        charset = "utf-8"
    return encoded_word(subject, charset)


def quote(text, who, flowed=False):
    """The start of what is answered, as mail programs quote it."""
    lines = [l for l in text.split("\n") if l and not l.startswith(">")][:2]
    return "\n%s wrote:\n" % who[0] + "\n".join("> " + l for l in lines) + "\n"


def fitting_charset(text, charset):
    for candidate in (charset, "utf-8"):
        try:
            text.encode(candidate)
            return candidate
        except UnicodeEncodeError:
            pass
    raise AssertionError


def conversations(box):
    for number, (subject, day, mails, options) in enumerate(texts.CONVERSATIONS):
        when = START + day * DAY + (8 + number) * HOUR
        sent, everyone = [], {who for who, *_ in mails} | {"me"}
        for i, (who, hours, parent, text) in enumerate(mails):
            when += hours * HOUR + (i * 7 + number * 11) % 60 * 60
            headers = []
            if i:
                above = sent[i - 1 if parent is None else parent]
                headers = ["In-Reply-To: " + above[0], "References: " + "\n ".join(above[1] + [above[0]])]
                text += "\n" + quote(mails[i - 1 if parent is None else parent][3], texts.PEOPLE[above[2]])
            charset = fitting_charset(text, options.get("charset", "utf-8"))
            if charset == "iso-2022-jp" and i == 2:
                charset = "shift_jis"
            part = text_part(text + "\n", charset)
            kind = options.get("attach", {}).get(i)
            key = "%s/%d" % (subject, i)
            if kind == "pdf":
                name = "Kostenvoranschlag – Prinzipal.pdf" if number == 3 else "minutes.pdf" if number else "lamp-room-survey.pdf"
                part = multipart("mixed", [part, file_part("application/pdf", name, pdf([subject, ""] + text.split("\n")[:20]))], key)
            elif kind == "png":
                name = "地図.png" if charset == "shift_jis" else "sketch.png"
                part = multipart("mixed", [part, file_part("image/png", name, png(number))], key)
            title = subject if not i or subject.startswith("Re: ") else "Re: " + subject
            to = [texts.PEOPLE[p] for p in sorted(everyone - {who})]
            message_id = box.add(when, texts.PEOPLE[who], to, title, part, headers, charset, seen=(number * 5 + i) % 6 != 0,
                                 flagged=i == 0 and number % 4 == 0, answered=len(mails) > i + 1 and mails[i + 1][0] == "me")
            sent.append((message_id, (sent[i - 1 if parent is None else parent][1] + [sent[i - 1 if parent is None else parent][0]])
                         if i else [], who))


def flowed(text):
    """RFC 3676: soft line breaks end in a space."""
    lines = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            if len(line) + len(word) > 70:
                lines.append(line)
                line = ""
            line += word + " "
        lines.append(line.rstrip())
    return "\n".join(lines) + "\n"


def bread_list(box):
    for subject, day, mails in texts.BREAD:
        when, sent = START + day * DAY + 19 * HOUR, []
        for i, (who, hours, parent, text) in enumerate(mails):
            when += hours * HOUR + i * 13 * 60
            headers = ["List-Id: Bread and what becomes of it <bread.lists.example>",
                       "List-Post: <mailto:bread@lists.example>", "Precedence: list",
                       "List-Unsubscribe: <https://lists.example/bread/leave>"]
            if i:
                above = sent[i - 1 if parent is None else parent]
                headers += ["In-Reply-To: " + above, "References: " + "\n ".join(sent[:i])]
            body = flowed(text) + "\n-- \nbread mailing list, https://lists.example/bread\n"
            part = text_part(body, fitting_charset(body, "us-ascii"), params="; format=flowed")
            title = ("Re: " if i else "") + "[bread] " + subject
            sent.append(box.add(when, texts.PEOPLE[who], [("Bread", "bread@lists.example")], title, part, headers,
                                seen=(i + day) % 5 != 0))


def lantern(box):
    """The newsletter: text and HTML side by side, the picture inside the HTML by its Content-ID."""
    sender = ("The Lantern", "editor@phare-mouettes.example")
    for i, (title, first, second) in enumerate(texts.LANTERN):
        when = START + (6 + 17 * i) * DAY + 6 * HOUR
        plain = "THE LANTERN, no. %d: %s\n\n%s\n\nIn short\n\n%s\n\nThe tide tables are at https://phare-mouettes.example/tides\n" % (
            200 + i, title, first, second)
        cid = "banner.%d@phare-mouettes.example" % (200 + i)
        page = ("<!DOCTYPE html>\n<html><head><style>h1 { color: #b2302c } .small { font-size: 80%% }</style>"
                "<title>The Lantern</title></head>\n<body>\n<img src=\"cid:%s\" alt=\"Lighthouse\" width=\"160\" height=\"64\">\n"
                "<h1>%s</h1>\n<p>%s</p>\n<h2>In short</h2>\n<p>%s</p>\n<ul><li><a href=\"https://phare-mouettes.example/tides\">"
                "Tide tables</a></li><li><a href=\"https://phare-mouettes.example/lantern/%d\">Read online</a></li></ul>\n"
                "<table class=\"small\"><tr><td>No. %d</td><td>&copy; Friends of the Light</td></tr></table>\n</body></html>\n") % (
                    cid, html.escape(title), html.escape(first), html.escape(second), 200 + i, 200 + i)
        related = multipart("related", [text_part(page, subtype="html"),
                                        file_part("image/png", "banner.png", png(i), "inline", cid)], "related%d" % i)
        part = multipart("alternative", [text_part(plain), related], "lantern%d" % i)
        box.add(when, sender, [texts.ME], "The Lantern %d: %s" % (200 + i, title), part,
                ["List-Id: <lantern.phare-mouettes.example>", "List-Unsubscribe: <https://phare-mouettes.example/leave>",
                 "List-Unsubscribe-Post: List-Unsubscribe=One-Click"], seen=i % 3 != 2)


def tickets(box):
    """The tide calculator's tickets: opened, commented, closed."""
    for i, (number, title, body) in enumerate(texts.TICKETS):
        when = START + (70 + 9 * i) * DAY + 15 * HOUR
        root = "<tidecalc/issues/%s@forge.example>" % number
        steps = [("Priya Raman", body), ("Tom Okafor", "Seen here too, at the harbour wall.\n\n    $ tidecalc --place pointe --day %d\n" % (10 + i)),
                 ("Camille Moreau", "Closed by commit %s.\n\n    From now on there is a test for it.\n" %
                  hashlib.sha256(title.encode()).hexdigest()[:10])]
        for j, (who, text) in enumerate(steps):
            when += j * 11 * HOUR
            headers = ["List-Id: priya/tidecalc <tidecalc.priya.forge.example>", "X-Forge-Reason: subscribed"]
            if j:
                headers += ["In-Reply-To: " + root, "References: " + root]
            page = "<p><b>%s</b></p><pre>%s</pre><p><a href=\"https://forge.example/tidecalc/%s\">View ticket</a></p>" % (
                html.escape(who), html.escape(text), number)
            part = multipart("alternative", [text_part(text + "\n\n--\nhttps://forge.example/tidecalc/%s\n" % number),
                                             text_part(page, subtype="html")], "ticket%s.%d" % (number, j))
            box.add(when, (who, "notifications@forge.example"), [("priya/tidecalc", "tidecalc@noreply.forge.example")],
                    ("Re: " if j else "") + "[tidecalc] %s (#%s)" % (title, number), part, headers,
                    message_id=None if j else root, seen=(i + j) % 4 != 3)


def series(box):
    """What arrives by itself: forecasts, library notices, orders, invoices, rehearsals."""
    for i in range(20):
        when = START + (5 + 13 * i) * DAY + 5 * HOUR
        sky = texts.FORECAST_SKIES[i * 3 % len(texts.FORECAST_SKIES)]
        wind = texts.FORECAST_WINDS[i * 5 % len(texts.FORECAST_WINDS)]
        text = "Inshore waters, issued at 05:00\n\nSky: %s.\nWind: %s.\nSea: %s.\nVisibility: %s.\n\nFrom the keeper's window: %d oystercatchers.\n" % (
            sky, wind, ["smooth", "slight", "moderate", "rough in the sound"][i % 4], ["good", "moderate", "poor in fog"][i % 3], 3 + i * 7 % 23)
        box.add(when, ("Coast forecast", "forecast@phare-mouettes.example"), [texts.ME], "Forecast: " + sky, text_part(text), seen=i % 2 == 0)
    for i, (title, author) in enumerate(texts.LIBRARY):
        when = START + (15 + 30 * i) * DAY + 9 * HOUR
        text = "Bonjour,\n\nle document suivant est à rendre dans trois jours :\n\n    %s, %s\n\nIl peut être prolongé une fois, au guichet ou par courriel.\n\nLa médiathèque\n" % (title, author)
        box.add(when, ("Médiathèque municipale", "prets@mediatheque.example"), [texts.ME], "Rappel : « %s » est à rendre" % title,
                text_part(text, "iso-8859-1"), charset="iso-8859-1", seen=i != 7)
    for i, (thing, price) in enumerate(texts.ORDERS):
        when = START + (24 + 27 * i) * DAY + 13 * HOUR
        page = ("<html><body><p>Hello Camille,</p><p>thank you for your order.</p><table border=\"1\"><tr><th>Item</th><th>Price</th></tr>"
                "<tr><td>%s</td><td>&euro;&nbsp;%s</td></tr></table><p>It leaves our shed tomorrow. "
                "<a href=\"https://chandlery.example/orders/%d\">Follow the parcel</a></p></body></html>\n") % (html.escape(thing), price, 7100 + i)
        box.add(when, ("Quay Chandlery", "orders@chandlery.example"), [texts.ME], "Your order %d: %s" % (7100 + i, thing),
                text_part(page, subtype="html"), seen=i % 4 != 1)
    for i in range(8):
        when = START + (31 * (i + 1)) * DAY + 3 * HOUR
        text = "Dear customer,\n\nyour invoice for month %d is attached: EUR 6.00, paid by standing order. There is nothing to do.\n\nBluewater Hosting\n" % (i + 1)
        bill = file_part("application/pdf", "invoice-2025-%02d.pdf" % (i + 1), pdf(["Bluewater Hosting", "Invoice 2025-%02d" % (i + 1), "", "Hosting, 1 month: EUR 6.00"]))
        box.add(when, ("Bluewater Hosting", "billing@bluewater.example"), [texts.ME], "Invoice 2025-%02d" % (i + 1),
                multipart("mixed", [text_part(text), bill], "invoice%d" % i), seen=True)
    for i in range(10):
        when = START + (42 + 14 * i) * DAY + 10 * HOUR
        start = when + 3 * DAY + 9 * HOUR
        text = "Répétition mardi à 20 h. Au programme : %s. Gâteau : %s.\n" % (["Fauré", "Ravel", "Poulenc"][i % 3],
                                                                        ["Camille", "Hélène", "les ténors"][i % 3])
        invitation = Part(['Content-Type: text/calendar; charset=utf-8; method=REQUEST; name="repetition.ics"',
                           "Content-Transfer-Encoding: base64"], base64_lines(calendar("rep-%d@choeur.example" % i, "Répétition", start)))
        box.add(when, texts.PEOPLE["helene"], [("Chœur", "choeur@lists.example")], "Répétition n° %d" % (i + 1),
                multipart("alternative", [text_part(text), invitation], "rep%d" % i), seen=i < 8)


def special(box):
    """Signed, forwarded, returned: structures that every reader of mail meets."""
    day = START + 100 * DAY
    for i, (text, who) in enumerate([("The key under the third flowerpot has moved to the fourth.", "marc"),
                                     ("I confirm the order of six balusters at the agreed price.", "ines"),
                                     ("The measurements of the sound are in the archive, signed, for what it is worth.", "sigrid")]):
        signature = Part(['Content-Type: application/pgp-signature; name="signature.asc"', "Content-Description: OpenPGP digital signature"],
                         b"-----BEGIN PGP SIGNATURE-----\n\n" + base64_lines(hashlib.sha512(text.encode()).digest() * 3) + b"-----END PGP SIGNATURE-----\n")
        box.add(day + i * 40 * DAY, texts.PEOPLE[who], [texts.ME], ["The key", "Order confirmed", "Stream data, signed"][i],
                multipart("signed", [text_part(text + "\n"), signature], "signed%d" % i,
                          ';\n micalg=pgp-sha512; protocol="application/pgp-signature"'))
    for i, (who, inner_subject, inner) in enumerate([
            ("bea", "Classified: Folkboat, 1964", "For sale to good hands: wooden sailing boat, built 1964.\nThe stove draws well, the cushions less so.\n"),
            ("helene", "Concert in the chapel", "The organ plays again on the first Sunday of the month, at five.\nEntry free, mice excluded.\n"),
            ("tom", "Notice to mariners 14/25", "The buoy off the Pointe is extinguished until further notice.\nFrom now on, keep the church open of the mill.\n")]):
        forwarded = Part(["Content-Type: message/rfc822", "Content-Disposition: inline"],
                         ("Message-ID: <inner.%d@town.example>\nDate: %s\nFrom: Town board <board@town.example>\nTo: everybody@town.example\n"
                          "Subject: %s\nMIME-Version: 1.0\nContent-Type: text/plain; charset=us-ascii\n\n%s" %
                          (i, rfc5322_date(day + i * 33 * DAY), inner_subject, inner)).encode())
        box.add(day + i * 33 * DAY + 2 * HOUR, texts.PEOPLE[who], [texts.ME], "Fwd: " + inner_subject,
                multipart("mixed", [text_part("Have a look at this.\n\n%s\n" % texts.PEOPLE[who][0].split()[0]), forwarded], "fwd%d" % i))
    for i, gone in enumerate(["yann@keepers.example", "office@old-mill.example"]):
        report = Part(["Content-Type: message/delivery-status"],
                      b"Reporting-MTA: dns; mail.moreau.example\n\nFinal-Recipient: rfc822; %s\nAction: failed\nStatus: 5.1.1\n"
                      b"Diagnostic-Code: smtp; 550 5.1.1 no such user\n" % gone.encode())
        returned = Part(["Content-Type: text/rfc822-headers"], b"Subject: Midsummer invitation\nTo: %s\n" % gone.encode())
        box.add(day + i * 20 * DAY + 5 * HOUR, ("Mail delivery", "postmaster@moreau.example"), [texts.ME], "Undelivered: Midsummer invitation",
                multipart("report", [text_part("Your message to %s could not be delivered: there is no such mailbox.\n" % gone), report, returned],
                          "bounce%d" % i, "; report-type=delivery-status"), seen=False)
    for i, (subject, text) in enumerate([("🎉 Crumb floats!", "She floats! 🚣‍♀️ Level, dry and slightly proud. Photos follow, once the phone is dry too. 📱💧\n"),
                                         ("Wind 💨", "40 knots at the point. Tom's hat is in Belgium. 🎩➡️🇧🇪\n"),
                                         ("¡Hola desde Cádiz!", "¡Qué faro tan bonito tienen aquí! Aún no sé si volveré. Besos, Bea ☀️\n"),
                                         ("Привет из Кронштадта", "Здесь маяк стоит прямо в море, а чай подают с вареньем. Скоро домой. Бея\n"),
                                         ("Χαιρετίσματα από τη Χίο", "Ο φάρος εδώ είναι μικρός αλλά περήφανος. Φιλιά, Μπέα\n"),
                                         ("Bureau 💙 mojibake club", "Voilà l'accent d'hier, en UTF-8 cette fois : « déjà vu ».\n")]):
        box.add(day + (60 + i * 12) * DAY + 18 * HOUR, texts.PEOPLE["bea"], [texts.ME], subject, text_part(text), seen=i % 2 == 1, flagged=i == 0)


def broken(box):
    """Mail as it should not be. Each of these must be listed, readable and byte for byte what it was."""
    day, me = START + 20 * DAY, texts.ME[1].encode()

    def add(i, sender, headers, body):
        when = day + i * 5 * DAY
        box.add_raw(when, sender.decode(), b"Status: O\nMessage-ID: <broken.%d@%s>\nDate: %s\nFrom: %s\nTo: %s\n" % (
            i, sender.partition(b"@")[2], rfc5322_date(when).encode(), sender, me) + headers + b"\n" + body)

    add(0, b"scanner@office.example", b'Subject: Scan from the office (no boundary)\nMIME-Version: 1.0\nContent-Type: multipart/mixed\n',
        b"--parts\nContent-Type: text/plain\n\nThe scanner forgot to say what its boundary is.\n--parts--\n")
    add(1, b"printer@office.example", b'Subject: Paper tray two (boundary that never comes)\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="nowhere"\n',
        b"Tray two is empty. The boundary that was promised is not in here.\n")
    add(2, b"relic@museum.example", b"Subject: A charset from the museum\nMIME-Version: 1.0\nContent-Type: text/plain; charset=x-lighthouse-1868\nContent-Transfer-Encoding: 8bit\n",
        "The label reads: « feu fixe blanc ». Nobody knows the charset.\n".encode("latin-1"))
    add(3, b"poste@ancienne.example", "Subject: Réponse en huit bits, sans le dire\n".encode("latin-1"),
        "L'en-tête et le corps sont en Latin-1, et personne ne l'a déclaré.\n".encode("latin-1"))
    add(4, b"utf8@modern.example", "Subject: Café ☕ in a raw UTF-8 header\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n".encode(),
        "The header is UTF-8 without saying so (RFC 6532 came, the server did not notice). ☕\n".encode())
    add(5, b"cut@short.example", b'Subject: Cut off in the middle of a part\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="cut"\n',
        b"--cut\nContent-Type: text/plain\n\nThe attachment was longer once.\n\n--cut\nContent-Type: application/octet-stream; name=\"log.bin\"\n"
        b"Content-Transfer-Encoding: base64\n\nVGhpcyBmaWxlIGVuZHMgaW4gdGhlIG1pZGRsZSBvZiBhIHdvcm\n")
    add(6, b"base64@noise.example", b"Subject: Base64 with noise in it\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n",
        b"VGhl!IGZvZyBz*aWduYWwg\n??d2lsbCBiZSB0ZXN0ZWQu\nCg==\n")
    add(7, b"nested@dolls.example", b'Subject: Dolls inside dolls\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="d0"\n',
        b"".join(b"--d%d\nContent-Type: multipart/mixed; boundary=\"d%d\"\n\n" % (n, n + 1) for n in range(12)) +
        b"--d12\nContent-Type: text/plain\n\nThe smallest doll says hello.\n--d12--\n")
    add(8, b"headers@only.example", b"Subject: A message of headers only\nX-Empty:\n", b"")
    add(9, b"dates@late.example", b"Subject: Sent on the 31st of February\nX-Note: two dates, neither of them right\nDate: Mon, 31 Feb 2025 25:61:00 +9999\n",
        b"If the date is wrong, the day of arrival has to do.\n")
    add(10, b"words@broken.example", b"Subject: =?utf-8?Q?Half_an_encoded_word_=C3=?= =?utf-8?B?w6kgYW5k?= =?x-nope?Q?=41?= more\n",
        b"The subject holds an encoded word cut in the middle of a character.\n")
    add(11, b"bell@tower.example", b"Subject: Ring \x07the bell \x1b[31mred\x1b[0m\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n",
        "A message that tries to talk to your terminal: \x1b]0;owned\x07\x1b[2J and to read backwards: \u202egnp.exe\u202c\n".encode())


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).with_name("mailbox.mbox")
    box = Mailbox()
    for make in (conversations, bread_list, lantern, tickets, series, special, broken):
        make(box)
    box.write(path)
    print("%d messages in %s" % (len(box.messages), path), file=sys.stderr)


if __name__ == "__main__":
    main()
