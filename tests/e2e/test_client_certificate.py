"""Signing in with a client certificate (EXTERNAL), against a real Dovecot, and a Postfix that takes Dovecot's word."""
import os

import pytest

from dovecot import Certificates, Dovecot

pytestmark = [pytest.mark.skipif(not Dovecot.is_there() or not Dovecot.has_pop3(), reason="there is no Dovecot"), pytest.mark.xdist_group("certificate")]

CONFIG = """
ssl_ca = <{ca}
ssl_verify_client_cert = yes
ssl_require_crl = no
auth_ssl_require_client_cert = {required}
auth_ssl_username_from_cert = yes
ssl_cert_username_field = commonName
passdb {{
  driver = static
  mechanisms = external
  args = nopassword
}}
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    certs = Certificates(str(tmp_path_factory.mktemp("certs")))
    for name, user in (("alice", "alice"), ("bob", "bob")):
        certs._sign(name, "server", user, "20200101000000Z", "20491231235959Z")
    with Dovecot(certs=certs, mechanisms="plain external", pop3=True, extra=CONFIG.format(ca=certs.ca, required="no")) as d:
        d.deliver("alice", b"From: a@example.org\r\nSubject: one\r\n\r\nhello\r\n")
        yield d


def pair(server, name):
    return "--cert", os.path.join(server.certs.dir, f"{name}.pem"), "--key", os.path.join(server.certs.dir, f"{name}.key")


def add(facteur, server, source, *more, status=0):
    return facteur.run("account", "add", "alice@example.org", "--user", "alice", "--source", source, "--ca", server.ca, *more, status=status)


@pytest.mark.parametrize("scheme", ["imaps", "imap", "pop3s"])
def test_no_password_is_needed(facteur, server, scheme):
    port = {"imaps": server.imaps_port, "imap": server.imap_port, "pop3s": server.pop3s_port}[scheme]
    done = add(facteur, server, f"{scheme}://localhost:{port}", *pair(server, "alice"))
    assert "signed in to localhost" in done.stdout and "assword" not in done.stderr
    facteur.run("sync")
    assert facteur.count("subject:one") == 1


def test_the_server_says_who_it_is(facteur, server):
    """The certificate's name counts: bob's mailbox, whatever the account is called."""
    add(facteur, server, f"imaps://localhost:{server.imaps_port}", *pair(server, "bob"))
    facteur.run("sync")
    assert facteur.count("subject:one") == 0


def test_what_cannot_be_used_is_named(facteur, server, tmp_path):
    source = f"imaps://localhost:{server.imaps_port}"
    cert, key = pair(server, "alice")[1::2]
    assert "cannot read" in add(facteur, server, source, "--cert", "/nonexistent", status=1).stderr
    assert f"the key {server.certs.dir}/bob.key cannot be used" in add(facteur, server, source, "--cert", cert, "--key", os.path.join(server.certs.dir, "bob.key"), status=1).stderr
    assert f"the client certificate {key} cannot be used" in add(facteur, server, source, "--cert", key, status=1).stderr
    locked = tmp_path / "locked.key"
    os.system(f"openssl pkey -in {key} -aes256 -passout pass:secret -out {locked}")
    assert "has a passphrase" in add(facteur, server, source, "--cert", cert, "--key", locked, status=1).stderr
    done = add(facteur, server, source, "--cert", cert, "--key", key, "--transport", "smtps://localhost", "--set", "transportCertFile=/nonexistent", status=1)
    assert "transport: the client certificate /nonexistent cannot be used" in done.stderr
    done = add(facteur, server, source, "--set", "auth=external", status=1)
    assert "sign" in done.stderr and facteur.json("account", "list")[0]["isLocal"]


def test_a_password_may_be_wanted_all_the_same(facteur, server):
    done = facteur.run("account", "add", "alice@example.org", "--user", "alice", "--source", f"imaps://localhost:{server.imaps_port}", "--ca", server.ca,
                       *pair(server, "alice"), "--set", "auth=plain", "--password-stdin", input="pass\n")
    assert "signed in" in done.stdout
    facteur.run("account", "set", "alice", *pair(server, "alice"), "--set", "auth=null")
    facteur.run("sync")
