"""An account from its address alone."""
import pathlib
import sys

import pytest

from e2e import Dialogue, fill, no_secret_in_logs

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from discovery import Authority, Net, config  # noqa: E402

D = "example.test"
MAIL = "/mail/config-v1.1.xml"


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def net(authority, facteur):
    with Net(authority) as n:
        facteur.env.update(n.env)
        yield n


def served(net, dovecot, domain=D):
    """The domain's own host tells that its mail is on this Dovecot, for the user alice."""
    net.dns.add(f"autoconfig.{domain}", "A", "127.0.0.1")
    net.https.documents[f"autoconfig.{domain}", MAIL] = config(domain, imap="localhost", user="alice", port=dovecot.imaps_port)


def test_an_address_and_a_password_are_enough(net, facteur, dovecot):
    fill(dovecot, "alice", 3)
    served(net, dovecot)
    done = facteur.run("account", "add", f"alice@{D}", "--ca", dovecot.ca, "--password-stdin", input=dovecot.password + "\n")
    assert f"alice@{D}: Mail of {D}" in done.stderr and f"imap at localhost, port {dovecot.imaps_port}" in done.stderr and "from the provider" in done.stderr
    assert "signed in to localhost" in done.stdout and "added as" in done.stdout
    assert "sending does not work yet: " in done.stderr and f"smtp.{D}" in done.stderr  # there is none, and mail can be read
    (account,) = facteur.json("account", "show", f"alice@{D}")
    assert account["source"] == f"imaps://alice@localhost:{dovecot.imaps_port}" and account["transport"] == f"smtps://alice@smtp.{D}:465"
    facteur.run("sync")
    assert facteur.count() == 3
    assert all(dovecot.password not in path for _, path in net.https.asked)
    no_secret_in_logs(facteur, dovecot.password + "\n")


def test_a_domain_in_letters_of_any_script_works_as_well(net, facteur, dovecot):
    served(net, dovecot, "xn--mller-kva.test")
    facteur.run("account", "add", "alice@müller.test", "--ca", dovecot.ca, "--password-stdin", input=dovecot.password + "\n")
    (account,) = facteur.json("account", "show", "alice@müller.test")
    assert account["address"] == "alice@müller.test" and account["source"].startswith("imaps://alice@localhost")


def test_only_the_password_is_asked_for_on_a_terminal(net, facteur, dovecot):
    served(net, dovecot)
    t = Dialogue(facteur, "account", "add", f"alice@{D}", "--ca", dovecot.ca, columns=200)
    t.wait_for(f"Looking for the servers of alice@{D}")
    t.wait_for(f"Password of alice@{D}: ")
    t.type(dovecot.password + "\n")
    assert t.end() == 0 and "added as" in t.out


def test_what_is_given_goes_before_what_is_found(net, facteur, dovecot):
    served(net, dovecot)
    facteur.run("account", "add", f"jane@{D}", "--user", "bob", "--transport", "smtps://bob@smtp.example.net", "--no-check", "--password-stdin", input="x\n")
    (account,) = facteur.json("account", "show", f"jane@{D}")
    assert account["source"] == f"imaps://bob@localhost:{dovecot.imaps_port}" and account["transport"] == "smtps://bob@smtp.example.net"


def test_what_the_provider_wants_is_said_before_the_password_is_asked_for(net, facteur):
    done = facteur.run("account", "add", "jane@gmail.com", "--no-check", "--password-stdin", input="x\n")
    assert "app password" in done.stderr and "https://support.google.com/" in done.stderr
    (account,) = facteur.json("account", "show", "jane@gmail.com")
    assert account["source"] == "imaps://jane%40gmail.com@imap.gmail.com:993"


def test_a_user_name_that_cannot_be_told_is_asked_for(net, facteur):
    net.dns.add(D, "MX", (10, "mx01.mail.icloud.com"))
    done = facteur.run("account", "add", f"jane@{D}", "--no-check", "--password-stdin", input="x\n", status=1)
    assert "--user" in done.stderr
    facteur.run("account", "add", f"jane@{D}", "--user", "jane@icloud.com", "--no-check", "--password-stdin", input="x\n")
    assert facteur.json("account", "show", f"jane@{D}")[0]["source"] == "imaps://jane%40icloud.com@imap.mail.me.com:993"


def test_where_nothing_is_found_nothing_is_added(net, facteur):
    done = facteur.run("account", "add", f"jane@{D}", "--password-stdin", input="x\n", status=1)
    assert "there is no such domain" in done.stderr  # a slip of the pen is what it is most often
    assert "--source" in done.stderr and "account discover" in done.stderr and [a["isLocal"] for a in facteur.json("account", "list")] == [True]


def test_what_kept_it_from_looking_is_told(net, facteur):
    net.dns.broken.add(D)
    done = facteur.run("account", "add", f"jane@{D}", "--password-stdin", input="x\n", status=1)
    assert f"facteur: MX of {D}: " in done.stderr and "no such domain" not in done.stderr


def test_a_host_that_could_be_forged_is_used_on_the_users_word_only(net, facteur):
    net.dns.add(f"_imaps._tcp.{D}", "SRV", (0, 1, 993, "imap.evil.example"))
    net.dns.add(f"_submissions._tcp.{D}", "SRV", (0, 1, 465, f"smtp.{D}"))
    done = facteur.run("account", "add", f"jane@{D}", "--no-check", "--password-stdin", input="x\n", status=1)
    assert "imap.evil.example" in done.stderr and "outside of" in done.stderr
    for answer, status in (("n\n", 1), ("\n", 1), ("y\n", 0)):
        t = Dialogue(facteur, "account", "add", f"jane@{D}", "--no-check", columns=200)
        t.wait_for("[y/N]")
        t.type(answer)
        if status == 0:
            t.wait_for("Password of")
            t.type("secret\n")
        assert t.end() == status, t.out
    assert [a["address"] for a in facteur.json("account", "list") if not a["isLocal"]] == [f"jane@{D}"]


def test_a_yes_to_one_foreign_host_is_none_to_another(net, facteur):
    net.dns.add(f"_imaps._tcp.{D}", "SRV", (0, 1, 993, "imap.hoster.example"))
    net.dns.add(f"_submissions._tcp.{D}", "SRV", (0, 1, 465, "smtp.evil.example"))
    for answer, status in (("n\n", 1), ("y\n", 0)):
        t = Dialogue(facteur, "account", "add", f"jane@{D}", "--no-check", columns=200)
        t.wait_for("mail is at imap.hoster.example, which is outside")
        t.type("y\n")
        t.wait_for("mail is at smtp.evil.example, which is outside")
        t.type(answer)
        if status == 0:
            t.wait_for("Password of")
            t.type("secret\n")
        assert t.end() == status, t.out
    t = Dialogue(facteur, "account", "add", f"jim@{D}", "--no-check", "--transport", f"smtps://smtp.{D}", columns=200)
    t.wait_for("imap.hoster.example, which is outside")
    t.type("y\n")
    t.wait_for("Password of")
    t.type("secret\n")
    assert t.end() == 0, t.out
    assert [a["transport"] for a in facteur.json("account", "list") if a["address"] == f"jim@{D}"][0].startswith(f"smtps://smtp.{D}")


def test_discover_says_what_it_found_and_where_it_looked(net, facteur, dovecot):
    served(net, dovecot)
    out = facteur.out("account", "discover", f"alice@{D}")
    assert f"Mail of {D}" in out and "autoconfig" in out and f"https://autoconfig.{D}{MAIL}" in out and "not needed" in out
    (found,) = facteur.json("account", "discover", f"alice@{D}")
    assert found["source"]["host"] == "localhost" and [s["step"] for s in found["steps"]] == ["table", "mx", "autoconfig", "database", "srv", "guess"]
    (found,) = facteur.json("account", "discover", f"alice@{D}", "--skip", "autoconfig", "--skip", "guess", "--timeout", "5", status=1)
    assert found["source"] is None and [s["result"] for s in found["steps"]] == ["nothing", "nothing", "skipped", "nothing", "nothing", "skipped"]
    assert "no domain" in facteur.run("account", "discover", "jane@localhost", status=1).stderr
    assert [a["isLocal"] for a in facteur.json("account", "list")] == [True]
