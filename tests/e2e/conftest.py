"""Fixtures of the end-to-end tests; what they are made of is in e2e.py."""
import pathlib
import shutil
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from e2e import BUILD, Facteur, assert_no_crash  # noqa: E402
from dovecot import Certificates, Dovecot  # noqa: E402


@pytest.fixture
def facteur():
    assert (BUILD / "bin" / "facteur").exists(), f"{BUILD} holds no build"
    directory = tempfile.mkdtemp(prefix="facteur-e2e-")
    f = Facteur(directory)
    try:
        yield f
        assert_no_crash(f)
    finally:
        f.close()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(str(tmp_path_factory.mktemp("certs")))


@pytest.fixture
def dovecot(certificates):
    with Dovecot(certs=certificates) as d:
        yield d
