"""A real Postfix for tests: a submission server of its own, in a temporary directory, on free ports, with SASL by a Dovecot.

It runs from build/servers/postfix (tests/support/unpack_servers puts it there) or as installed, and only as root: its master gives each
of its processes another user. What is sent to example.net comes into a Maildir; nothing ever leaves the machine.
"""
import grp
import mailbox
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile
import time

import unpacked
from dovecot import free_port

OWNER, GROUP = "news", "uucp"   # users that Debian always has; Postfix's own come with its installation
PROGRAM = "usr/lib/postfix/sbin/master"
QUEUE = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace", "maildrop", "public")

MAIN = """
compatibility_level = 3.6
queue_directory = {dir}/spool
data_directory = {dir}/data
meta_directory = {dir}/etc
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = no
mail_owner = {owner}
setgid_group = {group}
default_privs = nobody
import_environment = MAIL_CONFIG TZ LANG=C LD_LIBRARY_PATH
maillog_file = {dir}/maillog
maillog_file_prefixes = {dir}
myhostname = mx.example.net
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
alias_database =
default_transport = discard:
relay_transport = discard:
virtual_mailbox_domains = example.net
virtual_mailbox_base = {dir}/mail
virtual_mailbox_maps = static:all/
virtual_minimum_uid = 1
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
smtpd_tls_cert_file = {cert}.pem
smtpd_tls_key_file = {cert}.key
smtpd_tls_security_level = encrypt
smtpd_sasl_auth_enable = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{auth_port}
smtpd_relay_restrictions = permit_sasl_authenticated, reject
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ refused@example.net = 550 5.1.1 no such user }} }}, permit_sasl_authenticated, reject
smtpd_discard_ehlo_keywords = {discard}
"""

MASTER = """
postlog unix-dgram n - n - 1 postlogd
{starttls_port} inet n - n - - smtpd
{tls_port} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
scache unix - - n - 1 scache
proxymap unix - - n - - proxymap
"""


def auth_listener(port):
    """More lines for the Dovecot whose users may send."""
    return f"service auth {{\n  inet_listener {{\n    address = 127.0.0.1\n    port = {port}\n  }}\n}}\n"


class Postfix:
    """`discard`: extensions that it does not offer."""

    @staticmethod
    def is_there():
        return os.getuid() == 0 and unpacked.find("postfix", PROGRAM) is not None

    def __init__(self, certs, auth_port, discard=""):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="facteur-postfix-"))
        self.dir.chmod(0o755)
        self.root = unpacked.reachable(unpacked.find("postfix", PROGRAM), self.dir)
        self.starttls_port, self.tls_port = free_port(), free_port()
        self.owner, self.user = pwd.getpwnam(OWNER), pwd.getpwnam("nobody")
        for name in ("etc", "spool", "data", "mail"):
            (self.dir / name).mkdir()
        os.chown(self.dir / "data", self.owner.pw_uid, -1)
        os.chown(self.dir / "mail", self.user.pw_uid, self.user.pw_gid)
        self._make_queue()
        values = {"dir": self.dir, "root": self.root, "owner": OWNER, "group": GROUP, "uid": self.user.pw_uid, "gid": self.user.pw_gid,
                  "cert": os.path.join(certs.dir, "server"), "auth_port": auth_port, "discard": discard,
                  "starttls_port": self.starttls_port, "tls_port": self.tls_port}
        (self.dir / "etc" / "main.cf").write_text(MAIN.format(**values))
        (self.dir / "etc" / "master.cf").write_text(MASTER.format(**values))
        self.process = None

    def _make_queue(self):
        spool = self.dir / "spool"
        group = grp.getgrnam(GROUP).gr_gid
        for name in QUEUE:
            (spool / name).mkdir(mode=0o700)
            os.chown(spool / name, self.owner.pw_uid, group if name in ("maildrop", "public") else -1)
        (spool / "maildrop").chmod(0o730)
        (spool / "public").chmod(0o710)
        (spool / "pid").mkdir(mode=0o755)

    def __enter__(self):
        env = dict(os.environ, MAIL_CONFIG=str(self.dir / "etc"), LD_LIBRARY_PATH=f"{unpacked.libraries(self.root)}:{self.root}/usr/lib/postfix")
        with open(self.dir / "stderr", "ab") as out:
            self.process = subprocess.Popen([str(self.root / PROGRAM), "-c", str(self.dir / "etc"), "-d"], env=env, stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out)
        end = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.starttls_port), 1) as s:
                    s.settimeout(10)
                    if s.recv(3) == b"220":
                        return self
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > end:
                log = self.log() + (self.dir / "stderr").read_text()
                self.__exit__()
                raise RuntimeError(f"postfix does not start: {log}")
            time.sleep(0.05)

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None
        shutil.rmtree(self.dir, ignore_errors=True)

    def log(self):
        path = self.dir / "maillog"
        return path.read_text(errors="replace") if path.exists() else ""

    def delivered(self):
        """The bytes of every message that has come, as often as it came."""
        box = self.dir / "mail" / "all"
        return [m for m in (mailbox.Maildir(str(box)).get_bytes(k) for k in mailbox.Maildir(str(box)).keys())] if (box / "cur").exists() else []
