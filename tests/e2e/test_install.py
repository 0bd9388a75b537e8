"""What `cmake --install` puts where."""
import subprocess

import pytest

from e2e import BUILD

EXPECTED = """
bin/facteur bin/facteurd
include/facteur/plugin.h
lib/systemd/user/facteurd.service lib/systemd/user/facteurd.socket
share/man/man1/facteur.1 share/man/man7/facteur-rpc.7 share/man/man8/facteurd.8
share/bash-completion/completions/facteur share/zsh/site-functions/_facteur share/fish/vendor_completions.d/facteur.fish
share/facteur/samples/mailbox.mbox
share/doc/facteur/README.md share/doc/facteur/LICENSE share/doc/facteur/architecture.md share/doc/facteur/dependencies.md
""".split()


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    root = tmp_path_factory.mktemp("install")
    subprocess.run(["cmake", "--install", BUILD, "--prefix", root / "usr"], check=True, stdout=subprocess.DEVNULL)
    return root / "usr"


def test_everything_is_installed(installed):
    files = {str(p.relative_to(installed)) for p in installed.rglob("*") if p.is_file()}
    assert [path for path in EXPECTED if path not in files] == []
    assert [f for f in files if f.endswith("/facteur/plugins/imap.so")]
    assert [f for f in files if f.endswith("/pkgconfig/facteur-plugin.pc")]
    assert not [f for f in files if f.endswith(".a") or "test" in f or f.endswith(("store.h", "core.h"))]


def test_installed_programs_work_together(installed, facteur):
    facteur.program = installed / "bin" / "facteur"
    assert facteur.count() == 0
    status = facteur.rpc("Core/status")
    assert status["profile"] == str(facteur.profile)
    assert "imap" in [p["id"] for p in facteur.json("plugin", "list") if p["state"] == "loaded"]
