"""The first fetch from a maildrop: durable, threaded and searchable, with its ledger. The peer is mpop, which writes files."""
import os
import shutil

import measure
import part_sync
from dovecot import Dovecot

MPOP = """account a
host 127.0.0.1
port {port}
user bench
password pass
auth plain
tls off
keep on
uidls_file {dir}/mpop-uidls
delivery maildir {dir}/mpop-mail
"""


def mpop(b):
    """(wall, CPU) seconds, or (None, None) where it is not installed."""
    if not b.peers or not shutil.which("mpop"):
        return None, None
    config = os.path.join(b.dir, "mpoprc")
    with open(os.open(config, os.O_WRONLY | os.O_CREAT, 0o600), "w") as f:
        f.write(MPOP.format(port=b.dovecot.pop3_port, dir=b.dir))
    for sub in ("cur", "new", "tmp"):
        os.makedirs(os.path.join(b.dir, "mpop-mail", sub))
    taken = measure.run("mpop", "-q", "-C", config, "a")
    if len(os.listdir(os.path.join(b.dir, "mpop-mail", "new"))) != b.messages:
        raise RuntimeError("mpop has not fetched all")
    return taken


def run(b):
    b.table.head(f"First fetch over POP3 ({b.messages} messages, {b.raw_bytes / 1e6:.0f} MB; the peer is mpop)")
    if not Dovecot.has_pop3():
        b.table.note("not measured: dovecot-pop3d is not installed")
        return
    source = f"pop3://bench@127.0.0.1:{b.dovecot.pop3_port}?tls=none"
    core, wall, cpu, peak = part_sync.first_sync(b, "pop3-profile", source=source)
    transfer = measure.cpu(f"{core.pid}/task/{core.pid}")
    core.stop()
    peer_wall, peer_cpu = mpop(b)
    b.table.row("fetch, wall", "s", wall, peer_wall, ratio_at_most=1)
    b.table.row("fetch, CPU", "s", cpu, peer_cpu, ratio_at_most=0.6)
    b.table.row("of it on the loop's thread: the wire", "s", transfer, peer_cpu)
    b.table.row("peak memory", "MB", peak)
