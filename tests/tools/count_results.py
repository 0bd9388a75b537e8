#!/usr/bin/env python3
"""Counts the results of a test run and prints "N passed, N failed"; exit status 1 when something failed.

usage: count_results.py LOGS FAILED_STEPS

LOGS holds JUnit files: ctest's (each test case is a cmocka program, whose own tests are counted from its output),
pytest's and Node's, and fuzz.count ("targets failed"). A step that failed without any failure being counted still counts as one.
"""
import pathlib
import re
import sys
import xml.etree.ElementTree as ElementTree

NO_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what a failing test may say and Node's reporter leaves
CMOCKA_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test\(s\)", re.M)
CMOCKA_FAILED = re.compile(r"^ *(\d+) FAILED TEST\(S\)", re.M)


def count_program(case):
    """A ctest case: as many tests as cmocka says it ran; one if it says nothing."""
    output = case.findtext("system-out") or ""
    passed = sum(int(n) for n in CMOCKA_PASSED.findall(output))
    failed = sum(int(n) for n in CMOCKA_FAILED.findall(output))
    if case.find("failure") is not None:
        return passed, max(failed, 1), 0
    if case.get("status") in ("disabled", "notrun"):
        return 0, 0, 1
    return max(passed, 1), failed, 0


def cases(path):
    """The test cases of a file that are whole, and whether the file is: where a step took too long, it ends in the middle."""
    reader, is_whole = ElementTree.XMLPullParser(), True
    try:
        reader.feed(NO_XML.sub(b"", path.read_bytes()))
        reader.close()
    except ElementTree.ParseError:
        is_whole = False
    return [element for _, element in reader.read_events() if element.tag == "testcase"], is_whole


def count_file(path):
    passed = failed = skipped = 0
    whole_cases, is_whole = cases(path)
    if not is_whole:
        print("   %s ends in the middle" % path.name)
        failed = 1
    for case in whole_cases:
        if case.find("system-out") is not None and case.get("status") is not None:
            p, f, s = count_program(case)
        elif case.find("failure") is not None or case.find("error") is not None:
            p, f, s = 0, 1, 0
        elif case.find("skipped") is not None:
            p, f, s = 0, 0, 1
        else:
            p, f, s = 1, 0, 0
        passed, failed, skipped = passed + p, failed + f, skipped + s
    return passed, failed, skipped


def main():
    logs, failed_steps = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    total = [0, 0, 0]
    for path in sorted(logs.glob("*.xml")):
        counts = count_file(path)
        print("   %-12s %5d passed, %d failed, %d skipped" % (path.stem, *counts))
        total = [a + b for a, b in zip(total, counts)]
    if (logs / "fuzz.count").exists():
        targets, bad = map(int, (logs / "fuzz.count").read_text().split())
        print("   %-12s %5d targets, %d failed" % ("fuzz", targets, bad))
        total[0] += targets - bad
        total[1] += bad
    if failed_steps and not total[1]:
        total[1] = failed_steps
    if total[2]:
        print("   %d skipped" % total[2])
    print("%d passed, %d failed" % (total[0], total[1]))
    return 1 if total[1] or failed_steps else 0


sys.exit(main())
