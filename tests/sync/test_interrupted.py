"""Every scenario, stopped at some of its steps and resumed; tests/sync/run stops at all of them, on every server.

FACTEUR_SYNC_KINDS: on which servers, separated by commas. FACTEUR_SYNC_POINTS: at how many steps of each scenario."""
import concurrent.futures
import os

import interrupt
import known
import pytest
from scenarios import SCENARIOS
from world import AT_ONCE

KINDS = os.environ.get("FACTEUR_SYNC_KINDS", "dovecot-maildir,dovecot-no-uidplus-no-move").split(",")
POINTS = int(os.environ.get("FACTEUR_SYNC_POINTS", "2"))  # of each scenario and server


@pytest.mark.skipif(not interrupt.FAULT.exists(), reason="this build has no tests/fault.so")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SCENARIOS)
def test_nothing_is_lost_or_doubled_wherever_it_stops(real_servers, kind, name):
    server, story = real_servers(kind), SCENARIOS[name]
    if known.reason(kind, name):
        pytest.xfail(known.reason(kind, name))
    try:
        steps = interrupt.count(server, story)
    except interrupt.NotAvailable:
        pytest.skip("not available in accounts with a server yet")
    points = interrupt.some_points(story, steps, POINTS, kind)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda p: interrupt.run(server, p), points))
    problems = [o.problem for o in outcomes if o.problem]
    assert not problems, "\n\n".join(problems)
    assert any(o.has_sprung for o in outcomes), "no step was reached"
