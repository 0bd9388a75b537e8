"""The TypeScript package: built by its compiler, and its own tests, which run its examples against a real facteurd."""
import os
import pathlib
import re
import shutil
import subprocess

import pytest
from test_docs import PRINTED, code, profile, run  # noqa: F401

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "clients" / "typescript"
BUILD = pathlib.Path(os.environ.get("FACTEUR_BUILD") or ROOT / "build")

pytestmark = pytest.mark.xdist_group("node")


@pytest.fixture(scope="module")
def package():
    if not shutil.which("npm"):
        pytest.skip("npm is not installed")
    if not (PACKAGE / "node_modules" / "typescript").exists():
        subprocess.run(["npm", "ci"], cwd=PACKAGE, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["npm", "run", "-s", "build"], cwd=PACKAGE, check=True)
    return PACKAGE


def test_the_package_keeps_what_it_promises(package):
    done = subprocess.run(["npm", "test"], cwd=package, capture_output=True, text=True, timeout=120, env={**os.environ, "FACTEUR_BUILD": str(BUILD)})
    assert done.returncode == 0, done.stdout[-8000:] + done.stderr[-2000:]
    assert int(re.search(r"(?:#|ℹ) pass (\d+)", done.stdout)[1]) > 10


def test_the_first_program_of_the_documentation(package, profile, tmp_path):  # noqa: F811
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "facteur").symlink_to(package)
    (tmp_path / "node_modules" / "@types").symlink_to(package / "node_modules" / "@types")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "first.ts").write_text(code("ts"))
    run(profile, tmp_path, package / "node_modules" / ".bin" / "tsc", "--strict", "--target", "es2022", "--module", "node16", "--types", "node", "--skipLibCheck", "first.ts")
    assert run(profile, tmp_path, "node", "first.js") == PRINTED


def test_a_browser_is_given_nothing_of_node(package):
    """What "facteur" names, and all that it imports, has no module of Node's; only "facteur/socket" has."""
    seen, left = set(), {"index.js"}
    while left:
        name = left.pop()
        seen.add(name)
        for source in re.findall(r'(?:from|import) "([^"]+)"', (package / "dist" / "src" / name).read_text()):
            assert source.startswith("./"), f"{name} imports {source}"
            left |= {source[2:]} - seen
    assert {"jmap.js", "websocket.js"} <= seen and "socket.js" not in seen


@pytest.mark.parametrize("folder", ["clients/typescript", "clients/web", "tests/bridge/npm"])
def test_lock_files_name_no_registry(folder):
    assert '"resolved"' not in (ROOT / folder / "package-lock.json").read_text()
