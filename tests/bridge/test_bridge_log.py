"""What anybody can make the bridge write: a page in the owner's browser needs no leave to ask for what is not there."""
import re
import stat
import time

from bridge import Bridge, Http, raw

MB = 1 << 20


def ask_for_nothing(port, n, last=b"Connection: close\r\n"):
    one = b"GET /" + b"a" * 600 + b" HTTP/1.1\r\nHost: localhost\r\n"
    answers = raw(port, (one + b"\r\n") * (n - 1) + one + last + b"\r\n")
    assert answers.count(b"HTTP/1.1 404 ") == n


def test_refused_requests_write_few_lines_and_short_ones(world, tmp_path):
    with Bridge(world.profile, log=tmp_path / "log") as b:
        began = time.monotonic()
        ask_for_nothing(b.port, 5000)
        seconds = time.monotonic() - began
        time.sleep(1.1)
        ask_for_nothing(b.port, 1)
        lines = b.log.read_text().splitlines()
        refused = [line for line in lines if ": 404" in line or "GET /aaa" in line]
        assert 1 < len(refused) <= 50 * (seconds + 2) + 1 and max(map(len, refused)) < 200
        told = sum(int(n) for n in re.findall(r"warning (\d+) more lines were left out", "\n".join(lines)))
        assert len(refused) + told >= 5001, (len(refused), told)


def test_who_wants_to_see_everything_does(world, tmp_path):
    with Bridge(world.profile, "--log-level", "debug", log=tmp_path / "log") as b:
        ask_for_nothing(b.port, 500)
        assert b.log.read_text().count("GET /aaa") == 500


def test_the_log_in_the_profile_is_bounded(world):
    log = world.profile / "bridge.log"
    try:
        log.write_bytes(b"before\n" + b"x" * (8 * MB - 100) + b"\n")
        with Bridge(world.profile, log=log) as b:
            for _ in range(2):
                ask_for_nothing(b.port, 20)
            first = log.read_text()
            assert log.stat().st_size < 1 * MB and first.count("GET /aaa") > 5 and stat.S_IMODE(log.stat().st_mode) == 0o600
            old = log.with_name("bridge.log.1").read_text()
            assert old.startswith("before\n") and old.count("GET /aaa") + first.count("GET /aaa") == 40
            with Http(b.port, world.token) as h:
                assert h.get("/nothing").status == 404
            assert log.read_text().startswith(first) and "GET /nothing: 404" in log.read_text()
    finally:
        log.unlink(missing_ok=True)
        log.with_name("bridge.log.1").unlink(missing_ok=True)


def test_a_log_that_is_somewhere_else_is_left_alone(world, tmp_path):
    log = tmp_path / "log"
    log.write_bytes(b"x" * (9 * MB))
    with Bridge(world.profile, log=log) as b:
        ask_for_nothing(b.port, 1)
        assert log.stat().st_size > 9 * MB and "GET /aaa" in log.read_text()[-400:] and not log.with_name("log.1").exists()
