"""What is committed of the clients and made of the schema is what the generator makes today."""
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.xdist_group("clients")


def test_the_generated_files_are_those_of_the_present_schema(tmp_path):
    """When this fails: apigen.py --schema api/schema clients clients"""
    subprocess.run([sys.executable, "-B", ROOT / "api" / "gen" / "apigen.py", "--schema", ROOT / "api" / "schema", "clients", tmp_path], check=True)
    made = {p.relative_to(tmp_path): p.read_text() for p in tmp_path.rglob("*") if p.is_file()}
    assert made
    for path, text in made.items():
        assert (ROOT / "clients" / path).read_text() == text, f"{path} is not what the schema makes"
