"""The schema against itself, against the run, and against the levels that were released. Named so as to come last.

The run may be one of several processes (FACTEUR_SEEN, see conftest.py); what looks at all of it is for the last of them, which
runs alone."""
import json
import pathlib
import subprocess
import sys

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "api" / "schema"
APIGEN = ROOT / "api" / "gen" / "apigen.py"
ALL_FILES = {p.name for p in pathlib.Path(__file__).parent.glob("test_*.py")} - {pathlib.Path(__file__).name}


def apigen(*args, schema=SCHEMA):
    return subprocess.run([sys.executable, str(APIGEN), "--schema", str(schema), *map(str, args)], capture_output=True, text=True)


@pytest.fixture
def whole_run(request, watcher, seen_before):
    for seen in seen_before:
        watcher.add(seen)
    missing = ALL_FILES - watcher.files
    assert not (missing and seen_before), f"others ran before this, and yet nobody ran {missing}"
    if missing or watcher.has_failed or request.config.option.keyword:
        pytest.skip("not all tests of this folder ran well")


@pytest.mark.alone
def test_every_method_was_called_and_every_notification_seen(whole_run, watcher):
    assert set(watcher.results) - watcher.called == set()
    assert set(watcher.events) - watcher.notified == set()


@pytest.mark.alone
def test_every_documented_error_was_provoked(whole_run, watcher):
    documented = {(m, t) for m, types in watcher.error_types.items() for t in types}
    assert documented - watcher.failed == set()


# what may come of any call (docs/api/errors.md)
OF_ANY = {"invalidArguments", "invalidResultReference", "forbidden", "requestTooLarge", "serverFail", "idempotencyKeyReused", "outcomeUnknown", None}


@pytest.mark.alone
def test_every_documented_error_of_single_objects_was_provoked_and_no_other(whole_run, watcher):
    assert {(m, t) for m, types in watcher.set_error_types.items() for t in types} == watcher.refused


@pytest.mark.alone
def test_every_error_that_came_is_documented(whole_run, watcher):
    undocumented = {(m, t) for m, t in watcher.failed if m in watcher.error_types and t not in watcher.error_types[m] | OF_ANY}
    assert undocumented == set()


def test_the_document_is_openrpc(document):
    assert document["openrpc"].startswith("1.") and document["info"]["title"] == "Facteur"
    names = [m["name"] for m in document["methods"]]
    assert names == sorted(names)
    for m in document["methods"]:
        assert m["summary"] and m["paramStructure"] == "by-name"
        for p in m["params"]:
            jsonschema.Draft202012Validator.check_schema(p["schema"])
        jsonschema.Draft202012Validator.check_schema(m["result"]["schema"])


def test_every_handler_has_a_schema_and_every_schema_a_handler():
    """A schema without a handler does not link; this is the other way round."""
    methods = {p.stem for p in (SCHEMA / "methods").glob("*.json")}
    header = {}
    sys.path.insert(0, str(APIGEN.parent))
    from apigen import snake
    for m in methods:
        header["api_" + snake(m)] = m
    for path in (ROOT / "api" / "methods").glob("*.c"):
        for line in path.read_text().splitlines():
            if line.startswith("int api_") and "struct api_call *call" in line:
                assert line.split("(")[0].split()[-1] in header, f"{path.name}: {line}"


@pytest.mark.parametrize("level", sorted((SCHEMA / "levels").glob("*.json")), ids=lambda p: p.stem)
def test_levels_are_kept(level):
    done = apigen("check-level", level)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_present_level_is_written_down():
    """Until it is released, the newest level follows the schema: apigen.py --schema api/schema level > api/schema/levels/1.json"""
    newest = sorted((SCHEMA / "levels").glob("*.json"))[-1]
    assert json.loads(apigen("level").stdout) == json.loads(newest.read_text())


BREAKS = [
    ("methods/Email.get.json", lambda m: m["params"]["properties"].pop("bodyProperties"), "is gone"),
    ("methods/Email.get.json", lambda m: m["params"].update(required=["ids"]), "became required"),
    ("methods/Email.get.json", lambda m: m["result"]["required"].remove("state"), "may be missing"),
    ("methods/Email.get.json", lambda m: m["errors"].pop("requestTooLarge"), "error requestTooLarge is gone"),
    ("methods/Email.query.json", lambda m: m["params"]["properties"]["limit"].update(type="integer"), "type was"),
    ("methods/Email.query.json", lambda m: m["result"]["properties"]["position"].update(type=["integer", "null"]), "type was"),
    ("methods/Push.subscribe.json", lambda m: m["params"]["properties"]["types"]["items"]["enum"].remove("Email"), "is refused now"),
]


@pytest.mark.parametrize("file,change,why", BREAKS, ids=range(len(BREAKS)))
def test_a_broken_promise_is_found(tmp_path, file, change, why):
    copy = tmp_path / "schema"
    subprocess.run(["cp", "-r", str(SCHEMA), str(copy)], check=True)
    path = copy / file
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    done = apigen("check-level", SCHEMA / "levels" / "1.json", schema=copy)
    assert done.returncode == 1 and why in done.stdout, done.stdout


BAD_SCHEMAS = [
    (lambda m: m.pop("summary"), "summary is missing"),
    (lambda m: m.update(runs="anywhere"), "runs is anywhere"),
    (lambda m: m["params"]["properties"].update(x={"$ref": "Nonsense"}), "there is no type Nonsense"),
    (lambda m: m["params"]["properties"].update(x={"type": "string", "pattern": "x", "description": "x"}), "do not know pattern"),
    (lambda m: m["params"]["properties"].update(x={"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "x"}), "anyOf"),
    (lambda m: m["params"]["properties"].update(x={"type": "strin", "description": "x"}), "type strin"),
    (lambda m: m["params"]["properties"].update(x={"type": "string"}), "params.x: has no description"),
    (lambda m: m.pop("source"), "source is missing"),
    (lambda m: m["errors"].update(newError="It is new."), "errors.json does not say what to do about newError"),
]


@pytest.mark.parametrize("change,why", BAD_SCHEMAS, ids=range(len(BAD_SCHEMAS)))
def test_the_generator_refuses_what_it_would_not_check(tmp_path, change, why):
    copy = tmp_path / "schema"
    subprocess.run(["cp", "-r", str(SCHEMA), str(copy)], check=True)
    path = copy / "methods" / "Email.query.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    done = apigen("--out", tmp_path / "out", "build", schema=copy)
    assert done.returncode == 1 and why in done.stderr, done.stderr
