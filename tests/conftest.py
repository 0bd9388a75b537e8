"""What holds for all tests in Python: the programs under test see signals as a user's would, however the tests were started. (nohup
and a shell's background jobs ignore some, and children inherit that.)

Several processes may run the tests at once (`-n 4 --dist loadgroup` of pytest-xdist, as ./bootstrap does). Two marks say what that
means for a test:

  alone    it measures time, and wants the machine for itself: run it with `-m alone`, without -n, and the others with `-m "not alone"`
  waits    it waits for many seconds and does little: one process begins with all of these while the others work
"""
import signal

import pytest

signal.signal(signal.SIGINT, signal.default_int_handler)
for _number in (signal.SIGHUP, signal.SIGQUIT):
    signal.signal(_number, signal.SIG_DFL)


def pytest_configure(config):
    for line in ("alone: measures time and wants the machine for itself", "waits: waits for many seconds and does little",
                 "xdist_group(name): those of one group are run by the same process"):
        config.addinivalue_line("markers", line)


@pytest.hookimpl(tryfirst=True)  # xdist names the groups in the same hook
def pytest_collection_modifyitems(items):
    for item in items:
        if item.get_closest_marker("waits"):
            item.add_marker(pytest.mark.xdist_group("waits"))
    items.sort(key=lambda item: item.get_closest_marker("waits") is None)
