"""The documentation: docs/api is what the schema and its examples make, and every link in it and everywhere else leads somewhere; the code of
first-program.md runs, and prints what is written there."""
import json
import os
import pathlib
import re
import subprocess
import sys
import urllib.parse

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
for folder in ("rpc", "bridge"):
    sys.path.insert(0, str(ROOT / "tests" / folder))

from bridge import BUILD, Bridge, Daemon  # noqa: E402

API = ROOT / "docs" / "api"
PAGES = sorted(p for p in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *(ROOT / "clients").rglob("*.md"), *(ROOT / "plugins").rglob("*.md")] if "node_modules" not in p.parts)
LINK = re.compile(r"(?<!\\)\[(?:[^\[\]]|\\.)*\]\(([^()\s]+)\)")
OUTSIDE = re.compile(r"https://[\w.-]+(/[\w./#?=&%+~-]*)?|mailto:[\w.@-]+")

pytestmark = pytest.mark.xdist_group("clients")


def test_the_pages_are_those_of_the_present_schema_and_examples(tmp_path):
    """When this fails: apigen.py --schema api/schema docs docs/api"""
    subprocess.run([sys.executable, "-B", ROOT / "api" / "gen" / "apigen.py", "--schema", ROOT / "api" / "schema", "docs", tmp_path], check=True)
    made = {p.name: p.read_text() for p in tmp_path.iterdir()}
    there = {p.name: p.read_text() for p in API.iterdir()}
    assert set(made) == set(there) and len(made) > 80
    assert [n for n in made if made[n] != there[n]] == []


def without_code(text):
    return re.sub(r"`[^`\n]*`", "", re.sub(r"^```.*?^```$", "", text, flags=re.S | re.M))


def anchors(path):
    """Of a page's headings, as forges make them."""
    found = []
    for heading in re.findall(r"^#{1,6} +(.+?) *$", re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.S | re.M), re.M):
        slug = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()).replace(" ", "-")
        found.append(slug if slug not in found else f"{slug}-{found.count(slug)}")
    return found


def problem(page, link):
    if "://" in link or link.startswith("mailto:"):
        return None if OUTSIDE.fullmatch(link) else "is no address"
    path, _, part = link.partition("#")
    target = (page.parent / urllib.parse.unquote(path)).resolve() if path else page
    if not target.exists():
        return "is not there"
    if ROOT not in target.parents:
        return "is outside"
    if part and part not in anchors(target):
        return "has no such heading"
    return None


def test_every_link_leads_somewhere():
    links = [(page, link) for page in PAGES for link in LINK.findall(without_code(page.read_text()))]
    assert len(links) > 2000 and len(PAGES) > 120
    assert [f"{page.relative_to(ROOT)}: {link} {p}" for page, link in links if (p := problem(page, link))] == []


@pytest.mark.parametrize("link,leads", [("errors.md#stateMismatch", False), ("errors.md#statemismatch", True), ("../access.md", True), ("../nowhere.md", False), ("#example", True),
                                        ("../../../x", False), ("https://www.rfc-editor.org/rfc/rfc8621#section-4.4", True), ("https://exa mple.org", False)])
def test_a_link_that_leads_nowhere_is_seen(link, leads):
    assert (problem(API / "Email.set.md", link) is None) is leads


def test_every_method_says_all_that_is_promised():
    for page in API.glob("*.md"):
        text = page.read_text()
        if page.name in ("README.md", "types.md", "errors.md", "events.md"):
            continue
        for part in ("| Capability |", "| Scope |", "| Source |", "## Arguments", "## Result", "## Errors", "## Example", "is answered with", "See also"):
            assert part in text, f"{page.name} has no {part}"
        for row in re.findall(r"^\| `.*\|$", text.split("## Arguments")[1].split("## Errors")[0], re.M):
            assert row.count(" |") >= 4


# ---- first-program.md ------------------------------------------------------------------------------------------------

FIRST = ROOT / "docs" / "first-program.md"


def code(language, word=""):
    """The blocks of a language that are to run, in their order; of those the one that has a word."""
    found = re.findall(rf"^```{language} run\n(.*?)^```$", FIRST.read_text(), re.S | re.M)
    return next(c for c in found if word in c)


PRINTED = re.search(r"^```text\n(.*?)^```$", FIRST.read_text(), re.S | re.M)[1]


@pytest.fixture(scope="module")
def profile(tmp_path_factory):
    """The one of the examples, with a facteurd."""
    folder = tmp_path_factory.mktemp("first") / "profile"
    with Daemon(folder) as d, d.client() as c:
        for step in json.loads((ROOT / "api" / "examples" / "profile.json").read_text())["calls"]:
            text = json.dumps(step["params"]).replace("pop.example.org", "localhost:1").replace("smtp.example.org", "localhost:1")
            c.call(step["method"], **json.loads(text))
        yield folder


def run(profile, folder, *args, **env):
    env = {**os.environ, "FACTEUR_PROFILE": str(profile), "PATH": f"{BUILD / 'bin'}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1", **env}
    done = subprocess.run([str(a) for a in args], cwd=folder, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_first_program_over_the_bare_socket(profile, tmp_path):
    assert run(profile, tmp_path, "bash", "-e", "-c", code("sh", "socat")) == PRINTED
    shown = re.search(r"^```sh\n(facteur rpc .*)$", FIRST.read_text(), re.M)[1]
    assert len(json.loads(run(profile, tmp_path, "bash", "-c", shown))["ids"]) == 2


def test_the_first_program_in_python(profile, tmp_path):
    (tmp_path / "first.py").write_text(code("python"))
    assert run(profile, tmp_path, sys.executable, "-W", "error", "first.py", PYTHONPATH=str(ROOT / "clients" / "python" / "src")) == PRINTED


def test_the_first_program_in_c(profile, tmp_path):
    """Against what is installed, as the page says."""
    run(profile, ROOT, "cmake", "--install", BUILD, "--prefix", tmp_path / "inst", "--component", "client-sdk")
    (tmp_path / "first.c").write_text(code("c"))
    command = re.search(r"`(cc first\.c [^`]*)`", FIRST.read_text())[1].replace("cc ", "cc -Wall -Wextra -Werror ", 1)
    folder = next((tmp_path / "inst").rglob("pkgconfig"))
    assert (folder / "facteur-client.pc").read_text().count(str(ROOT)) == 0
    run(profile, tmp_path, "bash", "-c", command, PKG_CONFIG_PATH=str(folder))
    assert run(profile, tmp_path, "./first", LD_LIBRARY_PATH=str(folder.parent)) == PRINTED


@pytest.mark.skipif(not (BUILD / "bin" / "facteur-bridge").exists(), reason="this build has no facteur-bridge")
def test_the_first_program_with_curl(profile, tmp_path):
    with Bridge(profile) as bridge:
        text = code("sh", "curl")
        assert "127.0.0.1:8765" in text
        assert run(profile, tmp_path, "bash", "-e", "-o", "pipefail", "-c", text.replace(":8765", f":{bridge.port}")) == PRINTED
