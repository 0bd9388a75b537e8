"""What facteur-bridge says where it cannot start, and where it starts facteurd."""
import subprocess
import time

from bridge import BRIDGE, Bridge
from http2 import make_certificate


def refused(*args):
    """What it says on its standard error, ending with 1 at once."""
    done = subprocess.run([BRIDGE, "--listen", "127.0.0.1:0", *map(str, args)], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    assert done.returncode == 1 and not done.stdout
    return done.stderr


def test_a_profile_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    assert f"cannot make the profile {tmp_path}/file: Not a directory" in refused("--profile", tmp_path / "file")
    assert f"cannot make the profile {tmp_path}/file/below: Not a directory" in refused("--profile", tmp_path / "file" / "below")


def test_a_certificate_that_is_none(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        make_certificate(tmp_path / name, name)
    cert, key = tmp_path / "one" / "cert.pem", tmp_path / "one" / "key.pem"
    nothing, empty = tmp_path / "nothing", tmp_path / "empty"
    empty.touch()
    for c, k, said in ((nothing, key, f"cannot read the certificate {nothing}: No such file or directory"), (cert, nothing, f"cannot read the key {nothing}: No such file or directory"),
                       (empty, key, f"{empty}: there is no certificate in PEM in it"), (cert, cert, f"{cert}: there is no key in PEM in it"),
                       (cert, tmp_path / "two" / "key.pem", f"{tmp_path}/two/key.pem is not the key of the certificate {cert}")):
        assert said in refused("--profile", tmp_path / "profile", "--tls-cert", c, "--tls-key", k)


def test_a_path_that_is_not_absolute_is_that_of_where_it_was_started(tmp_path, monkeypatch):
    """facteurd, which the bridge starts, works in "/"."""
    monkeypatch.chdir(tmp_path)
    deadline = time.monotonic() + 20
    with Bridge("p", log=tmp_path / "log"):
        try:
            while not (tmp_path / "p" / "rpc.sock").exists():
                assert time.monotonic() < deadline, (tmp_path / "log").read_text()
                time.sleep(0.02)
        finally:
            subprocess.run([BRIDGE.parent / "facteur", "--profile", tmp_path / "p", "stop"], capture_output=True, timeout=20)
