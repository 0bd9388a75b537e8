"""Certificates that nobody vouches for, ones that change, and servers that speak old TLS only."""
import contextlib
import re
import shlex
import ssl
import subprocess
import threading

import pytest

from dovecot import Dovecot, free_port
from e2e import wait_until
from smtp_sink import Sink


def self_signed(certificates, name):
    """A certificate of the server's own, as its first start made it."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", f"{name}.key", "-out",
                    f"{name}.pem", "-days", "30", "-subj", f"/CN={name}.example.org"], cwd=certificates.dir, check=True, capture_output=True)
    out = subprocess.run(["openssl", "x509", "-in", f"{name}.pem", "-noout", "-fingerprint", "-sha256"], cwd=certificates.dir, check=True, capture_output=True, text=True)
    return name, out.stdout.strip().partition("=")[2]


@pytest.fixture(scope="module")
def own(certificates):
    return self_signed(certificates, "first"), self_signed(certificates, "second")


def add(facteur, port, *more, user="alice", password="pass", **kw):
    return facteur.run("account", "add", f"{user}@example.org", "--user", user, "--source", f"imaps://localhost:{port}", "--password-stdin", *more,
                       input=password + "\n", **kw)


def test_one_certificate_is_trusted_after_its_fingerprint_was_shown(facteur, certificates, own):
    (first, fingerprint), (second, other) = own
    with Dovecot(certs=certificates, certificate=first) as d:
        port = d.imaps_port
        told = add(facteur, port, "--name", "at Anna's", status=1).stderr
        assert fingerprint in told and "CN=first.example.org" in told and "self-signed" in told and "was not added" in told
        assert re.search(r"valid +20\d\d-\d\d-\d\d to 20\d\d-\d\d-\d\d", told)
        wrong = add(facteur, port, "--trust", f"localhost:{port}={other}", status=1).stderr
        assert fingerprint in wrong and other in wrong
        shown = next(line for line in told.splitlines() if line.startswith("  facteur account add "))
        facteur.run(*shlex.split(shown)[1:], input="pass\n")  # as it was shown: for the same user, asked in the same way
        facteur.run("sync")
        (account,) = facteur.json("account", "show", "alice@example.org")
        assert account["settings"]["certificates"] == {f"localhost:{port}": fingerprint}
        assert account["name"] == "at Anna's" and account["settings"]["user"] == "alice"

    with Dovecot(certs=certificates, certificate=second, imaps_port=port):  # whose is that?
        failed = facteur.run("account", "check", "alice", status=1).stderr
        assert fingerprint in failed and other in failed and "changed" in failed
        facteur.run("sync", status=1)

        def error():
            return facteur.json("account", "show", "alice")[0]["syncState"]["lastError"]
        wait_until(lambda: error() and error()["type"] == "tls")
        shown = error()["certificate"]
        assert shown["isChanged"] and shown["sha256"] == other and shown["trustedSha256"] == fingerprint and shown["port"] == port
        assert fingerprint in error()["message"] and other in error()["message"] and error()["requiresUserAction"]
        new = re.search(r"^  (facteur account set .* --trust \S+)$", failed, re.M).group(1).split()[1:]
        assert facteur.run(*new).returncode == 0
        facteur.run("sync")
        removed = facteur.run("account", "set", "alice", "--trust", f"localhost:{port}=", status=1).stderr
        assert "self-signed" in removed and "not changed" in removed


@pytest.mark.parametrize("certificate", ["server", "expired", "foreign"])
def test_whatever_is_wrong_with_it_is_said_and_its_fingerprint_with_it(facteur, certificates, certificate):
    why = {"server": "issuer that this computer does not know", "expired": "has expired", "foreign": "another host name"}[certificate]
    ca = () if certificate == "server" else ("--ca", certificates.ca)
    with Dovecot(certs=certificates, certificate=certificate) as d:
        told = add(facteur, d.imaps_port, *ca, status=1).stderr
        assert why in told and "SHA-256" in told
        value = re.search(r"--trust (\S+)$", told, re.M).group(1)
        add(facteur, d.imaps_port, "--trust", value)
        facteur.run("sync")


class TlsSink(Sink):
    def __init__(self, certificates, certificate):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(f"{certificates.dir}/{certificate}.pem", f"{certificates.dir}/{certificate}.key")
        super().__init__(extensions=("AUTH PLAIN",))

    def _serve(self, s):
        with contextlib.suppress(OSError):  # the client may not believe it
            super()._serve(self.context.wrap_socket(s, server_side=True))


def test_the_server_that_mail_is_sent_over_has_a_certificate_of_its_own(facteur, certificates, own):
    (first, fingerprint), _ = own
    with Dovecot(certs=certificates) as d, TlsSink(certificates, first) as sink:
        to = ("--ca", certificates.ca, "--transport", f"smtps://alice@localhost:{sink.port}")
        told = add(facteur, d.imaps_port, *to, status=1).stderr
        assert f"--trust localhost:{sink.port}={fingerprint}" in told and "transport" in told and not sink.commands
        add(facteur, d.imaps_port, *to, "--trust", f"localhost:{sink.port}={fingerprint}")
        assert any(c.startswith("AUTH PLAIN") for c in sink.commands)


def test_a_fingerprint_that_is_none_is_refused(facteur):
    assert "HOST:PORT" in add(facteur, 1, "--trust", "AB:CD", status=2).stderr
    assert "fingerprint" in add(facteur, 1, "--no-check", "--trust", "localhost:993=AB:CD", status=1).stderr
    assert "not HOST:PORT" in add(facteur, 1, "--no-check", "--trust", "localhost=" + "ab" * 32, status=1).stderr


class OldServer:
    """`openssl s_server` that speaks TLS 1.1 and nothing newer, and an IMAP server behind it that lets nobody in."""

    def __init__(self, certificates):
        self.port = free_port()
        self.process = subprocess.Popen(["openssl", "s_server", "-tls1_1", "-cipher", "ALL:@SECLEVEL=0", "-accept", str(self.port), "-quiet", "-cert",
                                         certificates.dir + "/server.pem", "-key", certificates.dir + "/server.key"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.heard = []
        threading.Thread(target=self._answer, daemon=True).start()

    def _answer(self):
        self._say(b"* OK [CAPABILITY IMAP4rev1] old")
        for line in self.process.stdout:
            tag, command = line.split()[:2]
            self.heard.append(line.decode())
            self._say(tag + b" NO [AUTHENTICATIONFAILED] no")

    def _say(self, line):
        try:
            self.process.stdin.write(line + b"\r\n")
            self.process.stdin.flush()
        except (BrokenPipeError, ValueError):
            pass

    def __enter__(self):
        wait_until(self._listens)
        return self

    def _listens(self):
        with open("/proc/net/tcp") as a, open("/proc/net/tcp6") as b:  # a connection would be one of its own
            return any(f":{self.port:04X} " in line and " 0A " in line for line in [*a, *b])

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()


def test_an_old_server_is_spoken_to_on_the_users_word_with_a_warning(facteur, certificates):
    with OldServer(certificates) as old:
        told = add(facteur, old.port, "--ca", certificates.ca, status=1).stderr
        assert "nothing newer than TLS 1.1" in told and "tlsMinimum=1.0" in told and not old.heard
    with OldServer(certificates) as old:  # what it reads from its stdin has gone with the first connection
        told = add(facteur, old.port, "--ca", certificates.ca, "--set", "tlsMinimum=1.1", status=1).stderr
        assert "nothing newer" not in told and any("LOGIN" in line for line in old.heard)  # it was spoken to
    add(facteur, old.port, "--no-check", "--set", 'tlsMinimum="1.0"')
    assert "TLS 1.0 or 1.1 is allowed" in facteur.out("account", "show", "alice")
    facteur.run("account", "set", "alice", "--no-check", "--set", 'tlsMinimum="1.2"')
    facteur.run("account", "dismiss", "alice")
    facteur.run("account", "set", "alice", "--no-check", "--set", "tlsMinimum=1.1")  # which is no number
    assert "TLS 1.0 or 1.1 is allowed" in facteur.out("account", "show", "alice")
