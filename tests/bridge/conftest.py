"""The bridge as its clients see it: one facteurd and one bridge for all tests that do not break them."""
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from bridge import Bridge, Daemon, Http  # noqa: E402
from http2 import make_certificate  # noqa: E402
from lasting import Lasting  # noqa: E402

SCOPES = ["read", "triage", "draft", "send", "admin"]


def pytest_collection_modifyitems(items):
    for item in items:
        if pathlib.Path(__file__).parent in item.path.parents and not item.get_closest_marker("xdist_group"):
            item.add_marker(pytest.mark.xdist_group("bridge"))


class World:
    """A profile with its facteurd, a bridge, and somebody who may everything."""

    def __init__(self, folder):
        self.profile = folder / "profile"
        self.daemon = Daemon(self.profile).start()
        self.owner = self.daemon.client()
        self.bridge = Bridge(self.profile, "--allow-origin", "https://app.example.org", "--allow-host", "mail.example.org").start()
        self.port = self.bridge.port
        self.token = self.token_for(SCOPES)
        self.lasting = Lasting(self, folder / "lasting")

    def token_for(self, scopes, **more):
        self.n = getattr(self, "n", 0) + 1
        r = self.owner.call("Token/set", create={"k": {"name": f"t{self.n}", "scopes": scopes, **more}})
        return r["created"]["k"]["secret"]

    def http(self, token=None):
        return Http(self.port, token or self.token)

    def close(self):
        self.lasting.close()
        assert self.bridge.stop() == 0
        self.owner.close()
        assert self.daemon.stop() == 0


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    w = World(tmp_path_factory.mktemp("bridge"))
    yield w
    w.close()


@pytest.fixture
def http(world):
    with world.http() as h:
        yield h


@pytest.fixture(scope="session")
def tls(world, tmp_path_factory):
    """A second bridge in front of the same profile, with TLS: HTTP/1.1 and HTTP/2."""
    folder = tmp_path_factory.mktemp("tls")
    make_certificate(folder, "first")
    with Bridge(world.profile, "--tls-cert", folder / "cert.pem", "--tls-key", folder / "key.pem", log=folder / "log") as b:
        b.folder = folder
        yield b
