"""Random worlds (randomly.py); tests/sync/worlds runs as many as one likes, and one again by its seed."""
import concurrent.futures
import os

import pytest
import randomly

WORLDS = int(os.environ.get("FACTEUR_SYNC_WORLDS", "100"))
FIRST = int(os.environ.get("FACTEUR_SYNC_FIRST", "1"))
AT_ONCE = max(3, os.cpu_count() or 2)


@pytest.mark.parametrize("kind,share", [("dovecot-maildir", 5), ("dovecot-no-condstore", 1), ("dovecot-no-move", 1), ("cyrus-no-objectid", 2), ("courier", 1)])
def test_both_sides_agree_when_it_is_quiet(real_servers, kind, share):
    server = real_servers(kind)
    seeds = range(FIRST, FIRST + max(1, WORLDS * share // 10))
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        problems = [f"seed {s}: {p}" for s, p in zip(seeds, pool.map(lambda seed: randomly.run(server, seed), seeds)) if p]
    assert not problems, f"{len(problems)} of {len(seeds)}\n" + "\n\n".join(problems[:5])
