"""Every scenario against every server, uninterrupted."""
import hashlib
import os

import known
import pytest
import servers
from scenarios import SCENARIOS
from world import World

# All scenarios run against these; of the others, against these every second and against those that are left every sixth, each another one.
# FACTEUR_SYNC_ALL=1: all against all.
MAIN = ("dovecot-maildir", "cyrus-no-objectid", "courier")
OFTEN = ("dovecot-bare", "cyrus")


def is_due(kind, name):
    digest = hashlib.sha256(f"{kind} {name}".encode()).digest()
    return kind in MAIN or digest[0] % (2 if kind in OFTEN else 6) == 0 or bool(os.environ.get("FACTEUR_SYNC_ALL"))


def marks(kind):
    """A server that few tests want is started by one process only."""
    return () if kind in MAIN + OFTEN else pytest.mark.xdist_group(kind)


CASES = [pytest.param(kind, name, marks=marks(kind)) for kind in servers.KINDS for name in SCENARIOS if is_due(kind, name)]


@pytest.mark.parametrize("kind,name", CASES)
def test_both_sides_are_as_the_scenario_says(real_servers, request, kind, name):
    if known.reason(kind, name):
        request.applymarker(pytest.mark.xfail(reason=known.reason(kind, name), strict=False))
    story = SCENARIOS[name]
    with World(real_servers(kind)) as w:
        w.begin(**story.begin)
        if not story.can_run(w):
            pytest.skip("not available in accounts with a server yet")
        ids = w.ours().ids()
        story.act(w)
        w.check(ids if story.keeps_ids else None)
