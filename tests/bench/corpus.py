#!/usr/bin/env python3
"""A deterministic mailbox for measurements: the same number and seed give the same bytes on every machine.

    corpus.py COUNT DIRECTORY [--seed N]        writes a Maildir (cur/ new/ tmp/)

Sizes are log-normal with a median near 5 KB; words follow the Zipf-Mandelbrot law over 60,000 invented words, and as in
any language some follow each other more often than chance; a few known ones (RARE, FREQUENT, PHRASE below) serve the
queries. How far it compresses was set by real mail (0.31 with zstd -3 and a dictionary). One in three messages answers an earlier one and quotes a part of it, two in five have HTML, one in eight an
attachment (half of them of the kind that nothing compresses); people sign; charsets are UTF-8, ISO-8859-1, windows-1252, ISO-2022-JP and ASCII.
"""
import argparse
import base64
import bisect
import itertools
import os
import random
import time

FREQUENT = "meeting"          # in about half of the messages
RARE = "zyzzogeton"           # in about one of 5,000
PHRASE = ("quarterly", "budget", "review")  # together in about one of 200
START = 1262304000            # 2010-01-01
SPAN = 15 * 365 * 86400

FIRST = "Anna Boris Claire David Elena François Greta Hiro Ines Jürgen Karim Lucía Marek Nadia Oskar Paula Quentin Rosa Søren Tomás Ute Viktor Wanda Xavier Yumi Zoë".split()
LAST = "Adler Bernard Costa Dubois Eriksen Fischer García Hoffmann Ivanova Jensen Kowalski Lefèvre Müller Novak Okafor Petit Quispe Rossi Schmidt Tanaka Ueda Vogel Weber Xu Yilmaz Zimmermann".split()
DOMAINS = "example.com example.org example.net mail.example.fr lists.example.org corp.example.de uni.example.edu".split()
JAPANESE = "会議の資料を送ります 来週の予定について よろしくお願いいたします 東京 大阪 京都 請求書 確認 ありがとうございます 添付ファイル".split()


class Words:
    """Zipfian words: the rank decides how often, the rank's digits how it looks."""

    def __init__(self, rng, count=60000):
        consonants, vowels = "bcdfghjklmnprstvwz", "aeiouéöai"
        seen, self.words = set(), []
        while len(self.words) < count:
            n = 1 + min(3, int(rng.expovariate(0.7)))
            word = "".join(rng.choice(consonants) + rng.choice(vowels) for _ in range(n)) + rng.choice(["", "n", "r", "s", "t", "nd", "ck"])
            if word not in seen:
                seen.add(word)
                self.words.append(word)
        weights = (1 / (rank + 2.7) ** 1.07 for rank in range(count))
        self.cumulative = list(itertools.accumulate(weights))

    def some(self, rng, n):
        total, words, cumulative, random_ = self.cumulative[-1], self.words, self.cumulative, rng.random
        out, rank = [], 0
        for _ in range(n):
            # After a word its usual companions are likely: three of them, named by its rank.
            if random_() < 0.4:
                rank = (rank * 7919 + int(random_() * 3) * 31) % (100 + rank)
            else:
                rank = bisect.bisect_left(cumulative, random_() * total)
            out.append(words[rank])
        return out


def text(rng, words, size):
    """About `size` bytes of paragraphs."""
    count = max(3, size // 6)
    all_words = words.some(rng, count)
    if rng.random() < 0.5:
        all_words[rng.randrange(count)] = FREQUENT
    if rng.random() < 1 / 5000:
        all_words[rng.randrange(count)] = RARE
    if rng.random() < 1 / 200 and count > 8:
        at = rng.randrange(count - 4)
        all_words[at:at + 3] = PHRASE
    lines, line, length = [], [], 0
    for w in all_words:
        line.append(w)
        length += len(w) + 1
        if length > 66:
            lines.append(" ".join(line))
            line, length = [], 0
            if rng.random() < 0.12:
                lines[-1] += "."
                lines.append("")
    lines.append(" ".join(line))
    return "\r\n".join(lines) + "\r\n"


def encoded_word(s, charset="utf-8"):
    if s.isascii():
        return s
    return f"=?{charset}?B?{base64.b64encode(s.encode(charset)).decode()}?="


STYLES = [f".c{n}{{margin:{n % 7}px {n % 11}px;padding:{n % 5}px;font:{11 + n % 6}px Arial,Helvetica,sans-serif;color:#{n * 3571 % 4096:03x}}}" for n in range(90)]


def html_of(plain, template):
    """What programs make of a text: a template's style sheet, tables in tables, styles at each paragraph."""
    styles = "\r\n".join(STYLES[template % 40:template % 40 + 12 + template % 30])
    cell = f"<td class=\"c{template % 90}\" style=\"margin:0 0 1em 0;font-family:Arial,Helvetica,sans-serif;font-size:{12 + template % 4}px;line-height:1.5\">"
    rows = "".join(f"<tr>{cell}<p style=\"margin:0;padding:0 0 12px 0\">{p}</p></td></tr>\r\n" for p in plain.split("\r\n\r\n"))
    links = "".join(f"<a href=\"https://www.example.com/u?id={n}&amp;m={template}\" style=\"color:#0645ad;text-decoration:underline\">{w}</a> | \r\n"
                    for n, w in enumerate(("Unsubscribe", "View in browser", "Privacy", "Contact")))
    return (f"<!DOCTYPE html><html><head><meta charset=\"utf-8\"><style type=\"text/css\">\r\n{styles}\r\n</style></head>\r\n"
            f"<body bgcolor=\"#ffffff\"><table width=\"600\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" align=\"center\">\r\n{rows}</table>\r\n"
            f"<div class=\"footer\">{links}</div></body></html>\r\n")


class Corpus:
    def __init__(self, count, seed=1):
        self.count = count
        self.rng = random.Random(seed)
        self.words = Words(self.rng)
        self.people = [(f"{f} {l}", f"{f}.{l}@{self.rng.choice(DOMAINS)}".lower().translate(str.maketrans("çüíøáëéèó", "cuioaeeeo")))
                       for f in FIRST for l in LAST]
        self.recent = []      # (message id, references, subject, text) of messages that may be answered
        self.signatures = {p: f"-- \r\n{p[0]}\r\n{' '.join(self.words.some(self.rng, 6)).title()}\r\nTel. +33 1 {n:08}\r\n"
                           for n, p in enumerate(self.people)}

    def messages(self):
        """Pairs (seconds since 1970, bytes), oldest first."""
        for n in range(self.count):
            when = START + int(SPAN * (n + self.rng.random()) / self.count)
            yield when, self.message(n, when)

    def message(self, n, when):
        rng = self.rng
        sender, recipient = rng.choice(self.people), rng.choice(self.people)
        message_id = f"<{when:x}.{n}.{rng.getrandbits(40):x}@{sender[1].split('@')[1]}>"
        parent, subject = self.thread()
        refs = parent[1] + [parent[0]] if parent else []
        size = min(400000, int(rng.lognormvariate(7.8, 0.9)))
        kind = rng.random()
        charset = rng.choices(["utf-8", "iso-8859-1", "windows-1252", "us-ascii", "iso-2022-jp"], [55, 15, 10, 15, 5])[0]
        plain = text(rng, self.words, size // (4 if kind < 0.4 else 2 if parent else 1))
        self.remember(message_id, refs, subject, plain)
        if parent:
            quoted = "".join(f"> {line}\r\n" for line in parent[3].split("\r\n")[:max(4, size // 140)])
            plain = f"{plain}\r\nOn {rfc_date(when - 86400)}, {recipient[0]} wrote:\r\n{quoted}"
        plain += self.signatures[sender]
        if charset == "iso-2022-jp":
            plain = "".join(rng.choice(JAPANESE) + "。\r\n" for _ in range(4)) + plain.encode("ascii", "ignore").decode()
        elif charset == "us-ascii":
            plain = plain.encode("ascii", "ignore").decode()
        head = [
            f"Return-Path: <{sender[1]}>",
            f"Received: from mx{rng.randrange(9)}.{sender[1].split('@')[1]} (mx.example.net [192.0.2.{rng.randrange(255)}])",
            f"\tby mail.example.org (Postfix) with ESMTPS id {rng.getrandbits(40):010X}",
            f"\tfor <{recipient[1]}>; {rfc_date(when + 3)}",
            f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={sender[1].split('@')[1]}; s=s1;",
            f"\th=from:to:subject:date; bh={base64.b64encode(rng.randbytes(32)).decode()};",
            f"\tb={base64.b64encode(rng.randbytes(64)).decode()}",
            f"Date: {rfc_date(when)}",
            f"From: {encoded_word(sender[0])} <{sender[1]}>",
            f"To: {encoded_word(recipient[0])} <{recipient[1]}>",
        ]
        if rng.random() < 0.2:
            cc = rng.choice(self.people)
            head.append(f"Cc: {encoded_word(cc[0])} <{cc[1]}>")
        head += [f"Subject: {encoded_word(subject)}", f"Message-ID: {message_id}"]
        if refs:
            head += [f"In-Reply-To: {refs[-1]}", "References: " + "\r\n ".join(refs[-10:])]
        if rng.random() < 0.15:
            head += ["List-Id: Example discussions <talk.lists.example.org>", "Precedence: list"]
        head += ["X-Mailer: Example Mail 7.2", "MIME-Version: 1.0"]
        return "\r\n".join(head).encode() + b"\r\n" + self.body(kind, plain, charset)

    def thread(self):
        rng = self.rng
        if self.recent and rng.random() < 0.35:
            parent = rng.choice(self.recent)
            return parent, parent[2] if parent[2].startswith("Re: ") else "Re: " + parent[2]
        return None, " ".join(self.words.some(rng, rng.randrange(2, 7))).capitalize()

    def remember(self, message_id, refs, subject, plain):
        self.recent.append((message_id, refs[-9:], subject, plain))
        if len(self.recent) > 400:
            self.recent.pop(self.rng.randrange(200))

    def body(self, kind, plain, charset):
        rng = self.rng
        part = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".encode() + plain.encode(charset, "replace")
        if kind < 0.4:
            b = f"=_alt{rng.getrandbits(48):x}"
            html, encoding = html_of(plain, rng.randrange(60)).encode(), "8bit"
            if rng.random() < 0.33:
                html, encoding = base64.encodebytes(html).replace(b"\n", b"\r\n"), "base64"
            part = (f"Content-Type: multipart/alternative; boundary=\"{b}\"\r\n\r\n--{b}\r\n".encode() + part +
                    f"\r\n--{b}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + html +
                    f"\r\n--{b}--\r\n".encode())
        if rng.random() < 0.125:
            b = f"=_mix{rng.getrandbits(48):x}"
            name, length = rng.choice(["report.pdf", "photo.jpg", "figures.csv", "meeting.ics"]), min(300000, int(rng.lognormvariate(9.0, 1.0)))
            if name.endswith(("pdf", "jpg")):
                data = rng.randbytes(length)
            else:
                data = b"".join(b"%d;2024-%02d-%02d;%s;%d,00\r\n" % (r, r % 12 + 1, r % 28 + 1, rng.choice(LAST).encode(), rng.randrange(1000))
                                for r in range(length // 30))
            data = base64.encodebytes(data).replace(b"\n", b"\r\n")
            part = (f"Content-Type: multipart/mixed; boundary=\"{b}\"\r\n\r\n--{b}\r\n".encode() + part +
                    f"\r\n--{b}\r\nContent-Type: application/octet-stream; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n"
                    f"Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n".encode() + data + f"\r\n--{b}--\r\n".encode())
        return part


def rfc_date(when):
    return time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(when))


def write_maildir(count, directory, seed=1, uid=None, gid=None):
    """Returns the number of bytes written."""
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(directory, sub), exist_ok=True)
    total = 0
    for n, (when, message) in enumerate(Corpus(count, seed).messages()):
        flags = "S" if n % 4 else ""
        path = os.path.join(directory, "cur", f"{when}.M{n}.bench,S={len(message)}:2,{flags}")
        with open(path, "wb") as f:
            f.write(message)
        os.utime(path, (when, when))
        if uid is not None:
            os.chown(path, uid, gid)
        total += len(message)
    return total


def main():
    p = argparse.ArgumentParser(description="Writes a deterministic Maildir for measurements.")
    p.add_argument("count", type=int)
    p.add_argument("directory")
    p.add_argument("--seed", type=int, default=1)
    a = p.parse_args()
    began = time.monotonic()
    total = write_maildir(a.count, a.directory, a.seed)
    print(f"{a.count} messages, {total} bytes, {time.monotonic() - began:.1f} s")


if __name__ == "__main__":
    main()
