"""Every method's example in docs/api gives, on a real facteurd, the answer that is shown there (tests/rpc/examples.py)."""
import json

import pytest

import examples
from client import ROOT

pytestmark = [pytest.mark.skipif(not examples.Dovecot.is_there(), reason="there is no Dovecot"), pytest.mark.xdist_group("examples")]
METHODS = sorted(p.stem if p.stem.startswith("rpc.") else p.stem.replace(".", "/", 1) for p in (ROOT / "api" / "schema" / "methods").glob("*.json"))


@pytest.fixture(scope="module")
def told(tmp_path_factory, watcher):
    """All of them, once: their answers are held against the schema, too, as each that comes while a test runs is."""
    examples.Client.observer = watcher
    return examples.run(tmp_path_factory.mktemp("examples"))


@pytest.mark.parametrize("method", METHODS)
def test_the_answer_is_the_one_that_is_shown(told, method):
    """When the API changed on purpose: tests/rpc/examples.py --write, and apigen.py --schema api/schema docs docs/api"""
    assert told[method] == []


def test_there_is_one_for_each_method_and_none_for_others():
    assert sorted(examples.order()) == METHODS
    files = {p.name for p in examples.EXAMPLES.glob("*.json")} - {"profile.json"}
    assert files == {examples.path_of(m).name for m in METHODS}
    for m in METHODS:
        example = json.loads(examples.path_of(m).read_text())
        assert example["about"][-1] in ".?)" and "answer" in example
        # what may differ must be there, and more than that must be fixed: an example of which nothing is held is none
        assert example["answer"] and "*" not in example.get("varies", []) and "" not in example.get("varies", [])


@pytest.mark.parametrize("want,got,differs", [
    ({"a": 1}, {"a": 2}, True), ({"a": 1}, {"a": 1, "b": 2}, True), ({"a": 1, "b": 2}, {"a": 1}, True), ([1], [1, 2], True), ({"a": None}, {"a": False}, True),
    ({"a": 1}, {"a": True}, True), ({"pid": 1}, {"pid": 7}, False), ({"pid": 1}, {"pid": "7"}, True), ({"state": "s1"}, {"state": "s9"}, False), ({"state": "s1"}, {"state": ""}, True),
    ({"id": "e1"}, {"id": "eqobso"}, False), ({"id": "e1"}, {"id": "t1"}, True), ({"l": ["e1", "e2"]}, {"l": ["eqobso", "eqobso"]}, True), ({"l": ["e1", "e1"]}, {"l": ["eqobso", "eqobsp"]}, True),
    ({"at": "2026-11-29T08:51:24Z"}, {"at": "1999-01-01T00:00:00Z"}, True), ({"at": "2025-06-02T07:15:04Z"}, {"at": "2026-11-29T08:51:24Z"}, True)])
def test_a_difference_is_seen(want, got, differs):
    story = examples.Story.__new__(examples.Story)
    story.names, story.words, story.fixed = {"e1": "eqobso"}, set(), {"2025-06-02T07:15:04Z"}
    assert bool(story.compare("", want, got, ["/pid"])) is differs
