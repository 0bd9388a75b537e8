"""The sample mailbox: imported, listed, searched, read, saved."""
import base64
import json
import os
import re
import subprocess
import unicodedata

import pytest

from e2e import ROOT, SAMPLES, Facteur, assert_no_crash, on_terminal


@pytest.fixture(scope="module")
def samples(tmp_path_factory):
    """One profile with the sample mail, for tests that change nothing."""
    f = Facteur(tmp_path_factory.mktemp("samples"))
    assert f.out("import", SAMPLES) == "200 messages imported\n"
    yield f
    assert_no_crash(f)


def split_mbox(data):
    """The messages of an mboxrd, by its plain definition."""
    messages = []
    for piece in re.split(rb"(?:\A|(?<=\n\n))From [^\n]* \d{4}\n", data)[1:]:
        messages.append(re.sub(rb"^>(>*From )", rb"\1", piece.removesuffix(b"\n"), flags=re.M))
    return messages


def by_subject(f, subject):
    found = [e for e in f.json("search", f'"{subject}"', "-n", "50") if e["subject"] == subject]
    assert found, subject
    return found[0]["id"]


def test_generator_makes_the_shipped_mailbox(tmp_path):
    subprocess.run(["python3", ROOT / "samples" / "make_samples.py", tmp_path / "box"], check=True, stderr=subprocess.DEVNULL)
    assert (tmp_path / "box").read_bytes() == SAMPLES.read_bytes()


def test_every_message_keeps_its_bytes(samples):
    expected = sorted(split_mbox(SAMPLES.read_bytes()))
    emails = samples.json("list", "-n", "1000")
    assert len(emails) == len(expected) == 200
    assert sorted(samples.run("show", e["id"], "--raw", text=False).stdout for e in emails) == expected


def test_count_prints_a_number(samples):
    assert samples.out("count", "") == "200\n"
    assert samples.json("count", "") == [200]
    assert samples.out("count", "nobodywritesthis") == "0\n"


def test_list_is_the_inbox_newest_first(samples):
    emails = samples.json("list", "-n", "1000")
    dates = [e["receivedAt"] for e in emails]
    assert dates == sorted(dates, reverse=True)
    assert [e["id"] for e in samples.json("list", "-n", "3", "--skip", "5")] == [e["id"] for e in emails[5:8]]


def test_status_fields_became_flags(samples):
    unread = samples.count("is:unread")
    assert 20 < unread < 120
    assert samples.count("is:read") == 200 - unread
    assert samples.count("is:flagged") > 2
    (inbox,) = [m for m in samples.json("mailboxes") if m["role"] == "inbox"]
    assert (inbox["totalEmails"], inbox["unreadEmails"]) == (200, unread)


@pytest.mark.parametrize("query, subject", [
    ("lighthouse survey", "Lighthouse lamp room: the survey"),
    ("from:haruka 灯台", "港の写真について"),
    ("展覧会", "Re: 港の写真について"),
    ("repetition", "Répétition n° 1"),
    ('"railing from 1911"', "Re: Lighthouse lamp room: the survey"),
    ("filename:lamp-room", "Lighthouse lamp room: the survey"),
    ("list:bread acetone", "Re: [bread] My starter smells of nail varnish"),
    ("المنارات", "رسالة من المكتبة"),
    ("perseids", "The Lantern 213: Night of the shooting stars"),
    ("margarine kouign*", "Recipe, as promised"),
])
def test_search_finds(samples, query, subject):
    assert subject in [e["subject"] for e in samples.json("search", query)]


def test_search_takes_its_words_as_arguments(samples):
    assert samples.out("search", "from:priya", "-list:bread", "-n", "3") == samples.out("search", "from:priya -list:bread", "-n", "3")


def test_threads_hold_together(samples):
    emails = samples.json("list", "-n", "1000")
    bridge = [e for e in emails if e["subject"].removeprefix("Re: ") == "The footbridge at the old mill"]
    assert len(bridge) == 5 and len({e["threadId"] for e in bridge}) == 1
    collapsed = samples.json("list", "-n", "1000", "--threads")
    assert len(collapsed) == len({e["threadId"] for e in emails}) < 150


def test_malformed_query_says_where(samples):
    done = samples.run("search", "from:ines (harbour", status=1)
    assert "(" in done.stderr and "^" in done.stderr
    assert done.stdout == ""


def test_show_is_readable(samples):
    text = samples.out("show", by_subject(samples, "The Lantern 200: Ice on the gallery"))
    assert "From     The Lantern <editor@phare-mouettes.example>" in text
    assert "Subject  The Lantern 200: Ice on the gallery" in text
    assert "banner.png image/png" in text
    assert "a seal has taken possession" in text.lower()
    assert "<h1>" not in text
    assert "Date     Tue, 7 Jan 2025 06:00\n" in text and "\nReceived" not in text  # written at +0100; it came in that minute
    late = next(e["id"] for e in samples.json("list", "-n", "300") if samples.json("show", e["id"])[0]["sentAt"] is None)
    assert re.match(r"(?!.*^Date ).*^Received ", samples.out("show", late), re.M | re.S)


def test_html_becomes_text_with_its_links(samples):
    email = by_subject(samples, "Your order 7100: Marine varnish, 2.5 l")
    text = samples.out("show", email, "--text")
    assert "https://chandlery.example/orders/7100" in text and "48.90" in text and "<td>" not in text
    assert "<td>Marine varnish, 2.5 l</td>" in samples.out("show", email, "--html")


def test_headers_are_all_there(samples):
    headers = samples.out("show", by_subject(samples, "The key"), "--headers")
    assert headers.startswith("Status: RO\nMessage-ID: ")
    assert 'protocol="application/pgp-signature"' in headers


def test_parts_are_decoded(samples):
    email = by_subject(samples, "Lighthouse lamp room: the survey")
    (shown,) = samples.json("show", email)
    (part,) = shown["attachments"]
    data = samples.run("show", email, "--part", part["partId"], text=False).stdout
    assert data.startswith(b"%PDF-1.4") and len(data) == part["size"]
    assert base64.b64encode(data)[:40] in samples.run("show", email, "--raw", text=False).stdout


def test_broken_mail_is_listed_and_readable(samples):
    assert "forgot to say what its boundary is" in samples.out("show", by_subject(samples, "Scan from the office (no boundary)"))
    assert "smallest doll" in samples.out("show", by_subject(samples, "Dolls inside dolls"))
    assert "Nobody knows the charset" in samples.out("show", by_subject(samples, "A charset from the museum"))
    assert samples.run("show", by_subject(samples, "A message of headers only")).returncode == 0
    assert "en-tête" in samples.out("search", "from:ancienne") or samples.count("from:ancienne") == 1


def test_save_writes_attachments_and_overwrites_nothing(samples, tmp_path):
    email = by_subject(samples, "Lighthouse lamp room: the survey")
    first = samples.out("save", email, "-d", tmp_path).strip()
    second = samples.out("save", email, "-d", tmp_path).strip()
    assert first == f"{tmp_path}/lamp-room-survey.pdf"
    assert second == f"{tmp_path}/lamp-room-survey (2).pdf"
    assert (tmp_path / "lamp-room-survey.pdf").read_bytes() == (tmp_path / "lamp-room-survey (2).pdf").read_bytes()


def test_save_takes_pictures_between_the_text(facteur, tmp_path):
    message = (b"Subject: photo\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
               b"--b\r\nContent-Type: text/plain\r\n\r\nlook:\r\n--b\r\nContent-Type: image/png; name=x.png\r\n"
               b"Content-Disposition: inline\r\n\r\nPNG\r\n--b\r\nContent-Type: text/plain\r\n\r\nnice\r\n--b--\r\n")
    facteur.run("import", "-", input=message, text=False)
    (email,) = facteur.json("list")
    facteur.run("save", email["id"], "-d", tmp_path / "photo")
    assert os.listdir(tmp_path / "photo") == ["x.png"]


def test_file_names_keep_their_language_and_lose_their_slashes(facteur, tmp_path):
    message = (b"Subject: names\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
               b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename*=utf-8''%E5%9C%B0%E5%9B%B3.txt\r\n\r\nmap\r\n"
               b"--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename=\"../../escaped\"\r\n\r\nout\r\n--b--\r\n")
    facteur.run("import", "-", input=message, text=False)
    (email,) = facteur.json("list")
    target = tmp_path / "deep" / "er"
    target.parent.mkdir()
    facteur.run("save", email["id"], "-d", target)
    assert sorted(os.listdir(target)) == ["_.._escaped", "地図.txt"]
    assert not (tmp_path / "escaped").exists() and not (target.parent / "escaped").exists()


def test_table_fits_any_width(samples):
    for width in (20, 40, 80, 200):
        table = samples.out("list", "-n", "50", env={"COLUMNS": str(width)})
        assert max(display_width(line) for line in table.splitlines()) <= width


def test_a_narrow_table_leaves_columns_out_and_cuts_no_number(samples):
    total = str(samples.count("in:inbox"))
    for width, titles in ((32, "MAILBOX TOTAL UNREAD"), (40, "ACCOUNT MAILBOX TOTAL UNREAD"), (80, "ACCOUNT MAILBOX ROLE TOTAL UNREAD")):
        head, *rows = samples.out("mailboxes", env={"COLUMNS": str(width)}).splitlines()
        assert head.split() == ["ID", *titles.split()]
        (inbox,) = [row for row in rows if " Inbox " in row]
        assert total in inbox.split()
    for width, titles in ((40, "FROM SUBJECT"), (60, "DATE FROM SUBJECT"), (80, "DATE FROM SUBJECT SIZE")):
        head, *rows = samples.out("list", env={"COLUMNS": str(width)}).splitlines()
        assert head.split() == ["ID", *titles.split()]
        assert all(len(row[head.index("SUBJECT"):].strip()) >= 10 for row in rows if "Lantern" in row)


def display_width(text):
    return sum(0 if unicodedata.combining(c) or unicodedata.category(c) in ("Cf", "Mn") else
               2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_a_mail_cannot_talk_to_the_terminal(samples):
    (email,) = samples.json("search", "from:bell@tower.example")
    raw = samples.run("show", email["id"], "--raw", text=False).stdout
    assert b"\x1b]0;owned\x07" in raw
    for args in (("show", email["id"]), ("show", email["id"], "--text"), ("show", email["id"], "--headers"), ("list", "-n", "200")):
        shown = on_terminal(samples, *args, env={"NO_COLOR": "1"})
        assert "\x1b" not in shown and "\x07" not in shown and "\u202e" not in shown
    assert "\x1b" not in samples.out("list", "-n", "200")


def test_colours_are_for_terminals_only(samples):
    assert "\x1b[1m" in on_terminal(samples, "list")
    assert "\x1b" not in on_terminal(samples, "list", env={"NO_COLOR": "1"})
    assert "\x1b" not in samples.out("list")


def test_json_has_one_value_a_line(samples):
    for args in (("list",), ("search", "tide"), ("mailboxes",), ("account", "list"), ("plugin", "list"), ("doctor",), ("version",)):
        done = samples.run("--json", *args, status=None)
        assert all(isinstance(json.loads(line), dict) for line in done.stdout.splitlines()), args


def test_what_does_not_exist_is_told(samples):
    for args in (("show", "e1"), ("save", "e1"), ("flag", "e1", "+seen"), ("move", "e1", "archive"), ("delete", "e1"),
                 ("list", "-m", "Nowhere"), ("show", by_subject(samples, "The key"), "--part", "99"), ("account", "show", "nobody")):
        done = samples.run(*args, status=1)
        assert done.stdout == "" and done.stderr.startswith("facteur: "), args


def test_the_index_is_rebuilt_on_demand(samples):
    before = samples.out("search", "lighthouse")
    assert samples.out("rebuild") == "200 messages indexed\n"
    assert samples.json("rebuild") == [{"emails": 200, "corrected": 0, "tied": 0, "damaged": 0, "countersCorrected": False}]
    assert samples.out("search", "lighthouse") == before


def test_stats_counts_what_is_there(samples):
    counted = samples.json("stats", "--by", "year")[0]
    assert counted["total"]["messages"] == 200 and sum(u["counts"]["messages"] for u in counted["units"]) == 200
    said = samples.out("stats", "--by", "month", "-n", "3", "--senders", "2")
    assert said.startswith("200 messages: ") and "Mon  " in said and "Inbox" in said
    assert len([line for line in said.splitlines() if re.match(r"\d{4}-\d\d-01 ", line)]) == 3
    assert samples.json("stats", "is:flagged")[0]["total"]["messages"] == int(samples.out("count", "is:flagged"))
    assert samples.out("stats", "from:nobody-at-all").startswith("0 messages")
    samples.run("stats", "--by", "moon", status=2)
    samples.run("stats", "(broken", status=1)
