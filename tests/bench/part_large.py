"""One message of 100 MB: it passes through, memory does not hold it."""
import base64
import os
import random
import time

import measure
from core import Core

MEGABYTES = 100


def large_message():
    rng = random.Random(100)
    head = (b"From: a@example.org\r\nTo: b@example.org\r\nSubject: large\r\nDate: Mon, 01 Jan 2024 00:00:00 +0000\r\n"
            b"Message-ID: <large@example.org>\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream; name=film.bin\r\n"
            b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename=film.bin\r\n\r\n")
    lines = MEGABYTES * 1000000 // 78
    return head + base64.encodebytes(rng.randbytes(57 * lines)).replace(b"\n", b"\r\n")


def run(b):
    message = large_message()
    b.dovecot.deliver("large", message)
    core = Core(b.a.build, os.path.join(b.dir, "large-profile"))
    core.start()
    own = measure.OwnMemory(core.pid)
    began = time.monotonic()
    try:
        core.add_account("large@example.org", b.source("large"), "pass")
        core.sync()
    finally:
        own = own.stop()
    wall, cpu, (_, peak) = time.monotonic() - began, measure.cpu(core.pid), measure.memory(core.pid)
    if core.count() != 1:
        raise RuntimeError("the large message did not come")
    core.stop()
    b.table.head(f"One message of {len(message) / 1e6:.0f} MB")
    b.table.row("its sync, peak of its own memory (RssAnon)", "MB", own, at_most=100)
    b.table.row("its sync, peak with the file that it is mapped from (VmHWM)", "MB", peak)
    b.table.row("its sync, wall", "s", wall)
    b.table.row("its sync, CPU", "s", cpu)
