"""Session and API endpoint (RFC 8620 sections 2 and 3)."""
import contextlib
import gzip
import json
import pathlib
import select

import pytest

from bridge import CORE, MAIL, OURS, Http, raw
from http2 import Http2

SUBMISSION = "urn:ietf:params:jmap:submission"


def problem(answer, status, type_, limit=None):
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json["type"] == f"urn:ietf:params:jmap:error:{type_}"
    assert answer.json["status"] == status
    assert answer.json.get("limit") == limit


def test_session_has_absolute_urls_of_the_name_that_was_asked(world, http):
    for path in ("/.well-known/jmap", "/jmap/session"):
        a = http.get(path, Host="mail.example.org")
        assert a.status == 200
        assert a.headers["content-type"] == "application/json"
        assert a.headers["cache-control"] == "no-cache, no-store, must-revalidate"
        s = a.json
        assert s["apiUrl"].startswith("http://mail.example.org/")
        assert {"{accountId}", "{blobId}", "{name}", "{type}"} <= set(part for part in s["downloadUrl"].replace("}", "}\0").replace("{", "\0{").split("\0"))
        assert "{accountId}" in s["uploadUrl"]
        assert all(f"{{{n}}}" in s["eventSourceUrl"] for n in ("types", "closeafter", "ping"))
        assert s["capabilities"]["urn:ietf:params:jmap:websocket"] == {"url": "ws://mail.example.org/jmap/ws", "supportsPush": True}
    assert http.get("/jmap/session").json["apiUrl"] == f"http://127.0.0.1:{world.port}/jmap/api"
    assert a.json["accounts"] == world.owner.call("Session/get")["accounts"]


def test_who_does_not_sign_in_gets_nothing(world):
    for authorization in (None, "Bearer", "Bearer facteur_o9_xxx", "Basic !!!!", "Digest abc", "Basic dDE6d3Jvbmc="):
        with Http(world.port, authorization) as h:
            a = h.get("/jmap/session")
            assert a.status in (401, 429)
            assert b"account" not in a.body


BROWSER = {"User_Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
BOTH, BEARER = ["Bearer", "Basic"], ["Bearer"]
SHOWN = [(None, {}, BOTH), (None, {"User_Agent": "jmap-client/1.0"}, BOTH), ("Basic !!!!", {}, BOTH), ("basic !!!!", BROWSER, BOTH), ("Digest abc", {}, BOTH),
         ("Bearer facteur_o9_xxx", {}, BEARER), ("bearer", {}, BEARER), ("Bearer facteur_o9_xxx", BROWSER, BEARER), (None, BROWSER, BEARER), ("Digest abc", BROWSER, BEARER),
         (None, {"Sec_Fetch_Mode": "no-cors"}, BEARER), (None, {"Origin": "https://app.example.org"}, BEARER)]


@pytest.mark.parametrize("authorization,headers,wanted", SHOWN)
def test_only_who_is_no_page_is_asked_for_basic(world, tls, authorization, headers, wanted):
    """A browser would ask the user for it, for the sake of any page or mail, and show it by itself from then on."""
    with Http(world.port, authorization) as h:
        a = h.get("/jmap/session", **headers)
        assert a.status == 401 and [v.split()[0] for v in a.headers.get_all("www-authenticate")] == wanted
    if "Sec_Fetch_Mode" not in headers and "Origin" not in headers:
        with Http2(tls.port, None) as h:
            answer = [v for k, v in h.headers_of("GET", "/jmap/session", authorization=authorization, **headers) if k == "www-authenticate"]
            assert [v.split()[0] for v in answer] == wanted


def test_basic_is_a_tokens_name_and_secret(world):
    import base64
    secret = world.token_for(["read"])
    with Http(world.port, "Basic " + base64.b64encode(f"t{world.n}:{secret}".encode()).decode()) as h:
        assert h.get("/jmap/session").status == 200


def test_calls_are_answered_in_their_order_with_their_ids(http):
    a = http.post({"using": [CORE, MAIL], "methodCalls": [
        ["Core/echo", {"hello": True, "n": 1.5, "text": "Grüße ❤"}, "same"], ["Mailbox/query", {"accountId": "a1"}, "same"],
        ["Mailbox/get", {"accountId": "a1", "#ids": {"resultOf": "q", "name": "Mailbox/query", "path": "/ids"}}, "c"],
        ["Mailbox/query", {"accountId": "a1"}, "q"],
        ["Mailbox/get", {"accountId": "a1", "#ids": {"resultOf": "q", "name": "Mailbox/query", "path": "/ids"}}, "d"]]}).json
    responses = a["methodResponses"]
    assert [r[2] for r in responses] == ["same", "same", "c", "q", "d"]
    assert responses[0] == ["Core/echo", {"hello": True, "n": 1.5, "text": "Grüße ❤"}, "same"]
    assert responses[2][0] == "error" and responses[2][1]["type"] == "invalidResultReference"
    assert len(responses[4][1]["list"]) == len(responses[3][1]["ids"]) == 6
    assert a["sessionState"] == http.get("/jmap/session").json["state"]
    assert "createdIds" not in a


def test_errors_of_methods_have_jmaps_types(http):
    responses = http.api(("Foo/get", {}), ("Mailbox/get", {"ids": 5}), ("Mailbox/get", {"accountId": "a999"}), ("Email/get", {"accountId": "a1", "nonsense": 1}))
    assert [(r[0], r[1]["type"]) for r in responses] == [("error", "unknownMethod"), ("error", "invalidArguments"), ("error", "accountNotFound"),
                                                        ("error", "invalidArguments")]


def test_a_method_whose_capability_is_not_named_is_unknown(http):
    [r, e] = http.api(("Mailbox/get", {"accountId": "a1"}), ("Core/echo", {}), using=[CORE])
    assert r[1]["type"] == "unknownMethod" and e[0] == "Core/echo"


def test_types_whose_capability_is_not_named_cannot_be_looked_up(http):
    blob = ["urn:ietf:params:jmap:blob"]
    calls = [("Blob/lookup", {"accountId": "a1", "typeNames": t, "ids": ["x"]}) for t in (["Email"], ["Mailbox", "Thread"], ["Nonsense"])]
    assert [(r[0], r[1]["type"]) for r in http.api(*calls, using=[CORE, *blob])] == [("error", "unknownDataType")] * 3
    [one, two, three] = http.api(*calls, using=[CORE, MAIL, *blob])
    assert one[1]["list"] == [{"id": "x", "matchedIds": {"Email": []}}]
    assert two[1]["list"] == [{"id": "x", "matchedIds": {"Mailbox": [], "Thread": []}}]
    assert three[1]["type"] == "unknownDataType"
    assert http.api(("Blob/lookup", {"accountId": "a1", "typeNames": [], "ids": []}), using=[CORE, *blob])[0][1]["list"] == []


def test_what_belongs_to_the_socket_is_not_there(http):
    for name in ("Push/subscribe", "Blob/open", "Session/authenticate", "Core/createdIds"):
        assert http.api((name, {}))[0][1]["type"] == "unknownMethod"


@pytest.mark.parametrize("arguments", [{}, {"accountId": "*"}])
def test_all_accounts_at_once_are_for_who_names_our_capability(http, arguments):
    """docs/decisions/0029: to clients of RFC 8620 alone the argument is not optional, and no id is "*"."""
    calls = [("Mailbox/query", arguments), ("Mailbox/get", {"accountId": "a1", "#ids": {"resultOf": "0", "name": "Mailbox/query", "path": "/ids"}}), ("Core/echo", arguments)]
    [first, second, echo] = http.api(*calls, using=[CORE, MAIL])
    assert first[0] == "error" and first[1]["type"] == "invalidArguments" and first[1]["arguments"] == ["accountId"]
    assert second[0] == "error" and second[1]["type"] == "invalidResultReference"
    assert echo[:2] == ["Core/echo", arguments]
    [first, second, _] = http.api(*calls, using=[CORE, MAIL, OURS])
    assert first[0] == "Mailbox/query" and second[1]["list"]
    [one] = http.api(("Mailbox/get", {"accountId": "a1", "ids": []}), using=[MAIL])
    assert one[0] == "Mailbox/get"


def test_an_account_may_be_a_reference(http):
    [_, second] = http.api(("Core/echo", {"a": "a1"}), ("Mailbox/get", {"#accountId": {"resultOf": "0", "name": "Core/echo", "path": "/a"}}), using=[CORE, MAIL])
    assert second[1]["accountId"] == "a1"


def test_who_has_not_opted_in_sees_nothing_of_ours(world, http):
    """RFC 8620 section 1.8."""
    types = pathlib.Path(__file__).resolve().parents[2] / "api" / "schema" / "types"
    uris = {"Mailbox": MAIL, "Email": MAIL, "Thread": MAIL, "Identity": SUBMISSION, "EmailSubmission": SUBMISSION,
            "VacationResponse": "urn:ietf:params:jmap:vacationresponse"}
    ours = {t: {p for p, v in json.loads((types / f"{t}.json").read_text())["properties"].items() if v.get("description", "").startswith("Ours")} for t in uris}
    assert all(ours.values())
    makes = (("Mailbox/set", {"create": {"m": {"name": "for a draft"}}}), ("Email/set", {"create": {"e": {"mailboxIds": {"#m": True}, "from": [{"email": "jane@example.org"}], "to": [{"email": "bob@example.net"}]}}}),
             ("Identity/set", {"create": {"i": {"email": "jane@example.org"}}}), ("EmailSubmission/set", {"create": {"s": {"emailId": "#e", "identityId": "#i"}}}))
    gets = tuple((f"{t}/get", {"ids": None}) for t in uris)

    def seen(*using):
        made = http.api(*((n, {"accountId": "a1", **p}) for n, p in makes + gets), using=[CORE, *uris.values(), *using])
        objects = {name.partition("/")[0]: [] for name, _, _ in made}
        for name, result, _ in made:
            assert result.get("notCreated") is None
            objects[name.partition("/")[0]] += list((result.get("created") or {}).values()) + result.get("list", [])
        ids = {t: objects[t][0]["id"] for t in ("Mailbox", "Email", "Identity", "EmailSubmission")}
        world.owner.call("EmailSubmission/set", accountId="a1", update={ids["EmailSubmission"]: {"undoStatus": "canceled"}})
        world.owner.call("EmailSubmission/set", accountId="a1", destroy=[ids["EmailSubmission"]])
        world.owner.call("Identity/set", accountId="a1", destroy=[ids["Identity"]])
        world.owner.call("Mailbox/set", accountId="a1", destroy=[ids["Mailbox"]], onDestroyRemoveEmails=True)
        assert all(objects.values())
        return {t: {p for o in objects[t] for p in o} & ours[t] for t in uris}
    given = world.owner.call("Account/set", update={"a1": {"address": "jane@example.org", "transport": "smtp://127.0.0.1:1?tls=none"}})
    assert given["notUpdated"] is None, given
    try:
        assert set().union(*seen().values()) == set()
        opted = seen(OURS)
    finally:
        world.owner.call("Account/set", update={"a1": {"address": None, "transport": None}})
    assert {"accountId", "state", "needsConfirmation"} <= opted["EmailSubmission"] and opted["Identity"] == {"accountId"} and opted["VacationResponse"] == {"days"}
    [[_, asked, _]] = http.api(("VacationResponse/get", {"accountId": "a1", "properties": ["subject"]}), using=[CORE, uris["VacationResponse"]])
    assert set(asked["list"][0]) == {"id", "subject"}


def test_created_ids_come_and_go(http):
    a = http.post({"using": [CORE, MAIL], "createdIds": {"old": "m1"}, "methodCalls": [
        ["Mailbox/get", {"accountId": "a1", "ids": ["#old"]}, "0"],
        ["Mailbox/set", {"accountId": "a1", "create": {"new": {"name": "made"}}}, "1"],
        ["Mailbox/get", {"accountId": "a1", "ids": ["#new"]}, "2"]]}).json
    made = a["methodResponses"][1][1]["created"]["new"]["id"]
    assert a["createdIds"] == {"old": "m1", "new": made}
    assert a["methodResponses"][2][1]["list"][0]["name"] == "made"
    http.call("Mailbox/set", accountId="a1", destroy=[made])


def test_requests_that_are_none(world, http):
    good = {"using": [CORE], "methodCalls": []}
    assert http.post(good).json["methodResponses"] == []
    problem(http.post(good, Content_Type="text/plain"), 400, "notJSON")
    for text in ("{", "", '{"using":[],"using":[],"methodCalls":[]}', b'{"using":["\xff"],"methodCalls":[]}', '{"using":["\\ud800"],"methodCalls":[]}'):
        problem(http.post(text), 400, "notJSON")
    for wrong in ([], 7, {}, {"using": "x", "methodCalls": []}, {"using": [1], "methodCalls": []}, {"using": [], "methodCalls": [[]]},
                  {"using": [], "methodCalls": [["Core/echo", [], "a"]]}, {"using": [], "methodCalls": [["Core/echo", {}, 1]]},
                  {**good, "createdIds": {"a": 1}}, {**good, "createdIds": {"a": "not an id"}}):
        problem(http.post(wrong), 400, "notRequest")
    problem(http.post({"using": ["urn:nobody:knows"], "methodCalls": []}), 400, "unknownCapability")


def test_limits_are_announced_and_enforced(http):
    limits = http.get("/jmap/session").json["capabilities"][CORE]
    problem(http.post({"using": [CORE], "methodCalls": [["Core/echo", {}, "a"]] * (limits["maxCallsInRequest"] + 1)}), 400, "limit", "maxCallsInRequest")
    n = limits["maxCallsInRequest"]
    a = http.post({"using": [CORE], "createdIds": {}, "methodCalls": [["Core/echo", {"i": i}, "a"] for i in range(n)]})
    assert [r[1]["i"] for r in a.json["methodResponses"]] == list(range(n))
    problem(http.post('{"using":[],"methodCalls":[["Core/echo",{"a":' + "[" * 200 + "]" * 200 + '},"a"]]}'), 400, "limit", "maxDepthRequest")
    big = b'{"using":[],"methodCalls":[],"x":"' + b"x" * limits["maxSizeRequest"] + b'"}'
    with Http(http.connection.port, http.authorization) as h:
        try:
            problem(h.post(big), 400, "limit", "maxSizeRequest")
        except (BrokenPipeError, ConnectionResetError):  # it is not read to its end
            pass
    many = {"using": [MAIL], "methodCalls": [["Email/set", {"accountId": "a1", "destroy": [f"e{i}" for i in range(limits["maxObjectsInSet"] + 1)]}, "a"]]}
    assert http.post(many).json["methodResponses"][0][1]["type"] == "requestTooLarge"
    many = {"using": [OURS, MAIL], "methodCalls": [["Email/get", {"accountId": "a1", "ids": ["e1"] * (limits["maxObjectsInGet"] + 1)}, "a"]]}
    assert http.post(many).json["methodResponses"][0][1]["type"] == "requestTooLarge"


def test_a_large_request_and_a_large_answer_go_through(http):
    text = "x" * 3_000_000
    a = http.post({"using": [CORE], "methodCalls": [["Core/echo", {"text": text}, "a"]]}, Accept_Encoding="gzip")
    assert a.headers["content-encoding"] == "gzip" and len(a.body) < 100_000
    assert json.loads(gzip.decompress(a.body))["methodResponses"][0][1]["text"] == text
    assert http.post({"using": [CORE], "methodCalls": [["Core/echo", {"text": text}, "a"]]}).json["methodResponses"][0][1]["text"] == text
    assert "content-encoding" not in http.get("/jmap/session", Accept_Encoding="gzip;q=0, identity").headers


def test_what_a_token_may_not_is_forbidden(world):
    with world.http(world.token_for(["read"])) as h:
        [r] = h.api(("Mailbox/set", {"accountId": "a1", "create": {"k": {"name": "no"}}}))
        assert r[0] == "error" and r[1]["type"] == "forbidden"
        assert h.call("Mailbox/get", accountId="a1")["list"]


def test_a_revoked_token_is_out_at_once(world):
    secret = world.token_for(["read"])
    with world.http(secret) as h:
        assert h.get("/jmap/session").status == 200
        world.owner.call("Token/set", destroy=[secret.split("_")[1]])
        assert h.get("/jmap/session").status == 401


def test_strangers_do_not_take_the_room_of_those_who_are_let_in(world, http):
    """Bodies that never end, of as many names as it takes: facteurd is asked who they are when they are complete."""
    assert http.get("/jmap/session").status == 200
    body = bytes(9 << 20)
    with contextlib.ExitStack() as held:
        strangers = [held.enter_context(raw(world.port, (f"POST /jmap/api HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer nobody{i}\r\nContent-Type: application/json\r\n"
                                                         f"Content-Length: {10 << 20}\r\n\r\n").encode() + body, keep=True)) for i in range(5)]
        refused = select.select(strangers, [], [], 5)[0]
        assert refused and refused[0].recv(100).startswith(b"HTTP/1.1 503 ")
        assert http.call("Core/echo", text="x" * 1_000_000) == {"text": "x" * 1_000_000}
