#!/usr/bin/env python3
"""Holds the table "Who is right" of docs/sync.md against tests/unit/sync/test_conflicts.c: the same names, in the same order, each once.

usage: check_conflicts.py [SYNC.md TEST_CONFLICTS.c]; exit status 1 when they differ.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def rows(text):
    """The last column of the table; a row without a name is told as it stands."""
    section = text.partition("## Who is right\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]  # without its head
    names = [re.fullmatch(r".*\| `(\w+)` \|", line) for line in lines]
    return [name.group(1) if name else line for name, line in zip(names, lines)]


def tests(text):
    return re.findall(r"^ +cmocka_unit_test\w*\((\w+)", text, re.M)


def main():
    table, program = map(pathlib.Path, sys.argv[1:] or (ROOT / "docs/sync.md", ROOT / "tests/unit/sync/test_conflicts.c"))
    told, run = rows(table.read_text()), tests(program.read_text())
    for name in told:
        if name not in run:
            print(f"{table}: no test for this row: {name}")
    for name in run:
        if name not in told:
            print(f"{program}: no row names this test: {name}")
    if set(told) == set(run) and told != run:
        print(f"{program}: its tests are not in the order of the rows, or one is there twice")
    print(f"{len(told)} rows, {len(run)} tests")
    return 0 if told and told == run else 1


if __name__ == "__main__":
    sys.exit(main())
