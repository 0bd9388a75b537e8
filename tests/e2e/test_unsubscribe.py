"""facteur unsubscribe: leaves a list with one request, or says how it is done by hand."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from discovery import Authority, Net  # noqa: E402

LIST = "list.example.test"
SIGNED = "DKIM-Signature: d=example.test; h=From:List-Unsubscribe:List-Unsubscribe-Post; b=BB=\n"
POST = "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"


@pytest.fixture
def net(tmp_path, facteur):
    with Net(Authority(tmp_path / "ca")) as n:
        n.dns.add(LIST, "A", "127.0.0.1")
        facteur.env.update(n.env)
        yield n


def letter(facteur, subject, extra):
    facteur.run("import", "-", input=f"From: News <news@example.test>\nTo: jane@example.org\nSubject: {subject}\nMessage-ID: <{subject}@x>\nDate: Thu, 30 Oct 2014 14:12:00 +0800\n{extra}\nHello.\n")
    [found] = facteur.json("search", f"subject:{subject}")
    return found["id"]


def test_a_list_is_left_with_one_request(net, facteur):
    id = letter(facteur, "news", f"{SIGNED}{POST}List-Unsubscribe: <https://{LIST}/leave?u=1>\n")
    said = facteur.run("unsubscribe", "--dry-run", id).stdout
    assert f"with one request to https://{LIST}/leave?u=1" in said and "nobody says" in said and net.https.posted == []
    assert "the list is left" in facteur.run("unsubscribe", id).stdout
    assert [(host, path, body) for host, path, _, body in net.https.posted] == [(LIST, "/leave?u=1", b"List-Unsubscribe=One-Click")]
    [r] = facteur.json("unsubscribe", id)
    assert r["status"] == 200 and r["emailId"] == id


def test_what_is_not_left_so_is_told_by_hand(net, facteur):
    id = letter(facteur, "unsigned", f"{POST}List-Unsubscribe: <mailto:leave@{LIST}?subject=a\x1b[31m>,\n <https://{LIST}/leave>\n")
    for args in (("unsubscribe", id), ("unsubscribe", "--dry-run", id)):
        done = facteur.run(*args, status=1)
        assert f"by hand: mailto:leave@{LIST}" in done.stderr and f"by hand: https://{LIST}/leave" in done.stderr and "\x1b" not in done.stderr
    assert "no signature" in facteur.run("unsubscribe", id, status=1).stderr
    none = letter(facteur, "plain", "")
    assert "does not offer" in facteur.run("unsubscribe", none, status=1).stderr
    assert "no message" in facteur.run("unsubscribe", "e999", status=1).stderr
    net.https.answers[LIST, "/leave"] = 404
    gone = letter(facteur, "gone", f"{SIGNED}{POST}List-Unsubscribe: <https://{LIST}/leave>\n")
    done = facteur.run("unsubscribe", gone, status=1)
    assert "status 404" in done.stderr and f"by hand: https://{LIST}/leave" in done.stderr and "left" not in done.stdout
    assert len(net.https.posted) == 1
