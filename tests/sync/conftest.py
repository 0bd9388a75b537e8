"""Fixtures: the real servers, each started once for all tests that use it."""
import contextlib
import pathlib
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
for _folder in (HERE, HERE.parent / "support", HERE.parent / "rpc"):
    sys.path.insert(0, str(_folder))

import servers  # noqa: E402


@pytest.fixture(scope="session")
def real_servers():
    """servers.KINDS by name, running."""
    with contextlib.ExitStack() as stack:
        running = {}

        def get(kind):
            if not servers.is_there(kind):
                pytest.skip(f"{kind} is not on this machine (tests/support/unpack_servers)")
            if kind not in running:
                running[kind] = stack.enter_context(servers.start(kind))
            return running[kind]
        yield get
