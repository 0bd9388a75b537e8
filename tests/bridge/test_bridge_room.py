"""What a request may cost the bridge in memory: that of somebody who only says who it is, and of anybody."""
import re

import pytest

from bridge import CORE, SANITIZED, Bridge, Http, Socket

MB = 1 << 20


@pytest.fixture
def own(world, tmp_path):
    """A bridge whose memory nobody has used before."""
    with Bridge(world.profile, log=tmp_path / "log") as b:
        yield b


def most_memory(bridge):
    with open(f"/proc/{bridge.process.pid}/status") as f:
        return int(re.search(r"VmHWM:\s+(\d+)", f.read())[1]) << 10


def of_values(n):
    """A Request of that many small objects: each takes 75 times the room of its text when it is parsed."""
    return '{"using":["%s"],"methodCalls":[["Core/echo",{"a":[%s]},"c"]]}' % (CORE, ",".join(["{}"] * n))


def test_values_are_counted_before_they_are_made(world, own):
    limit = world.owner.call("Session/get")["capabilities"][CORE]["maxValuesInRequest"]
    with Http(own.port, world.token) as h, Socket(own.port, world.token) as s:
        assert h.post({"using": [CORE], "methodCalls": []}).status == 200
        before = most_memory(own)
        a = h.post(of_values(1_000_000))
        assert (a.status, a.json["type"], a.json["limit"]) == (400, "urn:ietf:params:jmap:error:limit", "maxValuesInRequest") and str(limit) in a.json["detail"]
        s.send_frame(('{"@type":"Request",' + of_values(1_000_000)[1:]).encode())
        assert (told := s.read())["limit"] == "maxValuesInRequest" and told["status"] == 400, told
        assert SANITIZED or most_memory(own) - before < 30 * MB
        # as facteurd counts them: what it takes is not refused here, nor the other way round
        a = h.post(of_values(limit // 2 - 40))
        assert a.status == 200 and len(a.json["methodResponses"][0][1]["a"]) == limit // 2 - 40
        assert h.post(of_values(limit // 2)).json["limit"] == "maxValuesInRequest"
