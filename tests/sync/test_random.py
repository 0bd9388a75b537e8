"""Random worlds (randomly.py); tests/sync/worlds runs as many as one likes, and one again by its seed.

FACTEUR_SYNC_WORLDS: how many, over all servers. FACTEUR_SYNC_FIRST: the first seed of each."""
import os

import pytest
import randomly

WORLDS = int(os.environ.get("FACTEUR_SYNC_WORLDS", "100"))
FIRST = int(os.environ.get("FACTEUR_SYNC_FIRST", "1"))
SHARES = {"dovecot-maildir": 5, "dovecot-no-condstore": 1, "dovecot-no-move": 1, "cyrus-no-objectid": 2, "courier": 1}  # of ten
CASES = [(kind, FIRST + i) for kind, share in SHARES.items() for i in range(max(1, WORLDS * share // 10))]


@pytest.mark.parametrize("kind,seed", CASES)
def test_both_sides_agree_when_it_is_quiet(real_servers, kind, seed):
    problem = randomly.run(real_servers(kind), seed)
    assert not problem, problem
