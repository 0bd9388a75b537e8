#!/usr/bin/env python3
"""A real Dovecot in a temporary directory, for tests and measurements.

    with Dovecot() as d:
        d.deliver("alice", b"Subject: hello\\r\\n\\r\\nhello\\r\\n")
        ... connect to d.host, d.imap_port (clear and STARTTLS) or d.imaps_port (TLS), user "alice", password "pass";
        ... d.ca is the authority to believe

Every user name exists and has the password "pass". It runs as root or as an ordinary user, listens on free ports
of the loopback only, and leaves nothing behind. From a shell:

    dovecot.py [--dir DIR] [--imap-port N] [--imaps-port N] [--capability "IMAP4rev1"] [--plugin acl] ...

prints one line of JSON (host, ports, pid, ca, dir, password) when it is ready and runs until SIGTERM, SIGINT or the end of
its standard input (--stay: signals only).
"""
import argparse
import contextlib
import json
import os
import pwd
import random
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time

PASSWORD = "pass"


def free_port():
    """One that nobody listens on. It is below those that the system gives to connections by itself: with others at work, one of
    those could be taken before the server has it."""
    with open("/proc/sys/net/ipv4/ip_local_port_range") as f:
        first = int(f.read().split()[0])
    for port in random.SystemRandom().sample(range(10_000, first), 100) if first > 20_000 else [0]:
        with socket.socket() as s, contextlib.suppress(OSError):
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            s.bind(("127.0.0.1", port))
            return s.getsockname()[1]
    raise RuntimeError("no port is free")


def _run(*args, cwd=None):
    done = subprocess.run(args, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(args)}: {done.stdout.decode(errors='replace')}")


class Certificates:
    """An authority and what it signs, made by the openssl program.

    ca.pem     the authority                      server.pem/key    localhost, 127.0.0.1, ::1
    expired.pem/key   the same, but over since 2021     foreign.pem/key   valid, for mail.example.net only
    other-ca.pem      an authority that signed nothing here
    """

    CONFIG = """
[ca]
default_ca = me
[me]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
[server]
basicConstraints = CA:FALSE
subjectAltName = DNS:localhost,IP:127.0.0.1,IP:::1
[foreign]
basicConstraints = CA:FALSE
subjectAltName = DNS:mail.example.net
"""

    def __init__(self, directory):
        self.dir = directory
        os.makedirs(directory, exist_ok=True)
        self.ca = os.path.join(directory, "ca.pem")
        if os.path.exists(os.path.join(directory, "foreign.pem")):
            return
        for name, text in (("ca.cnf", self.CONFIG), ("index.txt", ""), ("serial", "1000\n")):
            with open(os.path.join(directory, name), "w") as f:
                f.write(text)
        for name in ("ca", "other-ca"):
            _run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                 "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "3650", "-subj", f"/CN=Facteur test {name}",
                 cwd=directory)
        self._sign("server", "server", "localhost", "20200101000000Z", "20491231235959Z")
        self._sign("expired", "server", "localhost", "20200101000000Z", "20210101000000Z")
        self._sign("foreign", "foreign", "mail.example.net", "20200101000000Z", "20491231235959Z")

    def _sign(self, name, section, cn, start, end):
        _run("openssl", "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
             f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={cn}", cwd=self.dir)
        _run("openssl", "ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key", "-extensions",
             section, "-startdate", start, "-enddate", end, "-notext", "-in", f"{name}.csr", "-out", f"{name}.pem",
             cwd=self.dir)


class Dovecot:
    """
    directory     where everything lives; made and removed with the object when not given
    certs         a Certificates to share between instances; made when not given
    certificate   "server", "expired" or "foreign"
    capability    the whole capability string after login, to switch extensions off; "+X" adds, "-X" removes
    tls           False: no TLS at all
    mechanisms    SASL mechanisms
    mail_format   "maildir", "sdbox" or "mdbox"
    compress      offers COMPRESS=DEFLATE
    pop3          serves POP3 too, at pop3_port (clear and STLS) and pop3s_port (TLS); dovecot-pop3d must be installed
    extra         more lines for dovecot.conf
    """

    host = "127.0.0.1"
    password = PASSWORD
    # After login, with IMAP's own plugins only; what `capability` can be made of.
    CAPABILITY = ("IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE SORT SORT=DISPLAY THREAD=REFERENCES THREAD=REFS THREAD=ORDEREDSUBJECT "
                  "MULTIAPPEND URL-PARTIAL CATENATE UNSELECT CHILDREN NAMESPACE UIDPLUS LIST-EXTENDED I18NLEVEL=1 CONDSTORE QRESYNC ESEARCH "
                  "ESORT SEARCHRES WITHIN CONTEXT=SEARCH LIST-STATUS BINARY MOVE SNIPPET=FUZZY PREVIEW=FUZZY PREVIEW STATUS=SIZE SAVEDATE "
                  "LITERAL+ NOTIFY SPECIAL-USE")

    @staticmethod
    def is_there():
        return shutil.which("dovecot") is not None

    @staticmethod
    def has_pop3():
        return os.path.exists("/usr/lib/dovecot/pop3")

    def url(self, user):
        return f"imap://{user}@localhost:{self.imap_port}" + ("?tls=starttls" if self.tls else "?tls=none")

    def add_user(self, user):
        """Nothing to do: every name exists."""

    def __init__(self, directory=None, certs=None, certificate="server", capability=None, tls=True,
                 mechanisms="plain login scram-sha-256 scram-sha-1", mail_format="maildir", compress=True,
                 imap_port=None, imaps_port=None, extra="", pop3=False):
        self._own_dir = directory is None
        self.dir = os.path.abspath(directory or tempfile.mkdtemp(prefix="facteur-dovecot-"))
        os.makedirs(self.dir, exist_ok=True)
        os.chmod(self.dir, 0o755)   # the processes of the mail user go through it
        self.certs = certs
        self.certificate = certificate
        self.capability = capability
        self.tls = tls
        self.mechanisms = mechanisms
        self.mail_format = mail_format
        self.compress = compress
        self.imap_port = imap_port or free_port()
        self.imaps_port = (imaps_port or free_port()) if tls else None
        self.pop3_port = free_port() if pop3 else None
        self.pop3s_port = free_port() if pop3 and tls else None
        self.extra = extra + (self._pop3_config() if pop3 else "")
        self.process = None
        root = os.getuid() == 0
        me = pwd.getpwuid(os.getuid()).pw_name
        # Dovecot never serves mail as root.
        self.mail_user = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.getuid())
        self.internal_user, self.login_user = ("dovecot", "dovenull") if root else (me, me)

    # ---- life ------------------------------------------------------------------------------------------------

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def ca(self):
        return self.certs.ca if self.certs else None

    @property
    def pid(self):
        return self.process.pid if self.process else None

    @property
    def log_path(self):
        return os.path.join(self.dir, "dovecot.log")

    def log(self):
        try:
            with open(self.log_path, errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""

    def start(self, timeout=15):
        if self.tls and not self.certs:
            self.certs = Certificates(os.path.join(self.dir, "certs"))
        for sub in ("run", "state", "mail"):
            os.makedirs(os.path.join(self.dir, sub), exist_ok=True)
        self._give(os.path.join(self.dir, "mail"))
        config = os.path.join(self.dir, "dovecot.conf")
        with open(config, "w") as f:
            f.write(self._config())
        with open(os.path.join(self.dir, "stderr"), "ab") as out:
            self.process = subprocess.Popen(["dovecot", "-F", "-c", config], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out)
        try:
            self._wait_ready(timeout)
        except Exception:
            self.stop()
            raise

    def _wait_ready(self, timeout):
        deadline = time.monotonic() + timeout
        while True:
            try:
                with socket.create_connection((self.host, self.imap_port), 1) as s:
                    s.settimeout(5)
                    if s.recv(4) == b"* OK":
                        return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(os.path.join(self.dir, "stderr"), errors="replace") as f:
                    raise RuntimeError(f"dovecot does not start: {f.read()}{self.log()}")
            time.sleep(0.02)

    def kill_connections(self):
        """Drops every client as a crash would; the server goes on."""
        for pid in self._children():
            try:
                with open(f"/proc/{pid}/comm") as f:
                    name = f.read().strip()
                if name in ("imap", "imap-login", "pop3", "pop3-login"):
                    os.kill(pid, signal.SIGKILL)
            except (OSError, ProcessLookupError):
                pass

    def _children(self):
        try:
            with open(f"/proc/{self.pid}/task/{self.pid}/children") as f:
                return [int(pid) for pid in f.read().split()]
        except OSError:
            return []

    def stop(self):
        if self.process and self.process.poll() is None:
            children = self._children()
            # Asked nicely it takes seconds to end; where nothing of it is kept there is no need to.
            self.process.send_signal(signal.SIGKILL if self._own_dir else signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            # Those that still serve a client outlive their master by a few seconds, and hold its directory.
            for pid in children:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        self.process = None
        if self._own_dir:
            shutil.rmtree(self.dir, ignore_errors=True)

    def pause(self):
        """Ends it; its mail stays, for start()."""
        own, self._own_dir = self._own_dir, False
        self.stop()
        self._own_dir = own

    def restart(self):
        self.pause()
        self.start()

    # ---- mail ------------------------------------------------------------------------------------------------

    def maildir(self, user, mailbox="INBOX"):
        """The Maildir of a mailbox ("maildir" format only; made when it is not there)."""
        path = os.path.join(self.dir, "mail", user, "Maildir")
        if mailbox != "INBOX":
            path = os.path.join(path, "." + mailbox.replace("/", "."))
        if not os.path.isdir(os.path.join(path, "new")):
            for sub in ("tmp", "new", "cur"):
                os.makedirs(os.path.join(path, sub), exist_ok=True)
            if mailbox != "INBOX":
                open(os.path.join(path, "maildirfolder"), "w").close()
            self._give(os.path.join(self.dir, "mail", user))
            for root, dirs, files in os.walk(os.path.join(self.dir, "mail", user)):
                for name in dirs + files:
                    self._give(os.path.join(root, name))
        return path

    _count = 0

    def deliver(self, user, message, mailbox="INBOX", flags=None):
        """Puts a message (bytes, kept exactly) into a mailbox; `flags` as Maildir letters ("S" seen). Its file name."""
        Dovecot._count += 1
        name = f"{time.time():.6f}.P{os.getpid()}Q{Dovecot._count}.test,S={len(message)}"
        path = self.maildir(user, mailbox)
        tmp = os.path.join(path, "tmp", name)
        with open(tmp, "wb") as f:
            f.write(message)
        self._give(tmp)
        final = os.path.join(path, "new", name) if flags is None else os.path.join(path, "cur", f"{name}:2,{flags}")
        os.rename(tmp, final)
        return final

    def doveadm(self, *args):
        """Runs doveadm against this instance: doveadm("flags", "-u", "alice", "add", "\\\\Seen", "mailbox", "INBOX", "all")."""
        done = subprocess.run(["doveadm", "-c", os.path.join(self.dir, "dovecot.conf"), *args], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if done.returncode != 0:
            raise RuntimeError(f"doveadm {' '.join(args)}: {done.stderr.decode(errors='replace')}")
        return done.stdout.decode()

    def _give(self, path):
        if os.getuid() == 0:
            os.chown(path, self.mail_user.pw_uid, self.mail_user.pw_gid)

    # ---- configuration ---------------------------------------------------------------------------------------

    def _pop3_config(self):
        # The size is that of the file, which has CRLF as it stands: LIST is exact.
        return f"""
protocols = imap pop3
pop3_lock_session = yes
service pop3-login {{
  chroot =
  service_count = 0
  client_limit = 1000
  inet_listener pop3 {{
    address = 127.0.0.1
    port = {self.pop3_port}
  }}
  inet_listener pop3s {{
    address = 127.0.0.1
    port = {self.pop3s_port or 0}
    ssl = yes
  }}
}}
service pop3 {{
  process_limit = 200
}}
"""

    def _config(self):
        d = self.dir
        location = {"maildir": "maildir:~/Maildir", "sdbox": "sdbox:~/sdbox", "mdbox": "mdbox:~/mdbox"}[self.mail_format]
        plugins = " imap_zlib" if self.compress else ""
        # Without its plugin Dovecot does not offer COMPRESS.
        capability = f"  imap_capability = {self.capability}\n" if self.capability else ""
        if self.tls:
            cert = os.path.join(self.certs.dir, self.certificate)
            tls = f"ssl = yes\nssl_cert = <{cert}.pem\nssl_key = <{cert}.key\nssl_dh =\nssl_min_protocol = TLSv1.2\n"
        else:
            tls = "ssl = no\n"
        return f"""
base_dir = {d}/run
state_dir = {d}/state
log_path = {self.log_path}
auth_debug = no
protocols = imap
listen = 127.0.0.1
instance_name = facteur-test
default_internal_user = {self.internal_user}
default_login_user = {self.login_user}
default_internal_group = {_group(self.internal_user)}
first_valid_uid = 1
first_valid_gid = 0
mail_uid = {self.mail_user.pw_uid}
mail_gid = {self.mail_user.pw_gid}
mail_home = {d}/mail/%u
mail_location = {location}
mail_max_userip_connections = 200
mailbox_list_index = yes
disable_plaintext_auth = no
auth_mechanisms = {self.mechanisms}
auth_failure_delay = 0
auth_verbose = no
maildir_very_dirty_syncs = no
mail_fsync = never
{tls}
passdb {{
  driver = static
  args = password={self.password}
}}
userdb {{
  driver = static
  args = uid={self.mail_user.pw_uid} gid={self.mail_user.pw_gid} home={d}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Drafts {{
    auto = subscribe
    special_use = \\Drafts
  }}
  mailbox Sent {{
    auto = subscribe
    special_use = \\Sent
  }}
  mailbox Trash {{
    auto = subscribe
    special_use = \\Trash
  }}
  mailbox Junk {{
    auto = subscribe
    special_use = \\Junk
  }}
  mailbox Archive {{
    auto = subscribe
    special_use = \\Archive
  }}
}}
protocol imap {{
  mail_plugins ={plugins}
{capability}}}
service anvil {{
  chroot =
  # No delay after failed logins.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  client_limit = 1000
  inet_listener imap {{
    address = 127.0.0.1
    port = {self.imap_port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {self.imaps_port or 0}
    ssl = yes
  }}
}}
service imap {{
  process_limit = 200
  service_count = 200
}}
{self.extra}
"""


def _group(user):
    import grp
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


def main():
    p = argparse.ArgumentParser(description="Runs a Dovecot of its own in a directory.")
    p.add_argument("--dir")
    p.add_argument("--imap-port", type=int)
    p.add_argument("--imaps-port", type=int)
    p.add_argument("--capability")
    p.add_argument("--certificate", default="server", choices=("server", "expired", "foreign"))
    p.add_argument("--no-tls", action="store_true")
    p.add_argument("--no-compress", action="store_true")
    p.add_argument("--mechanisms", default="plain login scram-sha-256 scram-sha-1")
    p.add_argument("--mail-format", default="maildir", choices=("maildir", "sdbox", "mdbox"))
    p.add_argument("--stay", action="store_true", help="run until a signal, whatever happens to standard input")
    a = p.parse_args()
    d = Dovecot(directory=a.dir, certificate=a.certificate, capability=a.capability, tls=not a.no_tls,
                mechanisms=a.mechanisms, mail_format=a.mail_format,
                compress=not a.no_compress, imap_port=a.imap_port, imaps_port=a.imaps_port)

    def leave(*_):
        raise SystemExit(0)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    with d:
        print(json.dumps({"host": d.host, "imap_port": d.imap_port, "imaps_port": d.imaps_port, "pid": d.pid,
                          "ca": d.ca, "dir": d.dir, "password": PASSWORD}), flush=True)
        if a.stay:
            while True:
                signal.pause()
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
