"""What a process has in its memory, as a core dump would have it."""
import base64
import json
import re


def forms(secret, *users):
    """A secret as it may stand in memory: as it is, escaped in JSON, and in base64 (RFC 4616, and alone)."""
    raw = secret.encode()
    yield "as it is", raw
    escaped = json.dumps(secret)[1:-1].encode()
    if escaped != raw:
        yield "in JSON", escaped
    yield "in base64", base64.b64encode(raw).rstrip(b"=")[:-1]
    for user in users:
        yield f"in PLAIN of {user}", base64.b64encode(b"\0" + user.encode() + b"\0" + raw).rstrip(b"=")[:-1]


def find(pid, secret, *users):
    """[(form, region, offset, surroundings)] of all that is writable in the memory of a process."""
    found = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            span, access, *rest = line.split(None, 5)
            if "w" not in access or "r" not in access:
                continue
            start, end = (int(x, 16) for x in span.split("-"))
            try:
                memory.seek(start)
                data = memory.read(end - start)
            except OSError:
                continue  # a page that only its guard is on
            for name, form in forms(secret, *users):
                for m in re.finditer(re.escape(form), data):
                    found.append((name, rest[-1].strip() if len(rest) == 4 else "anonymous", hex(start + m.start()),
                                  data[max(0, m.start() - 60):m.end() + 40]))
    return found
