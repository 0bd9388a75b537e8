"""Servers that tests/support/unpack_servers has put into build/servers (or FACTEUR_SERVERS), or that are installed."""
import os
import pathlib
import pwd
import shutil
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVERS = pathlib.Path(os.environ.get("FACTEUR_SERVERS") or ROOT / "build" / "servers")


def find(name, program):
    """The root below which `program` ("usr/bin/imapd") of the server `name` is; None where it is missing."""
    for root in (SERVERS / name, pathlib.Path("/")):
        if (root / program).exists():
            return root
    return None


def libraries(root):
    """LD_LIBRARY_PATH of what is below `root`."""
    if root == pathlib.Path("/"):
        return ""
    return ":".join(str(p) for p in [*(root / "usr/lib").glob("*-linux-gnu"), root / "usr/lib", *(root / "lib").glob("*-linux-gnu")])


def server_user():
    """Who it runs as: no IMAP server serves mail as root."""
    return pwd.getpwnam("nobody") if os.getuid() == 0 else pwd.getpwuid(os.getuid())


def as_user(user):
    """Arguments of subprocess.Popen."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}


def reachable(root, directory):
    """`root`, or a copy of it in `directory` where the server's user could not come through a folder above it."""
    if os.getuid() != 0 or all(p.stat().st_mode & 0o005 == 0o005 for p in [root, *root.parents]):
        return root
    copy = pathlib.Path(directory) / "programs"
    if not copy.exists():
        shutil.copytree(root, copy, symlinks=True)
    return copy


def give(path, user):
    if os.getuid() == 0:
        os.chown(path, user.pw_uid, user.pw_gid)


class Server:
    """What those have in common: where they live, who they are, how they are asked for. A server says its `name`, the `program` by which
    it is found, and how it starts and stops.

    directory     where everything lives; made and removed with the object when None
    """

    host = "127.0.0.1"
    password = "pass"
    ca = None
    tls = False

    def __init__(self, directory):
        self._own_dir = directory is None
        # Short: a path of a Unix socket in it has at most 107 bytes.
        self.dir = os.path.abspath(directory or tempfile.mkdtemp(prefix=f"fct-{self.name}-", dir="/tmp"))
        self.user = server_user()

    @classmethod
    def is_there(cls):
        return find(cls.name, cls.program) is not None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def root(self):
        """Below which its programs are, for who it runs as."""
        return reachable(find(self.name, self.program), self.dir)

    def clear(self):
        if self._own_dir:
            shutil.rmtree(self.dir, ignore_errors=True)

    def url(self, user):
        return f"imap://{user}@localhost:{self.imap_port}?tls=none"

    def log(self):
        try:
            with open(os.path.join(self.dir, "stderr"), errors="replace") as f:
                return f.read()
        except FileNotFoundError:
            return ""
